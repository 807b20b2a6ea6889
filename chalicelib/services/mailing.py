"""Handing a mail over, as whoever tells somebody records it: an act of the noun's machine, and why."""

from __future__ import annotations

from typing import Final

from chalicelib.ports import Mail, Mailer, MailInDoubt, MailRefused

TOLD: Final = ("told", "the mail was accepted for delivery")
REFUSED: Final = ("refused", "the mail was refused")
NOBODY: Final = ("refused", "there is nobody to tell")
DOUBT: Final = ("doubt", "whether the mail was sent is not known")


def hand_over(mailer: Mailer, mail: Mail | None) -> tuple[str, str]:
    """What came of it: one of the above. mail: None where there is nobody to tell."""
    if mail is None:
        return NOBODY
    try:
        mailer.send(mail)
    except MailRefused:
        return REFUSED
    except MailInDoubt:
        return DOUBT
    return TOLD
