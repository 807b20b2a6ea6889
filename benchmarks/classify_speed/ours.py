"""Our own side of a round, in a process of its own: `python -m benchmarks.classify_speed.ours <texts.json>`."""

from __future__ import annotations

import time

BEGAN = time.process_time()

from chalicelib.signals.reading import read  # noqa: E402 - the import is what is measured

read("The new version looks great, thank you! When does it come to Android?")
COLD = time.process_time() - BEGAN

from benchmarks.classify_speed.peer_speed import peak  # noqa: E402

PEAK = peak()

import json  # noqa: E402
import sys  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402

from chalicelib.domain.rationale import Actor  # noqa: E402
from chalicelib.domain.triage import ThreadFacts, decide  # noqa: E402
from chalicelib.services import guidelines_yaml  # noqa: E402


def main() -> None:
    """Print one JSON object."""
    texts = json.loads(Path(sys.argv[1]).read_text())
    guideline = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    now, actor = datetime(2026, 11, 27, tzinfo=UTC), Actor.worker("triage")
    for text in texts[:20]:
        read(text)
    began = time.process_time()
    for text in texts:
        read(text)
    reading = time.process_time() - began
    began = time.process_time()
    for text in texts:
        decide(guideline=guideline, signals=read(text), facts=ThreadFacts(), actor=actor, now=now, kind="mention")
    whole = time.process_time() - began
    print(
        json.dumps(
            {
                "cold_ms": COLD * 1000,
                "rss_mb": PEAK,
                "ms_per_message": reading * 1000 / len(texts),
                "triage_ms_per_message": whole * 1000 / len(texts),
            }
        )
    )


if __name__ == "__main__":
    main()
