"""The engines under test, each opened in one place: a further engine joins the suites by one entry here."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import comparisons
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from chalicelib.adapters.aws.dynamodb import DynamoTable
from chalicelib.adapters.aws.expressions import Wire, from_wire
from chalicelib.adapters.aws.kms import KmsVault
from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.aws.ses import SesMailer
from chalicelib.adapters.aws.sqs import SqsQueue
from chalicelib.adapters.embedded.blobs import FolderBlobs
from chalicelib.adapters.embedded.clock import SteadyClock, SystemClock
from chalicelib.adapters.embedded.conditions import same
from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.ports import Blobs, Item, Key, Mailer, Queue, QueueName, Table, Vault
from chalicelib.store import keys
from tests.simulation.memory import MemoryTable

HERE = Key("W#1", "P#1")

SENDER = "Parley <desk@parley.example>"
VISIBILITY_SECONDS = 60
MAX_DELIVERIES = 3
_NOBODY = 65534

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def fake_aws() -> Iterator[None]:
    """AWS as moto plays it, empty, put right where it departs from DynamoDB's documentation."""
    with (
        patch.dict("os.environ", _ENVIRONMENT),
        mock_aws(),
        typed_comparisons(),
        one_request_at_a_time(),
        whole_updates(),
        plain_answers(),
    ):
        yield


@contextmanager
def whole_updates() -> Iterator[None]:
    """Make moto's refused updates write nothing, as DynamoDB's do.

    moto 5.2.5 carries out an update expression clause by clause on the item itself, and leaves what it has done when
    a later clause is refused for the type of its operand.
    """
    update = DynamoDBBackend.update_item

    def whole(self: DynamoDBBackend, table_name: str, key: dict[str, Wire], *arguments: Any, **more: Any) -> Any:
        table = self.get_table(table_name)
        partition, place = (DynamoType(key[name]) for name in ("pk", "sk"))
        before = deepcopy(table.get_item(partition, place))
        try:
            return update(self, table_name, key, *arguments, **more)
        except Exception:
            if before is not None:
                table.items[partition][place] = before
            else:
                table.items[partition].pop(place, None)
            raise

    with patch.object(DynamoDBBackend, "update_item", whole):
        yield


@contextmanager
def plain_answers() -> Iterator[None]:
    """Make moto write a field's value as it has it: in the form in which DynamoDB sends it.

    moto 5.2.5 looks for each of the ten types a value may have, under each of its aliases: a third of every request.
    """
    write = BaseJSONSerializer._serialize_type_structure

    def written(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and type(value) is dict and _is_plain(value):
            self._default_serialize(serialized, value, shape, key)
        else:
            write(self, serialized, value, shape, key)

    with patch.object(BaseJSONSerializer, "_serialize_type_structure", written):
        yield


def _is_plain(value: dict[str, Any]) -> bool:
    """Whether a field's value is as it is sent, in all its depth: one type, and nothing of moto's own classes or bytes."""
    match value:
        case {"S": str()} | {"N": str()} | {"BOOL": bool()} | {"NULL": bool()}:
            return len(value) == 1
        case {"M": dict(fields)}:
            return len(value) == 1 and all(type(one) is dict and _is_plain(one) for one in fields.values())
        case {"L": list(members)}:
            return len(value) == 1 and all(type(one) is dict and _is_plain(one) for one in members)
    return False


@contextmanager
def one_request_at_a_time() -> Iterator[None]:
    """Make moto's DynamoDB decide about one request at a time, as DynamoDB does about one item.

    In one process, moto 5.2.5 checks a condition and writes without a lock in between: two claimers may both win.
    """
    turn, answer = threading.Lock(), DynamoHandler.call_action

    def in_turn(self: DynamoHandler) -> Any:
        with turn:
            return answer(self)

    with patch.object(DynamoHandler, "call_action", in_turn):
        yield


@cache
def client(service: str) -> Any:
    """A client of the AWS that moto plays; made once, since that takes longer than most tests."""
    with patch.dict("os.environ", _ENVIRONMENT):
        return boto3.session.Session().client(service)


@contextmanager
def typed_comparisons() -> Iterator[None]:
    """Make moto compare as DynamoDB documents: by type and value, false where the field is missing.

    moto 5.2.5 compares as Python does: a missing field equals NULL, true equals 1, text below a number is a TypeError.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    """

    def by_type(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        def expr(self: Any, item: Any) -> bool:
            wires = [_wire(side, item) for side in (self.lhs, self.rhs)]
            return None not in wires and compare(*(from_wire(wire) for wire in wires if wire))

        return expr

    def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        return by_type(lambda one, other: type(one) is type(other) and type(one) in (str, int) and compare(one, other))

    with (
        patch.object(comparisons.OpEqual, "expr", by_type(same)),
        patch.object(comparisons.OpLessThan, "expr", ordered(lambda one, other: one < other)),
        patch.object(comparisons.OpLessThanOrEqual, "expr", ordered(lambda one, other: one <= other)),
    ):
        yield


def _wire(side: Any, item: Any) -> Wire | None:
    if isinstance(side, comparisons.AttributeValue):
        return {side.type: side.value}
    attribute = side._get_attr(item)
    return None if attribute is None else dict(attribute.to_regular_json())


def create_table(dynamodb: Any, name: str = "parley") -> None:
    """The table as the deployed template makes it."""
    fields = ("pk", "sk", "g", "gs", "l", "ls")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": field, "AttributeType": "S"} for field in fields],
        KeySchema=_schema("pk", "sk"),
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _schema(*pair), "Projection": {"ProjectionType": "KEYS_ONLY"}}
            for index, pair in (("due", ("g", "gs")), ("shelf", ("l", "ls")))
        ],
    )


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Without the superuser's right to write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def item(key: Key = HERE, **fields: Any) -> Item:
    """An item under this key."""
    return {"pk": key.pk, "sk": key.sk, **fields}


# --- tables ----------------------------------------------------------------------------------------------------------


@contextmanager
def sqlite_table(folder: Path) -> Iterator[Table]:
    table = SqliteTable(folder / "table.sqlite", clock=SteadyClock())
    yield table
    table.close()


@contextmanager
def memory_table(_folder: Path) -> Iterator[Table]:
    table = SqliteTable(":memory:", clock=SteadyClock())
    yield table
    table.close()


@contextmanager
def simulated_table(_folder: Path) -> Iterator[Table]:
    yield MemoryTable(SteadyClock(), copies=True)


@contextmanager
def dynamo_table(_folder: Path) -> Iterator[Table]:
    with fake_aws():
        create_table(client("dynamodb"))
        yield DynamoTable("parley", client("dynamodb"))


TABLES: Mapping[str, Callable[[Path], Any]] = {
    "sqlite": sqlite_table,
    "memory": memory_table,
    "simulated": simulated_table,
    "dynamodb": dynamo_table,
}


# --- queues ----------------------------------------------------------------------------------------------------------


@dataclass
class Turntable:
    """A clock that is turned by hand."""

    moment: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def milliseconds(self) -> float:
        return self.seconds() * 1000

    def turn(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class QueueBench:
    """A queue that hides messages for 60 s and gives up after 3 deliveries, and its clock."""

    queue: Queue
    clock: Turntable


@contextmanager
def sqlite_queue(folder: Path) -> Iterator[QueueBench]:
    clock = Turntable()
    queue = SqliteQueue(folder / "queue.sqlite", clock, VISIBILITY_SECONDS, MAX_DELIVERIES)
    yield QueueBench(queue, clock)
    queue.close()


@contextmanager
def sqs_queue(_folder: Path) -> Iterator[QueueBench]:
    clock = Turntable()
    sqs = client("sqs")
    seconds = patch("moto.sqs.models.unix_time", clock.seconds)
    milliseconds = patch("moto.sqs.models.unix_time_millis", clock.milliseconds)
    with fake_aws(), seconds, milliseconds:
        urls, dead_urls = {}, {}
        for name in QueueName:
            dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_DELIVERIES}
            attributes = {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": json.dumps(redrive)}
            urls[name] = sqs.create_queue(QueueName=str(name), Attributes=attributes)["QueueUrl"]
            dead_urls[name] = dead
        yield QueueBench(SqsQueue(urls, dead_urls, sqs), clock)


QUEUES: Mapping[str, Callable[[Path], Any]] = {"sqlite": sqlite_queue, "sqs": sqs_queue}


# --- blobs -----------------------------------------------------------------------------------------------------------


@contextmanager
def folder_blobs(folder: Path) -> Iterator[Blobs]:
    yield FolderBlobs(folder / "blobs")


@contextmanager
def s3_blobs(_folder: Path) -> Iterator[Blobs]:
    with fake_aws():
        place = {"LocationConstraint": _ENVIRONMENT["AWS_DEFAULT_REGION"]}
        client("s3").create_bucket(Bucket="pictures", CreateBucketConfiguration=place)
        yield S3Blobs("pictures", client("s3"))


BLOBS: Mapping[str, Callable[[Path], Any]] = {"folder": folder_blobs, "s3": s3_blobs}


# --- mailers ---------------------------------------------------------------------------------------------------------


@dataclass
class MailBench:
    """A mailer, and the raw mails that it has handed over, oldest first."""

    mailer: Mailer
    sent: Callable[[], list[bytes]]


@contextmanager
def folder_mailer(folder: Path) -> Iterator[MailBench]:
    clock = Turntable()
    mailer = FolderMailer(folder / "mail", SENDER, clock)

    def sent() -> list[bytes]:
        return [filed.path.read_bytes() for filed in reversed(mailer.list_mails())]

    yield MailBench(mailer, sent)


@contextmanager
def ses_mailer(_folder: Path) -> Iterator[MailBench]:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    with fake_aws():
        client("ses").verify_domain_identity(Domain="parley.example")
        outbox = ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages

        def sent() -> list[bytes]:
            return [message.raw_data.encode() for message in outbox]

        yield MailBench(SesMailer(SENDER, client("ses")), sent)


MAILERS: Mapping[str, Callable[[Path], Any]] = {"folder": folder_mailer, "ses": ses_mailer}


# --- vaults ----------------------------------------------------------------------------------------------------------


@contextmanager
def file_vault(folder: Path) -> Iterator[Vault]:
    yield FileVault(folder / "key")


@contextmanager
def kms_vault(_folder: Path) -> Iterator[Vault]:
    with fake_aws():
        create_table(client("dynamodb"))
        key = client("kms").create_key()["KeyMetadata"]
        yield KmsVault(
            key["KeyId"], DynamoTable("parley", client("dynamodb")), keys.data_key, SystemClock(), client("kms")
        )


VAULTS: Mapping[str, Callable[[Path], Any]] = {"file": file_vault, "kms": kms_vault}
