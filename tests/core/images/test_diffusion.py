"""The real thing over tiny models: a likeness is learnt, broken off, gone on with, worn; SDXL and SD 1.5; no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from core.config import ROOT
from core.images import lora_files
from tests.core.images import diffusion_runs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("diffusion")
    paths = os.pathsep.join([str(ROOT), str(Path(diffusion_runs.__file__).parent)])
    env = {**os.environ, "PYTHONPATH": paths, "TIMBRE_DATA": str(made / "data"), "OMP_NUM_THREADS": "1",
           "HTTPS_PROXY": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, diffusion_runs.__file__, str(made)],
        env=env, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return made


def codes(place: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((place / "codes.json").read_text())
    return found


def said(place: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / name / "progress.json").read_text())
    return found


def pixels(place: Path, name: str, number: int) -> Any:
    return np.asarray(Image.open(place / name / f"{number}.png")).astype(int)


def weights(place: Path, name: str) -> dict[str, Any]:
    return dict(load_file(place / name / "out" / lora_files.WEIGHTS))


def test_it_learns_and_writes_down_how(place: Path) -> None:
    assert codes(place)["whole"] == 0
    told = said(place, "whole")
    assert told["phase"] == "done" and told["step"] == told["steps"] == 6
    assert told["held_loss"] < told["held_loss_before"], "the photos at the same noise are told better"
    log = [json.loads(line) for line in (place / "whole" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [1, 2, 3, 4, 5, 6]
    assert [row["step"] for row in log if "held_loss" in row] == [3, 6]
    shown = [json.loads(line) for line in (place / "whole" / "samples.jsonl").read_text().splitlines()]
    assert [row["step"] for row in shown] == [3, 6] and all((place / "whole" / row["file"]).is_file() for row in shown)
    assert sorted(p.name for p in (place / "whole" / "checkpoints").iterdir()) == ["checkpoint-4", "checkpoint-6"]
    found = lora_files.facts(place / "whole" / "out" / lora_files.WEIGHTS)
    assert (found.model, found.rank, found.context) == ("unet", 4, 64)


def test_broken_off_it_comes_to_the_very_same(place: Path) -> None:
    assert (codes(place)["stopped"], codes(place)["gone on"]) == (3, 0)
    straight, gone_on = weights(place, "whole"), weights(place, "broken")
    assert straight.keys() == gone_on.keys()
    assert all(np.array_equal(straight[name], gone_on[name]) for name in straight)


@pytest.mark.parametrize(("worn", "bare"), [("worn", "bare"), ("old", "old-bare")])
def test_at_weight_nought_it_is_exactly_the_base(place: Path, worn: str, bare: str) -> None:
    assert codes(place)[worn] == 0
    assert np.array_equal(pixels(place, worn, 1), pixels(place, bare, 0))
    assert not np.array_equal(pixels(place, worn, 0), pixels(place, bare, 0)), "at full weight it is another"


def test_loaded_again_it_makes_what_it_made_as_it_learnt(place: Path) -> None:
    learnt = np.asarray(Image.open(place / "whole" / "samples" / "step-000006-0.png")).astype(int)
    assert np.abs(pixels(place, "worn", 0) - learnt).max() <= 1


def test_a_seed_is_a_picture(place: Path) -> None:
    assert np.array_equal(pixels(place, "worn", 0), pixels(place, "worn", 2))
    assert not np.array_equal(pixels(place, "worn", 0), pixels(place, "worn", 3))
    assert not np.array_equal(pixels(place, "worn", 0), pixels(place, "worn", 4)), "begun from another picture"
    assert np.array_equal(pixels(place, "worn", 0), pixels(place, "again", 0)), "by what was loaded for another ask"
    assert codes(place)["loaded again"] == 1


def test_with_other_people_beside_it(place: Path) -> None:
    assert codes(place)["prior"] == 0
    assert len(list((place / "prior" / "class").glob("*.png"))) == 2
    assert said(place, "prior")["loss"] > 1.5, "the loss on the others counts too"


def test_a_likeness_for_another_model_is_refused_in_words(place: Path) -> None:
    assert codes(place)["misfit"] == 1
    assert "another kind of model" in said(place, "misfit")["message"]
