"""Pictures of a post, brought to its row: uploaded right before they are attached, so that no upload expires."""

from __future__ import annotations

import mimetypes
from typing import Any

from core import store
from core.publish import files
from core.store import posts
from core.store.tables import NotionRow
from notion_sync import values
from notion_sync.client import Notion

Json = dict[str, Any]


def attached(client: Notion, row: NotionRow, names: list[str]) -> list[Json]:
    """The value of a files property: each picture uploaded anew (https://developers.notion.com/reference/file-object).

    An upload that is not attached within about an hour expires; two requests a picture. Raises Invalid, which names
    the file, where one is gone or no picture of Timbre's own folder.
    """
    with store.reading() as tx:
        media = {values.file_name(m): m for m in posts.get(tx, row.local_id).media if isinstance(m, dict)}
    out = []
    for name in names:
        entry = media.get(name) or {"name": name}
        raw = files.read(entry)
        kind = str(entry.get("type") or mimetypes.guess_type(name)[0] or "application/octet-stream")
        upload = client.upload(name, kind, raw)
        out.append({"type": "file_upload", "file_upload": {"id": upload}, "name": name})
    return out
