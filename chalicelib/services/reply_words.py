"""The words of automatic replies: what may stand in a template, checked before it is kept, and how they are filled.

A template puts in what `VARIABLES` names, may leave something out where there is none, and can do nothing else: it reaches
into no value, calls nothing and repeats nothing. Every automatic reply ends by saying that it is one and offers a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain.reply_template import FILTERS, VARIABLES, ReplyTemplate, version_of
from chalicelib.domain.texts import Wording
from chalicelib.services.wording import TEMPLATES, environment

if TYPE_CHECKING:
    from jinja2.nodes import Node

_BETWEEN: Final = "\n---\n"
"""What parts the wordings in a file that is shipped."""

_SHIPPED_IN: Final = "en"

_MAY = ("Template", "Output", "TemplateData", "Const", "Name", "Filter", "If", "Not")
_REACHES = "it reaches into a value"
_WHY_NOT: Final = {
    "Getattr": _REACHES,
    "Getitem": _REACHES,
    "Call": "it calls something",
    "For": "it repeats something",
}
_ONLY = "Use {{ variable }}, {% if variable %} and {% endif %}, and nothing else."


@dataclass(frozen=True, slots=True)
class Fault:
    """What may not stand in a template: the line, counted from 1, what is wrong there, and what to do."""

    line: int
    detail: str
    fix: str


class MissingFact(ValueError):
    """A reply needs something that there is none of. `name` is the variable's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no {name} to put in")
        self.name = name


class _Missing:
    """What there is none of: a template may ask whether it is there, and may not say it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        raise MissingFact(self._name)


def faults(words: str) -> list[Fault]:
    """Everything that may not stand there, by line; none where it may be kept."""
    from jinja2 import TemplateSyntaxError

    try:
        found = list(_faults(environment().parse(words), 1))
        if not found and not filled(words, dict.fromkeys(VARIABLES, "x")):
            found = [Fault(1, "it says nothing", "Write what is to be said.")]
    except TemplateSyntaxError as error:
        return [Fault(error.lineno, "this is no template", _ONLY)]
    except RecursionError:
        return [Fault(1, "it is nested too deep", _ONLY)]
    return sorted(found, key=lambda one: one.line)


def _faults(node: Node, around: int) -> Iterator[Fault]:
    kind, line = type(node).__name__, node.lineno or around  # not every node says where it stands
    if kind not in _MAY:
        yield Fault(line, _WHY_NOT.get(kind, "it does what a reply may not do"), _ONLY)
        return
    name: str = getattr(node, "name", "")
    if kind == "Name" and name not in VARIABLES:
        yield Fault(line, "there is no such variable", f"There are: {', '.join(VARIABLES)}.")
    if kind == "Filter" and (name not in FILTERS or getattr(node, "args", None) or getattr(node, "kwargs", None)):
        yield Fault(line, "there is no such filter here", f"There are: {', '.join(sorted(FILTERS))}.")
    for child in node.iter_child_nodes():
        yield from _faults(child, line)


def filled(words: str, facts: Mapping[str, str | None]) -> str:
    """A wording with its facts, as a person may say it. facts: by name; None for what there is none of.

    Raises MissingFact where the words need what there is none of.
    """
    given: dict[str, Any] = {name: _Missing(name) if facts.get(name) is None else facts[name] for name in VARIABLES}
    text = environment().from_string(words).render(given)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def honest(words: str, facts: Mapping[str, str | None], sentence: str) -> str:
    """The same as a machine says it: it ends with the sentence that says so. Raises MissingFact."""
    return f"{filled(words, facts)} {sentence}"


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, ReplyTemplate]:
    """The replies that come with every release, by name: a workspace may put its own in their place."""
    return _read("reply")


@lru_cache(maxsize=1)
def mediating() -> Mapping[str, ReplyTemplate]:
    """Words that may calm a quarrel, by name. They are offered to a person, and never said by themselves."""
    return _read("calm")


@lru_cache(maxsize=1)
def notices() -> Mapping[str, ReplyTemplate]:
    """What a member may be told about a ruling, by name: `notice-` and the moderation. A person sends it, or nobody does."""
    return _read("notice")


def _read(folder: str) -> dict[str, ReplyTemplate]:
    found = {}
    for path in sorted((TEMPLATES / folder).glob("*.txt")):
        parts = path.read_text(encoding="utf-8").split(_BETWEEN)
        wordings = tuple(Wording(_SHIPPED_IN, part.strip()) for part in parts)
        found[path.stem] = ReplyTemplate(path.stem, "", wordings, version_of(wordings))
    return found
