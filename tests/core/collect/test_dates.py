"""Dates: ISO first, the common forms, the ambiguous ones by what their column says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.collect import dates


@pytest.mark.parametrize(
    ("value", "expected", "zoned"),
    [
        ("2024-03-04", datetime(2024, 3, 4, tzinfo=UTC), False),
        ("2024-03-04T05:06:07", datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC), False),
        ("2024-03-04 05:06:07 UTC", datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC), True),
        ("2024-03-04T05:06:07Z", datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC), True),
        ("2024-03-04T05:06:07+02:00", datetime(2024, 3, 4, 3, 6, 7, tzinfo=UTC), True),
        ("20240304", datetime(2024, 3, 4, tzinfo=UTC), False),
        ("1709528767", datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC), True),
        ("1709528767000", datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC), True),
        ("4 March 2024", datetime(2024, 3, 4, tzinfo=UTC), False),
        ("March 4th, 2024", datetime(2024, 3, 4, tzinfo=UTC), False),
        ("Mar 4, 2024, 5:06 PM", datetime(2024, 3, 4, 17, 6, tzinfo=UTC), False),
        ("04.03.2024", datetime(2024, 3, 4, tzinfo=UTC), False),
        ("3/4/2024 05:06", datetime(2024, 3, 4, 5, 6, tzinfo=UTC), False),
        ("13/4/2024", datetime(2024, 4, 13, tzinfo=UTC), False),
        ("Mon, 04 Mar 2024 05:06:07 +0200", datetime(2024, 3, 4, 3, 6, 7, tzinfo=UTC), True),
    ],
)
def test_the_forms(value: str, expected: datetime, zoned: bool) -> None:
    assert dates.parse(value) == (expected, zoned)


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2024", "31/31/2024", "2024-02-30", "12/3/24", "1066-10-14", "5", "9" * 13]
)
def test_what_is_no_date_is_refused(value: str) -> None:
    with pytest.raises((ValueError, OverflowError, OSError)):
        dates.parse(value)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31)))
def test_iso_comes_back(moment: datetime) -> None:
    assert dates.parse(moment.isoformat())[0] == moment.replace(tzinfo=UTC)


@given(st.text(max_size=40))
def test_nothing_else_is_raised(value: str) -> None:
    try:
        found, _ = dates.parse(value)
    except (ValueError, OverflowError, OSError):
        return
    assert found.tzinfo is UTC


def test_a_column_says_how_its_dates_are_ordered() -> None:
    assert dates.day_first(["03/04/2024", "25/04/2024"]) is True
    assert dates.day_first(["03/04/2024", "04/25/2024"]) is False
    assert dates.day_first(["03/04/2024"]) is None
    assert dates.parse("03/04/2024", day_first=True)[0].month == 4
