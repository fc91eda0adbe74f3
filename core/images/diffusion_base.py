"""The folder of an image model in diffusers' form: what it is, how large, whether it can be used. Loads nothing."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.config import settings
from core.errors import Invalid, Unavailable
from core.llm.loras import file_hash

KINDS: Final = {"StableDiffusionXLPipeline": "sdxl", "StableDiffusionPipeline": "sd15"}
"""Pipelines of model_index.json that can be run and trained."""
TITLES: Final = {"sdxl": "SDXL", "sd15": "Stable Diffusion 1.5"}
PARTS: Final = {
    "sdxl": ("unet", "vae", "text_encoder", "text_encoder_2"),
    "sd15": ("unet", "vae", "text_encoder"),
}
HEADER_MOST: Final = 100_000_000
"""Bytes of a safetensors header at most, as its own library has it."""
WORKING: Final = 1_500
"""Bytes of working memory for each pixel of a picture, in 16 bits: counted from the decoder (512 channels at half its
size, 256 at full, in and out). At SD 1.5's shape and 512 pixels a side all of it comes to 5.6 GB; 4.7 were measured."""
RUNTIME: Final = 700_000_000
"""Bytes that torch and diffusers take before any weight is loaded, on Linux."""


@dataclass(frozen=True)
class Base:
    """An image model on this machine."""

    folder: Path
    kind: str
    """`sdxl` or `sd15`."""
    title: str
    side: int
    """Pixels of a side of the square that it was trained for."""
    parameters: int
    context: int
    """Width of the text that its pictures attend to: a LoRA fits only models of the same."""

    def needs(self, pixels: int, bytes_each: int = 4) -> int:
        """Bytes of memory for a picture of so many pixels, with weights of so many bytes."""
        return RUNTIME + self.parameters * bytes_each + WORKING * bytes_each // 2 * pixels


def configured() -> Base:
    """The one that TIMBRE_DIFFUSION_MODEL names. Raises Unavailable where none is named, and what `of` raises."""
    folder = settings().timbre_diffusion_model
    if folder is None:
        raise Unavailable(
            "No image model is set up on this machine.",
            "Set TIMBRE_DIFFUSION_MODEL to the folder of an SDXL or Stable Diffusion 1.5 model in diffusers' form.",
        )
    return of(folder)


def of(folder: Path) -> Base:
    """What lies in a folder. Raises Unavailable where it is not whole, Invalid where it cannot be used."""
    index = _json(folder / "model_index.json", folder)
    kind = KINDS.get(str(index.get("_class_name")))
    if kind is None:
        raise Invalid(
            f"The image model in {folder} is a {str(index.get('_class_name'))[:60]}, which Timbre does not run.",
            "Use an SDXL or a Stable Diffusion 1.5 model in diffusers' form.",
        )
    parameters = sum(_parameters(folder, part) for part in PARTS[kind])
    unet, vae = _json(folder / "unet" / "config.json", folder), _json(folder / "vae" / "config.json", folder)
    shrinks = 2 ** (len(vae.get("block_out_channels") or [0]) - 1)
    context = unet.get("cross_attention_dim")
    return Base(
        folder,
        kind,
        folder.name or TITLES[kind],
        int(unet.get("sample_size") or 64) * shrinks,
        parameters,
        int(context[0] if isinstance(context, list) else context or 0),
    )


def weights(folder: Path, part: str) -> list[Path]:
    """The safetensors of a part of a model, shards in order; of variants the full one, else that in 16 bits.

    Raises Unavailable where there is none: files that hold programs (.bin, .ckpt) are never opened.
    """
    found = sorted((folder / part).glob("*.safetensors"))
    full = [path for path in found if ".fp16" not in path.name]
    if not found:
        raise Unavailable(
            f"The image model in {folder} has no {part} in safetensors; other files are not opened, as they can hold "
            "programs.",
            "Download the safetensors of this model, or choose another one (TIMBRE_DIFFUSION_MODEL).",
        )
    return full or found


def variant(folder: Path) -> str | None:
    """The name of the variant that has to be asked for: `fp16` where only that lies there."""
    return "fp16" if all(".fp16" in path.name for path in weights(folder, "unet")) else None


def digest(folder: Path) -> str:
    """sha256 over what a LoRA is applied to: the weights of the unet. Reads them once; gigabytes take seconds."""
    parts = "".join(file_hash(path) for path in weights(folder, "unet"))
    return hashlib.sha256(parts.encode()).hexdigest()


def size_for(base: Base, width: int, height: int) -> tuple[int, int]:
    """The size in which the model makes a picture of these proportions: about its own area, in steps of 64 pixels.

    Models of under 256 pixels a side work in steps of 8.
    """
    step = 64 if base.side >= 256 else 8
    wide = base.side * math.sqrt(width / height)
    return max(step, round(wide / step) * step), max(step, round(base.side**2 / wide / step) * step)


def header(path: Path) -> dict[str, Any]:
    """What a safetensors file says of itself, without its weights. Raises Invalid where it is none."""
    try:
        with path.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            told = json.loads(opened.read(length)) if length <= HEADER_MOST else None
    except (OSError, ValueError, RecursionError, struct.error) as error:
        raise _no_safetensors(path) from error
    if not isinstance(told, dict):
        raise _no_safetensors(path)
    return told


def _no_safetensors(path: Path) -> Invalid:
    return Invalid(
        f"{path.name} is not a whole file in safetensors, so it was not opened.",
        "Download or export it again. Other formats are not opened, as they can hold programs.",
    )


def _parameters(folder: Path, part: str) -> int:
    tensors = (t for path in weights(folder, part) for name, t in header(path).items() if name != "__metadata__")
    return sum(math.prod(tensor["shape"]) for tensor in tensors)


def _json(path: Path, folder: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The folder {folder} holds no whole image model: {path.relative_to(folder)} is missing or broken.",
            "Set TIMBRE_DIFFUSION_MODEL to the folder that holds model_index.json.",
        ) from error
    return told if isinstance(told, dict) else {}
