"""Fusion, diversity and word ranking, by arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exemplars import rank


def test_fusion_by_hand() -> None:
    assert rank.fuse(["a", "b"], ["b"]) == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61})


def unit(*values: float) -> np.ndarray:
    vector = np.asarray(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_diversity_passes_over_a_near_copy_of_the_best() -> None:
    vectors = {"best": unit(1, 0), "copy": unit(1, 0.01), "other": unit(0.2, 1), "far": unit(-1, 1)}
    scores = {
        "best": 3.0,
        "copy": 2.9,
        "other": 2.2,
        "far": 0.0,
    }
    assert rank.diverse(scores, vectors, 2) == ["best", "other"]


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 1), max_size=8), st.integers(1, 6))
def test_diversity_chooses_each_once_and_begins_with_the_best(scores: dict[str, float], k: int) -> None:
    vectors = {id_: unit(1, n + 1) for n, id_ in enumerate(scores)}
    chosen = rank.diverse(scores, vectors, k)
    assert len(chosen) == len(set(chosen)) == min(k, len(scores))
    if scores:
        assert scores[chosen[0]] == max(scores.values())


def test_words_that_are_rarer_weigh_more() -> None:
    texts = {"a": ["valve", "plant"], "b": ["plant", "paper"], "c": ["plant", "ink"]}
    scores = rank.bm25(["the", "valve", "plant"], texts)
    assert max(scores, key=scores.__getitem__) == "a"
    assert rank.bm25(["the", "and"], texts) == {}


def test_shared_words_are_telling_ones() -> None:
    assert rank.shared(["the", "valve", "of", "it", "margin"], ["margin", "the", "of", "valve"]) == ["valve", "margin"]
