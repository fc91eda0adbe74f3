"""The Notion page: who Notion's people are here, comments that Notion does not allow, webhooks and their token."""
# ruff: noqa: F811

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import people as persons
from core import store
from core.config import ROOT
from core.errors import Denied
from core.store import Actor, choices
from core.store.base import now
from notion_sync import comments, hooks, people
from pages.ui import shell
from tests.notion_sync.conftest import notion, server, world  # noqa: F401 - fixtures
from tests.notion_sync.server import World

TOKEN = "secret_only_for_this_test"


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.switch_page("pages/notion.py")
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.warning, app.success, app.code)
    return " ".join(str(e.value) for kind in kinds for e in kind)


def test_people_are_read_by_a_button_and_get_a_role(notion: World, actor: Actor) -> None:
    grace = notion.person("Grace *Hopper* <b>", "grace@example.com")
    app = opened()
    assert "Grace" not in text(app)
    app.button(key="notion_people_read").click().run()
    assert r"Grace \*Hopper\* \<b\>" in text(app)
    assert "grace@example" not in text(app)
    app.selectbox(key=f"notion_person_{grace}").set_value("new:editor").run()
    assert [(p.name, p.role) for p in persons.listed()] == [("Grace *Hopper* <b>", "editor")]
    app.selectbox(key=f"notion_role_{grace}").set_value("approver").run()
    assert [p.role for p in persons.listed()] == ["approver"]
    app.selectbox(key=f"notion_person_{grace}").set_value("").run()
    assert persons.listed()[0].notion_user_id is None


def test_notion_down_or_without_people_says_so(notion: World, monkeypatch: pytest.MonkeyPatch) -> None:
    notion.user_info = False
    app = opened()
    app.button(key="notion_people_read").click().run()
    assert "Capabilities" in text(app)
    assert "Nobody has been read yet" in text(app)


def test_many_people_are_found_by_name(notion: World, actor: Actor) -> None:
    for number in range(60):
        notion.person(f"Colleague {number}")
    people.refresh(actor)
    app = opened()
    assert "20 of 61 are shown" in text(app)
    app.text_input(key="notion_people_find").set_value("gue 59").run()
    assert "Colleague 59" in text(app)
    assert "Colleague 12" not in text(app)


def test_a_reader_may_look_only(notion: World, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    people.refresh(actor)
    monkeypatch.setattr(shell, "local_actor", lambda: Actor(name="Rae", role="reader"))
    app = opened()
    assert all(box.disabled for box in app.selectbox if str(box.key).startswith("notion_person"))
    assert app.button(key="notion_hook_wait").disabled


def test_comments_that_notion_refuses_are_explained_until_ticked(notion: World, actor: Actor) -> None:
    assert "tick" not in text(opened())
    with store.writing(actor) as tx:
        choices.put(tx, comments.KEY, {"read": now().isoformat()})
    app = opened()
    assert "tick Read comments" in text(app)
    app.button(key="notion_comments_retry").click().run()
    assert "tick Read comments" not in text(app)


def test_webhooks_from_off_to_the_token_shown_once(notion: World, actor: Actor) -> None:
    app = opened()
    assert "TIMBRE_API_HOSTS" in text(app)
    assert hooks.PATH in text(app)
    app.button(key="notion_hook_wait").click().run()
    assert "taken for" in text(app)
    assert hooks.receive(f'{{"verification_token":"{TOKEN}"}}'.encode(), "") == "verification"
    app.run()
    assert TOKEN not in text(app)
    app.button(key="notion_hook_show").click().run()
    assert app.code[-1].value == TOKEN
    app.run()
    assert TOKEN not in text(app)
    assert "notion_hook_token" not in app.session_state
    assert "notion_hook_show" not in [b.key for b in app.button]
    app.button(key="notion_hook_stop").click().run()
    assert hooks.state().stage == "off"
    with pytest.raises(Denied):
        hooks.receive(f'{{"verification_token":"{TOKEN}"}}'.encode(), "")
