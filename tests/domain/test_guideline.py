"""The guideline: which clauses fire, in both directions, and that a stored one comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidField
from chalicelib.domain.guideline import AUTOMATIC, Answers, Clause, Direction, Guideline, Thresholds, breaches
from chalicelib.domain.labels import Label, Signals, TriageAction
from chalicelib.domain.when import Around, AuthorTest, ThreadTest, TimeTest, When, fold_phrase
from connectors.moderation import UNDONE_BY, Moderation


def clause(name: str = "c", when: When | None = None, **fields: object) -> Clause:
    given = {
        "wording": "w",
        "applies_to": Direction.INCOMING,
        "when": when or When(labels={Label.INSULT: 500}),
        "action": TriageAction.REVIEW,
        "severity": 1,
        "reason": "r",
        **fields,
    }
    return Clause(id=name, **given)  # type: ignore[arg-type]


def guideline(*clauses: Clause, **fields: object) -> Guideline:
    return Guideline(version="v1", name="n", languages=("en",), clauses=clauses, **fields)  # type: ignore[arg-type]


def signals(plain: str = "", starts: list[int] | None = None, **labels: int) -> Signals:
    return Signals({Label(name): value for name, value in labels.items()}, (), "en", "t", plain=plain, starts=starts)


def fired(one: Guideline, read: Signals, kind: str = "mention", platform: str = "x") -> list[str]:
    return [hit.clause.id for hit in one.fired(read, kind=kind, platform=platform)]


def test_a_label_fires_from_its_threshold_on() -> None:
    assert fired(guideline(clause()), signals(insult=500)) == ["c"]
    assert fired(guideline(clause()), signals(insult=499)) == []


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("please refund me", True),
        ("REFUND me".lower(), True),
        ("refund, me!", True),
        ("refunded me", False),
        ("a prefund me", False),
        ("refund to me", False),
        ("", False),
    ],
)
def test_a_phrase_fires_on_whole_words_only(text: str, fires: bool) -> None:
    one = guideline(clause(when=When(phrases=("refund me",))))
    assert bool(fired(one, signals(text))) is fires


def test_a_phrase_tells_where_it_stands_in_the_text_as_received() -> None:
    one = guideline(clause(when=When(phrases=("b c",))))
    # received: "A <zero-width> B, C": the zero-width character and one blank are gone in the plain form
    (hit,) = one.fired(signals("a b, c", [0, 1, 4, 5, 6, 7]))
    assert (hit.evidence[0].start, hit.evidence[0].end) == (4, 8)
    assert hit.evidence[0].label == "c"
    assert hit.permille == 1000


def test_kind_and_platform_narrow_a_clause() -> None:
    one = guideline(clause(when=When(labels={Label.INSULT: 500}, kinds=("reply",), platforms=("reddit",))))
    assert fired(one, signals(insult=900), "reply", "reddit") == ["c"]
    assert fired(one, signals(insult=900), "mention", "reddit") == []
    assert fired(one, signals(insult=900), "reply", "x") == []


def test_one_guideline_serves_both_directions() -> None:
    one = guideline(
        clause("in"), clause("out", applies_to=Direction.OUTGOING), clause("both", applies_to=Direction.BOTH)
    )
    assert fired(one, signals(insult=900)) == ["in", "both"]
    assert [broken.id for broken in breaches(one, signals(insult=900))] == ["out", "both"]
    assert breaches(one, signals()) == ()


def test_a_record_from_before_there_was_a_table_gets_the_default() -> None:
    record = guideline(clause("a", When({Label.THREAT: 700}))).to_record()
    del record["thresholds"]["auto"]
    assert Guideline.from_record(record).thresholds == Thresholds()


def test_a_guideline_comes_back_from_its_record() -> None:
    one = guideline(
        clause("a", When({Label.THREAT: 700}, ("b c",), ("reply",), ("x",)), must_match=("m",), must_not_match=("n",)),
        clause("b", When({Label.PRAISE: 800}), action=TriageAction.ANSWER, severity=0),
        answers=Answers({Label.PRAISE: "praise"}, 12, 5, "This is an automatic reply."),
        thresholds=Thresholds(150, 950),
    )
    assert Guideline.from_record(json.loads(json.dumps(one.to_record()))) == one


@pytest.mark.parametrize("action", [TriageAction.IGNORE, TriageAction.ANSWER])
def test_nothing_mild_may_follow_from_a_risk(action: TriageAction) -> None:
    with pytest.raises(InvalidField, match="risk"):
        clause(when=When(labels={Label.INSULT: 100}), action=action)


@pytest.mark.parametrize(
    "when", [When(labels={Label.SPAM: 500}), When(labels={Label.COMPLAINT: 500}), When(phrases=("hello",))]
)
def test_an_answer_follows_from_an_answerable_intent_only(when: When) -> None:
    with pytest.raises(InvalidField, match="answer"):
        clause(when=when, action=TriageAction.ANSWER)


def test_figures_out_of_bounds_are_refused() -> None:
    for make in (
        lambda: clause(when=When(labels={Label.INSULT: 0})),
        lambda: clause(when=When(labels={Label.INSULT: 1001})),
        lambda: clause(severity=4),
        lambda: Clause("c", "w", Direction.BOTH, When(), TriageAction.REVIEW, 0, "r"),
        lambda: Thresholds(0),
        lambda: Thresholds(501),
        lambda: Answers({Label.COMPLAINT: "praise"}),
        lambda: Answers(window_hours=0),
        lambda: guideline(clause("a"), clause("a")),
    ):
        with pytest.raises(InvalidField):
            make()


def test_a_reply_that_does_not_say_it_is_automatic_is_refused() -> None:
    with pytest.raises(InvalidField, match="automatic"):
        Answers(honest="Warm regards from the whole team.")


def test_a_language_whose_risks_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidField, match="cannot be read"):
        Guideline(version="v", name="n", languages=("en", "de"), clauses=(clause(),))


def test_a_phrase_is_folded_to_its_words() -> None:
    assert fold_phrase("  don't,  stop! ") == "don't stop"


# --- what is known around a text -------------------------------------------------------------------------------------

SATURDAY = datetime(2026, 11, 28, 22, 30, tzinfo=UTC)


def fires(action: TriageAction, around: Around, at: datetime | None = SATURDAY, **when: Any) -> bool:
    asked = {"phrases": ("hello",), **when}
    moderate = "hide" if action is TriageAction.MODERATE else None
    one = Clause("c", "w", Direction.INCOMING, When(**asked), action, 0, "r", moderate=moderate)
    guideline = Guideline("v", "n", ("en",), (one,))
    text = Signals({}, (), "en", "t", plain="hello there")
    return bool(guideline.fired(text, kind="reply", platform="x", around=around, at=at))


@pytest.mark.parametrize(
    ("when", "so", "not_so"),
    [
        ({"author": AuthorTest(first_message=True)}, Around(first_message=True), Around(first_message=False)),
        ({"author": AuthorTest(known_less_than_days=7)}, Around(known_days=6), Around(known_days=7)),
        ({"author": AuthorTest(ruled_against_at_least=2)}, Around(ruled_against=2), Around(ruled_against=1)),
        ({"thread": ThreadTest(human_touched=False)}, Around(human_touched=False), Around(human_touched=True)),
        ({"thread": ThreadTest(heat_at_least=450)}, Around(heat=450), Around(heat=449)),
        ({"thread": ThreadTest(messages_at_least=5)}, Around(messages=5), Around(messages=4)),
        ({"accounts": ("a1",)}, Around(account="a1"), Around(account="a2")),
        ({"communities": ("games",)}, Around(community=" Games"), Around(community="other")),
        ({"time": TimeTest((5,), 18 * 60, 8 * 60)}, Around(zone="UTC"), Around(zone="Asia/Tokyo")),
        ({"time": TimeTest((), 22 * 60, 23 * 60)}, Around(zone="UTC"), Around(zone="Europe/Berlin")),
    ],
)
def test_a_circumstance_restricts_what_the_words_alone_would_do(
    when: dict[str, Any], so: Around, not_so: Around
) -> None:
    for action in (TriageAction.REVIEW, TriageAction.MODERATE):
        assert fires(action, so, **when)
        assert not fires(action, not_so, **when)
        assert not fires(action, so, phrases=("goodbye",), **when)
    # What nobody knows keeps nothing from a person, and lets nothing be done without one.
    assert fires(TriageAction.REVIEW, Around(), **when)
    assert not fires(TriageAction.MODERATE, Around(), **when)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"action": TriageAction.IGNORE, "when": When(author=AuthorTest(ruled_against_at_least=1))}, "/when/author"),
        ({"action": TriageAction.IGNORE, "when": When(thread=ThreadTest(heat_at_least=1))}, "/when/thread"),
        ({"action": TriageAction.MODERATE}, "/moderate"),
        ({"moderate": "hide"}, "/moderate"),
        ({"action": TriageAction.MODERATE, "moderate": "ban"}, "/moderate"),
        ({"action": TriageAction.MODERATE, "moderate": "hide", "when": When(kinds=("community",))}, "/when"),
        ({"action": TriageAction.MODERATE, "moderate": "hide", "when": When({Label.THREAT: 900})}, "/when/labels"),
        ({"action": TriageAction.MODERATE, "moderate": "hide", "applies_to": Direction.BOTH}, "/applies_to"),
        ({"applies_to": Direction.BOTH, "when": When(phrases=("a",), time=TimeTest())}, "/when"),
        ({"when": When()}, "/when"),
    ],
)
def test_a_clause_that_could_harm_by_itself_cannot_be_made(changes: dict[str, Any], pointer: str) -> None:
    sound = Clause("c", "w", Direction.INCOMING, When(phrases=("a",)), TriageAction.REVIEW, 0, "r")
    with pytest.raises(InvalidField) as caught:
        replace(sound, **changes)
    assert caught.value.pointer == f"/clauses/c{pointer}"


def test_what_may_be_done_without_a_person_are_moderations_that_can_be_undone() -> None:
    assert {Moderation(one) for one in AUTOMATIC} < set(UNDONE_BY)


def test_every_circumstance_survives_storage() -> None:
    when = When(
        {Label.SPAM: 700},
        ("a b",),
        (r"t\.me/\w+",),
        ("reply",),
        ("x",),
        ("a1",),
        ("games",),
        ("en",),
        AuthorTest(first_message=True, known_less_than_days=3),
        ThreadTest(human_touched=False, messages_at_least=4),
        TimeTest((5, 6), 60, 120),
    )
    assert When.from_record(json.loads(json.dumps(when.to_record()))) == when
    assert When.from_record({"labels": {}, "phrases": ["a"], "kinds": [], "platforms": []}) == When(phrases=("a",))
