"""Times as requests write them; how they are read is the domain's (`domain/times.py`)."""

from __future__ import annotations

from chalicelib.domain.times import instant, scheduled

__all__ = ["instant", "scheduled"]
