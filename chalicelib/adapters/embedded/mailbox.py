"""Mail on one machine: every mail is one .eml file in a folder, which the console shows and any mail program opens.

The same mail handed over twice is one file. It must never send anything anywhere, and never leave half a file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

from chalicelib.adapters.embedded.clock import SystemClock
from chalicelib.adapters.embedded.files import write_whole
from chalicelib.adapters.letters import ID_HEADER, letter
from chalicelib.ports import Clock, EngineUnusable, Mail, MailRefused

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class FiledMail:
    """A mail as it lies in the folder: when it was handed over (UTC, whole seconds), and in which file."""

    mail: Mail
    at: datetime
    path: Path


class FolderMailer:
    """ports.Mailer into a folder."""

    def __init__(
        self, folder: Path | str, sender: str = "Parley <parley@localhost>", clock: Clock | None = None
    ) -> None:
        """Make the folder (mode 0700) if it is not there. Raises EngineUnusable."""
        self._folder = Path(folder)
        self._sender = sender
        self._clock = clock or SystemClock()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EngineUnusable(f"The mail folder {folder} cannot be made; name a folder you may write to.") from error

    def send(self, mail: Mail) -> None:
        """File one mail; the first under an id stays. Raises MailRefused if it has no valid form or cannot be filed."""
        path = self._folder / _file_name(mail.id)
        if path.exists():
            return
        content = letter(mail, self._sender, self._clock.now())
        try:
            write_whole(path, content, keep=True)
        except OSError as error:
            raise MailRefused(f"The mail folder {self._folder} cannot be written.") from error

    def list_mails(self) -> list[FiledMail]:
        """All mails of the folder, the newest first. Line ends in texts are plain newlines."""
        mails = [_filed(path) for path in self._folder.glob("*.eml")]
        return sorted(mails, key=lambda filed: (filed.at, filed.mail.id), reverse=True)


def _file_name(mail_id: str) -> str:
    readable = _NOT_IN_A_NAME.sub("-", mail_id)[:60].strip("-")
    fingerprint = hashlib.sha256(mail_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}-{fingerprint}.eml"


def _filed(path: Path) -> FiledMail:
    message = message_from_bytes(path.read_bytes(), EmailMessage, policy=SMTP)
    mail = Mail(
        id=str(message[ID_HEADER]),
        to=tuple(str(address) for address in message["To"].addresses),
        subject=str(message["Subject"]),
        text=_content(message, "plain"),
        html=_content(message, "html"),
    )
    return FiledMail(mail, parsedate_to_datetime(str(message["Date"])).astimezone(UTC), path)


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")
