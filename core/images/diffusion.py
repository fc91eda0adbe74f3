"""Pictures by diffusers: a model loaded from its folder, a LoRA over it, picture after picture.

Heavy: imported by the process of core.images.diffusion_child alone.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from PIL import Image

from core.errors import Unavailable
from core.images import diffusion_base, lora_files
from core.images.diffusion_base import Base
from core.train.journal import Journal

PIPELINES: dict[str, Any] = {"sdxl": StableDiffusionXLPipeline, "sd15": StableDiffusionPipeline}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
NAME = "likeness"
LARGE = 1_100_000
"""Pixels from which a picture is decoded in tiles: less memory for a little time."""
FULL = 0.05
"""Share of a card's memory under which it counts as full."""
REFUSED = "The model's own safety check refused this picture."


def load(base: Base, device: str, dtype: str) -> Any:
    """The model as a pipeline, from safetensors alone, on a device. Raises Unavailable where a file is missing."""
    try:
        pipe = PIPELINES[base.kind].from_pretrained(
            base.folder,
            dtype=DTYPES[dtype],
            variant=diffusion_base.variant(base.folder),
            use_safetensors=True,
            local_files_only=True,
            **({"add_watermarker": False} if base.kind == "sdxl" else {}),
        )
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The image model in {base.folder} cannot be loaded ({str(error).splitlines()[0][:200]}).",
            "Download it again, or choose another one (TIMBRE_DIFFUSION_MODEL).",
        ) from error
    pipe.set_progress_bar_config(disable=True)
    if device == "cuda" and torch.cuda.mem_get_info()[0] < base.needs(base.side**2, 2):
        pipe.enable_model_cpu_offload()  # slower, and it fits
    else:
        pipe.to(device)
    return pipe


def wear(pipe: Any, file: Path, base: Base) -> None:
    """Lay a LoRA over the model; `strength` says how strongly. Raises Unavailable where it does not fit."""
    if said := lora_files.misfit(file, base):
        raise Unavailable(f"The likeness cannot be used. {said}", "Choose another likeness, or another model.")
    pipe.load_lora_weights(file.parent, weight_name=file.name, adapter_name=NAME)


def strength(pipe: Any, scale: float) -> None:
    """How strongly the LoRA acts, 0 (exactly the base) to 1."""
    pipe.set_adapters(NAME, float(scale))


@functools.lru_cache(maxsize=1)
def ready(folder: str, device: str, dtype: str, adapter: str) -> Any:
    """The model with its LoRA ("": none): loaded once in a process, which serves the same ones again and again."""
    base = diffusion_base.of(Path(folder))
    pipe = load(base, device, dtype)
    if adapter:
        wear(pipe, Path(adapter), base)
    return pipe


def pictures(journal: Journal, asked: Mapping[str, Any]) -> None:
    """Make every picture of `asked` that is not there yet (see core.images.diffusers_provider for its form)."""
    missing = [one for one in asked["pictures"] if not (journal.folder / one["file"]).is_file()]
    total = sum(int(one["steps"]) for one in missing)
    if not missing:
        return
    device = "cuda" if asked["device"] == "cuda" and torch.cuda.is_available() else "cpu"
    journal.look()
    pipe = ready(asked["base"], device, asked["dtype"], asked.get("adapter") or "")
    journal.put(phase="making", step=0, steps=total, message="", extra={"device": device})
    done = 0

    def each(_pipe: Any, step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        journal.look()
        journal.put(step=min(total, done + step + 1), memory=journal.memory())
        return kept

    for one in missing:
        journal.look()
        if asked.get("adapter"):
            strength(pipe, one["scale"])
        found, refused = picture(pipe, one, each)
        keep(found, journal.folder / one["file"], REFUSED if refused else "")
        done += int(one["steps"])
    let_go()


def picture(
    pipe: Any, one: Mapping[str, Any], each: Callable[..., dict[str, Any]], **embeds: Any
) -> tuple[Image.Image, bool]:
    """One picture, and whether the model's own check refused it. The same seed gives the same picture.

    `embeds`: the prompt as the model reads it, where that is known already.
    """
    told: dict[str, Any] = {
        "num_inference_steps": int(one["steps"]),
        "guidance_scale": float(one["guidance"]),
        "generator": torch.Generator("cpu").manual_seed(int(one["seed"])),
        "callback_on_step_end": each,
    }
    told |= embeds or {"prompt": one["prompt"], "negative_prompt": one.get("negative") or ""}
    (pipe.vae.enable_tiling if one["width"] * one["height"] > LARGE else pipe.vae.disable_tiling)()
    with torch.inference_mode():
        if one.get("reference"):
            from diffusers import AutoPipelineForImage2Image

            begun = (
                Image.open(one["reference"])
                .convert("RGB")
                .resize((one["width"], one["height"]), Image.Resampling.LANCZOS)
            )
            out = AutoPipelineForImage2Image.from_pipe(pipe)(image=begun, strength=float(one["strength"]), **told)
        else:
            out = pipe(width=one["width"], height=one["height"], **told)
    return out.images[0], any(getattr(out, "nsfw_content_detected", None) or [])


def keep(found: Image.Image, file: Path, refused: str = "") -> None:
    """Write a picture whole, or that it was refused, in its place."""
    half = file.with_suffix(".part")
    file.parent.mkdir(parents=True, exist_ok=True)
    if refused:
        half.write_text(refused, encoding="utf8")
    else:
        found.save(half, "PNG")
    half.replace(file)


def let_go() -> None:
    """Give back memory of what is not used any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def card_full() -> bool:
    """Whether next to nothing is free on the graphics card that this process works on."""
    if not torch.cuda.is_available():
        return False
    free, total = torch.cuda.mem_get_info()
    return bool(free < FULL * total)
