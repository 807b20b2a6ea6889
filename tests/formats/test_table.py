"""CSV as spreadsheets write it is read for sure or refused with its line; what we write calculates nothing."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidField
from chalicelib.formats import table

COLUMNS = ("when", "account", "text")
DANGEROUS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " =1+1",
    "'=1+1",
    '=HYPERLINK("http://a.example")',
)


def read(data: bytes) -> table.Table:
    return table.read(data, columns=COLUMNS, numbered=("part",), needed=("when", "text"))


def refusal(data: bytes) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        read(data)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_dialect_of_spreadsheets_says_the_same(encoding: str, delimiter: str, newline: str) -> None:
    lines = [
        ("When", "TEXT", "part2"),
        ("2030-01-07T09:00", '"Grüße, ""alle""; 🎉"', ""),
        ("", "", ""),
        ("x", "y", "z"),
    ]
    data = newline.join(delimiter.join(cells) for cells in lines).encode(encoding)
    found = read(data)
    assert found.columns == ("when", "text", "part2")
    assert [(row.line, dict(row.cells)) for row in found.rows] == [
        (2, {"when": "2030-01-07T09:00", "text": 'Grüße, "alle"; 🎉'}),
        (4, {"when": "x", "text": "y", "part2": "z"}),
    ]


def test_a_row_is_named_by_the_line_on_which_it_begins() -> None:
    found = read(b'sep=;\r\nwhen;text\r\na;"two\r\nlines"\r\nb;c\r\n')
    assert [(row.line, row.cells["text"]) for row in found.rows] == [(3, "two\r\nlines"), (5, "c")]


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b"", ""),
        (b"\n\n", ""),
        (b"when,text\n", ""),
        (b"text\nhello\n", "/lines/1"),
        (b"when,text,colour\n1,2,3\n", "/lines/1"),
        (b"when,text,part1\n1,2,3\n", "/lines/1"),
        (b"when,text,text\n1,2,3\n", "/lines/1"),
        (b"when,text\na,b\nc,d,e\n", "/lines/3"),
        (b'when,text\na,b\nc,"never closed\nd,e\n', "/lines/3"),
        (b'when,text\na,"b"c\n', "/lines/2"),
        (b"when,text\na,b\nc,\xe4\n", "/lines/3"),
        (b"when,text\na,\0\n", "/lines/2"),
        (b"when,text\n1," + b"x" * (table.MOST_CELL + 1), "/lines/2"),
        (b"when,text\n" + b"1,2\n" * (table.MOST_ROWS + 1), f"/lines/{table.MOST_ROWS + 2}"),
        (b"x" * (table.MOST_BYTES + 1), ""),
    ],
)
def test_what_cannot_be_read_for_sure_is_refused_with_its_line(data: bytes, pointer: str) -> None:
    assert refusal(data).pointer == pointer


@pytest.mark.parametrize("cell", DANGEROUS)
def test_nothing_that_is_written_begins_a_formula(cell: str) -> None:
    shown = next(csv.DictReader(io.StringIO(table.written(["text"], [{"text": cell}])[1:], newline="")))["text"]
    assert shown == f"'{cell}"


def test_what_is_no_formula_is_written_as_it_is() -> None:
    for cell in ("", "Hello", "1-2", "a=b", "'quoted'", "mail@desk.example"):
        assert table.guarded(cell) == cell


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12)))
def test_what_was_written_is_read_again(texts: list[str]) -> None:
    rows = [{"when": "1", "text": one} for one in (*texts, *DANGEROUS)]
    found = read(table.written(COLUMNS, rows).encode())
    assert [dict(row.cells) for row in found.rows] == [
        {name: cell for name, cell in row.items() if cell.strip()} for row in rows
    ]


def test_later_pages_go_on_where_the_first_ended() -> None:
    whole = table.written(["text"], [{"text": "a"}]) + table.written(["text"], [{"text": "b"}], heading=False)
    assert whole == "\ufefftext\r\na\r\nb\r\n"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_calculates_nothing(tmp_path: Path) -> None:
    source = tmp_path / "posts.csv"
    source.write_text(table.written(["text"], [{"text": one} for one in DANGEROUS]), encoding="utf-8", newline="")
    own = f"-env:UserInstallation=file://{tmp_path}/profile"
    done = subprocess.run(
        ["soffice", "--headless", own, "--convert-to", "fods", "--outdir", str(tmp_path), str(source)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    opened = (tmp_path / "posts.fods").read_text(encoding="utf-8")
    assert "table:formula" not in opened
