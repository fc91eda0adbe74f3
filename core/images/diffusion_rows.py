"""What a model learns from: a photo as its decoder has it, a caption as it reads it, and the order in which they come.

Heavy: imported by the process of core.images.diffusion_child alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

FOCUS = (0.5, 0.42)
"""The point of a photo that a crop is laid around: of a portrait the face lies above the middle."""
Row = dict[str, Any]


def row(pipe: Any, file: Path, caption: str, side: int, device: str, focus: Sequence[float] | None = None) -> Row:
    """A photo cropped to a square of `side` pixels, as mean and spread of its latents; its caption as read.

    `ids` is what SDXL is told of a picture: its own size, where the crop lies, the size that is wanted.
    """
    with Image.open(file) as opened:
        whole = opened.convert("RGB")
    scale = side / min(whole.size)
    wide, high = (max(side, round(length * scale)) for length in whole.size)
    sized = whole.resize((wide, high), Image.Resampling.LANCZOS)
    left, top = (_begins(share, room, side) for share, room in zip(focus or FOCUS, (wide, high), strict=True))
    crop = sized.crop((left, top, left + side, top + side))
    values = torch.frombuffer(bytearray(crop.tobytes()), dtype=torch.uint8).view(side, side, 3).permute(2, 0, 1)
    with torch.no_grad():
        spread = pipe.vae.encode((values[None].float() / 127.5 - 1).to(device)).latent_dist
    ids = [whole.height, whole.width, top, left, side, side]
    return {"mean": spread.mean.cpu(), "std": spread.std.cpu(), "ids": ids, **read(pipe, caption, device)}


def read(pipe: Any, text: str, device: str, guided: bool = False) -> dict[str, Any]:
    """A prompt as the model reads it; with `guided` the empty one beside it, for making pictures."""
    negative = {"negative_prompt": ""} if guided else {}
    with torch.no_grad():
        found = pipe.encode_prompt(
            prompt=text, device=device, num_images_per_prompt=1, do_classifier_free_guidance=guided, **negative
        )
    names = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
    return {name: value for name, value in zip(names, found, strict=False) if value is not None}


def turn(rows: Sequence[Row], number: int, seed: int) -> Row:
    """The row whose turn it is: one after the other, in another order each round."""
    order = list(range(len(rows)))
    random.Random(seed * 7919 + number // len(rows)).shuffle(order)
    return rows[order[number % len(rows)]]


def _begins(share: float, room: int, side: int) -> int:
    """Where a square of this side begins so that the point at `share` of `room` lies in its middle, if it can."""
    return min(max(0, round(share * room - side / 2)), room - side)
