"""Where other pages show a post: the way to its row in Notion, and to what must be decided about it."""

from __future__ import annotations

from notion_sync import commands
from pages.ui.pieces import link, outside

TO_DECIDE = {"conflict": "Changed here and in Notion: decide", "trashed": "In Notion's trash: decide"}


def row_in_notion(post_id: str) -> None:
    """Links to the post's row; nothing where it has none."""
    row = commands.row_of(post_id)
    if row is None:
        return
    if row.state in TO_DECIDE:
        link(TO_DECIDE[row.state], "notion", row=row.id)
    outside("Open in Notion", row.url)
