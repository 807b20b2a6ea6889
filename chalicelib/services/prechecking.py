"""Prechecking: what would become of a post if it were scheduled now, by the very rules that scheduling goes by.

It changes nothing and reserves nothing. Where scheduling stops at the first fault, this tells them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account
from chalicelib.domain.composing import Notice, Remark
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.foreseeing import Counted, Fault, Foreseen, Report
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.post import Schedule
from chalicelib.services import blackouts, checking, noticing, scheduling
from chalicelib.services.bodies import priced_drafts, writes_of
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from connectors.contract import Draft


def check(
    desk: Desk,
    caller: Caller,
    wishes: Sequence[Wish],
    when: Schedule | None,
    now: datetime,
    *,
    campaign: str | None = None,
) -> Report:
    """Everything that is known of a post before it is scheduled. when: None where no time is chosen yet. Raises NotFound."""
    workspace = desk.workspace(caller.workspace)
    guideline = desk.guideline(workspace)
    places = [keys.within(caller.workspace, "ACCOUNT", wish.account) for wish in wishes]
    known = {one.id: one for one in desk.store.accounts.get_many(places)}
    foreseen = tuple(_foreseen(desk, known.get(wish.account), guideline, wish) for wish in wishes)
    faults: list[Fault] = []
    if not any(one.faults for one in foreseen):
        # What is wrong with the post as a whole is asked of scheduling itself, all but its write.
        _tell(faults, lambda: scheduling.plan(desk, caller, campaign, when or _at_once(now), wishes, now))
    else:
        if when is not None:
            _tell(faults, lambda: scheduling.check_time(when.at, now))
            _tell(faults, lambda: blackouts.check(desk, caller.workspace, [wish.account for wish in wishes], when))
        if campaign is not None and desk.store.campaigns.get(caller.workspace, campaign) is None:
            faults.append(Fault("/campaign", "there is no such campaign", "Create it first, or leave it out."))
    there = [wish for wish in wishes if wish.account in known]
    at = None if when is None else when.at
    remarks = noticing.remarks(desk, caller.workspace, there, at, now)
    if at is not None:
        remarks += _off_campaign(desk, caller.workspace, campaign, there, at)
        remarks += _crowded(desk, caller.workspace, there, known, at)
    asks = scheduling.most_asked(workspace, caller, wishes)
    return Report(at, foreseen, tuple(faults), tuple(remarks), asks)


def _at_once(now: datetime) -> Schedule:
    return Schedule(now, "UTC", now.isoformat()[:19], scheduling.LATE_NOW)


def _tell(faults: list[Fault], rule: Callable[[], object]) -> None:
    try:
        rule()
    except InvalidField as error:
        faults.append(_fault(error))


def _fault(error: InvalidField) -> Fault:
    return Fault(error.pointer, error.detail, error.fix)


def _foreseen(desk: Desk, account: Account | None, guideline: Guideline, wish: Wish) -> Foreseen:
    """What would become of it on one account."""
    if account is None:
        fault = Fault(f"{wish.pointer}/account", "there is no such account", "Connect the account first.")
        return Foreseen(wish.account, None, (fault,))
    faults: list[Fault] = []
    _tell(faults, lambda: scheduling.check_account(account, wish.pointer))
    faults += map(_fault, checking.faults(desk, account, guideline, wish))
    drafts = priced_drafts(wish.body, desk.platforms.capabilities(account.platform))
    prices = [price for draft in drafts if (price := desk.platforms.price(account.platform, draft))]
    dear = [price for price in prices if price.instead is not None]
    return Foreseen(
        account.id,
        account.platform,
        tuple(faults),
        _counted(desk, account, wish),
        sum(price.micro_usd for price in prices),
        sum(price.micro_usd if price.instead is None else price.instead for price in prices) if dear else None,
        dear[0].without if dear else "",
    )


def _counted(desk: Desk, account: Account, wish: Wish) -> tuple[Counted, ...]:
    """Every part by the platform's own count."""
    can = desk.platforms.capabilities(account.platform)
    found: list[Counted] = []
    for number, (part, whole) in enumerate(zip(wish.body.parts, priced_drafts(wish.body, can), strict=True)):
        most = checking.longest(can, account, reply=number > 0 or wish.body.answers is not None)

        def length(text: str, whole: Draft = whole) -> int:
            return desk.platforms.length(account.platform, replace(whole, text=text))

        def too_long(text: str, most: int = most, length: Callable[[str], int] = length) -> bool:
            over = can.max_bytes is not None and len(text.encode()) > can.max_bytes
            return over or length(text) > most

        pointer = f"{checking.part_pointer(wish.pointer, number)}/text"
        begins = _begins(part.text, too_long) if too_long(part.text) else None
        found.append(Counted(pointer, length(part.text), most, can.unit.value, begins))
    return tuple(found)


def _begins(text: str, too_long: Callable[[str], bool]) -> int:
    """The first character that is too many: what stands before it fits. A link counts whole, so that it may begin there."""
    low, high = 0, len(text)
    while low + 1 < high:
        middle = (low + high) // 2
        if too_long(text[:middle]):
            high = middle
        else:
            low = middle
    return low


def _off_campaign(
    desk: Desk, workspace: str, campaign: str | None, wishes: Sequence[Wish], at: datetime
) -> Iterator[Remark]:
    """What does not fit the campaign's accounts and dates: none of that forbids it."""
    found = None if campaign is None else desk.store.campaigns.get(workspace, campaign)
    if found is not None:
        for wish in wishes:
            for what in found.misfits(wish.account, at):
                yield Remark(wish.pointer, Notice.OFF_CAMPAIGN, what)


def _crowded(
    desk: Desk, workspace: str, wishes: Sequence[Wish], known: dict[str, Account], at: datetime
) -> list[Remark]:
    """What to say where an account has so much to say by then that its platform makes it wait."""
    found: list[Remark] = []
    for wish in wishes:
        can = desk.platforms.capabilities(known[wish.account].platform)
        allowed = can.allowance
        room = min(allowed.writes, noticing.LONGEST_LINE)
        entries, _ = desk.store.line(workspace, wish.account, at, room, pages=3)
        before = [one for one in entries if keys.due_at(one.sort) > at - allowed.span]
        if len(before) + writes_of(wish.body, can.threads) > allowed.writes:
            what = f"{len(before)} others come first, and {can.platform.value} takes {allowed.writes} in {allowed.span}: it waits"
            found.append(Remark(wish.pointer, Notice.CROWDED, what))
    return found
