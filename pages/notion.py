"""Notion: connect it, keep it in step, decide what both sides changed."""

from notion_sync import commands
from pages.ui import page
from pages.ui.notion_decide import conflicts, trashed, unmatched
from pages.ui.notion_setup import choices, connect, schema_state
from pages.ui.notion_view import headline, log, waiting

with page("Notion", "Is the calendar in step?") as here:
    now = commands.status()
    if not now.connected:
        connect(now)
    else:
        headline(now, here)
        conflicts(now, here)
        trashed(now, here)
        unmatched(now)
        waiting(now)
        log(here)
        schema_state(now)
        choices(now, here)
