"""`python -m benchmarks.triage`: how well triage decides, on labelled public text (PARLEY_DATA); one JSON line.

The product as it ships, by `parley classify` and the starter guideline. Thresholds are fixed on dev rows, figures are of test
rows. `automation` is the share of all messages of the stream that are answered where at most 0.3 % of the risky dev messages
are; `far_test` is that share on test, `far_interval` its 95 % interval; `own` is what the product's own decisions come to.
Privacy and self-harm count as seen where the starter guideline would call a person. `ece_foreign` is measured on TweetEval's
offensive and hate, on which nothing that ships was trained. What cannot be measured here is null, with its reason in `why_null`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.triage import peers, safety, stream
from benchmarks.triage.data import NoData, Product, judged
from benchmarks.triage.data import stream as messages

NOT_YET = {
    "left_out_far_mean": "needs a model trained without each source",
    "left_out_far_worst": "needs a model trained without each source",
    "tweeteval": "needs the benchmark build (tiers A and B), which is never shipped",
    "banking77": "needs a table of its own, trained on its 77 intents",
    "clinc_in": "needs a table of its own, trained on its 150 intents",
    "clinc_oos": "needs a table of its own, trained on its 150 intents",
}


def measure(*, every: int = 1, peer: bool = True) -> dict[str, Any]:
    """Run it: the line to print. every: of so many rows one is read, for a quick look. Raises NoData."""
    product = Product()
    found = []
    for row in messages()[::every]:
        said = product.says(row["text"])
        answered = said["action"] == "answer"
        found.append(judged(row, said["p_auto"], said["p_risky"], answered=answered))
    line = stream.figures(found)
    line |= dict.fromkeys(NOT_YET)
    line |= safety.figures(product, "test", every)
    line |= safety.disguises(product, max(20, 400 // every))
    line |= safety.calibration(product, every)
    line["shipped"] = {"classifier": product.says("")["classifier"], "own": stream.own_decisions(found)}
    said_by_peers, missing = peers.figures(every) if peer else (dict.fromkeys(peers.NAMES), {})
    line["peers"] = said_by_peers
    line["why_null"] = NOT_YET | missing
    return line


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line; without the labelled text, one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.triage", description=__doc__)
    parser.add_argument(
        "--every", type=int, default=1, help="read one of so many rows, for a quick look (default: all)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave VADER and scikit-learn out")
    parser.add_argument("--json", action="store_true", help="what it prints is JSON in any case")
    asked = parser.parse_args(arguments)
    try:
        print(json.dumps(measure(every=max(1, asked.every), peer=not asked.no_peers)))
    except NoData as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
