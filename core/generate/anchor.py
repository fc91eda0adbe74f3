"""A small model's post with the brief's own words in the place of its own where it says what the brief says.

A model of this size tells facts nearly right. Its manner is wanted, its facts are not: code puts the brief's in.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics import text
from core.generate import body as bodies
from core.generate import judge
from core.generate.body import Block, Body, plain_words
from core.generate.brief import BriefFields
from core.generate.clauses import capital
from core.generate.repair import ended

SAYS = 0.5
"""Share of the telling words of the shorter of two sentences that both hold: then one says the other."""
LEAST = 2
"""Telling words in common."""


@dataclass(frozen=True)
class Anchored:
    """The text; the share of the brief's parts that the model had placed itself; the share of words that is its own."""

    text: str
    placed: float
    own: float


def anchored(value: str, brief: BriefFields) -> Anchored:
    """`value` with each sentence that says a part of the brief replaced by that part, each part once, in full."""
    parts = said(brief)
    left = list(range(len(parts)))
    body = bodies.parse(value)
    out: list[Block] = []
    at_block: dict[int, int] = {}
    for block in body.blocks:
        units: list[str] = []
        for unit in block.units:
            found = _meant(unit, parts)
            if found is None:
                units.append(unit)
            elif found in left:
                left.remove(found)
                at_block[found] = len(out)
                units.append(parts[found])
        if units:
            out.append(Block(units, block.listed))
    placed = 1 - len(left) / len(parts) if parts else 1.0
    own = sum(len(u.split()) for b in out for u in b.units if u not in parts)
    for part in left:
        _put(out, at_block, part, parts[part])
    whole = sum(len(u.split()) for b in out for u in b.units)
    return Anchored(_rendered(Body(out, body.tags, body.links)), placed, own / whole if whole else 0.0)


def said(brief: BriefFields) -> list[str]:
    """What the brief says, as sentences, in the order in which a post would say it."""
    rows = [brief.hook_line, *text.sentences(brief.story)]
    rows += [*brief.points, *text.sentences(brief.opinion), *text.sentences(brief.example)]
    rows += text.sentences(brief.call_to_action)
    return list(dict.fromkeys(ended(capital(" ".join(row.split()))) for row in rows if text.words(row)))


def _meant(unit: str, parts: list[str]) -> int | None:
    """The part of the brief that a sentence says, rightly or nearly so; None where it says none."""
    words, mine = plain_words(unit), judge.content(unit)
    best, share = None, 0.0
    for number, part in enumerate(parts):
        if plain_words(part) and f" {plain_words(part)} " in f" {words} ":
            return number
        theirs = judge.content(part)
        both = len(mine & theirs)
        smaller = min(len(mine), len(theirs))
        if both >= min(LEAST, smaller) and smaller and both / smaller > max(share, SAYS - 1e-9):
            best, share = number, both / smaller
    return best


def _put(out: list[Block], at_block: dict[int, int], number: int, part: str) -> None:
    """A part that the model left out, in a paragraph after the part before it, else before the one after it."""
    before = max((n for n in at_block if n < number), default=None)
    after = min((n for n in at_block if n > number), default=None)
    at = at_block[before] + 1 if before is not None else at_block[after] if after is not None else len(out)
    out.insert(at, Block([part]))
    for other, block in at_block.items():
        if block >= at:
            at_block[other] = block + 1
    at_block[number] = at


def _rendered(body: Body) -> str:
    """As plain text: paragraphs apart, list items with a mark, hashtags and links at the end."""
    blocks = ["\n".join(f"- {u}" for u in b.units) if b.listed else " ".join(b.units) for b in body.blocks]
    tail = [" ".join(body.tags)] if body.tags else []
    return "\n\n".join([*blocks, *body.links, *tail])
