"""What every Mailer hands over, whatever stands behind it."""

from __future__ import annotations

import stat
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.ports import EngineUnusable, Mail, MailRefused
from tests.adapters.engines import MailBench, Turntable, ordinary_user

MAIL = Mail(
    id="digest#W1#2026-03-01",
    to=("Jo Öst <jo@parley.example>", "kim@parley.example"),
    subject="Wöchentlich: 12 Beiträge, eine Eskalation – und ein sehr langer Betreff, der gefaltet werden muss 🦉",
    text="Grüße\nzwei Zeilen\n",
    html="<p>Grüße &amp; <b>zwei</b> Zeilen</p>\n",
)


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, EmailMessage, policy=default)


def test_a_mail_arrives_with_its_text_its_html_and_its_id(mail_bench: MailBench) -> None:
    mail_bench.mailer.send(MAIL)
    (raw,) = mail_bench.sent()
    message = parsed(raw)
    assert message["From"] == "Parley <desk@parley.example>"
    assert [address.addr_spec for address in message["To"].addresses] == ["jo@parley.example", "kim@parley.example"]
    assert message["To"].addresses[0].display_name == "Jo Öst"
    assert message["Subject"] == MAIL.subject
    assert message["X-Parley-Mail-Id"] == MAIL.id
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    contents = [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()]
    assert contents == [MAIL.text, MAIL.html]


def test_lines_are_as_short_as_mail_servers_ask(mail_bench: MailBench) -> None:
    # https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
    mail_bench.mailer.send(replace(MAIL, subject="s" * 3000, text="t" * 5000, html="<p>" + "ü" * 5000))
    (raw,) = mail_bench.sent()
    assert max(len(line) for line in raw.splitlines()) <= 998


@pytest.mark.parametrize(
    "change",
    [
        {"to": ()},
        {"to": ("nobody",)},
        {"to": ("",)},
        {"to": ("jo@parley.example, mal@elsewhere.example",)},
        {"to": ("jo@parley.example;mal@elsewhere.example",)},
        {"to": ("friends: jo@parley.example;",)},
        {"to": ("Jo Öst jo@parley.example",)},
        {"to": ("jö@parley.example",)},
        {"to": ("jo@pärley.example",)},
        {"subject": "a\x00b"},
        {"subject": "a\ud800"},
        {"text": "a\ud800"},
        {"html": "a\ud800"},
    ],
    ids=ascii,
)
def test_a_mail_without_a_valid_form_is_refused(mail_bench: MailBench, change: dict[str, str]) -> None:
    with pytest.raises(MailRefused) as refusal:
        mail_bench.mailer.send(replace(MAIL, **change))
    assert "elsewhere" not in str(refusal.value)
    assert mail_bench.sent() == []


# --- on one machine only ---------------------------------------------------------------------------------------------


@pytest.fixture
def mailer(tmp_path: Path) -> FolderMailer:
    return FolderMailer(tmp_path / "mail", clock=Turntable())


def test_the_same_mail_twice_is_one_file(mailer: FolderMailer, tmp_path: Path) -> None:
    mailer.send(MAIL)
    mailer.send(replace(MAIL, subject="again"))
    (filed,) = mailer.list_mails()
    assert filed.mail.subject == MAIL.subject
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [filed.path.name]


def test_a_filed_mail_reads_as_it_was_sent(tmp_path: Path) -> None:
    clock = Turntable()
    mailer = FolderMailer(tmp_path / "mail", clock=clock)
    for number in range(3):
        mailer.send(replace(MAIL, id=f"mail {number}"))
        clock.turn(60)
    filed = mailer.list_mails()
    assert [one.mail.id for one in filed] == ["mail 2", "mail 1", "mail 0"]
    assert filed[2].mail == replace(MAIL, id="mail 0")
    assert (clock.now() - filed[0].at).total_seconds() == 60


def test_ids_that_differ_never_share_a_file_and_never_leave_the_folder(mailer: FolderMailer, tmp_path: Path) -> None:
    ids = ["a/b", "a.b", "../a", "/etc/passwd", ".", "..", "a b", "A b", "ü", "x" * 300, "x" * 301, "-", ""]
    for mail_id in ids:
        mailer.send(replace(MAIL, id=mail_id))
    assert sorted(filed.mail.id for filed in mailer.list_mails()) == sorted(ids)
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]


def test_a_mail_file_is_for_its_owner_only(mailer: FolderMailer) -> None:
    mailer.send(MAIL)
    (filed,) = mailer.list_mails()
    assert stat.S_IMODE(filed.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(filed.path.parent.stat().st_mode) == 0o700
    assert filed.path.suffix == ".eml"


def test_a_folder_that_cannot_be_written_refuses(open_folder: Path) -> None:
    with ordinary_user():
        mailer = FolderMailer(open_folder / "mail")
        (open_folder / "mail").chmod(0o500)
        with pytest.raises(MailRefused, match="cannot be written"):
            mailer.send(MAIL)
        (open_folder / "mail").chmod(0o700)
        mailer.send(MAIL)
        assert len(mailer.list_mails()) == 1


def test_a_folder_that_cannot_be_made_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(EngineUnusable, match="mail folder"):
        FolderMailer(tmp_path / "mail")
