"""Every page found on disk: empty store, full store, provider down, a locked database. Never an exception on screen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from core import store
from core.config import ROOT, settings
from core.store import Actor
from core.store.base import now
from core.store.engine import engine
from core.store.tables import Brief, Intent, Post, Run, Variant
from core.store.tables_writing import Campaign, Idea, Knowledge

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py"))


def opened(name: str, **params: str) -> AppTest:
    """The page as a deep link opens it: through Home.py's menu."""
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{name}.py")
    return app.run()


def said(app: AppTest) -> str:
    """All that the errors on the page say."""
    return "\n".join(box.value for box in app.error)


@pytest.fixture
def full(two_authors: dict[str, str], actor: Actor) -> dict[str, str]:
    """Two authors with samples, posts in every status, a finished and a failed run, a job under way."""
    with store.writing(actor) as tx:
        for number, status in enumerate(
            ("Idea", "Drafting", "In Review", "Changes Requested", "Approved", "Scheduled", "Rejected", "Archived")
        ):
            tx.session.add(
                Post(
                    author_id=two_authors["Ada" if number % 2 else "Bo"],
                    title=f"Post {number} <b>[x](http://x.example)</b>",
                    text="A line.\n\nAnother line, longer than the first.",
                    status=status,
                    slot=now() if number % 3 else None,
                    zone="Europe/Berlin",
                )
            )
        brief = Brief(author_id=two_authors["Ada"], fields={"topic": "Audits", "goal": "Trust"}, submitted_at=now())
        tx.session.add(brief)
        tx.session.flush()
        for status in ("done", "failed"):
            run = Run(author_id=two_authors["Ada"], brief_id=brief.id, status=status, finished_at=now())
            tx.session.add(run)
            tx.session.flush()
            for number, text in enumerate(("A variant.", "Another one, to compare it with."), 1):
                tx.session.add(Variant(run_id=run.id, author_id=two_authors["Ada"], number=number, text=text))
        bad = "37% of [these](http://x.example) <b>ledgers</b> were never opened by 412 plants."
        tx.session.add(Knowledge(author_id=None, kind="note", title=bad, text=bad, text_hash="k", url="javascript:x"))
        tx.session.add(Idea(author_id=two_authors["Ada"], key="k", kind="unsaid", title=bad, status="dismissed"))
        tx.session.add(Campaign(title=bad, fields={"topic": bad}, members=[]))
        tx.session.add(Intent(kind="embed", status="started", done=3, total=80, message="Reading samples"))
    return two_authors


@pytest.mark.parametrize("name", PAGES)
def test_empty_store(data: Path, name: str) -> None:
    app = opened(name)
    assert not app.exception and not app.error, said(app)
    assert app.title, "a page has a title"


@pytest.mark.parametrize("name", PAGES)
def test_full_store(full: dict[str, str], name: str) -> None:
    for author in ("Ada", "Bo"):
        app = opened(name, author=full[author])
        assert not app.exception and not app.error, said(app)
        assert app.sidebar.selectbox(key="shell_author").value == full[author]
        assert "http://x.example" not in [getattr(link, "url", "") for link in app.get("link")]


@pytest.mark.parametrize("name", PAGES)
def test_provider_down(full: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBRE_LLM", "ollama/none")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("NOTION_TOKEN", "ntn_secret_of_this_test")
    monkeypatch.setenv("NOTION_BASE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    app = opened(name, author=full["Ada"])
    assert not app.exception and not app.error, said(app)
    assert "ntn_secret_of_this_test" not in repr(app)


@pytest.mark.parametrize("name", PAGES)
def test_missing_model_file(full: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(tmp_path / "gone.gguf"))
    settings.cache_clear()
    app = opened(name, author=full["Ada"])
    assert not app.exception and not app.error, said(app)


@pytest.fixture
def broken(full: dict[str, str], data: Path) -> Iterator[None]:
    """A database that no longer has its table of authors, as after a restore of the wrong file."""
    store.dispose()
    with sqlite3.connect(data / "timbre.db") as connection:
        connection.execute("ALTER TABLE author RENAME TO author_gone")
    yield
    store.dispose()


@pytest.mark.parametrize("name", PAGES)
def test_database_that_refuses(broken: None, name: str) -> None:
    app = opened(name)
    assert not app.exception
    assert "older than the program" in said(app)
    assert "make run" in said(app), "the hint says what to do"
    assert "Traceback" not in repr(app) and "sqlite" not in said(app).lower()


@pytest.fixture
def locked(full: dict[str, str], data: Path) -> Iterator[dict[str, str]]:
    """Another process holds the database for writing; we wait a tenth of a second instead of thirty."""
    opened("settings")  # as a running app: its schema is known to be there
    event.listen(engine(), "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=100"))
    engine().dispose()
    other = sqlite3.connect(data / "timbre.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield full
    other.close()


@pytest.mark.parametrize("name", PAGES)
def test_locked_database(locked: dict[str, str], name: str) -> None:
    """Looking goes on while somebody else writes; what must write says so, and that nothing was half-saved."""
    app = opened(name, author=locked["Ada"])
    assert not app.exception and app.title and app.sidebar.selectbox
    assert not app.error or "Wait a moment and try again" in said(app)


def test_a_locked_database_says_what_to_do(locked: dict[str, str]) -> None:
    app = opened("settings", author=locked["Ada"])
    app.button(key="settings_test_database").click().run()
    shown = " ".join(m.value for m in app.markdown)
    assert "busy with another process" in shown and "Wait a moment and try again" in shown


@pytest.mark.parametrize("name", PAGES)
def test_an_error_of_the_program_is_shown_as_a_sentence(
    full: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> bool:
        raise ZeroDivisionError("the secret is ntn_123")

    monkeypatch.setattr("core.jobs.worker_alive", fails)
    app = opened(name)
    assert not app.exception
    assert "What you saved is safe" in said(app) and "Reload the page" in said(app)
    assert "ntn_123" not in said(app)


def test_the_menu_lists_every_page_and_only_those() -> None:
    source = (ROOT / "Home.py").read_text(encoding="utf8")
    for name in PAGES:
        assert f'("{name}",' in source
