"""Two versions of one text made into one proposal, word by word over their common ancestor. Pure: no store, no network.

The way of diff3 (Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", 2007), with words and line breaks for
lines. What only one side changed is taken; where both changed the same place, both variants stand in the text, marked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HERE, THERE, END = "[[Here: ", "[[In Notion: ", "]]"
_TOKEN = re.compile(r"[^\S\n]*\S+|\n|[^\S\n]+")
LONG = 20_000
"""Characters from which on lines are compared instead of words."""
ISLAND = 3
"""So few unchanged words between two changes of one place are counted to them: a sentence stays legible."""


@dataclass(frozen=True)
class Combined:
    """A proposal, and at how many places a person has to choose."""

    text: str
    clashes: int


@dataclass
class _Region:
    """One stretch of the three texts. `same`: all three agree on it."""

    same: bool
    base: list[str]
    ours: list[str]
    theirs: list[str]

    @property
    def clash(self) -> bool:
        return not self.same and self.ours != self.theirs and self.base not in (self.ours, self.theirs)

    def __add__(self, other: _Region) -> _Region:
        return _Region(False, self.base + other.base, self.ours + other.ours, self.theirs + other.theirs)


def combine(base: str | None, ours: str, theirs: str) -> Combined:
    """Both sides' changes in one text. `base` None: they never agreed, so what they have in common stands for it."""
    mine, other = _tokens(ours, theirs)
    common = _common(mine, other) if base is None else _tokens(base, ours + theirs)[0]
    text, clashes = "", 0
    for region in _joined(_regions(common, mine, other)):
        if region.clash:
            clashes += 1
            text += _both("".join(region.ours), "".join(region.theirs))
        else:
            text += "".join(region.theirs if region.ours == region.base else region.ours)
    return Combined(text, clashes)


def combine_lists(base: Sequence[str] | None, ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """What either side added is in, what either side took out is not; in our order, theirs at the end."""
    before = set(base or [])
    kept = [x for x in ours if x in theirs or x not in before]
    return kept + [x for x in theirs if x not in ours and x not in before]


def undecided(text: str) -> int:
    """How many marked variants are still in a text."""
    return text.count(HERE) + text.count(THERE)


def _tokens(text: str, other: str) -> tuple[list[str], list[str]]:
    if max(len(text), len(other)) > LONG:
        return text.splitlines(keepends=True), other.splitlines(keepends=True)
    return _TOKEN.findall(text), _TOKEN.findall(other)


def _matches(a: Sequence[str], b: Sequence[str]) -> dict[int, int]:
    found = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in found for n in range(block.size)}


def _common(ours: list[str], theirs: list[str]) -> list[str]:
    return [ours[i] for i in sorted(_matches(ours, theirs))]


def _regions(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[_Region]:
    """The texts cut where all three agree, token by token, and what lies between."""
    left, right = _matches(base, ours), _matches(base, theirs)
    b = o = t = 0
    for i in [*(i for i in range(len(base)) if i in left and i in right), len(base)]:
        to, tt = left.get(i, len(ours)), right.get(i, len(theirs))
        if (i, to, tt) != (b, o, t):
            yield _Region(False, base[b:i], ours[o:to], theirs[t:tt])
        if i < len(base):
            yield _Region(True, [base[i]], [base[i]], [base[i]])
        b, o, t = i + 1, to + 1, tt + 1


def _joined(regions: Iterator[_Region]) -> list[_Region]:
    """Two clashes that only a few words of one line part become one; agreed tokens in a row become one region."""
    out: list[_Region] = []
    for region in regions:
        if region.same and out and out[-1].same:
            same = out[-1].base + region.base
            out[-1] = _Region(True, same, same, same)
        elif region.clash and len(out) > 1 and out[-2].clash and _island(out[-1]):
            island = out.pop()
            out[-1] = out[-1] + island + region
        else:
            out.append(region)
    return out


def _island(region: _Region) -> bool:
    return region.same and len(region.base) < ISLAND and "\n" not in region.base


def _both(ours: str, theirs: str) -> str:
    space = next((s for s in (_space(ours), _space(theirs)) if s), "")
    here, there = (x[len(_space(x)) :] or "(nothing)" for x in (ours, theirs))
    return f"{space}{HERE}{here}{END} {THERE}{there}{END}"


def _space(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]
