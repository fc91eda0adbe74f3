"""The tiny base, adapters over it, and the embedded runtime that runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import settings
from core.llm import embedded
from core.train import lora_gguf
from tests.core.train import made, tiny


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
