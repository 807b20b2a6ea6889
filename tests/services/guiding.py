"""Guidelines to try things with; and one made the active one as it is in life: kept, replayed, activated."""

from __future__ import annotations

from chalicelib.services import activating, guidelines, guidelines_yaml, replaying
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

PATTERN = SMALL.replace("{labels: {insult: 700}}", "{patterns: ['PUT']}")
NASTY = {
    "an alias bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
    "an anchor within itself": "a: &a [*a]\n",
    "nested deep": "[" * 60_000,
    "a class of Python": SMALL.replace("name: Ours", "name: !!python/object/apply:os.system [ls]"),
    "an include": SMALL.replace("name: Ours", "name: !include /etc/passwd"),
    "a starter to extend": SMALL + "extends: starter\n",
    "a number that is none": SMALL.replace("700", ".nan"),
    "a number without end": SMALL.replace("700", "9" * 20_000),
    "a label that is none": SMALL.replace("insult", "joy"),
    "a clause twice": SMALL + SMALL.partition("clauses:\n")[2],
    "a pattern that looks ahead": PATTERN.replace("PUT", "(a+)+(?=b)"),
    "a pattern that multiplies": PATTERN.replace("PUT", "((a{50}){50}){50}"),
    "a text turned round": SMALL.replace("name: Ours", 'name: "\\u202eOurs"'),
    "a NUL": SMALL.replace("name: Ours", "name: a\x00b"),
    "half a character": SMALL.replace("name: Ours", 'name: "\\ud800"'),
    "too long": "# " + "x" * guidelines_yaml.MAX_BYTES,
}
"""Guidelines that nobody should send: each has a fault with a line."""


def live_under(world: World, yaml: str, why: str = "tried") -> None:
    """From now on this guideline is the active one."""
    desk, caller, now = world.desk, world.caller, world.clock.now()
    version = guidelines.add(desk, caller, yaml, why, now).id
    replay = replaying.begin(desk, caller, version, 30, now)
    replaying.work(desk, replay.workspace, replay.id, now, lambda: False)
    activating.activate(desk, caller, version, replay.id, why, now)
