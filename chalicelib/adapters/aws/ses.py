"""Mail on AWS: the Mailer port over SES, as raw RFC 5322 messages.

A mail leaves at most once: there is no second try, and whatever is not a clear answer is MailInDoubt. SES v1 is used
since its raw message carries our own header, by which a person finds a mail again.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from chalicelib.adapters.aws import calls
from chalicelib.adapters.embedded.clock import SystemClock
from chalicelib.adapters.letters import letter
from chalicelib.ports import Clock, EngineUnusable, Mail, MailInDoubt, MailRefused

_REQUEST_TIMEOUT = 408
_SERVER_FAULT = 500

_BEFORE_SENDING = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)


class SesMailer:
    """ports.Mailer over SES."""

    def __init__(self, sender: str, client: Any = None, clock: Clock | None = None) -> None:
        """sender: the From of every mail, of a verified identity. client: a boto3 "ses" client that never retries."""
        self._sender = sender
        self._given = client
        self._clock = clock or SystemClock()

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("ses", attempts=1)

    def send(self, mail: Mail) -> None:
        """Hand one mail over for delivery. Raises MailRefused (definitely not sent) or MailInDoubt."""
        raw = letter(mail, self._sender, self._clock.now())
        try:
            client = self._client
        except EngineUnusable as error:
            raise MailRefused(str(error)) from error
        try:
            client.send_raw_email(Source=self._sender, Destinations=list(mail.to), RawMessage={"Data": raw})
        except calls.FAILURES as error:
            raise _failure(error) from error


def _failure(error: Exception) -> MailRefused | MailInDoubt:
    name = type(error).__name__
    if isinstance(error, ClientError):
        code, status = calls.error_code(error), calls.http_status(error)
        if 0 < status < _SERVER_FAULT and status != _REQUEST_TIMEOUT:
            return MailRefused(f"SES refused the mail ({code}).")
        return MailInDoubt(f"SES failed while it had the mail ({code}).")
    if isinstance(error, _BEFORE_SENDING):
        return MailRefused(
            f"The mail did not leave for SES ({name}); check the network, the region and the credentials."
        )
    return MailInDoubt(f"SES did not answer ({name}).")
