"""An author's style over time, as arrays: what the Style page draws. Vectors are read as bare columns.

Whether the voice has changed is core.drift's to say; the distance here is of single posts, to find the odd one.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from analytics import distance
from analytics.cadence import posts_a_week
from analytics.features import FEATURES, INDEX, NAMES, VERSION, features
from core import store
from core.export import csv_bytes
from core.store import Actor, samples

Floats = npt.NDArray[np.float64]
ENOUGH = 3
"""Posts below which nothing is drawn."""
KEPT = 24
"""Views kept in memory: about 8 MB each at 10,000 posts."""
BATCH = 100


@dataclass(frozen=True, eq=False)
class StyleView:
    """An author's posts, the oldest first, with how far each lies from the author's own past. Arrays have n rows."""

    author_id: str
    revision: tuple[object, ...]
    ids: list[str]
    dates: list[datetime | None]
    first_lines: list[str]
    values: npt.NDArray[np.float32]  # (n, len(NAMES)), see analytics.features
    distance: Floats  # NaN: too short, or too few before it
    odd: npt.NDArray[np.bool_]  # further away than 19 of 20 earlier posts
    numbers: npt.NDArray[np.int64]  # the post's place in the author's order, from 1

    missing: int  # samples that are not measured yet, see measure_missing

    @property
    def n(self) -> int:
        """How many posts."""
        return len(self.ids)

    @functools.cached_property
    def dated(self) -> bool:
        """Whether every post has a date; otherwise their order is the axis."""
        return self.n > 0 and all(self.dates)

    @property
    def judged(self) -> int:
        """Posts whose distance could be said."""
        return int((~np.isnan(self.distance)).sum())

    def column(self, name: str) -> Floats:
        """One feature over all posts, by its name in analytics.features."""
        return self.values[:, INDEX[name]].astype(np.float64)

    def span(self, first: int, last: int) -> StyleView:
        """The posts of rows `first` to `last`, both included, each still measured against the whole past."""
        cut = slice(first, last + 1)
        return replace(
            self,
            revision=(*self.revision, first, last),
            ids=self.ids[cut],
            dates=self.dates[cut],
            first_lines=self.first_lines[cut],
            values=self.values[cut],
            distance=self.distance[cut],
            odd=self.odd[cut],
            numbers=self.numbers[cut],
        )

    def between(self, start: date, end: date) -> StyleView:
        """The posts dated from `start` to `end`, both included. Only for dated authors."""
        at = [n for n, day in enumerate(self.dates) if day and start <= day.date() <= end]
        return self.span(at[0], at[-1]) if at else self.span(0, -1)

    def weeks(self) -> list[tuple[datetime, int]]:
        """Posts a week, from the first to the last dated one."""
        return posts_a_week([day for day in self.dates if day])


_views: OrderedDict[tuple[str, tuple[object, ...]], StyleView] = OrderedDict()
_lock = threading.Lock()


def view(author_id: str) -> StyleView:
    """The author's style, from memory while no sample was added, left out or measured anew."""
    with store.reading() as tx:
        revision = samples.style_revision(tx, author_id, VERSION)
        with _lock:
            if kept := _views.get((author_id, revision)):
                _views.move_to_end((author_id, revision))
                return kept
        rows = samples.style_rows(tx, author_id, VERSION)
    found = _measured(author_id, revision, rows, revision[0] - revision[1])
    with _lock:
        for stale in [key for key in _views if key[0] == author_id]:
            del _views[stale]
        _views[author_id, revision] = found
        while len(_views) > KEPT:
            _views.popitem(last=False)
    return found


def measure_missing(author_id: str, actor: Actor, limit: int = BATCH) -> int:
    """Measure up to `limit` samples that were not measured by this version; how many are left. A short batch each."""
    with store.reading() as tx:
        waiting = samples.unmeasured(tx, author_id, VERSION, limit)
    if waiting:
        vectors = {id_: features(text).tobytes() for id_, text in waiting}
        with store.writing(actor) as tx:
            samples.keep_features(tx, vectors, VERSION)
    with store.reading() as tx:
        count, measured, *_ = samples.style_revision(tx, author_id, VERSION)
    return count - measured


def _measured(
    author_id: str,
    revision: tuple[object, ...],
    rows: Sequence[tuple[str, datetime | None, str, bytes]],
    missing: int,
) -> StyleView:
    values = np.frombuffer(b"".join(row[3] for row in rows), dtype=np.float32).reshape(len(rows), len(NAMES))
    away = distance.distances(values)
    _, limit = distance.band(away)
    return StyleView(
        author_id=author_id,
        revision=revision,
        ids=[row[0] for row in rows],
        dates=[row[1] for row in rows],
        first_lines=[row[2] for row in rows],
        values=values,
        distance=away,
        odd=np.nan_to_num(away, nan=-1.0) > np.nan_to_num(limit, nan=np.inf),
        numbers=np.arange(1, len(rows) + 1),
        missing=missing,
    )


@dataclass(frozen=True)
class Reason:
    """One way in which a post is unlike its author's earlier ones."""

    name: str
    label: str
    value: float
    usual: float
    unit: str
    z: float


def reasons(found: StyleView, row: int, most: int = 3) -> list[Reason]:
    """What makes a post of an uncut view unusual, the strongest first, beside the median of the earlier posts."""
    spread = distance.z_score(found.values[:row], found.values[row])
    _, weight = distance.usual()
    pull = np.nan_to_num(np.minimum(np.abs(spread), distance.CUT) * weight)
    out = []
    for at in np.argsort(-pull)[:most]:
        if pull[at] <= 0 or abs(spread[at]) < 1:
            break
        usual, one = float(np.nanmedian(found.values[:row, at])), FEATURES[at]
        value = float(found.values[row, at])
        out.append(Reason(one.name, one.label, value, usual, one.unit, float(spread[at])))
    return out


def medians(found: StyleView) -> Floats:
    """The median of every feature: (len(NAMES),), NaN where no post has one."""
    return _over(found, np.nanmedian)


def averages(found: StyleView) -> Floats:
    """The mean of every feature: (len(NAMES),), NaN where no post has one."""
    return _over(found, np.nanmean)


def _over(found: StyleView, statistic: Callable[..., Floats]) -> Floats:
    known = ~np.isnan(found.values).all(axis=0) if found.n else np.zeros(len(NAMES), bool)
    out = np.full(len(NAMES), np.nan)
    if known.any():
        out[known] = statistic(found.values[:, known].astype(np.float64), axis=0)
    return out


def to_csv(name: str, found: StyleView) -> bytes:
    """Every post with its distance and all its numbers; no cell can run as a spreadsheet's formula."""
    header = ("author", "post", "date", "first lines", "distance", "unusual", *NAMES)
    return csv_bytes(
        header,
        (
            (
                name,
                int(found.numbers[at]),
                day.isoformat() if (day := found.dates[at]) else "",
                found.first_lines[at],
                _number(found.distance[at]),
                "yes" if found.odd[at] else "",
                *(_number(value) for value in found.values[at]),
            )
            for at in range(found.n)
        ),
    )


def _number(value: float) -> float | str:
    return "" if np.isnan(value) else float(f"{value:.5g}")
