"""One value to and from Notion. Canonical values are plain JSON, so that two sides can be compared with `==`.

Text is kept byte for byte: line breaks, emoji and trailing spaces are content. Dates are instants, to the minute.
What a field holds (its shape) and how Notion keeps it (its type) are two things: a list may be options or lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Shape = Literal["text", "choice", "list", "date", "number", "url", "people", "files"]
Json = dict[str, Any]
UNITS = 2_000
"""UTF-16 code units in one rich_text item, and in an address (https://developers.notion.com/reference/request-limits,
size limits)."""
ITEMS = 100
"""Items in one rich_text property, options of a choice, people of a property (same page)."""
TITLE = 300
"""Characters of a title that are compared: no title of ours is longer."""
USUAL_TIME = time(9, 0)
"""Where a day without a time lands on our side."""
_DAY = len("2026-01-01")
_PERSON = re.compile(r"(.*?) ?<([^<>]*)>", re.DOTALL)


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


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, or are texts that differ in their line ends alone.

    Nobody says what Notion does with CR LF: if it changes them, that is nobody's edit, and ours stay as they are.
    """
    return bool(one == other) or (
        isinstance(one, str) and isinstance(other, str) and "\r" in one + other and _ends(one) == _ends(other)
    )


def _ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


# ---- texts, lists, choices -----------------------------------------------------------------------------------


def rich_text(text: str) -> list[Json]:
    """A plain text as rich text items (https://developers.notion.com/reference/rich-text)."""
    return [{"type": "text", "text": {"content": piece}} for piece in chunks(text)]


def plain(items: Iterable[Mapping[str, Any]]) -> str:
    """Rich text items as the text they show: mentions and equations too; runs may come back merged or split."""
    return "".join(_shown(item) for item in items)


def _shown(item: Mapping[str, Any]) -> str:
    if "plain_text" in item:
        return str(item["plain_text"])
    inner = item.get("text") or item.get("equation") or {}
    return str(inner.get("content", inner.get("expression", "")))


def lines(text: str) -> list[str]:
    """A property with one entry a line, as a list."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def option(name: str) -> str:
    """A name as an option may be called: no commas, at most 100 units (https://developers.notion.com/reference/property-object)."""
    plain_name = " ".join(name.replace(",", " ").split())
    return chunks(plain_name, 100)[0].rstrip() if plain_name else ""


def person(user: Mapping[str, Any]) -> str:
    """Somebody in Notion as one text, `Ada Berg <id>`; no name may be known (page-property-values, people)."""
    return f"{' '.join(str(user.get('name') or '').split())} <{user.get('id', '')}>".strip()


def person_parts(text: str) -> Json:
    """The opposite of `person`: {name, id}."""
    found = _PERSON.fullmatch(text)
    return {"name": found[1], "id": found[2]} if found else {"name": text, "id": ""}


def person_id(text: str) -> str:
    """Notion's id of somebody."""
    return str(person_parts(text)["id"])


def file_name(media: Mapping[str, Any]) -> str:
    """How a picture of ours is called in Notion: another picture has another name, so that a change is seen."""
    name, sha = str(media.get("name") or "image"), str(media.get("sha") or "")[:8]
    stem, dot, kind = name.rpartition(".")
    return name if not sha or sha in name else f"{stem}-{sha}.{kind}" if dot else f"{name}-{sha}"


# ---- dates ---------------------------------------------------------------------------------------------------


def instant(value: datetime | None) -> str | None:
    """An instant as it is compared: UTC, to the minute (Notion drops the seconds)."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def moment(value: str | None, zone: str, beside: datetime | None = None) -> datetime | None:
    """A canonical date as an instant. A day without a time keeps the time of `beside`, else it is nine o'clock."""
    if value is None:
        return None
    if len(value) > _DAY:
        return datetime.fromisoformat(value)
    local = ZoneInfo(zone)
    at = beside.astimezone(local).time() if beside is not None else USUAL_TIME
    return datetime.combine(date.fromisoformat(value), at, tzinfo=local)


def _date(start: str, zone: str | None) -> str | None:
    """A `start` (a day, an instant with an offset, or a clock time in `time_zone`); None where it cannot be read."""
    try:
        if len(start) <= _DAY:
            return date.fromisoformat(start).isoformat()
        parsed = datetime.fromisoformat(start)
    except ValueError:
        return None
    return instant(parsed if parsed.tzinfo else parsed.replace(tzinfo=_zone(zone)))


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _written(value: str, zone: str) -> str:
    if len(value) <= _DAY:
        return value
    return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def ranged(start: str, zone: str, span: Mapping[str, str] | None) -> Json:
    """A date as it is written; the end that somebody gave it in Notion stays, or moves along where it would lie before.

    `span`: the {start, end} that Notion held, both canonical
    (https://developers.notion.com/reference/page-property-values, date: both ends are days, or both have a time).
    """
    out: Json = {"start": _written(start, zone)}
    if not span or not span.get("end"):
        return out
    was, end, now_ = (moment(text, zone) for text in (span["start"], span["end"], start))
    if was is None or end is None or now_ is None:
        return out
    end = end if end > now_ else now_ + max(end - was, end - end)
    whole_days = len(start) <= _DAY
    last = end.astimezone(ZoneInfo(zone)).date().isoformat() if whole_days else instant(end) or ""
    return {**out, "end": _written(last, zone)}


# ---- both ways -----------------------------------------------------------------------------------------------


def encode(kind: str, value: Any, zone: str = "UTC", span: Mapping[str, str] | None = None) -> Json:
    """A canonical value as Notion's property value (https://developers.notion.com/reference/page-property-values)."""
    if kind in ("title", "rich_text"):
        text = "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)
        return {kind: rich_text(text)}
    if kind in ("select", "status"):
        return {kind: {"name": option(str(value))} if value else None}
    if kind == "multi_select":
        return {kind: [{"name": option(v)} for v in value or []]}
    if kind == "date":
        return {kind: ranged(value, zone, span) if value else None}
    if kind == "relation":
        return {kind: [{"id": v} for v in value or []]}
    if kind == "people":
        return {kind: [{"id": person_id(v)} for v in value or []]}
    return {kind: value}


def decode(prop: Mapping[str, Any], kind: str, shape: Shape = "text") -> Any:
    """Notion's property value as a canonical value. An empty choice, date or number is None, an empty text ''."""
    value = prop.get(kind)
    if kind in ("title", "rich_text"):
        text = plain(value or [])
        return text[:TITLE] if kind == "title" else _read(text, shape)
    if kind in ("select", "status"):
        return str(value["name"]) if value else None
    if kind == "multi_select":
        return sorted(str(v["name"]) for v in value or [])
    if kind == "relation":
        return sorted(str(v["id"]) for v in value or [])
    if kind == "people":
        return sorted((person(v) for v in value or []), key=person_id)
    if kind == "files":
        return [str(v.get("name", "")) for v in value or []]
    if kind == "date":
        return _date(str(value["start"]), value.get("time_zone")) if value and value.get("start") else None
    return number(value) if kind == "number" else value


def span(prop: Mapping[str, Any]) -> Json | None:
    """A range that somebody typed, {start, end} canonical; None for a single date."""
    value = prop.get("date") or {}
    if not value.get("end"):
        return None
    start, end = (_date(str(value.get(key) or ""), value.get("time_zone")) for key in ("start", "end"))
    return {"start": start, "end": end} if start and end else None


def number(value: Any) -> Any:
    """A number; a whole one as an integer, whichever way JSON spelt it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(text: str, shape: Shape) -> Any:
    """What a text property says, where its field is no text."""
    if shape == "list":
        return lines(text)
    if shape in ("choice", "url"):
        return text.strip() or None
    if shape == "number":
        return _counted(text)
    return text


def _counted(text: str) -> Any:
    """`1,240` as 1240; what is no number stays as it was typed."""
    bare = re.sub(r"[\s,\u2009\u202f\u00a0]", "", text)
    return int(bare) if re.fullmatch(r"-?\d{1,15}", bare) else text.strip() or None


def fit(kind: str, shape: Shape, value: Any, known: Collection[str] = ()) -> Any:
    """Our value as it looks once Notion has kept it in a property of this type. `known`: the options that are there.

    Options are one whatever their case (https://developers.notion.com/reference/property-object, select options).
    """
    if shape == "list" or kind == "relation":
        return _fit_list(kind, [str(v) for v in value or []], known)
    if kind in ("select", "status"):
        return _option(str(value), known) or None if value else None
    if kind == "title":
        return str(value or "")[:TITLE]
    if kind == "rich_text" and shape in ("choice", "url", "number"):
        return None if value in (None, "") else value if shape == "number" else str(value).strip() or None
    if shape in ("choice", "url"):
        return value or None
    return value


def _fit_list(kind: str, value: list[str], known: Collection[str]) -> list[str]:
    if kind == "multi_select":
        by_name = {name.casefold(): name for name in (_option(v, known) for v in value) if name}
        return sorted(by_name.values())
    if kind == "relation":
        return sorted(value)
    return [one for v in value if (one := " ".join(v.splitlines()).strip())]


def _option(name: str, known: Collection[str]) -> str:
    """The name of the option that Notion would take: one that is there already, in its own spelling."""
    wanted = option(name)  # '' where nothing is left of it
    return next((k for k in known if k.casefold() == wanted.casefold()), wanted)
