"""Identifiers: ULIDs, which sort by time and serve as idempotency keys."""

from __future__ import annotations

from ulid import ULID


def new_id() -> str:
    """A fresh ULID: 26 characters, sortable by creation time."""
    return str(ULID())
