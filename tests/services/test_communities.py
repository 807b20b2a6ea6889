"""What a community asks is learnt before something is scheduled or said there, kept a while, and doubt stands against nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from chalicelib.domain.errors import InvalidField
from chalicelib.domain.post import Variant, VariantState
from chalicelib.services import publishing
from chalicelib.services.communities import FRESH
from connectors import registry
from connectors.communities import CommunityRules, TextRules
from connectors.errors import Retryable
from tests.world import ScriptedConnector, World, make_world

HOUR = 3600.0


@dataclass
class Ruled:
    """A platform whose communities have rules, by name; a name that is not there cannot be asked about just now."""

    rules: dict[str, CommunityRules] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def ruled() -> Ruled:
    return Ruled({"tea": CommunityRules(title=TextRules(forbids=("coffee",)))})


@pytest.fixture
def world(tmp_path: Path, ruled: Ruled) -> World:
    made = make_world(tmp_path)

    class Connector(ScriptedConnector):
        def rules_of(self, community: str) -> CommunityRules:
            ruled.asked.append(community)
            if community not in ruled.rules:
                raise Retryable("x", "not now")
            return ruled.rules[community]

    made.platforms["x"].extra = {"tells_rules": True, "needs_title": True, "needs_community": True, "max_title": 300}
    platforms = replace(
        made.desk.platforms,
        connect=lambda name, sign_in: Connector(made.platforms[name], sign_in),
        objection=lambda name, *asked: registry.objection("reddit", *asked) if name == "x" else None,
    )
    return replace(made, desk=replace(made.desk, platforms=platforms))


def schedule(world: World, title: str, community: str = "tea", seconds: float = HOUR) -> Variant:
    return world.schedule("x", "Words", seconds=seconds, title=title, community=community)


def test_a_rule_is_known_before_a_time_is_set_and_names_the_part(world: World, ruled: Ruled) -> None:
    with pytest.raises(InvalidField) as refused:
        schedule(world, "All about coffee")
    assert refused.value.pointer == "/variants/0/title"
    assert "coffee" in refused.value.detail
    assert schedule(world, "All about tea").state is VariantState.SCHEDULED
    assert ruled.asked == ["tea"], "once for both"


def test_what_was_learnt_is_asked_again_after_a_while(world: World, ruled: Ruled) -> None:
    schedule(world, "One")
    world.clock.move(FRESH.total_seconds() + 1)
    ruled.rules["tea"] = CommunityRules("private")
    with pytest.raises(InvalidField) as refused:
        schedule(world, "Two")
    assert refused.value.pointer == "/variants/0/community"
    assert len(ruled.asked) == 2


def test_what_cannot_be_learnt_just_now_stands_against_nothing(world: World, ruled: Ruled) -> None:
    assert schedule(world, "Coffee", "unknown").state is VariantState.SCHEDULED
    world.platforms["x"].signs_in = False
    assert schedule(world, "Coffee again", "unknown").state is VariantState.SCHEDULED
    assert len(ruled.asked) == 2


def test_rules_that_changed_since_are_met_before_it_is_said(world: World, ruled: Ruled) -> None:
    variant = schedule(world, "All about cocoa", seconds=2 * FRESH.total_seconds())
    ruled.rules["tea"] = CommunityRules(title=TextRules(forbids=("cocoa",)))
    world.clock.move(2 * FRESH.total_seconds() + 1)
    publishing.publish(world.desk, world.workspace.id, variant.id)
    after = world.variant(variant.id)
    assert after.state is not VariantState.PUBLISHED
    assert "cocoa" in (after.reason or "")
    assert world.platforms["x"].posted == []


def test_a_platform_without_rules_is_never_asked(world: World, ruled: Ruled) -> None:
    world.platforms["x"].extra |= {"tells_rules": False}
    schedule(world, "All about coffee")
    assert ruled.asked == []
