"""Notion: connect it, keep it in step, decide what both sides changed."""

from notion_sync import commands
from pages.ui import page
from pages.ui.notion_bind import binding
from pages.ui.notion_choices import choices
from pages.ui.notion_conflict import conflicts
from pages.ui.notion_decide import asked, held, trashed, unmatched
from pages.ui.notion_dry import dry_run
from pages.ui.notion_hooks import webhooks
from pages.ui.notion_log import log
from pages.ui.notion_people import comments_state, people_of_notion
from pages.ui.notion_setup import connect, paused, schema_state
from pages.ui.notion_steps import chosen_kind
from pages.ui.notion_view import blocks, headline, last_pass, waiting

with page("Notion", "Is the calendar in step?") as here:
    now = commands.status()
    if (kind := chosen_kind()) is not None and now.token:
        binding(kind, now.bindings, here)
    elif not now.connected:
        connect(now, here)
    else:
        headline(now, here)
        paused(now, here)
        dry_run(now, here)
        conflicts(now, here)
        asked(now)
        trashed(now, here)
        unmatched(now)
        waiting(now)
        held(now)
        last_pass(now)
        blocks(now)
        comments_state(here)
        schema_state(now, here)
        people_of_notion(here)
        choices(now, here)
        webhooks(here)
        log(here)
