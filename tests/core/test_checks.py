"""What is configured and reachable: no secret is ever shown, every failure says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import checks, store
from core.config import Settings, settings
from core.store import Actor
from core.store.base import now
from core.store.tables import Heartbeat

SECRETS = {"NOTION_TOKEN": "ntn_hush1", "OPENAI_API_KEY": "sk-hush2", "TIMBRE_API_TOKEN": "hush3"}
ADDRESSES = {
    "OPENAI_BASE_URL": "http://mia:hush4@127.0.0.1:9/v1?key=hush5",
    "DATABASE_URL": "postgresql://timbre:hush6@127.0.0.1:9/timbre?password=hush7",
}


def check(key: str) -> checks.Outcome:
    return checks.run(next(c for c in checks.available() if c.key == key))


def test_every_setting_is_listed_and_explained(data: Path) -> None:
    listed = {c.name: c for c in checks.configured()}
    assert set(listed) == {name.upper() for name in Settings.model_fields}
    assert all(c.about for c in listed.values())
    assert listed["TIMBRE_DATA"].chosen and listed["TIMBRE_DATA"].value == str(data)


def test_no_secret_is_shown(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SECRETS, **ADDRESSES}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    listed = {c.name: c for c in checks.configured()}
    assert {listed[name].value for name in SECRETS} == {"set"}
    assert listed["DATABASE_URL"].value == "postgresql://127.0.0.1:9/timbre"
    assert "hush" not in repr(listed)
    monkeypatch.delenv("NOTION_TOKEN")
    settings.cache_clear()
    assert next(c for c in checks.configured() if c.name == "NOTION_TOKEN").value == "not set"


def test_the_database_answers(data: Path) -> None:
    found = check("database")
    assert found.ok and "takes writes" in found.message


def test_a_folder_that_refuses_says_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("folder").ok
    monkeypatch.setattr("core.checks.LOW_SPACE", 10**18)
    assert "Free some space" in check("folder").hint
    monkeypatch.setenv("TIMBRE_DATA", str(data / "gone"))
    settings.cache_clear()
    found = check("folder")
    assert not found.ok and "TIMBRE_DATA" in found.hint


def test_the_worker(data: Path, actor: Actor) -> None:
    assert "No worker has ever run" in check("worker").message
    with store.writing(actor) as tx:
        tx.session.add(Heartbeat(slot="worker-1", pid=4711, at=now()))
    assert check("worker").ok and "4711" in check("worker").message
    with store.writing(actor) as tx:
        tx.session.merge(Heartbeat(slot="worker-1", pid=4711, at=now().replace(year=2020)))
    found = check("worker")
    assert not found.ok and "make run" in found.hint


def test_the_embedder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("embedder").ok
    monkeypatch.setenv("TIMBRE_EMBEDDER", str(data / "none"))
    settings.cache_clear()
    found = check("embedder")
    assert not found.ok and "make setup" in found.hint


@pytest.mark.parametrize("provider", ["ollama", "openai"])
def test_a_provider_that_is_down(data: Path, monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    settings.cache_clear()
    found = check(provider)
    assert not found.ok and found.message and found.hint
