"""Scenes at the desk: a reviewer hides an insult and takes it back, and a post is counted. Each is verified from both sides."""

from __future__ import annotations

from typing import Any

import requests

from local.story.stage import TIMEOUT, Api, Sandbox, Stage, StoryFailed, until

HEARD_ON = "bluesky"
"""Where an account may hide what others say below its own posts."""

LIKES = 3


def hide_and_undo(stage: Stage, reviewer: Api, account: str, patience: float) -> tuple[str, str]:
    """An insult below our own post is hidden, which the platform shows, and shown again in one step."""
    sandbox = Sandbox(stage.sandbox_url)
    ours = sandbox.posts(HEARD_ON, account)[0]["id"]
    before = {one["id"] for one in reviewer.all("/interactions")}
    said = sandbox.say(HEARD_ON, "insult", reply_to=ours)["id"]

    def heard() -> Any:
        new = [one for one in reviewer.all("/interactions") if one["id"] not in before]
        return new[0] if new and new[0]["state"] == "in_review" else None

    insult = until(stage, "the insult to be put before a person", heard, patience)
    path = f"/interactions/{insult['id']}/moderations"
    choices = {one["action"]: one for one in reviewer.call("GET", path)["choices"]}
    if not choices["hide"]["may"] or choices["remove"]["may"] or not choices["remove"]["way_out"]:
        raise StoryFailed("what may be done about an insult is not told as it is")
    reviewer.call("POST", f"/reviews/{insult['review']}/claim")
    clause = insult["decision"]["rationale"]["clauses"][0]
    form = {"action": "hide", "why": "It drives other members away.", "clauses": [clause]}
    ruling = reviewer.call("POST", path, form, expect=202)["id"]
    _settled(stage, reviewer, ruling, "done", patience)
    if "hidden" not in _marks(stage, said):
        raise StoryFailed("the platform does not hide what was hidden")
    reviewer.call("POST", f"/rulings/{ruling}/undo", {"why": "A warning is enough."}, expect=202)
    _settled(stage, reviewer, ruling, "undone", patience)
    if "hidden" in _marks(stage, said):
        raise StoryFailed("the platform still hides what was undone")
    conversation = reviewer.call("GET", f"/conversations/{insult['conversation']}")
    if (
        not conversation["human_touched"]
        or reviewer.call("GET", f"/interactions/{insult['id']}")["state"] != "in_review"
    ):
        raise StoryFailed("a person acted, and the conversation does not say so")
    seen = f"by clause {clause}; heat of the conversation {conversation['heat']['permille']} of 1000"
    return "An insult hidden by a reviewer, and shown again in one step", seen


def counted(stage: Stage, manager: Api, post: dict[str, Any]) -> tuple[str, str]:
    """A post is counted on every platform; what a platform does not tell is missing, never zero."""
    variants = {one["platform"]: one for one in manager.call("GET", f"/posts/{post['id']}")["variants"]}
    subject = variants["bluesky"]["remote"]["id"]
    body = {"platform": "bluesky", "subject": subject, "counts": {"likes": LIKES}}
    requests.post(f"{stage.sandbox_url}/_sandbox/counts", json=body, timeout=TIMEOUT).raise_for_status()
    found = {one["platform"]: one for one in manager.call("POST", f"/posts/{post['id']}/metrics")["variants"]}
    lost = [one for one, each in found.items() if each["standing"] != "counted"]
    if lost:
        raise StoryFailed(f"not counted: {', '.join(lost)}")
    if found["bluesky"]["counts"].get("likes") != LIKES or "views" in found["bluesky"]["counts"]:
        raise StoryFailed("the counts are not those that the platform tells")
    sums = manager.call("GET", f"/campaigns/{post['campaign']}/metrics")
    told = ", ".join(f"{name} {value}" for name, value in sorted(sums["counts"].items()) if value)
    return "A post counted on every platform; what is not told is missing", f"the campaign so far: {told}"


def _settled(stage: Stage, api: Api, ruling: str, state: str, patience: float) -> None:
    def there() -> bool:
        found = api.call("GET", f"/rulings/{ruling}")
        if found["state"] == "refused":
            raise StoryFailed(f"a ruling was refused: {found['told']}")
        return bool(found["state"] == state)

    until(stage, f"a ruling to be {state}", there, patience)


def _marks(stage: Stage, subject: str) -> list[str]:
    """The states in which a post stands on the platform."""
    answer = requests.get(f"{stage.sandbox_url}/_sandbox/marks", params={"platform": HEARD_ON}, timeout=TIMEOUT)
    answer.raise_for_status()
    return [state for one in answer.json()["marks"] if one["subject"] == subject for state in one["states"]]
