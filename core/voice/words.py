"""What the measures of a text mean, in the words that every door shows."""

from __future__ import annotations

import math
from typing import Any

from core.voice.measuring import Measured
from core.voice.profiles import NEWEST

ODDS = ((0.95, "Very likely"), (0.8, "Likely"), (0.6, "Rather likely"), (0.4, "As likely as not"),
        (0.2, "Rather unlikely"), (0.05, "Unlikely"), (0.0, "Very unlikely"))  # fmt: skip
SOME = 0.5
"""From here on, and below the line that hardly any person's posts cross, "some" of a text is generic."""


def typical(measured: Measured, name: str) -> str:
    """How many of the author's posts are less typical than this, as people say it, or why nothing is said."""
    if measured.evidence != "ok":
        return f"Too little evidence. {sentence(measured.reason or 'too few posts, or too short a text')}"
    if measured.typical is None or not measured.typical[1]:
        return f"There are too few posts of {name} to compare this with one by one."
    less, asked = measured.typical
    if less == 0:
        return f"Every one of {name}'s {asked:,} real posts is more typical than this."
    if less == asked:
        return f"All {asked:,} of {name}'s real posts are less typical than this."
    if asked < 10:
        return f"{less} of {asked} of {name}'s real posts {verb(less)} less typical than this."
    tens = round(10 * less / asked)
    if tens in (0, 10):
        share = "Fewer than 1 in 10" if tens == 0 else "More than 9 in 10"
        return f"{share} of {name}'s real posts are less typical than this."
    return f"{tens} of 10 of {name}'s real posts {verb(tens)} less typical than this."


def likely(measured: Measured, name: str) -> str:
    """The calibrated probability in words and as a figure; empty without one."""
    if measured.likeness is None:
        return ""
    word = next(word for least, word in ODDS if measured.likeness >= least)
    return f"{word} in {name}'s voice: {share(measured.likeness)} at even odds."


def at_even_odds(measured: Measured, name: str) -> str:
    """What the probability means; empty without one."""
    if measured.likeness is None:
        return ""
    hundred = min(99, max(1, round(100 * measured.likeness)))
    return (
        f"Of 100 texts that measure like this one, taken half from {name} and half from other people who write about "
        f"the same things, about {hundred} would be by {name}."
    )


def basis(measured: Measured, name: str) -> str:
    """What the figures rest on."""
    newest = "newest " if measured.posts >= NEWEST - 1 else ""
    text = f"Measured against {name}'s {newest}{count(measured.posts, 'post')}"
    if measured.others:
        text += f", and told apart from {measured.others} of your other authors by their statistics"
    if measured.held_out:
        text += "; this post itself was held out"
    return f"{text}."


def style_scale(measured: Measured, name: str) -> str:
    """What a style figure is to be read beside."""
    if measured.usual_style is None:
        return f"how it is written; higher is closer to {name}"
    low, high = (two_digits(value) for value in measured.usual_style)
    return f"how it is written; most of {name}'s posts lie between {low} and {high}, a stranger's around 0"


def topic_scale(name: str) -> str:
    """What a topic figure says, and does not."""
    return f"how much of its subject {name} writes about, 0 to 1; says nothing about style"


def generic(measured: Measured) -> str:
    """How generic the text is, in words and as a figure, or that there is too little to say."""
    if measured.generic is None:
        return f"Generic or not? {sentence(measured.generic_reason or 'too little text to say')}"
    much = "Much" if measured.generic_high else "Some" if measured.generic >= SOME else "Little"
    return f"{much} of it could stand in any feed (generic: {share(measured.generic)})."


def scores(measured: Measured, name: str) -> dict[str, Any]:
    """What is kept with a variant and a post: {label, value, meaning} each, and under `voice` the whole record."""
    meaning = " ".join(part for part in (typical(measured, name), likely(measured, name)) if part)
    over = [habit.text for habit in measured.budget if habit.over]
    generic_meaning = " ".join([generic(measured), *(f"{sentence(text)}" for text in over)])
    return {
        "likeness": line("Like the author", measured.likeness, meaning),
        "style": line("Style", measured.style, _of(measured.style, style_scale(measured, name))),
        "topic": line("Topic", measured.topic, _of(measured.topic, topic_scale(name))),
        "generic": line("Generic", measured.generic, generic_meaning),
        "voice": measured.record(),
    }


def _of(value: float | None, meaning: str) -> str:
    return "Too little evidence." if value is None else f"{two_digits(value)}, {meaning}."


def line(label: str, value: Any, meaning: str) -> dict[str, Any]:
    """A score as it is kept; a figure to four digits."""
    kept = float(f"{value:.4g}") if isinstance(value, float) else value
    return {"label": label, "value": kept, "meaning": meaning}


def two_digits(value: float) -> str:
    """Two significant digits, never as a power of ten."""
    if not math.isfinite(value):
        return "none"
    if not value:
        return "0"
    kept = float(f"{value:.2g}")
    return f"{kept:,.{max(0, 1 - math.floor(math.log10(abs(kept))))}f}".replace("-", "−")


def share(value: float) -> str:
    """A probability to two significant digits; never a certainty."""
    if value < 0.01:
        return "under 0.01"
    return "over 0.99" if value > 0.99 else f"{value:.2f}"


def count(number: int, noun: str) -> str:
    """The number with its noun: 1 post, 12 posts."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def verb(number: int) -> str:
    """Is, or are."""
    return "is" if number == 1 else "are"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    plain = text.strip()
    return f"{plain[:1].upper()}{plain[1:]}" + ("" if plain.endswith((".", "?")) else ".")
