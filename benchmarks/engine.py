"""`python -m benchmarks.engine [--items N]`: the embedded engine's pace, one JSON line.

claim_commit_per_s: whole `lines.speak` calls a second, one for each post on an account of its own (find the line, read all
that it needs, take the turn, claim, send, commit; WAL, synchronous=FULL, on a file) against a platform that answers at once
and sets no limit. ingest_triage_per_s: interactions a second through `ingesting.ingest` and `triaging.triage_all`, each
with its own author and thread. Both on a record that already holds `stored_items` items; medians of several rounds, which
alternate between the two.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalicelib import settings
from chalicelib.adapters.embedded.clock import SystemClock, SystemEntropy
from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.post import Body, Schedule, VariantState
from chalicelib.ports import Put
from chalicelib.services import accounts, ingesting, lines, scheduling, triaging, workspaces
from chalicelib.services.desk import Desk, Platforms, Policy
from chalicelib.store.store import Store
from connectors.capabilities import Allowance, Capabilities, Dedupe, InteractionKind, LengthUnit, Platform, Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPost,
    Identity,
    Listening,
    Lookup,
    Page,
    Receipt,
    RemoteAuthor,
    RemoteInteraction,
    RemoteRef,
    SignIn,
)

TEXTS = (
    "Thank you, the new opening hours are a great help. Lovely work!",
    "When does the spring workshop start, and do I need to sign up for it?",
    "I waited three weeks for my refund and nobody answers, this is not acceptable.",
    "You are a bunch of useless people, go away, nobody wants you here.",
    "Saw this yesterday in the window next to the station, not sure what to think of it.",
)


class InstantPlatform:
    """A connector whose platform answers at once, so that what is timed is ours."""

    capabilities = Capabilities(
        Platform.MASTODON,
        500,
        LengthUnit.CHARACTERS,
        Dedupe.BY_KEY,
        frozenset(InteractionKind),
        allowance=Allowance(10**9, timedelta(seconds=1)),
    )

    def __init__(self, name: str) -> None:
        self._name = name

    def sign_in(self) -> None:
        """Always signed in."""

    def terms(self) -> Terms:
        """As everywhere."""
        return Terms()

    def identify(self) -> Identity:
        """Whoever the credential says."""
        return Identity(self._name, self._name)

    def length(self, draft: Draft) -> int:
        """Code points."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """Any key will do."""
        return f"{seed}-{at:%f}"

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002 - it keeps nothing
        """Said."""
        return Receipt(RemoteRef(key))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002
        """Nothing is kept."""
        return Absent()

    def confirm(self, draft: Draft, reference: str) -> Lookup:  # noqa: ARG002
        """Nothing is kept."""
        return Absent()

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Nothing was posted before."""
        return ()

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """Nothing is said here."""
        return Page((), cursor)

    def delete(self, ref: RemoteRef) -> None:
        """Gone."""


def make_desk(folder: Path) -> Desk:
    """A desk on the embedded engine, in a folder."""

    def connect(_: str, given: SignIn) -> InstantPlatform:
        return InstantPlatform(given.credential["access_token"])

    timing = settings.read({}).timing
    return Desk(
        store=Store(SqliteTable(folder / "parley.sqlite")),
        queue=SqliteQueue(folder / "queues.sqlite"),
        mailer=FolderMailer(folder / "mail"),
        vault=FileVault(folder / "vault.key"),
        clock=SystemClock(),
        entropy=SystemEntropy(),
        platforms=Platforms(
            lambda _: InstantPlatform.capabilities, connect, lambda _, draft: len(draft.text), lambda _, __: None
        ),
        policy=Policy(timing=timing, hosts={"mastodon": ("https://m.example",)}),
    )


def fill(desk: Desk, count: int) -> None:
    """Store so many items that are in nobody's way, as a record in use holds them."""
    for number in range(0, count, 100):
        writes = [
            Put({"pk": f"W#other#I#{one:08}", "sk": "INTERACTION", "state": "ignored", "text": "x" * 400})
            for one in range(number, min(number + 100, count))
        ]
        desk.store.table.transact(writes)


def publish_round(desk: Desk, caller: Caller, speakers: Sequence[Account]) -> float:
    """Schedule a post on each account, then time publishing them. Gives publishes a second."""
    now = desk.clock.now()
    when = Schedule(now, "UTC", f"{now:%FT%T}", timedelta(hours=1))
    posts = [
        scheduling.new_post(
            desk,
            caller.workspace,
            desk.new_id(),
            None,
            scheduling.Origin.PERSON,
            scheduling.Actor.member(caller.member),
            when,
            [scheduling.Wish(account.id, Body("The doors are open."), "")],
            [account],
            now,
        )
        for account in speakers
    ]
    for new in posts:
        desk.store.write(new.writes)
    began = time.perf_counter()
    for new in posts:
        variant = new.variants[0]
        states = lines.speak(desk, caller.workspace, variant.account, [variant.id], front=True)
        if states.get(variant.id) is not VariantState.PUBLISHED:
            raise SystemExit(f"a variant came to rest as {states}")
    return len(speakers) / (time.perf_counter() - began)


def listen_round(desk: Desk, caller: Caller, account: Account, count: int, mark: int) -> float:
    """Time ingesting and deciding so many messages. Gives interactions a second."""
    said = [
        RemoteInteraction(
            native_id=f"{mark}-{number}",
            kind=InteractionKind.MENTION,
            author=RemoteAuthor(f"author-{mark}-{number}", f"handle{number}"),
            text=TEXTS[number % len(TEXTS)],
            created_at=datetime.now(UTC),
            conversation_id=f"thread-{mark}-{number}",
            ref=RemoteRef(f"{mark}-{number}"),
            language="en",
        )
        for number in range(count)
    ]
    began = time.perf_counter()
    for start in range(0, count, 50):
        new = ingesting.ingest(desk, account, said[start : start + 50], desk.clock.now())
        triaging.triage_all(desk, caller.workspace, [one.id for one in new], desk.clock.now())
    return count / (time.perf_counter() - began)


def measure(items: int, rounds: int, count: int) -> dict[str, float]:
    """The benchmark's figures."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        desk = make_desk(Path(folder))
        desk.store.open()
        now = desk.clock.now()
        workspace, owner, _ = workspaces.open_workspace(desk, "Bench", "UTC", "Owner", "owner@desk.example", now)
        caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
        speakers = [
            accounts.connect(desk, caller, "mastodon", {"access_token": f"t{number}"}, None, now)
            for number in range(count)
        ]
        fill(desk, items)
        rounds_of: dict[str, Sequence[float]] = alternate(
            rounds,
            publish=lambda _: publish_round(desk, caller, speakers),
            listen=lambda number: listen_round(desk, caller, speakers[0], count, number),
        )
    return {
        "claim_commit_per_s": round(statistics.median(rounds_of["publish"])),
        "ingest_triage_per_s": round(statistics.median(rounds_of["listen"])),
        "stored_items": items,
    }


def alternate(rounds: int, **measures: Callable[[int], float]) -> dict[str, Sequence[float]]:
    """Run the measures in turn, so many times, after one warm-up each. Gives each one's figures."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(-1, rounds):
        for name, one in measures.items():
            figure = one(number)
            if number >= 0:
                figures[name].append(figure)
    return dict(figures)


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument(
        "--items", type=int, default=1000, help="items that the record holds beforehand (default 1,000)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (default 5)")
    parser.add_argument("--count", type=int, default=400, help="acts timed in one round (default 400)")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.items, chosen.rounds, chosen.count)))


if __name__ == "__main__":
    main()
