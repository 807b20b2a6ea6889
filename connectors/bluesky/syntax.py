"""How the AT protocol spells its names: handles, DIDs, record keys, addresses of records. Pure.

Sources: https://atproto.com/specs/handle, /did, /nsid, /record-key, /tid, /at-uri-scheme.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_HANDLE = 253
LONGEST_DID = 2048
LONGEST_NSID = 317
LONGEST_ADDRESS = 8 * 1024

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?")
_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_NSID = re.compile(rf"[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(?:\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}")
_KEY = re.compile(r"[a-zA-Z0-9_~.:-]{1,512}")
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_ADDRESS = re.compile(r"at://(?P<repo>[^/#]+)(?:/(?P<collection>[^/#]+)(?:/(?P<key>[^/#]+))?)?")


class Address(NamedTuple):
    """Where a record lies: whose repository (a DID or a handle), in which collection, under which key."""

    repo: str
    collection: str | None
    key: str | None


def is_handle(text: str) -> bool:
    """Whether this may be a handle: a host name that is no address of a machine."""
    return len(text) <= LONGEST_HANDLE and _HANDLE.fullmatch(text) is not None


def is_did(text: str) -> bool:
    """Whether this may be a DID, of whatever method."""
    return len(text) <= LONGEST_DID and _DID.fullmatch(text) is not None


def is_nsid(text: str) -> bool:
    """Whether this may name a collection."""
    return len(text) <= LONGEST_NSID and _NSID.fullmatch(text) is not None


def is_record_key(text: str) -> bool:
    """Whether a record may lie under this key."""
    return _KEY.fullmatch(text) is not None and text not in {".", ".."}


def is_tid(text: str) -> bool:
    """Whether this is a key as posts have it: 13 digits that sort by time."""
    return _TID.fullmatch(text) is not None


def address(text: str) -> Address | None:
    """The parts of an at:// address, or None where it is none. One with a fragment is none: records are not addressed so."""
    found = _ADDRESS.fullmatch(text) if len(text) <= LONGEST_ADDRESS else None
    if found is None or not (is_handle(found["repo"]) or is_did(found["repo"])):
        return None
    told = Address(found["repo"], found["collection"], found["key"])
    fits = (told.collection is None or is_nsid(told.collection)) and (told.key is None or is_record_key(told.key))
    return told if fits else None


def owner(uri: str) -> str:
    """In whose repository a record lies, as its address tells; empty where it does not."""
    found = address(uri)
    return found.repo if found else ""
