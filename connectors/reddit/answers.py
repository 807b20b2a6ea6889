"""What Reddit answers to a write: what was made, or why not. Pure; the many shapes of a refusal are known here only."""

from __future__ import annotations

import re
from typing import Any

from connectors.contract import RemoteRef
from connectors.shape import at, rows, word

SITE = "https://www.reddit.com"
BREAKS = frozenset({"RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED"})
"""Codes by which Reddit asks an account for a pause."""
_BREAK = re.compile(r"(\d+(?:\.\d+)?) (millisecond|second|minute|hour)")
_UNIT_SECONDS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}


def created(body: Any) -> RemoteRef | None:
    """What an answer to submit or comment says was made, also if it carries errors (praw issue 1768)."""
    made = at(body, "json", "data")
    made = at(made, "things", 0, "data") or made
    name = word(made, "name") or word(made, "id")  # the answer about a gallery or a poll holds the fullname as its id
    if not name or not name.startswith(("t1_", "t3_", "t4_")):
        return None
    return RemoteRef(name, word(made, "url") or address(made))


def address(item: Any) -> str | None:
    """Where a post or comment is shown; old records of comments tell no path, but the post."""
    path, link, name = word(item, "permalink"), word(item, "link_id"), word(item, "name")
    if path:
        return SITE + path if path.startswith("/") else None
    return f"{SITE}/comments/{link[3:]}/_/{name[3:]}" if link and name else None


def refusal(body: Any) -> tuple[str, float | None] | None:
    """The first error of an answer with status 200: its code, and for a break the seconds to wait."""
    code = word(body, "json", "errors", 0, 0)
    if code is None:
        return None
    told = at(body, "json", "ratelimit")
    if isinstance(told, int | float) and not isinstance(told, bool):
        return code, float(told)
    return code, _seconds(word(body, "json", "errors", 0, 1))


def code_of(body: Any) -> str | None:
    """The code of an error: json.errors of a 200, `reason` of a 4xx, `error` of the token endpoint."""
    told = refusal(body)
    return told[0] if told else word(body, "reason") or word(body, "error")


def asked_break(body: Any) -> float | None:
    """The seconds of a pause that a body asks for, in a 200 or in a 4xx; None where it asks for none or does not say how long."""
    if code_of(body) not in BREAKS:
        return None
    told = refusal(body)
    return told[1] if told else _seconds(word(body, "explanation"))


def _seconds(sentence: str | None) -> float | None:
    found = _BREAK.search(sentence or "")
    return float(found[1]) * _UNIT_SECONDS[found[2]] if found else None


def is_being_made(body: Any) -> bool:
    """Whether an answer without an id says that the post comes once its picture was worked on: it names a socket to listen at."""
    return word(body, "json", "data", "websocket_url") is not None


def lease(body: Any) -> tuple[str, dict[str, str]] | None:
    """Where Reddit wants a picture put, and the fields of the form that puts it there; None where it does not say."""
    action, told = word(body, "args", "action"), rows(body, "args", "fields")
    fields = {name: at(field, "value") for field in told if (name := word(field, "name"))}
    if not action or not isinstance(fields.get("key"), str) or not all(isinstance(it, str) for it in fields.values()):
        return None
    return action, fields


def asset(handle: str) -> str:
    """The asset that a handle (where the picture was put) stands for."""
    return handle.rpartition("/")[2]
