"""The cipher of both vaults: AES-256-GCM, bound to its context.

https://cryptography.io/en/latest/hazmat/primitives/aead/ . A nonce is random and of 96 bits, which is safe for 2**32
seals under one key (NIST SP 800-38D, 8.3). It must never say why a seal is broken: that would help only a forger.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chalicelib.ports import SealBroken

KEY_BYTES = 32
_NONCE_BYTES = 12
_SALT_BYTES = 16


def to_ascii(raw: bytes) -> str:
    """Bytes as URL-safe base64 text."""
    return base64.urlsafe_b64encode(raw).decode()


def from_ascii(text: str) -> bytes:
    """What `to_ascii` was given; ValueError if it is not exactly such a text."""
    raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    # The last character may carry bits that decoding drops: one sealed value would have several texts.
    if to_ascii(raw) != text:
        raise ValueError("not the text of these bytes")
    return raw


def canonical(context: Mapping[str, str]) -> bytes:
    """The one byte form of a context, whatever the order of its fields. Raises TypeError unless it maps str to str."""
    if not all(isinstance(part, str) for pair in context.items() for part in pair):
        raise TypeError("the context of a seal maps text to text")
    return json.dumps(dict(context), sort_keys=True, separators=(",", ":")).encode()


def fingerprint(key: bytes) -> str:
    """By which a key is told from another, without telling of it: 8 hexadecimal digits."""
    return hashlib.sha256(key).hexdigest()[:8]


def new_salt() -> bytes:
    """What makes one secret's key unlike every other's: 16 random bytes."""
    return os.urandom(_SALT_BYTES)


def derived(key: bytes, salt: bytes, context: Mapping[str, str]) -> bytes:
    """The key of one secret alone, from a key of many: HKDF-SHA-256, RFC 5869, with the context as info.

    No two secrets share it, so that the bound on seals under one key does not bind the key of many.
    """
    return HKDF(SHA256(), KEY_BYTES, salt, canonical(context)).derive(key)


def locked(key: bytes, secret: bytes, label: str, context: Mapping[str, str]) -> str:
    """The secret under this key, as ASCII; the label (version and key) and the context are authenticated with it."""
    nonce = os.urandom(_NONCE_BYTES)
    return to_ascii(nonce + AESGCM(key).encrypt(nonce, secret, label.encode() + canonical(context)))


def unlocked(key: bytes, text: str, label: str, context: Mapping[str, str]) -> bytes:
    """What was locked. Raises SealBroken for another key, label or context, or changed text."""
    associated = label.encode() + canonical(context)
    try:
        raw = from_ascii(text)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], associated)
    except (InvalidTag, ValueError):
        raise SealBroken from None
