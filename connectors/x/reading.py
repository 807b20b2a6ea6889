"""Reading posts again on X: as they stand now, what stands around them, what the account said before.

Each post that is read costs money once a day (README.md); nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import EarlierPost, RemoteInteraction, RemoteRef, Thread
from connectors.errors import Rejected, Retryable
from connectors.http import Answer, Wire
from connectors.shape import at, rows, word
from connectors.translate import server_now, translated
from connectors.x import is_private, mapping, posts, private
from connectors.x.counts import post_counts
from connectors.x.line import Line
from connectors.x.mapping import Beside
from connectors.x.refusals import TABLE, gone, listed, refused_since_id, unknown

PAGE = 100
SEARCHED = timedelta(days=7)
"""How far back X's recent search reaches."""
THREAD_PAGES = 3
MOST_ABOVE = 25
"""Posts that are climbed over on the way up; each that the search did not show is a request."""


def since(call: Callable[..., Any], wire: Wire, *, most: int, since_id: str | None) -> list[Any]:
    """Up to `most` pages of a timeline, newest first. Where X finds `since_id` too old, the same again without it."""
    pages: list[Any] = []
    token: str | None = None
    while len(pages) < most:
        try:
            page = call(since_id=since_id, pagination_token=token)
        except Exception:
            refused = wire.answer is not None and refused_since_id(wire.answer.body)
            if since_id is None or not refused:
                raise
            since_id, token, pages = None, None, []
            continue
        pages.append(page)
        token = word(page, "meta", "next_token")
        if token is None:
            break
    return pages


def one(line: Line, post_id: str, expansions: Sequence[str]) -> Any:
    """GET /2/tweets/:id as X answers it; None where it says 404."""
    with line.client() as (client, wire):
        try:
            with translated(TABLE, wire):
                return client.get_tweet(post_id, **posts.FIELDS, expansions=[*expansions], user_auth=line.oauth1)
        except Rejected:
            if wire.answer is None or wire.answer.status != 404:
                raise
            return None


def some(line: Line, ids: Iterable[str], **more: Any) -> Answer:
    """GET /2/tweets of up to 100 ids. Raises for an answer that speaks of no post."""
    with line.client() as (client, wire), translated(TABLE, wire):
        asked = {**posts.FIELDS, "expansions": [*posts.EXPANSIONS], **more}
        body = client.get_tweets([*ids], user_auth=line.oauth1, **asked)
    if wire.answer is None or not (isinstance(at(body, "data"), list) or rows(body, "errors")):
        unknown(body)
    return wire.answer


# --- as it stands now -------------------------------------------------------------------------------------------------


def again(line: Line, refs: Sequence[RemoteRef]) -> dict[str, RemoteInteraction]:
    """Posts and messages as they stand now, by the id that was asked. Raises where X does not say what became of one."""
    own = line.identity().id if refs else None
    found = {ref.id: read for ref in refs if is_private(ref) and (read := private.again(line, ref.id))}
    ids = [ref.id for ref in refs if posts.is_id(ref.id)]
    return {**_posts(line, ids, own), **found} if ids else found


def _posts(line: Line, ids: list[str], own: str | None) -> dict[str, RemoteInteraction]:
    body = some(line, ids).body
    told = {post_id: post for post in rows(body, "data") if (post_id := word(post, "id"))}
    left = {word(error, "resource_id") or word(error, "value") for error in rows(body, "errors") if gone(error)}
    if unsaid := set(ids) - set(told) - left:
        raise Retryable("x", f"X did not say what became of {len(unsaid)} posts.", code="not-told")
    latest = {asked: posts.versions(told[asked])[-1] for asked in ids if asked in told}
    beside = Beside.of(body, own)
    if edited := sorted(set(latest.values()) - set(told)):
        newer = some(line, edited).body
        told |= {post_id: post for post in rows(newer, "data") if (post_id := word(post, "id"))}
        beside = beside.joined(Beside.of(newer, own))
    read = {asked: mapping.interaction(told.get(last), beside, anybodys=True) for asked, last in latest.items()}
    if any(found is None for found in read.values()):
        raise Retryable("x", "X showed a post in a shape that is not known.", code="unknown-shape")
    return {asked: found for asked, found in read.items() if found}


# --- what stands around it --------------------------------------------------------------------------------------------


def thread(line: Line, ref: RemoteRef) -> Thread:
    """What a post answers, and what answers or quotes it. Raises Rejected(code="gone") where it is not there."""
    if is_private(ref):
        return private.thread(line, ref)
    own = line.identity().id
    body = one(line, ref.id, [*posts.EXPANSIONS, "referenced_tweets.id.author_id"])
    if body is None or (at(body, "data") is None and posts.is_gone(body)):
        raise Rejected("x", "The post is not there any more.", code="gone")
    post = at(body, "data")
    ids, root = posts.versions(post), word(post, "conversation_id")
    if not ids or root is None:
        unknown(body)
    beside = Beside.of(body, own)
    around, complete = _around(line, root, ids, posts.made({"id": ids[0]}) or posts.made(post))
    for page in around:
        beside = beside.joined(Beside.of(page, own))
    above = _above(line, post, beside)
    below = _below(around, ids, beside, is_root=root in ids)
    return Thread(tuple(above), tuple(below), complete)


def _around(line: Line, root: str, ids: Sequence[str], made: datetime | None) -> tuple[list[Any], bool]:
    """The conversation as the recent search knows it, with what quotes the post; and whether that is all of it."""
    quotes = " OR ".join(f"quotes_of_tweet_id:{one}" for one in ids)
    query = f"(conversation_id:{root} OR {quotes}) -is:retweet"
    pages: list[Any] = []
    token: str | None = None
    with line.client() as (client, wire), translated(TABLE, wire):
        while len(pages) < THREAD_PAGES and (token or not pages):
            asked = {**posts.FIELDS, "expansions": posts.EXPANSIONS, "max_results": PAGE, "next_token": token}
            page = client.search_recent_tweets(query, user_auth=line.oauth1, **asked)
            listed(page)
            pages.append(page)
            token = word(page, "meta", "next_token")
    recent = (
        made is None or wire.answer is None or made.timestamp() > server_now(wire.answer) - SEARCHED.total_seconds()
    )
    return pages, token is None and recent


def _above(line: Line, post: Any, beside: Beside) -> list[RemoteInteraction]:
    """What was answered, the root first, as far up as X shows it."""
    above: list[RemoteInteraction] = []
    parent = posts.references(post).get("replied_to")
    while parent is not None and len(above) < MOST_ABOVE:
        if parent not in beside.posts:
            beside = beside.joined(Beside.of(some(line, [parent]).body, beside.own))
        shown = beside.posts.get(parent)
        read = mapping.interaction(shown, beside, anybodys=True)
        if read is None:
            break
        above.insert(0, read)
        parent = posts.references(shown).get("replied_to")
    return above


def _below(pages: Sequence[Any], ids: Sequence[str], beside: Beside, *, is_root: bool) -> list[RemoteInteraction]:
    """What answers a post, or quotes it, at whatever depth, oldest first; ours left out, though it may lead to others'.

    Under a root that is every answer in the conversation, also one whose parent is gone.
    """
    found = {
        one: entry for page in pages for entry in rows(page, "data") if (one := word(entry, "id")) not in (None, *ids)
    }
    leads = {one: set(posts.references(entry).values()) for one, entry in found.items()}
    under = {*ids, *(one for one, entry in found.items() if is_root and "replied_to" in posts.references(entry))}
    before = 0
    while len(under) > before:
        before = len(under)
        under |= {version for one, to in leads.items() if to & under for version in posts.versions(found[one])}
    read = [mapping.interaction(entry, beside) for one, entry in found.items() if one in under]
    return sorted((item for item in read if item), key=lambda item: (item.created_at, item.native_id))


# --- what the account said --------------------------------------------------------------------------------------------


def own_posts(line: Line, before: str | None) -> tuple[EarlierPost, ...]:
    """GET /2/users/:id/tweets below an id, newest first, without reposts."""
    own = line.identity()
    with line.client() as (client, wire), translated(TABLE, wire):
        asked = {**posts.FIELDS, "until_id": before, "exclude": ["retweets"], "max_results": PAGE}
        page = client.get_users_tweets(own.id, user_auth=line.oauth1, **asked)
    return tuple(read for post in listed(page) if (read := _earlier(post, own.handle)))


def _earlier(post: Any, handle: str) -> EarlierPost | None:
    post_id, when, refers = word(post, "id"), posts.made(post), posts.references(post)
    if post_id is None or when is None or word(post, "text") is None or "retweeted" in refers:
        return None
    ref = RemoteRef(post_id, posts.post_url(post_id, handle))
    return EarlierPost(ref, posts.typed_text(post).strip(), when, post_counts(post), refers.get("replied_to"))
