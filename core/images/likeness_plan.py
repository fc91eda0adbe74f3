"""What a training of a likeness does beside the plan that all trainings have: photos, words, sizes; by effort."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Literal

from core.errors import Invalid
from core.images.diffusion_base import Base
from core.train import machine
from core.train.model import Plan

Method = Literal["dreambooth", "fal"]
EFFORTS: Final[dict[str, str]] = {
    "quick": "Enough to see whether the photos will do.",
    "standard": "What most sets of photos need.",
    "thorough": "Longer, and with pictures of other people beside it, so that not everybody comes to look like this.",
}
"""The efforts, in plain words."""
A_PHOTO: Final = {"quick": 40, "standard": 80, "thorough": 120}
"""Steps for each photo of a DreamBooth training, between `FEWEST` and `MOST` in all."""
FEWEST: Final = {"quick": 200, "standard": 500, "thorough": 800}
MOST: Final = {"quick": 800, "standard": 1600, "thorough": 2400}
FAL_STEPS: Final = {"quick": 1000, "standard": 2500, "thorough": 4000}
FAL_RATE: Final = 0.00009
FAL_BASE: Final = "fal-ai/flux-lora-portrait-trainer"
CLASS_IMAGES: Final = 40
"""Pictures of other people that a training with prior preservation makes first, where the effort asks for it."""
SCENES: Final = (
    "a photo of {who}, head and shoulders, soft window light, plain background",
    "a photo of {who} at a desk in an office, looking at the camera",
    "a photo of {who} speaking on a stage, seen from the side",
    "a photo of {who} in a city street, daylight",
    "a studio portrait of {who} in a dark jacket",
    "a close-up photo of {who}, laughing",
    "a photo of {who} talking with somebody across a table",
    "a photo of {who} outdoors, trees behind, from the waist up",
)
"""Of the contact sheet; the first ones are made during training too."""


WITHOUT_AT_FAL: Final = 2
"""Scenes that are made without the likeness too where each picture costs money."""


@dataclass(frozen=True)
class Likeness:
    """The part of a run's settings that only a likeness has; JSON, beside the plan's own names. It holds no secret."""

    photo_set_id: str = ""
    trigger: str = ""
    subject: str = "person"
    person: str = ""
    resolution: int = 1024
    """Pixels of a side to which photos are cropped."""
    prior: float = 0.0
    """Weight of prior preservation; 0 is none."""
    class_images: int = CLASS_IMAGES
    shown: int = 2
    """Scenes that are made again and again during training."""
    shown_steps: int = 20
    sheet: int = len(SCENES)
    """Scenes of the contact sheet."""
    sheet_steps: int = 30
    more: dict[str, Any] = field(default_factory=dict)
    """Of fal: crop, masks, multiresolution."""

    @property
    def who(self) -> str:
        """How the person stands in a prompt: the trigger, then the ordinary word."""
        return f"{self.trigger} {self.subject}".strip()

    def scenes(self) -> list[str]:
        """Prompts of the contact sheet."""
        return [scene.format(who=self.who) for scene in SCENES[: self.sheet]]

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> Likeness:
        """From a run's settings or plan.json; other names are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})


def proposed(effort: str, photos: int, base: Base) -> tuple[Plan, Likeness]:
    """A DreamBooth training of so many photos with this model on this machine. Raises Invalid for an unknown effort."""
    _known(effort)
    card = bool(machine.here().card)
    steps = min(MOST[effort], max(FEWEST[effort], A_PHOTO[effort] * photos))
    every = max(1, math.ceil(steps / 5))
    plan = Plan(
        method="dreambooth",
        base=str(base.folder),
        rank=16,
        alpha=16,
        targets="attention",
        rate=1e-4,
        steps=steps,
        batch=1,
        accumulate=1,
        dtype="bfloat16" if card else "float32",
        device="cuda" if card else "cpu",
        checkpointing=base.kind == "sdxl",
        measure_every=every,
        save_every=min(every, 50),
        effort=effort,
    )
    return plan, Likeness(resolution=base.side, prior=1.0 if effort == "thorough" else 0.0)


def at_fal(effort: str) -> tuple[Plan, Likeness]:
    """A training of fal's portrait trainer. Raises Invalid for an unknown effort."""
    _known(effort)
    plan = Plan(method="fal", base=FAL_BASE, rate=FAL_RATE, steps=FAL_STEPS[effort], effort=effort)
    return plan, Likeness(prior=0.0, class_images=0)


def changed(plan: Plan, about: Likeness, by_hand: dict[str, Any]) -> tuple[Plan, Likeness]:
    """The same with what a person has set by hand. Raises Invalid for a name that there is not."""
    for name, value in by_hand.items():
        if name in OF_PLAN:
            plan = replace(plan, **{name: value})
        elif name in OF_LIKENESS:
            about = replace(about, **{name: value})
        else:
            raise Invalid(f"A training of a likeness has no setting {name!r}.", f"There are: {', '.join(BY_HAND)}.")
    return plan, about


def checked(about: Likeness, base: Base | None) -> Likeness:
    """The settings, where they can be run. Raises Invalid that names the field and its limits."""
    if base is not None and (about.resolution % 8 or not base.side // 2 <= about.resolution <= 2 * base.side):
        raise Invalid(
            f"Resolution: {about.resolution} cannot be used with this model.",
            f"Give a multiple of 8 from {base.side // 2} to {2 * base.side}; {base.side} is what it was made for.",
        )
    for name, low, high in LIMITS:
        if not low <= float(getattr(about, name)) <= high:
            raise Invalid(f"{name}: {getattr(about, name)} cannot be used.", f"Give a number from {low} to {high}.")
    if odd := {name for name, value in about.more.items() if name not in AT_FAL or not isinstance(value, bool)}:
        raise Invalid(f"fal's trainer has no such setting: {', '.join(sorted(odd))}.", f"Those: {', '.join(AT_FAL)}.")
    if not about.trigger:
        raise Invalid("The photos have no trigger word yet.", "Give one on the Images page, under Photos.")
    return about


AT_FAL: Final = ("crop", "masks", "multiresolution")
LIMITS: Final = (("prior", 0, 10), ("class_images", 0, 500), ("sheet", 1, len(SCENES)), ("shown", 0, len(SCENES)),
                 ("shown_steps", 1, 150), ("sheet_steps", 1, 150))  # fmt: skip
OF_PLAN: Final = ("rank", "alpha", "rate", "steps", "batch", "accumulate", "dtype", "device", "checkpointing", "seed",
                  "measure_every", "save_every")  # fmt: skip
OF_LIKENESS: Final = ("resolution", "prior", "class_images", "shown", "shown_steps", "sheet", "sheet_steps", "more")
BY_HAND: Final = (*OF_PLAN, *OF_LIKENESS)
"""What "advanced" may set."""


def _known(effort: str) -> None:
    if effort not in EFFORTS:
        raise Invalid(f"There is no effort {effort!r}.", f"Efforts: {', '.join(EFFORTS)}.")
