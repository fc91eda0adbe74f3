"""Settings: what is set (never a secret's value), a test button each, an author's zone."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import authors
from core.config import ROOT, settings


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/settings.py")
    return app.run()


def test_no_secret_reaches_the_screen(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_TOKEN", "ntn_hush")
    monkeypatch.setenv("NOTION_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush")
    settings.cache_clear()
    app = opened()
    app.button(key="settings_test_notion").click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table.set_index("Setting").loc["NOTION_TOKEN", "Value"] == "set"
    assert "hush" not in repr(app) and "hush" not in table.to_string()


def test_a_test_button_says_what_happened(data: Path) -> None:
    app = opened()
    app.button(key="settings_test_database").click().run()
    assert any("takes writes" in m.value for m in app.markdown)
    app.button(key="settings_test_worker").click().run()
    shown = "\n".join(m.value for m in app.markdown)
    assert "No worker has ever run" in shown and "make run" in shown


def test_what_is_down_says_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    settings.cache_clear()
    app = opened()
    app.button(key="settings_test_ollama").click().run()
    assert not app.exception
    assert any("Does not answer" in m.value for m in app.markdown)


def test_everything_can_be_tested_at_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    settings.cache_clear()
    app = opened()
    app.button(key="settings_test_all").click().run()
    assert not app.exception and not app.error
    assert not [c.value for c in app.caption if c.value.startswith("Not tested")]


def test_an_authors_zone_is_kept(two_authors: dict[str, str]) -> None:
    app = opened(author=two_authors["Bo"])
    app.selectbox(key=f"settings_zone_{two_authors['Bo']}").select("Asia/Kathmandu")
    app.text_input(key=f"settings_headline_{two_authors['Bo']}").input("Builds in public")
    next(b for b in app.button if b.label == "Save").click().run()
    assert not app.exception and not app.error
    found = authors.get(two_authors["Bo"])
    assert (found.zone, found.headline) == ("Asia/Kathmandu", "Builds in public")
    assert authors.get(two_authors["Ada"]).zone == "UTC"
