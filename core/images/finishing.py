"""From what an image model gave to what is published: cut to size, graded to the brand, measured, marked as made so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.images import crop, grade, provenance
from core.images.assets import opened
from core.images.crop import Focus
from core.images.model import SIZES, Kit


@dataclass(frozen=True)
class Finished:
    """A file to publish and what was measured of it."""

    data: bytes
    type: str
    measured: dict[str, float]
    """`brand`: mean CIEDE2000 to the nearest colour of the kit, `brand_before` the same before the grade (both only
    where the kit has colours); `enlarged`: how many times the picture was enlarged."""

    @property
    def name(self) -> str:
        """Of its file."""
        return "picture.png" if self.type == "image/png" else "picture.jpg"


def finish(
    original: bytes,
    size: str,
    kit: Kit,
    graded: Mapping[str, Any],
    facts: Mapping[str, Any],
    focus: Focus = crop.CENTRE,
) -> Finished:
    """The picture of one of SIZES. `graded`: what core.images.grade does to it, {} for nothing.

    Raises Invalid where the original is no picture. The same in, the same out.
    """
    before, enlarged = cut(original, size, focus)
    after = grade.apply(before, kit, graded) if graded else before
    measured = {"enlarged": round(enlarged, 2)}
    if kit.colours:
        measured["brand"] = round(grade.distance(after, kit), 1)
        measured["brand_before"] = round(grade.distance(before, kit), 1) if graded else measured["brand"]
    data, kind = provenance.mark(after, facts)
    return Finished(data, kind, measured)


def cut(original: bytes, size: str, focus: Focus = crop.CENTRE) -> tuple[Any, float]:
    """The original at one of SIZES, ungraded (a picture of Pillow), and how many times it was enlarged for it.

    Raises Invalid where it is no picture.
    """
    whole, _ = opened(original, "The picture")
    return crop.to_aspect(whole.convert("RGB"), SIZES[size], focus), crop.enlarged(*whole.size, SIZES[size])
