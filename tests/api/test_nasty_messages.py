"""Messages that nobody should have to read: heard like any other, shown through the API, and never answered by a machine."""

from __future__ import annotations

import pytest

from chalicelib.services import polling
from tests.api.rooms import Rooms, send
from tests.signals.test_hostile import HOSTILE

SPAM = {"slashes"}
"""Nobody has to look at it: the starter leaves spam alone."""
STATES = {"review": "in_review", "escalate": "escalated", "ignore": "ignored"}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_shown_and_never_answered_by_a_machine(name: str, rooms: Rooms) -> None:
    before = {one["id"] for one in send("GET", "/interactions?limit=100", token=rooms.owner).json["items"]}
    place = list(HOSTILE).index(name)
    rooms.world.hears("mastodon", HOSTILE[name], number=500 + place, author=f"n{place}", thread=f"n{place}")
    polling.poll_account(rooms.world.desk, rooms.world.accounts["mastodon"], rooms.world.clock.now())
    listed = send("GET", "/interactions?limit=100", token=rooms.owner).json["items"]
    (one,) = [each for each in listed if each["id"] not in before]
    shown = send("GET", f"/interactions/{one['id']}", token=rooms.owner)
    assert shown.status == 200, shown.body
    action = shown.json["decision"]["action"]
    assert action in ({"ignore"} if name in SPAM else {"review", "escalate"})
    assert (shown.json["state"], shown.json["answer"]) == (STATES[action], None)
    assert shown.json["follows"] is True
