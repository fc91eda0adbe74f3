"""What stands beside each photo while a model learns from it: the made-up word, and all that is not the person."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final

from core.errors import Invalid
from core.images.photo_checks import BRIGHT, DARK, Measures
from core.store.tables_images import PhotoSet

SUBJECTS: Final = ("person", "woman", "man")
"""The ordinary word beside the made-up one: the model knows it, and learns only what is special."""
MOST: Final = 300
_DISTANCE: Final = {"close": "close-up", "near": "head and shoulders", "far": "seen from further away"}
_STARTS, _VOWELS, _ENDS = "bdfgklmnprstvz", "aeiou", "kbvxzq"


def trigger(seed: str, taken: Collection[str] = ()) -> str:
    """A short word that no language has and nobody else is called by; the same seed gives the same word."""
    for turn in range(1000):
        digest = hashlib.sha256(f"{seed}/{turn}".encode()).digest()
        word = "".join(
            letters[byte % len(letters)]
            for letters, byte in zip((_STARTS, _VOWELS, _ENDS, _ENDS, _VOWELS, _STARTS), digest, strict=False)
        )
        if word not in taken:
            return word
    raise Invalid("No word is free that could stand for this person.", "Give one yourself.")


def proposed(photo: Measures, of: PhotoSet) -> str:
    """A caption from what was measured: who, from how far, in which light, before what.

    What a caption names, the model does not take for a part of the person.
    """
    parts = [f"photo of {of.trigger} {of.subject}", _DISTANCE.get(photo.distance, ""), _light(photo), _before(photo)]
    return ", ".join(part for part in parts if part)


def _light(photo: Measures) -> str:
    if photo.light < DARK + 20:
        return "dim light"
    if photo.light > BRIGHT - 20:
        return "bright light"
    return "light from the side" if abs(photo.side) > 30 else ""


def _before(photo: Measures) -> str:
    """The background by its brightness and colour, where it is of one; the median tells."""
    cells = [photo.place[at : at + 3] for at in range(0, len(photo.place), 3)]
    if not cells:
        return ""
    red, green, blue = (sorted(cell[channel] for cell in cells)[len(cells) // 2] for channel in range(3))
    spread = max(red, green, blue) - min(red, green, blue)
    if spread > 45:
        return f"{_hue(red, green, blue)} background"
    mean = (red + green + blue) / 3
    return "dark background" if mean < 70 else "light background" if mean > 185 else ""


def _hue(red: int, green: int, blue: int) -> str:
    if blue >= red and blue >= green:
        return "blue"
    if green >= red:
        return "green"
    return "red" if red - green > 50 else "warm"


def checked(text: str, of: PhotoSet) -> str:
    """A caption that somebody wrote, in one line. Raises Invalid where the made-up word is missing, or it is long."""
    said = " ".join(text.split())
    if len(said) > MOST or not said.isprintable():
        raise Invalid(f"A caption has at most {MOST} characters in one line.", "Say only what is to be seen.")
    if of.trigger.casefold() not in (word.strip(",.;:()'\"").casefold() for word in said.split()):
        raise Invalid(
            f"The caption does not hold the word {of.trigger}, so nobody would be learnt from this photo.",
            f"Write it where the name would stand, as in: photo of {of.trigger} {of.subject}.",
        )
    return said
