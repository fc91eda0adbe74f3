"""Creating or finding the four data sources under a page. Running it again finds what is there and changes nothing."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from core import store
from core.errors import Invalid, NotFound, Unavailable
from core.people import WORKER
from core.store import notion
from core.store.tables import NotionBinding
from notion_sync import schema
from notion_sync.client import Notion, UnknownOutcome
from notion_sync.schema import KINDS

Json = dict[str, Any]


@dataclass
class Step:
    """What is (or would be) done for one data source."""

    kind: str
    title: str
    action: str
    """bound | found | create"""
    added: list[str] = field(default_factory=list)
    """Properties that Notion lacks and that are added."""
    paused: list[str] = field(default_factory=list)
    """Fields that cannot be used, with the reason."""
    url: str = ""

    def __str__(self) -> str:
        did = {"bound": "is connected", "found": "was found by its title", "create": "is created"}[self.action]
        extra = f", new properties: {', '.join(self.added)}" if self.added and self.action != "create" else ""
        return f"{self.title} {did}{extra}." + "".join(f" Paused: {p}." for p in self.paused)


def page_id(text: str | None) -> str:
    """The id in a page's address or id (https://developers.notion.com/guides/data-apis/working-with-page-content).

    Raises Invalid.
    """
    if not (text or "").strip():
        raise Invalid(
            "No page is named for the four databases.",
            "Put the address of a Notion page into NOTION_PARENT_PAGE in .env, or type it here.",
        )
    plain = (text or "").strip().split("?")[0].split("#")[0].replace("-", "")
    # The last 32 digits of the last run: the words of a title may end in digits too (Board-..., Feed-...).
    found = re.findall(r"(?=([0-9a-fA-F]{32}))", plain)
    if not found:
        raise Invalid(
            "That is not the address of a Notion page: it holds no page id.",
            "Open the page in Notion, choose Copy link, and paste the link.",
        )
    raw = found[-1].lower()
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def setup(client: Notion, parent: str | None, dry_run: bool = False) -> list[Step]:
    """Bind the four data sources, creating those that are not there. Raises TimbreError with what to do."""
    parent_id = page_id(parent)
    client.page(parent_id)
    with store.reading() as tx:
        bound, own = notion.bindings(tx), notion.choices(tx).get("own", {})
    children: list[tuple[str, str]] | None = None
    steps = []
    for kind in KINDS:
        step = _rebind(client, kind, bound[kind], dry_run, kind in own) if kind in bound else None
        if step is None:
            children = list(client.child_databases(parent_id)) if children is None else children
            step = _find(client, kind, children, dry_run) or _create(client, kind, parent_id, dry_run)
        steps.append(step)
    return steps


def _rebind(client: Notion, kind: str, binding: NotionBinding, dry_run: bool, own: bool) -> Step | None:
    """What is bound already, as long as Notion still has it. A team's `own` table gets nothing that nobody chose."""
    try:
        found = client.data_source(binding.data_source_id)
    except NotFound:
        return None
    if found.get("in_trash"):
        return None
    return _bind(client, kind, binding.database_id, found, "bound", dry_run, binding.properties, binding.url, own)


def _find(client: Notion, kind: str, children: list[tuple[str, str]], dry_run: bool) -> Step | None:
    """A database right under the page with exactly our title: made by an earlier run, or by hand."""
    title = KINDS[kind].title
    for database_id, name in children:
        if name == title:
            database = client.database(database_id)
            sources = database.get("data_sources") or []
            if not database.get("in_trash") and sources:
                source = client.data_source(sources[0]["id"])
                return _bind(client, kind, database_id, source, "found", dry_run, None, database.get("url") or "")
    return None


def _create(client: Notion, kind: str, parent_id: str, dry_run: bool) -> Step:
    title = KINDS[kind].title
    properties = {f.name: f.config() for f in KINDS[kind].fields}
    if dry_run:
        return Step(kind, title, "create", list(properties))
    try:
        database = client.create_database(parent_id, title, properties)
    except UnknownOutcome:
        for pause in (0.5, 2.0, 5.0):  # it is looked for by its title: a second one must not appear
            time.sleep(pause)
            if (step := _find(client, kind, list(client.child_databases(parent_id)), dry_run)) is not None:
                return step
        raise Unavailable(
            f"Notion did not say whether it created {title}.",
            "Look at the page in Notion in a minute, then run the set-up again: it takes over what it finds.",
        ) from None
    source = client.data_source(database["data_sources"][0]["id"])
    step = _bind(client, kind, database["id"], source, "create", dry_run, None, database.get("url") or "")
    step.added = list(properties)
    return step


def _bind(
    client: Notion,
    kind: str,
    database_id: str,
    source: Json,
    action: str,
    dry_run: bool,
    before: Json | None,
    url: str,
    own: bool = False,
) -> Step:
    properties, missing = schema.match(kind, source.get("properties", {}), before)
    if own:
        properties, missing = {key: entry for key, entry in properties.items() if key in (before or {})}, []
    step = Step(kind, KINDS[kind].title, action, [f.name for f in missing], url=url)
    if missing and not dry_run:
        answer = client.add_properties(source["id"], {f.name: f.config() for f in missing})
        properties, _ = schema.match(kind, answer.get("properties", {}), before)
    step.paused = [entry["paused"] for entry in properties.values() if entry.get("paused")]
    if not dry_run:
        with store.writing(WORKER) as tx:
            notion.bind(tx, kind, database_id, source["id"], properties, url)
            if not own:
                left = {k: s for k, s in notion.choices(tx).get("own", {}).items() if k != kind}
                notion.choose(tx, own=left)
    return step
