"""Clocks that differ, lists that lag, minutes that are rounded, a computer that slept, more rows than a query gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from core import calendar, review, store
from core.config import Settings, settings
from core.store import Actor
from core.store import notion as rows
from core.store.tables import NotionPass, Post
from notion_sync import commands
from tests.notion_sync.quiet import Memory, check, settle
from tests.notion_sync.server import World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]
NOON = datetime(2026, 10, 24, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def clock(notion: World) -> Iterator[time_machine.Traveller]:
    """Everybody's clock; it goes on by itself, and as far as a test shifts it."""
    with time_machine.travel(NOON) as traveller:
        yield traveller


@pytest.mark.parametrize("step", [1, 20, 61])
def test_a_list_that_lags_behind_our_write_takes_nothing_back(
    notion: World, clock: time_machine.Traveller, approved: Make, sync: Run, actor: Actor, step: int
) -> None:
    """Else the old text would come back for a minute, and the approval of the new one would be lost with it."""
    post = approved("Old.")
    sync()
    clock.shift(600)
    notion.lag = 90
    review.edit(post.id, actor, text="New.")
    review.approve(post.id, None, actor, submit=True)
    sync()
    for _ in range(100 // step if step > 1 else 5):
        clock.shift(step)
        done = sync()
        assert not notion.writes()
        assert not done.counts.get("pulled")
        assert (review.get(post.id).text, review.get(post.id).status) == ("New.", "Approved")


def test_an_edit_that_was_seen_is_not_undone_by_a_list_that_lags(
    notion: World, clock: time_machine.Traveller, approved: Make, sync: Run, actor: Actor
) -> None:
    """Their edit was met when the row itself was looked at; the next list still shows the row as it was before."""
    post = approved("Text.")
    sync()
    clock.shift(600)
    notion.lag = 90
    notion.edit(notion.rows()[0], Name="Renamed in Notion")
    calendar.schedule(post.id, datetime(2027, 1, 1, 8, tzinfo=UTC), "UTC", actor)
    sync()
    assert review.get(post.id).title == "Renamed in Notion"
    for _ in range(4):
        clock.shift(25)
        sync()
        assert review.get(post.id).title == "Renamed in Notion"
        assert not notion.writes()


@pytest.mark.parametrize("lag", [0, 90])
@pytest.mark.parametrize("minutes", [-10, 10])
def test_clocks_ten_minutes_apart_hide_no_edit(
    notion: World, clock: time_machine.Traveller, approved: Make, sync: Run, minutes: int, lag: int
) -> None:
    notion.ahead = timedelta(minutes=minutes)
    post = approved()
    sync()
    for number in range(4):
        clock.shift(400)
        sync()
        notion.lag = lag
        notion.edit(notion.rows()[0], Name=f"Name {number}")
        sync()  # within the same minute, and it may not show yet
        clock.shift(95)
        sync()
        notion.lag = 0
        assert review.get(post.id).title == f"Name {number}"
    clock.shift(400)
    sync()
    assert not notion.writes()


def test_a_row_that_shows_after_90_seconds_is_never_made_twice(
    notion: World, clock: time_machine.Traveller, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the usual wait: it must be longer than lists lag, and begin when the answer was lost, not when it was asked."""
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", str(Settings.model_fields["notion_settle_seconds"].default))
    settings.cache_clear()
    post = approved()
    notion.lag = 90
    notion.fault("reset saved", "POST", "pages")
    notion.between = lambda method, path: clock.shift(60) if (method, path) == ("POST", "pages") else None
    for seconds in (31, 58, 31, 60):
        sync()
        clock.shift(seconds)
    sync()
    assert [notion.cell(row, "App ID") for row in notion.rows()] == [post.id]


def test_two_edits_in_the_minute_of_a_pass(
    notion: World, clock: time_machine.Traveller, approved: Make, sync: Run
) -> None:
    post = approved()
    sync()
    clock.shift(600)
    notion.edit(notion.rows()[0], Name="First")
    sync()
    notion.edit(notion.rows()[0], Name="Second")
    clock.shift(40)
    sync()
    assert review.get(post.id).title == "Second"


def test_a_computer_that_slept_for_three_days_catches_up(
    notion: World, clock: time_machine.Traveller, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    review.edit(post.id, actor, title="Here, before it slept")
    notion.edit(notion.rows()[0], Slot="2026-12-24", by=None)
    notion.type_row(Name="Typed meanwhile", Author="Bo")
    clock.shift(timedelta(days=3))
    done = settle()
    assert len(done) <= 3
    assert review.get(post.id).slot == datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    check(notion, Memory(typed={"Here, before it slept", "Typed meanwhile"}, approved={(post.id, post.text)}))


@pytest.mark.parametrize(
    ("instant", "zone", "shown"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", "2026-10-25T02:30:00.000+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", "2026-10-25T02:30:00.000+01:00"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "Europe/Berlin", "2027-03-28T03:00:00.000+02:00"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "America/New_York", "2026-11-01T01:30:00.000-05:00"),
    ],
)
def test_slots_in_the_hours_when_clocks_are_changed(
    notion: World, approved: Make, sync: Run, actor: Actor, instant: datetime, zone: str, shown: str
) -> None:
    """2:30 comes twice in one night: the offset says which one is meant, there and back."""
    post = approved()
    calendar.schedule(post.id, instant, zone, actor)
    sync()
    row = notion.rows()[0]
    assert notion.cell(row, "Slot") == shown
    notion.edit(row, Slot=None)
    sync()
    notion.edit(row, Slot=shown)
    sync()
    assert review.get(post.id).slot == instant
    sync()
    assert not notion.writes()


def test_what_people_type_into_our_fields_is_put_right_and_kept(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.edit(notion.rows()[0], Scores="My own score: 11")
    sync()
    assert "My own score" not in notion.cell(notion.rows()[0], "Scores")
    assert "My own score: 11" in [change.old for change in review.history(post.id)]
    sync()
    assert not notion.writes()


def test_their_side_of_a_conflict_typed_again_loses_nothing(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved("Agreed.")
    sync()
    review.edit(post.id, actor, text="Ours.")
    for text in ("Theirs.", "Theirs, better."):
        notion.edit(notion.rows()[0], Post_text=text)
        sync()
    (conflict,) = commands.status().conflicts
    assert conflict.conflict["text"]["theirs"] == "Theirs, better."
    assert "Theirs." in [change.old for change in review.history(post.id)]


@pytest.mark.parametrize("kind", ["reset saved", "503 saved silently", "truncated"])
def test_our_own_write_whose_answer_was_lost_is_not_taken_for_theirs(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """It was saved, nobody told us, and we have written on: that is no conflict, and no edit of Notion's."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    post = approved("One.")
    sync()
    for text in ("Two.", "One."):  # "One." is what both sides last agreed on as far as we know
        review.edit(post.id, actor, text="In between.")
        notion.fault(kind, "PATCH", "pages/.*")
        notion.fault("500", "GET", "pages/.*", times=20, skip=1)
        try:
            commands.sync()
        except Exception as error:
            assert "errors" in str(error)
        notion.faults.clear()
        assert notion.cell(notion.rows()[0], "Post text") == "In between."
        review.edit(post.id, actor, text=text)
        sync()
        assert not commands.status().conflicts
        assert review.get(post.id).text == notion.cell(notion.rows()[0], "Post text") == text


def test_more_rows_than_a_query_gives_are_all_read_and_none_is_missing(
    notion: World, clock: time_machine.Traveller, sync: Run
) -> None:
    """The cap is lowered from 10,000 (https://developers.notion.com/reference/query-a-data-source)."""
    notion.cap = 110
    for number in range(260):
        if number % 90 == 0:
            clock.shift(60)
        notion.type_row(Name=f"Row {number}", Author="Ada", Status="Idea")
    sync()
    sync(full=True)
    assert not notion.writes()
    assert len(review.listed()) == 260
    assert len({notion.cell(row, "App ID") for row in notion.rows()}) == 260
    with store.reading() as tx:
        assert not rows.rows(tx, states=("trashed", "paused", "unmatched"))
