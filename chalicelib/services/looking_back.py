"""Looking back: the threads under an account's own posts are read at growing distances, for answers that nobody notifies of.

What there was before the account was connected comes by the same way, once, in bounded steps: its own posts, by which is
known whose post somebody answers, and the threads of the newest of them. It comes as history: nothing automatic answers it.
Nothing is read that costs money unless that was switched on, and nothing at all where nothing is due.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain import looking_back
from chalicelib.domain.account import Account
from chalicelib.domain.looking_back import AGAIN_AFTER, NEVER, Backfill, LookedBack
from chalicelib.domain.polling import Reading
from chalicelib.services import own_words
from chalicelib.services.desk import Desk
from chalicelib.services.hearing import hear
from connectors import errors
from connectors.capabilities import InteractionKind
from connectors.contract import Connector, EarlierPost, RemoteInteraction
from connectors.metrics import Measure

MOST_THREADS: Final = 3
"""Threads that one reading of an account reads: with the list of its posts, and the inbox each minute, a third of what the
strictest platform lets one account read."""

NEWEST: Final = 6
"""Posts of before an account was connected whose threads are read, however old they are."""

MOST_BEFORE: Final = 24
"""And so many of them at most where reading costs nothing, as far as they are no older than `BEFORE`."""

BEFORE: Final = timedelta(days=30)

FIRST_PAGES: Final = 3
"""Pages of the account's own posts that are read at first: 120 posts on Mastodon, some 300 elsewhere."""

_ANSWERS: Final = (Measure.REPLIES, Measure.QUOTES)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to. new: messages that were not in the record; calls, items: what was asked and told beyond the inbox."""

    after: LookedBack
    backfill: Backfill
    new: int = 0
    calls: int = 0
    items: int = 0


def is_due(desk: Desk, account: Account, reading: Reading, now: datetime) -> bool:
    """Whether an account is to be looked back on; told from what whoever reads it knows anyway."""
    can = desk.platforms.capabilities(account.platform)
    if can.micro_usd_per_read and not account.listening.threads:
        return False
    if reading.looked != NEVER and reading.looked.at is not None and not can.reads_own_threads:
        return False
    return looking_back.due(reading.looked, account.spoke_at, now, desk.policy.threads_after)


def speaks(desk: Desk, account: Account, now: datetime) -> bool:
    """Whether it is worth a write to know that an account speaks now: its threads are read, and that is not known yet."""
    can = desk.platforms.capabilities(account.platform)
    if not can.reads_own_threads or (can.micro_usd_per_read and not account.listening.threads):
        return False
    return account.spoke_at is None or now - account.spoke_at >= desk.policy.threads_after[0]


def look(desk: Desk, account: Account, connector: Connector, reading: Reading, now: datetime) -> Looked:
    """Read what is due of an account that is signed in, a few threads at once; what is left is due again at once.

    A platform that does not answer is asked again a little later. Raises RateLimited, AuthExpired and Unpaid as reading does.
    """
    work = _Work(desk, account, connector, reading, now)
    try:
        return work.done()
    except (errors.RateLimited, errors.AuthExpired, errors.Unpaid):
        raise
    except errors.ConnectorError:
        later = now + min(AGAIN_AFTER, desk.policy.threads_after[0])
        # What was heard before lies in the record, and is known when it comes again.
        return Looked(replace(reading.looked, next_at=later), reading.backfill, work.new, work.calls, work.items)


@dataclass(slots=True)
class _Work:
    """One look."""

    desk: Desk
    account: Account
    connector: Connector
    reading: Reading
    now: datetime
    new: int = 0
    calls: int = 0
    items: int = 0

    def done(self) -> Looked:
        """All of it, as far as one reading goes."""
        looked, first = self.reading.looked, self.reading.looked.at is None
        posts = self._own_posts(FIRST_PAGES if first and not looked.done else 1)
        own_words.remember(self.desk, self.account, [one.ref.id for one in posts])
        wanted = [one for one in self._wanted(posts) if one.ref.id not in looked.done]
        ours = {one.ref.id for one in posts}
        for one in wanted[:MOST_THREADS]:
            self._thread(one, ours)
        read = (*looked.done, *(one.ref.id for one in wanted[:MOST_THREADS]))
        more = len(wanted) > MOST_THREADS
        left = len(wanted) - len(wanted[:MOST_THREADS])
        backfill = self._backfilled(len(posts), len(read), left) if first else self.reading.backfill
        if more:
            return Looked(LookedBack(looked.at, self.now, read), backfill, self.new, self.calls, self.items)
        said = [one.created_at for one in posts]
        after = LookedBack(self.now, looking_back.next_at(said, self.now, self.desk.policy.threads_after))
        return Looked(after, backfill, self.new, self.calls, self.items)

    def _own_posts(self, pages: int) -> list[EarlierPost]:
        found: list[EarlierPost] = []
        for _ in range(pages):
            page = self.connector.own_posts(found[-1].ref.id if found else None)
            self.calls += 1
            self.items += len(page)
            found += page
            if not page:
                break
        return found

    def _wanted(self, posts: Sequence[EarlierPost]) -> list[EarlierPost]:
        """Those whose threads are to be read, the newest first; of which nobody answered any, none."""
        since, distances = self.reading.looked.at, self.desk.policy.threads_after
        if since is not None:
            due = [one for one in posts if looking_back.crossed(one.created_at, since, self.now, distances)]
        else:
            before, begun = self._before(posts), self.now - distances[-1]
            due = [one for one in posts if one in before or self._since_connected(one, begun)]
        return [one for one in due if _answered(one)]

    def _since_connected(self, one: EarlierPost, begun: datetime) -> bool:
        """Whether it was said since the account was connected, and came to one of its distances after `begun`."""
        distances = self.desk.policy.threads_after
        new = one.created_at >= self.account.created_at
        return new and looking_back.crossed(one.created_at, begun, self.now, distances)

    def _before(self, posts: Sequence[EarlierPost]) -> list[EarlierPost]:
        """What was said before the account was connected, as far back as its threads are read."""
        earlier = [one for one in posts if one.created_at < self.account.created_at]
        if self.desk.platforms.capabilities(self.account.platform).micro_usd_per_read:
            return earlier[:NEWEST]
        oldest = self.account.created_at - BEFORE
        return earlier[:NEWEST] + [one for one in earlier[NEWEST:MOST_BEFORE] if one.created_at >= oldest]

    def _thread(self, post: EarlierPost, ours: Collection[str]) -> None:
        self.calls += 1
        try:
            thread = self.connector.thread(post.ref)
        except errors.Rejected:
            return  # it was taken down, or is not shown any more: there is nothing to hear below it
        self.items += len(thread.above) + len(thread.below)
        self.new += hear(self.desk, self.account, [_addressed(one, ours) for one in thread.below], self.now)

    def _backfilled(self, posts: int, threads: int, left: int) -> Backfill:
        before = self.reading.backfill
        done_at = before.done_at or (None if left else self.now)
        return Backfill(max(before.posts, posts), threads, before.heard + self.new, done_at, threads + left)


def _answered(post: EarlierPost) -> bool:
    """Whether somebody may have answered: a platform that counts answers, and counts none, shows none either."""
    told = [post.counts[one] for one in _ANSWERS if one in post.counts]
    return not told or any(told)


def _addressed(one: RemoteInteraction, ours: Collection[str]) -> RemoteInteraction:
    """What members say to one another in our thread was not said to us: it is decided about, and never answered by itself."""
    if one.parent_id is None or one.parent_id in ours:
        return one
    return replace(one, kind=InteractionKind.COMMUNITY)
