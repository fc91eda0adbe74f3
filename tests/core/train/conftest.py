"""The tiny base, adapters over it, one that is registered, and the embedded runtime that runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import authors
from core.config import settings
from core.llm import embedded
from core.people import WORKER
from core.store import Actor
from core.store.tables_training import Adapter
from core.train import lora_gguf, registry
from tests.core.train import made, tiny
from tests.core.train.made import Make


@pytest.fixture(scope="session")
def base_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.gguf(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def written(base_file: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three adapters over the tiny base, each in the folder that peft left."""
    folder = tmp_path_factory.mktemp("adapters")
    return [
        lora_gguf.write(made.peft(folder / str(n), n), base_file, folder / str(n) / "adapter.gguf") for n in (1, 2, 3)
    ]


@pytest.fixture
def runtime(base_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The embedded runtime over the tiny base, with nothing in memory yet."""
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(base_file))
    monkeypatch.setenv("TIMBRE_LLM", "embedded")
    monkeypatch.setattr(embedded, "cores", lambda: 1)
    monkeypatch.setattr(embedded, "_running", None)
    settings.cache_clear()
    yield base_file
    settings.cache_clear()


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    id_ = authors.add("Ada", actor).id
    authors.consent(id_, True, actor)
    return id_


@pytest.fixture
def make(
    actor: Actor, ada: str, data: Path, base_file: Path, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> Make:
    """A registered adapter, Ada's unless told otherwise."""
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(base_file))
    settings.cache_clear()

    def one(author_id: str | None = ada, archetype_id: str | None = None, **said: Any) -> Adapter:
        exam = said.pop("exam", made.EXAM)
        run = made.run(actor, author_id, archetype_id, **said)
        return registry.add(run, made.out(data / "out" / run.id, written[0]), exam, WORKER)

    return one
