# ruff: noqa: ARG001, ARG005  every reader takes the row
"""Reads the public sets and says what each row teaches. Train and dev rows only; no text of them is ever kept.

The mapping follows the data's own notes ("what counts as what"). A head that a row says nothing about is left out of
`known`, so that nobody learns that harassing talk is no threat only because nobody looked for one.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

from local.training.heads import RISK_HEADS

Row = Mapping[str, str]
Known = dict[str, int]

_HARMLESS: Final[Known] = dict.fromkeys(("risky", *RISK_HEADS), 0)
_NO_INTENT: Final[Known] = dict.fromkeys(("praise", "complaint", "question", "support", "spam"), 0)
_KIND: Final = frozenset(
    [
        "admiration",
        "gratitude",
        "approval",
        "joy",
        "love",
        "optimism",
        "excitement",
        "amusement",
        "caring",
        "relief",
        "pride",
        "desire",
        "surprise",
        "neutral",
        "realization",
    ]
)
_WARM: Final = frozenset({"admiration", "gratitude"})
_HAPPY: Final = frozenset({"joy", "love", "excitement", "optimism", "pride", "relief"})
_SOUR: Final = frozenset(["anger", "annoyance", "disgust", "disapproval", "disappointment"])
_BAD: Final = _SOUR | frozenset(["sadness", "grief", "remorse", "fear", "embarrassment", "nervousness"])
_SWEARS: Final = re.compile(
    r"\b(?:fuck\w*|shit\w*|bitch\w*|cunt\w*|motherf\w*|asshole\w*|dick\w*|nigg\w*|fag\w*)\b", re.IGNORECASE
)
_ASKS: Final = re.compile(
    r"\?\s*$|^(?:who|what|when|where|why|how|which|is|are|do|does|did|can|could|will|would|any)\b.*\?",
    re.IGNORECASE | re.DOTALL,
)
_TOYS: Final = frozenset({"tell_joke", "flip_coin", "roll_dice"})
_MASK: Final = re.compile(r"\[(?:name|user|religion|url)\]|&\w+;|^rt\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """One text and what it teaches: head -> 0 or 1. part: `train` or `dev`."""

    text: str
    source: str
    part: str
    known: Known
    kin: int = 0
    """The same for texts of one template and for a text and its disguise: what was learnt from one is known of the other."""
    weight: float = 1.0


def rows(path: Path) -> Iterator[Row]:
    """The rows of a file of the data folder."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        head = lines.readline().rstrip("\n").split("\t")
        for line in lines:
            yield dict(zip(head, line.rstrip("\n").split("\t"), strict=False))


def _other(**known: int) -> Known:
    return {**_HARMLESS, "auto": 0, **known}


def _risk(*heads: str, **known: int) -> Known:
    return {"risky": 1, "auto": 0, **dict.fromkeys(heads, 1), "spam": 0, "support": 0, **known}


def _auto(intent: str, **known: int) -> Known:
    return {**_HARMLESS, **_NO_INTENT, "auto": 1, intent: 1, "sarcasm": 0, **known}


def _goemotions(row: Row) -> Known:
    said = set(row["emotions"].split(",")) if "," in row["emotions"] else set(row["emotions"].replace("|", " ").split())
    swears = _SWEARS.search(row["text"]) is not None
    known: Known = {"auto": 0, "spam": 0, "threat": 0, "self_harm": 0, "privacy": 0, "legal": 0, "crisis": 0}
    known["positive"] = int(bool(said & (_KIND - {"neutral", "realization", "surprise"})))
    known["negative"] = int(bool(said & _BAD))
    known["praise"] = int(bool(said & _WARM) and said <= _KIND)
    known["question"] = int("curiosity" in said and _ASKS.search(row["text"]) is not None)
    known["complaint"] = 0 if not said & _BAD else known.get("complaint", 0)
    if said & _SOUR:
        del known["complaint"]
    if not said & {"anger", "annoyance", "disgust"}:
        known |= _HARMLESS
    if not swears and (known["praise"] or (known["question"] and not said & _BAD)):
        known |= {"auto": 1, "sarcasm": 0, "support": 0}
    elif not swears and said & _HAPPY and said <= _KIND:  # joy without thanks: nobody said what may be answered
        del known["auto"], known["praise"]
    return known


def _edos(row: Row) -> Known:
    if row["sexist"] == "0":
        return {"risky": 0, "auto": 0, "threat": 0, "spam": 0, "support": 0}
    return _risk("hate", threat=int(row["category"].startswith("1.")))


def _hatemoji(row: Row) -> Known:
    if row["hateful"] == "0":
        return {"risky": 0, "hate": 0, "threat": 0, "insult": 0, "auto": 0}
    return _risk("hate", threat=int(row["type"] == "threateninglanguage"))


def _convabuse(row: Row) -> Known:
    share = float(row["share_abusive"])
    if share >= 0.66:
        return _risk("insult", praise=0, question=0, sexual=int("sex_harassment" in row["types"]))
    return _other(praise=0, complaint=0) if share == 0 else {"auto": 0}


def _davidson(row: Row) -> Known:
    agreed = float(row["agreement"])
    if row["label"] == "hate":
        return _risk("hate", "insult") if agreed >= 0.6 else {"auto": 0}
    if row["label"] == "offensive":
        return _risk("insult", praise=0) if agreed >= 0.99 else {"auto": 0}
    return {"risky": 0, "hate": 0, "insult": 0, "threat": 0, "spam": 0}


def _toxigen(row: Row) -> Known:
    if row["label"] == "hate":
        return _risk("hate", question=0, praise=0) if float(row["toxicity"]) >= 4 else {"auto": 0}
    return _other() if float(row["toxicity"]) <= 2 else {"auto": 0, "risky": 0}


def _openai(row: Row) -> Known:
    heads = {"S": "sexual", "H": "hate", "V": "threat", "SH": "self_harm", "HR": "insult"}
    known = {head: int(row[column]) for column, head in heads.items() if row[column]}
    risky = any(row[column] == "1" for column in ("S", "H", "V", "HR", "SH", "S3", "H2"))
    return known | {"risky": int(risky), "auto": 0}


def _synth_risk(row: Row) -> Known:
    head = {"selfharm": "self_harm"}.get(row["kind"], row["kind"])
    if row["kind"] == "support":
        return _auto("support", complaint=0)
    if row["risky"] == "1":
        return _risk(head, hate=0, praise=0)
    return _other()


def _privacy(row: Row) -> Known:
    if row["privacy"] == "1":
        return _risk("privacy", hate=0, insult=0, threat=0, self_harm=0, crisis=0)
    known = {"privacy": 0, "risky": 0, "hate": 0, "insult": 0, "threat": 0}
    # A harmless text with a number in it (an order, a size) is a person's. What the others ask, a desk is asked every day.
    return {**known, "auto": 0} if any(map(str.isdigit, row["text"])) else known


def _vader(row: Row) -> Known:
    mean = float(row["mean"])
    known = {"positive": int(mean > 0.8), "negative": int(mean < -0.8), "question": 0, "spam": 0}
    if mean > 1.2 and not _SWEARS.search(row["text"]):
        return {**_HARMLESS, **known, "auto": 1, "praise": 1, "complaint": 0, "sarcasm": 0}
    if mean > 0.6:  # neither plainly warm nor plainly not
        return {**known, "risky": 0}
    return {**known, "auto": 0, "praise": 0, **({"risky": 0} if mean > -0.8 else {})}


def _vader_amazon(row: Row) -> Known:
    return _vader(row) | _HARMLESS | {"complaint": int(float(row["mean"]) < -0.8)}


def _pros(row: Row) -> Known:
    if row["label"] == "pros":
        return _auto("praise", positive=1, negative=0)
    return _other(complaint=1, negative=1, positive=0, praise=0, spam=0)


def _clinc(row: Row) -> Known:
    if row["domain"] in ("oos", "meta") or row["intent"] in _TOYS:
        return _other(praise=0, complaint=0, spam=0, negative=0)
    if row["domain"] == "small_talk":
        return {**_HARMLESS, "auto": 1, "spam": 0, "complaint": 0}
    return _auto("support", negative=0, question=int(bool(_ASKS.search(row["text"] + "?"))))


def _banking(row: Row) -> Known:
    known = _auto("support")
    del known["question"], known["complaint"]
    return known


def _sarcasm(row: Row) -> Known:
    if row["sarcastic"] == "1":
        return {"auto": 0, "spam": 0, "sarcasm": 1, "praise": 0}
    return {"spam": 0, "sarcasm": 0}


def _polarity(row: Row) -> Known:
    return {"positive": int(row["label"] == "pos"), "negative": int(row["label"] == "neg"), "spam": 0, "threat": 0}


def _disaster(row: Row) -> Known:
    known = {"spam": 0, "self_harm": 0, "support": 0}
    return {**known, "auto": 0} if row["label"] == "on-topic" else known


def _toxic(column: str, yes: str) -> Callable[[Row], Known]:
    def known(row: Row) -> Known:
        return _risk("insult") if row[column] == yes else {"risky": 0, "insult": 0, "hate": 0, "threat": 0, "auto": 0}

    return known


@dataclass(frozen=True, slots=True)
class Source:
    """One file: what its rows teach, how many train rows at most, and how much it counts against the others."""

    read: Callable[[Row], Known]
    most: int = 12_000
    weight: float = 1.0
    tier: str = "a"
    heavier: Callable[[Row], float] = lambda row: 1.0
    """How much a row counts against the others of its source."""


SOURCES: Final[Mapping[str, Source]] = {
    "goemotions": Source(_goemotions, 43_000, 2.0),
    "banking77": Source(_banking),
    # Whatever is out of scope is rare there, and the only hint that a well-formed question need not be for us.
    "clinc150": Source(_clinc, 16_000, heavier=lambda row: 8.0 if row["domain"] == "oos" else 1.0),
    "snips2017": Source(lambda row: _other(praise=0, complaint=0, spam=0), 3_000, 0.4),
    "edos": Source(_edos, 14_000, 1.2),
    "hatemoji_build": Source(_hatemoji),
    "convabuse": Source(_convabuse, weight=0.7),
    "davidson2017": Source(_davidson, 14_000),
    "toxigen_human": Source(_toxigen),
    "openai_moderation": Source(_openai, weight=0.7),
    "sms_spam": Source(lambda row: _other(spam=int(row["label"] == "spam"), support=0), weight=0.6),
    "wikipedia_detox_250": Source(_toxic("toxic", "1"), weight=0.2),
    "vader_tweets": Source(_vader, weight=2.5),
    "vader_amazon": Source(_vader_amazon, weight=0.8),
    "pros_cons": Source(_pros, 14_000, 0.7),
    "sentence_polarity": Source(_polarity, 8_000, 0.5),
    "isarcasm_en": Source(_sarcasm, weight=1.0),
    "crisislex_t6": Source(_disaster, 6_000, 0.6),
    "bias_madlibs": Source(_toxic("label", "toxic"), 3_000, 0.3),
    "presidio_synth": Source(_privacy, weight=0.7),
    "synth_risk": Source(_synth_risk, weight=0.8, heavier=lambda row: 1.5 if row["kind"] == "support" else 1.0),
    "synth_privacy": Source(_privacy, weight=0.7),
}


def examples(data: Path, name: str, source: Source, part: str) -> list[Example]:
    """The rows of one source and part that teach something, in the file's order, thinned evenly to the source's most."""
    found = []
    for row in rows(data / f"tier_{source.tier}" / f"{name}.tsv.gz"):
        if row["split"] != part:
            continue
        known = source.read(row)
        if known:
            text = _MASK.sub(" ", row["text"])
            found.append(Example(text, name, part, known, kin(row.get("template") or text), source.heavier(row)))
    if part == "train" and len(found) > source.most:
        found = [found[index * len(found) // source.most] for index in range(source.most)]
    return found


def kin(text: str) -> int:
    """A number for a text or a template, whatever its case."""
    return crc32(text.lower().encode())
