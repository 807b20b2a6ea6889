"""Which rights a request of AWS takes, and which ones a role of the template grants, in the same words.

A right is (action, resource), the resource named as the template names it: `Table`, `Table/index/due`, `PublishQueue`,
`SealKey`, `MailIdentity`, `Pictures/*`. A transaction takes the rights of its parts, as IAM has it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from local.stack.template import Template

Used = tuple[str, str]

_PARTS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}

_COVERED_BY = {"SendMessageBatch": "sqs:SendMessage"}
"""Operations that have no action of their own:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""


def rights_of(request: Mapping[str, Any]) -> set[Used]:
    """The rights that a request took. request: `headers` and `body` as moto records them. Raises KeyError, ValueError."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    service = headers["authorization"].split("/")[3]
    body = base64.b64decode(request["body"]) if request.get("body_encoded") else str(request["body"]).encode()
    if "x-amz-target" not in headers:
        form = parse_qs(body.decode())
        return {(f"{service}:{form['Action'][0]}", "MailIdentity")}  # only SES v1 is asked in this form
    operation = headers["x-amz-target"].rpartition(".")[2]
    asked: dict[str, Any] = json.loads(body)
    if operation == "TransactWriteItems":
        return {(_PARTS[kind], "Table") for item in asked["TransactItems"] for kind in item}
    return {(_COVERED_BY.get(operation, f"{service}:{operation}"), _resource(service, asked))}


def _resource(service: str, asked: Mapping[str, Any]) -> str:
    if service == "dynamodb":
        return f"Table/index/{asked['IndexName']}" if "IndexName" in asked else "Table"
    if service == "sqs":
        return str(asked["QueueUrl"]).rpartition("/")[2]
    if service == "kms":
        return "SealKey"
    raise ValueError(f"no reading for a request of {service}")


def granted(template: Template, function: str) -> set[Used]:
    """The rights that a function's role grants it, but for those by which Lambda calls it and it logs."""
    role = template.resources[function]["Properties"]["Role"]["Fn::GetAtt"][0]
    found: set[Used] = set()
    for policy in template.resources[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Sid"] not in {"Log", "BeCalled"}:
                actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
                found |= {(action, name) for action in actions for name in map(_name, resources)}
    return found


def _listed(one: Any) -> list[Any]:
    return one if isinstance(one, list) else [one]


def _name(resource: Mapping[str, Any]) -> str:
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    text = str(resource["Fn::Sub"])
    if ":identity/${MailIdentity}" in text:
        return "MailIdentity"
    return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
