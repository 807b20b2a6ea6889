"""An installation on AWS as its vault sees it: a record, a KMS key, and processes that open and seal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters import seals
from chalicelib.adapters.aws.kms import KmsVault, epoch_of
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import Condition, Item, Key
from chalicelib.store import keys
from tests.adapters.engines import Turntable, client, fake_aws

CONTEXT = {"workspace": "W1", "kind": "credential", "owner": "A1"}
SECRET = b"canary-5ecret"
FIFTEEN_MINUTES = 900.0


@dataclass
class Installation:
    """One record and one KMS key; each `process` is a vault of its own. `asked` counts what reached KMS, by operation."""

    key_id: str
    table: SqliteTable = field(default_factory=lambda: SqliteTable(":memory:"))
    clock: Turntable = field(default_factory=Turntable)
    asked: Counter[str] = field(default_factory=Counter)

    def process(self, table: Any = None) -> KmsVault:
        return KmsVault(
            self.key_id, table or self.table, keys.data_key, self.clock, client("kms"), running=self.clock.seconds
        )

    @property
    def place(self) -> Key:
        return keys.data_key(epoch_of(self.clock.now()))

    @property
    def item(self) -> Item:
        found = self.table.get(self.place)
        assert found is not None
        return found


@contextmanager
def watched(asked: Counter[str]) -> Iterator[None]:
    """Count what botocore sends to KMS."""

    def count(model: Any, **_: Any) -> None:
        asked[model.name] += 1

    events = client("kms").meta.events
    events.register("before-call.kms", count)
    try:
        yield
    finally:
        events.unregister("before-call.kms", count)


@contextmanager
def kms_answers(code: str, status: int = 400) -> Iterator[None]:
    """KMS refuses every request with this code."""

    def refuse(**_: Any) -> None:
        answer = {"Error": {"Code": code, "Message": "canary"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, "Decrypt")  # type: ignore[arg-type]

    events = client("kms").meta.events
    events.register("before-call.kms", refuse)
    try:
        yield
    finally:
        events.unregister("before-call.kms", refuse)


@dataclass
class Tables:
    """A table that passes everything on."""

    inner: SqliteTable

    def get(self, key: Key) -> Item | None:
        return self.inner.get(key)

    def put(self, item: Item, when: Condition | None = None) -> None:
        self.inner.put(item, when)


class NoTable:
    """Whoever asks it fails."""

    def get(self, key: Key) -> Item | None:
        raise AssertionError(f"asked for {key}")


@contextmanager
def installation() -> Iterator[Installation]:
    """An empty one."""
    with fake_aws():
        made = Installation(client("kms").create_key()["KeyMetadata"]["KeyId"])
        with watched(made.asked):
            yield made


def sealed_as_before(here: Installation, secret: bytes, context: dict[str, str]) -> str:
    """A text of the first format: each secret under a data key of its own."""
    made = client("kms").generate_data_key(KeyId=here.key_id, KeySpec="AES_256", EncryptionContext=context)
    label = f"kms1:{seals.to_ascii(made['CiphertextBlob'])}"
    here.asked.clear()
    return f"{label}:{seals.locked(made['Plaintext'], secret, label, context)}"
