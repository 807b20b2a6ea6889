"""The story on one machine, through the command, twice on the same record; what it leaves in the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.running import demo, finished, free_ports, start

pytestmark = [pytest.mark.acceptance, pytest.mark.long]


@dataclass(frozen=True, slots=True)
class Played:
    """A record on which the story was played once. token: the operator's, from before."""

    home: Path
    ports: tuple[int, int]
    token: str
    account: dict[str, Any]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    home, ports = tmp_path_factory.mktemp("played"), free_ports()
    code, out, err = finished(start(home, "init", "--json"))
    assert code == 0, err
    return Played(home, ports, json.loads(out)["operator_token"], demo(home, ports))


def test_the_story_is_verified_in_time(played: Played) -> None:
    assert {line["step"] for line in played.account["verified"]} == {2, 3, 4, 5, 6, 7}
    assert played.account["first_published_s"] <= 30
    assert played.account["seconds"] <= 120


def test_the_log_holds_no_text_name_or_token(played: Played) -> None:
    log = (played.home / "parley.log").read_text(encoding="utf-8")
    assert log.count("\n") > 50
    handles = next(line["seen"] for line in played.account["verified"] if "mastodon:" in line["seen"])
    mark = handles.split("mastodon: ")[1].split(",")[0]
    for private in (played.token, mark, "member-otter", "workshop", "owner@desk.example", "Repair", "ending my life"):
        assert private not in log


def test_the_story_is_verified_again_on_the_same_record(played: Played) -> None:
    again = demo(played.home, played.ports)
    assert again["settled_before"] == []
    workspaces = {
        line["seen"] for one in (played.account, again) for line in one["verified"] if "workspace" in line["seen"]
    }
    assert len(workspaces) == 2
