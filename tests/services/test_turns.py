"""Two workers renew one session: whatever order their steps take, a token that is good for one use is used once.

The platform of these tests is the strict kind: a refresh token that comes a second time ends every token that grew from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ports import Table
from chalicelib.services.signing_in import SealedSession
from connectors.contract import SignIn
from connectors.errors import AuthExpired, Cause, Retryable
from connectors.sessions import Session, Shelf
from tests.world import Killed, World, make_world

CREDENTIAL = {"client_id": "c", "refresh_token": "r0"}
OVER = 600
"""Seconds after which every turn has ended."""


@dataclass
class Rotating:
    """A platform whose refresh tokens are good once."""

    current: str = "r0"
    spent: set[str] = field(default_factory=set)
    dead: bool = False
    asked: int = 0

    def renewed(self, token: str) -> Session:
        self.asked += 1
        if self.dead or token != self.current:
            self.dead = self.dead or token in self.spent
            raise AuthExpired("x", code="invalid_request", cause=Cause.EXPIRED)
        self.spent.add(token)
        self.current = f"r{self.asked}"
        return {"access_token": f"a{self.asked}", "refresh_token": self.current, "fresh": 1}


class Stage:
    """Lets one worker take one step at a time, in the order of a script; with the script used up, whoever is first."""

    def __init__(self, script: list[int], killed_at: int | None = None) -> None:
        self._script = iter(script)
        self._killed_at = killed_at
        self._steps = 0
        self._threads: dict[int, threading.Thread] = {}
        self._may = {0: threading.Semaphore(0), 1: threading.Semaphore(0)}
        self._waits = threading.Semaphore(0)
        self._over: set[int] = set()
        self._me = threading.local()

    def point(self) -> None:
        """A worker comes here before each step that others can see."""
        number = getattr(self._me, "number", None)
        if number is None:
            return
        self._waits.release()
        self._may[number].acquire()
        self._steps += 1
        if number == 0 and self._steps == self._killed_at:
            raise Killed

    def play(self, *works: Callable[[], Any]) -> list[Any]:
        """What each of two workers came to: a value, or what it raised."""
        results: list[Any] = [None, None]

        def run(number: int) -> None:
            self._me.number = number
            try:
                self.point()
                results[number] = works[number]()
            except (Killed, Exception) as error:  # noqa: BLE001 - what came of it is what the test asks for
                results[number] = error
            self._over.add(number)
            self._waits.release()

        for number in (0, 1):
            self._threads[number] = threading.Thread(target=run, args=(number,))
            self._threads[number].start()
            self._waits.acquire()
        while len(self._over) < 2:
            chosen = next(self._script, min({0, 1} - self._over))
            number = chosen if chosen not in self._over else 1 - chosen
            self._may[number].release()
            self._waits.acquire()
        for thread in self._threads.values():
            thread.join()
        return results


@dataclass
class Seen:
    """A table each of whose calls is a step."""

    table: Table
    stage: Stage

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.table, name)

        def stepped(*given: Any, **named: Any) -> Any:
            self.stage.point()
            return call(*given, **named)

        return stepped


@dataclass
class Two:
    """One account, two workers that read its session at the same time, and the platform."""

    world: World
    platform: Rotating

    def keeper(self, known: str | None = None) -> SealedSession:
        return SealedSession(self.world.desk, self.world.workspace.id, "account", known)

    def worker(self, stage: Stage | None = None, known: str | None = None, lost: bool = False) -> Callable[[], Session]:
        point = stage.point if stage else lambda: None
        sign_in = SignIn("https://x.example", CREDENTIAL, sessions=self.keeper(known), timeout=2.0)
        shelf = Shelf(sign_in, pause=lambda _: point())

        def ask(session: Session) -> Session:
            point()
            made = self.platform.renewed(session.get("refresh_token") or CREDENTIAL["refresh_token"])
            point()
            if lost:
                raise Retryable("x", code="no-answer")
            return made

        def work() -> Session:
            shelf.renew("x", ask, lasts=lambda session: bool(session.get("fresh")), works=lambda _: False)
            return shelf.load()

        return work

    def kept(self) -> Session:
        """What lies in the record."""
        keeper = self.keeper()
        keeper.take_turn()
        keeper.end_turn()
        return Shelf(SignIn("https://x.example", CREDENTIAL, sessions=keeper)).load()

    def watched(self, stage: Stage) -> None:
        table: Any = Seen(self.world.desk.store.table, stage)
        self.world.desk.store.table = table


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(make_world(tmp_path), Rotating())


STEPS = st.lists(st.integers(0, 1), max_size=40)


@settings(max_examples=40, deadline=None)
@given(script=STEPS, begun=st.booleans())
def test_no_order_of_two_workers_steps_uses_a_token_twice(script: list[int], begun: bool) -> None:
    with TemporaryDirectory() as folder:
        two = Two(make_world(Path(folder)), Rotating())
        if begun:  # a session lies there, spent, and both have read it
            shelf = Shelf(SignIn("https://x.example", CREDENTIAL, sessions=two.keeper()))
            shelf.save({"access_token": "a", "refresh_token": "r0"})
        item = two.world.desk.store.sealed(two.world.workspace.id, "SESSION", "account")
        stage = Stage(script)
        two.watched(stage)

        results = stage.play(two.worker(stage, item), two.worker(stage, item))

        assert two.platform.asked == 1
        assert not two.platform.dead
        for one in results:
            waits = isinstance(one, Retryable) and one.code == "in-renewal"
            assert waits or one["refresh_token"] == two.platform.current
        assert two.kept()["refresh_token"] == two.platform.current


@settings(max_examples=40, deadline=None)
@given(script=STEPS, killed_at=st.integers(1, 24))
def test_a_worker_that_dies_loses_the_account_only_between_the_answer_and_the_save(
    script: list[int], killed_at: int
) -> None:
    with TemporaryDirectory() as folder:
        two = Two(make_world(Path(folder)), Rotating())
        stage = Stage(script, killed_at)
        two.watched(stage)
        stage.play(two.worker(stage), two.worker(stage))
        two.world.clock.move(OVER)
        before = two.kept().get("refresh_token", "r0")

        try:
            session = two.worker()()
        except AuthExpired as told:
            lost = before != two.platform.current  # the answer never reached the record
            assert (lost, told.cause) == (True, Cause.EXPIRED)  # noqa: PT017 - either may come
        else:
            assert session["refresh_token"] == two.platform.current


def test_a_lost_answer_is_told_as_what_it_was(two: Two) -> None:
    with pytest.raises(Retryable):
        two.worker(lost=True)()
    with pytest.raises(AuthExpired) as told:
        two.worker()()
    assert told.value.code == "renewal-lost"
    assert "lost" in told.value.detail


def test_a_question_that_never_arrived_costs_nothing(two: Two) -> None:
    def unreachable(_: Session) -> Session:
        raise Retryable("x", code="unreachable")

    shelf = Shelf(SignIn("https://x.example", CREDENTIAL, sessions=two.keeper()))
    with pytest.raises(Retryable):
        shelf.renew("x", unreachable, lasts=lambda session: bool(session.get("fresh")), works=lambda _: False)
    assert two.worker()()["refresh_token"] == two.platform.current


def test_what_still_works_is_used_while_another_renews(two: Two) -> None:
    assert two.keeper().take_turn() == "ours"
    shelf = Shelf(SignIn("https://x.example", CREDENTIAL, sessions=two.keeper()))
    shelf.renew("x", lambda _: pytest.fail("it asked"), lasts=lambda _: False, works=lambda _: True)


def test_who_stood_still_since_its_turn_began_asks_nothing(two: Two) -> None:
    keeper = two.keeper()
    assert keeper.take_turn() == "ours"
    assert keeper.in_turn()
    two.world.clock.move(OVER)
    assert not keeper.in_turn()
    assert two.keeper().take_turn() == "after-loss"


def test_a_new_session_that_comes_after_its_turn_is_kept_all_the_same(two: Two) -> None:
    late, other = two.keeper(), two.keeper()
    assert late.take_turn() == "ours"
    two.world.clock.move(OVER)
    assert other.take_turn() == "after-loss"
    late.save('{"from": "late"}')
    other.save('{"from": "other"}')
    assert other.load() == '{"from": "late"}', "it grew from what the other still held"


def test_a_person_who_signs_in_again_is_never_overwritten_by_a_renewal(two: Two) -> None:
    keeper = two.keeper()
    assert keeper.take_turn() == "ours"
    two.keeper().save('{"from": "nobody"}')  # held to nothing being there, so it changes nothing
    desk, workspace = two.world.desk, two.world.workspace.id
    sealed = desk.vault.seal(b'{"from": "a person"}', {"workspace": workspace, "kind": "session", "owner": "account"})
    desk.store.table.put(desk.store.sealed_put(workspace, "SESSION", "account", sealed).item)
    keeper.save('{"from": "the old one"}')
    assert keeper.load() == '{"from": "a person"}'
