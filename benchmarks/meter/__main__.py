"""`python -m benchmarks.meter`: what a unit of work costs on AWS, one JSON line. See the package's docstring."""

from __future__ import annotations

import json

from benchmarks.meter.figures import dense, measure

if __name__ == "__main__":
    print(json.dumps({**measure(), "at_1400_posts_a_minute": dense()}))
