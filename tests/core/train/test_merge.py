"""The merged model answers nearly as the adapter over the base does, says the same of itself, and is whole or not there."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import llm
from core.config import settings
from core.errors import Invalid, StorageError
from core.llm import embedded, gguf_head
from core.llm.loras import file_hash
from core.train.merge import merge
from tests.core.train import made

WORDS = 400


def logprobs(*adapters: llm.Lora) -> dict[int, float]:
    """Of the words that are likeliest after a prompt."""
    running = embedded._server(embedded.path(), adapters)
    body = embedded._body(llm.Request("A plant.", temperature=0.0, adapters=adapters), running)
    got: list[dict[str, Any]] = []
    answer = running.server.handle_completions({**body, "stream": False, "n_predict": 1, "n_probs": WORDS}, got.append)
    found = (answer or got[-1])["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    return {one["id"]: one["logprob"] for one in found}


def apart(a: dict[int, float], b: dict[int, float]) -> float:
    both = sorted(set(a) & set(b))
    return float(np.sqrt(np.mean([(a[id_] - b[id_]) ** 2 for id_ in both]))) if len(both) > WORDS / 4 else np.inf


def test_the_merged_model_answers_nearly_as_the_adapters_over_the_base(
    runtime: Path, written: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [llm.Lora(str(file), scale, file_hash(file)) for file, scale in zip(written, (0.8, 0.4), strict=False)]
    base, applied = logprobs(), logprobs(*both)
    seen: list[tuple[int, int]] = []
    to = merge(
        runtime,
        [(Path(one.path).parent, one.scale) for one in both],
        tmp_path / "whole.gguf",
        "Ada's",
        lambda *told: seen.append(told) or None,
    )
    before, after = gguf_head.read(runtime), gguf_head.read(to)
    assert after.tensors == before.tensors and seen[-1] == (len(before.tensors) - 1, len(before.tensors))
    changed = {"general.name", "general.file_type", "general.quantization_version"}
    assert {k: v for k, v in after.values.items() if k not in changed} == {
        k: v for k, v in before.values.items() if k not in changed
    }
    assert after.values["general.name"] == "Ada's" and to.stat().st_size < 0.7 * runtime.stat().st_size
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(to))
    settings.cache_clear()
    assert apart(logprobs(), applied) < 0.15 * apart(base, applied)


def test_a_full_disk_and_a_wrong_adapter_leave_nothing(
    base_file: Path, written: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "out" / "whole.gguf"
    free = namedtuple("free", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free(1, 1, 1_000_000))
    with pytest.raises(StorageError, match="1 MB are free"):
        merge(base_file, [(written[0].parent, 1.0)], to)
    monkeypatch.undo()
    (wrong := made.peft(tmp_path / "wrong")).joinpath("adapter_model.safetensors").write_bytes(b"no")
    with pytest.raises(Invalid, match="cannot be read"):
        merge(base_file, [(wrong, 1.0)], to)
    assert list(to.parent.iterdir()) == []
