"""What a platform shows of our own posts: of one whose answer was lost, or of one that a person points at.

The match rule, once for all platforms: this account's own post, in the same place, with the same text fingerprint and as
many pictures, and in a listing made no earlier than the first claim. One match is Found; two are nobody's to choose
between, and one that is nearly the same is nobody's to judge. Whether silence proves anything is for the platform's
connector to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import Found, Lookup, Receipt, RemoteRef, Unproven
from connectors.text import fingerprint, gist

CLOCK_MARGIN = timedelta(seconds=60)
"""How far a platform's clock may be behind ours: a post may look that much older than its claim."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said and where, so that a draft and the platform's copy of it can be compared.

    text: as a person typed it, the platform's rendering undone. place: the id of what it answers, else the community that
    it stands in, else None. pictures: how many it shows; platforms re-encode them, so they cannot be compared.
    beside: what else it shows, as a person reads it: a warning, the choices of a poll.
    """

    text: str
    place: str | None = None
    pictures: int = 0
    beside: tuple[str, ...] = ()

    def is_same(self, other: Saying) -> bool:
        """Whether both are the same message."""
        return self.says_the_same(other) and self.pictures == other.pictures and self.shows_the_same(other)

    def says_the_same(self, other: Saying) -> bool:
        """Whether both have the same words in the same place, whatever pictures they show."""
        return self.place == other.place and fingerprint(self.text) == fingerprint(other.text)

    def shows_the_same(self, other: Saying) -> bool:
        """Whether both show the same beside their words."""
        return [*map(fingerprint, self.beside)] == [*map(fingerprint, other.beside)]

    def is_near(self, other: Saying) -> bool:
        """Whether one could be the other after a server rewrote its marks (Markdown, quotes, emoji)."""
        return self.place == other.place and gist(self.text) == gist(other.text)


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One post of this account as the platform shows it. `app`: by which app it was made, where the platform tells."""

    ref: RemoteRef
    made: datetime
    says: Saying
    app: str | None = None


class Readback:
    """The listing of our own posts, read page by page, newest first, back to a first claim."""

    def __init__(self, meant: Saying, since: datetime) -> None:
        self.back_to = since - CLOCK_MARGIN
        self.complete = False
        """Whether the listing was read that far back; for the connector to say."""
        self.same: dict[str, OwnPost] = {}
        """What matches, by id."""
        self._meant = meant
        self._near = False

    def see(self, page: Iterable[OwnPost]) -> None:
        """Take in one page."""
        for post in page:
            if post.made < self.back_to:
                continue
            if post.says.is_same(self._meant):
                self.same[post.ref.id] = post
            elif post.says.is_near(self._meant):
                self._near = True

    def verdict(self, silence: Lookup) -> Lookup:
        """Found for exactly one match in a complete listing; `silence` where such a listing holds nothing like it."""
        if len(self.same) > 1:
            return Unproven(f"{len(self.same)} posts of this account match; a person must say which one is meant.")
        if not self.same and self._near:
            return Unproven("A post of this account says nearly the same; a person must say whether it is this one.")
        if not self.complete:
            return Unproven("The account has posted too much since then to read all of it back.")
        return next((Found(Receipt(post.ref)) for post in self.same.values()), silence)


def confirmed(post: OwnPost, meant: Saying) -> Lookup:
    """Whether a post of this account, at which a person points, is this draft."""
    if post.says.is_same(meant):
        return Found(Receipt(post.ref))
    if post.says.place != meant.place:
        return Unproven("That post is this account's, but it stands elsewhere or answers something else.")
    if post.says.says_the_same(meant):
        other = "another number of pictures" if post.says.shows_the_same(meant) else "something else beside its words"
        return Unproven(f"That post is this account's, but it shows {other}.")
    if post.says.is_near(meant):
        return Unproven("That post is this account's, but its text is not quite the same.")
    return Unproven("That post is this account's, but it says something else.")
