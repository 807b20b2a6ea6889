"""The time that an engine tells: its own, whatever a worker's clock says, and deaf to a clock that is set."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.aws.dynamodb import DynamoTable
from chalicelib.adapters.embedded.clock import SETTLES_AFTER, SteadyClock
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.steady import seconds_running
from chalicelib.ports import EngineBusy, Table
from tests.adapters.engines import HERE, Turntable

SECOND = timedelta(seconds=1)


def test_after_an_answer_the_time_is_known_to_a_second(table: Table) -> None:
    table.get(HERE)
    told = table.time()
    assert told is not None
    assert told.utcoffset() == timedelta(0)
    assert -0.5 * SECOND < datetime.now(UTC) - told < 1.5 * SECOND


def test_a_table_that_was_given_no_clock_does_not_know_the_time() -> None:
    assert SqliteTable(":memory:").time() is None


def test_what_runs_is_never_set_and_goes_as_fast_as_time() -> None:
    before, began = seconds_running(), time.perf_counter()
    while time.perf_counter() < began + 0.05:
        pass
    passed = seconds_running() - before
    assert 0.05 <= passed < 5


# --- AWS: the Date of its answers ------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def dated(date: str) -> dict[str, Any]:
    return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}


@dataclass
class Answering:
    """A client of DynamoDB whose answers bear the dates given, one by one."""

    dates: list[str]

    def get_item(self, **_: Any) -> dict[str, Any]:
        return dated(self.dates.pop(0))

    def put_item(self, **_: Any) -> dict[str, Any]:
        answer = {"Error": {"Code": "ThrottlingException"}, **dated(self.dates.pop(0))}
        raise ClientError(answer, "PutItem")  # type: ignore[arg-type]


@dataclass
class Passing:
    """A DynamoDB table at noon by AWS's time, and the seconds that pass on this machine."""

    dates: list[str]
    seconds: float = 1000.0
    table: DynamoTable = field(init=False)

    def __post_init__(self) -> None:
        self.table = DynamoTable("parley", Answering(self.dates), running=lambda: self.seconds)


def test_before_the_first_answer_aws_has_told_no_time() -> None:
    assert Passing([]).table.time() is None


def test_between_answers_the_time_goes_on() -> None:
    bench = Passing(["Sat, 21 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026 12:00:40 GMT"])
    bench.table.get(HERE)
    assert bench.table.time() == NOON
    bench.seconds += 30.25
    assert bench.table.time() == NOON + timedelta(seconds=30.25)
    bench.table.get(HERE)
    assert bench.table.time() == NOON + timedelta(seconds=40)


def test_a_refusal_tells_the_time_too() -> None:
    bench = Passing(["Sat, 21 Nov 2026 12:00:00 GMT"])
    with pytest.raises(EngineBusy):
        bench.table.put({"pk": "W", "sk": "P"})
    assert bench.table.time() == NOON


@pytest.mark.parametrize("date", ["", "noon", "Sat, 21 Nov 2026 12:00:00 -0000"])
def test_an_answer_without_a_date_that_can_be_read_tells_no_time(date: str) -> None:
    bench = Passing([date])
    bench.table.get(HERE)
    assert bench.table.time() is None


# --- embedded: the clock as it ran before it was set -----------------------------------------------------------------


@dataclass
class Machine:
    """A machine: time passes, and somebody may set its clock."""

    wall: Turntable = field(default_factory=Turntable)
    seconds: float = 77.0
    steady: SteadyClock = field(init=False)

    def __post_init__(self) -> None:
        self.steady = SteadyClock(self.wall, lambda: self.seconds)

    def passes(self, seconds: float) -> None:
        self.wall.turn(seconds)
        self.seconds += seconds

    def is_ahead(self) -> float:
        """How far the machine's clock is ahead of the time that is told."""
        return (self.wall.now() - self.steady.now()).total_seconds()


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_an_untouched_clock_is_believed(machine: Machine) -> None:
    for seconds in (0, 0.000_001, 1, 3600, 86_400 * 365):
        machine.passes(seconds)
        assert machine.is_ahead() == 0


@pytest.mark.parametrize("jump", [1.5, 3600, -1.5, -86_400])
def test_a_clock_that_is_set_is_not_believed_at_once(machine: Machine, jump: float) -> None:
    machine.wall.turn(jump)
    assert machine.is_ahead() == jump
    machine.passes(SETTLES_AFTER.total_seconds() - 1)
    assert machine.is_ahead() == jump


@pytest.mark.parametrize("jump", [3600, -86_400])
def test_a_clock_that_has_run_evenly_since_is_believed(machine: Machine, jump: float) -> None:
    machine.wall.turn(jump)
    assert machine.is_ahead() == jump
    machine.passes(SETTLES_AFTER.total_seconds())
    assert machine.is_ahead() == 0
    machine.wall.turn(-jump)
    assert machine.is_ahead() == -jump, "and from then on it is the line that counts"


def test_a_clock_that_is_set_again_starts_anew(machine: Machine) -> None:
    for jumps in range(1, 5):
        machine.wall.turn(60)
        assert machine.is_ahead() == 60 * jumps
        machine.passes(SETTLES_AFTER.total_seconds() - 1)
        assert machine.is_ahead() == 60 * jumps


def test_a_clock_that_is_set_back_to_where_it_was_is_believed_at_once(machine: Machine) -> None:
    machine.wall.turn(3600)
    assert machine.is_ahead() == 3600
    machine.passes(100)
    machine.wall.turn(-3600)
    assert machine.is_ahead() == 0
    machine.wall.turn(3600)
    machine.passes(100)
    assert machine.is_ahead() == 3600, "what had passed before does not count"


def test_a_small_correction_is_taken_as_it_comes(machine: Machine) -> None:
    machine.wall.turn(0.9)
    assert machine.is_ahead() == 0
