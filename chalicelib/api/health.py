"""Is it up, and does its record answer. Says nothing about anybody."""

from __future__ import annotations

from typing import Any

from chalice import Blueprint

from chalicelib import VERSION
from chalicelib.api.door import Ask, route
from chalicelib.services import readers

blueprint = Blueprint(__name__)


@route(blueprint, "/health", public=True)
def health(ask: Ask) -> dict[str, Any]:
    """Opens the record and loads what reads messages, as a start does: where either does not work, this is 503."""
    ask.desk.store.open()
    reads = readers.classifier()
    return {"status": "ok", "version": VERSION, "engine": ask.desk.policy.engine, "classifier": reads}
