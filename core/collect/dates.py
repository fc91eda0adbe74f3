"""Dates as exports write them: ISO first, then the common forms, never by guessing from a fragment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FORMS = (
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%A, %B %d, %Y",
    "%d-%b-%Y",
    "%d-%B-%Y",
)
TIMES = ("", " %H:%M", " %H:%M:%S", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p", ", %I:%M:%S %p")
YEARS = range(1970, 2101)
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d)(.*)", re.DOTALL)
_EPOCH = re.compile(r"\d{10}(\d{3})?(\.\d+)?")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")


class Ambiguous(ValueError):
    """03/04/2024: readable both ways."""


def day_first(values: Iterable[str]) -> bool | None:
    """What a column's slashed dates say about their order: True, False, or None where none or both say it."""
    found = [(int(m[1]), int(m[3])) for m in map(_SLASHED.match, (v.strip() for v in values)) if m]
    day, month = any(a > 12 for a, _ in found), any(b > 12 for _, b in found)
    return None if day == month else day


def is_slashed(value: str) -> bool:
    """Whether the order of day and month matters in this date."""
    match = _SLASHED.match(value.strip())
    return match is not None and int(match[1]) <= 12 and int(match[3]) <= 12 and match[1] != match[3]


def parse(value: str, day_first: bool = False) -> tuple[datetime, bool]:
    """The instant in UTC, and whether the text named its zone (otherwise UTC was assumed). Raises ValueError."""
    text = " ".join(value.split())
    if not text:
        raise ValueError("empty")
    if _EPOCH.fullmatch(text):
        return _sane(datetime.fromtimestamp(float(text) / (1000 if len(text.split(".")[0]) == 13 else 1), UTC)), True
    named = re.search(r"(?<=\d)\s*(UTC|GMT)$", text)
    if named:
        text = text[: named.start()]
    found = _iso(text) or _slashed(text, day_first) or _spelled(text) or _mail(text)
    if found is None:
        raise ValueError(f"{value[:40]!r} is no date that is known here")
    zoned = found.tzinfo is not None or bool(named)
    return _sane(found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)), zoned


def _sane(found: datetime) -> datetime:
    if found.year not in YEARS:
        raise ValueError(f"the year {found.year} cannot be right")
    return found


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-?[\dW]", text) or len(text) < 8:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _slashed(text: str, day_first: bool) -> datetime | None:
    match = _SLASHED.fullmatch(text)
    if not match:
        return None
    first, second = int(match[1]), int(match[3])
    day, month = (first, second) if (day_first and second <= 12) or first > 12 else (second, first)
    return _formed(f"{match[4]}/{month}/{day}{match[5]}", ("%Y/%m/%d",))


def _spelled(text: str) -> datetime | None:
    return _formed(_ORDINAL.sub("", text), FORMS)


def _formed(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        for time in TIMES:
            try:
                return datetime.strptime(text, form + time)
            except ValueError:
                continue
    return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if re.match(r"\w{3}, \d", text) else None
    except ValueError:
        return None
