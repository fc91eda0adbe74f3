"""Count and fit what `analytics.drift` ships (`drift.npz`): `python -m bench.voice.fit_drift`.

Background, weights and pooled limits come from the authors given, so that the benchmark can leave out whom it judges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from analytics import drift_scan
from analytics.drift_scores import KEPT, VERSION, VIEWS, Bank, Posts, own, placed, posts, spreads, views
from analytics.voice import Reading, read

DATA = Path(__file__).parents[2].parent / "shared" / "data"
DRAFTS = Path(__file__).parents[1] / "drafts"
BASELINES = (20, 35)
AHEAD = 35
SHARE = 0.03
"""Of pooled clean timelines, how many may reach the pooled limit."""
SOON = 3
"""Posts after which half of LinkedIn splices should be found."""
MARGIN = 0.8
_FOLDS = 4
_COUNTED = 60.0  # posts of one author, at most
_SHARED = 3  # authors that a mark must have
Floats = npt.NDArray[np.float64]


def people(data: Path = DATA) -> dict[str, list[Reading]]:
    """Every author's posts in order of time."""
    found: dict[str, list[str]] = {}
    for line in (data / "posts.jsonl").read_text(encoding="utf8").splitlines():
        post = json.loads(line)
        found.setdefault(post["author"], []).append(post["text"])
    return {author: [read(text) for text in texts] for author, texts in found.items()}


def models(data: Path = DATA, drafts: Path = DRAFTS) -> dict[str, dict[str, list[Reading]]]:
    """What language models wrote, by kind (`linkedin`, `blog`: fiction stands in for blogs) and source."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in (data / "generated.jsonl").read_text(encoding="utf8").splitlines():
        text = json.loads(line)
        kind, source = ("blog", text["source"]) if text["kind"] == "fiction" else ("linkedin", "drafts")
        found.setdefault((kind, source), []).append(text["text"])
    for path in sorted(drafts.glob("*.jsonl")):
        for line in path.read_text(encoding="utf8").splitlines():
            found.setdefault(("linkedin", path.stem), []).append(json.loads(line)["text"])
    out: dict[str, dict[str, list[Reading]]] = {}
    for (kind, source), texts in found.items():
        out.setdefault(kind, {})[source] = [read(text) for text in texts]
    return out


def background(authors: Mapping[str, Posts]) -> Bank:
    """Counts and spreads of the authors, by kind; marks that fewer than 3 of them have are left out."""
    kinds = sorted({kind_of(name) for name in authors})
    rows = {name: p.counts() for name, p in authors.items()}
    shared = np.sum([r > 0 for r in rows.values()], axis=0) >= _SHARED
    weight = {name: min(1.0, _COUNTED / len(p.style)) for name, p in authors.items()}
    marks, mean, within, total = [], [], [], []
    for kind in kinds:
        names = [name for name in authors if kind_of(name) == kind]
        marks.append(np.sum([weight[name] * rows[name] for name in names], axis=0) * shared)
        means = np.array([np.nanmean(authors[n].style, axis=0) for n in names if len(authors[n].style) >= 5])
        spread = np.array([np.nanvar(authors[n].style, axis=0) for n in names if len(authors[n].style) >= 5])
        w = np.array([min(len(authors[n].style), _COUNTED) for n in names if len(authors[n].style) >= 5])
        share = (w / w.sum())[:, None]
        mean.append(np.nansum(share * means, axis=0))
        within.append(np.maximum(np.nansum(share * spread, axis=0), 1e-4))
        total.append(np.maximum(within[-1] + np.nansum(share * (means - mean[-1]) ** 2, axis=0), 2e-4))
    return Bank(np.array(marks), np.array(mean), np.array(within), np.array(total), np.ones(VIEWS), np.zeros((2, 0)))


def kind_of(author: str) -> str:
    """`linkedin` or `blog`."""
    return author.split("-", maxsplit=1)[0]


def starts(n: int, baseline: int, most: int, ahead: int = 15) -> list[int]:
    """Where timelines begin in n posts."""
    last = n - baseline - ahead
    return [] if last < 0 else sorted({int(s) for s in np.linspace(0, last, min(most, last // 6 + 1))})


@dataclass(frozen=True, eq=False)
class Timeline:
    """A clean timeline of one author, and others' posts, all as views on the baseline's scale."""

    host: str
    baseline: int
    base: Floats
    ahead: Floats
    guests: list[Floats]
    others: int  # of the guests, how many are people; they come first
    foreign: Floats


def timelines(
    authors: Mapping[str, Posts], machines: Mapping[str, Mapping[str, Posts]], most: int = 6
) -> list[Timeline]:
    """Timelines to fit on; the background of each leaves out the host's fold and the guests'."""
    names = sorted(authors)
    fold = {name: k % _FOLDS for k, name in enumerate(names)}
    banks: dict[tuple[int, int], Bank] = {}
    out = []
    for baseline in BASELINES:
        for host in names:
            for k, start in enumerate(starts(len(authors[host].style), baseline, most)):
                there = (fold[host] + 1 + k % (_FOLDS - 1)) % _FOLDS
                pair = (fold[host], there)
                if pair not in banks:
                    banks[pair] = background({n: p for n, p in authors.items() if fold[n] not in pair})
                kind = kind_of(host)
                others = [p for n, p in authors.items() if fold[n] == there and kind_of(n) == kind]
                guests = (others, list(machines.get(kind, {}).values()))
                end = start + baseline
                base = authors[host].of(start, end)
                ahead = authors[host].of(end, min(end + AHEAD, len(authors[host].style)))
                out.append(_timeline(host, base, ahead, guests, banks[pair], k))
    return out


def _timeline(
    host: str, base: Posts, ahead: Posts, guests: tuple[list[Posts], list[Posts]], known: Bank, seed: int
) -> Timeline:
    raw, foreign, *_ = views(base, known)
    model = own(base, known)
    middle, spread = spreads(raw)
    rng = np.random.default_rng(seed)

    def place(found: Posts) -> Floats:
        return placed(model.raw(found), middle, spread)

    def some(found: Posts) -> Posts:
        n = len(found.style)
        first = int(rng.integers(0, max(1, n - 15)))
        return found.of(first, min(n, first + 15))

    others, machines = ([place(some(g)) for g in side if len(g.style) >= 5] for side in guests)
    here, far = placed(raw, middle, spread), placed(foreign[None], middle, spread)
    return Timeline(host, len(raw), here, place(ahead), others + machines, len(others), far)


def fit(
    people: Mapping[str, Sequence[Reading]], machines: Mapping[str, Mapping[str, Sequence[Reading]]], most: int
) -> Bank:
    """The whole bank from these authors and machines; at most so many timelines of each author."""
    authors = {name: posts(found) for name, found in people.items()}
    found = timelines(authors, {k: {n: posts(r) for n, r in some.items()} for k, some in machines.items()}, most)
    weights = _weights(found)
    limits = [[b, _limit([t for t in found if t.baseline == b], weights)] for b in BASELINES]
    return replace(background(authors), weights=weights, limits=np.array(limits).T)


def _weights(found: Sequence[Timeline]) -> Floats:
    """Logistic regression, the host against others; both sides weigh the same, hosts by the root of their timelines."""
    per_host = {t.host: sum(o.host == t.host for o in found) for t in found}
    x, y, w = [], [], []
    for t in found:
        share = 1 / np.sqrt(per_host[t.host])
        sides = [(t.ahead, 0, 1.0), (t.base, 0, 0.3)] + [(g, 1, 1.3 / max(len(t.guests), 1)) for g in t.guests]
        for rows, label, weight in sides:
            x.append(rows)
            y += [label] * len(rows)
            w += [share * weight / max(len(rows), 1)] * len(rows)
    sample = np.array(w) * len(w) / sum(w) * 0.05
    model = LogisticRegression(C=1.0, max_iter=300).fit(np.vstack(x), y, sample_weight=sample)
    return np.maximum(np.asarray(model.coef_[0], dtype=np.float64), 0.02)


def _limit(found: Sequence[Timeline], weights: Floats) -> float:
    """What `SHARE` of clean timelines reach, each host weighing the same, or a little under what splices reach soon.

    The higher of both: where splices are found soon enough anyway, the rest is spent on fewer false alarms, as a few
    authors say little of how far others drift. Soon: half of the posts of others are past it at the `SOON`th.
    """
    top, host, soon = [], [], []
    for t in found:
        line = t.base @ weights
        centre, unit = float(np.median(line)), float(np.std(line, ddof=1))
        foreign = max(float((t.foreign @ weights)[0] - centre) / unit, 0.8)
        ahead, *others = (
            drift_scan.sums(drift_scan.steps((rows @ weights - centre) / unit, foreign))
            for rows in (t.ahead, *t.guests[: t.others])
        )
        if kind_of(t.host) == "linkedin":
            soon += [float(sums[:SOON].max()) for sums in others]
        if len(ahead) >= 15:
            top.append(float(ahead.max()))
            host.append(t.host)
    order = np.argsort(top)[::-1]
    share = np.array([1 / host.count(name) for name in host])[order]
    clean = np.array(top)[order][np.searchsorted(np.cumsum(share) / share.sum(), SHARE, "right")]
    return max(float(clean), MARGIN * float(np.median(soon)))


def save(found: Bank, path: Path = KEPT) -> None:
    """Write the bank as it is shipped."""
    np.savez_compressed(
        path,
        version=VERSION,
        marks=np.round(found.marks).astype(np.uint16),
        mean=found.mean.astype(np.float32),
        within=found.within.astype(np.float32),
        total=found.total.astype(np.float32),
        weights=found.weights,
        limits=found.limits,
    )


def main() -> None:
    """Fit on all there is and write the file."""
    if not DATA.exists():
        raise SystemExit(f"{DATA} is not here; the bank cannot be counted.")
    found = fit(people(), models(), most=12)
    save(found)
    print(f"weights {found.weights.round(3)}, limits {found.limits.round(3).tolist()}, {KEPT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
