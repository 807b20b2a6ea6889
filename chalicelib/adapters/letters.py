"""A mail in the form in which it travels: RFC 5322, plain text with an HTML alternative.

Both mailers hand over the same bytes, so what the mail-box folder shows is what SES would have sent.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from chalicelib.ports import Mail, MailRefused

ID_HEADER = "X-Parley-Mail-Id"

_CONTROL = re.compile("[\x00-\x1f\x7f]")


def letter(mail: Mail, sender: str, at: datetime) -> bytes:
    """The mail as bytes with CRLF line ends, dated `at`. Raises MailRefused if it has no valid form or no recipient."""
    if not mail.to:
        raise MailRefused("A mail needs a recipient.")
    if any(_CONTROL.search(value) for value in (mail.id, mail.subject, *mail.to)):
        raise MailRefused("A mail header value holds a control character.")
    try:
        message = EmailMessage(policy=SMTP)
        message["From"] = sender
        message["To"] = ", ".join(mail.to)
        _check_recipients(message, len(mail.to))
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(at)
        message[ID_HEADER] = mail.id
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message.as_bytes()
    except (MessageError, ValueError, LookupError) as error:
        # The message of such an error may quote the mail.
        raise MailRefused(f"This mail has no valid form ({type(error).__name__}).") from None


def _check_recipients(message: EmailMessage, count: int) -> None:
    to = message["To"]
    if to.defects or any(group.display_name for group in to.groups) or len(to.addresses) != count:
        raise MailRefused("Each recipient of a mail is one address.")
    for address in to.addresses:
        if not (address.username and address.domain):
            raise MailRefused("A recipient of this mail is not an address.")
        # SES wants other alphabets in a domain as Punycode, and has no form for them before the @.
        # https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html
        if not address.addr_spec.isascii():
            raise MailRefused("A recipient's address is not ASCII; write its domain as Punycode.")
