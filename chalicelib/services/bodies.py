"""What a variant says: immutable in the record, and the same as a connector's draft, byte for byte.

What a post said when it was made lies on the post itself while it is short, since it is written and read together with
it; what is long, and what an edit made of it, lies apart under its version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.domain import options as asked
from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import Attachment, Body, Part, Post, Remote, Under, Variant, Words
from chalicelib.ports import ABSENT, Put
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from connectors.capabilities import Capabilities, Threads
from connectors.contract import Draft, Picture, RemoteRef
from connectors.options import USUAL, Audience, Card, Options, Poll, WhoMayReply

SHORT = 8_000
"""UTF-8 bytes of all texts of a post that lie on the post itself: far below DynamoDB's 400 KB, and cheap to list."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a platform holds of our pictures: those that parts show, and the card's."""

    pictures: Mapping[Attachment, Picture] = field(default_factory=dict)
    card: Picture | None = None


NOTHING: Final = Held()


def words(desk: Desk, workspace: str, variant_id: str, body: Body) -> Words:
    """The body as it is kept. What it answers can tell who wrote that, so it is sealed."""
    sealed = None
    if body.answers is not None:
        answers = json.dumps(encode(body.answers)).encode()
        sealed = desk.vault.seal(answers, seal_context(workspace, "body", variant_id))
    return Words(body.text, body.title, body.community, body.language, sealed, body.pictures, body.rest, body.options)


def fit_on_the_post(said: Sequence[Words]) -> bool:
    """Whether these are short enough to lie on the post itself."""
    texts = [text for one in said for text in (one.text, *(part.text for part in one.rest), *_words_of(one.options))]
    return sum(len(one.encode()) for one in texts) <= SHORT


def words_put(workspace: str, variant_id: str, version: int, said: Words) -> Put:
    """The write that keeps one version apart; it never replaces one."""
    key = keys.body(workspace, variant_id, version)
    return Put({"pk": key.pk, "sk": key.sk, **encode(said)}, ABSENT)


def body_of(desk: Desk, variant: Variant) -> Body:
    """What the variant's present version says. Raises NotFound where retention has purged it."""
    post = desk.store.posts.get(variant.workspace, variant.post) if variant.version == 1 else None
    return body_in(desk, variant, post)


def body_in(desk: Desk, variant: Variant, post: Post | None) -> Body:
    """The same where its post was read already. Raises NotFound."""
    place = int(variant.id.rpartition(".")[2])
    if variant.version == 1 and post is not None and place < len(post.says):
        return _opened(desk, variant, post.says[place])
    item = desk.store.table.get(keys.body(variant.workspace, variant.id, variant.version))
    if item is None:
        raise NotFound("what this variant says is no longer kept")
    return _opened(desk, variant, decode(Words, item))


def _opened(desk: Desk, variant: Variant, said: Words) -> Body:
    answers = None
    if said.sealed is not None:
        opened = desk.vault.open(said.sealed, seal_context(variant.workspace, "body", variant.id))
        answers = decode(Remote, json.loads(opened))
    return Body(said.text, said.title, said.community, said.language, answers, said.pictures, said.rest, said.options)


def whole_draft(body: Body) -> Draft:
    """The post itself as a connector takes it, without its pictures and the parts that follow: to count and to price it."""
    answered = ref_of(body.answers) if body.answers else None
    return Draft(body.text, body.title, body.community, body.language, answered, options=options_of(body.options, None))


def priced_drafts(body: Body, can: Capabilities) -> list[Draft]:
    """Each part as it is counted and priced: the first answers what the body answers, the others are our own thread."""

    def described(part: Part) -> tuple[Picture, ...]:
        return tuple(Picture(one.media, "", 0, 0, 0, one.alt) for one in part.pictures)

    card = body.options.card
    shown = None if card is None or card.picture is None else Picture(card.picture, "", 0, 0, 0)
    whole = whole_draft(body)
    first = replace(whole, pictures=described(body.parts[0]), options=options_of(body.options, shown))
    # What a private message is answered by is private in all its parts, and is counted and priced so (its root is told).
    above = first.in_reply_to if first.in_reply_to is not None and first.in_reply_to.root is not None else None
    later = replace(first, in_reply_to=above, options=of_later_parts(first.options, can))
    return [first, *(replace(later, text=one.text, pictures=described(one)) for one in body.rest)]


def draft_of(body: Body, can: Capabilities, said: Sequence[Remote] = (), held: Held = NOTHING) -> Draft:
    """What is said next, as a connector takes it: one part, or all of them where the platform takes them at once.

    said: the parts that stand there already. held: what the platform holds of their pictures.
    """
    parts, number = body.parts, len(said)
    options = options_of(body.options, held.card)
    first = replace(whole_draft(body), pictures=_shown(parts[0], held), options=options)
    if can.threads is Threads.AT_ONCE:
        rest = tuple(
            Draft(
                one.text,
                language=body.language,
                pictures=_shown(one, held),
                under_first=one.under is Under.FIRST,
            )
            for one in parts[1:]
        )
        return replace(first, thread=rest)
    if number == 0:
        return first
    part = parts[number]
    above = 0 if part.under is Under.FIRST else max(n for n in range(number) if parts[n].under is Under.PREVIOUS)
    answered = ref_of(said[above])
    if body.answers is not None and body.answers.root is not None:
        # All parts of a reply hang under what it answers; of a private message the root tells whom they go to, and that they
        # are private. It is sealed with the body, and not kept with what was said.
        answered = replace(answered, root=ref_of(body.answers.root))
    return Draft(
        part.text,
        community=body.community,
        language=body.language,
        in_reply_to=answered,
        pictures=_shown(part, held),
        options=of_later_parts(options, can),
    )


def options_of(said: asked.Options, picture: Picture | None) -> Options:
    """What a post asks for in a connector's terms. picture: what the platform holds of the card's."""
    poll = None if said.poll is None else Poll(said.poll.choices, said.poll.lasts, said.poll.many)
    card = None if said.card is None else Card(said.card.url, said.card.title, said.card.description, picture)
    return Options(
        said.warning,
        said.sensitive,
        said.spoiler,
        None if said.audience is None else Audience(said.audience),
        frozenset(WhoMayReply(one) for one in said.who_may_reply),
        said.flair,
        poll,
        card,
        said.crosspost,
    )


def of_later_parts(options: Options, can: Capabilities) -> Options:
    """What of a thread's options its later parts have too: who was to see the first must be who sees the second."""
    if can.threads is Threads.AT_ONCE:
        return USUAL
    kept = {option: getattr(options, option.value) for option in can.options_of_parts & options.asked}
    return replace(USUAL, **{option.value: value for option, value in kept.items()})


def attached(body: Body, can: Capabilities, said: int) -> tuple[tuple[Attachment, ...], Attachment | None]:
    """The pictures of what is said next, and its card's."""
    parts = body.parts if can.threads is Threads.AT_ONCE else body.parts[said : said + 1]
    card = body.options.card if said == 0 else None
    picture = None if card is None or card.picture is None else Attachment(card.picture)
    return tuple(one for part in parts for one in part.pictures), picture


def writes_of(body: Body, threads: Threads) -> int:
    """How many writes to the platform it takes."""
    return 1 if threads is Threads.AT_ONCE else len(body.parts)


def _shown(part: Part, held: Held) -> tuple[Picture, ...]:
    return tuple(held.pictures[one] for one in part.pictures if one in held.pictures)


def _words_of(options: asked.Options) -> list[str]:
    return [text for _, text in options.words]


def remote_of(ref: RemoteRef) -> Remote:
    """A connector's reference in our own terms."""
    return Remote(ref.id, ref.url, ref.revision, remote_of(ref.root) if ref.root else None)


def ref_of(remote: Remote) -> RemoteRef:
    """Our own reference in a connector's terms."""
    return RemoteRef(remote.id, remote.url, remote.revision, ref_of(remote.root) if remote.root else None)
