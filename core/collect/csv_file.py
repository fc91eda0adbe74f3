"""CSV from anywhere: the delimiter and the header are found, a broken row is named and the rest is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from statistics import mode

from core.collect.decode import decode, newlines
from core.collect.model import POST_CHARACTERS, Found, Options, Problem, Record, Upload
from core.export import uncell

SUFFIXES = (".csv", ".tsv")
DELIMITERS = (",", ";", "\t", "|")
EXPORTED = ("author", "date", "text", "words", "source", "left out")
"""Columns by which our own export is known: its disarmed formulas become what they were."""
_LOOK = 40
csv.field_size_limit(10 * POST_CHARACTERS)


def read(upload: Upload, options: Options) -> Found:
    """A row of the file is a record; row 1 is the header where there is one, as a spreadsheet shows it."""
    text, encoding = decode(upload.content, upload.name, options.encoding)
    found = Found()
    if encoding not in ("utf-8", "utf-8-sig"):
        found.notes.append(f"{upload.name} was read as {encoding}.")
    rows = list(_rows(text, dialect(text), upload.name, found))
    if not rows:
        return found
    header, body = _header(rows)
    ours = set(EXPORTED) <= set(header)
    for number, cells in body:
        if len(cells) > len(header) and any(c.strip() for c in cells[len(header) :]):
            reason = f"has {len(cells)} cells where the first row has {len(header)}: perhaps an unquoted delimiter"
            found.problems.append(Problem(upload.name, number, reason))
        elif any(cell.strip() for cell in cells):
            values = [newlines(uncell(cell) if ours else cell) for cell in cells]
            found.records.append(Record(upload.name, number, dict(zip(header, values, strict=False))))
    return found


def dialect(text: str) -> str:
    """The delimiter: the one that cuts the first rows into the same number of cells, the more the better."""
    head = text[:200_000]

    def fit(delimiter: str) -> tuple[float, int]:
        widths = []
        try:
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
                widths.append(len(row))
                if len(widths) == _LOOK:
                    break
        except csv.Error:
            pass
        widths = [w for w in widths if w] or [1]
        usual = mode(widths)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)

    return max(DELIMITERS, key=fit)


def _rows(text: str, delimiter: str, file: str, found: Found) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found.problems.append(Problem(file, number, _explain(str(error))))
            continue
        if cells:
            yield number, cells


def _explain(error: str) -> str:
    if "unexpected end" in error:
        return "a quotation mark is opened here and never closed; what follows it could not be read"
    if "field larger" in error:
        return "a cell is far too long; perhaps a quotation mark is not closed"
    return f"is not valid CSV ({error})"


def _header(rows: list[tuple[int, list[str]]]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    first = [cell.strip() for cell in rows[0][1]]
    named = [cell for cell in first if cell]
    looks = len(named) >= max(1, len(first) - 1) and len(set(named)) == len(named) and max(map(len, named)) <= 60
    if looks and (len(rows) > 1 or len(first) > 1) and not any(c.isdigit() for c in named[0][:4]):
        return [cell or f"column {n}" for n, cell in enumerate(first, 1)], rows[1:]
    width = max(len(cells) for _, cells in rows)
    return [f"column {n}" for n in range(1, width + 1)], rows
