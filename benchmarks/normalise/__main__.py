"""`python -m benchmarks.normalise`: how many items a second one core maps from a platform's JSON, beside granary; one JSON line.

Pure mapping of recorded payloads, repeated; no network. `per_s` is the median of the rounds, in processor time, on the whole
items. `granary_ratio` is the lower of Mastodon's and Bluesky's: how many times as many items a second as granary (PyPI, an
environment of its own under build/peers) maps from the same JSON to the same fields: the JSON is cut down for both to what an
interaction has, so that what granary maps beside it costs it nothing, and the text is plain for both, by granary's own
`html_to_text`. `html_left` is Mastodon's ratio where granary leaves the HTML as it came, which is less than we do. Rounds are
interleaved. `recorded` names the platforms whose payloads are recordings; the others' are written by hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.crash_peers import environments
from benchmarks.normalise.payloads import Subject, lean, mapped, subjects

HERE = Path(__file__).parent
ROUNDS = 9
ABOUT = 0.15
"""Seconds of one side of a round."""
BESIDE = ("mastodon", "bluesky")


def measure(rounds: int = ROUNDS, about: float = ABOUT, *, peer: bool = True) -> dict[str, Any]:
    """Run it: the line to print."""
    found = subjects()
    per_s: dict[str, list[float]] = {name: [] for name in found}
    ratios: dict[str, list[float]] = {name: [] for name in (*BESIDE, "html_left")}
    cut = {name: [lean(name, one) for one in found[name].items] for name in BESIDE}
    with granary(cut) if peer else _nobody() as ask:
        for _ in range(rounds):
            for name, subject in found.items():
                per_s[name].append(_rate(subject.map, about))
                if name in BESIDE and peer:
                    ours = _rate(_same(subject, cut[name]), about)
                    ratios[name].append(ours / ask(name, "plain", about))
                    if name == "mastodon":
                        ratios["html_left"].append(ours / ask(name, "html", about))
    line: dict[str, Any] = {"per_s": {name: int(median(rates)) for name, rates in per_s.items()}}
    if peer:
        each = {name: round(median(one), 2) for name, one in ratios.items()}
        line["granary_ratio"] = min(each[name] for name in BESIDE)
        line |= {"ratios": each, "granary": environments.version("granary")}
    line["recorded"] = [name for name, subject in found.items() if subject.recorded]
    return line


@contextmanager
def granary(items: dict[str, list[Any]]) -> Iterator[Callable[[str, str, float], float]]:
    """Granary in a process of its own; what comes asks it for its rate on one platform's items, its text `plain` or as `html`."""
    python = environments.made("granary", HERE) / "bin" / "python"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "items.json"
        path.write_text(json.dumps(items))
        command = [str(python), str(HERE / "peer_granary.py"), str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin
            assert process.stdout
            answers = process.stdout

            def told(name: str, text: str, repeats: int) -> dict[str, Any]:
                assert process.stdin
                process.stdin.write(json.dumps({"platform": name, "text": text, "repeats": repeats}) + "\n")
                process.stdin.flush()
                answer: dict[str, Any] = json.loads(answers.readline())
                return answer

            def rate(name: str, text: str, about: float) -> float:
                once = told(name, text, 1)
                assert all(once["ids"]), f"granary could not read some of {name}'s items"
                repeats = max(1, int(about / max(once["seconds"], 1e-6)))
                return len(items[name]) * repeats / float(told(name, text, repeats)["seconds"])

            try:
                yield rate
            finally:
                process.stdin.close()


@contextmanager
def _nobody() -> Iterator[Callable[[str, str, float], float]]:
    yield lambda _name, _text, _about: 1.0


def _rate(run: Callable[[], int], about: float) -> float:
    """Items a second of processor time."""
    began = time.process_time()
    count = run()
    once = time.process_time() - began
    repeats = max(1, int(about / max(once, 1e-6)))
    began = time.process_time()
    for _ in range(repeats):
        run()
    return count * repeats / (time.process_time() - began)


def _same(subject: Subject, items: list[Any]) -> Callable[[], int]:
    """The subject's mapping, of these items."""
    return partial(mapped, subject.platform, items)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.normalise", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args(arguments)
    print(json.dumps(measure(asked.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
