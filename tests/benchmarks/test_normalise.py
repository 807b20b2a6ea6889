"""The benchmark of mapping: everything it counts is really mapped, with recordings and without, and a peer maps the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.crash_peers.environments import PLACE
from benchmarks.normalise import by_hand
from benchmarks.normalise.__main__ import BESIDE, granary, measure
from benchmarks.normalise.payloads import lean, mapped, subjects
from connectors.capabilities import Platform


def test_every_platform_is_measured_without_recordings_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARLEY_CORPUS", str(tmp_path))
    printed = measure(1, 0.01, peer=False)
    assert set(printed["per_s"]) == set(Platform)
    assert all(rate > 100 for rate in printed["per_s"].values())
    assert printed["recorded"] == []
    for name, items in by_hand.ITEMS.items():
        assert mapped(name, items) == 1, name


def test_what_is_counted_is_what_was_mapped() -> None:
    for name, subject in subjects().items():
        assert subject.map() >= len(subject.items), f"some of {name}'s items are mapped to nothing"


@pytest.mark.parametrize("platform", BESIDE)
def test_what_is_cut_away_is_nothing_that_an_interaction_has(platform: str) -> None:
    items = subjects()[platform].items
    assert mapped(platform, [lean(platform, one) for one in items]) == mapped(platform, items)


def test_the_peer_maps_the_same_items() -> None:
    if not (PLACE / "granary" / "installed.lock").exists():
        pytest.skip("granary's environment is not made: python -m benchmarks.normalise makes it")
    items = {name: [lean(name, one) for one in by_hand.ITEMS[name]] for name in BESIDE}
    with granary(items) as rate:
        for name in BESIDE:
            assert rate(name, "plain", 0.01) > 10
