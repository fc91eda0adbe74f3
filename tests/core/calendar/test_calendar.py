"""Slots on a real store: the month in a zone, moves and sign-off, warnings, the iCalendar file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine

from core import calendar, review
from core.errors import Conflict, Denied, Invalid
from core.store import Actor
from core.store.tables import Post


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    made = review.create(two_authors["Ada"], "Margins", "Read the margins.", actor)
    review.submit(made.id, actor)
    return review.approve(made.id, None, actor)


def test_a_slot_late_on_the_31st_is_in_the_next_month_further_east(post: Post, actor: Actor) -> None:
    calendar.schedule(post.id, datetime(2027, 1, 31, 23, 30, tzinfo=UTC), "UTC", actor)
    assert [p.id for p in calendar.month(2027, 1, "UTC")] == [post.id]
    assert calendar.month(2027, 1, "Europe/Berlin") == []
    assert [p.id for p in calendar.month(2027, 2, "Europe/Berlin")] == [post.id]
    assert calendar.month(2027, 2, "America/New_York") == []


def test_december_and_the_month_in_which_the_clock_changes(post: Post, actor: Actor) -> None:
    last = datetime(2027, 3, 31, 21, 59, tzinfo=UTC)  # 23:59 in Berlin's summer time
    calendar.schedule(post.id, last, "Europe/Berlin", actor)
    assert len(calendar.month(2027, 3, "Europe/Berlin")) == 1
    calendar.schedule(post.id, last + timedelta(minutes=1), "Europe/Berlin", actor)
    assert calendar.month(2027, 3, "Europe/Berlin") == []
    calendar.schedule(post.id, datetime(2027, 12, 31, 12, tzinfo=UTC), "UTC", actor)
    assert len(calendar.month(2027, 12, "UTC")) == 1


def test_a_month_of_one_author_without_what_was_put_away(two_authors: dict[str, str], post: Post, actor: Actor) -> None:
    slot = datetime(2027, 5, 3, 9, tzinfo=UTC)
    other = review.create(two_authors["Bo"], "", "x", actor)
    calendar.schedule(post.id, slot, "UTC", actor)
    calendar.schedule(other.id, slot - timedelta(hours=1), "UTC", actor)
    assert [p.id for p in calendar.month(2027, 5, "UTC")] == [other.id, post.id]
    assert [p.id for p in calendar.month(2027, 5, "UTC", two_authors["Ada"])] == [post.id]
    review.archive(other.id, actor)
    assert [p.id for p in calendar.month(2027, 5, "UTC")] == [post.id]


def test_an_approvers_move_keeps_the_schedule_and_an_editors_asks_again(post: Post, actor: Actor) -> None:
    slot = datetime(2027, 3, 27, 8, tzinfo=UTC)
    calendar.schedule(post.id, slot, "Europe/Berlin", actor)
    with pytest.raises(Conflict):
        calendar.move(post.id, date(2027, 3, 29), "Europe/Berlin", actor, post.revision)
    moved = calendar.move(post.id, date(2027, 3, 29), "Europe/Berlin", actor)
    assert moved.status == "Scheduled"
    assert moved.slot == datetime(2027, 3, 29, 7, tzinfo=UTC), "still 9 o'clock in Berlin, now in summer time"
    editor = replace(actor, name="Ed", role="editor")
    asked = calendar.move(post.id, date(2027, 3, 30), "Europe/Berlin", editor)
    assert (asked.status, asked.slot_approved_by, asked.approved_hash) == ("Approved", None, post.hash)
    with pytest.raises(Denied):
        calendar.sign_off(post.id, editor)
    assert calendar.sign_off(post.id, actor).status == "Scheduled"
    with pytest.raises(Denied):
        calendar.move(post.id, date(2027, 3, 30), "UTC", replace(actor, role="reader"))


def test_setting_the_same_date_as_an_approver_signs_it_off(post: Post, actor: Actor) -> None:
    slot = datetime(2027, 3, 27, 8, tzinfo=UTC)
    calendar.schedule(post.id, slot, "UTC", replace(actor, role="editor"))
    assert calendar.schedule(post.id, slot, "UTC", actor).status == "Scheduled"


def test_a_post_without_a_slot_lands_at_nine(post: Post, actor: Actor) -> None:
    with pytest.raises(Conflict):
        calendar.move(post.id, date(2027, 7, 1), "America/New_York", actor, post.revision - 1)
    landed = calendar.move(post.id, date(2027, 7, 1), "America/New_York", actor)
    assert (landed.slot, landed.zone) == (datetime(2027, 7, 1, 13, tzinfo=UTC), "America/New_York")


def test_a_draft_may_have_a_date_but_is_never_scheduled(two_authors: dict[str, str], actor: Actor) -> None:
    draft = review.create(two_authors["Bo"], "", "x", actor)
    planned = calendar.schedule(draft.id, datetime(2027, 7, 1, 13, tzinfo=UTC), "UTC", actor)
    assert planned.status == "Drafting"


def test_refusals_change_nothing(post: Post, actor: Actor) -> None:
    slot = datetime(2027, 7, 1, 13, tzinfo=UTC)
    with pytest.raises(Invalid, match="time zone"):
        calendar.schedule(post.id, slot.replace(tzinfo=None), "UTC", actor)
    with pytest.raises(Invalid, match="no time zone named 'Mars/Base'"):
        calendar.schedule(post.id, slot, "Mars/Base", actor)
    with pytest.raises(Conflict):
        calendar.schedule(post.id, slot, "UTC", actor, revision=post.revision - 1)
    review.archive(post.id, actor)
    with pytest.raises(Invalid, match="cannot give a date to a post that is Archived"):
        calendar.schedule(post.id, slot, "UTC", actor)
    assert review.get(post.id).slot is None


def test_upcoming_counts_local_days_from_now(post: Post, actor: Actor) -> None:
    calendar.schedule(post.id, datetime(2027, 1, 2, 3, tzinfo=UTC), "UTC", actor)
    with time_machine.travel(datetime(2027, 1, 1, 20, tzinfo=UTC), tick=False):
        assert calendar.upcoming(0, "UTC") == []
        assert len(calendar.upcoming(0, "America/New_York")) == 1, "there it is still the 1st, 22:00"
        assert len(calendar.upcoming(1, "UTC")) == 1
    with time_machine.travel(datetime(2027, 1, 2, 4, tzinfo=UTC), tick=False):
        assert calendar.upcoming(7, "UTC") == [], "it is past"


def test_two_posts_of_one_author_within_an_hour_are_a_warning(
    two_authors: dict[str, str], post: Post, actor: Actor
) -> None:
    slot = datetime(2027, 5, 3, 9, tzinfo=UTC)
    near, far, others = (review.create(two_authors[a], "", "x", actor) for a in ("Ada", "Ada", "Bo"))
    calendar.schedule(post.id, slot, "UTC", actor)
    calendar.schedule(near.id, slot + timedelta(minutes=59), "UTC", actor)
    calendar.schedule(far.id, slot + timedelta(minutes=119), "UTC", actor)
    calendar.schedule(others.id, slot, "UTC", actor)
    pairs = calendar.conflicts(calendar.month(2027, 5, "UTC"))
    assert [(a.id, b.id) for a, b in pairs] == [(post.id, near.id)]


def test_unscheduled_are_the_approved_without_a_slot(two_authors: dict[str, str], post: Post, actor: Actor) -> None:
    review.create(two_authors["Bo"], "", "x", actor)
    assert [p.id for p in calendar.unscheduled()] == [post.id]
    assert calendar.unscheduled(two_authors["Bo"]) == []
    calendar.schedule(post.id, datetime(2027, 5, 3, 9, tzinfo=UTC), "UTC", actor)
    assert calendar.unscheduled() == []


def test_the_ics_file_holds_the_slot_in_its_own_zone_and_the_text_as_data(post: Post, actor: Actor) -> None:
    nasty = "First; line, with \\ and\r\nEND:VEVENT\nBEGIN:VALARM\x07 🧭 " + "é" * 200
    review.edit(post.id, actor, text=nasty, title="A; b, c")
    planned = calendar.schedule(post.id, datetime(2027, 7, 1, 7, tzinfo=UTC), "Europe/Berlin", actor)
    raw = calendar.ics([planned], {post.author_id: "Ada"})
    read = icalendar.Calendar.from_ical(raw)
    (event,) = read.walk("VEVENT")
    assert event["summary"] == "Ada: A; b, c"
    assert event["description"] == "In Review\n\n" + nasty.replace("\r\n", "\n").replace("\x07", "")
    assert event["dtstart"].dt.isoformat() == "2027-07-01T09:00:00+02:00"
    assert event["status"] == "TENTATIVE"
    assert event["uid"] == f"{post.id}@timbre"
    assert not read.walk("VALARM")
    assert [str(z["tzid"]) for z in read.walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75


def test_a_heading_is_the_title_or_the_first_line() -> None:
    assert calendar.heading(Post(title=" T ", text="x")) == "T"
    assert calendar.heading(Post(title="", text="\n\n  First. \nSecond.")) == "First."
    assert calendar.heading(Post(title="", text=" ")) == "Untitled"
    assert len(calendar.heading(Post(title="x" * 200, text=""))) == 80
