"""Grades: what they do to colours can be measured, what is nothing changes nothing, and the logo stands in its corner."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import Invalid
from core.images import brand, colour, grade
from core.images.model import Kit
from core.store import Actor

KIT = Kit(colours={"light": {"paper": "#FBFAF7", "ink": "#15211F", "accent": "#0F6B66", "quiet": "#5A6664"}})


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """A picture with every hue, light and dark, and smooth ramps between them."""
    y, x = np.mgrid[0:90, 0:120]
    hsv = np.stack((x * 255 / 119, np.full_like(x, 190), 60 + y * 195 / 89), axis=-1).astype(np.uint8)
    return Image.fromarray(hsv, "HSV").convert("RGB")


def same(one: Image.Image, two: Image.Image) -> int:
    return int(np.abs(np.asarray(one, int) - np.asarray(two, int)).max())


def test_nothing_asked_changes_nothing(scene: Image.Image) -> None:
    assert same(grade.apply(scene, KIT, {}), scene) == 0


def test_a_grade_towards_the_brand_comes_closer_by_how_much_was_asked(scene: Image.Image) -> None:
    apart = [grade.distance(grade.apply(scene, KIT, {"towards": t} if t else {}), KIT) for t in (0, 0.3, 0.6, 1.0)]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.5 * apart[0]


def test_the_distance_is_the_mean_to_the_nearest_colour() -> None:
    half = Image.new("RGB", (40, 20), "#0F6B66")
    half.paste(colour.rgb("#B01020"), (0, 0, 20, 20))
    nearest = min(colour.distance("#B01020", c) for c in KIT.colours["light"].values())
    assert grade.distance(half, KIT) == pytest.approx(nearest / 2, rel=0.02)
    assert grade.distance(Image.new("RGB", (9, 9), "#5A6664"), KIT) == pytest.approx(0, abs=0.1)


def test_a_picture_in_our_colours_only_runs_from_ink_past_the_accent_to_paper_by_light(scene: Image.Image) -> None:
    lab = colour.lab(np.asarray(grade.apply(scene, KIT, {"duotone": 1.0}), float).reshape(-1, 3))
    ink, accent, paper = (colour.lab(np.array(colour.rgb(c), float)) for c in ("#15211F", "#0F6B66", "#FBFAF7"))
    for low, high in ((ink, accent), (accent, paper)):
        part = lab[(lab[:, 0] > low[0] + 1) & (lab[:, 0] < high[0] - 1)]
        share = (part[:, :1] - low[0]) / (high[0] - low[0])
        assert len(part) > 500
        assert float(np.median(colour.distances(part, low + share * (high - low)))) < 2
    before = colour.lab(np.asarray(scene, float).reshape(-1, 3))[:, 0]
    assert np.corrcoef(before, lab[:, 0])[0, 1] > 0.99


def test_light_keeps_its_order_and_no_edges_appear(scene: Image.Image) -> None:
    """A grade that bands skies or turns light to dark would be seen at once."""
    done = grade.apply(scene, KIT, {"towards": 0.7})
    columns = np.asarray(done.convert("L"), int)[:, ::10]
    assert (np.diff(columns, axis=0) >= -3).all()
    steps = np.abs(np.diff(np.asarray(done, int), axis=1)).max()
    assert steps <= np.abs(np.diff(np.asarray(scene, int), axis=1)).max() + 12


def test_a_wash_lies_where_it_should(scene: Image.Image) -> None:
    done = np.asarray(grade.apply(scene, KIT, {"wash": 0.9, "wash_where": "foot"}), int)
    assert np.abs(done[0] - np.asarray(scene, int)[0]).max() == 0
    ink = np.array(colour.rgb("#15211F"))
    assert np.abs(done[-1] - (0.9 * ink + 0.1 * np.asarray(scene, int)[-1])).max() <= 2


def test_the_logo_stands_in_its_corner_and_a_lost_one_stops_nothing(
    data: Path, actor: Actor, scene: Image.Image
) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), (255, 0, 255, 255)).save(out, "PNG")
    brand.set_logo(brand.HOUSE, out.getvalue(), "l.png", actor)
    kit = brand.kit(None)
    done = np.asarray(grade.apply(scene, kit, {"logo": "top right", "logo_width": 0.1}), int)
    magenta = np.argwhere((done == (255, 0, 255)).all(axis=-1))
    assert (magenta.min(axis=0).tolist(), magenta.max(axis=0).tolist()) == ([6, 102], [17, 113])
    brand.path(kit.logo).unlink()
    assert same(grade.apply(scene, kit, {"logo": "top right"}), scene) == 0


@pytest.mark.parametrize(
    "given", [{"towards": 2}, {"towards": "x"}, {"towards": True}, {"blur": 1}, {"logo": "middle"}]
)
def test_what_no_grade_is_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        grade.checked(given)


def test_only_what_differs_is_kept() -> None:
    assert grade.checked({"towards": 0.5, "wash": 0.0, "wash_where": "all", "logo": ""}) == {"towards": 0.5}
    assert all(isinstance(p, grade.Grade) for p in grade.PRESETS.values())
