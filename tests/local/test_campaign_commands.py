"""`parley campaign` reads the record with the rights of a token, and says plainly what it cannot show."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap, settings
from chalicelib.domain.access import Action, Caller, Role
from chalicelib.domain.campaign import Segment, Target
from chalicelib.domain.rationale import Actor
from chalicelib.services import access, campaigns, workspaces
from local.cli import main


class Record:
    """A folder's record with one workspace and one campaign."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.desk = bootstrap.build(settings.read({"PARLEY_HOME": str(home)}))
        self.now = self.desk.clock.now()
        workspace, owner, self.token = workspaces.open_workspace(
            self.desk, "Desk", "UTC", "Owner", "owner@desk.example", self.now
        )
        self.caller = Caller(workspace.id, owner.id, Role.OWNER, "t")
        self.campaign = campaigns.create(
            self.desk,
            self.caller,
            "Spring",
            "More people",
            (Target("posts_published", 3), Target("sign-ups", 40, unit="people")),
            (),
            self.now,
            self.now + timedelta(days=10),
            self.now,
            segments=(Segment("Neighbours", language="de", tags=("bikes",)),),
            budget_micro_usd=1_500_000,
        )

    def narrowed(self, *scopes: Action) -> str:
        given = frozenset(scopes)
        token, _, put = access.new_token(
            self.desk, self.caller.workspace, self.caller.member, Role.OWNER, Actor("operator"), self.now, scopes=given
        )
        self.desk.store.table.put(put.item, put.when)
        return token

    def parley(self, *words: str, token: str | None = None) -> Result:
        asked = ["campaign", words[0], "--home", str(self.home), "--token", token or self.token, *words[1:]]
        return CliRunner().invoke(main, asked)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return Record(tmp_path_factory.mktemp("record"))


def test_a_campaign_is_listed_and_shown(record: Record) -> None:
    listed = record.parley("list").output
    assert f"{record.campaign.id}  running " in listed
    shown = record.parley("show", record.campaign.id).output.splitlines()
    assert shown[0].startswith("Spring: running, ")
    assert shown[1] == "More people"
    assert shown[4:] == [
        "  for      Neighbours (de, bikes)",
        "  accounts any",
        "  budget   $1.50",
        "  posts    none yet",
    ]


def test_what_it_knows_by_id_is_named_as_the_api_names_it(record: Record) -> None:
    told = json.loads(record.parley("show", record.campaign.id, "--json").output)
    assert told["names"]["members"] == {told["owner"]: "Owner"}
    assert set(told["names"]) == {"accounts", "members", "campaigns", "clauses"}


def test_its_progress_is_told_in_words_and_as_the_api_answers(record: Record) -> None:
    told = record.parley("progress", record.campaign.id).output
    assert "  on course     posts_published: 0 of 3" in told
    assert "nothing measures it yet" in told
    answered = json.loads(record.parley("progress", record.campaign.id, "--json").output)
    assert [one["course"] for one in answered["targets"]] == ["on_course", "not_measured"]
    assert answered["budget"]["cap_micro_usd"] == 1_500_000


def test_what_cannot_be_shown_is_told_in_one_sentence(record: Record) -> None:
    for done, words in (
        (record.parley("show", "nosuchcampaign"), "There is no such thing in this workspace."),
        (record.parley("list", token="parley_nobody"), "A valid API token is needed."),
        (record.parley("list", token=record.narrowed(Action.POST_READ)), "this needs the right campaign:read"),
    ):
        assert done.exit_code == 1
        assert done.output == f"Error: {words}\n"


def test_a_narrow_token_that_may_read_campaigns_is_enough(record: Record) -> None:
    assert record.parley("list", token=record.narrowed(Action.CAMPAIGN_READ)).exit_code == 0
