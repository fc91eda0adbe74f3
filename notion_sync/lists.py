"""Lists of Notion read to their end, whatever breaks off: refused cursors, capped queries, rows that move meanwhile."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from core.errors import Invalid, NotFound, Unavailable
from notion_sync.failures import Nature

PAGE = 100
"""Rows in one answer (https://developers.notion.com/reference/intro#pagination)."""
ROUNDS = 5
"""So often a list that cannot be read to its end is begun again where it was lost."""
Json = dict[str, Any]
Shape = Mapping[str, type]
"""What an answer must hold to be one: key -> type."""
LIST: Shape = {"results": list}


class _Torn(Exception):
    """A list broke off: its cursor is refused, missing or goes round in circles."""


class Lists(ABC):
    """The lists, over one call that a subclass makes."""

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
        path = f"data_sources/{safe(data_source_id)}/query"

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

        given = 0
        for _ in range(ROUNDS):
            number = 0
            try:
                for answer in _follow(ask, first):
                    for item in answer["results"]:
                        number += 1
                        # The items of a property all carry its id: they are told apart by their place.
                        key = str(item.get("id") or "") if item.get("object") != "property_item" else ""
                        if (key in seen) if key else (number <= given):
                            continue
                        seen.add(key)
                        given = max(given, number)
                        yield item
                return
            except _Torn:
                first = None
        raise Unavailable(f"Notion does not list {what} to its end. Nothing is lost.", "The next pass tries again.")

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


def safe(notion_id: str) -> str:
    """An id of Notion's as a part of a path, and of nothing else."""
    return quote(notion_id, safe="")


def _both(where: Json | None, since: str | None) -> Json | None:
    """The filter, continued from a creation time (https://developers.notion.com/reference/filter-data-source-entries)."""
    if since is None:
        return where
    later: Json = {"timestamp": "created_time", "created_time": {"on_or_after": since}}
    return {"and": [where, later]} if where else later


def _minute(instant: datetime) -> str:
    """A minute earlier, to the minute: edit times are floored to it."""
    return (instant.replace(second=0, microsecond=0) - timedelta(minutes=1)).isoformat()
