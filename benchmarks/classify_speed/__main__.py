"""`python -m benchmarks.classify_speed`: what reading and deciding a message costs, beside four peers; one JSON line.

`cold_ms`: importing the reader and reading one message, in a fresh process, net of bare Python. `rss_mb`: its memory at
its peak. `ms_per_message`: reading alone; `triage_ms_per_message`: reading and deciding by the starter guideline. Peers (VADER,
alt-profanity-check, better-profanity, scikit-learn's TF-IDF) run in an environment of their own under build/peers, on the same
made-up messages, in rounds interleaved with ours; figures are medians, times are processor time. A peer that cannot be
installed or does not run is null, with its reason in `why_null`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.classify_speed.messages import made
from benchmarks.crash_peers import environments

HERE: Final = Path(__file__).parent
PEERS: Final = ("vader", "alt_profanity_check", "better_profanity", "sklearn")
ENVIRONMENT: Final = "classify"
ROUNDS: Final = 5
COUNT: Final = 400
KEYS: Final = ("cold_ms", "rss_mb", "ms_per_message")


def measure(rounds: int = ROUNDS, count: int = COUNT, *, peer: bool = True) -> dict[str, Any]:
    """Run it: the line to print."""
    why: dict[str, str] = {}
    python = _environment(why) if peer else None
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ("ours", *PEERS)}
    with tempfile.TemporaryDirectory() as place:
        texts = Path(place) / "texts.json"
        texts.write_text(json.dumps(made(count)))
        for _ in range(rounds):
            found["ours"].append(_told([sys.executable, "-m", "benchmarks.classify_speed.ours", str(texts)]))
            for name in PEERS:
                if python is None or name in why:
                    continue
                try:
                    found[name].append(_told([str(python), str(HERE / "peer_speed.py"), name, str(texts)]))
                except _Failed as error:
                    why[name] = str(error)
    ours = found.pop("ours")
    keys = (*KEYS, "triage_ms_per_message")
    line: dict[str, Any] = {key: round(median(one[key] for one in ours), 3) for key in keys}
    line["peers"] = {name: _of(each) for name, each in found.items()}
    return line | {"why_null": why}


class _Failed(Exception):
    """A measured process did not come to its end."""


def _of(rounds: list[dict[str, float]]) -> dict[str, float] | None:
    return {key: round(median(one[key] for one in rounds), 3) for key in KEYS} if rounds else None


def _told(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=environments.ROOT)
    if done.returncode:
        raise _Failed((done.stderr.strip().splitlines() or ["it failed"])[-1])
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _environment(why: dict[str, str]) -> Path | None:
    try:
        return environments.made(ENVIRONMENT, HERE) / "bin" / "python"
    except (OSError, subprocess.CalledProcessError) as error:
        why |= dict.fromkeys(PEERS, f"the environment could not be made ({type(error).__name__})")
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classify_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--count", type=int, default=COUNT, help="messages in a round")
    parser.add_argument("--no-peers", action="store_true", help="measure ours alone")
    parser.add_argument("--json", action="store_true", help="what it prints is JSON in any case")
    asked = parser.parse_args(arguments)
    print(json.dumps(measure(asked.rounds, asked.count, peer=not asked.no_peers)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
