"""The DynamoDB table as moto plays it, for one run after the other, and what AWS says when it does not do as asked.

A fault at one of the table's boundaries reaches the adapter in AWS's own words: a throttled call, a cancelled transaction
or a server error instead of the call; a connection that times out after it. It must never start moto twice, nor reach AWS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, TypeVar

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.adapters.aws.dynamodb import DynamoTable
from tests.adapters import engines
from tests.simulation.road import Fault

T = TypeVar("T")

_NAME = "parley"
_CODES = {
    500: "InternalServerError",
    502: "ProvisionedThroughputExceededException",
    503: "ThrottlingException",
    504: "RequestLimitExceeded",
}
"""What a fault's status stands for here."""
_REASONS = {500: "TransactionConflict", 502: "ProvisionedThroughputExceeded", 503: "ThrottlingError"}
_WRITES = frozenset({"DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})
_running: list[None] = []


@contextmanager
def running() -> Iterator[None]:
    """moto, for as long as plans are run; started once, however often it is asked for."""
    if _running:
        yield
        return
    with engines.fake_aws():
        _running.append(None)
        try:
            engines.create_table(engines.client("dynamodb"), _NAME)
            yield
        finally:
            _running.clear()


def empty_table() -> DynamoTable:
    """The one table, with nothing in it."""
    region = engines.client("dynamodb").meta.region_name
    dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables[_NAME].items = defaultdict(dict)
    return DynamoTable(_NAME, engines.client("dynamodb"))


class AwsFails:
    """What the road's faults look like to the adapter: ports.SimulatedTable calls these in place of its own."""

    def refuse(self, fault: Fault, effect: Callable[[], T]) -> T:
        """AWS does not do it: the adapter must call that EngineBusy."""
        return self._busy(_hooks().refused_with(fault.status), effect)

    def lose_the_answer(self, _: Fault, effect: Callable[[], T]) -> T:
        """AWS does it, and the answer never arrives: EngineBusy again."""
        return self._busy(_hooks().unanswered(), effect)

    @staticmethod
    def _busy(armed: AbstractContextManager[None], effect: Callable[[], T]) -> T:
        with armed:
            effect()
        raise AssertionError("the adapter did not notice that AWS failed")


class _Hooks:
    """Stands before and after every call of the one client."""

    def __init__(self) -> None:
        self._status: int | None = None
        self._unanswered = False
        events = engines.client("dynamodb").meta.events
        events.register("before-call.dynamodb", self._before)
        events.register("after-call.dynamodb", self._after)

    @contextmanager
    def refused_with(self, status: int) -> Iterator[None]:
        """No call gets through."""
        self._status = status
        try:
            yield
        finally:
            self._status = None

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        """No answer gets back."""
        self._unanswered = True
        try:
            yield
        finally:
            self._unanswered = False

    def _before(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if self._status is None:
            return None
        code, more = _CODES[self._status], {}
        if model.name == "TransactWriteItems" and self._status in _REASONS:
            # One write of the transaction met somebody else; the others say nothing.
            code, more = "TransactionCanceledException", {"CancellationReasons": [{"Code": _REASONS[self._status]}]}
        status = 500 if code == "InternalServerError" else 400
        told = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
        return AWSResponse(params["url"], status, {}, b""), told

    def _after(self, model: Any, **_: Any) -> None:
        # Whoever looks on reads around the write (`lagging`), and is answered.
        if self._unanswered and model.name in _WRITES:
            raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid")


@cache
def _hooks() -> _Hooks:
    return _Hooks()
