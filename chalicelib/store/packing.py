"""A field that is read whole and never searched, packed into a short text: an item that is often written stays under 1 KB.

Raw deflate with a dictionary of the words that such fields are full of, in base 85 under a mark. A dictionary never
changes, or what was packed with it could not be read any more: new words go into a further one, under a further mark.
"""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from typing import cast

from chalicelib.ports import Item

_RAW = -15
"""zlib's word for: no header and no checksum, over the largest window."""

_WORDS = {
    "z1:": (
        b"the member deserves an answer"
        b"a person of ours has acted in this conversation"
        b"an automatic answer was given within the window"
        b"it was too long to be read whole"
        b"the guideline does not speak its language"
        b"its language could not be told"
        b"it may also be complaint (support (spam (question (praise ("
        b"asks for 'ignore', and the joint risk is below 200 permille"
        b"asks for 'escalate': it cannot wait for its turn in the queue"
        b"the joint risk is below 200 permille and nothing speaks against an answer"
        b"A person decides (review): "
        b"https://www.reddit.com/r//comments/"
        b"https://mastodon.social/@"
        b"https://x.com//status/"
        b'{"id":"at://did:plc:","url":"https://bsky.app/profile/did:plc:","root":{"id":"at://did:plc:'
        b'/app.bsky.feed.post/","revision":"bafyrei'
        b'{"action":"escalate","intent":"other","risks":["self_harm","threat","crisis","legal","privacy","hate","insult"],'
        b'"severity":0,"rationale":{"why":"Clause ","actor":{"id":"worker:triage"},"clauses":["'
        b'"],"evidence":[{"label":"spam","rule":"spam:","permille":850,"start":0,"end":1},'
        b'{"label":"complaint","rule":"complaint:","permille":900,"start":0,"end":'
        b'}],"confidence":850,"refused":[{"action":"review","why":"clause '
        b'"},{"action":"answer","why":"no clause says that this kind of message may be answered automatically'
        b'"},{"action":"answer","why":"the guideline has no reply for this intent'
        b'"},{"action":"answer","why":"the joint risk is 850 permille, not below 200'
        b'"},{"action":"answer","why":"it may also be '
        b'"},{"action":"ignore","why":"no clause says that it can be left alone"}]},'
        b'"guideline":"","classifier":"rules-1","decided_at":"2026-11-21T00:00:00.000000Z","template":"question"}'
    )
}
_MARK = "z1:"


def packed(value: Item) -> str:
    """The value as a short text."""
    press = zlib.compressobj(9, wbits=_RAW, zdict=_WORDS[_MARK])
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return _MARK + b85encode(press.compress(text) + press.flush()).decode()


def unpacked(text: str) -> Item:
    """The value that `packed` was given. Raises ValueError, and TypeError for a text that was never packed."""
    words = _WORDS.get(text[: len(_MARK)])
    if words is None:
        raise TypeError("this text was not packed, or by a newer release")
    release = zlib.decompressobj(_RAW, words)
    try:
        said = release.decompress(b85decode(text[len(_MARK) :])) + release.flush()
    except zlib.error as error:
        raise ValueError("a packed field is damaged") from error
    return cast("Item", json.loads(said))
