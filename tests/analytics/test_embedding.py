"""Embeddings: unit vectors of the shipped model, without a network; a missing model says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics import embedding


def test_a_missing_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="is not at"):
        embedding.embed(["a"], folder=str(tmp_path / "none"))
    assert not embedding.loaded(str(tmp_path / "none"))


def test_nothing_to_embed_loads_nothing() -> None:
    assert embedding.embed([]).shape == (0, embedding.DIMENSIONS)


@pytest.mark.slow
def test_vectors_are_of_unit_length_and_near_for_like_meaning() -> None:
    vectors = embedding.embed(["The pump broke.", "A pump failed.", "We sang all night.", ""])
    assert vectors.shape == (4, embedding.DIMENSIONS) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert embedding.loaded()
