"""Notion's endpoints, as many as the sync needs: paths, bodies, lists to their end. How a call goes is client.py's."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from core.errors import Denied, Invalid, NotFound, Unavailable
from notion_sync.failures import Moved, Nature

PAGE = 100
"""Rows in one answer (https://developers.notion.com/reference/intro#pagination)."""
UPLOAD = 20 * 1024 * 1024
"""Bytes of one part (https://developers.notion.com/guides/data-apis/uploading-small-files)."""
SUBTREES = 20
"""At most so many cut-off parts of one page body are fetched, a request each."""
ROUNDS = 5
"""So often a list that cannot be read to its end is begun again where it was lost."""
REST_MISSING = "(Notion did not give the rest of this page.)"
Json = dict[str, Any]
Shape = Mapping[str, type]
ID: Shape = {"id": str}
LIST: Shape = {"results": list}
OBJECT: Shape = {"id": str, "properties": dict}


class _Torn(Exception):
    """A list broke off: its cursor is refused, missing or goes round in circles."""


class Endpoints(ABC):
    """What can be asked of Notion. Errors: those of failures.py."""

    clock_ahead: float | None = None
    """Seconds by which Notion's clock is ahead of ours; None before its first answer."""
    lists_trash: bool = True
    """Whether a query takes `in_trash`: documents disagree, so it is tried once."""

    @abstractmethod
    def _call(
        self,
        method: str,
        path: str,
        what: str,
        needs: Shape,
        body: Json | None = None,
        query: Json | None = None,
        form: Json | None = None,
        nature: Nature = "read",
        adopt: str = "",
        check: Callable[[], Json | None] | None = None,
    ) -> Json: ...

    # ---- reading ---------------------------------------------------------------------------------------------

    def me(self) -> Json:
        """The integration itself: the cheapest way to see that the token works."""
        return self._call("GET", "users/me", "the integration", ID)

    def users(self) -> Iterator[Json]:
        """The workspace's people and bots, without guests (https://developers.notion.com/reference/get-users).

        Raises NotAllowed where the integration may not see people.
        """
        return self._list("users", "the people of the workspace")

    def user(self, user_id: str) -> Json:
        """One person, guests too (https://developers.notion.com/reference/get-user)."""
        return self._call("GET", f"users/{user_id}", "this person", ID)

    def page(self, page_id: str) -> Json:
        """One page with its properties (https://developers.notion.com/reference/retrieve-a-page).

        A property answers with at most 25 references: `has_more` says so, `property_items` reads them all.
        """
        return self._call("GET", f"pages/{page_id}", "the page", OBJECT)

    def property_items(self, page_id: str, property_id: str) -> list[Json]:
        """All items of one property (https://developers.notion.com/reference/retrieve-a-page-property).

        One property_item each for title, rich_text, relation and people; a single one for the other types.
        """
        # Ids come URL-encoded in some answers and bare in others: what is encoded already stays as it is.
        path = f"pages/{page_id}/properties/{quote(property_id, safe='%')}"
        first = self._call("GET", path, "the property", {"object": str}, query={"page_size": PAGE})
        return list(self._list(path, "the property", first=first)) if "results" in first else [first]

    def markdown(self, page_id: str) -> str:
        """A page's body as markdown (https://developers.notion.com/reference/retrieve-page-markdown).

        What a long answer leaves out is fetched by its block id, up to 20 parts; what cannot be fetched (blocks that
        have no markdown, pages not shared) stays as Notion's own <unknown .../> tag, and the end says so.
        """
        answer = self._markdown(page_id)
        text, left = str(answer["markdown"]), list(answer.get("unknown_block_ids") or [])
        missing = bool(answer.get("truncated")) and not left
        for number in range(SUBTREES):
            if not left:
                break
            block = str(left.pop(0))
            try:
                part = self._markdown(block)
            except (NotFound, Invalid, Denied):
                continue
            text = _put(text, block, str(part["markdown"]), number)
            left += [b for b in part.get("unknown_block_ids") or [] if b not in left]
        return f"{text}\n\n{REST_MISSING}" if left or missing else text

    def _markdown(self, page_id: str) -> Json:
        return self._call("GET", f"pages/{page_id}/markdown", "the page", {"markdown": str})

    def database(self, database_id: str) -> Json:
        """A database: the container of data sources (https://developers.notion.com/reference/database)."""
        return self._call("GET", f"databases/{database_id}", "the database", ID)

    def data_source(self, data_source_id: str) -> Json:
        """A data source with its schema (https://developers.notion.com/reference/data-source)."""
        return self._call("GET", f"data_sources/{data_source_id}", "the data source", OBJECT)

    def child_databases(self, page_id: str) -> Iterator[tuple[str, str]]:
        """(id, title) of the databases right under a page, from its child_database blocks."""
        for block in self._list(f"blocks/{page_id}/children", "the page"):
            if block.get("type") == "child_database" and not block.get("in_trash"):
                yield block["id"], (block.get("child_database") or {}).get("title", "")

    def search(self, query: str = "") -> list[Json]:
        """Up to 100 data sources shared with us, newest edit first (https://developers.notion.com/reference/post-search).

        Neither complete nor immediate (https://developers.notion.com/reference/search-optimizations-and-limitations):
        to choose from, never to sync.
        """
        body: Json = {
            "filter": {"property": "object", "value": "data_source"},
            "sort": {"timestamp": "last_edited_time", "direction": "descending"},
            "page_size": PAGE,
            **({"query": query} if query else {}),
        }
        found = self._call("POST", "search", "your databases", LIST, body)["results"]
        return [source for source in found if source.get("object") == "data_source" and "id" in source]

    def first_rows(self, data_source_id: str) -> tuple[list[Json], bool]:
        """Up to 100 rows of a data source, the oldest first, and whether there are more. One request."""
        body: Json = {"page_size": PAGE, "sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
        answer = self._call("POST", f"data_sources/{data_source_id}/query", "the data source", LIST, body)
        return [row for row in answer["results"] if "properties" in row], bool(answer.get("has_more"))

    def comments(self, page_id: str) -> list[Json]:
        """The open comments on a page, oldest first (https://developers.notion.com/reference/list-comments).

        Raises NotAllowed where the integration may not read comments.
        """
        found = self._list("comments", "the page's comments", {"block_id": page_id})
        return sorted(found, key=lambda c: str(c.get("created_time") or ""))

    def rows(
        self, data_source_id: str, where: Json | None = None, in_trash: bool = False, verify: bool = True
    ) -> Iterator[Json]:
        """Every row that fits, oldest first, in pages of 100 (https://developers.notion.com/reference/query-a-data-source).

        Sorted by creation, which no edit changes. A query that meets Notion's cap of 10,000 rows goes on from the
        creation time of its last row (https://developers.notion.com/guides/data-apis/query-large-data-sources), and so
        does one whose cursor is refused. After a list of several pages one more request (not with `verify=False`) asks
        what was put into the trash meanwhile: it may have moved rows past a page's edge, which are then listed again.
        A row may come twice. Raises Unavailable rather than end early.
        """
        since: str | None = None
        seen: dict[str, str] = {}
        lost, pages, began = 0, 0, self._now()
        while lost <= ROUNDS:
            whole, last = True, since
            try:
                for answer in self._pages(data_source_id, _both(where, since), in_trash):
                    pages += 1
                    # The guide: any page that says so means that the whole query was cut off.
                    whole = whole and (answer.get("request_status") or {}).get("type") != "incomplete"
                    for row in answer["results"]:
                        last = row.get("created_time") or last
                        if row.get("object", "page") == "page" and "properties" in row:
                            seen[row["id"]] = row.get("created_time") or ""
                            yield row
                if not whole and last == since:
                    raise Unavailable(
                        f"More rows were made in Notion within one minute ({last}) than it gives at once (10,000): the "
                        "rest cannot be listed. Nothing is lost, and no row counts as deleted.",
                        "Move some of these rows into another database in Notion, then sync again.",
                    )
            except _Torn:
                whole = False
            lost += whole or last == since
            if whole:
                asked, began = began, self._now()
                moved = self._shifted(data_source_id, seen, asked) if verify and pages > 1 and not in_trash else None
                if moved is None:
                    return
                last = moved or None
            since = last
        raise Unavailable(
            "Notion's list of rows breaks off again and again. Nothing is lost, and no row counts as deleted.",
            "The next pass tries again.",
        )

    def _shifted(self, data_source_id: str, seen: dict[str, str], began: datetime) -> str | None:
        """When the first of the listed rows was made that went into the trash meanwhile; None where there are none."""
        where = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": _minute(began)}}
        try:
            pages = self._pages(data_source_id, where, True) if self.lists_trash else ()
            gone = [row["id"] for answer in pages for row in answer["results"] if row.get("in_trash")]
        except (Invalid, _Torn):
            self.lists_trash = False  # The sync's look at every row, a few in each pass, finds what was missed.
            return None
        return min((seen.pop(row) for row in gone if row in seen), default=None)

    def _pages(self, data_source_id: str, where: Json | None, in_trash: bool) -> Iterator[Json]:
        body: Json = {"page_size": PAGE, "sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
        if where:
            body["filter"] = where
        if in_trash:
            body["in_trash"] = True
        path = f"data_sources/{data_source_id}/query"

        def ask(cursor: str | None) -> Json:
            more = {"start_cursor": cursor} if cursor else {}
            return self._call("POST", path, "the data source", LIST, {**body, **more})

        return _follow(ask)

    def _list(self, path: str, what: str, query: Json | None = None, first: Json | None = None) -> Iterator[Json]:
        """Every item of a GET list once. A cursor that is refused begins the list again."""
        seen: set[str] = set()

        def ask(cursor: str | None) -> Json:
            more = {"start_cursor": cursor} if cursor else {}
            return self._call("GET", path, what, LIST, query={"page_size": PAGE, **(query or {}), **more})

        for _ in range(ROUNDS):
            try:
                for answer in _follow(ask, first):
                    for item in answer["results"]:
                        # Items of a property have no id of their own and may repeat rightly; their lists are short.
                        if (key := str(item.get("id") or "")) == "" or item.get("object") == "property_item":
                            yield item
                        elif key not in seen:
                            seen.add(key)
                            yield item
                return
            except _Torn:
                first = None
        raise Unavailable(f"Notion does not list {what} to its end. Nothing is lost.", "The next pass tries again.")

    def with_app_id(self, data_source_id: str, property_id: str, app_id: str) -> list[Json]:
        """The rows that carry this App ID, the oldest first."""
        where = {"property": property_id, "rich_text": {"equals": app_id}}
        return sorted(self.rows(data_source_id, where), key=lambda r: str(r.get("created_time", "")))

    # ---- writing ---------------------------------------------------------------------------------------------

    def create_database(self, page_id: str, title: str, properties: Json) -> Json:
        """A database with its first data source (https://developers.notion.com/reference/create-a-database).

        Raises UnknownOutcome.
        """
        body = {
            "parent": {"type": "page_id", "page_id": page_id},
            "title": [{"type": "text", "text": {"content": title}}],
            "initial_data_source": {"properties": properties},
        }
        return self._call("POST", "databases", "the page", ID, body, nature="create", adopt="databases")

    def add_properties(self, data_source_id: str, properties: Json) -> Json:
        """Add properties to a data source (https://developers.notion.com/reference/update-a-data-source)."""
        path, body = f"data_sources/{data_source_id}", {"properties": properties}
        return self._call("PATCH", path, "the data source", OBJECT, body, nature="update")

    def create_row(self, data_source_id: str, properties: Json) -> Json:
        """A new row (https://developers.notion.com/reference/post-page). Raises UnknownOutcome, BlockLimit."""
        body = {"parent": {"type": "data_source_id", "data_source_id": data_source_id}, "properties": properties}
        return self._call("POST", "pages", "the data source", OBJECT, body, nature="create", adopt="pages")

    def add_comment(self, page_id: str, rich_text: list[Json]) -> Json:
        """A new comment on a page (https://developers.notion.com/reference/create-a-comment). Raises UnknownOutcome."""
        body = {"parent": {"type": "page_id", "page_id": page_id}, "rich_text": rich_text}
        return self._call("POST", "comments", "the page", ID, body, nature="create", adopt="comments")

    def update_row(
        self,
        page_id: str,
        properties: Json,
        arrived: Callable[[Json], bool],
        untouched: Callable[[Json], bool] | None = None,
    ) -> Json:
        """Change some properties (https://developers.notion.com/reference/patch-page).

        After an unclear answer the row is read, and written again only where `arrived(page)` says it did not arrive.
        Raises Moved with the page where it did not arrive and `untouched(page)` says that somebody else wrote.
        """
        return self._update(page_id, {"properties": properties}, arrived, untouched)

    def trash(self, page_id: str, in_trash: bool) -> Json:
        """Put a page into the trash, or bring it back (https://developers.notion.com/reference/trash-page)."""
        return self._update(page_id, {"in_trash": in_trash}, lambda page: bool(page.get("in_trash")) == in_trash)

    def _update(
        self,
        page_id: str,
        body: Json,
        arrived: Callable[[Json], bool],
        untouched: Callable[[Json], bool] | None = None,
    ) -> Json:
        def check() -> Json | None:
            page = self.page(page_id)
            if not arrived(page) and untouched is not None and not untouched(page):
                raise Moved(page)
            return page if arrived(page) else None

        return self._call("PATCH", f"pages/{page_id}", "the row", OBJECT, body, nature="update", check=check)

    def upload(self, name: str, content_type: str, raw: bytes) -> str:
        """Bring a file to Notion in two steps; its id, to be attached within the hour.

        https://developers.notion.com/reference/create-file, https://developers.notion.com/reference/upload-file. An
        upload that is never attached expires by itself, so the first step may be repeated.
        """
        if len(raw) > UPLOAD:
            raise Invalid(f"{name} is larger than the 20 MB that Notion takes at once.", "Use a smaller picture.")
        body = {"mode": "single_part", "filename": name, "content_type": content_type}
        made = str(self._call("POST", "file_uploads", "the upload", ID, body)["id"])

        def check() -> Json | None:
            found = self._call("GET", f"file_uploads/{made}", "the upload", ID)
            return found if found.get("status") == "uploaded" else None

        form = {"file": (name, raw, content_type)}
        path = f"file_uploads/{made}/send"
        done = self._call("POST", path, "the upload", ID, form=form, nature="update", check=check)
        if done.get("status") not in ("uploaded", None):
            raise Unavailable(f"Notion did not take {name} ({done['status']}).", "The next pass sends it again.")
        return made

    def _now(self) -> datetime:
        """The time by Notion's clock, as far as it is known."""
        return datetime.fromtimestamp(time.time() + (self.clock_ahead or 0.0), UTC)


def _follow(ask: Callable[[str | None], Json], first: Json | None = None) -> Iterator[Json]:
    """The answers of a list, one after the other (https://developers.notion.com/reference/intro#pagination).

    Raises _Torn where a cursor is refused. A first request was accepted, so a later one is refused for its cursor.
    """
    cursor: str | None = None
    used: set[str] = set()
    while True:
        try:
            answer = first if first is not None else ask(cursor)
        except (Invalid, NotFound):
            if cursor is None:
                raise
            raise _Torn from None
        first = None
        yield answer
        if not answer.get("has_more"):
            return
        cursor = answer.get("next_cursor")
        if not cursor or cursor in used:
            raise _Torn
        used.add(cursor)


def _put(text: str, block: str, part: str, number: int) -> str:
    """The text with the tag of a left-out block replaced by what it holds; at the end where no tag names it."""
    bare = re.escape(block.replace("-", ""))
    tag = re.compile(rf"<unknown\b[^>]*(?:{re.escape(block)}|{bare})[^>]*?(?:/>|>\s*</unknown>)", re.IGNORECASE)
    if tag.search(text):
        return tag.sub(lambda _m: part, text, count=1)
    return f"{text.rstrip()}\n\n{part}" if number or part else text


def _both(where: Json | None, since: str | None) -> Json | None:
    """The filter, continued from a creation time (https://developers.notion.com/reference/filter-data-source-entries)."""
    if since is None:
        return where
    later: Json = {"timestamp": "created_time", "created_time": {"on_or_after": since}}
    return {"and": [where, later]} if where else later


def _minute(instant: datetime) -> str:
    """A minute earlier, to the minute: edit times are floored to it."""
    return (instant.replace(second=0, microsecond=0) - timedelta(minutes=1)).isoformat()
