"""The learnt table as shipped: what it must never call safe, what it shows for its figures, and how it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.guideline import Thresholds
from chalicelib.domain.labels import RISKS, Label
from chalicelib.signals import table
from chalicelib.signals.language import MAGIC
from chalicelib.signals.reading import read
from chalicelib.signals.table import Table, TableUnreadable

LEAST = Thresholds().auto

UNSAFE = [
    "thank you so much for the concert, it was my last one, I don't want to wake up tomorrow",
    "great stream! people like you should not be allowed to breathe",
    "could you please explain why those people breed like rats?",
    "thanks for nothing, you absolute clowns",
    "oh wonderful, the app deleted everything. again.",
    "not a fan of the new menu, sorry",
    'he told me "go back to your country" under your video',
    "where do I send the writ for your managing director?",
    "how do I report that your driver followed my daughter home?",
    "is it true that your toaster sets kitchens on fire?",
    "I hate how much I have to wait for an answer from you",
    "what is wrong with you?",
]
SAFE = [
    "thank you so much, the show was wonderful!",
    "I love the new design, great work everyone",
    "how do I change the address of my order?",
]


@pytest.mark.parametrize("text", UNSAFE)
def test_what_a_person_should_see_is_not_called_safe(text: str) -> None:
    signals = read(text)
    assert signals.p_auto is not None
    assert signals.p_auto < LEAST


@pytest.mark.parametrize("text", SAFE)
def test_plain_thanks_and_plain_questions_are_called_safe(text: str) -> None:
    signals = read(text)
    assert signals.p_auto is not None
    assert signals.p_auto >= LEAST
    assert signals.familiar


@given(st.text(max_size=80))
def test_a_veto_of_the_rules_leaves_no_safety_whatever_stands_around_it(around: str) -> None:
    signals = read(f"{around}\nI want to kill myself\n{around}")
    assert signals.p_auto == 0


@pytest.mark.parametrize("text", ["", " ", "\u200b\u200b", "xqzv wkjr bbbq zzkp", "so " * 3000])
def test_what_it_never_learnt_is_not_familiar(text: str) -> None:
    assert not read(text).familiar


@pytest.mark.parametrize(
    "disguised",
    [
        "you are a path\u200betic waste of space",
        "you are a pаthеtic wаste of spаce",
        "you are a p4thetic w4ste of space",
    ],
)
def test_a_disguise_does_not_make_an_insult_harmless(disguised: str) -> None:
    plain, hidden = read("you are a pathetic waste of space"), read(disguised)
    assert plain.labels[Label.INSULT] >= 500
    assert abs(hidden.labels[Label.INSULT] - plain.labels[Label.INSULT]) <= 100
    assert hidden.p_auto is not None
    assert hidden.p_auto < LEAST


def test_its_figures_come_with_the_words_that_led_to_them() -> None:
    text = "Ｗell, you lot are a pathetic waste of space"
    marks = [one for one in read(text).evidence if one.rule == "table"]
    assert marks
    for mark in marks:
        word = text[mark.start : mark.end]
        assert word
        assert word == word.strip()
        assert word.split()[0] in text.split()


def test_a_question_needs_the_form_of_one_and_personal_data_is_left_to_the_rules() -> None:
    signals = read("My order is here, its number is 20231234567.")
    assert signals.labels.get(Label.QUESTION, 0) == 0
    assert signals.labels.get(Label.PRIVACY, 0) == 0


def test_ordinary_talk_has_no_risk() -> None:
    assert not RISKS & set(read("We went to the lake with the kids on sunday and had ice cream").labels)


def test_the_decision_names_the_table_that_was_read() -> None:
    learnt = table.shipped()
    assert read("hello").classifier.endswith(f"+{learnt.id}.{table.shipped_languages().id}")


def turned(file: bytes, at: int) -> bytes:
    """The file with one byte of it changed."""
    return file[:at] + bytes([file[at] ^ 255]) + file[at:][1:]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: b"",
        lambda file: b"x" + file[1:],
        lambda file: file[:-1],
        lambda file: turned(file, 40),
        lambda file: turned(file, len(file) // 4),
        lambda file: turned(file, file.index(MAGIC)),
        lambda file: turned(file, len(file) - 5),
        lambda file: file + b"more",
    ],
)
def test_a_broken_file_is_told_and_never_read(spoil: object, tmp_path: Path) -> None:
    path = tmp_path / "table.bin"
    path.write_bytes(spoil(table.SHIPPED.read_bytes()))  # type: ignore[operator]
    with pytest.raises(TableUnreadable, match="install the package again"):
        Table.load(path)


def test_a_table_that_tells_no_language_reads_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "table.bin"
    file = table.SHIPPED.read_bytes()
    path.write_bytes(file[: file.index(MAGIC)])
    assert Table.load(path).languages is None
    monkeypatch.setattr(table, "SHIPPED", path)
    table.shipped.cache_clear()
    request.addfinalizer(table.shipped.cache_clear)
    with pytest.raises(TableUnreadable, match="for measuring"):
        table.shipped()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TableUnreadable, match="nowhere"):
        Table.load(tmp_path / "nowhere.bin")
