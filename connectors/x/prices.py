"""What X charges for a write, as its price list said it on one day. Nothing here asks X, and X may change it any day.

Source: the price list in X's documentation (docs.x.com, X API, pricing), in force since 2026-04-20: writes per request,
reads per post, user or message that is shown, each once a day (UTC).
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Final

from connectors.capabilities import Price
from connectors.contract import Draft
from connectors.links import find_links
from connectors.moderation import Moderation

AS_OF = date(2026, 8, 22)
"""The day on which the list was read."""

POST = 15_000
POST_WITH_URL = 200_000
SUMMONED_REPLY = 10_000
MESSAGE = 15_000
MEDIA_METADATA = 5_000
POST_READ = 5_000
USER_READ = 10_000
MESSAGE_READ = 10_000
HIDE = 5_000
DELETION = 10_000
MUTE = 15_000
UNMUTE = 10_000
"""Millionths of a US dollar. Metadata: the description of one picture, which is a request of its own."""

MODERATION: Final = {
    Moderation.HIDE: HIDE,
    Moderation.UNHIDE: HIDE,
    Moderation.MUTE: MUTE,
    Moderation.UNMUTE: UNMUTE,
}
"""The list has one price for hiding a reply and for showing it again: both are one request of one kind."""


# The list names no price for deleting a post: "Interaction: Delete" (0.010) and "Content: Manage" (0.005) may both be meant.
# The dearer is taken, so that too much is counted and never too little.


def price_of(draft: Draft) -> Price:
    """What it costs to say this once, pictures' descriptions included.

    A link is what X would shorten, with https:// or without, and a card is one. A reply is priced as a summoned one, since
    an app may answer nobody else; a part of our own thread, asked for without what it answers, as a post. The list does not
    say what a summoned reply with a link costs: the dearer is assumed. A private message has one price, with a link or without.
    """
    from connectors.x import is_private

    if is_private(draft.in_reply_to):
        return Price(MESSAGE, "private message")
    described = MEDIA_METADATA * sum(1 for picture in draft.pictures if picture.alt and not picture.is_video)
    plain, action = (SUMMONED_REPLY, "summoned reply") if draft.in_reply_to else (POST, "post")
    linked = draft.options.card is not None or find_links(unicodedata.normalize("NFC", draft.text), bare=True)
    if not linked:
        return Price(plain + described, action)
    return Price(POST_WITH_URL + described, f"{action} with a URL", plain + described, "its link")
