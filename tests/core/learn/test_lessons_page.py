"""The Lessons view of the Persona page: cases on demand, accept, undo; a reader may only look."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import learn
from core.config import ROOT
from core.store import Actor
from pages.ui import shell
from tests.core.learn.conftest import Drafted, body, line


def opened(author: str, page: str = "persona") -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["author"] = author
    app.query_params["persona_view"] = "Lessons"
    app.switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception and not app.error, [e.value for e in app.error]
    return app


def said(app: AppTest) -> str:
    return "\n".join(str(m.value) for m in (*app.markdown, *app.caption))


@pytest.fixture
def edited(ada: str, drafted: Drafted) -> str:
    for n in range(5):
        drafted(ada, f"{body(n)}\n\nWrite to <b>me</b> for list {n}.", body(n))
    return ada


def test_accept_and_undo(edited: str, actor: Actor) -> None:
    app = opened(edited)
    assert "The last line was cut in 5 of 5 drafts" in said(app)
    assert "nothing is given out" in said(app), "no consent yet"
    app.button(key="lesson_accept_edit_last_line_out").click().run()
    assert not app.exception and not app.error
    assert "closing line" in line(edited, "identity.notes").text
    (row,) = learn.listed(edited)
    assert f"Accepted by {actor.name}" in said(app).replace("\\", "")
    app.button(key=f"lesson_undo_{row.id}").click().run()
    assert not line(edited, "identity.notes").edit and "Undone" in said(app)


def test_not_this_is_remembered(edited: str) -> None:
    app = opened(edited)
    app.button(key="lesson_dismiss_edit_last_line_out").click().run()
    assert not app.exception and not app.error
    assert learn.proposals(edited) == [] and "Nothing new waits" in said(app)


def test_a_reader_sees_no_buttons(edited: str, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "local_actor", lambda *_: replace(actor, role="reader"))
    app = opened(edited)
    assert "The last line was cut" in said(app) and "Your role is reader" in said(app)
    assert not [b for b in app.button if b.key and b.key.startswith("lesson_")]


def test_nothing_yet_teaches_the_next_step(ada: str) -> None:
    assert "Nothing comes back often enough yet" in said(opened(ada))


def test_without_a_card_it_says_what_to_do(two_authors: dict[str, str], drafted: Drafted) -> None:
    bo = two_authors["Bo"]
    for n in range(4):
        drafted(bo, f"{body(n)}\n\nWrite to me for list {n}.", body(n))
    assert "1 thing in your edits" in said(opened(bo, "today")) or learn.proposals(bo)
