"""Explore the publish model: print docs/model.md's tables, and on demand each naive variant's shortest way to its harm."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from tests.model import configurations, naive


def tables() -> Iterator[str]:
    """The lines of both tables. They hold no times: the same model gives the same lines."""
    yield "| The protocol, on each platform | states | steps | harm |"
    yield "|---|--:|--:|---|"
    for one in configurations.CONFIGURATIONS:
        result = configurations.explored(one)
        yield f"| {one.name} | {result.states:,} | {result.steps:,} | {', '.join(result.harms) or 'none'} |"
    yield ""
    yield "| One rule broken | its harm | steps to it | because |"
    yield "|---|---|--:|---|"
    for broken in naive.NAIVE:
        way = naive.explored(broken).harms.get(broken.harm)
        yield f"| {broken.name} | {broken.harm} | {len(way) if way else 'NOT SEEN'} | {broken.why} |"


def ways_to_harm() -> Iterator[str]:
    """Each naive variant's shortest way to its harm, step by step."""
    for broken in naive.NAIVE:
        yield f"\n{broken.name}: {broken.harm}"
        yield from (f"  {words}" for words in naive.explored(broken).harms[broken.harm])


def main() -> None:
    """`python -m tests.model`."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--tell", action="store_true", help="also tell each way to harm, step by step")
    asked = parser.parse_args()
    told = [*tables(), *(ways_to_harm() if asked.tell else ())]
    sys.stdout.write("\n".join(told) + "\n")


if __name__ == "__main__":
    main()
