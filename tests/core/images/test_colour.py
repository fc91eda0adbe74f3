"""Colours: the published pairs of CIEDE2000, contrast by WCAG, and the nearest legible colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.images import colour

SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]
"""Pairs of the test data that the paper (doi 10.1002/col.20070, table 1) gives, with opposite hues and greys."""
COLOURS = st.tuples(*3 * (st.integers(0, 255),)).map(colour.hexed)


@pytest.mark.parametrize(("first", "second", "expected"), SHARMA)
def test_the_papers_pairs_come_out_to_four_places(
    first: tuple[float, ...], second: tuple[float, ...], expected: Any
) -> None:
    one, two = np.array(first, float), np.array(second, float)
    assert float(colour.distances(one, two)) == pytest.approx(expected, abs=5e-5)
    assert float(colour.distances(two, one)) == pytest.approx(expected, abs=5e-5)


def test_contrast_is_what_wcag_says() -> None:
    assert colour.contrast("#000", "#fff") == pytest.approx(21)
    assert colour.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert colour.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("given_text", "read"), [("#0f6b66", "#0F6B66"), (" 0F6B66 ", "#0F6B66"), ("#abc", "#AABBCC")])
def test_colours_are_read(given_text: str, read: str) -> None:
    assert colour.parse(given_text) == read


@pytest.mark.parametrize("text", ["", "red", "#12345", "#0F6B66; background:url(x)", "#GGGGGG"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not a colour"):
        colour.parse(text)


@given(COLOURS, COLOURS)
def test_a_legible_colour_is_legible_and_one_that_was_stays(fg: str, bg: str) -> None:
    found = colour.legible(fg, bg)
    assert colour.contrast(found, bg) >= 4.5
    if colour.contrast(fg, bg) >= 4.5:
        assert found == fg


def test_the_legible_colour_is_near_and_keeps_its_hue() -> None:
    found = colour.legible("#5FB8B0", "#FFFFFF")
    red, green, blue = colour.rgb(found)
    assert red < min(green, blue), "still a teal"
    assert colour.distance(found, "#5FB8B0") < colour.distance("#000000", "#5FB8B0") / 2
    assert colour.contrast(found, "#FFFFFF") < 4.8, "no darker than need be"


def test_where_no_colour_would_do_the_better_of_black_and_white_is_said() -> None:
    assert colour.legible("#808080", "#777777", least=7) == "#000000"


@given(COLOURS)
def test_colours_survive_the_way_through_lab(value: str) -> None:
    assert colour.hexed(colour.from_lab(colour.lab(np.array(colour.rgb(value), float)))) == value
