"""Where the links are in a text, by the rules of twitter-text, which X counts by and Mastodon copied.

Source: https://github.com/twitter/twitter-text (regular expressions of the JavaScript library, conformance/extract.yml).
It only finds; it must never fetch, change or judge an address.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from connectors.tlds import TLDS

LONGEST_LABEL = 63
"""Bytes of one domain label in its ASCII form, RFC 1035."""

_SPACES = r"\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
_INVALID = r"\uFFFE\uFEFF\uFFFF"
_DIRECTIONAL = r"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"
_PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$\""
_CYRILLIC = r"\u0400-\u04FF"
_LATIN = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u00FF\u0100-\u024F"
    r"\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)

_LETTER = rf"[^{_PUNCTUATION}{_SPACES}{_INVALID}{_DIRECTIONAL}]"
_SUBDOMAIN = rf"(?:(?:{_LETTER}(?:[_-]|{_LETTER}){{0,200}})?{_LETTER}\.)"
_DOMAIN_NAME = rf"(?:(?:{_LETTER}(?:-|{_LETTER}){{0,200}})?{_LETTER}\.)"
# The bounds 200 and 20 are ours: without them a text of 2,500 times "a." took half a minute. No real name reaches them.
_PUNYCODE = r"xn--[a-z0-9-]+"

_GENERAL = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PARENS = rf"\((?:{_GENERAL}+|(?:{_GENERAL}*\({_GENERAL}+\){_GENERAL}*))\)"
_ENDING = rf"(?:[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]|(?:{_PARENS}))"
_PATH = rf"(?:(?:{_GENERAL}*(?:{_PARENS}{_GENERAL}*)*{_ENDING})|(?:@{_GENERAL}+/))"
_QUERY = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
_REST = rf"(?::[0-9]+)?(?:/{_PATH}*)?(?:\?{_QUERY})?"

_ASCII_DOMAIN = rf"(?:[\-a-z0-9{_LATIN}]+\.)+"

_TCO = re.compile(rf"https?://t\.co/(?P<slug>[a-z0-9]+)(?:\?{_QUERY})?", re.IGNORECASE)
_LONGEST_SLUG = 40


class Link(NamedTuple):
    """One link: where it begins and ends in the text (characters, end exclusive), and whether it names its protocol."""

    start: int
    end: int
    with_protocol: bool


def find_links(text: str, *, bare: bool) -> list[Link]:
    """The links of a text, in order. `bare`: also those without https://, as X and people write them."""
    links: list[Link] = []
    position = 0
    while found := _schemed().search(text, position) if not bare else _any().search(text, position):
        url_start, url_end = found.span("url")
        if found["protocol"]:
            if bare and (short := _TCO.match(text, url_start)):  # X's own short links end with their letters and digits
                if len(short["slug"]) <= _LONGEST_SLUG:
                    links.append(Link(url_start, short.end(), with_protocol=True))
                position = short.end()
            elif _host_fits(found["domain"]):
                links.append(Link(url_start, url_end, with_protocol=True))
                position = url_end
            else:
                position = max(url_start + 1, found.end("protocol"))
        else:
            position = max(_bare_links(text, found, links), position + 1)
    return links


def _bare_links(text: str, found: re.Match[str], links: list[Link]) -> int:
    """Add the links without protocol in one hit; only the ASCII part of a domain counts there. Where to look on."""
    if re.search(r"[-_./]$", found["before"]) or text[found.end("domain") : found.end("domain") + 1] == "@":
        return found.end()
    last = None
    for ascii_part in _ascii_domain().finditer(found["domain"]):
        if _host_fits(ascii_part.group()):
            start = found.start("domain") + ascii_part.start()
            last = Link(start, found.start("domain") + ascii_part.end(), with_protocol=False)
            links.append(last)
    if last and last.end == found.end("domain"):
        links[-1] = last._replace(end=found.end("url"))
    return found.end("url")


def _host_fits(domain: str) -> bool:
    """Whether every label is a possible name: at most 63 bytes in ASCII form, and real punycode where it claims to be."""
    for label in domain.split("."):
        if label.lower().startswith("xn--") and not label.isascii():
            return False
        size = len(label) if label.isascii() else len("xn--") + len(label.lower().encode("punycode"))
        if size > LONGEST_LABEL:
            return False
    return True


@cache
def _tld() -> str:
    by_length = sorted(TLDS, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, by_length)) + rf"|{_PUNYCODE})(?=[^0-9a-z@+\-_]|$)"


@cache
def _any() -> re.Pattern[str]:
    return re.compile(_pattern(r"(?P<protocol>https?://)?"), re.IGNORECASE)


@cache
def _schemed() -> re.Pattern[str]:
    return re.compile(_pattern(r"(?P<protocol>https?://)"), re.IGNORECASE)


def _pattern(protocol: str) -> str:
    before = rf"(?P<before>[^a-z0-9@＠$#＃{_INVALID}]|[{_DIRECTIONAL}]|^)"
    return rf"{before}(?P<url>{protocol}(?P<domain>{_SUBDOMAIN}{{0,20}}{_DOMAIN_NAME}{_tld()}){_REST})"


@cache
def _ascii_domain() -> re.Pattern[str]:
    return re.compile(_ASCII_DOMAIN + _tld(), re.IGNORECASE)
