"""The story: a small team says something on four platforms, hears what comes back, and answers for what it did.

Every step is verified twice: from the API's side, and from the sandbox's, which knows what was really posted. A step
that cannot be verified ends the story with StoryFailed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local.story import campaign, desk
from local.story.stage import Api, Sandbox, SentMail, Stage, StoryFailed, until

PLATFORMS = ("x", "reddit", "mastodon", "bluesky")

MESSAGES = ("praise", "question", "insult", "spam", "phone_number", "self_harm")
"""What members say, each on the platform that `_HEARD_ON` names."""

_HEARD_ON = {
    "praise": ("mastodon", "bluesky", "x"),
    "question": ("reddit", "mastodon"),
    "insult": ("x", "reddit"),
    "spam": ("bluesky", "x"),
    "phone_number": ("reddit", "mastodon"),
    "self_harm": ("mastodon", "bluesky"),
}

_WANTED = {
    "praise": {"answered"},
    "question": {"answered"},
    "insult": {"in_review"},
    "spam": {"ignored"},
    "phone_number": {"escalated", "in_review"},
    "self_harm": {"escalated"},
}
"""The states in which a message of each kind must come to rest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account: what was verified, and what was seen."""

    step: int
    what: str
    seen: str


@dataclass(slots=True)
class Story:
    """The scenario on one stage. `tell` gets each line as it is verified."""

    stage: Stage
    tell: Callable[[Line], None]
    ahead: float = 4.0
    """Seconds between scheduling and the posts' time."""
    patience: float = 60.0
    lines: list[Line] = field(default_factory=list)
    first_published_after: float | None = None
    _began: float = field(default_factory=time.monotonic)
    _accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _people: dict[str, dict[str, Any]] = field(default_factory=dict)
    _post: dict[str, Any] = field(default_factory=dict)
    _campaign: str = ""

    def run(self) -> list[Line]:
        """Play it through. Raises StoryFailed."""
        self._began = time.monotonic()
        owner = self._open_workspace()
        self._connect(owner)
        self._schedule(owner)
        self._published(owner)
        self._campaigned(owner)
        heard = self._members_speak()
        self._decided(owner, heard)
        self._escalated(owner)
        self._reviewed()
        self._at_the_desk(owner)
        self._told(owner)
        return self.lines

    # --- speaking ----------------------------------------------------------------------------------------------------

    def _open_workspace(self) -> Api:
        stage = self.stage
        operator = Api(stage.api_url, stage.operator_token)
        opened = operator.call(
            "POST",
            "/workspaces",
            {
                "name": "Repair Café",
                "zone": "Europe/Berlin",
                "owner": {"name": "Owner", "email": "owner@desk.example"},
            },
            expect=201,
        )
        owner = Api(stage.api_url, opened["token"])
        for role, escalations in (("manager", False), ("reviewer", False), ("safety", True)):
            self._people[role] = owner.call(
                "POST",
                "/members",
                {
                    "name": role.title(),
                    "email": f"{role}@desk.example",
                    "role": role,
                    "escalations": escalations,
                },
                expect=201,
            )
        self._say(2, "A workspace with four members", f"workspace {opened['workspace']['id']}")
        return owner

    def _connect(self, owner: Api) -> None:
        sandbox = Sandbox(self.stage.sandbox_url)
        mark = format(time.time_ns() // 10**6 % 16**6, "x")
        for platform in PLATFORMS:
            made = sandbox.make_account(platform, f"cafe{mark}")
            account = owner.call(
                "POST",
                "/accounts",
                {"platform": platform, "base_url": made["base_url"], "credential": made["credential"]},
                expect=201,
            )
            self._accounts[platform] = {**account, "sandbox_id": made["id"]}
        self._say(2, "Four accounts connected", ", ".join(f"{one}: {self._handle(one)}" for one in PLATFORMS))

    def _schedule(self, owner: Api) -> None:
        manager = Api(owner.url, self._people["manager"]["token"])
        self._campaign = manager.call(
            "POST",
            "/campaigns",
            {
                "name": "Spring repairs",
                "objective": "Bring 40 neighbours with something broken to the spring workshop",
                "targets": [{"measure": "sign-ups", "goal": 40}],
                "accounts": [self._accounts[one]["id"] for one in PLATFORMS],
                "starts": datetime.now(UTC).isoformat(),
            },
            expect=201,
        )["id"]
        at = datetime.now(UTC) + timedelta(seconds=self.ahead)
        mark = self._handle("x")
        text = "Bring what is broken: the spring repair workshop opens its doors. https://repair.example/spring"
        variants: dict[str, dict[str, str]] = {
            "x": {"text": f"{text} ({mark})"},
            "reddit": {
                "text": f"Bring what is broken, we bring the tools.\n\n* Saturday\n* free of charge\n\n({mark})",
                "title": "The spring repair workshop opens its doors",
                "community": "repairs",
            },
            "mastodon": {"text": f"{text} ({mark}) #repair", "language": "en"},
            "bluesky": {"text": f"{text} ({mark}) #repair", "language": "en"},
        }
        request = {
            "campaign": self._campaign,
            "schedule": {"at": f"{at:%Y-%m-%dT%H:%M:%S}Z", "zone": "Europe/Berlin"},
            "variants": [{"account": self._accounts[one]["id"], **variants[one]} for one in PLATFORMS],
        }
        key = {"Idempotency-Key": f"story-{self._campaign}"}
        post = manager.call("POST", "/posts", request, expect=201, headers=key)
        again = manager.call("POST", "/posts", request, expect=201, headers=key)
        if again["id"] != post["id"]:
            raise StoryFailed("the same Idempotency-Key made a second post")
        self._post = post
        self._say(2, "A campaign, and one post in four variants", f"due {at:%H:%M:%S} UTC, objective stated")

    def _published(self, owner: Api) -> None:
        sandbox = Sandbox(self.stage.sandbox_url)

        def all_out() -> list[Any] | None:
            post = owner.call("GET", f"/posts/{self._post['id']}")
            done = [one for one in post["variants"] if one["state"] == "published"]
            if done and self.first_published_after is None:
                self.first_published_after = time.monotonic() - self._began
            lost = [
                one for one in post["variants"] if one["state"] in {"failed", "missed", "needs_review", "cancelled"}
            ]
            if lost:
                raise StoryFailed(f"a variant came to rest as {lost[0]['state']}: {lost[0].get('reason')}")
            return done if len(done) == len(PLATFORMS) else None

        variants = until(self.stage, "four published variants", all_out, self.patience)
        for platform in PLATFORMS:
            posts = sandbox.posts(platform, self._accounts[platform]["sandbox_id"])
            if len(posts) != 1:
                raise StoryFailed(f"the sandbox holds {len(posts)} posts on {platform}, not 1")
            (variant,) = (one for one in variants if one["platform"] == platform)
            if variant["remote"]["id"] not in {posts[0]["id"], posts[0]["url"]}:
                raise StoryFailed(f"the API names another post on {platform} than the sandbox holds")
            self._say(3, f"Published on {platform}, once", posts[0]["url"] or posts[0]["id"])

    def _campaigned(self, owner: Api) -> None:
        """What a campaign manager does: the scenes of `campaign`, all begun before the first is waited for."""
        scenes = campaign.scenes(self._cast(owner))
        for one in scenes:
            one.begin()
        for one in scenes:
            self._say(4, *one.verify())

    def _cast(self, owner: Api) -> campaign.Cast:
        people = {role: Api(owner.url, one["token"]) for role, one in self._people.items()} | {"owner": owner}
        mark = self._handle("x")
        return campaign.Cast(self.stage, people, self._accounts, self._campaign, mark, self.ahead, self.patience)

    # --- hearing and deciding ----------------------------------------------------------------------------------------

    def _members_speak(self) -> int:
        sandbox = Sandbox(self.stage.sandbox_url)
        said = 0
        for kind in MESSAGES:
            for platform in _HEARD_ON[kind]:
                ours = sandbox.posts(platform, self._accounts[platform]["sandbox_id"])[0]["id"]
                # Half of them mention us, half answer what we posted; on X an answer has to name us to be heard.
                if said % 2 == 0 or platform == "x":
                    sandbox.say(platform, kind, account=self._accounts[platform]["sandbox_id"], community="repairs")
                else:
                    sandbox.say(platform, kind, reply_to=ours)
                said += 1
        self._say(5, "Members speak", f"{said} messages: {', '.join(kind.replace('_', ' ') for kind in MESSAGES)}")
        return said

    def _decided(self, owner: Api, heard: int) -> None:
        def at_rest() -> list[Any] | None:
            found = owner.all("/interactions")
            busy = [one for one in found if one["state"] in {"new", "answering"}]
            return found if len(found) >= heard and not busy else None

        found = until(self.stage, f"{heard} decided interactions", at_rest, self.patience)
        if len(found) != heard:
            raise StoryFailed(f"{heard} messages were said, {len(found)} interactions are stored")
        sandbox = Sandbox(self.stage.sandbox_url)
        answers = 0
        for one in found:
            whole = owner.call("GET", f"/interactions/{one['id']}")
            kind = _kind_of(whole["text"])
            if whole["state"] not in _WANTED[kind]:
                raise StoryFailed(f"a message of kind {kind} on {one['platform']} came to rest as {whole['state']}")
            if not whole["decision"]["rationale"]["why"]:
                raise StoryFailed("a decision has no rationale")
            answers += whole["state"] == "answered"
        ours = [post for one in PLATFORMS for post in sandbox.posts(one, self._accounts[one]["sandbox_id"])]
        # A part of a thread stands under one of ours, an answer under somebody else's.
        replies = [post for post in ours if post["reply_to"] and post["reply_to"] not in {one["id"] for one in ours}]
        if len(replies) != answers or len({one["reply_to"] for one in replies}) != answers:
            raise StoryFailed(f"{answers} interactions are answered, the sandbox holds {len(replies)} replies")
        if not all("automatic" in one["text"].lower() for one in replies):
            raise StoryFailed("an automatic answer does not say that it is one")
        states = sorted({one["state"] for one in found})
        counts = ", ".join(f"{sum(one['state'] == state for one in found)} {state}" for state in states)
        self._say(6, "Every message stored once and decided, with its reason", counts)
        self._say(6, "Automatic answers, each honest that it is one", f"{answers}, each posted once")

    def _escalated(self, owner: Api) -> None:
        def told() -> list[Any] | None:
            found = owner.all("/escalations")
            return found if found and all(one["state"] == "told" for one in found) else None

        escalations = until(self.stage, "escalations that were told", told, self.patience)

        def mailed() -> list[SentMail] | None:
            mine = self._mails_to("safety@desk.example", [one["id"] for one in escalations])
            return mine if len(mine) >= len(escalations) else None

        mails = until(self.stage, "mails to the named person", mailed, self.patience)
        if any("ending my life" in mail.text + mail.html for mail in mails):
            raise StoryFailed("a mail holds a member's text")
        risks = sorted({risk for one in escalations for risk in one["risks"]})
        self._say(6, "Escalations opened, the named person told by mail", f"{len(escalations)}: {', '.join(risks)}")

    # --- people and reports ------------------------------------------------------------------------------------------

    def _reviewed(self) -> None:
        reviewer = Api(self.stage.api_url, self._people["reviewer"]["token"])
        items = reviewer.all("/reviews")
        if not items:
            raise StoryFailed("nothing waits for a person")
        hinted = {one.get("review") for one in until(self.stage, "review messages", self.stage.review_messages, 20)}
        if not {one["id"] for one in items} <= hinted:
            raise StoryFailed("an open review item was not put on the review queue")
        self._say(6, "Waiting for a person, on the review queue", f"{len(items)} items")
        item = next(one for one in items if one["subject"] == "interaction")
        reviewer.call("POST", f"/reviews/{item['id']}/claim")
        other = Api(self.stage.api_url, self._people["manager"]["token"])
        other.call("POST", f"/reviews/{item['id']}/claim", expect=409)
        reviewer.call(
            "POST",
            f"/reviews/{item['id']}/decide",
            {"verdict": "let_go", "why": "An insult without a question; answering would feed it."},
        )
        about = reviewer.call("GET", f"/interactions/{item['about']}")
        if about["state"] != "resolved" or item["id"] in {one["id"] for one in reviewer.all("/reviews")}:
            raise StoryFailed("the decided item is still open")
        self._say(7, "A reviewer claimed an item, nobody else could, and decided it", about["state"])

    def _at_the_desk(self, owner: Api) -> None:
        """What is done about an insult, and what a post drew: the scenes of `desk`."""
        reviewer, manager = (Api(owner.url, self._people[role]["token"]) for role in ("reviewer", "manager"))
        account = self._accounts[desk.HEARD_ON]["sandbox_id"]
        self._say(7, *desk.hide_and_undo(self.stage, reviewer, account, self.patience))
        self._say(7, *desk.counted(self.stage, manager, self._post))

    def _told(self, owner: Api) -> None:
        manager = self._people["manager"]["member"]["id"]
        now = datetime.now(UTC)
        digest = owner.call(
            "POST",
            "/digests",
            {
                "to": [manager],
                "since": (now - timedelta(hours=1)).isoformat(),
                "until": (now + timedelta(minutes=1)).isoformat(),
            },
            expect=202,
        )

        def sent() -> Any:
            shown = owner.call("GET", f"/digests/{digest['id']}")
            return shown if shown["state"] == "sent" else None

        until(self.stage, "the digest to be sent", sent, self.patience)
        mark = self._handle("x")

        def mailed() -> list[SentMail]:
            return [mail for mail in self.stage.mails() if "manager@desk.example" in mail.to and mark in mail.text]

        mails = until(self.stage, "the summary mail", mailed, self.patience)
        mail = mails[-1]
        if len(mails) != 1 or "40 neighbours" not in mail.text or "<html" not in mail.html.lower():
            raise StoryFailed("the summary mail is not as it must be: once, with the objective, in HTML and text")
        self._say(7, "A manager received the summary, in HTML and text, once", mail.subject)

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _handle(self, platform: str) -> str:
        return str(self._accounts[platform]["handle"])

    def _mails_to(self, address: str, mentioning: list[str]) -> list[SentMail]:
        return [
            mail for mail in self.stage.mails() if address in mail.to and any(one in mail.text for one in mentioning)
        ]

    def _say(self, step: int, what: str, seen: str) -> None:
        line = Line(step, what, seen)
        self.lines.append(line)
        self.tell(line)


def _kind_of(text: str) -> str:
    from local.sandbox.members import CAST

    for kind, line in CAST.items():
        if line.text[:25] in text:
            return kind.value
    raise StoryFailed("an interaction is stored that nobody said")
