"""Rules by which links are tagged: a campaign's own, or the workspace's where it has none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.links import EVERYWHERE, LinkRule
from chalicelib.services import library
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.codec import decode

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+\Z")


def put(desk: Desk, caller: Caller, rule: LinkRule, now: datetime) -> LinkRule:
    """Have links tagged by this rule from now on; what was written before stays as it is.

    Raises NotFound where it is to be a campaign's that is not there; InvalidField for what is no host or no platform.
    """
    if rule.id != EVERYWHERE and desk.store.campaigns.get(caller.workspace, rule.id) is None:
        raise NotFound
    rule = replace(rule, hosts=tuple(_host(one, place) for place, one in enumerate(rule.hosts)))
    for platform in rule.sources:
        if platform not in desk.policy.hosts:
            raise InvalidField("/sources", f"there is no platform {platform}", fix="Leave it out.")
    before = desk.store.link_rules.get(caller.workspace, rule.id)
    if before is None:
        return library.make(desk.store.link_rules, caller, rule, now)
    if replace(rule, rev=before.rev) == before:
        return before
    return library.change(desk.store.link_rules, caller, before, rule, "edit", "edited by a member", now)


def rule_for(desk: Desk, workspace: str, campaign: str | None) -> LinkRule | None:
    """The rule that holds for what is said in a campaign, or outside any; None where there is none."""
    places = [keys.within(workspace, "LINKRULE", one) for one in (campaign, EVERYWHERE) if one is not None]
    return next((decode(LinkRule, one) for one in desk.store.table.get_many(places) if one is not None), None)


def _host(typed: str, place: int) -> str:
    host = typed.strip().lower().rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        host = ""
    if not _HOST.match(host):
        raise InvalidField(f"/hosts/{place}", "this is no name of a host", fix="Write it like www.example.org.")
    return host
