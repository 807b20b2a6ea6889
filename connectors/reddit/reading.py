"""Reading again what members and we said: as it stands now, with what stands around it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPost, RemoteInteraction, RemoteRef, Thread
from connectors.errors import Rejected, Retryable
from connectors.reddit import mapping
from connectors.reddit.calls import PAGE_SIZE, Calls
from connectors.reddit.community_rules import why_closed
from connectors.shape import at, rows, word

DEEP = 500
"""Comments asked for at once; Reddit shows so many to an app."""
CONTEXT = 8
"""Comments above the one that is asked for; Reddit shows no more at once."""
CLIMBS = 4
"""How often the way up is asked for: 32 comments above one."""
OWN_PAGES = 10
"""Reddit's listings end after about 1,000 entries."""
MORE_CALLS = 3
"""How often comments that a tree left out are asked for, 100 at once: a thread of a thousand is not read whole."""


def info(calls: Calls, names: Sequence[str]) -> dict[str, Any]:
    """Posts and comments by their fullnames, raw, as they stand now; at most 100."""
    asked = [name for name in dict.fromkeys(names) if name.startswith(("t1_", "t3_"))][:PAGE_SIZE]
    if not asked:
        return {}
    page = calls.listing("api/info", id=",".join(asked))
    children = {word(child, "data", "name"): child for child in rows(page, "data", "children")}
    return {name: children[name] for name in asked if name in children}


def read(calls: Calls, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
    """GET api/info for posts and comments, message/messages/<id> for each message."""
    found = {name: one for name, child in info(calls, [ref.id for ref in refs]).items() if (one := _any(child))}
    for ref in refs:
        if ref.id.startswith("t4_") and (message := _message(calls, ref.id)):
            found[ref.id] = message
    return found


def _any(child: Any) -> RemoteInteraction | None:
    kind = InteractionKind.COMMUNITY if word(child, "kind") == mapping.POST else None
    return mapping.interaction(child, kind=kind)


def _message(calls: Calls, name: str) -> RemoteInteraction | None:
    """A private message: Reddit answers with the first of its thread, and the others among its replies."""
    try:
        page = calls.listing(f"message/messages/{name[3:]}")
    except Rejected as error:
        if why_closed(error) == "gone" or error.code == "http-403":
            return None
        raise
    for child in mapping.tree(rows(page, "data", "children")):
        if word(child, "data", "name") == name:
            return mapping.interaction(child)
    return None


def own_posts(calls: Calls, before: str | None) -> tuple[EarlierPost, ...]:
    """GET user/<own>/overview: posts and comments, newest first. A page of gone ones only is passed over."""
    after: str | None = before
    found: tuple[EarlierPost, ...] = ()
    for _ in range(OWN_PAGES):
        further: dict[str, str] = {"after": after} if after else {}
        page = calls.listing(f"user/{calls.identity().handle}/overview", limit=PAGE_SIZE, sort="new", **further)
        found = tuple(one for child in rows(page, "data", "children") if (one := mapping.earlier(child)))
        following = word(page, "data", "after")
        if found or following is None:
            break
        after = following
    return found


def thread(calls: Calls, ref: RemoteRef) -> Thread:
    """GET comments/<post>, and of a comment the ways up and down from it; then what was left out, a few times."""
    if ref.id.startswith("t4_"):
        return _messages_around(calls, ref)
    things = info(calls, [ref.id])
    top = ref.id if ref.id.startswith("t3_") else word(things.get(ref.id), "data", "link_id")
    if ref.id not in things or top is None:
        raise Rejected("reddit", "It is not there any more.", code="gone")
    focus = None if top == ref.id else ref.id[3:]
    post, children = _tree(calls, top, focus)
    above = _above(calls, post, children, top, ref.id)
    subtree = children if focus is None else _under(children, ref.id)
    below, complete = _filled(calls, top, subtree)
    own = calls.own.handle if calls.own else None
    heard = {one.native_id: one for child in below if (one := mapping.interaction(child, own))}
    heard.pop(ref.id, None)
    return Thread(above, tuple(sorted(heard.values(), key=lambda one: (one.created_at, one.native_id))), complete)


def _tree(calls: Calls, top: str, focus: str | None) -> tuple[Any, list[Any]]:
    """The post, and the comments under it; of a comment those around it."""
    asked: dict[str, str | int] = {"limit": DEEP, "sort": "old"}
    path = f"comments/{top[3:]}"
    body = calls.read(path, **asked) if focus is None else calls.read(f"{path}/_/{focus}", context=CONTEXT, **asked)
    post = at(body, 0, "data", "children", 0)
    if post is None or not isinstance(at(body, 1, "data", "children"), list):
        raise Retryable("reddit", "Reddit answered something that is no thread.", code="not-a-thread")
    return post, rows(body, 1, "data", "children")


def _above(calls: Calls, post: Any, children: list[Any], top: str, name: str) -> tuple[RemoteInteraction, ...]:
    """What a comment answers, the post first. What is deleted on the way up is left out; the way goes on above it."""
    if name == top:
        return ()
    known = {told: child for child in mapping.tree(children) if (told := word(child, "data", "name"))}
    chain: list[Any] = []
    climbs, at_ = 1, name
    while (parent := word(known.get(at_), "data", "parent_id")) and parent != top:
        if parent not in known:
            if climbs == CLIMBS:
                break
            climbs += 1
            known |= {
                told: child
                for child in mapping.tree(_tree(calls, top, parent[3:])[1])
                if (told := word(child, "data", "name"))
            }
            if parent not in known:
                break
        chain.append(known[parent])
        at_ = parent
    found = (mapping.interaction(child, kind=kind) for child, kind in _kinds([post, *reversed(chain)]))
    return tuple(one for one in found if one)


def _kinds(children: list[Any]) -> list[tuple[Any, InteractionKind]]:
    post = InteractionKind.COMMUNITY
    return [(one, post if word(one, "kind") == mapping.POST else InteractionKind.COMMENT) for one in children]


def _under(children: list[Any], name: str) -> list[Any]:
    for child in mapping.tree(children):
        if word(child, "data", "name") == name and word(child, "kind") == mapping.COMMENT:
            return rows(child, "data", "replies", "data", "children")
    return []


def _filled(calls: Calls, top: str, children: list[Any]) -> tuple[list[Any], bool]:
    """The comments of a tree and of what it left out, and whether that is all of them."""
    things = list(mapping.tree(children))
    comments = [one for one in things if word(one, "kind") == mapping.COMMENT]
    more = [one for one in things if word(one, "kind") == "more"]
    complete = True
    for _ in range(MORE_CALLS):
        wanted = mapping.unread(more)
        complete = complete and all(mapping.unread([one]) for one in more)  # else Reddit says only that more follows
        if not wanted:
            return comments, complete
        asked = {"api_type": "json", "link_id": top, "children": ",".join(wanted[:PAGE_SIZE]), "sort": "old"}
        body = calls.read("api/morechildren", **asked)
        if not isinstance(at(body, "json", "data", "things"), list):
            return comments, False
        told = list(mapping.tree(rows(body, "json", "data", "things")))
        comments += [one for one in told if word(one, "kind") == mapping.COMMENT]
        rest = [{"kind": "more", "data": {"children": wanted[PAGE_SIZE:]}}] if wanted[PAGE_SIZE:] else []
        more = rest + [one for one in told if word(one, "kind") == "more"]
    return comments, complete and not more


def _messages_around(calls: Calls, ref: RemoteRef) -> Thread:
    """Private messages: those before it are above, those after it below."""
    page = calls.listing(f"message/messages/{ref.id[3:]}")
    own = calls.own.handle if calls.own else None
    told = {word(child, "data", "name"): child for child in mapping.tree(rows(page, "data", "children"))}
    if ref.id not in told:
        raise Rejected("reddit", "It is not there any more.", code="gone")
    when = mapping.created_at(told.pop(ref.id))
    items = sorted(
        (one for child in told.values() if (one := mapping.interaction(child))), key=lambda it: it.created_at
    )
    above = tuple(one for one in items if when and one.created_at < when)
    ours = {one.native_id for one in items if own and (one.author.handle or "").casefold() == own.casefold()}
    return Thread(above, tuple(one for one in items if one not in above and one.native_id not in ours))
