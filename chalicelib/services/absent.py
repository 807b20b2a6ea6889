"""Ports of a desk that does without them: what needs one is refused by name."""

# ruff: noqa: ARG002 - the ports' own signatures

from __future__ import annotations

from datetime import timedelta

from chalicelib.ports import UNKNOWN, EngineUnusable, Fetched, FetchRefused, UploadForm, Validators


class NoBlobs:
    """ports.Blobs of a desk that keeps no pictures."""

    def put(self, name: str, data: bytes, mime: str) -> None:
        """Raises EngineUnusable."""
        raise EngineUnusable("this desk keeps no pictures")

    def get(self, name: str) -> bytes | None:
        """Nothing is kept."""
        return None

    def delete(self, name: str) -> None:
        """Nothing is there to be forgotten."""

    def form(self, name: str, mime: str, most: int, lifetime: timedelta) -> UploadForm | None:
        """There is none."""
        return None


class NoFetcher:
    """ports.Fetcher of a desk that follows no address."""

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:
        """Raises FetchRefused."""
        raise FetchRefused("this desk follows no addresses")
