"""The Chalice app: which blueprints there are. What each does is in its own room; nothing is decided here."""

from __future__ import annotations

from chalicelib import log
from chalicelib.api import (
    accounts,
    approvals,
    blackouts,
    brakes,
    calendars,
    campaigns,
    compositions,
    conversations,
    digests,
    drafts,
    escalations,
    events,
    evergreens,
    exports,
    feeds,
    guests,
    guidelines,
    health,
    hooks,
    imports,
    interactions,
    library,
    media,
    members,
    metrics,
    money,
    moves,
    posts,
    reviews,
    rulings,
    series,
    sign_ins,
    slots,
    tokens,
    workspaces,
)
from chalicelib.api.application import ParleyApp
from chalicelib.workers import queues, schedules

log.ready()

app = ParleyApp(app_name="parley")

for door in (
    health,
    workspaces,
    members,
    tokens,
    accounts,
    sign_ins,
    guidelines,
    campaigns,
    metrics,
    money,
    posts,
    drafts,
    approvals,
    guests,
    media,
    feeds,
    imports,
    exports,
    calendars,
    hooks,
    moves,
    brakes,
    interactions,
    conversations,
    reviews,
    rulings,
    series,
    events,
    slots,
    blackouts,
    escalations,
    digests,
    library,
    compositions,
    evergreens,
    queues,
    schedules,
):
    app.register_blueprint(door.blueprint)
