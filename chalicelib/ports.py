"""What the services need from the world outside, as Protocols and plain data.

Two engines stand behind each port: `adapters/aws` and `adapters/embedded`. Nothing here does any work, and nothing
here may name a vendor. Conditions and changes are *data*, so that one contract suite can hold both engines to the same
answers (tests/adapters/).

Items are flat-typed JSON: str, int, bool, None, list and dict with str keys. Floats are refused (TypeError): a share is
stored in whole permille, money in whole micro-dollars, so that bytes and comparisons are the same on every engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

Value = Any  # str | int | bool | None | list[Value] | dict[str, Value]; checked at run time by both engines
Item = dict[str, Value]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where one item lies: partition `pk`, place within it `sk`. Both are non-empty."""

    pk: str
    sk: str


# --- conditions, as data ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Equals:
    """The field is there and is this value, of the same type."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Below:
    """The field is there, is of the same type (str or int), and is strictly less than `value`."""

    name: str
    value: str | int


@dataclass(frozen=True, slots=True)
class AtMost:
    """The field is there, is of the same type (str or int), and is less than or equal to `value`."""

    name: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Exists:
    """The item has the field (its value may be None)."""

    name: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The item lacks the field, or there is no such item."""

    name: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds. Needs at least one part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds. Needs at least one part."""

    parts: tuple[Condition, ...]


Condition = Equals | Below | AtMost | Exists | Missing | AllOf | AnyOf


def all_of(*parts: Condition) -> AllOf:
    """Every one of these conditions."""
    return AllOf(parts)


def any_of(*parts: Condition) -> AnyOf:
    """At least one of these conditions."""
    return AnyOf(parts)


ABSENT = Missing("pk")
"""No item lies under this key yet."""

PRESENT = Exists("pk")
"""An item lies under this key."""


# --- changes, as data ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What an update does to one item. A field may be named in one of the four only; `pk` and `sk` in none.

    set: fields to write. remove: fields to drop (dropping what is missing is fine). add: int to add to an int field
    (a missing field counts as 0). append: values to put at the end of a list field (a missing field counts as []).
    """

    set: Mapping[str, Value] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, int] = field(default_factory=dict)
    append: Mapping[str, Sequence[Value]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole item (it holds `pk` and `sk`), replacing what lies there."""

    item: Item
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Change one item; without a condition it is made if it is not there."""

    key: Key
    change: Change
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove one item; removing what is not there is fine."""

    key: Key
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but fail the transaction unless the condition holds."""

    key: Key
    when: Condition


Write = Put | Update | Delete | Check


# --- errors ----------------------------------------------------------------------------------------------------------


class PortError(Exception):
    """A port could not do what was asked."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (self.__doc__ or "").strip().splitlines()[0])


class ConditionFailed(PortError):
    """The condition did not hold, and nothing was written."""

    def __init__(self, detail: str = "", current: Item | None = None, index: int = 0) -> None:
        super().__init__(detail)
        self.current = current
        """The item as it lay there when the condition failed (None: there was none, or the engine does not say)."""
        self.index = index
        """Which write of a transaction failed first, counted from 0."""


class EngineBusy(PortError):
    """The engine is throttled or locked; nothing is known to be written, the same conditional write may be tried again."""


class EngineUnusable(PortError):
    """The store cannot be used as it is; the detail says what is wrong and what to do."""


class MailRefused(PortError):
    """The mail was definitely not sent."""


class MailInDoubt(PortError):
    """The mail may have been sent; it must not be sent again by itself."""


class SealBroken(PortError):
    """A sealed value could not be opened: wrong key, wrong context, or changed bytes."""


class FetchRefused(PortError):
    """An address is not followed, or what it gave is not taken; nothing would be different the next time."""


class FetchFailed(PortError):
    """An address did not answer as it should; it may at another time."""


class NotHeard(PortError):
    """A second reader gave no opinion; what was decided without it stands. The detail says why, in words of ours."""


# --- the ports -------------------------------------------------------------------------------------------------------


class Index(StrEnum):
    """The two sparse indexes of the table. Both hold keys only and may lag: they suggest, a conditional write decides."""

    DUE = "due"
    """Needs attention at: partition field `g`, sort field `gs`."""
    SHELF = "shelf"
    """Lists for people, in order: partition field `l`, sort field `ls`."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a query. `after` asks for the next page; None when there is none."""

    items: list[Item]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an index: the item's key and its sort value there."""

    key: Key
    sort: str


@dataclass(frozen=True, slots=True)
class Entries:
    """One page of an index query. `after` asks for the next page; None when there is none."""

    rows: list[Entry]
    after: str | None = None


class Table(Protocol):
    """The record: a narrow item store with conditional writes. Reads by key are strongly consistent unless they may lag."""

    def get(self, key: Key) -> Item | None:
        """The item under a key, or None."""

    def get_many(self, keys: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        """The items under these keys, in the order asked, None where there is none. Any number of keys; repeats allowed.

        may_lag: an item may be told as it was some moments ago, which costs less. Only for who decides nothing by it: where
        a conditional write decides, or what is old does no more than make the next look necessary.
        """

    def put(self, item: Item, when: Condition | None = None) -> None:
        """Write a whole item. Raises ConditionFailed, EngineBusy."""

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        """Change one item and return it as it is afterwards. Raises ConditionFailed, EngineBusy."""

    def delete(self, key: Key, when: Condition | None = None) -> None:
        """Remove one item. Raises ConditionFailed, EngineBusy."""

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        """Items of one partition whose `sk` begins with `prefix`, ordered by `sk` (by its UTF-8 bytes)."""

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
        """Rows of one index partition, ordered by sort value then key, only those with sort value <= `upto` if given."""

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """The first page of each of these partitions, in their order, as `query_index` gives it; at once where it pays."""

    def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes (1 to 100, each key at most once), or none. Raises ConditionFailed with `index`, EngineBusy."""

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """Each group as `transact` would, in this order and each for itself; what failed stands in its group's place.

        An engine may make one commit of them all. Raises EngineBusy; then some groups, from the first on, may be written.
        """

    def in_turn(self, writes: Sequence[Write]) -> None:
        """One after the other, each for itself, up to the first whose condition fails; an engine may make one commit of them.

        Raises ConditionFailed with `index`: those before it are written, those after it are not. Raises EngineBusy; then
        some, from the first on, may be written.
        """

    def time(self) -> datetime | None:
        """The engine's own time now, known to a second, whatever this worker's clock says; None where it is not known.

        AWS: the Date of its last answer and what has passed since; not known before the first answer. Embedded: the
        machine's clock as it ran before somebody set it; not known to a table that was given no clock.
        """


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of a queue message. `receipt` deletes this delivery; `deliveries` counts from 1."""

    id: str
    body: str
    receipt: str
    deliveries: int


class QueueName(StrEnum):
    """The queues, by what their messages ask for. Messages are hints: the table is the truth."""

    PUBLISH = "publish"
    LISTEN = "listen"
    TRIAGE = "triage"
    REVIEW = "review"


class Queue(Protocol):
    """At-least-once message queues with delay, visibility and a dead-letter queue each."""

    def send(self, queue: QueueName, body: str, delay: timedelta = timedelta(0)) -> None:
        """Put a message on a queue, visible after `delay` (0 to 900 s) and never before. Raises EngineBusy.

        An engine that counts whole seconds waits for the next one.
        """

    def send_many(self, queue: QueueName, messages: Sequence[tuple[str, timedelta]]) -> None:
        """Put messages on a queue, each with its delay as `send` takes it, in as few requests as the engine can.

        Raises EngineBusy; then any of them may be on the queue.
        """

    def receive(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Up to `limit` (1 to 10) visible messages, hidden from others for the queue's visibility time. Never waits."""

    def delete(self, queue: QueueName, receipt: str) -> None:
        """Done with this delivery; deleting twice is fine."""

    def dead(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Look at (without hiding or removing) messages that were given up after too many deliveries."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `id` is the same whenever the same mail is meant. No header value may hold CR or LF (ValueError)."""

    id: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str

    def __post_init__(self) -> None:
        for value in (self.id, self.subject, *self.to):
            if "\r" in value or "\n" in value:
                raise ValueError("a mail header value may not hold a line break")


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand one mail over for delivery. Raises MailRefused (definitely not sent) or MailInDoubt."""


class Vault(Protocol):
    """Seals secrets so that the record never holds them in the clear."""

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:
        """The sealed form as ASCII text. The same context is needed to open it."""

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:
        """What was sealed. Raises SealBroken, and EngineBusy where the key service does not answer."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """How a browser hands bytes over to the store by itself: one multipart POST of `fields`, then the file as `file`."""

    url: str
    fields: Mapping[str, str]


class Blobs(Protocol):
    """Bytes under names, kept until they are deleted. A name is made of ids of ours: `[a-z0-9._-]` in parts between `/`."""

    def put(self, name: str, data: bytes, mime: str) -> None:
        """Keep these bytes under this name, whole or not at all, instead of what was there. Raises EngineBusy."""

    def get(self, name: str) -> bytes | None:
        """The bytes under this name, or None. Raises EngineBusy."""

    def delete(self, name: str) -> None:
        """Forget a name; forgetting what is not there is fine. Raises EngineBusy."""

    def form(self, name: str, mime: str, most: int, lifetime: timedelta) -> UploadForm | None:
        """A form by which somebody without credentials may put 1 to `most` bytes under this name, once or again.

        None: the engine has none, and takes bytes from us alone.
        """


@dataclass(frozen=True, slots=True)
class Validators:
    """What an address said when it was fetched, by which it tells whether anything has changed since."""

    etag: str | None = None
    modified: str | None = None


UNKNOWN = Validators()
"""Nothing is known of an address yet."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. url: where it came from in the end. mime: as the sender labels it, lower case, no parameters.

    changed: False where it is as it was by the validators that were sent; then there is no data.
    """

    url: str
    mime: str
    data: bytes = field(repr=False)
    validators: Validators = UNKNOWN
    changed: bool = True


class Fetcher(Protocol):
    """The only road by which an address is followed that a person, or a document of a stranger, has named."""

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:
        """What is at a public https address: at most so many bytes, labelled as one of these types.

        Raises FetchRefused, FetchFailed.
        """


@dataclass(frozen=True, slots=True)
class Question:
    """How strongly is each label present in a text, and for which reason? Its personal data is masked before it is asked."""

    text: str = field(repr=False)
    language: str | None
    labels: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a second reader said, unchecked (`domain/second_opinion.py` does that), and what it cost as far as it knows."""

    figures: Value = field(repr=False)
    reason: Value = field(repr=False)
    micro_usd: int


class SecondReader(Protocol):
    """Somebody outside who reads a text once more. Whatever goes wrong there is NotHeard, and never another error."""

    name: str
    """Who answers, down to the version of model and question: it stands in the rationale of what was decided."""
    labels: frozenset[str]
    """The labels it can tell."""

    def price(self, question: Question) -> int:
        """What asking may cost at most, in micro-dollars. Asks nobody. Raises NotHeard where it cannot read this."""

    def ask(self, question: Question) -> Answer:
        """Ask once, with a deadline of a few seconds. Raises NotHeard."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""


class Entropy(Protocol):
    """A source of unguessable bytes."""

    def token(self, size: int) -> bytes:
        """`size` random bytes."""
