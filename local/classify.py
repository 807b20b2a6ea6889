"""`parley classify`: what would be decided about texts in a file, one JSON decision per line, with nothing stored or sent.

A line stands for itself: every line of the input has exactly one line of output, in its order, whatever the input holds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click

from local.options import plainly

if TYPE_CHECKING:
    from chalicelib.domain.guideline import Guideline
    from chalicelib.domain.labels import Signals
    from chalicelib.domain.triage import TriageDecision
    from chalicelib.signals.table import Table

Json = dict[str, Any]

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one line. A longer one is refused without being kept."""
KIND: Final = "mention"
"""What a message is taken for that does not say: something said to us."""


class Refused(ValueError):
    """This line holds no message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to classify. language: what its platform says, which may only make us more careful."""

    id: str | int
    text: str
    kind: str
    platform: str
    language: str | None


@click.command()
@click.option(
    "--file",
    "messages",
    type=click.File("rb"),
    required=True,
    help='JSON Lines: {"text": …}, and if you like "id", "kind", "platform", "language". "-": standard input.',
)
@click.option(
    "--guideline",
    "guideline_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of the guideline that decides (default: the starter).",
)
@plainly
def classify(messages: IO[bytes], guideline_file: Path | None) -> None:
    """Decide about each message of a file; print one JSON decision per line. Nothing is stored.

    Exit code 0: every line was decided. 1: some lines held no message; each has its "error" and "action": "review".
    """
    guideline = chosen(guideline_file)
    refused = 0
    for answer in answers(messages, guideline):
        refused += "error" in answer
        # ASCII only, so that half of a surrogate pair in an id cannot stop the output.
        sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    if refused:
        raise SystemExit(1)


def chosen(path: Path | None) -> Guideline:
    """The guideline of a file, or the starter. Raises InvalidGuideline with every fault's place."""
    import hashlib

    from chalicelib.services import guidelines_yaml

    text = guidelines_yaml.starter() if path is None else path.read_text(encoding="utf-8", errors="surrogateescape")
    version = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return guidelines_yaml.parse(text, version=version)


def answers(messages: IO[bytes], guideline: Guideline) -> Iterator[Json]:
    """One answer per line: a decision, or what is wrong with the line and that a person should look at it."""
    for number, line in enumerate(_lines(messages), start=1):
        try:
            yield decided(_message(line, number), guideline)
        except Refused as error:
            yield {
                "id": _id(line, number),
                "line": number,
                "error": str(error),
                "action": "review",
                "p_auto": 0.0,
            }


def decided(message: Message, guideline: Guideline, learnt: Table | None = None) -> Json:
    """The decision about one message, by the names of the API. learnt: another table than the shipped one, for measuring.

    p_risky and p_auto are shares (0 to 1). p_auto says how safe an automatic answer would be, whether or not the guideline
    has one for its intent; it is 0 where something in the text forbids one.
    """
    from datetime import UTC, datetime

    from chalicelib.domain.labels import INTENTS, Label
    from chalicelib.domain.rationale import Actor
    from chalicelib.domain.triage import ThreadFacts, decide, joint_risk
    from chalicelib.signals.reading import read

    signals = _doubted(read(message.text, learnt=learnt), message.language)
    decision = decide(
        guideline=guideline,
        signals=signals,
        facts=ThreadFacts(),
        actor=Actor.worker("classify"),
        now=datetime.now(UTC),
        kind=message.kind,
        platform=message.platform,
    )
    why = decision.rationale
    return {
        "id": message.id,
        "action": decision.action.value,
        "p_risky": (joint_risk(signals) if signals.p_risky is None else signals.p_risky) / 1000,
        "p_auto": _p_auto(guideline, signals, decision),
        "intents": {label.value: signals.labels[label] / 1000 for label in INTENTS if signals.labels.get(label)},
        "risks": {name: signals.labels[Label(name)] / 1000 for name in decision.risks},
        "clauses": list(why.clauses),
        "evidence": [
            {"label": one.label, "rule": one.rule, "permille": one.permille, "start": one.start, "end": one.end}
            for one in why.evidence
        ],
        "language": signals.language,
        "likeliest": signals.likeliest,
        "p_language": (signals.likely or 0) / 1000,
        "why": why.why,
        "classifier": decision.classifier,
        "guideline": decision.guideline,
    }


def _p_auto(guideline: Guideline, signals: Signals, decision: TriageDecision) -> float:
    """How safe an automatic answer would be. Without a learnt figure: how sure the intent is, and that there is no risk."""
    from chalicelib.domain.labels import ANSWERABLE, RISKS, Label
    from chalicelib.domain.triage import joint_risk

    spoken = signals.language in guideline.languages
    forbidden = any(
        clause.id in decision.rationale.clauses and (clause.when.phrases or not RISKS.isdisjoint(clause.when.labels))
        for clause in guideline.clauses
    )
    if (
        forbidden
        or not spoken
        or not signals.complete
        or signals.hides
        or signals.labels.get(Label.SPAM, 0) >= guideline.thresholds.low
    ):
        return 0.0
    if signals.p_auto is not None:
        return signals.p_auto / 1000
    wanted = max(signals.labels.get(label, 0) for label in ANSWERABLE)
    return wanted * (1000 - joint_risk(signals)) / 1_000_000


def _doubted(signals: Signals, told: str | None) -> Signals:
    """Signals whose language is not told where the platform says another one than was read."""
    if told is None or signals.language is None or told.lower().split("-")[0] == signals.language:
        return signals
    return replace(signals, language=None)


# --- lines -----------------------------------------------------------------------------------------------------------


def _lines(messages: IO[bytes]) -> Iterator[bytes]:
    """The lines without their ends; of a line that is too long only as much as shows that it is."""
    while line := messages.readline(MOST_BYTES + 1):
        rest = line
        while not rest.endswith(b"\n") and (rest := messages.readline(MOST_BYTES)):
            pass
        yield line.rstrip(b"\r\n")


def _message(line: bytes, number: int) -> Message:
    fields = _object(line, number)
    text = fields.get("text")
    if not isinstance(text, str):
        raise Refused('"text" is missing or is no text')
    others = {name: fields.get(name) for name in ("kind", "platform", "language")}
    if wrong := [name for name, value in others.items() if not (value is None or isinstance(value, str))]:
        raise Refused(f'"{wrong[0]}" must be text')
    return Message(
        id=_named(fields, number),
        text=text,
        kind=others["kind"] or KIND,
        platform=others["platform"] or "",
        language=others["language"] or None,
    )


def _object(line: bytes, number: int) -> Json:
    if len(line) > MOST_BYTES:
        raise Refused(f"the line is longer than {MOST_BYTES // 1024 // 1024} MB")
    try:
        fields = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        raise Refused("the line is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Refused("the line is not JSON") from None
    if not isinstance(fields, dict):
        raise Refused("the line is not a JSON object")
    return fields


def _id(line: bytes, number: int) -> str | int:
    try:
        return _named(_object(line, number), number)
    except Refused:
        return number


def _named(fields: Json, number: int) -> str | int:
    """What the message is called: its own id, else the number of its line."""
    own = fields.get("id")
    return own if isinstance(own, str | int) and not isinstance(own, bool) else number
