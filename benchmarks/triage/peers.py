"""What stands beside the product on the stream: VADER with a swear list and scikit-learn's TF-IDF, in an own environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.crash_peers import environments
from benchmarks.triage import stream
from benchmarks.triage.data import folder, judged
from benchmarks.triage.data import stream as messages

HERE: Final = Path(__file__).parent
NAMES: Final = ("vader_profanity", "sklearn_tfidf")
ENVIRONMENT: Final = "triage"


def figures(every: int = 1) -> tuple[dict[str, Any], dict[str, str]]:
    """Each peer's figures on the stream, or None and the reason why there are none."""
    try:
        python = environments.made(ENVIRONMENT, HERE) / "bin" / "python"
    except (OSError, subprocess.CalledProcessError) as error:
        reason = f"its environment could not be made ({type(error).__name__})"
        return dict.fromkeys(NAMES), {f"peers.{name}": reason for name in NAMES}
    rows = messages()[::every]
    found: dict[str, Any] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "texts.json"
        path.write_text(json.dumps([row["text"] for row in rows]))
        for name in NAMES:
            command = [str(python), str(HERE / "peer_triage.py"), name, str(path), str(folder())]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                found[name], missing[f"peers.{name}"] = None, (done.stderr.strip().splitlines() or ["it failed"])[-1]
                continue
            said = json.loads(done.stdout)
            found[name] = stream.figures([judged(row, value) for row, value in zip(rows, said, strict=True)])
    return found, missing
