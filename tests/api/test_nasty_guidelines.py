"""Guidelines and replies that nobody should send: each is refused with what is wrong, quickly, and nothing is kept."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.api.rooms import Rooms, send
from tests.services.guiding import NASTY


def quickly(path: str, rooms: Rooms, form: dict[str, Any]) -> Any:
    """The problem document of a refusal that came without a fault of ours, and in time."""
    begun = time.process_time()
    answer = send("POST", path, token=rooms.owner, form=form)
    assert 400 <= answer.status < 500, answer.body
    assert time.process_time() - begun < 5, "far above what reading any of these takes"
    return answer.json


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_guideline_is_refused_with_its_place(name: str, rooms: Rooms) -> None:
    versions = send("GET", "/guideline/versions", token=rooms.owner).json["items"]
    problem = quickly("/guideline/versions", rooms, {"yaml": NASTY[name], "why": "to see"})
    (first, *_) = problem["errors"]
    assert first["detail"], first
    assert first["fix"], first
    assert first["line"] >= 1, first
    assert "passwd" not in json.dumps(problem)
    assert send("GET", "/guideline/versions", token=rooms.owner).json["items"] == versions


@pytest.mark.parametrize(
    "words",
    [
        "{{ brand.__class__.__mro__ }}",
        "{{ brand | attr('__class__') }}",
        "{{ ''.join(['a'] * 10 ** 9) }}",
        "{% for x in range(10 ** 9) %}{{ x }}{% endfor %}",
        "{% include 'email/digest/body.txt' %}",
        "{% if brand %}" * 140 + "{% endif %}" * 3,
        "{# nothing is said #}",
        "Thank you\x00",
    ],
)
def test_a_nasty_reply_is_refused_and_never_kept(words: str, rooms: Rooms) -> None:
    form = {"name": "ours", "wordings": [{"language": "en", "words": words}]}
    assert quickly("/replies", rooms, form)["errors"]
    assert send("GET", "/replies/ours", token=rooms.owner).status == 404
