"""How this house talks to AWS: clients with bounded patience, and one reading of what went wrong.

It must never let a botocore error out of the adapters, and never repeat what AWS said of a request: that may quote it.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectError
from botocore.parsers import ResponseParserError

from chalicelib.ports import EngineBusy, EngineUnusable, PortError

CONNECT_SECONDS = 3
READ_SECONDS = 5
ATTEMPTS = 3

_BUSY = frozenset(
    {
        "DependencyTimeoutException",
        "InternalFailure",
        "InternalServerError",
        "KeyUnavailableException",
        "KMSInternalException",
        "KmsThrottled",
        "LimitExceededException",
        "OverLimit",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_BUSY_STATUS = 429
_SERVER_FAULT = 500

FAILURES = (ClientError, BotoCoreError, ResponseParserError)
"""What a call of a client may raise."""

# Making a client changes the session, which is not safe from several threads.
_MAKING = threading.Lock()


@cache
def _session() -> Any:
    """One botocore session for all clients: boto3's own brings its resources along, at 15 to 25 ms of a cold start."""
    from botocore.session import get_session

    return get_session()


def connect(
    service: str,
    attempts: int = ATTEMPTS,
    signature: str | None = None,
    *,
    region: str = "",
    patience: int = READ_SECONDS,
) -> Any:
    """A client that gives up after 3 s without a connection, or `patience` seconds without an answer.

    attempts: how often a call is tried in all; 1 for what may happen only once. signature: how requests are signed, where
    the service has several ways. region: another than everything else is in. Raises EngineUnusable.
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=patience,
        signature_version=signature,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    with _MAKING:
        try:
            return _session().create_client(service, region or None, config=config)
        except BotoCoreError as error:
            raise EngineUnusable(
                f"No client for AWS {service} could be made ({type(error).__name__}); check the region and the credentials."
            ) from error


def error_code(error: ClientError) -> str:
    """The code by which AWS names an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def http_status(error: ClientError) -> int:
    """The HTTP status of an answer; 0 if it is not known."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_busy(code: str) -> bool:
    """Whether this error code, of an answer or of a cancellation reason, says: later."""
    return code in _BUSY


def port_error(error: Exception, what: str) -> PortError:
    """EngineBusy if the same call may be tried again later, EngineUnusable if somebody has to put something right.

    error: one of FAILURES. what: the resource in the operator's words, such as "table parley".
    """
    if isinstance(error, ClientError):
        code, status = error_code(error), http_status(error)
        if is_busy(code) or status == _BUSY_STATUS or status >= _SERVER_FAULT:
            return EngineBusy(f"AWS has no time for the {what} ({code}).")
        return EngineUnusable(
            f"AWS refused to use the {what} ({code}); check its name, the region and the permissions."
        )
    if isinstance(error, HTTPClientError | ConnectError | ResponseParserError):
        return EngineBusy(f"AWS did not answer for the {what} ({type(error).__name__}).")
    return EngineUnusable(
        f"The {what} cannot be reached ({type(error).__name__}); check the region and the credentials."
    )


def not_heard(error: Exception) -> str:
    """Why a second reader gave no opinion, in words of ours. error: one of FAILURES."""
    if isinstance(error, ClientError):
        return f"it refused ({error_code(error)})"
    return f"it did not answer ({type(error).__name__})"
