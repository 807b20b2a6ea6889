"""Corrections and what they were learnt from, as the API shows them: ids, counts and roles, never a word or a name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.api import shapes
from chalicelib.domain.correction import Correction, HeadCorrection, Report
from chalicelib.domain.lesson import Lesson
from chalicelib.domain.workspace import Workspace
from chalicelib.services import readers
from chalicelib.store.corrections import Kept

Json = dict[str, Any]


def head(one: Kept, workspace: Workspace) -> Json:
    """A correction in a list: whether it is in force or a shadow, what it was learnt from, and who kept it, when and why.

    `objection`: why it says nothing with this release; null where it does.
    """
    return {
        "id": one.correction.id,
        "active": one.correction.id == workspace.correction,
        "shadow": one.correction.id == workspace.correction_shadow,
        "table": one.correction.base,
        "objection": readers.objection(one.correction),
        "report": _report(one.report),
        "events": shapes.events(one.events),
    }


def correction(one: Kept, workspace: Workspace) -> Json:
    """A correction whole: each head with its shift and slope (thousandths of a logit), and how many words it weighs."""
    return {**head(one, workspace), "heads": _heads(one.correction)}


def lesson(one: Lesson) -> Json:
    """One decision that a correction was learnt from, or tried on (`held_out`)."""
    return {
        "interaction": one.interaction,
        "revision": one.revision,
        "decision": one.decision,
        "role": one.role,
        "at": shapes.time(one.at),
        "guideline": one.guideline,
        "classifier": one.classifier,
        "taught": one.taught.value,
        "says": dict(one.says),
        "overturned": one.overturned,
        "held_out": one.tried,
    }


def in_force(workspace: Workspace) -> Json:
    """Which correction is in force, which were before, and who changed that, when and why."""
    acts = {"activate_correction", "roll_back_correction"}
    return {
        "correction": workspace.correction,
        "before": [one or None for one in workspace.corrections_before],
        "events": shapes.events(one for one in workspace.events if one.act in acts),
    }


def _heads(one: Correction) -> Json:
    def shown(each: HeadCorrection) -> Json:
        return {"shift": each.shift, "slope": each.slope, "words": len(each.words), "careful": each.careful}

    return {name: shown(each) for name, each in one.heads.items()}


def _report(one: Report) -> Json:
    return {
        **{name: value for name, value in asdict(one).items() if name not in {"since", "until", "learnt"}},
        "since": shapes.time(one.since),
        "until": shapes.time(one.until),
        "learnt": {name: {"more_care": more, "less_care": less} for name, (more, less) in one.learnt.items()},
    }
