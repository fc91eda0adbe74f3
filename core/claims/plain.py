"""A text as a reader sees it: hidden characters gone, letters and digits of every style made plain, places kept."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

_HIDDEN = regex.compile(r"[\p{Cf}\p{Cs}\p{Variation_Selector}\u20e3\u20dd\u20de\u034f\u115f\u1160\u3164\uffa0®™℠©]")
_TABLE = {
    **dict.fromkeys("‐‑‒–—―−﹣－⁃", "-"),
    **dict.fromkeys("’ʼ＇ʹ′‘", "'"),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
    **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f", "\u00a0"),
    "\t": " ",
    "×": "x",
    "…": "…",
}
_TWINS = str.maketrans("аеорсухіјѕԁһԛԝАВЕКМНОРСТХІЈЅοαενιρτυκ", "aeopcyxijsdhqwABEKMHOPCTXIJSoaeviptuk")
"""Cyrillic and Greek letters that look like Latin ones."""
_MIXED = regex.compile(r"(?=\p{L}*\p{Latin})(?=\p{L}*[\p{Cyrillic}\p{Greek}])\p{L}+")


def listed(words: str) -> list[str]:
    """The words of a list that is written as a text."""
    return words.split()


@dataclass(frozen=True)
class Plain:
    """Plain text, and for each of its characters the place in the text that it comes from."""

    text: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where its characters `start` to `end` (not empty) stand in the original."""
        after = self.places[end] if end < len(self.places) else 0  # a keycap's frame belongs to its digit
        return self.places[start], max(self.places[end - 1] + 1, after)


@functools.lru_cache(maxsize=256)
def plain(text: str) -> Plain:
    """The text made plain."""
    if text.isascii() and "\r" not in text and "\t" not in text:
        return Plain(text, range(len(text)))
    out: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        for one in _spelt(text, at, char, out[-1] if out else ""):
            out.append(one)
            places.append(at)
    joined = _MIXED.sub(lambda m: m.group().translate(_TWINS), "".join(out))
    return Plain(joined, places)


def _spelt(text: str, at: int, char: str, before: str) -> str:
    """What a reader takes one character for."""
    if char.isascii() and char not in _TABLE:
        return char
    if char in _TABLE:
        return _TABLE[char]
    if _HIDDEN.match(char):
        return ""
    kind = unicodedata.category(char)
    if kind == "Mn" and before.isdigit():  # a digit that is struck through is still read
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind in ("No", "Nl"):
        return _numeral(text, at, char, before)
    made = unicodedata.decomposition(char)
    return unicodedata.normalize("NFKC", char) if made.startswith("<") else char


def _numeral(text: str, at: int, char: str, before: str) -> str:
    made = unicodedata.decomposition(char)
    if made.startswith(("<super>", "<sub>")):
        return f"^{unicodedata.normalize('NFKC', char)}"
    if made.startswith("<fraction>"):
        return (" " if before.isdigit() else "") + unicodedata.normalize("NFKC", char).replace("⁄", "/")
    if "Ⅰ" <= char <= "ⅿ" and any("Ⅰ" <= near <= "ⅿ" for near in (text[at - 1 : at], text[at + 1 : at + 2]) if near):
        return unicodedata.normalize("NFKC", char).upper()
    value = unicodedata.numeric(char, -1.0)
    return f"{' ' if before.isdigit() else ''}{value:g}" if value >= 0 else char
