"""Why: one shape for every act, machine's or person's. It never holds a member's text, only where in it to look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `member:<id>`, `worker:<name>` or `operator`."""

    id: str

    @classmethod
    def member(cls, member_id: str) -> Actor:
        """A person of the workspace."""
        return cls(f"member:{member_id}")

    @classmethod
    def worker(cls, name: str) -> Actor:
        """One of Parley's own workers."""
        return cls(f"worker:{name}")

    @property
    def is_person(self) -> bool:
        """Whether a person acted, not a worker."""
        return not self.id.startswith("worker:")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason found: which rule said which label, how strongly (whole permille), and where in the text.

    start and end are offsets in code points into the text as it was received; both 0 where the whole text is meant.
    """

    label: str
    rule: str
    permille: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """An alternative that was considered and not taken, and why."""

    action: str
    why: str


@dataclass(frozen=True, slots=True)
class Rationale:
    """Why an act was done: clauses of the guideline, evidence, who, how sure (whole permille), what was refused."""

    why: str
    actor: Actor
    clauses: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    confidence: int = 1000
    refused: tuple[Refused, ...] = ()
