"""Whether a text says of itself that a machine wrote it: an autoresponder, a bot's signature, our own honest ending.

Two machines that answer one another never stop; a person is asked instead. Fixed phrases only, so that it cannot run away.
"""

from __future__ import annotations

import re

READ = 4000
"""Characters from each end that are looked at: such words stand at the beginning or at the end."""

_SAYS_SO = re.compile(
    r"\b(?:i am|i'm|this is|written by|posted by|sent by) an? (?:auto(?:mated|matic)? |chat)?bot\b"
    r"|\bauto(?:matic|mated|matically generated|matically sent|-)?[ -]?(?:reply|replies|response|responder|message|answer)\b"
    r"|\baction was performed automatically\b"
    r"|\bout of (?:the )?office\b"
    r"|\bbeep boop\b"
    r"|\bdo not reply to this (?:message|mail|comment|post)\b"
    r"|\bautomatische (?:antwort|nachricht)\b|\babwesenheitsnotiz\b"
    r"|\br[ée]ponse automatique\b|\brespuesta autom[áa]tica\b",
    re.IGNORECASE,
)


def automatic(text: str, own_sentence: str = "") -> bool:
    """Whether it (likely) was not written by a person. own_sentence: by which our own automatic answers end."""
    seen = text if len(text) <= 2 * READ else f"{text[:READ]}\n{text[-READ:]}"
    straight = " ".join(seen.replace("’", "'").split())
    if own_sentence and " ".join(own_sentence.split()).casefold() in straight.casefold():
        return True
    return _SAYS_SO.search(straight) is not None
