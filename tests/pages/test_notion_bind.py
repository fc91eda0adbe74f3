"""The wizard on the Notion page: step by step, kept over a reload, the banner of a paused field, letting go."""
# ruff: noqa: F811

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core import store
from core.config import ROOT, settings
from core.people import local_actor
from core.store import Actor, authors
from core.store.tables import NotionPass
from notion_sync import commands, wizard
from tests.notion_sync.conftest import server, sync, world  # noqa: F401 - fixtures
from tests.notion_sync.server import TOKEN, Server, World
from tests.notion_sync.test_bind import TEAM, connected, made, names, team  # noqa: F401 - fixtures
from tests.processes import App, at_rest


def opened(step: int = 0, kind: str = "calendar") -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.switch_page("pages/notion.py")
    if step:
        app.query_params["bind"], app.query_params["step"] = kind, str(step)
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """All text on the page."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.success, app.subheader)
    return " ".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def test_step_by_step_from_the_list_to_a_connected_table(world: World, team: str, actor: Actor) -> None:
    app = opened()
    app.button(key="notion_use_calendar").click().run()
    assert app.radio(key="bind_source").value == team
    app.button(key="bind_on_1").click().run()
    assert "Step 2 of 4" in said(app)
    assert "Copy is another usual name for Post text" in said(app)
    app.selectbox(key="bind_field_pillar").select("+").run()
    app = opened(2)  # a reload: nothing but the URL and the store
    assert app.selectbox(key="bind_field_pillar").value == "+"
    app.button(key="bind_on_2").click().run()
    hold = next(box for box in app.selectbox if box.label == "On hold")
    hold.select("Idea").run()
    app.button(key="bind_on_3").click().run()
    assert "On hold means Idea" in said(app)
    assert "A new property Pillar" in said(app)
    assert "App ID" not in names(world)
    app.button(key="bind_on_4").click().run()
    assert not app.exception
    assert f"Content Calendar is kept in {TEAM}" in said(app)
    assert names(world)[-2:] == ["Pillar", "App ID"]
    assert "bind" not in app.query_params
    assert wizard.draft("calendar") is None


def test_one_property_for_two_fields_holds_the_way_on(world: World, team: str, actor: Actor) -> None:
    draft = wizard.begin("calendar", team, actor)
    app = opened(2)
    app.selectbox(key="bind_field_pillar").select(draft.choice.fields["author"]).run()
    assert "Owner is chosen twice" in said(app)
    assert app.button(key="bind_on_2").disabled


def test_a_step_without_a_beginning_is_the_first(world: World, team: str) -> None:
    assert "Step 1 of 4" in said(opened(4))


def test_names_from_notion_are_text(world: World, team: str, actor: Actor) -> None:
    world.rename(TEAM, "Copy", "<b>Copy</b> [x](http://x.example)")
    world.rename_option(TEAM, "Stage", "On hold", ":red[**On hold**]")
    wizard.begin("calendar", team, actor)
    for step in (2, 3, 4):
        app = opened(step)
        raw = " ".join(str(e.value) for kind in (app.markdown, app.caption, app.warning) for e in kind)
        assert "](http" not in raw
        assert ":red[**" not in raw


def test_nothing_shared_and_notion_down(world: World, team: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world.hidden.add(world.parent)
    app = opened(1)
    assert "choose ••• then Connections" in " ".join(str(e.value) for e in app.info)
    monkeypatch.setenv("NOTION_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("notion_sync.client.time.sleep", lambda _s: None)
    settings.cache_clear()
    assert "cannot be reached" in said(opened(1))


def test_a_paused_field_has_a_banner_with_three_ways(
    world: World, team: str, actor: Actor, sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    world.drop(TEAM, "Copy")
    world.drop(TEAM, "Publish date")
    sync()
    app = opened()
    assert "the property Copy was deleted in Notion. What you have here is kept" in said(app)
    app.button(key="notion_again_calendar_text").click().run()
    assert "Post text is connected again" in said(app)
    app.button(key="notion_leave_calendar_slot").click().run()
    assert set(commands.status().bindings["calendar"].properties) >= {"text", "app_id"}
    assert "slot" not in commands.status().bindings["calendar"].properties
    assert "Paused" not in said(app)


def test_letting_go_from_the_page(world: World, team: str, actor: Actor) -> None:
    connected(team, actor)
    app = opened()
    app.button(key="notion_unbind_calendar").click().run()
    assert "Nothing was deleted" in said(app)
    assert not commands.status().bindings


# ---- in a browser ------------------------------------------------------------------------------------------------


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_app: Callable[..., App]
) -> Iterator[tuple[App, World]]:
    """The app with a Notion in which a team has a table already."""
    notion = Server().start()
    env = {"NOTION_BASE_URL": notion.url, "NOTION_TOKEN": TOKEN, "NOTION_PARENT_PAGE": notion.world.parent}
    for name, value in {**env, "TIMBRE_DATA": str(tmp_path / "data"), "DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    store.migrate()
    with store.writing(local_actor()) as tx:
        authors.add(tx, "Ada")
    made(notion.world)
    yield start_app(tmp_path / "data", **env), notion.world
    notion.stop()
    store.dispose()
    settings.cache_clear()


@pytest.mark.browser
@pytest.mark.slow
def test_the_whole_wizard_by_keyboard_on_a_phone(place: tuple[App, World], new_page: Callable[..., Page]) -> None:
    app, world = place
    world.type_row(TEAM, Headline="Typed in Notion", Owner="Ada", Stage="Draft")
    page = new_page(width=390, dark=True)
    page.goto(f"{app.url}/notion?bind=calendar")

    def press(name: str) -> None:
        button = at_rest(page).get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled()
        button.focus()
        page.keyboard.press("Enter")

    expect(page.get_by_text("one of", exact=False).or_(page.get_by_text(TEAM)).first).to_be_visible()
    press("Next: fields")
    box = page.get_by_role("combobox", name="Pillar")
    at_rest(page)
    box.focus()
    page.keyboard.type("Create")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A new property, yours to rename.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("A new property, yours to rename.")).to_be_visible()
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390
    press("Next: words")
    expect(page.get_by_text("Ready for review").first).to_be_visible()
    press("Next: check")
    expect(page.get_by_text("1 come in as posts").first).to_be_visible()
    assert "App ID" not in names(world)
    press("Connect")
    expect(page.get_by_text(f"Content Calendar is kept in {TEAM}.")).to_be_visible()
    assert names(world)[-2:] == ["Pillar", "App ID"]
