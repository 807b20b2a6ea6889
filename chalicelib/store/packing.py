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

_FIRST_WORDS = (
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
# What clauses of the starter say, and what was read: a decision holds its figures since.
_FURTHER_WORDS = (
    b'"facts":{"human_touched":true,"answered_recently":true,"may_answer":false,"why_not":"the account cannot speak at present"'
    b'"facts":{"may_answer":false,"why_not":"the conversation was heated and cools off'
    b'"why_not":"it was said before the account was connected"},"moderations":["hide","lock","mute","remove"]'
    b'"around":{"zone":"","first_message":true,"known_days":0,"ruled_against":0,"messages":1'
    b"A second reader was heard (: no_risk)."
    b'{"label":"insult","rule":"insult:","permille":850,"start":'
    b'{"label":"privacy","rule":"privacy:phone","permille":950,"start":'
    b"Clause legal: a legal or regulatory matter, which may have a deadline"
    b"Clause threat: somebody may be in danger from another person"
    b"Clause spam: it advertises something to us"
    b'Clause complaint: somebody is not content","actor":{"id":"worker:triage"},"clauses":["complaint'
    b'{"label":"complaint","rule":"complaint:phrase","permille":750,"start":28,"end":34},{"label":"complaint","rule":"complaint:word'
    b'Clause self-harm: somebody may be about to hurt themselves","actor":{"id":"worker:triage"},"clauses":["self-harm'
    b'Clause thanks: it is plain praise","actor":{"id":"worker:triage"},"clauses":["thanks"],"evidence":[{"label":"praise",'
    b'"rule":"praise:words","permille":900}],"confidence":900,"refused":[{"action":"review","why":"the joint risk is below 200 '
    b'permille and nothing speaks against an answer"},{"action":"ignore","why":"the member deserves an answer"}]},"guideline":"'
    b'{"label":"question","rule":"question:form","permille":900}],"confidence":900,"refused":[{"action":"'
    b'{"label":"self_harm","rule":"table","permille":986,"start":9,"end":17},{"label":"'
    b'"},{"action":"answer","why":"an automatic answer is safe to 0 permille only, and 600 are asked for'
    b'"},{"action":"answer","why":"its language could not be told"},{"action":"ignore","why":"clause '
    b"complaint asks for 'review'"
    b'"}]},'
    b'"decided_at":"2026-11-21T09:00:00.000000Z","template":"praise","facts":{},"figures":{"labels":{"complaint":900,"self_harm":900,'
    b'"classifier":"rules-5+","decided_at":"2026-1","facts":{},"figures":{"labels":{"praise":900},"language":"en","p_auto":97'
)
# What a decision holds since languages are told, and which reader decides: answered ones lay at 1 KB to the byte.
_LATER_WORDS = (
    b"nothing speaks against an answer in its language (en: 999 permille)"
    b'"},{"action":"ignore","why":"the member deserves an answer'
    b'{"label":"praise","rule":"table","permille":990,"end":5},{"label":"praise","rule":"table","permille":990,"start":'
    b'"classifier":"rules-11+630d8135.fd236394","decided_at":"2026-1'
    b'"},"language":"en","p_auto":990,"likely":999}}'
)
_WORDS = {
    "z1:": _FIRST_WORDS,
    "z2:": _FIRST_WORDS + _FURTHER_WORDS,
    "z3:": _FIRST_WORDS + _FURTHER_WORDS + _LATER_WORDS,
}
_MARK = "z3:"


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
