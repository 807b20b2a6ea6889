"""One plan, step by step, in words: what `parley simulate` prints."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.places import Through
from tests.simulation.plans import plan
from tests.simulation.running import Verdict, run


def verdict_of(seed: int, number: int, through: str = Through.PORT) -> Verdict:
    """Carry the plan out. Raises ValueError for a way that does not exist, PromiseBroken for an error of our own."""
    return run(plan(seed, number, Through(through)))


def replay(seed: int, number: int, through: str = Through.PORT) -> Iterator[str]:
    """The plan, every step in virtual time, what each post came to, every broken promise, and the trace's hash."""
    verdict = verdict_of(seed, number, through)
    yield from verdict.trace
    yield ""
    for one in verdict.findings:
        yield f"BROKEN  {one.harm}: {one.words}"
    if not verdict.findings:
        yield f"Every promise was kept: {', '.join(state.value for state in verdict.states)}."
    yield f"trace {verdict.digest}"


def as_json(seed: int, number: int, through: str = Through.PORT) -> dict[str, object]:
    """The same as JSON types."""
    verdict = verdict_of(seed, number, through)
    return {
        "seed": seed,
        "plan": number,
        "through": verdict.plan.through.value,
        "words": verdict.plan.words(),
        "states": [state.value for state in verdict.states],
        "broken": [{"harm": one.harm.value, "words": one.words} for one in verdict.findings],
        "steps": list(verdict.trace),
        "trace": verdict.digest,
    }
