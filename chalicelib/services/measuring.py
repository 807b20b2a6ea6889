"""Measuring: a workspace that counts takes a round every hour, and asks each account for what is due, a hundred posts at once.

What is not answered stays due. What reading costs is taken from the month's cap first; where that would be passed nothing is
asked. A round that dies, or meets another, at worst counts the same again: samples are kept by their time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.measuring import DAY, EVERY, Sample, Tally, Trouble, Waiting, next_at, passed
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.workspace import Workspace
from chalicelib.services import accounts, recent, spending
from chalicelib.services.bodies import ref_of
from chalicelib.services.choosing import chosen
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from connectors import errors
from connectors.contract import RemoteRef
from connectors.metrics import Counts, Metrics

MOST_AT_ONCE = 100
"""Posts in one asking, by the connector contract."""

OVERLAP = timedelta(minutes=5)
"""How far behind the newest post that is known the list is read again: its index may lag."""

LOOKS_AGAIN = timedelta(hours=1)
REFUSED_FOR = DAY
"""After an account that cannot be used; and one whose platform would refuse the same again."""

BETWEEN = timedelta(minutes=5)
"""Between two rounds at least."""

MOMENT = timedelta(minutes=1)
"""So soon after a sample nobody counts again by hand."""

_WILL_BE = frozenset(
    {
        VariantState.DRAFT,
        VariantState.AWAITING_APPROVAL,
        VariantState.SCHEDULED,
        VariantState.HELD,
        VariantState.SENDING,
        VariantState.NEEDS_REVIEW,
    }
)
"""States from which something may yet be published."""

_USABLE = frozenset({AccountState.ACTIVE, AccountState.THROTTLED})


def switch(desk: Desk, caller: Caller, now: datetime, *, on: bool) -> Workspace:
    """Begin to count, or stop; what was counted stays. Raises Conflict."""
    workspace = desk.workspace(caller.workspace)
    if workspace.measures != on:
        why = "posts, accounts and communities are counted" if on else "nothing is counted any more"
        workspace = chosen(desk, caller, workspace, replace(workspace, measures=on), "set_measuring", why, now)
    if on and desk.store.measurings.get(workspace.id) is None:
        desk.store.measurings.save(workspace.id, None, Tally(wake_at=now, seen=workspace.created_at))
    return workspace


def take_round(desk: Desk, workspace_id: str, now: datetime, enough: Callable[[], bool] = lambda: False) -> str:
    """Count what is due in a workspace; what it came to, in words. Stops between accounts once `enough` says so."""
    tally = desk.store.measurings.get(workspace_id)
    if tally is None or now < tally.wake_at:
        return "nothing to count"
    if not desk.workspace(workspace_id).measures:
        desk.store.measurings.drop(workspace_id)
        return "switched off"
    work = _Work(desk, workspace_id, tally, now)
    work.discover()
    work.look()
    for account in desk.store.accounts_of(workspace_id):
        if enough():
            work.again_at = now
            break
        work.count(account)
    kept = desk.store.measurings.save(workspace_id, tally, work.after())
    return f"{work.kept} counted" if kept is not None else "another round was faster"


def count_now(desk: Desk, caller: Caller, post_id: str, now: datetime) -> None:
    """Count a post's published variants at once, each at most once a minute. Raises NotFound, Conflict where none is out."""
    post = desk.store.posts.get(caller.workspace, post_id)
    if post is None:
        raise NotFound
    out = [one for one in _variants(desk, caller.workspace, post.variants) if _counts(one)]
    if not out:
        raise Conflict("nothing of it is published", fix="Ask again once it is out.")
    work = _Work(desk, caller.workspace, Tally(now, now), now)
    for one in out:
        samples = desk.store.measurings.of_post(caller.workspace, one.id, last=1)
        if not samples or samples[-1].at <= now - MOMENT:
            work.due.setdefault(one.account, []).append(one)
    for account_id in work.due:
        account = desk.store.accounts.get(caller.workspace, account_id)
        if account is not None:
            work.count(account, daily=False)
    if work.troubles and not work.kept:
        raise Conflict(next(iter(work.troubles.values())).why, fix="Ask again later.")


# --- one round -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Work:
    """One round of one workspace: what waits, what is due of each account, what went wrong."""

    desk: Desk
    workspace: str
    before: Tally
    now: datetime
    waiting: dict[str, datetime] = field(default_factory=dict)
    due: dict[str, list[Variant]] = field(default_factory=dict)
    daily: dict[str, datetime] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    seen: datetime | None = None
    again_at: datetime | None = None
    kept: int = 0

    def __post_init__(self) -> None:
        self.waiting = {one.variant: one.look_at for one in self.before.waiting}
        self.daily = dict(self.before.daily)
        self.troubles = {one.account: one for one in self.before.troubles if self.now < one.until}

    def discover(self) -> None:
        """What was made since the last round is looked at from its own time on."""
        for post, variants in recent.posts(self.desk, self.workspace):
            self.seen = max(self.seen or post.created_at, post.created_at)
            if post.created_at < self.before.seen - OVERLAP:
                return
            for one in variants:
                old = one.published_at is not None and next_at(one.published_at, self.now) is None
                if (one.state in _WILL_BE or _counts(one)) and not old:
                    self.waiting.setdefault(one.id, self.now)

    def look(self) -> None:
        """What has come out is due at its distances; what will not come out is dropped."""
        names = [one for one, at in self.waiting.items() if at <= self.now]
        found = {one.id: one for one in _variants(self.desk, self.workspace, names)}
        for name in names:
            one = found.get(name)
            if one is not None and _counts(one) and self.desk.platforms.capabilities(one.platform).measures:
                self._place(one)
            elif one is not None and one.state in _WILL_BE:
                self.waiting[name] = min(max(one.schedule.at, self.now + EVERY), self.now + DAY)
            else:
                del self.waiting[name]

    def _place(self, one: Variant) -> None:
        published = one.published_at or self.now
        if passed(published, self.now):
            self.due.setdefault(one.account, []).append(one)
        else:
            self.waiting[one.id] = next_at(published, self.now) or self.now

    def count(self, account: Account, *, daily: bool = True) -> None:
        """Ask one account for what is due of it. What it does not answer stays due."""
        variants = self.due.get(account.id, [])
        can = self.desk.platforms.capabilities(account.platform)
        last = self.daily.get(account.id)
        itself = daily and bool(can.measures) and (last is None or last <= self.now - DAY)
        if account.state not in _USABLE or account.id in self.troubles or not (variants or itself):
            return
        communities = account.listening.moderated if itself else ()
        batches = [variants[start : start + MOST_AT_ONCE] for start in range(0, len(variants), MOST_AT_ONCE)] or [[]]
        for number, batch in enumerate(batches):
            first = number == 0
            told = self._asked(account, batch, account_too=itself and first, communities=communities if first else ())
            if told is None:
                return
            self._keep(account, batch, told)
        if itself:
            self.daily[account.id] = self.now

    def _asked(
        self, account: Account, batch: Sequence[Variant], *, account_too: bool, communities: Sequence[str]
    ) -> Metrics | None:
        """One asking, paid for; None where it came to nothing, and `troubles` says why and until when."""
        refs: list[RemoteRef] = [ref_of(one.remote) for one in batch if one.remote is not None]
        each = self.desk.platforms.capabilities(account.platform).micro_usd_per_read
        cost = each * (len(refs) + account_too + len(communities))
        if not spending.take(self.desk, self.workspace, cost, self.now, account=account.id):
            self._trouble(account, "reading costs money, and this month's cap would be passed", LOOKS_AGAIN)
            return None
        try:
            connector = connector_for(self.desk, account)
            connector.sign_in()
            return connector.metrics(refs, account=account_too, communities=communities)
        except (errors.AuthExpired, errors.Unpaid) as error:
            accounts.refused(self.desk, account, error, self.now)
            self._trouble(account, str(error), LOOKS_AGAIN)
        except errors.Retryable as error:
            wait = LOOKS_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)
            self._trouble(account, str(error), wait)
        except errors.ConnectorError as error:
            self._trouble(account, str(error), REFUSED_FOR)
        # It was not answered: what was taken for it comes back.
        spending.give_back(self.desk, self.workspace, cost, self.now, account=account.id)
        return None

    def _keep(self, account: Account, batch: Sequence[Variant], told: Metrics) -> None:
        measurings = self.desk.store.measurings
        for one in batch:
            counts = told.posts.get(one.remote.id) if one.remote is not None else None
            measurings.keep_post(self.workspace, one.id, _sample(self.now, counts))
            self.kept += 1
            after = next_at(one.published_at or self.now, self.now)
            if after is None:
                self.waiting.pop(one.id, None)
            elif one.id in self.waiting:
                self.waiting[one.id] = after
        if told.account:
            measurings.keep_account(self.workspace, account.id, _sample(self.now, told.account))
            self.kept += 1
        for name, counts in told.communities.items():
            measurings.keep_account(self.workspace, account.id, replace(_sample(self.now, counts), of=name))
            self.kept += 1

    def _trouble(self, account: Account, why: str, lasts: timedelta) -> None:
        self.troubles[account.id] = Trouble(account.id, why, self.now + lasts)

    def after(self) -> Tally:
        """The tally once the round is over."""
        return Tally(
            wake_at=self.again_at or self._wakes_at(),
            seen=max(self.before.seen, self.seen or self.before.seen),
            waiting=tuple(Waiting(one, at) for one, at in sorted(self.waiting.items())),
            daily=self.daily,
            troubles=tuple(self.troubles.values()),
        )

    def _wakes_at(self) -> datetime:
        """The next time at which something is due, an hour from now at most."""
        soonest = min(self.waiting.values(), default=self.now + EVERY)
        return min(self.now + EVERY, max(self.now + BETWEEN, soonest))


def _counts(one: Variant) -> bool:
    """Whether it stands on its platform, as far as the record knows."""
    return one.state is VariantState.PUBLISHED and one.remote is not None and one.taken_down_at is None


def _sample(now: datetime, counts: Counts | None) -> Sample:
    if counts is None:
        return Sample(now, gone=True)
    return Sample(now, {measure.value: value for measure, value in counts.items()})


def _variants(desk: Desk, workspace: str, names: Iterable[str]) -> list[Variant]:
    return desk.store.variants.get_many(keys.variant(workspace, one) for one in names)
