"""Every run of the simulator is a path of the model, and runs of a protocol that was broken on purpose are not."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.model.conformance import Acceptor, acceptor, is_modelled, refusals
from tests.model.protocol import PublishModel
from tests.model.rules import with_rules
from tests.model.states import Setting
from tests.simulation.mutants import MUTANTS
from tests.simulation.plans import plan
from tests.simulation.simulator import World

pytestmark = pytest.mark.long

SEED = 20261123
PLANS = 300
MOST_PLANS_TO_REFUSE = 200
REFUSED = (
    "no wait before a takeover",
    "an earlier attempt forgotten",
    "outcomes written without the fence",
    "claims written without the fence",
    "a cancel that asks nobody",
    "a timeout taken as failure",
    "a timeout taken as success",
    "a server error taken as nothing happened",
    "nobody takes over",
)
"""What an onlooker can tell. Times and an account's state are not seen, so what breaks only those is not among them."""


def played(number: int) -> World:
    world = World(plan(SEED, number))
    world.run()
    return world


def test_every_run_of_the_simulator_is_a_path_of_the_model() -> None:
    acts: Counter[str] = Counter()
    platforms: set[str] = set()
    threads = 0
    for number in range(PLANS):
        world = played(number)
        if not is_modelled(world):
            continue
        threads += sum(one.parts > 1 for one in world.variants())
        assert [one.words() for one in refusals(world)] == [], f"seed {SEED}, plan {number}: {world.plan.words()}"
        acts.update(event.act for variant in world.variants() for event in variant.events)
        platforms.add(world.plan.platform)
    assert threads > 50
    assert platforms == {"bluesky", "mastodon", "reddit", "x"}
    assert set(acts) >= {
        "claim",
        "take_over",
        "doubt",
        "commit",
        "defer",
        "reject",
        "hold",
        "release",
        "give_up",
        "cancel",
        "part",
    }


@pytest.mark.parametrize("name", REFUSED)
def test_runs_of_a_broken_protocol_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    next(one for one in MUTANTS if one.name == name).breaks(monkeypatch)
    worlds = (played(number) for number in range(MOST_PLANS_TO_REFUSE))
    assert any(any(refusals(one)) for one in worlds if is_modelled(one))


@pytest.mark.parametrize(
    ("platform", "acts", "refused_at"),
    [
        ("x", "schedule, claim, land 0, commit", None),
        ("x", "schedule, hold, release, edit, claim, land 1, commit", None),
        ("x", "schedule, claim, doubt, land 0, take_over, give_up, confirm", None),
        ("mastodon", "schedule, claim, doubt, take_over, land 0, commit", None),
        ("bluesky", "schedule, claim, take_over, commit", 3),
        ("x", "schedule, claim, doubt, take_over, land 0, commit", 4),
        ("x", "schedule, claim, commit", 2),
        ("x", "schedule, claim, land 0, land 0", 3),
        ("x", "schedule, edit, claim, land 0", 3),
        ("x", "schedule, claim, cancel", 2),
        ("x", "schedule, cancel, claim", 2),
        ("x", "schedule, claim, land 0, reject", 3),
        ("mastodon", "schedule, claim, take_over, defer", 3),
        ("x", "schedule, claim, doubt", 3),
        ("x", "schedule, claim, land 0, take_over, give_up, resend", 5),
    ],
)
def test_what_the_acceptor_takes(platform: str, acts: str, refused_at: int | None) -> None:
    assert acceptor(platform).refused_at(acts.split(", ")) == refused_at


def test_what_is_accepted_follows_from_the_model_alone() -> None:
    seen = ["claim", "cancel"]
    assert Acceptor(PublishModel(Setting())).refused_at(seen) == 1
    assert Acceptor(PublishModel(Setting(), with_rules(cancel_asks=False))).refused_at(seen) is None
