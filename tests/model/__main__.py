"""`python -m tests.model`: the tables of docs/model.md, and with `--tell` every shortest way to harm."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.model.configurations import CONFIGURATIONS
from tests.model.naive import NAIVE


def tables() -> Iterator[str]:
    """The lines of both tables, without times, so that the same model gives the same lines."""
    yield "| The protocol in | states | steps | harm |"
    yield "|---|---|---|---|"
    for configuration in CONFIGURATIONS:
        result = configuration.explored()
        yield f"| {configuration.name} | {result.states:,} | {result.steps:,} | {', '.join(result.harms) or 'none'} |"
    yield ""
    yield "| Broken rule | harm | in steps | because |"
    yield "|---|---|---|---|"
    for naive in NAIVE:
        way = naive.explored().harms.get(naive.harm)
        yield f"| {naive.name} | {naive.harm} | {len(way) if way else 'NOT SEEN'} | {naive.why} |"


def ways_to_harm() -> Iterator[str]:
    """Each naive variant's shortest way to its harm, step by step."""
    for naive in NAIVE:
        yield f"\n{naive.name}: {naive.harm}"
        yield from (f"  {words}" for words in naive.explored().harms[naive.harm])


if __name__ == "__main__":
    for line in tables():
        sys.stdout.write(line + "\n")
    if "--tell" in sys.argv[1:]:
        for line in ways_to_harm():
            sys.stdout.write(line + "\n")
