"""The match rule: what a person typed, as each platform shows it, is the same message again, and only that.

The renderings here are written from the platforms' own sources (twitter-text, Mastodon's TextFormatter, Reddit's raw_json),
apart from the connectors that undo them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky import mapping as bluesky
from connectors.contract import Connector, Draft, Found, Identity, RemoteRef, Unproven
from connectors.mastodon import mapping as mastodon
from connectors.readback import OwnPost, Saying
from connectors.reddit import sayings as reddit
from connectors.registry import connect
from connectors.x import posts as x
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_bluesky import CID, DID
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.kit_x import X
from tests.connectors.loopback import Asked, Loopback, Reply

OWN = Identity("42", "parley")
PARENT = RemoteRef("900", revision=CID)

# --- how each platform shows what was typed ---------------------------------------------------------------------------

_TYPED_LINK = re.compile(r"(?:https?://)?(?:[a-z]+\.)+(?:org|com)(?:/[a-z0-9/=&?_-]*[a-z0-9])?", re.IGNORECASE)


def _on_x(text: str, parent: str | None) -> dict[str, Any]:
    """NFC, every link a t.co of its own, & < > escaped, names of those answered in front."""
    urls: list[dict[str, str]] = []

    def shorten(found: re.Match[str]) -> str:
        typed = found[0]
        full = typed if typed.lower().startswith("http") else f"http://{typed}"
        full += "" if "/" in full.partition("://")[2] else "/"
        urls.append({"url": f"https://t.co/{'a' * (len(urls) + 1)}", "expanded_url": full})
        return urls[-1]["url"]

    short = _TYPED_LINK.sub(shorten, unicodedata.normalize("NFC", text))
    shown = short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip()
    post: dict[str, Any] = {"id": "1001", "text": shown, "created_at": iso(NOW), "author_id": "42"}
    if urls:
        post["entities"] = {"urls": urls}
    if parent:
        post |= {"text": f"@someone @another {shown}", "referenced_tweets": [{"type": "replied_to", "id": parent}]}
    return post


def _on_mastodon(text: str, parent: str | None) -> dict[str, Any]:
    """TextFormatter: escaped, links cut for the eye, mentions as cards, lines as <br />, paragraphs as <p>."""

    def link(found: re.Match[str]) -> str:
        scheme, _, rest = found[0].partition("://")
        shown, hidden = rest[:30], rest[30:]
        return (
            f'<a href="{found[0]}" target="_blank" rel="nofollow noopener"><span class="invisible">{scheme}://</span>'
            f'<span class="{"ellipsis" if hidden else ""}">{shown}</span><span class="invisible">{hidden}</span></a>'
        )

    def card(found: re.Match[str]) -> str:
        address = f"https://far.example/@{found[1]}"
        return f'<span class="h-card"><a href="{address}" class="u-url mention">@<span>{found[1]}</span></a></span>'

    shown = html.escape(text.replace("\r\n", "\n").strip())
    shown = re.sub(r"https?://[a-z0-9./=&;?_-]*[a-z0-9]", link, shown, flags=re.IGNORECASE)
    shown = re.sub(r"(?<![/\w])@([a-z0-9_]+)@[a-z0-9]+(?:\.[a-z0-9]+)+", card, shown, flags=re.IGNORECASE)
    shown = re.sub(r"(?<![\w/&])#([a-z]+)", r'<a href="/tags/\1" class="mention hashtag">#<span>\1</span></a>', shown)
    paragraphs = "".join(f"<p>{part}</p>" for part in re.split(r"\n{2,}", shown))
    content = re.sub(r"(?<!\n)\n(?!\n)", "<br />", paragraphs)
    return {
        "id": "1001",
        "uri": "https://social.example/1001",
        "created_at": iso(NOW),
        "content": content,
        "in_reply_to_id": parent,
        "reblog": None,
        "account": {"id": "42"},
    }


def _on_reddit(text: str, parent: str | None) -> dict[str, Any]:
    """Markdown as it was sent (raw_json=1), without white space at its ends."""
    item: dict[str, Any] = {"name": "t3_1001", "author": "parley", "created_utc": NOW.timestamp()}
    if parent:
        return {"kind": "t1", "data": {**item, "name": "t1_1001", "body": text.strip(), "parent_id": parent}}
    return {"kind": "t3", "data": {**item, "title": "A title", "selftext": text.strip(), "subreddit": "Test"}}


def _on_bluesky(text: str, parent: str | None) -> dict[str, Any]:
    """The record, byte for byte."""
    value: dict[str, Any] = {"text": text, "createdAt": iso(NOW)}
    if parent:
        value["reply"] = {end: {"uri": parent, "cid": CID} for end in ("root", "parent")}
    return {"uri": f"at://{DID}/app.bsky.feed.post/1001", "cid": CID, "value": value}


Read = Callable[[str, str | None], OwnPost | None]
PLATFORMS: dict[str, tuple[Read, Callable[[Draft], Saying]]] = {
    "x": (lambda text, parent: x.own_post(_on_x(text, parent), OWN), x.saying),
    "mastodon": (lambda text, parent: mastodon.own_post(_on_mastodon(text, parent)), mastodon.saying),
    "reddit": (lambda text, parent: reddit.own_post(_on_reddit(text, parent)), reddit.saying),
    "bluesky": (lambda text, parent: bluesky.own_post(_on_bluesky(text, parent)), bluesky.saying),
}
on_each = pytest.mark.parametrize("platform", PLATFORMS)

# --- what people type -------------------------------------------------------------------------------------------------

_words = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=8),
    st.sampled_from(
        [
            *(
                "https://example.org",
                "https://example.org/a?b=1&c=2",
                "http://Example.org/Path",
                "example.org",
                "news.com/x",
            ),
            *("https://very.long.example.org/a/path/that/no/line/can/hold/and/more", "#spring", "@someone@far.example"),
            *(
                "&",
                "&amp;",
                "<b>",
                "a<b",
                "*bold*",
                "it's",
                "“so”",
                "Grüße",
                "e\u0301",
                "👩‍💻",
                ":blobcat:",
                "1.5",
                "C&A",
            ),
        ]
    ),
).filter(lambda word: not set(word) & set("@＠") or word == "@someone@far.example")
texts = st.lists(st.tuples(_words, st.sampled_from([" ", "\n", "\n\n", "  "])), min_size=1, max_size=8).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


def _draft(text: str, *, reply: bool) -> Draft:
    return Draft(text, in_reply_to=PARENT) if reply else Draft(text, title="A title", community="r/test")


@on_each
@given(text=texts, reply=st.booleans())
def test_what_was_typed_is_the_same_message_however_it_is_shown(platform: str, text: str, reply: bool) -> None:
    read, saying = PLATFORMS[platform]
    post = read(text, PARENT.id if reply else None)
    assert post is not None
    assert post.says.is_same(saying(_draft(text, reply=reply)))


@on_each
@given(text=texts, more=st.text("abcdefghij", min_size=1, max_size=5), reply=st.booleans())
def test_one_more_word_is_another_message(platform: str, text: str, more: str, reply: bool) -> None:
    read, saying = PLATFORMS[platform]
    post = read(text, PARENT.id if reply else None)
    assert post is not None
    longer = saying(_draft(f"{text} {more}", reply=reply))
    assert not post.says.is_same(longer)
    assert not post.says.is_near(longer)


@on_each
@given(text=texts)
def test_the_same_words_elsewhere_are_another_message(platform: str, text: str) -> None:
    read, saying = PLATFORMS[platform]
    post, answer = read(text, None), read(text, PARENT.id)
    assert post is not None
    assert answer is not None
    assert not post.says.is_same(saying(_draft(text, reply=True)))
    assert not answer.says.is_same(saying(_draft(text, reply=False)))
    assert not answer.says.is_near(saying(replace(_draft(text, reply=True), in_reply_to=RemoteRef("901"))))


# --- X ----------------------------------------------------------------------------------------------------------------

TIMELINE = "/2/users/42/tweets"


def _timeline(server: Loopback, *pages: Any) -> Connector:
    server.on("GET", TIMELINE, *map(Reply, pages))
    return connect("x", X.sign_in(server.url))


def _tweets(*own: tuple[str, Draft, Any], more: str | None = None) -> Any:
    page = X.own_listing[1](list(own))
    return {**page, "meta": {**page["meta"], **({"next_token": more} if more else {})}}


def test_names_before_a_first_post_are_a_persons_own_words() -> None:
    """Only before a reply does X put names by itself."""
    first, other = (x.saying(Draft(f"@{name} good morning")) for name in ("someone", "another"))
    assert not first.is_same(other)
    assert not first.is_near(other)


def test_one_short_link_that_begins_another_is_not_taken_for_it() -> None:
    urls = [{"url": f"https://t.co/{end}", "expanded_url": f"https://example.org/{end}"} for end in ("a", "ab")]
    post = {"text": "https://t.co/ab https://t.co/a", "entities": {"urls": urls}}
    assert x.full_text(post) == "https://example.org/ab https://example.org/a"


def test_a_timeline_too_long_to_read_is_no_silence(server: Loopback) -> None:
    other = replace(X.draft, text="other")
    made = NOW + timedelta(minutes=5)
    found = _timeline(server, _tweets(("9", other, made), more="n")).find_published(X.draft, key="k", since=NOW)
    assert isinstance(found, Unproven)
    assert not found.silent


def test_a_timeline_is_read_past_its_first_page(server: Loopback) -> None:
    other = replace(X.draft, text="other")
    pages = _tweets(("9", other, NOW), more="n"), _tweets(("8", X.draft, NOW))
    assert isinstance(_timeline(server, *pages).find_published(X.draft, key="k", since=NOW), Found)
    assert server.last(TIMELINE).query["pagination_token"] == ["n"]


def test_a_claim_older_than_x_remembers_is_read_without_since_id(server: Loopback) -> None:
    """Then only a post from before the claim shows that the listing reaches back to it."""
    too_old = {"errors": [{"parameters": {"since_id": ["1"]}, "message": "too old"}], "title": "Invalid Request"}

    def answer(made: Any) -> Callable[[Asked], Reply]:
        page = _tweets(("9", replace(X.draft, text="other"), made), more="n")
        return lambda asked: Reply(too_old, 400) if "since_id" in asked.query else Reply(page)

    connector = connect("x", X.sign_in(server.url))
    silent = []
    for made in (NOW + timedelta(hours=1), NOW - timedelta(hours=1)):
        server.on("GET", TIMELINE, answer(made))
        found = connector.find_published(X.draft, key="k", since=NOW)
        assert isinstance(found, Unproven)
        silent.append(found.silent)
    assert silent == [False, True]


# --- Reddit -----------------------------------------------------------------------------------------------------------

SUBMITTED = "/user/parley/submitted"


def _reddit(server: Loopback) -> Connector:
    REDDIT.prepare(server)
    return connect("reddit", REDDIT.sign_in(server.url))


def test_reddit_is_asked_for_texts_as_they_are(server: Loopback) -> None:
    """Without raw_json=1 Reddit escapes & < >, as it does for old clients."""

    def answer(asked: Asked) -> Reply:
        body = REDDIT.own_listing[1]([("t3_5", REDDIT.draft, NOW)])
        item = body["data"]["children"][0]["data"]
        if asked.query.get("raw_json") != ["1"]:
            item["selftext"] = html.escape(item["selftext"], quote=False)
        return Reply(body)

    server.on("GET", SUBMITTED, answer)
    server.on("GET", "/api/info", answer)
    assert isinstance(_reddit(server).find_published(REDDIT.draft, key="k", since=NOW), Found)
    assert isinstance(_reddit(server).confirm(REDDIT.draft, "t3_5"), Found)


def test_the_same_post_in_another_community_is_another_post(server: Loopback) -> None:
    server.on("GET", SUBMITTED, Reply(REDDIT.own_listing[1]([("t3_5", REDDIT.draft, NOW)])))
    elsewhere = replace(REDDIT.draft, community="r/other")
    retitled = replace(REDDIT.draft, title="Another title")
    for draft in (elsewhere, retitled):
        found = _reddit(server).find_published(draft, key="k", since=NOW)
        assert isinstance(found, Unproven)
        assert found.silent


def test_a_reddit_listing_too_long_to_read_is_no_silence(server: Loopback) -> None:
    body = REDDIT.own_listing[1]([("t3_5", replace(REDDIT.draft, text="other"), NOW)])
    body["data"]["after"] = "t3_5"
    server.on("GET", SUBMITTED, Reply(body))
    found = _reddit(server).find_published(REDDIT.draft, key="k", since=NOW)
    assert isinstance(found, Unproven)
    assert not found.silent


def test_a_deleted_post_is_nobodys(server: Loopback) -> None:
    body = REDDIT.own_listing[1]([("t3_5", REDDIT.draft, NOW)])
    body["data"]["children"][0]["data"] |= {"author": "[deleted]", "selftext": "[deleted]"}
    server.on("GET", "/api/info", Reply(body))
    assert not isinstance(_reddit(server).confirm(REDDIT.draft, "t3_5"), Found | Unproven)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("T1_AbC", "t1_abc"),
        ("https://www.reddit.com/r/test/comments/1001/a_title/k7x/", "t1_k7x"),
        ("https://www.reddit.com/r/test/comments/1001/comment/k7x/?context=3", "t1_k7x"),
        ("https://www.reddit.com/r/test/comments/1001/grüße/", "t3_1001"),
        ("redd.it/1001?x", "t3_1001"),
    ],
)
def test_reddit_addresses_name_posts_and_comments(reference: str, name: str) -> None:
    assert reddit.referred(reference) == name


# --- Mastodon ---------------------------------------------------------------------------------------------------------

STATUSES, APP = "/api/v1/accounts/42/statuses", "/api/v1/apps/verify_credentials"


def _from_app(server: Loopback, app: Any) -> Connector:
    (status,) = MASTODON.own_listing[1]([("30", MASTODON.draft, NOW)])
    server.on("GET", STATUSES, Reply([{**status, "application": app}]), Reply([]))
    server.on("GET", "/api/v1/statuses/30", Reply({**status, "application": app}))
    return connect("mastodon", MASTODON.sign_in(server.url))


@pytest.mark.parametrize("app", [None, {}, {"name": "Parley", "website": None}])
def test_a_status_of_our_app_or_of_none_that_is_told_is_ours(server: Loopback, app: Any) -> None:
    server.on("GET", APP, Reply({"name": "Parley", "website": None}))
    assert isinstance(_from_app(server, app).find_published(MASTODON.draft, key="k", since=NOW), Found)


def test_the_same_words_from_another_app_are_left_to_a_person_who_may_confirm_them(server: Loopback) -> None:
    server.on("GET", APP, Reply({"name": "Parley", "website": None}))
    connector = _from_app(server, {"name": "Web", "website": None})
    found = connector.find_published(MASTODON.draft, key="k", since=NOW)
    assert isinstance(found, Unproven)
    assert not found.silent
    assert isinstance(connector.confirm(MASTODON.draft, "30"), Found)


@pytest.mark.parametrize(
    "answer", [Reply({"error": "Record not found"}, 404), Reply({"error": "outside"}, 403), Reply({})]
)
def test_an_instance_that_does_not_name_our_app_leaves_the_other_rules(server: Loopback, answer: Reply) -> None:
    server.on("GET", APP, answer)
    found = _from_app(server, {"name": "Web"}).find_published(MASTODON.draft, key="k", since=NOW)
    assert isinstance(found, Found)


def test_a_boost_is_nothing_that_we_said(server: Loopback) -> None:
    (status,) = MASTODON.own_listing[1]([("30", MASTODON.draft, NOW)])
    server.on("GET", "/api/v1/statuses/30", Reply({**status, "reblog": status}))
    connector = connect("mastodon", MASTODON.sign_in(server.url))
    assert not isinstance(connector.confirm(MASTODON.draft, "30"), Found)


@pytest.mark.parametrize(
    "reference", ["01HZX8E7B2Q4RWJK5T9MN6VCDA", "https://social.example/@us/01HZX8E7B2Q4RWJK5T9MN6VCDA"]
)
def test_a_status_of_another_kind_of_server_has_another_kind_of_id(reference: str) -> None:
    assert mastodon.referred(reference, "https://social.example") == "01HZX8E7B2Q4RWJK5T9MN6VCDA"
