"""The order of variants goes by the best estimates; the verdict on likeness names nobody inside the error bars."""

from __future__ import annotations

from typing import Any

import pytest

from core.generate import scores


def scored(likeness: float | None, points: float = 0.5, evidence: str = "ok") -> dict[str, Any]:
    return {
        "voice": {"likeness": likeness, "evidence": evidence},
        "_rank": {"likeness": likeness, "points": points, "brief": 0.5, "originality": 1.0},
    }


def places(*rows: dict[str, Any]) -> list[int]:
    return [at for at, _, _ in scores.order(rows)]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [(0.9, 0.2, 1), (0.2, 0.9, -1), (0.7, 0.6, 0), (0.9, 0.4, 0), (0.5, 0.5, 0), (None, 0.9, 0), (0.001, 0.0, 0), (1.0, 0.99, 0)],
)  # fmt: skip
def test_one_text_is_closer_only_where_it_is_clear(first: float | None, second: float | None, said: int) -> None:
    assert scores.clearer(scored(first), scored(second)) == said == -scores.clearer(scored(second), scored(first))


def test_a_clear_likeness_outweighs_a_little_more_of_the_brief() -> None:
    assert places(scored(0.1, points=0.7), scored(0.97, points=0.5)) == [1, 0]


def test_inside_the_error_bars_the_best_estimate_decides_and_the_reason_says_that_it_is_one() -> None:
    assert places(scored(0.55, points=0.5), scored(0.75, points=0.5)) == [1, 0]
    assert places(scored(0.55, points=0.9), scored(0.6, points=0.5)) == [0, 1], "it is one quantity among others"
    (_, first, why), (_, second, _) = scores.order([scored(0.55), scored(0.75)])
    assert first > second and "the best estimate; the difference is not clear" in why
    assert "no clear difference" in scores.order([scored(0.6, points=0.9), scored(0.6)])[0][2]


def test_other_weights_make_another_order() -> None:
    rows = [scored(0.9, points=0.5), scored(0.2, points=1.0)]
    assert places(*rows) == [0, 1]
    weights = {"likeness": 0.1, "points": 0.6, "brief": 0.2, "originality": 0.1}
    found = scores.order(rows, weights)
    assert [at for at, _, _ in found] == [1, 0] and "what it says of the brief 60%" in found[0][2]


def test_the_reason_says_what_counts_and_what_made_the_place() -> None:
    (_, _, first), (_, _, second) = scores.order([scored(0.97), scored(0.1)])
    assert "ahead on likeness to the author" in first and "behind on likeness" in second
    assert all("50%" in why and "What counts" in why for why in (first, second))
    assert "no clear difference" not in first


def test_without_a_figure_a_variant_stands_in_the_middle() -> None:
    rows = [scored(0.97), scored(None, evidence="too little"), scored(0.05)]
    totals = {at: total for at, total, _ in scores.order(rows)}
    assert totals[0] > totals[1] > totals[2]


def test_scores_that_an_earlier_release_kept_are_still_put_in_order() -> None:
    old = {"_rank": {"typicality": 0.5, "points": 0.9, "topic": 0.5, "originality": 1.0}}
    assert scores.verdict([old, old], "AB") == ""
    assert places({**old, "_rank": {**old["_rank"], "points": 0.2}}, old) == [1, 0]


@pytest.mark.parametrize(
    ("likenesses", "said"),
    [
        ([0.5], ""),
        ([0.5, 0.7], "No clear difference"),
        ([0.97, 0.1], "Clearly closer to the author: A than B."),
        ([0.95, 0.6, 0.1], "Clearly closer to the author: A than C. No other difference is clear."),
        ([0.97, 0.98, 0.1], "Clearly closer to the author: A and B than C. No other difference is clear."),
        ([0.97, None], "too little evidence"),
    ],
)
def test_the_verdict_names_no_winner_inside_the_error_bars(likenesses: list[float | None], said: str) -> None:
    rows = [scored(x, evidence="ok" if x is not None else "too little") for x in likenesses]
    assert said in scores.verdict(rows, "ABC"[: len(rows)]) and (said or not scores.verdict(rows, "A"))
