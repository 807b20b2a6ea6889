"""Links in what we say, and the tags by which a web analysis knows where a visitor came from.

A tag goes only into links of hosts that are ours by rule; nothing else of a text is touched, and a link that has a tag
keeps it. Only links that name their protocol are read: where another ends depends on the platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote_plus

from chalicelib.domain.audit import AuditEvent

EVERYWHERE: Final = "workspace"
"""Id of the rule that holds where a campaign has none of its own."""

NAMES: Final = ("source", "medium", "campaign", "content")
"""What a tag can tell, in the order in which it is written; each is the parameter `utm_<name>`."""

_CANDIDATE = re.compile(r"https?://[^\s<>\"`{}|\\^\[\]\x00-\x1f\x7f]+", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?://(?P<host>[^/?#@:]+)(?::[0-9]{1,5})?(?=[/?#]|$)", re.IGNORECASE)
_TRAILING = ".,;:!?'*_~"
"""What ends a sentence or a mark-up around a link, not the link itself."""


@dataclass(frozen=True, slots=True)
class LinkRule:
    """How links are tagged in a workspace, or in one campaign. `id`: EVERYWHERE, or the campaign's.

    hosts: lower-case names; a name covers those below it. source: None is the platform's name. campaign: None adds none.
    sources: the source on single platforms, by the platform's name.
    """

    id: str
    workspace: str
    hosts: tuple[str, ...]
    medium: str
    source: str | None = None
    campaign: str | None = None
    content: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def tags(self, platform: str) -> dict[str, str]:
        """The parameters on a platform, in the order in which they are written."""
        told = {
            "source": self.sources.get(platform) or self.source or platform,
            "medium": self.medium,
            "campaign": self.campaign,
            "content": self.content,
        }
        return {f"utm_{name}": value for name in NAMES if (value := told[name])}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A text with its tags. `added`: how many links got any. `left`: links of our hosts that cannot be tagged safely."""

    text: str
    added: int = 0
    left: tuple[str, ...] = ()


def links(text: str) -> Iterator[tuple[int, int]]:
    """Where each link that names its protocol begins and ends, in order.

    A closing bracket that none opened within the link ends it, as in Markdown; so does what merely ends a sentence.
    """
    for found in _CANDIDATE.finditer(text):
        start, end = found.start(), _closed(text, *found.span())
        while end > start and text[end - 1] in _TRAILING:
            end -= 1
        if _AUTHORITY.match(text[start:end]):
            yield start, end


def tagged(text: str, rule: LinkRule, platform: str) -> Tagged:
    """The text with the rule's tags in every link of its hosts. Doing it twice is doing it once."""
    tags = rule.tags(platform)
    pieces: list[str] = []
    left: list[str] = []
    position = added = 0
    for start, end in links(text):
        link = text[start:end]
        if not _covers(rule.hosts, host_of(link)):
            continue
        if not link.isascii():
            # Platforms differ in where such a link ends: tags at its end might stand beside it.
            left.append(link)
            continue
        whole = _with(link, tags)
        added += whole != link
        pieces += (text[position:start], whole)
        position = end
    return Tagged("".join((*pieces, text[position:])), added, tuple(left))


def host_of(link: str) -> str:
    """The host that a link names, in lower case; empty where it names none, or also a person before an `@`."""
    found = _AUTHORITY.match(link)
    if found is None:
        return ""
    host = found["host"].lower().rstrip(".")
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""


def _covers(hosts: tuple[str, ...], host: str) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _closed(text: str, start: int, end: int) -> int:
    """Where a candidate ends, if not at its own end: at a closing bracket that none opened in it."""
    depth = 0
    for place in range(start, end):
        if text[place] == "(":
            depth += 1
        elif text[place] == ")":
            depth -= 1
            if depth < 0:
                return place
    return end


def _with(link: str, tags: Mapping[str, str]) -> str:
    """The link with those of the tags that it lacks, before its fragment."""
    before, hash_sign, fragment = link.partition("#")
    head, mark, query = before.partition("?")
    known = {unquote_plus(one.partition("=")[0]).casefold() for one in re.split("[&;]", query)}
    wanted = "&".join(f"{name}={_escaped(value)}" for name, value in tags.items() if name not in known)
    if not wanted:
        return link
    joint = "" if not query or query.endswith("&") else "&"
    return f"{head}{mark or '?'}{query}{joint}{wanted}{hash_sign}{fragment}"


def _escaped(value: str) -> str:
    """Fit for a query, and never ending in what would be read as the end of a sentence."""
    safe = quote(value, safe="")
    return safe if safe[-1] not in _TRAILING else f"{safe[:-1]}%{ord(safe[-1]):02X}"
