"""The content identifier of a record, as the server that keeps it computes it: DAG-CBOR, SHA-256, CIDv1 in base32.

A thread is one write, and each of its posts names the one before it by this identifier: so it must be known before anything
is sent. Pure, like `record.py`; a record may hold texts, whole numbers, lists, maps and links, and no fraction.

Sources: https://atproto.com/specs/data-model, https://ipld.io/specs/codecs/dag-cbor/spec/.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import cbor2

_RECORD = b"\x01\x71\x12\x20"
"""CIDv1, dag-cbor, SHA-256 of 32 bytes."""
_LINK_TAG = 42


def cid_of(record: dict[str, Any]) -> str:
    """The CID under which a server keeps this record, whatever the order of its fields."""
    encoded = cbor2.dumps(_linked(record), canonical=True)
    return _text(_RECORD + hashlib.sha256(encoded).digest())


def _linked(value: Any) -> Any:
    """The value with each {"$link": …} as the tag that DAG-CBOR has for it. Raises ValueError where one is no CID."""
    if isinstance(value, dict):
        if set(value) == {"$link"}:
            return cbor2.CBORTag(_LINK_TAG, b"\x00" + _bytes(value["$link"]))
        return {name: _linked(one) for name, one in value.items()}
    return [_linked(one) for one in value] if isinstance(value, list) else value


def _text(raw: bytes) -> str:
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _bytes(cid: str) -> bytes:
    if not cid.startswith("b"):
        raise ValueError("a CID is written in base32 here")
    return base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
