"""`python -m benchmarks.triage`: how well triage decides, on labelled public text (PARLEY_DATA); one JSON line.

The product as it ships, by `parley classify` and the starter guideline; thresholds are fixed on dev rows, figures are of test
rows. The parts, which `--only` chooses among:

stream: `automation` is the share of all messages of the stream that are answered from a threshold on, the lowest at which at most
0.3 % of the risky dev messages are answered and at least 96 % of the dev answers are right to give; `far_test` is the share of
risky test messages among them, `far_interval` its 95 % interval; `at_far_alone` asks for
the first only. `shipped` is what the product's own decisions come to.
left_out: tables trained, calibrated and given a threshold without a source; FAR on the risky messages of that source.
tweeteval: the five tasks' official metrics by a build that learns from tier B too and is never shipped; the sentiment train
rows are rebuilt, not the published ones.
safety: privacy and self-harm count as seen where the starter guideline would call a person.
disguises: risky against harmless in nine disguises. calibration: `ece_foreign` is measured on TweetEval's offensive and hate, on
which nothing that ships was trained.
languages: of real sentences in 44 languages, by length in characters: the share told rightly and wrongly (the rest: none), the
mean over languages; `foreign_answered` is the FAR on foreign text. `english_untold` is the share of the stream that is not told
to be English, `english_kept_from_an_answer` the share that is kept from its answer by that alone.
banking77, clinc150: tables of those intents, by the same shape. peers: VADER with a swear list, and scikit-learn's TF-IDF.

left_out trains nine tables, tweeteval, banking77 and clinc150 one each; those need numpy and are kept under build/triage for the
next run. On one core of 2 the whole takes about 75 minutes, and about 10 where the tables are there. What is not measured is
null, with its reason in `why_null`. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks.triage import peers, safety, stream
from benchmarks.triage.data import NoData, Product
from benchmarks.triage.data import stream as messages

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "stream": ("automation", "far_test", "answers_right", "social_answered", "worst_source_far_at_20", "shipped"),
    "left_out": ("left_out_far_mean", "left_out_far_worst"),
    "tweeteval": ("tweeteval",),
    "safety": ("privacy_recall", "privacy_alarms", "selfharm_recall", "selfharm_alarms"),
    "disguises": ("disguised_macro_f1",),
    "calibration": ("ece_foreign",),
    "languages": (
        "language_right",
        "language_wrong",
        "foreign_taken_for_english",
        "foreign_answered",
        "english_untold",
        "english_kept_from_an_answer",
    ),
    "banking77": ("banking77",),
    "clinc150": ("clinc_in", "clinc_oos"),
    "peers": ("peers",),
}
"""The fields that each part always has."""


def measure(only: Sequence[str] = tuple(FIELDS), *, every: int = 1) -> dict[str, Any]:
    """Run it: the line to print. every: of so many rows one is read, for a quick look. Raises NoData."""
    line: dict[str, Any] = {field: None for part in FIELDS for field in FIELDS[part]}
    missing: dict[str, str] = {}
    for part in FIELDS:
        if part not in only:
            missing |= dict.fromkeys(FIELDS[part], f"not asked for (--only {part})")
            continue
        try:
            line |= _PARTS[part](every, missing)
        except ImportError as error:
            missing |= dict.fromkeys(FIELDS[part], f"trains a table, which needs {error.name}")
    return line | {"why_null": missing}


def _stream(every: int, _: dict[str, str]) -> dict[str, Any]:
    product = Product()
    found = [product.judged(row) for row in messages()[::every]]
    shipped = {"classifier": product.says("")["classifier"], **stream.own_decisions(found)}
    return stream.figures(found) | {"shipped": shipped}


def _peers(every: int, missing: dict[str, str]) -> dict[str, Any]:
    found, why = peers.figures(every)
    missing |= why
    return {"peers": found}


def _languages(every: int, _: dict[str, str]) -> dict[str, Any]:
    from benchmarks.triage import languages

    return languages.figures(every)


def _left_out(_: int, __: dict[str, str]) -> dict[str, Any]:
    from benchmarks.triage import builds

    return builds.left_out()


def _built(name: str) -> Callable[[int, dict[str, str]], dict[str, Any]]:
    def part(every: int, _: dict[str, str]) -> dict[str, Any]:
        from benchmarks.triage import builds

        found: dict[str, Any] = getattr(builds, name)(every)
        return found

    return part


_PARTS: Final[Mapping[str, Callable[[int, dict[str, str]], dict[str, Any]]]] = {
    "stream": _stream,
    "left_out": _left_out,
    "tweeteval": _built("tweeteval"),
    "safety": lambda every, _: safety.figures(Product(), "test", every),
    "disguises": lambda every, _: safety.disguises(Product(), max(20, 400 // every)),
    "calibration": lambda every, _: safety.calibration(Product(), every),
    "languages": _languages,
    "banking77": _built("banking77"),
    "clinc150": _built("clinc150"),
    "peers": _peers,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line; without the labelled text, one sentence and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.triage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=FIELDS, metavar="PART", help="measure these parts (default: all)")
    parser.add_argument(
        "--every", type=int, default=1, help="read one of so many rows, for a quick look (default: all)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    parser.add_argument("--json", action="store_true", help="what it prints is JSON in any case")
    asked = parser.parse_args(arguments)
    only = [part for part in asked.only or FIELDS if not (asked.no_peers and part == "peers")]
    try:
        print(json.dumps(measure(only, every=max(1, asked.every))))
    except NoData as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
