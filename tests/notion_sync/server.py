"""A Notion of our own: stateful, strict, on a real socket. Written from Notion's documentation, not from our client.

    python tests/notion_sync/server.py --port 9170

prints what to put into .env, and shows its rows (and lets you edit them) at http://127.0.0.1:9170/.
Tests reach into `Server.world`: edit rows as a person would, plan faults, count requests.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

VERSION = "2026-03-11"
TOKEN = "ntn_local_test_token_0123456789"
TYPES = {"title", "rich_text", "select", "multi_select", "status", "date", "number", "url", "people", "checkbox"}
CAP = 10_000
Json = dict[str, Any]


class Refusal(Exception):
    """An error answer in Notion's envelope."""

    def __init__(self, status: int, code: str, message: str, extra: Json | None = None, headers: Json | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.extra, self.headers = status, code, message, extra, headers or {}


def invalid(message: str) -> Refusal:
    return Refusal(400, "validation_error", message)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Fault:
    """The next `times` requests that fit are answered (or not) like this."""

    kind: str
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    retry_after: int | None = None
    skip: int = 0


@dataclass
class World:
    """Everything that this Notion holds."""

    token: str = TOKEN
    pages: dict[str, Json] = field(default_factory=dict)
    databases: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, Json] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    log: list[tuple[str, str, int]] = field(default_factory=list)
    limit: int | None = None
    window: float = 60.0
    lag: float = 0.0
    """Seconds until a new row shows in queries."""
    ahead: timedelta = timedelta()
    """How far this server's clock is ahead."""
    revoked: bool = False
    hidden: set[str] = field(default_factory=set)
    """Pages no longer shared with the integration."""
    lists_trash: bool = True
    cap: int = CAP
    lock: threading.RLock = field(default_factory=threading.RLock)
    _window: tuple[float, int] = (0.0, 0)

    def __post_init__(self) -> None:
        self.parent = self.plain_page("Timbre")

    # ---- for tests: what people do in Notion ------------------------------------------------------------------

    def plain_page(self, title: str) -> str:
        page_id = str(uuid.uuid4())
        self.pages[page_id] = {
            "object": "page", "id": page_id, "parent": {"type": "workspace", "workspace": True},
            "created": self.now(), "edited": self.now(), "in_trash": False, "values": {}, "title": title,
        }  # fmt: skip
        return page_id

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def source(self, title: str) -> Json:
        """The data source of that title (one that is not in the trash)."""
        return next(s for s in self.sources.values() if s["title"] == title and not s["in_trash"])

    def rows(self, title: str = "Content Calendar", in_trash: bool = False) -> list[Json]:
        source = self.source(title)["id"]
        found = [p for p in self.pages.values() if p["parent"].get("data_source_id") == source]
        return [p for p in found if p["in_trash"] == in_trash]

    def cell(self, row: Json, name: str) -> Any:
        """What a cell shows: text, the name of an option, the start of a date."""
        prop = self._named(self.sources[row["parent"]["data_source_id"]], name)
        value = row["values"].get(prop["id"])
        if prop["type"] in ("title", "rich_text"):
            return value or ""
        return value

    def edit(self, row: Json, **cells: Any) -> None:
        """A person edits cells by property name; spaces of a name are written as _ ."""
        with self.lock:
            source = self.sources[row["parent"]["data_source_id"]]
            for name, value in cells.items():
                prop = self._named(source, name.replace("_", " "))
                if prop["type"] in ("select", "status") and value:
                    self._ensure_option(prop, value)
                self.pages[row["id"]]["values"][prop["id"]] = value
            self.pages[row["id"]]["edited"] = self.now()

    def type_row(self, title: str = "Content Calendar", **cells: Any) -> Json:
        """A person makes a row."""
        with self.lock:
            row = self._new_row(self.source(title))
            self.edit(row, **cells)
            return row

    def trash(self, row: Json, in_trash: bool = True) -> None:
        self.pages[row["id"]]["in_trash"] = in_trash
        self.pages[row["id"]]["edited"] = self.now()

    def rename(self, title: str, name: str, new: str) -> None:
        self._named(self.source(title), name)["name"] = new

    def fault(self, kind: str, method: str = ".*", path: str = ".*", times: int = 1, **more: Any) -> None:
        self.faults.append(Fault(kind, method, path, times, **more))

    def writes(self) -> list[tuple[str, str, int]]:
        """Requests that change something."""
        return [r for r in self.log if r[0] == "PATCH" or (r[0] == "POST" and not r[1].endswith("/query"))]

    # ---- requests ---------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: Json, body: Json) -> Json:
        routes: list[tuple[str, str, Callable[..., Json]]] = [
            ("GET", r"users/me", self._me),
            ("GET", r"pages/([^/]+)", lambda i: self._page(self._get_page(i))),
            ("POST", r"pages", lambda: self._create_page(body)),
            ("PATCH", r"pages/([^/]+)", lambda i: self._update_page(i, body)),
            ("GET", r"blocks/([^/]+)/children", lambda i: self._children(i, query)),
            ("POST", r"databases", lambda: self._create_database(body)),
            ("GET", r"databases/([^/]+)", self._get_database),
            ("GET", r"data_sources/([^/]+)", lambda i: self._schema(self._get_source(i))),
            ("PATCH", r"data_sources/([^/]+)", lambda i: self._update_source(i, body)),
            ("POST", r"data_sources/([^/]+)/query", lambda i: self._query(i, body)),
        ]
        with self.lock:
            for wanted, pattern, work in routes:
                match = re.fullmatch(pattern, path)
                if match and wanted == method:
                    return work(*match.groups())
        raise Refusal(400, "invalid_request_url", "Invalid request URL.")

    def spend(self) -> None:
        """The fixed window of the documented limit."""
        if self.limit is None:
            return
        with self.lock:
            start, used = self._window
            instant = time.monotonic()
            if instant - start >= self.window:
                start, used = instant, 0
            if used >= self.limit:
                wait = max(1, round(start + self.window - instant + 0.5))
                raise Refusal(
                    429, "rate_limited", "You have been rate limited.",
                    {"rate_limit_reason": "connection"}, {"Retry-After": str(wait)},
                )  # fmt: skip
            self._window = (start, used + 1)

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.fullmatch(fault.method, method) and re.fullmatch(fault.path, path):
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None

    def _me(self) -> Json:
        return {"object": "user", "id": str(uuid.UUID(int=1)), "type": "bot", "name": "Timbre", "bot": {}}

    # ---- pages ------------------------------------------------------------------------------------------------

    def _get_page(self, page_id: str) -> Json:
        page = self.pages.get(_dashed(page_id))
        if page is None or page["id"] in self.hidden:
            raise Refusal(
                404, "object_not_found",
                f"Could not find page with ID: {page_id}. Make sure the relevant pages and databases are shared with "
                'your integration "Timbre".',
            )  # fmt: skip
        return page

    def _new_row(self, source: Json) -> Json:
        page_id = str(uuid.uuid4())
        self.pages[page_id] = {
            "object": "page", "id": page_id,
            "parent": {"type": "data_source_id", "data_source_id": source["id"], "database_id": source["database_id"]},
            "created": self.now(), "edited": self.now(), "in_trash": False, "values": {}, "title": "",
        }  # fmt: skip
        return self.pages[page_id]

    def _create_page(self, body: Json) -> Json:
        _only(body, "parent", "properties", "icon", "cover", "children", "content", "markdown", "template", "position")
        parent = body.get("parent") or {}
        if parent.get("type", "data_source_id") != "data_source_id" or "data_source_id" not in parent:
            raise invalid("body.parent.data_source_id should be defined, instead was `undefined`.")
        source = self._get_source(parent["data_source_id"])
        values = self._values(source, body.get("properties") or {})
        page = self._new_row(source)
        page["values"].update(values)
        return self._page(page)

    def _update_page(self, page_id: str, body: Json) -> Json:
        _only(body, "properties", "icon", "cover", "is_locked", "template", "erase_content", "in_trash")
        page = self._get_page(page_id)
        if page["in_trash"] and body.get("in_trash") is not False:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        if "properties" in body:
            page["values"].update(self._values(self._get_source(page["parent"]["data_source_id"]), body["properties"]))
        if "in_trash" in body:
            page["in_trash"] = bool(body["in_trash"])
        page["edited"] = self.now()
        return self._page(page)

    def _values(self, source: Json, properties: Json) -> Json:
        out = {}
        for key, value in properties.items():
            prop = self._find(source, key)
            if prop is None:
                raise invalid(f"{key} is not a property that exists.")
            out[prop["id"]] = self._value(prop, value)
        return out

    def _value(self, prop: Json, value: Json) -> Any:
        kind, name = prop["type"], prop["name"]
        if not isinstance(value, dict) or set(value) - {kind, "type", "id"} or kind not in value:
            raise invalid(f"{name} is expected to be {kind}.")
        inner = value[kind]
        if kind in ("title", "rich_text"):
            return self._text(name, inner)
        if kind in ("select", "status"):
            return self._ensure_option(prop, _option_name(name, inner), kind) if inner is not None else None
        if kind == "multi_select":
            return [self._ensure_option(prop, _option_name(name, o), kind) for o in inner]
        if kind == "date":
            return _date(name, inner)
        if kind == "number" and inner is not None and (isinstance(inner, bool) or not isinstance(inner, int | float)):
            raise invalid(f"{name}.number should be a number or `null`.")
        return inner

    def _text(self, name: str, items: Any) -> str:
        if not isinstance(items, list):
            raise invalid(f"body.properties.{name}.rich_text should be an array.")
        if len(items) > 100:
            raise invalid(f"body.properties.{name}.rich_text.length should be ≤ `100`, instead was `{len(items)}`.")
        out = []
        for item in items:
            if set(item) - {"type", "text", "annotations"} or set(item.get("text", {})) - {"content", "link"}:
                raise invalid(f"body.properties.{name}.rich_text holds unknown keys.")
            content = item["text"]["content"]
            if utf16(content) > 2000:
                raise invalid(
                    f"body.properties.{name}.rich_text[0].text.content.length should be ≤ `2000`, "
                    f"instead was `{utf16(content)}`."
                )
            out.append(content)
        return "".join(out)

    def _ensure_option(self, prop: Json, name: str, kind: str = "select") -> str:
        for option in prop["options"]:
            if option["name"].casefold() == name.casefold():
                return str(option["name"])
        if kind == "status" or prop["type"] == "status":
            raise invalid(f'Status option "{name}" does not exist.')
        if len(prop["options"]) >= 100:
            raise invalid(f"{prop['name']} may not have more than 100 options.")
        prop["options"].append({"id": uuid.uuid4().hex[:4], "name": name, "color": "default", "description": None})
        return name

    def _page(self, page: Json) -> Json:
        source = self.sources.get(page["parent"].get("data_source_id", ""))
        if source is None:
            properties: Json = {"title": {"id": "title", "type": "title", "title": _runs(page["title"])}}
        else:
            properties = {p["name"]: self._shown(p, page["values"].get(p["id"])) for p in source["properties"]}
        return {
            "object": "page", "id": page["id"], "parent": page["parent"], "created_time": _minute(page["created"]),
            "last_edited_time": _minute(page["edited"]), "in_trash": page["in_trash"], "is_archived": False,
            "created_by": {"object": "user", "id": str(uuid.UUID(int=2))}, "is_locked": False, "icon": None,
            "last_edited_by": {"object": "user", "id": str(uuid.UUID(int=2))}, "cover": None, "public_url": None,
            "url": f"https://www.notion.so/{page['id'].replace('-', '')}", "properties": properties,
            "a_field_of_next_year": {"new": True},
        }  # fmt: skip

    def _shown(self, prop: Json, value: Any) -> Json:
        kind = prop["type"]
        shown: Any = value
        if kind in ("title", "rich_text"):
            shown = _runs(value or "")
        elif kind in ("select", "status"):
            shown = next((o for o in prop["options"] if o["name"] == value), None)
        elif kind == "multi_select":
            shown = [next(o for o in prop["options"] if o["name"] == v) for v in value or []]
        elif kind == "date":
            shown = {"start": value, "end": None, "time_zone": None} if value else None
        elif kind in ("people", "files", "relation"):
            shown = value or []
        return {"id": prop["id"], "type": kind, kind: shown}

    def _children(self, block_id: str, query: Json) -> Json:
        parent = self._get_page(block_id)["id"]
        blocks = [
            {
                "object": "block",
                "id": d["id"],
                "type": "child_database",
                "child_database": {"title": d["title"]},
                "in_trash": False,
            }
            for d in self.databases.values()
            if d["parent"] == parent and not d["in_trash"]
        ]
        paragraph = {"object": "block", "id": str(uuid.uuid4()), "type": "paragraph", "paragraph": {"rich_text": []}}
        return _slice([paragraph, *blocks], query.get("start_cursor"), int(query.get("page_size", 100)), "block")

    # ---- databases and data sources ---------------------------------------------------------------------------

    def _create_database(self, body: Json) -> Json:
        _only(body, "parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover")
        if body["parent"].get("type") != "page_id":
            raise invalid("body.parent.page_id should be defined.")
        parent = self._get_page(body["parent"]["page_id"])["id"]
        initial = body.get("initial_data_source") or {}
        _only(initial, "properties", "icon", "title")
        title = "".join(i["text"]["content"] for i in body.get("title", []))
        database = {"id": str(uuid.uuid4()), "title": title, "parent": parent, "in_trash": False}
        source: Json = {
            "id": str(uuid.uuid4()), "database_id": database["id"], "title": title, "in_trash": False, "properties": [],
        }  # fmt: skip
        for name, config in (initial.get("properties") or {"Name": {"title": {}}}).items():
            self._add_property(source, name, config)
        if sum(p["type"] == "title" for p in source["properties"]) != 1:
            raise invalid("Title is required, and there can be only one.")
        self.databases[database["id"]] = database
        self.sources[source["id"]] = source
        return self._get_database(database["id"])

    def _add_property(self, source: Json, name: str, config: Json) -> None:
        kinds = set(config) - {"type", "name", "description"}
        if len(kinds) != 1 or not kinds <= TYPES:
            raise invalid(f"body.properties.{name} should have one type, instead has {sorted(kinds)}.")
        kind = kinds.pop()
        if set(config[kind]) - {"options", "format", "groups"}:
            raise invalid(f"body.properties.{name}.{kind} holds unknown keys.")
        options = []
        for option in config[kind].get("options", []):
            _only(option, "name", "color", "description", "id")
            _option_name(name, option)
            options.append({"id": uuid.uuid4().hex[:4], "color": "default", "description": None, **option})
        if len({o["name"].casefold() for o in options}) != len(options):
            raise invalid("Option names must be unique.")
        taken = {p["id"] for p in source["properties"]}
        new_id = "title"
        while kind != "title" and (new_id == "title" or new_id in taken):
            new_id = quote("".join(random.choices("abcXYZ12;>~:@", k=4)), safe="")
        source["properties"].append({"id": new_id, "name": name, "type": kind, "options": options})

    def _get_database(self, database_id: str) -> Json:
        database = self.databases.get(_dashed(database_id))
        if database is None or database["parent"] in self.hidden:
            raise Refusal(404, "object_not_found", f"Could not find database with ID: {database_id}.")
        sources = [s for s in self.sources.values() if s["database_id"] == database["id"]]
        return {
            "object": "database", "id": database["id"], "title": _runs(database["title"]),
            "parent": {"type": "page_id", "page_id": database["parent"]}, "in_trash": database["in_trash"],
            "is_inline": False, "data_sources": [{"id": s["id"], "name": s["title"]} for s in sources],
            "url": f"https://www.notion.so/{database['id'].replace('-', '')}",
        }  # fmt: skip

    def _get_source(self, source_id: str) -> Json:
        source = self.sources.get(_dashed(source_id))
        if source is None or self.databases[source["database_id"]]["parent"] in self.hidden:
            raise Refusal(404, "object_not_found", f"Could not find data_source with ID: {source_id}.")
        return source

    def _schema(self, source: Json) -> Json:
        properties = {}
        for p in source["properties"]:
            config: Json = {"options": p["options"]} if p["type"] in ("select", "multi_select", "status") else {}
            properties[p["name"]] = {"id": p["id"], "name": p["name"], "type": p["type"], p["type"]: config}
        return {
            "object": "data_source", "id": source["id"], "title": _runs(source["title"]), "properties": properties,
            "parent": {"type": "database_id", "database_id": source["database_id"]}, "in_trash": source["in_trash"],
        }  # fmt: skip

    def _update_source(self, source_id: str, body: Json) -> Json:
        _only(body, "title", "icon", "properties", "in_trash", "parent")
        source = self._get_source(source_id)
        for key, config in (body.get("properties") or {}).items():
            found = self._find(source, key)
            if found is None:
                self._add_property(source, key, config)
            elif config is None:
                source["properties"].remove(found)
            elif found["type"] not in config:
                raise invalid("Changing the type of a property is not supported by this server.")
        return self._schema(source)

    def _find(self, source: Json, key: str) -> Json | None:
        wanted = unquote(key)
        for p in source["properties"]:
            if unquote(p["id"]) == wanted or p["name"] == key:
                return p  # type: ignore[no-any-return]
        return None

    def _named(self, source: Json, name: str) -> Json:
        return next(p for p in source["properties"] if p["name"] == name)

    def _query(self, source_id: str, body: Json) -> Json:
        _only(body, "sorts", "filter", "start_cursor", "page_size", "in_trash", "result_type")
        source = self._get_source(source_id)
        size = body.get("page_size", 100)
        if not isinstance(size, int) or not 1 <= size <= 100:
            raise invalid(f"body.page_size should be ≤ `100`, instead was `{size}`.")
        in_trash = bool(body.get("in_trash"))
        if in_trash and not self.lists_trash:
            raise invalid("body.in_trash should be not present.")
        rows = [
            p
            for p in self.pages.values()
            if p["parent"].get("data_source_id") == source["id"]
            and p["in_trash"] == in_trash
            and p["id"] not in self.hidden
            and (not self.lag or self.now() - p["created"] >= timedelta(seconds=self.lag))
            and self._fits(source, p, body.get("filter"))
        ]
        for sort in reversed(body.get("sorts") or []):
            _only(sort, "timestamp", "property", "direction")
            key = {"created_time": "created", "last_edited_time": "edited"}[sort["timestamp"]]
            rows.sort(key=lambda p: p[key].replace(second=0, microsecond=0), reverse=sort["direction"] == "descending")
        capped = len(rows) > self.cap
        answer = _slice([self._page(p) for p in rows[: self.cap]], body.get("start_cursor"), size, "page")
        if capped and not answer["has_more"]:
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return answer

    def _fits(self, source: Json, page: Json, where: Json | None) -> bool:
        if not where:
            return True
        for word, both in (("and", all), ("or", any)):
            if word in where:
                return both(self._fits(source, page, w) for w in where[word])
        if "timestamp" in where:
            name = where["timestamp"]
            _only(where, "timestamp", name)
            at = page["created" if name == "created_time" else "edited"].replace(second=0, microsecond=0)
            ((test, value),) = where[name].items()
            bound = datetime.fromisoformat(value)
            return {"on_or_after": at >= bound, "after": at > bound, "before": at < bound}[test]
        prop = self._find(source, where.get("property", ""))
        if prop is None:
            raise invalid(f"Could not find property with name or id: {where.get('property')}")
        if set(where) != {"property", prop["type"]}:
            raise invalid(f"filter of {prop['name']} should be of type {prop['type']}")
        ((test, value),) = where[prop["type"]].items()
        return {"equals": (page["values"].get(prop["id"]) or "") == value}[test]


# ---- forms -------------------------------------------------------------------------------------------------------


def _only(body: Json, *allowed: str) -> None:
    extra = set(body) - set(allowed)
    if extra:
        raise invalid(f"body failed validation: body.{sorted(extra)[0]} should be not present.")


def _option_name(prop: str, option: Any) -> str:
    name = option.get("name") if isinstance(option, dict) else None
    if not name or "," in name or utf16(name) > 100:
        raise invalid(f"{prop}: Invalid select option, commas not allowed: {name!r}")
    return str(name)


def _date(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if set(value) - {"start", "end", "time_zone"}:
        raise invalid(f"{name}.date holds unknown keys.")
    try:
        parsed = datetime.fromisoformat(value["start"])
    except ValueError:
        raise invalid(f"{name}.date.start should be a valid ISO 8601 date string.") from None
    return (
        str(value["start"])
        if len(value["start"]) == 10
        else parsed.replace(second=0).isoformat(timespec="milliseconds")
    )


def _runs(text: str) -> list[Json]:
    """Adjacent runs of one style come back merged, longer than what may be sent."""
    return [{"type": "text", "text": {"content": text, "link": None}, "plain_text": text, "href": None}] if text else []


def _minute(value: datetime) -> str:
    return value.replace(second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:00.000Z")


def _dashed(text: str) -> str:
    raw = text.replace("-", "")
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def _slice(items: list[Json], cursor: str | None, size: int, kind: str) -> Json:
    start = int(uuid.UUID(cursor)) if cursor else 0
    more = start + size < len(items)
    return {
        "object": "list", "results": items[start : start + size], "has_more": more, "type": kind, kind: {},
        "next_cursor": str(uuid.UUID(int=start + size)) if more else None,
    }  # fmt: skip


# ---- HTTP --------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.startswith("/v1/"):
            self._human()
            return
        self._api({})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/edit":
            self._edit(parse_qs(raw.decode(), keep_blank_values=True))
            return
        self._body(raw)

    def do_PATCH(self) -> None:
        self._body(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _body(self, raw: bytes) -> None:
        if len(raw) > 500_000:
            self._send(413, b"<html>Request Entity Too Large</html>", {}, "text/html")
            return
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            self._error(Refusal(400, "invalid_json", "Error parsing JSON body."))
            return
        self._api(body)

    def _api(self, body: Json) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/v1/")
        fault = self.world.next_fault(self.command, path)
        try:
            self._admit()
            if fault and self._before(fault):
                return
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            answer = self.world.answer(self.command, path, query, body)
        except Refusal as refusal:
            self._error(refusal)
            return
        except (KeyError, TypeError, AttributeError) as error:
            self._error(invalid(f"body failed validation: {error!r}"))
            return
        if fault and self._after(fault, answer):
            return
        self._send(200, json.dumps(answer).encode(), {})

    def _admit(self) -> None:
        if self.world.revoked or self.headers.get("Authorization") != f"Bearer {self.world.token}":
            raise Refusal(401, "unauthorized", "API token is invalid.")
        if self.headers.get("Notion-Version") != VERSION:
            raise Refusal(400, "missing_version", "Notion-Version header should be defined.")
        self.world.spend()

    def _before(self, fault: Fault) -> bool:
        """Faults that strike before anything is saved; True where the answer is sent."""
        wait = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        refusals = {
            "429": Refusal(
                429, "rate_limited", "You have been rate limited.", {"rate_limit_reason": "workspace"}, wait
            ),
            "blocked": Refusal(429, "rate_limited", "Blocked.", {"rate_limit_reason": "public_api_request_blocked"}),
            "529": Refusal(529, "service_overload", "Notion is overloaded.", None, wait),
            "500": Refusal(500, "internal_server_error", "Unexpected error."),
            "503": Refusal(503, "service_unavailable", "Notion is unavailable."),
            "504": Refusal(504, "gateway_timeout", "Timed out."),
            "409": Refusal(409, "conflict_error", "Conflict occurred while saving."),
            "403": Refusal(403, "restricted_resource", "Insufficient permissions for this endpoint."),
        }
        if fault.kind in refusals:
            self._error(refusals[fault.kind])
        elif fault.kind == "502":
            self._send(502, b"<html><h1>502 Bad Gateway</h1></html>", {}, "text/html")
        elif fault.kind == "reset":
            self._reset()
        else:
            return False
        return True

    def _after(self, fault: Fault, answer: Json) -> bool:
        """Faults that strike after the write was saved."""
        if fault.kind == "503 saved":
            extra = {"committed_resource_id": answer["id"], "retry_guidance": "do_not_retry"}
            if self.command == "PATCH":
                extra.pop("committed_resource_id")
            self._error(Refusal(503, "service_unavailable", "The write was saved. Do not repeat the write.", extra))
        elif fault.kind == "503 saved silently":
            self._error(Refusal(503, "service_unavailable", "Notion is unavailable."))
        elif fault.kind == "reset saved":
            self._reset()
        elif fault.kind == "truncated":
            self._send(200, json.dumps(answer).encode()[:40], {})
        else:
            return False
        return True

    def _error(self, refusal: Refusal) -> None:
        body = {"object": "error", "status": refusal.status, "code": refusal.code, "message": refusal.message}
        if refusal.extra is not None:
            body["additional_data"] = refusal.extra
        self._send(refusal.status, json.dumps({**body, "request_id": str(uuid.uuid4())}).encode(), refusal.headers)

    def _send(self, status: int, raw: bytes, headers: Json, kind: str = "application/json; charset=utf-8") -> None:
        self.world.log.append((self.command, urlsplit(self.path).path.removeprefix("/v1/"), status))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def _reset(self) -> None:
        self.world.log.append((self.command, urlsplit(self.path).path.removeprefix("/v1/"), 0))
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    # ---- for people ---------------------------------------------------------------------------------------------

    def _human(self) -> None:
        sections = [self._table(s) for s in self.world.sources.values() if not s["in_trash"]]
        style = (
            "body{font:15px/1.5 system-ui;margin:2rem;color-scheme:light dark}table{border-collapse:collapse}"
            "td,th{border:1px solid #8885;padding:.3rem .5rem;vertical-align:top;text-align:left;max-width:26rem}"
            "td{white-space:pre-wrap}textarea{width:24rem;height:8rem}"
        )
        empty = "<p>No data sources yet: run the set-up.</p>"
        page = f"<meta charset=utf8><title>Local Notion</title><style>{style}</style><h1>Local Notion</h1>"
        self._send(200, (page + ("".join(sections) or empty)).encode(), {}, "text/html; charset=utf-8")

    def _table(self, source: Json) -> str:
        head = "".join(f"<th>{html.escape(p['name'])}</th>" for p in source["properties"])
        rows = [p for p in self.world.pages.values() if p["parent"].get("data_source_id") == source["id"]]
        body = "".join(self._row(source, row) for row in rows)
        return f"<h2>{html.escape(source['title'])}</h2><table><tr>{head}<th></th></tr>{body}</table>"

    def _row(self, source: Json, row: Json) -> str:
        cells = ""
        for p in source["properties"]:
            value = row["values"].get(p["id"])
            text = html.escape("" if value is None else str(value))
            name = html.escape(p["id"], quote=True)
            if p["name"] in ("Status", "Slot", "Post text", "Name"):
                tag = f"<textarea name='{name}'>\n{text}</textarea>" if p["name"] == "Post text" else (
                    f"<input name='{name}' value='{html.escape(str(value or ''), quote=True)}'>"
                )  # fmt: skip
                cells += f"<td><form method=post action=/edit><input type=hidden name=page value={row['id']}>{tag}"
                cells += "<button>Save</button></form></td>"
            else:
                cells += f"<td>{text}</td>"
        act = "restore" if row["in_trash"] else "trash"
        button = f"<form method=post action=/edit><input type=hidden name=page value={row['id']}>"
        return f"<tr>{cells}<td>{button}<button name=do value={act}>{act}</button></form></td></tr>"

    def _edit(self, form: dict[str, list[str]]) -> None:
        row = self.world.pages[form.pop("page")[0]]
        if "do" in form:
            self.world.trash(row, form["do"][0] == "trash")
        else:
            source = self.world.sources[row["parent"]["data_source_id"]]
            for key, (value, *_) in form.items():
                name = next(p["name"] for p in source["properties"] if p["id"] == key)
                self.world.edit(row, **{name: value.replace("\r\n", "\n") or None})
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server:
    """The server in a thread of this process."""

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        handler = type("Bound", (Handler,), {"world": self.world})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> Server:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A local Notion to try Timbre with.")
    parser.add_argument("--port", type=int, default=9170)
    parser.add_argument("--limit", type=int, default=180, help="requests a minute")
    args = parser.parse_args()
    server = Server(args.port)
    server.world.limit = args.limit
    print(f"A local Notion listens at {server.url} (open it to see and edit its rows). Put into .env:\n")
    print(f"NOTION_BASE_URL={server.url}\nNOTION_TOKEN={TOKEN}\nNOTION_PARENT_PAGE={server.world.parent}\n", flush=True)
    server.start()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
