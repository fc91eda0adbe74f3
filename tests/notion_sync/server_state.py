"""What the local Notion holds, and what people do in it: they type, trash, comment, rename, retype, upload nothing."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.notion_sync.server_forms import Json, invalid, minute, option_name, runs

VERSION = "2026-03-11"
TOKEN = "ntn_local_test_token_0123456789"
CAP = 10_000
BOT, PERSON = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
"""Who the integration is, and who edits unless a test says otherwise."""


@dataclass
class Fault:
    """The next `times` requests that fit are answered (or not) like this."""

    kind: str
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    retry_after: int | None = None
    skip: int = 0
    seconds: float = 1.0
    """How long a "timeout" stays silent before it hangs up."""
    status: int = 200
    body: Any = None
    headers: Json = field(default_factory=dict)
    """What a "say" (before) or a "say saved" (after) answers: a body of bytes goes out as it is, others as JSON."""


@dataclass
class State:
    """Everything that this Notion holds, and the dials of its limits and troubles."""

    token: str = TOKEN
    pages: dict[str, Json] = field(default_factory=dict)
    databases: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, Json] = field(default_factory=dict)
    tables: dict[str, dict[str, Json]] = field(default_factory=dict)
    """The pages of each data source, in the order of their creation."""
    users: dict[str, Json] = field(default_factory=dict)
    comments: dict[str, list[Json]] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    log: list[tuple[str, str, int]] = field(default_factory=list)
    """(method, path, status) of each request; status 0: the connection was cut."""
    limit: int | None = None
    """Requests of the connection in a fixed window of `window` seconds."""
    window: float = 60.0
    space_limit: int | None = None
    """The same for the whole workspace; `spend_space` lets others use it up."""
    space_window: float = 600.0
    limited: Counter[str] = field(default_factory=Counter)
    """How often each limiter refused (planned faults are not counted)."""
    blocked: str = ""
    """Requests whose "METHOD path" fits this expression are blocked for good (429 public_api_request_blocked)."""
    blocks_left: int | None = None
    """Blocks that a free workspace may still create."""
    lag: float = 0.0
    """Seconds until a new row, or an edit, shows in queries; GET shows it at once."""
    cursor_life: float | None = None
    """Seconds until a cursor expires."""
    upload_life: float = 3600.0
    """Seconds until an upload that is not attached expires."""
    ahead: timedelta = timedelta()
    """How far this server's clock is ahead."""
    revoked: bool = False
    hidden: set[str] = field(default_factory=set)
    """Pages, databases or data sources no longer shared with the integration."""
    lists_trash: bool = True
    """Whether a query takes `in_trash`. The newest documentation says no (query-a-data-source); older ones said yes."""
    creates_status: bool = True
    """Whether a status property can be created (newest documentation: yes; older: no)."""
    silent_bodies: bool = False
    """Whether an edit of a page's body leaves last_edited_time alone."""
    user_info: bool = True
    emails: bool = True
    comment_access: bool = True
    """Capabilities of the integration."""
    cap: int = CAP
    speed: float = 1.0
    """Seconds of the limiters for one real second: a long test need not wait for real windows."""
    chaos: Callable[[str, str], Fault | None] | None = None
    """Asked for a fault at every request that no planned one fits."""
    between: Callable[[str, str], None] | None = None
    """Called with (method, path) right before a request is worked on: somebody edits between two requests of ours."""
    overwritten: list[Json] = field(default_factory=list)
    """Values that a person typed and that a PATCH replaced before any answer had shown them."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    tick: itertools.count[int] = field(default_factory=itertools.count)
    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)
    _cursors: dict[str, tuple[float, str, int]] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)
    _shown_now: list[tuple[Json, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.users[BOT] = {"object": "user", "id": BOT, "type": "bot", "name": "Timbre", "avatar_url": None, "bot": {}}
        self.person("Pat Typist", "pat@example.com", PERSON)
        self.parent = self.plain_page("Timbre")

    # ---- people ----------------------------------------------------------------------------------------------------

    def person(self, name: str, email: str = "", user_id: str | None = None) -> str:
        """Somebody of the workspace; returns their id."""
        found = user_id or str(uuid.uuid4())
        self.users[found] = {
            "object": "user", "id": found, "type": "person", "name": name, "avatar_url": None,
            "person": {"email": email} if email else {},
        }  # fmt: skip
        return found

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def plain_page(self, title: str) -> str:
        return str(self._page_record({"type": "workspace", "workspace": True}, title)["id"])

    def _page_record(self, parent: Json, title: str, by: str = PERSON) -> Json:
        page_id = str(uuid.uuid4())
        self.pages[page_id] = {
            "object": "page", "id": page_id, "parent": parent, "created": self.now(), "edited": self.now(),
            "in_trash": False, "archived": False, "values": {}, "title": title, "body": "", "typed": {}, "served": -1,
            "created_by": by, "edited_by": by, "past": [],
        }  # fmt: skip
        return self.pages[page_id]

    def _new_row(self, source: Json, by: str = PERSON) -> Json:
        parent = {"type": "data_source_id", "data_source_id": source["id"], "database_id": source["database_id"]}
        row = self._page_record(parent, "", by)
        self.tables.setdefault(source["id"], {})[row["id"]] = row
        return row

    # ---- looking ---------------------------------------------------------------------------------------------------

    def source(self, title: str) -> Json:
        """The data source of that title (one that is not in the trash)."""
        return next(s for s in self.sources.values() if s["title"] == title and not s["in_trash"])

    def rows(self, title: str = "Content Calendar", in_trash: bool = False) -> list[Json]:
        found = list(self.tables.get(self.source(title)["id"], {}).values())
        return [p for p in found if p["in_trash"] == in_trash]

    def cell(self, row: Json, name: str) -> Any:
        """What a cell shows: text, the name of an option, the start of a date, ids of people or pages."""
        prop = self._named(self.sources[row["parent"]["data_source_id"]], name)
        value = row["values"].get(prop["id"])
        return (value or "") if prop["type"] in ("title", "rich_text") else value

    def writes(self) -> list[tuple[str, str, int]]:
        """Requests that change something."""
        return [r for r in self.log if r[0] == "PATCH" or (r[0] == "POST" and not r[1].endswith("/query"))]

    def _named(self, source: Json, name: str) -> Json:
        return next(p for p in source["properties"] if p["name"] == name)

    # ---- what people do to rows ------------------------------------------------------------------------------------

    def edit(self, row: Json, by: str | None = None, **cells: Any) -> None:
        """A person edits cells by property name; spaces of a name are written as _ . People: ids; relations: ids."""
        with self.lock:
            page = self.pages[row["id"]]
            source = self.sources[page["parent"]["data_source_id"]]
            named = [(self._named(source, name.replace("_", " ")), value) for name, value in cells.items()]
            self._touch(page, by or PERSON)
            for prop, value in named:
                for one in value if prop["type"] == "multi_select" and value else [value]:
                    if prop["type"] in ("select", "status", "multi_select") and one:
                        self._ensure_option(prop, one)
                page["values"][prop["id"]] = value
                page["typed"][prop["id"]] = (next(self.tick), value, by or PERSON)

    def _touch(self, page: Json, by: str, edited: bool = True) -> None:
        """Right before a change: what queries go on showing while they lag, and who edited when."""
        if self.lag:
            held = {key: page[key] for key in ("edited", "in_trash", "archived", "edited_by")}
            page["past"].append((time.time(), held | {"values": dict(page["values"])}))
        if edited:
            page["edited"], page["edited_by"] = self.now(), by

    def type_row(self, title: str = "Content Calendar", by: str | None = None, **cells: Any) -> Json:
        """A person makes a row."""
        with self.lock:
            row = self._new_row(self.source(title), by or PERSON)
            self.edit(row, by, **cells)
            return row

    def trash(self, row: Json, in_trash: bool = True, by: str | None = None) -> None:
        with self.lock:
            page = self.pages[row["id"]]
            self._touch(page, by or PERSON)
            page["in_trash"] = in_trash

    def archive(self, row: Json, archived: bool = True) -> None:
        """Archive is not trash: queries leave such rows out unless asked for `is_archived`."""
        with self.lock:
            self._touch(self.pages[row["id"]], PERSON)
            self.pages[row["id"]]["archived"] = archived

    def remove(self, row: Json) -> None:
        """Deleted for ever: 404 from now on."""
        with self.lock:
            del self.pages[row["id"]]
            del self.tables[row["parent"]["data_source_id"]][row["id"]]

    def write_body(self, row: Json, markdown: str, by: str | None = None) -> None:
        """A person writes the page's body."""
        with self.lock:
            page = self.pages[row["id"]]
            self._touch(page, by or PERSON, edited=not self.silent_bodies)
            page["body"] = markdown

    def comment(self, row: Json, text: str, user: str | None = None, thread: str | None = None) -> Json:
        """A person comments on a row (no edit of the page: its last_edited_time stays)."""
        with self.lock:
            return self._add_comment(row["id"], runs(text), user or PERSON, thread)

    def _add_comment(self, page_id: str, rich_text: list[Json], by: str, thread: str | None = None) -> Json:
        found = {
            "object": "comment", "id": str(uuid.uuid4()), "parent": {"type": "page_id", "page_id": page_id},
            "discussion_id": thread or str(uuid.uuid4()), "created_time": minute(self.now()),
            "last_edited_time": minute(self.now()), "created_by": {"object": "user", "id": by},
            "rich_text": rich_text, "display_name": {"type": "user", "resolved_name": self.users[by]["name"]},
        }  # fmt: skip
        self.comments.setdefault(page_id, []).append(found)
        return found

    def resolve(self, comment: Json) -> None:
        """A resolved thread is not listed any more."""
        for found in self.comments.values():
            found[:] = [c for c in found if c["discussion_id"] != comment["discussion_id"]]

    # ---- what people do to schemas ---------------------------------------------------------------------------------

    def rename(self, title: str, name: str, new: str) -> None:
        self._named(self.source(title), name)["name"] = new

    def drop(self, title: str, name: str) -> None:
        """Delete a property, its cells with it."""
        with self.lock:
            source = self.source(title)
            prop = self._named(source, name)
            source["properties"].remove(prop)
            for row in self.tables.get(source["id"], {}).values():
                row["values"].pop(prop["id"], None)

    def retype(self, title: str, name: str, kind: str) -> None:
        """Change the type of a property: its id stays, its cells are shown in the new way where that works."""
        with self.lock:
            source = self.source(title)
            self._retype(source, self._named(source, name), kind)

    def _retype(self, source: Json, prop: Json, kind: str) -> None:
        prop["type"], prop["options"] = kind, []
        for row in self.tables.get(source["id"], {}).values():
            value = row["values"].get(prop["id"])
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value) if value else ""
            if kind in ("title", "rich_text"):
                row["values"][prop["id"]] = text
            elif kind in ("select", "status", "multi_select") and text:
                name = text.replace(",", " ")[:100]
                self._ensure_option(prop, name)
                row["values"][prop["id"]] = [name] if kind == "multi_select" else name
            else:
                row["values"][prop["id"]] = None

    def rename_option(self, title: str, name: str, old: str, new: str) -> None:
        """Rename an option: its id stays and every row shows the new name; no row counts as edited."""
        with self.lock:
            source = self.source(title)
            prop = self._named(source, name)
            next(o for o in prop["options"] if o["name"] == old)["name"] = new
            for row in self.tables.get(source["id"], {}).values():
                value = row["values"].get(prop["id"])
                if value == old:
                    row["values"][prop["id"]] = new
                elif isinstance(value, list):
                    row["values"][prop["id"]] = [new if one == old else one for one in value]

    def _ensure_option(self, prop: Json, name: str, kind: str = "") -> str:
        """An option by name, whatever its case; made where the type makes options (100 at most)."""
        for option in prop["options"]:
            if option["name"].casefold() == name.casefold():
                return str(option["name"])
        if kind == "status":
            raise invalid(f'Status option "{name}" does not exist".')
        option_name(prop["name"], {"name": name})
        if len(prop["options"]) >= 100:
            raise invalid(f"{prop['name']} can have at most 100 options: there is no room for {name}.")
        prop["options"].append({"id": str(uuid.uuid4()), "name": name, "color": "default", "description": None})
        return name
