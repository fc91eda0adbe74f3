"""Distance from one's own past: laws on made-up numbers, sense on real authors, and what too little means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import distance
from analytics.features import INDEX, NAMES, features, matrix


def made_up(n: int, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    """Posts of an author that never changes (but for `shift`): every feature around 5."""
    values = np.random.default_rng(seed).normal(5 + shift, 1, (n, len(NAMES))).clip(0).astype(np.float32)
    values[:, INDEX["words"]] = 100
    return values


def test_too_few_before_and_too_short_are_not_judged() -> None:
    values = made_up(12)
    values[9, INDEX["words"]] = distance.MIN_WORDS - 1
    judged = ~np.isnan(distance.distances(values))
    assert not judged[: distance.MIN_PAST].any()
    assert not judged[9]
    assert judged[distance.MIN_PAST : 9].all() and judged[10:].all()
    assert distance.distances(values[:0]).shape == (0,)


def test_later_posts_do_not_change_what_was_said_of_earlier_ones() -> None:
    values = made_up(40)
    np.testing.assert_allclose(distance.distances(values)[:25], distance.distances(values[:25]), atol=1e-6)


def test_one_row_is_the_row_of_all() -> None:
    values = made_up(30)
    values[:10, 3] = np.nan
    np.testing.assert_allclose(
        distance.z_score(values[:20], values[20]), distance.z_scores(values)[20], rtol=1e-4, atol=1e-4
    )


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_an_author_who_does_not_change_is_rarely_outside(seed: int) -> None:
    found = distance.distances(made_up(400, seed))
    _, high = distance.band(found)
    assert np.nanmean(found > high) < 0.12


def test_a_change_lies_outside() -> None:
    found = distance.distances(np.vstack([made_up(40), made_up(10, 1, shift=4)]))
    low, high = distance.band(found)
    assert found[40] > 2 * high[40]
    assert (found[41:45] > np.nanmax(found[:40])).all()
    assert (low[20:] < high[20:]).all()


@given(st.lists(st.one_of(st.floats(0, 10), st.just(float("nan"))), max_size=60))
def test_bands_hold_for_any_values(values: list[float]) -> None:
    found = np.array(values, dtype=float)
    low, high = distance.band(found)
    known = ~np.isnan(low)
    assert (low[known] <= high[known]).all()
    assert not known[: distance.MIN_BAND].any()


@pytest.mark.slow
def test_on_real_authors_others_lie_further_away_than_oneself(real_posts: dict[str, list[dict[str, str]]]) -> None:
    people = {a: [p["text"] for p in posts[:50]] for a, posts in real_posts.items() if len(posts) >= 50}
    vectors = {author: matrix([features(t) for t in texts]) for author, texts in people.items()}
    further = []
    for author, own in vectors.items():
        for other, theirs in vectors.items():
            if other != author and other[:4] == author[:4]:
                spliced = distance.distances(np.vstack([own[:35], theirs[:15]]))[35:]
                further.append(np.nanmean(spliced) > np.nanmean(distance.distances(own)[35:]))
    assert np.mean(further) > 0.8  # 15 posts of somebody else, on the mean, against the author's own next 15
