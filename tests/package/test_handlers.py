"""Each handler as Lambda runs it: from the archive alone, with a boto3 beside it, on events of AWS's own shape."""

from __future__ import annotations

import json

import pytest

from local.stack import events
from local.stack.template import Template
from tests.package.conftest import Invoke

pytestmark = pytest.mark.stack


def test_the_template_has_the_five_functions(template: Template) -> None:
    assert {one.name: one.handler for one in template.functions} == {
        "APIHandler": "app.app",
        "Tick": "chalicelib.workers.schedules.tick",
        "Publish": "chalicelib.workers.queues.publish",
        "Listen": "chalicelib.workers.queues.listen",
        "Triage": "chalicelib.workers.queues.triage",
    }


def test_the_api_answers(invoked: Invoke) -> None:
    answers = invoked(
        "APIHandler",
        [
            events.api_request("GET", "/health"),
            events.api_request("GET", "/workspace", headers={"Authorization": "Bearer parley_nobody_nothing_guess"}),
            events.api_request("GET", "/workspace"),
        ],
    )
    assert [one["statusCode"] for one in answers] == [200, 401, 401]
    assert json.loads(answers[0]["body"])["status"] == "ok"
    for refused in answers[1:]:
        assert refused["headers"]["Content-Type"] == "application/problem+json"
        assert json.loads(refused["body"])["type"] == "urn:parley:problem:unauthenticated"


def test_the_tick_finds_nothing_due(invoked: Invoke) -> None:
    assert invoked("Tick", [events.schedule()]) == [{"handed_on": {}, "slots": 0}]


@pytest.mark.parametrize(
    ("function", "good"),
    [
        ("Publish", {"workspace": "nobody", "account": "nobody", "variants": ["nothing.0"]}),
        ("Listen", {"slot": "mastodon-0"}),
        ("Triage", {"workspace": "nobody", "interactions": ["nothing"]}),
    ],
)
def test_one_bad_message_fails_alone(invoked: Invoke, function: str, good: dict[str, object]) -> None:
    batch = events.queue_batch(function.lower(), [good, "no JSON at all", good])
    # A batch of one that went well, and the handler is used again: nothing of the failure stays.
    again = events.queue_batch(function.lower(), [good])
    assert invoked(function, [batch, again]) == [
        {"batchItemFailures": [{"itemIdentifier": "m2"}]},
        {"batchItemFailures": []},
    ]
