"""Finding a table that a team has already, to be bound: on the page, by a search, or at a pasted address.

A database holds one or more data sources (https://developers.notion.com/reference/database); one of them is bound, by
its id, and a second one that comes later changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from core.errors import Denied, Invalid, NotFound
from notion_sync import matching, values
from notion_sync.client import Notion
from notion_sync.matching import Property
from notion_sync.setup import page_id

Json = dict[str, Any]
MOST = 20
"""Databases of a page that are looked into, one request each."""


class Unfit(Invalid):
    """What is there cannot be bound."""


@dataclass(frozen=True)
class Found:
    """A table that could be bound."""

    data_source_id: str
    name: str
    database_id: str = ""
    where: str = ""


@dataclass
class Table:
    """A table as it is now."""

    found: Found
    url: str
    properties: list[Property]
    raw: Json
    """Its `properties` as Notion gave them."""


def listing(client: Notion, parent: str | None, query: str = "") -> list[Found]:
    """Tables to choose from: those right under the page, then what a search finds. Neither is complete."""
    out: dict[str, Found] = {}
    if parent and not query:
        try:
            for database_id, _title in islice(client.child_databases(page_id(parent)), MOST):
                out |= {f.data_source_id: f for f in _quietly(client, database_id)}
        except (NotFound, Invalid):
            out = {}  # the page is gone or not shared: what is shared is found by the search
    try:
        searched = client.search(query)
    except (Denied, NotFound, Invalid):
        if not out:
            raise
        searched = []
    for source in searched:
        if not source.get("in_trash"):
            out.setdefault(source["id"], _found(source, "shared with the integration"))
    return list(out.values())


def at(client: Notion, address: str) -> list[Found]:
    """The tables at a pasted address: of a database, a data source, a page that holds databases, or a row.

    Raises NotFound or Invalid with what to do.
    """
    wanted = page_id(address)
    for look in (_of_database, _of_source, _of_page):
        try:
            return look(client, wanted)
        except NotFound:
            continue
        except Unfit:
            raise
        except Invalid:
            # An id of another object is a 404, or a 400 (https://developers.notion.com/reference/status-codes).
            if look is _of_page:
                raise
    raise NotFound(
        "Notion finds no database there, or it is not shared with the integration.",
        "Open it in Notion, choose ••• then Connections, and add your integration. A database of another workspace "
        "needs an integration of that workspace.",
    )


def _quietly(client: Notion, database_id: str) -> list[Found]:
    """The tables of one of the page's databases; none where it is a linked view or cannot be seen."""
    try:
        return [replace(one, where=one.where or "on the page") for one in _of_database(client, database_id)]
    except (NotFound, Invalid):
        return []


def _of_database(client: Notion, database_id: str) -> list[Found]:
    database = client.database(database_id)
    title = values.plain(database.get("title") or [])
    if database.get("in_trash"):
        raise Unfit(f"The database {title} is in Notion's trash.", "Restore it there, or choose another one.")
    sources = database.get("data_sources") or []
    if not sources:
        raise Unfit(
            f"{title or 'This database'} holds no table of its own: it is a linked view of another database.",
            "Click the ↗ beside its title in Notion, and use the address of the original.",
        )
    names = [str(s.get("name") or title) for s in sources]
    where = "" if len(sources) == 1 else f"one of {len(sources)} tables of {title}"
    return [Found(s["id"], name, database["id"], where) for s, name in zip(sources, names, strict=True)]


def _of_source(client: Notion, source_id: str) -> list[Found]:
    return [_found(client.data_source(source_id), "")]


def _of_page(client: Notion, wanted: str) -> list[Found]:
    """The databases on a page; for a row, the table that it is a row of."""
    parent = client.page(wanted).get("parent") or {}
    if parent.get("data_source_id"):
        return _of_source(client, parent["data_source_id"])
    children = islice(client.child_databases(wanted), MOST)
    found = [one for database_id, _title in children for one in _quietly(client, database_id)]
    if not found:
        raise Unfit(
            "There is no database on that page that the integration can see.",
            "Use the address of the database itself: open it as a full page, then Copy link.",
        )
    return found


def _found(source: Json, where: str) -> Found:
    parent = source.get("parent") or {}
    name = values.plain(source.get("title") or []) or "A table without a name"
    return Found(source["id"], name, str(parent.get("database_id") or ""), where)


def table(client: Notion, data_source_id: str) -> Table:
    """A table with its properties. Raises Invalid where it cannot be bound, NotFound where it is not shared."""
    source = client.data_source(data_source_id)
    found = _found(source, "")
    if source.get("in_trash"):
        raise Unfit(f"{found.name} is in Notion's trash.", "Restore it there, or choose another table.")
    properties = matching.read(source.get("properties", {}))
    if any(p.type == "verification" for p in properties):
        # https://developers.notion.com/guides/data-apis/working-with-databases, additional types of databases
        raise Unfit(
            f"{found.name} is a wiki, which Notion's API does not support.", "Choose a database that is not a wiki."
        )
    url = source.get("url") or ""
    if found.database_id:
        url = client.database(found.database_id).get("url") or url
    return Table(found, str(url), properties, source.get("properties", {}))
