"""Who may do what, and whose it is: the whole matrix, made from the routes there are."""

from __future__ import annotations

import json
import re

import pytest

from app import app
from chalicelib.api import forms
from chalicelib.api.door import ROUTES, Route
from chalicelib.domain.access import MAY, Action, Role
from tests.api.bodies import FORMS, UNKNOWN
from tests.api.library import evergreen_form
from tests.api.rooms import BLACKOUT, CAMPAIGN, SERIES, Reply, Rooms, brake_form, digest_form, send

EXPECTED = {
    "GET /health": None,
    "POST /workspaces": "workspace:open",
    "GET /workspace": "workspace:read",
    "PUT /workspace/silence": "workspace:set",
    "POST /members": "member:add",
    "GET /members": "member:read",
    "POST /tokens": "token:issue",
    "GET /tokens": "token:read",
    "DELETE /tokens/{token_id}": "token:revoke",
    "POST /accounts": "account:connect",
    "GET /accounts": "account:read",
    "GET /accounts/{account_id}": "account:read",
    "PATCH /accounts/{account_id}": "account:set",
    "POST /accounts/{account_id}/probe": "account:connect",
    "POST /accounts/{account_id}/disconnect": "account:connect",
    "GET /ways": "account:read",
    "POST /sign_ins": "account:connect",
    "POST /sign_ins/{sign_in_id}/finish": "account:connect",
    "POST /accounts/{account_id}/paid": "account:connect",
    "GET /incidents": "account:read",
    "GET /incidents/{incident_id}": "account:read",
    "GET /guideline": "guideline:read",
    "PUT /guideline": "guideline:write",
    "GET /guideline/versions": "guideline:read",
    "POST /guideline/versions": "guideline:write",
    "GET /guideline/versions/{version_id}": "guideline:read",
    "GET /guideline/versions/{version_id}/differences": "guideline:read",
    "POST /guideline/versions/{version_id}/replay": "guideline:write",
    "POST /guideline/versions/{version_id}/activate": "guideline:write",
    "GET /guideline/replays/{replay_id}": "guideline:read",
    "GET /guideline/replays/{replay_id}/changes": "guideline:read",
    "POST /guideline/rollback": "guideline:write",
    "PUT /guideline/shadow": "guideline:write",
    "GET /guideline/shadow": "guideline:read",
    "GET /guideline/schema": "guideline:read",
    "GET /guideline/starters": "guideline:read",
    "GET /corrections": "guideline:read",
    "GET /corrections/{correction_id}": "guideline:read",
    "GET /corrections/{correction_id}/lessons": "guideline:read",
    "POST /corrections/{correction_id}/replay": "guideline:write",
    "POST /corrections/{correction_id}/activate": "guideline:write",
    "POST /corrections/rollback": "guideline:write",
    "PUT /corrections/shadow": "guideline:write",
    "GET /corrections/shadow": "guideline:read",
    "POST /campaigns": "campaign:create",
    "GET /campaigns": "campaign:read",
    "GET /campaigns/{campaign_id}": "campaign:read",
    "PATCH /campaigns/{campaign_id}": "campaign:edit",
    "POST /campaigns/{campaign_id}/pause": "campaign:edit",
    "POST /campaigns/{campaign_id}/resume": "campaign:edit",
    "POST /campaigns/{campaign_id}/end": "campaign:edit",
    "POST /campaigns/{campaign_id}/cancel": "campaign:edit",
    "GET /campaigns/{campaign_id}/progress": "campaign:read",
    "GET /campaigns/{campaign_id}/metrics": "campaign:read",
    "GET /accounts/{account_id}/metrics": "account:read",
    "GET /posts/{post_id}/metrics": "post:read",
    "POST /posts/{post_id}/metrics": "post:count",
    "PUT /workspace/measuring": "workspace:set",
    "PUT /workspace/second_opinions": "workspace:set",
    "GET /workspace/second_opinions": "workspace:read",
    "POST /campaigns/{campaign_id}/counted": "campaign:edit",
    "PUT /money/cap": "money:set",
    "GET /money/forecast": "money:read",
    "POST /blackouts": "blackout:set",
    "GET /blackouts": "blackout:read",
    "GET /blackouts/{blackout_id}": "blackout:read",
    "POST /blackouts/{blackout_id}/lift": "blackout:set",
    "GET /blackouts/{blackout_id}/preview": "blackout:read",
    "POST /blackouts/{blackout_id}/clear": "variant:edit",
    "PUT /accounts/{account_id}/slots": "slot:set",
    "GET /accounts/{account_id}/slots": "slot:read",
    "POST /accounts/{account_id}/queue": "post:schedule",
    "GET /accounts/{account_id}/best_times": "slot:read",
    "POST /posts/spread": "post:schedule",
    "POST /events": "event:plan",
    "GET /events": "event:read",
    "GET /events/{event_id}": "event:read",
    "POST /events/{event_id}/move": "event:plan",
    "POST /events/{event_id}/cancel": "event:plan",
    "POST /series": "series:plan",
    "GET /series": "series:read",
    "GET /series/{series_id}": "series:read",
    "PATCH /series/{series_id}": "series:plan",
    "POST /series/{series_id}/pause": "series:plan",
    "POST /series/{series_id}/resume": "series:plan",
    "POST /series/{series_id}/end": "series:plan",
    "GET /series/{series_id}/occurrences": "series:read",
    "PATCH /series/{series_id}/occurrences/{occurrence_id}": "series:plan",
    "POST /feeds": "feed:follow",
    "GET /feeds": "feed:read",
    "GET /feeds/{feed_id}": "feed:read",
    "POST /feeds/{feed_id}/pause": "feed:follow",
    "POST /feeds/{feed_id}/resume": "feed:follow",
    "DELETE /feeds/{feed_id}": "feed:follow",
    "POST /media": "media:add",
    "GET /media": "media:read",
    "GET /media/{media_id}": "media:read",
    "PUT /media/{media_id}/content": "media:add",
    "POST /media/{media_id}/finish": "media:add",
    "GET /media/{media_id}/content": "media:read",
    "DELETE /media/{media_id}": "media:delete",
    "PUT /workspace/surges": "workspace:set",
    "PUT /workspace/alt_text": "workspace:set",
    "POST /posts": "post:schedule",
    "GET /posts": "post:read",
    "GET /posts/{post_id}": "post:read",
    "POST /variants/{variant_id}/cancel": "variant:cancel",
    "PATCH /variants/{variant_id}": "variant:edit",
    "POST /variants/{variant_id}/take_down": "variant:take_down",
    "GET /held": "post:read",
    "GET /unsaid": "post:read",
    "POST /drafts": "post:draft",
    "GET /drafts": "post:read",
    "PATCH /drafts/{variant_id}": "post:draft",
    "POST /posts/{post_id}/schedule": "post:draft",
    "PUT /workspace/approvals": "workspace:set",
    "GET /approvals": "post:read",
    "GET /variants/{variant_id}/approval": "post:read",
    "POST /variants/{variant_id}/approve": "variant:approve",
    "POST /variants/{variant_id}/return": "variant:approve",
    "POST /variants/{variant_id}/comments": "variant:comment",
    "POST /variants/{variant_id}/links": "link:make",
    "DELETE /links/{link_id}": "link:revoke",
    "GET /review": None,
    "POST /review": None,
    "GET /review/pictures/{media_id}/content": None,
    "POST /imports": "post:schedule",
    "GET /imports": "post:read",
    "GET /imports/{import_id}": "post:read",
    "GET /imports/{import_id}/rows": "post:read",
    "POST /imports/{import_id}/begin": "post:schedule",
    "POST /imports/{import_id}/cancel": "post:schedule",
    "GET /signed-in": None,
    "GET /exports/posts": "post:read",
    "GET /exports/metrics": "post:read",
    "GET /exports/account_metrics": "account:read",
    "POST /moves": "variant:edit",
    "POST /moves/{move_id}/apply": "variant:edit",
    "POST /cancellations": "variant:cancel",
    "POST /cancellations/{cancellation_id}/apply": "variant:cancel",
    "POST /calendars": "calendar:share",
    "GET /calendars": "calendar:read",
    "GET /calendars/{calendar_id}": "calendar:read",
    "DELETE /calendars/{calendar_id}": "calendar:share",
    "GET /calendars/{calendar_id}/{secret}": None,
    "GET /hooks/{sender}/{hook_id}": None,
    "POST /hooks/{sender}/{hook_id}": None,
    "POST /hooks": "hook:open",
    "GET /hooks": "hook:read",
    "DELETE /hooks/{hook_id}": "hook:open",
    "POST /brakes": "brake:put_on",
    "GET /brakes": "brake:read",
    "GET /brakes/{brake_id}": "brake:read",
    "GET /brakes/{brake_id}/preview": "brake:read",
    "POST /brakes/{brake_id}/lift": "brake:lift",
    "GET /interactions": "interaction:read",
    "GET /interactions/{interaction_id}": "interaction:read",
    "GET /interactions/{interaction_id}/moderations": "interaction:read",
    "POST /interactions/{interaction_id}/moderations": "interaction:moderate",
    "GET /rulings": "interaction:read",
    "GET /rulings/{ruling_id}": "interaction:read",
    "GET /rulings/{ruling_id}/notice": "interaction:read",
    "POST /rulings/{ruling_id}/notice": "interaction:moderate",
    "POST /rulings/{ruling_id}/undo": "interaction:moderate",
    "GET /conversations": "interaction:read",
    "GET /conversations/{conversation_id}": "interaction:read",
    "GET /reviews": "review:read",
    "GET /reviews/{review_id}": "review:read",
    "POST /reviews/{review_id}/claim": "review:decide",
    "POST /reviews/{review_id}/release": "review:decide",
    "POST /reviews/{review_id}/decide": "review:decide",
    "GET /escalations": "escalation:read",
    "GET /escalations/{escalation_id}": "escalation:read",
    "POST /digests": "digest:send",
    "GET /digests": "digest:read",
    "GET /digests/{digest_id}": "digest:read",
    "POST /texts": "library:write",
    "GET /texts": "library:read",
    "GET /texts/{text_id}": "library:read",
    "PUT /texts/{text_id}": "library:write",
    "DELETE /texts/{text_id}": "library:write",
    "POST /replies": "reply:write",
    "GET /replies": "reply:read",
    "POST /replies/preview": "reply:read",
    "GET /replies/{reply_id}": "reply:read",
    "PUT /replies/{reply_id}": "reply:write",
    "DELETE /replies/{reply_id}": "reply:write",
    "GET /answers": "post:read",
    "GET /interactions/{interaction_id}/suggestions": "interaction:read",
    "POST /interactions/{interaction_id}/withdraw_answer": "review:decide",
    "POST /handles": "library:write",
    "GET /handles": "library:read",
    "GET /handles/{handle_id}": "library:read",
    "PUT /handles/{handle_id}": "library:write",
    "DELETE /handles/{handle_id}": "library:write",
    "POST /account_sets": "library:write",
    "GET /account_sets": "library:read",
    "GET /account_sets/{account_set_id}": "library:read",
    "PUT /account_sets/{account_set_id}": "library:write",
    "DELETE /account_sets/{account_set_id}": "library:write",
    "PUT /link_rules/{link_rule_id}": "library:write",
    "GET /link_rules": "library:read",
    "GET /link_rules/{link_rule_id}": "library:read",
    "POST /compositions": "library:read",
    "POST /evergreens": "series:plan",
    "GET /evergreens": "series:read",
    "GET /evergreens/{evergreen_id}": "series:read",
    "GET /evergreens/{evergreen_id}/results": "series:read",
    "POST /evergreens/{evergreen_id}/pause": "series:plan",
    "POST /evergreens/{evergreen_id}/resume": "series:plan",
    "POST /evergreens/{evergreen_id}/end": "series:plan",
    "POST /posts/precheck": "post:read",
    "PUT /posts/{post_id}/labels": "variant:edit",
}

OWN = [one for one in ROUTES if one.method == "GET" and one.path.endswith("}") and one.action is not None]
WITH_ID = [one for one in ROUTES if "{" in one.path and f"{one.method} {one.path}" != "POST /hooks/{sender}/{hook_id}"]
"""The door for deliveries knows nobody's workspace: whom it refuses is shown by its own tests."""
OTHERWISE = {"/exports/posts", "/exports/metrics", "/exports/account_metrics", "/guideline/versions"}
"""Lists that are no JSON, and one whose ids are made from what is said, so that two workspaces may have one of the same id:
their own tests show whose they are."""
LISTS = [
    one
    for one in ROUTES
    if (one.listing and "{" not in one.path and one.path not in OTHERWISE)
    or f"{one.method} {one.path}" == "GET /brakes"
]


FILES: dict[str, tuple[str, bytes]] = {
    "PUT /media/{media_id}/content": ("image/png", b"no picture"),
}
"""What a route takes that takes a file."""


def asked(route: Route, path: str, token: str) -> Reply:
    """The route with a body that it can read."""
    kind, raw = FILES.get(name(route), (None, None))
    headers = {"accept": "*/*"} if kind is None else {"accept": "*/*", "content-type": kind}
    return send(route.method, path, token=token, form=FORMS.get(name(route)), raw=raw, headers=headers)


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: ids[found[1]], path)


def test_every_route_needs_the_right_that_was_meant_for_it() -> None:
    assert {name(one): one.action and one.action.value for one in ROUTES} == EXPECTED


def test_chalice_serves_no_route_that_the_table_lacks() -> None:
    served = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
    assert served == set(EXPECTED)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_role_by_route(furnished: Rooms, route: Route, role: Role) -> None:
    path = re.sub(r"{\w+}", UNKNOWN, route.path)
    before = furnished.world.record()
    reply = send(route.method, path, token=furnished.tokens[role])
    if route.action is None or route.action in MAY[role]:
        # An unknown id, or a body that is missing: whatever follows, the right was not what was wanting.
        assert reply.status in {200, 404, 415}
    else:
        assert reply.status == 403
        assert reply.json["type"] == "urn:parley:problem:not-allowed"
    assert furnished.world.record() == before


@pytest.mark.parametrize("route", [one for one in ROUTES if one.action is not None], ids=name)
def test_a_scope_takes_away_what_the_role_would_allow(furnished: Rooms, route: Route) -> None:
    others = frozenset(Action) - {route.action}
    token = furnished.token(scopes=others)
    reply = send(route.method, re.sub(r"{\w+}", UNKNOWN, route.path), token=token)
    assert reply.status == 403


@pytest.mark.parametrize("route", WITH_ID, ids=name)
def test_an_id_of_another_workspace_is_as_unknown_as_any(furnished: Rooms, route: Route) -> None:
    before = furnished.world.record()
    foreign = asked(route, filled(route.path, furnished.ids), furnished.stranger)
    unknown = asked(route, re.sub(r"{\w+}", UNKNOWN, route.path), furnished.stranger)
    assert foreign.status == 404
    assert (foreign.status, foreign.headers, foreign.body) == (unknown.status, unknown.headers, unknown.body)
    for odd in ("a" * 5000, "\x00", "..", "#W", "'--", "é", "\ufffd", "{id}"):
        path = re.sub(r"{\w+}", lambda _, odd=odd: odd, route.path)
        reply = asked(route, path, furnished.stranger)
        assert (reply.status, reply.body) == (unknown.status, unknown.body), odd
    assert furnished.world.record() == before


@pytest.mark.parametrize("route", OWN, ids=name)
def test_one_s_own_id_is_found(furnished: Rooms, route: Route) -> None:
    reply = send("GET", filled(route.path, furnished.ids), token=furnished.owner)
    assert reply.status == 200
    assert reply.json["id"] in furnished.ids.values()
    assert reply.json["events"], "every noun is shown with who changed it, when and why"


@pytest.mark.parametrize("route", LISTS, ids=name)
def test_lists_hold_one_s_own_only(furnished: Rooms, route: Route) -> None:
    own = send("GET", route.path, token=furnished.owner).json
    foreign = send("GET", route.path, token=furnished.stranger).json
    assert own["items"]
    assert {one["id"] for one in own["items"]}.isdisjoint(one["id"] for one in foreign["items"])


@pytest.mark.parametrize("route", [one for one in WITH_ID if "brake_id" in one.path], ids=name)
def test_a_brake_of_another_workspace_is_unknown_although_its_id_can_be_told(rooms: Rooms, route: Route) -> None:
    campaign = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json["id"]
    targets = {"all": None, "automatic": None, "platform": "x", "account": rooms.account, "campaign": campaign}
    ids = [rooms.brake(scope, target)["id"] for scope, target in targets.items()]
    assert ids == ["all", "automatic", "platform.x", f"account.{rooms.account}", f"campaign.{campaign}"]
    form, before = FORMS.get(name(route)), rooms.world.record()
    for one in ids:
        foreign = send(route.method, filled(route.path, {"brake_id": one}), token=rooms.stranger, form=form)
        assert (foreign.status, foreign.json["type"]) == (404, "urn:parley:problem:not-found")
        unknown = send(route.method, filled(route.path, {"brake_id": UNKNOWN}), token=rooms.stranger, form=form)
        assert (foreign.headers, foreign.body) == (unknown.headers, unknown.body)
    assert rooms.world.record() == before
    assert all(send("GET", f"/brakes/{one}", token=rooms.owner).json["state"] == "on" for one in ids)


def test_a_foreign_id_in_a_body_is_as_unknown_as_any(furnished: Rooms) -> None:
    stranger, ids, member = furnished.stranger, furnished.ids, furnished.world.caller.member
    pairs = [
        ("/posts", lambda one: furnished.post(variants=[{"account": one, "text": "Hello"}]), ids["account_id"]),
        ("/posts", lambda one: furnished.post(campaign=one), ids["campaign_id"]),
        ("/series", lambda one: {**SERIES, "variants": [{"account": one, "text": "Hello"}]}, ids["account_id"]),
        ("/blackouts", lambda one: {**BLACKOUT, "account": one}, ids["account_id"]),
        ("/calendars", lambda one: {"account": one}, ids["account_id"]),
        ("/campaigns", lambda one: {**CAMPAIGN, "accounts": [one]}, ids["account_id"]),
        ("/digests", digest_form, member),
        ("/tokens", lambda one: {"member": one}, member),
        ("/drafts", lambda one: {"variants": [{"account": one, "text": "Hello"}]}, ids["account_id"]),
        ("/brakes", lambda one: brake_form("account", one), ids["account_id"]),
        ("/evergreens", evergreen_form, ids["account_id"]),
        ("/account_sets", lambda one: {"name": "All", "accounts": [one]}, ids["account_id"]),
        ("/compositions", lambda one: {"accounts": [one], "text": "Hello"}, ids["account_id"]),
        ("/compositions", lambda one: {"account_set": one, "text": "Hello"}, ids["account_set_id"]),
        ("/brakes", lambda one: brake_form("campaign", one), ids["campaign_id"]),
    ]
    before = furnished.world.record()
    for path, form, own_id in pairs:
        foreign = send("POST", path, token=stranger, form=form(own_id))
        unknown = send("POST", path, token=stranger, form=form(UNKNOWN))
        assert foreign.status == 400, path
        assert foreign.body == unknown.body, path
    assert furnished.world.record() == before


def test_no_token_is_told_from_any_other_that_does_not_open(rooms: Rooms) -> None:
    world, good = rooms.world, rooms.owner
    head, _, secret = good.rpartition("_")
    short = send(
        "POST",
        "/tokens",
        token=good,
        form={"member": world.caller.member, "expires_at": "2026-11-21T10:00:00Z"},
    ).json["token"]
    gone = send("POST", "/tokens", token=good, form={"member": world.caller.member}).json
    assert send("GET", "/workspace", token=short).status == 200
    assert send("GET", "/workspace", token=gone["token"]).status == 200
    assert send("DELETE", f"/tokens/{gone['id']}", token=good).status == 204
    world.clock.move(3600)
    shown = [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": f"Basic {good}"},
        {"authorization": good},
        {"authorization": f"Bearer {good} "},
        {"authorization": f"Bearer {good}, Bearer {good}"},
        {"authorization": f"Bearer {good[:-1]}"},
        {"authorization": f"Bearer {good}x"},
        {"authorization": f"Bearer {head}_{secret[::-1]}"},
        {"authorization": f"Bearer {head}_"},
        {"authorization": f"Bearer {good.replace(world.workspace.id, rooms.other.id)}"},
        {"authorization": f"Bearer parley_{UNKNOWN}_{UNKNOWN}_{secret}"},
        {"authorization": f"Bearer {'a' * 5000}"},
        {"authorization": "Bearer parley_\x00_\xff_'--"},
        {"authorization": f"Bearer {short}"},
        {"authorization": f"Bearer {gone['token']}"},
    ]
    replies = [send("GET", "/workspace", headers=headers) for headers in shown]
    assert {one.status for one in replies} == {401}
    assert len({one.body for one in replies}) == 1
    assert replies[0].headers["www-authenticate"] == "Bearer"
    assert send("GET", "/workspace", token=good).status == 200


def test_secrets_are_shown_once_and_lie_nowhere_in_the_clear(rooms: Rooms) -> None:
    owner, world = rooms.owner, rooms.world
    issued = send("POST", "/tokens", token=owner, form={"member": world.caller.member}).json
    canary = "canary-7f3a-credential"
    account = send("POST", "/accounts", token=owner, form={"platform": "x", "credential": {"token": canary}})
    assert account.status == 201
    everything = world.record() + "".join(
        send("GET", path, token=owner).body.decode() for path in ("/tokens", "/accounts", "/members", "/workspace")
    )
    for secret in (issued["token"].rpartition("_")[2], canary):
        assert secret not in everything
        assert secret not in account.body.decode()
    assert "secret_hash" not in send("GET", "/tokens", token=owner).body.decode()


def test_a_narrow_token_hands_on_nothing_wider(rooms: Rooms) -> None:
    narrow = rooms.token(scopes={Action.TOKEN_ISSUE, Action.MEMBER_ADD, Action.POST_READ})
    member = rooms.world.caller.member
    issued = send("POST", "/tokens", token=narrow, form={"member": member}).json
    assert set(issued["scopes"]) == {"token:issue", "member:add", "post:read"}
    assert send("GET", "/campaigns", token=issued["token"]).status == 403
    wider = send("POST", "/tokens", token=narrow, form={"member": member, "scopes": ["campaign:read"]})
    assert wider.status == 403
    form = {"name": "New", "email": "new@desk.example", "role": "owner"}
    added = send("POST", "/members", token=narrow, form=form).json["token"]
    assert send("GET", "/posts", token=added).status == 200
    assert send("GET", "/campaigns", token=added).status == 403


def test_what_became_of_a_post_is_settled_only_by_whom_the_table_names(rooms: Rooms) -> None:
    review = rooms.doubtful()
    form = {"verdict": "close", "why": "it is not there"}
    reviewer, manager = rooms.tokens[Role.REVIEWER], rooms.tokens[Role.MANAGER]
    assert send("POST", f"/reviews/{review}/claim", token=reviewer).status == 200
    refused = send("POST", f"/reviews/{review}/decide", token=reviewer, form=form)
    assert refused.status == 403
    assert "variant:settle" in refused.json["detail"]
    assert send("POST", f"/reviews/{review}/release", token=reviewer).status == 200
    assert send("POST", f"/reviews/{review}/claim", token=manager).status == 200
    assert send("POST", f"/reviews/{review}/decide", token=manager, form=form).json["state"] == "resolved"


def test_the_author_stays_a_pseudonym(furnished: Rooms) -> None:
    shown = "".join(
        json.dumps(send("GET", path, token=furnished.owner).json)
        for path in (
            "/interactions",
            f"/interactions/{furnished.ids['interaction_id']}",
            "/reviews",
            "/escalations",
            "/posts",
        )
    )
    for identity in ("handle-of-", "Name of", "platform.example", "native-1", "ref-1"):
        assert identity not in shown


@pytest.mark.parametrize("route", [one for one in ROUTES if one.form is not None], ids=name)
def test_a_routes_form_is_there_when_a_body_comes(route: Route) -> None:
    assert issubclass(getattr(forms, route.form or ""), forms.Form)
