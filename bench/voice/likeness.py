"""Likeness against every baseline, people held out: `python -m bench.voice.likeness`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from analytics import distance, embedding, grams, voice
from analytics.features import matrix
from analytics.text import words
from bench.voice import fit_bank
from bench.voice.people import Floats, Ints, People, Problem, auc, available, hard, interval, people, problems

SETS: tuple[tuple[str, bool, int, int], ...] = (
    # name, blogs, references, folds
    ("LinkedIn, 30 references", False, 30, 3),
    ("LinkedIn, 10 references", False, 10, 3),
    ("blogs, 30 references", True, 30, 2),
    ("blogs, 10 references", True, 10, 2),
)
SEEDS = (0, 1)
LAMBDAG = 5
GOALS = {"LinkedIn, 30 references": 0.85, "blogs, 30 references": 0.85, "LinkedIn, 10 references": 0.80}
Method = Callable[[Problem], Floats]


class Baselines:
    """The peers. What they learn from background, they learn from people who are not among the candidates."""

    def __init__(self, found: People) -> None:
        self.found = found
        self._kept: dict[tuple[str, tuple[int, ...]], Any] = {}
        self.embedded = np.asarray(embedding.embed(found.originals), dtype=np.float32)
        self.small = CountVectorizer(
            tokenizer=lambda t: [w.lower() for w in words(t)], token_pattern=None, lowercase=False,
            vocabulary=sorted(grams.small_words()),
        ).fit_transform(found.texts)  # fmt: skip
        self.features = matrix([r.features for r in found.readings])
        self._tokens: dict[int, list[tuple[str, ...]]] = {}
        self._reference: dict[tuple[tuple[int, ...], int], float] = {}

    def _background(self, name: str, problem: Problem, make: Callable[[Ints], Any]) -> Any:
        key = (name, problem.people)
        if key not in self._kept:
            self._kept[key] = make(np.flatnonzero(np.isin(self.found.of, problem.people)))
        return self._kept[key]

    def minilm(self, problem: Problem) -> Floats:
        """Cosine to the MiniLM centroid of the references: the usual recipe."""
        return np.asarray(self.embedded[problem.rows] @ self.embedded[problem.refs].mean(axis=0), dtype=np.float64)

    def topic_only(self, problem: Problem) -> Floats:
        """Guard: latent semantic analysis of content words alone. It must fail where topic is controlled."""

        def make(rows: Ints) -> Any:
            stop = sorted({part for word in grams.small_words() for part in word.split("'")})
            counts = TfidfVectorizer(stop_words=stop, sublinear_tf=True, min_df=3, token_pattern=r"[^\W\d_]{3,}")
            x = counts.fit_transform([self.found.texts[r] for r in rows])
            lsa = TruncatedSVD(100, random_state=0).fit(x)
            return normalize(lsa.transform(counts.transform(self.found.texts)))

        x = self._background("lsa", problem, make)
        return np.asarray(x[problem.rows] @ x[problem.refs].mean(axis=0))

    def char_tfidf(self, problem: Problem) -> Floats:
        """Characters 3-5, TF-IDF, cosine to the centroid."""

        def make(rows: Ints) -> Any:
            counts = TfidfVectorizer(
                analyzer="char", ngram_range=(3, 5), sublinear_tf=True, min_df=3, max_features=50_000
            )
            counts.fit([self.found.texts[r] for r in rows])
            return counts.transform(self.found.texts)

        x = self._background("char", problem, make)
        return np.asarray(x[problem.rows] @ np.asarray(x[problem.refs].mean(axis=0)).ravel())

    def cosine_delta(self, problem: Problem) -> Floats:
        """Cosine Delta (Würzburg), 400 most frequent words of the background."""

        def make(rows: Ints) -> Any:
            counts = CountVectorizer(max_features=400, token_pattern=r"[\w']+|[^\w\s]")
            counts.fit([self.found.texts[r] for r in rows])
            x = normalize(counts.transform(self.found.texts), "l1").toarray()
            return (x - x[rows].mean(axis=0)) / (x[rows].std(axis=0) + 1e-9)

        x = self._background("delta", problem, make)
        own = x[problem.refs].mean(axis=0)
        return np.asarray(
            x[problem.rows] @ own / (np.linalg.norm(x[problem.rows], axis=1) * np.linalg.norm(own) + 1e-9)
        )

    def function_words(self, problem: Problem) -> Floats:
        """Rates of small words, z-scored on the background, cosine."""

        def make(rows: Ints) -> Any:
            x = normalize(self.small, "l1").toarray()
            return np.clip((x - x[rows].mean(axis=0)) / (x[rows].std(axis=0) + 1e-6), -4, 4)

        x = self._background("function", problem, make)
        own = x[problem.refs].mean(axis=0)
        return np.asarray(
            x[problem.rows] @ own / (np.linalg.norm(x[problem.rows], axis=1) * np.linalg.norm(own) + 1e-9)
        )

    def feature_delta(self, problem: Problem) -> Floats:
        """The style page's distance until now: Burrows's Delta on our features, weights fixed (closed set)."""
        own = distance.scaled(self.features[problem.refs])
        z = distance.against(distance.scaled(self.features[problem.rows]), own, leave_out=False)
        return -np.nan_to_num(distance.mean_size(z), nan=9.0)

    def lambdag(self, problem: Problem) -> Floats:
        """LambdaG (2403.08462, PyPI lambdag's Kneser-Ney models, order 5) on tokens with content words masked.

        `LAMBDAG` reference models of the background, kept for all problems that share it.
        """
        from lambdag.language_models.kneser_ney import KneserNeyLanguageModel

        def model(sentences: Sequence[tuple[str, ...]]) -> Any:
            out = KneserNeyLanguageModel(discount=0.75, order=5, special_handling_of_pad_start_element=True)
            for sentence in sentences:
                out.fit(sentence)
            return out

        def said(by: Any, sentences: Sequence[tuple[str, ...]]) -> float:
            return float(sum(np.log10(by.probabilities(s)).sum() for s in sentences))

        def make(rows: Ints) -> Any:
            pool = [s for r in rows for s in self._masked(int(r))]
            rng = np.random.default_rng(0)
            size = min(len(pool), 300)
            return [model([pool[i] for i in rng.choice(len(pool), size, replace=False)]) for _ in range(LAMBDAG)]

        references = self._background("lambdag", problem, make)
        own = model([s for r in problem.refs for s in self._masked(int(r))])
        out = []
        for row in problem.rows:
            sentences = self._masked(int(row))
            if (key := (problem.people, int(row))) not in self._reference:
                self._reference[key] = float(np.mean([said(m, sentences) for m in references]))
            tokens = sum(map(len, sentences))
            out.append((said(own, sentences) - self._reference[key]) / max(1.0, tokens**0.5))
        return np.array(out)

    def _masked(self, row: int) -> list[tuple[str, ...]]:
        if row not in self._tokens:
            sentences: list[tuple[str, ...]] = []
            part: list[str] = []
            for piece in grams.pieces(self.found.texts[row]):
                if piece.small is not None:
                    part.append(piece.small)
                    if piece.small in {".", "!", "?", "\n", "\n\n"}:
                        sentences.append(tuple(part))
                        part = []
            self._tokens[row] = [*sentences, tuple(part)] if part else sentences
        return self._tokens[row]


class Ours:
    """`analytics.voice` with a background, and a calibration, of the people who are not among the candidates."""

    def __init__(self, found: People) -> None:
        self.found = found
        self._banks: dict[tuple[int, ...], voice.Bank] = {}
        self.own: dict[int, list[tuple[float, int, int]]] = defaultdict(list)

    def bank(self, problem: Problem) -> voice.Bank:
        """Refitted in every fold."""
        if problem.people not in self._banks:
            calibration = fit_bank.calibrate(self.found, problem.people, seeds=(7, 8))
            self._banks[problem.people] = fit_bank.make(self.found, problem.people, calibration)
        return self._banks[problem.people]

    def scores(self, problem: Problem) -> list[voice.Score]:
        """Of the problem's rows."""
        back = self.bank(problem)
        profile = voice.fit([self.found.readings[r] for r in problem.refs], background=back)
        return [s[0] for s in voice.score_many([profile], [self.found.readings[r] for r in problem.rows], back)]


def calibration_error(chance: Floats, truth: Floats, weight: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean |said - seen| over ten equal bins, by weight."""
    place = np.minimum((chance * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        here = place == b
        if w := float(weight[here].sum()):
            total += w * abs(float((chance[here] - truth[here]) @ weight[here]) / w)
    return total / float(weight.sum())


def run(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """All sets: rows of {set, method, plain, controlled, each (mean, low, high), n}, and the calibration."""
    found = people()
    peers, ours = Baselines(found), Ours(found)
    named: dict[str, Method] = {
        "MiniLM centroid": peers.minilm,
        "topic only (guard)": peers.topic_only,
        "char 3-5 TF-IDF": peers.char_tfidf,
        "Cosine Delta": peers.cosine_delta,
        "function words": peers.function_words,
        "LambdaG": peers.lambdag,
        "feature Delta (0.1)": peers.feature_delta,
    }
    out: list[dict[str, Any]] = []
    calibrated: list[dict[str, Any]] = []
    everything: list[tuple[Floats, Floats, Floats]] = []
    for label, blog, k, parts in SETS:
        seen = list(problems(found, blog, k, seeds, parts))
        plain: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        controlled: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        said: list[tuple[Floats, Floats, Floats]] = []
        for problem in seen:
            n = len(problem.own)
            low, high = hard(peers.minilm(problem), n)
            scores = ours.scores(problem)
            by = {name: method(problem) for name, method in named.items()}
            by["Timbre style"] = np.array([s.style for s in scores])
            by["Timbre likeness"] = np.array([s.likeness for s in scores], dtype=np.float64)
            for name, value in by.items():
                plain[name][problem.author].append(auc(value[:n], value[n:]))
                controlled[name][problem.author].append(auc(value[low], value[high]))
            chance = by["Timbre likeness"]
            both = np.concatenate([np.arange(n), high])
            said.append(
                (
                    chance[both],
                    np.r_[np.ones(n), np.zeros(len(high))],
                    np.r_[np.full(n, 0.5 / n), np.full(len(high), 0.5 / len(high))],
                )
            )
        for name in [*named, "Timbre style", "Timbre likeness"]:
            out.append(
                {
                    "set": label,
                    "method": name,
                    "plain": interval(plain[name]),
                    "controlled": interval(controlled[name]),
                    "authors": len(plain[name]),
                }
            )
        everything += said
        joined = [np.concatenate([s[i] for s in said]) for i in range(3)]
        calibrated.append(
            {
                "set": label,
                "ece": calibration_error(joined[0], joined[1], joined[2]),
                "problems": len(seen),
                "authors": len(plain["Timbre style"]),
            }
        )
        _print(label, [row for row in out if row["set"] == label], calibrated[-1])
    joined = [np.concatenate([s[i] for s in everything]) for i in range(3)]
    pooled = calibration_error(joined[0], joined[1], joined[2])
    calibrated.append(
        {"set": "all", "ece": pooled, "problems": len(everything), "authors": len(set(found.of.tolist()))}
    )
    print(f"\nexpected calibration error over all sets: {pooled:.3f} (goal .05)")
    return {"likeness": out, "calibration": calibrated, "top1": top1(found, ours, seeds), "speed": speed(found)}


def _print(label: str, rows: Sequence[dict[str, Any]], calibrated: dict[str, Any]) -> None:
    print(f"\n{label} ({rows[0]['authors']} authors; goal controlled {GOALS.get(label, '-')})")
    print(f"{'':24} {'plain AUC':>20} {'topic-controlled':>22}")
    for row in rows:
        (a, b, c), (d, e, f) = row["plain"], row["controlled"]
        print(f"{row['method']:24} {a:.3f} ({b:.2f}-{c:.2f}) {d:8.3f} ({e:.2f}-{f:.2f})")
    print(f"expected calibration error, even odds, on-topic negatives: {calibrated['ece']:.3f} (goal .05)", flush=True)


def top1(found: People, ours: Ours, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """How often the highest likeness among the fold's personas is the true author's."""
    out = []
    for label, blog, k, parts in SETS[:3:2]:
        groups: dict[tuple[int, ...], list[Problem]] = defaultdict(list)
        by: dict[int, list[float]] = defaultdict(list)
        for seed in seeds:
            groups.clear()
            for problem in problems(found, blog, k, (seed,), parts):
                groups[problem.candidates].append(problem)
            for together in groups.values():
                if len(together) < 2:
                    continue
                back = ours.bank(together[0])
                profiles = [voice.fit([found.readings[r] for r in p.refs], background=back) for p in together]
                for at, problem in enumerate(together):
                    scores = voice.score_many(profiles, [found.readings[r] for r in problem.own], back)
                    hits = [int(np.argmax([s.likeness or 0.0 for s in row]) == at) for row in scores]
                    by[problem.author].append(float(np.mean(hits)))
        if by:
            value = interval(by)
            out.append({"set": label, "top1": value, "authors": len(by)})
            print(
                f"top-1 among 2-3 personas, {label}: {value[0]:.3f} ({value[1]:.2f}-{value[2]:.2f}), {len(by)} authors"
            )
    return out


def speed(found: People) -> dict[str, float]:
    """Posts a second of CPU time: reading, reading and scoring against 10 personas; seconds to fit 100 posts."""
    texts = found.originals[:600]
    profiles = [voice.fit([found.readings[r] for r in found.posts(a)[:30]]) for a in range(10)]
    start = time.process_time()
    readings = [voice.read(text) for text in texts]
    read = time.process_time() - start
    voice.score_many(profiles, readings)
    whole = time.process_time() - start
    start = time.process_time()
    voice.fit([found.readings[r] for r in found.posts(0)[:100]])
    fitting = time.process_time() - start
    out = {"read": len(texts) / read, "read_and_score_10": len(texts) / whole, "fit_100_seconds": fitting}
    print(f"\none core: {out['read']:.0f} posts/s read, {out['read_and_score_10']:.0f} posts/s read and scored against "
          f"10 personas (goal 300); a profile of 100 posts in {fitting:.2f} s (goal 2)")  # fmt: skip
    return out


if __name__ == "__main__" and available():
    run()
