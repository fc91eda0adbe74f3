"""What the shipped fonts can draw, from a table that was made with them: no font is opened here."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from functools import cache
from typing import Final

from core.images.fonts import FAMILIES, TABLE

ALWAYS: Final = "Noto Sans"
"""Latin, Greek, Cyrillic: what a chosen family lacks of them."""
LAST: Final = ("Noto Sans CJK", "Noto Color Emoji", "Noto Sans Symbols2", "Noto Sans Symbols", "Noto Sans Math")
"""Asked after the scripts, in this order: a heart is an emoji where an emoji font has one."""
_UNSEEN: Final = ("Cc", "Cf", "Zs", "Zl", "Zp")
_CHOOSERS: Final = (range(0xFE00, 0xFE10), range(0xE0020, 0xE0080), range(0xE0100, 0xE01F0))
"""Variation selectors and the letters of flags: they change what stands before them."""


def missing(text: str) -> list[str]:
    """The characters that no shipped font draws, each once, as `𒀀 (cuneiform sign a)`; [] when all are drawn."""
    out = []
    for char in dict.fromkeys(text):
        if not _unseen(char) and not any(draws(family, char) for family in _families()):
            name = unicodedata.name(char, f"U+{ord(char):04X}")
            out.append(f"{char} ({name.lower() if not name.startswith('U+') else name})")
    return out


def fallbacks(text: str) -> list[str]:
    """Names of families, in order, to be given to Typst after the chosen one: between them they draw all they can.

    Always begins with Noto Sans; the others are there only for what the text holds.
    """
    kept = [ALWAYS]
    open_ = {char for char in text if not _unseen(char) and not draws(ALWAYS, char)}
    for family in _families():
        # An emoji made of several (a keycap is a digit and two marks) is drawn by one font alone.
        if taken := {char for char in open_ if draws(family, char)}:
            kept.append(family)
            open_ -= taken
    return kept


def draws(family: str, char: str) -> bool:
    """Whether a shipped family has this character."""
    starts, ends = _table().get(family, ((), ()))
    at = bisect_right(starts, ord(char)) - 1
    return at >= 0 and ord(char) <= ends[at]


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN or any(ord(char) in span for span in _CHOOSERS)


@cache
def _families() -> tuple[str, ...]:
    """All that fill in, Noto Sans first, emoji and signs last."""
    scripts = sorted(set(_table()) - set(FAMILIES) - {ALWAYS, *LAST})
    return (ALWAYS, *scripts, *LAST)


@cache
def _table() -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """family -> the first and the last code points of its runs."""
    out = {}
    for family, runs in json.loads(TABLE.read_text(encoding="utf-8")).items():
        pairs = [run.partition("-") for run in runs.split()]
        out[family] = tuple(int(a, 16) for a, _, _ in pairs), tuple(int(b or a, 16) for a, _, b in pairs)
    return out
