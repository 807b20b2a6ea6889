"""What the shape of the table reaches when it is trained for the purpose (bars T1, T2, T5). Needs numpy; nothing here ships.

Built tables are kept under `build/triage`, named by everything that they follow from: a second run only scores them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any, Final

from benchmarks.triage import stream
from benchmarks.triage.data import ROOT, Product, folder, rows
from benchmarks.triage.data import stream as messages
from chalicelib.signals import features
from chalicelib.signals.plain import fold
from chalicelib.signals.reading import by_rules, without_addresses
from chalicelib.signals.table import Table
from chalicelib.signals.unmasking import unmask
from local.training import benchmark_plans, building
from local.training.benchmark_plans import TASKS, head_of, labels_with_heads

KEPT: Final = ROOT / "build" / "triage"
LEFT_OUT: Final = (
    "convabuse",
    "davidson2017",
    "edos",
    "hatemoji_build",
    "openai_moderation",
    "presidio_synth",
    "synth_privacy",
    "synth_risk",
    "toxigen_human",
)
"""Tier A's sources with risky messages in the stream."""


def told(said: str) -> None:
    """Progress, on standard error."""
    print(f"{time.strftime('%H:%M:%S')}  {said}", file=sys.stderr, flush=True)


@dataclass(slots=True)
class Workshop:
    """Builds tables of one plan, each kept once built; what all of them share is read and hashed at most once."""

    name: str
    plan: building.Plan
    _ready: building.Prepared | None = field(default=None)

    def table(self, leave_out: Sequence[str] = ()) -> Table:
        """The table of the plan without some sources."""
        path = KEPT / f"{self.name}{''.join(f'-without-{one}' for one in leave_out)}-{_made_from()}.bin"
        if not path.exists():
            if self._ready is None:
                told(f"{self.name}: reading the labelled text")
                self._ready = building.prepare(folder(), told, self.plan)
            told(f"{self.name}: training{f' without {leave_out[0]}' if leave_out else ''}")
            built = building.build(self._ready, told, leave_out=leave_out)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(built.file)
        return Table.load(path)


_AFTER: Final = frozenset({"card.py", "commands.py", "judging.py", "masking.py", "automatic.py"})
"""What a table does not follow from: they come after it, or have nothing to do with it."""


@cache
def _made_from() -> str:
    """Names the code and data from which tables are built now."""
    digest = sha256((folder() / "counts.json").read_bytes())
    for room in ("local/training", "chalicelib/signals"):
        for path in sorted((ROOT / room).glob("*.py")):
            if path.name not in _AFTER:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


# --- one source left out ---------------------------------------------------------------------------------------------


def left_out(only: Sequence[str] = LEFT_OUT) -> dict[str, Any]:
    """FAR on each source by a table that was trained, calibrated and given its threshold without that source.

    The threshold is fixed on the stream's dev half, less the source, as for the stream itself; the risky messages of the source
    are those of both halves, none of which had a part in anything.
    """
    shop = Workshop("shipped", replace(building.SHIPPED, languages=False))
    every = messages()
    each: dict[str, Any] = {}
    for source in only:
        product = Product(shop.table([source]))
        told(f"left out: {source}")
        dev = [product.judged(row) for row in every if row["split"] == "dev" and row["source"] != source]
        least = stream.fixed(dev)
        own = [product.judged(row) for row in every if row["source"] == source and row["risky"]]
        each[source] = {
            "far": stream.share(sum(one.p_auto >= least for one in own), len(own)),
            "risky": len(own),
            "far_of_decisions": stream.share(sum(one.answered for one in own), len(own)),
            "threshold": round(least, 4),
        }
    rates = [one["far"] for one in each.values()]
    return {
        "left_out_far_mean": round(sum(rates) / len(rates), 4),
        "left_out_far_worst": max(rates),
        "left_out": each,
    }


# --- TweetEval -------------------------------------------------------------------------------------------------------

Pairs = list[tuple[str, str]]
"""What was said and what is true, per message."""


def tweeteval(every: int = 1) -> dict[str, Any]:
    """The five tasks' official metrics on their test rows, by the benchmark build (tiers A and B); cuts fixed on dev rows."""
    table = Workshop("tweets", benchmark_plans.TWEETS).table()
    found = {task: round(100 * _METRICS[task](_said(table, task, every)), 1) for task in TASKS}
    return {"tweeteval": {**found, "mean": round(sum(found.values()) / len(found), 2)}}


def _said(table: Table, task: str, every: int) -> Pairs:
    names = TASKS[task]
    told(f"TweetEval: {task}")
    if len(names) > 2:
        return [
            (max(names, key=lambda one: chances[head_of(task, one)]), row["label_name"])
            for row, chances in _chances(table, f"tier_b/tweeteval_{task}", "test", every)
        ]
    head, (no, yes) = head_of(task, labels_with_heads(task)[0]), names
    dev = [(one[head], row["label_name"]) for row, one in _chances(table, f"tier_b/tweeteval_{task}", "dev", every)]
    cuts = [cut / 40 for cut in range(4, 37)]

    def pairs(chances: Sequence[tuple[float, str]], cut: float) -> Pairs:
        return [(yes if chance >= cut else no, truth) for chance, truth in chances]

    best = max(cuts, key=lambda cut: _METRICS[task](pairs(dev, cut)))
    test = [(one[head], row["label_name"]) for row, one in _chances(table, f"tier_b/tweeteval_{task}", "test", every)]
    return pairs(test, best)


def _chances(table: Table, source: str, split: str, every: int) -> list[tuple[dict[str, str], Any]]:
    found = []
    for row in list(rows(source, split))[::every]:
        said = features.tokens(unmask(without_addresses(fold(row["text"]).text)))
        found.append((row, table.judge(said, by_rules(row["text"])).chances))
    return found


def _f1(pairs: Pairs, label: str) -> float:
    right = sum(said == true == label for said, true in pairs)
    either = sum((said == label) + (true == label) for said, true in pairs)
    return 2 * right / either if either else 0.0


def _macro_f1(pairs: Pairs) -> float:
    names = {true for _, true in pairs}
    return sum(_f1(pairs, one) for one in names) / len(names)


def _macro_recall(pairs: Pairs) -> float:
    names = {true for _, true in pairs}
    shares = [
        sum(said == one for said, true in pairs if true == one) / sum(true == one for _, true in pairs) for one in names
    ]
    return sum(shares) / len(shares)


_METRICS: Final[dict[str, Callable[[Pairs], float]]] = {
    "emotion": _macro_f1,
    "hate": _macro_f1,
    "irony": lambda pairs: _f1(pairs, "irony"),
    "offensive": _macro_f1,
    "sentiment": _macro_recall,
}
"""As TweetEval scores them (Barbieri and others 2020)."""


# --- many intents ----------------------------------------------------------------------------------------------------


def banking77(every: int = 1) -> dict[str, Any]:
    """Accuracy on Banking77's test rows, by a table of its 77 intents."""
    table = Workshop("banking77", benchmark_plans.of_intents(folder(), "banking77")).table()
    found = _intents(table, "tier_a/banking77", "test", every)
    return {"banking77": _share(said == true for said, true, _ in found)}


def clinc150(every: int = 1) -> dict[str, Any]:
    """Accuracy in scope and recall out of scope on CLINC150's test rows; how sure is sure enough is fixed on dev rows."""
    table = Workshop("clinc150", benchmark_plans.of_intents(folder(), "clinc150")).table()
    out = benchmark_plans.OUT_OF_SCOPE

    def scores(found: list[tuple[str, str, float]], least: float) -> tuple[float, float]:
        inside = _share(said == true and sure >= least for said, true, sure in found if true != out)
        return inside, _share(sure < least for _, true, sure in found if true == out)

    dev = _intents(table, "tier_a/clinc150", "dev", 1)
    least = max((cut / 100 for cut in range(100)), key=lambda cut: sum(scores(dev, cut)))
    inside, outside = scores(_intents(table, "tier_a/clinc150", "test", every), least)
    return {"clinc_in": inside, "clinc_oos": outside, "clinc_least": least}


def _intents(table: Table, source: str, split: str, every: int) -> list[tuple[str, str, float]]:
    told(f"{source}: {split}")
    found = []
    for row, chances in _chances(table, source, split, every):
        said = max(chances, key=chances.__getitem__)
        found.append((said, row["intent"], chances[said]))
    return found


def _share(hits: Any) -> float:
    each = list(hits)
    return round(sum(each) / len(each), 4)
