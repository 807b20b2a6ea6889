"""One Lemmy account: what it says, and what it finds of that again. What it hears and moderates lies beside.

It keeps nothing between calls. A first post names its community by a number that only the instance knows, so it is asked
for it before; the write itself is one request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors import text
from connectors.capabilities import Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPage,
    EarlierPost,
    Found,
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
from connectors.errors import Ambiguous, Rejected, Retryable, Unsupported
from connectors.lemmy import CAPABILITIES, mapping, moderating
from connectors.lemmy import listening as heard
from connectors.lemmy.instance import PAGE_SIZE, Instance
from connectors.metrics import Counts, Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import refuse_options, refuse_thread, refuse_video
from connectors.readback import Readback, confirmed

OWN_PAGES = 10
_LEFT = frozenset({"gone", "couldnt_update_post", "couldnt_update_comment", "couldnt_update_private_message"})
"""What Lemmy says of a deletion that was done before."""


class LemmyConnector:
    """One account on one instance. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._instance = Instance(sign_in)

    def sign_in(self) -> None:
        """Nothing to do: a Lemmy token does not run out by itself."""

    def identify(self) -> Identity:
        """GET /site."""
        found = mapping.identity(self._instance.told("/site"))
        if found is None:
            raise Retryable("lemmy", "The instance did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Code points."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """Ours only: Lemmy takes no key."""
        return text.derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002  (Lemmy takes no key)
        """POST /post, /comment or /private_message, once."""
        path, content = self._writing(draft)

        def made(body: Any) -> RemoteRef | None:
            return mapping.created(body, self._instance.url)

        ref = made(self._instance.created(path, made, content))
        if ref is None:
            raise Ambiguous("lemmy", "The instance took it but did not say which one it is.", code="no-id")
        return Receipt(mapping.own(ref))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (not searchable)
        """Read back what this account said. A listing may be cached or cut: silence is not proof."""
        readback = Readback(mapping.saying(draft), since)
        qualified = "@" in mapping.bare(draft.community)
        seen: set[str] = set()
        for page in self._own_pages(draft):
            found = [post for view in page if (post := mapping.own_post(view, self._instance.url, qualified=qualified))]
            new = [post for post in found if post.ref.id not in seen]
            seen |= {post.ref.id for post in new}
            readback.see(new)
            readback.complete = not new or any(post.made < readback.back_to for post in new)
            if readback.complete:
                break
        told = readback.verdict(Unproven("Nothing like it stands among what this account said.", silent=True))
        return Found(Receipt(mapping.own(told.receipt.ref))) if isinstance(told, Found) else told

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /post or /comment."""
        ref_id = mapping.referred(reference, self._sign_in.base_url)
        sort, number = mapping.split(ref_id)
        own = self._identity()
        body = self._instance.maybe(f"/{sort}", id=number)
        if body is None:
            return Absent()
        view = body.get(f"{sort}_view")
        post = mapping.own_post(view, self._instance.url, qualified="@" in mapping.bare(draft.community))
        if post is None and not mapping.is_gone(view):
            raise Retryable("lemmy", "The instance answered something that is no post.", code="not-a-post")
        if post is None or mapping.author(view and view.get("creator")).id != own.id:
            return Absent()
        return confirmed(post, mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """Replies and mentions, and what else is switched on, each from where it was read to."""
        return heard.Ears(self._instance, self._identity().id, listening).fetch(cursor)

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:
        """Replies and mentions, and messages where they are switched on, page by page."""
        return heard.back(self._instance, self._identity().id, token, since, listening)

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """GET /post and /comment, one by one; messages from the list with whoever wrote them."""
        return heard.read(self._instance, refs, self._sign_in.identity)

    def thread(self, ref: RemoteRef) -> Thread:
        """The post and all of its comments."""
        return heard.thread(self._instance, ref, self._identity().id)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """GET /user, page by page."""
        seen: set[str] = set()
        passed = before is None
        for page in self._pages("/user", person_id=self._identity().id, sort="New"):
            found = [one for view in page if (one := mapping.earlier(view, self._instance.url))]
            new = sorted((one for one in found if one.ref.id not in seen), key=lambda one: one.created_at, reverse=True)
            seen |= {one.ref.id for one in new}
            if not new:
                return ()
            if passed:
                return tuple(new)
            ids = [one.ref.id for one in new]
            if before in ids:
                passed = True
                if rest := new[ids.index(before) + 1 :]:
                    return tuple(rest)
        return ()

    def moderate(self, target: Target, action: Moderation) -> None:
        """As moderator: remove, lock, ban, and back. As anybody: block and back, report."""
        moderating.moderate(self._instance, target, action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:
        """Counts of posts and comments one by one, of the account, and of communities."""
        posts: dict[str, Counts] = {}
        for ref in refs:
            sort, number = mapping.split(ref.id)
            body = None if sort == mapping.MESSAGE else self._instance.maybe(f"/{sort}", id=number)
            if body is not None and not mapping.is_gone(view := body.get(f"{sort}_view")):
                posts[ref.id] = mapping.counts(view)
        told = self._instance.told("/user", person_id=self._identity().id, limit=1) if account else None
        asked = {name: self._instance.maybe("/community", name=mapping.bare(name)) for name in communities}
        known = {name: mapping.community_counts(body) for name, body in asked.items() if body is not None}
        return Metrics(posts, mapping.account_counts(told), known)

    def delete(self, ref: RemoteRef) -> None:
        """POST /post/delete, /comment/delete or /private_message/delete."""
        sort, number = mapping.split(ref.id)
        try:
            self._instance.done(f"/{sort}/delete", **{f"{sort}_id": number, "deleted": True})
        except Rejected as refused:
            if refused.code not in _LEFT:
                raise

    def terms(self) -> Terms:
        """As everywhere: an instance does not tell its lengths."""
        return Terms()

    def upload(self, picture: Picture, data: bytes) -> Upload:  # noqa: ARG002
        """Not yet: a picture on Lemmy is a link to a file of its instance."""
        raise Unsupported("lemmy", "Pictures on Lemmy are not there yet.", code="pictures")

    def uploaded(self, handle: str) -> str | None:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("lemmy", "Pictures on Lemmy are not there yet.", code="pictures")

    # --- inside ---------------------------------------------------------------------------------------------------

    def _writing(self, draft: Draft) -> tuple[str, dict[str, Any]]:
        """The path and body of a write. What has to be looked up for it is read before."""
        refuse_thread("lemmy", draft)
        refuse_options(CAPABILITIES, draft)
        refuse_video(CAPABILITIES, draft)
        if draft.pictures:
            raise Unsupported("lemmy", "Pictures on Lemmy are not there yet.", code="pictures")
        target = draft.in_reply_to
        if target is None:
            return "/post", self._post(draft)
        if draft.options.asked:
            raise Unsupported("lemmy", "An answer on Lemmy is words only.", code="option")
        sort, number = mapping.split(target.id)
        if sort == mapping.MESSAGE:
            if target.root is None:
                raise Rejected("lemmy", "Nobody knows whom that message came from.", code="gone")
            person = int(target.root.id.removeprefix("person/"))
            return "/private_message", {"content": draft.text, "recipient_id": person}
        if sort == mapping.POST:
            return "/comment", {"content": draft.text, "post_id": number}
        return "/comment", {"content": draft.text, "post_id": self._post_of(target, number), "parent_id": number}

    def _post(self, draft: Draft) -> dict[str, Any]:
        name = mapping.bare(draft.community)
        if not name or not draft.title:
            raise Rejected("lemmy", "A post on Lemmy has a title and stands in a community.", code="no-community")
        found = self._instance.maybe("/community", name=name)
        if found is None:
            raise Rejected("lemmy", "The instance knows no such community.", code="no-community")
        community = mapping.number(found, "community_view", "community", "id")
        if community is None:
            raise Retryable("lemmy", "The instance did not say which community that is.", code="no-community-id")
        asked = {
            "name": draft.title,
            "community_id": community,
            "body": draft.text or None,
            "url": draft.options.card.url if draft.options.card else None,
            "nsfw": draft.options.sensitive or None,
        }
        return {name: it for name, it in asked.items() if it is not None}

    def _post_of(self, target: RemoteRef, comment: int) -> int:
        if target.root:
            return mapping.split(target.root.id)[1]
        found = self._instance.maybe("/comment", id=comment)
        post = mapping.number(found, "comment_view", mapping.POST, "id")
        if post is None:
            raise Rejected("lemmy", "What it answers is not there.", code="gone")
        return post

    def _own_pages(self, draft: Draft) -> Iterator[list[Any]]:
        if draft.in_reply_to and draft.in_reply_to.id.startswith(f"{mapping.MESSAGE}/"):
            own = self._identity().id
            for page in range(1, OWN_PAGES + 1):
                rows = self._instance.rows("/private_message/list", "private_messages", page=page, limit=PAGE_SIZE)
                yield [view for view in rows if str(mapping.number(view, mapping.MESSAGE, "creator_id")) == own]
        else:
            yield from self._pages("/user", person_id=self._identity().id, sort="New")

    def _pages(self, path: str, **query: Any) -> Iterator[list[Any]]:
        """Pages of what a person said: posts and comments together."""
        for page in range(1, OWN_PAGES + 1):
            body = self._instance.told(path, page=page, limit=PAGE_SIZE, **query)
            posts, comments = body.get("posts"), body.get("comments")
            if not isinstance(posts, list) or not isinstance(comments, list):
                raise Retryable("lemmy", "The instance answered something that is no list.", code="not-a-list")
            yield [*posts, *comments]

    def _identity(self) -> Identity:
        return self._sign_in.identity or self.identify()
