"""Adapters as peft writes them and runs as the workflow leaves them, without a training."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core import store
from core.store import Actor
from core.store.tables_training import Adapter, TrainingRun
from tests.core.train import tiny

Make = Callable[..., Adapter]
Matrices = dict[str, npt.NDArray[np.float32]]
THIN = tiny.WIDE // tiny.HEADS * tiny.KV_HEADS
SHAPES = {
    "self_attn.q_proj": (tiny.WIDE, tiny.WIDE),
    "self_attn.k_proj": (THIN, tiny.WIDE),
    "self_attn.v_proj": (THIN, tiny.WIDE),
    "self_attn.o_proj": (tiny.WIDE, tiny.WIDE),
    "mlp.gate_proj": (tiny.INNER, tiny.WIDE),
    "mlp.up_proj": (tiny.INNER, tiny.WIDE),
    "mlp.down_proj": (tiny.WIDE, tiny.INNER),
}
"""(out, in) of the projections of the tiny base, by their names in transformers."""


def matrices(seed: int = 1, rank: int = 4, size: float = 0.15) -> Matrices:
    """A and B of every projection of the tiny base, by peft's keys."""
    draw = np.random.default_rng(seed)
    out: Matrices = {}
    for layer in range(tiny.LAYERS):
        for part, (rows, columns) in SHAPES.items():
            key = f"base_model.model.model.layers.{layer}.{part}.lora"
            out[f"{key}_A.weight"] = draw.normal(0, size, (rank, columns)).astype(np.float32)
            out[f"{key}_B.weight"] = draw.normal(0, size, (rows, rank)).astype(np.float32)
    return out


def safetensors(path: Path, tensors: Matrices, kind: str = "F32") -> None:
    """As the format is specified: length of the head, the head as JSON, the numbers."""
    head: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, values in tensors.items():
        raw = values.tobytes() if kind == "F32" else (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()
        head[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    said = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(said)) + said + body)


def peft(folder: Path, seed: int = 1, rank: int = 4, alpha: int = 8, kind: str = "F32", **config: Any) -> Path:
    """A folder as `save_pretrained` leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {"peft_type": "LORA", "r": rank, "lora_alpha": alpha, "bias": "none", "base_model_name_or_path": "x"}
    (folder / "adapter_config.json").write_text(json.dumps({**said, **config}))
    safetensors(folder / "adapter_model.safetensors", matrices(seed, rank), kind)
    return folder


def run(actor: Actor, author_id: str | None, archetype_id: str | None = None, **said: Any) -> TrainingRun:
    """A run that has ended, with a dataset of people who agreed."""
    consent = said.pop("consent", {author_id: {"by": "Ada", "at": "2026-01-02"}} if author_id else {})
    row = TrainingRun(
        kind=said.pop("kind", "voice"),
        method="sft",
        author_id=author_id,
        archetype_id=archetype_id,
        title=said.pop("title", "Ada"),
        base=said.pop("base", "embedded"),
        settings={"rank": 4, "method": "sft"},
        dataset={"hash": "d" * 64, "train": 30, "held": 10, "posts": {author_id or "": 40}, "consent": consent},
        progress={"steps": 3, "held_loss_before": 3.0, "held_loss": 2.5},
        samples=[{"step": 1, "text": "written while it learnt"}],
        status="done",
        **said,
    )
    with store.writing(actor) as tx:
        tx.session.add(row)
    return row


EXAM: dict[str, Any] = {
    "passed": True,
    "verdict": [{"name": "Closer to the author?", "passed": True, "said": "By 0.4 (0.1 to 0.7)."}],
    "texts": [{"brief": "b", "base": "t", "adapter": "a text that the adapter wrote"}],
}


def out(folder: Path, gguf: Path) -> Path:
    """What a run has made: the files beside an adapter's GGUF, and that."""
    folder.mkdir(parents=True)
    for name in ("adapter_config.json", "adapter_model.safetensors", "adapter.gguf"):
        shutil.copyfile(gguf.parent / name, folder / name)
    return folder
