"""Training: same data, same bytes; what is read at run time is what was trained; eight bits lose what they may."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from chalicelib.signals import language, table
from chalicelib.signals.features import BUCKETS
from chalicelib.signals.table import Table, TableUnreadable
from local.cli import main
from local.training import benchmark_plans, building, linear
from local.training.card import card
from local.training.design import design, said
from local.training.heads import HEADS, JUDGED
from local.training.sources import SOURCES, Example

HAD = ("sms_spam", "vader_amazon")
PLAN = replace(building.SHIPPED, sources={name: SOURCES[name] for name in HAD})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "tier_a"
    folder.mkdir()

    def put(name: str, lines: list[str]) -> None:
        with gzip.open(folder / f"{name}.tsv.gz", "wt", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")

    parts = ["train"] * 6 + ["dev", "test", "overlap"]
    put("vader_lexicon", ["text\tmean", "lovely\t2.8", "awful\t-2.0"])
    put(
        "sms_spam",
        ["text\tlabel\tsplit"]
        + [
            f"{'win a prize now' if at % 2 else 'see you at the bus'} {at}\t{('ham', 'spam')[at % 2]}\t{parts[at % 9]}"
            for at in range(90)
        ],
    )
    put(
        "vader_amazon",
        ["text\tmean\tsplit"]
        + [
            f"{('awful', 'lovely')[at % 2]} lamp number {at}\t{(-2.0, 2.0)[at % 2]}\t{parts[at % 9]}"
            for at in range(90)
        ],
    )
    said = {
        "de": (
            "wann macht ihr am Morgen auf",
            "das Fahrrad steht noch vor der Werkstatt",
            "ich habe den Schlüssel verloren",
        ),
        "en": ("when do you open in the morning", "the bike still stands before the shop", "I have lost the key"),
        "uk": ("коли ви відчиняєте вранці", "велосипед ще стоїть перед майстернею", "я загубила ключ"),
    }
    put(
        "tatoeba_langs",
        ["text\tlang\tsplit"]
        + [f"{texts[at % 3]} {at}\t{code}\t{parts[at % 9]}" for code, texts in said.items() for at in range(90)],
    )
    return folder.parent


@pytest.fixture(scope="module")
def built(data: Path) -> building.Built:
    return _build(data)


def _build(data: Path) -> building.Built:
    return building.build(building.prepare(data, lambda _: None, PLAN), lambda _: None, epochs=1)


def test_the_same_data_gives_the_same_file(data: Path, built: building.Built) -> None:
    assert _build(data).file == built.file


def test_what_tells_languages_changes_nothing_of_the_other_heads(data: Path, built: building.Built) -> None:
    without = building.build(
        building.prepare(data, lambda _: None, replace(PLAN, languages=False)), lambda _: None, epochs=1
    )
    assert built.file.startswith(without.file)
    assert built.tongues is not None
    assert built.file == without.file + built.tongues.section
    assert Table(built.file).id == Table(without.file).id != Table(built.file).name


def test_it_tells_the_languages_that_it_is_shown(built: building.Built) -> None:
    tells = Table(built.file).languages
    assert tells is not None
    assert tells.codes == ("de", "en", "uk")
    for text, code in {
        "wann steht ihr vor der Werkstatt": "de",
        "do you open the shop": "en",
        "я загубила велосипед": "uk",
    }.items():
        assert tells.tell(text, ("en",)).language == code
    assert tells.tell("do you open the shop, wann steht ihr vor der Werkstatt", ("en",)).language != "en"


def test_what_is_told_are_the_chances_that_were_learnt(built: building.Built) -> None:
    assert built.tongues is not None
    tells = Table(built.file).languages
    assert tells is not None
    section, width = built.tongues.section, len(tells.codes)
    rows = np.frombuffer(section[-language.BUCKETS * width :], np.int8).reshape(language.BUCKETS, width)
    weights = linear.expanded(rows, np.array(tells._tops, np.float32) * 127 * 127)
    for text in ("ich habe the key, the key", "велосипед"):
        buckets = [bucket for word in language.words_of(text) for bucket in language.grams(word)]
        wanted = weights[buckets].sum(0) / np.sqrt(len(buckets))
        sums = [tells._sum(word) for word in language.words_of(text)]
        number, count = sum(one for one, _ in sums), sum(one for _, one in sums)
        assert tells.logits(number, count) == pytest.approx(wanted.tolist(), abs=1e-3)


def test_the_card_owes_each_source_of_the_languages_too(built: building.Built, data: Path) -> None:
    (data / "counts.json").write_text('{"tatoeba_langs": {"commit": "74bc6ae7ffaa"}}')
    told = card(built, "12345678", data)
    assert "| tatoeba_langs | 210 | CC BY 2.0 FR |" in told
    assert "| uk | 10 | 1.000 | 0.000 |" in told


def test_only_train_and_dev_rows_are_learnt_from(data: Path) -> None:
    texts = {one.text for one in building.gather(data, PLAN)}
    assert "see you at the bus 6" in texts  # dev
    assert "win a prize now 7" not in texts  # test
    assert "see you at the bus 8" not in texts  # overlap


def test_reading_gives_the_logits_that_were_trained(built: building.Built) -> None:
    learnt = Table(built.file)
    texts = ["a lovely lamp, thank you", "win a prize now", "an awful lamp"]
    heads = built.file.removesuffix(built.tongues.section if built.tongues else b"")
    blocks = np.frombuffer(heads[-2 * BUCKETS * len(HEADS) :], np.int8).reshape(2, BUCKETS, len(HEADS))
    tops, bias = np.array(learnt._tops, np.float32) * 127 * 127, np.array(learnt._bias, np.float32)
    weights = linear.Linear(linear.expanded(blocks[0], tops), linear.expanded(blocks[1], tops), bias)
    trained = weights.logits(design([Example(text, "x", "dev", {}) for text in texts], lambda _: None))
    for text, wanted in zip(texts, trained, strict=True):
        assert learnt.logits(said(text)) == pytest.approx(wanted.tolist(), abs=1e-3)


def test_it_learns_what_it_is_shown(built: building.Built) -> None:
    learnt = Table(built.file)
    spam = HEADS.index("spam")
    assert learnt.logits(said("win a prize now"))[spam] > learnt.logits(said("see you at the bus"))[spam] + 1
    assert set(learnt.judge(said("a lovely lamp"), {}).chances) == set(JUDGED)


def test_eight_bits_lose_no_more_than_half_a_step() -> None:
    weights = np.random.default_rng(3).normal(0, 1, (4000, 3)).astype(np.float32)
    weights[0] = 40
    top = np.abs(weights).max(0)
    lost = np.abs(linear.expanded(linear.companded(weights, top), top) - weights)
    steps = np.sqrt(np.abs(weights) / top) * 127
    assert (lost <= top * (steps + 0.3) / 127**2 + 1e-5).all()


def test_a_folder_without_the_sets_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["train", "--data", str(tmp_path), "--out", str(tmp_path / "t.bin")])
    assert result.exit_code == 1
    assert "tier_a" in result.output


def test_a_source_that_is_left_out_teaches_nothing(data: Path) -> None:
    ready = building.prepare(data, lambda _: None, PLAN)
    without = Table(building.build(ready, lambda _: None, leave_out=["sms_spam"], epochs=1).file)
    assert not without.judge(said("prize"), {}).familiar
    assert Table(building.build(ready, lambda _: None, epochs=1).file).judge(said("prize"), {}).familiar


def test_what_was_built_for_measuring_never_reads_a_message(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    ready = building.prepare(data, lambda _: None, replace(PLAN, tiers="A and B"))
    path = tmp_path / "table.bin"
    path.write_bytes(building.build(ready, lambda _: None, epochs=1).file)
    assert Table.load(path).tiers == "A and B"
    monkeypatch.setattr(table, "SHIPPED", path)
    table.shipped.cache_clear()
    request.addfinalizer(table.shipped.cache_clear)
    with pytest.raises(TableUnreadable, match="for measuring"):
        table.shipped()


def test_a_plan_of_intents_learns_to_tell_them(tmp_path: Path) -> None:
    (tmp_path / "tier_a").mkdir()
    words = {"a_card": "my card is lost", "b_rate": "which rate do you give", "oos": "who won the cup"}
    parts = ["train"] * 8 + ["dev", "test"]
    lines = [f"{text} {at}\t{name}\t{parts[at % 10]}" for at in range(100) for name, text in words.items()]
    with gzip.open(tmp_path / "tier_a" / "clinc150.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(["text\tintent\tsplit", *lines]) + "\n")
    with gzip.open(tmp_path / "tier_a" / "vader_lexicon.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("text\tmean\nlost\t-1.3\n")
    plan = benchmark_plans.of_intents(tmp_path, "clinc150")
    assert plan.heads == ("a_card", "b_rate")
    learnt = Table(building.build(building.prepare(tmp_path, lambda _: None, plan), lambda _: None).file)
    judged = learnt.judge(said("my card is lost 3"), {})
    assert judged.chances["a_card"] > judged.chances["b_rate"]
    assert judged.p_auto == 0
