"""One account on X: what it says, and where the other verbs lead. A post is sent exactly once.

What is heard, read, moderated and counted is in the modules of those names; `line.py` makes the calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from connectors import text
from connectors.capabilities import Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPage,
    EarlierPost,
    Identity,
    Listening,
    Lookup,
    Page,
    Picture,
    Receipt,
    RemoteInteraction,
    RemoteRef,
    SignIn,
    Thread,
    Unproven,
    Upload,
)
from connectors.errors import Ambiguous, Unsupported
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import handles, refuse_options, refuse_thread, refuse_video
from connectors.readback import Readback, confirmed
from connectors.shape import at, rows, word
from connectors.translate import translated
from connectors.x import CAPABILITIES, REPLY_SETTINGS, against, is_private, pictures, posts, private, reading
from connectors.x.length import weighted_length
from connectors.x.line import Line
from connectors.x.listening import back, fetch
from connectors.x.measuring import measure
from connectors.x.moderating import moderate
from connectors.x.refusals import TABLE, left_of, unknown

TIMELINE_PAGES = 3


class XConnector:
    """One X account. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._line = Line(sign_in)

    def sign_in(self) -> None:
        """Renew an OAuth 2.0 token that is nearly spent, where the credential can; otherwise there is nothing to do."""
        self._line.renew()

    def identify(self) -> Identity:
        """GET /2/users/me."""
        return self._line.identify()

    def length(self, draft: Draft) -> int:
        """Weighted characters, of which X takes 280."""
        return weighted_length(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """X takes no key; this one only names the send on our side."""
        return text.derived_key(seed, at)

    def terms(self) -> Terms:
        """As everywhere on the platform."""
        return Terms()

    # --- saying ---------------------------------------------------------------------------------------------------

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002  (X takes no key)
        """POST /2/tweets, once. What answers a private message is a message, once, or nothing: never a post in its place."""
        refuse_thread("x", draft)
        refuse_options(CAPABILITIES, draft)
        refuse_video(CAPABILITIES, draft)
        said = _said(draft)
        if is_private(draft.in_reply_to):
            return private.say(self._line, draft)
        with self._line.client() as (client, wire), translated(TABLE, wire, writing=True, made=posts.created_id):
            client.create_tweet(**said, user_auth=self._line.oauth1)
        post_id = posts.created_id(wire.answer.body) if wire.answer else None
        if post_id is None:
            raise Ambiguous("x", "X took the post but did not say which one it is.", code="no-id")
        ref = RemoteRef(post_id, posts.post_url(post_id, self._line.handle))
        return Receipt(ref, left_of(wire.answer) if wire.answer else None)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (X takes no key)
        """Look through our own timeline since the first claim. Silence proves nothing: the listing lags."""
        if is_private(draft.in_reply_to):
            return private.find(self._line, draft, since)
        own = self._line.identity()
        readback = Readback(posts.saying(draft), since)
        with self._line.client() as (client, wire), translated(TABLE, wire):
            asked = {**posts.FIELDS, "expansions": posts.OWN_EXPANSIONS, "max_results": reading.PAGE}
            call = partial(client.get_users_tweets, own.id, **asked, user_auth=self._line.oauth1)
            pages = reading.since(call, wire, most=TIMELINE_PAGES, since_id=posts.snowflake(readback.back_to))
        for page in pages:
            choices = posts.polls(page)
            readback.see(post for entry in rows(page, "data") if (post := posts.own_post(entry, own, choices)))
        readback.complete = posts.reaches(pages, readback.back_to)
        return readback.verdict(
            Unproven("It is not in the account's timeline yet; X's timeline may be late.", silent=True)
        )

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /2/tweets/:id. X says what it cannot find, or may not show, in the errors of a 200."""
        if is_private(draft.in_reply_to):
            return private.confirm(self._line, draft, reference)
        post_id = posts.referred(reference)
        own = self._line.identity()
        body = reading.one(self._line, post_id, posts.OWN_EXPANSIONS)
        if body is None:
            return Absent()
        entry = at(body, "data")
        post = posts.own_post(entry, own, posts.polls(body))
        if post is None and not posts.is_gone(body):
            unknown(body)
        if post is None or word(entry, "author_id") != own.id:
            return Absent()
        return confirmed(post, posts.saying(draft))

    def delete(self, ref: RemoteRef) -> None:
        """DELETE /2/tweets/:id; a post that is not there is gone. X deletes a message for whoever asks only: refused."""
        if is_private(ref):
            raise Unsupported("x", "A private message on X cannot be taken back.", code="private")
        self._line.asked("DELETE", f"/2/tweets/{ref.id}", missing=(404,))

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """POST /2/media/upload and what belongs to it."""
        return pictures.upload(self._line, picture, data)

    def uploaded(self, handle: str) -> str | None:
        """GET /2/media/upload of a GIF or a video."""
        return pictures.uploaded(self._line, handle)

    # --- hearing, reading, moderating, counting -------------------------------------------------------------------

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """Mentions; messages and watched words where they are switched on."""
        return fetch(self._line, cursor, listening)

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:
        """Mentions further back, and messages where they are switched on."""
        return back(self._line, token, since, listening)

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """GET /2/tweets, and of messages GET /2/dm_events/:id."""
        return reading.again(self._line, refs)

    def thread(self, ref: RemoteRef) -> Thread:
        """What it answers, post by post; what answers or quotes it, by the search of the last seven days."""
        return reading.thread(self._line, ref)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """GET /2/users/:id/tweets, without reposts."""
        return reading.own_posts(self._line, before)

    def moderate(self, target: Target, action: Moderation) -> None:
        """Hide a reply in a conversation of ours; mute its author."""
        moderate(self._line, target, action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002
        """Public counts; of own posts of the last 30 days clicks too. X has no communities of ours."""
        return measure(self._line, refs, account=account)


def _said(draft: Draft) -> dict[str, Any]:
    """A draft in tweepy's words. Raises Unsupported for what X cannot say, Rejected for a picture that is not there."""
    objection = against(draft)
    if objection is not None:
        raise Unsupported("x", f"{objection.why[:1].upper()}{objection.why[1:]}. {objection.way_out}", code="option")
    poll, who = draft.options.poll, draft.options.who_may_reply
    said: dict[str, Any] = {
        "text": draft.text or None,  # X takes no empty text beside pictures
        "media_ids": [pictures.media_id(handle) for handle in handles("x", draft)] or None,
        "in_reply_to_tweet_id": draft.in_reply_to.id if draft.in_reply_to else None,
        "reply_settings": next((REPLY_SETTINGS[one] for one in who), None),
    }
    if poll is not None:
        said |= {"poll_options": list(poll.choices), "poll_duration_minutes": int(poll.lasts.total_seconds() // 60)}
    return said
