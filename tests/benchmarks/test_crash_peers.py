"""The comparison of one kill: what it calls lost and twice, what the witness counts, and one trial of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from benchmarks.crash_peers.__main__ import bench, rows, serving, shown
from benchmarks.crash_peers.effect import JOBS, KILLED
from benchmarks.crash_peers.environments import HERE, PEERS
from benchmarks.crash_peers.peers import WORK, counted
from benchmarks.crash_peers.trial import Outcome, compare, run
from local.sandbox.server import SandboxServer
from local.story.stage import Sandbox

ONCE = dict.fromkeys(range(1, JOBS + 1), 1)


def test_once_each_is_neither_lost_nor_twice() -> None:
    assert compare(ONCE, ()) == Outcome((), (), ())


def test_what_had_no_effect_is_lost_unless_a_person_is_asked() -> None:
    assert compare(ONCE | {3: 0}, ()).lost == (3,)
    assert compare({}, ()).lost == tuple(ONCE)
    asked = compare(ONCE | {3: 0}, {3})
    assert (asked.lost, asked.to_person) == ((), (3,))


def test_what_had_two_effects_is_twice_even_where_a_person_is_asked() -> None:
    assert compare(ONCE | {3: 2, 5: 3}, ()).twice == (3, 5)
    assert compare(ONCE | {3: 2}, {3}).twice == (3,)


def test_a_row_names_what_is_stuck_and_what_could_not_be_run() -> None:
    row = shown("huey", ("before", "after"), {("huey", "before"): compare({}, (), 2), ("huey", "after"): "no disk"})
    assert row["before"] == {"lost": JOBS, "twice": 0, "to_person": 0}
    assert row["after"] is None
    assert "before: 2 stuck" in row["note"]
    assert "no disk" in row["note"]


def test_every_peer_comes_both_ways_and_a_row_that_there_is_not_is_refused() -> None:
    assert [one for one in rows(PEERS) if "+recovery" in one] == [f"{one}+recovery" for one in PEERS]
    assert set(rows(PEERS)) - {f"{one}+recovery" for one in PEERS} == set(PEERS) == set(WORK)
    with pytest.raises(ValueError, match="celery"):
        rows(["huey", "celery"])


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_is_pinned_with_hashes(peer: str) -> None:
    pinned = (HERE / f"requirements-{peer}.lock").read_text(encoding="utf-8")
    assert pinned.count("==") >= 1
    assert pinned.count("==") <= pinned.count("--hash=sha256:")
    assert "://" not in pinned


@pytest.fixture
def counter() -> Iterator[str]:
    with serving("benchmarks.crash_peers.counter") as address:
        yield address


def test_the_witness_counts_each_run_apart(counter: str) -> None:
    for run_, job in (("one", 7), ("one", 7), ("one", 8), ("other", 7)):
        urlopen(Request(f"{counter}/effect/{run_}/{job}", method="POST"), timeout=5).close()
    assert counted(f"{counter}/effects/one") == {7: 2, 8: 1}
    assert counted(f"{counter}/effects/nobody") == {}


def test_the_witness_counts_what_stands_on_the_sandbox_network(counter: str) -> None:
    with SandboxServer() as network:
        ours = Sandbox(network.url).make_account("mastodon", "crash")
        for text in ("This is job 7 of 20", "This is job 7 of 20, again", "This is job 8 of 20", "No number"):
            asked = Request(
                f"{ours['base_url']}/api/v1/statuses",
                data=f"status={text.replace(' ', '+')}".encode(),
                headers={"Authorization": f"Bearer {ours['credential']['access_token']}"},
            )
            urlopen(asked, timeout=5).close()
        posts = f"{network.url}/_sandbox/posts?platform=mastodon"
        assert counted(f"{counter}/effects/one?posts={posts.replace('&', '%26')}") == {7: 2, 8: 1}


@pytest.mark.acceptance
@pytest.mark.long
def test_a_post_whose_worker_dies_after_its_effect_is_found_again(tmp_path: Path) -> None:
    told: list[str] = []
    with bench() as shared:
        outcome = run(shared.subject("parley on x", "after"), "after", told.append)
    assert told == ["killed"]
    assert outcome == Outcome((), (), ()), f"job {KILLED} was killed"
