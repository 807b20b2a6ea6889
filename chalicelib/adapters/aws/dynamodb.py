"""The record on AWS: the Table port in one DynamoDB table with two KEYS_ONLY indexes, `due` (g, gs) and `shelf` (l, ls).

Writes are conditional requests; reads by key are strongly consistent, those that may lag are not and cost half. Indexes
lag, as the port says.

A lost answer is tried again by botocore, so a conditional write that did succeed may be reported as ConditionFailed:
compare the owner in `current` with your own. An unconditional add or append is sent once only, since a second try
would count twice. A transaction carries a token (botocore makes it) by which DynamoDB knows the second try.

It must never log or quote an item, and never take what the embedded engine would refuse (`adapters.items`).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters import items
from chalicelib.adapters.aws import calls
from chalicelib.adapters.aws.expressions import Expression, Wire, item_from_wire, wire_item, wire_key
from chalicelib.adapters.steady import seconds_running
from chalicelib.ports import (
    AtMost,
    Change,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    EngineBusy,
    Entries,
    Entry,
    Equals,
    Index,
    Item,
    Key,
    Put,
    Rows,
    Update,
    Write,
)

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_BATCH = 100
_SIDE_BY_SIDE = 8
"""botocore keeps 10 connections open by default; what is more would wait for one."""
_FRUITLESS_ROUNDS = 5
_FIRST_PAUSE_SECONDS = 0.05


class DynamoTable:
    """ports.Table in a DynamoDB table."""

    def __init__(self, table_name: str, client: Any = None, running: Callable[[], float] = seconds_running) -> None:
        """client: a boto3 "dynamodb" client; without one it is made at the first call. running: seconds, never set."""
        self._name = table_name
        self._given = client
        self._running = running
        self._heard: tuple[datetime, float] | None = None
        """The Date of the last answer, and when it came by `running`."""

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("dynamodb")

    @cached_property
    def _once(self) -> Any:
        return self._given or calls.connect("dynamodb", attempts=1)

    def get(self, key: Key) -> Item | None:
        """The item under a key, or None. Raises EngineBusy, EngineUnusable."""
        wire = wire_key(items.checked_key(key))
        answer = self._asked(self._client.get_item, {"Key": wire, "ConsistentRead": True})
        return item_from_wire(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        """The items under these keys, in the order asked, None where there is none. Raises EngineBusy."""
        clean = [items.checked_key(key) for key in keys]
        wanted = list(dict.fromkeys(clean))
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), _BATCH):
            for item in self._batch(wanted[start : start + _BATCH], consistent=not may_lag):
                found[Key(item["pk"], item["sk"])] = item
        # The same item asked for twice is two items, as from the other engine.
        return [_copied(found.get(key)) for key in clean]

    def put(self, item: Item, when: Condition | None = None) -> None:
        """Write a whole item. Raises ConditionFailed, EngineBusy; TypeError or ValueError for what cannot be stored."""
        self._write(self._client.put_item, items.checked_write(Put(item, when)))

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        """Change one item and return it as it is afterwards. Raises as `put` does."""
        write = items.checked_write(Update(key, change, when))
        repeatable = when is not None or not (change.add or change.append)
        client = self._client if repeatable else self._once
        answer = self._write(client.update_item, write, ReturnValues="ALL_NEW")
        return item_from_wire(answer["Attributes"])

    def delete(self, key: Key, when: Condition | None = None) -> None:
        """Remove one item. Raises ConditionFailed, EngineBusy."""
        self._write(self._client.delete_item, items.checked_write(Delete(key, when)))

    def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes, or none. Raises ConditionFailed with `index`, EngineBusy."""
        requests = [
            {_OPERATION[type(write)]: {"TableName": self._name, **_request(write)}}
            for write in items.checked_writes(writes)
        ]
        try:
            self._answer(self._client.transact_write_items, TransactItems=requests)
        except calls.FAILURES as error:
            raise self._write_error(error) from error

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """Each group all or none, one after the other; what failed stands in its group's place. Raises EngineBusy.

        A group of one write is no transaction, which would cost twice.
        """
        clean = [items.checked_writes(writes) for writes in groups]
        failures: list[ConditionFailed | None] = []
        for writes in clean:
            try:
                self._alone(writes[0]) if len(writes) == 1 else self.transact(writes)
            except ConditionFailed as failed:
                failures.append(failed)
            else:
                failures.append(None)
        return failures

    def in_turn(self, writes: Sequence[Write]) -> None:
        """Each for itself, up to the first that fails. Raises ConditionFailed with `index`, EngineBusy."""
        for index, write in enumerate(items.checked_writes(writes)):
            try:
                self._alone(write)
            except ConditionFailed as failed:
                raise ConditionFailed(str(failed), failed.current, index) from failed

    def _alone(self, write: Write) -> None:
        match write:
            case Put(item, when):
                self.put(item, when)
            case Update(key, change, when):
                self.update(key, change, when)
            case Delete(key, when):
                self.delete(key, when)
            case Check():
                self.transact([write])

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        """Items of one partition whose `sk` begins with `prefix`, ordered by `sk`. Raises ValueError on a bad token."""
        limit = items.checked_limit(limit)
        pk, prefix = items.checked_partition(pk, "pk"), items.checked_prefix(prefix)
        words = Expression()
        condition = words.condition(Equals("pk", pk))
        if prefix:
            condition += f" AND begins_with({words.name('sk')}, {words.value(prefix)})"
        request = {
            "KeyConditionExpression": condition,
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
            **words.parameters(),
        }
        start = None if after is None else wire_key(Key(pk, items.checked_query_token(after, prefix)))
        rows = [item_from_wire(row) for row in self._rows(request, limit, start)]
        page = rows[:limit]
        return Rows(page, items.page_token(page[-1]["sk"]) if rows[limit:] else None)

    def query_index(
        self,
        index: Index,
        partition: str,
        *,
        upto: str | None = None,
        limit: int = 100,
        newest_first: bool = False,
        after: str | None = None,
    ) -> Entries:
        """Rows of one index partition, ordered by sort value. Raises ValueError on a bad token.

        Among equal sort values DynamoDB promises no order, only that paging neither skips nor repeats a row; within a
        page they are put in order of key.
        """
        limit = items.checked_limit(limit)
        group, sort = items.INDEX_FIELDS[index]
        partition = items.checked_partition(partition, group)
        words = Expression()
        condition = words.condition(Equals(group, partition))
        if upto is not None:
            condition += f" AND {words.condition(AtMost(sort, items.checked_partition(upto, sort)))}"
        request = {
            "IndexName": index.value,
            "KeyConditionExpression": condition,
            "ScanIndexForward": not newest_first,
            **words.parameters(),
        }
        start = None
        if after is not None:
            at, pk, sk = items.checked_index_token(after, index, upto)
            start = {**wire_key(Key(pk, sk)), group: {"S": partition}, sort: {"S": at}}
        rows = [item_from_wire(row) for row in self._rows(request, limit, start)]
        page = [Entry(Key(row["pk"], row["sk"]), row[sort]) for row in rows[:limit]]
        token = items.page_token(page[-1].sort, page[-1].key.pk, page[-1].key.sk) if rows[limit:] else None
        return Entries(sorted(page, key=lambda row: (row.sort, row.key), reverse=newest_first), token)

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """The first page of each of these partitions, in their order; asked side by side, since each waits for AWS."""
        from concurrent.futures import ThreadPoolExecutor

        _ = self._client  # made before the threads begin
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
            return list(threads.map(lambda one: self.query_index(index, one, upto=upto, limit=limit), partitions))

    def time(self) -> datetime | None:
        """AWS's own time now: the Date of its last answer, a refusal too, and what has passed since; None before that.

        The Date is cut to the second and some ms old. Ask after a read: a Lambda may have been frozen before it.
        """
        if self._heard is None:
            return None
        told, then = self._heard
        return told + timedelta(seconds=self._running() - then)

    def _answer(self, call: Any, **request: Any) -> Any:
        """What AWS answers; its Date is kept."""
        try:
            answer = call(**request)
        except ClientError as refusal:
            self._keep_date(refusal.response)
            raise
        self._keep_date(answer)
        return answer

    def _keep_date(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        # A Date without a zone, or none at all, tells nothing.
        with suppress(ValueError):
            told = parsedate_to_datetime(date)
            if told.tzinfo is not None:
                self._heard = told, self._running()

    def _rows(self, request: Mapping[str, Any], limit: int, start: dict[str, Wire] | None) -> list[dict[str, Wire]]:
        """Up to `limit` + 1 rows: the one more than asked tells whether there is a next page.

        DynamoDB ends its own pages at 1 MB, so one page of ours may take several requests.
        """
        rows: list[dict[str, Wire]] = []
        while len(rows) <= limit:
            begin = {"ExclusiveStartKey": start} if start else {}
            answer = self._asked(self._client.query, {**request, **begin, "Limit": limit + 1 - len(rows)})
            rows += answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if not start:
                break
        return rows

    def _batch(self, keys: Sequence[Key], *, consistent: bool) -> Iterator[Item]:
        """The items of at most 100 different keys. Raises EngineBusy if DynamoDB keeps leaving some of them out."""
        pending = [wire_key(key) for key in keys]
        fruitless = 0
        while pending:
            request = {"RequestItems": {self._name: {"Keys": pending, "ConsistentRead": consistent}}}
            try:
                answer = self._answer(self._client.batch_get_item, **request)
            except calls.FAILURES as error:
                raise calls.port_error(error, self._what) from error
            yield from map(item_from_wire, answer["Responses"].get(self._name, []))
            left = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            # Leaving some out is normal when the answer would exceed 16 MB; answering none is throttling.
            fruitless = 0 if len(left) < len(pending) else fruitless + 1
            if fruitless >= _FRUITLESS_ROUNDS:
                raise EngineBusy(f"AWS has no time for the {self._what} (unprocessed keys).")
            if left and fruitless:
                time.sleep(_FIRST_PAUSE_SECONDS * 2**fruitless * random.uniform(0.5, 1))  # noqa: S311
            pending = left

    @property
    def _what(self) -> str:
        return f"table {self._name}"

    def _asked(self, call: Any, request: Mapping[str, Any]) -> Any:
        try:
            return self._answer(call, TableName=self._name, **request)
        except calls.FAILURES as error:
            raise calls.port_error(error, self._what) from error

    def _write(self, call: Any, write: Write, **more: str) -> Any:
        try:
            return self._answer(call, TableName=self._name, **_request(write), **more)
        except calls.FAILURES as error:
            raise self._write_error(error) from error

    def _write_error(self, error: Exception) -> Exception:
        if isinstance(error, ClientError):
            code = calls.error_code(error)
            if code == "ConditionalCheckFailedException":
                return ConditionFailed(current=_current(error.response))
            if code == "TransactionCanceledException":
                return self._cancelled(error)
            if code == "ValidationException":
                told = error.response["Error"].get("Message", "")
                return _refusal(told) or calls.port_error(error, self._what)
        return calls.port_error(error, self._what)

    def _cancelled(self, error: ClientError) -> Exception:
        """What a cancelled transaction is called: a failed condition before anything that may pass by itself."""
        reasons = error.response.get("CancellationReasons", [])
        for index, reason in enumerate(reasons):
            if reason.get("Code") == "ConditionalCheckFailed":
                return ConditionFailed(current=_current(reason), index=index)
        for reason in reasons:
            if calls.is_busy(reason.get("Code", "")):
                return EngineBusy(f"AWS has no time for the {self._what} ({reason['Code']}).")
        for reason in reasons:
            refusal = _refusal(reason.get("Message", "")) if reason.get("Code") == "ValidationError" else None
            if refusal:
                return refusal
        return calls.port_error(error, self._what)


_OPERATION: Mapping[type[Write], str] = {Put: "Put", Update: "Update", Delete: "Delete", Check: "ConditionCheck"}


def _request(write: Write) -> dict[str, Any]:
    """The parameters of one checked write; the same alone and within a transaction."""
    words = Expression()
    request: dict[str, Any] = {}
    match write:
        case Put(item):
            items.check_size(item, json.dumps(item))
            request["Item"] = wire_item(item)
        case Update(key, change):
            request["Key"] = wire_key(key)
            request["UpdateExpression"] = words.change(change)
        case Delete(key) | Check(key):
            request["Key"] = wire_key(key)
    if write.when is not None:
        request["ConditionExpression"] = words.condition(write.when)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return {**request, **words.parameters()}


def _current(told: Mapping[str, Any]) -> Item | None:
    return item_from_wire(told["Item"]) if told.get("Item") else None


def _refusal(message: str) -> Exception | None:
    """DynamoDB's refusal of what only it can see, the item as the change would leave it; None if it is about more.

    The messages: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    if "operand" in message:
        return TypeError("a change can add only to an int and append only to a list")
    if "size" in message:
        return ValueError(f"the item is larger than {items.MAX_ITEM_BYTES // 1024} KB")
    if "overflow" in message or "significant digits" in message:
        return ValueError("a change would make a number of more than 38 digits")
    return None


def _copied(item: Item | None) -> Item | None:
    return None if item is None else item_from_wire(wire_item(item))
