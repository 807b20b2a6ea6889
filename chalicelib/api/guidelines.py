"""The workspace's guideline: the active version, and a new one from YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Ask, route
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)


@route(blueprint, "/guideline", action=Action.GUIDELINE_READ)
def get_guideline(ask: Ask) -> dict[str, Any]:
    """The active version."""
    return _active(ask)


@route(blueprint, "/guideline", method="PUT", action=Action.GUIDELINE_WRITE, form="GuidelineForm")
def put_guideline(ask: Ask, form: forms.GuidelineForm) -> dict[str, Any]:
    """Add a version and make it the active one; the same text again changes nothing."""
    from chalicelib.services import guidelines

    guidelines.activate(ask.desk, ask.caller, form.yaml, form.why, ask.now)
    return _active(ask)


@route(blueprint, "/guideline/schema", action=Action.GUIDELINE_READ)
def get_schema(ask: Ask) -> dict[str, Any]:  # noqa: ARG001 - every view is asked by somebody
    """The JSON Schema that a guideline is written to."""
    from chalicelib.domain.guideline_document import schema

    return schema()


@route(blueprint, "/guideline/starters", action=Action.GUIDELINE_READ)
def get_starters(ask: Ask) -> dict[str, Any]:  # noqa: ARG001 - every view is asked by somebody
    """Guidelines to begin with, as YAML: each holds its own examples."""
    from chalicelib.services import guidelines_yaml

    return {"items": [{"name": name, "yaml": text} for name, text in guidelines_yaml.starters().items()]}


def _active(ask: Ask) -> dict[str, Any]:
    workspace = ask.desk.workspace(ask.caller.workspace)
    record = ask.desk.store.guideline(workspace.id, workspace.guideline)
    if record is None:
        raise NotFound
    events = [one for one in workspace.events if one.act in {"open", "activate_guideline"}]
    return shapes.guideline(workspace.guideline, record, events)
