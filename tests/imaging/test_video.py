"""Films: known by their header, blanked where they tell of their maker, taken as they are or refused."""

from __future__ import annotations

import struct

import pytest

from chalicelib.imaging.kinds import Refused
from chalicelib.imaging.pictures import picture
from chalicelib.imaging.video import VideoFacts, blanked, video
from tests.imaging.films import ON_ITS_SIDE, PLACE, box, element, film, moov, mp4, track, webm
from tests.imaging.samples import drawn, saved


@pytest.mark.parametrize(
    ("data", "mime", "codec"),
    [
        (mp4(), "video/mp4", "avc1"),
        (mp4(b"qt  ", moov(track(codec=b"hvc1"))), "video/quicktime", "hvc1"),
        (webm(), "video/webm", "V_VP9"),
    ],
)
def test_a_film_is_known_by_its_header(data: bytes, mime: str, codec: str) -> None:
    assert video(data) == VideoFacts(mime, 640, 360, 5000, codec, 25_000)


@pytest.mark.parametrize("data", [mp4(), webm()])
def test_what_a_film_tells_of_its_maker_is_blanked_where_it_stands(data: bytes) -> None:
    assert PLACE in data
    clean = blanked(data).data
    assert PLACE not in clean
    assert len(clean) == len(data)
    assert clean.index(b"frames") == data.index(b"frames")
    assert blanked(clean).facts == video(data)
    assert blanked(clean).data == clean


def test_how_many_frames_a_second_it_has_is_told_by_its_header_or_by_nobody() -> None:
    assert video(film(rate=125)).rate == 125_000
    assert video(webm(each=8_333_333)).rate == 120_000
    assert video(webm(each=0)).rate == 0
    short = box(b"stts", bytes(8))
    whole = film()
    assert video(whole.replace(whole[whole.index(b"stts") - 4 :][:32], short + box(b"free", bytes(8)))).rate == 0


def test_a_film_that_was_taken_upright_is_as_high_as_it_is_shown() -> None:
    seen = video(film(width=1920, height=1080, lies=ON_ITS_SIDE))
    assert (seen.width, seen.height) == (1080, 1920)


def test_when_a_film_was_made_is_blanked_too() -> None:
    made = struct.pack(">I", 3_800_000_001)
    assert made in mp4()
    assert made not in blanked(mp4()).data


def test_long_headers_are_read_as_well_as_short_ones() -> None:
    long = bytes((1, 0, 0, 0)) + bytes(16) + struct.pack(">IQ", 600, 1200) + bytes(80)
    data = mp4(header=box(b"moov", box(b"mvhd", long), track()))
    assert video(data).milliseconds == 2000
    whole = box(b"ftyp", b"isom", bytes(4)) + moov() + struct.pack(">I4sQ", 1, b"mdat", 22) + b"frames"
    assert video(whole).width == 640


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (mp4(header=moov(track(codec=b"ap4h"))), "coded in a way"),
        (mp4(header=moov(track(b"soun", b"mp4a"))), "no moving pictures"),
        (mp4(header=moov(track(), track(b"meta", b"gpmd"))), "neither picture nor sound"),
        (mp4(header=moov(scale=0)), "how long"),
        (mp4(header=moov(length=0)), "how long"),
        (mp4(header=moov(scale=1, length=10**6)), "how long"),
        (mp4(header=moov(track(width=2))), "2 × 360"),
        (mp4(header=moov(track(width=20_000))), "20000 × 360"),
        (mp4(header=box(b"moov", box(b"cmov", b"x"))), "packed"),
        (mp4(header=b""), "no moving pictures"),
        (mp4(more=b"PK\3\4 an archive"), "cut off"),
        (mp4()[:-1], "cut off"),
        (webm(doctype=b"matroska"), "no WebM"),
        (webm(codec=b"V_MPEG4/ISO/AVC"), "coded in a way"),
        (webm(width=0), "0 × 360"),
        (webm(more=b"\x1f\x43\xb6\x75\xff"), "how long they are"),
        (webm() + b"trailing", "cut off|how long"),
        (webm()[:-1], "cut off"),
        (saved(drawn(), "PNG"), "a picture"),
    ],
)
def test_a_film_that_is_not_taken_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        video(data)


@pytest.mark.parametrize("data", [mp4(), webm()])
def test_a_film_cut_off_anywhere_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for end in range(12, len(data)):
        with pytest.raises(Refused):
            video(data[:end])


def test_a_film_is_no_picture() -> None:
    with pytest.raises(Refused, match="a video where a picture"):
        picture(mp4())


def test_empty_elements_of_every_length_are_blanked_to_their_length() -> None:
    for length in range(300):
        data = webm(more=element(0x1254C367, b"x" * length))
        assert video(blanked(data).data) == video(data)
