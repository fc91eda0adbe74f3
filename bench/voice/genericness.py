"""Genericness: how well drafts of unseen generators are told from posts of unseen people. Prints a table.

    python -m bench.voice.genericness

Everyone measured is left out of training: people in six folds, and one block of generators at a time. What it cannot
say: `bench/drafts` was mostly written by one family of models told to write like others, so only the 19 real drafts,
the two small models, the fiction and the row of all chat assistants are unseen in the full sense; and few of the people
write today.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from analytics import slop
from analytics.genericness import generic, score_of
from analytics.slop_model import load, normalised
from analytics.text import words
from bench.voice import fit_genericness as fit
from bench.voice import generic_texts as data

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
LEAST_POSTS = 9
"""A person with fewer judged posts cannot be the worst one: one post would be over 11%."""
DRAWS = 400
ASSISTANTS = ("launch", "writer_a", "writer_b", "writer_c", "writer_d")
"""Drafts by one family of models: left out one by one, and once together."""
LENGTHS = ((60, 80), (80, 120), (120, 2000))
"""Words."""
Score = dict[str, Any]


def auc(high: Floats, low: Floats) -> float:
    """Chance that one of `high` is over one of `low`, ties half (Mann-Whitney)."""
    both = np.concatenate([high, low])
    _, place, size = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(size) - (size - 1) / 2)[place]
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def at_line(made: Floats, people: Floats, sources: npt.NDArray[np.str_], line: float | None = None) -> Score:
    """AUC, and at `line` (None: where 5% of the people's posts are over it) the shares found, wrong, and worst."""
    line = float(np.quantile(people, 1 - fit.FALSE_ALARMS)) if line is None else line
    wrong = {
        str(s): float((people[sources == s] > line).mean())
        for s in np.unique(sources)
        if (sources == s).sum() >= LEAST_POSTS
    }
    worst = max(wrong, key=lambda s: wrong[s])
    return {
        "auc": auc(made, people),
        "found": float((made > line).mean()),
        "wrong": float((people > line).mean()),
        "worst": wrong[worst],
        "worst source": worst,
        "n": len(made),
        "people": len(people),
    }


def with_interval(made: Floats, people: Floats, sources: npt.NDArray[np.str_]) -> Score:
    """`at_line`, with 95% intervals for `auc` and `found`: people drawn as whole sources, drafts one by one."""
    out, rng = at_line(made, people, sources), np.random.default_rng(0)
    parts = [np.flatnonzero(sources == s) for s in np.unique(sources)]
    draws = []
    for _ in range(DRAWS):
        at = np.concatenate([parts[i] for i in rng.integers(0, len(parts), len(parts))])
        again = made[rng.integers(0, len(made), len(made))]
        draws.append((auc(again, people[at]), (again > np.quantile(people[at], 1 - fit.FALSE_ALARMS)).mean()))
    low, high = np.quantile(np.array(draws), (0.025, 0.975), axis=0)
    return out | {"auc interval": [float(low[0]), float(high[0])], "found interval": [float(low[1]), float(high[1])]}


def held_out() -> tuple[list[Score], Score]:
    """One row a block of generators against LinkedIn people, and how people fare at a line drawn without them."""
    t, crossed, rows = data.texts(), fit.crossed(), []
    people = t.judged & t.linkedin
    for name, values in crossed.items():
        made = t.judged & (t.block == name)
        rows.append({"generators": name, **with_interval(values[made], values[people], t.block[people])})
    values, made = fit.held_out(frozenset(ASSISTANTS)), t.judged & np.isin(t.block, ASSISTANTS)
    rows.append({"generators": "all chat assistants", **with_interval(values[made], values[people], t.block[people])})
    everybody = t.judged & ~t.made
    for name in ("real drafts", "writer_b"):
        values = crossed[name]
        made = t.judged & (t.block == name)
        measured = at_line(values[made], values[everybody], t.block[everybody])
        rows.append({"generators": f"{name}, and blogs", **measured})
    return rows, own_line()


def by_chance(sources: npt.NDArray[np.str_]) -> float:
    """What the worst person's share would be on average, if each post of everybody had the same 5%."""
    sizes = np.unique(sources, return_counts=True)[1]
    sizes = sizes[sizes >= LEAST_POSTS]
    drawn = np.random.default_rng(0).binomial(sizes, fit.FALSE_ALARMS, (2000, len(sizes))) / sizes
    return float(drawn.max(axis=1).mean())


def own_line() -> Score:
    """Shares at the line as it ships, drawn for each fold of people on the other folds: nobody judged has moved it."""
    t, fold = data.texts(), fit.folds(data.texts())
    blocks = {name: values for name, values in fit.crossed().items() if name != "fiction"}
    human = np.where(t.made, np.nan, np.sum([np.where(t.made, 0, v) for v in blocks.values()], axis=0) / len(blocks))
    wrong, people = np.zeros(len(human)), t.judged & ~t.made
    found: list[float] = []
    for k in range(fit.FOLDS):
        others = t.judged & t.linkedin & (fold != k)
        line = fit.line_of(human[others], t.source[others])
        wrong[people & (fold == k)] = human[people & (fold == k)] > line
        found.append(float(np.mean([(v[t.judged & (t.block == name)] > line).mean() for name, v in blocks.items()])))
    dates = np.array([row.date or "" for row in data.rows()])
    by_source = {str(s): float(wrong[people & (t.block == s)].mean()) for s in np.unique(t.block[people])}
    many = {s: rate for s, rate in by_source.items() if (people & (t.block == s)).sum() >= LEAST_POSTS}
    return {
        "found": float(np.mean(found)),
        "wrong on LinkedIn": float(wrong[people & t.linkedin].mean()),
        "wrong on blogs": float(wrong[people & ~t.linkedin].mean()),
        "wrong since 2023": float(wrong[people & (dates >= "2023")].mean()),
        "n since 2023": int((people & (dates >= "2023")).sum()),
        "worst": max(many.values()),
        "worst source": max(many, key=lambda s: many[s]),
        "by source": by_source,
    }


def by_length() -> list[Score]:
    """AUC and the shares at one line (5% of all LinkedIn people) for short and long texts."""
    t, crossed = data.texts(), fit.crossed()
    drafts = [name for name in crossed if name != "fiction"]
    both = np.array([crossed[name] for name in drafts])
    values = np.nansum(both, axis=0) / np.maximum(1, np.isfinite(both).sum(axis=0))
    people, made = t.judged & t.linkedin, t.judged & t.made & (t.block != "fiction")
    line = float(np.quantile(values[people], 1 - fit.FALSE_ALARMS))
    size, out = np.array([len(words(row.text)) for row in data.rows()]), []
    for low, high in LENGTHS:
        inside = (size >= low) & (size < high)
        p, m = values[people & inside], values[made & inside]
        shares = {"found": float((m > line).mean()), "wrong": float((p > line).mean())}
        out.append({"words": [low, high - 1], "n": len(m), "people": len(p), "auc": auc(m, p), **shares})
    return out


def baselines() -> list[Score]:
    """What needs no training, on all LinkedIn-style drafts against LinkedIn people."""
    t, rows = data.texts(), data.rows()
    people, made = t.judged & t.linkedin, t.judged & t.made & (t.block != "fiction")
    measures: dict[str, Callable[[str], float]] = {
        "stock phrases (the shipped list)": lambda s: _rate(s, ("stock opening", "stock closing", "stock phrase")),
        "all stock moves": lambda s: _rate(s, slop.KINDS[:6]),
        "dashes": lambda s: _rate(s, ("dash",)),
    }
    out = []
    for name, measure in measures.items():
        values = np.array([measure(row.text) if k else 0.0 for row, k in zip(rows, people | made, strict=True)])
        jitter = np.random.default_rng(0).uniform(0, 1e-9, len(values))  # ties are split by chance
        values = values + jitter
        out.append({"generators": name, **at_line(values[made], values[people], t.block[people])})
    return out


SIMPLE = ("real drafts", "smollm2", ASSISTANTS)
"""Blocks that the simple learner is measured on: those unseen in the full sense."""


def simple() -> list[Score]:
    """The usual peer: words 1-2 by TF-IDF, logistic regression, the same texts to learn from, the same left out.

    It reads what ours reads: as collected, “see more” and links would tell people from models.
    """
    t, texts = data.texts(), np.array([normalised(row.text) for row in data.rows()], dtype=object)
    fold, people, out = fit.folds(t), t.judged & t.linkedin, []
    for blocks in SIMPLE:
        here = np.isin(t.block, list(blocks) if isinstance(blocks, tuple) else [blocks])
        values = np.zeros(len(texts))
        for k in range(fit.FOLDS):
            train = np.flatnonzero(t.usable & np.where(t.made, ~here, fold != k))
            counter = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=3)
            x = counter.fit_transform(texts[train])
            model = LogisticRegression(C=fit.STRENGTH, solver="liblinear")
            model.fit(x, t.made[train], sample_weight=fit.weights_of(t, train))
            for rows, share in ((np.flatnonzero(fold == k), 1), (np.flatnonzero(here), 1 / fit.FOLDS)):
                values[rows] += share * model.decision_function(counter.transform(texts[rows]))
        name = "all chat assistants" if isinstance(blocks, tuple) else blocks
        measured = at_line(values[here & t.judged], values[people], t.block[people])
        out.append({"generators": f"{name}, by words 1-2", **measured})
    return out


def _rate(text: str, kinds: Sequence[str]) -> float:
    found = slop.counts(text, slop.passages(text))
    return 100 * sum(found[kind] for kind in kinds) / max(1, len(text.split()))


def speed() -> Score:
    """Seconds to load the weights, and posts a second on one core, with and without passages."""
    sample = [row.text for row in data.rows() if row.block.startswith("linkedin")]
    load.cache_clear()
    start = time.perf_counter()
    load()
    loaded = time.perf_counter()
    for text in sample:
        score_of(text)
    scored = time.perf_counter()
    for text in sample:
        generic(text)
    end = time.perf_counter()
    return {
        "load_s": loaded - start,
        "scores_per_s": len(sample) / (scored - loaded),
        "with_passages_per_s": len(sample) / (end - scored),
    }


def run() -> tuple[list[str], dict[str, Any]]:
    """The table's lines and the part for the JSON; one line that says why where the data is missing."""
    if reason := data.missing():
        return [reason], {"skipped": reason}
    rows, own = held_out()
    plain, pace = [*simple(), *baselines()], speed()
    t = data.texts()
    chance = by_chance(t.block[t.judged & t.linkedin])
    abstained = float((~t.judged[~t.made]).mean())
    lines = [f"{'left out':28} {'n':>4} {'AUC':>5} {'95%':>11} {'found':>6} {'95%':>11} {'worst':>6}  source"]
    for row in [*rows, *plain]:
        a, f = (_interval(row.get(f"{key} interval")) for key in ("auc", "found"))
        lines.append(
            f"{row['generators']:28.28} {row['n']:4} {row['auc']:5.3f} {a:>11} {row['found']:6.2f} {f:>11} "
            f"{row['worst']:6.2f}  {row['worst source']}"
        )
    lengths = by_length()
    lines += [
        f"{row['words'][0]} to {row['words'][1]} words: AUC {row['auc']:.3f}, found {row['found']:.2f} of {row['n']}, "
        f"wrong {row['wrong']:.3f} of {row['people']}"
        for row in lengths
    ]
    crossed_names = set(fit.crossed()) - {"fiction"}
    drafts = [row for row in rows if row["generators"] in crossed_names]
    mean = {key: float(np.mean([row[key] for row in drafts])) for key in ("auc", "found", "worst")}
    lines += [
        f"mean over drafts: AUC {mean['auc']:.3f} (goal .90), found at 5% {mean['found']:.2f} (goal .60), worst person "
        f"{mean['worst']:.2f} (goal .15; {chance:.2f} by chance alone, if all had the same 5%)",
        f"at a line drawn on other people: found {own['found']:.2f}, wrong {own['wrong on LinkedIn']:.3f} on LinkedIn, "
        f"{own['wrong on blogs']:.3f} on blogs, {own['wrong since 2023']:.3f} since 2023 (n {own['n since 2023']}), "
        f"worst {own['worst']:.2f} ({own['worst source']})",
        f"no score: {abstained:.0%} of people's posts (too short). Weights load in {pace['load_s']:.2f} s; "
        f"{pace['scores_per_s']:.0f} scores a second, {pace['with_passages_per_s']:.0f} with passages.",
    ]
    return lines, {
        "rows": rows,
        "mean": mean,
        "own line": own,
        "baselines": plain,
        "speed": pace,
        "worst by chance": chance,
    }


def _interval(pair: Sequence[float] | None) -> str:
    return f"{pair[0]:.2f}-{pair[1]:.2f}" if pair else ""


def main() -> None:
    """Print the table."""
    print("\n".join(run()[0]))


if __name__ == "__main__":
    main()
