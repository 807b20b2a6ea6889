"""Reads one text: what it may be about, how strongly, where that stands, and in which language. Pure and total.

No text makes it raise; takes time linear in the text, of which it reads the first 10,000 code points. What it
hands on holds offsets, never a found value. Negation and quotation marks lower praise, never a risk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.domain.correction import Correction
from chalicelib.domain.guideline import READABLE
from chalicelib.domain.labels import Label, Signals
from chalicelib.domain.rationale import Evidence
from chalicelib.signals import (
    correcting,
    danger_rules,
    features,
    intent_rules,
    judging,
    legal_rules,
    offence_rules,
    self_harm_rules,
    table,
)
from chalicelib.signals.plain import Plain, fold, hides
from chalicelib.signals.privacy import personal
from chalicelib.signals.rule import Dispatch
from chalicelib.signals.unmasking import unmask

RULES: Final = "rules-11"
"""Names these rules in every decision, beside the table's id. It changes whenever one of them does."""
MAX_READ: Final = 10_000
"""Code points; longer than any post on a platform that has a connector."""
REGIONS: Final = ("US", "GB")

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_QUOTED = re.compile(r'"[^"\n]{3,400}"|^>', re.MULTILINE)
_MOST_EVIDENCE: Final = 20
_LINK_BAIT: Final = 300
_DISPATCH: Final = Dispatch(
    self_harm_rules.RULES
    + danger_rules.THREAT
    + danger_rules.CRISIS
    + legal_rules.RULES
    + offence_rules.RULES
    + intent_rules.RULES
)


def read(
    text: str,
    *,
    regions: Sequence[str] = REGIONS,
    correction: Correction | None = None,
    learnt: table.Table | None = None,
) -> Signals:
    """What is in a text. Raises TableUnreadable where the shipped table cannot be read.

    regions: ISO codes of the countries whose phone numbers are known without a country code. correction: what the workspace's
    people taught; one that was fitted over another table says nothing. learnt: another table than the shipped one, for measuring.
    """
    complete = len(text) <= MAX_READ
    folded = fold(text[:MAX_READ])
    said = unmask(without_addresses(folded.text))
    words = _WORD.findall(said)
    found = _by_rules(folded, said, words, regions)
    rules = _strongest(found)
    learnt, tokens = learnt or table.shipped(), features.tokens(said)
    judgement = learnt.judge(tokens, rules)
    raised, p_auto = judging.raised(judgement, rules), judging.p_auto(judgement, rules, tokens)
    if correction is not None and correction.base != learnt.id:
        correction = None
    if correction is not None:
        judgement = correcting.corrected(correction, judgement, rules, tokens)
        before = raised, p_auto
        raised, p_auto = judging.raised(judgement, rules), judging.p_auto(judgement, rules, tokens)
        found += correcting.marks(correction, before[0], raised, (before[1], p_auto))
    for mark in judging.reasons(learnt, said, raised):
        start, end = _received(folded.starts, mark.start, mark.end)
        found.append(replace(mark, start=start, end=end))
    # With its accents and scripts, which are what is folded away.
    told = (learnt.languages or table.shipped_languages()).tell(without_addresses(text[:MAX_READ].lower()), READABLE)
    return Signals(
        labels=rules | raised,
        evidence=tuple(sorted(found, key=lambda mark: -mark.permille)[:_MOST_EVIDENCE]),
        language=told.language,
        likeliest=told.likeliest,
        likely=told.permille,
        classifier=classifier(learnt) + (f"+{correction.id}" if correction else ""),
        plain=folded.text,
        starts=folded.starts,
        complete=complete,
        p_auto=p_auto,
        p_risky=judging.p_risky(judgement, rules),
        familiar=judgement.familiar,
        hides=hides(text[:MAX_READ]),
    )


def classifier(learnt: table.Table | None = None) -> str:
    """Names what reads: these rules and the table. Raises TableUnreadable where the shipped one cannot be read."""
    return f"{RULES}+{(learnt or table.shipped()).name}"


def by_rules(text: str) -> dict[Label, int]:
    """What the rules alone say of a text, permille per label: an input of the learnt table."""
    folded = fold(text[:MAX_READ])
    said = unmask(without_addresses(folded.text))
    return _strongest(_by_rules(folded, said, _WORD.findall(said), REGIONS))


def _by_rules(folded: Plain, said: str, words: Sequence[str], regions: Sequence[str]) -> list[Evidence]:
    found: list[Evidence] = []
    straight = intent_rules.without_kind_turns(said)
    _risks_and_intents(folded, said, straight, words, found)
    for one in personal(folded.flat, regions):
        start, end = _received(folded.flat_starts, one.start, one.end)
        found.append(Evidence(Label.PRIVACY.value, f"privacy:{one.kind}", one.permille, start, end))
    _wants(said, words, words if straight == said else _WORD.findall(straight), found)
    return found


def _strongest(found: Sequence[Evidence]) -> dict[Label, int]:
    labels: dict[Label, int] = {}
    for mark in found:
        label = Label(mark.label)
        labels[label] = max(labels.get(label, 0), mark.permille)
    return labels


def _risks_and_intents(folded: Plain, said: str, straight: str, words: Sequence[str], found: list[Evidence]) -> None:
    for rule in _DISPATCH.candidates(words):
        if match := rule.search(straight if rule.label is Label.COMPLAINT else said):
            start, end = _received(folded.starts, *match.span())
            found.append(Evidence(rule.label.value, rule.name, rule.permille, start, end))
    if self_harm_rules.despair(words):
        found.append(Evidence(Label.SELF_HARM.value, "self-harm:despair-together", self_harm_rules.DESPAIR))
    for part in offence_rules.EMBEDDED:
        at = folded.text.find(part)
        if at >= 0:
            start, end = _received(folded.starts, at, at + len(part))
            found.append(Evidence(Label.INSULT.value, "insult:embedded", 700, start, end))
            break
    links = sum(1 for _ in intent_rules.LINK.finditer(folded.text))
    if links:
        bait = links > 2 or any(mark.label == Label.SPAM.value for mark in found)
        found.append(Evidence(Label.SPAM.value, "spam:links", 900 if bait else _LINK_BAIT))


def _wants(said: str, words: Sequence[str], straight: Sequence[str], found: list[Evidence]) -> None:
    """Praise and questions, about the text as a whole."""
    if kind := intent_rules.praise(said, words, straight):
        quoted = _QUOTED.search(said) is not None
        found.append(Evidence(Label.PRAISE.value, "praise:words", min(kind, intent_rules.WEAK) if quoted else kind))
    if asks := intent_rules.question(said, words):
        found.append(Evidence(Label.QUESTION.value, "question:form", asks))


def without_addresses(text: str) -> str:
    """The text with handles and links blanked out, at the same offsets: they are addresses, not words."""
    for sign, pattern in (("@", intent_rules.HANDLE), (".", intent_rules.LINK)):
        if sign in text:
            text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _received(starts: Sequence[int] | None, start: int, end: int) -> tuple[int, int]:
    """Offsets into the text as received."""
    return (start, end) if starts is None or start == end else (starts[start], starts[end - 1] + 1)
