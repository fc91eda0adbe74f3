"""Drift: how many splices are found and how soon, false alarms, and where the cut lies, each author left out.

A timeline is 35 posts of an author as the baseline, 15 more of their own, then 20 of somebody else. What is judged has
no part in what judges it: for each pair of folds (author, other author or model) the bank is fitted on the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import distance, drift
from analytics.drift_scores import Bank
from analytics.features import INDEX, matrix
from analytics.voice import Reading
from bench.voice import fit_drift

BASELINE, OWN, OTHER, AHEAD = 35, 15, 20, 35
FOLDS = 5
STATISTICS = ("readability z-score", "style, rolling mean of 5", "drift")
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """What a statistic made of one timeline."""

    kind: str  # linkedin | blog
    what: str  # clean | other author | model
    host: str
    guest: str
    statistic: str
    delay: float  # posts until the first alarm after the splice, from 1; inf: none. Clean: alarms a stretch of 35
    cut: float = np.nan  # how many posts the named change lies from the splice
    binseg: float = np.nan  # the same by ruptures


def run(most: int = 6, seed: int = 0) -> dict[str, Any]:
    """All timelines, as {"rows": table rows, "n": ...}; most: timelines of one author."""
    people, models = fit_drift.people(), fit_drift.models()
    banks = _Banks(people, models)
    found: list[Found] = []
    rng = np.random.default_rng(seed)
    for host, posts in people.items():
        if len(posts) < BASELINE + OWN:
            continue
        kind = fit_drift.kind_of(host)
        for start in fit_drift.starts(len(posts), BASELINE, most):
            mine = posts[start : start + BASELINE + AHEAD]
            found += _clean(kind, host, mine, banks.get(banks.fold[host], banks.fold[host]))
            guests = {n: p for n, p in people.items() if n != host and n.startswith(kind) and len(p) >= 10}
            for what, some in (("other author", guests), ("model", models[kind])):
                for guest, theirs in some.items():
                    at = int(rng.integers(0, max(1, len(theirs) - OTHER + 1)))
                    there = theirs[at : at + OTHER]
                    if what == "model":
                        there = [theirs[k] for k in rng.permutation(len(theirs))[:OTHER]]
                    if len(there) >= 10:
                        bank = banks.get(banks.fold[host], banks.fold[guest])
                        found += _splice(kind, what, host, guest, [*mine[: BASELINE + OWN], *there], bank)
    return {"rows": rows(found), "cuts": cuts(found), "timelines": len(found) // len(STATISTICS)}


class _Banks:
    """Banks fitted without the authors of two folds and the models of the second, made once."""

    def __init__(self, people: dict[str, list[Reading]], models: dict[str, dict[str, list[Reading]]]) -> None:
        self._people, self._models = people, models
        self._kept: dict[tuple[int, int], Bank] = {}
        names = [n for kind in ("linkedin", "blog") for n in people if fit_drift.kind_of(n) == kind]
        self.fold = {n: k % FOLDS for k, n in enumerate(names)}
        self.fold |= {n: k % FOLDS for some in models.values() for k, n in enumerate(some)}

    def get(self, a: int, b: int) -> Bank:
        """Without the folds a and b."""
        pair = (min(a, b), max(a, b))
        if pair not in self._kept:
            people = {n: p for n, p in self._people.items() if self.fold[n] not in pair}
            models = {
                kind: {n: p for n, p in some.items() if self.fold[n] not in pair} for kind, some in self._models.items()
            }
            self._kept[pair] = fit_drift.fit(people, models, most=6)
        return self._kept[pair]


def _alarms(readings: Sequence[Reading], bank: Bank) -> dict[str, tuple[Flags, drift.Watch | None]]:
    values = matrix([r.features for r in readings])
    watched = drift.watch(readings, (0, BASELINE), bank)
    return {
        "readability z-score": (_readability(values), None),
        "style, rolling mean of 5": (_style(values), None),
        "drift": (watched.alarm, watched),
    }


def _readability(values: npt.NDArray[np.float32]) -> Flags:
    """The mean of 5 of the Flesch-Kincaid grade's z, against what the baseline's own posts reach in 35 by chance."""
    grade = values[:, INDEX["flesch_kincaid_grade"]].astype(np.float64)
    base = grade[:BASELINE]
    z = (grade - np.nanmean(base)) / max(float(np.nanstd(base)), 1e-6)
    rng = np.random.default_rng(0)
    drawn = np.abs(_rolled(rng.choice(z[:BASELINE], (400, AHEAD + 4))))
    limit = float(np.nanquantile(np.nanmax(drawn, axis=1), 0.95))
    out = np.zeros(len(z), dtype=bool)
    out[BASELINE:] = np.abs(_rolled(z[BASELINE - 4 :])) > limit
    return out


def _rolled(x: Floats) -> Floats:
    return np.asarray(np.lib.stride_tricks.sliding_window_view(x, 5, axis=-1).mean(axis=-1))


def _style(values: npt.NDArray[np.float32]) -> Flags:
    """What the style page marks today: the rolling mean of 5 above its band for 3 posts in a row."""
    line = run_means(distance.distances(values))
    over = np.nan_to_num(line, nan=-np.inf) > np.nan_to_num(distance.band(line)[1], nan=np.inf)
    out = over & np.roll(over, 1) & np.roll(over, 2)
    out[:BASELINE] = False
    return np.asarray(out)


def _clean(kind: str, host: str, mine: Sequence[Reading], bank: Bank) -> list[Found]:
    ahead = len(mine) - BASELINE
    out = []
    for name, (alarm, _) in _alarms(mine, bank).items():
        out.append(Found(kind, "clean", host, "", name, float(alarm.any()) * AHEAD / ahead))
    return out


def _splice(kind: str, what: str, host: str, guest: str, posts: Sequence[Reading], bank: Bank) -> list[Found]:
    out, at = [], BASELINE + OWN
    for name, (alarm, watched) in _alarms(posts, bank).items():
        hits = np.flatnonzero(alarm[at:])
        delay = float(hits[0] + 1) if len(hits) else np.inf
        off = peer = np.nan
        if watched is not None and watched.change is not None and not alarm[:at].any():
            off, peer = abs(watched.change.index - at), abs(_binseg(watched.line) - at)
        out.append(Found(kind, what, host, guest, name, delay, off, peer))
    return out


def _binseg(line: Floats) -> int:
    import ruptures

    known = np.nan_to_num(line)
    return int(ruptures.Binseg(model="l2", min_size=3).fit(known[:, None]).predict(n_bkps=1)[0])


def run_means(found: Floats, size: int = 5) -> Floats:
    """The mean of each post's value and the `size` - 1 known ones before it: (n,), NaN where there are fewer."""
    out = np.full(len(found), np.nan)
    known = np.flatnonzero(~np.isnan(found))
    if len(known) >= size:
        sums = np.cumsum(np.insert(found[known], 0, 0.0))
        out[known[size - 1 :]] = (sums[size:] - sums[:-size]) / size
    return out


def rows(found: Sequence[Found], draws: int = 500) -> list[dict[str, Any]]:
    """A row for each kind, statistic and sort of timeline: shares with intervals by bootstrap over authors."""
    out: list[dict[str, Any]] = []
    for kind in ("linkedin", "blog"):
        for name in STATISTICS:
            for what in ("clean", "other author", "model"):
                some = [f for f in found if (f.kind, f.statistic, f.what) == (kind, name, what)]
                if not some:
                    continue
                row: dict[str, Any] = {"kind": kind, "statistic": name, "timelines": what, "n": len(some)}
                row["authors"] = len({f.host for f in some})
                if what == "clean":
                    row["false alarms per 35"] = _mean(some, lambda f: f.delay, draws)
                else:
                    for within in (5, 10, 20):
                        row[f"within {within}"] = _mean(some, _by(within), draws)
                    middle = float(np.median([f.delay for f in some]))
                    row["median delay"] = middle if np.isfinite(middle) else None  # None: over half were never found
                out.append(row)
    return out


def _by(within: int) -> Callable[[Found], float]:
    return lambda f: float(f.delay <= within)


def cuts(found: Sequence[Found]) -> list[dict[str, Any]]:
    """How often the first alarm's change is placed within 2 and 5 posts of the splice; beside it Binseg."""
    out = []
    for kind in ("linkedin", "blog"):
        some = [f for f in found if f.kind == kind and f.statistic == "drift" and not np.isnan(f.cut)]
        if some:
            row: dict[str, Any] = {"kind": kind, "n": len(some)}
            for name, values in (("drift", [f.cut for f in some]), ("Binseg", [f.binseg for f in some])):
                row |= {f"{name} within {k}": float(np.mean(np.array(values) <= k)) for k in (2, 5)}
            out.append(row)
    return out


def _mean(some: Sequence[Found], value: Callable[[Found], float], draws: int) -> tuple[float, float, float]:
    """(Mean, low, high): each author weighs the same; 95% by drawing authors, and other authors, anew."""
    hosts, guests = sorted({f.host for f in some}), sorted({f.guest for f in some})
    table = np.full((len(hosts), len(guests)), np.nan)
    for i, host in enumerate(hosts):
        for j, guest in enumerate(guests):
            cell = [value(f) for f in some if f.host == host and f.guest == guest]
            table[i, j] = np.mean(cell) if cell else np.nan
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(draws):
        part = table[rng.integers(0, len(hosts), len(hosts))][:, rng.integers(0, len(guests), len(guests))]
        drawn.append(np.nanmean(part) if not np.isnan(part).all() else np.nan)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(np.nanmean(np.nanmean(table, axis=1))), float(low), float(high)


def table(found: dict[str, Any]) -> str:
    """As text."""
    lines = []
    for row in found["rows"]:
        shares = [
            f"{key} {value[0]:.3f} [{value[1]:.2f}, {value[2]:.2f}]"
            for key, value in row.items()
            if isinstance(value, tuple)
        ]
        delay = f"  median delay {row['median delay'] or 'never'}" if "median delay" in row else ""
        head = f"{row['kind']:9}{row['statistic']:26}{row['timelines']:14}n={row['n']} of {row['authors']} authors  "
        lines.append(head + "  ".join(shares) + delay)
    lines += [str(row) for row in found["cuts"]]
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    if not fit_drift.DATA.exists():
        raise SystemExit(f"{fit_drift.DATA} is not here; there is nothing to measure on.")
    print(table(run()))


if __name__ == "__main__":
    main()
