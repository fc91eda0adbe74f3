"""Bradley-Terry with ties: what it finds, how sure it is, and that chance is not called a winner."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.preference import (
    LEFT,
    MOST,
    RIGHT,
    TIE,
    Ballot,
    Difference,
    boundary,
    chance,
    fit,
    more_votes,
    settled,
    verdict,
)
from bench.lab import World, ballots, wilson


def of(a: int, b: int, ties: int = 0, briefs: int = 10) -> list[Ballot]:
    """`a` votes for A, `b` for B; half of each with A on the left."""
    won = [("A", "B")] * a + [("B", "A")] * b
    rows = [
        Ballot(*((w, lo) if n % 2 else (lo, w)), LEFT if n % 2 else RIGHT, n % briefs) for n, (w, lo) in enumerate(won)
    ]
    return rows + [Ballot("A", "B", TIE, n % briefs) for n in range(ties)]


def test_more_votes_for_one_side_is_a_higher_strength_and_a_narrower_interval() -> None:
    few, many = fit(of(7, 3)).between(0, 1), fit(of(70, 30)).between(0, 1)
    assert few and many and 0 < few.value < many.value < math.log(70 / 30) + 0.01
    assert many.error < few.error / 2
    even = fit(of(20, 20)).between(0, 1)
    assert even and abs(even.value) < 1e-6


def test_it_does_not_matter_which_name_comes_first_or_on_which_side() -> None:
    turned = {"A": "B", "B": "A"}
    rows = of(9, 4, 3)
    swapped = [Ballot(turned[b.left], turned[b.right], b.choice, b.group) for b in rows]
    mirrored = [Ballot(b.right, b.left, 2 - b.choice, b.group) for b in rows]
    gap, other, mirror = (fit(r).between(0, 1) for r in (rows, swapped, mirrored))
    assert gap and other and mirror
    assert gap.value == pytest.approx(-other.value) == pytest.approx(mirror.value)
    assert gap.error == pytest.approx(other.error) == pytest.approx(mirror.error)


def test_it_agrees_with_davidsons_own_likelihood() -> None:
    """The gradient of the penalised likelihood, written out from the formula, is nought at the answer."""
    rows = [*of(9, 4, 3), Ballot("B", "C", LEFT), Ballot("C", "A", TIE), Ballot("C", "B", LEFT)]
    at = fit(rows).strength

    def likelihood(x: np.ndarray) -> float:
        total = -(x[:3] @ x[:3]) / (2 * 1.5**2) - (x[3] - math.log(0.5)) ** 2 / (2 * 1.5**2)
        for row in rows:
            p, q = (math.exp(x["ABC".index(side)]) for side in (row.left, row.right))
            tie = math.exp(x[3]) * math.sqrt(p * q)
            total += math.log((p, tie, q)[row.choice] / (p + q + tie))
        return total

    for n in range(4):
        step = np.eye(4)[n] * 1e-5
        assert (likelihood(at + step) - likelihood(at - step)) / 2e-5 == pytest.approx(0, abs=1e-5)


def test_few_votes_do_not_explode_and_none_are_none() -> None:
    assert fit([]).options == () and verdict(fit([])).kind == "none"
    gap = fit(of(2, 0)).between(0, 1)
    assert gap and gap.value < 2 and gap.low < 0
    all_one_way = fit(of(200, 0)).between(0, 1)
    assert all_one_way and 2 < all_one_way.value < 8 and math.isfinite(all_one_way.error)
    assert verdict(fit([Ballot("A", "A", LEFT)])).kind == "none", "nothing is learned from one against itself"


def test_what_was_never_compared_is_not_put_in_order() -> None:
    found = fit([*of(30, 2), *(Ballot("C", "D", LEFT, n) for n in range(9))])
    assert found.between(0, 2) is None and found.between(2, 3) is not None
    linked = fit([*of(30, 2), *(Ballot("B", "C", LEFT, n) for n in range(9))])
    gap = linked.between(0, 2)
    assert gap and gap.value > 0, "A beats B, B beats C"


def test_votes_on_few_briefs_that_disagree_widen_the_interval() -> None:
    """The same votes, but three briefs out of four say A and the fourth says B, each with one voice."""
    mixed = [Ballot("A", "B", LEFT if n % 4 else RIGHT, n) for n in range(64)]
    lumped = [Ballot("A", "B", LEFT if n % 4 else RIGHT, n % 8) for n in range(64)]
    a, b = fit(mixed).between(0, 1), fit(lumped).between(0, 1)
    assert a and b and a.value == pytest.approx(b.value) and b.error > 1.5 * a.error
    people = [Ballot("A", "B", LEFT if n % 4 else RIGHT, n, n % 8) for n in range(64)]
    c = fit(people).between(0, 1)
    assert c and c.error > 1.5 * a.error, "the same for people"


def test_no_winner_inside_the_error_bars() -> None:
    assert verdict(fit(of(6, 4))).kind == "open"
    leads = verdict(fit(of(21, 9)))
    assert leads.kind == "leads" and leads.best == "A" and leads.more
    won = verdict(fit(of(60, 20)))
    assert (won.kind, won.best, won.more) == ("settled", "A", 0)
    one_brief = verdict(fit(of(60, 20, briefs=2)))
    assert one_brief.kind == "leads" and one_brief.few_groups, "two briefs do not speak of others"


def test_a_winner_has_to_beat_everyone() -> None:
    close = [Ballot("A", "C", LEFT if n % 2 else RIGHT, n % 10) for n in range(40)]
    found = verdict(fit([*of(60, 10), *close]))
    assert found.kind == "open" and {found.best, found.second} == {"A", "C"}


def test_how_many_more_votes_would_tell() -> None:
    gap = fit(of(14, 6)).between(0, 1)
    assert gap
    more = more_votes(gap, 20)
    assert more and 20 < more < 200
    grown = fit(of(14 * (20 + more) // 20 + 1, 6 * (20 + more) // 20)).between(0, 1)
    assert grown and settled(grown), "with so many votes of the same share it is told"
    less = fit(of(14 * (20 + more // 2) // 20, 6 * (20 + more // 2) // 20)).between(0, 1)
    assert less and not settled(less)
    assert more_votes(Difference(0.01, 0.4), 20) is None, f"over {MOST}"
    assert boundary(4) > 3 and boundary(400) > boundary(12)


def test_chance_is_a_share() -> None:
    assert chance(0) == 0.5 and chance(math.log(3)) == pytest.approx(0.75) and 0 <= chance(-9999) < 1e-9


@pytest.mark.parametrize("world", [World(0.8, 0.0, 1), World(0.8, 0.6, 1), World(0.0, 0.6, 6)], ids=str)
def test_intervals_hold_about_95_times_in_100(world: World) -> None:
    """More repetitions, and a peer: bench/lab.py."""
    chance_ = np.random.default_rng(5)
    held = 0
    for _ in range(120):
        gap = fit(ballots(world, 48, chance_)).between(0, 1)
        held += gap is not None and gap.low <= world.difference <= gap.high
    assert 0.92 <= held / 120 <= 1


LOOKS = range(10, 81, 10)


def test_looking_after_every_few_votes_makes_no_winner_of_chance() -> None:
    """Nothing to find, a look after every tenth vote, stopping at the first winner: at most 1 in 20 such series."""
    chance_ = np.random.default_rng(8)
    false, peer = 0, 0
    for _ in range(60):
        cast = ballots(World(0.0, 0.4, 1), 80, chance_)
        seen = {verdict(fit(cast[:n])).kind for n in LOOKS}
        false += "settled" in seen
        peer += any(not low <= 0.5 <= high for low, high in (wilson(cast[:n]) for n in LOOKS))
    assert false / 60 <= 0.05
    assert peer / 60 > 0.08, "a 95% interval that one looks at again and again is passed by chance"
