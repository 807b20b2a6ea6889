"""HTML is read the same on the short way as by the parser."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import text
from connectors.text import html_to_text

PIECES = (
    "<p>", "</p>", "<br>", "<br />", "<BR/>", "<li>", "</li>", "<ul>", "</ul>", "<span class='a b'>", "</span>",
    '<a href="https://e.org/?a=1&amp;b=2" rel="nofollow noopener" target=_blank>', '<a href="https://e.org">', "</a>",
    "<blockquote>", "</blockquote>", "<h1>", "</h1>", "<code>", "</code>", "<pre>", "</pre>", "<p", "<", ">", "a<b", "<!-- x -->",
    "<!doctype html>", "<script>", "</script>", "<style>", "</style>", "<template>", "</template>", "<img alt='x'>", "<?x?>",
    "</",
    "<a title='>'>", '<a title="<p>">', "&amp;", "&am", "p;", "&lt;p&gt;", "&#8364;", "&#x20ac", "&nosuch;", "&", "\n", "\n\n\n",
    " ", "words", "é", "👩‍💻", "\u2028", "<p/>", "<strong\n>", "<em disabled>", "<i a=b>",
)  # fmt: skip


def by_parser(html: str) -> str:
    reader = text._Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.pieces)).strip()


@settings(max_examples=1500, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_the_short_way_says_what_the_parser_says(html: str) -> None:
    assert html_to_text(html) == re.sub(r"\n{3,}", "\n\n", by_parser(html)).strip()


def test_what_servers_write_goes_the_short_way() -> None:
    mention = '<span class="h-card" translate="no"><a href="https://e.org/@a" class="u-url mention">@<span>a</span></a></span>'
    html = f"<p>{mention} hi<br />&amp; x</p>"
    assert text._plainly(html) is not None
    assert html_to_text(html) == "@a hi\n& x"
