"""Settings: what is wrong is named, all of it at once; what is left out has its default; what is listed is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib import settings
from chalicelib.domain.looking_back import Bounds
from chalicelib.ports import QueueName
from chalicelib.settings import APPS, DEFAULT_SECONDS, LEASE, NAMES, PLATFORMS, SKEW, SettingsError
from connectors import registry

ROOT = Path(__file__).resolve().parents[1]
SECOND = timedelta(seconds=1)

ON_AWS = {
    "PARLEY_ENGINE": "aws",
    "PARLEY_TABLE": "parley",
    "PARLEY_KMS_KEY": "alias/parley",
    "PARLEY_MAIL_FROM": "Parley <desk@parley.example>",
}
EVERY_ONE = {
    **ON_AWS,
    "PARLEY_HOME": "/srv/parley",
    "PARLEY_POLL_SECONDS": "120",
    "PARLEY_LEASE_SECONDS": "70",
    "PARLEY_HISTORY_DAYS": "14",
    "PARLEY_HISTORY_MESSAGES": "200",
    "PARLEY_PUBLIC_URL": "https://desk.example/",
    "PARLEY_BUCKET": "parley-pictures",
    "PARLEY_FETCH_LOOPBACK": "no",
    "PARLEY_SECOND_OPINION": "bedrock",
    "PARLEY_SECOND_MODEL": "amazon.nova-lite-v1:0",
    "PARLEY_SECOND_REGION": "eu-west-1",
    "PARLEY_SIGNED_IN_URL": "https://desk.example/signed-in",
    **{f"PARLEY_APP_{one.upper()}_{name.upper()}": "ours" for one, names in APPS.items() for name in names},
    **{f"PARLEY_QUEUE_{one.name}": f"https://sqs.example/{one.value}" for one in QueueName},
    **{f"PARLEY_HOSTS_{one.upper()}": f"https://{one}.example" for one in PLATFORMS},
    **{f"PARLEY_{what}_SECONDS_{one.upper()}": "7" for one in PLATFORMS for what in ("CALL", "LANDING", "VISIBLE")},
}
"""A value that fits, for every setting there is."""


def problems(**environment: str) -> list[str]:
    """What is wrong with these settings."""
    try:
        settings.read(environment)
    except SettingsError as error:
        return error.problems
    return []


# --- what is missing or wrong is named -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PARLEY_TABLE", "PARLEY_KMS_KEY", "PARLEY_MAIL_FROM"])
@pytest.mark.parametrize("blank", [False, True])
def test_what_aws_needs_is_named_where_it_is_missing(name: str, blank: bool) -> None:
    given = {**ON_AWS, name: ""} if blank else {key: value for key, value in ON_AWS.items() if key != name}
    (problem,) = problems(**given)
    assert problem == f"{name} is missing: {NAMES[name]}"


SECONDS = sorted(name for name in NAMES if "_SECONDS" in name)


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", ["", "soon", "-1", "3601", "1.5", " 5", "٣", "1e2", "²"])
def test_seconds_that_are_none_are_named(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} must be whole seconds from 0 to 3600")


@pytest.mark.parametrize(("name", "most"), [("PARLEY_HISTORY_DAYS", 90), ("PARLEY_HISTORY_MESSAGES", 1000)])
@pytest.mark.parametrize("value", ["", "all", "-1", "1001", "0.5", "9" * 5000])
def test_a_bound_that_is_none_is_named(name: str, most: int, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} must be a whole number from 0 to {most}")


@pytest.mark.parametrize("value", ["", "oracle", "AWS", "embedded "])
def test_an_engine_that_there_is_not_is_named(value: str) -> None:
    assert any(one.startswith("PARLEY_ENGINE must be") for one in problems(PARLEY_ENGINE=value))


@pytest.mark.parametrize(
    "name", ["PARLEY_HOST_X", "PARLEY_", "PARLEY_HOSTS_FRIENDSTER", "PARLEY_QUEUE_DEAD", "PARLEY_table"]
)
def test_a_name_that_is_no_setting_is_named(name: str) -> None:
    (problem,) = problems(**{name: "anything"})
    assert problem.startswith(f"{name} is not a setting of Parley")


def test_names_of_others_are_nobodys_business() -> None:
    assert not problems(PATH="/bin", AWS_REGION="eu-central-1", parley_engine="oracle", MY_PARLEY_ENGINE="x")


def test_every_problem_is_told_at_once() -> None:
    found = problems(PARLEY_ENGINE="aws", PARLEY_POLL_SECONDS="often", PARLEY_HOSTS_X="ftp://x.example", PARLEY_NO="1")
    with pytest.raises(SettingsError) as error:
        settings.read({"PARLEY_NO": "1", "PARLEY_YES": "1"})
    assert "PARLEY_NO" in str(error.value)
    assert "PARLEY_YES" in str(error.value)
    wrong = ["TABLE", "KMS_KEY", "MAIL_FROM", "HOSTS_X", "POLL_SECONDS", "NO"]
    assert [one.split()[0] for one in found] == [f"PARLEY_{name}" for name in wrong]


# --- defaults --------------------------------------------------------------------------------------------------------


def test_nothing_has_to_be_set_on_one_machine() -> None:
    told = settings.read({})
    assert told.engine == "embedded"
    assert told.home == Path(".parley")
    assert told.mail_from
    assert told.poll_every is None
    assert told.public_url == ""
    assert not told.queues
    for one in PLATFORMS:
        base = registry.default_base_url(one)
        assert told.hosts[one] == ((base,) if base else ()), "an instance has to be named by the operator"
        assert base is None or base.startswith("https://")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_protocols_times_have_defaults_by_platform(platform: str) -> None:
    timing = settings.read({}).timing[platform]
    assert timing.lease == LEASE * SECOND
    assert timing.skew == SKEW
    assert [one / SECOND for one in (timing.call, timing.landing, timing.visible)] == [
        DEFAULT_SECONDS[platform][what] for what in ("CALL", "LANDING", "VISIBLE")
    ]


def test_each_span_that_decides_a_takeover_has_its_reason() -> None:
    assert settings.WHY.keys() == DEFAULT_SECONDS.keys() == set(PLATFORMS)
    assert all(why.keys() == {"LANDING", "VISIBLE"} and all(why.values()) for why in settings.WHY.values())


def test_only_bluesky_refuses_a_second_write_under_the_same_id() -> None:
    """Said of any other platform, a takeover would send before the first attempt could have shown."""
    assert {one for one, timing in settings.read({}).timing.items() if timing.atomic} == {"bluesky"}


def test_a_setting_reaches_its_place() -> None:
    told = settings.read(EVERY_ONE)
    assert (told.engine, told.table, told.kms_key) == ("aws", "parley", "alias/parley")
    assert told.mail_from == "Parley <desk@parley.example>"
    assert told.home == Path("/srv/parley")
    assert told.poll_every == 120 * SECOND
    assert told.read_back == Bounds(timedelta(days=14), 200)
    assert told.public_url == "https://desk.example"
    assert told.redirect == "https://desk.example/signed-in"
    assert told.apps["x"] == {"client_id": "ours", "client_secret": "ours"}
    assert told.queues == {one: f"https://sqs.example/{one.value}" for one in QueueName}
    for platform in PLATFORMS:
        assert told.hosts[platform] == (f"https://{platform}.example",)
        timing = told.timing[platform]
        assert (timing.lease, timing.call, timing.landing, timing.visible) == (70 * SECOND, *[7 * SECOND] * 3)


def test_an_apps_secret_is_shown_by_nothing() -> None:
    told = settings.read({"PARLEY_APP_X_CLIENT_ID": "ours", "PARLEY_APP_X_CLIENT_SECRET": "SECRET-1"})
    assert "SECRET" not in repr(told)
    (problem,) = problems(PARLEY_APP_X_CLIENT_SECRET="SECRET-2 \u00e9")
    assert "PARLEY_APP_X_CLIENT_SECRET" in problem
    assert "SECRET-2" not in problem


def test_one_platforms_time_is_not_anothers() -> None:
    timing = settings.read({"PARLEY_VISIBLE_SECONDS_REDDIT": "600"}).timing
    assert timing["reddit"].visible == 600 * SECOND
    assert timing["x"].visible == DEFAULT_SECONDS["x"]["VISIBLE"] * SECOND


# --- the lease -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lease", "call", "fits"), [(12, 8, False), (13, 8, True), (66, 62, False), (66, 61, True)])
def test_the_lease_must_outlast_a_call_and_both_clocks(lease: int, call: int, fits: bool) -> None:
    """Else a send could still be under way when another worker takes it over."""
    given = {f"PARLEY_CALL_SECONDS_{one.upper()}": str(call) for one in PLATFORMS}
    found = problems(PARLEY_LEASE_SECONDS=str(lease), **given)
    assert bool(found) is not fits
    assert all("PARLEY_LEASE_SECONDS" in one for one in found)


def test_the_platform_whose_call_is_too_long_is_named() -> None:
    (problem,) = problems(PARLEY_CALL_SECONDS_REDDIT="64")
    assert "PARLEY_CALL_SECONDS_REDDIT" in problem


def test_a_call_needs_time() -> None:
    (problem,) = problems(PARLEY_CALL_SECONDS_X="0")
    assert "PARLEY_CALL_SECONDS_X" in problem


# --- addresses -------------------------------------------------------------------------------------------------------

ADDRESSES = (
    "https://social.example",
    "https://social.example/",
    "https://social.example:8443/base",
    "https://xn--caf-dma.example",
    "http://127.0.0.1:8701/mastodon",
    "http://localhost:1",
    "http://[::1]:8080",
    "https://10.0.0.7",
)
NO_ADDRESSES = (
    "social.example",
    "//social.example",
    "https://",
    "https:///path",
    "http://social.example",
    "http://169.254.169.254",
    "http://127.0.0.2",
    "http://0.0.0.0",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://evil.example#@127.0.0.1",
    "http://evil.example\\@127.0.0.1",
    "https://user@social.example",
    "https://user:word@social.example",
    "https://:word@social.example",
    "https://@social.example",
    "https://social.example?next=1",
    "https://social.example#part",
    "https://social.example:99999",
    "https://social.example:port",
    "https://social example",
    "https://social\t.example",
    "https://social\n.example",
    "https://[::1",
    "ftp://social.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_https_is_an_address_and_http_on_loopback(address: str) -> None:
    assert settings.read({"PARLEY_HOSTS_MASTODON": address}).hosts["mastodon"] == (address.rstrip("/"),)


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize("platform", ["MASTODON", "X"])
def test_what_credentials_may_not_be_sent_to_is_named(address: str, platform: str) -> None:
    (problem,) = problems(**{f"PARLEY_HOSTS_{platform}": f"https://good.example,{address},"})
    assert problem.startswith(f"PARLEY_HOSTS_{platform} holds ")
    assert "good.example" not in problem


def test_a_password_in_an_address_is_not_told_on() -> None:
    (problem,) = problems(PARLEY_HOSTS_X="https://user:word@social.example")
    assert "social.example" in problem
    assert "word" not in problem
    assert "https://user" not in problem


def test_several_hosts_are_in_the_order_given_and_the_first_is_the_default() -> None:
    given = " https://b.example/ , https://a.example,, "
    assert settings.read({"PARLEY_HOSTS_MASTODON": given}).hosts["mastodon"] == (
        "https://b.example",
        "https://a.example",
    )


def test_a_platform_can_be_left_without_any_host() -> None:
    assert settings.read({"PARLEY_HOSTS_X": ""}).hosts["x"] == ()


# --- the list of names -----------------------------------------------------------------------------------------------


class Asked(Mapping[str, str]):
    """An environment that remembers which settings were looked at by name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_all_settings_that_are_listed_are_read_and_no_others() -> None:
    assert set(EVERY_ONE) == set(NAMES)
    asked = Asked(EVERY_ONE)
    settings.read(asked)
    assert asked.names == set(NAMES)
    assert all(NAMES.values())


def test_nothing_that_runs_names_a_setting_that_is_not_listed() -> None:
    named = {
        node.value
        for place in ("app.py", "chalicelib", "connectors", "local")
        for path in ([ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py")))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.startswith("PARLEY_") and node.value.replace("_", "").isalnum() and not node.value.endswith("_")
    }
    # Not of what serves: where tests find recorded traffic and live servers, and by whose token a command reads.
    assert named - {"PARLEY_CORPUS", "PARLEY_DATA", "PARLEY_LIVE", "PARLEY_TOKEN"} <= set(NAMES)


def test_a_public_address_that_is_none_is_named() -> None:
    (problem,) = problems(PARLEY_PUBLIC_URL="desk.example")
    assert problem.startswith("PARLEY_PUBLIC_URL holds 'desk.example'")


def test_addresses_on_this_machine_are_followed_only_on_one_machine_and_only_by_a_clear_yes() -> None:
    assert settings.read({"PARLEY_FETCH_LOOPBACK": "yes"}).fetch_loopback
    assert not settings.read({}).fetch_loopback
    (problem,) = problems(PARLEY_FETCH_LOOPBACK="1")
    assert problem == "PARLEY_FETCH_LOOPBACK must be `yes` or `no`, not '1'"
    (problem,) = problems(**ON_AWS, PARLEY_FETCH_LOOPBACK="yes")
    assert "one machine only" in problem
