"""The forms of the local Notion: its errors, its texts, dates and filters, as its documentation writes them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Json = dict[str, Any]
Test = Callable[[Json], bool]
PLAIN = {
    "bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default",
}  # fmt: skip
MINUTE = timedelta(minutes=1)


class Refusal(Exception):
    """An error answer in Notion's envelope (https://developers.notion.com/reference/status-codes)."""

    def __init__(self, status: int, code: str, message: str, extra: Json | None = None, headers: Json | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.extra, self.headers = status, code, message, extra, headers or {}


def invalid(message: str) -> Refusal:
    return Refusal(400, "validation_error", message)


def limited(reason: str, wait: int | None) -> Refusal:
    """A 429: the body repeats the wait as a string (https://developers.notion.com/reference/request-limits)."""
    extra: Json = {"rate_limit_reason": reason} | ({"retry_after": str(wait)} if wait is not None else {})
    headers = {"Retry-After": str(wait)} if wait is not None else {}
    return Refusal(429, "rate_limited", "You have been rate limited. Please try again later.", extra, headers)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def only(body: Any, *allowed: str, where: str = "body") -> None:
    """Refuse unknown keys."""
    if not isinstance(body, dict):
        raise invalid(f"body failed validation: {where} should be an object, instead was `{body!r}`.")
    extra = set(body) - set(allowed)
    if extra:
        raise invalid(f"body failed validation: {where}.{sorted(extra)[0]} should be not present.")


def texts(where: str, items: Any) -> str:
    """Rich text items as they are sent: 100 at most, 2,000 UTF-16 units each (request-limits, size limits)."""
    if not isinstance(items, list):
        raise invalid(f"body failed validation: {where} should be an array.")
    if len(items) > 100:
        raise invalid(f"body failed validation: {where}.length should be ≤ `100`, instead was `{len(items)}`.")
    out = []
    for number, item in enumerate(items):
        here = f"{where}[{number}]"
        only(item, "type", "text", "annotations", "plain_text", "href", where=here)
        only(item.get("text"), "content", "link", where=f"{here}.text")
        content = item["text"].get("content")
        if item.get("type", "text") != "text" or not isinstance(content, str):
            raise invalid(f"body failed validation: {here}.text.content should be a string.")
        if utf16(content) > 2000:
            raise invalid(
                f"body failed validation: {here}.text.content.length should be ≤ `2000`, "
                f"instead was `{utf16(content)}`."
            )
        out.append(content)
    return "".join(out)


def runs(text: str) -> list[Json]:
    """Adjacent runs of one style come back merged, longer than what may be sent."""
    if not text:
        return []
    return [
        {
            "type": "text",
            "text": {"content": text, "link": None},
            "annotations": PLAIN,
            "plain_text": text,
            "href": None,
        }
    ]


def option_name(prop: str, option: Any) -> str:
    """Option names hold no commas (page-property-values, select) and 100 characters at most."""
    name = option.get("name") if isinstance(option, dict) else None
    if not isinstance(name, str) or not name.strip() or "," in name or utf16(name) > 100:
        raise invalid(f"body failed validation: {prop}: Invalid select option, commas not allowed: {name!r}")
    return name


def date(name: str, value: Any) -> Any:
    """A date as it is kept: seconds are dropped, a named zone becomes an offset; a range stays a dict."""
    if value is None:
        return None
    only(value, "start", "end", "time_zone", where=f"body.properties.{name}.date")
    zone = value.get("time_zone")
    start, end = (_instant(name, value.get(key), zone) for key in ("start", "end"))
    if start is None:
        raise invalid(f"body failed validation: body.properties.{name}.date.start should be defined.")
    return {"start": start, "end": end} if end else start


def _instant(name: str, text: Any, zone: str | None) -> str | None:
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        away = ZoneInfo(zone) if zone else None
    except (TypeError, ValueError, ZoneInfoNotFoundError):
        raise invalid(f"body failed validation: {name}.date should be a valid ISO 8601 date string.") from None
    if len(text) == 10:
        if zone:
            raise invalid(f"{name}.date: a time zone needs a time.")
        return str(text)
    if away is not None and parsed.tzinfo is not None:
        raise invalid(f"{name}.date: with a time_zone, start and end carry no offset.")
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=away or UTC)
    return parsed.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")


def minute(value: datetime) -> str:
    return value.replace(second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:00.000Z")


def dashed(text: str, what: str = "page_id") -> str:
    raw = text.replace("-", "")
    try:
        return str(uuid.UUID(raw))
    except ValueError:
        raise invalid(f"path failed validation: path.{what} should be a valid uuid, instead was `{text!r}`.") from None


# ---- filters (https://developers.notion.com/reference/filter-data-source-entries) ----------------------------------


def compiled(where: Any, find: Callable[[str], Json | None], depth: int = 0) -> Test:
    """A filter as a test of a page."""
    if not isinstance(where, dict):
        raise invalid("body failed validation: body.filter should be an object.")
    for word, both in (("and", all), ("or", any)):
        if word in where:
            if depth > 1 or set(where) != {word} or not isinstance(where[word], list):
                raise invalid("body.filter: compound filters nest two levels deep.")
            tests = [compiled(w, find, depth + 1) for w in where[word]]
            return lambda page: both(test(page) for test in tests)
    if "timestamp" in where:
        return _timestamp(where)
    prop = find(str(where.get("property", "")))
    if prop is None:
        raise invalid(f"Could not find property with name or id: {where.get('property')}")
    kind = prop["type"]
    named = set(where) - {"property", "type"}
    also = {"title": "rich_text", "created_by": "people", "last_edited_by": "people"}.get(kind, kind)
    if len(named) != 1 or not named <= {kind, also}:
        raise invalid(f"body failed validation: the filter of {prop['name']} should be of type {kind}.")
    condition = where[named.pop()]
    if not isinstance(condition, dict) or len(condition) != 1:
        raise invalid(f"body failed validation: the filter of {prop['name']} should have one condition.")
    ((test, value),) = condition.items()
    return _property(prop, test, value)


def _timestamp(where: Json) -> Test:
    name = where["timestamp"]
    only(where, "timestamp", str(name), where="body.filter")
    if name not in ("created_time", "last_edited_time") or len(where.get(name) or {}) != 1:
        raise invalid("body failed validation: body.filter.timestamp should be created_time or last_edited_time.")
    ((test, value),) = where[name].items()
    try:
        bound = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid(f"body failed validation: body.filter.{name}.{test} should be a valid ISO 8601 date.") from None
    bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
    key = "created" if name == "created_time" else "edited"
    # Times are floored to the minute before they are compared; written so that a page costs one comparison.
    floor = bound.replace(second=0, microsecond=0)
    ceiling = floor if floor == bound else floor + MINUTE
    tests: dict[str, Test] = {
        "on_or_after": lambda page: page[key] >= ceiling,
        "after": lambda page: page[key] >= floor + MINUTE,
        "before": lambda page: page[key] < ceiling,
        "on_or_before": lambda page: page[key] < floor + MINUTE,
        "equals": lambda page: floor == bound and floor <= page[key] < floor + MINUTE,
    }
    if test not in tests:
        raise invalid(f"body failed validation: body.filter.{name}.{test} should be not present.")
    return tests[test]


def _property(prop: Json, test: str, value: Any) -> Test:
    key, kind = prop["id"], prop["type"]

    def cell(page: Json) -> Any:
        if kind in ("created_by", "last_edited_by"):
            return [page["created_by" if kind == "created_by" else "edited_by"]]
        found = page["values"].get(key)
        return found["start"] if kind == "date" and isinstance(found, dict) else found

    empty: dict[str, Test] = {"is_empty": lambda p: not cell(p), "is_not_empty": lambda p: bool(cell(p))}
    if kind in ("title", "rich_text", "url", "email", "phone_number", "select", "status"):
        if test not in empty and not isinstance(value, str):
            raise invalid(f"body failed validation: the filter of {prop['name']}: {test} should be a string.")
        words: dict[str, Test] = {
            "equals": lambda p: (cell(p) or "") == value,
            "does_not_equal": lambda p: (cell(p) or "") != value,
            "contains": lambda p: value.casefold() in (cell(p) or "").casefold(),
            "does_not_contain": lambda p: value.casefold() not in (cell(p) or "").casefold(),
            "starts_with": lambda p: (cell(p) or "").startswith(value),
            "ends_with": lambda p: (cell(p) or "").endswith(value),
        }
        names = ("equals", "does_not_equal") if kind in ("select", "status") else tuple(words)
        tests = {name: words[name] for name in names} | empty
    elif kind in ("multi_select", "people", "relation", "files", "created_by", "last_edited_by"):
        tests = {"contains": lambda p: value in (cell(p) or []), **empty}
        tests["does_not_contain"] = lambda p: value not in (cell(p) or [])
    elif kind == "checkbox":
        tests = {"equals": lambda p: bool(cell(p)) == value, "does_not_equal": lambda p: bool(cell(p)) != value}
    else:
        tests = {
            "equals": lambda p: cell(p) == value, "does_not_equal": lambda p: cell(p) != value,
            "greater_than": lambda p: cell(p) is not None and cell(p) > value,
            "less_than": lambda p: cell(p) is not None and cell(p) < value,
            "on_or_after": lambda p: cell(p) is not None and cell(p) >= value,
            "on_or_before": lambda p: cell(p) is not None and cell(p) <= value,
            "after": lambda p: cell(p) is not None and cell(p) > value,
            "before": lambda p: cell(p) is not None and cell(p) < value,
            "is_empty": lambda p: cell(p) is None, "is_not_empty": lambda p: cell(p) is not None,
        }  # fmt: skip
    if test not in tests:
        raise invalid(f"body failed validation: the filter of {prop['name']}: {test} should be not present.")
    return tests[test]
