"""Connecting Notion in three steps, and what is bound to what: paused fields, other properties, letting go."""

from __future__ import annotations

import streamlit as st

from core.errors import TimbreError
from core.store.tables import NotionBinding
from notion_sync import commands, wizard
from notion_sync.commands import SyncStatus
from notion_sync.schema import APP_ID, KINDS
from notion_sync.setup import Step
from pages.ui.notice import attempt, notices
from pages.ui.notion_steps import open_wizard
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


def connect(now: SyncStatus, here: Here) -> None:
    """Three plain steps, a test, then the set-up: first what it would do, then do it."""
    notices()
    if not now.token:
        st.markdown(f"{status_text('off', 'Not connected')} Timbre works without Notion. To keep the calendar there:")
        _steps()
        st.caption("NOTION_TOKEN is not set yet.")
        return
    st.markdown(
        f"{status_text('off', 'Not set up yet')} The token is there. "
        "Let Timbre create four databases, or choose those that your team has."
    )
    with st.expander("How the integration and its page are made"):
        _steps()
    st.button("Test the connection", key="notion_test", on_click=_test)
    st.subheader("Either new databases", anchor=False)
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
        st.button("Set up", type="primary", key="notion_create", on_click=_set_up, args=(page, here))
    st.subheader("Or the ones your team has", anchor=False)
    st.markdown(
        "Timbre proposes which property holds what, creates only what you allow, and shows everything before it does "
        "it. Start with the calendar; the other three are optional."
    )
    for kind in KINDS:
        _table(kind, now.bindings.get(kind), here)


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


def _set_up(page: str, here: Here) -> None:
    if attempt(lambda: commands.setup(page, actor=here.actor), "Set up. The first sync begins by itself."):
        st.session_state.pop(PREVIEW, None)


def paused(now: SyncStatus, here: Here) -> None:
    """Fields whose property was deleted or retyped in Notion, each with what to do about it."""
    for kind, binding in now.bindings.items():
        for key, entry in binding.properties.items():
            if entry.get("paused"):
                _paused(kind, key, str(entry["paused"]), here)


def schema_state(now: SyncStatus, here: Here) -> None:
    """Which property holds which field, and how that is changed."""
    with st.expander("Tables and fields in Notion"):
        for kind in KINDS:
            _table(kind, now.bindings.get(kind), here)
        st.dataframe(
            [
                {
                    "Database": KINDS[kind].title,
                    "Field": field.name,
                    "Property in Notion": (entry := binding.properties.get(field.key, {})).get("name", "none"),
                    "Type": str(entry.get("type", "")).replace("rich_text", "text"),
                    "Who may change it": {"shared": "both sides", "app": "Timbre", "notion": "Notion"}[field.owner],
                    "State": "paused" if entry.get("paused") else "in use" if entry else "left out",
                }
                for kind, binding in now.bindings.items()
                for field in KINDS[kind].fields
            ],
            hide_index=True,
            width="stretch",
        )


def _paused(kind: str, key: str, why: str, here: Here) -> None:
    """A field that is not in step any more: what happened, what is safe, and the three ways on."""
    field = KINDS[kind].field(key)
    with st.container(border=True):
        st.markdown(
            f"{status_text('warn', 'Paused')} **{KINDS[kind].title}, {plain(field.name)}:** {plain(why)}. What you "
            "have here is kept, and nothing is sent or taken over for this field until you choose:"
        )
        with st.container(horizontal=True):
            st.button(
                "Choose another property", key=f"notion_other_{kind}_{key}", on_click=_choose_other, args=(kind, here)
            )
            st.button("Create it again", key=f"notion_again_{kind}_{key}", on_click=_change,
                      args=(kind, key, wizard.CREATE, here))  # fmt: skip
            if key != APP_ID.key and field.types != ("title",):
                st.button("Leave it out", key=f"notion_leave_{kind}_{key}", on_click=_change,
                          args=(kind, key, wizard.LEAVE, here), type="tertiary")  # fmt: skip


def _choose_other(kind: str, here: Here) -> None:
    binding = commands.status().bindings.get(kind)
    if binding is not None and attempt(lambda: wizard.begin(kind, binding.data_source_id, here.actor)):
        open_wizard(kind, 2)


def _change(kind: str, key: str, target: str, here: Here) -> None:
    name = KINDS[kind].field(key).name
    done = f"{name} is connected again." if target else f"{name} is left out of Notion now. What you have here is kept."
    attempt(lambda: wizard.change_field(kind, key, target, here.actor), done)


def _table(kind: str, binding: NotionBinding | None, here: Here) -> None:
    """One of our four, with where it is kept and what can be done about it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        held = f"{len(binding.properties)} fields" if binding is not None else "not connected"
        st.markdown(f"**{KINDS[kind].title}**, {held}", width="stretch")
        if binding is None:
            st.button("Choose a table", key=f"notion_use_{kind}", on_click=open_wizard, args=(kind, 1))
            return
        st.button("Change fields", key=f"notion_fields_{kind}", on_click=_choose_other, args=(kind, here))
        with st.popover("Disconnect"):
            st.markdown(_parting(kind))
            st.button("Disconnect", key=f"notion_unbind_{kind}", on_click=_disconnect, args=(kind, here))


def _parting(kind: str) -> str:
    rest = " The other three wait with it, until a calendar is connected." if kind == "calendar" else ""
    return (
        f"Nothing changes in Notion, and everything stays here. Timbre remembers which row is whose, for the day when "
        f"the same table is connected again.{rest}"
    )


def _disconnect(kind: str, here: Here) -> None:
    attempt(lambda: wizard.disconnect(kind, here.actor), f"{KINDS[kind].title} is disconnected. Nothing was deleted.")
