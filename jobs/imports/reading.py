"""A file of rows as people make it: CSV in any usual encoding and separator, or the first sheet of an XLSX file."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from jobs.errors import JobFailed

MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
# An apostrophe that keeps a spreadsheet from changing a number or running a formula; not that of ’t Hof.
GUARDED = re.compile(r"'[0-9=+@-]")
# What openpyxl raises for a workbook with parts missing.
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
SEPARATORS = ",;\t|"


class NumberCell(str):
    """A cell that a spreadsheet keeps as a number: leading zeros, and digits after the 15th, are gone."""


class Table(NamedTuple):
    headers: list[str]
    rows: list[list[str]]
    lines: list[int]


def read_table(name: str, content: bytes) -> Table:
    """Raises JobFailed with what is wrong with the file as a whole. ``lines`` says where each row is in the file."""
    numbered = iter(_sheet(content) if name.lower().endswith(".xlsx") else _csv(content))
    headers: list[str] = []
    for _, first in numbered:
        headers = [cell.strip().lower().replace(" ", "_") for cell in first]
        break
    while headers and not headers[-1]:
        headers.pop()
    _check_headers(headers)
    rows, lines = [], []
    for line, cells in numbered:
        if not any(cells):
            continue
        if any(cells[len(headers) :]):
            raise JobFailed(f"Line {line} has more cells than the first line has names. Look at its separators.")
        rows.append((cells + [""] * len(headers))[: len(headers)])
        lines.append(line)
        if len(rows) > MAX_ROWS:
            raise JobFailed(f"The file has more than {MAX_ROWS:,} rows. Split it.")
    if not rows:
        raise JobFailed("The file has no rows below its first line.")
    return Table(headers, rows, lines)


def _check_headers(headers: list[str]) -> None:
    if not headers:
        raise JobFailed("The file is empty. Its first line names the columns.")
    if len(headers) > MAX_COLUMNS:
        raise JobFailed(f"The file has more than {MAX_COLUMNS} columns.")
    twice = sorted({header for header in headers if headers.count(header) > 1})
    if twice:
        raise JobFailed(f"The first line names a column twice, or not at all: {', '.join(twice) or 'empty name'}.")


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    first = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            yield line, [_clean(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise JobFailed(f"Line {reader.line_num} cannot be read: {error}.") from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one; else what Excel writes in Western Europe."""
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise JobFailed("The characters of this file are in no encoding we know. Save it as CSV UTF-8.")


def _sheet(content: bytes) -> Iterator[tuple[int, list[str]]]:
    # Few bring a workbook, and every process would load what reads it.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bombs(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield line, list(_texts(cells))
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, ParseError, *BROKEN) as error:
        raise JobFailed("This is no XLSX file. Save it as an Excel workbook or as CSV.") from error


def _refuse_bombs(content: bytes) -> None:
    """A small file that unpacks to gigabytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except zipfile.BadZipFile as error:
        raise JobFailed("This is no XLSX file. Save it as an Excel workbook or as CSV.") from error
    if size > MAX_UNPACKED_BYTES:
        raise JobFailed("The sheet is too large. Save it as CSV.")


def _texts(cells: Iterable[Any]) -> Iterator[str]:
    for cell in cells:
        match cell:
            case None:
                yield ""
            case bool():
                yield "yes" if cell else "no"
            case datetime() | date():
                yield cell.isoformat()
            case float() if cell.is_integer() and abs(cell) < 1e15:
                yield NumberCell(int(cell))
            case int() | float():
                yield NumberCell(repr(cell))
            case _:
                yield _clean(str(cell))


def _clean(cell: str) -> str:
    """Without what readers pad with, and without the mark that keeps a spreadsheet from changing a cell."""
    text = "".join(char for char in cell.replace("\xa0", " ") if char.isprintable() or char == "\n").strip()
    return text[1:] if GUARDED.match(text) else text
