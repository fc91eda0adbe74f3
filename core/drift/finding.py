"""What an alarm is about: when the change was, how large it is, what is different, and the posts that show it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.features import NAMES, VERSION, Matrix, features
from core import store
from core.drift import words
from core.drift.curve import Curve
from core.drift.timeline import ORIGINS, Segment
from core.store import drift

LATELY = 35
"""Judged posts without one by which two alarms must be apart to be two: as many as a false alarm is counted on."""
SIDE = 120
"""Posts on each side of a change that are compared: enough to be sure, few enough to be of that time."""


@dataclass(frozen=True)
class Change:
    """Where the change is, as rows of the curve; `effect` in the author's own spreads."""

    first: int
    low: int
    high: int
    effect: float


@dataclass(frozen=True)
class Found:
    """An alarm of the newest segment: its change, the posts over which it stood, and whether it still does."""

    change: Change
    onset: int
    end: int
    stands: bool


def runs(alarm: npt.NDArray[np.bool_], judged: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(First, last) index of each time that an alarm stood; a pause of fewer than `LATELY` judged posts ends none."""
    rows = np.flatnonzero(judged)
    there = np.flatnonzero(alarm[rows])
    if not len(there):
        return []
    breaks = np.flatnonzero(np.diff(there) > LATELY)
    begins, ends = there[np.concatenate([[0], breaks + 1])], there[np.concatenate([breaks, [len(there) - 1]])]
    return [(int(rows[first]), int(rows[last])) for first, last in zip(begins, ends, strict=True)]


def standing(curve: Curve, part: Segment, change: Change | None) -> Found | None:
    """The newest alarm of the newest segment, whether it stands or has ended; a change is named only after one."""
    of_part = (curve.segment == curve.segment[-1]) & ~np.isnan(curve.statistic)
    found, judged = runs(curve.alarm, of_part), np.flatnonzero(of_part)
    if not found:
        return None
    onset, end = found[-1]
    before = found[-2][1] if len(found) > 1 else part.start
    if change is None or not before <= change.first <= end:
        earliest = int(max(part.start, onset - LATELY))
        change = Change(onset, earliest, onset, float("nan"))
    return Found(change, onset, end, end == judged[-1])


def describe(curve: Curve, found: Found) -> dict[str, Any]:
    """Everything a page says of an alarm, as JSON: read once in the worker, so that pages only show it."""
    change = found.change
    start = int(np.flatnonzero(curve.segment == curve.segment[-1])[0])
    base = np.flatnonzero(curve.baseline[: change.first])
    before = np.arange(max(start, change.first - SIDE), change.first)
    before = before if len(before) >= words.MIN_SIDE else base
    after = np.arange(change.first, min(found.end + 1, change.first + SIDE))
    one, two = (_matrix([str(curve.ids[row]) for row in side]) for side in (before, after))
    different = words.changed(one, two)
    old, new = words.showing(one, two, [c.name for c in different])
    return {
        "effect": None if np.isnan(change.effect) else round(change.effect, 2),
        "low": change.low + 1,
        "high": change.high + 1,
        "low_at": _day(curve, change.low),
        "high_at": _day(curve, change.high),
        "onset": found.onset + 1,
        "onset_at": _day(curve, found.onset),
        "since": curve.n - change.first,
        "compared": [len(before), len(after)],
        "changed": [c.record() for c in different],
        "before": [str(curve.ids[before[row]]) for row in old],
        "after": [str(curve.ids[after[row]]) for row in new],
        "origins": [_origins(curve, side) for side in (before, after)],
    }


def _day(curve: Curve, row: int) -> str | None:
    date = curve.date(row) if curve.dated else None
    return date.isoformat() if date else None


def _origins(curve: Curve, rows: np.ndarray[Any, Any]) -> dict[str, int]:
    counted = Counter(int(origin) for origin in curve.origin[rows])
    return {ORIGINS[origin]: n for origin, n in sorted(counted.items())}


def _matrix(ids: list[str]) -> Matrix:
    """The feature vectors of samples and posts, in order; what has none in the store is measured here."""
    with store.reading() as tx:
        kept = drift.features(tx, ids, VERSION)
        missing = drift.texts(tx, [id_ for id_ in ids if id_ not in kept])
    rows = [np.frombuffer(kept[i], np.float32) if i in kept else features(missing.get(i, "")) for i in ids]
    return np.vstack(rows) if rows else np.zeros((0, len(NAMES)), np.float32)
