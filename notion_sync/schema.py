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

from core import guidelines
from core.measured import METRICS
from core.review import STATUSES
from notion_sync import values, words

Owner = Literal["shared", "app", "notion"]
Json = dict[str, Any]

IN_STEP, CONFLICT, REQUESTED = "In step", "Changed on both sides", "Approval requested"


_SHAPES: Final[Mapping[str, values.Shape]] = {
    "title": "text", "rich_text": "text", "select": "choice", "date": "date", "number": "number", "url": "url",
    "people": "people", "files": "files", "multi_select": "list",
}  # fmt: skip


STANDS_FOR: Final = {"Measured": "Published", "Published": "Scheduled", "Scheduled": "Approved"}
"""Where a team's board has no word for a status of ours, the one before it is shown."""


@dataclass(frozen=True)
class Field:
    """One field: our name, Notion's name, the types we can read and write (the first one is created), whose it is."""

    key: str
    name: str
    types: tuple[str, ...]
    owner: Owner
    options: tuple[str, ...] = ()
    lines: bool = False
    """A list: one entry a line where Notion keeps it as text."""

    @property
    def shape(self) -> values.Shape:
        """What the field holds, however Notion keeps it."""
        return "list" if self.lines else _SHAPES[self.types[0]]

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
END = ".end"
REFERENCES = ("people", "relation")
SHOWN = 25
"""References that a page shows of a property; beyond that they are read one by one."""
CHOICE = ("select", "status", "rich_text")
NAMED = (*CHOICE, "relation")
"""Whom a row is of: a choice, or a relation to the personas' table."""
PLAIN = ("rich_text",)
NUMBER = ("number", "rich_text")
ADDRESS = ("url", "rich_text")

KINDS: Final[Mapping[str, Kind]] = {
    "calendar": Kind(
        "Content Calendar",
        (
            Field("title", "Name", ("title",), "shared"),
            Field("text", "Post text", PLAIN, "shared"),
            # Created as a select, which every version of the API can create; a team's own status is bound as well.
            Field("status", "Status", CHOICE, "shared", STATUSES),
            Field("slot", "Slot", ("date",), "shared"),
            Field("author", "Author", NAMED, "notion"),
            Field("pillar", "Pillar", CHOICE, "notion"),
            Field("scores", "Scores", PLAIN, "app"),
            Field("model", "Model", PLAIN, "app"),
            Field("variant", "Variant", PLAIN, "app"),
            Field("approved_by", "Approved by", PLAIN, "app"),
            Field("published", "Published", ("date",), "app"),
            Field("link", "Link", ADDRESS, "app"),
            Field("image", "Image", ("files",), "app"),
            Field("sync_state", "Sync state", CHOICE, "app", (IN_STEP, CONFLICT, REQUESTED)),
            APP_ID,
        ),
    ),
    "guidelines": Kind(
        "Brand Guidelines",
        (
            Field("title", "Name", ("title",), "shared"),
            Field("kind", "Kind", CHOICE, "shared", guidelines.KINDS),
            Field("text", "Rule", PLAIN, "shared"),
            Field("phrases", "Phrases", ("rich_text", "multi_select"), "shared", lines=True),
            Field("severity", "Severity", CHOICE, "shared", ("block", "warn")),
            Field("authors", "Applies to", ("multi_select", "rich_text", "relation"), "shared", lines=True),
            APP_ID,
        ),
    ),
    "personas": Kind(
        "Personas",
        (
            Field("title", "Name", ("title",), "app"),
            Field("summary", "Voice", PLAIN, "app"),
            Field("headline", "Headline", PLAIN, "shared"),
            Field("reader", "Reader", PLAIN, "shared"),
            Field("phrases", "Favoured phrases", ("rich_text", "multi_select"), "shared", lines=True),
            Field("taboo", "Taboo words", ("rich_text", "multi_select"), "shared", lines=True),
            Field("notes", "Notes", PLAIN, "shared"),
            Field("reviewers", "Reviewers", ("people",), "notion"),
            Field("version", "Version", ("number",), "app"),
            Field("samples", "Samples", ("number",), "app"),
            APP_ID,
        ),
    ),
    "samples": Kind(
        "Posts & Samples",
        (
            Field("title", "Name", ("title",), "app"),
            Field("kind", "Kind", CHOICE, "app", ("post", "sample")),
            Field("text", "Post text", PLAIN, "app"),
            Field("author", "Author", NAMED, "app"),
            Field("published", "Published", ("date",), "app"),
            Field("link", "Link", ADDRESS, "app"),
            *(Field(name, name.capitalize(), NUMBER, "notion") for name in METRICS),
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
            out[field.key] = _bound(field, ids[found], before)
    return out, missing


def _title_id(properties: Mapping[str, Any]) -> str | None:
    return next((unquote(str(p["id"])) for p in properties.values() if p.get("type") == "title"), None)


def _bound(field: Field, found: Json, before: Json) -> Json:
    kind = str(found.get("type"))
    entry: Json = {"id": found["id"], "name": found["name"], "type": kind}
    if kind in ("select", "multi_select", "status"):
        entry["options"] = [str(o["name"]) for o in found[kind].get("options", [])]
    if field.options and kind in ("select", "status"):
        entry["words"] = words.learn(field.options, found[kind].get("options", []), before.get("words", []))
        entry |= {"closed": True} if before.get("closed") else {}
    if kind not in field.types:
        wanted = " or ".join(field.types).replace("rich_text", "text")
        is_now = kind.replace("rich_text", "text")
        entry["paused"] = f"the property {found['name']} is of type {is_now} in Notion; Timbre needs {wanted}"
    return entry


# ---- rows ----------------------------------------------------------------------------------------------------


def read_row(kind: str, bound: Mapping[str, Any], page: Mapping[str, Any]) -> Json:
    """A Notion page as our fields: canonical values; fields that are not bound or paused are left out.

    Beside the fields stand helpers that no merge looks at: `slot.end`, the range that somebody typed, and `title.whole`
    where a title is longer than ours may be.
    """
    ids = by_id(page.get("properties", {}))
    out: Json = {}
    for field in KINDS[kind].fields:
        entry: Json = bound.get(field.key) or {"paused": "not bound"}
        found = None if entry.get("paused") else ids.get(unquote(entry["id"]))
        if found is not None and found.get("type", entry["type"]) == entry["type"]:
            value = values.decode(found, entry["type"], field.shape)
            out[field.key] = words.to_ours(entry, found.get(entry["type"]), value)
            if entry["type"] == "date" and (typed := values.span(found)) is not None:
                out[f"{field.key}{END}"] = typed
            if entry["type"] == "title" and len(whole := values.plain(found.get("title") or [])) > values.TITLE:
                out["title.whole"] = whole
    return out


def spans(theirs: Mapping[str, Any]) -> Json:
    """The ranges of a row that was read, by field: what `write_row` keeps the ends of."""
    return {key.removesuffix(END): value for key, value in theirs.items() if key.endswith(END)}


def write_row(
    kind: str,
    bound: Mapping[str, Any],
    fields: Mapping[str, Any],
    zone: str = "UTC",
    ranges: Mapping[str, Any] | None = None,
) -> Json:
    """Our fields as Notion's properties, by property id. `ranges`: as `spans` gave them when the row was read."""
    return {
        bound[f.key]["id"]: values.encode(
            bound[f.key]["type"], words.to_theirs(bound[f.key], fields[f.key]), zone, (ranges or {}).get(f.key)
        )
        for f in KINDS[kind].fields
        if f.key in fields and f.key in bound and not bound[f.key].get("paused")
    }


def fitted(kind: str, bound: Mapping[str, Any], fields: Mapping[str, Any]) -> Json:
    """Our fields as they look once Notion has kept them in the properties they are bound to: what both sides compare.

    Where a field has words of its own (status, kind, ...) ours stay; what is not bound stays as it is.
    """
    out: Json = {}
    for field in KINDS[kind].fields:
        if field.key in fields:
            entry: Json = bound.get(field.key) or {"type": field.types[0]}
            known = () if field.options else entry.get("options", ())
            value = fields[field.key]
            while field.key == "status" and value in STANDS_FOR and words.lacks(entry, value):
                value = STANDS_FOR[value]
            out[field.key] = values.fit(entry["type"], field.shape, value, known)
    return out


def unsendable(kind: str, key: str, entry: Mapping[str, Any], value: Any) -> str:
    """Why Notion cannot hold a value, or ''; the rest of its row goes out without it."""
    field, name = KINDS[kind].field(key), entry.get("name", key)
    said = "\n".join(value) if isinstance(value, list) else value
    if entry["type"] in ("title", "rich_text") and isinstance(said, str) and values.too_long(said):
        return f"{field.name} is longer than a Notion property can hold."
    if entry["type"] == "url" and value and values.units(str(value)) > values.UNITS:
        return f"{field.name} is longer than the {values.UNITS:,} characters that Notion takes as an address."
    if words.lacks(dict(entry), value):
        return f"Notion's {name} has no option {value}. Add it there, or change it here."
    if len(entry.get("options", ())) >= values.ITEMS and (new := new_options(entry, value)):
        return (
            f"Notion's {name} has {values.ITEMS} options and takes no more, so {new[0]} cannot be added. Remove one "
            "there that nobody uses, or bind this field to a text property."
        )
    if (
        isinstance(value, list)
        and entry["type"] in ("multi_select", "people", "relation")
        and len(value) > values.ITEMS
    ):
        return f"{field.name} has {len(value):,} entries; Notion takes {values.ITEMS} at once."
    return ""


def new_options(entry: Mapping[str, Any], value: Any) -> list[str]:
    """Options that writing this value would add to a property (page-property-values, select and multi_select)."""
    if entry["type"] not in ("select", "multi_select") or not value:
        return []
    known = {str(name).casefold() for name in entry.get("options", ())}
    named = [words.to_theirs(dict(entry), v) for v in (value if isinstance(value, list) else [value])]
    return [option for v in named if (option := values.option(str(v))).casefold() not in known]


def cut_short(kind: str, bound: Mapping[str, Any], page: Mapping[str, Any]) -> list[str]:
    """Ids of properties that a page may not show whole, as they stand in its answer.

    "Up to 25 page references"; "more than 25 people may be omitted"; mentions beyond the 25th lose their names
    (https://developers.notion.com/reference/page-property-values, paginated page properties).
    """
    ids = by_id(page.get("properties", {}))
    out = []
    for entry in (bound.get(field.key) for field in KINDS[kind].fields):
        found = ids.get(unquote(entry["id"])) if entry and not entry.get("paused") else None
        value = found.get(entry["type"]) if found is not None and entry else None
        if found is None or not isinstance(value, list):
            continue
        pages = [v for v in value if entry and (entry["type"] in REFERENCES or v.get("type") == "mention")]
        if found.get("has_more") or len(pages) >= SHOWN:
            out.append(str(found["id"]))
    return out


def completed(page: Mapping[str, Any], items: Mapping[str, list[Json]]) -> Json:
    """The page with these properties whole: id -> its property items (reference/property-item-object)."""
    wanted = {unquote(key): found for key, found in items.items()}
    properties = {
        name: {**p, p["type"]: [i[i["type"]] for i in wanted[unquote(str(p["id"]))] if i.get("type") in i]}
        if isinstance(p, dict) and unquote(str(p.get("id", ""))) in wanted
        else p
        for name, p in page.get("properties", {}).items()
    }
    return {**page, "properties": properties}


def trashed(page: Mapping[str, Any]) -> bool:
    """Whether a page is in the trash or archived (https://developers.notion.com/reference/trash-page: `in_trash`)."""
    return bool(page.get("in_trash") or page.get("archived") or page.get("is_archived"))


def fingerprint(fields: Mapping[str, Any], in_trash: bool) -> str:
    """What a row looked like when it was seen last: rows whose fingerprint did not change are skipped."""
    text = json.dumps([sorted(fields.items()), in_trash], ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
