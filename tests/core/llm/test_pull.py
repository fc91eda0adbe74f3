"""Pulling a model into Ollama: progress over layers, stop, what is said when it fails; and the job that does it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core import jobs, llm, store
from core.errors import Cancelled, Conflict, Denied, Invalid, Unavailable
from core.llm import jobs as work
from core.llm import listing, pulling
from core.llm.ollama import name_of
from core.store import Actor, intents
from tests.core.llm.conftest import Choose
from tests.core.llm.servers import Fake

LAYERS = [
    {"status": "pulling manifest"},
    {"status": "pulling aa", "digest": "sha256:aa", "total": 4_000_000_000},
    {"status": "pulling aa", "digest": "sha256:aa", "total": 4_000_000_000, "completed": 1_000_000_000},
    {"status": "pulling bb", "digest": "sha256:bb", "total": 1_000_000, "completed": 1_000_000},
]
END = [{"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]


@pytest.fixture(autouse=True)
def ollama(data: Path, fake: Fake, choose: Choose) -> Fake:
    choose(OLLAMA_HOST=fake.url)
    return fake


def test_progress_is_summed_over_layers(ollama: Fake) -> None:
    ollama.pull = LAYERS + END
    heard: list[tuple[int, int, str]] = []
    llm.pull("ollama pull qwen2.5:7b", lambda *row: heard.append(row))
    assert heard[2][:2] == (1_000_000_000, 4_000_000_000) and heard[-1] == (1_001_000_000, 4_001_000_000, "success")
    assert ollama.asked == [("/api/pull", {"model": "qwen2.5:7b", "stream": True})]


def test_a_stopped_pull_hangs_up_while_ollama_is_silent(ollama: Fake) -> None:
    ollama.pull = [*LAYERS, {"then": "fall silent"}]
    heard: list[int] = []
    began = time.monotonic()
    with pytest.raises(Cancelled):
        llm.pull("qwen2.5:7b", lambda done, *_: heard.append(done), lambda: len(heard) == len(LAYERS))
    assert time.monotonic() - began < 15 and ollama.gone.wait(10)


@pytest.mark.parametrize(
    ("rows", "said"),
    [([{"error": "pull model manifest: file does not exist"}], "could not pull qwenn: pull model manifest: file does not exist"),
     (LAYERS, "broke off in the middle")],
)  # fmt: skip
def test_a_failed_pull_is_no_success(ollama: Fake, rows: list[dict[str, object]], said: str) -> None:
    ollama.pull = rows
    with pytest.raises(Unavailable, match=said):
        llm.pull("qwenn", lambda *_: None)


@pytest.mark.parametrize("name", ["", "../etc", "a b", "http://evil.example/x", "-rf", "x" * 300, "a\nb"])
def test_what_is_no_name_is_not_asked_for(ollama: Fake, name: str) -> None:
    with pytest.raises(Invalid, match="no name of a model"):
        llm.pull(name, lambda *_: None)
    assert not ollama.asked
    for good in ("qwen2.5:7b", "hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", "me/model", "registry:5000/a/b:c"):
        assert name_of(f" {good} ") == good


def test_the_job_notes_how_far_it_is_and_stops_when_asked(
    ollama: Fake, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "EVERY", -1.0)
    ollama.pull = [*LAYERS, {"then": "fall silent"}]
    job = pulling.ask("qwen2.5:7b", actor)
    assert pulling.ask(" qwen2.5:7b", actor) == job, "asked twice it runs once"
    with pytest.raises(Conflict, match=r"qwen2.5:7b is being pulled"):
        pulling.ask("llama3.2:3b", actor)
    with pytest.raises(Denied):
        pulling.ask("llama3.2:3b", Actor(role="reader"))
    with store.writing(actor) as tx:
        intents.begun(tx, job)
    real = jobs.progress

    def progress(intent_id: str, done: int, total: int, said: str) -> None:
        real(intent_id, done, total, said)
        if done == 1_001:
            jobs.cancel(intent_id, actor)

    monkeypatch.setattr(jobs, "progress", progress)
    with pytest.raises(Cancelled):
        work._pull(job, "qwen2.5:7b")
    kept = jobs.get(job)
    assert (kept.done, kept.total, kept.message) == (1_001, 4_001, "Fetching qwen2.5:7b")


def test_the_worker_pulls_and_the_shelf_shows_it(ollama: Fake, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "step", lambda work_, *args, name: work_(*args))
    ollama.pull = LAYERS + END
    job = pulling.ask("writer:7b", actor)
    assert work.pull(job) == {"name": "writer:7b"}
    listing.forget()
    found = {choice.id: choice for choice in pulling.shelf().choices}
    assert list(found) == ["embedded", "ollama/writer:7b"], "a model that only embeds cannot write"
    mine = found["ollama/writer:7b"]
    assert (mine.size, mine.kind, mine.small, mine.active) == (4_700_000_000, "7.6B Q4_K_M", False, False)
    assert found["embedded"].active and found["embedded"].small and "no cost" in mine.price
