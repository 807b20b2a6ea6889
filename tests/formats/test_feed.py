"""Feeds: entries as plain lines with an address, whatever a stranger's document tries."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.formats.feed import MOST_BYTES, MOST_ENTRIES, Entry, NoFeed, read


def rss(*items: str, title: str = "The Town") -> bytes:
    whole = "".join(f"<item>{one}</item>" for one in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{whole}</channel></rss>'.encode()


def item(number: int = 1, title: str = "News", link: str | None = None) -> str:
    link = link if link is not None else f"https://town.example/{number}"
    return f"<title>{title}</title><link>{link}</link><guid>id-{number}</guid>"


ATOM = b"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>The Town</title>
<entry><id>urn:1</id><title type="html">A &lt;b&gt;bold&lt;/b&gt; plan &amp;amp; more</title>
<link href="https://town.example/1"/><updated>2026-11-21T10:00:00+01:00</updated></entry></feed>"""


def test_rss_and_atom_say_the_same() -> None:
    found = read(rss(item() + "<pubDate>Sat, 21 Nov 2026 10:00:00 +0100</pubDate>"))
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert found.title == "The Town"
    assert found.entries == (Entry("id-1", "News", "https://town.example/1", at),)
    assert read(ATOM).entries == (Entry("urn:1", "A bold plan & more", "https://town.example/1", at),)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("&lt;script&gt;alert(1)&lt;/script&gt;Doors open", "Doors open"),
        ("Two\n  lines\tand more", "Two lines and more"),
        ("A\u202enot\u202c b\u200bc", "Anot bc"),
        ("\U0001f469\u200d\U0001f4bb works", "\U0001f469\u200d\U0001f4bb works"),
        ("x" * 400, "x" * 299 + "…"),
        ("", "town.example"),
        ("&lt;b&gt;&lt;/b&gt;", "town.example"),
    ],
)
def test_a_title_is_one_plain_line(title: str, told: str) -> None:
    (entry,) = read(rss(item(title=title))).entries
    assert entry.title == told


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:pass@town.example/",
        "https://",
        "https://town.example/a b",
        "https://bücher.example/",
        "/relative",
        "https://town.example/" + "a" * 2000,
    ],
)
def test_an_entry_that_leads_nowhere_good_is_left_out(link: str) -> None:
    found = read(rss(item(1, link=link), item(2)))
    assert [one.id for one in found.entries] == ["id-2"]


def test_an_entry_that_comes_twice_is_one_and_a_list_has_an_end() -> None:
    assert len(read(rss(item(1), item(1))).entries) == 1
    assert len(read(rss(*(item(number) for number in range(300)))).entries) == MOST_ENTRIES


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no RSS or Atom"),
        (b"<html><body>A page</body></html>", "no RSS or Atom"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "no RSS or Atom"),
        (rss(item()).decode().encode("utf-16"), "UTF-8"),
        (rss(item(title="x" * MOST_BYTES)), "larger than"),
        (
            b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            + rss(item()),
            "entities",
        ),
        (b'<!DOCTYPE r [<!entity x SYSTEM "file:///etc/passwd">]>' + rss(item(title="&x;")), "entities"),
    ],
)
def test_what_is_no_feed_is_refused_at_once(data: bytes, why: str) -> None:
    began = time.process_time()
    with pytest.raises(NoFeed, match=why):
        read(data)
    assert time.process_time() - began < 1


def test_a_document_that_is_the_name_of_a_file_opens_none(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(item()))
    for name in (str(path), path.as_uri()):
        with pytest.raises(NoFeed):
            read(name.encode())


@pytest.mark.parametrize(
    "piece", [b"<a>", b"<item>", b"<title>", b"<title>x</title>", b"<item></item>", b"&amp;", b"<"]
)
@pytest.mark.parametrize("times", [20_000, 300_000])
@pytest.mark.parametrize("end", [b"", b"</channel></rss>"])
def test_a_document_that_is_deep_or_full_costs_no_more_than_a_feed(piece: bytes, times: int, end: bytes) -> None:
    began = time.process_time()
    with suppress(NoFeed):
        assert read((b"<rss version='2.0'><channel>" + piece * times)[:MOST_BYTES] + end).entries == ()
    assert time.process_time() - began < 2
