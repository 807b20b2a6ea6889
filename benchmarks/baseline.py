"""What a Lambda that does nothing of ours pays: boto3, the clients that it uses, and one call with each.

Runs alone (local/stack/invoke.py), beside boto3 and nothing else.
"""

from __future__ import annotations

from typing import Any

import boto3

_clients: dict[str, Any] = {}


def run(event: dict[str, Any], _context: Any) -> None:
    """Make a client of each service that is named, unless there is one, and ask it something."""
    for service in event["services"]:
        if service not in _clients:
            _clients[service] = boto3.client(service)
        client = _clients[service]
        match service:
            case "dynamodb":
                client.get_item(TableName=event["table"], Key={"pk": {"S": "nobody"}, "sk": {"S": "nothing"}})
            case "kms":
                client.generate_data_key(KeyId=event["key"], KeySpec="AES_256")
            case "sqs":
                client.send_message(QueueUrl=event["queue"], MessageBody="{}")
            case "ses":
                client.get_send_quota()
            case _:
                raise ValueError(f"no call for {service}")
