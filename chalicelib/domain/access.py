"""Who may do what: one table, role x action. What is not in the table is denied.

A token's effective rights are its role's actions, narrowed by its scopes. The workspace always comes from the
credential, never from a request's body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent


class Role(StrEnum):
    """What a member is for. `operator` belongs to the installation, not to a workspace: it may only open workspaces."""

    OPERATOR = "operator"
    OWNER = "owner"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    SAFETY = "safety"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What can be done through the API; each route names exactly one."""

    WORKSPACE_OPEN = "workspace:open"
    WORKSPACE_READ = "workspace:read"
    MEMBER_ADD = "member:add"
    MEMBER_READ = "member:read"
    TOKEN_ISSUE = "token:issue"  # noqa: S105 - the name of an action
    TOKEN_READ = "token:read"  # noqa: S105
    TOKEN_REVOKE = "token:revoke"  # noqa: S105
    ACCOUNT_CONNECT = "account:connect"
    ACCOUNT_READ = "account:read"
    ACCOUNT_SET = "account:set"
    GUIDELINE_READ = "guideline:read"
    GUIDELINE_WRITE = "guideline:write"
    CAMPAIGN_CREATE = "campaign:create"
    CAMPAIGN_READ = "campaign:read"
    CAMPAIGN_EDIT = "campaign:edit"
    MONEY_READ = "money:read"
    MONEY_SET = "money:set"
    BLACKOUT_READ = "blackout:read"
    BLACKOUT_SET = "blackout:set"
    SLOT_READ = "slot:read"
    SLOT_SET = "slot:set"
    EVENT_PLAN = "event:plan"
    EVENT_READ = "event:read"
    SERIES_PLAN = "series:plan"
    SERIES_READ = "series:read"
    FEED_FOLLOW = "feed:follow"
    FEED_READ = "feed:read"
    MEDIA_ADD = "media:add"
    MEDIA_DELETE = "media:delete"
    MEDIA_READ = "media:read"
    POST_SCHEDULE = "post:schedule"
    POST_READ = "post:read"
    POST_COUNT = "post:count"
    POST_DRAFT = "post:draft"
    VARIANT_APPROVE = "variant:approve"
    VARIANT_CANCEL = "variant:cancel"
    VARIANT_COMMENT = "variant:comment"
    VARIANT_EDIT = "variant:edit"
    VARIANT_TAKE_DOWN = "variant:take_down"
    VARIANT_SETTLE = "variant:settle"
    LINK_MAKE = "link:make"
    LINK_REVOKE = "link:revoke"
    CALENDAR_READ = "calendar:read"
    CALENDAR_SHARE = "calendar:share"
    HOOK_OPEN = "hook:open"
    HOOK_READ = "hook:read"
    BRAKE_READ = "brake:read"
    BRAKE_PUT_ON = "brake:put_on"
    BRAKE_LIFT = "brake:lift"
    WORKSPACE_SET = "workspace:set"
    INTERACTION_READ = "interaction:read"
    INTERACTION_MODERATE = "interaction:moderate"
    REPLY_READ = "reply:read"
    REPLY_WRITE = "reply:write"
    REVIEW_READ = "review:read"
    REVIEW_DECIDE = "review:decide"
    ESCALATION_READ = "escalation:read"
    DIGEST_SEND = "digest:send"
    DIGEST_READ = "digest:read"
    LIBRARY_READ = "library:read"
    LIBRARY_WRITE = "library:write"


_A = Action
_READS = frozenset(action for action in Action if action.value.endswith(":read"))
_WORKING_READS = _READS - {_A.TOKEN_READ}

MAY: dict[Role, frozenset[Action]] = {
    Role.OPERATOR: frozenset({_A.WORKSPACE_OPEN}),
    Role.OWNER: frozenset(Action) - {_A.WORKSPACE_OPEN},
    Role.MANAGER: _WORKING_READS
    | {
        _A.ACCOUNT_CONNECT,
        _A.ACCOUNT_SET,
        _A.CALENDAR_SHARE,
        _A.HOOK_OPEN,
        _A.CAMPAIGN_CREATE,
        _A.POST_DRAFT,
        _A.CAMPAIGN_EDIT,
        _A.FEED_FOLLOW,
        _A.MEDIA_ADD,
        _A.MEDIA_DELETE,
        _A.POST_COUNT,
        _A.POST_SCHEDULE,
        _A.VARIANT_APPROVE,
        _A.SERIES_PLAN,
        _A.EVENT_PLAN,
        _A.BLACKOUT_SET,
        _A.SLOT_SET,
        _A.VARIANT_CANCEL,
        _A.VARIANT_COMMENT,
        _A.VARIANT_EDIT,
        _A.VARIANT_SETTLE,
        _A.VARIANT_TAKE_DOWN,
        _A.LINK_MAKE,
        _A.LINK_REVOKE,
        _A.BRAKE_PUT_ON,
        _A.BRAKE_LIFT,
        _A.INTERACTION_MODERATE,
        _A.REPLY_WRITE,
        _A.REVIEW_DECIDE,
        _A.DIGEST_SEND,
        _A.LIBRARY_WRITE,
    },
    Role.SAFETY: _WORKING_READS
    | {
        _A.GUIDELINE_WRITE,
        _A.REPLY_WRITE,
        _A.INTERACTION_MODERATE,
        _A.REVIEW_DECIDE,
        _A.VARIANT_APPROVE,
        _A.VARIANT_CANCEL,
        _A.VARIANT_COMMENT,
        _A.VARIANT_TAKE_DOWN,
        _A.LINK_MAKE,
        _A.LINK_REVOKE,
        _A.BRAKE_PUT_ON,
        _A.BRAKE_LIFT,
    },
    Role.REVIEWER: frozenset(
        {
            _A.WORKSPACE_READ,
            _A.ACCOUNT_READ,
            _A.GUIDELINE_READ,
            _A.POST_READ,
            # A draft says nothing: whoever may not schedule may write one, and have it approved where that is asked.
            _A.POST_DRAFT,
            _A.MEDIA_ADD,
            _A.MEDIA_READ,
            _A.VARIANT_COMMENT,
            _A.INTERACTION_READ,
            _A.REPLY_READ,
            _A.REVIEW_READ,
            _A.INTERACTION_MODERATE,
            _A.REVIEW_DECIDE,
            _A.BRAKE_READ,
            # Whoever sees that something goes wrong may stop it; going on again takes somebody who answers for it.
            _A.BRAKE_PUT_ON,
        }
    ),
    Role.AUDITOR: _WORKING_READS,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the workspace, member and role behind a valid token, narrowed by its scopes (None: not narrowed)."""

    workspace: str
    member: str
    role: Role
    token: str
    scopes: frozenset[Action] | None = None

    def may(self, action: Action) -> bool:
        """Whether the table allows it to the role, and the scopes do not take it away."""
        return action in MAY[self.role] and (self.scopes is None or action in self.scopes)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A credential as the record keeps it: the hash of its secret, never the secret."""

    id: str
    workspace: str
    member: str
    role: Role
    secret_hash: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    scopes: frozenset[Action] | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)

    def valid(self, now: datetime) -> bool:
        """Whether it may be used now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
