"""An import schedules each row once, tells what is wrong where, and does nothing that was not begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.errors import Conflict, NotAllowed
from chalicelib.domain.imports import Import, ImportRow, ImportState, Mode, Outcome
from chalicelib.domain.post import VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import QueueName
from chalicelib.services import import_parts, importing, ticking
from chalicelib.store import keys
from tests.world import World, make_world

HEAD = "when,zone,account,text,key"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode()


def many(count: int, text: str = "Post") -> bytes:
    return table(*(f"2030-01-07T09:00,UTC,our-x,{text} {number}," for number in range(count)))


def bring(world: World, data: bytes) -> Import:
    found = importing.bring(world.desk, world.caller, data, world.clock.now())
    return worked(world, found)


def worked(world: World, found: Import, enough: Callable[[], bool] = lambda: False) -> Import:
    importing.work(world.desk, found.workspace, found.id, world.clock.move(1), enough)
    return importing.get(world.desk, found.workspace, found.id)


def begin(world: World, found: Import, mode: Mode = Mode.ROW_WISE) -> Import:
    return importing.begin(world.desk, world.caller, found.id, mode, world.clock.move(1))


def rows(world: World, found: Import) -> list[ImportRow]:
    return importing.rows(world.desk, found, 10_000, None).items


def said(world: World) -> list[tuple[str, VariantState]]:
    posts = world.desk.store.posts.listed(keys.shelf(world.workspace.id, "POSTS"), limit=1000).items
    states = [world.variant(post.variants[0]).state for post in posts]
    return sorted((post.says[0].text, state) for post, state in zip(posts, states, strict=True))


@pytest.fixture(autouse=True)
def handles(world: World) -> None:
    """Each account by a handle of its own."""
    for name, account in world.accounts.items():
        named = replace(account, handle=f"our-{name}")
        accounts = world.desk.store.accounts
        event = replace(account.events[0], act="rename", actor=Actor("operator"))
        world.accounts[name] = accounts.save(account, named, event)


def test_nothing_is_scheduled_before_it_is_begun_and_then_each_row_is_once(world: World) -> None:
    data = table(
        "2030-01-07 09:00,Europe/Berlin,@our-x,Hello,",
        "2030-01-07T10:00,,mastodon:our-mastodon | our-bluesky,Both,k1",
    )
    found = bring(world, data)
    assert (found.state, found.counts) == (ImportState.CHECKED, {"good": 2})
    assert said(world) == []
    done = worked(world, begin(world, found))
    assert (done.state, done.counts) == (ImportState.DONE, {"made": 2})
    assert said(world) == [("Both", VariantState.SCHEDULED), ("Hello", VariantState.SCHEDULED)]
    hello, both = rows(world, done)
    assert hello.cells == {}, "a settled row says nothing any more: its post does"
    variant = world.variant(f"{hello.post}.0")
    assert (variant.schedule.at.isoformat(), variant.account) == ("2030-01-07T08:00:00+00:00", world.accounts["x"].id)
    assert world.variant(f"{both.post}.1").schedule.zone == "Europe/Berlin", "where no zone is named: the workspace's"
    assert world.variant(f"{both.post}.1").account == world.accounts["bluesky"].id


def test_the_same_file_twice_makes_no_second_post(world: World) -> None:
    data = many(120)
    first = worked(world, begin(world, bring(world, data)))
    assert first.counts == {"made": 120}
    before = said(world)
    again = bring(world, data)
    assert again.counts == {"known": 120}
    assert worked(world, begin(world, again)).counts == {"known": 120}
    assert said(world) == before


def test_one_row_twice_in_a_file_is_one_post_and_one_key_says_one_thing(world: World) -> None:
    row = "2030-01-07T09:00,UTC,our-x,Hello,"
    found = bring(world, table(row, row, f"{row}k1", "2030-01-07T09:00,UTC,our-x,Other,k1"))
    assert [(one.line, one.outcome) for one in rows(world, found)] == [
        (2, Outcome.GOOD),
        (3, Outcome.SAME),
        (4, Outcome.GOOD),
        (5, Outcome.FAULTY),
    ]
    worked(world, begin(world, found))
    other = bring(world, table("2030-01-07T09:00,UTC,our-x,Something else,k1"))
    (fault,) = rows(world, other)[0].faults
    assert (fault.column, other.counts) == ("key", {"faulty": 1})


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",UTC,our-x,Hello,", "when"),
        ("7.1.2030 9:00,UTC,our-x,Hello,", "when"),
        ("2020-01-07T09:00,UTC,our-x,Hello,", "when"),
        ("2030-01-07T09:00,Europe/Atlantis,our-x,Hello,", "zone"),
        ("2030-01-07T09:00,UTC,nobody,Hello,", "account"),
        ("2030-01-07T09:00,UTC,,Hello,", "account"),
        ("2030-01-07T09:00,UTC,our-x | x:our-x,Hello,", "account"),
        ("2030-01-07T09:00,UTC,our-x,,", "text"),
        (f"2030-01-07T09:00,UTC,our-x,{'x' * 281},", "text"),
        ("2030-01-07T09:00,UTC,our-x,a\x1bb,", "text"),
        ("2030-01-07T09:00,UTC,our-x,Hello,with blanks", "key"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column_with_its_mend(world: World, row: str, column: str) -> None:
    found = bring(world, table("2030-01-07T09:00,UTC,our-x,Fine,", row))
    fine, bad = rows(world, found)
    assert (fine.outcome, bad.outcome, bad.line) == (Outcome.GOOD, Outcome.FAULTY, 3)
    assert [one.column for one in bad.faults] == [column]
    assert all(one.detail and one.fix for one in bad.faults)
    done = worked(world, begin(world, found))
    assert done.counts == {"made": 1, "faulty": 1}


def test_every_fault_of_a_row_is_told_at_once(world: World) -> None:
    head = f"{HEAD},campaign,language,title,part3,alt,labels"
    found = bring(world, table("x,UTC,y,Hello,,none,english!," + '"a\nb"' + ",third,a cat,good|" + "l" * 61, head=head))
    (row,) = rows(world, found)
    columns = {"when", "campaign", "account", "part3", "title", "language", "alt", "labels"}
    assert {one.column for one in row.faults} == columns


def test_all_or_nothing_is_not_begun_with_a_faulty_row(world: World) -> None:
    found = bring(world, table("2030-01-07T09:00,UTC,our-x,Fine,", "x,UTC,our-x,Bad,"))
    with pytest.raises(Conflict):
        begin(world, found, Mode.ALL_OR_NOTHING)
    assert said(world) == []


def test_all_or_nothing_is_undone_where_a_row_cannot_be_any_more(world: World) -> None:
    good = [f"2030-01-07T09:00,UTC,our-x,Early {number}," for number in range(60)]
    found = bring(world, table(*good, "2026-11-21T09:00:30Z,UTC,our-x,Late,"))
    assert found.counts == {"good": 61}
    begun = begin(world, found, Mode.ALL_OR_NOTHING)
    world.clock.move(300)
    undoing = worked(world, begun)
    assert undoing.state is ImportState.UNDOING
    assert (undoing.reason or "").startswith("line 62")
    undone = worked(world, undoing)
    assert undone.state is ImportState.UNDONE
    assert {state for _, state in said(world)} == {VariantState.CANCELLED}
    assert undone.counts["undone"] == 50
    assert undone.reason == undoing.reason


def test_an_import_goes_on_where_it_was_left_and_a_slice_ends_in_time(world: World) -> None:
    found = importing.bring(world.desk, world.caller, many(120), world.clock.now())
    assert worked(world, found, lambda: True).state is ImportState.CHECKING
    assert importing.counts(world.desk, found) == {"good": 50}
    found = worked(world, found)
    assert found.state is ImportState.CHECKED
    begun = begin(world, found)
    worked(world, begun, lambda: True)
    assert len(said(world)) == 50
    assert worked(world, begun).counts == {"made": 120}
    assert len(said(world)) == 120


def test_a_worker_that_died_between_the_posts_and_their_telling_loses_and_doubles_nothing(world: World) -> None:
    begun = begin(world, bring(world, many(10)))
    before = import_parts.part(world.desk, begun, 0)
    importing.work(world.desk, begun.workspace, begun.id, world.clock.move(1), lambda: True)
    # As it was before: the posts are there, and nobody has told so.
    world.desk.store.table.put(import_parts.part_put(begun.workspace, begun.id, 0, before).item)
    again = replace(importing.get(world.desk, begun.workspace, begun.id))
    world.desk.store.imports.save(
        again,
        replace(again, state=ImportState.RUNNING, since=begun.since, counts={}),
        world.desk.store.imports.moved(again, again, "finish", world.clock.now(), Actor("operator"), "as it was"),
    )
    key = keys.import_progress(begun.workspace, begun.id)
    world.desk.store.table.delete(key)
    assert worked(world, begun).counts == {"made": 10}
    assert len(said(world)) == 10


def test_only_one_worker_at_a_time(world: World) -> None:
    found = importing.bring(world.desk, world.caller, many(10), world.clock.now())
    held = import_parts.claim(world.desk, found, world.clock.now())
    assert held is not None
    assert worked(world, found).state is ImportState.CHECKING
    world.clock.move(import_parts.LEASE.total_seconds())
    assert worked(world, found).state is ImportState.CHECKED


def test_once_a_cancel_has_answered_nothing_more_is_scheduled(world: World) -> None:
    begun = begin(world, bring(world, many(120)))
    worked(world, begun, lambda: True)
    assert len(said(world)) == 50

    def cancelled_meanwhile() -> bool:
        importing.cancel(world.desk, world.caller, begun.id, world.clock.now())
        return False

    after = worked(world, begun, cancelled_meanwhile)
    assert after.state is ImportState.CANCELLED
    assert len(said(world)) == 100, "the part that was written before the cancel, and nothing after it"
    assert worked(world, after).state is ImportState.CANCELLED


def test_a_cancel_in_the_middle_of_a_part_stops_its_rows(world: World) -> None:
    begun = begin(world, bring(world, many(10)))
    real = world.desk.store.table.transact_each

    def late(groups: object) -> object:
        importing.cancel(world.desk, world.caller, begun.id, world.clock.now())
        return real(groups)  # type: ignore[arg-type]

    world.desk.store.table.transact_each = late  # type: ignore[method-assign, assignment]
    assert worked(world, begun).state is ImportState.CANCELLED
    assert said(world) == []


def test_the_tick_asks_for_what_is_to_be_done(world: World) -> None:
    found = importing.bring(world.desk, world.caller, many(1), world.clock.now())
    ticking.tick(world.desk, world.clock.move(1))
    (message,) = world.desk.queue.receive(QueueName.TRIAGE)
    assert found.id in message.body
    worked(world, found)
    ticking.tick(world.desk, world.clock.move(1))
    assert world.desk.queue.receive(QueueName.TRIAGE) == []


def test_it_is_begun_by_whoever_brought_it_while_they_may_schedule(world: World) -> None:
    found = bring(world, many(1))
    with pytest.raises(NotAllowed):
        importing.begin(world.desk, world.by(Role.MANAGER, "other"), found.id, Mode.ROW_WISE, world.clock.now())
    begun = begin(world, found)
    member = world.desk.store.members.get(world.workspace.id, world.caller.member)
    assert member is not None
    event = replace(member.events[0], act="demote")
    world.desk.store.members.save(member, replace(member, role=Role.AUDITOR), event)
    stopped = worked(world, begun)
    assert stopped.state is ImportState.CANCELLED
    assert "may not schedule" in (stopped.reason or "")
    assert said(world) == []
