"""The same story on the packaged template: API Gateway, Lambdas, queues, DynamoDB, KMS and SES of the AWS emulator."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from local.stack.stage import OnAws
from local.story.stage import Api
from local.story.story import Story

pytestmark = [pytest.mark.acceptance, pytest.mark.stack, pytest.mark.long]


def test_the_story_is_verified_on_aws(stage: OnAws) -> None:
    story = Story(stage, tell=lambda _: None, patience=120)
    lines = story.run()
    assert {line.step for line in lines} == {2, 3, 4, 5, 6, 7}
    for queue in ("publish", "listen", "triage"):
        assert not stage.stack.queue_messages(queue, dead=True)


def test_the_templates_own_schedule_ticks_by_itself(stage: OnAws) -> None:
    """A digest has no hint: only a tick sends it, and here nobody ticks but the schedule (once a minute)."""
    operator = Api(stage.api_url, stage.operator_token)
    owner = {"name": "Owner", "email": "owner@desk.example"}
    opened = operator.call("POST", "/workspaces", {"name": "Quiet", "zone": "UTC", "owner": owner}, expect=201)
    api = Api(stage.api_url, opened["token"])
    now = datetime.now(UTC)
    span = {"since": f"{now - timedelta(hours=1):%FT%TZ}", "until": f"{now:%FT%TZ}"}
    digest = api.call("POST", "/digests", {"to": [opened["owner"]["id"]], **span}, expect=202)
    ends = time.monotonic() + 90
    while (state := api.call("GET", f"/digests/{digest['id']}")["state"]) != "sent":
        assert time.monotonic() < ends, f"the digest is still {state}"
        time.sleep(1)
