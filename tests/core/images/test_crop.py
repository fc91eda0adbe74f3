"""Cutting a picture: inside it, of the right proportions, around its focus, never stretched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.images import crop
from core.images.model import SIZES

SIDE = st.integers(1, 4000)
SHARE = st.floats(-0.5, 1.5)


@given(width=SIDE, height=SIDE, size=st.tuples(SIDE, SIDE), focus=st.tuples(SHARE, SHARE))
def test_the_part_lies_inside_and_is_as_large_as_it_can_be(
    width: int, height: int, size: tuple[int, int], focus: tuple[float, float]
) -> None:
    left, top, right, bottom = crop.box(width, height, size, focus)
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert right - left == width or bottom - top == height
    off = (right - left) * size[1] - (bottom - top) * size[0]
    assert abs(off) <= max(size) / 2 + 1 or 1 in (right - left, bottom - top), "proportions, to the nearest pixel"


@pytest.mark.parametrize(
    ("size", "focus", "expected"),
    [
        ("square", (0.5, 0.5), (0, 25, 100, 125)),
        ("square", (0.5, 0.0), (0, 0, 100, 100)),
        ("square", (0.5, 0.4), (0, 10, 100, 110)),
        ("square", (0.5, 1.0), (0, 50, 100, 150)),
    ],
)
def test_the_focus_is_in_the_middle_where_the_edge_allows(
    size: str, focus: tuple[float, float], expected: tuple[int, int, int, int]
) -> None:
    assert crop.box(100, 150, SIZES[size], focus) == expected


def test_a_picture_of_any_shape_comes_out_at_exactly_the_size_and_what_matters_is_in_it() -> None:
    made = Image.new("RGB", (200, 100), "white")
    made.paste((255, 0, 0), (180, 0, 200, 100))  # at the right edge
    right = crop.to_aspect(made, (50, 50), (0.95, 0.5))
    assert right.size == (50, 50)
    assert right.getpixel((48, 25)) == (255, 0, 0)
    assert crop.to_aspect(made, (50, 50), (0.1, 0.5)).getpixel((48, 25)) == (255, 255, 255)
    assert crop.enlarged(200, 100, (50, 50)) == 0.5
