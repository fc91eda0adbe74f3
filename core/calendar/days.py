"""Days, months and wall-clock times in a zone, right across changes of the clock. Pure."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from core.errors import Invalid
from core.review.slots import zone_info

__all__ = [
    "at",
    "day_start",
    "grid",
    "local_day",
    "moved",
    "skipped",
    "this_month",
    "valid_month",
    "zone_info",
    "zones",
]


@cache
def zones() -> list[str]:
    """The IANA names people use (region/city, and UTC), sorted."""
    kept = {
        z for z in available_timezones() if "/" in z and z.split("/")[0] not in ("Etc", "SystemV", "posix", "right")
    }
    return ["UTC", *sorted(kept)]


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC; where midnight does not exist, the first instant after it."""
    return _instant(datetime.combine(day, time(0)), zone_info(zone))


def at(day: date, clock: time, zone: str) -> datetime:
    """A wall-clock time of a local day as an instant in UTC.

    A time that the clock skips moves on by the skip (02:30 becomes 03:30); of one that comes twice, the first counts.
    """
    return _instant(datetime.combine(day, clock.replace(tzinfo=None, fold=0)), zone_info(zone))


def skipped(day: date, clock: time, zone: str) -> bool:
    """Whether the clock skips this time on this day."""
    wanted = clock.replace(tzinfo=None, fold=0)
    return at(day, wanted, zone).astimezone(zone_info(zone)).time() != wanted


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def local_day(slot: datetime, zone: str) -> date:
    """The day on which an instant falls in a zone."""
    return slot.astimezone(zone_info(zone)).date()


def valid_month(year: int, month: int) -> tuple[int, int]:
    """The same, where it is a month that has neighbours. Raises Invalid."""
    if not (1970 <= year <= 2200 and 1 <= month <= 12):
        raise Invalid(f"There is no month {year}-{month:02d} in the calendar.", "Choose one between 1970 and 2200.")
    return year, month


def this_month(zone: str) -> tuple[int, int]:
    """The present year and month in a zone."""
    today = local_day(datetime.now(UTC), zone)
    return today.year, today.month


def grid(year: int, month: int) -> list[date]:
    """The days of a month view: whole weeks from Monday that cover the month, 28 to 42 days."""
    valid_month(year, month)
    first = date(year, month, 1)
    last = date(year, month, calendar.monthrange(year, month)[1])
    start = first - timedelta(days=first.weekday())
    count = (last - start).days + 7 - last.weekday()
    return [start + timedelta(days=n) for n in range(count)]


def moved(slot: datetime, own_zone: str, view_zone: str, day: date) -> datetime:
    """The slot on another day of the viewed zone, at the same wall-clock time in the post's own zone."""
    own = zone_info(own_zone)
    wall = slot.astimezone(own).replace(tzinfo=None)
    shift = (day - local_day(slot, view_zone)).days
    for extra in (0, 1, -1):  # across a change of the clock the two zones may disagree about the day
        candidate = _instant((wall + timedelta(days=shift + extra)).replace(fold=0), own)
        if local_day(candidate, view_zone) == day:
            return candidate
    return at(day, slot.astimezone(zone_info(view_zone)).time(), view_zone)
