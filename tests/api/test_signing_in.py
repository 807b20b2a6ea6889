"""The page between the two halves of a sign-in: it says in words what happened, and nothing of its address comes out."""

from __future__ import annotations

import io

import pytest

from chalicelib import log, settings
from chalicelib.api import sign_ins
from chalicelib.settings import SIGNED_IN
from tests.api.rooms import send

SECRET = "secret-code-of-a-person"
SCRIPT = "%3Cscript%3Ealert(1)%3C/script%3E"


@pytest.mark.parametrize(
    ("query", "begins"),
    [
        (f"code={SECRET}&state={SECRET}", "You allowed it there. One step is left:"),
        (f"state={SECRET}&code={SECRET}&scope=read+write&iss=https%3A%2F%2Fbsky.social", "You allowed it there."),
        (f"error=access_denied&state={SECRET}", "It was not allowed there, so nothing was signed in."),
        (f"error=access_denied&error_description={SCRIPT}&code={SECRET}", "It was not allowed there"),
        (f"code={SECRET}&code={SECRET}&{SCRIPT}={SCRIPT}", "You allowed it there."),
        (f"state={SCRIPT}", "Platforms send people to this page"),
        ("limit=x&after=" + "a" * 5000, "Platforms send people to this page"),
        ("", "Platforms send people to this page"),
    ],
)
@pytest.mark.usefixtures("rooms")
def test_the_page_says_what_happened_and_repeats_nothing(query: str, begins: str) -> None:
    told = io.StringIO()
    log.to(told)
    try:
        reply = send("GET", f"{SIGNED_IN}?{query}")
    finally:
        log.to()
    assert reply.status == 200
    assert reply.body.decode().startswith(begins)
    assert reply.body.decode() in {sign_ins.ALLOWED, sign_ins.REFUSED, sign_ins.NOTHING}
    assert SECRET not in told.getvalue()


@pytest.mark.usefixtures("rooms")
def test_nobody_else_learns_the_address_of_the_page_and_no_browser_takes_it_for_more_than_words() -> None:
    headers = send("GET", f"{SIGNED_IN}?code={SECRET}").headers
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_the_page_is_where_people_come_back_to_by_the_settings() -> None:
    aws = {"PARLEY_ENGINE": "aws", "PARLEY_TABLE": "t", "PARLEY_KMS_KEY": "k", "PARLEY_MAIL_FROM": "d@desk.example"}
    public = {"PARLEY_PUBLIC_URL": "https://api.desk.example/api/"}
    said = {"PARLEY_SIGNED_IN_URL": "https://desk.example/back"}
    assert settings.read({**aws, **public}).redirect == f"https://api.desk.example/api{SIGNED_IN}"
    assert settings.read({**aws, **public, **said}).redirect == "https://desk.example/back"
    assert settings.read(aws).redirect == settings.REDIRECT
    assert settings.read(public).redirect == settings.REDIRECT, "on one machine `parley connect` waits there itself"
