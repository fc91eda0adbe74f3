"""Notion's endpoints, as many as the sync needs: paths, bodies, lists to their end. How a call goes is client.py's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from core.errors import Denied, Invalid, NotFound, Unavailable
from notion_sync.failures import Moved
from notion_sync.lists import LIST, PAGE, Json, Lists, Shape, safe

UPLOAD = 20 * 1024 * 1024
"""Bytes of one part (https://developers.notion.com/guides/data-apis/uploading-small-files)."""
SUBTREES = 20
"""At most so many cut-off parts of one page body are fetched, a request each."""
REST_MISSING = "(Notion did not give the rest of this page.)"
ID: Shape = {"id": str}
OBJECT: Shape = {"id": str, "properties": dict}


class Endpoints(Lists):
    """What can be asked of Notion. Errors: those of failures.py."""

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
        return self._call("GET", f"users/{safe(user_id)}", "this person", ID)

    def page(self, page_id: str) -> Json:
        """One page with its properties (https://developers.notion.com/reference/retrieve-a-page).

        A property answers with at most 25 references: `has_more` says so, `property_items` reads them all.
        """
        return self._call("GET", f"pages/{safe(page_id)}", "the page", OBJECT)

    def property_items(self, page_id: str, property_id: str) -> list[Json]:
        """All items of one property (https://developers.notion.com/reference/retrieve-a-page-property).

        One property_item each for title, rich_text, relation and people; a single one for the other types.
        """
        # Ids come URL-encoded in some answers and bare in others: what is encoded already stays as it is.
        path = f"pages/{safe(page_id)}/properties/{quote(property_id, safe='%')}"
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
        return self._call("GET", f"pages/{safe(page_id)}/markdown", "the page", {"markdown": str})

    def database(self, database_id: str) -> Json:
        """A database: the container of data sources (https://developers.notion.com/reference/database)."""
        return self._call("GET", f"databases/{safe(database_id)}", "the database", ID)

    def data_source(self, data_source_id: str) -> Json:
        """A data source with its schema (https://developers.notion.com/reference/data-source)."""
        return self._call("GET", f"data_sources/{safe(data_source_id)}", "the data source", OBJECT)

    def child_databases(self, page_id: str) -> Iterator[tuple[str, str]]:
        """(id, title) of the databases right under a page, from its child_database blocks."""
        for block in self._list(f"blocks/{safe(page_id)}/children", "the page"):
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
        answer = self._call("POST", f"data_sources/{safe(data_source_id)}/query", "the data source", LIST, body)
        return [row for row in answer["results"] if "properties" in row], bool(answer.get("has_more"))

    def comments(self, page_id: str) -> list[Json]:
        """The open comments on a page, oldest first (https://developers.notion.com/reference/list-comments).

        Raises NotAllowed where the integration may not read comments.
        """
        found = self._list("comments", "the page's comments", {"block_id": page_id})
        return sorted(found, key=lambda c: str(c.get("created_time") or ""))

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
        path, body = f"data_sources/{safe(data_source_id)}", {"properties": properties}
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

        return self._call("PATCH", f"pages/{safe(page_id)}", "the row", OBJECT, body, nature="update", check=check)

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
            found = self._call("GET", f"file_uploads/{safe(made)}", "the upload", ID)
            return found if found.get("status") == "uploaded" else None

        form = {"file": (name, raw, content_type)}
        path = f"file_uploads/{safe(made)}/send"
        done = self._call("POST", path, "the upload", ID, form=form, nature="update", check=check)
        if done.get("status") not in ("uploaded", None):
            raise Unavailable(f"Notion did not take {name} ({done['status']}).", "The next pass sends it again.")
        return made


def _put(text: str, block: str, part: str, number: int) -> str:
    """The text with the tag of a left-out block replaced by what it holds; at the end where no tag names it."""
    bare = re.escape(block.replace("-", ""))
    tag = re.compile(rf"<unknown\b[^>]*(?:{re.escape(block)}|{bare})[^>]*?(?:/>|>\s*</unknown>)", re.IGNORECASE)
    if tag.search(text):
        return tag.sub(lambda _m: part, text, count=1)
    return f"{text.rstrip()}\n\n{part}" if number or part else text
