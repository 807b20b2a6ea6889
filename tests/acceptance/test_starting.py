"""What stops a start, and what a start and a stop say of it."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.acceptance.running import finished, free_ports, refusal, start, wait_until

pytestmark = pytest.mark.acceptance


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


@pytest.mark.parametrize("place", ["api", "sandbox"])
def test_a_port_in_use_is_one_sentence(tmp_path: Path, taken: int, place: str) -> None:
    free, _ = free_ports()
    ports = (taken, free) if place == "api" else (free, taken)
    assert f"Port {taken}" in refusal(start(tmp_path, "serve", "--sandbox", ports=ports))


def test_a_damaged_record_is_one_sentence(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    (tmp_path / "parley.sqlite").write_bytes(b"this is no database" * 100)
    assert "is not a Parley database" in refusal(start(tmp_path, "serve", ports=free_ports()))


def test_a_locked_record_is_one_sentence(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    with closing(sqlite3.connect(tmp_path / "parley.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert "locked" in refusal(start(tmp_path, "init"))


def test_a_key_file_that_others_may_read_stops_the_start(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    (tmp_path / "vault.key").chmod(0o644)
    assert "vault.key" in refusal(start(tmp_path, "init"))


def test_a_record_without_its_key_stops_the_start_and_makes_no_new_one(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    (tmp_path / "vault.key").unlink()
    assert "put the key file back" in refusal(start(tmp_path, "init"))
    assert not (tmp_path / "vault.key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARLEY_ENGINE", "oracle"),
        ("PARLEY_LEASE_SECONDS", "soon"),
        ("PARLEY_LEASE_SECONDS", "5"),
        ("PARLEY_HOSTS_MASTODON", "http://169.254.169.254"),
        ("PARLEY_HOST_X", "https://x.example"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    code, _, err = finished(start(tmp_path, "init", **{name: value}))
    assert code == 1
    assert name in err
    assert "Traceback" not in err


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    code, _, err = finished(start(tmp_path, "init", PARLEY_ENGINE="aws"))
    assert code == 1
    for name in ("PARLEY_TABLE", "PARLEY_KMS_KEY", "PARLEY_MAIL_FROM"):
        assert name in err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serving_stops_when_asked_to(tmp_path: Path, how: signal.Signals) -> None:
    ports = free_ports()
    running = start(tmp_path, "serve", "--sandbox", ports=ports)
    try:
        answer = wait_until("the API", lambda: requests.get(f"http://127.0.0.1:{ports[0]}/health", timeout=2))
        assert answer.json()["status"] == "ok"
        running.send_signal(how)
        code, out, err = finished(running)
    finally:
        running.kill()
        running.communicate()
    assert code == 0, err
    assert "Traceback" not in err
    assert f":{ports[0]}" in out


def test_an_interrupted_demo_says_so_in_one_sentence(tmp_path: Path) -> None:
    ports = free_ports()
    running = start(tmp_path, "demo", ports=ports)
    try:
        wait_until("the API", lambda: requests.get(f"http://127.0.0.1:{ports[0]}/health", timeout=2))
        running.send_signal(signal.SIGINT)
        assert "Interrupted" in refusal(running)
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("port", ["0", "99999", "http"])
def test_a_port_that_there_is_not_is_refused_by_name(tmp_path: Path, port: str) -> None:
    code, _, err = finished(start(tmp_path, "serve", "--port", port))
    assert code == 2
    assert "--port" in err
    assert "Traceback" not in err
