"""How a run ends: what a person reads where the model is missing, and that nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import jobs
from core.config import settings
from core.errors import Cancelled, Unavailable
from core.generate import commands, workflow
from core.store import Actor
from tests.core.generate.conftest import BRIEF, ModelServer


@pytest.fixture
def run_id(two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that waits; steps are done in this process, without the durable engine."""
    monkeypatch.setattr(jobs, "step", lambda work, *args, name=None: work(*args))
    return commands.start(commands.save_brief(two_authors["Ada"], BRIEF, actor).id, actor)


@pytest.mark.parametrize(
    ("env", "message", "hint"),
    [
        ({"TIMBRE_LLM": "embedded", "TIMBRE_MODEL_PATH": "/nowhere/gone.gguf"}, "gone.gguf is missing", "make setup"),
        ({"TIMBRE_LLM": "ollama/qwen2.5:7b", "OLLAMA_HOST": "http://127.0.0.1:9"}, "Ollama does not answer",
         "Start Ollama with `ollama serve`, or set TIMBRE_LLM=embedded."),
    ],
)  # fmt: skip
def test_without_its_model_a_run_fails_with_what_to_do_and_keeps_the_brief(
    run_id: str, data: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], message: str, hint: str
) -> None:
    for name, value in {**env, "TIMBRE_EMBEDDER": str(data / "no-embedder")}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(Unavailable):
        workflow.generate(run_id)
    view = commands.run(run_id)
    assert view.run.status == "failed" and view.run.finished_at
    assert message in view.run.message and "The brief and every finished step are kept." in view.run.message
    assert hint in view.run.hint
    assert view.brief.fields["topic"] == BRIEF["topic"]
    assert view.variants == []


def test_a_run_that_was_stopped_says_so(
    run_id: str, model: ModelServer, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.runs.asked_to_stop", lambda tx, run: True)
    with pytest.raises(Cancelled):
        workflow.generate(run_id)
    assert commands.run(run_id).run.status == "cancelled"


def test_a_run_that_goes_well_is_done_with_its_progress(run_id: str, model: ModelServer) -> None:
    workflow.generate(run_id)
    view = commands.run(run_id)
    assert view.run.status == "done" and len(view.variants) == 2
    assert (jobs.get(run_id).done, jobs.get(run_id).total) == (5, 5)


def test_an_error_that_was_recorded_comes_back_as_what_it_was() -> None:
    with pytest.raises(Unavailable) as raised:
        workflow._raised({"error": "Unavailable", "message": "m", "hint": "h"})
    assert (raised.value.message, raised.value.hint) == ("m", "h")
