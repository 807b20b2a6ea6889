"""One Reddit account behind the contract; each verb has a module of its own, and `calls` makes the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors import text
from connectors.capabilities import Terms
from connectors.communities import CommunityRules
from connectors.contract import (
    USUAL_LISTENING,
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
    Upload,
)
from connectors.errors import Unsupported
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.reddit import (
    CAPABILITIES,
    answers,
    community_rules,
    finding,
    hearing,
    measuring,
    moderating,
    reading,
    submitting,
    uploading,
)
from connectors.reddit.calls import Calls
from connectors.reddit.refusals import refused


class RedditConnector:
    """One Reddit account. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._calls = Calls(sign_in)

    def sign_in(self) -> None:
        """Renew the access token if it is spent or nearly so, and keep it with its expiry."""
        self._calls.sign_in()

    def identify(self) -> Identity:
        """GET /api/v1/me."""
        return self._calls.who()

    def length(self, draft: Draft) -> int:
        """Code points of Markdown."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """Reddit takes no key; this one only names the send on our side."""
        return text.derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002  (Reddit takes no key)
        """One POST (submitting.py). Signs in first: free after `sign_in`."""
        return submitting.publish(self._calls, draft)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (no key)
        """Look through our own listing since the first claim (finding.py)."""
        return finding.find_published(self._calls, draft, since)

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /api/info."""
        return finding.confirm(self._calls, draft, reference)

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """The inbox, and what else is listened to (hearing.py). The cursor is JSON (cursors.py)."""
        return hearing.fetch(self._calls, cursor, listening)

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:
        """The inbox further back (hearing.py)."""
        return hearing.back(self._calls, token, since, listening)

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """GET /api/info (reading.py)."""
        return reading.read(self._calls, refs)

    def thread(self, ref: RemoteRef) -> Thread:
        """GET /comments/<post> and what it left out, within bounds (reading.py)."""
        return reading.thread(self._calls, ref)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """GET /user/<own>/overview."""
        return reading.own_posts(self._calls, before)

    def moderate(self, target: Target, action: Moderation) -> None:
        """One POST that may be repeated (moderating.py)."""
        moderating.moderate(self._calls, target, action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:
        """Counts of posts, of the account, of communities (measuring.py)."""
        return measuring.metrics(self._calls, refs, account=account, communities=communities)

    def delete(self, ref: RemoteRef) -> None:
        """POST /api/del, which answers the same whether it was there or not; a private message stays with whoever got it."""
        if ref.id.startswith("t4_"):
            raise Unsupported("reddit", "A private message on Reddit cannot be taken back.", code="private")
        wire = self._calls.post("api/del", {"id": ref.id})
        if wire.answer and answers.refusal(wire.answer.body):
            raise refused(wire.answer)

    def terms(self) -> Terms:
        """As everywhere on the platform; what a community asks: `rules_of`."""
        return Terms()

    def rules_of(self, community: str) -> CommunityRules:
        """GET r/<name>/about and api/v1/<name>/post_requirements (community_rules.py)."""
        return community_rules.rules_of(self._calls, community)

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """A lease, then the picture (uploading.py)."""
        return uploading.upload(self._calls, picture, data)

    def uploaded(self, handle: str) -> str | None:
        """Reddit works on a picture only once a post shows it."""
        return handle
