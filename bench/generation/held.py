"""Who is held out from what: six authors with briefs, people behind our voice measure, people behind the judge."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics import voice
from analytics.overlap import copied_runs
from analytics.text import FOLD, words
from bench.voice import fit_bank
from bench.voice.people import people, records

BRIEFS = Path(__file__).with_name("briefs.json")
MOST = 120
"""Samples of one author in the store, and references of the judge, at most: the newest."""


@dataclass(frozen=True)
class Case:
    """A brief in our own words after a held-out post."""

    author: str
    post: str
    """The start of the SHA-256 of the post."""
    fields: dict[str, Any]


@dataclass(frozen=True)
class Split:
    """The posts of one author, in three parts that share none; the oldest first in each."""

    author: str
    samples: list[str]
    """In the store: what a run sees."""
    references: list[str]
    """What the judge knows the author by."""
    held: dict[str, str]
    """The posts behind the briefs, by hash: nobody sees them but the check for copies and the judge's scale."""


def cases() -> list[Case]:
    """All briefs."""
    return [Case(**row) for row in json.loads(BRIEFS.read_text(encoding="utf8"))["briefs"]]


def digest(text: str) -> str:
    """Names a post without its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def splits(briefs: Sequence[Case]) -> dict[str, Split]:
    """Every second post of an author is a sample, the others are the judge's. Raises ValueError for a lost post."""
    by: dict[str, list[str]] = defaultdict(list)
    for row in records("posts.jsonl"):
        by[row["author"]].append(row["text"])
    out = {}
    for author in dict.fromkeys(case.author for case in briefs):
        wanted = {case.post for case in briefs if case.author == author}
        held = {key: clean(text) for text in by[author] if (key := digest(text)) in wanted}
        if held.keys() != wanted:
            raise ValueError(f"{author}: the data folder holds other posts than those that the briefs were made from")
        rest = [clean(text) for text in by[author] if digest(text) not in wanted]
        # The same post again, or an edit of it, would be a held-out post in the index.
        rest = [text for text in dict.fromkeys(rest) if words(text) and not copied_runs(text, list(held.values()), 12)]
        out[author] = Split(author, rest[0::2][-MOST:], rest[1::2][-MOST:], held)
    return out


def clean(text: str) -> str:
    """A post without what copying it left at its end."""
    return str(FOLD.sub("", text)).strip()


def sides(candidates: Sequence[str]) -> tuple[list[str], list[str]]:
    """The other people of the data in two halves: (behind our voice measure in this benchmark, behind the judge)."""
    rest = [a for a in people().authors if a not in candidates]
    linkedin = [a for a in rest if not a.startswith("blog")]
    blogs = [a for a in rest if a.startswith("blog")]
    return [*linkedin[0::2], *blogs[1:]], [*linkedin[1::2], *blogs[:1]]


def use_bank(authors: Sequence[str], folder: Path) -> None:
    """Make this process measure voices by a background of these people only, in place of the shipped one.

    The shipped bank was fitted on everybody in the data: a candidate in it, or a person of the judge's, would be known
    to the reranker. Same code, same settings, fewer people.
    """
    path = folder / "bank.npz"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        found = people()
        ids = [found.authors.index(a) for a in authors]
        made = fit_bank.make(found, ids, fit_bank.calibrate(found, ids, seeds=(7,)))
        np.savez_compressed(path, **fit_bank.arrays(made))
    voice.BANK = path
    voice.bank.cache_clear()
