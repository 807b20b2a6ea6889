"""Hearing: what was read of an account enters the record, each message together with what is decided about it.

One write holds both: a message that is decided at once never waits in a queue, nor on the index of what is due. What
cannot be decided so is stored as NEW and left to `triaging`. It must never decide about what the record holds already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.domain.account import Account, AccountState
from chalicelib.ports import EngineBusy, EngineUnusable, Write
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import Arrival, arrivals, content_put, ingest, keep
from connectors.contract import RemoteInteraction

if TYPE_CHECKING:
    from chalicelib.services.triaging import Plan

AT_ONCE = 25
"""Messages of one page that are decided by whoever reads them: 0.1 s at most. A flood is left to the queue."""


def hear(
    desk: Desk, account: Account, found: Sequence[RemoteInteraction], now: datetime, *, history: bool = False
) -> int:
    """Store and decide those that are new; how many that were. Otherwise as `ingesting.ingest`, and as safe to repeat."""
    if account.state is not AccountState.ACTIVE:
        # It may answer again by the time its messages' turn comes.
        return len(ingest(desk, account, found, now, history=history))
    new = arrivals(desk, account, found, now, history=history)
    plans = _plans(desk, account, new.messages[:AT_ONCE], now)
    groups: list[Sequence[Write]] = [
        [put] for put in (*new.identities, *(content_put(desk, one) for one in new.messages))
    ]
    before = len(groups)
    groups += (plan.writes for plan in plans.values())
    failures = desk.store.table.transact_each(groups)[before:] if groups else []
    heard = 0
    waiting = [one for one in new.messages if one.interaction.id not in plans]
    for one, (plan, failed) in zip(
        (one for one in new.messages if one.interaction.id in plans),
        zip(plans.values(), failures, strict=True),
        strict=True,
    ):
        if failed is None:
            heard += 1
            plan.announce()
        elif failed.index:
            waiting.append(one)  # an answer was refused by what was answered meanwhile: triage says what comes instead
    return heard + (len(keep(desk, waiting, [])) if waiting else 0)


def _plans(desk: Desk, account: Account, messages: Sequence[Arrival], now: datetime) -> dict[str, Plan]:
    """What is to be written about each, by its id; none of what could not be decided."""
    if not messages:
        return {}
    from chalicelib.services import matters, outgrown, triaging

    plans: dict[str, Plan] = {}
    arrived = matters.arrived(desk, account, messages, now)
    outgrown.look(desk, arrived[0].workspace, now)
    for matter in arrived:
        try:
            signals = triaging.reading(desk, matter)
            if triaging.unsure(desk, matter, signals, now):
                continue  # it is stored as NEW, and triage asks: who reads an account waits for nobody else
            plans[matter.interaction.id] = triaging.plan(desk, matter, signals, now)
        except triaging.NotYetInRecord:
            continue  # it is stored as NEW, and moderated by whoever finds it there
        except (EngineBusy, EngineUnusable):
            raise
        except Exception:  # noqa: BLE001, S112 - one text that cannot be read must not keep the others from being stored:
            continue  # it is stored as NEW, and fails where its message goes to the dead letters, under alarm
    return plans
