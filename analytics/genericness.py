"""How far a text could be anybody's: a trained score, the passages to look at, and a budget from the author's habits.

python -m analytics.genericness --texts T.jsonl --out G.jsonl
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics import doors
from analytics.slop import KINDS, Passage, counts, passages, shipped
from analytics.slop_model import SMALL, VERSION, Weights, load, normalised, tokens
from analytics.text import words

__all__ = ["KINDS", "VERSION", "Budget", "Generic", "Habits", "Passage", "budget", "generic", "habits", "shipped"]

MIN_WORDS = 60
"""A shorter text says too little."""
MIN_PROSE = 40
"""So many of them must be left without links, hashtags and mentions."""
MIN_SMALL = 0.25
"""Share of small words under which a text is no English prose (a list of names, code, another language)."""
MIN_POSTS = 5
"""Habits of fewer posts are no habits."""
RARE = 0.1
"""Over budget: at most this share of the author's own posts has as much."""


@dataclass(frozen=True)
class Generic:
    """How generic a text is. Says nothing of who or what wrote it."""

    score: float | None
    """0 to 1 at even odds, higher is more generic; None where there is too little to say."""
    evidence: str  # ok | too little
    passages: list[Passage]
    rates: dict[str, float]
    """How often each kind of passage comes; "words" is the length."""
    reason: str = ""
    """Why there is too little, for a person."""
    line: float | None = None
    """The score that hardly any person's posts cross; None: that of the shipped weights."""

    @property
    def high(self) -> bool:
        """Whether the score is over the line that hardly any person's posts cross."""
        return self.score is not None and self.score >= (load().line if self.line is None else self.line)


@dataclass(frozen=True)
class Habits:
    """How often an author does each of these: one row a post, passages per 100 words."""

    n: int
    rates: dict[str, tuple[float, ...]]
    per_post: dict[str, float]
    """Mean passages a post."""


@dataclass(frozen=True)
class Budget:
    """One kind of passage here against the author's own posts."""

    name: str
    here: int
    usual: float  # a post
    over: bool
    text: str


def generic(text: str, phrases: Sequence[str] | None = None, weights: Weights | None = None) -> Generic:
    """The score of a text, and the passages to look at.

    `phrases`: the list in force; it does not move the score. `weights`: those in use, the shipped ones where None.
    """
    found = passages(text, phrases)
    n = len(words(text))
    rates = counts(text, found) | {"words": float(n)}
    used = weights or load()
    score, reason = score_of(text, n, used.score)
    return Generic(score, "too little" if score is None else "ok", found, rates, reason, used.line)


def score_of(
    text: str, n: int | None = None, scorer: Callable[[list[str]], float] | None = None
) -> tuple[float | None, str]:
    """The score alone, or None and why there is none.

    `n`: the words of the text, where they are known; `scorer`: tokens -> score, the shipped weights where None.
    """
    n = len(words(text)) if n is None else n
    if n < MIN_WORDS:
        return None, f"{n} words are too few to say: it takes {MIN_WORDS}."
    found = tokens(normalised(text))
    prose = [token.lower() for token in found if token[0].isalnum()]
    if len(prose) < MIN_PROSE:
        return None, "Mostly links and hashtags: too little running text to say."
    if sum(word in SMALL for word in prose) < MIN_SMALL * len(prose):
        return None, "Hardly any running English sentences: too little to say."
    return (scorer or load().score)(found), ""


def habits(texts: Sequence[str], phrases: Sequence[str] | None = None) -> Habits:
    """An author's own rates, from their posts."""
    rows = [(counts(text, passages(text, phrases)), max(1, len(words(text)))) for text in texts if words(text)]
    return Habits(
        len(rows),
        {kind: tuple(100 * row[kind] / n for row, n in rows) for kind in KINDS},
        {kind: sum(row[kind] for row, _ in rows) / len(rows) if rows else 0.0 for kind in KINDS},
    )


def budget(found: Generic, own: Habits) -> list[Budget]:
    """What the text has of each kind against the author's habits, over budget first; empty under `MIN_POSTS` posts."""
    if own.n < MIN_POSTS:
        return []
    out = [_entry(kind, found, own) for kind in KINDS if found.rates[kind] or own.per_post[kind]]
    return sorted(out, key=lambda entry: (not entry.over, -entry.here))


def _entry(kind: str, found: Generic, own: Habits) -> Budget:
    here, usual = int(found.rates[kind]), own.per_post[kind]
    rate = 100 * here / max(1.0, found.rates["words"])
    as_many = sum(one >= rate for one in own.rates[kind]) / own.n if here else 1.0
    over = here > 0 and as_many <= RARE and here > usual
    return Budget(kind, here, usual, over, f"{_count(here, kind)}, {_habit(usual)}")


_PLURALS = {
    "dash": ("dash", "dashes"),
    "list of three": ("list of three", "lists of three"),
    "not X but Y": ("“not X but Y” turn", "“not X but Y” turns"),
    "run of emoji": ("emoji", "emoji"),
    "one-line paragraphs": ("one-line paragraph", "one-line paragraphs"),
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _count(n: int, kind: str) -> str:
    one, many = _PLURALS.get(kind, (kind, f"{kind}s"))
    return f"{_number(n)} {one if n == 1 else many}"


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def _habit(usual: float) -> str:
    if usual <= 0:
        return "you never use one"
    if usual >= 1.5:
        return f"you use about {_number(round(usual))} a post"
    if usual >= 0.75:
        return "you use about one a post"
    posts = round(1 / usual)
    return f"you use one in {_number(posts)} posts" if posts < 100 else "you hardly ever use one"


def main(argv: Sequence[str] | None = None) -> None:
    """`{"id", "text"}` a line in, `{"id", "generic", "evidence"}` a line out, in the same order."""
    parser = argparse.ArgumentParser(prog="python -m analytics.genericness", description=main.__doc__)
    parser.add_argument("--texts", type=Path, required=True, help='JSON Lines of {"id", "text"}')
    parser.add_argument("--out", type=Path, required=True, help='JSON Lines of {"id", "generic", "evidence"}')
    asked = parser.parse_args(argv)
    doors.distinct(asked.texts, asked.out)
    progress = doors.Progress("Genericness", asked.texts.stat().st_size)
    with doors.writing(asked.out) as put:
        put(_scored(doors.records(asked.texts, {"id": (str, int), "text": (str,)}, progress)))
    progress.end()


def _scored(records: Iterator[doors.Record]) -> Iterator[doors.Record]:
    for record in records:
        score, _ = score_of(record["text"])
        yield {"id": record["id"], "generic": score, "evidence": "too little" if score is None else "ok"}


if __name__ == "__main__":
    sys.exit(doors.run(main))
