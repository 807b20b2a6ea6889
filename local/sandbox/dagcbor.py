"""Content addresses of Bluesky records: DAG-CBOR, sha-256, CIDv1 in base32. The same content gives the same CID anywhere.

It must never accept what the data model forbids (floats). Source: ipld.io/specs/codecs/dag-cbor, atproto data model.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

_CID_V1, _DAG_CBOR, _SHA256, _SHA256_BYTES = 0x01, 0x71, 0x12, 0x20


def cid_of(value: Any) -> str:
    """The CID of a JSON value, such as bafyrei…. Raises TypeError for what a record may not hold."""
    digest = hashlib.sha256(encode(value)).digest()
    raw = bytes([_CID_V1, _DAG_CBOR, _SHA256, _SHA256_BYTES]) + digest
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def encode(value: Any) -> bytes:
    """The value in DAG-CBOR: map keys in order of length, then bytes."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(one) for one in value)
    if isinstance(value, dict):
        pairs = sorted(((key.encode(), one) for key, one in value.items()), key=lambda pair: (len(pair[0]), pair[0]))
        return _head(5, len(pairs)) + b"".join(_head(3, len(key)) + key + encode(one) for key, one in pairs)
    raise TypeError("a record holds strings, whole numbers, booleans, null, lists and maps only")


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise TypeError("a record's numbers have 64 bits at most")
