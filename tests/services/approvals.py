"""What tests of drafts and approvals share: a workspace that asks, people of it, and something to be approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.approval import ApprovalRule
from chalicelib.domain.post import Body, Post, Schedule, Variant
from chalicelib.services import approving, drafting, scheduling, workspaces
from chalicelib.services.checking import Wish
from tests.world import START, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def when(hours: float = 3, minutes: float = 0) -> Schedule:
    """So many hours and minutes after the beginning."""
    at = START + hours * HOUR + minutes * MINUTE
    return Schedule(at, "UTC", at.isoformat()[:19], HOUR)


def asking(world: World, people: int = 1, **changes: Any) -> ApprovalRule:
    """From now on the workspace asks for approvals."""
    rule = ApprovalRule(people, **changes)
    approving.set_rule(world.desk, world.caller, rule, world.clock.now())
    return rule


def person(world: World, role: Role, name: str) -> Caller:
    """Another person of the workspace, with an address."""
    member, _ = workspaces.add_member(world.desk, world.caller, name, f"{name}@desk.example", role, world.clock.now())
    return Caller(world.workspace.id, member.id, role, "token")


def wish(world: World, text: str = "Hello", platform: str = "x") -> Wish:
    """What one account is to say."""
    return Wish(world.accounts[platform].id, Body(text), "/variants/0")


def draft(world: World, text: str = "Hello", caller: Caller | None = None, **more: Any) -> Post:
    """A draft of one variant."""
    return drafting.save_draft(world.desk, caller or world.caller, [wish(world, text)], world.clock.now(), **more)


def only(world: World, post: Post) -> Variant:
    """The one variant of a post, as it lies in the record."""
    return world.variant(post.variants[0])


def proposed(world: World, text: str = "Hello", caller: Caller | None = None, at: Schedule | None = None) -> Variant:
    """Something that waits for approval, where that is asked."""
    post = scheduling.schedule(
        world.desk, caller or world.caller, None, at or when(), [wish(world, text)], world.clock.now()
    )
    return only(world, post)
