"""A guideline made the active one as it is in life: kept, replayed, activated."""

from __future__ import annotations

from chalicelib.services import activating, guidelines, replaying
from tests.world import World

SMALL = """name: Ours
languages: [en]
clauses:
  - id: rude
    wording: No insults.
    when: {labels: {insult: 700}}
    action: review
    severity: 1
    reason: somebody is insulted
"""


def live_under(world: World, yaml: str, why: str = "tried") -> None:
    """From now on this guideline is the active one."""
    desk, caller, now = world.desk, world.caller, world.clock.now()
    version = guidelines.add(desk, caller, yaml, why, now).id
    replay = replaying.begin(desk, caller, version, 30, now)
    replaying.work(desk, replay.workspace, replay.id, now, lambda: False)
    activating.activate(desk, caller, version, replay.id, why, now)
