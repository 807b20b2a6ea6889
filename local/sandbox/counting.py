"""How the platforms count and cut up a text, written from their public rules and not from Parley's code.

Rules: X, twitter-text config v3; Mastodon, StatusLengthValidator; Bluesky, lexicon app.bsky.feed.post.
"""

from __future__ import annotations

import unicodedata

import regex

URL = regex.compile(
    r"https?://(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}{2,}(?::\d+)?"
    r"(?:[/?#](?:[^\s<>\"]*[^\s<>\"'.,;:!?)\]])?)?",
    regex.IGNORECASE,
)
"""A link that gets shortened or counted as 23: a scheme and a host with letters at its end; no address, no user."""
MENTION = regex.compile(r"(?<![\w@/.])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@([A-Za-z0-9.-]+[A-Za-z0-9]))?")
HASHTAG = regex.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_X_URL_LENGTH = 23
_MASTODON_URL_LENGTH = 23
_LIGHT = ((0x0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def graphemes(text: str) -> int:
    """How many characters a person sees."""
    return len(_GRAPHEME.findall(text))


def weighted_length(text: str) -> int:
    """X's weighted length: light characters 1, others 2, an emoji sequence 2, every URL 23."""
    text = unicodedata.normalize("NFC", text)
    bare, links = URL.subn("", text)
    return _X_URL_LENGTH * int(links) + sum(_weight(one) for one in _GRAPHEME.findall(bare))


def _weight(cluster: str) -> int:
    if _EMOJI.search(cluster) and not cluster.isascii():
        return 2
    return sum(1 if any(low <= ord(c) <= high for low, high in _LIGHT) else 2 for c in cluster)


def mastodon_length(text: str, warning: str = "") -> int:
    """Mastodon's length: graphemes, every URL 23, the host of a remote mention free, the content warning included."""
    bare = URL.sub("x" * _MASTODON_URL_LENGTH, text)
    bare = MENTION.sub(lambda found: "@" + found.group(1), bare)
    return graphemes(bare) + graphemes(warning)
