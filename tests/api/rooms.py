"""The API as callers meet it: HTTP through the gateway's WSGI application, against a desk on a clock that tests move."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from app import app
from chalicelib import bootstrap
from chalicelib.domain.access import Action, Role
from chalicelib.domain.post import Variant
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import INSTALLATION, Workspace
from chalicelib.ports import QueueName
from chalicelib.services import access, accounts, curating, lines, media, polling, ticking, triaging
from chalicelib.services.publishing import publish
from chalicelib.store import keys
from connectors import errors
from connectors.contract import Draft, Lookup, RemoteRef
from local.gateway import application
from tests.api import library
from tests.imaging.samples import drawn, saved
from tests.services.test_answering import under
from tests.services.test_corrections import LESSONS, drafted, made
from tests.services.test_curating import ADDRESS as FEED
from tests.services.test_curating import Site
from tests.services.test_moderating import PRAISE
from tests.world import START, ScriptedConnector, World, make_world

INSULT = "You are a bunch of useless idiots, shut up."
SELF_HARM = "I do not want to live any more, I keep thinking about ending my life."

SHORT = (
    "name: Short\nlanguages: [en]\nclauses:\n  - id: no-insults\n    wording: Be kind.\n"
    "    when: {labels: {insult: 500}}\n    action: escalate\n    severity: 2\n    reason: It hurts.\n"
)
"""A guideline with one clause, by which an insult is not left to the queue."""

_door = application(app)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pointers(self) -> list[str]:
        """Where a problem document says that something is wrong."""
        return [one.get("pointer", one.get("parameter", one.get("header"))) for one in self.json["errors"]]


def send(
    method: str,
    path: str,
    *,
    token: str | None = None,
    form: Any = None,
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One HTTP request, answered."""
    path, _, query = path.partition("?")
    given = {"content-type": "application/json"} if form is not None or raw is not None else {}
    given |= {name.lower(): value for name, value in (headers or {}).items()}
    if token is not None:
        given["authorization"] = f"Bearer {token}"
    body = raw if raw is not None else b"" if form is None else json.dumps(form).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(body),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in given.items()},
    }
    if "content-type" in given:
        environ["CONTENT_TYPE"] = given["content-type"]
    seen: list[tuple[str, list[tuple[str, str]]]] = []
    content: Iterable[bytes] = _door(environ, lambda status, found: seen.append((status, found)))
    ((status, found),) = seen
    answered = Reply(int(status[:3]), {name.lower(): value for name, value in found}, b"".join(content))
    _check(method, answered)
    return answered


def _check(method: str, reply: Reply) -> None:
    """What holds for every answer of the API."""
    if reply.status >= HTTPStatus.BAD_REQUEST and method != "HEAD":
        assert reply.headers["content-type"] == "application/problem+json"
        problem = reply.json
        assert problem["status"] == reply.status
        assert problem["type"].startswith("urn:parley:problem:")
        assert problem["title"]
        assert problem["detail"]
        assert "Traceback" not in reply.body.decode()
        if reply.status not in {404, 500}:
            assert problem["fix"], "a refusal says what to do next"
    assert reply.headers["cache-control"] in {"no-store", "private, no-cache"}


@dataclass
class Deeds:
    """What platforms do beside publishing: what was taken down there, and how the next calls fail."""

    deleted: list[str] = field(default_factory=list)
    faults: deque[errors.ConnectorError] = field(default_factory=deque)
    after_deleting: deque[errors.ConnectorError] = field(default_factory=deque)
    """The deed is done, and its answer lost."""


@dataclass
class ObedientConnector(ScriptedConnector):
    """A connector that takes down what it is told to, and reads again what it is asked about."""

    deeds: Deeds

    def delete(self, ref: RemoteRef) -> None:
        self._fail(self.deeds.faults)
        if ref.id not in self.deeds.deleted:
            self.deeds.deleted.append(ref.id)
        self._fail(self.deeds.after_deleting)

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        self._fail(self.deeds.faults)
        return super().confirm(draft, reference)

    def _fail(self, faults: deque[errors.ConnectorError]) -> None:
        if faults:
            raise faults.popleft()


@dataclass
class Rooms:
    """Two workspaces on one record, and a token for every role of the first."""

    world: World
    tokens: dict[Role, str]
    stranger: str
    """The owner's token of the other workspace."""
    other: Workspace
    ids: dict[str, str] = field(default_factory=dict)
    """One real id of the first workspace for every path parameter, where `furnish` was called."""
    deeds: Deeds = field(default_factory=Deeds)

    @property
    def owner(self) -> str:
        return self.tokens[Role.OWNER]

    @property
    def account(self) -> str:
        return self.world.accounts["x"].id

    def post(self, **changes: Any) -> dict[str, Any]:
        """A post that can be scheduled, but for these changes."""
        form: dict[str, Any] = {
            "schedule": {"at": "2026-11-21T12:00", "zone": "Europe/Berlin"},
            "variants": [{"account": self.account, "text": "Hello"}],
        }
        return form | changes

    def series(self, **changes: Any) -> dict[str, Any]:
        """A series that can be set up, but for these changes."""
        return {**SERIES, "variants": [{"account": self.account, "text": "Good morning"}]} | changes

    def event(self, **changes: Any) -> dict[str, Any]:
        """An event that can be planned, but for these changes."""
        announced = [
            {"kind": kind, "offset_minutes": offset, "variants": [{"account": self.account, "text": text}]}
            for kind, offset, text in (("announce", -7 * 24 * 60, "{event} on {date} at {time}"), ("live", 0, "Now!"))
        ]
        return {**EVENT, "announcements": announced} | changes

    def token(self, scopes: Iterable[Action] | None = None, role: Role = Role.OWNER) -> str:
        """Another token, narrowed."""
        desk = self.world.desk
        token, _, put = access.new_token(
            desk,
            self.world.workspace.id,
            self.world.caller.member,
            role,
            Actor("operator"),
            self.world.clock.now(),
            scopes=None if scopes is None else frozenset(scopes),
        )
        desk.store.table.put(put.item, put.when)
        return token

    def furnish(self) -> Rooms:
        """One of everything in the first workspace, made as it is made in life."""
        world, owner = self.world, self.owner
        campaign = send("POST", "/campaigns", token=owner, form=CAMPAIGN).json
        post = send("POST", "/posts", token=owner, form=self.post(campaign=campaign["id"])).json
        series = send("POST", "/series", token=owner, form=self.series()).json
        blackout = send("POST", "/blackouts", token=owner, form=BLACKOUT).json
        event = send("POST", "/events", token=owner, form=self.event()).json
        digest = send("POST", "/digests", token=owner, form=digest_form(world.caller.member)).json
        token = send("POST", "/tokens", token=owner, form={"member": world.caller.member}).json
        world.hears("x", INSULT, number=1)
        world.hears("x", SELF_HARM, number=2, author="m2", thread="t2")
        polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
        for one in world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items:
            triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
        (review,) = send("GET", "/reviews", token=owner).json["items"]
        (escalation,) = send("GET", "/escalations", token=owner).json["items"]
        ruling = self.moderated(escalation["interaction"])
        under(world, mode="hold")
        world.hears("x", PRAISE, number=3, author="m3", thread="t3")
        polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
        under(world)
        send("POST", "/drafts", token=owner, form={"variants": [{"account": self.account, "text": "Not yet"}]})
        link = self.linked(self.proposed())
        brought = self.bring(f"when,account,text\n2030-01-07T09:00,{self.account},Hello\n").json
        calendar = send("POST", "/calendars", token=owner, form={}).json
        revoked = send("POST", "/calendars", token=owner, form={}).json
        assert send("DELETE", f"/calendars/{revoked['id']}", token=owner).status == HTTPStatus.NO_CONTENT
        hook = send("POST", "/hooks", token=owner, form={"account": self.account, "sender": "relay"}).json
        quiet = self.brake("account", world.accounts["mastodon"].id)
        self.say(world.schedule("mastodon", "Held"))
        world.platforms["bluesky"].script.append("refused")
        self.say(world.schedule("bluesky", "Refused"))
        picture = media.put(world.desk, world.caller, PICTURE, world.clock.now(), alt="A square")
        feed = curating.follow(replace(world.desk, fetcher=Site()), world.caller, self.feed(), world.clock.now())
        out = world.desk.store.accounts.get(world.workspace.id, world.accounts["bluesky"].id)
        assert out is not None
        accounts.signed_out(world.desk, out, "revoked", world.clock.now())
        version = self.version(SHORT)
        replay = self.replayed(version)
        self.ids = {
            "version_id": version,
            "replay_id": replay["id"],
            "correction_id": self.taught(),
            "media_id": picture.id,
            "feed_id": feed.id,
            "sign_in_id": send("POST", "/sign_ins", token=owner, form={"platform": "x"}).json["id"],
            "incident_id": f"{out.id}.{out.rev}",
            "brake_id": quiet["id"],
            "hook_id": hook["id"],
            "sender": "relay",
            "campaign_id": campaign["id"],
            "post_id": post["id"],
            "variant_id": post["variants"][0]["id"],
            "blackout_id": blackout["id"],
            "event_id": event["id"],
            "series_id": series["id"],
            "occurrence_id": "20270104t0900",
            "digest_id": digest["id"],
            "token_id": token["id"],
            "account_id": self.account,
            "interaction_id": review["about"],
            "review_id": review["id"],
            "escalation_id": escalation["id"],
            "ruling_id": ruling["id"],
            "conversation_id": send("GET", "/conversations", token=owner).json["items"][0]["id"],
            **library.furnished(owner, self.account, campaign["id"]),
            "link_id": link["id"],
            "import_id": brought["id"],
            "move_id": self.planned("/moves", by_minutes=60)["id"],
            "cancellation_id": self.planned("/cancellations")["id"],
            "calendar_id": calendar["id"],
            "secret": revoked["path"].rpartition("/")[2],
        }
        return self

    def version(self, yaml: str) -> str:
        """A guideline version that is kept as a draft; its id."""
        form = {"yaml": yaml, "why": "to be tried"}
        reply = send("POST", "/guideline/versions", token=self.owner, form=form)
        assert reply.status == HTTPStatus.CREATED, reply.body
        return str(reply.json["id"])

    def replayed(self, version: str, days: int = 30) -> dict[str, Any]:
        """A replay of a version, as it stands once it was asked for."""
        reply = send("POST", f"/guideline/versions/{version}/replay", token=self.owner, form={"days": days})
        assert reply.status == HTTPStatus.CREATED, reply.body
        return dict(reply.json)

    def taught(self, shift: int = -4000) -> str:
        """A correction that is kept as a draft; its id."""
        return drafted(self.world, made(shift), LESSONS[:3])

    def asking(self, people: int = 1, **changes: Any) -> None:
        """From now on the workspace asks for so many approvals."""
        form = {"people": people} | changes
        reply = send("PUT", "/workspace/approvals", token=self.owner, form=form)
        assert reply.status == HTTPStatus.OK, reply.body

    def proposed(self, text: str = "To be approved", people: int = 1) -> dict[str, Any]:
        """A variant by the owner that waits for approval; nothing that comes after it is asked about."""
        self.asking(people)
        form = self.post(variants=[{"account": self.account, "text": text}])
        post = send("POST", "/posts", token=self.owner, form=form).json
        self.asking(0)
        return dict(post["variants"][0])

    def linked(self, variant: Mapping[str, Any]) -> dict[str, Any]:
        """A review link to it, by the manager."""
        manager = self.tokens[Role.MANAGER]
        reply = send("POST", f"/variants/{variant['id']}/links", token=manager, form={"label": "Dana of the client"})
        assert reply.status == HTTPStatus.CREATED, reply.body
        return dict(reply.json)

    def answered(self, text: str) -> str:
        """A reply that a person of ours wrote to a member; its variant's id."""
        world = self.world
        world.hears("x", INSULT, number=1)
        polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
        for one in world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items:
            triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
        (review,) = send("GET", "/reviews", token=self.owner).json["items"]
        before = {one["id"] for one in send("GET", "/posts", token=self.owner).json["items"]}
        assert send("POST", f"/reviews/{review['id']}/claim", token=self.owner).status == HTTPStatus.OK
        form = {"verdict": "answer", "why": "they are owed one", "text": text}
        decided = send("POST", f"/reviews/{review['id']}/decide", token=self.owner, form=form)
        assert decided.status == HTTPStatus.OK, decided.body
        posts = send("GET", "/posts", token=self.owner).json["items"]
        (post,) = [one for one in posts if one["id"] not in before]
        return str(post["variants"][0]["id"])

    def moderated(self, interaction: str, action: str = "report") -> dict[str, Any]:
        """A ruling about an interaction, by the owner."""
        clause = send("GET", "/guideline", token=self.owner).json["guideline"]["clauses"][0]["id"]
        form = {"action": action, "why": "somebody has to look", "clauses": [clause]}
        reply = send("POST", f"/interactions/{interaction}/moderations", token=self.owner, form=form)
        assert reply.status == HTTPStatus.ACCEPTED, reply.body
        return dict(reply.json)

    def planned(self, path: str, **form: Any) -> dict[str, Any]:
        """What would become of many, as it is shown before it is done."""
        reply = send("POST", path, token=self.owner, form=form)
        assert reply.status == HTTPStatus.CREATED, reply.body
        return dict(reply.json)

    def bring(self, table: str) -> Reply:
        """A table of posts, brought by the owner."""
        headers = {"content-type": "text/csv"}
        return send("POST", "/imports", token=self.owner, raw=table.encode(), headers=headers)

    def feed(self, **changes: Any) -> curating.Wanted:
        """A feed that can be followed."""
        return replace(curating.Wanted("Town", FEED, (self.account,), "{title} ({source}): {link}"), **changes)

    def doubtful(self, text: str = "In doubt", act: str = "answer lost") -> str:
        """A review item about a variant whose outcome cannot be known; its id."""
        world = self.world
        world.platforms["x"].script.append(act)
        world.platforms["x"].look_ups.append("silence")
        variant = world.schedule("x", text)
        self.say(variant)
        world.clock.move(200)
        self.say(variant)
        items = send("GET", "/reviews", token=self.owner).json["items"]
        return next(str(one["id"]) for one in items if one["about"] == variant.id)

    def brake(self, scope: str = "all", target: str | None = None, **changes: Any) -> dict[str, Any]:
        """A brake that was just put on, as the API answers."""
        reply = send("POST", "/brakes", token=self.owner, form=brake_form(scope, target, **changes))
        assert reply.status == HTTPStatus.CREATED, reply.body
        return dict(reply.json)

    def say(self, variant: Variant) -> None:
        """One worker's step on a variant."""
        publish(self.world.desk, variant.workspace, variant.id)

    def shown(self, variant: Variant) -> dict[str, Any]:
        """A variant as the API shows it."""
        post = send("GET", f"/posts/{variant.post}", token=self.owner).json
        return next(dict(one) for one in post["variants"] if one["id"] == variant.id)

    def pass_time(self, seconds: int, step: int = 5) -> None:
        """Let time pass with ticks and workers at work, so many seconds apart."""
        for _ in range(seconds // step):
            ticking.tick(self.world.desk, self.world.clock.move(step))
            self.work()

    def work(self) -> None:
        """Hand every hint that is to be seen by now to a worker, and no tick before."""
        desk = self.world.desk
        while messages := desk.queue.receive(QueueName.PUBLISH):
            for message in messages:
                hint = json.loads(message.body)
                lines.speak(desk, hint["workspace"], hint.get("account"), hint["variants"])
                desk.queue.delete(QueueName.PUBLISH, message.receipt)

    def refuses(self, status: int, method: str, path: str, form: Any = None, *, token: str | None = None) -> Reply:
        """A refusal, once it is sure that it stored nothing, and asked no platform to say anything."""
        before = self._standing()
        reply = send(method, path, token=token or self.owner, form=form)
        assert reply.status == status, reply.body
        assert self._standing() == before
        return reply

    def _standing(self) -> tuple[Any, ...]:
        platforms = self.world.platforms.values()
        return (self.world.record(), [(one.asked, list(one.posted)) for one in platforms], list(self.deeds.deleted))


PICTURE = saved(drawn(), "PNG")

CAMPAIGN = {
    "name": "Winter",
    "objective": "Say when we are open.",
    "targets": [{"measure": "replies", "goal": 40}],
    "starts": "2026-11-21T00:00:00+01:00",
}


EVENT = {"name": "Open day", "zone": "Europe/Berlin", "starts": "2026-12-05T10:00"}
BLACKOUT = {"reason": "Holidays", "starts": "2026-12-24T00:00", "ends": "2026-12-27T00:00", "zone": "Europe/Berlin"}
SERIES = {"name": "Mondays", "rule": "FREQ=WEEKLY;COUNT=12", "zone": "Europe/Berlin", "start": "2026-11-23T09:00"}


def digest_form(*members: str) -> dict[str, Any]:
    return {"to": list(members), "since": "2026-11-14T00:00:00Z", "until": "2026-11-21T00:00:00Z"}


def brake_form(scope: str, target: str | None = None, **changes: Any) -> dict[str, Any]:
    named = {} if target is None else {"target": target}
    return {"scope": scope, **named, "reason": "something goes wrong"} | changes


def make_rooms(folder: Path) -> Rooms:
    world, deeds = make_world(folder), Deeds()
    obeys = replace(
        world.desk.platforms, connect=lambda name, sign_in: ObedientConnector(world.platforms[name], sign_in, deeds)
    )
    world.desk = replace(world.desk, platforms=obeys)
    bootstrap.use(world.desk)
    desk, now = world.desk, START
    operator, _, put = access.new_token(desk, INSTALLATION, "operator", Role.OPERATOR, Actor("operator"), now)
    desk.store.table.put(put.item, put.when)
    owner, _, put = access.new_token(desk, world.workspace.id, world.caller.member, Role.OWNER, Actor("operator"), now)
    desk.store.table.put(put.item, put.when)
    tokens = {Role.OPERATOR: operator, Role.OWNER: owner}
    for role in (Role.MANAGER, Role.REVIEWER, Role.SAFETY, Role.AUDITOR):
        form = {"name": role.value.title(), "email": f"{role.value}@desk.example", "role": role.value}
        tokens[role] = send("POST", "/members", token=owner, form=form).json["token"]
    opened = send(
        "POST",
        "/workspaces",
        token=operator,
        form={"name": "Other", "zone": "UTC", "owner": {"name": "O", "email": "o@other.example"}},
    ).json
    other = desk.workspace(opened["workspace"]["id"])
    world.clock.move(timedelta(seconds=1).total_seconds())
    return Rooms(world, tokens, opened["token"], other, deeds=deeds)
