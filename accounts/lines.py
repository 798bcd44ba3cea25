"""Rows as lines of CSV, one at a time, so that a long export needs no memory."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# A cell that begins so is run as a formula by spreadsheets.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow([_harmless(str(cell)) for cell in row])


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_MARKS) else cell
