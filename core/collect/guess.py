"""Which column is the text, the author, the date: by name first, then by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import mean

from core.collect import dates
from core.collect.model import FILE_NAME, FOLDER, Mapping, Record

TEXT = (
    "text",
    "post text",
    "post",
    "content",
    "body",
    "commentary",
    "sharecommentary",
    "message",
    "caption",
    "article",
)
AUTHOR = (
    "author",
    "author name",
    "writer",
    "persona",
    "by",
    "creator",
    "profile",
    "name",
    "account",
    "user",
    "username",
)
DATE = (
    "date",
    "published",
    "published at",
    "publish date",
    "posted",
    "posted at",
    "post date",
    "created",
    "created at",
)
DATE_TOO = ("timestamp", "time", "datetime", "day", "when")
_LOOK = 200
"""Rows that are looked at."""


def guess(records: Sequence[Record]) -> Mapping:
    """The likely mapping of one file's rows; an empty string where there seems to be no such column."""
    head = records[:_LOOK]
    columns = list(dict.fromkeys(column for record in head for column in record.fields))
    values = {c: [v for r in head if (v := r.fields.get(c, "").strip())] for c in columns}
    text = _named(columns, TEXT, lambda c: bool(values[c]) and not _all_dates(values[c])) or _longest(columns, values)
    others = [c for c in columns if c != text]
    date = _named(others, DATE + DATE_TOO, lambda c: _some_dates(values[c])) or _dated(others, values)
    others = [c for c in others if c != date]
    author = _named(others, AUTHOR, lambda c: bool(values[c]) and _names(values[c]))
    return Mapping(text=text, author=author, date=date)


def plain(name: str) -> str:
    """A column's name for comparison: lower case, words parted by one space."""
    return re.sub(r"[\W_]+", " ", name).strip().casefold()


def _named(columns: Sequence[str], names: Sequence[str], fits: Callable[[str], bool]) -> str:
    for name in names:
        for column in columns:
            if plain(column) == name and fits(column):
                return column
    return ""


def _longest(columns: Sequence[str], values: dict[str, list[str]]) -> str:
    lengths = {c: mean(map(len, values[c])) for c in columns if values[c] and not c.startswith("(")}
    best = max(lengths, key=lambda c: lengths[c], default="")
    return best if best and (lengths[best] >= 40 or len(lengths) == 1) else ""


def _is_date(value: str) -> bool:
    try:
        dates.parse(value)
    except (ValueError, OverflowError, OSError):
        return False
    return True


def _some_dates(values: Sequence[str]) -> bool:
    return sum(map(_is_date, values)) > 0.3 * len(values)


def _all_dates(values: Sequence[str]) -> bool:
    return bool(values) and len(values[0]) < 40 and sum(map(_is_date, values)) > 0.8 * len(values)


def _dated(columns: Sequence[str], values: dict[str, list[str]]) -> str:
    return next((c for c in columns if not c.startswith("(") and _all_dates(values[c])), "")


def _names(values: Sequence[str]) -> bool:
    return max(map(len, values)) <= 200 and mean(map(len, values)) <= 60


def folders_are_authors(records: Sequence[Record]) -> bool:
    """Several folders, each with texts of its own, are likely one for each author."""
    return len({r.fields.get(FOLDER, "") for r in records} - {""}) > 1


def choices(records: Sequence[Record]) -> list[str]:
    """Every column a person may choose from."""
    seen = dict.fromkeys(c for r in records for c in r.fields if c not in (FILE_NAME, FOLDER))
    return [*seen, *(c for c in (FOLDER, FILE_NAME) if any(r.fields.get(c) for r in records))]
