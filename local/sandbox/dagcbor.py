"""Content addresses of Bluesky's records and blobs: DAG-CBOR, sha-256, CIDv1 in base32. The same content, the same CID.

It must never accept what the data model forbids (floats). Sources: ipld.io/specs/codecs/dag-cbor, atproto data model
(`{"$link": …}` is a link, `{"$bytes": …}` are bytes).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

_CID_V1, _RAW, _DAG_CBOR, _SHA256, _SHA256_BYTES = 0x01, 0x55, 0x71, 0x12, 0x20
_LINK_TAG = 42


def cid_of(value: Any) -> str:
    """The CID of a JSON value, such as bafyrei…. Raises TypeError for what a record may not hold."""
    return _cid(_DAG_CBOR, encode(value))


def cid_of_bytes(data: bytes) -> str:
    """The CID of a file, such as bafkrei…."""
    return _cid(_RAW, data)


def _cid(codec: int, data: bytes) -> str:
    raw = bytes([_CID_V1, codec, _SHA256, _SHA256_BYTES]) + hashlib.sha256(data).digest()
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
        return _map(value)
    raise TypeError("a record holds strings, whole numbers, booleans, null, lists and maps only")


def _map(value: dict[str, Any]) -> bytes:
    if value.keys() == {"$link"}:
        raw = b"\x00" + _decoded(value["$link"])
        return _head(6, _LINK_TAG) + _head(2, len(raw)) + raw
    if value.keys() == {"$bytes"}:
        try:
            data = base64.b64decode(str(value["$bytes"]) + "==")
        except binascii.Error:
            raise TypeError("bytes are written in base64") from None
        return _head(2, len(data)) + data
    pairs = sorted(((key.encode(), one) for key, one in value.items()), key=lambda pair: (len(pair[0]), pair[0]))
    return _head(5, len(pairs)) + b"".join(_head(3, len(key)) + key + encode(one) for key, one in pairs)


def _decoded(cid: Any) -> bytes:
    """The bytes of a CID in base32. Raises TypeError for anything else."""
    if not isinstance(cid, str) or not cid.startswith("b"):
        raise TypeError("a link holds a CID in base32")
    digits = cid[1:].upper()
    try:
        return base64.b32decode(digits + "=" * (-len(digits) % 8))
    except binascii.Error:
        raise TypeError("a link holds a CID in base32") from None


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise TypeError("a record's numbers have 64 bits at most")
