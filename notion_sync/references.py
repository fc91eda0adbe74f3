"""People and relations beyond the 25 that a page shows: read one by one, and again only once the row was edited.

https://developers.notion.com/reference/page-property-values, paginated page properties.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from core.errors import Denied, Invalid, NotFound
from notion_sync import schema
from notion_sync.client import Notion

Json = dict[str, Any]
SETTLED = timedelta(minutes=2)
"""Edit times are floored to the minute: what was read sooner after the last edit is not relied on."""


def whole(
    client: Notion, page: Json, cut: Collection[str], known: Mapping[str, Any] | None, at: datetime
) -> tuple[Json, Json | None]:
    """The page with these properties whole, and what to remember of them (None: nothing new).

    `known` is what was remembered last. A property that cannot be read is left out: a part of it is not its value.
    """
    edited = str(page.get("last_edited_time") or "")
    if known and known["edited"] == edited and set(cut) <= set(known["items"]):
        return schema.completed(page, known["items"]), None
    items: dict[str, list[Json]] = {}
    for property_id in cut:
        try:
            items[property_id] = client.property_items(page["id"], property_id)
        except (NotFound, Invalid, Denied):
            continue
    left = set(cut) - set(items)
    rest = {name: p for name, p in page["properties"].items() if str(p.get("id", "")) not in left}
    settled = bool(edited) and not left and at >= datetime.fromisoformat(edited) + SETTLED
    return schema.completed({**page, "properties": rest}, items), {
        "edited": edited,
        "items": items,
    } if settled else None
