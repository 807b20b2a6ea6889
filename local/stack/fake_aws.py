"""AWS as moto plays it, in a process of its own, holding the table, queues, key and sender that the template asks for.

For tests and measurements of single functions; the whole runs on the emulator (`stack`). moto tells nothing of time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

from local.stack.emulator import HOST, REGION, StackFailed, free_port
from local.stack.rights import Used, rights_of
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

    def __init__(self, template: Template, parameters: Mapping[str, str | int] | None = None) -> None:
        self.template = template
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.names = template.parameters(
            {**PARAMETERS, **{name: str(value) for name, value in (parameters or {}).items()}}
        )
        self.client = cache(self._client)
        self._folder = tempfile.TemporaryDirectory(prefix="parley-moto-")
        self._recording = Path(self._folder.name) / "recording"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and make what the template asks for. Raises StackFailed."""
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", HOST, "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **CREDENTIALS, "MOTO_RECORDER_FILEPATH": str(self._recording)},
        )
        try:
            self._wait()
            self._make()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self) -> None:
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
        bucket = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket="pictures", CreateBucketConfiguration=bucket)
        self.names["Pictures"] = "pictures"
        for queue in self.template.of_type("AWS::SQS::Queue"):
            self.names[queue] = self.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        self.client("ses").verify_domain_identity(Domain=self.names["MailIdentity"])

    def stop(self) -> None:
        """End it. Stopping twice is fine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._folder.cleanup()

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

    @contextmanager
    def watching(self) -> Iterator[set[Used]]:
        """What is used of AWS meanwhile; complete at the end of the block."""
        self._recording.write_text("", encoding="utf-8")
        used: set[Used] = set()
        self._told("start")
        try:
            yield used
        finally:
            self._told("stop")
            for line in self._recording.read_text(encoding="utf-8").splitlines():
                used |= rights_of(json.loads(line))

    def _told(self, what: str) -> None:
        with urlopen(Request(f"{self.url}/moto-api/recorder/{what}-recording", method="POST"), timeout=5):  # noqa: S310
            pass

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
