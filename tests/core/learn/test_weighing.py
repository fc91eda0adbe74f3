"""Weights from votes: what people go by is found, and chance proposes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.model import lower, often, poisson_tail, tail
from core.learn.weighing import SPREAD, Choice, difference, fit, learn, scale, simplex

BEGIN = (0.4, 0.25, 0.2, 0.15)


def votes(seed: int, count: int, true: tuple[float, ...] | None) -> tuple[Choice, ...]:
    """Votes of somebody who goes by `true` (log odds of 10 for the whole difference), or tosses a coin."""
    rng = np.random.default_rng(seed)
    out = []
    for n in range(count):
        d = np.array(
            [rng.beta(2, 2) - rng.beta(2, 2), rng.choice([-0.5, -0.25, 0, 0.25, 0.5]), rng.normal(0, 0.15), 0.0]
        )
        p = 0.5 if true is None else 1 / (1 + np.exp(-10 * float(d @ np.array(true))))
        out.append(Choice(tuple(d if rng.random() < p else -d), n % max(8, count // 4)))
    return tuple(out)


def test_coin_flips_propose_nothing() -> None:
    assert sum(learn(votes(n, 40, None), BEGIN, BEGIN) is not None for n in range(100)) <= 5


def test_who_goes_by_the_present_weights_is_asked_nothing() -> None:
    assert sum(learn(votes(n, 40, BEGIN), BEGIN, BEGIN) is not None for n in range(40)) <= 2


def test_what_people_go_by_is_found() -> None:
    found = [learn(votes(n, 120, (0.05, 0.9, 0.05, 0.0)), BEGIN, BEGIN) for n in range(20)]
    clear = [one for one in found if one]
    assert len(clear) >= 18
    for one in clear:
        assert sum(one.weights) == pytest.approx(1) and min(one.weights) >= 0 and one.low > 0
        assert one.weights[1] > 0.5 and one.right >= one.right_now


@pytest.mark.parametrize(("count", "briefs"), [(19, 19), (60, 7)])
def test_too_few_votes_or_briefs_propose_nothing(count: int, briefs: int) -> None:
    rows = tuple(Choice((-0.5, 0.5, 0.0, 0.0), n % briefs) for n in range(count))
    assert learn(rows, BEGIN, BEGIN) is None
    assert learn(tuple(Choice((-0.5, 0.5, 0.0, 0.0), n % 10) for n in range(60)), BEGIN, BEGIN) is not None


def test_the_fit_is_the_optimum() -> None:
    x = np.array([v.difference for v in votes(3, 80, (0.1, 0.8, 0.1, 0.0))])
    begin = np.array(BEGIN)
    best = fit(x, begin)
    middle = scale(x, begin) * begin

    def loss(b: np.ndarray) -> float:
        return float(np.logaddexp(0, -x @ b).sum() + ((b - middle) ** 2).sum() / 2 / SPREAD**2)

    rng = np.random.default_rng(0)
    assert all(loss(np.maximum(0, best + rng.normal(0, 0.3, 4))) >= loss(best) - 1e-9 for _ in range(300))


def test_shares_and_differences() -> None:
    assert simplex(np.array([1.0, 1.0, 1.0, 0.0]), np.array(BEGIN)) == (0.34, 0.33, 0.33, 0.0)
    assert simplex(np.zeros(4), np.array(BEGIN)) == BEGIN
    assert list(difference({"a": 0.7, "b": None}, {"a": 0.2, "b": 1.0}, ["a", "b"])) == [pytest.approx(0.5), 0.0]


def test_chance() -> None:
    assert lower(7, 9) == pytest.approx(0.4526, abs=1e-3) and lower(0, 0) == 0  # Wilson, by hand
    assert often(4, 8) and not often(4, 9) and not often(3, 3)
    assert tail(5, 5, 0.1) == pytest.approx(1e-5) and poisson_tail(1, 0.5) == pytest.approx(1 - np.exp(-0.5))
