"""Notion: connect it, keep it in step, decide what both sides changed."""

from collections.abc import Callable

import streamlit as st

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
        # Each has a place of its own: a message above must not fold what is open below.
        parts: tuple[Callable[[], None], ...] = (
            lambda: headline(now, here),
            lambda: paused(now, here),
            lambda: dry_run(now, here),
            lambda: conflicts(now, here),
            lambda: asked(now),
            lambda: trashed(now, here),
            lambda: unmatched(now),
            lambda: waiting(now),
            lambda: held(now),
            lambda: last_pass(now),
            lambda: blocks(now),
            lambda: comments_state(here),
            lambda: schema_state(now, here),
            lambda: people_of_notion(here),
            lambda: choices(now, here),
            lambda: webhooks(here),
            lambda: log(here),
        )
        for part in parts:
            with st.container():
                part()
