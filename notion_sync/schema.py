"""The mapping: one line for each field that Notion and Timbre share. A new field is a new line here.

Every property is found by its *id* once it is bound, so that a rename in Notion changes nothing
(https://developers.notion.com/reference/page-property-values: keys are property names or ids).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote

from core.review import STATUSES
from notion_sync import values

Owner = Literal["shared", "app", "notion"]
Json = dict[str, Any]

IN_STEP, CONFLICT, REQUESTED = "In step", "Changed on both sides", "Approval requested"


@dataclass(frozen=True)
class Field:
    """One field: our name, Notion's name, the types we can read and write (the first one is created), whose it is."""

    key: str
    name: str
    types: tuple[str, ...]
    owner: Owner
    options: tuple[str, ...] = ()

    def config(self) -> Json:
        """The property as it is created (https://developers.notion.com/reference/property-object)."""
        kind = self.types[0]
        return {kind: {"options": [{"name": o} for o in self.options]} if kind in ("select", "multi_select") else {}}


@dataclass(frozen=True)
class Kind:
    """One data source: its title in Notion and its fields."""

    title: str
    fields: tuple[Field, ...]

    def field(self, key: str) -> Field:
        """One field by our name."""
        return next(f for f in self.fields if f.key == key)


APP_ID = Field("app_id", "App ID", ("rich_text",), "app")
"""Our idempotency key: every row that Timbre knows carries it."""
CHOICE = ("select", "rich_text")
PLAIN = ("rich_text",)

KINDS: Final[Mapping[str, Kind]] = {
    "calendar": Kind(
        "Content Calendar",
        (
            Field("title", "Name", ("title",), "shared"),
            Field("text", "Post text", PLAIN, "shared"),
            # Created as a select, which every version of the API can create; a team's own status is bound as well.
            Field("status", "Status", ("select", "status"), "shared", STATUSES),
            Field("slot", "Slot", ("date",), "shared"),
            Field("author", "Author", CHOICE, "notion"),
            Field("pillar", "Pillar", CHOICE, "notion"),
            Field("scores", "Scores", PLAIN, "app"),
            Field("model", "Model", PLAIN, "app"),
            Field("variant", "Variant", PLAIN, "app"),
            Field("sync_state", "Sync state", CHOICE, "app", (IN_STEP, CONFLICT, REQUESTED)),
            APP_ID,
        ),
    ),
    "guidelines": Kind(
        "Brand Guidelines",
        (
            Field("title", "Name", ("title",), "shared"),
            Field("kind", "Kind", ("select",), "shared", ("tone", "banned", "required", "topic", "example")),
            Field("text", "Rule", PLAIN, "shared"),
            Field("phrases", "Phrases", PLAIN, "shared"),  # one a line
            Field("severity", "Severity", ("select",), "shared", ("block", "warn")),
            Field("authors", "Applies to", ("multi_select", "rich_text"), "shared"),
            APP_ID,
        ),
    ),
    "personas": Kind(
        "Personas",
        (
            Field("title", "Name", ("title",), "app"),
            Field("summary", "Voice", PLAIN, "app"),
            Field("version", "Version", ("number",), "app"),
            Field("samples", "Samples", ("number",), "app"),
            APP_ID,
        ),
    ),
    "samples": Kind(
        "Posts & Samples",
        (
            Field("title", "Name", ("title",), "app"),
            Field("text", "Post text", PLAIN, "app"),
            Field("author", "Author", CHOICE, "app"),
            Field("published", "Published", ("date",), "app"),
            Field("link", "Link", ("url",), "app"),
            APP_ID,
        ),
    ),
}


# ---- binding -------------------------------------------------------------------------------------------------


def by_id(properties: Mapping[str, Any]) -> dict[str, Json]:
    """Notion's properties (of a page or a data source) by id. Ids come percent-encoded or not: both are the same."""
    return {unquote(str(p.get("id", ""))): {"name": name, **p} for name, p in properties.items() if isinstance(p, dict)}


def match(kind: str, properties: Mapping[str, Any], bound: Mapping[str, Any] | None = None) -> tuple[Json, list[Field]]:
    """Bind our fields to a data source's properties: by id where bound before, else by name and type.

    Returns the binding (field -> {id, name, type, options, paused}) and the fields that Notion has no property for.
    A property that was bound and is gone or has another type now is `paused` with the reason, never re-created.
    """
    ids, bound = by_id(properties), bound or {}
    named = {name.strip().casefold(): unquote(str(p["id"])) for name, p in properties.items()}
    out: Json = {}
    missing: list[Field] = []
    for field in KINDS[kind].fields:
        before: Json = bound.get(field.key) or {}
        known = unquote(before["id"]) if before else None
        found = known or (_title_id(properties) if field.types == ("title",) else named.get(field.name.casefold()))
        if known and known not in ids:
            out[field.key] = {**before, "paused": f"the property {before['name']} was deleted in Notion"}
        elif found is None:
            missing.append(field)
        else:
            out[field.key] = _bound(field, ids[found])
    return out, missing


def _title_id(properties: Mapping[str, Any]) -> str | None:
    return next((unquote(str(p["id"])) for p in properties.values() if p.get("type") == "title"), None)


def _bound(field: Field, found: Json) -> Json:
    kind = str(found.get("type"))
    entry: Json = {"id": found["id"], "name": found["name"], "type": kind}
    if kind == "status":
        entry["options"] = [o["name"] for o in found["status"].get("options", [])]
    if kind not in field.types:
        wanted = " or ".join(field.types)
        entry["paused"] = f"the property {found['name']} is of type {kind} in Notion; Timbre needs {wanted}"
    return entry


# ---- rows ----------------------------------------------------------------------------------------------------


def read_row(kind: str, bound: Mapping[str, Any], page: Mapping[str, Any]) -> Json:
    """A Notion page as our fields: canonical values; fields that are not bound or paused are left out."""
    ids = by_id(page.get("properties", {}))
    out: Json = {}
    for field in KINDS[kind].fields:
        entry: Json = bound.get(field.key) or {"paused": "not bound"}
        found = None if entry.get("paused") else ids.get(unquote(entry["id"]))
        if found is not None and found.get("type", entry["type"]) == entry["type"]:
            value = values.decode(found, entry["type"], field.key)
            out[field.key] = None if value == "" and "select" in field.types else value
    return out


def write_row(kind: str, bound: Mapping[str, Any], fields: Mapping[str, Any], zone: str = "UTC") -> Json:
    """Our fields as Notion's properties, by property id."""
    return {
        bound[f.key]["id"]: values.encode(bound[f.key]["type"], fields[f.key], zone)
        for f in KINDS[kind].fields
        if f.key in fields and f.key in bound and not bound[f.key].get("paused")
    }


def trashed(page: Mapping[str, Any]) -> bool:
    """Whether a page is in the trash or archived (https://developers.notion.com/reference/trash-page: `in_trash`)."""
    return bool(page.get("in_trash") or page.get("archived") or page.get("is_archived"))


def fingerprint(fields: Mapping[str, Any], in_trash: bool) -> str:
    """What a row looked like when it was seen last: rows whose fingerprint did not change are skipped."""
    text = json.dumps([sorted(fields.items()), in_trash], ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
