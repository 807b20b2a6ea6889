"""Secrets on AWS: each sealed under a data key of its own, which is itself sealed by KMS (envelope encryption).

KMS sees the context but never the secret, and refuses to open a data key under another context. Opened data keys are
remembered for a short while, so that a poll per account is not a call of KMS per account. It must never keep them
longer, write them down, or say why a seal is broken.

https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters import seals
from chalicelib.adapters.aws import calls
from chalicelib.ports import SealBroken

_MARK = "kms1"
_KEYS_HELD = 256
_SECONDS_HELD = 300.0
_BROKEN = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsVault:
    """ports.Vault over KMS. A sealed text reads `kms1:<sealed data key>:<nonce and ciphertext>`."""

    def __init__(self, key_id: str, client: Any = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        """key_id: id, ARN or alias of a symmetric key. monotonic: seconds, by which opened data keys grow old."""
        self._key_id = key_id
        self._given = client
        self._monotonic = monotonic
        self._held: OrderedDict[tuple[str, bytes], tuple[float, bytes]] = OrderedDict()
        self._turn = threading.Lock()

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("kms")

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:
        """The sealed form as ASCII text; the same context is needed to open it. Raises EngineBusy, EngineUnusable."""
        seals.canonical(context)  # refuses a context that is not text to text before KMS sees it
        try:
            answer = self._client.generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=dict(context)
            )
        except calls.FAILURES as error:
            raise calls.port_error(error, "KMS key") from error
        label = f"{_MARK}:{seals.to_ascii(answer['CiphertextBlob'])}"
        return f"{label}:{seals.locked(answer['Plaintext'], secret, label, context)}"

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:
        """What was sealed. Raises SealBroken; EngineBusy where KMS does not answer; EngineUnusable."""
        label, _, body = sealed.rpartition(":")
        mark, _, data_key = label.partition(":")
        if mark != _MARK or not data_key:
            raise SealBroken
        return seals.unlocked(self._data_key(data_key, context), body, label, context)

    def _data_key(self, data_key: str, context: Mapping[str, str]) -> bytes:
        place = (data_key, seals.canonical(context))
        with self._turn:
            until, key = self._held.get(place, (0.0, b""))
            if key and self._monotonic() < until:
                return key
        key = self._opened(data_key, context)
        with self._turn:
            self._held[place] = (self._monotonic() + _SECONDS_HELD, key)
            self._held.move_to_end(place)
            while len(self._held) > _KEYS_HELD:
                self._held.popitem(last=False)
        return key

    def _opened(self, data_key: str, context: Mapping[str, str]) -> bytes:
        try:
            blob = seals.from_ascii(data_key)
        except ValueError:
            raise SealBroken from None
        try:
            # The key is named, so that a data key made under somebody else's is never opened.
            answer = self._client.decrypt(CiphertextBlob=blob, KeyId=self._key_id, EncryptionContext=dict(context))
        except calls.FAILURES as error:
            if isinstance(error, ClientError) and calls.error_code(error) in _BROKEN:
                raise SealBroken from error
            raise calls.port_error(error, "KMS key") from error
        key: bytes = answer["Plaintext"]
        return key
