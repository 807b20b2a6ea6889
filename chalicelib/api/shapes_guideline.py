"""Guideline versions, replays and shadows as the API shows them: rationales, counts and ids, never a member's text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chalicelib.api import shapes
from chalicelib.domain.guideline_differences import Difference
from chalicelib.domain.replay import FACTS_OF_TODAY, HOLDS_FOR, KEPT_FOR, Changed, Findings, Load, Replay
from chalicelib.domain.workspace import Workspace

if TYPE_CHECKING:
    from chalicelib.services.shadowing import Disagreements, Part
    from chalicelib.store.store import Version

Json = dict[str, Any]


def head(one: Version, workspace: Workspace) -> Json:
    """A version in a list: its name, what it is just now, and who added it, when and why."""
    return {
        "id": one.id,
        "name": one.guideline["name"],
        "clauses": len(one.guideline["clauses"]),
        "active": one.id == workspace.guideline,
        "shadow": one.id == workspace.shadow,
        "events": shapes.events(one.events),
    }


def version(one: Version, workspace: Workspace) -> Json:
    """A version whole; `yaml` is its text as it was written, null where an older release did not keep it."""
    return {**head(one, workspace), "guideline": dict(one.guideline), "yaml": one.source}


def difference(one: Difference) -> Json:
    """One thing that differs between two versions."""
    return asdict(one)


def replay(one: Replay, findings: Findings) -> Json:
    """A replay: how it stands, its counts, and what it could not know."""
    return {
        "id": one.id,
        "state": one.state.value,
        "version": one.draft.guideline,
        "against": one.active.guideline,
        "classifier": one.draft.classifier,
        "classifier_against": one.active.classifier,
        "correction": one.draft.correction,
        "correction_against": one.active.correction,
        "since": shapes.time(one.since),
        "until": shapes.time(one.until),
        "ended_at": shapes.time(one.ended_at),
        "usable_until": shapes.time(None if one.ended_at is None else one.ended_at + HOLDS_FOR),
        "kept_until": shapes.time(one.until + KEPT_FOR),
        "looked_at": findings.looked_at,
        "replayed": findings.replayed,
        "changed": findings.changed,
        "changes": dict(findings.changes),
        "clauses": dict(findings.clauses),
        "left_out": dict(findings.left_out),
        "otherwise_then": findings.otherwise_then,
        "facts_of_today": {"messages": findings.facts_of_today, "of_every_message": list(FACTS_OF_TODAY)},
        "load": {"against": _load(findings.before), "version": _load(findings.after)},
        "events": shapes.events(one.events),
    }


def changed(one: Changed) -> Json:
    """One decision that would change, with both rationales."""
    return {
        "interaction": one.interaction,
        "change": one.change,
        "clauses": list(one.clauses),
        "against": shapes.decision(one.before),
        "version": shapes.decision(one.after),
    }


def shadow(workspace: Workspace, part: Part, found: Disagreements | None) -> Json:
    """The shadow of a guideline (`version`) or of a correction (`correction`), null where there is none, and what it said
    otherwise than what is live (`against`)."""
    from chalicelib.services import shadowing

    return {
        "version" if part is shadowing.Part.GUIDELINE else "correction": None if found is None else found.shadow,
        "against": shadowing.live(workspace, part),
        "counts": {} if found is None else found.counts,
        "failed": 0 if found is None else found.failed,
        "examples": [] if found is None else [_example(one) for one in found.examples],
        "events": shapes.events(one for one in workspace.events if one.act == shadowing.ACTS[part]),
    }


def _example(one: Changed) -> Json:
    shown = changed(one)
    return {name: value for name, value in shown.items() if name != "version"} | {"shadow": shown["version"]}


def _load(one: Load) -> Json:
    return {"actions": dict(one.actions), "micro_usd": one.micro_usd}
