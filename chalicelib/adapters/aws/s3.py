"""Blobs on AWS: objects of one private bucket, written whole or not at all.

A browser may be given a form by which it puts one object, of one type and size, under one name, for a short while.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import calls
from chalicelib.adapters.blob_names import checked
from chalicelib.ports import UploadForm

_MISSING = frozenset({"NoSuchKey", "404"})


class S3Blobs:
    """ports.Blobs over S3."""

    def __init__(self, bucket: str, client: Any = None) -> None:
        """bucket: private, in the client's region. client: a boto3 "s3" client that signs with version 4."""
        self._bucket = bucket
        self._given = client

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("s3", signature="s3v4")

    def put(self, name: str, data: bytes, mime: str) -> None:
        """Keep these bytes under this name. Raises EngineBusy, EngineUnusable."""
        self._call("put_object", name, Body=data, ContentType=mime)

    def get(self, name: str) -> bytes | None:
        """The bytes under this name, or None. Raises EngineBusy, EngineUnusable."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=checked(name))
            return bytes(answer["Body"].read())
        except calls.FAILURES as error:
            if isinstance(error, ClientError) and calls.error_code(error) in _MISSING:
                return None
            raise calls.port_error(error, self._what) from error

    def delete(self, name: str) -> None:
        """Forget a name. Raises EngineBusy, EngineUnusable."""
        self._call("delete_object", name)

    def form(self, name: str, mime: str, most: int, lifetime: timedelta) -> UploadForm | None:
        """A form that S3 takes from anybody who has it, until its time is over. No request is made."""
        try:
            made = self._client.generate_presigned_post(
                self._bucket,
                checked(name),
                Fields={"Content-Type": mime},
                Conditions=[{"Content-Type": mime}, ["content-length-range", 1, most]],
                ExpiresIn=int(lifetime.total_seconds()),
            )
        except calls.FAILURES as error:
            raise calls.port_error(error, self._what) from error
        return UploadForm(made["url"], made["fields"])

    @property
    def _what(self) -> str:
        return f"bucket {self._bucket}"

    def _call(self, operation: str, name: str, **more: Any) -> None:
        try:
            getattr(self._client, operation)(Bucket=self._bucket, Key=checked(name), **more)
        except calls.FAILURES as error:
            raise calls.port_error(error, self._what) from error
