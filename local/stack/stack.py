"""Parley on the emulator: the packaged archive and template, deployed by CloudFormation as on AWS.

Nothing is replaced or patched on the way but what every deployment says anyway: where the archive lies in S3, and the
template's parameters.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from chalicelib.services.desk import Desk
from local import package
from local.stack.desk import desk_on
from local.stack.emulator import REGION, Emulator, StackFailed

NAME = "parley"
MAIL_IDENTITY = "parley.example"
PARAMETERS = {"MailFrom": f"Parley <desk@{MAIL_IDENTITY}>", "MailIdentity": MAIL_IDENTITY}

DEPLOY_SECONDS = 120
_BUCKET = "parley-deployments"


class FunctionFailed(Exception):
    """A function raised."""


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message as it lies on a queue; looking at it changes nothing."""

    body: dict[str, Any]
    visible: bool
    deliveries: int


class Stack:
    """The packaged Parley on a local AWS, as a context manager.

    parameters: of the template, beyond the two that it asks for. out: the package's folder, made anew if stale.
    """

    def __init__(
        self,
        parameters: Mapping[str, str | int] | None = None,
        out: Path = package.DEFAULT_OUT,
        port: int | None = None,
    ) -> None:
        self._parameters = {**PARAMETERS, **{name: str(value) for name, value in (parameters or {}).items()}}
        self._out = out
        self._folder = tempfile.TemporaryDirectory(prefix="parley-stack-", ignore_cleanup_errors=True)
        self.emulator = Emulator(Path(self._folder.name), port)
        self.outputs: dict[str, str] = {}
        self.client = cache(self._client)

    def start(self) -> Self:
        """Package, start, deploy. Raises StackFailed, package.PackagingFailed."""
        if package.is_stale(self._out):
            package.package(self._out)
        self.emulator.start()
        try:
            self._deploy()
            # The emulator's stand-in for the owner of the domain, who would set the records that SES asks for.
            self.client("ses").verify_domain_identity(Domain=MAIL_IDENTITY)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything. Stopping twice is fine."""
        self.emulator.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what it offers ----------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """Where the API answers, without a trailing slash."""
        return f"{self.emulator.url}/restapis/{self.outputs['RestAPIId']}/api/_user_request_"

    def _client(self, service: str) -> Any:
        """A boto3 client of the emulator (`client` remembers it)."""
        import boto3

        session = boto3.session.Session("test", "test", region_name=REGION)  # the emulator believes anybody
        return session.client(service, endpoint_url=self.emulator.url)

    def desk(self) -> Desk:
        """A desk on the emulator's record, as the API function has it: to look into it, and for the first token."""
        api = {"FunctionName": self.outputs["APIHandlerName"]}
        found = self.client("lambda").get_function_configuration(**api)["Environment"]["Variables"]
        return desk_on(found, self.client)

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """What `tick`, `publish`, `listen`, `triage` or `api` answers to an event. Raises FunctionFailed."""
        name = self.outputs["APIHandlerName" if function == "api" else f"{function.title()}Name"]
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionFailed(f"{function}: {payload.get('errorType')}: {payload.get('errorMessage')}")
        return payload

    def mails(self) -> list[dict[str, Any]]:
        """The mails that SES took, oldest first, as MiniStack shows them (To, Subject, BodyText, BodyHtml, ...)."""
        by_account = self.emulator.inspect("ses/messages")["messages"]
        return [mail for mails in by_account.values() for mail in mails]

    def queue_messages(self, queue: str, *, dead: bool = False) -> list[QueueMessage]:
        """What lies on the queue `publish`, `listen`, `triage` or `review`, or on its dead-letter queue."""
        url = self.outputs[f"{queue.title()}{'Dead' if dead else ''}QueueUrl"]
        accounts = self.emulator.inspect(f"sqs/messages?QueueUrl={quote(url, safe='')}")["messages"]
        found = [one for regions in accounts.values() for queues in regions.values() for one in queues.values()]
        return [
            QueueMessage(json.loads(one["Body"]), bool(one["IsVisible"]), int(one["ReceiveCount"]))
            for messages in found
            for one in messages
        ]

    # --- deploying ---------------------------------------------------------------------------------------------------

    def _deploy(self) -> None:
        made = package.finished(self._out)
        s3, formation = self.client("s3"), self.client("cloudformation")
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.upload_file(str(made.archive), _BUCKET, made.archive.name)
        template = json.loads(made.template.read_text(encoding="utf-8"))
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = f"s3://{_BUCKET}/{made.archive.name}"
        unknown = sorted(set(self._parameters) - set(template["Parameters"]))
        if unknown:  # AWS refuses them, MiniStack does not
            raise StackFailed(f"The template has no parameter {', '.join(unknown)}.")
        s3.put_object(Bucket=_BUCKET, Key=made.template.name, Body=json.dumps(template).encode())
        # By address: a template within a request may not exceed 51,200 bytes.
        formation.create_stack(
            StackName=NAME,
            TemplateURL=f"{self.emulator.url}/{_BUCKET}/{made.template.name}",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in sorted(self._parameters.items())
            ],
        )
        until = time.monotonic() + DEPLOY_SECONDS
        while True:
            stack = formation.describe_stacks(StackName=NAME)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
                return
            if stack["StackStatus"] != "CREATE_IN_PROGRESS" or time.monotonic() > until:
                raise StackFailed(f"The stack came to {stack['StackStatus']}:\n{_reasons(formation)}")
            time.sleep(0.1)


def _reasons(formation: Any) -> str:
    events = formation.describe_stack_events(StackName=NAME)["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"].endswith("FAILED")]
    return "\n".join(
        f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', one['ResourceStatus'])}" for one in failed
    )
