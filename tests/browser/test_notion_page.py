"""The Notion page in a real browser, with its worker and a Notion on a socket: merge, dry run, back from the trash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core import review, store
from core.config import settings
from core.store import Actor, authors
from core.store.tables import Post
from notion_sync import commands
from tests.notion_sync.server import TOKEN, Server
from tests.processes import App, Worker, at_rest, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

AGREED = "We read one call.\n\nSix of us listen.\n\nTell me."


@pytest.fixture
def notion() -> Iterator[Server]:
    server = Server().start()
    yield server
    server.stop()


@pytest.fixture
def place(
    tmp_path: Path, notion: Server, monkeypatch: pytest.MonkeyPatch, start_app: Callable[..., App]
) -> Iterator[tuple[App, dict[str, str]]]:
    """The app on an empty store, with Notion configured; this process uses the same store."""
    data = tmp_path / "data"
    env = {"NOTION_BASE_URL": notion.url, "NOTION_TOKEN": TOKEN, "NOTION_PARENT_PAGE": notion.world.parent}
    env |= {"NOTION_REQUESTS_PER_MINUTE": "100000", "NOTION_SETTLE_SECONDS": "0"}
    for name, value in {**env, "TIMBRE_DATA": str(data), "DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    store.migrate()
    yield start_app(data, **env), env
    store.dispose()
    settings.cache_clear()


def posted(actor: Actor, *titles: str) -> list[Post]:
    with store.writing(actor) as tx:
        ada = authors.add(tx, "Ada").id
    out = []
    for title in titles:
        post = review.create(ada, title, AGREED, actor)
        review.submit(post.id, actor)
        out.append(review.approve(post.id, None, actor))
    return out


def test_merge_dry_run_and_back_from_the_trash(
    place: tuple[App, dict[str, str]],
    notion: Server,
    actor: Actor,
    new_page: Callable[..., Page],
    start_worker: Callable[..., Worker],
) -> None:
    (app, env), world = place, notion.world
    commands.setup()
    both, gone = posted(actor, "Changed twice", "Thrown away")
    commands.choose(actor, 0, drafts=False)
    commands.sync()
    rows = {str(world.cell(row, "Name")): row for row in world.rows()}
    review.edit(both.id, actor, text=AGREED.replace("Six", "Seven"))
    world.edit(rows["Changed twice"], Post_text=AGREED.replace("Six of us", "Eight people").replace("me.", "us."))
    world.trash(rows["Thrown away"])
    commands.sync(full=True)

    # a merge: both variants are marked, what is typed survives a reload, and marks are not let through
    page = new_page()
    page.goto(f"{app.url}/notion")
    at_rest(page).get_by_role("button", name="Merge").click()
    area = page.get_by_role("textbox", name="Merged text")
    marked = "We read one call.\n\n[[Here: Seven of us]] [[In Notion: Eight people]] listen.\n\nTell us."
    expect(area).to_have_value(marked)
    at_rest(page).get_by_role("button", name="Save the merged text").click()
    expect(page.get_by_text("2 marked variants are still in the text")).to_be_visible()
    at_rest(page)
    area.fill("We read one call.\n\nEight of us listen.\n\nTell us.")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    until(lambda: "Eight of us" in str(commands.disputes()[0].draft), "it is kept")
    page.reload()
    expect(area).to_have_value("We read one call.\n\nEight of us listen.\n\nTell us.")
    area.press("Control+End")
    area.type(" Now")
    page.get_by_role("button", name="Save the merged text").click()
    expect(page.get_by_text("The merged text is kept")).to_be_visible()
    assert review.get(both.id).text == "We read one call.\n\nEight of us listen.\n\nTell us. Now"

    # back from the trash
    expect(page.get_by_role("button", name="Save the merged text")).to_have_count(0)
    expect(page.get_by_role("button", name="Restore in Notion")).to_have_count(1)
    at_rest(page).get_by_role("button", name="Restore in Notion").click()
    expect(page.get_by_text("Restored in Notion.")).to_be_visible()
    assert len(world.rows()) == 2

    # the pass that was asked for runs with the worker, and the page follows it
    worker = start_worker(app.data, **env)
    until(lambda: world.cell(rows["Changed twice"], "Post text") == review.get(both.id).text, "the merge is in Notion")
    expect(page.get_by_text("Both sides agreed")).to_be_visible()

    # a dry run
    writes = len(world.writes())
    world.edit(rows["Thrown away"], Pillar="Craft")
    at_rest(page).get_by_role("button", name="Show what a sync would change").click()
    expect(page.get_by_text("Would change here: 1 change")).to_be_visible()
    expect(page.get_by_text("Would change in Notion: nothing")).to_be_visible()
    assert review.get(gone.id).pillar == ""
    assert len(world.writes()) == writes
    assert worker.process.poll() is None
