"""The counting server: the one witness of all rows, in a process of its own. It must never share code with what it counts.

`POST /effect/<run>/<job>` is one effect; it is on record before it is answered. `GET /effects/<run>` gives `{job: times}`.
Parley speaks to a platform, not to a URL of its own, so its effects are the posts that really stand on the sandbox network
(a process of its own too, which shares no code with Parley either): `GET /effects/<run>?posts=<address>` reads them there,
by the `job N` in their text.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

JOB = re.compile(r"\bjob (\d+)\b")


class Counting(BaseHTTPRequestHandler):
    """Counts, and tells what it counted."""

    counted: Counter[tuple[str, int]] = Counter()
    lock = threading.Lock()

    def do_POST(self) -> None:
        """One effect."""
        _, _, run, job = self.path.split("/")
        with self.lock:
            self.counted[run, int(job)] += 1
        self._answer({})

    def do_GET(self) -> None:
        """What was counted in one run."""
        address = urlsplit(self.path)
        posts = parse_qs(address.query).get("posts")
        with self.lock:
            counts = Counter(
                {job: times for (run, job), times in self.counted.items() if run == address.path.split("/")[2]}
            )
        self._answer(counts + (standing(posts[0]) if posts else Counter()))

    def log_message(self, *_: Any) -> None:
        """Says nothing: standard output is for the figures."""

    def _answer(self, body: Mapping[int, int]) -> None:
        content = json.dumps(body).encode()
        with suppress(ConnectionError):  # who asked may have been killed meanwhile
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


def standing(address: str) -> Counter[int]:
    """How often each job's post stands on the sandbox network."""
    with urlopen(address, timeout=30) as answer:
        posts = json.load(answer)["posts"]
    return Counter(int(job) for post in posts for job in JOB.findall(post["text"]))


def main() -> None:
    """Count until ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
