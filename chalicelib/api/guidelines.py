"""The workspace's guideline: its versions, what a change of it would have done, and which one is active."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.names import named
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_guideline
    from chalicelib.domain.replay import Replay
    from chalicelib.services.shadowing import Part

blueprint = Blueprint(__name__)

AT_ONCE: Final = 5.0
"""Seconds that a request itself works on a replay, far within API Gateway's 29; the tick goes on with the rest."""

_ACTIVATIONS: Final = frozenset({"open", "activate_guideline", "roll_back_guideline"})


@route(blueprint, "/guideline", action=Action.GUIDELINE_READ)
def get_guideline(ask: Ask) -> dict[str, Any]:
    """The active version."""
    return _active(ask)


@route(blueprint, "/guideline", method="PUT", action=Action.GUIDELINE_WRITE, form="GuidelineForm")
def put_guideline(ask: Ask, form: forms.GuidelineForm) -> dict[str, Any]:
    """Begin with a guideline: active at once, while no message was ever heard. Later a version is replayed first."""
    from chalicelib.services import activating

    activating.set_up(ask.desk, ask.caller, form.yaml, form.why, ask.now)
    return _active(ask)


@route(blueprint, "/guideline/versions", method="POST", action=Action.GUIDELINE_WRITE, form="GuidelineForm")
def add_version(ask: Ask, form: forms.GuidelineForm) -> Answer:
    """Keep a version as a draft; nothing is decided by it. The same text is the same version."""
    from chalicelib.api import shapes_guideline
    from chalicelib.services import guidelines

    added = guidelines.add(ask.desk, ask.caller, form.yaml, form.why, ask.now)
    return Answer(shapes_guideline.version(added, ask.desk.workspace(ask.caller.workspace)), status=201)


@route(blueprint, "/guideline/versions", action=Action.GUIDELINE_READ, listing=True)
def list_versions(ask: Ask) -> dict[str, Any]:
    """Every version, by its id, with who added it, when and why."""
    from chalicelib.api import shapes_guideline

    workspace = ask.desk.workspace(ask.caller.workspace)
    return ask.page.of(
        lambda limit, after: ask.desk.store.guideline_versions(workspace.id, limit=limit, after=after),
        lambda one: shapes_guideline.head(one, workspace),
    )


@route(blueprint, "/guideline/versions/{version_id}", action=Action.GUIDELINE_READ)
def get_version(ask: Ask, version_id: str) -> dict[str, Any]:
    """One version, with its YAML text as it was written."""
    from chalicelib.api import shapes_guideline
    from chalicelib.services import guidelines

    found = guidelines.get(ask.desk, ask.caller.workspace, version_id)
    return shapes_guideline.version(found, ask.desk.workspace(ask.caller.workspace))


@route(blueprint, "/guideline/versions/{version_id}/differences", action=Action.GUIDELINE_READ, query="against")
def list_differences(ask: Ask, version_id: str) -> dict[str, Any]:
    """What a version says otherwise than another one (`against`, or the active one), clause by clause."""
    from chalicelib.api import shapes_guideline
    from chalicelib.services import guidelines

    found = guidelines.compared(ask.desk, ask.caller.workspace, version_id, ask.query or None)
    return {"items": [shapes_guideline.difference(one) for one in found]}


@route(
    blueprint,
    "/guideline/versions/{version_id}/replay",
    method="POST",
    action=Action.GUIDELINE_WRITE,
    form="ReplayForm",
)
def replay_version(ask: Ask, form: forms_guideline.ReplayForm, version_id: str) -> Answer:
    """Try a version on the messages of some days, beside the active one. Nothing is changed by it."""
    from chalicelib.services import replaying

    found = replaying.begin(ask.desk, ask.caller, version_id, form.days, ask.now)
    return begun(ask, found)


@route(blueprint, "/guideline/replays/{replay_id}", action=Action.GUIDELINE_READ)
def get_replay(ask: Ask, replay_id: str) -> dict[str, Any]:
    """How a replay stands: what would change, counted by change and by clause, and what could not be replayed."""
    from chalicelib.services import replaying

    return _replay(ask, replaying.get(ask.desk, ask.caller.workspace, replay_id))


@route(blueprint, "/guideline/replays/{replay_id}/changes", action=Action.GUIDELINE_READ, listing=True)
def list_changes(ask: Ask, replay_id: str) -> dict[str, Any]:
    """The decisions that would change, the newest message first, each with both rationales."""
    from chalicelib.api import shapes_guideline
    from chalicelib.services import replaying

    found = replaying.get(ask.desk, ask.caller.workspace, replay_id)
    page = ask.page.of(lambda limit, after: replaying.changes(ask.desk, found, limit, after), shapes_guideline.changed)
    return named(ask, page)


@route(
    blueprint,
    "/guideline/versions/{version_id}/activate",
    method="POST",
    action=Action.GUIDELINE_WRITE,
    form="ActivateForm",
)
def activate_version(ask: Ask, form: forms_guideline.ActivateForm, version_id: str) -> dict[str, Any]:
    """Make a version the active one, on the strength of a complete replay of the last 24 hours."""
    from chalicelib.services import activating

    activating.activate(ask.desk, ask.caller, version_id, form.replay, form.why, ask.now)
    return _active(ask)


@route(blueprint, "/guideline/rollback", method="POST", action=Action.GUIDELINE_WRITE, form="RollbackForm")
def roll_back(ask: Ask, form: forms_guideline.RollbackForm) -> dict[str, Any]:
    """Make the version that was active before the active one again, at once and without a replay."""
    from chalicelib.services import activating

    activating.roll_back(ask.desk, ask.caller, form.why, ask.now)
    return _active(ask)


@route(blueprint, "/guideline/schema", action=Action.GUIDELINE_READ)
def get_schema(ask: Ask) -> dict[str, Any]:  # noqa: ARG001 - every view is asked by somebody
    """The JSON Schema that a guideline is written to."""
    from chalicelib.domain.guideline_schema import schema

    return schema()


@route(blueprint, "/guideline/starters", action=Action.GUIDELINE_READ)
def get_starters(ask: Ask) -> dict[str, Any]:  # noqa: ARG001 - every view is asked by somebody
    """Guidelines to begin with, as YAML: each holds its own examples."""
    from chalicelib.services import guidelines_yaml

    return {"items": [{"name": name, "yaml": text} for name, text in guidelines_yaml.starters().items()]}


@route(blueprint, "/guideline/shadow", method="PUT", action=Action.GUIDELINE_WRITE, form="ShadowForm")
def put_shadow(ask: Ask, form: forms_guideline.ShadowForm) -> dict[str, Any]:
    """Have a version asked about each message beside the active one; nothing follows from it. null: none is."""
    from chalicelib.services import shadowing

    shadowing.put_on(ask.desk, ask.caller, shadowing.Part.GUIDELINE, form.version, form.why, ask.now)
    return shadow(ask, shadowing.Part.GUIDELINE)


@route(blueprint, "/guideline/shadow", action=Action.GUIDELINE_READ)
def get_shadow(ask: Ask) -> dict[str, Any]:
    """What the shadow said otherwise in the last 30 days: counts by change, and examples with both rationales."""
    from chalicelib.services import shadowing

    return shadow(ask, shadowing.Part.GUIDELINE)


def shadow(ask: Ask, part: Part) -> dict[str, Any]:
    """What is asked beside what is live, and what it said otherwise."""
    from chalicelib.api import shapes_guideline
    from chalicelib.services import shadowing

    workspace = ask.desk.workspace(ask.caller.workspace)
    return shapes_guideline.shadow(workspace, part, shadowing.disagreements(ask.desk, workspace, part, ask.now))


def _active(ask: Ask) -> dict[str, Any]:
    workspace = ask.desk.workspace(ask.caller.workspace)
    record = ask.desk.store.guideline(workspace.id, workspace.guideline)
    if record is None:
        raise NotFound
    events = [one for one in workspace.events if one.act in _ACTIVATIONS]
    return shapes.guideline(workspace.guideline, record, events)


def begun(ask: Ask, found: Replay) -> Answer:
    """A replay that was just begun, worked on for `AT_ONCE`, and how it stands then."""
    from chalicelib.services import replaying

    ends = time.monotonic() + AT_ONCE
    replaying.work(ask.desk, found.workspace, found.id, ask.now, lambda: time.monotonic() >= ends)
    return Answer(_replay(ask, replaying.get(ask.desk, found.workspace, found.id)), status=201)


def _replay(ask: Ask, found: Replay) -> dict[str, Any]:
    from chalicelib.api import shapes_guideline
    from chalicelib.services import replaying

    return shapes_guideline.replay(found, replaying.findings(ask.desk, found))
