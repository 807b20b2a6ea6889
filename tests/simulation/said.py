"""What people say to us on a simulated platform, and what its listing shows of that: late, out of order, changed, gone.

The listing keeps what the contract of a connector promises: a reading begins a little before the last one's end, and what
was said shows within that time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.capabilities import InteractionKind
from connectors.contract import Page, RemoteAuthor, RemoteInteraction, RemoteRef, Thread
from tests.simulation.road import START

SHOWS_WITHIN = 12.0
"""Seconds within which the listing shows what was said; a reading begins so much earlier than the last one ended."""
ON_A_PAGE = 3
PRAISE = "Thank you, the new opening hours are great. Lovely work!"
COMPLAINT = "Why was my order not delivered? I am angry and want my money back."
LEGAL = "My lawyer will sue you for this, expect a letter from the court."
ALSO = "I have thought about it again. Why was my order not delivered? I want my money back."
"""What a message says once its author has changed it."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. at, shows, edited, gone: seconds from START; None: never. sees: our accounts whose listings show it.

    quiet: it answers what we said first, and no listing shows it: only whoever reads our threads hears it.
    """

    id: str
    who: str
    text: str
    thread: str
    at: float
    shows: float
    sees: tuple[int, ...] = (0,)
    edited: float | None = None
    gone: float | None = None
    quiet: bool = False

    def stands(self, now: float) -> bool:
        """Whether it is there to be seen."""
        return self.shows <= now and (self.gone is None or now < self.gone)

    def says(self, now: float) -> str:
        """What it says then."""
        return self.text if self.edited is None or now < self.edited else ALSO

    def told(self, now: float) -> RemoteInteraction:
        """It, as a connector tells it."""
        author = RemoteAuthor(self.who, self.who, self.who)
        made = START + timedelta(seconds=self.at)
        kind = InteractionKind.MENTION
        return RemoteInteraction(self.id, kind, author, self.says(now), made, self.thread, RemoteRef(self.id))


SAID_BEFORE = (
    Said("said-ada", "ada", PRAISE, "root", 0.0, 0.0),
    Said("said-bob", "bob", COMPLAINT, "root", 0.0, 0.0),
)
"""What two people have said before a plan begins that has them; it lies in the record by then."""


def drawn(draw: random.Random, accounts: int, *, quiet: bool = False) -> tuple[Said, ...]:
    """What is said in a plan: a few messages, some in one thread, some seen by both accounts; quiet: one of them surely so."""
    found = []
    for number in range(draw.choice((1, 2, 2, 3, 4, 5))):
        at = draw.choice((-60.0, -30.0, 0.0, 2.0, 2.0, 9.0, 21.0))
        shows = at + draw.choice((0.0, 0.0, 1.0, 6.0, SHOWS_WITHIN - 1))
        later = shows + draw.choice((1.0, 7.0, 30.0))
        sees = draw.choice(((0,), (0, 1))) if accounts > 1 else (0,)
        text = draw.choice((PRAISE, PRAISE, COMPLAINT, COMPLAINT, LEGAL))
        edited = later if draw.random() < 0.2 else None
        gone = later if edited is None and draw.random() < 0.12 else None
        who = f"person-{number % 3}"
        found.append(Said(f"said-{number}", who, text, f"thread-{number % 2}", at, shows, sees, edited, gone))
    if quiet or draw.random() < 0.25:
        found.append(Said("said-quiet", "hermit", draw.choice((PRAISE, COMPLAINT)), "ours", 2.0, 9.0, (), quiet=True))
    return tuple(found)


def under_ours(said: tuple[Said, ...], now: datetime) -> Thread:
    """What stands under the first thing that we said."""
    seconds = (now - START).total_seconds()
    return Thread(below=tuple(one.told(seconds) for one in said if one.quiet and one.stands(seconds)))


def page(said: tuple[Said, ...], account: int, cursor: str | None, now: datetime) -> Page:
    """The next page of an account's listing, oldest first, and where to go on.

    A cursor that begins with `>` stands within a reading; any other is where the last one ended.
    """
    seconds = (now - START).total_seconds()
    since = float("-inf")
    if cursor is not None:
        since = float(cursor[1:]) if cursor.startswith(">") else float(cursor) - SHOWS_WITHIN
    shown = sorted((one for one in said if account in one.sees and one.stands(seconds)), key=lambda one: one.at)
    after = [one for one in shown if one.at > since]
    # What was said in one moment is never torn apart: the cursor could not tell which of it was read.
    items = [one for one in after if one.at <= after[min(ON_A_PAGE, len(after)) - 1].at] if after else []
    reached = max([one.at for one in items], default=None)
    over = len(items) == len(after)
    if reached is None:
        return Page((), None if cursor is None else cursor.lstrip(">"))
    newest = max(reached, float(cursor.lstrip(">"))) if cursor is not None and over else reached
    return Page(tuple(one.told(seconds) for one in items), f"{newest}" if over else f">{reached}", caught_up=over)
