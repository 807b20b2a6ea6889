"""The only place where settings, adapters, connectors and services meet."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import timedelta

from chalicelib import settings as _settings
from chalicelib.adapters.embedded.clock import SETTLES_AFTER, SteadyClock, SystemClock, SystemEntropy
from chalicelib.adapters.web.fetcher import WebFetcher
from chalicelib.ports import Blobs, Mailer, Queue, SecondReader, Table, Vault
from chalicelib.services import readers
from chalicelib.services.absent import NoBlobs
from chalicelib.services.desk import Desk, Platforms, Policy
from chalicelib.settings import Settings
from chalicelib.store.store import Store
from connectors import registry

_turn = threading.Lock()
_desk: Desk | None = None


def desk() -> Desk:
    """The process's desk, put together at the first call. Raises SettingsError, EngineUnusable, EngineBusy."""
    global _desk
    if _desk is None:
        with _turn:
            if _desk is None:
                _desk = build(_settings.read(os.environ))
    return _desk


def use(other: Desk | None) -> None:
    """Let this be the process's desk from now on (None: put one together anew at the next call)."""
    global _desk
    with _turn:
        _desk = other


def build(settings: Settings) -> Desk:
    """A desk on the engine that the settings name, its record opened. Raises EngineUnusable, EngineBusy.

    On one machine what reads messages is loaded too, since the same process will; on AWS `/health` does that.
    """
    if settings.engine != "aws":
        readers.classifier()
    table, queue, mailer, vault, blobs = _aws(settings) if settings.engine == "aws" else _embedded(settings)
    store = Store(table)
    store.open()
    return Desk(
        store=store,
        queue=queue,
        mailer=mailer,
        vault=vault,
        blobs=blobs,
        fetcher=WebFetcher(loopback=settings.fetch_loopback),
        clock=SystemClock(),
        entropy=SystemEntropy(),
        platforms=platforms(),
        policy=policy(settings),
        second=_second(settings),
    )


def policy(settings: Settings) -> Policy:
    """What the settings decide for the services."""
    return Policy(
        timing=settings.timing,
        hosts=settings.hosts,
        tick_every=timedelta(minutes=1) if settings.engine == "aws" else timedelta(seconds=1),
        index_lag=timedelta(seconds=30) if settings.engine == "aws" else timedelta(0),
        poll_every=settings.poll_every,
        read_back=settings.read_back,
        late_limit=timedelta(hours=1),
        public_url=settings.public_url,
        apps=settings.apps,
        redirect=settings.redirect,
        engine=settings.engine,
    )


def platforms() -> Platforms:
    """The connectors' registry as services know it."""
    return Platforms(
        capabilities=registry.capabilities,
        connect=registry.connect,
        length=registry.length,
        credential_problem=_credential_problem,
        price=registry.price,
        objection=registry.objection,
        client_id=registry.client_id,
        inbound=registry.inbound,
        way=registry.way,
        app_fields=registry.app_fields,
        begin=registry.begin,
        finish=registry.finish,
        revoke=registry.revoke,
    )


def _credential_problem(platform: str, credential: Mapping[str, str]) -> str | None:
    missing = registry.missing_credentials(platform, credential)
    return f"the credential lacks {', '.join(missing)}" if missing else None


def _second(settings: Settings) -> SecondReader | None:
    """Who else reads what is unsure, on either engine. Raises EngineUnusable where no price of the model is known."""
    match settings.second_opinion:
        case "bedrock":
            from chalicelib.adapters.aws.bedrock import BedrockReader

            return BedrockReader(settings.second_model, settings.second_region)
        case "comprehend":
            from chalicelib.adapters.aws.comprehend import ComprehendReader

            return ComprehendReader(settings.second_region)
    return None


def _embedded(settings: Settings) -> tuple[Table, Queue, Mailer, Vault, Blobs]:
    from chalicelib.adapters.embedded.blobs import FolderBlobs
    from chalicelib.adapters.embedded.mailbox import FolderMailer
    from chalicelib.adapters.embedded.queue import SqliteQueue
    from chalicelib.adapters.embedded.table import SqliteTable
    from chalicelib.adapters.embedded.vault import FileVault
    from chalicelib.ports import EngineUnusable

    home = settings.home
    record, key = home / "parley.sqlite", home / "vault.key"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EngineUnusable(f"the folder {home} (PARLEY_HOME) cannot be made: {error.strerror}") from error
    if record.exists() and not key.exists():
        raise EngineUnusable(
            f"the record {record} is there but its key {key} is not: put the key file back from a copy"
        )
    longest = max(one.lease + one.takeover_after for one in settings.timing.values())
    vault = FileVault(key)  # before the record, so that a record without its key is never a start that was interrupted
    return (
        SqliteTable(record, clock=SteadyClock(settles_after=max(SETTLES_AFTER, longest))),
        SqliteQueue(home / "queues.sqlite"),
        FolderMailer(home / "mail", settings.mail_from),
        vault,
        FolderBlobs(home / "blobs"),
    )


def _aws(settings: Settings) -> tuple[Table, Queue, Mailer, Vault, Blobs]:
    from chalicelib.adapters.aws.dynamodb import DynamoTable
    from chalicelib.adapters.aws.kms import KmsVault
    from chalicelib.adapters.aws.s3 import S3Blobs
    from chalicelib.adapters.aws.ses import SesMailer
    from chalicelib.adapters.aws.sqs import SqsQueue
    from chalicelib.store import keys

    table = DynamoTable(settings.table)
    return (
        table,
        SqsQueue(settings.queues),
        SesMailer(settings.mail_from),
        KmsVault(settings.kms_key, table, keys.data_key, SystemClock()),
        S3Blobs(settings.bucket) if settings.bucket else NoBlobs(),
    )
