"""`parley export` prints what the record holds, whole, with the rights of a token and no others."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.domain.access import Action
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.measuring import Sample
from chalicelib.domain.rationale import Actor
from local import export_commands
from local.cli import main
from tests.local.test_campaign_commands import Record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "record")


def export(record: Record, *words: str, token: str | None = None) -> Result:
    return CliRunner().invoke(
        main, ["export", words[0], "--home", str(record.home), "--token", token or record.token, *words[1:]]
    )


def test_every_count_is_printed_however_many_pages_there_are(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = record.caller.workspace
    account = Account("a1", workspace, "mastodon", "https://m.example", "1", "cafe", AccountState.ACTIVE, record.now)
    connected = AuditEvent(workspace, "account:a1", "connect", record.now, Actor("test"), "a test", None, "active")
    record.desk.store.accounts.create(account, connected)
    for day in range(5):
        sample = Sample(record.now - timedelta(days=day), {"followers": 10 - day})
        record.desk.store.measurings.keep_account(workspace, account.id, sample)
    monkeypatch.setattr(export_commands, "PAGE", 2)
    printed = export(record, "account-metrics")
    assert printed.exit_code == 0, printed.output
    rows = list(csv.DictReader(io.StringIO(printed.output.removeprefix("\ufeff"))))
    assert [one["followers"] for one in rows] == ["10", "9", "8", "7", "6"]
    told = json.loads(export(record, "account-metrics", "--json").output)
    assert [one["counts"] for one in told] == [{"followers": 10 - day} for day in range(5)]


def test_where_nothing_was_counted_there_is_a_heading_and_an_empty_list(record: Record) -> None:
    assert export(record, "metrics").output.startswith("\ufeffpost,variant,")
    assert json.loads(export(record, "metrics", "--json").output) == []
    assert export(record, "posts").output.count("\n") == 1


def test_a_token_without_the_right_is_told_which_one_it_lacks(record: Record) -> None:
    narrow = record.narrowed(Action.CAMPAIGN_READ)
    for what, right in (("posts", "post:read"), ("metrics", "post:read"), ("account-metrics", "account:read")):
        refused = export(record, what, token=narrow)
        assert refused.exit_code == 1
        assert right in refused.output
