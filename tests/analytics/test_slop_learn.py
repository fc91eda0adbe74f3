"""Genericness learnt further: labels move the weights as far as they tell, chance does not, people's posts stay."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from analytics import slop_learn, slop_model
from analytics.slop_model import load, normalised, tokens

THINGS = ("audit", "valve", "permit", "budget", "meeting", "bridge", "harbour", "contract", "survey", "ledger", "pump")
EMPTY = ("And that is what it is all about for the {}.", "That is what I have to say to you about the {}.",
         "So that is how it is with the {}, and that is that.", "It is all there is to it and to the {}.")  # fmt: skip
FULL = ("But nobody had asked them for the {} then.", "They were not there when we left the {}.",
        "You should have seen them by the {}.", "We might never know who of them had the {}.")  # fmt: skip


def text(rng: random.Random, pool: tuple[str, ...]) -> str:
    """About 80 words with some sentences of the pool among others that both kinds have."""
    shared = (f"Last {rng.choice(THINGS)} day I counted {rng.randrange(9, 99)} of the {rng.choice(THINGS)} pages twice, "
              f"and {rng.choice(THINGS)} people said no." for _ in range(4))  # fmt: skip
    mine = (rng.choice(pool).format(rng.choice(THINGS)) for _ in range(4))
    return " ".join(part for pair in zip(shared, mine, strict=True) for part in pair)


def labelled(count: int, seed: int = 1) -> tuple[list[slop_learn.Text], list[bool], list[int]]:
    """Texts, labels (every other one generic, a tenth of them wrong) and briefs with two texts each."""
    rng = random.Random(seed)
    generic = [n % 2 == 0 for n in range(count)]
    texts = [slop_learn.read(text(rng, EMPTY if g != (n % 20 > 17) else FULL), load()) for n, g in enumerate(generic)]
    return texts, generic, [n // 2 for n in range(count)]


def odds(value: str, weights: slop_model.Weights) -> float:
    return weights.slope * weights.decision(tokens(normalised(value))) + weights.offset


@pytest.fixture(scope="module")
def learnt() -> tuple[list[slop_learn.Text], list[bool], list[int], slop_learn.Moved]:
    texts, generic, briefs = labelled(60)
    return texts, generic, briefs, slop_learn.learn(texts, generic, load())


def test_the_fit_is_the_optimum(learnt: tuple[list[slop_learn.Text], list[bool], list[int], slop_learn.Moved]) -> None:
    texts, generic, _, moved = learnt
    y, z = np.array(generic, dtype=float), np.array([t.stands for t in texts])
    x = np.hstack([slop_learn._dense(texts, b, len(c)) for b, c in enumerate(load().coef)])
    best = np.concatenate(moved.added)

    def loss(added: np.ndarray) -> float:
        """By hand: log loss and penalty; the base rate at its best is left to a fine search."""
        values = x @ added + z
        shifts = np.linspace(-30, 30, 6001)
        told = np.logaddexp(0, np.where(y[:, None] > 0, -1, 1) * (values[:, None] + shifts)).sum(0)
        prior = shifts**2 / 2 / slop_learn.BASE_RATE**2
        return float((told + prior).min() + added @ added / 2 / slop_learn.SPREAD**2)

    rng = np.random.default_rng(0)
    here = loss(best)
    for _ in range(10):
        way = rng.normal(0, 1, len(best)) * (best != 0)
        step = 0.05 * np.linalg.norm(best) * way / np.linalg.norm(way)
        assert loss(best + step) > here


def test_labels_are_told_that_were_not_learnt_from(
    learnt: tuple[list[slop_learn.Text], list[bool], list[int], slop_learn.Moved],
) -> None:
    texts, generic, briefs, moved = learnt
    told = slop_learn.judge(texts, generic, briefs, load(), [t.stands for t in texts])
    unseen, labels, _ = labelled(40, seed=2)
    values = np.array([moved.log_odds(t) for t in unseen])

    assert 0 < told.least < told.low < told.right - told.now < told.high
    assert told.right > told.now + 0.1
    assert (values[labels] > np.median(values)).mean() == pytest.approx(0.9)


def test_chance_moves_no_exam(learnt: tuple[list[slop_learn.Text], list[bool], list[int], slop_learn.Moved]) -> None:
    texts, generic, briefs, _ = learnt
    rng = np.random.default_rng(3)
    passed = 0
    for _ in range(10):
        shuffled = rng.permutation(generic).tolist()
        passed += slop_learn.judge(texts, shuffled, briefs, load(), [t.stands for t in texts]).least > 0
    assert passed <= 1  # 3 of 460 in a longer look


def test_what_the_one_in_use_has_learnt_from_is_not_compared(
    learnt: tuple[list[slop_learn.Text], list[bool], list[int], slop_learn.Moved],
) -> None:
    texts, generic, briefs, _ = learnt
    knows = [100.0 if g else -100.0 for g in generic]  # by heart
    fresh = [n >= 30 for n in range(60)]
    in_use = [value if not new else t.stands for value, new, t in zip(knows, fresh, texts, strict=True)]

    assert slop_learn.judge(texts, generic, briefs, load(), knows).now == 1.0
    told = slop_learn.judge(texts, generic, briefs, load(), in_use, fresh)
    assert told.now == slop_learn.judge(texts, generic, briefs, load(), [t.stands for t in texts], fresh).now
    assert told.pairs < 15 * 15


def test_the_new_weights_say_the_same_and_peoples_posts_keep_their_mean(
    tmp_path: Path, learnt: tuple[list[slop_learn.Text], list[bool], list[int], slop_learn.Moved]
) -> None:
    moved, rng = learnt[3], random.Random(9)
    own = [text(rng, EMPTY + FULL) for _ in range(30)]
    read = [slop_learn.read(one, load()) for one in own]
    slop_model.save(slop_learn.weights(moved, load(), read), tmp_path / "w.npz")
    made = slop_model.load(tmp_path / "w.npz")

    new = [odds(one, made) for one in own]
    differences = [value - moved.log_odds(t) for value, t in zip(new, read, strict=True)]
    assert np.ptp(differences) < 0.05  # half floats
    assert np.mean(new) == pytest.approx(np.mean([t.stands for t in read]), abs=0.05)
    over = [sum(odds(one, w) >= np.log(w.line / (1 - w.line)) for one in own) for w in (load(), made)]
    assert over[1] <= over[0]
    assert made.line >= load().line
