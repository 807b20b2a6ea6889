"""Tables as spreadsheets write and read them: CSV in any of their dialects in, one safe dialect out.

Reading is bounded before anything is parsed, and strict: what cannot be read for sure is refused with its line, never
guessed at. What is written can be opened in a spreadsheet without anything in it being taken for a formula.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.errors import InvalidField

MOST_BYTES: Final = 4 * 1024 * 1024
"""As much as one request to a Lambda function may bring: 6 MB, in base64, with its envelope."""
MOST_ROWS: Final = 10_000
MOST_CELL: Final = 100_000
"""Characters of one cell; more than any platform takes, less than what the csv module refuses by itself (131,072)."""

SAVE_AS: Final = "Save it as CSV in UTF-8 (spreadsheets call it 'CSV UTF-8')."

_DELIMITERS: Final = ",;\t"
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SEP_LINE = re.compile(r"sep=([,;\t])(\r\n|\r|\n)", re.IGNORECASE)

# What spreadsheets take for the beginning of a formula, also in its full-width form and behind blanks; and the characters
# that some of them drop before they look. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"'*(?:[\t\r\n]|[ \u00a0\u3000]*[=+\-@＝＋－＠])")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file on which it begins, counted from 1, and its cells by column; empty ones are left out."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns in their order, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read(
    data: bytes, *, columns: Collection[str], numbered: Collection[str] = (), needed: Collection[str] = ()
) -> Table:
    """The table that a file holds: UTF-8 or UTF-16; comma, semicolon or tab; the first row names the columns.

    columns: the names there are. numbered: names that may come with a number from 2 on, such as `part2`. needed: names that
    must be there. Names are taken whatever their case. Raises InvalidField, its pointer such as `/lines/3`, for a file that
    is too large, cannot be read for sure, or has other columns.
    """
    if len(data) > MOST_BYTES:
        raise InvalidField(
            "", f"the file has {len(data):,} bytes where {MOST_BYTES:,} are taken", fix="Send it in parts."
        )
    text = _decoded(data)
    separator = _SEP_LINE.match(text)
    offset = 0
    if separator is not None:  # a line that Excel writes and reads
        text, offset = text[separator.end() :], 1
    delimiter = separator[1] if separator is not None else _delimiter(text)
    records = _records(text, delimiter, offset)
    first = next(records, None)
    if first is None:
        raise InvalidField("", "the file is empty", fix="Name the columns in its first row.")
    names = _columns(*first, columns, numbered, needed)
    rows: list[Row] = []
    for line, cells in records:
        if len(rows) >= MOST_ROWS:
            raise InvalidField(f"/lines/{line}", f"more than {MOST_ROWS:,} rows", fix="Send it in parts.")
        if len(cells) > len(names) and any(one.strip() for one in cells[len(names) :]):
            raise InvalidField(
                f"/lines/{line}",
                f"{len(cells)} cells where the first row names {len(names)} columns",
                fix="Put a cell that holds the delimiter between double quotes.",
            )
        told = {name: unguarded(cell) for name, cell in zip(names, cells, strict=False)}
        filled = {name: cell for name, cell in told.items() if cell.strip()}
        if filled:
            rows.append(Row(line, filled))
    if not rows:
        raise InvalidField("", "the file has no rows", fix="Write one row for each post below the columns' names.")
    return Table(names, tuple(rows))


def written(columns: Sequence[str], rows: Iterable[Mapping[str, str | int]], *, heading: bool = True) -> str:
    """A table as RFC 4180 has it: commas, CR LF, and no text that a spreadsheet would calculate. A number stays one.

    heading: begin with a byte-order mark, by which spreadsheets know UTF-8, and the columns' names; False for what follows
    a first page.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if heading:
        out.write("\ufeff")
        writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name, "")) for name in columns])
    return out.getvalue()


def _cell(given: str | int) -> str | int:
    return guarded(given) if isinstance(given, str) else given


def guarded(cell: str) -> str:
    """The cell as a spreadsheet takes it for text: one more apostrophe before whatever would begin a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given; a cell that it would not have written stays as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _decoded(data: bytes) -> str:
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _unmarked(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(_NEWLINE.findall(data[: error.start].decode(encoding, "replace"))) + 1
        raise InvalidField(f"/lines/{line}", f"line {line} is not {encoding.upper()}", fix=SAVE_AS) from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        line = len(_NEWLINE.findall(text[: text.index("\0")])) + 1
        raise InvalidField(f"/lines/{line}", f"line {line} holds a NUL character", fix=SAVE_AS)
    return text


def _unmarked(data: bytes) -> str:
    """UTF-16 without its mark has a zero in every second byte of what is mostly ASCII: a column's name always is."""
    head = data[:64]
    if len(head) >= 4 and not any(head[1:8:2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) >= 4 and not any(head[0:8:2]) else "utf-8"


def _delimiter(text: str) -> str:
    """The delimiter that stands most often outside quotes in the first row; the comma where none does."""
    head = _NEWLINE.split(re.sub(r'"[^"]*"', "", text[:10_000]), maxsplit=1)[0]
    return max(_DELIMITERS, key=head.count)


def _records(text: str, delimiter: str, offset: int) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + offset
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise InvalidField(
                f"/lines/{line}",
                "a quote is not closed, or something stands behind it",
                fix='Put the whole cell between double quotes, and write each of its own double quotes twice: "".',
            ) from None
        long = next((number for number, cell in enumerate(cells, 1) if len(cell) > MOST_CELL), None)
        if long is not None:
            raise InvalidField(
                f"/lines/{line}", f"cell {long} has more than {MOST_CELL:,} characters", fix="Shorten it."
            )
        if any(cell.strip() for cell in cells):
            yield line, cells


def _columns(
    line: int, cells: Sequence[str], known: Collection[str], numbered: Collection[str], needed: Collection[str]
) -> tuple[str, ...]:
    place = f"/lines/{line}"
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for number, name in enumerate(names, 1):
        counted = re.fullmatch(r"([a-z]+)([2-9]|[1-9][0-9])", name)
        if name not in known and (counted is None or counted[1] not in numbered):
            raise InvalidField(
                place,
                f"column {number} is none that is known here",
                fix=f"The columns are: {', '.join(sorted(known))}.",
            )
        if name in names[: number - 1]:
            raise InvalidField(place, f"the column {name} comes twice", fix="Leave one of the two out.")
    missing = [name for name in needed if name not in names]
    if missing:
        raise InvalidField(place, f"the column {missing[0]} is missing", fix="Name the columns in the first row.")
    return tuple(names)
