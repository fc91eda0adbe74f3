"""The configured embedder: the shipped one, or a folder that `TIMBRE_EMBEDDER` names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics import embedding
from core.config import settings


def folder() -> str:
    """The embedder's folder; empty for the shipped one."""
    return "" if settings().timbre_embedder == "minilm" else settings().timbre_embedder


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length 1, shape (n, dimensions). Raises RuntimeError where the model's files are missing."""
    return embedding.embed(texts, folder())


def loaded() -> bool:
    """Whether the model is in memory; loading it takes some ten seconds."""
    return embedding.loaded(folder())
