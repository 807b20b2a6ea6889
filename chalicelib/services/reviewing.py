"""Reviewing: one person per item, a reason with every decision, and what was decided in the same write.

A person's decision about an interaction ends automation in its conversation for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access import Action, Caller
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound, RemoteRefused, RemoteUnavailable
from chalicelib.domain.interaction import INTERACTION, InteractionState
from chalicelib.domain.post import VARIANT, Remote, Variant, VariantState
from chalicelib.domain.rationale import Actor, Rationale
from chalicelib.domain.review import CLAIM_LASTS, REVIEW, VERDICTS, Claim, ReviewItem, ReviewState, Subject, Verdict
from chalicelib.domain.sending import going_on
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import accounts, aftermath, bindings, replying, scheduling
from chalicelib.services.bodies import body_of, draft_of, remote_of
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from chalicelib.store.repository import Listing, Stale
from connectors import errors
from connectors.contract import Absent, Found, Unproven


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, and why. `text`: the reply, for ANSWER. `remote_id`, `url`: where it is, for PUBLISHED."""

    verdict: Verdict
    why: str
    clauses: tuple[str, ...] = ()
    text: str | None = None
    remote_id: str | None = None
    url: str | None = None


def waiting(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[ReviewItem]:
    """What waits for a person: the gravest first, then by deadline."""
    return desk.store.reviews.listed(keys.shelf(workspace, "REVIEW"), limit=limit, after=after)


def claim(desk: Desk, caller: Caller, review_id: str, now: datetime) -> ReviewItem:
    """Take an item, or take it for longer. Raises NotFound, Conflict where somebody else holds it."""
    item = _item(desk, caller, review_id)
    _check_free(item, caller, now)
    if item.subject is Subject.INTERACTION and item.state is not ReviewState.CLAIMED:
        item = _as_it_stands(desk, caller, item, now)
    if not REVIEW.allows(item.state, "claim"):
        raise Conflict(f"the item is {item.state.value}")
    after = replace(
        item,
        state=REVIEW.move(item.state, "claim"),
        claim=Claim(caller.member, now + CLAIM_LASTS),
        first_claimed_at=item.first_claimed_at or now,
    )
    return _save(desk, item, after, "claim", "taken by a reviewer", caller, now)


def _as_it_stands(desk: Desk, caller: Caller, item: ReviewItem, now: datetime) -> ReviewItem:
    """The item after what it asks about was read again: it is moot where that was changed or taken back."""
    from chalicelib.services import rereading

    interaction = desk.store.interactions.get(caller.workspace, item.about)
    if interaction is None or not rereading.look(desk, interaction, now):
        return item
    return _item(desk, caller, item.id)


def release(desk: Desk, caller: Caller, review_id: str, now: datetime) -> ReviewItem:
    """Give an item back. Raises NotFound, Conflict where it is not the caller's."""
    item = _item(desk, caller, review_id)
    check_mine(item, caller, now)
    after = replace(item, state=REVIEW.move(item.state, "release"), claim=None)
    return _save(desk, item, after, "release", "given back by the reviewer", caller, now)


def decide(desk: Desk, caller: Caller, review_id: str, decision: Decision, now: datetime) -> ReviewItem:
    """Decide about an item that the caller holds. Raises NotFound, Conflict, InvalidField, NotAllowed; then nothing changed."""
    item = _item(desk, caller, review_id)
    if item.subject is Subject.VARIANT and not caller.may(Action.VARIANT_SETTLE):
        raise NotAllowed(f"this needs the right {Action.VARIANT_SETTLE.value}")
    check_mine(item, caller, now)
    if decision.verdict not in VERDICTS[item.subject]:
        fitting = ", ".join(sorted(VERDICTS[item.subject]))
        raise InvalidField("/verdict", f"this item can be decided by: {fitting}", fix="Choose one of these.")
    actor = Actor.member(caller.member)
    rationale = Rationale(decision.why, actor, decision.clauses)
    after = replace(
        item, state=REVIEW.move(item.state, "decide"), verdict=decision.verdict, rationale=rationale, claim=None
    )
    event = desk.store.reviews.moved(item, after, "decide", now, Actor.member(caller.member), decision.why)
    if item.subject is Subject.INTERACTION:
        writes = _about_interaction(desk, caller, item, decision, now)
    else:
        writes = _about_variant(desk, caller, item, decision, now)
    try:
        desk.store.write([desk.store.reviews.changed(item, after, event), *writes.writes])
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment") from failed
    writes.announce(desk, now)
    return desk.store.reviews.advanced(item, after, event)


@dataclass(frozen=True, slots=True)
class _Follows:
    """What a decision does, beyond closing the item."""

    writes: Sequence[Write]
    post: scheduling.NewPost | None = None
    aftermath: aftermath.Aftermath | None = None

    def announce(self, desk: Desk, now: datetime) -> None:
        if self.post is not None:
            self.post.announce(desk, now)
        if self.aftermath is not None:
            self.aftermath.announce(desk)


def _about_interaction(desk: Desk, caller: Caller, item: ReviewItem, decision: Decision, now: datetime) -> _Follows:
    interaction = desk.store.interactions.get(caller.workspace, item.about)
    if interaction is None:
        raise NotFound
    if interaction.state is not InteractionState.IN_REVIEW:
        raise Conflict(f"the interaction is {interaction.state.value}")
    post = None
    after = replace(interaction, state=INTERACTION.move(interaction.state, "decided"))
    if decision.verdict is Verdict.ANSWER:
        post_id = derived_id("reply", item.id, str(item.rev))
        post = replying.at_once(desk, caller, interaction, decision.text or "", post_id, now)
        after = replace(after, answer=post.variants[0].id)
    event = desk.store.interactions.moved(interaction, after, "decided", now, Actor.member(caller.member), decision.why)
    return _Follows(
        [
            desk.store.interactions.changed(interaction, after, event),
            desk.store.human_update(keys.thread_touch(caller.workspace, interaction.conversation.id), now),
            *(post.writes if post else ()),
        ],
        post,
    )


def _about_variant(desk: Desk, caller: Caller, item: ReviewItem, decision: Decision, now: datetime) -> _Follows:
    variant = desk.store.variants.get(caller.workspace, item.about)
    if variant is None:
        raise NotFound
    if variant.state is not VariantState.NEEDS_REVIEW:
        raise Conflict(f"the variant is {variant.state.value}")
    if decision.verdict is Verdict.SEND_AGAIN:
        timing = desk.policy.timing[variant.platform]
        landed = variant.events[-1].at + timing.landing + timing.visible + timing.skew
        if now < landed:
            # Until then the last attempt may still land: sent again it would be there twice, cancelled it would be there.
            raise Conflict(
                "the last attempt may still land", fix=f"Look again after {landed:%H:%M:%S} UTC, then decide."
            )
    found = _confirmed(desk, variant, decision, now) if decision.verdict is Verdict.PUBLISHED else None
    after, act = _settled(variant, decision, found, now)
    event = desk.store.variants.moved(variant, after, act, now, Actor.member(caller.member), decision.why)
    follow = aftermath.of(desk, after, now)
    return _Follows([desk.store.variants.changed(variant, after, event), *follow.writes], aftermath=follow)


def _confirmed(desk: Desk, variant: Variant, decision: Decision, now: datetime) -> Remote:
    """The post that a person says it is, once it was read: it is there, ours, says the same, and is nobody else's.

    Raises InvalidField where it is not, Conflict where another variant is that post, RemoteUnavailable or RemoteRefused
    where it cannot be read.
    """
    reference = decision.remote_id or decision.url
    pointer = "/remote_id" if decision.remote_id or not decision.url else "/url"
    if not reference:
        raise InvalidField(pointer, "say which post it is", fix="Give the id or the address that the platform shows.")
    account = desk.store.accounts.get(variant.workspace, variant.account)
    if account is None:
        raise Conflict("its account is gone, so that nobody can read it", fix="Close the item instead.")
    try:
        connector = connector_for(desk, account)
        connector.sign_in()
        can = desk.platforms.capabilities(variant.platform)
        found = connector.confirm(draft_of(body_of(desk, variant), can, variant.said), reference)
    except (errors.Retryable, errors.Ambiguous) as error:
        raise RemoteUnavailable(str(error)) from error
    except errors.ConnectorError as error:
        accounts.refused(desk, account, error, now)
        if isinstance(error, errors.Rejected) and not isinstance(error, errors.Unpaid):
            fix = "Give the id or the address that the platform shows."
            raise InvalidField(pointer, error.detail, fix=fix) from error
        raise RemoteRefused(str(error)) from error
    match found:
        case Absent():
            raise InvalidField(pointer, "this account has no such post", fix="Look again, or choose another verdict.")
        case Unproven(why):
            raise InvalidField(pointer, why, fix="Name the post that says what this variant says.")
        case Found(receipt):
            remote = remote_of(receipt.ref)
    if not bindings.bind(desk, variant, remote):
        raise Conflict("that post belongs to another variant that says the same", fix="Look for the other one.")
    return remote


def _settled(variant: Variant, decision: Decision, found: Remote | None, now: datetime) -> tuple[Variant, str]:
    if found is not None and len(variant.said) + 1 < variant.parts:
        # A part of a thread: whoever says that it stands there lets the rest go on.
        after = going_on(replace(variant, state=VARIANT.move(variant.state, "confirm_part")), found, now)
        return replace(after, schedule=replace(variant.schedule, at=now)), "confirm_part"
    if found is not None:
        after = replace(variant, state=VARIANT.move(variant.state, "confirm"), published_at=now)
        after = replace(after, remote=variant.remote or found, said=(*variant.said, found) if variant.said else ())
        return replace(after, dirty=False, doubt=None, reason=None), "confirm"
    if decision.verdict is Verdict.SEND_AGAIN:
        # Late is what it already is; the person has seen that, so its clock starts anew.
        schedule = replace(variant.schedule, at=now)
        after = replace(variant, state=VARIANT.move(variant.state, "resend"), schedule=schedule, not_before=now)
        return replace(after, dirty=False, doubt=None, reason=None), "resend"
    return replace(variant, state=VARIANT.move(variant.state, "close"), reason=decision.why), "close"


# --- shared ----------------------------------------------------------------------------------------------------------


def overdue(desk: Desk, workspace: str, review_id: str, now: datetime) -> None:
    """Past its deadline an item goes past the desk, and says so. Nothing is decided by the clock."""
    item = desk.store.reviews.get(workspace, review_id)
    if item is None or now < item.deadline or not REVIEW.allows(item.state, "overdue"):
        return
    if item.claim is not None and item.claim.live(now):
        return  # a person is at it: the tick asks again
    after = replace(item, state=REVIEW.move(item.state, "overdue"), claim=None)
    event = desk.store.reviews.moved(
        item, after, "overdue", now, Actor.worker("tick"), "nobody decided before the deadline"
    )
    try:
        desk.store.reviews.save(item, after, event)
    except Stale:
        return


def _item(desk: Desk, caller: Caller, review_id: str) -> ReviewItem:
    item = desk.store.reviews.get(caller.workspace, review_id)
    if item is None:
        raise NotFound
    return item


def _check_free(item: ReviewItem, caller: Caller, now: datetime) -> None:
    if item.claim is not None and item.claim.live(now) and item.claim.member != caller.member:
        raise Conflict("another person holds it", fix="Take another item, or wait until the claim runs out.")


def check_mine(item: ReviewItem, caller: Caller, now: datetime) -> None:
    """Raises Conflict, NotAllowed where the caller does not hold the item."""
    if item.state is not ReviewState.CLAIMED or item.claim is None:
        raise Conflict(f"the item is {item.state.value}", fix="Claim it first.")
    if item.claim.member != caller.member:
        raise NotAllowed("another person holds this item", fix="Wait until it is released, or the claim runs out.")
    if not item.claim.live(now):
        raise Conflict("your claim has run out", fix="Claim it again.")


def _save(
    desk: Desk, item: ReviewItem, after: ReviewItem, act: str, why: str, caller: Caller, now: datetime
) -> ReviewItem:
    try:
        event = desk.store.reviews.moved(item, after, act, now, Actor.member(caller.member), why)
        return desk.store.reviews.save(item, after, event)
    except Stale as stale:
        raise Conflict("it was changed at the same moment") from stale
