"""What tests of money begin with: a platform that asks for it, caps, and sums that are taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.domain.campaign import Campaign
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ConditionFailed
from chalicelib.services import campaigns, spending
from connectors.capabilities import Price
from connectors.contract import Draft
from tests.world import World

CENT = 10_000
MONTHS_END = datetime(2026, 12, 1, tzinfo=UTC)


def asking_money(world: World) -> World:
    """The same world, where X asks money, and more for a link."""
    world.desk = replace(world.desk, platforms=replace(world.desk.platforms, price=price))
    return world


def price(platform: str, draft: Draft) -> Price | None:
    if platform != "x":
        return None
    dear = "https://" in draft.text
    return Price(20 * CENT, "a post with a link", 15_000, "its link") if dear else Price(15_000, "a post")


def capped(world: World, cap: int | None, **more: int) -> Workspace:
    """The workspace, with what may be spent in a month."""
    known = world.desk.workspace(world.workspace.id)
    after = replace(known, cap_micro_usd=cap, **more)
    event = replace(known.events[-1], act="set_cap")
    return world.desk.store.workspaces.save(known, after, event)


def budgeted(world: World, budget: int | None) -> Campaign:
    now = world.clock.now()
    made = campaigns.create(world.desk, world.caller, "Spring", "More people", (), (), now, None, now)
    after = replace(made, budget_micro_usd=budget)
    return world.desk.store.campaigns.save(made, after, replace(made.events[-1], act="edit"))


def take(world: World, workspace: Workspace, micro_usd: int, at: datetime | None = None) -> bool:
    try:
        world.desk.store.write([spending.taking(workspace, micro_usd, at or world.clock.now())])
    except ConditionFailed:
        return False
    return True
