"""A desk on somebody else's AWS: to look into, or to prepare, the record of the emulator or of moto from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib import bootstrap
from chalicelib import settings as _settings
from chalicelib.adapters.aws.dynamodb import DynamoTable
from chalicelib.adapters.aws.kms import KmsVault
from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.aws.ses import SesMailer
from chalicelib.adapters.aws.sqs import SqsQueue
from chalicelib.adapters.embedded.clock import SystemClock, SystemEntropy
from chalicelib.services.absent import NoBlobs
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.store import Store


def desk_on(environment: Mapping[str, str], client: Callable[[str], Any]) -> Desk:
    """The desk of an installation whose functions have this environment. client: the boto3 client of a service."""
    settings = _settings.read(environment)
    clock = SystemClock()
    store = Store(DynamoTable(settings.table, client("dynamodb")))
    store.open()
    return Desk(
        store=store,
        queue=SqsQueue(settings.queues, client=client("sqs")),
        mailer=SesMailer(settings.mail_from, client("ses")),
        vault=KmsVault(settings.kms_key, store.table, keys.data_key, clock, client("kms")),
        blobs=S3Blobs(settings.bucket, client("s3")) if settings.bucket else NoBlobs(),
        clock=clock,
        entropy=SystemEntropy(),
        platforms=bootstrap.platforms(),
        policy=bootstrap.policy(settings),
    )
