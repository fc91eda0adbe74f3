"""Connecting Notion in three steps, what is bound, and what is sent how often."""

from __future__ import annotations

import streamlit as st

from core.errors import TimbreError
from notion_sync import commands
from notion_sync.commands import SyncStatus
from notion_sync.schema import KINDS
from notion_sync.setup import Step
from pages.ui.notice import attempt, notices
from pages.ui.pieces import plain, status_text
from pages.ui.shell import Here, show_error

STEPS = (
    "**Create an integration.** Open [notion.so/profile/integrations](https://www.notion.so/profile/integrations), "
    "choose New integration, and let it read, update and insert content.",
    "**Share a page with it.** Open (or make) the page that is to hold the calendar, choose ••• then Connections, "
    "and add your integration.",
    "**Tell Timbre.** Put `NOTION_TOKEN` (the integration's secret) and `NOTION_PARENT_PAGE` (the page's address) "
    "into the file `.env` beside `Home.py`, then stop and start Timbre.",
)
ACTIONS = {"create": "Create", "found": "Take over (found by its title)", "bound": "Connected already"}
PREVIEW = "notion_preview"
EVERY = {0: "Only by hand and after an approval", 1: "Every minute", 5: "Every 5 minutes", 15: "Every 15 minutes",
         60: "Every hour"}  # fmt: skip


def connect(now: SyncStatus) -> None:
    """Three plain steps, a test, then the set-up: first what it would do, then do it."""
    notices()
    if not now.token:
        st.markdown(f"{status_text('off', 'Not connected')} Timbre works without Notion. To keep the calendar there:")
        _steps()
        st.caption("NOTION_TOKEN is not set yet.")
        return
    st.markdown(
        f"{status_text('off', 'Not set up yet')} The token is there. Look at what Timbre would create, then set it up."
    )
    with st.expander("How the integration and its page are made"):
        _steps()
    st.button("Test the connection", key="notion_test", on_click=_test)
    page = st.text_input(
        "Page that gets the four databases",
        value=now.parent_page,
        key="notion_page",
        placeholder="https://www.notion.so/...",
        help="Taken from NOTION_PARENT_PAGE; the address of any page that is shared with the integration will do.",
    )
    if st.button("Show what would be created", key="notion_dry"):
        _plan(page)
    planned: tuple[str, list[Step]] | None = st.session_state.get(PREVIEW)
    if planned is not None and planned[0] == page:
        _preview(planned[1])
        st.button("Set up", type="primary", key="notion_create", on_click=_set_up, args=(page,))


def _steps() -> None:
    for number, step in enumerate(STEPS, 1):
        st.markdown(f"{number}. {step}")


def _test() -> None:
    names: list[str] = []
    if attempt(lambda: names.append(commands.test())):
        attempt(lambda: None, f"Notion answers: the integration is called {names[0]}.")


def _plan(page: str) -> None:
    try:
        with st.spinner("Looking at the page in Notion"):
            st.session_state[PREVIEW] = (page, commands.setup(page, dry_run=True))
    except TimbreError as error:
        st.session_state.pop(PREVIEW, None)
        show_error(error)


def _preview(steps: list[Step]) -> None:
    st.dataframe(
        [
            {"Database": s.title, "What happens": ACTIONS[s.action], "New properties": ", ".join(s.added) or "none"}
            for s in steps
        ],
        hide_index=True,
        width="stretch",
    )
    for text in (p for s in steps for p in s.paused):
        st.warning(plain(text))


def _set_up(page: str) -> None:
    if attempt(lambda: commands.setup(page), "Set up. The first pass begins by itself while the worker runs."):
        st.session_state.pop(PREVIEW, None)


def schema_state(now: SyncStatus) -> None:
    """Which property holds which field; what is paused stands on top."""
    for text in now.paused:
        st.warning(f"**{plain(text)}.** What you have here is kept.")
    with st.expander("What is bound to what"):
        st.dataframe(
            [
                {
                    "Database": KINDS[kind].title,
                    "Field": field.name,
                    "Property in Notion": (entry := binding.properties.get(field.key, {})).get("name", "missing"),
                    "Type": entry.get("type", ""),
                    "Whose it is": {"shared": "both sides'", "app": "Timbre's", "notion": "Notion's"}[field.owner],
                    "State": entry.get("paused") or ("in use" if entry else "run the set-up to add it"),
                }
                for kind, binding in now.bindings.items()
                for field in KINDS[kind].fields
            ],
            hide_index=True,
            width="stretch",
        )


def choices(now: SyncStatus, here: Here) -> None:
    """How often, and what."""
    with st.expander("What is sent, and how often"), st.form("notion_choices", border=False):
        every = st.selectbox(
            "A pass runs",
            list(EVERY if now.every in EVERY else {**EVERY, now.every: ""}),
            index=list(EVERY).index(now.every) if now.every in EVERY else len(EVERY),
            format_func=lambda n: EVERY.get(n) or f"Every {n} minutes",
        )
        drafts = st.toggle("Send ideas and drafts too, not only approved posts", value=now.drafts)
        st.caption(
            "Approved posts go to the calendar at once, personas with the next pass. Your samples are never sent. "
            "A post that has a row stays in step whatever its status."
        )
        if st.form_submit_button("Save"):
            commands.choose(here.actor, every, drafts)
            st.rerun()
