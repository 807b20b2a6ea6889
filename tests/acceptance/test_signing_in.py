"""Accounts are signed in through the API and from the terminal, on the sandbox's own pages; lost, told of, and mended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.machine import Machine, operator_token
from tests.guides import FREE_OF_SETTINGS, ROOT, free_port

pytestmark = pytest.mark.acceptance
BROWSERS = ("x", "reddit", "mastodon")


@dataclass
class Desk:
    """A running machine with one workspace, as its owner uses it."""

    machine: Machine
    home: Path
    token: str
    redirect: str

    def ask(self, method: str, path: str, expect: int = 200, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, self.machine.api_url + path, json=body or None, headers=headers, timeout=20)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def member_of(self, platform: str, handle: str = "parley-desk") -> dict[str, Any]:
        """An account of ours in the sandbox."""
        asked = {"platform": platform, "handle": handle}
        made = requests.post(f"{self.machine.sandbox_url}/_sandbox/accounts", json=asked, timeout=5).json()
        return dict(made)

    def allow(self, url: str, handle: str, **form: str) -> str:
        """What a person does on the platform's page: where it sends them."""
        assert "Allow" in requests.get(url, timeout=5).text
        form = {"account": handle, "allow": "yes", **form}
        answer = requests.post(url, data=form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def sign_in(self, platform: str, handle: str, **form: str) -> tuple[str, dict[str, str]]:
        """The way to the second half: its path and what it takes."""
        begun = self.ask("POST", "/sign_ins", 201, platform=platform)
        place = self.allow(begun["url"], handle, **form)
        assert place.startswith(self.redirect)
        came = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
        return f"/sign_ins/{begun['id']}/finish", {"state": came["state"], "code": came.get("code", "none")}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("home")
    redirect = f"http://127.0.0.1:{free_port()}/signed-in"
    environment = {**FREE_OF_SETTINGS, "PARLEY_SIGNED_IN_URL": redirect}
    with Machine(home, free_port(), free_port(), environment) as machine:
        form = {"name": "Desk", "zone": "UTC", "owner": {"name": "Owner", "email": "owner@desk.example"}}
        headers = {"Authorization": f"Bearer {operator_token(machine.desk)}"}
        made = requests.post(f"{machine.api_url}/workspaces", json=form, headers=headers, timeout=20)
        assert made.status_code == 201, made.text
        yield Desk(machine, home, made.json()["token"], redirect)


def test_every_platform_is_ready_on_the_sandbox(desk: Desk) -> None:
    told = desk.ask("GET", "/ways")
    assert {one["platform"]: (one["way"], one["lacks"]) for one in told["ways"]} == {
        **dict.fromkeys(BROWSERS, ("browser", [])),
        **dict.fromkeys(("bluesky", "lemmy"), ("password", [])),
    }


@pytest.mark.parametrize("platform", BROWSERS)
def test_an_account_is_signed_in_on_the_platforms_page_and_signed_in_again(desk: Desk, platform: str) -> None:
    member = desk.member_of(platform)
    path, back = desk.sign_in(platform, member["handle"])
    account = desk.ask("POST", path, **back)
    assert (account["native_id"].removeprefix("t2_"), account["state"]) == (member["id"], "active")
    assert desk.ask("POST", f"/accounts/{account['id']}/probe")["well"] is True
    assert desk.ask("GET", f"/accounts/{account['id']}")["probed_at"]

    again = desk.ask("POST", path, 409, **back)
    assert "done" in again["detail"]

    lost = {"platform": platform, "account": member["id"]}
    requests.post(f"{desk.machine.sandbox_url}/_sandbox/revoke", json=lost, timeout=5)
    told = desk.ask("POST", f"/accounts/{account['id']}/probe")
    assert (told["well"], told["account"]["state"]) == (False, "needs_reconnect")
    assert told["account"]["needs"]["next_step"]
    path, back = desk.sign_in(platform, member["handle"])
    mended = desk.ask("POST", path, **back)
    assert (mended["id"], mended["state"]) == (account["id"], "active")
    assert desk.ask("GET", f"/incidents/{told['account']['needs']['incident']}")["state"] == "closed"


def test_a_person_who_refuses_has_connected_nothing(desk: Desk) -> None:
    member = desk.member_of("mastodon")
    path, back = desk.sign_in("mastodon", member["handle"], allow="no")
    assert desk.ask("POST", path, 422, **back)["type"].endswith("platform-refused")


def test_rights_that_were_held_back_are_named(desk: Desk) -> None:
    member = desk.member_of("x")
    path, back = desk.sign_in("x", member["handle"], scope="tweet.read users.read offline.access")
    told = desk.ask("POST", path, 422, **back)
    assert "tweet.write" in told["detail"]


def test_who_disconnects_gives_the_right_back(desk: Desk) -> None:
    member = desk.member_of("x", "leaving")
    path, back = desk.sign_in("x", member["handle"])
    account = desk.ask("POST", path, **back)
    assert desk.ask("POST", f"/accounts/{account['id']}/disconnect", why="no longer ours")["state"] == "disabled"
    seen = requests.get(f"{desk.machine.sandbox_url}/_sandbox/requests?platform=x&sort=session", timeout=5).json()
    assert [one["outcome"] for one in seen["requests"] if one["path"].endswith("/revoke")][-1] == "200"


# --- from the terminal ------------------------------------------------------------------------------------------------


@contextmanager
def parley(desk: Desk, *words: str) -> Iterator[subprocess.Popen[str]]:
    asked = [sys.executable, "-m", "local.cli", "connect", *words, "--home", str(desk.home)]
    process = subprocess.Popen(
        [*asked, "--sandbox", desk.machine.sandbox_url, "--json"],
        cwd=ROOT,
        env={**FREE_OF_SETTINGS, "PARLEY_TOKEN": desk.token, "PARLEY_SIGNED_IN_URL": desk.redirect},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def page_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    for line in process.stderr:
        if line.startswith("http"):
            return line.strip()
    raise AssertionError("it named no page")


@pytest.mark.parametrize("platform", BROWSERS)
def test_the_terminal_waits_for_the_browser(desk: Desk, platform: str) -> None:
    member = desk.member_of(platform, "terminal")
    with parley(desk, platform) as process:
        place = desk.allow(page_of(process), member["handle"])
        assert requests.get(desk.redirect + "?state=another&code=x", timeout=5).status_code == 404
        assert "close this window" in requests.get(place, timeout=5).text
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["handle"] == member["handle"]
    assert parse_qs(urlsplit(place).query)["code"][0] not in out + err


def test_or_takes_the_address_that_is_pasted(desk: Desk) -> None:
    member = desk.member_of("mastodon", "pasted")
    with parley(desk, "mastodon", "--paste") as process:
        place = desk.allow(page_of(process), member["handle"])
        out, err = process.communicate(f"{place}\n", timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["handle"] == member["handle"]


def test_an_app_password_is_read_without_being_shown_and_the_accounts_own_refused(desk: Desk) -> None:
    member = desk.member_of("bluesky", "terminal")
    handle, password = member["credential"]["identifier"], member["credential"]["app_password"]
    own = (
        next(one.password for one in desk.machine._sandbox.network.accounts("bluesky") if one.handle == handle)
        if desk.machine._sandbox
        else ""
    )
    for given, code in ((own, 1), (password, 0)):
        with parley(desk, "bluesky", "--handle", handle, "--password-stdin") as process:
            out, err = process.communicate(f"{given}\n", timeout=60)
        assert process.returncode == code, err
        assert given not in out + err
    assert json.loads(out)["handle"] == handle


def test_who_says_no_is_told_that_nothing_was_connected(desk: Desk) -> None:
    member = desk.member_of("x", "terminal")
    with parley(desk, "x") as process:
        place = desk.allow(page_of(process), member["handle"], allow="no")
        requests.get(place, timeout=5)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "not allowed" in err
    assert "Nothing was connected" in err


def test_an_instance_that_is_not_on_the_list_is_never_asked(desk: Desk) -> None:
    with parley(desk, "mastodon", "--instance", "http://127.0.0.1:1") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "not on the installation's list" in err
