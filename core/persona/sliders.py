"""What people like to push: a slider from -2 to 2 each, and what it tells the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import Invalid, NotFound

REACH = 2


@dataclass(frozen=True)
class Slider:
    """Two ends and what each asks for; 0 leaves the author as they are."""

    name: str
    low: str
    high: str
    lower: str  # the instruction towards the low end, with {how}
    higher: str


_SLIDERS = (
    Slider(
        "length",
        "shorter",
        "longer",
        "{how} shorter than the author usually is",
        "{how} longer than the author usually is",
    ),
    Slider(
        "warmth",
        "cooler",
        "warmer",
        "{how} cooler and more matter-of-fact",
        "{how} warmer: thank, welcome, name feelings",
    ),
    Slider(
        "contrarian",
        "more agreeable",
        "more contrarian",
        "{how} more agreeable: build on what others say",
        "{how} more contrarian: name a common view and argue against it",
    ),
    Slider(
        "formality",
        "more casual",
        "more formal",
        "{how} more casual: contractions, short words, the way one talks",
        "{how} more formal: full forms, no slang, complete sentences",
    ),
    Slider(
        "stories",
        "fewer stories",
        "more stories",
        "{how} fewer stories: state the point directly",
        "{how} more story: one concrete scene from the brief, with who, where and what happened",
    ),
    Slider(
        "certainty",
        "more careful",
        "more certain",
        "{how} more careful: say what is not known",
        "{how} more certain: drop hedges such as maybe, might and I think",
    ),
    Slider(
        "plainness",
        "more technical",
        "plainer",
        "{how} more technical: use the terms of the field without explaining them",
        "{how} plainer: explain or avoid terms of the field",
    ),
)
SLIDERS: dict[str, Slider] = {s.name: s for s in _SLIDERS}
_HOW = {1: "a little", 2: "clearly"}


def checked(values: Mapping[str, int]) -> dict[str, int]:
    """The sliders that are moved, each -2 to 2. Raises NotFound for a slider that is none, Invalid out of reach."""
    out = {}
    for name, value in values.items():
        if name not in SLIDERS:
            raise NotFound(f"There is no slider {name}.", f"There are {', '.join(SLIDERS)}.")
        if not -REACH <= int(value) <= REACH:
            raise Invalid(
                f"The slider {name} goes from -{REACH} to {REACH}, not to {value}.", "Choose a value between."
            )
        if int(value):
            out[name] = int(value)
    return out


def position(name: str, value: int) -> str:
    """Where a slider stands, as people say it: `clearly warmer`."""
    slider = SLIDERS[name]
    return f"{_HOW[abs(value)]} {slider.high if value > 0 else slider.low}" if value else "as they are"


def instructions(values: Mapping[str, int]) -> list[str]:
    """One plain instruction for each slider that is moved, with its strength in words."""
    out = []
    for name, slider in SLIDERS.items():
        if value := values.get(name, 0):
            wish = (slider.higher if value > 0 else slider.lower).format(how=_HOW[abs(value)])
            out.append(f"Write {wish}.")
    return out
