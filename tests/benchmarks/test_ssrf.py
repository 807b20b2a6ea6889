"""What the benchmark of hostile addresses prints, and that its witness would see what it is there to see."""

from __future__ import annotations

import pytest

from benchmarks import ssrf
from chalicelib.adapters.web import addresses
from chalicelib.ports import FetchFailed, FetchRefused


def test_no_hostile_address_is_connected_to_and_the_witness_sees_those_who_do() -> None:
    printed = ssrf.run()
    assert printed["payloads"] >= 60
    assert printed["connections"] == 0
    assert printed["controls"] >= 4


def test_a_fetcher_that_believes_names_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "check_public", lambda _: None)
    with ssrf.trial() as seen:
        for host in ("private.example", "second.example"):
            with pytest.raises((FetchRefused, FetchFailed)):
                ssrf.fetcher(seen).get(f"https://{host}/", most=10, types=frozenset({"image/gif"}))
        assert seen.opened[0] == ("127.0.0.1", 443)
