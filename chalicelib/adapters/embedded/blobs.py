"""Blobs on one machine: one file each, in a folder that belongs to us alone.

A blob is there whole or not at all, whatever happens in between. It must never write outside its folder.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from chalicelib.adapters.blob_names import checked
from chalicelib.adapters.embedded.files import write_whole
from chalicelib.ports import EngineBusy, EngineUnusable, UploadForm


class FolderBlobs:
    """ports.Blobs into a folder. What kind of bytes they are is not kept: the record knows."""

    def __init__(self, folder: Path | str) -> None:
        """Make the folder (mode 0700) if it is not there. Raises EngineUnusable."""
        self._folder = Path(folder)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EngineUnusable(f"The blob folder {folder} cannot be made; name a folder you may write to.") from error

    def put(self, name: str, data: bytes, mime: str) -> None:  # noqa: ARG002 - S3 wants to know
        """Keep these bytes, durably, in one step. Raises EngineBusy where the disk does not take them."""
        try:
            write_whole(self._path(name), data, keep=False)
        except OSError as error:
            raise EngineBusy(f"The blob folder {self._folder} cannot be written.") from error

    def get(self, name: str) -> bytes | None:
        """The bytes under this name, or None. Raises EngineBusy."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EngineBusy(f"The blob folder {self._folder} cannot be read.") from error

    def delete(self, name: str) -> None:
        """Forget a name. Raises EngineBusy."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise EngineBusy(f"The blob folder {self._folder} cannot be written.") from error

    def form(self, name: str, mime: str, most: int, lifetime: timedelta) -> UploadForm | None:  # noqa: ARG002
        """None: a browser cannot write to a folder, the API takes the bytes itself."""
        checked(name)
        return None

    def _path(self, name: str) -> Path:
        # One folder for all: the entry of a folder that was just made would have to be made durable as well.
        return self._folder / checked(name).replace("/", "%")
