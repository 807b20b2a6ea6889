"""Ticking: what needs attention now, found from the table alone, and put into the hands that it belongs in.

A tick decides nothing. It reads the sparse index and the polling slots, a little ahead of its time, and hands each entry
on as a hint with its own delay, every tenant in its turn; the small, rare acts (mails, deadlines) it does itself. Losing
any hint, or the whole tick, changes nothing: the next one finds the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.fairness import Piece, share
from chalicelib.ports import EngineBusy, EngineUnusable, Entry, QueueName
from chalicelib.services import clocks, pacing
from chalicelib.services.desk import AHEAD, Desk, Hint, ask, hint, hints
from chalicelib.services.lines import MOST_AT_ONCE
from chalicelib.store import keys

MOST = 20_000
"""Entries handed on in one tick: some 200 requests of ten messages to the queue, well within the tick's time."""

MOST_OF_ONE = 5_000
"""Of these, entries of one workspace."""

TRIAGED_TOGETHER = 25
"""Interactions of one workspace in one hint."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick handed on, by noun, and how many polling slots it began."""

    handed_on: dict[str, int]
    slots: int
    failures: tuple[tuple[str, Exception], ...] = ()
    """The small acts that failed, each alone, by noun: the next tick finds them again."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One hint to be sent: to which queue, what, and how much later."""

    queue: QueueName
    body: Hint
    delay: timedelta


def tick(desk: Desk, now: datetime, enough: Callable[[], bool] = lambda: False) -> Ticked:
    """Hand on everything that is due, or will be before the next tick. Stops between entries once `enough` says so.

    Raises ClockOff: deadlines, ends of brakes and slots all rest on the time.
    """
    if enough():
        return Ticked({}, 0)
    began = desk.clock.now()
    entries = desk.store.due(now + desk.policy.tick_every + AHEAD)
    clocks.check(desk, now + (desk.clock.now() - began), min(one.skew for one in desk.policy.timing.values()))
    variants = [one for one in entries if keys.due_noun(one.sort) == "variant"]
    _note_speakers(desk, variants)
    due = [one for one in entries if keys.due_noun(one.sort) != "variant" and keys.due_at(one.sort) <= now]
    interactions = [one for one in due if keys.due_noun(one.sort) == "interaction"]
    handed_on = {noun: len(found) for noun, found in (("variant", variants), ("interaction", interactions)) if found}
    _hand_on(desk, [*_lines(variants, now), *_messages(interactions)])
    failures: list[tuple[str, Exception]] = []
    for entry in due:
        if enough():
            return Ticked(handed_on, 0, tuple(failures))
        noun = keys.due_noun(entry.sort)
        if noun == "interaction":
            continue
        handed_on[noun] = handed_on.get(noun, 0) + 1
        try:
            _do(desk, noun, keys.workspace_of(entry.key), keys.id_of(entry.key), now)
        except (EngineBusy, EngineUnusable):
            raise
        except Exception as error:  # noqa: BLE001 - one digest that cannot be made must not keep accounts from being read
            failures.append((noun, error))
    slots = 0
    for turn, how in pacing.due_slots(desk, now):
        if enough():
            break
        hint(desk, QueueName.LISTEN, pacing.told(desk, turn, how), turn.at - now)
        slots += 1
    return Ticked(handed_on, slots, tuple(failures))


def _do(desk: Desk, noun: str, workspace: str, item: str, now: datetime) -> None:
    """The small acts that a tick does itself."""
    match noun:
        case "escalation":
            from chalicelib.services import escalating

            escalating.tell(desk, workspace, item, now)
        case "digest":
            from chalicelib.services import digesting

            digesting.send(desk, workspace, item, now)
        case "review":
            from chalicelib.services import reviewing

            reviewing.overdue(desk, workspace, item, now)
        case "approval":
            from chalicelib.services import reminding

            reminding.attend(desk, workspace, item, now)
        case "account":
            from chalicelib.services import holding

            holding.sweep_account(desk, workspace, item, now)
        case "incident":
            from chalicelib.services import incidents

            incidents.tell(desk, workspace, item, now)
        case "handshake":
            from chalicelib.services import connecting

            connecting.expire(desk, workspace, item, now)
        case "probe":
            hint(desk, QueueName.LISTEN, {"workspace": workspace, "probe": item})
        case "brake":
            from chalicelib.services import braking

            braking.settle(desk, workspace, item, now)
        case "spend":
            from chalicelib.services import spending

            spending.look(desk, workspace, item, now)
        case "evergreen":
            from chalicelib.services import reposting

            reposting.take_turn(desk, workspace, item, now)
        case "series":
            from chalicelib.services import series

            series.tick(desk, workspace, item, now)
        case "tally":
            hint(desk, QueueName.TRIAGE, {"workspace": workspace, "tally": "due"})
        case "ruling":
            hint(desk, QueueName.TRIAGE, {"workspace": workspace, "ruling": item})
        case "import":
            hint(desk, QueueName.TRIAGE, {"workspace": workspace, "import": item})
        case "replay":
            hint(desk, QueueName.TRIAGE, {"workspace": workspace, "replay": item})
        case "feed":
            hint(desk, QueueName.TRIAGE, {"workspace": workspace, "feed": item})
        case _:
            raise ValueError(f"nobody's hands for {noun}")


def _note_speakers(desk: Desk, variants: Iterable[Entry]) -> None:
    """Whoever speaks is answered soon: their accounts are told to the next slot that is run."""
    for one in variants:
        account = keys.due_account(one.sort)
        if account is not None:
            desk.speakers.note(keys.workspace_of(one.key), account)


def _hand_on(desk: Desk, pieces: Iterable[tuple[str, Piece[_Ask]]]) -> None:
    """Send the hints, each tenant in its turn, as many as one tick may."""
    waiting: dict[str, list[Piece[_Ask]]] = {}
    for workspace, piece in pieces:
        waiting.setdefault(workspace, []).append(piece)
    chosen = share(waiting, MOST, MOST_OF_ONE)
    for queue in dict.fromkeys(one.queue for one in chosen):
        hints(desk, queue, [(one.body, one.delay) for one in chosen if one.queue is queue])


def _lines(entries: Iterable[Entry], now: datetime) -> Iterable[tuple[str, Piece[_Ask]]]:
    """One hint for each account's line that is due, and one for each later moment at which something more is."""
    due: dict[tuple[str, str, datetime], list[str]] = {}
    for entry in sorted(entries, key=lambda one: one.sort):
        workspace, account, item = keys.workspace_of(entry.key), keys.due_account(entry.sort), keys.id_of(entry.key)
        # Entries of an older release do not name their account: each is a line of its own, sorted out by whoever gets it.
        line = account if account is not None else f"?{item}"
        due.setdefault((workspace, line, max(now, keys.due_at(entry.sort))), []).append(item)
    begun: set[tuple[str, str]] = set()
    for (workspace, account, at), items in due.items():
        # Whoever works on a line hands the rest of it on (`lines`).
        first = items[:MOST_AT_ONCE]
        known = None if account.startswith("?") else account
        # What is due at a later moment comes after what may have been put off by then.
        body = ask(workspace, known, first, front=(workspace, account) not in begun)
        begun.add((workspace, account))
        yield workspace, Piece(_Ask(QueueName.PUBLISH, body, at - now), len(first))


def _messages(entries: Iterable[Entry]) -> Iterable[tuple[str, Piece[_Ask]]]:
    """Hints to triage, some interactions of one workspace in each."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(keys.workspace_of(entry.key), []).append(keys.id_of(entry.key))
    for workspace, items in found.items():
        for start in range(0, len(items), TRIAGED_TOGETHER):
            part = items[start : start + TRIAGED_TOGETHER]
            body: Hint = {"workspace": workspace, "interactions": part}
            yield workspace, Piece(_Ask(QueueName.TRIAGE, body, timedelta(0)), len(part))
