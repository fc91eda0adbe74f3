"""One value to and from Notion. Canonical values are plain JSON, so that two sides can be compared with `==`.

Text is kept byte for byte: line breaks, emoji and trailing spaces are content. Dates are instants, to the minute.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

UNITS = 2_000
"""UTF-16 code units in one rich_text item (https://developers.notion.com/reference/request-limits, size limits)."""
ITEMS = 100
"""Items in one rich_text property (same page)."""
USUAL_TIME = time(9, 0)
"""Where a day without a time lands on our side."""


def units(text: str) -> int:
    """Length in UTF-16 code units: an emoji counts as two."""
    return len(text) + sum(c > "\uffff" for c in text)


def chunks(text: str, size: int = UNITS) -> list[str]:
    """The text in pieces of at most `size` UTF-16 units; no surrogate pair is split. Joined, they are the text."""
    out: list[str] = []
    piece: list[str] = []
    used = 0
    for c in text:
        width = 2 if c > "\uffff" else 1
        if used + width > size:
            out.append("".join(piece))
            piece, used = [], 0
        piece.append(c)
        used += width
    return [*out, "".join(piece)] if piece else out


def too_long(text: str) -> bool:
    """Whether a property cannot hold the text."""
    return len(chunks(text)) > ITEMS


def rich_text(text: str) -> list[dict[str, Any]]:
    """A plain text as rich text items (https://developers.notion.com/reference/rich-text)."""
    return [{"type": "text", "text": {"content": piece}} for piece in chunks(text)]


def plain(items: list[dict[str, Any]]) -> str:
    """Rich text items as the text they show; adjacent runs may come back merged or split."""
    return "".join(str(i.get("plain_text", (i.get("text") or {}).get("content", ""))) for i in items)


def instant(value: datetime | None) -> str | None:
    """An instant as it is compared: UTC, to the minute (Notion drops the seconds)."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def moment(value: str | None, zone: str, beside: datetime | None = None) -> datetime | None:
    """A canonical date as an instant. A day without a time keeps the time of `beside`, else it is nine o'clock."""
    if value is None:
        return None
    if len(value) > len("2026-01-01"):
        return datetime.fromisoformat(value)
    local = ZoneInfo(zone)
    at = beside.astimezone(local).time() if beside is not None else USUAL_TIME
    return datetime.combine(date.fromisoformat(value), at, tzinfo=local)


def encode(kind: str, value: Any, zone: str = "UTC") -> dict[str, Any]:
    """A canonical value as Notion's property value (https://developers.notion.com/reference/page-property-values)."""
    if kind in ("title", "rich_text"):
        return {kind: rich_text("\n".join(value) if isinstance(value, list) else value or "")}
    if kind in ("select", "status"):
        return {kind: {"name": option(value)} if value else None}
    if kind == "multi_select":
        return {kind: [{"name": option(v)} for v in value or []]}
    if kind == "date":
        return {kind: {"start": _start(value, zone)} if value else None}
    return {kind: value}


def decode(prop: dict[str, Any], kind: str, key: str = "") -> Any:
    """Notion's property value as a canonical value. An empty choice, date or number is None, an empty text ''."""
    value = prop.get(kind)
    if kind in ("title", "rich_text"):
        text = plain(value or [])
        return text[:300] if kind == "title" else lines(text) if key in ("phrases", "authors") else text
    if kind in ("select", "status"):
        return value["name"] if value else None
    if kind == "multi_select":
        return sorted(v["name"] for v in value or [])
    if kind == "date":
        return _date(value["start"]) if value and value.get("start") else None
    return value


def lines(text: str) -> list[str]:
    """A property with one entry a line, as a list."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def option(name: str) -> str:
    """A name as an option may be called: no commas, at most 100 units (https://developers.notion.com/reference/property-object)."""
    plain_name = " ".join(name.replace(",", " ").split())
    return chunks(plain_name, 100)[0] if plain_name else ""


def _date(start: str) -> str:
    if len(start) <= len("2026-01-01"):
        return start
    parsed = datetime.fromisoformat(start)
    return instant(parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed) or ""


def _start(value: str, zone: str) -> str:
    if len(value) <= len("2026-01-01"):
        return value
    return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
