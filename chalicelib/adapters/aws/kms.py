"""Secrets on AWS: sealed here, under a data key that KMS seals; one data key serves the installation for 90 days.

A data key is made once for each epoch, lies sealed in the record, and is opened by one call of KMS in each process. It
is used for at most 15 minutes, then KMS is asked again: so long does it take until a disabled key, or a policy that
was taken away, holds everywhere. It must never be kept longer or written down opened, and the reason why a seal is
broken is never said.

docs/decisions/2026-11-25-one-data-key.md says what this gives away for its price.
https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zlib import crc32

from botocore.exceptions import ClientError

from chalicelib.adapters import seals
from chalicelib.adapters.aws import calls
from chalicelib.adapters.steady import seconds_running
from chalicelib.ports import ABSENT, Clock, ConditionFailed, EngineUnusable, Item, Key, SealBroken, Table

_EPOCH_DAYS = 90
_SECONDS_HELD = 15 * 60.0
_KEYS_HELD = 256
_KEY = "KMS key"
_BROKEN = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_MARK = "kms2"
_MARK_OF_OLD = "kms1"
_LABEL = re.compile(
    rf"(?P<named>{_MARK}:(?P<epoch>\d{{4}}-\d\d-\d\d):(?P<fingerprint>[0-9a-f]{{8}})):(?P<check>[0-9a-f]{{8}})"
    r":(?P<salt>[A-Za-z0-9_-]{22}==)",
    re.ASCII,
)


class KmsVault:
    """ports.Vault over KMS and the record.

    A sealed text reads `kms2:<epoch>:<fingerprint of its data key>:<check>:<salt>:<nonce and ciphertext>`. The check (CRC
    of what is before it) tells a text that was damaged, which is a broken seal, from a data key that was lost.

    `kms1:<sealed data key>:<nonce and ciphertext>`, each secret under a data key of its own, is still opened.
    """

    def __init__(
        self,
        key_id: str,
        table: Table,
        place: Callable[[str], Key],
        clock: Clock,
        client: Any = None,
        running: Callable[[], float] = seconds_running,
    ) -> None:
        """key_id: id, ARN or alias of a symmetric key. place: where in the table an epoch's data key lies.

        running: seconds that nobody can set, by which opened data keys grow old, also while Lambda has the process asleep.
        """
        self._key_id = key_id
        self._table = table
        self._place = place
        self._clock = clock
        self._given = client
        self._held = _HeldKeys(running)

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("kms")

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:
        """The sealed form as ASCII text; the same context is needed to open it. Raises EngineBusy, EngineUnusable."""
        seals.canonical(context)  # refuses a context that is not text to text before anybody is asked
        epoch = epoch_of(self._clock.now())
        data_key = self._held.key(epoch, lambda: self._found_or_made(epoch))
        named = f"{_MARK}:{epoch}:{seals.fingerprint(data_key)}"
        salt = seals.new_salt()
        label = f"{named}:{_check(named)}:{seals.to_ascii(salt)}"
        return f"{label}:{seals.locked(seals.derived(data_key, salt, context), secret, label, context)}"

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:
        """What was sealed. Raises SealBroken; EngineBusy where AWS does not answer; EngineUnusable."""
        label, _, body = sealed.rpartition(":")
        if label.startswith(f"{_MARK_OF_OLD}:"):
            data_key = self._data_key_of_old(label.removeprefix(f"{_MARK_OF_OLD}:"), context)
            return seals.unlocked(data_key, body, label, context)
        parts = _LABEL.fullmatch(label)
        if parts is None or _check(parts["named"]) != parts["check"]:
            raise SealBroken
        try:
            salt = seals.from_ascii(parts["salt"])
        except ValueError:
            raise SealBroken from None
        epoch = parts["epoch"]
        data_key = self._held.key(epoch, lambda: self._found(epoch))
        if seals.fingerprint(data_key) != parts["fingerprint"]:
            raise self._lost(epoch, "is not the one under which this was sealed")
        return seals.unlocked(seals.derived(data_key, salt, context), body, label, context)

    # --- an epoch's data key -----------------------------------------------------------------------------------------

    def _found_or_made(self, epoch: str) -> bytes:
        item = self._table.get(self._place(epoch))
        return self._made(epoch) if item is None else self._opened(epoch, item)

    def _found(self, epoch: str) -> bytes:
        item = self._table.get(self._place(epoch))
        if item is None:
            raise self._lost(epoch, "is gone")
        return self._opened(epoch, item)

    def _made(self, epoch: str) -> bytes:
        try:
            answer = self._client.generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=_epoch_context(epoch)
            )
        except calls.FAILURES as error:
            raise calls.port_error(error, _KEY) from error
        place = self._place(epoch)
        try:
            self._table.put(
                {"pk": place.pk, "sk": place.sk, "sealed": seals.to_ascii(answer["CiphertextBlob"])}, ABSENT
            )
        except ConditionFailed:
            return self._found(epoch)  # another process was first, and all use its data key
        data_key: bytes = answer["Plaintext"]
        return data_key

    def _opened(self, epoch: str, item: Item) -> bytes:
        try:
            return self._decrypted(str(item.get("sealed")), _epoch_context(epoch))
        except SealBroken as error:
            raise self._lost(epoch, "is damaged, or was sealed by another KMS key") from error

    def _lost(self, epoch: str, how: str) -> EngineUnusable:
        place = self._place(epoch)
        return EngineUnusable(
            f"The data key of {epoch} ({place.pk}, {place.sk}) {how}; put that item back from a backup of the record."
        )

    # --- KMS ---------------------------------------------------------------------------------------------------------

    def _data_key_of_old(self, data_key: str, context: Mapping[str, str]) -> bytes:
        place = (data_key, seals.canonical(context))
        return self._held.key(place, lambda: self._decrypted(data_key, context))

    def _decrypted(self, data_key: str, context: Mapping[str, str]) -> bytes:
        try:
            blob = seals.from_ascii(data_key)
        except ValueError:
            raise SealBroken from None
        if not blob:
            raise SealBroken
        try:
            # The key is named, so that a data key made under somebody else's is never opened.
            answer = self._client.decrypt(CiphertextBlob=blob, KeyId=self._key_id, EncryptionContext=dict(context))
        except calls.FAILURES as error:
            if isinstance(error, ClientError) and calls.error_code(error) in _BROKEN:
                raise SealBroken from error
            raise calls.port_error(error, _KEY) from error
        opened: bytes = answer["Plaintext"]
        return opened


def epoch_of(now: datetime) -> str:
    """The day (UTC) on which the 90 days began in which `now` lies, the same for every process: `2026-10-01`.

    Counted from the calendar's first day, so that nobody has to look up or agree on which epoch it is.
    """
    day = now.toordinal()
    return date.fromordinal(day - day % _EPOCH_DAYS).isoformat()


def _epoch_context(epoch: str) -> dict[str, str]:
    # Unlike any secret's context, so that KMS opens neither an old secret's data key as an epoch's nor the reverse.
    return {"parley": "data key", "epoch": epoch}


def _check(named: str) -> str:
    return f"{crc32(named.encode()):08x}"


class _HeldKeys:
    """Opened data keys, none held longer than 15 minutes; who asks while one is being opened shares the answer."""

    def __init__(self, running: Callable[[], float]) -> None:
        self._running = running
        self._keys: OrderedDict[Hashable, tuple[float, Future[bytes]]] = OrderedDict()
        self._turn = threading.Lock()

    def key(self, place: Hashable, opening: Callable[[], bytes]) -> bytes:
        """The data key of this place, opened unless it is held. Raises what `opening` raises, and holds nothing then."""
        with self._turn:
            now = self._running()  # the 15 minutes begin before KMS decides, never after
            self._forget(now)
            held = self._keys.get(place)
            if held is not None:
                answer = held[1]
            else:
                answer = Future()
                self._keys[place] = (now + _SECONDS_HELD, answer)
        if held is None:
            try:
                answer.set_result(opening())
            except BaseException as error:  # noqa: BLE001 - whoever waits for this answer must hear of it
                with self._turn:
                    self._keys.pop(place, None)
                answer.set_exception(error)
        return answer.result()

    def _forget(self, now: float) -> None:
        for place in [place for place, (until, _) in self._keys.items() if until <= now]:
            del self._keys[place]
        while len(self._keys) >= _KEYS_HELD:
            self._keys.popitem(last=False)
