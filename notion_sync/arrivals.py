"""What becomes of the rows that a table has already when it is bound: told before anything is done."""

from __future__ import annotations

from typing import Any

from core import store
from notion_sync import ours

Json = dict[str, Any]


def arrivals(kind: str, rows: list[Json], more: bool) -> str:
    """A sentence on rows as they were read from a table's first page (up to 100; `more`: there are others)."""
    rows = [row for row in rows if any(row.get(key) for key in ("title", "text", "app_id"))]
    if not rows:
        return "The table has no rows yet."
    count = f"{'The first ' if more else ''}{len(rows)} {'row' if len(rows) == 1 else 'rows'}"
    more_text = " There are more than 100; the first pass reads them all." if more else ""
    if kind == "guidelines":
        return f"{count} of the table come in as guidelines.{more_text}"
    if kind == "samples":
        return f"{count} of the table stay as they are; Timbre adds its own.{more_text}"
    return f"{count} of the table: {', '.join(_who(kind, rows))}.{more_text}"


def _who(kind: str, rows: list[Json]) -> list[str]:
    """What becomes of rows that name an author: those with one of ours come in, others wait."""
    key, comes = ("title", "personas") if kind == "personas" else ("author", "posts")
    with store.reading() as tx:
        side = ours.Side.load(tx)
        known = [row for row in rows if row.get("app_id") and side.fields(tx, kind, row["app_id"]) is not None]
    fresh = [row for row in rows if not row.get("app_id")]
    strangers = [row for row in fresh if side.author_named(row.get(key)) is None]
    copies = len(rows) - len(known) - len(fresh)
    come = len(fresh) - len(strangers)
    said = [f"{come} come in as {comes} (their author is one of yours)"] if come or not (known or strangers) else []
    said += [f"{len(known)} are Timbre's already"] if known else []
    said += [f"{len(strangers)} wait: they name no author of yours{_names(strangers, key)}"] if strangers else []
    said += [f"{copies} wait: they carry the App ID of another Timbre"] if copies else []
    return said


def _names(rows: list[Json], key: str) -> str:
    names = sorted({str(row[key]) for row in rows if row.get(key)})
    return f" ({', '.join(names[:3])}{' and others' if len(names) > 3 else ''})" if names else ""
