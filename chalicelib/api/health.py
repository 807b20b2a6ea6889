"""Is it up, and does its record answer. Says nothing about anybody."""

from __future__ import annotations

from typing import Any

from chalice import Blueprint

from chalicelib import VERSION
from chalicelib.api.door import Ask, route

blueprint = Blueprint(__name__)


@route(blueprint, "/health", public=True)
def health(ask: Ask) -> dict[str, Any]:
    """Opens the record as a start does: an engine that does not answer makes this 503."""
    ask.desk.store.open()
    return {"status": "ok", "version": VERSION, "engine": ask.desk.policy.engine}
