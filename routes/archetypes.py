"""Archetypes over HTTP: who writes alike."""

from __future__ import annotations

from typing import Any

from core.store.tables_training import Archetype
from routes.shared import Id, router

routes = router("training")


@routes.get("/archetypes")
def list_archetypes() -> list[dict[str, Any]]:
    """Those in force, the oldest first: at most twenty. Their ids say for whom to train or promote."""
    from core.train import archetypes  # only now: it brings what measures voices

    return [_archetype(row) for row in archetypes.listed()]


@routes.get("/archetypes/{archetype_id}")
def read_archetype(archetype_id: Id) -> dict[str, Any]:
    """One in force, with what marks it, typical samples (ids) and how firm the grouping is."""
    from core.train import archetypes

    row = archetypes.get(archetype_id)
    return {**_archetype(row), "marks": row.marks, "examples": row.examples, "clustering": row.clustering}


def _archetype(row: Archetype) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("id", "name", "pinned", "created_at")}
    return {**told, "members": [member["author"] for member in row.members]}
