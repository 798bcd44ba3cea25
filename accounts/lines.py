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
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: Any) -> Any:
    """Numbers stay numbers, also negative ones."""
    if isinstance(cell, int | float):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text
