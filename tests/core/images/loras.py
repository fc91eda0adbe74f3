"""Models and LoRAs as files, by numpy alone: what they weigh and fit can be told without loading torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

CONTEXT = 64


def model(folder: Path, kind: str = "StableDiffusionXLPipeline", context: int = CONTEXT, seed: int = 0) -> Path:
    """The folder of a model that is never loaded: index, two configs, a weight or two in each part."""
    parts = ["unet", "vae", "text_encoder", *(["text_encoder_2"] if "XL" in kind else [])]
    for part in parts:
        (folder / part).mkdir(parents=True)
        put(folder / part / "model.safetensors", {"a": (4, 5), "b": (3,)}, seed)
    _json(folder / "model_index.json", {"_class_name": kind})
    _json(folder / "unet" / "config.json", {"sample_size": 32, "cross_attention_dim": context})
    _json(folder / "vae" / "config.json", {"block_out_channels": [8, 8]})
    return folder


def lora(file: Path, context: int = CONTEXT, rank: int = 4, flux: bool = False, seed: int = 0) -> Path:
    """A LoRA over one attention, as diffusers writes it."""
    stem = "transformer.blocks.0" if flux else "unet.down_blocks.1.attentions.0.transformer_blocks.0"
    put(
        file,
        {
            f"{stem}.attn2.to_k.lora_A.weight": (rank, context),
            f"{stem}.attn2.to_k.lora_B.weight": (64, rank),
            f"{stem}.attn1.to_q.lora_A.weight": (rank, 32),
            f"{stem}.attn1.to_q.lora_B.weight": (32, rank),
        },
        seed,
    )
    return file


def put(file: Path, shapes: dict[str, tuple[int, ...]], seed: int = 0) -> None:
    draw = np.random.default_rng(seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: draw.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}, file)


def _json(file: Path, told: dict[str, Any]) -> None:
    file.write_text(json.dumps(told))
