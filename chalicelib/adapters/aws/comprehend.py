"""Second reader on AWS: Amazon Comprehend, which tells insults, hate, threats and personal data apart, in English only.

It is no model that could be talked to, so a text cannot give it orders; it knows nothing of self-harm, crises or law, and its
mood of a text is not asked for, since no risk follows from that.
https://docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectToxicContent.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from chalicelib.adapters.aws import calls
from chalicelib.ports import Answer, EngineUnusable, NotHeard, Question

ASKED_AS: Final = "1"
"""Version of what is made of its answers."""
PATIENCE: Final = 4
"""Seconds until one of its two answers is given up."""

UNIT: Final = 100
"""Characters that are paid for as one; the least is three of them."""
LEAST_UNITS: Final = 3
UNIT_MICRO_USD: Final = 100
"""$0.0001, the dearest rate of https://aws.amazon.com/comprehend/pricing/ as of 2026-11-27; looking for personal data is
cheaper, and is counted as if it were not."""
CALLS: Final = 2

SEGMENT_BYTES: Final = 1_000
MOST_SEGMENTS: Final = 10
"""What one request takes."""

TOXIC: Final = {
    "INSULT": "insult",
    "HARASSMENT_OR_ABUSE": "insult",
    "HATE_SPEECH": "hate",
    "VIOLENCE_OR_THREAT": "threat",
}
"""Which label follows from which kind. Profane, graphic and sexual speech is no risk by itself; the guideline may name words."""

HARMLESS: Final = frozenset({"AGE", "DATE_TIME", "NAME", "URL", "USERNAME"})
"""Kinds of personal data that ordinary messages hold."""


class ComprehendReader:
    """ports.SecondReader over Comprehend."""

    labels = frozenset({"insult", "hate", "threat", "privacy"})
    name = f"comprehend:#{ASKED_AS}"

    def __init__(self, region: str = "", client: Any = None) -> None:
        """client: a boto3 "comprehend" client that tries once."""
        self._region, self._given = region, client

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("comprehend", attempts=1, region=self._region, patience=PATIENCE)

    def price(self, question: Question) -> int:
        """What both requests cost. Raises NotHeard where it does not read the language, or not the whole text."""
        if question.language != "en":
            raise NotHeard("it reads English only")
        parts = segments(question.text)
        if not 0 < len(parts) <= MOST_SEGMENTS:
            raise NotHeard("the text is too long for it" if parts else "there was nothing to read")
        # A segment may begin within a unit, and each is paid for by itself.
        units = sum(max(LEAST_UNITS, -(-len(one) // UNIT)) for one in parts)
        whole = max(LEAST_UNITS, -(-len(question.text) // UNIT))
        return (units + whole) * UNIT_MICRO_USD

    def ask(self, question: Question) -> Answer:
        """Ask for both, once. Raises NotHeard."""
        parts = [{"Text": one} for one in segments(question.text)]
        try:
            toxic = self._client.detect_toxic_content(TextSegments=parts, LanguageCode="en")
            personal = self._client.contains_pii_entities(Text=question.text, LanguageCode="en")
        except calls.FAILURES as error:
            raise NotHeard(calls.not_heard(error)) from error
        except EngineUnusable as error:
            raise NotHeard("no client for it could be made") from error
        if len(toxic.get("ResultList", [])) != len(parts) or "Labels" not in personal:
            raise NotHeard("its answer was not given as agreed")
        figures = dict.fromkeys(question.labels, 0)
        found = [(TOXIC.get(name), score) for name, score in _toxic(toxic)]
        found += [("privacy", score) for name, score in _scores(personal) if name not in HARMLESS]
        for label, score in found:
            if label in figures:
                figures[label] = max(figures[label], _permille(score))
        return Answer(
            figures, "risk" if any(one >= 500 for one in figures.values()) else "no_risk", self.price(question)
        )


def segments(text: str) -> list[str]:
    """A text in pieces of at most 1 KB, no character cut in two."""
    found: list[str] = []
    piece, size = "", 0
    for character in text:
        width = len(character.encode("utf-8", "surrogatepass"))
        if size + width > SEGMENT_BYTES:
            found.append(piece)
            piece, size = "", 0
        piece, size = piece + character, size + width
    return [one for one in (*found, piece) if one.strip()]


def _toxic(said: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    for one in said.get("ResultList", []):
        yield from _scores(one)


def _scores(said: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    for one in said.get("Labels", []):
        yield str(one.get("Name", "")), float(one.get("Score", 0.0))


def _permille(score: float) -> int:
    """Whole permille of a score from 0 to 1."""
    return round(1000 * min(1.0, max(0.0, score)))
