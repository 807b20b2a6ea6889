"""Opening a workspace, and its people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain import timing
from chalicelib.domain.access import Action, ApiToken, Caller, Role
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import AltText, Member, Workspace
from chalicelib.ports import Write
from chalicelib.services import access, guidelines
from chalicelib.services.choosing import chosen
from chalicelib.services.desk import Desk, key_context

_MAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]{2,}", re.ASCII)


def open_workspace(
    desk: Desk, name: str, zone: str, owner_name: str, owner_email: str, now: datetime
) -> tuple[Workspace, Member, str]:
    """Open a workspace with its owner and the starter guideline, in one write; the last value is the owner's API token.

    Raises InvalidField.
    """
    check_zone("/zone", zone)
    check_mail("/owner/email", owner_email)
    workspace_id, owner_id = desk.new_id(), desk.new_id()
    operator = Actor("operator")
    version, guideline_put = guidelines.starter(desk, workspace_id, operator, now)
    workspace = Workspace(
        id=workspace_id,
        name=name,
        zone=zone,
        created_at=now,
        sealed_key=desk.vault.seal(desk.entropy.token(32), key_context(workspace_id)),
        guideline=version,
        escalate_to=owner_id,
    )
    owner = Member(owner_id, workspace_id, owner_name, owner_email, Role.OWNER, now)
    token, _, token_put = access.new_token(desk, workspace_id, owner_id, Role.OWNER, operator, now)
    opened = AuditEvent(workspace_id, f"workspace:{workspace_id}", "open", now, operator, "opened by the operator")
    joined = AuditEvent(workspace_id, f"member:{owner_id}", "join", now, operator, "the workspace's first owner")
    desk.store.write(
        [
            desk.store.workspaces.created(workspace, opened),
            desk.store.members.created(owner, joined),
            guideline_put,
            token_put,
        ]
    )
    return replace(workspace, rev=1, events=(opened,)), replace(owner, rev=1, events=(joined,)), token


def add_member(
    desk: Desk, caller: Caller, name: str, email: str, role: Role, now: datetime, *, escalations: bool = False
) -> tuple[Member, str]:
    """Add a person with a role; the second value is their API token. escalations: they are told from now on.

    Raises InvalidField.
    """
    check_mail("/email", email)
    if role is Role.OPERATOR:
        raise InvalidField("/role", "the operator belongs to the installation", fix="Choose a role of the workspace.")
    actor = Actor.member(caller.member)
    member = Member(desk.new_id(), caller.workspace, name, email, role, now)
    token, _, token_put = access.new_token(
        desk, caller.workspace, member.id, role, actor, now, scopes=access.handed_on(caller, None)
    )
    joined = AuditEvent(caller.workspace, f"member:{member.id}", "join", now, actor, f"added as {role.value}")
    writes: list[Write] = [desk.store.members.created(member, joined), token_put]
    if escalations:
        workspace = desk.workspace(caller.workspace)
        after = replace(workspace, escalate_to=member.id)
        event = AuditEvent(
            workspace.id, f"workspace:{workspace.id}", "escalate_to", now, actor, f"escalations go to {member.id}"
        )
        writes.append(desk.store.workspaces.changed(workspace, after, event))
    desk.store.write(writes)
    return replace(member, rev=1, events=(joined,)), token


def issue_token(
    desk: Desk,
    caller: Caller,
    member_id: str,
    now: datetime,
    *,
    scopes: frozenset[Action] | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, ApiToken]:
    """Another token for a member, with their role. Raises NotFound, InvalidField, NotAllowed."""
    member = desk.store.members.get(caller.workspace, member_id)
    if member is None:
        raise NotFound
    if expires_at is not None and expires_at <= now:
        raise InvalidField("/expires_at", "the token would have expired already", fix="Give a later time.")
    token, kept, put = access.new_token(
        desk,
        caller.workspace,
        member.id,
        member.role,
        Actor.member(caller.member),
        now,
        scopes=access.handed_on(caller, scopes),
        expires_at=expires_at,
    )
    desk.store.table.put(put.item, put.when)
    return token, kept


def set_silence(desk: Desk, caller: Caller, send_again_after: timedelta | None, now: datetime) -> Workspace:
    """Choose what silence means where a listing proves nothing: after this time, absence; None: a person is asked.

    Raises NotFound, Conflict.
    """
    workspace = desk.workspace(caller.workspace)
    after = replace(workspace, send_again_after=send_again_after)
    minutes = None if send_again_after is None else send_again_after // timedelta(minutes=1)
    why = "silence goes before a person" if minutes is None else f"silence is taken for absence after {minutes} minutes"
    return chosen(desk, caller, workspace, after, "set_silence", why, now)


def set_alt_text(desk: Desk, caller: Caller, alt_text: AltText, now: datetime) -> Workspace:
    """Choose whether a picture may be shown without a description. Raises NotFound, Conflict."""
    workspace = desk.workspace(caller.workspace)
    after = replace(workspace, alt_text=alt_text)
    why = f"descriptions of pictures are {alt_text.value}"
    return chosen(desk, caller, workspace, after, "set_alt_text", why, now)


def set_surges(desk: Desk, caller: Caller, now: datetime, *, brakes: bool) -> Workspace:
    """Choose whether automatic answers stop by themselves in a surge. Raises NotFound, Conflict."""
    workspace = desk.workspace(caller.workspace)
    after = replace(workspace, brakes_in_surge=brakes)
    why = f"automatic answers {'stop' if brakes else 'go on'} in a surge"
    return chosen(desk, caller, workspace, after, "set_surges", why, now)


def check_zone(pointer: str, zone: str) -> None:
    """Refuse an unknown zone. Raises InvalidField."""
    try:
        timing.zone(zone)
    except ValueError as error:
        raise InvalidField(pointer, str(error), fix="Give an IANA name such as Europe/Berlin.") from error


def check_mail(pointer: str, address: str) -> None:
    """Refuse what cannot be a mail address. Raises InvalidField."""
    if len(address) > 254 or not _MAIL.fullmatch(address):
        raise InvalidField(pointer, "this is not a mail address", fix="Give an address such as name@example.org.")
