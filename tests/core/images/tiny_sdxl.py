"""Tiny random models in the folders that diffusers writes: SDXL and SD 1.5 from configs, a megabyte or two each.

Their pictures show nothing, but every program that runs the real ones runs these, in a second. 64 pixels a side.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SIDE = 64
WIDE = 32


def sdxl(folder: Path, seed: int = 0) -> Path:
    """A StableDiffusionXLPipeline, written unless it is there; another seed is another model."""
    return _made(folder, "StableDiffusionXLPipeline", seed)


def sd15(folder: Path, seed: int = 0) -> Path:
    """A StableDiffusionPipeline, as SD 1.5."""
    return _made(folder, "StableDiffusionPipeline", seed)


def _made(folder: Path, kind: str, seed: int) -> Path:
    if (folder / "model_index.json").is_file():
        return folder
    import diffusers
    import torch

    torch.manual_seed(seed)
    xl = kind == "StableDiffusionXLPipeline"
    parts: dict[str, Any] = {
        "unet": _unet(xl),
        "vae": _vae(),
        "scheduler": diffusers.EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
        "text_encoder": _encoder(projection=False),
        "tokenizer": _tokenizer(folder.with_name(folder.name + ".words")),
    }
    if xl:
        parts |= {"text_encoder_2": _encoder(projection=True), "tokenizer_2": parts["tokenizer"]}
        pipe = diffusers.StableDiffusionXLPipeline(**parts)
    else:
        pipe = diffusers.StableDiffusionPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    half = folder.with_name(folder.name + ".half")
    pipe.save_pretrained(half, safe_serialization=True)
    half.replace(folder)
    return folder


def _unet(xl: bool) -> Any:
    import diffusers

    more: dict[str, Any] = {"cross_attention_dim": WIDE, "attention_head_dim": 4}
    if xl:
        more = {
            "cross_attention_dim": 2 * WIDE,
            "attention_head_dim": (2, 4),
            "transformer_layers_per_block": (1, 2),
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + WIDE,
        }
    return diffusers.UNet2DConditionModel(
        sample_size=SIDE // 2,
        block_out_channels=(WIDE, 2 * WIDE),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **more,
    )


def _vae() -> Any:
    import diffusers

    return diffusers.AutoencoderKL(
        block_out_channels=(WIDE, WIDE),
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=4,
        sample_size=SIDE,
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
    )


def _encoder(projection: bool) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=WIDE,
        intermediate_size=WIDE + 5,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=WIDE,
        max_position_embeddings=77,
        bos_token_id=len(_vocabulary()) - 2,
        eos_token_id=len(_vocabulary()) - 1,
        pad_token_id=1,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def _vocabulary() -> list[str]:
    """Single letters, each inside a word and at its end, then the two marks."""
    letters = [chr(code) for code in range(33, 127)]
    return [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]


def _tokenizer(folder: Path) -> Any:
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: n for n, word in enumerate(_vocabulary())}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)
