"""CSV for spreadsheets: text that would run as a formula stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_MARK = "'"


def cell(value: object) -> object:
    """A value as a cell: text that begins like a formula gets an apostrophe before it (OWASP, CSV injection)."""
    if isinstance(value, str) and value.lstrip(" \n").startswith(_FORMULA):
        return _MARK + value
    return value


def uncell(value: str) -> str:
    """What `cell` made of a text, taken back."""
    bare = value.removeprefix(_MARK)
    return bare if bare != value and cell(bare) == value else value


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file as UTF-8 with a byte order mark (so that spreadsheets read it right), every formula disarmed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
