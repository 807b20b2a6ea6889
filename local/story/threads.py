"""A scene of the story: a thread whose first part shows a picture, on every platform, verified from both sides.

Its parts must stand under one another in the order of the thread, each once, and the picture must show what was brought.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from local.story.stage import Api, Sandbox, StoryFailed

ALT = "A grey field"


def schedule(
    manager: Api, accounts: dict[str, dict[str, Any]], data: bytes, mark: str, *, ahead: float
) -> dict[str, Any]:
    """Schedule the thread on these accounts, by platform; gives the post. data: a PNG. mark: what makes its texts new."""
    media = manager.hand_over(data, "image/png", ALT)
    variants: list[dict[str, Any]] = []
    for platform, account in accounts.items():
        rest = [{"text": f"{nth} of 3, {mark}"} for nth in ("Second", "Third")]
        variant = {"account": account["id"], "text": f"First of 3, {mark}", "rest": rest}
        variant["pictures"] = [{"media": media, "alt": ALT}]
        if platform == "reddit":
            variant |= {"title": f"In three parts, {mark}", "community": "repairs"}
        variants.append(variant)
    at = datetime.now(UTC) + timedelta(seconds=ahead)
    when = {"at": f"{at:%Y-%m-%dT%H:%M:%S}Z", "zone": "Europe/Berlin"}
    post: dict[str, Any] = manager.call("POST", "/posts", {"schedule": when, "variants": variants}, expect=201)
    return post


def verify(sandbox: Sandbox, platform: str, account: str, sha256: str | None, mark: str) -> str:
    """Look at what really stands; gives the address of the first part. sha256: of the picture where it must be the same.

    Raises StoryFailed.
    """
    mine = [one for one in sandbox.posts(platform, account) if mark in f"{one['text']} {one['title']}"]
    if [one["text"].split()[0] for one in mine] != ["First", "Second", "Third"]:
        raise StoryFailed(f"on {platform} the thread stands as {len(mine)} parts")
    for above, part in pairwise(mine):
        if part["reply_to"] != above["id"]:
            raise StoryFailed(f"on {platform} a part does not stand under the one before it")
    shown = [len(one["pictures"]) for one in mine]
    if shown != [1, 0, 0]:
        raise StoryFailed(f"on {platform} the parts show {shown} pictures")
    picture = mine[0]["pictures"][0]
    if platform != "reddit" and picture["alt"] != ALT:
        raise StoryFailed(f"on {platform} the picture is described otherwise")
    if sha256 is not None and picture["sha256"] != sha256:
        raise StoryFailed(f"on {platform} another picture is shown")
    return str(mine[0]["url"])
