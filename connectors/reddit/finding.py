"""What became of something we said: looked up in our own listings, or where a person points. Reads only."""

from __future__ import annotations

from datetime import datetime

from connectors.contract import Absent, Draft, Found, Lookup, Receipt, Unproven
from connectors.readback import Readback, confirmed
from connectors.reddit import answers, sayings
from connectors.reddit.calls import Calls, is_older
from connectors.shape import at, rows, word

OWN_PAGES = 3


def find_published(calls: Calls, draft: Draft, since: datetime) -> Lookup:
    """Look through our own posts, comments or messages since the first claim. Silence proves nothing: listings lag."""
    readback = Readback(sayings.saying(draft), since)
    assets = {answers.asset(picture.handle) for picture in draft.pictures if picture.handle}

    def over(page: object) -> bool:
        return is_older(page, readback.back_to)

    last: object = None
    for page in calls.pages(_listing(calls, draft), most=OWN_PAGES, over=over, sort="new"):
        if ref := sayings.showing(page, assets):
            return Found(Receipt(ref))
        readback.see(post for child in rows(page, "data", "children") if (post := sayings.own_post(child)))
        last = page
    readback.complete = word(last, "data", "after") is None or over(last)
    return readback.verdict(
        Unproven("It is not in the account's listing yet; Reddit's listings may be late.", silent=True)
    )


def _listing(calls: Calls, draft: Draft) -> str:
    if draft.in_reply_to and draft.in_reply_to.id.startswith("t4_"):
        return "message/sent"
    return f"user/{calls.identity().handle}/{'comments' if draft.in_reply_to else 'submitted'}"


def confirm(calls: Calls, draft: Draft, reference: str) -> Lookup:
    """GET /api/info. What was deleted has no author any more, and so is nobody's."""
    name = sayings.referred(reference)
    own = calls.identity()
    (page,) = calls.pages("api/info", most=1, over=lambda _page: True, id=name)
    child = at(page, "data", "children", 0)
    post = sayings.own_post(child)
    if post is None or (word(child, "data", "author") or "").casefold() != own.handle.casefold():
        return Absent()
    return confirmed(post, sayings.saying(draft))
