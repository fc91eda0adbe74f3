"""Reading and writing of brand kits: at most one for the house and one for each author."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.errors import Stale
from core.store.engine import Reading, Writing
from core.store.tables_images import BrandKit


def get(tx: Reading, scope: str) -> BrandKit | None:
    """The kit of this scope (workspace, or author:ID), or None."""
    return tx.session.scalars(select(BrandKit).where(BrandKit.scope == scope)).first()


def put(tx: Writing, scope: str, values: dict[str, Any], version: int | None = None) -> BrandKit:
    """Make the kit or change it; the version counts up with every change. Raises Stale for an older `version`."""
    query = select(BrandKit).where(BrandKit.scope == scope).with_for_update()
    row = tx.session.scalars(query).first()
    if version is not None and version != (row.version if row else 0):
        raise Stale("Somebody changed the brand kit first; nothing was overwritten.", "Reload and look.")
    if row is None:
        row = BrandKit(workspace_id=tx.actor.workspace_id, scope=scope, **({"theme": ""} | values))
        tx.session.add(row)
    elif edits := {name: value for name, value in values.items() if value != getattr(row, name)}:
        for name, value in edits.items():
            setattr(row, name, value)
        row.version += 1
    tx.session.flush()
    return row


def paths(tx: Reading) -> set[str]:
    """Every file that a kit names, below TIMBRE_DATA."""
    rows = tx.session.execute(select(BrandKit.logo, BrandKit.photo))
    return {str(kept["path"]) for row in rows for kept in row if kept and kept.get("path")}
