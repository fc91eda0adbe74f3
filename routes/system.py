"""Settings and Notion over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core import checks, jobs
from core.errors import Conflict
from notion_sync import commands as notion
from routes.shared import Asked, Me, refusals, router

routes = router("system")


@routes.get("/settings")
def read_settings() -> dict[str, dict[str, Any]]:
    """What is configured, by environment variable. A secret is only ever `set` or `not set`."""
    return {c.name: {k: v for k, v in asdict(c).items() if k != "name"} for c in checks.configured()}


@routes.get("/sync")
def read_sync() -> dict[str, Any]:
    """How the calendar stands with Notion."""
    status = notion.status()
    last = status.last
    return {
        "connected": status.connected,
        "running": status.running.id if status.running else None,
        "waiting": status.waiting_total,
        "conflicts": status.counts.get("conflict", 0),
        "trashed": status.counts.get("trashed", 0),
        "unmatched": status.counts.get("unmatched", 0),
        "asked": status.counts.get("asked", 0),
        "paused": status.paused,
        "requests_last_minute": status.used,
        "requests_per_minute": status.limit,
        "parked_seconds": round(status.parked),
        "blocks": status.blocks,
        "last": last
        and {n: getattr(last, n) for n in ("status", "started_at", "finished_at", "counts", "message", "hint")},
    }


@routes.post("/sync", status_code=202, responses=refusals(409))
def ask_sync(me: Me) -> Asked:
    """Ask the worker for a sync pass; asking while one waits gives the same one."""
    if not notion.status().connected:
        raise Conflict(
            "Notion is not connected yet, so there is nothing to sync.", "Run `python -m notion_sync setup`."
        )
    intent = jobs.get(notion.request_sync(me))
    return Asked(id=intent.id, status=intent.status)
