"""The wire: the only importer of notion_client, under one pacing and one retry layer of our own.

The library sends; its own retries are off. What may be repeated is decided here, once
(https://developers.notion.com/reference/status-codes, https://developers.notion.com/reference/request-limits):
reads and updates of the same values may, a create never blindly. No error and no log holds the token.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import notion_client
from notion_client.errors import HTTPResponseError, NotionClientErrorBase, RequestTimeoutError

from core.config import settings
from core.errors import Conflict, Denied, Invalid, NotFound, TimbreError, Unavailable
from notion_sync.pace import Pace

VERSION = "2026-03-11"
"""https://developers.notion.com/guides/get-started/upgrade-guide-2026-03-11"""
PAGE = 100
"""Rows in one answer (https://developers.notion.com/reference/intro, pagination)."""
ATTEMPTS = 6
TIMEOUT = 70.0
"""Notion gives up after 60 seconds by itself."""
Json = dict[str, Any]
Nature = Literal["read", "update", "create"]

_silent = logging.getLogger("timbre.notion")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class UnknownOutcome(Unavailable):
    """A create was sent and nobody knows whether it was saved. `committed` is its id where Notion told us."""

    def __init__(self, committed: str | None = None) -> None:
        super().__init__(
            "Notion did not say whether it saved this row.",
            "Timbre looks for it by its App ID before it tries again, so nothing is written twice.",
        )
        self.committed = committed


class _Failure(Exception):
    """What came back instead of an answer, read apart."""

    def __init__(self, status: int, code: str, message: str, extra: Json, wait: float | None, sent: bool) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.extra, self.wait, self.sent = (
            status,
            code,
            message,
            extra,
            wait,
            sent,
        )

    @property
    def refused(self) -> bool:
        """Whether Notion certainly did nothing (a clear refusal, or the request never left)."""
        return not self.sent or (400 <= self.status < 500) or self.status == 529

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        if self.blocked:
            return False
        return self.status in (0, 200, 409, 429) or self.status >= 500

    @property
    def blocked(self) -> bool:
        """A 429 that no waiting helps: the workspace or Notion has blocked this kind of request."""
        reason = str(self.extra.get("rate_limit_reason", ""))
        return self.status == 429 and "blocked" in f"{self.code} {reason} {self.message}".lower()

    @property
    def committed(self) -> str | None:
        """The id of what was saved although the answer was an error (request-limits, retrying a write after a 503)."""
        found = self.extra.get("committed_resource_id")
        return str(found) if found else None


class Notion:
    """Notion, as much of it as the sync needs. `requests` counts what was sent."""

    def __init__(self, timeout: float = TIMEOUT, attempts: int = ATTEMPTS, pace: Pace | None = None) -> None:
        config = settings()
        token = config.notion_token.get_secret_value() if config.notion_token else ""
        if not token:
            raise Invalid("No Notion token is set.", "Put NOTION_TOKEN in .env, then stop and start Timbre.")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise Denied(
                "NOTION_TOKEN holds characters that no token has.", "Copy it again, without spaces or quotation marks."
            )
        self._token, self.url, self.attempts = token, config.notion_base_url.rstrip("/"), attempts
        self.pace = pace or Pace(config.timbre_data, config.notion_requests_per_minute)
        self.requests = 0
        self.server_time: float | None = None
        """Notion's clock at its first answer, in seconds since 1970."""
        self._http = httpx.Client(event_hooks={"response": [self._clock]})
        try:
            self._api = notion_client.Client(
                client=self._http,
                auth=token,
                base_url=self.url,
                notion_version=VERSION,
                timeout_ms=int(timeout * 1000),
                retry=False,
                logger=_silent,
                log_level=logging.CRITICAL,
            )
        except httpx.InvalidURL:
            raise Invalid(
                "NOTION_BASE_URL is not an address.", "Remove it from .env, or write it like https://api.notion.com."
            ) from None

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # ---- reading ---------------------------------------------------------------------------------------------

    def me(self) -> Json:
        """The integration itself: the cheapest way to see that the token works."""
        return self._call("GET", "users/me", "the integration")

    def page(self, page_id: str) -> Json:
        """One page with its properties."""
        return self._call("GET", f"pages/{page_id}", "the page")

    def database(self, database_id: str) -> Json:
        """A database: the container of data sources (https://developers.notion.com/reference/database)."""
        return self._call("GET", f"databases/{database_id}", "the database")

    def data_source(self, data_source_id: str) -> Json:
        """A data source with its schema (https://developers.notion.com/reference/data-source)."""
        return self._call("GET", f"data_sources/{data_source_id}", "the data source")

    def child_databases(self, page_id: str) -> Iterator[tuple[str, str]]:
        """(id, title) of the databases right under a page, from its child_database blocks."""
        cursor: str | None = None
        while True:
            query: Json = {"page_size": PAGE, **({"start_cursor": cursor} if cursor else {})}
            answer = self._call("GET", f"blocks/{page_id}/children", "the page", query=query)
            for block in answer["results"]:
                if block.get("type") == "child_database" and not block.get("in_trash"):
                    yield block["id"], block["child_database"].get("title", "")
            cursor = answer.get("next_cursor") if answer.get("has_more") else None
            if not cursor:
                return

    def rows(self, data_source_id: str, where: Json | None = None, in_trash: bool = False) -> Iterator[Json]:
        """Every row that fits, oldest first, in pages of 100 (https://developers.notion.com/reference/query-a-data-source).

        Sorted by creation, which no edit shifts between two pages. A query that meets Notion's cap of 10,000 rows is
        continued from the creation time of its last row. A row may come twice.
        """
        since: str | None = None
        while True:
            capped = False
            last: str | None = None
            for answer in self._pages(data_source_id, _both(where, since), in_trash):
                for row in answer["results"]:
                    if row.get("object", "page") == "page" and "properties" in row:
                        last = row.get("created_time") or last
                        yield row
                capped = (answer.get("request_status") or {}).get("type") == "incomplete"
            if not capped or last is None or last == since:
                return
            since = last

    def _pages(self, data_source_id: str, where: Json | None, in_trash: bool) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            body: Json = {"page_size": PAGE, "sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
            if where:
                body["filter"] = where
            if cursor:
                body["start_cursor"] = cursor
            if in_trash:
                body["in_trash"] = True
            answer = self._call("POST", f"data_sources/{data_source_id}/query", "the data source", body)
            yield answer
            cursor = answer.get("next_cursor") if answer.get("has_more") else None
            if not cursor:
                return

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
        return self._call("POST", "databases", "the page", body, nature="create", adopt="databases")

    def add_properties(self, data_source_id: str, properties: Json) -> Json:
        """Add properties to a data source (https://developers.notion.com/reference/update-a-data-source)."""
        return self._call(
            "PATCH", f"data_sources/{data_source_id}", "the data source", {"properties": properties}, nature="update"
        )

    def create_row(self, data_source_id: str, properties: Json) -> Json:
        """A new row (https://developers.notion.com/reference/post-page). Raises UnknownOutcome."""
        body = {"parent": {"type": "data_source_id", "data_source_id": data_source_id}, "properties": properties}
        return self._call("POST", "pages", "the data source", body, nature="create", adopt="pages")

    def update_row(self, page_id: str, properties: Json, arrived: Callable[[Json], bool]) -> Json:
        """Change some properties (https://developers.notion.com/reference/patch-page).

        After an unclear answer the row is read, and written again only where `arrived(page)` says it did not arrive.
        """
        return self._update(page_id, {"properties": properties}, arrived)

    def trash(self, page_id: str, in_trash: bool) -> Json:
        """Put a page into the trash, or bring it back (https://developers.notion.com/reference/trash-page)."""
        return self._update(page_id, {"in_trash": in_trash}, lambda page: bool(page.get("in_trash")) == in_trash)

    def _update(self, page_id: str, body: Json, arrived: Callable[[Json], bool]) -> Json:
        def check() -> Json | None:
            page = self.page(page_id)
            return page if arrived(page) else None

        return self._call("PATCH", f"pages/{page_id}", "the row", body, nature="update", check=check)

    # ---- one call --------------------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        what: str,
        body: Json | None = None,
        query: Json | None = None,
        nature: Nature = "read",
        adopt: str = "",
        check: Callable[[], Json | None] | None = None,
    ) -> Json:
        failure = _Failure(0, "", "", {}, None, False)
        for attempt in range(self.attempts):
            self.pace.take()
            try:
                return self._send(method, path, body, query)
            except _Failure as caught:
                failure = caught
            if nature == "create" and not failure.refused:
                if failure.committed:
                    return self._call("GET", f"{adopt}/{failure.committed}", what)
                raise UnknownOutcome from None
            if not failure.passing:
                raise self._explain(failure, what) from None
            self._rest(failure, attempt)
            if check is not None and not failure.refused and (saved := check()) is not None:
                return saved
        raise self._explain(failure, what) from None

    def _rest(self, failure: _Failure, attempt: int) -> None:
        """Wait as Notion says, all processes together; where it says nothing, a little longer each time."""
        if failure.status in (429, 529):
            self.pace.park(failure.wait if failure.wait is not None else 2.0**attempt)
        elif attempt + 1 < self.attempts:
            time.sleep(failure.wait or min(8.0, 0.25 * 2.0**attempt) * (0.5 + random.random()))

    def _send(self, method: str, path: str, body: Json | None, query: Json | None) -> Json:
        self.requests += 1
        try:
            answer = self._api.request(path=path, method=method, query=query, body=body)
        except HTTPResponseError as error:
            raise self._read(error) from None
        except RequestTimeoutError:
            raise _Failure(0, "timeout", "Notion did not answer in time.", {}, None, sent=True) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise _Failure(0, "connect", type(error).__name__, {}, None, sent=False) from None
        except httpx.HTTPError as error:
            raise _Failure(0, "reset", type(error).__name__, {}, None, sent=True) from None
        except ValueError:
            raise _Failure(200, "not_json", "The answer was cut off or is not JSON.", {}, None, sent=True) from None
        except NotionClientErrorBase as error:
            raise _Failure(400, "refused", self._clean(str(error)), {}, None, sent=False) from None
        if not isinstance(answer, dict):
            raise _Failure(200, "not_json", "The answer is not an object.", {}, None, sent=True)
        return answer

    def _read(self, error: HTTPResponseError) -> _Failure:
        """An error answer. Codes that the library does not know (service_overload, ...) are read from the body."""
        try:
            body = json.loads(error.body)
        except ValueError:
            body = {}
        body = body if isinstance(body, dict) else {}
        extra = body.get("additional_data")
        message = self._clean(str(body.get("message") or f"HTTP {error.status}"))
        return _Failure(
            error.status,
            str(body.get("code", "")),
            message,
            extra if isinstance(extra, dict) else {},
            _retry_after(error.headers.get("retry-after")),
            sent=True,
        )

    def _clock(self, response: httpx.Response) -> None:
        if self.server_time is None and (stamp := response.headers.get("date")):
            try:
                self.server_time = parsedate_to_datetime(stamp).timestamp()
            except ValueError:
                return

    def _clean(self, text: str) -> str:
        return text.replace(self._token, "(the token)")[:600]

    def _explain(self, failure: _Failure, what: str) -> TimbreError:
        """What happened and what to do, for a person."""
        if failure.status == 401:
            return Denied(
                "Notion refused the token.",
                "Open notion.so/profile/integrations, copy the integration's secret again into NOTION_TOKEN in .env, "
                "then stop and start Timbre.",
            )
        if failure.status == 403:
            return Denied(
                f"Notion does not let this integration do that: {failure.message}",
                "Give the integration the capabilities to read, insert and update content. On a free workspace with "
                "several members, see whether its block limit is reached.",
            )
        if failure.status == 404:
            return NotFound(
                f"Notion cannot find {what}, or it is not shared with the integration.",
                "Open the page in Notion, choose ••• then Connections, and add your integration. "
                "Then check NOTION_PARENT_PAGE in .env.",
            )
        if failure.code == "connect":
            return Unavailable(
                f"Notion cannot be reached at {self.url}. Nothing is lost; what waits is kept.",
                "Check the network (and NOTION_BASE_URL in .env, if you set it), then try again.",
            )
        if failure.blocked:
            return Unavailable(
                f"Notion has blocked these requests: {failure.message}",
                "Waiting does not help here. Ask the owner of the workspace, or Notion's support.",
            )
        if failure.status in (429, 529):
            return Unavailable(
                "Notion is busy and asked for a pause. Nothing is lost; what waits is kept.",
                "The next pass goes on by itself. Other tools on the same workspace share its budget.",
            )
        if failure.status == 409:
            return Conflict("Somebody else changed this in Notion at the same moment.", "Sync again.")
        if 400 <= failure.status < 500:
            return Invalid(f"Notion did not accept it: {failure.message}", "The pass's log names the row and field.")
        return Unavailable(
            f"Notion answers with errors ({failure.code or failure.status}). Nothing is lost; what waits is kept.",
            "Try again in a few minutes. status.notion.so says whether Notion has trouble.",
        )


def _both(where: Json | None, since: str | None) -> Json | None:
    """The filter, continued from a creation time (https://developers.notion.com/reference/filter-data-source-entries)."""
    if since is None:
        return where
    later: Json = {"timestamp": "created_time", "created_time": {"on_or_after": since}}
    return {"and": [where, later]} if where else later


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait: a number, or an HTTP date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
