"""The dial and the estimate: plans that fit posts and machine, figures only from what was measured."""

from __future__ import annotations

import dataclasses
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from core.errors import Invalid, Unavailable
from core.train import dial, estimate, machine, shapes
from core.train.machine import Machine
from core.train.model import Plan

GB = 1024**3
BARE = Machine("Some processor", 2, 16 * GB, bf16=True)
CARD = Machine("Some processor", 16, 64 * GB, card="Some card", card_memory=24 * GB)
DATASET = {"train": 100, "held": 20, "tokens_about": 44_000}


def _base(folder: Path, width: int, layers: int = 2) -> str:
    """A model's head in safetensors, without its weights."""
    shapes_ = {f"model.layers.{i}.self_attn.q_proj.weight": [width, width] for i in range(layers)}
    shapes_ |= {"model.embed_tokens.weight": [100, width], "model.norm.weight": [width]}
    head = json.dumps({name: {"dtype": "F32", "shape": dims} for name, dims in shapes_.items()}).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head)
    return str(folder)


@pytest.fixture
def here(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "here", lambda: BARE)
    return data


def _progress(**other: Any) -> dict[str, Any]:
    return {"step": 50, "tokens_s": 250.0, "memory": 3 * GB} | other


# ---- shapes ---------------------------------------------------------------------------------------------------


def test_the_shape_of_the_built_in_model_and_of_its_adapter(data: Path) -> None:
    shape = shapes.of("embedded")

    assert shape.parameters == 134_515_008
    assert len(shape.linear) == 30 * 7
    assert shape.adapter(8) == 2_442_240  # as peft counts it


def test_a_shape_is_of_the_files_and_a_wrong_file_is_named(tmp_path: Path) -> None:
    one, same, other = (_base(tmp_path / name, width) for name, width in (("a", 8), ("b", 8), ("c", 16)))

    assert shapes.of(one).key == shapes.of(same).key != shapes.of(other).key
    assert shapes.of(one).parameters == 2 * 64 + 800 + 8
    assert shapes.of(one).adapter(4) == 2 * 4 * 16
    (tmp_path / "c" / "model.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(Invalid, match=r"model\.safetensors"):
        shapes.of(other)
    with pytest.raises(Unavailable, match="no model"):
        shapes.of(str(tmp_path / "nowhere"))


# ---- the dial -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("posts", "rank"), [(20, 4), (29, 4), (50, 8), (200, 8)])
def test_few_posts_get_a_micro_adapter(here: Path, posts: int, rank: int) -> None:
    plan = dial.plan("standard", posts, posts * 400)

    assert (plan.rank, plan.alpha) == (rank, 2 * rank)


def test_more_effort_is_more_rounds_and_never_another_limit(here: Path) -> None:
    plans = [dial.plan(effort, 200, 88_000) for effort in dial.EFFORTS]

    assert [p.epochs for p in plans] == sorted({p.epochs for p in plans})
    for plan in plans:
        assert dial.checked(plan) is plan
        looks = dial.planned_steps(plan, 200) / plan.measure_every
        assert 3 <= looks <= dial.READINGS


def test_the_plan_goes_by_the_machine(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dial.plan("standard", 200, 0).dtype == "bfloat16"
    monkeypatch.setattr(machine, "here", lambda: dataclasses.replace(BARE, bf16=False))
    assert dial.plan("standard", 200, 0).dtype == "float32"
    monkeypatch.setattr(machine, "here", lambda: CARD)
    large = _base(tmp_path / "large", 40_000, 5)  # eight billion parameters

    assert dial.plan("standard", 400, 0, device="cuda").quantize == "none"
    assert dial.plan("standard", 400, 0, base=large, device="cuda").quantize == "nf4"
    preset = dial.plan("standard", 400, 900_000, base=large, preset="24GB")
    assert (preset.device, preset.quantize, preset.checkpointing, preset.tokens) == ("cuda", "nf4", True, 1024)
    assert dial.checked(preset)


def test_long_posts_get_longer_rows(here: Path) -> None:
    assert [dial.plan("quick", 100, 100 * n).tokens for n in (300, 600, 900, 3000)] == [768, 1024, 1536, 2048]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rank": 0}, "Rank"),
        ({"rate": 1.0}, "Learning rate"),
        ({"rate": float("nan")}, "Learning rate"),
        ({"epochs": -1.0}, "Rounds"),
        ({"batch": 1.5}, "Rows at once"),
        ({"dropout": 0.9}, "Dropout"),
        ({"dtype": "float8"}, "Numbers"),
        ({"quantize": "nf4"}, "Base in 4 bits"),
        ({"device": "cuda", "dtype": "bfloat16"}, "Runs on"),
    ],
)
def test_a_value_out_of_its_limits_is_named(here: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid, match=named):
        dial.checked(dataclasses.replace(Plan(), **change))


# ---- the estimate ---------------------------------------------------------------------------------------------


def test_without_a_measurement_no_figure_is_made_up(here: Path) -> None:
    found = estimate.of(Plan(), DATASET)

    assert found.how == "not measured yet"
    assert (found.seconds, found.low, found.high, found.memory, found.cost) == (None,) * 5
    assert found.steps == 50
    assert found.needs == 4 * 134_515_008  # counted: the weights themselves
    assert found.disk > found.needs  # the base is converted once


def test_the_estimate_is_what_was_measured_times_what_is_to_do(here: Path) -> None:
    plan = Plan(epochs=2.0)
    estimate.remember(plan, _progress())

    found = estimate.of(plan, DATASET)

    assert found.seconds == pytest.approx(2 * 44_000 / 250)
    assert [found.low, found.high] == pytest.approx([0.85 * 352, 1.15 * 352])
    assert found.memory == 3 * GB
    assert "measured on this machine on" in found.how
    assert set(found.missing) == {estimate.LOOKS, estimate.EXAM, estimate.REST}
    assert json.loads(json.dumps(found.record()))["seconds"] == found.seconds


def test_held_out_readings_and_the_exam_come_on_top_once_measured(here: Path) -> None:
    plan = Plan(epochs=2.0, measure_every=10)
    looks = 50 // 10 + 2
    estimate.remember(plan, _progress(), DATASET, {"looks": looks * 20 * 440 * 0.001, "exam": 60.0, "rest": 12.0})

    found = estimate.of(plan, DATASET | {"held": 40})

    assert found.missing == ()
    assert found.parts[estimate.LOOKS] == pytest.approx(looks * 40 * 440 * 0.001)
    assert found.parts[estimate.EXAM] == pytest.approx(120.0)
    assert found.seconds == pytest.approx(sum(found.parts.values()))


def test_what_another_machine_or_base_took_tells_nothing(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimate.remember(Plan(), _progress())

    assert estimate.of(Plan(base=_base(tmp_path / "other", 64)), DATASET).seconds is None
    assert estimate.of(Plan(dtype="bfloat16"), DATASET).seconds is None
    assert estimate.of(Plan(rank=16), DATASET).how.endswith("with rank 8")
    monkeypatch.setattr(machine, "here", lambda: CARD)
    assert estimate.of(Plan(), DATASET).how == estimate.NOT_YET


def test_a_first_reading_gives_way_and_later_ones_widen_the_range(here: Path) -> None:
    plan = Plan(epochs=1.0)
    estimate.remember(plan, _progress(step=3, tokens_s=20.0))
    estimate.remember(plan, _progress(tokens_s=200.0))
    alone = estimate.of(plan, DATASET)
    assert alone.seconds == pytest.approx(220.0)  # the slow warm-up is not in it
    for speed in (100.0, 210.0, 400.0):
        estimate.remember(plan, _progress(tokens_s=speed))

    found = estimate.of(plan, DATASET)

    assert found.low == pytest.approx(44_000 / 400)
    assert found.high == pytest.approx(44_000 / 100)


def test_more_at_once_needs_more_memory_and_a_broken_file_is_no_measurement(here: Path) -> None:
    estimate.remember(Plan(batch=4), _progress())

    assert estimate.of(Plan(batch=8), DATASET).memory == 6 * GB
    estimate.file().write_text("{half", encoding="utf8")
    assert estimate.of(Plan(), DATASET).how == estimate.NOT_YET
    estimate.remember(Plan(), _progress())
    assert estimate.of(Plan(), DATASET).seconds is not None


def test_money_only_where_a_price_is_set(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estimate.remember(Plan(), _progress())
    assert estimate.of(Plan(), DATASET).cost is None
    monkeypatch.setenv("TIMBRE_PRICE_TRAINING_HOUR", "3.60")
    settings.cache_clear()

    found = estimate.of(Plan(), DATASET)

    assert found.seconds is not None
    assert found.cost == pytest.approx(found.seconds / 1000)
    assert "USD" in found.said_cost
