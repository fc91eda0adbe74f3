"""The Notion page: not connected, connecting, in step, waiting, conflicts, Notion down. Never the token."""
# ruff: noqa: F811

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import review
from core.config import ROOT, settings
from core.store import Actor
from core.store.tables import NotionPass, Post
from notion_sync import commands
from pages.ui import notion_view
from tests.notion_sync.conftest import approved, notion, server, sync, world  # noqa: F401 - fixtures
from tests.notion_sync.server import TOKEN, World


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.switch_page("pages/notion.py")
    app.run()
    assert not app.exception
    return app


def everything(app: AppTest) -> str:
    """All text on the page."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.success, app.code, app.subheader, app.metric)
    frames = " ".join(frame.value.to_string() for frame in app.dataframe)
    text = " ".join(str(e.value) for kind in kinds for e in kind) + frames
    assert TOKEN not in text
    return text


def test_not_connected_shows_three_steps(data: Path) -> None:
    app = opened()
    text = everything(app)
    assert all(word in text for word in ("Create an integration", "Share a page", "NOTION_TOKEN is not set"))
    assert not app.button


def test_from_the_token_to_the_first_row(
    world: World,
    two_authors: dict[str, str],
    approved: Callable[..., Post],
) -> None:
    app = opened()
    app.button(key="notion_test").click().run()
    assert "the integration is called Timbre" in everything(app)
    app.button(key="notion_dry").click().run()
    assert "Content Calendar" in everything(app)
    assert not world.databases
    app.button(key="notion_create").click().run()
    assert len(world.databases) == 4
    approved(title="Ready")
    app.run()
    assert "Goes out with the next pass" in everything(app)
    app.button(key="notion_sync").click().run()
    assert commands.status().running is not None
    assert "A pass is running" in everything(app)
    assert commands.request_sync(Actor()) == commands.status().running.id  # type: ignore[union-attr]


def test_a_page_that_is_not_shared_says_what_to_do(world: World) -> None:
    world.hidden.add(world.parent)
    app = opened()
    app.button(key="notion_dry").click().run()
    assert "Connections" in everything(app)


def test_in_step_then_notion_down(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    approved()
    sync()
    assert "Both sides agree" in everything(opened())
    monkeypatch.setenv("NOTION_BASE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    monkeypatch.setattr("notion_sync.client.time.sleep", lambda _s: None)
    with pytest.raises(Exception, match="cannot be reached"):
        commands.sync()
    text = everything(opened())
    assert "did not finish" in text
    assert "Check the network" in text


def test_a_conflict_shows_both_texts_and_is_decided(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
    actor: Actor,
) -> None:
    post = approved("Agreed.", title="[x](http://x.example) <b>")
    sync()
    review.edit(post.id, actor, text="Mine, with *stars*.\n\nAnd lines.")
    notion.edit(notion.rows()[0], Post_text="Theirs, <b>bold</b>.")
    notion.type_row(Name="For nobody", Author="Who?")
    sync()
    app = opened()
    assert [c.value for c in app.code] == ["Mine, with *stars*.\n\nAnd lines.", "Theirs, <b>bold</b>."]
    assert "For nobody" in everything(app)
    button = next(b for b in app.button if str(b.key).startswith("notion_theirs_"))
    button.click().run()
    assert review.get(post.id).text == "Theirs, <b>bold</b>."
    assert "Kept Notion" in everything(app)


def test_the_trash_can_be_undone_from_the_page(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
) -> None:
    approved()
    sync()
    notion.trash(notion.rows()[0])
    sync()
    app = opened()
    assert "Nothing was deleted here" in everything(app)
    next(b for b in app.button if str(b.key).startswith("notion_back_")).click().run()
    assert len(notion.rows()) == 1


def test_the_exported_log_holds_no_formula() -> None:
    done = NotionPass(id="01", status="done", counts={}, log=[{"text": " =cmd()", "row": "@x"}], message="", hint="")
    line = notion_view.as_csv([done]).decode("utf-8-sig").splitlines()[1]
    assert "' =cmd()" in line
    assert "'@x" in line


def test_choices_are_kept(notion: World) -> None:
    app = opened()
    app.toggle[0].set_value(True)
    next(b for b in app.button if b.label == "Save").click().run()
    assert commands.status().drafts
