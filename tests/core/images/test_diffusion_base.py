"""A model's folder: what it is and how large, told without loading it; what cannot be used is refused in words."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from core.config import settings
from core.errors import Invalid, Unavailable
from core.images import diffusers_provider, diffusion_base, provider
from core.train import machine
from tests.core.images import loras

GB = 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return loras.model(tmp_path / "sdxl-small")


def test_kind_side_and_size_are_read_from_the_files(folder: Path, tmp_path: Path) -> None:
    found = diffusion_base.of(folder)
    assert (found.kind, found.title, found.side, found.context) == ("sdxl", "sdxl-small", 64, loras.CONTEXT)
    assert found.parameters == 4 * (4 * 5 + 3)
    assert found.needs(1000, 4) - found.needs(0, 4) == 2 * (found.needs(1000, 2) - found.needs(0, 2))
    assert diffusion_base.of(loras.model(tmp_path / "old", "StableDiffusionPipeline")).kind == "sd15"


def test_only_safetensors_are_opened(folder: Path) -> None:
    weights = folder / "vae" / "model.safetensors"
    weights.rename(folder / "vae" / "model.bin")
    with pytest.raises(Unavailable, match="no vae in safetensors"):
        diffusion_base.of(folder)
    weights.write_bytes(b"\x80\x04\x95 a pickle that would run")
    with pytest.raises(Invalid, match="not a whole file in safetensors"):
        diffusion_base.of(folder)
    weights.write_bytes(b"\xff" * 200)  # a length that no memory holds
    with pytest.raises(Invalid, match="not a whole file in safetensors"):
        diffusion_base.of(folder)


def test_other_models_and_halves_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="FluxPipeline"):
        diffusion_base.of(loras.model(tmp_path / "flux", "FluxPipeline"))
    (folder / "unet" / "config.json").unlink()
    with pytest.raises(Unavailable, match=r"unet.config\.json is missing"):
        diffusion_base.of(folder)
    with pytest.raises(Unavailable, match="model_index"):
        diffusion_base.of(tmp_path / "nothing")


def test_sixteen_bit_files_are_asked_for_only_where_there_are_no_others(folder: Path) -> None:
    assert diffusion_base.variant(folder) is None
    loras.put(folder / "unet" / "model.fp16.safetensors", {"a": (2, 2)})
    assert diffusion_base.variant(folder) is None
    assert diffusion_base.of(folder).parameters == 4 * 23
    (folder / "unet" / "model.safetensors").unlink()
    assert diffusion_base.variant(folder) == "fp16"


def test_the_digest_is_of_the_weights_that_a_lora_changes(folder: Path, tmp_path: Path) -> None:
    first = diffusion_base.digest(folder)
    loras.put(folder / "vae" / "model.safetensors", {"a": (9, 9)})
    assert diffusion_base.digest(folder) == first
    assert diffusion_base.digest(loras.model(tmp_path / "twin")) == first
    assert diffusion_base.digest(loras.model(tmp_path / "other", seed=1)) != first


@pytest.mark.parametrize(
    ("side", "asked", "made"),
    [(1024, (1080, 1080), (1024, 1024)), (1024, (1080, 1350), (896, 1152)), (1024, (1200, 627), (1408, 768)),
     (512, (1200, 627), (704, 384)), (64, (1080, 1350), (56, 72))],
)  # fmt: skip
def test_sizes_keep_proportions_and_the_models_own_area(
    side: int, asked: tuple[int, int], made: tuple[int, int]
) -> None:
    base = diffusion_base.Base(Path(), "sdxl", "", side, 0, 0)
    found = diffusion_base.size_for(base, *asked)
    assert found == made
    assert abs(found[0] * found[1] / side**2 - 1) < 0.12
    assert abs(found[0] / found[1] / (asked[0] / asked[1]) - 1) < 0.1


def test_what_does_not_fit_into_memory_is_said_before_anything_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = diffusion_base.Base(folder, "sdxl", "SDXL", 1024, 3_500_000_000, 2048)
    free = namedtuple("free", "available")
    monkeypatch.setattr(machine, "here", lambda: machine.Machine("a processor", 4, 16 * GB))

    def with_free(size: int) -> tuple[str, str]:
        monkeypatch.setattr(psutil, "virtual_memory", lambda: free(size))
        return diffusers_provider.fitting(base)

    assert with_free(30 * GB) == ("cpu", "float32")
    assert with_free(12 * GB) == ("cpu", "bfloat16")
    with pytest.raises(Unavailable, match=r"needs about 9,\d{3} MB of memory; 6,000 MB are free"):
        with_free(6 * GB)


def test_the_provider_says_what_is_missing_and_never_raises(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIMBRE_DIFFUSION_MODEL", raising=False)
    settings.cache_clear()
    here = provider.get("diffusers")
    assert here.describe().models == ()
    assert not here.probe().ready and "TIMBRE_DIFFUSION_MODEL" in here.probe().hint
    monkeypatch.setenv("TIMBRE_DIFFUSION_MODEL", str(folder))
    settings.cache_clear()
    assert provider.model("diffusers").id == "sdxl-small"
    assert here.probe().ready and here.describe().local
    (folder / "unet" / "model.safetensors").unlink()
    assert here.describe().models == () and "no unet in safetensors" in here.probe().why
    settings.cache_clear()
