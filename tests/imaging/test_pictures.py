"""Pictures: known by their bytes, freed of what they tell about their maker, and fitted to a platform's limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from chalicelib.imaging.kinds import Kind, Refused, identify
from chalicelib.imaging.pictures import Limits, fit, picture, stripped
from tests.imaging.samples import MAKER, animation, drawn, exif, in_each_kind, noise, opened, png_chunk, png_with, saved

ALL = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
WIDE = Limits(ALL, 5_000_000)


@pytest.mark.parametrize(("kind", "data"), list(in_each_kind(drawn())))
def test_a_picture_is_known_by_its_bytes(kind: str, data: bytes) -> None:
    facts = picture(data)
    assert (facts.mime, facts.width, facts.height, facts.frames) == (f"image/{kind.lower()}", 64, 48, 1)
    assert facts.has_metadata


@pytest.mark.parametrize(("kind", "data"), list(in_each_kind(drawn())))
def test_what_a_camera_wrote_is_gone_and_every_pixel_stays(kind: str, data: bytes) -> None:
    assert MAKER.encode() in data
    clean = stripped(data)
    assert MAKER.encode() not in clean.data
    assert not dict(opened(clean.data).getexif())
    assert opened(clean.data).tobytes() == opened(data).tobytes()
    assert not picture(clean.data).has_metadata


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_lies_on_its_side_is_set_upright(kind: str, orientation: int) -> None:
    image = Image.new("RGB", (64, 48), (200, 200, 200))
    image.paste((250, 0, 0), (0, 0, 16, 16))
    data = saved(image, kind, exif=exif(orientation))
    wanted = ImageOps.exif_transpose(opened(data))
    clean = stripped(data)
    shown = opened(clean.data)
    assert (clean.width, clean.height) == (picture(data).width, picture(data).height) == wanted.size == shown.size
    assert not dict(shown.getexif())
    for x in (4, wanted.width - 5):
        for y in (4, wanted.height - 5):
            assert all(abs(a - b) < 40 for a, b in zip(shown.getpixel((x, y)), wanted.getpixel((x, y)), strict=True))


def test_colours_of_its_own_become_those_that_platforms_take_for_granted() -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"s\0R\0G\0B", b"O\0w\0n\0!")
    # The red and green primaries change places: a reader that passes over the profile shows red as green.
    red, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped = swapped[:red] + b"gXYZ" + swapped[red + 4 : green] + b"rXYZ" + swapped[green + 4 :]
    data = saved(Image.new("RGB", (32, 32), (200, 30, 30)), "PNG", icc_profile=swapped)
    shown = opened(stripped(data).data)
    assert "icc_profile" not in shown.info
    r, g, _ = shown.getpixel((5, 5))
    assert g > r + 80


def test_a_profile_that_is_srgb_or_broken_leaves_the_pixels_alone() -> None:
    for profile in (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"no profile at all" * 20):
        data = saved(drawn(), "PNG", icc_profile=profile)
        assert opened(stripped(data).data).tobytes() == drawn().tobytes()


def test_a_printers_picture_becomes_one_for_screens() -> None:
    data = saved(drawn(mode="CMYK"), "JPEG")
    assert opened(stripped(data).data).mode == "RGB"


def test_an_animation_keeps_its_frames_and_loses_its_comment() -> None:
    data = animation(3)
    clean = stripped(data)
    assert b"Hidden" not in clean.data
    assert picture(clean.data).frames == opened(clean.data).n_frames == 3
    assert opened(clean.data).info["loop"] == 0


def test_text_in_a_png_is_gone() -> None:
    data = png_with(saved(drawn(), "PNG"), png_chunk(b"tEXt", b"Author\0Hidden Maker"), png_chunk(b"prVt", b"secret"))
    clean = stripped(data)
    assert clean.data == saved(drawn(), "PNG")


def test_what_fits_is_not_touched() -> None:
    for _, data in in_each_kind(drawn()):
        clean = stripped(data).data
        assert fit(clean, WIDE).data == clean
    moving = stripped(animation()).data
    assert fit(moving, WIDE).data == moving


def test_a_large_picture_is_made_smaller_in_its_own_proportions() -> None:
    data = saved(drawn(800, 600), "JPEG")
    made = fit(data, Limits(ALL, 5_000_000, max_side=400))
    assert (made.width, made.height) == opened(made.data).size == (400, 300)
    made = fit(data, Limits(ALL, 5_000_000, max_pixels=120_000))
    assert made.width * made.height <= 120_000
    assert abs(made.width / made.height - 4 / 3) < 0.02


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(70, 300),
    height=st.integers(70, 300),
    most=st.integers(16_000, 40_000),
    side=st.none() | st.integers(80, 400),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    types=st.sets(st.sampled_from(["image/jpeg", "image/png", "image/webp"]), min_size=1),
)
def test_what_is_handed_on_is_within_every_limit_and_never_larger_than_it_was(
    width: int, height: int, most: int, side: int | None, kind: str, types: set[str]
) -> None:
    data = saved(noise(width, height), kind)
    limits = Limits(frozenset(types), most, max_side=side)
    made = fit(data, limits)
    seen = opened(made.data)
    assert len(made.data) <= most
    assert made.mime in types
    assert made.mime == f"image/{(seen.format or '').lower()}"
    assert (made.width, made.height) == seen.size
    assert seen.width <= width
    assert seen.height <= height
    assert side is None or max(seen.size) <= side
    assert fit(data, limits) == made
    assert fit(made.data, limits).data == made.data


def test_what_can_be_seen_through_stands_on_white_where_only_jpeg_is_taken() -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    made = fit(saved(image, "PNG"), Limits(frozenset({"image/jpeg"}), 100_000))
    assert min(opened(made.data).getpixel((20, 20))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_mode_can_be_made_to_fit(mode: str) -> None:
    image = drawn(300, 200, "RGBA").convert(mode) if mode != "I;16" else Image.new("I;16", (300, 200), 30_000)
    made = fit(stripped(saved(image, "PNG")).data, Limits(ALL, 500_000, max_side=100))
    assert max(opened(made.data).size) == 100


def test_an_animation_fits_or_is_refused_with_the_limit() -> None:
    data = stripped(animation()).data
    with pytest.raises(Refused, match=f"{len(data):,} bytes where 200"):
        fit(data, Limits(ALL, 200))
    with pytest.raises(Refused, match="image/jpeg is taken"):
        fit(data, Limits(frozenset({"image/jpeg"}), 10**6))
    assert fit(stripped(animation(1)).data, Limits(frozenset({"image/jpeg"}), 10**6)).mime == "image/jpeg"


def test_what_cannot_be_made_to_fit_is_refused_with_the_limit() -> None:
    with pytest.raises(Refused, match="100 bytes"):
        fit(saved(noise(200, 200), "JPEG"), Limits(ALL, 100))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "this is not"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "this is not"),
        (b"%PDF-1.7", "this is not"),
        (b"BM" + bytes(60), "this is not"),
        (b"\0\0\0\x18ftypheic" + bytes(16), "HEIC or AVIF"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_by_name(data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        identify(data)


def test_films_are_known_apart_from_pictures() -> None:
    assert identify(b"\0\0\0\x18ftypisom" + bytes(16)) is Kind.MP4
    assert identify(b"\0\0\0\x14ftypqt  " + bytes(16)) is Kind.MOV
    assert identify(b"\x1a\x45\xdf\xa3" + bytes(16)) is Kind.WEBM
    with pytest.raises(Refused, match="this is a video"):
        picture(b"\0\0\0\x18ftypisom" + bytes(16))
