"""An author's timeline: their own posts and those approved in Timbre, in order of time, each with its origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.store import Reading, drift
from core.store.drift import PostLine, SampleLine
from core.store.tables import Baseline

OWN, WITH_TIMBRE, TYPED = 0, 1, 2
ORIGINS: Final = ("their own writing", "written with Timbre", "typed in Timbre")
"""By the number that a curve keeps: imported; a variant became the post; typed into Timbre by a person."""


@dataclass(frozen=True, slots=True)
class Item:
    """One post of a timeline: a sample, or a post of Timbre's own."""

    id: str
    date: datetime | None
    origin: int
    words: int
    excluded: bool = False


def items(tx: Reading, author_id: str) -> list[Item]:
    """The timeline, those left out too. A sample that is the import of a post written here counts once, as the post."""
    samples, posts = drift.sample_lines(tx, author_id), drift.post_lines(tx, author_id)
    again = _same(tx, samples, posts)
    own = [Item(s.id, s.date, OWN, s.words, s.excluded) for s in samples if s.id not in again]
    here = [Item(p.id, p.date, WITH_TIMBRE if p.variant_id else TYPED, 0) for p in posts]
    if any(item.date is None for item in own):  # no common clock: what was written here came after the import
        return own + here
    return sorted(own + here, key=lambda item: (item.date is None, item.date))


def _same(tx: Reading, samples: Sequence[SampleLine], posts: Sequence[PostLine]) -> set[str]:
    """Samples whose text is that of a post written here."""
    if not posts:
        return set()
    from core.collect import text_hash  # late: it brings the importers with it

    written = {text_hash(text) for text in drift.texts(tx, [p.id for p in posts]).values()}
    return {s.id for s in samples if s.text_hash in written}


@dataclass(frozen=True)
class Segment:
    """Posts that are judged by one baseline: rows `start` to `end` (past the last) of the posts in use."""

    start: int
    end: int
    baseline: tuple[int, int] | None
    """Rows of the baseline within the posts in use; None: chosen automatically from `start` on."""
    chosen: Baseline | None = None


def segments(everything: Sequence[Item], begun: Sequence[Baseline]) -> list[Segment]:
    """How a timeline is cut by the baselines that were begun, the oldest first. The last one counts today.

    A newer baseline takes the place of those that begin at or after it; one without a first post clears them all.
    A post that was left out since stands for the next one in use; one that is gone for good is passed over.
    """
    used = [item.id for item in everything if not item.excluded]
    place = places(everything)
    chosen: list[tuple[int, int | None, Baseline]] = []
    for row in begun:
        if row.first_id is None:
            chosen = []
        elif (first := place.get(row.first_id)) is not None and first < len(used):
            last = place.get(row.last_id) if row.last_id else None
            chosen = [one for one in chosen if one[0] < first]
            chosen.append((first, None if last is None or last < first else last + 1, row))
    cuts = [(0, None, None), *chosen] if not chosen or chosen[0][0] > 0 else list(chosen)
    ends = [cut[0] for cut in cuts[1:]] + [len(used)]
    return [
        Segment(start, end, (start, min(last, end)) if last else None, row)
        for (start, last, row), end in zip(cuts, ends, strict=True)
    ]


def places(everything: Sequence[Item]) -> dict[str, int]:
    """Each post's row among those in use; one that was left out has the row of the next one."""
    out, row = {}, 0
    for item in everything:
        out[item.id] = row
        row += not item.excluded
    return out
