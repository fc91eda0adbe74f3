"""One dial for training: from effort, posts and machine to a whole plan; and the limits of what can be set by hand."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.errors import Invalid, TimbreError
from core.train import machine, shapes
from core.train.model import EMBEDDED, Method, Plan

Effort = Literal["quick", "standard", "thorough"]
Preset = Literal["auto", "24GB"]
EFFORTS: Final[tuple[Effort, ...]] = ("quick", "standard", "thorough")
SAID: Final = {
    "quick": "One round through the posts. Enough to see whether it is worth more.",
    "standard": "Two rounds through the posts.",
    "thorough": "Four rounds through the posts. The loss on unseen posts shows whether the last ones still helped.",
}
"""The efforts, in plain words."""
PRESETS: Final = {
    "auto": "What suits the model and this machine.",
    "24GB": "For a graphics card with 24 GB: a model of 7 to 8 billion parameters in 4 bits.",
}
ROUNDS: Final = {"quick": 1.0, "standard": 2.0, "thorough": 4.0}
MICRO, FEW = 30, 200
"""Posts under which an adapter has rank 4, and up to which rank 8: few posts fit few numbers."""
PREFERENCES: Final = ("dpo", "orpo", "simpo")
LARGE: Final = 1_000_000_000
"""Parameters from which a model is large: a lower rate, gradient checkpointing."""
QUANTIZE_FROM: Final = 0.5
"""Share of a card's memory that the base may take in 16 bits; beyond it is loaded in 4."""
READINGS: Final = 4
"""Times that the held-out loss is read during a run, about."""
SAVED: Final = 6


def plan(
    effort: Effort,
    posts: int,
    tokens: int,
    base: str = EMBEDDED,
    device: Literal["cpu", "cuda"] = "cpu",
    preset: Preset = "auto",
    method: Method = "sft",
) -> Plan:
    """A plan for `posts` rows to train on that have `tokens` tokens together (0: not known), on this machine.

    Raises Invalid for an effort or preset that there is not.
    """
    if effort not in EFFORTS or preset not in PRESETS:
        raise Invalid(f"There is no effort {effort!r} with preset {preset!r}.", f"Efforts: {', '.join(EFFORTS)}.")
    size = _parameters(base)
    made = Plan(method=method, base=base, device=device, effort=effort, epochs=ROUNDS[effort])
    rank = 4 if posts < MICRO else 8 if posts <= FEW or device == "cpu" else 16
    made = dataclasses.replace(made, rank=rank, alpha=2 * rank, rate=_rate(method, size), tokens=_tokens(posts, tokens))
    if preset == "24GB":
        made = _small_card(made)
    elif device == "cuda":
        made = _on_card(made, size)
    else:
        made = _on_processor(made, size)
    every = max(1, math.ceil(planned_steps(made, posts) / READINGS))
    return dataclasses.replace(made, measure_every=every, save_every=min(every, SAVED))


def planned_steps(plan: Plan, rows: int) -> int:
    """Optimiser steps of a plan on so many rows."""
    if plan.steps:
        return plan.steps
    a_round = math.ceil(rows / (plan.batch * plan.accumulate))
    return max(1, math.ceil(plan.epochs * a_round))


def _parameters(base: str) -> int:
    """0 where it cannot be known: the run itself says what is wrong with it."""
    try:
        return shapes.of(base).parameters
    except TimbreError:
        return 0


def _rate(method: str, size: int) -> float:
    if method in PREFERENCES:
        return 2e-5 if size >= LARGE else 5e-5
    # Tried on linkedin-05 with the built-in model, 16 steps: held-out loss 2.383 to 2.335 at 3e-4, 2.233 at 1e-3, 2.162
    # at 2e-3.
    return 2e-4 if size >= LARGE else 2e-3


def _tokens(posts: int, tokens: int) -> int:
    """Room for a row half as long again as the average one and more, in steps that batches fit well."""
    average = tokens / posts if posts and tokens else 0
    return next((room for room in (768, 1024, 1536) if 1.6 * average <= room), 2048)


def _on_processor(made: Plan, size: int) -> Plan:
    fast: Literal["float32", "bfloat16"] = "bfloat16" if machine.here().bf16 else "float32"
    large = size >= LARGE
    batch, accumulate = (1, 4) if large else (4, 1)
    return dataclasses.replace(made, dtype=fast, batch=batch, accumulate=accumulate, checkpointing=large)


def _on_card(made: Plan, size: int) -> Plan:
    memory = machine.here().card_memory
    tight = 2 * size > QUANTIZE_FROM * memory if memory else size > 3 * LARGE
    if tight:
        return _small_card(made)
    batch, accumulate = (4, 2) if size >= LARGE else (8, 1)
    return dataclasses.replace(made, dtype="bfloat16", batch=batch, accumulate=accumulate, checkpointing=size >= LARGE)


def _small_card(made: Plan) -> Plan:
    """7 to 8 billion parameters on 24 GB: the base in 4 bits takes 6, the rest goes by batch and length."""
    return dataclasses.replace(
        made, device="cuda", quantize="nf4", dtype="bfloat16", batch=2, accumulate=4, checkpointing=True,
        tokens=min(made.tokens, 1024),
    )  # fmt: skip


# ---- by hand --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Knob:
    """One thing that can be set by hand."""

    name: str
    label: str
    help: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    whole: bool = True
    methods: tuple[str, ...] = ()
    """Only for these methods; empty: for all."""


KNOBS: Final = (
    Knob("rank", "Rank", "Size of the adapter. 4 to 8 for up to 200 posts; more fits and remembers more.", 1, 128),
    Knob("alpha", "Alpha", "How strongly the adapter acts while it learns; usually twice the rank.", 1, 256),
    Knob("dropout", "Dropout", "Share of the adapter left out at random in each step, against learning by heart.",
         0.0, 0.5, whole=False),
    Knob("rate", "Learning rate", "At its highest; it rises for a tenth of the steps, then falls.", 1e-7, 1e-2,
         whole=False),
    Knob("epochs", "Rounds", "Times that each post is read.", 0.05, 50, whole=False),
    Knob("steps", "Steps", "So many steps whatever the rounds say; 0 goes by the rounds.", 0, 100_000),
    Knob("batch", "Rows at once", "More is steadier and takes more memory.", 1, 64),
    Knob("accumulate", "Batches a step", "Batches that are added up before the adapter is changed.", 1, 128),
    Knob("tokens", "Longest row", "Tokens of prompt and post together; longer rows are left out.", 128, 8192),
    Knob("beta", "Beta", "How close the model stays to what it was.", 0.001, 10.0, whole=False, methods=PREFERENCES),
    Knob("seed", "Seed", "The same seed with the same data gives the same adapter.", 0, 2**31 - 1),
    Knob("measure_every", "Read the held-out loss every", "Steps between two readings, and between two samples.",
         1, 10_000),
    Knob("save_every", "Save every", "Steps between two checkpoints: what a crash can cost at most.", 1, 10_000),
    Knob("quantize", "Base in 4 bits", "Less memory on a graphics card; needs requirements-gpu.txt.",
         choices=("none", "nf4")),
    Knob("dtype", "Numbers", "bfloat16 is faster where the processor or the card has it.",
         choices=("float32", "bfloat16")),
    Knob("device", "Runs on", "The processor, or a graphics card of NVIDIA.", choices=("cpu", "cuda")),
)  # fmt: skip
"""What "advanced" shows, in its order."""


def checked(plan: Plan) -> Plan:
    """The plan, where it can be run. Raises Invalid that names the field and its limits."""
    for knob in KNOBS:
        _within(knob, getattr(plan, knob.name))
    if plan.quantize == "nf4" and plan.device != "cuda":
        raise Invalid("Base in 4 bits: this needs a graphics card.", "Choose none, or run on cuda.")
    if plan.device == "cuda" and not machine.here().card:
        raise Invalid(
            "Runs on: there is no graphics card of NVIDIA here, or its driver does not answer.", "Choose cpu."
        )
    return plan


def _within(knob: Knob, value: Any) -> None:
    if knob.choices:
        if value not in knob.choices:
            raise Invalid(f"{knob.label}: there is no {value!r}.", f"Use one of: {', '.join(knob.choices)}.")
        return
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or (knob.whole and value != int(value)) or not knob.low <= value <= knob.high:
        kind = "a whole number" if knob.whole else "a number"
        raise Invalid(f"{knob.label}: {value} cannot be used.", f"Give {kind} from {knob.low:g} to {knob.high:g}.")
