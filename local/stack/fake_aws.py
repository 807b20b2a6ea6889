"""AWS as moto plays it, in a process of its own, holding the table, queues, key and sender that the template asks for.

For tests and measurements of single functions; the whole runs on the emulator (`stack`). moto tells nothing of time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self

from local.stack.emulator import HOST, REGION, StackFailed, free_port
from local.stack.stack import PARAMETERS
from local.stack.template import Function, Template, resolved

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
START_SECONDS = 30

_TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
)


class FakeAws:
    """moto's server as a context manager. parameters: of the template, beyond the two that it asks for."""

    def __init__(self, template: Template, parameters: Mapping[str, str] | None = None) -> None:
        self.template = template
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.names = template.parameters({**PARAMETERS, **(parameters or {})})
        self.client = cache(self._client)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and make what the template asks for. Raises StackFailed."""
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", HOST, "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **CREDENTIALS},
        )
        try:
            self._wait()
            self._make()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self) -> None:
        from urllib.request import urlopen

        until = time.monotonic() + START_SECONDS
        while self._process is not None and self._process.poll() is None and time.monotonic() < until:
            try:
                with urlopen(f"{self.url}/moto-api/data.json", timeout=2):  # noqa: S310 - loopback
                    return
            except OSError:
                time.sleep(0.05)
        raise StackFailed("moto's server did not start; it is installed with the extra `dev` (moto[server]).")

    def _make(self) -> None:
        table = self.template.of_type("AWS::DynamoDB::Table")["Table"]
        name = "parley"
        self.client("dynamodb").create_table(TableName=name, **{one: table[one] for one in _TABLE_PROPERTIES})
        self.names["Table"] = name
        self.names["SealKey.Arn"] = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        for queue in self.template.of_type("AWS::SQS::Queue"):
            self.names[queue] = self.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        self.client("ses").verify_domain_identity(Domain=self.names["MailIdentity"])

    def stop(self) -> None:
        """End it. Stopping twice is fine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _client(self, service: str) -> Any:
        """A boto3 client of it (`client` remembers it)."""
        import boto3

        session = boto3.session.Session("test", "test", region_name=REGION)
        return session.client(service, endpoint_url=self.url)

    def environment(self, function: Function) -> dict[str, str]:
        """What a function finds in its environment: the template's variables, and those that Lambda sets."""
        ours = {name: resolved(value, self.names) for name, value in function.environment.items()}
        return {
            **ours,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
        }
