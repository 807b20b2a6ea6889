"""What a variant says: immutable in the record, and the same as a connector's draft, byte for byte.

What a post said when it was made lies on the post itself while it is short, since it is written and read together with
it; what is long, and what an edit made of it, lies apart under its version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import Attachment, Body, Part, Post, Remote, Under, Variant, Words
from chalicelib.ports import ABSENT, Put
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from connectors.capabilities import Threads
from connectors.contract import Draft, Picture, RemoteRef

NONE: Final[Mapping[Attachment, Picture]] = {}

SHORT = 8_000
"""UTF-8 bytes of all texts of a post that lie on the post itself: far below DynamoDB's 400 KB, and cheap to list."""


def words(desk: Desk, workspace: str, variant_id: str, body: Body) -> Words:
    """The body as it is kept. What it answers can tell who wrote that, so it is sealed."""
    sealed = None
    if body.answers is not None:
        answers = json.dumps(encode(body.answers)).encode()
        sealed = desk.vault.seal(answers, seal_context(workspace, "body", variant_id))
    return Words(body.text, body.title, body.community, body.language, sealed, body.pictures, body.rest)


def fit_on_the_post(said: Sequence[Words]) -> bool:
    """Whether these are short enough to lie on the post itself."""
    texts = [text for one in said for text in (one.text, *(part.text for part in one.rest))]
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
    return Body(said.text, said.title, said.community, said.language, answers, said.pictures, said.rest)


def whole_draft(body: Body) -> Draft:
    """The post itself as a connector takes it, without its pictures and the parts that follow: to count and to price it."""
    return Draft(body.text, body.title, body.community, body.language, ref_of(body.answers) if body.answers else None)


def priced_drafts(body: Body) -> list[Draft]:
    """Each part as a price is asked for it: the first answers what the body answers, the others are our own thread."""

    def described(part: Part) -> tuple[Picture, ...]:
        return tuple(Picture(one.media, "", 0, 0, 0, one.alt) for one in part.pictures)

    first = replace(whole_draft(body), pictures=described(body.parts[0]))
    return [first, *(replace(first, text=one.text, in_reply_to=None, pictures=described(one)) for one in body.rest)]


def draft_of(
    body: Body,
    threads: Threads = Threads.BY_PART,
    said: Sequence[Remote] = (),
    pictures: Mapping[Attachment, Picture] = NONE,
) -> Draft:
    """What is said next, as a connector takes it: one part, or all of them where the platform takes them at once.

    said: the parts that stand there already. pictures: what the platform holds of each.
    """
    parts, number = body.parts, len(said)
    if threads is Threads.AT_ONCE:
        rest = tuple(
            Draft(
                one.text,
                language=body.language,
                pictures=_shown(one, pictures),
                under_first=one.under is Under.FIRST,
            )
            for one in parts[1:]
        )
        return replace(whole_draft(body), pictures=_shown(parts[0], pictures), thread=rest)
    if number == 0:
        return replace(whole_draft(body), pictures=_shown(parts[0], pictures))
    part = parts[number]
    above = 0 if part.under is Under.FIRST else max(n for n in range(number) if parts[n].under is Under.PREVIOUS)
    return Draft(
        part.text,
        community=body.community,
        language=body.language,
        in_reply_to=ref_of(said[above]),
        pictures=_shown(part, pictures),
    )


def attached(body: Body, threads: Threads, said: int) -> tuple[Attachment, ...]:
    """The pictures of what is said next."""
    parts = body.parts if threads is Threads.AT_ONCE else body.parts[said : said + 1]
    return tuple(one for part in parts for one in part.pictures)


def writes_of(body: Body, threads: Threads) -> int:
    """How many writes to the platform it takes."""
    return 1 if threads is Threads.AT_ONCE else len(body.parts)


def _shown(part: Part, pictures: Mapping[Attachment, Picture]) -> tuple[Picture, ...]:
    return tuple(pictures[one] for one in part.pictures if one in pictures)


def remote_of(ref: RemoteRef) -> Remote:
    """A connector's reference in our own terms."""
    return Remote(ref.id, ref.url, ref.revision, remote_of(ref.root) if ref.root else None)


def ref_of(remote: Remote) -> RemoteRef:
    """Our own reference in a connector's terms."""
    return RemoteRef(remote.id, remote.url, remote.revision, ref_of(remote.root) if remote.root else None)
