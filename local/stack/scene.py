"""A small installation on moto, with an account on each platform of a sandbox network, and events that make handlers work.

Each event is prepared from outside, as the world would: a post that is due, a mention that was just made, an interaction
that nobody has decided about.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import requests

from chalicelib import settings
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.post import Body, Schedule
from chalicelib.domain.timing import stamp
from chalicelib.ports import Change, QueueName
from chalicelib.services import accounts, checking, ingesting, scheduling, workspaces
from chalicelib.store import keys
from connectors import registry
from connectors.capabilities import InteractionKind
from connectors.contract import RemoteAuthor, RemoteInteraction, RemoteRef
from local.sandbox.members import CAST, Kind
from local.sandbox.server import SandboxServer
from local.stack import events
from local.stack.desk import desk_on
from local.stack.fake_aws import FakeAws

PLATFORMS = settings.PLATFORMS
COMMUNITY = "repairs"

_WITHIN = 10.0
"""Seconds for the sandbox, which answers at once."""
PRAISE = CAST[Kind.PRAISE].text


class Scene:
    """One workspace with an account on each platform."""

    def __init__(self, aws: FakeAws, sandbox: SandboxServer) -> None:
        api = next(one for one in aws.template.functions if one.name == "APIHandler")
        self._sandbox = sandbox
        self._count = 0
        environment = {name: value for name, value in aws.environment(api).items() if name.startswith("PARLEY_")}
        # From outside every queue is reached; a function is told of its own only.
        environment |= {f"PARLEY_QUEUE_{one.name}": aws.names[f"{one.title()}Queue"] for one in QueueName}
        self.desk = desk_on(environment, aws.client)
        now = self.desk.clock.now()
        workspace, owner, self.token = workspaces.open_workspace(
            self.desk, "Repair café", "Europe/Berlin", "Owner", "owner@desk.example", now
        )
        self.caller = Caller(workspace.id, owner.id, Role.OWNER, "scene")
        self.owner = owner.id
        self._handles: dict[str, str] = {}
        self.accounts: dict[str, Account] = {one: self._connected(one) for one in PLATFORMS}

    def new_account(self, platform: str, handle: str) -> dict[str, Any]:
        """An account of ours on the platform, with the credential to connect it."""
        return self._ask("accounts", {"platform": platform, "handle": handle})

    def _connected(self, platform: str) -> Account:
        made = self.new_account(platform, "repaircafe")
        self._handles[platform] = made["handle"]
        return accounts.connect(
            self.desk, self.caller, platform, made["credential"], made["base_url"], self.desk.clock.now()
        )

    def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self._sandbox.url}/_sandbox/{what}", json=body, timeout=_WITHIN)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def _number(self) -> int:
        self._count += 1
        return self._count

    def api(self, method: str = "GET", path: str = "/workspace", body: Any = None, **parameters: str) -> dict[str, Any]:
        """The workspace's owner asks something; `{name}` in the path is the parameter of that name."""
        return events.api_request(
            method,
            path.format_map(parameters),
            resource=path,
            path_parameters=parameters,
            headers={
                "Authorization": f"Bearer {self.token}",
                **({"Content-Type": "application/json", "Idempotency-Key": f"scene-{self._number()}"} if body else {}),
            },
            body=None if body is None else json.dumps(body),
        )

    def tick(self) -> dict[str, Any]:
        """A minute has passed."""
        return events.schedule()

    def tick_with_slots_due(self) -> dict[str, Any]:
        """A minute has passed, and a day since anything was read."""
        long_ago = Change(set={"ran_at": stamp(self.desk.clock.now() - timedelta(days=1))})
        for platform, account in self.accounts.items():
            self.desk.store.table.update(keys.slot(keys.slot_of(platform, account.id)), long_ago)
        return self.tick()

    def publish(self, platform: str) -> dict[str, Any]:
        """A post is due."""
        now, number, account = self.desk.clock.now(), self._number(), self.accounts[platform].id
        body = Body(
            f"The next repair evening is number {number}.",
            title=f"Repair evening {number}" if registry.capabilities(platform).needs_community else None,
            community=COMMUNITY if registry.capabilities(platform).needs_community else None,
        )
        post = scheduling.schedule(
            self.desk,
            self.caller,
            None,
            Schedule(now, "UTC", now.strftime("%Y-%m-%dT%H:%M:%S"), timedelta(hours=1)),
            [checking.Wish(account, body, "/variants/0")],
            now,
        )
        message = {"workspace": self.caller.workspace, "account": account, "variants": list(post.variants)}
        return events.queue_batch("publish", [message])

    def listen(self, platform: str, text: str = PRAISE) -> dict[str, Any]:
        """A member has mentioned us; the slot's turn has come."""
        mention = {
            "platform": platform,
            "account": self._handles[platform],
            "member": f"member{self._number()}",
            "text": text,
            "community": COMMUNITY if registry.capabilities(platform).needs_community else "",
        }
        self._ask("members/say", mention)
        return events.queue_batch("listen", [{"slot": keys.slot_of(platform, self.accounts[platform].id)}])

    def triage(self, text: str = PRAISE) -> dict[str, Any]:
        """An interaction lies there that nobody has decided about; a praise is answered."""
        account, number, now = self.accounts["mastodon"], self._number(), self.desk.clock.now()
        native_id = f"{self._sandbox.url}/mastodon/statuses/{number}"
        heard = RemoteInteraction(
            native_id=native_id,
            kind=InteractionKind.MENTION,
            author=RemoteAuthor(f"author-{number}"),
            text=text,
            created_at=now,
            conversation_id=native_id,
            ref=RemoteRef(str(number), native_id),
            language="en",
        )
        [interaction] = ingesting.ingest(self.desk, account, [heard], now)
        message = {"workspace": self.caller.workspace, "interactions": [interaction.id]}
        return events.queue_batch("triage", [message])
