"""Approvals: what waits for a yes, what changed since the last one, yes and no, and links for those without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import posts, shapes, shapes_approvals
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_approvals as forms

blueprint = Blueprint(__name__)


@route(blueprint, "/workspace/approvals", method="PUT", action=Action.WORKSPACE_SET, form="ApprovalRuleForm")
def set_rule(ask: Ask, form: forms.ApprovalRuleForm) -> dict[str, Any]:
    """Say who must approve what before it is said. What waits or is scheduled already keeps what was asked of it."""
    from chalicelib.domain.approval import ApprovalRule
    from chalicelib.services import approving

    rule = ApprovalRule(
        form.people,
        form.by_another,
        frozenset(form.posts_of),
        frozenset(form.replies_of),
        timedelta(minutes=form.tolerance_minutes),
        timedelta(minutes=form.reminder_minutes),
    )
    return shapes.workspace(approving.set_rule(ask.desk, ask.caller, rule, ask.now))


@route(blueprint, "/approvals", action=Action.POST_READ, listing=True)
def list_approvals(ask: Ask) -> dict[str, Any]:
    """What waits for approval, by when it is to be said."""
    from chalicelib.services import approving

    return ask.page.of(
        lambda limit, after: approving.waiting(ask.desk, ask.caller.workspace, limit=limit, after=after),
        lambda one: posts.single(ask, one),
    )


@route(blueprint, "/variants/{variant_id}/approval", action=Action.POST_READ)
def get_approval(ask: Ask, variant_id: str) -> dict[str, Any]:
    """How a variant stands with those who are asked: what changed since the last yes, comments, links, and whether you may."""
    from chalicelib.services import approving

    found = approving.standing(ask.desk, ask.caller, variant_id)
    variant = shapes.variant(found.variant, found.body, ask.now, ask.desk.policy.timing[found.variant.platform])
    return shapes_approvals.standing(found, variant, ask.now)


@route(blueprint, "/variants/{variant_id}/approve", method="POST", action=Action.VARIANT_APPROVE, form="ApprovalForm")
def approve_variant(ask: Ask, form: forms.ApprovalForm, variant_id: str) -> dict[str, Any]:
    """Say yes to the version that you read. The last yes that is needed puts it on its schedule."""
    from chalicelib.services import approving

    after = approving.approve(ask.desk, ask.caller, variant_id, form.version, ask.now, text=form.comment)
    return posts.single(ask, after)


@route(blueprint, "/variants/{variant_id}/return", method="POST", action=Action.VARIANT_APPROVE, form="ReturnForm")
def return_variant(ask: Ask, form: forms.ReturnForm, variant_id: str) -> dict[str, Any]:
    """Ask for changes to the version that you read: it is a draft again."""
    from chalicelib.services import approving

    after = approving.give_back(ask.desk, ask.caller, variant_id, form.version, form.comment, ask.now)
    return posts.single(ask, after)


@route(blueprint, "/variants/{variant_id}/comments", method="POST", action=Action.VARIANT_COMMENT, form="CommentForm")
def comment_variant(ask: Ask, form: forms.CommentForm, variant_id: str) -> Answer:
    """Say something about a variant to those who work on it. No platform ever gets it."""
    from chalicelib.services import approving

    said = approving.comment(ask.desk, ask.caller, variant_id, form.comment, ask.now)
    return Answer(shapes_approvals.comment(said), status=201)


@route(blueprint, "/variants/{variant_id}/links", method="POST", action=Action.LINK_MAKE, form="LinkForm")
def make_link(ask: Ask, form: forms.LinkForm, variant_id: str) -> Answer:
    """A link for one yes or no without an account; `token` is shown this once. It counts as yours: takes variant:approve."""
    from chalicelib.services import review_links

    ends = None if form.expires_at is None else instant(form.expires_at)
    token, link = review_links.make(ask.desk, ask.caller, variant_id, form.label, ends, ask.now)
    base = ask.desk.policy.public_url
    address = f"{base}/review#{token}" if base else None
    return Answer({**shapes_approvals.link(link, ask.now), "token": token, "address": address}, status=201)


@route(blueprint, "/links/{link_id}", method="DELETE", action=Action.LINK_REVOKE)
def revoke_link(ask: Ask, link_id: str) -> Answer:
    """Take a link back: it opens nothing from now on. Doing it twice is doing it once."""
    from chalicelib.services import review_links

    review_links.revoke(ask.desk, ask.caller, link_id, ask.now)
    return Answer(None, status=204)
