"""Local days and wall-clock times, across changes of the clock and odd zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import days
from core.errors import Invalid

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Pacific/Apia",
    ]
)
INSTANTS = st.datetimes(datetime(2012, 1, 2), datetime(2035, 1, 1)).map(lambda d: d.replace(tzinfo=UTC, microsecond=0))


def test_a_day_is_23_hours_when_the_clock_goes_forward_and_25_when_it_goes_back() -> None:
    def length(day: date) -> timedelta:
        return days.day_start(day + timedelta(days=1), "Europe/Berlin") - days.day_start(day, "Europe/Berlin")

    assert length(date(2027, 3, 28)) == timedelta(hours=23)
    assert length(date(2027, 10, 31)) == timedelta(hours=25)
    assert length(date(2027, 6, 1)) == timedelta(hours=24)


def test_a_time_that_the_clock_skips_moves_on_and_is_noticed() -> None:
    assert days.at(date(2027, 3, 28), time(2, 30), "Europe/Berlin") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert days.skipped(date(2027, 3, 28), time(2, 30), "Europe/Berlin")
    assert not days.skipped(date(2027, 3, 27), time(2, 30), "Europe/Berlin")


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    assert days.at(date(2027, 10, 31), time(2, 30), "Europe/Berlin") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_midnight_that_does_not_exist_starts_the_day_an_hour_later() -> None:
    start = days.day_start(date(2026, 4, 24), "Africa/Cairo")
    assert days.local_day(start, "Africa/Cairo") == date(2026, 4, 24)
    assert days.local_day(start - timedelta(seconds=1), "Africa/Cairo") == date(2026, 4, 23)


@given(INSTANTS, ZONES)
def test_every_instant_lies_in_its_local_day(instant: datetime, zone: str) -> None:
    day = days.local_day(instant, zone)
    assert days.day_start(day, zone) <= instant < days.day_start(day + timedelta(days=1), zone)


@given(INSTANTS, ZONES, ZONES, st.integers(-400, 400))
def test_a_moved_slot_lies_on_the_day_and_keeps_its_own_clock_time(
    slot: datetime, own: str, view: str, shift: int
) -> None:
    target = days.local_day(slot, view) + timedelta(days=shift)
    if target == date(2011, 12, 30) and view == "Pacific/Apia":
        return  # Samoa skipped it
    there = days.moved(slot, own, view, target)
    assert days.local_day(there, view) == target
    before, after = (s.astimezone(days.zone_info(own)).time() for s in (slot, there))
    gap = abs((datetime.combine(date.min, before) - datetime.combine(date.min, after)).total_seconds())
    assert before == after or gap % 86400 <= 7200 or gap >= 79200, "only a change of the clock may shift it"


def test_the_grid_is_whole_weeks_from_monday() -> None:
    shown = days.grid(2027, 2)
    assert (shown[0], shown[-1], len(shown)) == (date(2027, 2, 1), date(2027, 2, 28), 28)
    assert len(days.grid(2027, 5)) == 42
    for month in range(1, 13):
        shown = days.grid(2027, month)
        assert shown[0].weekday() == 0
        assert shown[-1].weekday() == 6


@pytest.mark.parametrize("bad", [(2027, 0), (2027, 13), (1969, 12), (9999, 1)])
def test_a_month_that_is_none(bad: tuple[int, int]) -> None:
    with pytest.raises(Invalid, match="no month"):
        days.valid_month(*bad)


@pytest.mark.parametrize("bad", ["Mars/Base", "", "../etc/passwd", "Europe/Berlin\x00", "x" * 500])
def test_a_zone_that_is_none(bad: str) -> None:
    with pytest.raises(Invalid) as refused:
        days.zone_info(bad)
    assert "IANA" in refused.value.hint


def test_every_zone_offered_works() -> None:
    assert len(days.zones()) > 300
    assert days.zones()[0] == "UTC"
    for name in days.zones():
        days.zone_info(name)


def test_where_only_one_of_two_zones_has_changed_its_clock_the_own_time_is_kept() -> None:
    slot = datetime(2027, 3, 10, 4, 30, tzinfo=UTC)  # 5:30 in Berlin, and still the 9th in New York
    there = days.moved(slot, "Europe/Berlin", "America/New_York", date(2027, 3, 16))
    assert there == datetime(2027, 3, 16, 4, 30, tzinfo=UTC), "5:30 in Berlin; New York is an hour nearer by now"
