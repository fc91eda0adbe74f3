"""What to make of a value that is not what we know: an older version from a lagging list, our own write, a rival's.

Lists lag behind: a query may show a row older than an answer about the row itself has.
`last_edited_time` is rounded down to the minute (https://developers.notion.com/reference/page), so that two versions of
one minute are told apart by their values. Pure: what is remembered lies in the row's memo.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Json = dict[str, Any]
ASKED = 20
"""So many doubtful rows a pass asks for; after a long push with a lagging list there may be hundreds."""
INSISTS = 3
"""So often the same foreign value in a field of ours is put right; whoever writes it once more keeps it."""
MOST = 20
"""Earlier values of a field that are remembered within one minute."""


def doubtful(memo: Mapping[str, Any] | None, page: Mapping[str, Any], known: Json, theirs: Json) -> bool:
    """Whether a listed page may be an older version than what we know, so that the page itself should be asked.

    `known`: what Notion held when we looked or wrote last; `theirs`: what the list shows.
    """
    seen, shown = (memo or {}).get("seen"), page.get("last_edited_time")
    if not seen or not shown:
        return False
    then, now = datetime.fromisoformat(seen), datetime.fromisoformat(shown)
    if then != now:
        return now < then
    earlier = (memo or {}).get("before") or {}
    moved = [key for key, value in theirs.items() if key in known and known[key] != value]
    return bool(moved) and all(_mark(theirs[key]) in earlier.get(key, ()) for key in moved)


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


def restored(
    memo: Mapping[str, Any] | None, fields: Iterable[str], base: Json, ours: Json, theirs: Json
) -> tuple[Json, set[str]]:
    """How often the same foreign value of a field of ours was put right, and the fields that are left alone from now.

    Two copies of one Timbre that hold different values would write over each other in every pass, for ever.
    """
    counts: Json = dict((memo or {}).get("restored") or {})
    left = set()
    for key in fields:
        if key not in theirs or key not in ours or key not in base or theirs[key] == ours[key]:
            continue
        if ours[key] != base[key]:
            if key in counts and counts[key][0] != _mark(base[key]):  # else it is about to be put right
                del counts[key]  # we have something new to say
        elif theirs[key] != base[key]:
            mark = _mark(theirs[key])
            before, times = counts.get(key) or (mark, 0)
            counts[key] = [mark, times + 1 if before == mark else 1]
            if counts[key][1] > INSISTS:
                left.add(key)
    return counts, left


def _mark(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
