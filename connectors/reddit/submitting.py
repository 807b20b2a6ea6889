"""Saying something on Reddit: which form of which path a draft is, and the one request that sends it.

A post is of one kind: words, a link, one picture, a gallery, a poll, or another post that is passed on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from connectors.contract import Draft, Picture, Receipt, RemoteRef
from connectors.errors import ConnectorError, Rejected, Unsupported
from connectors.parts import handles, refuse_options, refuse_thread, refuse_video
from connectors.reddit import CAPABILITIES, MAX_COMMENT, answers, conflict, sayings
from connectors.reddit.calls import Calls
from connectors.reddit.refusals import refused, what_is_left

GALLERY = "api/submit_gallery_post.json"
POLL = "api/submit_poll_post"
LOOKS = 4
"""How often a post with a picture is looked for after it was sent: Reddit makes it once it has worked on the picture."""
MAX_CAPTION = 180
"""Characters of what stands under a picture of a gallery."""
ANSWERABLE = ("t1_", "t3_", "t4_")
"""What can be answered: a comment, a post, a private message."""


@dataclass(frozen=True, slots=True)
class Form:
    """One writing request. Galleries and polls are sent as JSON, all else as a form."""

    path: str
    fields: dict[str, Any]
    as_json: bool = False


def publish(calls: Calls, draft: Draft) -> Receipt:
    """Send it once. A post with one picture is looked for afterwards: its answer does not tell its id."""
    form = form_of(draft)
    wire = calls.post(form.path, form.fields, as_json=form.as_json, writing=True, made=answers.created)
    ref = answers.created(wire.answer.body) if wire.answer else None
    if ref is None and wire.answer is not None and answers.is_being_made(wire.answer.body):
        ref = _await(calls, answers.asset(form.fields.get("url", "")))
    if ref is None:
        raise refused(wire.answer, shows=bool(draft.pictures))
    return Receipt(ref, what_is_left(wire.answer) if wire.answer else None)


def form_of(draft: Draft) -> Form:
    """The request that says it. Raises Rejected or Unsupported where Reddit would refuse it anyway."""
    refuse_thread("reddit", draft)
    refuse_options(CAPABILITIES, draft)
    refuse_video(CAPABILITIES, draft)
    if against := conflict(draft):
        raise Unsupported("reddit", f"{against.why[0].upper()}{against.why[1:]}.", code="combination")
    return _answer(draft, draft.in_reply_to) if draft.in_reply_to else _post(draft)


def _answer(draft: Draft, target: RemoteRef) -> Form:
    if not target.id.startswith(ANSWERABLE):
        raise Rejected("reddit", "Only a post, a comment or a message can be answered.", code="not-answerable")
    if len(draft.text) > MAX_COMMENT:
        raise Rejected("reddit", f"A comment may have {MAX_COMMENT} characters.", code="TOO_LONG")
    return Form("api/comment", {"thing_id": target.id, "text": draft.text})


def _post(draft: Draft) -> Form:
    community, options = sayings.community(draft), draft.options
    if not draft.title or not community:
        lacking = "title" if not draft.title else "community"
        raise Rejected("reddit", f"A post on Reddit needs a {lacking}.", code=f"needs-{lacking}")
    form: dict[str, Any] = {
        "nsfw": options.sensitive,
        "sendreplies": True,
        "spoiler": options.spoiler,
        "sr": community,
        "title": draft.title,
    }
    if options.flair is not None:
        form["flair_id"] = options.flair
    if options.crosspost is not None:
        return Form("api/submit", form | {"kind": "crosspost", "crosspost_fullname": options.crosspost})
    form["text"] = draft.text
    if options.poll is not None:
        choices = {"options": list(options.poll.choices), "duration": options.poll.lasts.days}
        return Form(POLL, form | choices | {"resubmit": True}, as_json=True)
    places = handles("reddit", draft)
    if len(places) > 1:
        items = [_in_gallery(one) for one in draft.pictures]
        return Form(GALLERY, form | {"items": items, "show_error_list": True}, as_json=True)
    if places:
        form |= {"kind": "image", "url": places[0]}
    elif options.card is not None:
        form |= {"kind": "link", "url": options.card.url}
    else:
        form["kind"] = "self"
    return Form("api/submit", form | {"resubmit": True})


def _in_gallery(picture: Picture) -> dict[str, str]:
    """One picture of a gallery. Its description is its caption; one that is too long for that is not shown."""
    caption = picture.alt if len(picture.alt) <= MAX_CAPTION else ""
    return {"caption": caption, "media_id": answers.asset(picture.handle or ""), "outbound_url": ""}


def _await(calls: Calls, asset: str) -> RemoteRef | None:
    """The post that shows this asset, once our listing has it. Only reads, within a call's time, none after a failed one."""
    over = time.monotonic() + calls.timeout
    try:
        own = calls.identity()
        for number in range(LOOKS):
            time.sleep(min(number, 1) * calls.timeout / 8)
            page = calls.look(f"user/{own.handle}/submitted", {"limit": 25, "sort": "new"})
            if ref := sayings.showing(page, {asset}):
                return ref
            if time.monotonic() > over:
                break
    except ConnectorError:
        return None
    return None
