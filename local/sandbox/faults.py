"""Faults that somebody asked for: which request they meet, whether its effect happens, what the client sees of it.

A fault must never come by itself, and never stays longer than it was asked for. Faults are not kept over a restart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local.sandbox.model import Platform, Sort

LONGEST_DELAY = 120.0
"""Seconds: no client of ours waits longer, and a forgotten fault must not hold a thread for ever."""


class FaultKind(StrEnum):
    """What goes wrong. Effect and answer are named separately, because that difference is the point."""

    REFUSED = "refused"
    """Nothing happens; the answer is `status` (500, 503, 402, …)."""
    ERROR_AFTER = "error_after"
    """It happens; the answer is `status` all the same."""
    LOST = "lost"
    """It happens; the connection is closed without an answer."""
    CLOSED = "closed"
    """Nothing happens; the connection is closed without an answer."""
    SLOW = "slow"
    """It happens at once; the answer comes after `seconds` of real time."""
    LATE = "late"
    """It happens `seconds` later on the sandbox's clock; the connection is closed, or the answer is `status`."""
    RATE_LIMITED = "rate_limited"
    """Nothing happens; 429 in the platform's manner, to be tried again after `seconds`."""
    SIGNED_OUT = "signed_out"
    """Nothing happens; the platform's way to say that the token is no longer good."""
    LIMITED_BUT_CREATED = "limited_but_created"
    """It happens; Reddit's 200 that carries RATELIMIT and the id of what was made."""
    PROCESSING = "processing"
    """A file is taken; the platform works on it for `seconds` on the sandbox's clock before a post may show it."""
    UNUSABLE = "unusable"
    """A file is taken; after `seconds` the platform says that it could not work with it."""


OF_FILES = {FaultKind.PROCESSING, FaultKind.UNUSABLE}
DEFAULT_STATUS = {FaultKind.REFUSED: 503, FaultKind.ERROR_AFTER: 500}


@dataclass(slots=True)
class Fault:
    """One fault. on: which sort of request (None: any). path: part of the request's path ("" is any).

    times: how many requests it meets. skip: how many matching requests pass first. body/headers replace the platform's
    own wording. seconds: see the kinds.
    """

    kind: FaultKind
    platform: Platform | None = None
    on: Sort | None = None
    path: str = ""
    times: int = 1
    skip: int = 0
    status: int | None = None
    body: Any = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    id: int = 0

    def __post_init__(self) -> None:
        if self.times < 1 or self.skip < 0 or not self.seconds >= 0:
            raise ValueError("a fault needs times >= 1, skip >= 0 and seconds >= 0")
        if self.kind is FaultKind.SLOW and self.seconds > LONGEST_DELAY:
            raise ValueError(f"a slow answer may take up to {LONGEST_DELAY:.0f} seconds")
        if self.kind in OF_FILES:
            if self.on not in {None, Sort.UPLOAD}:
                raise ValueError(f"{self.kind} meets uploads only")
            self.on = Sort.UPLOAD
        if self.status is None:
            self.status = DEFAULT_STATUS.get(self.kind)

    def meets(self, platform: str, sort: Sort, path: str) -> bool:
        """Whether this request is one that the fault was asked for."""
        return self.platform in {None, platform} and self.on in {None, sort} and self.path in path

    def body_bytes(self) -> bytes | None:
        """The body that was asked for, or None for the platform's own."""
        if self.body is None:
            return None
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class FaultQueue:
    """The faults that are still to come, in the order in which they were asked for. Guarded by the network's lock."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._last = 0

    def add(self, fault: Fault) -> Fault:
        """Wait for the requests that this fault meets; returns it with its id."""
        self._last += 1
        fault.id = self._last
        self._waiting.append(fault)
        return fault

    def take(self, platform: str, sort: Sort, path: str) -> Fault | None:
        """The fault that meets this request, counted down; None if all goes well."""
        for fault in self._waiting:
            if not fault.meets(platform, sort, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self._waiting.remove(fault)
            return fault
        return None

    def waiting(self) -> list[Fault]:
        """What is still to come."""
        return list(self._waiting)

    def clear(self) -> None:
        """No more faults."""
        self._waiting.clear()
