"""Hostile files: each refused within a second and 64 MB, and whatever is taken is what it seems and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.imaging.kinds import Refused
from chalicelib.imaging.pictures import picture, stripped
from tests.imaging import hostile
from tests.imaging.samples import animation, drawn, exif, opened, saved

KINDS = {kind: saved(drawn(24, 16), kind, exif=exif(6)) for kind in ("JPEG", "PNG", "WEBP")} | {"GIF": animation(2)}


def test_every_hostile_file_is_refused_in_a_second_and_in_64_mb(tmp_path: Path) -> None:
    files = hostile.files()
    assert len(files) >= 60
    for name, data in (files | hostile.harmless()).items():
        (tmp_path / name).write_bytes(data)
    cost = hostile.look_at(tmp_path)
    assert {name for name, one in cost.items() if one.verdict == "taken"} == set(hostile.harmless())
    assert {name: one.seconds for name, one in cost.items() if one.seconds > 1} == {}
    assert max(one.mb for one in cost.values()) <= 64


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_cut_off_anywhere_is_refused(kind: str) -> None:
    data = KINDS[kind]
    for end in range(len(data)):
        with pytest.raises(Refused):
            picture(data[:end])


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_a_damaged_picture_is_refused_or_is_a_picture_still(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(KINDS[kind])
    for place, value in changes:
        data[place % len(data)] = value
    try:
        clean = stripped(bytes(data))
    except Refused:
        return
    assert opened(clean.data).size == (clean.width, clean.height)
    assert stripped(clean.data).data == clean.data


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_was_put_between_the_parts_is_kept(kind: str) -> None:
    data = KINDS[kind]
    note = b"<script>hidden()</script>"
    with_note = {
        "JPEG": lambda: data[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + data[2:],
        "PNG": lambda: data[:33] + hostile.png_chunk(b"tEXt", b"c\0" + note) + data[33:],
        "WEBP": lambda: b"RIFF" + (len(data) + 26).to_bytes(4, "little") + data[8:] + b"note\x19\0\0\0" + note + b"\0",
        "GIF": lambda: data[:-1] + b"\x21\xfe" + bytes((len(note),)) + note + b"\0;",
    }[kind]()
    assert note in with_note
    assert note not in stripped(with_note).data
