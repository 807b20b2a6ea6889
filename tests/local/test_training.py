"""Training: same data, same bytes; what is read at run time is what was trained; eight bits lose what they may."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from chalicelib.signals.features import BUCKETS
from chalicelib.signals.table import Table
from local.cli import main
from local.training import building, linear
from local.training.design import design, said
from local.training.heads import HEADS, JUDGED
from local.training.sources import SOURCES, Example

HAD = ("sms_spam", "vader_amazon")


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
    return folder.parent


@pytest.fixture(scope="module")
def built(data: Path) -> building.Built:
    return _build(data)


def _build(data: Path) -> building.Built:
    return building.build(data, lambda _: None, leave_out=[name for name in SOURCES if name not in HAD], epochs=1)


def test_the_same_data_gives_the_same_file(data: Path, built: building.Built) -> None:
    assert _build(data).file == built.file


def test_only_train_and_dev_rows_are_learnt_from(data: Path) -> None:
    texts = {one.text for one in building.gather(data, [name for name in SOURCES if name not in HAD])}
    assert "see you at the bus 6" in texts  # dev
    assert "win a prize now 7" not in texts  # test
    assert "see you at the bus 8" not in texts  # overlap


def test_reading_gives_the_logits_that_were_trained(built: building.Built) -> None:
    table = Table(built.file)
    texts = ["a lovely lamp, thank you", "win a prize now", "an awful lamp"]
    blocks = np.frombuffer(built.file[-2 * BUCKETS * len(HEADS) :], np.int8).reshape(2, BUCKETS, len(HEADS))
    tops, bias = np.array(table._tops, np.float32) * 127 * 127, np.array(table._bias, np.float32)
    weights = linear.Linear(linear.expanded(blocks[0], tops), linear.expanded(blocks[1], tops), bias)
    trained = weights.logits(design([Example(text, "x", "dev", {}) for text in texts], lambda _: None))
    for text, wanted in zip(texts, trained, strict=True):
        assert table.logits(said(text)) == pytest.approx(wanted.tolist(), abs=1e-3)


def test_it_learns_what_it_is_shown(built: building.Built) -> None:
    table = Table(built.file)
    spam = HEADS.index("spam")
    assert table.logits(said("win a prize now"))[spam] > table.logits(said("see you at the bus"))[spam] + 1
    assert set(table.judge(said("a lovely lamp"), {}).chances) == set(JUDGED)


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
