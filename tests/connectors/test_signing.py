"""The two halves of a sign-in on each platform: what a person is sent with, what comes back, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.contract import Turn
from connectors.errors import AuthExpired, Cause, Rejected, Retryable
from connectors.registry import app_fields, begin, connect, finish, missing_credentials, revoke, way
from connectors.sessions import Memory
from connectors.signing import App, Way
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.kit_x import X
from tests.connectors.loopback import CLOSE, Asked, Loopback, Reply

BACK = "http://127.0.0.1:9/back"
APPS = {
    "x": App({"client_id": "ours", "client_secret": "SECRET-app"}, BACK, 0.4),
    "reddit": App({"client_id": "ours", "client_secret": "SECRET-app", "user_agent": "parley/test"}, BACK, 0.4),
    "mastodon": App({}, BACK, 0.4),
}
TOKENS = {"x": "/2/oauth2/token", "reddit": "/api/v1/access_token", "mastodon": "/oauth/token"}
PAGES = {"x": "/i/oauth2/authorize", "reddit": "/api/v1/authorize", "mastodon": "/oauth/authorize"}
GIVEN = {
    "x": {"access_token": "SECRET-a", "refresh_token": "SECRET-r", "expires_in": 7200},
    "reddit": {"access_token": "SECRET-a", "refresh_token": "SECRET-r", "expires_in": 86400},
    "mastodon": {"access_token": "SECRET-a", "created_at": 1},
}
SECRETS: dict[str, dict[str, str]] = {
    "x": {"verifier": "SECRET-v"},
    "reddit": {},
    "mastodon": {"verifier": "SECRET-v", "client_id": "m", "client_secret": "SECRET-m"},
}


@pytest.fixture(params=list(APPS))
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def registering(server: Loopback) -> Loopback:
    server.on("POST", "/api/v1/apps", Reply({"id": "1", "client_id": "m", "client_secret": "SECRET-m"}))
    return server


def asked_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_person_is_sent_to_the_platforms_own_page_with_our_state(platform: str, registering: Loopback) -> None:
    begun = begin(platform, APPS[platform], registering.url, "the-state")
    asked = asked_of(begun.url)
    assert begun.url.startswith(registering.url + PAGES[platform])
    assert (asked["state"], asked["redirect_uri"], asked["response_type"]) == ("the-state", BACK, "code")
    assert "SECRET" not in begun.url
    assert "SECRET" not in repr(begun)


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_only_the_hash_of_the_verifier_goes_with_the_person(platform: str, registering: Loopback) -> None:
    begun = begin(platform, APPS[platform], registering.url, "s")
    asked, verifier = asked_of(begun.url), begun.secret["verifier"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (digest, "S256")
    assert 43 <= len(verifier) <= 128
    assert verifier not in begun.url
    assert begin(platform, APPS[platform], registering.url, "s").secret["verifier"] != verifier


def test_on_the_real_hosts_people_go_where_people_are() -> None:
    x = begin("x", APPS["x"], "https://api.twitter.com", "s").url
    reddit = begin("reddit", APPS["reddit"], "https://oauth.reddit.com", "s").url
    assert x.startswith("https://x.com/i/oauth2/authorize?")
    assert reddit.startswith("https://www.reddit.com/api/v1/authorize?")
    assert asked_of(reddit)["duration"] == "permanent"
    assert "offline.access" in asked_of(x)["scope"].split()


def test_the_code_is_exchanged_once_and_the_credential_is_whole(platform: str, server: Loopback) -> None:
    server.on("POST", TOKENS[platform], Reply(GIVEN[platform]))
    credential = finish(platform, APPS[platform], server.url, SECRETS[platform], "SECRET-code")
    assert missing_credentials(platform, credential) == ()
    assert server.count("POST", TOKENS[platform]) == 1
    form = server.asked[0].form
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == ("authorization_code", "SECRET-code", BACK)
    if "verifier" in SECRETS[platform]:
        assert form["code_verifier"] == "SECRET-v"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": "invalid_grant", "error_description": "SECRET"}, 400), Rejected),
        (Reply({"error": "invalid_client"}, 401), Rejected),
        (Reply({"error": "server"}, 503), Retryable),
        (CLOSE, Retryable),
        (Reply({"token_type": "bearer"}), Retryable),
        (Reply(raw=b"<html>"), Retryable),
        (Reply(["not", "an", "object"]), Retryable),
    ],
)
def test_what_goes_wrong_is_typed_asked_once_and_quotes_nothing(
    platform: str, server: Loopback, reply: Reply | str, kind: type[Exception]
) -> None:
    server.on("POST", TOKENS[platform], reply)
    with pytest.raises(kind) as told:
        finish(platform, APPS[platform], server.url, SECRETS[platform], "SECRET-code")
    assert "SECRET" not in str(told.value)
    assert server.count("POST", TOKENS[platform]) == 1


def test_reddit_refuses_a_code_with_status_200(server: Loopback) -> None:
    server.on("POST", TOKENS["reddit"], Reply({"error": "invalid_grant"}))
    with pytest.raises(Rejected) as told:
        finish("reddit", APPS["reddit"], server.url, {}, "code")
    assert told.value.code == "invalid_grant"


@pytest.mark.parametrize(
    ("platform", "scope", "missing"),
    [
        ("x", "tweet.read users.read offline.access media.write tweet.moderate.write", "tweet.write"),
        ("reddit", "identity read edit history privatemessages", "submit"),
        ("mastodon", "read write:media", "write:statuses"),
    ],
)
def test_a_right_that_was_not_given_is_named(server: Loopback, platform: str, scope: str, missing: str) -> None:
    server.on("POST", TOKENS[platform], Reply({**GIVEN[platform], "scope": scope}))
    with pytest.raises(Rejected, match=missing) as told:
        finish(platform, APPS[platform], server.url, SECRETS[platform], "code")
    assert told.value.code == "missing-scope"


@pytest.mark.parametrize(("platform", "scope"), [("reddit", "*"), ("mastodon", "read write")])
def test_a_wider_right_covers_a_narrow_one(server: Loopback, platform: str, scope: str) -> None:
    server.on("POST", TOKENS[platform], Reply({**GIVEN[platform], "scope": scope}))
    assert finish(platform, APPS[platform], server.url, SECRETS[platform], "code")["scope"] == scope


@pytest.mark.parametrize("secret", [None, "SECRET-app"])
def test_x_knows_an_app_with_a_secret_and_one_without(server: Loopback, secret: str | None) -> None:
    app = replace(APPS["x"], client={"client_id": "ours", **({"client_secret": secret} if secret else {})})
    server.on("POST", TOKENS["x"], Reply(GIVEN["x"]))
    credential = finish("x", app, server.url, SECRETS["x"], "code")
    asked = server.asked[0]
    assert ("authorization" in asked.headers) is bool(secret)
    assert ("client_id" in asked.form) is not bool(secret)
    assert credential.get("client_secret") == secret


def test_what_x_just_gave_is_not_renewed_at_once(server: Loopback) -> None:
    server.on("POST", TOKENS["x"], Reply(GIVEN["x"]))
    credential = finish("x", APPS["x"], server.url, SECRETS["x"], "code")
    connect("x", replace(X.sign_in(server.url), credential=credential)).sign_in()
    assert server.count("POST", TOKENS["x"]) == 1


def test_mastodon_knows_our_app_already_where_it_was_kept(registering: Loopback) -> None:
    first = begin("mastodon", APPS["mastodon"], registering.url, "s")
    app = replace(APPS["mastodon"], client={name: first.secret[name] for name in ("client_id", "client_secret")})
    begin("mastodon", app, registering.url, "s")
    assert registering.count("POST", "/api/v1/apps") == 1


def test_a_right_is_given_back_and_giving_back_what_is_gone_is_fine(platform: str, server: Loopback) -> None:
    path = {"x": "/2/oauth2/revoke", "reddit": "/api/v1/revoke_token", "mastodon": "/oauth/revoke"}[platform]
    server.on("POST", TOKENS[platform], Reply(GIVEN[platform]))
    credential = finish(platform, APPS[platform], server.url, SECRETS[platform], "code")
    server.on("POST", path, Reply({"revoked": True}), Reply({"error": "invalid_request"}, 400))
    for _ in range(2):
        revoke(platform, APPS[platform], server.url, credential)
    assert (
        server.asked[1].form["token"] == GIVEN[platform]["access_token" if platform == "mastodon" else "refresh_token"]
    )


def test_each_platform_tells_its_way() -> None:
    assert {one: way(one) for one in ("x", "reddit", "mastodon")} == dict.fromkeys(APPS, Way.BROWSER)
    assert way("bluesky") is Way.PASSWORD
    assert app_fields("mastodon") == app_fields("bluesky") == ()


# --- Bluesky ----------------------------------------------------------------------------------------------------------

OPEN, CLOSED = "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.deleteSession"
NOBODY = App({}, "", 0.4)


def token(scope: str) -> str:
    return f"h.{base64.urlsafe_b64encode(json.dumps({'scope': scope}).encode()).decode().rstrip('=')}.s"


def session(scope: str) -> dict[str, str]:
    return {"accessJwt": token(scope), "refreshJwt": "SECRET-refresh", "did": "did:plc:us", "handle": "us.example"}


def test_an_app_password_is_tried_once_kept_by_did_and_its_session_closed(server: Loopback) -> None:
    server.on("POST", OPEN, Reply(session("com.atproto.appPass")))
    server.on("POST", CLOSED, Reply({}))
    credential = finish("bluesky", NOBODY, server.url, {"identifier": "@us.example"}, " abcd-efgh ")
    assert credential == {"identifier": "did:plc:us", "app_password": "abcd-efgh"}
    assert [it.path for it in server.asked] == [OPEN, CLOSED]


@pytest.mark.parametrize(
    "reply",
    [Reply(session("com.atproto.access")), Reply({"error": "AuthFactorTokenRequired", "message": "mailed"}, 401)],
)
def test_the_accounts_own_password_is_not_kept(server: Loopback, reply: Reply) -> None:
    server.on("POST", OPEN, reply)
    with pytest.raises(Rejected, match="app password") as told:
        finish("bluesky", NOBODY, server.url, {"identifier": "us.example"}, "SECRET-own")
    assert told.value.code == "own-password"
    assert "SECRET" not in str(told.value)


def test_a_wrong_password_is_refused_and_a_suspended_account_told_apart(server: Loopback) -> None:
    server.on("POST", OPEN, Reply({"error": "AuthenticationRequired"}, 401), Reply({"error": "AccountTakedown"}, 401))
    with pytest.raises(Rejected):
        finish("bluesky", NOBODY, server.url, {"identifier": "us"}, "wrong")
    with pytest.raises(AuthExpired) as told:
        finish("bluesky", NOBODY, server.url, {"identifier": "us"}, "right")
    assert told.value.cause is Cause.SUSPENDED


# --- two at once, through the real clients ----------------------------------------------------------------------------


class Shared:
    """One session for two connectors, as the record keeps it."""

    def __init__(self) -> None:
        self.kept = Memory()
        self.turn = threading.Lock()

    def keeper(self) -> OneOfTwo:
        return OneOfTwo(self)


class OneOfTwo:
    """What one of the two sees of it."""

    def __init__(self, shared: Shared) -> None:
        self.shared, self.known, self.mine = shared, shared.kept.load(), False

    def load(self) -> str | None:
        return self.known

    def save(self, session: str) -> None:
        self.shared.kept.save(session)
        self.known = session
        self.end_turn()

    def take_turn(self) -> Turn:
        self.mine = self.shared.turn.acquire(blocking=False)
        self.known = self.shared.kept.load()
        return Turn.OURS if self.mine else Turn.TAKEN

    def in_turn(self) -> bool:
        return self.mine

    def end_turn(self, *, lost: bool = False) -> None:
        if self.mine:
            self.shared.turn.release()
        self.mine = False


def _strict(answer: Callable[[str], Any]) -> Callable[[Asked], Reply]:
    """A token endpoint whose refresh tokens are good once; one that comes again ends them all."""
    current, turn = ["SECRET-r0"], threading.Lock()

    def reply(asked: Asked) -> Reply:
        with turn:
            if asked.form["refresh_token"] != current[0]:
                current[0] = "nothing any more"
                return Reply({"error": "invalid_grant"}, 400)
            current[0] = f"{current[0]}+"
            return Reply(answer(current[0]))

    return reply


@pytest.fixture
def rotating(server: Loopback) -> Loopback:
    def given(refresh: str) -> dict[str, Any]:
        return {"access_token": f"SECRET-a-{refresh}", "refresh_token": refresh, "expires_in": 7200, "scope": "*"}

    for path in ("/2/oauth2/token", "/api/v1/access_token"):
        server.on("POST", path, _strict(given))
    return server


@pytest.mark.parametrize("kit", [X, REDDIT], ids=["x", "reddit"])
def test_two_workers_at_once_never_lose_the_account(rotating: Loopback, kit: Any) -> None:
    shared = Shared()
    credential = {**kit.credential, "refresh_token": "SECRET-r0", "client_id": "c", "client_secret": "SECRET-s"}
    both, failures = threading.Barrier(2), []

    def work() -> None:
        sign_in = replace(kit.sign_in(rotating.url, timeout=2.0), credential=credential, sessions=shared.keeper())
        connector = connect(kit.platform, sign_in)
        both.wait()
        try:
            connector.sign_in()
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    for _ in range(3):
        threads = [threading.Thread(target=work) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    told = {getattr(one, "code", repr(one)) for one in failures}
    assert told <= {"in-renewal"}, "on a slow machine the second may wait in vain, and come back"
    assert len(rotating.asked) == 1
