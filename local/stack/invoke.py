"""What Lambda does with an archive, for a fresh `python -I -S`: import the handler it names, give it events, tell the answers.

It runs alone, by path, and may import nothing but the standard library before the handler: whatever the archive lacks must
be missed. Standard input: {"path": [folders], "handler": "module.name", "events": [...]}. Standard output: one JSON line,
{"answers": [...], "import_ms": ..., "event_ms": [...]}.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any


class Context:
    """The invocation, as far as handlers may ask."""

    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    function_name = "parley"
    memory_limit_in_mb = 512

    def __init__(self) -> None:
        self._began = time.monotonic()

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left of a minute."""
        return int(1000 * (60 - (time.monotonic() - self._began)))


def main() -> None:
    """Import, invoke, tell."""
    asked: dict[str, Any] = json.load(sys.stdin)
    sys.path[:0] = asked["path"]
    began = time.perf_counter()
    module, _, name = asked["handler"].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    imported = time.perf_counter()
    answers, times = [], []
    for event in asked["events"]:
        start = time.perf_counter()
        answers.append(handler(event, Context()))
        times.append(1000 * (time.perf_counter() - start))
    json.dump({"answers": answers, "import_ms": 1000 * (imported - began), "event_ms": times}, sys.stdout)


if __name__ == "__main__":
    main()
