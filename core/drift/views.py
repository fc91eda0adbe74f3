"""What pages and lists show of drift: an author's last check, the open alarms of everybody."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from core import store
from core.drift import say
from core.drift.curve import Curve, unpack
from core.drift.say import ACKNOWLEDGED, OPEN
from core.store import drift
from core.store.tables import Alarm, Author, Baseline, Drift

KEPT = 48
"""Curves kept in memory: about half a megabyte each at 10,000 posts."""


@dataclass(frozen=True)
class State:
    """What is known of an author's drift. `curve` is None before the first check."""

    author_id: str
    row: Drift | None
    curve: Curve | None
    alarms: list[Alarm]
    begun: list[Baseline]

    @property
    def reason(self) -> str:
        """Why nothing is judged, in words; empty where something is."""
        if self.row is None:
            return "This author was not checked yet: the worker does it."
        return self.row.reason if self.curve is not None else "This author is checked anew: the worker does it."

    @property
    def open(self) -> list[Alarm]:
        """The alarms that wait for a person."""
        return [alarm for alarm in self.alarms if alarm.status == OPEN]

    @property
    def baseline(self) -> tuple[int, int] | None:
        """First and last row of the baseline that counts today."""
        if self.curve is None or not self.curve.n:
            return None
        rows = np.flatnonzero(self.curve.baseline & (self.curve.segment == self.curve.segment[-1]))
        return (int(rows[0]), int(rows[-1])) if len(rows) else None

    @property
    def origins(self) -> list[dict[str, Any]]:
        """Posts of each origin judged by themselves: {origin, n, alarm}; empty where all is their own writing."""
        return list(self.row.summary.get("origins", ())) if self.row else []

    @property
    def chosen(self) -> Baseline | None:
        """The person's choice that counts today; None where the baseline is automatic."""
        newest = self.begun[-1] if self.begun else None
        return newest if newest is not None and newest.first_id is not None else None


def headline(found: State, name: str) -> str:
    """The answer to "has this voice changed?", in a sentence: the same on every page."""
    curve = found.curve
    if curve is None or not curve.n:
        return say.headline(name, found.alarms, 0)
    judged = np.flatnonzero(~np.isnan(curve.statistic) & (curve.segment == curve.segment[-1]))
    stood = judged[curve.alarm[judged]]
    decided = [alarm for alarm in found.alarms if alarm.status == ACKNOWLEDGED]
    if len(stood) and stood[-1] == judged[-1] and decided and not found.open:
        return f"{say.title(max(decided, key=lambda alarm: alarm.number), name)}, as acknowledged"
    last = f"{'on' if curve.dated else 'at'} {when(curve, int(stood[-1]))}" if len(stood) else ""
    return say.headline(name, found.alarms, judged_since(curve), found.chosen is not None, last)


def when(curve: Curve, row: int) -> str:
    """A post's date, or its number where posts have none."""
    date = curve.date(row) if curve.dated else None
    return f"{date.day} {date:%b %Y}" if date else f"post {row + 1:,}"


_curves: OrderedDict[tuple[str, datetime], Curve] = OrderedDict()
_lock = threading.Lock()


def state(author_id: str) -> State:
    """The last check of an author; the curve from memory while it is the same."""
    with store.reading() as tx:
        row = drift.state(tx, author_id)
        found, begun = drift.alarms(tx, author_id=author_id), drift.baselines(tx, author_id)
    return State(author_id, row, _curve(row) if row else None, found, begun)


def _curve(row: Drift) -> Curve | None:
    key = (row.author_id, row.checked_at)
    with _lock:
        if kept := _curves.get(key):
            _curves.move_to_end(key)
            return kept
    with store.reading() as tx:
        whole = drift.state(tx, row.author_id, curve=True)
    if whole is None:
        return None
    try:
        found = unpack(whole.curve)
    except ValueError:
        return None  # kept by another version: the worker checks again
    with _lock:
        for old in [old for old in _curves if old[0] == row.author_id]:
            del _curves[old]
        _curves[row.author_id, whole.checked_at] = found
        while len(_curves) > KEPT:
            _curves.popitem(last=False)
    return found


def alarms(open_only: bool = True) -> list[Alarm]:
    """Alarms over all authors, those that stand first, then the newest change."""
    with store.reading() as tx:
        return drift.alarms(tx, [OPEN] if open_only else None)


def alarm(alarm_id: str) -> Alarm:
    """One alarm. Raises NotFound."""
    with store.reading() as tx:
        return drift.alarm(tx, alarm_id)


def states() -> dict[str, Drift]:
    """The last check of every author, without its curve."""
    with store.reading() as tx:
        return drift.states(tx)


def texts(ids: list[str]) -> dict[str, str]:
    """The texts of posts of a timeline, by id."""
    with store.reading() as tx:
        return drift.texts(tx, ids)


def first_lines(ids: list[str]) -> dict[str, str]:
    """How posts of a timeline begin, by id."""
    with store.reading() as tx:
        return drift.first_lines(tx, ids)


def left_out(ids: list[str]) -> set[str]:
    """Those of the ids that are samples which were left out."""
    with store.reading() as tx:
        return drift.left_out(tx, ids)


def judged_since(curve: Curve) -> int:
    """How many posts are judged by the newest baseline."""
    return int((~np.isnan(curve.statistic) & (curve.segment == curve.segment[-1])).sum()) if curve.n else 0


def share_with_timbre(curve: Curve, size: int = 10) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(Rows, share of posts written with Timbre among the `size` posts up to each), both (n - size + 1,)."""
    if curve.n < size:
        return np.zeros(0, np.int64), np.zeros(0)
    sums = np.cumsum(np.insert((curve.origin == 1).astype(np.float64), 0, 0.0))
    return np.arange(size - 1, curve.n), (sums[size:] - sums[:-size]) / size


def names(found: list[Alarm], authors: list[Author]) -> dict[str, str]:
    """The authors of alarms, by id."""
    known = {author.id: author.name for author in authors}
    return {alarm.author_id: known.get(alarm.author_id, "somebody") for alarm in found}
