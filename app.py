"""The Chalice app: which blueprints there are. What each does is in its own room; nothing is decided here."""

from __future__ import annotations

import logging

from chalicelib import log
from chalicelib.api import (
    accounts,
    campaigns,
    digests,
    escalations,
    guidelines,
    health,
    interactions,
    members,
    posts,
    reviews,
    tokens,
    workspaces,
)
from chalicelib.api.application import ParleyApp

if not logging.getLogger("parley").handlers:  # on one machine, `local/` has chosen where the lines go
    log.to()

app = ParleyApp(app_name="parley")

for door in (
    health,
    workspaces,
    members,
    tokens,
    accounts,
    guidelines,
    campaigns,
    posts,
    interactions,
    reviews,
    escalations,
    digests,
):
    app.register_blueprint(door.blueprint)
