"""Files that are made to harm whoever opens them, by name; and what looking at each of them costs (`look_at`)."""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from PIL import Image

from tests.imaging import films
from tests.imaging.samples import animation, drawn, png_chunk, saved

MB = 1024 * 1024
HUGE = 30_000


class Cost(NamedTuple):
    """What became of a file. seconds: of processor time. mb: the most memory up to then, the file's own bytes included."""

    verdict: str
    seconds: float
    mb: float


def png_of(width: int, height: int, *chunks: bytes, packed: bytes | None = None) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = zlib.compress(bytes(1000)) if packed is None else packed
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    data = saved(drawn(), "JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def archive() -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w") as opened:
        opened.writestr("evil.js", "alert(1)")
    return stream.getvalue()


def webp_of(width: int, height: int) -> bytes:
    picture = saved(drawn(), "WEBP")[12:]
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + picture
    return b"RIFF" + struct.pack("<I", len(body)) + body


def files() -> dict[str, bytes]:
    """Every hostile file by its name."""
    kinds = {kind: saved(drawn(), kind) for kind in ("JPEG", "PNG", "WEBP")} | {"GIF": animation(2)}
    html, script = b"<html><script>alert(1)</script>", b"/*\n*/=1;alert(1)//"
    gif = kinds["GIF"]
    frame = gif[gif.index(b"\x2c", 13) : -1]
    jpeg = kinds["JPEG"]
    scan = jpeg[jpeg.index(b"\xff\xda") : -2]
    return {
        "nothing": b"",
        "a page": html,
        "a page that begins as a picture": b"\xff\xd8\xff" + html,
        "a drawing with a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "a document": b"%PDF-1.7\n1 0 obj",
        "an archive": archive(),
        "a packed bomb": gzip.compress(bytes(50 * MB), 1),
        "a program": b"\x7fELF" + bytes(5000),
        "a bitmap": saved(drawn(), "BMP"),
        "a TIFF": saved(drawn(), "TIFF"),
        "an icon": saved(drawn(), "ICO"),
        "a Photoshop file": b"8BPS" + bytes(100),
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n",
        **{f"1 × 1 {kind}": saved(Image.new("RGB", (1, 1)), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP")},
        "30,000² PNG": png_of(HUGE, HUGE),
        "30,000² JPEG": jpeg_of(HUGE, HUGE),
        "30,000² GIF": gif[:6] + struct.pack("<HH", HUGE, HUGE) + gif[10:],
        "16,384² WebP": webp_of(16_384, 16_384),
        "1 × 2³¹ PNG": png_of(1, 2**31 - 1),
        "65,535 × 9 JPEG": jpeg_of(65_535, 9),
        "a picture without sides": png_of(0, 0),
        "a profile that unpacks to 50 MB": png_of(
            64, 48, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(50 * MB), 1))
        ),
        "a million frames": gif[:-1] + frame * (3 * MB // len(frame)) + b";",
        "a great animation": gif[:6] + struct.pack("<HH", 1000, 1000) + gif[10:-1] + frame * 200 + b";",
        "a million blocks": gif[:-1] + b"\x21\xfe" + b"\1a" * (2 * MB) + b"\0;",
        "a million notes": gif[:-1] + b"\x21\xfe\0" * MB + b";",
        "a million scans": jpeg[:-2] + scan * (3 * MB // len(scan)) + b"\xff\xd9",
        "a million segments": jpeg[:2] + b"\xff\xfe\0\2" * MB + jpeg[2:],
        "nothing but fill": b"\xff\xd8" + b"\xff" * (19 * MB),
        "a million chunks": png_of(64, 48, png_chunk(b"prVt", b"") * MB),
        "a million WebP chunks": b"RIFF" + struct.pack("<I", 4 + 8 * MB) + b"WEBP" + b"abcd\0\0\0\0" * MB,
        "two pictures in one": jpeg[:2] + jpeg[2 : jpeg.index(b"\xff\xda")] + jpeg[2:],
        "another size within": webp_of(640, 480),
        "a damaged checksum": kinds["PNG"][:40] + bytes((kinds["PNG"][40] ^ 1,)) + kinds["PNG"][41:],
        "pixels that are missing": png_of(1000, 1000, packed=zlib.compress(bytes(10))),
        "pixels that are no pixels": png_of(64, 48, packed=b"no deflate stream"),
        **{f"{kind} and an archive": data + archive() for kind, data in kinds.items()},
        **{f"{kind} and a page": data + html for kind, data in kinds.items()},
        **{f"{kind} behind a script": script + data for kind, data in kinds.items()},
        **{f"half a {kind}": data[: len(data) // 2] for kind, data in kinds.items()},
        **{f"{kind} without its end": data[:-1] for kind, data in kinds.items()},
        "a film of boxes in boxes": films.mp4(header=_nested(10_000)),
        "a film of a million boxes": films.mp4(header=films.box(b"moov", films.box(b"trak") * MB)),
        "a film of a million elements": films.webm(more=films.element(0xBF) * MB),
        "a film and an archive": films.mp4(more=archive()),
        "half a film": films.mp4()[:100],
    }


def _nested(depth: int) -> bytes:
    whole = b""
    for _ in range(depth):
        whole = films.box(b"moov", whole)
    return whole


def harmless() -> dict[str, bytes]:
    """Files that look like some of the above, and are taken."""
    bomb = zlib.compress(bytes(50 * MB), 1)
    return {
        "a note that would unpack to 50 MB": png_of(64, 48, png_chunk(b"zTXt", b"x\0\0" + bomb), packed=_rows(64, 48)),
        "a PNG whose pixels go on for 50 MB": png_of(64, 48, packed=bomb),
        "a photograph with another behind it": saved(drawn(), "JPEG") + saved(drawn(), "JPEG"),
    }


def _rows(width: int, height: int) -> bytes:
    return zlib.compress(bytes(height * (1 + 3 * width)))


def _look(data: bytes) -> str:
    from chalicelib.imaging.kinds import Refused, identify
    from chalicelib.imaging.pictures import stripped
    from chalicelib.imaging.video import blanked

    try:
        if identify(data).is_video:
            blanked(data)
        else:
            stripped(data)
    except Refused as refused:
        return f"refused: {refused.why}"
    return "taken"


def look_at(folder: Path) -> dict[str, Cost]:
    """What looking at each file of a folder costs, in a process of its own."""
    # Great blocks go back to the system at once: what one file needed does not hide what the next one needs.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(128 * 1024)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.imaging.hostile", str(folder)],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: Cost(*told) for name, told in json.loads(done.stdout).items()}


def main(folder: Path) -> None:
    """Look at every file and print what that cost."""
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        _look(saved(drawn(), kind))  # what the decoders themselves take is nobody's fault
    told = {}
    least = _kilobytes("VmRSS")
    for path in sorted(folder.iterdir()):
        began = time.process_time()
        verdict = _look(path.read_bytes())
        told[path.name] = (verdict, time.process_time() - began, (_kilobytes("VmHWM") - least) / 1024)
    sys.stdout.write(json.dumps(told))


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
