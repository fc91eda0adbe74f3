"""Likeness is measured against the photos themselves, where something to measure with is there; else it is said."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from core.config import settings
from core.errors import Unavailable
from core.images import likeness
from tests.core.images import portraits


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIMBRE_IMAGE_EMBEDDER", str(tmp_path / "dino"))
    settings.cache_clear()
    return tmp_path / "dino"


def at(*degrees: float) -> np.ndarray:
    return np.array([[math.cos(math.radians(d)), math.sin(math.radians(d))] for d in degrees]) * 7


def test_a_picture_is_near_when_it_is_as_near_as_the_least_typical_photo() -> None:
    found = likeness.compare(at(0, 15, 60), at(-10, 0, 20), "dino", of_faces=True)
    assert (found.near, found.n) == (2, 3)
    # Of each photo to the other two: -10 (10, 30), 0 (10, 20), 20 (30, 20 degrees apart).
    cosine = [math.cos(math.radians(d)) for d in (10, 20, 30)]
    wanted = [(cosine[0] + cosine[2]) / 2, (cosine[0] + cosine[1]) / 2, (cosine[2] + cosine[1]) / 2]
    assert found.photos == pytest.approx(wanted, abs=1e-4)
    assert "2 of 3" in found.said
    assert "faces" in found.said
    assert found.record()["said"] == found.said


def test_nothing_is_measured_where_nothing_is_set_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBRE_IMAGE_EMBEDDER", "")
    settings.cache_clear()
    photos = [portraits.jpeg(portraits.nobody())] * 3
    assert likeness.measure(photos, photos) is None
    assert "TIMBRE_IMAGE_EMBEDDER" in likeness.why_not()


def test_a_folder_that_holds_no_model_is_said(data: Path, folder: Path) -> None:
    assert "names no folder" in likeness.why_not()
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert likeness.why_not() == ""
    photos = [portraits.jpeg(portraits.nobody().resize((64, 64)))] * 3
    assert likeness.measure(photos, photos[:2]) is None  # two photos say nothing of how alike photos are


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dino", "clip"])
def test_a_real_model_measures_in_its_own_process(data: Path, folder: Path, kind: str) -> None:
    _model(folder, kind)
    mine = [portraits.jpeg(one) for one in portraits.set_of(4)]
    found = likeness.measure([mine[0], portraits.jpeg(portraits.whole().resize((600, 600)))], mine)
    assert found is not None
    assert found.of_faces
    assert len(found.photos) == 4
    assert found.pictures[0] == pytest.approx(found.pictures[1], abs=0.05)  # the same picture, smaller
    if kind == "clip":  # what follows is the same for both, and each measurement is a process
        return
    things = likeness.measure([portraits.jpeg(portraits.nobody())], mine)
    assert things is not None
    assert not things.of_faces
    (folder / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(Unavailable, match="dino"):
        likeness.measure(mine[:1], mine)


def _model(folder: Path, kind: str) -> None:
    """Random weights in the shapes of DINOv2 and CLIP, as their makers save them."""
    import transformers as hf

    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 56, "patch_size": 14}
    if kind == "dino":
        model = hf.Dinov2Model(hf.Dinov2Config(**size))
        processor = hf.BitImageProcessor(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    else:
        vision = hf.CLIPVisionConfig(**size, intermediate_size=64)
        text = hf.CLIPTextConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
                                 vocab_size=50)  # fmt: skip
        model = hf.CLIPModel(
            hf.CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16)
        )
        processor = hf.CLIPImageProcessor(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
