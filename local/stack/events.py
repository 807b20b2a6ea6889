"""Events as AWS sends them, with every field that the real ones have and a handler could read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.stack.emulator import REGION

_ACCOUNT = "123456789012"


def api_request(
    method: str,
    path: str,
    *,
    resource: str | None = None,
    path_parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    """A REST proxy event (payload format 1.0). resource: the route; the path itself where it has no parameters.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    sent = {"Accept": "application/json", "Host": "id.execute-api.amazonaws.com", **(headers or {})}
    route = resource or path
    return {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": dict(path_parameters) if path_parameters else None,
        "stageVariables": None,
        "requestContext": {
            "accountId": _ACCOUNT,
            "apiId": "id",
            "httpMethod": method,
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "curl/8.0"},
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1_790_000_000_000,
            "resourceId": "us4z18",
            "resourcePath": route,
            "stage": "api",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def schedule() -> dict[str, Any]:
    """What EventBridge sends for a schedule.

    https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
    """
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": _ACCOUNT,
        "time": "2026-11-21T03:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{_ACCOUNT}:rule/parley-tick"],
        "detail": {},
    }


def queue_batch(queue: str, bodies: Sequence[str | Mapping[str, Any]]) -> dict[str, Any]:
    """What SQS sends: one record per body (text as it is, a mapping as JSON), with the ids m1, m2, ...

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"receipt-{number}",
                "body": text,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1790000000000",
                    "SenderId": _ACCOUNT,
                    "ApproximateFirstReceiveTimestamp": "1790000000001",
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{_ACCOUNT}:parley-{queue}",
                "awsRegion": REGION,
            }
            for number, text in enumerate(texts, 1)
        ]
    }
