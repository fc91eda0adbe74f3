"""Makes analytics/exam_bank.npz; says how well the judge tells people apart: `python -m bench.voice.fit_exam`.

The bank is of the authors of the development data with fewer than `FEW` posts; the others are what it is tried on, and
what bench/voices.py trains on: nothing of them is in it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics import exam, voice
from analytics import exam_reading as reading
from analytics.exam import BANK, VERSION, Bank, Judge
from analytics.exam_reading import BUCKETS, Run
from bench.report import RESULTS
from bench.voice import fit_bank
from bench.voice.people import auc, available, hard, interval, people, records

FEW = 50
SHARED_BY = 3
WORDS = 300
REFERENCES = 10
"""Posts that a person of the bank is known by, where it is seen how much one author's posts differ."""


def small_and_large() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Posts of the authors with fewer than `FEW`, and of the others, in order of time."""
    by: dict[str, list[str]] = defaultdict(list)
    for row in records("posts.jsonl"):
        by[row["author"]].append(row["text"])
    return {a: p for a, p in by.items() if len(p) < FEW}, {a: p for a, p in by.items() if len(p) >= FEW}


def make(writers: Sequence[Sequence[str]]) -> Bank:
    """A bank of these people's posts."""
    counts, contexts, tokens = _runs(writers)
    words, mean, spread = _words(writers)
    rarity, strange = _characters(writers)
    bank = Bank(
        runs=np.array([run for _, run in counts], np.uint64),
        before=np.array([before for before, _ in counts], np.uint64),
        counts=np.array(list(counts.values()), np.int64),
        contexts=np.array(list(contexts), np.uint64),
        others=np.array(list(contexts.values()), np.int64),
        tokens=tokens, words=words, mean=mean, spread=spread, rarity=rarity, strange=strange,
        usual=np.ones(2), people=len(writers),
    )  # fmt: skip
    return Bank(**{**vars(bank), "usual": _usual(Judge(bank), writers)})


def _runs(writers: Sequence[Sequence[str]]) -> tuple[dict[Run, int], dict[int, int], int]:
    """(shared runs, how often; shared contexts, how often something that is not shared follows; tokens)."""
    counts: Counter[Run] = Counter()
    users: dict[Any, set[int]] = defaultdict(set)
    tokens = 0
    for person, posts in enumerate(writers):
        for post in posts:
            for found in reading.runs(reading.sentences(post)):
                counts.update(found)
                tokens += 1
                for run in found:
                    users[run].add(person)
                    users[run[0]].add(person)
    kept = {run: n for run, n in counts.items() if len(users[run]) >= SHARED_BY}
    rest: Counter[int] = Counter()
    for run, n in counts.items():
        rest[run[0]] += n - kept.get(run, 0)
    shared = {before: n for before, n in rest.items() if len(users[before]) >= SHARED_BY and n}
    return dict(sorted(kept.items())), dict(sorted(shared.items())), tokens


def _words(writers: Sequence[Sequence[str]]) -> tuple[Any, exam.Array, exam.Array]:
    read = [[reading.frequent(post) for post in posts] for posts in writers]
    users = Counter(word for posts in read for word in {w for post in posts for w in post})
    total: Counter[int] = Counter()
    for posts in read:
        for post in posts:
            total.update(post)
    chosen = [word for word, _ in total.most_common(2 * WORDS) if users[word] >= SHARED_BY][:WORDS]
    rates = np.array([[p[w] / max(1, sum(p.values())) for w in chosen] for posts in read for p in posts])
    return np.array(chosen, np.uint64), rates.mean(axis=0), rates.std(axis=0) + 1e-9


def _characters(writers: Sequence[Sequence[str]]) -> tuple[exam.Array, exam.Array]:
    rows, users = [], np.zeros(BUCKETS)
    for posts in writers:
        own = np.zeros((len(posts), BUCKETS))
        for at, post in enumerate(posts):
            for place, n in reading.characters(post).items():
                own[at, place] = 1 + np.log(n)
        users += (own > 0).any(axis=0)
        rows.append(own)
    x = np.vstack(rows)
    inverse = np.log((1 + len(x)) / (1 + (x > 0).sum(axis=0))) + 1
    rarity = np.where(users >= SHARED_BY, inverse, 0.0)
    x *= rarity
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    return rarity, x.mean(axis=0)


def _usual(judge: Judge, writers: Sequence[Sequence[str]]) -> exam.Array:
    """Median over people of the standard deviation of their own posts by each part, known by `REFERENCES` others."""
    spreads = []
    for posts in writers:
        read = [judge.read(p) for p in posts if len(reading.bare(p).split()) >= exam.LEAST_WORDS]
        if len(read) < 2 * REFERENCES:
            continue
        known = judge.known(read[:REFERENCES])
        spreads.append(np.std([known.parts(post) for post in read[REFERENCES:]], axis=0, ddof=1))
    return np.asarray(np.median(spreads, axis=0)) if spreads else np.ones(2)


def arrays(bank: Bank) -> dict[str, Any]:
    """What is written."""
    half = {name: getattr(bank, name).astype(np.float32) for name in ("mean", "spread", "rarity", "strange", "usual")}
    keys = {name: getattr(bank, name) for name in ("runs", "before", "contexts", "words")}
    whole = {name: getattr(bank, name).astype(np.uint32) for name in ("counts", "others")}
    return {"version": np.array(VERSION), **half, **keys, **whole, "tokens": bank.tokens, "people": bank.people}


# ---- how well it tells people apart --------------------------------------------------------------------------

REFERENCE_POSTS = (10, 20, 40)
HELD, EACH = 60, 40
"""Posts of an author that are told from the others', and posts of each other author, at most."""


def tried(bank: Bank, seeds: Sequence[int] = (0, 1)) -> dict[str, dict[str, Any]]:
    """AUC on the authors that have no part in the bank, names masked, beside the product's measure without them.

    {"10 references": {"exam": {plain, controlled}, ...}}: (mean, low, high) over authors. Controlled by topic: the half
    of an author's posts least on their topic against the quarter of the others' most on it; LinkedIn and blogs apart.
    """
    found = people()
    posts = Counter(found.of.tolist())
    large = [a for a in range(len(found.authors)) if posts[a] >= FEW]
    small = [a for a in range(len(found.authors)) if posts[a] < FEW]
    ours = fit_bank.make(found, small, fit_bank.calibrate(found, small, seeds=(7,)))
    judge = Judge(bank)
    read: dict[int, exam.Read] = {}
    out: dict[str, dict[str, Any]] = {}
    for k in REFERENCE_POSTS:
        by: dict[str, dict[str, dict[int, list[float]]]] = defaultdict(lambda: {"plain": {}, "controlled": {}})
        for author in large:
            for seed in seeds:
                rng = np.random.default_rng(seed)
                own = rng.permutation(found.posts(author))
                beside = [b for b in large if b != author and found.is_blog(b) == found.is_blog(author)]
                long = found.words >= exam.LEAST_WORDS
                held = own[k:][long[own[k:]]][:HELD]
                others = np.concatenate([rng.permutation(found.posts(b)[long[found.posts(b)]])[:EACH] for b in beside])
                rows = np.concatenate([held, others])
                for row in {*own[:k].tolist(), *rows.tolist()} - read.keys():
                    read[row] = judge.read(found.texts[row])
                known = judge.known([read[r] for r in own[:k].tolist()])
                judged = np.array([(*known.parts(read[r]), known.score(read[r])) for r in rows.tolist()])
                profile = voice.fit([found.readings[r] for r in own[:k]], background=ours)
                scores = [s[0] for s in voice.score_many([profile], [found.readings[r] for r in rows], ours)]
                topic = np.array([s.topic for s in scores])
                low, high = hard(topic, len(held))
                for name, value in {
                    "exam: grammar": judged[:, 0], "exam: surface": judged[:, 1], "exam": judged[:, 2],
                    "Timbre style": np.array([s.style for s in scores]), "topic alone (guard)": topic,
                }.items():  # fmt: skip
                    plain = auc(value[: len(held)], value[len(held) :])
                    by[name]["plain"].setdefault(author, []).append(plain)
                    by[name]["controlled"].setdefault(author, []).append(auc(value[low], value[high]))
        out[f"{k} references"] = {n: {which: interval(v) for which, v in both.items()} for n, both in by.items()}
    return out


def main() -> None:
    """Fit, write, try."""
    if not available():
        return
    small, large = small_and_large()
    np.savez_compressed(BANK, **arrays(make(list(small.values()))))
    bank = exam.load(BANK)
    print(f"{BANK.name}: {BANK.stat().st_size / 1e3:.0f} kB, {bank.people} people, {len(bank.runs):,} runs of tokens")
    print(f"\ntold apart: {len(large)} authors with {FEW} posts and more, none of them in the bank")
    found = tried(bank)
    told = {"name": "exam_judge", "people": bank.people, "runs": len(bank.runs), "authors": sorted(large), "auc": found}
    (RESULTS / "exam_judge.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf8")
    for label, by in found.items():
        print(f"\n{label:24} {'plain AUC':>20} {'topic-controlled':>22}")
        for name, both in by.items():
            (a, b, c), (d, e, f) = both["plain"], both["controlled"]
            print(f"{name:24} {a:.3f} ({b:.2f}-{c:.2f}) {d:8.3f} ({e:.2f}-{f:.2f})", flush=True)


if __name__ == "__main__":
    main()
