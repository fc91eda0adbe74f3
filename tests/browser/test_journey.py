"""The whole main job in a real browser: from posts in a file to an approved post in the calendar and in Notion.

On SQLite with the development posts where they are present, else and on PostgreSQL with the sample workspace.
Everything is real: the app, the worker, the embedded models, a Notion server on a socket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core import authors, jobs, review, samples, store
from core.config import settings
from tests.conftest import REAL_POSTS
from tests.notion_sync.server import TOKEN, Server
from tests.processes import App, Worker, at_rest, key_of, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

REAL = [f"linkedin-{number:02}" for number in range(1, 7)]
BRIEF = {
    "Topic": "Why our team reads one support call together every week",
    "Key points": "Six of us listen to one recorded call from start to finish\nNobody takes notes",
    "Goal": "Managers try it once",
    "Audience": "People who run small teams",
    "Seed story": "Last Thursday a caller said she had rung 4 times about the same letter.",
    "Call to action": "Try it this week and tell me what you heard",
    "Point of view": "A number tells you less than one voice",
}


@pytest.fixture
def notion() -> Iterator[Server]:
    server = Server().start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    notion: Server,
    monkeypatch: pytest.MonkeyPatch,
    start_app: Callable[..., App],
    start_worker: Callable[..., Worker],
) -> Iterator[App]:
    """The app and its worker on an empty store, with Notion configured; this process reads the same store."""
    data = tmp_path / "data"
    env = {"NOTION_BASE_URL": notion.url, "NOTION_TOKEN": TOKEN, "NOTION_PARENT_PAGE": notion.world.parent}
    env["DATABASE_URL"] = request.getfixturevalue("new_postgres")() if request.param == "postgresql" else ""
    for name, value in {**env, "TIMBRE_DATA": str(data)}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    store.migrate()
    app = start_app(data, **env)
    start_worker(data, **env)
    yield app
    store.dispose()
    settings.cache_clear()


def wait_heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name).first).to_be_visible()


def some_real_posts(folder: Path) -> Path:
    """A file with the posts of the first six authors on LinkedIn: all 2,613 are bench/import_rate.py's."""
    lines = REAL_POSTS.read_text(encoding="utf8").splitlines()
    few = folder / "posts.jsonl"
    few.write_text("\n".join(line for line in lines if json.loads(line)["author"] in REAL), encoding="utf8")
    return few


def collect(page: Page, url: str, file: Path | None) -> str:
    """Step 1; returns the author whose post will be written."""
    if not file:
        page.goto(url)
        page.get_by_role("button", name="Load a sample workspace").click()
        until(lambda: len(samples.counts()) == 3, "the sample authors are there with their posts")
        return "Amara Bello"
    page.goto(f"{url}/samples")
    wait_heading(page, "Samples")
    posts = f"{len(file.read_text(encoding='utf8').splitlines()):,}"
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text(f"{posts} new posts by {len(REAL)} authors")).to_be_visible()
    expect(page.get_by_text("Nothing is stored yet")).to_be_visible()
    assert authors.listed() == []
    page.get_by_role("button", name=f"Store {posts} posts").click()
    expect(page.get_by_text(f"{posts} posts by {len(REAL)} authors stored.")).to_be_visible(timeout=90_000)
    at_rest(page).get_by_role("button", name="Add writing").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Nothing new here")).to_be_visible()
    return "linkedin-02"


def test_from_real_posts_to_an_approved_post_in_the_calendar(
    place: App, notion: Server, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page, url = new_page(), place.url
    real = REAL_POSTS.exists() and not settings().database_url
    name = collect(page, url, some_real_posts(tmp_path) if real else None)
    author = authors.named(name)
    assert author is not None

    # 2. the persona card
    page.goto(f"{url}/persona?author={author.id}")
    wait_heading(page, "Persona")
    if (derive := page.get_by_role("button", name=re.compile("Derive|Write the card|Read"))).count():
        derive.first.click()
    expect(page.get_by_text("Cadence").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"posts")).first).to_be_visible()

    # 3. a brief, kept as it is typed; the run survives a reload
    page.goto(f"{url}/generate?author={author.id}")
    wait_heading(page, "Generate")
    for label, text in BRIEF.items():
        page.get_by_label(label, exact=True).fill(text)
    expect(page.locator(".fields .status")).to_have_text("Saved")
    page.reload()
    expect(page.get_by_label("Topic", exact=True)).to_have_value(BRIEF["Topic"])
    at_rest(page).get_by_role("button", name="Write variants").click()
    expect(page).to_have_url(re.compile("run="))
    page.reload()
    expect(page.get_by_role("button", name="Choose").first).to_be_visible(timeout=300_000)

    # 4. four variants; edit the first, choose it
    expect(page.get_by_role("button", name="Choose")).to_have_count(4)
    choose = key_of(at_rest(page).get_by_role("button", name="Choose").first)
    first = choose.removeprefix("st-key-variant_choose_")
    page.locator(f".st-key-variant_edit_{first}").get_by_text("Edit", exact=True).click()
    area = page.get_by_role("textbox", name="Text").first
    expect(area).to_be_visible()
    edited = area.input_value() + "\n\nEdited by hand."
    area.fill(edited)
    expect(page.locator(".editor .status").first).to_have_text("Saved")
    at_rest(page).locator(f".{choose}").get_by_role("button", name="Choose").click()

    # 5. review: submit, approve, a date
    wait_heading(page, "Review")
    at_rest(page).get_by_role("button", name="Submit for review").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    at_rest(page).get_by_role("button", name="Approve").click()
    until(lambda: review.listed("Approved"), "the post is approved")
    post = review.listed("Approved")[0]
    assert post.text == edited
    page.goto(f"{url}/calendar?post={post.id}")
    wait_heading(page, "Calendar")
    expect(page.get_by_role("button", name="Set the date")).to_be_visible()
    at_rest(page).get_by_role("button", name="Set the date").click()
    until(lambda: review.get(post.id).status == "Scheduled", "the post has its date")
    slot = review.get(post.id).slot
    assert slot is not None
    page.goto(f"{url}/calendar?month={slot:%Y-%m}")
    expect(page.get_by_text(BRIEF["Topic"][:20]).first).to_be_visible()

    if settings().database_url:
        return  # from here on SQLite alone: another database changes nothing about Notion's side

    # 6. Notion: created from the page, the exact text arrives, a status and a date changed there come back
    page.goto(f"{url}/notion")
    wait_heading(page, "Notion")
    at_rest(page).get_by_role("button", name="Show what would be created").click()
    expect(page.get_by_role("button", name="Set up")).to_be_visible()
    at_rest(page).get_by_role("button", name="Set up").click()
    expect(page.get_by_role("button", name="Sync now")).to_be_visible()
    at_rest(page)
    page.get_by_role("button", name="Sync now").click()
    until(notion.world.rows, "the approved post is a row")
    row = notion.world.rows()[0]
    assert notion.world.cell(row, "Post text") == edited
    assert notion.world.cell(row, "App ID") == post.id
    later = slot + timedelta(days=2)
    notion.world.edit(row, Slot=later.isoformat(), Status="Changes Requested")
    page.get_by_role("button", name="Sync now").click()
    until(lambda: review.get(post.id).slot == later, "the date changed in Notion has come back")
    until(lambda: review.get(post.id).status == "Changes Requested", "so has the status")
    assert review.get(post.id).text == edited

    # 7. the style page
    page.goto(f"{url}/style?author={author.id}")
    wait_heading(page, "Style")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()

    # 8. Today knows of it, and everything is still there for a new browser
    fresh = new_page()
    fresh.goto(url)
    wait_heading(fresh, "Today")
    until(lambda: not [j for j in jobs.recent("generate") if j.status == "failed"], "no run failed")
