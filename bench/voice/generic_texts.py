"""The texts that genericness is trained and measured on, each counted once: people's posts, drafts, fiction."""

from __future__ import annotations

import functools
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

from analytics.genericness import MIN_PROSE, score_of
from analytics.slop_model import SMALL, Block, normalised, tokens
from analytics.text import words
from analytics.vocabulary import background

ROOT = Path(__file__).parents[2]
DATA, DRAFTS = ROOT.parent / "shared" / "data", ROOT / "bench" / "drafts"
COMMON, BREADTH = 1000, 0.5
"""The second block leaves the most frequent words unmasked that half of all people use: none that is a subject."""
LEAST_TEXTS = 8
"""A run of tokens counts where this many texts have it."""
Ints = npt.NDArray[np.int64]
Sparse: TypeAlias = Any  # scipy comes without types


@dataclass(frozen=True)
class Row:
    """A text: who wrote it, and with which others it is left out."""

    text: str
    source: str  # one person or one generator
    block: str  # what is left out together
    made: bool
    """By a language model."""
    date: str | None = None


def missing() -> str:
    """Why there is nothing to measure; empty where the data is."""
    gone = [str(p) for p in (DATA / "posts.jsonl", DATA / "generated.jsonl") if not p.exists()]
    return f"Skipped: {' and '.join(gone)} not there." if gone else ""


@functools.cache
def rows() -> tuple[Row, ...]:
    """People's posts, fiction, real drafts and the drafts of this folder, in that order."""
    people = (Row(d["text"], d["author"], d["author"], False, d["date"]) for d in _read(DATA / "posts.jsonl"))
    generated = (
        Row(d["text"], d["source"], "fiction" if d["kind"] == "fiction" else "real drafts", True)
        for d in _read(DATA / "generated.jsonl")
    )
    drafts = (
        Row(d["text"], d["generator"] + (" imitation" if d["kind"] == "imitation" else ""), file.stem, True)
        for file in sorted(DRAFTS.glob("*.jsonl"))
        for d in _read(file)
    )
    return (*people, *generated, *drafts)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf8") as file:
        yield from (json.loads(line) for line in file if line.strip())


@dataclass(frozen=True, eq=False)
class Texts:
    """All rows as matrices of counts, and what the learner needs to know of each."""

    made: npt.NDArray[np.bool_]
    source: Ints
    block: npt.NDArray[np.str_]
    usable: npt.NDArray[np.bool_]
    """Long enough to learn from."""
    judged: npt.NDArray[np.bool_]
    """Long enough to be given a score."""
    blocks: tuple[Block, ...]
    counts: tuple[Sparse, ...]
    names: tuple[list[str], ...]

    @property
    def linkedin(self) -> npt.NDArray[np.bool_]:
        """People's posts on LinkedIn."""
        return np.char.startswith(self.block, "linkedin")


@functools.cache
def texts() -> Texts:
    """Everything counted once."""
    found = rows()
    read = [tokens(normalised(row.text)) for row in found]
    blocks = (Block(SMALL, 3), Block(SMALL | _common(found, read), 2))
    counts, names = [], []
    for block in blocks:
        counter = CountVectorizer(analyzer=_counted(block), min_df=LEAST_TEXTS)
        counts.append(sp.csr_matrix(counter.fit_transform(read), dtype=np.float64))
        names.append([str(name) for name in counter.get_feature_names_out()])
    sources = {name: at for at, name in enumerate(dict.fromkeys(row.source for row in found))}
    return Texts(
        np.array([row.made for row in found]),
        np.array([sources[row.source] for row in found]),
        np.array([row.block for row in found]),
        np.array([len(words(row.text)) >= MIN_PROSE for row in found]),
        np.array([judged(row.text) for row in found]),
        blocks,
        tuple(counts),
        tuple(names),
    )


def _common(found: Sequence[Row], read: Sequence[list[str]]) -> frozenset[str]:
    """Words that people use whatever their subject."""
    users: dict[str, set[str]] = defaultdict(set)
    for row, tokens_ in zip(found, read, strict=True):
        for word in () if row.made else {token.lower() for token in tokens_}:
            users[word].add(row.source)
    least = BREADTH * len({row.source for row in found if not row.made})
    broad = (word for word in background() if len(users[word]) >= least and not word[0].isdigit())
    return frozenset(itertools.islice(broad, COMMON))


def _counted(block: Block) -> Callable[[list[str]], list[str]]:
    return lambda found: list(block.read(found).elements())


def judged(text: str) -> bool:
    """Whether the door gives this text a score."""
    return score_of(text, scorer=lambda _: 0.0)[0] is not None
