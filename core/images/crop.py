"""Cutting a picture to the size of an image so that what matters stays in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Focus = tuple[float, float]
CENTRE: Focus = (0.5, 0.5)


def box(width: int, height: int, size: tuple[int, int], focus: Focus = CENTRE) -> tuple[int, int, int, int]:
    """The largest part of a picture with the proportions of `size` (left, top, right, bottom, in pixels).

    `focus` is the point that stays in sight, as shares of width and height; it is in the middle where the edge allows.
    """
    wide, high = size
    if width * high > height * wide:
        part = (max(1, round(height * wide / high)), height)
    else:
        part = (width, max(1, round(width * high / wide)))
    left = _begin(width, part[0], focus[0])
    top = _begin(height, part[1], focus[1])
    return left, top, left + part[0], top + part[1]


def to_aspect(image: Image, size: tuple[int, int], focus: Focus = CENTRE) -> Image:
    """The picture at exactly `size`, cut around `focus` and scaled; never stretched."""
    from PIL.Image import Resampling

    return image.resize(size, Resampling.LANCZOS, box=box(image.width, image.height, size, focus))


def enlarged(width: int, height: int, size: tuple[int, int]) -> float:
    """How many times a picture is enlarged to fill `size`; over 1 it gets softer."""
    return max(size[0] / width, size[1] / height)


def _begin(whole: int, part: int, at: float) -> int:
    wanted = round(min(1.0, max(0.0, at)) * whole - part / 2)
    return min(max(0, wanted), whole - part)
