"""Personal data, self-harm, disguises and calibration (bars T3 and T4), by the product's own figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from zlib import crc32

from benchmarks.triage.data import Product, rows
from benchmarks.triage.disguises import DISGUISES, disguised
from benchmarks.triage.stream import interval, share

SEEN: Final = 0.7
"""From here on the starter guideline calls a person at once."""
ORDINARY: Final = ("tier_a/goemotions", "tier_a/banking77", "tier_a/clinc150", "tier_b/tweeteval_sentiment")
FOREIGN: Final = ("tier_b/tweeteval_offensive", "tier_b/tweeteval_hate")
"""Nothing that ships was trained on them."""
BINS: Final = 10
SEED: Final = 20261127


def figures(product: Product, split: str, every: int = 1) -> dict[str, Any]:
    """Recall and alarms on one split. every: of so many rows of ordinary talk one is read."""
    alarms = {"privacy": 0, "self_harm": 0}
    read = 0
    for source in ORDINARY:
        for row in _some(source, split, every):
            risks = product.says(row["text"])["risks"]
            read += 1
            for label in alarms:
                alarms[label] += risks.get(label, 0) >= SEEN
    private = {name: _recall(product, f"tier_a/{name}", split, "privacy", _private) for name in _PRIVATE}
    cries = _recall(product, "tier_b/suicidal_intent_tweets", split, "self_harm", lambda row: row["suicidal"] == "1")
    return {
        "privacy_recall": _joined(private.values()),
        "privacy_recall_by_source": {name: share(*found) for name, found in private.items()},
        "privacy_alarms": share(alarms["privacy"], read),
        "selfharm_recall": share(*cries),
        "selfharm_interval": interval(*cries),
        "selfharm_alarms": share(alarms["self_harm"], read),
        "selfharm_others": {
            "openai_moderation": share(
                *_recall(product, "tier_a/openai_moderation", split, "self_harm", lambda row: row["SH"] == "1")
            ),
            "synth_risk": share(*_recall(product, "tier_a/synth_risk", split, "self_harm", _synth_self_harm)),
        },
    }


_PRIVATE: Final = ("presidio_synth", "synth_privacy")


def _private(row: dict[str, str]) -> bool:
    return row["privacy"] == "1"


def _synth_self_harm(row: dict[str, str]) -> bool:
    return row["kind"] == "selfharm" and row["risky"] == "1"


def _some(source: str, split: str, every: int) -> list[dict[str, str]]:
    return [row for row in rows(source, split) if crc32(row["text"].encode()) % every == 0]


def _recall(
    product: Product, source: str, split: str, label: str, wanted: Callable[[dict[str, str]], bool]
) -> tuple[int, int]:
    texts = [row["text"] for row in rows(source, split) if wanted(row)]
    return sum(product.says(text)["risks"].get(label, 0) >= SEEN for text in texts), len(texts)


def _joined(found: Any) -> float | None:
    pairs = list(found)
    return share(sum(hits for hits, _ in pairs), sum(of for _, of in pairs))


# --- disguises -------------------------------------------------------------------------------------------------------


def disguises(product: Product, most: int = 400) -> dict[str, Any]:
    """Macro-F1 of risky against harmless on slurs and swearing in disguise; the threshold is fixed on plain dev rows."""
    dev = _offence("dev", most)
    says = [(product.says(text)["p_risky"], wrong) for text, wrong in dev]
    least = max((value / 20 for value in range(1, 20)), key=lambda at: macro_f1([(p >= at, y) for p, y in says]))
    test = _offence("test", most)
    plain = macro_f1([(product.says(text)["p_risky"] >= least, wrong) for text, wrong in test])
    each = {
        way: macro_f1([(product.says(disguised(text, way, SEED))["p_risky"] >= least, wrong) for text, wrong in test])
        for way in DISGUISES
    }
    return {
        "disguised_macro_f1": round(sum(each.values()) / len(each), 4),
        "disguised": {way: round(value, 4) for way, value in each.items()},
        "disguised_plain": round(plain, 4),
        "disguised_threshold": least,
    }


def _offence(split: str, most: int) -> list[tuple[str, bool]]:
    """As many slurs and insults of Twitter as harmless messages of three sources."""
    wrong = [row["text"] for row in rows("tier_a/davidson2017", split) if row["label"] in {"offensive", "hate"}]
    right = [row["text"] for row in rows("tier_a/davidson2017", split) if row["label"] == "neither"]
    kind = [row["text"] for row in rows("tier_a/goemotions", split) if row["emotions"] in _KIND]
    return [(text, True) for text in wrong[:most]] + [
        (text, False) for text in right[: most // 2] + kind[: most - len(right[: most // 2])]
    ]


_KIND: Final = frozenset({"gratitude", "admiration", "joy", "love", "neutral"})


def macro_f1(said: Sequence[tuple[bool, bool]]) -> float:
    """The mean of F1 of both sides; pairs of what was said and what is true."""
    total = 0.0
    for side in (True, False):
        right = sum(guess is side and truth is side for guess, truth in said)
        either = sum((guess is side) + (truth is side) for guess, truth in said)
        total += 2 * right / either if either else 0.0
    return total / 2


# --- calibration -----------------------------------------------------------------------------------------------------


def calibration(product: Product, every: int = 1) -> dict[str, Any]:
    """How far p_risky is from how often it is true, on tweets that nothing was trained on: the mean over ten bins."""
    each = {name.removeprefix("tier_b/"): error(_foreign(product, name, every)) for name in FOREIGN}
    return {"ece_foreign": round(sum(each.values()) / len(each), 4), "ece_by_source": each}


def _foreign(product: Product, source: str, every: int) -> list[tuple[float, bool]]:
    return [(product.says(row["text"])["p_risky"], row["label"] == "1") for row in _some(source, "test", every)]


def error(said: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error of pairs of probability and truth."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for one in said:
        bins[min(BINS - 1, int(one[0] * BINS))].append(one)
    gaps = (abs(sum(p for p, _ in part) - sum(y for _, y in part)) for part in bins)
    return round(sum(gaps) / max(1, len(said)), 4)
