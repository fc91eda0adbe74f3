"""The small measures that were promoted: which weights a text's score and the order of variants go by now."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from analytics import slop_model
from core import store
from core.errors import Unavailable
from core.llm.loras import file_hash
from core.store import adapters
from core.train.model import adapters_folder
from core.train.scope import WORKSPACE

GENERICNESS, RERANKER = "genericness", "reranker"
FILES = {GENERICNESS: "genericness.npz", RERANKER: "weights.json"}


def genericness() -> tuple[str, slop_model.Weights | None]:
    """Id of the adapter and its weights; ("", None) where the shipped ones count. Never raises for a file."""
    found, file = _live(GENERICNESS)
    try:
        return (found, slop_model.load(file)) if file else ("", None)
    except (OSError, ValueError, KeyError):  # of a release that reads texts otherwise
        return "", None


def order() -> dict[str, float] | None:
    """The weights by which variants are ordered; None where nobody promoted any. Never raises for a file."""
    _, file = _live(RERANKER)
    return dict(_weights(file)) if file else None


def _live(kind: str) -> tuple[str, Path | None]:
    """What is in use for the workspace, where its file is the one that was made."""
    with store.reading() as tx:
        promotion = adapters.live(tx, kind, WORKSPACE)
        if promotion is None or not promotion.adapter_id:
            return "", None
        row = adapters.get(tx, promotion.adapter_id)
    file = adapters_folder() / row.id / FILES[kind]
    try:
        whole = row.deleted_at is None and file_hash(file) == row.files.get(file.name)
    except Unavailable:
        whole = False
    return (row.id, file) if whole else ("", None)


@functools.lru_cache(maxsize=16)
def _weights(file: Path) -> dict[str, float]:
    """A folder of an adapter never changes: its file was looked at by hash before."""
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf8"))
    return {str(name): float(weight) for name, weight in kept["weights"].items()}
