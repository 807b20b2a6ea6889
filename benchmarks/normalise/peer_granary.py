"""Granary's mapping of the same JSON, in granary's own environment: a line asks, a line answers.

    python peer_granary.py <items.json>

items.json: {platform: [item, …]}. Each line of standard input is {"platform", "text", "repeats"}; the answer is {"seconds",
"ids"}: processor time for mapping all of its items so often, and the ids that came out the last time. text: `plain`, as a
person reads it, by granary's own `source.html_to_text`, where the platform sends HTML, or `html`. It imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from granary import bluesky, source
from granary.mastodon import Mastodon

_MASTODON = Mastodon("https://ours.example", access_token="none", user_id="1")


def of_mastodon(status, plain):
    found = _MASTODON.status_to_as1_object(status)
    if plain:
        found["content"] = source.html_to_text(found.get("content"))
    return found


def of_bluesky(view, plain):
    del plain  # it is
    return bluesky.to_as1(view, type="app.bsky.feed.defs#postView")


MAPS = {"mastodon": of_mastodon, "bluesky": of_bluesky}


def main() -> None:
    items = json.loads(Path(sys.argv[1]).read_text())
    for line in sys.stdin:
        asked = json.loads(line)
        mapped, wanted = MAPS[asked["platform"]], items[asked["platform"]]
        began = time.process_time()
        for _ in range(asked["repeats"]):
            found = [mapped(one, asked["text"] == "plain") for one in wanted]
        took = time.process_time() - began
        print(json.dumps({"seconds": took, "ids": [one.get("id") for one in found]}), flush=True)


if __name__ == "__main__":
    main()
