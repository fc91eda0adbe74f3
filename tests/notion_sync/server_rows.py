"""Pages of the local Notion: created, changed, shown, queried (https://developers.notion.com/reference/page)."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from operator import itemgetter
from typing import Any

from tests.notion_sync.server_forms import Json, compiled, dashed, date, invalid, minute, only, option_name, runs, texts
from tests.notion_sync.server_schema import Schemas
from tests.notion_sync.server_state import BOT

READ_ONLY = ("created_by", "created_time", "last_edited_by", "last_edited_time", "formula", "rollup", "unique_id")
REFERENCES = 25
"""References of one property that a page shows (page-property-values, paginated page properties)."""
TEXTUAL = {"url": 2000, "email": 200, "phone_number": 200}


class Rows(Schemas):
    """Rows and their cells."""

    def _create_page(self, body: Json) -> Json:
        only(body, "parent", "properties", "icon", "cover", "children", "content", "markdown", "template", "position")
        parent = body.get("parent") or {}
        only(parent, "type", "data_source_id", "database_id", "page_id", where="body.parent")
        if "page_id" in parent:  # a page below a page (reference/post-page)
            self._get_page(parent["page_id"])
            self._grow(1)
            title = texts("body.properties.title", body["properties"]["title"]["title"])
            return self._page(self.pages[self.plain_page(title)])
        if parent.get("type", "data_source_id") != "data_source_id" or "data_source_id" not in parent:
            raise invalid("body failed validation: body.parent.data_source_id should be defined.")
        source = self._get_source(parent["data_source_id"])
        if source["in_trash"]:
            raise invalid("Can't create a page in a data source that is in the trash.")
        values = self._values(source, body.get("properties") or {}, {})
        markdown = body.get("markdown") or ""
        self._grow(1 + len(body.get("children") or []) + len([x for x in markdown.splitlines() if x.strip()]))
        page = self._new_row(source, BOT)
        page["values"].update(values)
        page["body"] = markdown
        return self._page(page)

    def _update_page(self, page_id: str, body: Json) -> Json:
        only(body, "properties", "icon", "cover", "is_locked", "template", "erase_content", "in_trash", "is_archived")
        page = self._get_page(page_id)
        if page["in_trash"] and body.get("in_trash") is not False:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        if "data_source_id" in page["parent"]:
            source = self._get_source(page["parent"]["data_source_id"])
            values = self._values(source, body.get("properties") or {}, page["values"])
        else:
            values = {}
            if "properties" in body:
                only(body["properties"], "title", where="body.properties")
                page["title"] = texts("body.properties.title", body["properties"]["title"]["title"])
        self._touch(page, BOT)
        for key, value in values.items():
            self._note_overwritten(page, key, value)
        page["values"].update(values)
        if "in_trash" in body:
            page["in_trash"] = body["in_trash"] is True
        if "is_archived" in body:
            page["archived"] = body["is_archived"] is True
        return self._page(page)

    def _note_overwritten(self, page: Json, key: str, value: Any) -> None:
        """Remember what a person typed and no answer had shown when a PATCH replaced it.

        `asked`: somebody had queried the table (its first page) after that edit, so an answer should have shown it.
        """
        at, typed, by = page["typed"].pop(key, (-1, None, ""))
        if at > page["served"] and typed != value:
            source = page["parent"]["data_source_id"]
            asked = self._asked.get(source, -1)
            self.overwritten.append(
                {
                    "page": page["id"], "property": key, "lost": typed, "by": by, "written": value, "typed_at": at,
                    "shown_at": page["served"], "asked_at": asked, "patched_at": next(self.tick), "asked": asked > at,
                }
            )  # fmt: skip

    # ---- cells, as they are sent -----------------------------------------------------------------------------------

    def _values(self, source: Json, properties: Any, before: Json) -> Json:
        if not isinstance(properties, dict):
            raise invalid("body failed validation: body.properties should be an object.")
        out = {}
        for key, value in properties.items():
            prop = self._find(source, key)
            if prop is None:
                raise invalid(f"{key} is not a property that exists.")
            kind = prop["type"]
            if not isinstance(value, dict) or set(value) - {kind, "type", "id"} or kind not in value:
                raise invalid(f"{prop['name']} is expected to be {kind}.")
            out[prop["id"]] = self._value(prop, value[kind], before.get(prop["id"]))
        return out

    def _value(self, prop: Json, inner: Any, before: Any) -> Any:
        kind, name = prop["type"], prop["name"]
        where = f"body.properties.{name}.{kind}"
        if kind in READ_ONLY:
            raise invalid(f"{name}: {kind} is set by Notion and cannot be written.")
        if kind in ("title", "rich_text"):
            return texts(where, inner)
        if kind in ("select", "status"):
            if inner is None and kind == "status":
                return prop["options"][0]["name"] if prop["options"] else None
            return None if inner is None else self._option(prop, inner)
        if kind == "date":
            return date(name, inner)
        if kind in ("multi_select", "people", "relation", "files"):
            if not isinstance(inner, list) or len(inner) > 100:
                raise invalid(f"body failed validation: {where} should be an array of ≤ `100`.")
            return self._many(prop, inner, before or [])
        fits = {"number": (int, float), "checkbox": (bool,)}.get(kind, (str,))
        if inner is None and kind != "checkbox":
            return None
        if not isinstance(inner, fits) or (kind == "number" and isinstance(inner, bool)):
            raise invalid(f"body failed validation: {where} should be a {kind}, instead was `{inner!r}`.")
        if kind in TEXTUAL and not 0 < len(str(inner)) <= TEXTUAL[kind]:
            raise invalid(f"body failed validation: {where}.length should be 1 to {TEXTUAL[kind]}, or `null`.")
        return inner

    def _option(self, prop: Json, option: Any) -> str:
        only(option, "id", "name", "color", "description", where=f"body.properties.{prop['name']}")
        if "name" not in option:
            found = next((o for o in prop["options"] if o["id"] == option.get("id")), None)
            if found is None:
                raise invalid(f"{prop['name']}: there is no option with that id.")
            return str(found["name"])
        return self._ensure_option(prop, option_name(prop["name"], option), prop["type"])

    def _many(self, prop: Json, inner: list[Any], before: list[Any]) -> list[Any]:
        if prop["type"] == "multi_select":
            return list(dict.fromkeys(self._option(prop, o) for o in inner))
        if prop["type"] == "files":
            return [self._file(prop["name"], one, before) for one in inner]
        ids = []
        for one in inner:
            only(one, "id", "object", "type", "person", "name", "avatar_url", "bot", where=prop["name"])
            ids.append(dashed(str(one.get("id", "")), "id"))
        table = self.tables.get((prop.get("config") or {}).get("data_source_id", ""), {})
        known = self.users if prop["type"] == "people" else table
        for one in ids:
            if one not in known:
                raise invalid(f"{prop['name']}: {one} is not known, or not shared with the integration.")
        return list(dict.fromkeys(ids))

    def _file(self, name: str, one: Any, before: list[Any]) -> Json:
        raise NotImplementedError

    # ---- as they are shown -----------------------------------------------------------------------------------------

    def _page(self, page: Json) -> Json:
        self._shown_now.append((page, next(self.tick)))
        source = self.sources.get(page["parent"].get("data_source_id", ""))
        if source is None:
            properties: Json = {"title": {"id": "title", "type": "title", "title": runs(page["title"])}}
        else:
            properties = {p["name"]: self._shown(p, page) for p in source["properties"]}
        return {
            "object": "page", "id": page["id"], "parent": page["parent"], "created_time": minute(page["created"]),
            "last_edited_time": minute(page["edited"]), "in_trash": page["in_trash"],
            "is_archived": page["archived"], "created_by": {"object": "user", "id": page["created_by"]},
            "last_edited_by": {"object": "user", "id": page["edited_by"]}, "is_locked": False, "icon": None,
            "cover": None, "public_url": None, "url": f"https://www.notion.so/{page['id'].replace('-', '')}",
            "properties": properties, "a_field_of_next_year": {"new": True},
        }  # fmt: skip

    def _shown(self, prop: Json, page: Json) -> Json:
        kind, value = prop["type"], page["values"].get(prop["id"])
        more: Json = {}
        shown: Any = value
        if kind in ("title", "rich_text"):
            shown = runs(value or "")
        elif kind in ("select", "status"):
            shown = _choice(prop, value) if value else None
        elif kind == "multi_select":
            shown = [_choice(prop, v) for v in value or []]
        elif kind == "date":
            dates = value if isinstance(value, dict) else {"start": value, "end": None}
            shown = {"start": dates["start"], "end": dates.get("end"), "time_zone": None} if value else None
        elif kind == "people":
            shown = [self._user(i) for i in (value or [])[:REFERENCES]]
        elif kind == "relation":
            shown = [{"id": i} for i in (value or [])[:REFERENCES]]
            more = {"has_more": len(value or []) > REFERENCES}
        elif kind == "files":
            shown = [f if isinstance(f, dict) else _external(f) for f in value or []]
        elif kind == "checkbox":
            shown = bool(value)
        elif kind in ("created_by", "last_edited_by"):
            shown = {"object": "user", "id": page["created_by" if kind == "created_by" else "edited_by"]}
        elif kind in ("created_time", "last_edited_time"):
            shown = minute(page["created" if kind == "created_time" else "edited"])
        return {"id": prop["id"], "type": kind, kind: shown, **more}

    def _user(self, user_id: str) -> Json:
        found = self.users.get(user_id)
        if found is None or not self.user_info:
            return {"object": "user", "id": user_id}
        return found if self.emails or found["type"] == "bot" else {**found, "person": {}}

    def _property_item(self, page_id: str, key: str, query: Json) -> Json:
        """The whole of one property (https://developers.notion.com/reference/retrieve-a-page-property)."""
        page = self._get_page(page_id)
        prop = self._find(self._get_source(page["parent"]["data_source_id"]), key)
        if prop is None:
            raise invalid(f"Could not find property with name or id: {key}")
        kind, value = prop["type"], page["values"].get(prop["id"])
        head = {"object": "property_item", "id": prop["id"], "type": kind}
        if kind not in ("title", "rich_text", "people", "relation"):
            return head | {kind: self._shown(prop, page)[kind]}
        ones = {
            "people": lambda: [self._user(i) for i in value or []],
            "relation": lambda: [{"id": i} for i in value or []],
        }
        items = ones.get(kind, lambda: runs(value or ""))()
        listed = self._listed(
            [head | {kind: one} for one in items], query, f"item {page['id']} {prop['id']}", "property_item"
        )
        return listed | {"property_item": {"id": prop["id"], "next_url": None, "type": kind, kind: {}}}

    # ---- queries ---------------------------------------------------------------------------------------------------

    def _query(self, source_id: str, body: Json) -> Json:
        """https://developers.notion.com/reference/query-a-data-source"""
        only(body, "sorts", "filter", "start_cursor", "page_size", "in_trash", "is_archived", "result_type")
        source = self._get_source(source_id)
        size = body.get("page_size", 100)
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 100:
            raise invalid(f"body failed validation: body.page_size should be ≤ `100`, instead was `{size}`.")
        if "in_trash" in body and not self.lists_trash:
            raise invalid("body failed validation: body.in_trash should be not present, instead was `true`.")
        in_trash, archived = body.get("in_trash") is True, body.get("is_archived") is True
        if "start_cursor" not in body and not in_trash and "property" not in str(body.get("filter")):
            self._asked[source["id"]] = next(self.tick)
        table = list(self.tables.get(source["id"], {}).values())
        rows = [r for r in (map(self._indexed, table) if self.lag else table) if r is not None]
        rows = [r for r in rows if r["in_trash"] == in_trash and r["archived"] == archived]
        if self.hidden:
            rows = [r for r in rows if r["id"] not in self.hidden]
        if body.get("filter"):
            fits = compiled(body["filter"], lambda key: self._find(source, key))
            rows = [r for r in rows if fits(r)]
        self._sort(source, rows, body.get("sorts") or [])
        capped = len(rows) > self.cap
        del rows[self.cap :]
        key = f"query {source['id']}"
        start = self._offset(body.get("start_cursor"), key)
        more = start + size < len(rows)
        answer = {
            "object": "list", "results": [self._page(r) for r in rows[start : start + size]], "has_more": more,
            "next_cursor": self._cursor(key, start + size) if more else None, "type": "page_or_data_source",
            "page_or_data_source": {}, "request_id": str(uuid.uuid4()),
        }  # fmt: skip
        if capped:
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return answer

    def _indexed(self, page: Json) -> Json | None:
        """The page as queries show it while they lag; None where they do not show it yet."""
        if self.now() - page["created"] < timedelta(seconds=self.lag):
            return None
        seen = time.time() - self.lag
        past = page["past"] = [p for p in page["past"] if p[0] > seen]
        return {**page, **past[0][1]} if past else page

    def _sort(self, source: Json, rows: list[Json], sorts: Any) -> None:
        for sort in reversed(sorts):
            only(sort, "timestamp", "property", "direction", where="body.sorts")
            back = sort.get("direction") == "descending"
            if sort.get("direction") not in ("ascending", "descending"):
                raise invalid("body failed validation: body.sorts.direction should be ascending or descending.")
            if "timestamp" in sort:
                rows.sort(key=itemgetter("created" if sort["timestamp"] == "created_time" else "edited"), reverse=back)
                continue
            prop = self._find(source, str(sort.get("property")))
            if prop is None:
                raise invalid(f"Could not find sort property with name or id: {sort.get('property')}")
            rows.sort(key=lambda p: str(p["values"].get(prop["id"]) or ""), reverse=back)


def _choice(prop: Json, name: str) -> Json | None:
    found = next((o for o in prop["options"] if o["name"] == name), None)
    return found and {"id": found["id"], "name": found["name"], "color": found["color"]}


def _external(url: str) -> Json:
    return {"name": str(url).rsplit("/", 1)[-1], "type": "external", "external": {"url": url}}
