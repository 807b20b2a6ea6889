"""The promises of `connectors.contract`, held by every platform. A new platform joins with one Kit in kits.py."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Draft, Found, SignIn
from connectors.errors import Ambiguous, AuthExpired, ConnectorError, RateLimited, Rejected, Retryable
from connectors.registry import capabilities, client_id, connect, credential_fields, missing_credentials
from tests.connectors.kit import NOW, TEXT, Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import CLOSE, CUT, HANG, Asked, Loopback, Reply
from tests.connectors.suite import key_of, ready, shown, writes

pytestmark = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)


# --- publish ----------------------------------------------------------------------------------------------------------


def test_a_post_is_one_request_with_the_text_byte_for_byte(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    before = len(server.written())
    server.on(*kit.write, Reply(kit.created))

    receipt = connector.publish(kit.draft, key=key_of(connector))

    assert receipt.ref.id == kit.created_id
    assert server.written()[before:] == [kit.write]
    assert kit.sent_text(server.asked[-1].form) == kit.draft.text


def test_a_reply_names_what_it_answers(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on(*kit.reply_write, Reply(kit.created))

    connector.publish(kit.reply, key=key_of(connector))

    body = server.last(kit.reply_write[1]).body.decode().replace("%3A", ":").replace("%2F", "/")
    assert (kit.names_target or kit.target.id) in body


@pytest.mark.parametrize(
    "answer",
    [
        *(Reply({"title": "down", "error": "down"}, status) for status in (408, 500, 502, 503, 504)),
        Reply(raw=b"<html>down</html>", status=502, headers={"content-type": "text/html"}),
        Reply(raw=b"<html>fine</html>", headers={"content-type": "text/html"}),
        Reply({}),
        HANG,
        CLOSE,
        CUT,
    ],
    ids=["408", "500", "502", "503", "504", "502-html", "200-html", "200-without-id", "hang", "close", "cut"],
)
def test_a_lost_answer_is_in_doubt_after_one_request(kit: Kit, server: Loopback, answer: Reply | str) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, answer)
    began = time.monotonic()

    with pytest.raises(Ambiguous):
        connector.publish(kit.draft, key=key_of(connector))

    assert writes(kit, server) == 1
    assert time.monotonic() - began < 3, "the loopback hangs for 5 s: our own deadline must end it"


def test_a_rate_limit_says_how_long_and_nothing_was_repeated(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, kit.limited)

    with pytest.raises(RateLimited) as limited:
        connector.publish(kit.draft, key=key_of(connector))

    assert limited.value.retry_after == pytest.approx(kit.limited_for, abs=1)
    assert writes(kit, server) == 1


@pytest.mark.parametrize(
    "told",
    [{}, *({"retry-after": odd} for odd in ("99999999", "soon", "-5", "nan", "inf")), {"x-ratelimit-reset": "nan"}],
)
def test_a_rate_limit_without_a_sane_time_is_bounded(kit: Kit, server: Loopback, told: dict[str, str]) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, Reply(None, 429, told, b""))

    with pytest.raises(RateLimited) as limited:
        connector.publish(kit.draft, key=key_of(connector))

    assert 1 <= limited.value.retry_after <= 86_400  # type: ignore[operator]


def test_what_is_left_comes_with_the_receipt(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    if kit.told_left is None:
        pytest.skip("this platform tells nothing of what is left")
    headers, meant = kit.told_left
    server.on(*kit.write, Reply(kit.created, headers=headers))
    before = len(server.asked)

    told = connector.publish(kit.draft, key=key_of(connector)).limit

    assert told is not None
    assert (told.left, told.scope) == (meant.left, meant.scope)
    assert told.resets_in == pytest.approx(meant.resets_in, abs=1)
    assert len(server.asked) == before + 1


@pytest.mark.parametrize("odd", [None, "", "many", "nan", "inf", "-inf", "-7", "1e400", "99999999999999999999"])
def test_odd_words_about_what_is_left_cost_nothing(kit: Kit, server: Loopback, odd: str | None) -> None:
    """A header that is missing or odd is no advice, and a post that was sent stays sent."""
    connector = ready(kit, server)
    if kit.told_left is None:
        pytest.skip("this platform tells nothing of what is left")
    headers, _ = kit.told_left
    names = [name for name in headers if name.endswith(("remaining", "reset"))]
    for lost in headers:
        rest = {name: value for name, value in headers.items() if name != lost}
        server.on(*kit.write, Reply(kit.created, headers=rest if odd is None else {**headers, lost: odd}))
        receipt = connector.publish(kit.draft, key=key_of(connector))
        assert receipt.ref.id == kit.created_id
        assert receipt.limit is None or (receipt.limit.left >= 0 and 0 <= receipt.limit.resets_in <= 86_400)
    server.on(*kit.write, Reply(kit.created, headers={} if odd is None else dict.fromkeys(names, odd)))
    told = connector.publish(kit.draft, key=key_of(connector)).limit
    assert told is None or odd in ("-7", "99999999999999999999")


def test_a_refusal_is_final_and_quotes_nobody(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, kit.refusal)

    with pytest.raises(Rejected) as refused:
        connector.publish(kit.draft, key=key_of(connector))

    assert refused.value.code
    assert writes(kit, server) == 1
    for told in (str(refused.value), repr(refused.value), repr(refused.value.args)):
        assert TEXT not in told
        assert "Grüße" not in told
        assert "SECRET" not in told
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None, (
        "a traceback would show the client library's message"
    )


def test_a_code_that_is_none_is_not_shown(kit: Kit, server: Loopback) -> None:
    """Whoever runs the server chooses what stands where a code is expected."""
    connector = ready(kit, server)
    body = {"error": TEXT, "reason": TEXT, "type": f"https://x/problems/{TEXT}", "json": {"errors": [[TEXT, TEXT, ""]]}}
    server.on(*kit.write, Reply(body, 400, {"x-request-id": "r\u00fc " + "x" * 200}))
    with pytest.raises(Rejected) as refused:
        connector.publish(kit.draft, key=key_of(connector))
    assert refused.value.code == "http-400"
    assert refused.value.request_id is None


def test_a_token_that_is_spent_asks_for_a_sign_in(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, Reply({"error": "ExpiredToken", "message": "spent"}, 401))

    with pytest.raises(AuthExpired):
        connector.publish(kit.draft, key=key_of(connector))

    assert writes(kit, server) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(kit: Kit, server: Loopback, status: int) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, Reply({}, status, {"location": f"{server.url}/elsewhere"}))

    with pytest.raises(Rejected):
        connector.publish(kit.draft, key=key_of(connector))

    assert writes(kit, server) == 1
    assert "/elsewhere" not in {it.path for it in server.asked}


def test_a_connection_that_is_refused_sent_nothing(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sign_in = kit.sign_in(closed)
        assert sign_in.sessions
        connector = connect(kit.platform, sign_in)
        with pytest.raises(Retryable):
            connector.publish(kit.draft, key=key_of(connector))


def test_a_connection_that_never_stood_sent_nothing(kit: Kit, server: Loopback) -> None:
    """A full backlog: the connection is neither refused nor accepted, and the time runs out."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)  # noqa: FBT003
            filler.connect_ex(full.getsockname())
        connector = connect(kit.platform, kit.sign_in(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.3))
        with pytest.raises(Retryable) as unreached:
            connector.publish(kit.draft, key=key_of(connector))
    assert unreached.value.code == "unreachable"


def test_a_connection_refused_at_the_post_itself_sent_nothing(kit: Kit, server: Loopback) -> None:
    """Signed in, then the platform went away: still nothing happened."""
    with Loopback() as short_lived:
        connector = ready(kit, short_lived)
    with pytest.raises(Retryable):
        connector.publish(kit.draft, key=key_of(connector))


def test_without_a_credential_nothing_is_asked(kit: Kit, server: Loopback) -> None:
    connector = connect(kit.platform, replace(kit.sign_in(server.url), credential={}))

    with pytest.raises(AuthExpired):
        connector.publish(kit.draft, key=key_of(connector))

    assert server.asked == []


def test_a_platform_may_live_under_a_path(kit: Kit, server: Loopback) -> None:
    server.under = "/somewhere/below"
    connector = ready(kit, server)
    server.on(*kit.write, Reply(kit.created))
    shown(kit, server, kit.draft)
    server.on("GET", kit.inbox[0], Reply(kit.inbox[1](_three(kit))))

    assert connector.publish(kit.draft, key=key_of(connector)).ref.id == kit.created_id
    assert len(connector.fetch_interactions(None).items) == 3
    for reference in kit.references:
        assert isinstance(connector.confirm(kit.draft, reference.format(host=server.url)), Found)


# --- fetch_interactions -----------------------------------------------------------------------------------------------


def _three(kit: Kit) -> list[tuple[str, str, Any]]:
    return [(kit.mention_id(f"20{n}"), f"hello {n}", NOW + timedelta(seconds=n)) for n in (3, 2, 1)]


def test_a_page_is_oldest_first_and_in_our_nouns(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    path, page = kit.inbox
    server.on("GET", path, Reply(page(_three(kit))))

    got = connector.fetch_interactions(None)

    assert [it.native_id for it in got.items] == [kit.native_id(f"20{n}") for n in (1, 2, 3)]
    assert [it.text for it in got.items] == ["hello 1", "hello 2", "hello 3"]
    first = got.items[0]
    assert first.kind is InteractionKind.MENTION
    assert first.created_at == NOW + timedelta(seconds=1)
    assert first.author.id
    assert first.author.handle
    assert first.conversation_id
    assert first.url
    assert got.cursor
    assert got.caught_up


def test_the_same_cursor_gives_the_same_items_or_more(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    path, page = kit.inbox
    server.on("GET", path, Reply(page(_three(kit)[1:])))
    cursor = connector.fetch_interactions(None).cursor
    server.on("GET", path, Reply(page(_three(kit))))

    once = connector.fetch_interactions(cursor)
    again = connector.fetch_interactions(cursor)

    assert {it.native_id for it in once.items} <= {it.native_id for it in again.items}
    assert kit.native_id("203") in {it.native_id for it in once.items}


def test_nothing_new_keeps_the_cursor(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    path, page = kit.inbox
    server.on("GET", path, Reply(page(_three(kit))))
    cursor = connector.fetch_interactions(None).cursor
    server.on("GET", path, Reply(page([])))

    assert connector.fetch_interactions(cursor).cursor == cursor
    assert connector.fetch_interactions(None).cursor is None


def _entries(body: Any) -> list[Any]:
    """The first list in a body, however deep."""
    while not isinstance(body, list):
        body = next(it for it in body.values() if isinstance(it, list | dict))
    return body


def test_one_odd_entry_does_not_cost_the_page(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    path, page = kit.inbox
    body = page(_three(kit))
    _entries(body)[1:1] = [
        None,
        7,
        "words",
        {},
        {"id": 5},
        {"kind": "t1", "data": None},
        {"type": "mention", "status": None},
    ]
    server.on("GET", path, Reply(body))

    got = connector.fetch_interactions(None)

    assert [it.text for it in got.items] == ["hello 1", "hello 2", "hello 3"]
    assert got.skipped == 7


@pytest.mark.parametrize(
    "answer", [HANG, CLOSE, Reply({}, 500), Reply(raw=b"<html>")], ids=["hang", "close", "500", "html"]
)
def test_a_read_that_fails_may_be_asked_again(kit: Kit, server: Loopback, answer: Reply | str) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.inbox[0], answer)

    with pytest.raises(Retryable):
        connector.fetch_interactions(None)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_it_knows_who_it_is(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.whoami[0], Reply(kit.whoami[1]))

    assert connector.identify() == kit.identity


def test_deleting_twice_is_deleting_once(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    ref = replace(kit.target, id=kit.created_id)
    server.on(*kit.removal, Reply({"data": {"deleted": True}}), Reply({"error": "Record not found"}, 404))
    if kit.deletes_alike:
        server.on(*kit.removal, Reply({}))

    connector.delete(ref)
    connector.delete(ref)

    assert server.count(*kit.removal) == 2


def test_a_delete_that_is_lost_may_be_asked_again(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on(*kit.removal, Reply({}, 503))

    with pytest.raises(Retryable):
        connector.delete(replace(kit.target, id=kit.created_id))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HANG, Retryable),
        (CLOSE, Retryable),
        (Reply({}, 500), Retryable),
        (Reply({}, 429, {"retry-after": "30"}), RateLimited),
        (Reply({"error": "ExpiredToken"}, 401), AuthExpired),
        (Reply({"title": "Forbidden", "error": "This is not yours"}, 403), Rejected),
    ],
    ids=["hang", "close", "500", "429", "401", "403"],
)
def test_a_delete_that_fails_is_told_as_any_other_call(
    kit: Kit, server: Loopback, answer: Reply | str, error: type[ConnectorError]
) -> None:
    connector = ready(kit, server)
    server.on(*kit.removal, answer)

    with pytest.raises(error) as failed:
        connector.delete(replace(kit.target, id=kit.created_id))

    assert not isinstance(failed.value, Ambiguous), "a delete may be repeated"
    assert failed.value.code
    assert server.count(*kit.removal) == 1


def test_a_key_is_the_same_for_the_same_send_only(kit: Kit, server: Loopback) -> None:
    connector = connect(kit.platform, kit.sign_in(server.url))
    keys = {
        connector.new_key("a", NOW),
        connector.new_key("b", NOW),
        connector.new_key("a", NOW + timedelta(seconds=1)),
    }
    assert len(keys) == 3
    assert connector.new_key("a", NOW) in keys
    assert server.asked == []


def test_length_is_counted_without_asking(kit: Kit, server: Loopback) -> None:
    connector = connect(kit.platform, kit.sign_in(server.url))
    assert connector.length(Draft("hello")) == 5
    assert connector.length(Draft("")) == 0
    assert server.asked == []


def test_secrets_do_not_show(kit: Kit, server: Loopback) -> None:
    sign_in: SignIn = kit.sign_in(server.url)
    assert "SECRET" not in repr(sign_in)
    assert "SECRET" not in repr(connect(kit.platform, sign_in))


def test_the_token_goes_to_the_platform_only_in_a_header(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on(*kit.write, Reply(kit.created))
    connector.publish(kit.draft, key=key_of(connector))

    post: Asked = server.last(kit.write[1])
    assert post.headers["authorization"].lower().startswith("bearer secret")
    assert "SECRET" not in post.path + str(post.query) + post.body.decode()


def test_the_credential_fields_are_the_ones_it_needs(kit: Kit, server: Loopback) -> None:
    assert set(kit.credential) in [set(names) for names in credential_fields(kit.platform)]
    assert missing_credentials(kit.platform, kit.credential) == ()
    name = next(iter(kit.credential))
    assert missing_credentials(kit.platform, {**kit.credential, name: " "}) == (name,)
    assert capabilities(kit.platform).platform == kit.platform


def test_what_may_be_written_is_told_as_data(kit: Kit, server: Loopback) -> None:
    told = capabilities(kit.platform)
    assert told.allowance.writes >= 1
    assert timedelta(minutes=1) <= told.allowance.span <= timedelta(hours=24)
    assert (told.app_allowance is not None) == (kit.platform in ("x", "reddit"))
    assert client_id(kit.platform, kit.credential) == kit.client_id
    assert client_id(kit.platform, {}) is None


def test_errors_of_the_platform_are_ours(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.inbox[0], Reply({"title": "Gone", "error": "gone"}, 410))
    with pytest.raises(ConnectorError) as error:
        connector.fetch_interactions(None)
    assert error.value.platform == kit.platform
    assert error.value.code
