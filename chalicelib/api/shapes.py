"""Nouns as the API shows them: JSON types, snake_case, times ISO 8601 in UTC, enum values as they are.

It must never show a secret: no credential, token hash, sealed value, remote person's id, handle, name or address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.domain.access import ApiToken
from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.brake import Brake
from chalicelib.domain.composing import Remark
from chalicelib.domain.digest import Digest
from chalicelib.domain.escalation import Escalation
from chalicelib.domain.incident import Incident
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.looking_back import History
from chalicelib.domain.options import Options
from chalicelib.domain.post import Body, Post, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Evidence, Rationale, Refused
from chalicelib.domain.review import ReviewItem
from chalicelib.domain.sending import Step, next_step, takeover_at
from chalicelib.domain.timing import Timing
from chalicelib.domain.triage import TriageDecision
from chalicelib.domain.workspace import Member, Workspace

if TYPE_CHECKING:
    from chalicelib.services.braking import Resumed, Standing

Json = dict[str, Any]


def time(at: datetime | None) -> str | None:
    """The instant in UTC, whole seconds where it has no fraction; None stays None."""
    if at is None:
        return None
    return at.isoformat().replace("+00:00", "Z")


def minutes(span: timedelta | None) -> int | None:
    """A span of time in whole minutes; None stays None."""
    return None if span is None else span // timedelta(minutes=1)


def events(found: Iterable[AuditEvent]) -> list[Json]:
    """Who changed what, when and why, oldest first."""
    return [
        {
            "subject": one.subject,
            "act": one.act,
            "at": time(one.at),
            "actor": one.actor.id,
            "why": one.why,
            "before": one.before,
            "after": one.after,
        }
        for one in found
    ]


def workspace(one: Workspace) -> Json:
    """A workspace, without its key."""
    return {
        "id": one.id,
        "name": one.name,
        "zone": one.zone,
        "created_at": time(one.created_at),
        "guideline": one.guideline,
        "escalate_to": one.escalate_to,
        "send_again_after_minutes": minutes(one.send_again_after),
        "approvals": {
            "people": one.approvals.people,
            "by_another": one.approvals.by_another,
            "posts_of": sorted(one.approvals.posts_of),
            "replies_of": sorted(one.approvals.replies_of),
            "tolerance_minutes": minutes(one.approvals.tolerance),
            "reminder_minutes": minutes(one.approvals.lead),
        },
        "alt_text": one.alt_text.value,
        "measures": one.measures,
        "brakes_in_surge": one.brakes_in_surge,
        "events": events(one.events),
    }


def member(one: Member) -> Json:
    """A person of the workspace."""
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "role": one.role.value,
        "created_at": time(one.created_at),
        "events": events(one.events),
    }


def token(one: ApiToken) -> Json:
    """A credential's terms; never the credential, nor its hash."""
    return {
        "id": one.id,
        "member": one.member,
        "role": one.role.value,
        "scopes": None if one.scopes is None else sorted(one.scopes),
        "created_at": time(one.created_at),
        "expires_at": time(one.expires_at),
        "revoked_at": time(one.revoked_at),
        "events": events(one.events),
    }


def account(
    one: Account,
    silent_since: datetime | None,
    incident: Incident | None = None,
    probed_at: datetime | None = None,
    history: History | None = None,
    noticed: Sequence[Incident] = (),
    gaps: Sequence[str] = (),
) -> Json:
    """Our presence on a platform. silent_since: since when it was not read with success; None while all is well.

    incident: why it needs somebody; None while it needs nobody. probed_at: when its credential was last tried and taken.
    noticed: what stands out of what it hears. gaps: what could not be read of what it listens to, the last time.
    history: what there was before it was connected, as far as it was read; None where that costs money and is off.
    """
    return {
        "id": one.id,
        "platform": one.platform,
        "base_url": one.base_url,
        "native_id": one.native_id,
        "handle": one.handle,
        "state": one.state.value,
        "throttled_until": time(one.throttled_until),
        "silent_since": time(silent_since),
        "needs": None if incident is None else needs(incident),
        "probed_at": time(probed_at),
        "noticed": [needs(each) for each in noticed],
        "gaps": list(gaps),
        "listening": {
            name: value if value in {True, False} else list(value) for name, value in asdict(one.listening).items()
        },
        "history": None if history is None else _history(history),
        "created_at": time(one.created_at),
        "events": events(one.events),
    }


def _history(one: History) -> Json:
    """What there was before an account was connected, as far as it was read. heard: messages that were new by it, both ways."""
    posts, inbox = one.posts, one.inbox
    return {
        "posts": posts.posts,
        "threads": posts.threads,
        "threads_in_all": max(posts.threads, posts.in_all),
        "inbox": None
        if inbox is None
        else {
            "read": inbox.told,
            "heard": inbox.heard,
            "back_to": time(inbox.back_to),
            "done_at": time(inbox.done_at),
        },
        "heard": posts.heard + (inbox.heard if inbox is not None else 0),
        "done_at": time(one.done_at),
    }


def needs(one: Incident) -> Json:
    """Why an account needs somebody, or what stands out of what it hears, and the one thing to do."""
    return {
        "incident": one.id,
        "cause": one.cause.value,
        "why": one.why,
        "since": time(one.opened_at),
        "told_at": time(one.told_at),
        "next_step": one.next_step,
    }


def incident(one: Incident, in_danger: Iterable[Variant] = ()) -> Json:
    """One time that an account was shut out, or something stood out.

    `account` is null for the workspace's own. in_danger: what it is to say meanwhile, the next first.
    """
    return {
        "id": one.id,
        "account": one.account,
        "state": one.state.value,
        **{name: value for name, value in needs(one).items() if name != "incident"},
        "closed_at": time(one.closed_at),
        "in_danger": [{"variant": each.id, "at": time(each.schedule.at)} for each in in_danger],
        "events": events(one.events),
    }


def post(one: Post, variants: Iterable[Json]) -> Json:
    """A post with its variants, each already in shape."""
    return {
        "id": one.id,
        "campaign": one.campaign,
        "origin": one.origin.value,
        "created_at": time(one.created_at),
        "created_by": one.created_by,
        "labels": list(one.labels),
        "variants": list(variants),
        "events": events(one.events),
    }


def remarks(found: Iterable[Remark]) -> list[Json]:
    """What a person should know before it is said."""
    return [{"pointer": one.pointer, "notice": one.notice.value, "what": one.what} for one in found]


def variant(one: Variant, body: Body | None, now: datetime, timing: Timing) -> Json:
    """A variant: what it says (None once retention has purged it), how it stands, and what happens next.

    The reference that it answers is not shown: a remote id or address can tell who wrote that.
    """
    return {
        "id": one.id,
        "post": one.post,
        "account": one.account,
        "platform": one.platform,
        "campaign": one.campaign,
        "origin": one.origin.value,
        "state": one.state.value,
        "in_doubt": one.in_doubt(now),
        "next": upcoming(one, now, timing),
        "says": None if body is None else says(body),
        "interaction": one.interaction,
        "schedule": schedule(one.schedule) if one.schedule.is_set else None,
        "remote": None if one.remote is None else {"id": one.remote.id, "url": one.remote.url},
        "parts": one.parts,
        "said": [{"id": part.id, "url": part.url} for part in one.said],
        "half_sent": one.half_sent.value,
        "asks": one.asks,
        "approvals": [{"by": yes.by, "link": yes.link, "at": time(yes.at)} for yes in one.approvals],
        "micro_usd": one.micro_usd,
        "published_at": time(one.published_at),
        "taken_down_at": time(one.taken_down_at),
        "held_by": one.held_by,
        "reason": one.reason,
        "doubt": one.doubt,
        "attempts": one.attempts,
        "version": one.version,
        "events": events(one.events),
    }


def schedule(one: Schedule) -> Json:
    """When it is to be said, and how late is too late."""
    return {
        "at": time(one.at),
        "zone": one.zone,
        "wall": one.wall,
        "late_limit_seconds": int(one.late_limit.total_seconds()),
    }


def says(body: Body) -> Json:
    """What a variant says, part by part."""
    return {
        "text": body.text,
        "title": body.title,
        "community": body.community,
        "language": body.language,
        "pictures": [asdict(one) for one in body.pictures],
        "rest": [
            {"text": one.text, "pictures": [asdict(each) for each in one.pictures], "under": one.under.value}
            for one in body.rest
        ],
        "options": options(body.options),
    }


def options(one: Options) -> Json:
    """How it is said beside its words, as a request asks for it: what is not asked for is left out."""
    poll, card = one.poll, one.card
    found: Json = {
        "warning": one.warning,
        "sensitive": one.sensitive,
        "spoiler": one.spoiler,
        "audience": one.audience and one.audience.value,
        "who_may_reply": sorted(one.who_may_reply),
        "flair": one.flair,
        "poll": poll and {"choices": list(poll.choices), "minutes": minutes(poll.lasts), "many": poll.many},
        "card": card and {name: value for name, value in asdict(card).items() if value},
        "crosspost": one.crosspost,
    }
    return {name: value for name, value in found.items() if value}


def brake(one: Brake, standing: Standing | None = None) -> Json:
    """A brake; with `standing` also whether it is in force, and what its senders still have under way."""
    shown: Json = {
        "id": one.id,
        "scope": one.scope.value,
        "target": one.target,
        "state": one.state.value,
        "reason": one.reason,
        "owner": one.owner,
        "accepted_at": time(one.accepted_at),
        "expires_at": time(one.expires_at),
        "lifted_at": time(one.lifted_at),
        "stagger_seconds": int(one.stagger.total_seconds()),
        "events": events(one.events),
    }
    if standing is not None:
        shown |= {
            "in_force": standing.in_force,
            "in_force_by": time(standing.in_force_by),
            "sending": list(standing.sending),
            "held": standing.held,
        }
    return shown


def resumed(one: Resumed) -> Json:
    """What would become of one held variant."""
    return {"variant": one.variant.id, "account": one.variant.account, "at": time(one.at), "missed": one.missed}


_WAITS = {
    VariantState.DRAFT: "nothing, until it is scheduled",
    VariantState.NEEDS_REVIEW: "a person decides what became of it; nothing is sent before",
}


def upcoming(one: Variant, now: datetime, timing: Timing) -> Json | None:
    """What happens next to a variant, in words, and from when on; None where nothing ever does."""
    if one.state in _WAITS:
        return {"what": _WAITS[one.state], "at": None}
    if one.state is VariantState.HELD:
        freed = "its account can speak again" if one.held_by is None else "the brake is lifted"
        too_late = one.schedule.at + one.schedule.late_limit
        return {"what": f"it is marked as missed, unless {freed} before", "at": time(max(too_late, now))}
    if one.state is VariantState.AWAITING_APPROVAL:
        too_late = one.schedule.at + one.schedule.late_limit
        return {"what": "it is marked as missed, unless it is approved before", "at": time(max(too_late, now))}
    if one.state is VariantState.SCHEDULED:
        match next_step(one, now, timing):
            case Step.MISS:
                return {"what": "it is marked as missed: its time is past by more than its limit", "at": time(now)}
            case Step.ASK:
                return {"what": "a person is asked about its rest: it is past its limit", "at": time(now)}
        return {"what": "it is sent", "at": time(max(one.schedule.at, one.not_before, now))}
    if one.state is VariantState.SENDING and one.lease_until is not None:
        if not one.in_doubt(now):
            return {"what": "it is being sent; unless that ends, the platform is asked", "at": time(one.lease_until)}
        return {
            "what": "the platform is asked whether it is there; it is not sent again before that is known",
            "at": time(max(takeover_at(one, timing), now)),
        }
    return None


def interaction(one: Interaction) -> Json:
    """What somebody did toward us. The author is the pseudonym only."""
    return {
        "id": one.id,
        "platform": one.platform,
        "kind": one.kind,
        "about": one.about,
        "account": one.account,
        "seen_by": list(one.seen_by),
        "author": one.author.pseudonym,
        "conversation": one.conversation.id,
        "state": one.state.value,
        "language": one.language,
        "revision": one.revision,
        "created_at": time(one.created_at),
        "received_at": time(one.received_at),
        "history": one.history,
        "decision": None if one.decision is None else decision(one.decision),
        "answer": one.answer,
        "review": one.review,
        "escalation": one.escalation,
        "events": events(one.events),
    }


def decision(one: TriageDecision) -> Json:
    """What was decided about an interaction, and all of why."""
    return {
        "action": one.action.value,
        "intent": one.intent,
        "risks": list(one.risks),
        "severity": one.severity,
        "template": one.template,
        "moderate": one.moderate,
        "guideline": one.guideline,
        "classifier": one.classifier,
        "decided_at": time(one.decided_at),
        "figures": None if one.figures is None else asdict(one.figures),
        "rationale": rationale(one.rationale),
    }


def rationale(one: Rationale) -> Json:
    """Why an act was done; evidence as labels, rules and offsets into the text."""
    return {
        "why": one.why,
        "actor": one.actor.id,
        "clauses": list(one.clauses),
        "evidence": [_plain(evidence) for evidence in one.evidence],
        "confidence": one.confidence,
        "refused": [_plain(alternative) for alternative in one.refused],
    }


def review(one: ReviewItem) -> Json:
    """A question for a person; `about` names the interaction or variant."""
    return {
        "id": one.id,
        "subject": one.subject.value,
        "about": one.about,
        "state": one.state.value,
        "severity": one.severity,
        "question": one.question,
        "opened_at": time(one.opened_at),
        "deadline": time(one.deadline),
        "claim": None if one.claim is None else {"member": one.claim.member, "until": time(one.claim.until)},
        "first_claimed_at": time(one.first_claimed_at),
        "verdict": None if one.verdict is None else one.verdict.value,
        "rationale": None if one.rationale is None else rationale(one.rationale),
        "events": events(one.events),
    }


def escalation(one: Escalation) -> Json:
    """What went past the desk."""
    return {
        "id": one.id,
        "interaction": one.interaction,
        "state": one.state.value,
        "tell": one.tell,
        "risks": list(one.risks),
        "severity": one.severity,
        "opened_at": time(one.opened_at),
        "deadline": time(one.deadline),
        "told_at": time(one.told_at),
        "tries": one.tries,
        "events": events(one.events),
    }


def digest(one: Digest) -> Json:
    """A summary that was or will be mailed."""
    return {
        "id": one.id,
        "state": one.state.value,
        "to": list(one.to),
        "since": time(one.since),
        "until": time(one.until),
        "due_at": time(one.due_at),
        "sent_at": time(one.sent_at),
        "tries": one.tries,
        "events": events(one.events),
    }


def guideline(version: str, record: Mapping[str, Any], found: Iterable[AuditEvent]) -> Json:
    """The active guideline, and the events that made it so."""
    return {"version": version, "guideline": dict(record), "events": events(found)}


def _plain(noun: Evidence | Refused) -> Json:
    return asdict(noun)
