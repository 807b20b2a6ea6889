"""The acts of listening: what was there before, how accounts are signed in, what is brought, counted, missed and read closely."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.listening import Listening
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import SecondOpinions
from chalicelib.services import accounts, connecting, context, hooks, measuring, second_opinions, workspaces
from chalicelib.services import listening as listening_for
from chalicelib.services.ticking import tick
from connectors import errors, inbound
from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPost, RemoteAuthor, RemoteInteraction, RemoteRef, Thread
from connectors.relay import SIGNATURE, TIMESTAMP
from local.release.record import MINUTE, Record
from local.sandbox.members import CAST, Kind

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def earlier(record: Record) -> None:
    """What stood on Mastodon before Parley came: a post of ours, and an answer below it."""
    remote, now = record.remotes["mastodon"], record.clock.now()
    post = RemoteRef("mastodon-earlier", "https://mastodon.example/earlier", root=RemoteRef("mastodon-earlier"))
    remote.earlier.append(EarlierPost(post, "We mended a toaster", now - DAY))
    answer = RemoteInteraction(
        native_id="mastodon-native-earlier",
        kind=InteractionKind.REPLY,
        author=RemoteAuthor("id-member-earlier", "member-earlier", "Member Earlier"),
        text=CAST[Kind.PRAISE].text,
        created_at=now - DAY + HOUR,
        conversation_id="mastodon-earlier",
        ref=RemoteRef("mastodon-ref-earlier", revision="r1", root=post),
        parent_id=post.id,
        language="en",
        on_own=True,
    )
    remote.threads[post.id] = Thread(below=(answer,))


def signed_in(record: Record) -> None:
    """Sign-ins by the person: one to its end; one to which nobody came back, and which the next tick ends."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    begun = connecting.begin(desk, owner, "lemmy", None, now, only=record.accounts["lemmy"].id)
    password = "test-password"  # noqa: S105
    connecting.finish(desk, owner, begun.handshake.id, begun.state, password, now, identifier="desk")
    connecting.begin(desk, owner, "mastodon", None, now)


def switched_on(record: Record) -> None:
    """What is off until somebody wants it: counting, watched words, private messages, moderated communities."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    measuring.switch(desk, owner, now, on=True)
    wanted = {
        "bluesky": Listening(words=("toaster",)),
        "reddit": Listening(moderated=("repairs",), communities=("repairs",)),
        "x": Listening(threads=True),
        "mastodon": Listening(messages=True),
    }
    for name, listening in wanted.items():
        listening_for.listen_for(desk, owner, record.accounts[name].id, listening, now)


def unpaid(record: Record) -> None:
    """Our app's money on X is spent, what is due there is held; then somebody pays."""
    record.remotes["x"].failures.append(errors.Unpaid("x", "the credits are spent", code="credits"))
    held = record.schedule("x", "Said once the app was paid for")
    desk, owner = record.desk, record.owner
    account = desk.store.accounts.get(owner.workspace, record.accounts["x"].id)
    if account is not None:
        accounts.paid(desk, account, Actor.member(owner.member), "it was paid", record.clock.move(MINUTE))
    record.publish(held)


def listened(record: Record) -> None:
    """Whatever is not said to us, by each road: a report, a watched word, a private message; and what a relay brought."""
    spam = record.hears("reddit", Kind.SPAM, kind=InteractionKind.COMMUNITY, community="repairs")
    record.hears(
        "reddit",
        Kind.SPAM,
        kind=InteractionKind.REPORT,
        community="repairs",
        why=("it is spam",),
        about=record.remotes["reddit"].inbox[-1].native_id,
    )
    record.hears("bluesky", Kind.QUESTION, kind=InteractionKind.KEYWORD, why=("toaster",))
    record.hears("mastodon", Kind.QUESTION, kind=InteractionKind.MESSAGE)
    _brought(record)
    _seen_above(record, spam)


def _brought(record: Record) -> None:
    """What a program of their own passed on; and an address that was taken back."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    account = record.accounts["lemmy"].id
    secret, hook = hooks.open_hook(desk, owner, account, "relay", None, now)
    item = {
        "native_id": "lemmy-native-brought",
        "kind": InteractionKind.MENTION.value,
        "text": CAST[Kind.QUESTION].text,
        "created_at": now.isoformat(),
        "author": {"id": "id-member-brought", "handle": "member-brought"},
        "root_id": "lemmy-root-brought",
        "language": "en",
    }
    body = json.dumps({"id": "delivery-1", "items": [item]}).encode()
    at = str(int(now.timestamp()))
    proof = b64encode(inbound.signature(secret, at.encode(), body)).decode()
    signed = {TIMESTAMP: at, SIGNATURE: f"sha256={proof}"}
    hooks.deliver(desk, "relay", hook.id, signed, body, now)
    (brought,) = (one for one in record.inbox() if one.platform == "lemmy")
    record.publish(brought.answer or "")
    _, old = hooks.open_hook(desk, owner, account, "relay", None, now)
    hooks.revoke(desk, owner, old.id, record.clock.move(MINUTE))


def _seen_above(record: Record, interaction: Interaction) -> None:
    """A person looked at it, and at what stood above it."""
    said = record.remotes["reddit"].inbox[0]
    above = replace(said, native_id="reddit-native-above", text="Which glue for a chair?")
    record.remotes["reddit"].threads[said.ref.id] = Thread(above=(above,))
    context.of(record.desk, interaction)


def counted(record: Record) -> None:
    """What was published is counted; one of it was taken down on the platform by somebody else."""
    desk, now = record.desk, record.clock.now()
    record.remotes["mastodon"].deleted.add("mastodon-1")
    measuring.take_round(desk, record.owner.workspace, now)


def stood_out(record: Record) -> None:
    """For an hour a platform does not tell a part of what is listened to: that is told to people, once, and goes on."""
    record.remotes["reddit"].missed = ("reports: 403",)
    record.read("reddit")
    record.clock.move(HOUR + MINUTE)
    record.read("reddit")
    tick(record.desk, record.clock.move(MINUTE))


def closely(record: Record) -> None:
    """A second reader is asked from now on about what the first is unsure of, and a surge stops automatic answers."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    workspaces.set_surges(desk, owner, now, brakes=True)
    second_opinions.switch(desk, owner, SecondOpinions(20, 100_000), now)
    record.hears("lemmy", Kind.INSULT, text="Nice one, clowns.")
    record.triage()


def waiting(record: Record) -> None:
    """A sign-in of which the person is still on the platform's page."""
    connecting.begin(record.desk, record.owner, "mastodon", None, record.clock.now())
