"""Link tags: into our own links only, never twice, and nothing else of a text is touched."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.links import LinkRule, links, tagged

RULE = LinkRule("workspace", "w", ("ours.example",), "social", campaign="Winter sale", sources={"x": "twitter"})
TAGS = "utm_source=bluesky&utm_medium=social&utm_campaign=Winter%20sale"


def told(text: str, platform: str = "bluesky") -> str:
    return tagged(text, RULE, platform).text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("See https://ours.example/a.", f"See https://ours.example/a?{TAGS}."),
        ("https://www.ours.example", f"https://www.ours.example?{TAGS}"),
        ("https://OURS.example:443/a#top!", f"https://OURS.example:443/a?{TAGS}#top!"),
        ("(https://ours.example/a_(b))", f"(https://ours.example/a_(b)?{TAGS})"),
        ("[here](https://ours.example/a).", f"[here](https://ours.example/a?{TAGS})."),
        (
            "[a](https://ours.example/a)[b](https://b.example)",
            f"[a](https://ours.example/a?{TAGS})[b](https://b.example)",
        ),
        (
            "[https://ours.example/a](https://ours.example/a)",
            f"[https://ours.example/a?{TAGS}](https://ours.example/a?{TAGS})",
        ),
        ("**https://ours.example/a**", f"**https://ours.example/a?{TAGS}**"),
        ("<https://ours.example/a>", f"<https://ours.example/a?{TAGS}>"),
        ("Seen https://ours.example/a?", f"Seen https://ours.example/a?{TAGS}?"),
        ("https://ours.example/?q=1&b=", f"https://ours.example/?q=1&b=&{TAGS}"),
        ("https://ours.example/?q=1&", f"https://ours.example/?q=1&{TAGS}"),
        (
            "https://ours.example/?UTM_Source=mail#x",
            "https://ours.example/?UTM_Source=mail&utm_medium=social&utm_campaign=Winter%20sale#x",
        ),
    ],
)
def test_a_tag_stands_where_it_belongs(text: str, after: str) -> None:
    assert told(text) == after
    assert told(after) == after


@pytest.mark.parametrize(
    "text",
    [
        "https://theirs.example/a",
        "https://notours.example/",
        "https://ours.example.evil.example/",
        "https://us@ours.example/",
        "https://ours.example@evil.example/",
        "ours.example/a",
        "mailto:desk@ours.example",
        "ftp://ours.example/a",
        "https://ours.example:port/a",
        "",
    ],
)
def test_what_is_not_surely_ours_stays_as_it_is(text: str) -> None:
    assert told(text) == text


def test_a_platform_may_have_a_source_of_its_own() -> None:
    assert "utm_source=twitter&" in told("https://ours.example/", "x")
    assert "utm_source=mastodon&" in told("https://ours.example/", "mastodon")


def test_a_link_that_platforms_read_differently_is_named_and_left() -> None:
    found = tagged("https://ours.example/ä and https://ours.example/a", RULE, "x")
    assert found.left == ("https://ours.example/ä",)
    assert found.added == 1
    assert found.text.startswith("https://ours.example/ä and https://ours.example/a?utm_source")


def test_a_tag_that_ends_like_a_sentence_stays_whole() -> None:
    rule = LinkRule("workspace", "w", ("ours.example",), "social", campaign="v1.")
    once = tagged("https://ours.example/a.", rule, "x").text
    assert once == "https://ours.example/a?utm_source=x&utm_medium=social&utm_campaign=v1%2E."
    assert tagged(once, rule, "x").text == once


_hosts = st.sampled_from(["ours.example", "a.ours.example", "theirs.example", "ours.example.evil.example"])
_ends = st.text(alphabet="ab1/?#&=;.,()[]*_'!~%-", max_size=20)
_words = st.text(alphabet="ab .,()[]<>\n*_`\"'äß日", max_size=12)
_texts = st.lists(
    st.one_of(_words, st.builds(lambda host, end: f"https://{host}{end}", _hosts, _ends)), max_size=6
).map("".join)


@given(_texts)
def test_tagging_is_done_once_and_undone_by_taking_the_tags_away(text: str) -> None:
    after = told(text)
    assert told(after) == after
    assert re.sub(
        r"(?:(?<=\?)|&)(?:utm_source=bluesky|utm_medium=social|utm_campaign=Winter%20sale)", "", after
    ).replace("?", "").replace("&", "") == text.replace("?", "").replace("&", "")


@given(_texts)
def test_of_a_tagged_link_only_the_query_changes(text: str) -> None:
    before = [text[start:end] for start, end in links(text)]
    whole = told(text)
    after = [whole[start:end] for start, end in links(whole)]
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        was, lies = urlsplit(old), urlsplit(new)
        assert (was.scheme, was.netloc, was.path, was.fragment) == (lies.scheme, lies.netloc, lies.path, lies.fragment)
        kept = parse_qsl(lies.query, keep_blank_values=True)
        assert kept[: len(parse_qsl(was.query, keep_blank_values=True))] == parse_qsl(was.query, keep_blank_values=True)
