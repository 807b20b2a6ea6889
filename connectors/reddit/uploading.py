"""Handing a picture over: Reddit leases a place in a bucket, and the picture is put there. Nothing shows until a post uses it."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.contract import Picture, Upload
from connectors.errors import Rejected, Retryable
from connectors.http import Wire
from connectors.reddit import BASE_URL, answers
from connectors.reddit.calls import Calls
from connectors.reddit.refusals import BUCKET_TABLE
from connectors.translate import translated

LEASE_LASTS = 24 * 3600.0
"""Seconds after which Reddit's bucket drops what nobody used (`delete-after-1-day` in the recordings)."""
BUCKETS = ".amazonaws.com"
"""Where Reddit has pictures put: nothing is sent to any other place that an answer may name."""


def upload(calls: Calls, picture: Picture, data: bytes) -> Upload:
    """POST /api/media/asset.json leases a place, then the picture is put there. Reddit takes no description of it."""
    ending = picture.mime.rpartition("/")[2]
    wire = calls.post("api/media/asset.json", {"filepath": f"picture.{ending}", "mimetype": picture.mime})
    lease = answers.lease(wire.answer.body if wire.answer else None)
    if lease is None:
        raise Retryable("reddit", "Reddit did not say where to put the picture.", code="no-lease")
    place, fields = _bucket(calls.base_url, lease[0]), lease[1]
    with Wire(calls.timeout) as bucket, translated(BUCKET_TABLE, bucket):
        bucket.post(place, data=fields, files={"file": (f"picture.{ending}", data, picture.mime)})
    return Upload(f"{place}/{fields['key']}", lasts=LEASE_LASTS)


def _bucket(base_url: str, action: str) -> str:
    """Where a picture is put, if that is a place of Reddit's, or the host that stands in for all of Reddit."""
    home = urlsplit(base_url)
    named = urlsplit(action, scheme="https")
    if home.netloc == named.netloc and base_url.rstrip("/") != BASE_URL:
        return f"{home.scheme}://{named.netloc}{named.path}".rstrip("/")
    if named.scheme == "https" and (named.hostname or "").endswith(BUCKETS) and named.netloc == named.hostname:
        return f"https://{named.netloc}{named.path}".rstrip("/")
    raise Rejected("reddit", "Reddit named a place for the picture that is not its own.", code="foreign-bucket")
