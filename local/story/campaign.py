"""The part of the story that a campaign manager plays: what is planned, priced, agreed and sent.

Five scenes. Each is set going first and looked at afterwards, so that the waiting is done once. Every scene is verified
from the API's side, and what it says in public from the sandbox's; what cannot be verified raises StoryFailed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from local.story import threads
from local.story.drawing import png
from local.story.stage import Api, Sandbox, Stage, StoryFailed, published, until

ZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays, and where. people: by role; accounts: ours, by platform; mark: what no other run's texts hold."""

    stage: Stage
    people: Mapping[str, Api]
    accounts: Mapping[str, dict[str, Any]]
    campaign: str
    mark: str
    ahead: float
    patience: float

    @property
    def manager(self) -> Api:
        """Whoever plans the campaign."""
        return self.people["manager"]

    def account(self, platform: str) -> str:
        """The id of our account there."""
        return str(self.accounts[platform]["id"])

    def soon(self) -> dict[str, str]:
        """A schedule a few seconds from now."""
        at = datetime.now(UTC) + timedelta(seconds=self.ahead)
        return {"at": f"{at:%Y-%m-%dT%H:%M:%S}Z", "zone": ZONE}

    def bring_forward(self, post: str) -> None:
        """Move what a plan has made to a few seconds from now, so that nobody has to wait for days."""
        for one in self.variants(post):
            wanted = {"version": one["version"], "schedule": self.soon()}
            self.manager.call("PATCH", f"/variants/{one['id']}", wanted)

    def variants(self, post: str) -> list[dict[str, Any]]:
        """How a post's variants stand."""
        found: list[dict[str, Any]] = self.manager.call("GET", f"/posts/{post}")["variants"]
        return found

    def published(self, post: str, what: str) -> list[dict[str, Any]]:
        """The variants of a post, once all of them are out."""
        return published(self.stage, self.manager, post, what, self.patience)

    def stands(self, platform: str, words: str) -> list[str]:
        """Every text with these words that really stands on our account there."""
        posts = Sandbox(self.stage.sandbox_url).posts(platform, self.accounts[platform]["sandbox_id"])
        return [one["text"] for one in posts if words in one["text"] and self.mark in one["text"]]


class Scene(Protocol):
    """Something that is set going, and verified once it has come about."""

    def begin(self) -> None:
        """Ask for it."""

    def verify(self) -> tuple[str, str]:
        """Wait for it, and give what was verified and what was seen."""


@dataclass(slots=True)
class CappedPost:
    """A post that is too dear for what is left, and its cheaper form, which is not."""

    cast: Cast
    _post: str = ""
    _before: int = 0
    _sentence: str = ""

    LEFT = 150_000
    """Micro-dollars that are left: enough for posts, not for one with a link."""
    PRICE = 15_000
    """Micro-dollars for a post without one."""

    def begin(self) -> None:
        """Set a cap, be refused, and say it without the link. Nothing else that costs money may be under way."""
        cast = self.cast
        months, self._before = self._counted()
        cast.people["owner"].call("PUT", "/money/cap", {"cap_micro_usd": months + self.LEFT})
        words = f"Ten places are left ({cast.mark})"
        dear = self._request(f"{words} https://example.org/places")
        self._sentence = cast.manager.call("POST", "/posts", dear, expect=400)["detail"]
        if "$0.20" not in self._sentence or "without its link $0.015" not in self._sentence:
            raise StoryFailed(f"the refusal does not name both prices: {self._sentence}")
        if self._counted() != (months, self._before):
            raise StoryFailed("what was refused is planned all the same")
        self._post = cast.manager.call("POST", "/posts", self._request(words), expect=201)["id"]

    def verify(self) -> tuple[str, str]:
        """The cheaper one is out, once, and costs its campaign what was foreseen."""
        self.cast.published(self._post, "the post without its link")
        if ["https:" in one for one in self.cast.stands("x", "Ten places")] != [False]:
            raise StoryFailed("the sandbox does not hold the cheaper post once, and it alone")
        _, after = self._counted()
        if after - self._before != self.PRICE:
            raise StoryFailed(f"the post costs its campaign {after - self._before} micro-dollars, not {self.PRICE}")
        return "A post that its cap cannot pay was refused, with both prices", self._sentence

    def _request(self, text: str) -> dict[str, Any]:
        said = [{"account": self.cast.account("x"), "text": text}]
        return {"campaign": self.cast.campaign, "schedule": self.cast.soon(), "variants": said}

    def _counted(self) -> tuple[int, int]:
        """Micro-dollars spent or planned, by the workspace and by the campaign, in this month and what lies ahead."""
        months = self.cast.people["owner"].call("GET", "/money/forecast")["months"]
        shares = [one for month in months for one in month["campaigns"] if one["campaign"] == self.cast.campaign]
        whole, ours = (
            sum(one["spent_micro_usd"] + one["planned_micro_usd"] for one in some) for some in (months, shares)
        )
        return whole, ours


@dataclass(slots=True)
class Recurring:
    """A post for each week, made ahead of time; one of them is edited alone."""

    cast: Cast
    _series: dict[str, Any] = field(default_factory=dict)
    _before: list[Any] = field(default_factory=list)
    _words: str = "We are open from ten to six."
    _instead: str = "Closed this once: we are at the fair."

    def begin(self) -> None:
        """Set up the series, reword its third occurrence, and bring the next one forward."""
        cast = self.cast
        start = datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)
        self._series = cast.manager.call(
            "POST",
            "/series",
            {
                "name": "Opening hours",
                "rule": "FREQ=WEEKLY;COUNT=4",
                "zone": ZONE,
                "start": f"{start:%Y-%m-%d}T10:00",
                "campaign": cast.campaign,
                "variants": [self._said(self._words)],
            },
            expect=201,
        )
        self._before = self._occurrences()
        if [one["state"] for one in self._before] != ["posted", "posted", "planned", "planned"]:
            raise StoryFailed(f"the occurrences stand as {[one['state'] for one in self._before]}")
        path = f"/series/{self._series['id']}/occurrences/{self._before[2]['id']}"
        change = {"version": self._series["version"], "variants": [self._said(self._instead)]}
        cast.manager.call("PATCH", path, change)
        cast.bring_forward(self._before[0]["post"])

    def verify(self) -> tuple[str, str]:
        """The next one is out, once; of the others one says something else, and nothing else changed."""
        cast = self.cast
        cast.published(self._before[0]["post"], "the next occurrence")
        if len(cast.stands("mastodon", self._words)) != 1 or cast.stands("mastodon", self._instead):
            raise StoryFailed("the sandbox does not hold the next occurrence once, and it alone")
        after = self._occurrences()
        if after != [{**one, "reworded": number == 2} for number, one in enumerate(self._before)]:
            raise StoryFailed("editing one occurrence changed another")
        (second,) = cast.variants(after[1]["post"])
        if second["state"] != "scheduled" or second["says"]["text"] != self._said(self._words)["text"]:
            raise StoryFailed("the second occurrence is not as it was")
        seen = f"{self._series['rule']}; {after[2]['wall'][:10]} says something else"
        return "A recurring post: the next one is out, one of the others was edited alone", seen

    def _said(self, words: str) -> dict[str, str]:
        return {"account": self.cast.account("mastodon"), "text": f"{words} ({self.cast.mark})"}

    def _occurrences(self) -> list[Any]:
        return self.cast.manager.all(f"/series/{self._series['id']}/occurrences")


@dataclass(slots=True)
class MovedEvent:
    """An event that was announced, and then moves by a week."""

    cast: Cast
    _event: dict[str, Any] = field(default_factory=dict)
    _day: date = date.min

    PLACES = ("mastodon", "bluesky")

    def begin(self) -> None:
        """Plan it, and bring its announcement forward."""
        self._day = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=10)
        self._event = self.cast.manager.call(
            "POST",
            "/events",
            {
                "name": "Open workshop",
                "zone": ZONE,
                "starts": f"{self._day}T18:00",
                "campaign": self.cast.campaign,
                "announcements": [
                    self._announcement("announce", timedelta(days=-7), "{event}: {date}, {time}."),
                    self._announcement("remind", timedelta(days=-1), "Do not forget: {event}, {date}, {time}."),
                    self._announcement("thank", timedelta(hours=3), "Thank you for coming to the {event}."),
                ],
            },
            expect=201,
        )
        self.cast.bring_forward(self._made("announce"))

    def verify(self) -> tuple[str, str]:
        """What was said stays; what was not is said at its new time, with the new date, and the old one never."""
        cast, before = self.cast, self._made("remind")
        cast.published(self._made("announce"), "the announcement")
        later = self._day + timedelta(days=7)
        wanted = {"version": self._event["version"], "starts": f"{later}T18:00"}
        self._event = cast.manager.call("POST", f"/events/{self._event['id']}/move", wanted)
        told = {one["kind"]: one for one in self._event["told"]}
        if [one["why"] for one in told["announce"]["left"]] != ["it was said already"] * len(self.PLACES):
            raise StoryFailed("the move does not tell that the announcement was said already")
        expected = {"remind": f"{later - timedelta(days=1)}T18:00", "thank": f"{later}T21:00"}
        for kind, wall in expected.items():
            walls = {one["schedule"]["wall"] for one in cast.variants(self._made(kind))}
            if walls | {told[kind]["wall"]} != {wall}:
                raise StoryFailed(f"{kind} did not move with its event, but to {walls}")
        if {one["state"] for one in cast.variants(before)} != {"cancelled"}:
            raise StoryFailed("a reminder of the old date is still there")
        cast.bring_forward(self._made("remind"))
        cast.published(self._made("remind"), "the reminder")
        for platform in self.PLACES:
            announced, reminded = (cast.stands(platform, words) for words in ("Open workshop:", "Do not forget:"))
            if [str(self._day) in one for one in announced] != [True]:
                raise StoryFailed(f"on {platform} the announcement does not stand once, with the date of its day")
            if [str(later) in one for one in reminded] != [True]:
                raise StoryFailed(f"on {platform} the reminder does not stand once, with the new date")
        return "An event moved, and what was not said yet moved with it", f"from {_told(self._day)} to {_told(later)}"

    def _announcement(self, kind: str, offset: timedelta, text: str) -> dict[str, Any]:
        said = f"{text} ({self.cast.mark})"
        variants = [{"account": self.cast.account(one), "text": said} for one in self.PLACES]
        return {"kind": kind, "offset_minutes": offset // timedelta(minutes=1), "variants": variants}

    def _made(self, kind: str) -> str:
        return next(str(one["post"]) for one in self._event["announcements"] if one["kind"] == kind)


@dataclass(slots=True)
class VoidedApproval:
    """A post that was approved, and edited afterwards: it waits again, past its time, until somebody else says yes."""

    cast: Cast
    _variant: str = ""
    _due: str = ""
    _wrong: str = "Our helpers are paid in cake"
    _right: str = "Our helpers are paid in thanks"

    def begin(self) -> None:
        """One proposes, one says yes, and edits; whoever edited cannot say yes to that."""
        cast, writer = self.cast, self.cast.people["reviewer"]
        owner = cast.people["owner"]
        owner.call("PUT", "/workspace/approvals", {"people": 1, "posts_of": ["reviewer"]})
        variants = [{"account": cast.account("bluesky"), "text": f"{self._wrong}. ({cast.mark})"}]
        draft = writer.call("POST", "/drafts", {"campaign": cast.campaign, "variants": variants}, expect=201)
        proposed = writer.call("POST", f"/posts/{draft['id']}/schedule", {"schedule": cast.soon()})
        (variant,) = proposed["variants"]
        self._variant, self._due = variant["id"], variant["schedule"]["at"]
        _must_be(variant, "awaiting_approval")
        _must_be(cast.manager.call("POST", f"{self._path}/approve", {"version": 1}), "scheduled")
        edit = {"version": 1, "text": f"{self._right}. ({cast.mark})"}
        _must_be(cast.manager.call("PATCH", self._path, edit), "awaiting_approval")
        cast.manager.call("POST", f"{self._path}/approve", {"version": 2}, expect=403)
        # What waits keeps what was asked of it; the other scenes ask nobody.
        owner.call("PUT", "/workspace/approvals", {"people": 0})

    def verify(self) -> tuple[str, str]:
        """Its time passes and nothing is said; a second yes lets it out, as it was edited."""
        cast, safety = self.cast, self.cast.people["safety"]
        past = datetime.fromisoformat(self._due) + timedelta(seconds=1)
        until(cast.stage, "the time of the post", lambda: datetime.now(UTC) > past, cast.patience)
        standing = safety.call("GET", f"{self._path}/approval")
        if not standing["you_may_approve"] or not standing["changed"]:
            raise StoryFailed("whoever is asked is not shown what changed since the first yes")
        (variant,) = cast.variants(self._post)
        _must_be(variant, "awaiting_approval")
        if cast.stands("bluesky", "Our helpers"):
            raise StoryFailed("something was said that nobody had approved")
        safety.call("POST", f"{self._path}/approve", {"version": 2})
        cast.published(self._post, "what was approved again")
        if len(cast.stands("bluesky", self._right)) != 1 or cast.stands("bluesky", self._wrong):
            raise StoryFailed("what stands is not what was approved")
        return "An edit voided an approval, a second yes let the post out", "not said at its time, only after the yes"

    @property
    def _path(self) -> str:
        return f"/variants/{self._variant}"

    @property
    def _post(self) -> str:
        return self._variant.rpartition(".")[0]


@dataclass(slots=True)
class Thread:
    """A thread whose first part shows a picture, on every platform."""

    cast: Cast
    _post: str = ""

    def begin(self) -> None:
        """Bring the picture, and schedule the thread."""
        accounts = dict(self.cast.accounts)
        post = threads.schedule(self.cast.manager, accounts, png(200, 100), self._mark, ahead=self.cast.ahead)
        self._post = post["id"]

    def verify(self) -> tuple[str, str]:
        """Part under part, each once, and one picture at the top that is the same everywhere."""
        self.cast.published(self._post, "the thread")
        sandbox, where, pictures = Sandbox(self.cast.stage.sandbox_url), "", set()
        for platform, account in self.cast.accounts.items():
            address = threads.verify(sandbox, platform, account["sandbox_id"], None, self._mark)
            where = where or address
            posts = sandbox.posts(platform, account["sandbox_id"])
            pictures |= {shown["sha256"] for one in posts for shown in one["pictures"]}
        if len(pictures) != 1:
            raise StoryFailed(f"{len(pictures)} different pictures are shown, not one")
        return "A thread with a picture, part under part on all four platforms", where

    @property
    def _mark(self) -> str:
        return f"in a thread of {self.cast.mark}"


def scenes(cast: Cast) -> list[Scene]:
    """All of them, in the order in which they are begun and told."""
    return [CappedPost(cast), Recurring(cast), MovedEvent(cast), VoidedApproval(cast), Thread(cast)]


def _must_be(variant: Mapping[str, Any], state: str) -> None:
    if variant["state"] != state:
        raise StoryFailed(f"a post that was to be {state} is {variant['state']}")


def _told(day: date) -> str:
    return f"{day.day} {day:%B}"
