"""`python -m benchmarks.meter`: what a unit of work costs on AWS, one JSON line. See the package's docstring."""

from __future__ import annotations

import argparse
import json

from benchmarks.meter.figures import dense, measure


def main() -> None:
    """Count everything and print one JSON line; takes about a minute."""
    argparse.ArgumentParser(prog="python -m benchmarks.meter", description=__doc__).parse_args()
    print(json.dumps({**measure(), "at_1400_posts_a_minute": dense()}))


if __name__ == "__main__":
    main()
