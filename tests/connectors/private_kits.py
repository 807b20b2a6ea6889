"""What the contract suite must know of private answers on each platform: where they go, and what is looked up of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.contract import Draft, RemoteRef
from tests.connectors.kit import Kit, iso
from tests.connectors.kit_bluesky import BLUESKY
from tests.connectors.kit_bluesky_verbs import DID, OTHER
from tests.connectors.kit_lemmy import API, LEMMY
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.kit_x import X
from tests.connectors.loopback import Asked, Loopback, Reply

WORDS = "Only for you: the door is open from nine."


@dataclass(frozen=True)
class Whisper:
    """One of our private answers: its number, what it says, when, and whether it stands in the target's conversation."""

    number: int
    text: str
    made: datetime
    elsewhere: bool = False


@dataclass(frozen=True)
class PrivateKit:
    """One platform's private answers."""

    kit: Kit
    target: RemoteRef
    """A private message as it is heard."""
    write: tuple[str, str]
    """Method and path of the one request by which it is answered."""
    created: Any
    created_id: str
    stays: Callable[[Asked], bool]
    """Whether a write can be read by nobody but whom it answers."""
    sent_text: Callable[[Any], str]
    list_own: Callable[[Loopback, Sequence[Whisper]], None]
    """From now on these answers of ours stand there, newest first, and nothing else."""
    removal: tuple[str, str] | None = None
    """The request that takes one back; None where a platform cannot."""
    adds: str = ""
    """What the connector puts before the words."""

    @property
    def draft(self) -> Draft:
        return Draft(WORDS, in_reply_to=self.target)


# --- Bluesky ----------------------------------------------------------------------------------------------------------

CHAT = "/xrpc/chat.bsky.convo."
CONVO = "3mconvo"


def message_view(number: int | str, text: str, made: datetime, sender: str = OTHER) -> dict[str, Any]:
    return {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": f"3m{number}",
        "rev": f"2222222222{number}",
        "text": text,
        "sender": {"did": sender},
        "sentAt": iso(made),
    }


def _bluesky_own(server: Loopback, own: Sequence[Whisper]) -> None:
    def answer(asked: Asked) -> Reply:
        there = [one for one in own if one.elsewhere == (asked.query["convoId"] != [CONVO])]
        return Reply({"messages": [message_view(one.number, one.text, one.made, DID) for one in there]})

    server.on("GET", f"{CHAT}getMessages", answer)


# --- Mastodon ---------------------------------------------------------------------------------------------------------


def _direct(one: Whisper) -> dict[str, Any]:
    (status,) = MASTODON.own_listing[1]([(str(one.number), Draft(one.text), one.made)])
    return {**status, "visibility": "direct", "in_reply_to_id": "901" if one.elsewhere else "900"}


def _mastodon_own(server: Loopback, own: Sequence[Whisper]) -> None:
    page = [_direct(one) for one in own]
    server.on("GET", "/api/v1/accounts/42/statuses", lambda asked: Reply([] if "max_id" in asked.query else page))


# --- Lemmy ------------------------------------------------------------------------------------------------------------


def _lemmy_message(number: int, text: str, made: datetime, to: int) -> dict[str, Any]:
    said = {"id": number, "creator_id": 42, "recipient_id": to, "content": text, "deleted": False}
    return {
        "private_message": said | {"published": iso(made), "ap_id": f"https://lemmy.example/private_message/{number}"}
    }


def _lemmy_own(server: Loopback, own: Sequence[Whisper]) -> None:
    rows = [_lemmy_message(one.number, one.text, one.made, 8 if one.elsewhere else 7) for one in own]
    path = f"{API}/private_message/list"
    server.on("GET", path, lambda asked: Reply({"private_messages": rows if asked.query["page"] == ["1"] else []}))


# --- Reddit -----------------------------------------------------------------------------------------------------------


def _reddit_own(server: Loopback, own: Sequence[Whisper]) -> None:
    children = [
        {
            "kind": "t4",
            "data": {
                "name": f"t4_{one.number}",
                "body": one.text,
                "created_utc": one.made.timestamp(),
                "parent_id": "t4_901" if one.elsewhere else "t4_900",
            },
        }
        for one in own
    ]
    server.on("GET", "/message/sent", Reply({"kind": "Listing", "data": {"children": children, "after": None}}))


# --- X ----------------------------------------------------------------------------------------------------------------

DMS = "/2/dm_conversations/42-7"


def _x_own(server: Loopback, own: Sequence[Whisper]) -> None:
    def answer(there: Sequence[Whisper]) -> Any:
        return lambda asked: Reply(_x_events(there if "pagination_token" not in asked.query else []))

    server.on("GET", f"{DMS}/dm_events", answer([one for one in own if not one.elsewhere]))
    server.on("GET", "/2/dm_conversations/42-8/dm_events", answer([one for one in own if one.elsewhere]))


def _x_events(own: Sequence[Whisper]) -> Any:
    events = [
        {
            "id": str(one.number),
            "event_type": "MessageCreate",
            "text": one.text,
            "sender_id": "42",
            "created_at": iso(one.made),
        }
        for one in own
    ]
    meta = {"result_count": len(events), **({"next_token": "older"} if events else {})}
    return {"meta": meta, **({"data": events} if events else {})}


PRIVATE: tuple[PrivateKit, ...] = (
    PrivateKit(
        kit=X,
        target=RemoteRef("dm/900", root=RemoteRef("dm/42-7")),
        write=("POST", f"{DMS}/messages"),
        created={"data": {"dm_conversation_id": "42-7", "dm_event_id": "1001"}},
        created_id="dm/1001",
        stays=lambda asked: asked.path == f"{DMS}/messages",
        sent_text=lambda body: str(body["text"]),
        list_own=_x_own,
    ),
    PrivateKit(
        kit=BLUESKY,
        target=RemoteRef(f"chat/{CONVO}/3m900"),
        write=("POST", f"{CHAT}sendMessage"),
        created={"id": "3m1001", "rev": "22222222zxmwf", "text": WORDS, "sender": {"did": DID}, "sentAt": "2026-11-20"},
        created_id=f"chat/{CONVO}/3m1001",
        stays=lambda asked: asked.path == f"{CHAT}sendMessage" and asked.form["convoId"] == CONVO,
        sent_text=lambda body: str(body["message"]["text"]),
        list_own=_bluesky_own,
    ),
    PrivateKit(
        kit=MASTODON,
        target=RemoteRef("900", root=RemoteRef("direct/someone@far.example")),
        write=("POST", "/api/v1/statuses"),
        created={"id": "1001", "uri": "https://social.example/users/42/statuses/1001"},
        created_id="1001",
        stays=lambda asked: asked.form.get("visibility") == "direct",
        sent_text=lambda body: str(body["status"]),
        list_own=_mastodon_own,
        removal=("DELETE", "/api/v1/statuses/1001"),
        adds="@someone@far.example ",
    ),
    PrivateKit(
        kit=LEMMY,
        target=RemoteRef("private_message/900", root=RemoteRef("person/7")),
        write=("POST", f"{API}/private_message"),
        created={"private_message_view": {"private_message": {"id": 1001, "creator_id": 42, "recipient_id": 7}}},
        created_id="private_message/1001",
        stays=lambda asked: asked.path == f"{API}/private_message" and asked.form["recipient_id"] == 7,
        sent_text=lambda body: str(body["content"]),
        list_own=_lemmy_own,
        removal=("POST", f"{API}/private_message/delete"),
    ),
    PrivateKit(
        kit=REDDIT,
        target=RemoteRef("t4_900"),
        write=("POST", "/api/comment"),
        created={"json": {"errors": [], "data": {"things": [{"kind": "t4", "data": {"name": "t4_1001"}}]}}},
        created_id="t4_1001",
        stays=lambda asked: asked.path == "/api/comment" and asked.form["thing_id"].startswith("t4_"),
        sent_text=lambda body: str(body["text"]),
        list_own=_reddit_own,
    ),
)


def asked_privately(kit: PrivateKit, draft: Draft) -> Draft:
    """The same draft as an answer to the private message."""
    return replace(draft, in_reply_to=kit.target, title=None, community=None)
