"""Makes analytics/voice_bank.npz from the development people: `python -m bench.voice.fit_bank`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd

from analytics import voice
from analytics.distance import scaled
from analytics.features import NAMES
from analytics.voice import BANK, RANK, VERSION, Bank, Floats, load_bank
from bench.voice.people import People, available, hard, people, problems

EACH = 80
"""Posts of each person, at most; every person weighs the same."""
SHARED_BY = 3
UNCALIBRATED = np.zeros(5)
SIZES = (5, 10, 20, 30, 60)


def make(found: People, authors: Sequence[int], calibration: Floats = UNCALIBRATED, seed: int = 0) -> Bank:
    """A background of these authors only."""
    rng = np.random.default_rng(seed)
    kept = [np.sort(rng.permutation(found.posts(a))[:EACH]) for a in authors]
    weight = np.concatenate([np.full(len(k), 1 / (len(k) * len(kept))) for k in kept])
    readings = [found.readings[row] for k in kept for row in k]
    x = scaled(np.vstack([r.features for r in readings]))
    size = np.nanstd(x, axis=0)
    blank = Bank(
        np.zeros(0, np.float32),
        np.zeros(0, np.float32),
        0.0,
        np.nan_to_num(np.nanmedian(x, axis=0)).astype(np.float32),
        np.where(size > 1e-6, size, 1.0).astype(np.float32),
        _rarity(found, authors),
        calibration,
        len(authors),
    )
    full = voice.rows(readings, blank)
    full[:, ~_shared(full, [len(k) for k in kept])] = 0.0
    mean = (weight @ full).astype(np.float32)
    centred = (np.sqrt(weight)[:, None] * (full - mean)).astype(np.float32)
    _, values, directions = randomized_svd(centred, min(RANK, len(full) - 1), n_iter=2, random_state=0)
    rest = max(0.0, float((centred**2).sum() - (values**2).sum())) / full.shape[1]
    return Bank(
        mean, (values[:, None] * directions).astype(np.float32), rest,
        blank.centre, blank.size, blank.rarity, calibration, len(authors),
    )  # fmt: skip


def _shared(rows: voice.Array, posts: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Which dimensions `SHARED_BY` people or more use; rows by person, so many `posts` of each."""
    ends = np.cumsum(posts)
    users = sum((rows[end - n : end] != 0).any(axis=0).astype(np.int64) for n, end in zip(posts, ends, strict=True))
    return np.asarray(users >= SHARED_BY)


def _rarity(found: People, authors: Sequence[int]) -> voice.Array:
    """How rare each content word is among people, 0 to 1; words of fewer than `SHARED_BY` people are all the same."""
    users = np.zeros(1 << 16)
    for author in authors:
        ids = np.unique(np.concatenate([found.readings[row].blocks["words"][0] for row in found.posts(author)]))
        users[ids] += 1
    users[users < SHARED_BY] = SHARED_BY - 1
    rare = np.log((len(authors) + 1) / users) / np.log((len(authors) + 1) / (SHARED_BY - 1))
    return np.asarray(rare, dtype=np.float32)


def calibrate(found: People, authors: Sequence[int], seeds: Sequence[int] = (7, 8, 9)) -> Floats:
    """Calibration of the likeness on these authors, each scored with backgrounds of the others among them."""
    inner = subset(found, authors)
    rows, truth, weight = [], [], []
    banks: dict[tuple[int, ...], Bank] = {}
    for blog in (False, True):
        for k in SIZES:
            for problem in problems(inner, blog, k, seeds, parts=3 if not blog else 2):
                if problem.people not in banks:
                    banks[problem.people] = make(inner, problem.people)
                back = banks[problem.people]
                profile = voice.fit([inner.readings[r] for r in problem.refs], background=back)
                scores = voice.score_many([profile], [inner.readings[r] for r in problem.rows], back)
                style = np.array([s[0].style for s in scores])
                n = len(problem.own)
                _, high = hard(np.array([s[0].topic for s in scores]), n)
                for chosen, label in ((np.arange(n), 1), (high, 0)):
                    rows += [voice.evidence(profile, int(inner.words[problem.rows[i]]), style[i]) for i in chosen]
                    truth += [label] * len(chosen)
                    weight += [1 / len(chosen)] * len(chosen)
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000)
    model.fit(np.array(rows), np.array(truth), sample_weight=np.array(weight) * len(weight) / sum(weight))
    return np.asarray(model.coef_[0], dtype=np.float64)


def subset(found: People, authors: Sequence[int]) -> People:
    """These authors only, numbered anew."""
    keep = np.flatnonzero(np.isin(found.of, authors))
    names = tuple(found.authors[a] for a in authors)
    new = {a: at for at, a in enumerate(authors)}
    return People(
        names,
        np.array([new[int(found.of[row])] for row in keep], dtype=np.intp),
        [found.texts[row] for row in keep],
        [found.originals[row] for row in keep],
        [found.dates[row] for row in keep],
        [found.readings[row] for row in keep],
        found.words[keep],
    )


def arrays(bank: Bank) -> dict[str, Any]:
    """What is written: directions in 8 bits, each with its step."""
    steps = np.maximum(np.abs(bank.directions).max(axis=1) / 127, 1e-12)
    return {
        "version": np.array(VERSION),
        "mean": bank.mean.astype(np.float16),
        "directions": np.round(bank.directions / steps[:, None]).astype(np.int8),
        "steps": steps.astype(np.float32),
        "rest": np.array(bank.rest),
        "centre": bank.centre,
        "size": bank.size,
        "rarity": bank.rarity.astype(np.float16),
        "calibration": bank.calibration,
        "people": np.array(bank.people),
    }


def main() -> None:
    """Fit and write."""
    if not available():
        return
    found = people()
    everyone = range(len(found.authors))
    calibration = calibrate(found, everyone)
    np.savez_compressed(BANK, **arrays(make(found, everyone, calibration)))
    kept = load_bank(BANK)
    print(f"{BANK.name}: {BANK.stat().st_size / 1e6:.1f} MB, {kept.people} people, {len(NAMES)} features")
    print("calibration:", np.round(kept.calibration, 3))


if __name__ == "__main__":
    main()
