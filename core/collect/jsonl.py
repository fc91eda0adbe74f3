"""JSON lines (an object or a text a line) and JSON (a list of them)."""

from __future__ import annotations

import json
from typing import Any

from core.collect.decode import decode, newlines
from core.collect.model import Found, Options, Problem, Record, Upload
from core.errors import Invalid

SUFFIXES = (".jsonl", ".ndjson", ".json")


def read(upload: Upload, options: Options) -> Found:
    """Rows by line number (of a JSON list: by place). A bad line is named, the rest is read."""
    text, encoding = decode(upload.content, upload.name, options.encoding)
    found = Found()
    if encoding not in ("utf-8", "utf-8-sig"):
        found.notes.append(f"{upload.name} was read as {encoding}.")
    if upload.name.lower().endswith(".json") and (items := _whole(text, upload.name)) is not None:
        for number, item in enumerate(items, 1):
            _take(found, upload.name, number, item)
        return found
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: U+2028 may stand inside a text
        if line.strip():
            try:
                item = json.loads(line)
            except (ValueError, RecursionError) as error:
                found.problems.append(Problem(upload.name, number, f"is not valid JSON ({_explain(error)})"))
            else:
                _take(found, upload.name, number, item)
    return found


def _whole(text: str, file: str) -> list[Any] | None:
    """The items of a JSON document; None where it is JSON lines under another name."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return None
        raise Invalid(
            f"{file} is not valid JSON ({_explain(error)}); nothing of it was read.",
            "Export it again, or save the posts as .jsonl, where one bad line does not spoil the rest.",
        ) from None
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        return lists[0] if len(lists) == 1 else [document]
    return document if isinstance(document, list) else [document]


def _explain(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()}, column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"


def _take(found: Found, file: str, row: int, item: Any) -> None:
    if isinstance(item, str):
        found.records.append(Record(file, row, {"text": newlines(item)}))
    elif isinstance(item, dict) and item:
        found.records.append(Record(file, row, _flat(item)))
    else:
        found.problems.append(Problem(file, row, "is neither an object with named values nor a text"))


def _flat(item: dict[str, Any]) -> dict[str, str]:
    """Values as text; one level of nesting becomes `outer.inner`."""
    out: dict[str, str] = {}
    for name, value in item.items():
        if isinstance(value, dict):
            out |= {f"{name}.{inner}": v for inner, deep in value.items() if (v := _text(deep)) is not None}
        elif (text := _text(value)) is not None:
            out[name] = text
    return out


def _text(value: Any) -> str | None:
    if value is None:
        return ""
    if isinstance(value, str):
        return newlines(value)
    return str(value) if isinstance(value, bool | int | float) else None
