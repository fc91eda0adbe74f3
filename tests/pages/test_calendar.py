"""The Calendar page: what it shows, what it says about approval, its list, and moving a post in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from core import authors, calendar, review, store
from core.config import ROOT
from core.people import local_actor
from core.store import Actor, new_id
from core.store.base import now
from core.store.tables import Author, Post
from pages.ui.month import View, as_data, outcome
from tests.processes import App, at_rest

SLOT = datetime(2027, 3, 9, 8, tzinfo=UTC)


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/calendar.py")
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(str(m.value) for m in [*app.markdown, *app.caption, *app.success, *app.subheader])


def approved(author_id: str, title: str, actor: Actor) -> Post:
    post = review.create(author_id, title, f"{title}. A text.", actor)
    review.submit(post.id, actor)
    return review.approve(post.id, None, actor)


def view(zone: str = "UTC", **fields: object) -> View:
    return View(2027, 3, zone, authors.listed(), **fields)  # type: ignore[arg-type]


# ---- what the browser gets -----------------------------------------------------------------------------------


def test_posts_lie_on_their_local_day_with_status_as_colour_shape_and_word(
    two_authors: dict[str, str], actor: Actor
) -> None:
    post = approved(two_authors["Ada"], "Late", actor)
    late = calendar.schedule(post.id, datetime(2027, 3, 9, 23, 30, tzinfo=UTC), "UTC", actor)
    before = SLOT - timedelta(days=9)  # whatever the day of the test is
    (here,) = as_data(view("UTC", now=before), actor, [late], [])["posts"]
    (there,) = as_data(view("Asia/Tokyo", now=before), actor, [late], [])["posts"]
    assert (here["day"], here["time"]) == ("2027-03-09", "23:30")
    assert (there["day"], there["time"]) == ("2027-03-10", "08:30")
    assert (here["family"], here["shape"], here["word"]) == ("green", "◆", "Scheduled")
    assert here["spoken"] == "Late. Ada. Scheduled. Tue 9 Mar, 23:30"
    assert "Tue 9 Mar, 23:30 in UTC" in there["tip"]


def test_an_author_keeps_the_colour_whoever_else_is_shown(two_authors: dict[str, str], actor: Actor) -> None:
    post = calendar.schedule(approved(two_authors["Bo"], "B", actor).id, SLOT, "UTC", actor)
    (chip,) = as_data(view(), actor, [post], [])["posts"]
    assert chip["colour"] == authors.place(two_authors["Bo"]) == 1


def test_two_close_posts_and_a_date_without_sign_off_are_flagged(two_authors: dict[str, str], actor: Actor) -> None:
    one, two = (approved(two_authors["Ada"], t, actor) for t in ("One", "Two"))
    one = calendar.schedule(one.id, SLOT, "UTC", replace(actor, role="editor"))
    two = calendar.schedule(two.id, SLOT + timedelta(minutes=30), "UTC", actor)
    chips = as_data(view(now=SLOT - timedelta(days=1)), actor, [one, two], [])["posts"]
    assert [c["flags"] for c in chips] == [["sign off date", "close to another"], ["close to another"]]
    assert "Less than an hour from another post by Ada" in chips[1]["spoken"]
    past = as_data(view(now=SLOT + timedelta(days=1)), actor, [one, two], [])["posts"]
    assert [(c["flags"], c["over"]) for c in past] == [([], True), ([], True)]


def test_a_reader_can_move_nothing(two_authors: dict[str, str], actor: Actor) -> None:
    post = approved(two_authors["Ada"], "A", actor)
    reader = replace(actor, role="reader")
    data = as_data(view(), reader, [], [post])
    assert data["tray"][0]["movable"] is False
    assert data["movable"] is False


def test_the_sentence_after_a_move_says_what_became_of_the_approval(two_authors: dict[str, str], actor: Actor) -> None:
    post = approved(two_authors["Ada"], "A", actor)
    first = calendar.schedule(post.id, SLOT, "UTC", actor)
    assert outcome(post, first, "UTC") == "“A” goes out on Tue 9 Mar, 08:00. It is scheduled now."
    moved = calendar.move(post.id, date(2027, 3, 10), "UTC", actor)
    assert "Its approval stands" in outcome(first, moved, "UTC")
    asked = calendar.move(post.id, date(2027, 3, 11), "UTC", replace(actor, role="editor"))
    assert "an approver must sign off the new date" in outcome(moved, asked, "UTC")
    gone = calendar.schedule(post.id, None, "UTC", actor)
    assert outcome(asked, gone, "UTC") == "“A” has no date any more. Its text stays approved."


# ---- the page ------------------------------------------------------------------------------------------------


def test_an_empty_store_says_what_comes_first(data: Path) -> None:
    app = opened()
    assert not app.exception
    assert "Add somebody's writing first" in texts(app)


def test_the_month_is_in_the_url_and_turned_with_buttons(two_authors: dict[str, str]) -> None:
    app = opened(month="2027-01")
    assert "January 2027" in [s.value for s in app.subheader]
    app.button(key="calendar_previous").click().run()
    assert app.query_params["month"] in ("2026-12", ["2026-12"])
    assert "December 2026" in [s.value for s in app.subheader]
    app.button(key="calendar_next").click().run()
    app.button(key="calendar_next").click().run()
    assert "February 2027" in [s.value for s in app.subheader]


@pytest.mark.parametrize("bad", ["2027-13", "0000-01", "x", "9999-99"])
def test_a_month_that_is_none_is_this_month(two_authors: dict[str, str], bad: str) -> None:
    app = opened(month=bad, zone="Mars/Base", post="nope", skip="-1", view="list")
    assert not app.exception
    assert "no post nope" in "".join(e.value for e in app.error)


def test_a_post_opened_by_its_address_gets_a_date_by_form(two_authors: dict[str, str], actor: Actor) -> None:
    post = approved(two_authors["Ada"], "Margins", actor)
    app = opened(post=post.id)
    assert "your date is signed off with it" in texts(app)
    app.date_input(key=f"calendar_day:{post.id}:{post.revision}").set_value(date(2027, 3, 28))
    app.time_input(key=f"calendar_clock:{post.id}:{post.revision}").set_value(datetime(2027, 1, 1, 2, 30).time())
    app.selectbox(key=f"calendar_place:{post.id}:{post.revision}").set_value("Europe/Berlin")
    app.button(key=f"calendar_set:{post.id}:{post.revision}").click().run()
    assert not app.exception and not app.error
    done = review.get(post.id)
    assert (done.status, done.slot, done.zone) == (
        "Scheduled",
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        "Europe/Berlin",
    )
    assert "post" not in app.query_params, "the dialog is closed"


def test_another_persons_change_is_not_overwritten(two_authors: dict[str, str], actor: Actor) -> None:
    post = approved(two_authors["Ada"], "Margins", actor)
    app = opened(post=post.id)
    calendar.schedule(post.id, SLOT, "UTC", replace(actor, name="Kim"))
    app.button(key=f"calendar_set:{post.id}:{post.revision}").click().run()
    assert review.get(post.id).slot == SLOT
    assert app.date_input[0].value == SLOT.date(), "the form begins again with what they set"


def test_an_unsigned_date_can_be_signed_off(two_authors: dict[str, str], actor: Actor) -> None:
    post = approved(two_authors["Ada"], "Margins", actor)
    post = calendar.schedule(post.id, SLOT, "UTC", replace(actor, name="Ed", role="editor"))
    app = opened(post=post.id)
    assert "March 2027" in [s.value for s in app.subheader], "the month of the post"
    app.button(key=f"calendar_sign:{post.id}:{post.revision}").click().run()
    assert review.get(post.id).status == "Scheduled"


def test_the_list_is_by_status_and_slot_a_page_at_a_time(two_authors: dict[str, str], actor: Actor) -> None:
    for number in range(30):
        post = review.create(two_authors["Ada"], f"Post {number:02d}", "x", actor)
        if number >= 28:
            calendar.schedule(post.id, SLOT + timedelta(days=40 - number), "UTC", actor)
    app = opened(view="list")
    assert app.pills(key="calendar_status").options == ["Drafting 30"]
    rows = [link.label for link in app.get("page_link") if "Post " in link.label]
    assert len(rows) == 25
    assert "Post 29" in rows[0] and "Post 28" in rows[1]
    app.button(key="calendar_later").click().run()
    assert "26 to 30 of 30" in texts(app)


def test_two_thousand_posts_open_in_both_layouts(two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        author = list(two_authors.values())
        rows = [
            {
                "id": new_id(), "author_id": author[n % 2], "title": f"Post {n}", "text": "A line.\n" * 20,
                "status": ("Drafting", "In Review", "Changes Requested")[n % 3], "hash": "x", "zone": "UTC",
                "slot": now() + timedelta(hours=9 * (n - 1000)),
            }
            for n in range(2000)
        ]  # fmt: skip
        tx.session.execute(insert(Post), rows)
    for layout in ("month", "list"):
        app = opened(view=layout)
        assert not app.exception and not app.error


# ---- in a browser --------------------------------------------------------------------------------------------


@pytest.fixture
def ada(app: App) -> Author:
    return authors.add("Ada <b>", local_actor())


@pytest.mark.browser
def test_a_post_is_dragged_to_another_day_and_moved_by_keyboard(
    app: App, ada: Author, new_page: Callable[..., Page]
) -> None:
    actor = local_actor()
    post = approved(ada.id, "<img src=x onerror=alert(1)>", actor)
    calendar.schedule(post.id, SLOT, "Europe/Berlin", actor)
    page = new_page(timezone_id="Europe/Berlin")
    page.goto(f"{app.url}/calendar?month=2027-03")
    chip = page.locator(".chip").first
    chip.wait_for()
    expect(page.locator('[data-day="2027-03-09"] .chip')).to_contain_text("<img src=x onerror=alert(1)>")
    expect(chip).to_contain_text("Scheduled")
    assert page.locator(".calendar img").count() == 0, "a title is text"

    at_rest(page)
    chip.drag_to(page.locator('[data-day="2027-03-30"]'))
    expect(page.locator(".said")).to_contain_text("moved to Tue 30 Mar, 09:00. Its approval stands")
    moved = review.get(post.id)
    assert (moved.status, moved.slot) == ("Scheduled", datetime(2027, 3, 30, 7, tzinfo=UTC)), "9:00, now summer time"

    page.locator(".said button").click()
    expect(page.locator(".said")).to_contain_text("is back where it was")
    assert review.get(post.id).slot == SLOT

    at_rest(page).locator('[data-day="2027-03-09"] .chip button').press("m")
    page.locator('[data-day="2027-03-09"] .chip button').press("ArrowRight")
    page.locator('[data-day="2027-03-09"] .chip button').press("Enter")
    expect(page.locator(".said")).to_contain_text("moved to Wed 10 Mar, 09:00")
    expect(page.locator('[data-day="2027-03-10"] .chip button')).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Set the date")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.browser
def test_a_post_without_a_date_is_dropped_on_a_day_and_back(
    app: App, ada: Author, new_page: Callable[..., Page]
) -> None:
    post = approved(ada.id, "Waiting", local_actor())
    page = new_page(timezone_id="America/New_York")
    page.goto(f"{app.url}/calendar?month=2027-07")
    expect(page.locator(".tray .chip")).to_be_visible()
    at_rest(page).locator(".tray .chip").drag_to(page.locator('[data-day="2027-07-01"]'))
    expect(page.locator(".said")).to_contain_text("goes out on Thu 1 Jul, 09:00. It is scheduled now")
    assert review.get(post.id).slot == datetime(2027, 7, 1, 13, tzinfo=UTC)
    at_rest(page).locator('[data-day="2027-07-01"] .chip').drag_to(page.locator(".tray"))
    expect(page.locator(".said")).to_contain_text("has no date any more")
    assert review.get(post.id).status == "Approved"


@pytest.mark.browser
def test_on_a_phone_it_is_an_agenda(app: App, ada: Author, new_page: Callable[..., Page]) -> None:
    actor = local_actor()
    calendar.schedule(approved(ada.id, "Margins", actor).id, SLOT, "UTC", actor)
    page = new_page(width=390, dark=True, timezone_id="UTC")
    page.goto(f"{app.url}/calendar?month=2027-03")
    page.locator(".chip").wait_for()
    expect(page.locator(".day:visible")).to_have_count(1)
    expect(page.get_by_text("Tuesday 9 March")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    at_rest(page).locator(".day .chip button").click()
    expect(page.get_by_role("dialog")).to_contain_text("Open in Review")
    caption = page.locator("[role=dialog] [data-testid=stCaptionContainer]").first
    expect(caption).to_have_css("color", "rgb(170, 183, 178)")  # the dark theme's second ink, not the light one's
