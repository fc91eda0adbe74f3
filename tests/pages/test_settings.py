"""Settings: what is set (never a secret's value), a test button each, an author's zone."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import authors, jobs
from core.config import ROOT, settings
from core.llm import pulling
from core.store import Actor
from tests.core.llm.servers import serving


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
    table = app.dataframe[-1].value
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


def test_models_are_listed_and_one_is_pulled_by_name(data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as ollama:
        ollama.models = ["writer:7b"]
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        settings.cache_clear()
        app = opened()
        assert any(
            c.value.startswith("7.6B Q4\\_K\\_M; 4.7 GB on the disk") and "no cost" in c.value for c in app.caption
        )
        named = {m.value.split("**")[1]: "In use" in m.value for m in app.markdown if m.value.startswith("**")}
        assert named["embedded"] and named["ollama/writer\\:7b"] is False
        app.text_input(key="settings_pull_name").input("no name")
        next(b for b in app.button if b.label == "Pull").click().run()
        assert "no name of a model" in app.error[0].value and pulling.live() is None
        app.text_input(key="settings_pull_name").input("qwen2.5:7b")
        next(b for b in app.button if b.label == "Pull").click().run()
        job = pulling.live()
        assert job is not None and job.payload == {"name": "qwen2.5:7b"}
        app.button(key="settings_pull_stop").click().run()
        app.run()
        assert not app.exception and jobs.get(job.id).status == "cancelled"
        assert any("was stopped" in m.value for m in app.markdown)


def test_without_ollama_the_models_say_how_to_start_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    settings.cache_clear()
    app = opened()
    assert any("SmolLM2 135M; 0.1 GB" in c.value for c in app.caption)
    assert any("Ollama shows no models" in m.value and "ollama serve" in m.value for m in app.markdown)
    assert "settings_pull_name" not in [t.key for t in app.text_input]
