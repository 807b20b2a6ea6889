"""Whatever is wrong with a request: a 4xx that names the place and what to do, at once, and nothing stored."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from chalicelib.api.door import ROUTES, Route
from tests.api.rooms import CAMPAIGN, Rooms, digest_form, send

BIDI = "\u202eelbon"
MEMBER = {"name": "New", "email": "new@desk.example", "role": "reviewer"}
OPENING = {"name": "Third", "zone": "UTC", "owner": {"name": "T", "email": "t@third.example"}}


def refused(rooms: Rooms, method: str, path: str, form: Any, *, token: str | None = None) -> list[str]:
    """The places that a refusal names, once it is sure that nothing was stored."""
    before = rooms.world.record()
    reply = send(method, path, token=token or rooms.owner, form=form)
    assert reply.status == 400, reply.body
    assert rooms.world.record() == before
    assert all(one["detail"] and one["fix"] for one in reply.json["errors"])
    return reply.pointers


def variant(rooms: Rooms, **changes: Any) -> dict[str, Any]:
    return {"account": rooms.account, "text": "Hello"} | changes


def when(**changes: Any) -> dict[str, Any]:
    return {"at": "2026-11-21T12:00", "zone": "Europe/Berlin"} | changes


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"surprise": 1}, "/surprise"),
        ({"variants": []}, "/variants"),
        ({"variants": "x"}, "/variants"),
        ({"schedule": None}, "/schedule"),
        ({"schedule": {"at": "2026-11-21T12:00"}}, "/schedule/zone"),
        ({"schedule": when(zone="Europe/Atlantis")}, "/schedule/zone"),
        ({"schedule": when(zone="../../etc/passwd")}, "/schedule/zone"),
        ({"schedule": when(zone="")}, "/schedule/zone"),
        ({"schedule": when(zone="europe/berlin")}, "/schedule/zone"),
        ({"schedule": when(at="2026-11-21T09:58")}, "/schedule/at"),
        ({"schedule": when(at="tomorrow")}, "/schedule/at"),
        ({"schedule": when(at="2026-11-21")}, "/schedule/at"),
        ({"schedule": when(at="2026-11-31T12:00")}, "/schedule/at"),
        ({"schedule": when(at="2026-11-21T24:00")}, "/schedule/at"),
        ({"schedule": when(at="0000-01-01T00:00")}, "/schedule/at"),
        ({"schedule": when(at="0001-01-01T00:00+14:00")}, "/schedule/at"),
        ({"schedule": when(at="9999-12-31T23:59")}, "/schedule/at"),
        ({"schedule": when(at="9999-12-31T23:59-12:00")}, "/schedule/at"),
        ({"schedule": when(at="٢٠٢٦-11-21T12:00")}, "/schedule/at"),
        ({"schedule": when(at="2026-11-21T12:00\n")}, "/schedule/at"),
        ({"schedule": when(at="2026-11-21T12:00+99:00")}, "/schedule/at"),
        ({"schedule": when(at="2026-11-21T12:00+02:00")}, "/schedule/at"),
        ({"schedule": when(at="2027-03-28T02:30+01:00")}, "/schedule/at"),
        ({"schedule": when(at=1795255200)}, "/schedule/at"),
        ({"schedule": when(late_limit_seconds="60")}, "/schedule/late_limit_seconds"),
        ({"schedule": when(late_limit_seconds=-1)}, "/schedule/late_limit_seconds"),
        ({"schedule": when(late_limit_seconds=1e3)}, "/schedule/late_limit_seconds"),
        ({"schedule": when(late_limit_seconds=True)}, "/schedule/late_limit_seconds"),
        ({"schedule": when(late_limit_seconds=10**30)}, "/schedule/late_limit_seconds"),
        ({"campaign": "nosuchcampaign"}, "/campaign"),
        ({"campaign": "W#other"}, "/campaign"),
    ],
)
def test_a_post_that_cannot_be(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    assert refused(rooms, "POST", "/posts", rooms.post(**changes)) == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"account": "nosuchaccount"}, "/variants/1/account"),
        ({"account": ""}, "/variants/1/account"),
        ({"account": "a\x00b"}, "/variants/1/account"),
        ({"account": "ÄÖ"}, "/variants/1/account"),
        ({"account": 7}, "/variants/1/account"),
        ({"text": "x" * 281}, "/variants/1/text"),
        ({"text": ""}, "/variants/1/text"),
        ({"text": " \n\t "}, "/variants/1/text"),
        ({"text": "\u3000"}, "/variants/1/text"),
        ({"text": None}, "/variants/1/text"),
        ({"text": ["Hello"]}, "/variants/1/text"),
        ({"text": "nul \x00 in the middle"}, "/variants/1/text"),
        ({"text": "\x1b[31mred"}, "/variants/1/text"),
        ({"text": "half \ud83d a smile"}, "/variants/1/text"),
        ({"title": "no titles here"}, "/variants/1/title"),
        ({"title": "two\nlines"}, "/variants/1/title"),
        ({"title": BIDI}, "/variants/1/title"),
        ({"language": "en\n"}, "/variants/1/language"),
        ({"language": "english-please-and-thank-you"}, "/variants/1/language"),
        ({"community": ""}, "/variants/1/community"),
    ],
)
def test_one_bad_variant_stops_the_whole_post(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    good = {"account": rooms.world.accounts["mastodon"].id, "text": "Hello"}
    form = rooms.post(variants=[good, variant(rooms, **changes)])
    assert refused(rooms, "POST", "/posts", form) == [pointer]
    assert send("GET", "/posts", token=rooms.owner).json["items"] == []


def test_the_same_account_twice_in_one_post(rooms: Rooms) -> None:
    form = rooms.post(variants=[variant(rooms), variant(rooms, text="Hello again")])
    assert refused(rooms, "POST", "/posts", form) == ["/variants/1/account"]


def test_a_text_that_the_guideline_forbids_us_to_say(rooms: Rooms) -> None:
    yaml = (
        "name: House\nlanguages: [en]\nclauses:\n  - id: no-guarantees\n    wording: We promise no outcome.\n"
        "    applies_to: outgoing\n    when: {phrases: [guaranteed results]}\n    action: review\n    severity: 1\n"
        "    reason: A promise we cannot keep.\n"
    )
    form = {"yaml": yaml, "why": "the lawyers asked"}
    assert send("PUT", "/guideline", token=rooms.owner, form=form).status == 200
    post = rooms.post(variants=[variant(rooms, text="Guaranteed results, come in!")])
    assert refused(rooms, "POST", "/posts", post) == ["/variants/0/text"]


def test_all_faults_at_once(rooms: Rooms) -> None:
    form = rooms.post(variants=[{"account": 1, "txt": "Hello"}], schedule=when(late_limit_seconds="x"))
    pointers = refused(rooms, "POST", "/posts", form)
    assert sorted(pointers) == [
        "/schedule/late_limit_seconds",
        "/variants/0/account",
        "/variants/0/text",
        "/variants/0/txt",
    ]


@pytest.mark.parametrize(
    ("path", "form", "pointer"),
    [
        ("/members", MEMBER | {"email": "not an address"}, "/email"),
        ("/members", MEMBER | {"email": "a@b.example\r\nBcc: c@d.example"}, "/email"),
        ("/members", MEMBER | {"email": "a@b.example, c@d.example"}, "/email"),
        ("/members", MEMBER | {"role": "operator"}, "/role"),
        ("/members", MEMBER | {"role": "god"}, "/role"),
        ("/members", MEMBER | {"name": ""}, "/name"),
        ("/members", MEMBER | {"name": "x" * 201}, "/name"),
        ("/members", MEMBER | {"name": "a\nb"}, "/name"),
        ("/members", MEMBER | {"name": BIDI}, "/name"),
        ("/members", MEMBER | {"escalations": "yes"}, "/escalations"),
        ("/tokens", {"member": "nosuchmember"}, "/member"),
        ("/tokens", {"member": "m", "scopes": []}, "/scopes"),
        ("/tokens", {"member": "m", "scopes": ["post:fly"]}, "/scopes/0"),
        ("/tokens", {"member": "m", "expires_at": "2026-11-21T12:00"}, "/expires_at"),
        ("/accounts", {"platform": "friendster", "credential": {"token": "t"}}, "/platform"),
        ("/accounts", {"platform": "x", "credential": {}}, "/credential"),
        ("/accounts", {"platform": "x", "credential": {"key": "t"}}, "/credential"),
        ("/accounts", {"platform": "x", "credential": {"token": 5}}, "/credential/token"),
        (
            "/accounts",
            {"platform": "x", "credential": {"token": "t"}, "base_url": "http://169.254.169.254"},
            "/base_url",
        ),
        (
            "/accounts",
            {"platform": "x", "credential": {"token": "t"}, "base_url": "https://x.example@evil"},
            "/base_url",
        ),
        ("/campaigns", CAMPAIGN | {"name": " "}, "/name"),
        ("/campaigns", CAMPAIGN | {"targets": [{"measure": "m", "goal": 1.5}]}, "/targets/0/goal"),
        ("/campaigns", CAMPAIGN | {"targets": [{"measure": "m", "goal": -1}]}, "/targets/0/goal"),
        ("/campaigns", CAMPAIGN | {"accounts": ["nosuchaccount"]}, "/accounts/0"),
        ("/campaigns", CAMPAIGN | {"starts": "2026-11-21T09:00"}, "/starts"),
        ("/campaigns", CAMPAIGN | {"ends": "2026-11-20T00:00:00Z"}, "/ends"),
        ("/digests", digest_form("nosuchmember"), "/to/0"),
        ("/digests", digest_form(), "/to"),
        ("/digests", digest_form("m") | {"since": "2026-11-22T00:00:00Z"}, "/since"),
    ],
)
def test_other_documents_that_cannot_be(rooms: Rooms, path: str, form: dict[str, Any], pointer: str) -> None:
    assert refused(rooms, "POST", path, form) == [pointer]


def test_a_token_that_would_have_expired(rooms: Rooms) -> None:
    form = {"member": rooms.world.caller.member, "expires_at": "2026-11-21T08:00:00Z"}
    assert refused(rooms, "POST", "/tokens", form) == ["/expires_at"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"owner": {"name": "T", "email": "nope"}}, "/owner/email"),
        ({"owner": {"name": "T"}}, "/owner/email"),
        ({"name": "\x07"}, "/name"),
    ],
)
def test_a_workspace_that_cannot_be(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    from chalicelib.domain.access import Role

    operator = rooms.tokens[Role.OPERATOR]
    assert refused(rooms, "POST", "/workspaces", OPENING | changes, token=operator) == [pointer]


def test_a_guideline_s_faults_come_with_line_and_column(rooms: Rooms) -> None:
    yaml = "name: House\nlanguages: [en]\nclauses:\n  - id: Loud\n    wording: x\n"
    before = rooms.world.record()
    reply = send("PUT", "/guideline", token=rooms.owner, form={"yaml": yaml, "why": "x"})
    assert reply.status == 400
    places = {one["pointer"]: (one["line"], one["column"]) for one in reply.json["errors"] if "line" in one}
    assert places["/clauses/0/id"] == (4, 5)
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    reply = send("PUT", "/guideline", token=rooms.owner, form={"yaml": bomb, "why": "x"})
    assert reply.status == 400
    assert reply.json["errors"][0]["line"] == 1
    assert rooms.world.record() == before


DECISIONS = [
    ({"verdict": "publish"}, "/verdict"),
    ({"verdict": "closed"}, "/verdict"),
    ({"verdict": "close"}, "/verdict"),
    ({"verdict": "answer"}, "/text"),
    ({"verdict": "answer", "text": " "}, "/text"),
    ({"verdict": "answer", "text": "x" * 281}, "/text"),
    ({"verdict": "let_go", "text": "said all the same"}, "/text"),
    ({"verdict": "let_go", "url": "javascript:alert(1)"}, "/url"),
    ({"verdict": "let_go", "clauses": ["Nope Nope"]}, "/clauses/0"),
    ({"verdict": "let_go", "why": ""}, "/why"),
]


def test_decisions_that_cannot_be(rooms: Rooms) -> None:
    rooms.furnish()
    review = rooms.ids["review_id"]
    assert send("POST", f"/reviews/{review}/claim", token=rooms.owner).status == 200
    for changes, pointer in DECISIONS:
        form = {"why": "because"} | changes
        assert refused(rooms, "POST", f"/reviews/{review}/decide", form) == [pointer], changes


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b"nonsense", "malformed-json"),
        (b'{"a": 1, "a": 2}', "malformed-json"),
        (b'{"a": {"b": 1, "b": 1}}', "malformed-json"),
        (b'{"a": NaN}', "malformed-json"),
        (b'{"a": -Infinity}', "malformed-json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "malformed-json"),
        (b'{"a": 1} {"a": 1}', "malformed-json"),
        (b"\xff\xfe{}", "malformed-json"),
        (b"\xef\xbb\xbf{}", "malformed-json"),
        (b'{"a": "\xc3\x28"}', "malformed-json"),
        (b"[" * 100_000, "malformed-json"),
        (b'{"a":' * 40_000, "malformed-json"),
        (b"[" * 31 + b"]" * 31, "malformed-json"),
        (b'{"a": "' + b'\\"' * 100_000, "malformed-json"),
        (b'"' + b"[" * 200_000, "malformed-json"),
        (b"[]", "invalid-field"),
        (b"[" * 30 + b"]" * 30, "invalid-field"),
        (b"null", "invalid-field"),
        (b'"text"', "invalid-field"),
        (b'{"\\ud800": 1}', "invalid-field"),
        (b'{"' + b"a" * 100_000 + b'": 1}', "invalid-field"),
        (b"{}" + b" " * (256 * 1024), "too-large"),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', "too-large"),
    ],
)
def test_bytes_that_are_no_document(rooms: Rooms, raw: bytes, slug: str) -> None:
    before = rooms.world.record()
    began = time.monotonic()
    reply = send("POST", "/posts", token=rooms.owner, raw=raw)
    assert time.monotonic() - began < 1
    assert reply.status == (413 if slug == "too-large" else 400)
    assert reply.json["type"] == f"urn:parley:problem:{slug}"
    assert len(reply.body) < 10_000, "a refusal does not give back what it was sent"
    assert rooms.world.record() == before


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"text"', b"1"])
def test_what_is_no_object_is_told_in_words_of_json(rooms: Rooms, raw: bytes) -> None:
    (fault,) = send("POST", "/posts", token=rooms.owner, raw=raw).json["errors"]
    assert (fault["pointer"], fault["detail"]) == ("", "it is not a JSON object")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonx", ""],
)
def test_a_body_in_another_language(rooms: Rooms, content_type: str) -> None:
    raw = json.dumps(rooms.post()).encode()
    before = rooms.world.record()
    reply = send("POST", "/posts", token=rooms.owner, raw=raw, headers={"content-type": content_type})
    assert reply.status == 415
    assert rooms.world.record() == before
    good = send(
        "POST", "/posts", token=rooms.owner, raw=raw, headers={"content-type": "application/JSON; charset=UTF-8"}
    )
    assert good.status == 201


def test_a_wrong_method_is_told_the_right_ones(rooms: Rooms) -> None:
    reply = send("PATCH", "/posts", token=rooms.owner)
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/posts/a/b", "/%2e%2e/etc/passwd", "/posts//", "/héllo", "/.git/config"]
)
def test_a_wrong_path(rooms: Rooms, path: str) -> None:
    assert send("GET", path, token=rooms.owner).status == 404


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("after=", "after"),
        ("after=nonsense", "after"),
        ("after=WyJhIl0=", "after"),
        ("after=%00", "after"),
        ("after=" + "A" * 9000, "after"),
        ("workspace=other", "workspace"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("route", [one for one in ROUTES if one.listing], ids=lambda one: one.path)
def test_queries_that_cannot_be(furnished: Rooms, route: Route, query: str, name: str) -> None:
    path = re.sub(r"{(\w+)}", lambda found: furnished.ids[found[1]], route.path)
    reply = send("GET", f"{path}?{query}", token=furnished.owner)
    if not query:
        assert reply.status == 200
        return
    assert reply.status == 400
    assert reply.pointers == [name]


@pytest.mark.parametrize("key", ["", "k" * 256, "with blank", "tab\there", "ünïcode", "\x7f"])
def test_keys_that_cannot_be(rooms: Rooms, key: str) -> None:
    before = rooms.world.record()
    reply = send("POST", "/posts", token=rooms.owner, form=rooms.post(), headers={"idempotency-key": key})
    assert reply.status == 400
    assert reply.pointers == ["Idempotency-Key"]
    assert rooms.world.record() == before
