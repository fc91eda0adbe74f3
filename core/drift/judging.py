"""One author checked for drift: readings, the statistic by segment of the timeline, the alarm; all kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import drift as statistic
from analytics import voice
from core import store
from core.drift import finding, readings
from core.drift.curve import Curve, empty, pack, seconds
from core.drift.settling import settle
from core.drift.timeline import ORIGINS, OWN, Item, Segment, items, places, segments
from core.people import WORKER
from core.store import authors, drift
from core.store.base import now

VERSION = "check-1"
"""Of what a check keeps and how it cuts timelines; what measures has versions of its own, see `revision`."""
NEAR = 60
"""Posts before an alarm among which its change is looked for, where the whole timeline shows another one."""
FRESH = 20
"""Posts that a baseline needs which a person began at a change."""
IMPORTING = timedelta(minutes=15)
"""An import without an end that is older was given up."""


Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """What was found of the posts in use, with the alarm's change where one stands or stood lately."""

    curve: Curve
    reason: str
    """Why nothing is judged since the newest baseline; empty where something is."""
    found: finding.Found | None
    apart: list[dict[str, Any]]
    """The posts since the newest baseline judged by origin, where there is more than their own writing."""


def revision(of_posts: str) -> str:
    """What a check rests on: the posts, the baseline, and the versions of what measures. Redone when it changes."""
    return f"{VERSION} {statistic.version()} {of_posts}"[:200]


def check(author_id: str, progress: Callable[[int], None] | None = None) -> bool:
    """Judge an author anew; True where an alarm was opened. Raises NotFound.

    Everything is read before and written after in one short transaction each: killed in between, nothing is lost.
    """
    with store.reading() as tx:  # before anything is read: what changes meanwhile makes this check stale
        authors.get(tx, author_id)
        rested = revision(drift.revisions(tx).get(author_id, ""))
    readings.measure_missing(author_id, progress)
    with store.reading() as tx:
        everything, begun = items(tx, author_id), drift.baselines(tx, author_id)
        last = drift.state(tx, author_id)
    before = last.summary.get("baseline") if last else None
    found = judge(everything, segments(everything, begun), readings.of_author(author_id), before)
    record = finding.describe(found.curve, found.found) if found.found else {}
    with store.writing(WORKER) as tx:
        authors.get(tx, author_id)  # they may have been removed meanwhile
        seen = places(everything).get(str(last.summary.get("newest")), -1) if last else -1
        drift.keep_state(
            tx,
            author_id,
            revision=rested,
            n=found.curve.n,
            judged=found.curve.judged,
            reason=found.reason,
            summary=_summary(everything, found),
            curve=pack(found.curve),
        )
        return settle(tx, author_id, everything, found.curve, found.found, record, seen)


def stale() -> list[str]:
    """Authors whose last check is not of what is there now; not those whose import is still coming in."""
    with store.reading() as tx:
        present, kept = drift.revisions(tx), drift.states(tx)
        waiting = drift.being_imported(tx, now() - IMPORTING)
    return [
        author
        for author, posts in present.items()
        if author not in waiting and (author not in kept or kept[author].revision != revision(posts))
    ]


def check_all(progress: Callable[[int, int], None] | None = None) -> int:
    """Check every author of whom something changed; how many there were."""
    waiting = stale()
    for number, author in enumerate(waiting):
        if progress is not None:
            progress(number, len(waiting))
        check(author)
    return len(waiting)


def judge(
    everything: Sequence[Item],
    cut: Sequence[Segment],
    read: Mapping[str, voice.Reading],
    before: Sequence[Any] | None = None,
) -> Judged:
    """The statistic of every post in use, each segment against its own baseline. Posts without a reading: NaN.

    `before`: first and last post of the newest segment's baseline at the check before, see `_grown`.
    """
    used = [item for item in everything if not item.excluded]
    if not used:
        return Judged(empty(), "There are no posts yet.", None, [])
    n = len(used)
    out = {name: np.full(n, np.nan, np.float32) for name in ("statistic", "threshold", "low", "high")}
    alarm, segment, base = np.zeros(n, np.bool_), np.zeros(n, np.int32), np.zeros(n, np.bool_)
    reason, change, apart = "", None, []
    for number, part in enumerate(cut):
        segment[part.start : part.end] = number
        rows = np.array([at for at in range(part.start, part.end) if used[at].id in read], dtype=np.int64)
        found = [read[used[at].id] for at in rows]
        kept = [used[at].id for at in rows] if before and part is cut[-1] and part.baseline is None else []
        watch = _grown(found, kept, before) or statistic.watch(found, _chosen(part, rows))
        reason, change = _reason(watch, part), None
        if len(rows):
            for name, values in out.items():
                values[rows] = getattr(watch, name)
            alarm[rows] = watch.alarm
            base[rows[slice(*watch.baseline)]] = True
        change = _change(found, watch, rows)
        apart = _apart(found, watch, [used[at].origin for at in rows])
    weeks, values = _weekly(used, out["statistic"])
    curve = Curve(
        ids=np.array([item.id for item in used], dtype="U26"),
        origin=np.array([item.origin for item in used], dtype=np.uint8),
        seconds=np.array([seconds(item.date) for item in used], dtype=np.int64),
        segment=segment,
        baseline=base,
        alarm=alarm,
        weeks=weeks,
        week_values=values,
        **out,
    )
    return Judged(curve, reason, finding.standing(curve, cut[-1], change), apart)


def _chosen(part: Segment, rows: Rows) -> tuple[int, int] | None:
    """The baseline of a segment within the posts of it that were read; None: analytics.drift's own choice.

    One that a person began without an end takes more posts than that would with few: they know it changed just now.
    """
    if part.baseline is not None:
        first, end = np.searchsorted(rows, part.baseline)
        return int(first), int(end)
    if part.chosen is None:
        return None
    return 0, min(len(rows), statistic.BASELINE, max(FRESH, len(rows) - statistic.MIN_BASELINE))


def _grown(found: Sequence[voice.Reading], ids: Sequence[str], before: Sequence[Any] | None) -> statistic.Watch | None:
    """With few posts a baseline grows as more come. Not where the one of the check before finds an alarm in them.

    Otherwise the posts that differ would become part of what they are compared with. None: grow, or nothing is known.
    """
    if not before or before[0] not in ids[:1] or before[1] not in ids:
        return None
    end = ids.index(before[1]) + 1
    if end >= statistic.BASELINE or end < statistic.MIN_BASELINE:
        return None
    watch = statistic.watch(found, (0, end))
    return watch if watch.alarm.any() else None


def _weekly(used: Sequence[Item], figures: npt.NDArray[np.float32]) -> tuple[Rows, npt.NDArray[np.float32]]:
    """One figure a week (Mondays as a curve keeps dates), where every post has a date."""
    days = [item.date.date() for item in used if item.date]
    found = statistic.weekly(days, figures.astype(np.float64)) if len(days) == len(used) else []
    mondays = [seconds(datetime.combine(day, time(), UTC)) for day, _ in found]
    return np.array(mondays, dtype=np.int64), np.array([value for _, value in found], dtype=np.float32)


def _apart(found: Sequence[voice.Reading], watch: statistic.Watch, origins: Sequence[int]) -> list[dict[str, Any]]:
    """Posts of each origin judged without the others: whether it is the machine-written ones that drift."""
    first, end = watch.baseline
    since = range(end, watch.n)
    if watch.reason or {origins[at] for at in since} <= {OWN}:
        return []
    out = []
    for origin, name in enumerate(ORIGINS):
        own = [found[at] for at in since if origins[at] == origin]
        alone = statistic.watch([*found[first:end], *own], (0, end - first))
        judged = np.flatnonzero(~np.isnan(alone.statistic))
        if len(judged):
            out.append({"origin": name, "n": len(judged), "alarm": bool(alone.alarm.any())})
    return out


def _change(found: Sequence[voice.Reading], watch: statistic.Watch, rows: Rows) -> finding.Change | None:
    """The change behind the newest alarm, as rows of the curve.

    A timeline is searched for one change. Where that is not the one behind the newest alarm, the posts just before
    this alarm are searched by themselves, against the same baseline.
    """
    runs = finding.runs(watch.alarm, ~np.isnan(watch.statistic))
    if not runs:
        return None
    onset, end = runs[-1]
    before = runs[-2][1] if len(runs) > 1 else watch.baseline[1] - 1
    change, place = watch.change, np.arange(len(rows))
    if change is None or not before < change.index <= end:
        base = np.arange(*watch.baseline)
        place = np.concatenate([base, np.arange(max(before + 1, onset - NEAR), end + 1)])
        change = statistic.watch([found[int(at)] for at in place], (0, len(base))).change
    if change is None:
        return None
    last = len(place) - 1
    first, low, high = (int(rows[place[max(0, min(at, last))]]) for at in (change.index, change.low, change.high))
    return finding.Change(first, low, high, float(change.effect))


def _reason(watch: statistic.Watch, part: Segment) -> str:
    """Why nothing is judged since the newest baseline, in words for a person."""
    if part.chosen is not None and part.baseline is None and watch.reason and watch.n < FRESH:
        return f"The new baseline has {watch.n} of the {FRESH} posts that it needs; after them posts are judged again."
    return watch.reason


def _summary(everything: Sequence[Item], found: Judged) -> dict[str, object]:
    """What lists show of a check without its curve."""
    curve = found.curve
    last = int(curve.segment[-1]) if curve.n else 0
    base = np.flatnonzero(curve.baseline & (curve.segment == last))
    since = curve.segment == last
    return {
        "newest": str(curve.ids[-1]) if curve.n else None,
        "origins": found.apart,
        "left_out": sum(item.excluded for item in everything),
        "judged": int((since & ~np.isnan(curve.statistic)).sum()),
        "baseline": [str(curve.ids[base[0]]), str(curve.ids[base[-1]]), len(base)] if len(base) else None,
        "alarm": bool(found.found and found.found.stands),
    }
