"""Numbers that a state gives a person: found by their form, kept only where their check digits hold.

Only forms that hardly mean anything else are looked for here. What is nothing but digits counts where a word before it says what
it is (`privacy`, documents). Nine digits that happen to fulfil a checksum are an order number more often than a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Final

_FORMS: Final = (
    # Italy, 16 signs; Brazil, as it is written; Spain, for its people and for others; United Kingdom; France, 15 digits.
    ("it.codicefiscale", re.compile(r"(?<!\w)[a-z]{6}\d{2}[a-ehlmprst]\d{2}[a-z]\d{3}[a-z](?!\w)")),
    ("br.cpf", re.compile(r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])")),
    ("es.dni", re.compile(r"(?<!\w)\d{8}[ -]?[a-z](?!\w)")),
    ("es.nie", re.compile(r"(?<!\w)[xyz][ -]?\d{7}[ -]?[a-z](?!\w)")),
    ("gb.nino", re.compile(r"(?<!\w)[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d](?!\w)")),
    ("fr.nir", re.compile(r"(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dab] ?\d{3} ?\d{3} ?\d{2}(?!\w)")),
)
_NINO: Final = re.compile(r"(?!bg|gb|nk|kn|tn|nt|zz)[abceghj-prstw-z][abceghj-nprstw-z]")
"""A British number has no check digit, but not every pair of letters: HM Revenue & Customs, manual NIM39110."""


def found(text: str) -> Iterator[tuple[int, int]]:
    """Where such a number stands in a text (flat form)."""
    for name, form in _FORMS:
        for match in form.finditer(text):
            holds = _NINO.match(match[0]) is not None if name == "gb.nino" else _checked(name)(match[0].upper())
            if holds:
                yield match.span()


@cache
def _checked(name: str) -> Callable[[str], bool]:
    """The check of python-stdnum, imported when the first number of its form is seen."""
    check: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return check
