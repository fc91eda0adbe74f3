"""The figures: paired gains with intervals, constraints, invented numbers, copies, time."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analytics.overlap import copied_runs
from bench.generation import held, runs
from bench.generation.figures import invented
from bench.generation.held import Split
from bench.generation.judge import NAMES, Judge, Known
from bench.generation.runs import SEED, Done
from bench.report import report
from bench.voice.people import people

PARTS = ("both", *NAMES)
RUN = 8
DRAWS = 10_000


def make(folder: Path, briefs: int, models: Sequence[str], replays: int, pairs: bool, keep: str) -> None:
    """Everything, for each model in turn."""
    cases = spread(held.cases(), briefs)
    splits = held.splits(held.cases())
    ours, theirs = held.sides(list(splits))
    held.use_bank(ours, folder)
    known = judges(splits, theirs)
    from core import llm, store
    from core.generate import judge
    from core.jobs import Engine

    for kind in ("core.generate.workflow", "core.exemplars.jobs"):
        importlib.import_module(kind)  # before the engine starts: it knows the kinds of work that are there then
    store.migrate()
    engine = Engine("bench")
    engine.start()
    ids = runs.people(splits)
    if "embedded" in models:
        llm.warm()
    judge.relevance(["warm"], "warm")
    found: dict[str, Any] = {}
    for model in models:
        done = []
        for one in runs.run(cases, ids, "" if model == "embedded" else model, replays):
            done.append(one)
            print(f"{one.case.author} {one.case.post}: {one.seconds:.1f} s, {len(one.good)} of 4 hold", flush=True)
        name = f"embedded ({done[0].model})" if model == "embedded" else model
        found[name] = figures(done, splits, known)
        show(name, found[name])
        if keep:
            _keep(Path(keep), name, done, known)
        if pairs and model == "embedded":
            from bench.generation.pairs import write

            write(done)
    engine.stop()
    if "embedded" not in models:
        return
    people_of = {"authors": list(splits), "behind the reranker": ours, "behind the judge": theirs}
    judged = {a: {n: round(v, 3) for n, v in k.auc.items()} for a, k in known.items()}
    report("generation", [], [], models=found, people=people_of, judge_auc=judged, briefs=len(cases))


def spread(cases: Sequence[held.Case], most: int) -> list[held.Case]:
    """The first of every author, then the second of every author, ...: a part is as mixed as the whole."""
    seen: dict[str, int] = {}
    placed = []
    for case in cases:
        seen[case.author] = seen.get(case.author, 0) + 1
        placed.append((seen[case.author], case))
    return [case for _, case in sorted(placed, key=lambda p: p[0])][:most]


def judges(splits: Mapping[str, Split], behind: Sequence[str]) -> dict[str, Known]:
    """Each author as the judge knows them."""
    found = people()
    by = {a: [held.clean(found.originals[r]) for r in found.posts(found.authors.index(a))] for a in behind}
    judge = Judge(by)
    return {
        name: judge.author(
            split.references,
            [*split.held.values(), *split.samples[-40:]],
            [text for other in splits.values() if other is not split for text in other.references[-25:]],
        )
        for name, split in splits.items()
    }


def figures(done: Sequence[Done], splits: Mapping[str, Split], known: Mapping[str, Known]) -> dict[str, Any]:
    """All figures of one model."""
    rng = np.random.default_rng(SEED)
    rows = [_judged(one, known[one.case.author], splits[one.case.author], rng) for one in done]
    said = [_facts(one, splits[one.case.author]) for one in done]
    timed = [one.seconds / one.replay for one in done if one.replay]
    return {
        "briefs": len(done),
        "with a variant": sum(bool(one.good) for one in done),
        "variants that hold": [sum(len(one.good) for one in done), sum(len(one.variants) for one in done)],
        "shown and unmet": sum(bool(v["unmet"]) for one in done for v in one.variants if v["status"] == "ok"),
        "plain answers that hold": sum(not one.unmet for one in done),
        "invented numbers": {k: sum(s["invented"][k] for s in said) for k in ("chosen", "all ours", "plain")},
        "copied runs": {k: sum(s["copied"][k] for s in said) for k in ("chosen", "all ours", "plain")},
        "gain": {
            part: {
                "chosen - plain": paired([r["chosen"][part] - r["plain"][part] for r in rows if r["chosen"]]),
                "chosen - plain that copied nothing": paired(
                    [
                        r["chosen"][part] - r["plain"][part]
                        for r, s in zip(rows, said, strict=True)
                        if r["chosen"] and not s["copied"]["plain"]
                    ]
                ),
                "chosen - random": paired([r["chosen"][part] - r["random"][part] for r in rows if r["random"]]),
                "chosen - mean of the others": paired(
                    [r["chosen"][part] - r["others"][part] for r in rows if r["random"]]
                ),
                "mean": {
                    k: round(float(np.mean([r[k][part] for r in rows if r[k]])), 3)
                    for k in ("chosen", "random", "others", "best", "plain", "real")
                },
            }
            for part in PARTS
        },
        "seconds": [round(one.seconds, 2) for one in done],
        "ratio to the bare replay": [round(r, 3) for r in timed],
        "steps that waited without need": [w for one in done for w in one.waits],
        "tokens": {
            "in": [one.tokens[0] for one in done], "out": [one.tokens[1] for one in done],
            "plain in": [one.plain_tokens[0] for one in done], "plain out": [one.plain_tokens[1] for one in done],
        },
        "rows": [
            {"author": one.case.author, "post": one.case.post, **{k: _short(r[k]) for k in r}, **s}
            for one, r, s in zip(done, rows, said, strict=True)
        ],
    }  # fmt: skip


def _judged(one: Done, known: Known, split: Split, rng: np.random.Generator) -> dict[str, Any]:
    """What the judge says of the chosen one, a random other one, all the others, the plain one, the real post."""
    others = [t for t in one.good if t != one.chosen]
    drawn = others[int(rng.integers(len(others)))] if others else ""
    by = [known.judged(t) for t in others]
    chosen = known.judged(one.chosen) if one.chosen else None
    return {
        "chosen": chosen,
        "random": known.judged(drawn) if drawn else None,
        "others": {p: float(np.mean([b[p] for b in by])) for p in PARTS} if by else None,
        "best": {p: max(b[p] for b in [*by, chosen]) for p in PARTS} if chosen else None,
        "plain": known.judged(one.plain) if len(one.plain.split()) > 4 else dict.fromkeys(PARTS, 0.0),
        "real": known.judged(split.held[one.case.post]),
    }


def _facts(one: Done, split: Split) -> dict[str, Any]:
    fields = one.case.fields
    said = "\n".join(" ".join(v) if isinstance(v, list) else str(v) for v in fields.values())
    own = [*split.samples, *split.held.values()]
    return {
        "invented": {
            "chosen": len(invented(one.chosen, said)),
            "all ours": sum(len(invented(t, said)) for t in one.good),
            "plain": len(invented(one.plain, said)),
        },
        "copied": {
            "chosen": len(copied_runs(one.chosen, own, RUN)),
            "all ours": sum(len(copied_runs(t, own, RUN)) for t in one.good),
            "plain": len(copied_runs(one.plain, own, RUN)),
        },
    }


def paired(gains: Sequence[float]) -> dict[str, float]:
    """Mean with its 95% bootstrap interval over briefs, and the share of briefs won (ties are no win)."""
    if not gains:
        return {"mean": float("nan"), "low": float("nan"), "high": float("nan"), "won": float("nan"), "n": 0}
    x = np.array(gains)
    drawn = x[np.random.default_rng(0).integers(0, len(x), (DRAWS, len(x)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"mean": round(float(x.mean()), 3), "low": round(float(low), 3), "high": round(float(high), 3),
            "won": round(float((x > 0).mean()), 3), "n": len(x)}  # fmt: skip


def _short(value: dict[str, float] | None) -> dict[str, float] | None:
    return {k: round(v, 3) for k, v in value.items()} if value else None


def show(name: str, f: dict[str, Any]) -> None:
    """The table of one model."""
    print(f"\n{name}: {f['briefs']} briefs; 0 = a stranger's post, 1 = the author's own, by the judge")
    print(f"{'':46}{'gain':>8}{'95%':>18}{'won':>6}  goal")
    for part in PARTS:
        for what, g in ((k, v) for k, v in f["gain"][part].items() if k != "mean"):
            goal = "> 0, won 80%" if part == "both" and what in ("chosen - plain", "chosen - random") else ""
            print(
                f"{what + ', ' + part:46}{g['mean']:+8.3f}  [{g['low']:+.3f}, {g['high']:+.3f}]{g['won']:6.0%}  {goal}"
            )
        print(f"  means of {part}: " + ", ".join(f"{k} {v:.2f}" for k, v in f["gain"][part]["mean"].items()))
    held_, all_ = f["variants that hold"]
    print(
        f"constraints: {f['with a variant']} of {f['briefs']} briefs with a variant that holds all, {held_} of {all_} "
        f"variants, {f['shown and unmet']} shown that do not (goal 0); plain answers that hold: "
        f"{f['plain answers that hold']}"
    )
    for what in ("invented numbers", "copied runs"):
        print(f"{what}: " + ", ".join(f"{k} {v}" for k, v in f[what].items()) + " (goal 0)")
    ratio = f["ratio to the bare replay"]
    middle = np.median(ratio) if ratio else float("nan")
    print(
        f"run: {np.median(f['seconds']):.1f} s; ratio to the bare replay {middle:.2f} of {sorted(ratio)} (goal 1.15); "
        f"waited without need: {f['steps that waited without need'] or 'none'}"
    )
    print("tokens, median: " + ", ".join(f"{k} {np.median(v):.0f}" for k, v in f["tokens"].items()), flush=True)


def _keep(path: Path, name: str, done: Sequence[Done], known: Mapping[str, Known]) -> None:
    rows = [
        {"model": name, "author": one.case.author, "fields": one.case.fields, "variants": one.variants,
         "plain": one.plain, "judged": known[one.case.author].judged(one.chosen) if one.chosen else None}
        for one in done
    ]  # fmt: skip
    with path.open("a", encoding="utf8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
