"""The packaged template: the record as the code asks for it, queues that lose nothing, and no right that is not used."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.adapters import items
from chalicelib.api import problems
from chalicelib.ports import Index, QueueName
from local import package as packaging
from local.stack import emulator
from local.stack.stack import PARAMETERS
from local.stack.template import Template, resolved

pytestmark = pytest.mark.stack

NAMES = {
    "Table": "table",
    "SealKey.Arn": "arn:key",
    "Pictures": "pictures",
    **{f"{one.title()}Queue": f"https://{one}" for one in QueueName},
}

GRANTED_TO_NAMED_RESOURCES_ONLY = re.compile(r"(dynamodb|sqs|kms|ses|s3|logs):[A-Za-z]+")


def test_the_table_is_the_one_that_the_code_asks_for(template: Template) -> None:
    table = template.of_type("AWS::DynamoDB::Table")["Table"]
    assert _keys(table["KeySchema"]) == ["pk", "sk"]
    indexes = {one["IndexName"]: one for one in table["GlobalSecondaryIndexes"]}
    assert set(indexes) == {one.value for one in Index}
    for index in Index:
        assert tuple(_keys(indexes[index.value]["KeySchema"])) == items.INDEX_FIELDS[index]
        assert indexes[index.value]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert template.resources["Table"]["DeletionPolicy"] == "Retain"


def _keys(schema: list[dict[str, str]]) -> list[str]:
    return [one["AttributeName"] for one in schema]


def test_every_function_can_read_its_settings(template: Template) -> None:
    names = {**template.parameters(PARAMETERS), **NAMES}
    for function in template.functions:
        environment = {name: resolved(value, names) for name, value in function.environment.items()}
        read = settings.read(environment)
        assert read.engine == "aws"
        # The template's defaults are the code's own.
        plain = settings.read(
            {
                name: environment[name]
                for name in ("PARLEY_ENGINE", "PARLEY_TABLE", "PARLEY_KMS_KEY", "PARLEY_MAIL_FROM")
            }
        )
        assert (read.hosts, read.timing, read.poll_every) == (plain.hosts, plain.timing, plain.poll_every)


def test_a_lease_outlasts_the_function_that_holds_it(template: Template) -> None:
    publish = next(one for one in template.functions if one.name == "Publish")
    assert publish.timeout < settings.LEASE


def test_pictures_are_nobodys_but_ours(template: Template) -> None:
    (bucket,) = template.of_type("AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert template.resources["Pictures"]["DeletionPolicy"] == "Retain"
    (policy,) = template.of_type("AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    rules = {one["Id"]: one for one in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules["WhatWasNeverTakenIn"]["Prefix"] == "incoming/"


def test_a_function_that_is_told_of_the_bucket_may_use_it(template: Template) -> None:
    allowed = {role for role, sid, *_ in _statements(template) if sid == "Pictures"}
    told = {
        template.resources[one.name]["Properties"]["Role"]["Fn::GetAtt"][0]
        for one in template.functions
        if "PARLEY_BUCKET" in one.environment
    }
    assert allowed == told == {"TickRole", "PublishRole", "TriageRole", "ApiHandlerRole"}


def test_queues_give_a_message_up_only_after_five_tries(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    timeouts = {one.name: one.timeout for one in template.functions}
    for name in QueueName:
        queue = queues[f"{name.title()}Queue"]
        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": [f"{name.title()}DeadQueue", "Arn"]},
            "maxReceiveCount": 5,
        }
        assert queue["VisibilityTimeout"] >= 6 * timeouts.get(name.title(), 0)
        assert queues[f"{name.title()}DeadQueue"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())


def test_a_failed_message_does_not_take_its_batch_along(template: Template) -> None:
    sources = [
        (name, source["Properties"])
        for name, function in template.of_type("AWS::Serverless::Function").items()
        for source in function.get("Events", {}).values()
        if source["Type"] == "SQS"
    ]
    assert {name for name, _ in sources} == {"Publish", "Listen", "Triage"}
    for name, source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["Queue"] == {"Fn::Sub": f"${{{name}Queue.Arn}}"}


# --- rights ----------------------------------------------------------------------------------------------------------


def _statements(template: Template) -> Iterator[tuple[str, str, list[str], Any]]:
    """Role, Sid, actions and resource of each statement."""
    for name, role in template.of_type("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                actions = statement["Action"]
                yield name, statement["Sid"], [actions] if isinstance(actions, str) else actions, statement["Resource"]


def test_every_role_has_its_own_rights(template: Template) -> None:
    roles = set(template.of_type("AWS::IAM::Role"))
    assert roles == {"TickRole", "PublishRole", "ListenRole", "TriageRole", "ApiHandlerRole"}
    assert {role for role, *_ in _statements(template)} == roles
    for function in template.of_type("AWS::Serverless::Function").values():
        assert function["Role"]["Fn::GetAtt"][0] in roles


def test_a_function_may_write_its_own_log_only(template: Template) -> None:
    group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda"
    logs = {role: resource for role, sid, _, resource in _statements(template) if sid == "Log"}
    for function in template.of_type("AWS::Serverless::Function").values():
        name = function["FunctionName"]["Fn::Sub"]
        assert logs[function["Role"]["Fn::GetAtt"][0]] == {"Fn::Sub": f"{group}/{name}:*"}


def test_no_right_is_wider_than_its_resource(template: Template) -> None:
    for role, sid, actions, resource in _statements(template):
        for action in actions:
            assert GRANTED_TO_NAMED_RESOURCES_ONLY.fullmatch(action), (role, sid, action)
        for one in resource if isinstance(resource, list) else [resource]:
            if "Fn::GetAtt" in one:
                assert one["Fn::GetAtt"][1] == "Arn"
                continue
            # A log group's streams are named by Lambda, and a bucket's objects by us; nothing else ends in a star.
            assert one["Fn::Sub"].count("*") == (1 if sid in {"Log", "Pictures"} else 0), (role, sid)


def test_only_triage_may_ask_a_second_reader_and_only_the_one_that_is_set_up(template: Template) -> None:
    asked = {"AskBedrock": ("BedrockIsAsked", "bedrock"), "AskComprehend": ("ComprehendIsAsked", "comprehend")}
    assert set(template.of_type("AWS::IAM::Policy")) == set(asked)
    for name, (condition, reader) in asked.items():
        policy = template.resources[name]
        assert policy["Condition"] == condition
        assert template.document["Conditions"][condition] == {"Fn::Equals": [{"Ref": "SecondOpinion"}, reader]}
        assert policy["Properties"]["Roles"] == [{"Ref": "TriageRole"}]
    assert template.document["Parameters"]["SecondOpinion"]["Default"] == ""
    (bedrock,) = template.resources["AskBedrock"]["Properties"]["PolicyDocument"]["Statement"]
    assert (bedrock["Action"], bedrock["Resource"]) == ("bedrock:InvokeModel", {"Ref": "SecondModelArns"})
    (comprehend,) = template.resources["AskComprehend"]["Properties"]["PolicyDocument"]["Statement"]
    assert comprehend["Action"] == ["comprehend:ContainsPiiEntities", "comprehend:DetectToxicContent"]
    # AWS knows no resource for either: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncomprehend.html
    assert comprehend["Resource"] == "*"


def test_a_function_may_send_to_exactly_the_queues_it_is_told_of(template: Template) -> None:
    told = {
        one.name: {name for name in one.environment if name.startswith("PARLEY_QUEUE_")} for one in template.functions
    }
    for function, queues in told.items():
        role = template.resources[function]["Properties"]["Role"]["Fn::GetAtt"][0]
        allowed = {
            f"PARLEY_QUEUE_{one['Fn::GetAtt'][0].removesuffix('Queue').upper()}"
            for owner, sid, _, resource in _statements(template)
            if owner == role and sid == "Hint"
            for one in (resource if isinstance(resource, list) else [resource])
        }
        assert allowed == queues, function


# --- what API Gateway says by itself ---------------------------------------------------------------------------------


def test_the_gateways_own_answers_are_problem_documents(template: Template) -> None:
    body = template.of_type("AWS::Serverless::Api")["RestAPI"]["DefinitionBody"]
    answers = body["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "UNSUPPORTED_MEDIA_TYPE"} <= set(answers)
    for name, answer in answers.items():
        assert answer["responseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        document = json.loads(answer["responseTemplates"]["application/json"])
        assert {"type", "title", "detail", "fix"} <= set(document), name
        assert document["type"].startswith("urn:parley:problem:")
        assert str(document.get("status", "")) == answer.get("statusCode", "")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", problems.UnknownPath()),
        ("RESOURCE_NOT_FOUND", problems.UnknownPath()),
        ("UNSUPPORTED_MEDIA_TYPE", problems.WrongMediaType()),
        ("REQUEST_TOO_LARGE", problems.TooLarge()),
    ],
)
def test_the_gateway_says_it_as_the_api_does(template: Template, name: str, error: Exception) -> None:
    body = template.of_type("AWS::Serverless::Api")["RestAPI"]["DefinitionBody"]
    said = problems.problem_of(error)
    assert said is not None
    assert body["x-amazon-apigateway-gateway-responses"][name]["responseTemplates"]["application/json"] == said.body()


def test_cfn_lint_finds_nothing(package: packaging.Package) -> None:
    emulator.make_environment()
    lint = emulator.ENVIRONMENT / "bin" / "cfn-lint"
    done = subprocess.run([lint, package.template], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
