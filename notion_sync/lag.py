"""Lists lag behind: what a query shows of a row may be older than what an answer about the row itself has shown us.

`last_edited_time` is rounded down to the minute (https://developers.notion.com/reference/page), so that two versions of
one minute are told apart by their values. Pure: what is remembered lies in the row's memo.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
MOST = 20
"""Earlier values of a field that are remembered within one minute."""


def age(
    memo: Mapping[str, Any] | None, page: Mapping[str, Any], known: Json, theirs: Json
) -> Literal["old", "unsure", ""]:
    """Whether a listed page is an older version than what we know: it is, it may be (ask for the page), or not.

    `known`: what Notion held when we looked or wrote last; `theirs`: what the list shows.
    """
    seen, shown = (memo or {}).get("seen"), page.get("last_edited_time")
    if not seen or not shown:
        return ""
    then, now = datetime.fromisoformat(seen), datetime.fromisoformat(shown)
    if then != now:
        return "old" if now < then else ""
    earlier = (memo or {}).get("before") or {}
    moved = [key for key, value in theirs.items() if key in known and known[key] != value]
    return "unsure" if moved and all(_mark(theirs[key]) in earlier.get(key, ()) for key in moved) else ""


def seen(memo: Json, page: Mapping[str, Any], known: Json, there: Json) -> Json:
    """The memo once a page was looked at or written: its time, and which values it had before within that minute."""
    shown = page.get("last_edited_time")
    if not shown:
        return memo
    earlier: dict[str, list[str]] = dict(memo.get("before") or {}) if memo.get("seen") == shown else {}
    for key, value in there.items():
        if key in known and known[key] != value:
            earlier[key] = [*earlier.get(key, []), _mark(known[key])][-MOST:]
    return {**memo, "seen": shown, "before": earlier}


def sent(memo: Mapping[str, Any] | None, theirs: Json) -> Json:
    """Fields that show what we were sending when the answer was lost: they are agreed upon, not somebody's edit."""
    sending = (memo or {}).get("sending") or {}
    return {key: value for key, value in sending.items() if key in theirs and theirs[key] == value}


def _mark(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
