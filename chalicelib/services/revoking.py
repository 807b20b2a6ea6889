"""Revoking: a shared address or link is taken back by a member, for good and at once. One way for all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.access import Caller
from chalicelib.domain.machine import Machine
from chalicelib.domain.rationale import Actor
from chalicelib.store.repository import Repository, Stale

T = TypeVar("T", bound=Any)


def revoke(repository: Repository[T], machine: Machine[Any], find: Callable[[], T], caller: Caller, now: datetime) -> T:
    """From now on it opens nothing; taking it back twice is taking it back once. find: what lies there; it may refuse.

    Whoever is faster has used it or taken it back too: it is looked at anew, and there are not many states left.
    """
    while True:
        noun = find()
        if not machine.allows(noun.state, "revoke"):
            return noun
        after: T = replace(noun, state=machine.move(noun.state, "revoke"))
        event = repository.moved(noun, after, "revoke", now, Actor.member(caller.member), "taken back by a member")
        with suppress(Stale):
            return repository.save(noun, after, event)
