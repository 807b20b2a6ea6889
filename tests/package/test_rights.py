"""Every function has exactly the rights that it was seen to use, and a few more, each for a reason that is written here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.services import digesting
from local.sandbox.server import SandboxServer
from local.stack.fake_aws import FakeAws
from local.stack.rights import Used, granted
from local.stack.scene import PLATFORMS, Scene
from local.stack.stage import QUICK, reaching
from local.stack.template import Template
from tests.package.conftest import InvokeOn

pytestmark = pytest.mark.stack

COMPLAINT = "This is the third time that my order got lost and nobody answers me. I want my money back."

BEGINS_AN_EPOCH: dict[Used, str] = {
    (
        "kms:GenerateDataKey",
        "SealKey",
    ): "who is first to seal anything in 90 days makes the data key (adapters/aws/kms.py)"
}

PICTURES: dict[Used, str] = {
    ("s3:GetObject", "Pictures/*"): "a post that shows a picture is checked, or said (services/media.py)",
    ("s3:PutObject", "Pictures/*"): "a picture is fitted to a platform's limits (services/media.py)",
    ("s3:ListBucket", "Pictures"): "without it S3 answers 403 where an object is not there (adapters/aws/s3.py)",
}
FITTED: dict[Used, str] = {
    (
        "dynamodb:ConditionCheckItem",
        "Table",
    ): "a picture is fitted only while it is not deleted (Store.rendition_writes)",
}

GOES_ON_WITH_IMPORTS: dict[Used, str] = {
    ("dynamodb:ConditionCheckItem", "Table"): "a row is scheduled only while its import runs (services/import_steps.py)"
}

NOT_SEEN_HERE: dict[str, dict[Used, str]] = {
    "Tick": {
        **PICTURES,
        **FITTED,
        ("dynamodb:PutItem", "Table"): "the first function to start marks a new record (Store.open)",
    },
    "Publish": {
        **PICTURES,
        **BEGINS_AN_EPOCH,
        (
            "dynamodb:ConditionCheckItem",
            "Table",
        ): "a post is held only while its account cannot speak, or its brake is on (services/holding.py)",
        ("dynamodb:Query", "Table/index/shelf"): "whose post is it that a look-up found (services/bindings.py)",
        ("sqs:SendMessage", "ReviewQueue"): "the outcome cannot be known: a person is asked (services/aftermath.py)",
        (
            "sqs:SendMessage",
            "PublishQueue",
        ): "a line that has to wait, or time that runs short, hands on (services/lines.py)",
    },
    "Listen": {
        **BEGINS_AN_EPOCH,
        ("sqs:SendMessage", "TriageQueue"): "the rest of a flood is decided by triage (services/hearing.py)",
    },
    "Triage": {
        **PICTURES,
        **BEGINS_AN_EPOCH,
        **GOES_ON_WITH_IMPORTS,
        ("dynamodb:Query", "Table/index/shelf"): "a replay goes through the inbox (services/replaying.py)",
        ("dynamodb:DeleteItem", "Table"): "the findings of an old replay are forgotten (services/replaying.py)",
    },
    "APIHandler": {
        **PICTURES,
        **FITTED,
        ("s3:DeleteObject", "Pictures/*"): "a picture that no post shows is deleted (services/media.py)",
        (
            "dynamodb:DeleteItem",
            "Table",
        ): "what was taken back is purged, an account's secrets are given up (services/revising.py, services/connecting.py)",
        **BEGINS_AN_EPOCH,
        **GOES_ON_WITH_IMPORTS,
        (
            "sqs:SendMessage",
            "ReviewQueue",
        ): "a person's verdict on a variant may refuse an answer (services/aftermath.py)",
    },
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture(scope="module")
def aws(template: Template, sandbox: SandboxServer, _server: None) -> Iterator[FakeAws]:
    with FakeAws(template, {**QUICK, **reaching(sandbox.url)}) as server:
        yield server


@pytest.fixture(scope="module")
def scene(aws: FakeAws, sandbox: SandboxServer) -> Scene:
    return Scene(aws, sandbox)


def _work(scene: Scene, function: str) -> list[dict[str, Any]]:
    """Events that take a function down its roads."""
    match function:
        case "Tick":
            scene.publish("x")
            scene.triage()
            now = scene.desk.clock.now()
            digesting.order(scene.desk, scene.caller, (scene.owner,), now - timedelta(days=1), now, now)
            return [scene.tick_with_slots_due()]
        case "Publish":
            return [scene.publish(platform) for platform in PLATFORMS]
        case "Listen":
            return [*(scene.listen(platform) for platform in PLATFORMS), scene.listen("mastodon", COMPLAINT)]
        case "Triage":
            return [scene.triage(), scene.triage(COMPLAINT)]
    made = scene.new_account("mastodon", "second")
    at = (scene.desk.clock.now() + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    post = {"schedule": {"at": at, "zone": "UTC"}, "variants": [{"account": scene.accounts["x"].id, "text": "Soon."}]}
    account = {"platform": "mastodon", "base_url": made["base_url"], "credential": made["credential"]}
    return [
        scene.api(),
        scene.api("POST", "/accounts", account),
        scene.api("POST", "/posts", post),
        *(scene.api("GET", path) for path in ("/members", "/posts", "/interactions", "/reviews", "/accounts")),
        scene.api("DELETE", "/tokens/{token_id}", token_id=scene.token.split("_")[2]),
    ]


@pytest.mark.parametrize("function", NOT_SEEN_HERE)
def test_rights_are_those_that_are_used(
    function: str, scene: Scene, aws: FakeAws, template: Template, invoked_on: InvokeOn
) -> None:
    events = _work(scene, function)
    with aws.watching() as used:
        answers = invoked_on(aws, function, events)
    for answer in answers:
        assert answer.get("statusCode", 200) < 300, json.dumps(answer)
        assert answer.get("batchItemFailures", []) == []
    rights = granted(template, function)
    assert used - rights == set(), "used without the right to"
    assert rights - used == set(NOT_SEEN_HERE[function]), (
        "granted, and neither seen here nor written down with a reason"
    )
