"""Whether an author still writes as they did: a statistic a post, a calibrated alarm, and after it a change point.

`python -m analytics.drift --posts X.jsonl --out Y.jsonl` does it for whole files.
"""

from __future__ import annotations

import argparse
import json
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics import doors, drift_scan
from analytics.drift_scores import Bank, Own, Posts, bank, own, posts, version
from analytics.voice import Reading, read

__all__ = ["Change", "Watch", "version", "watch", "weekly"]

BASELINE = 35
MIN_BASELINE = 10
"""Fewer posts make no baseline."""
LONGEST_BASELINE = 70
"""Posts that passed extend the baseline, which keeps the latest so many."""
MIN_WORDS = 5
"""Of a shorter post nothing is said; under 20 words it counts in part."""
AHEAD = 35
FALSE_ALARMS = 0.05
"""Share of stretches of `AHEAD` posts like the baseline that may alarm."""
MAX_STRETCHES = 20
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Change:
    """Where an author's writing changed; told only after an alarm."""

    index: int  # first post after the change
    low: int
    high: int  # 9 times in 10 the first post after the change is one of low..high
    effect: float  # how far the mean moved, in the author's own spreads


@dataclass(frozen=True, eq=False)
class Watch:
    """An author's timeline: the statistic, what is usual, and where the alarm stands. Arrays are (n,)."""

    n: int
    baseline: tuple[int, int]  # (first, past the last)
    statistic: Floats  # NaN where not judged
    threshold: Floats
    low: Floats
    high: Floats  # the band of what is usual
    alarm: npt.NDArray[np.bool_]
    change: Change | None = None
    reason: str = ""  # why nothing is judged
    line: Floats = field(default_factory=lambda: np.zeros(0))  # how unlike the baseline each post is, in its spreads


def watch(readings: Sequence[Reading], baseline: tuple[int, int] | None = None, known: Bank | None = None) -> Watch:
    """Watch an author's posts, in order of time, against the baseline's rows (automatic: the first 35 or fewer).

    The statistic is Page's cumulative sum of how far posts lie beyond what people move by themselves, as a share of
    the way to other people's writing. The limit is the higher of what the author's own baseline, cross-scored, reaches
    by chance in `AHEAD` posts and what pooled clean timelines reach. Posts that pass extend the baseline slowly.
    `known` is for the benchmark, which leaves out whom it judges. Raises ValueError where the baseline is no part of
    the posts.
    """
    n = len(readings)
    if baseline is not None and not 0 <= baseline[0] <= baseline[1] <= n:
        raise ValueError(f"The baseline {baseline} is no part of {n} posts.")
    first, end = baseline or (0, min(BASELINE, max(MIN_BASELINE, n - MIN_BASELINE), n))
    found = posts(readings)
    judged = found.words >= MIN_WORDS
    rows = np.flatnonzero(judged[first:end]) + first
    if len(rows) < MIN_BASELINE:
        return _nothing(
            n, (first, end), f"A baseline needs {MIN_BASELINE} posts of {MIN_WORDS} words; it has {len(rows)}."
        )
    if end >= n:
        return _nothing(n, (first, end), "There is no post after the baseline yet.")
    after = np.flatnonzero(judged[end:]) + end
    state = _follow(found, rows, after, known or bank())
    return _told(n, (first, end), rows, after, state)


@dataclass(eq=False)
class _State:
    """What is known while a timeline is followed; arrays are as long as the posts after the baseline."""

    line: Floats
    sums: Floats
    limit: Floats
    usual: Floats
    base: Floats
    foreign: float = 1.0


def _follow(found: Posts, rows: Rows, after: Rows, known: Bank) -> _State:
    """Follow the posts in stretches; after each, those that passed extend the baseline."""
    size = max(AHEAD, -(-len(after) // MAX_STRETCHES))
    line, sums, limit, usual = (np.full(len(after), np.nan) for _ in range(4))
    base, foreign, value, passed = np.zeros(0), 1.0, 0.0, 0
    for start in range(0, len(after), size):
        part = slice(start, start + size)
        if not start or passed == start:  # the baseline stands still while something is odd
            kept = after[:start][sums[:start] <= limit[:start]]
            model = own(found.pick(np.concatenate([rows, kept])[-max(LONGEST_BASELINE, len(rows)) :]), known)
            top, high = _limits(model, len(rows), known)
            if not start:
                base, foreign = model.line, model.foreign
        line[part] = model.score(found.pick(after[part]))
        step = drift_scan.steps(line[part], model.foreign, found.words[after[part]])
        sums[part] = drift_scan.sums(step, drift_scan.most(top), value)
        limit[part], usual[part] = top, high
        value = float(sums[part][-1])
        if value <= top / 2:
            passed = min(start + size, len(after))
    return _State(line, sums, limit, usual, base, foreign)


def _limits(model: Own, size: int, known: Bank) -> tuple[float, float]:
    """(The alarm's limit, what the sum usually stays under)."""
    pooled = float(np.interp(size, *known.limits))
    chance = drift_scan.by_chance(model.line, model.foreign, AHEAD)
    return max(pooled, float(np.quantile(chance.max(axis=1), 1 - FALSE_ALARMS))), float(np.quantile(chance, 0.95))


def _told(n: int, baseline: tuple[int, int], rows: Rows, after: Rows, state: _State) -> Watch:
    statistic, limit, line = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    statistic[after], line[after], line[rows] = state.sums, state.line, state.base
    limit[baseline[1] :] = _filled(after - baseline[1], state.limit, n - baseline[1])
    high[baseline[1] :] = _filled(after - baseline[1], state.usual, n - baseline[1])
    low[baseline[1] :] = 0.0
    over = state.sums > state.limit
    alarm = np.zeros(n, dtype=bool)
    alarm[after] = over
    change = _change(state, over, after) if over.any() else None
    return Watch(n, baseline, statistic, limit, low, high, alarm, change, line=line)


def _filled(at: Rows, values: Floats, n: int) -> Floats:
    """Values at some of n places, the last known one (at first: the first) everywhere."""
    if not len(at):
        return np.full(n, np.nan)
    return np.asarray(values[np.maximum(np.searchsorted(at, np.arange(n), "right") - 1, 0)])


def _change(state: _State, over: npt.NDArray[np.bool_], after: Rows) -> Change:
    """Where the first alarm's change lies: the best cut of the baseline and the posts until the alarm ended."""
    first = int(np.argmax(over))
    last = first + int(np.argmin(np.append(over[first:], False)))
    start = max(0, first - BASELINE)
    lead = state.base if start == 0 else state.line[:0]
    values = np.clip(np.concatenate([lead, state.line[start:last]]), drift_scan.LEAST, drift_scan.MOST * state.foreign)
    at = min(max(drift_scan.cut(values), len(lead), 1), len(values) - 1)
    low, high = drift_scan.interval(values, at)

    def place(k: int) -> int:
        return int(after[min(max(k - len(lead) + start, 0), first)])

    effect = float(values[at:].mean() - values[:at].mean())  # the line is in the baseline's spreads already
    return Change(place(at), min(place(low), place(at)), max(place(high), place(at)), effect)


def weekly(dates: Sequence[date], statistic: Floats) -> list[tuple[date, float]]:
    """(Monday of the week, highest statistic of its posts) for every week that has a judged post, in order."""
    out: dict[date, float] = {}
    for day, value in zip(dates, statistic, strict=True):
        if not math.isnan(value):
            monday = date.fromordinal(day.toordinal() - day.weekday())
            out[monday] = max(out.get(monday, -math.inf), float(value))
    return sorted(out.items())


def _nothing(n: int, baseline: tuple[int, int], reason: str) -> Watch:
    none = np.full(n, np.nan)
    return Watch(n, baseline, none, none, none, none, np.zeros(n, dtype=bool), None, reason, none)


def _places(source: Path) -> tuple[dict[str, array[int]], dict[str, list[float | str]]]:
    """Where each author's lines begin in the file, and their `order`."""
    starts: dict[str, array[int]] = {}
    orders: dict[str, list[float | str]] = {}
    progress = doors.Progress("finding authors", source.stat().st_size)
    at = before = 0  # where the line begins that is read, and how many lines lie before it

    def tick(done: int) -> None:
        nonlocal at, before
        at, before = done, before + 1
        progress(done)

    for post in doors.records(source, {"author": (str,), "order": (int, float, str), "text": (str,)}, tick):
        author, order = post["author"], post["order"]
        known = orders.setdefault(author, [])
        if known and isinstance(known[0], str) != isinstance(order, str):
            raise doors.BadRecordError(
                f"{source}, line {before + 1}: “order” is {_kind(order)} here and {_kind(known[0])} in an earlier line "
                f"of “{author}”. Use one kind for an author."
            )
        known.append(order)
        starts.setdefault(author, array("q")).append(at)
    progress.end()
    return starts, orders


def _kind(order: float | str) -> str:
    return "text" if isinstance(order, str) else "a number"


def _text(line: bytes) -> str:
    """The text of a line that was found good."""
    return str(json.loads(line.decode("utf-8-sig"))["text"])


def _rows(author: str, found: Watch) -> Iterator[doors.Record]:
    for at in range(found.baseline[1], found.n):
        yield {
            "author": author,
            "index": at,
            "statistic": float(found.statistic[at]),
            "threshold": float(found.threshold[at]),
            "alarm": bool(found.alarm[at]),
        }


def main(argv: Sequence[str] | None = None) -> None:
    """The shell door: watch every author of a file of posts."""
    parser = argparse.ArgumentParser(prog="python -m analytics.drift", description="Watch authors for drift.")
    parser.add_argument("--posts", type=Path, required=True, help='JSON Lines: {"author", "order", "text"}')
    parser.add_argument("--out", type=Path, required=True, help="JSON Lines, one for each post after the baseline")
    args = parser.parse_args(argv)
    doors.distinct(args.posts, args.out)
    starts, orders = _places(args.posts)
    progress = doors.Progress("watching", sum(map(len, starts.values())))
    done = 0
    with args.posts.open("rb") as file, doors.writing(args.out) as put:
        for author, places in starts.items():
            readings = []
            for k in sorted(range(len(places)), key=orders[author].__getitem__):
                file.seek(places[k])
                readings.append(read(_text(file.readline())))
                progress(done := done + 1)
            put(_rows(author, watch(readings)))
    progress.end()


if __name__ == "__main__":
    raise SystemExit(doors.run(main))
