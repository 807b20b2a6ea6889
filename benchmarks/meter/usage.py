"""What was used: requests by service and operation, DynamoDB's units, bytes kept and logged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Usage:
    """A count that goes on. `requests` is by `<service>.<operation>`, as botocore names them."""

    requests: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    read_units: float = 0
    index_queries: int = 0
    """Of the requests, queries of an index."""
    stored_bytes: int = 0
    """Bytes in the table and its indexes, as storage counts them."""
    log_lines: int = 0
    log_bytes: int = 0

    def of(self, service: str) -> int:
        """Requests to one service."""
        return sum(count for name, count in self.requests.items() if name.startswith(f"{service}."))

    def copy(self) -> Usage:
        """The count as it stands now."""
        return self + Usage()

    def __add__(self, other: Usage) -> Usage:
        return self._with(other, 1)

    def __sub__(self, other: Usage) -> Usage:
        return self._with(other, -1)

    def _with(self, other: Usage, sign: int) -> Usage:
        requests = Counter(self.requests)
        for name, count in other.requests.items():
            requests[name] += sign * count
        return Usage(
            Counter({name: count for name, count in requests.items() if count}),
            self.write_units + sign * other.write_units,
            self.read_units + sign * other.read_units,
            self.index_queries + sign * other.index_queries,
            self.stored_bytes + sign * other.stored_bytes,
            self.log_lines + sign * other.log_lines,
            self.log_bytes + sign * other.log_bytes,
        )
