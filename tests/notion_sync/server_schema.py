"""Databases, data sources and their properties (https://developers.notion.com/reference/property-object)."""

from __future__ import annotations

import random
import time
import uuid
from typing import Any
from urllib.parse import quote, unquote

from tests.notion_sync.server_forms import Json, Refusal, dashed, invalid, minute, only, option_name, runs, texts
from tests.notion_sync.server_limits import Limits

MADE = {
    "title", "rich_text", "select", "multi_select", "status", "date", "number", "url", "people", "checkbox", "files",
    "relation", "email", "phone_number", "created_by", "created_time", "last_edited_by", "last_edited_time",
}  # fmt: skip
"""Types that can be created here."""
CHOICES = ("select", "multi_select", "status")
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))


class Schemas(Limits):
    """What a connection may do to databases."""

    def add_source(self, database_title: str, title: str, properties: Json | None = None) -> Json:
        """A person adds a second data source to a database."""
        with self.lock:
            database = next(d for d in self.databases.values() if d["title"] == database_title)
            return self._make_source(database["id"], title, properties or {"Name": {"title": {}}})

    def _make_source(self, database_id: str, title: str, properties: Json) -> Json:
        source: Json = {
            "id": str(uuid.uuid4()), "database_id": database_id, "title": title, "in_trash": False, "properties": [],
            "created": self.now(), "edited": self.now(),
        }  # fmt: skip
        for name, config in properties.items():
            self._add_property(source, name, config)
        if sum(p["type"] == "title" for p in source["properties"]) != 1:
            raise invalid("Title is not provided, or provided twice: a data source has exactly one.")
        self.sources[source["id"]] = source
        return source

    def _create_database(self, body: Json) -> Json:
        only(body, "parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover")
        parent = body.get("parent") or {}
        only(parent, "type", "page_id", "workspace", where="body.parent")
        if "page_id" not in parent:
            raise invalid("body failed validation: body.parent.page_id should be defined, instead was `undefined`.")
        page = self._get_page(parent["page_id"])["id"]
        initial = body.get("initial_data_source") or {}
        only(initial, "properties", "icon", "title", where="body.initial_data_source")
        self._grow(1)
        title = texts("body.title", body.get("title", []))
        database = {"id": str(uuid.uuid4()), "title": title, "parent": page, "in_trash": False}
        self._make_source(database["id"], title, initial.get("properties") or {"Name": {"title": {}}})
        self.databases[database["id"]] = database
        return self._get_database(database["id"])

    def _create_source(self, body: Json) -> Json:
        only(body, "parent", "properties", "title", "icon")
        parent = body.get("parent") or {}
        if "database_id" not in parent:
            raise invalid("body failed validation: body.parent.database_id should be defined.")
        database = self._get_database(parent["database_id"])
        title = texts("body.title", body.get("title", []))
        return self._schema(self._make_source(database["id"], title, body.get("properties") or {}))

    def _get_database(self, database_id: str) -> Json:
        database = self.databases.get(dashed(database_id, "database_id"))
        if database is None or {database["parent"], database["id"]} & self.hidden:
            raise _missing("database", database_id)
        sources = [s for s in self.sources.values() if s["database_id"] == database["id"] and not s["in_trash"]]
        return {
            "object": "database", "id": database["id"], "title": runs(database["title"]),
            "parent": {"type": "page_id", "page_id": database["parent"]}, "in_trash": database["in_trash"],
            "is_inline": False, "is_locked": False, "icon": None, "cover": None, "description": [], "public_url": None,
            "data_sources": [{"id": s["id"], "name": s["title"]} for s in sources],
            "url": f"https://www.notion.so/{database['id'].replace('-', '')}",
        }  # fmt: skip

    def _update_database(self, database_id: str, body: Json) -> Json:
        only(body, "title", "description", "icon", "cover", "parent", "is_inline", "in_trash", "is_locked")
        database = self.databases[self._get_database(database_id)["id"]]
        if "title" in body:
            database["title"] = texts("body.title", body["title"])
        if "in_trash" in body:
            database["in_trash"] = body["in_trash"] is True
            for source in self.sources.values():
                if source["database_id"] == database["id"]:
                    source["in_trash"] = database["in_trash"]
        return self._get_database(database_id)

    # ---- data sources --------------------------------------------------------------------------------------------

    def _get_source(self, source_id: str) -> Json:
        source = self.sources.get(dashed(source_id, "data_source_id"))
        if source is None:
            raise _missing("data_source", source_id)
        database = self.databases[source["database_id"]]
        if {source["id"], database["id"], database["parent"]} & self.hidden:
            raise _missing("data_source", source_id)
        return source

    def _schema(self, source: Json) -> Json:
        database = self.databases[source["database_id"]]
        return {
            "object": "data_source", "id": source["id"], "title": runs(source["title"]), "description": [],
            "properties": {p["name"]: _shown_property(p) for p in source["properties"]},
            "parent": {"type": "database_id", "database_id": source["database_id"]}, "in_trash": source["in_trash"],
            "database_parent": {"type": "page_id", "page_id": database["parent"]}, "icon": None,
            "created_time": minute(source["created"]), "last_edited_time": minute(source["edited"]),
            "url": f"https://www.notion.so/{source['id'].replace('-', '')}",
        }  # fmt: skip

    def _update_source(self, source_id: str, body: Json) -> Json:
        """https://developers.notion.com/reference/update-data-source-properties"""
        only(body, "title", "description", "icon", "properties", "in_trash", "parent")
        source = self._get_source(source_id)
        for key, config in (body.get("properties") or {}).items():
            found = self._find(source, key)
            if found is None and config is not None:
                self._add_property(source, key, config)
            elif found is not None and config is None:
                self._remove_property(source, found)
            elif found is not None:
                self._change_property(source, found, config)
        if "title" in body:
            source["title"] = texts("body.title", body["title"])
        if "in_trash" in body:
            source["in_trash"] = body["in_trash"] is True
        source["edited"] = self.now()
        return self._schema(source)

    def _add_property(self, source: Json, name: str, config: Any) -> None:
        kinds = set(config) - {"type", "name", "description"}
        if len(kinds) != 1 or not kinds <= MADE:
            raise invalid(f"body.properties.{name} should have one type, instead has {sorted(kinds)}.")
        if any(p["name"] == name for p in source["properties"]) or not name.strip():
            raise invalid(f"A property named {name} exists already.")
        kind = kinds.pop()
        if kind == "status" and not self.creates_status:
            raise invalid(f"body.properties.{name}: status properties cannot be created through the API.")
        if kind == "title" and any(p["type"] == "title" for p in source["properties"]):
            raise invalid("Cannot create a second title property.")
        prop: Json = {"id": self._property_id(source, kind), "name": name, "type": kind, "options": []}
        prop["config"] = self._config(name, kind, config[kind])
        prop["options"] = prop["config"].pop("options", [])
        source["properties"].append(prop)

    def _config(self, name: str, kind: str, inner: Any) -> Json:
        allowed = {
            "number": ("format",), "relation": ("data_source_id", "type", "single_property", "dual_property"),
        }.get(kind, ("options", "groups") if kind == "status" else ("options",) if kind in CHOICES else ())  # fmt: skip
        only(inner, *allowed, where=f"body.properties.{name}.{kind}")
        if kind in CHOICES:
            return {"options": _options(name, inner.get("options", []), [])}
        if kind == "relation":
            return {**inner, "data_source_id": self._get_source(str(inner.get("data_source_id", "")))["id"]}
        return dict(inner)

    def _property_id(self, source: Json, kind: str) -> str:
        taken = {p["id"] for p in source["properties"]} | {"title"}
        new_id = "title"
        while kind != "title" and new_id in taken:
            new_id = quote("".join(random.choices("abcXYZ12;>~:@", k=4)), safe="")
        return new_id

    def _remove_property(self, source: Json, prop: Json) -> None:
        if prop["type"] == "title":
            raise invalid("Cannot delete the title property.")
        source["properties"].remove(prop)
        for row in self.tables.get(source["id"], {}).values():
            row["values"].pop(prop["id"], None)

    def _change_property(self, source: Json, prop: Json, config: Any) -> None:
        only(config, "name", "description", "type", *MADE, where=f"body.properties.{prop['name']}")
        prop["name"] = config.get("name", prop["name"])
        for kind in set(config) & MADE:
            if kind != prop["type"]:
                if "title" in (kind, prop["type"]):
                    raise invalid("The type of a title property cannot be changed.")
                self._retype(source, prop, kind)
            if kind in CHOICES and "options" in config[kind]:
                prop["options"][:] = _options(prop["name"], config[kind]["options"], prop["options"])

    def _find(self, source: Json, key: str) -> Json | None:
        """A property by its id (percent-encoded or not) or name."""
        wanted = unquote(key)
        for p in source["properties"]:
            if unquote(p["id"]) == wanted or p["name"] == key:
                return p  # type: ignore[no-any-return]
        return None

    # ---- lists -----------------------------------------------------------------------------------------------------

    def _get_page(self, page_id: str) -> Json:
        page = self.pages.get(dashed(page_id))
        if page is None or page["id"] in self.hidden:
            raise Refusal(
                404, "object_not_found",
                f"Could not find page with ID: {page_id}. Make sure the relevant pages and databases are shared with "
                'your integration "Timbre".',
            )  # fmt: skip
        if "data_source_id" in page["parent"]:
            self._get_source(page["parent"]["data_source_id"])
        return page

    def _children(self, block_id: str, query: Json) -> Json:
        parent = self._get_page(block_id)["id"]
        blocks: list[Json] = [{"object": "block", "id": str(uuid.uuid4()), "type": "paragraph", "paragraph": {}}]
        for d in self.databases.values():
            if d["parent"] == parent and not d["in_trash"]:
                shown = {"object": "block", "id": d["id"], "type": "child_database", "in_trash": False}
                blocks.append(shown | {"child_database": {"title": d["title"]}})
        return self._listed(blocks, query, f"children {parent}", "block")

    def _search(self, body: Json) -> Json:
        """By title; eventually consistent and not exhaustive in Notion, so nothing here syncs with it."""
        only(body, "query", "sort", "filter", "start_cursor", "page_size")
        wanted, text = (body.get("filter") or {}).get("value"), str(body.get("query", "")).casefold()
        found = [
            self._schema(s)
            for s in self.sources.values()
            if not s["in_trash"] and self.databases[s["database_id"]]["parent"] not in self.hidden
        ]
        found = [s for s in found if wanted in (None, "data_source") and text in str(s["title"]).casefold()]
        return self._listed(found, body, "search", "page_or_data_source")

    def _listed(self, items: list[Json], query: Json, key: str, kind: str) -> Json:
        """A page of a list (https://developers.notion.com/reference/intro, pagination)."""
        size = query.get("page_size", 100)
        size = int(size) if str(size).isdigit() else 0
        if not 1 <= size <= 100:
            raise invalid(f"body failed validation: page_size should be ≤ `100`, instead was `{size}`.")
        start = self._offset(query.get("start_cursor"), key)
        more = start + size < len(items)
        return {
            "object": "list", "results": items[start : start + size], "has_more": more, "type": kind, kind: {},
            "next_cursor": self._cursor(key, start + size) if more else None, "request_id": str(uuid.uuid4()),
        }  # fmt: skip

    def _cursor(self, key: str, offset: int) -> str:
        if len(self._cursors) > 5_000:
            self._cursors.clear()
        cursor = str(uuid.uuid4())
        self._cursors[cursor] = (time.monotonic(), key, offset)
        return cursor

    def _offset(self, cursor: str | None, key: str) -> int:
        if cursor is None:
            return 0
        made, of, offset = self._cursors.get(str(cursor), (0.0, "", 0))
        if of != key or (self.cursor_life is not None and time.monotonic() - made > self.cursor_life):
            raise invalid(f"The start_cursor provided is invalid: {cursor}")
        return offset


def _options(name: str, wanted: Any, before: list[Json]) -> list[Json]:
    """Options as they are set: 100 at most, names unique whatever their case, a known one keeps its id and colour."""
    if not isinstance(wanted, list) or len(wanted) > 100:
        raise invalid(f"body failed validation: body.properties.{name}.options should be an array of ≤ `100`.")
    out: list[Json] = []
    for option in wanted:
        only(option, "name", "color", "description", "id", where=f"body.properties.{name}.options")
        known = next((o for o in before if o["id"] == option.get("id") or o["name"] == option.get("name")), None)
        said = option_name(name, {**(known or {}), **option})
        if known and option.get("color", known["color"]) != known["color"]:
            raise invalid(f"Cannot update color of select with name: {said}.")
        out.append({"id": str(uuid.uuid4()), "color": "default", "description": None} | (known or {}) | {"name": said})
    if len({o["name"].casefold() for o in out}) != len(out):
        raise invalid("Option names must be unique.")
    return out


def _shown_property(prop: Json) -> Json:
    config: Json = dict(prop.get("config") or {})
    if prop["type"] in CHOICES:
        config["options"] = prop["options"]
    if prop["type"] == "status":
        # New options land in To-do.
        ids = [o["id"] for o in prop["options"]]
        config["groups"] = [
            {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, n)), "name": n, "color": c, "option_ids": ids if not i else []}
            for i, (n, c) in enumerate(GROUPS)
        ]
    if prop["type"] == "number":
        config.setdefault("format", "number")
    shown = {"id": prop["id"], "name": prop["name"], "type": prop["type"], "description": None}
    return shown | {prop["type"]: config}


def _missing(what: str, wanted: str) -> Refusal:
    text = f"Could not find {what} with ID: {wanted}. Make sure the relevant pages and databases are shared with your "
    return Refusal(404, "object_not_found", f'{text}integration "Timbre".')
