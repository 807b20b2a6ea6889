"""Blobs: what every engine promises, and what each does in its own way."""

from __future__ import annotations

import base64
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.adapters.aws.s3 import S3Blobs
from chalicelib.adapters.embedded.blobs import FolderBlobs
from chalicelib.ports import Blobs, EngineUnusable
from tests.adapters import engines

NAME = "media/w1/f1/0a"
HOUR = timedelta(hours=1)


def test_what_is_put_is_there_until_it_is_forgotten(blobs: Blobs) -> None:
    assert blobs.get(NAME) is None
    blobs.put(NAME, b"\x00one", "image/png")
    blobs.put("media/w1/f1/0b", b"", "image/png")
    assert blobs.get(NAME) == b"\x00one"
    assert blobs.get("media/w1/f1/0b") == b""
    blobs.put(NAME, b"two", "image/jpeg")
    assert blobs.get(NAME) == b"two"
    blobs.delete(NAME)
    blobs.delete(NAME)
    assert blobs.get(NAME) is None
    assert blobs.get("media/w1/f1/0b") == b""


def test_a_megabyte_comes_back_as_it_was(blobs: Blobs) -> None:
    data = bytes(range(256)) * 4096
    blobs.put(NAME, data, "image/png")
    assert blobs.get(NAME) == data


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "../a", "a/../b", "a//b", ".a", "A", "a\\b", "a%b", "a b", "a" * 200, "ä"]
)
def test_a_name_that_no_service_makes_is_refused(blobs: Blobs, name: str) -> None:
    for act in (blobs.get, blobs.delete, lambda one: blobs.put(one, b"", "image/png")):
        with pytest.raises(ValueError, match="no name of a blob"):
            act(name)


def test_names_that_differ_never_meet(blobs: Blobs) -> None:
    for number, name in enumerate(("a/b", "a.b", "a-b", "a_b", "ab", "a/b/c", "a/b.c")):
        blobs.put(name, str(number).encode(), "image/png")
    assert blobs.get("a/b") == b"0"
    assert blobs.get("a/b.c") == b"6"


def test_a_folder_keeps_blobs_for_us_alone_and_leaves_no_drafts(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    blobs.put(NAME, b"one", "image/png")
    (path,) = (tmp_path / "blobs").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert FolderBlobs(tmp_path / "blobs").get(NAME) == b"one"
    assert blobs.form(NAME, "image/png", 10, HOUR) is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(EngineUnusable, match="cannot be made"):
        FolderBlobs(tmp_path / "file" / "blobs")


def test_a_form_of_s3_takes_one_name_one_type_and_no_more_than_was_announced(tmp_path: Path) -> None:
    with engines.s3_blobs(tmp_path) as blobs:
        form = blobs.form("incoming/w1/f1", "image/png", 300, HOUR)
    assert form is not None
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    told = [one for one in policy["conditions"] if isinstance(one, list)]
    named = {name: value for one in policy["conditions"] if isinstance(one, dict) for name, value in one.items()}
    assert told == [["content-length-range", 1, 300]]
    assert (named["bucket"], named["key"], named["Content-Type"]) == ("pictures", "incoming/w1/f1", "image/png")
    assert form.fields["key"] == "incoming/w1/f1"
    assert "pictures" in form.url


def test_a_bucket_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    with engines.fake_aws():
        blobs = S3Blobs("nowhere", engines.client("s3"))
        for act in (lambda: blobs.get(NAME), lambda: blobs.put(NAME, b"", "image/png")):
            with pytest.raises(EngineUnusable, match="bucket nowhere"):
                act()
