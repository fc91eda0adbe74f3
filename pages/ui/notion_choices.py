"""What is sent to Notion, and how often; the sample archive with its cost first."""

from __future__ import annotations

import streamlit as st

from notion_sync import commands
from notion_sync.commands import SyncStatus
from pages.ui.notice import attempt
from pages.ui.shell import Here

EVERY = {0: "Only by hand and after an approval", 1: "Every minute", 5: "Every 5 minutes", 15: "Every 15 minutes",
         60: "Every hour"}  # fmt: skip


def choices(now: SyncStatus, here: Here) -> None:
    """How often, and what."""
    with st.expander("What is sent, and how often"):
        if not commands.may_change(here.actor):
            rhythm = EVERY.get(now.every) or f"Every {now.every} minutes"
            st.caption(f"Timbre syncs: {rhythm.lower()}. An editor or an approver chooses this.")
            return
        _form(now, here)
        st.divider()
        _archive(now, here)


def _form(now: SyncStatus, here: Here) -> None:
    with st.form("notion_choices", border=False):
        every = st.selectbox(
            "Timbre syncs",
            list(EVERY if now.every in EVERY else {**EVERY, now.every: ""}),
            index=list(EVERY).index(now.every) if now.every in EVERY else len(EVERY),
            format_func=lambda n: EVERY.get(n) or f"Every {n} minutes",
        )
        drafts = st.toggle("Send ideas and drafts too, not only approved posts", value=now.drafts)
        free = st.toggle("Our workspace is on the free plan with several members", value=now.free_plan)
        st.caption(
            "Approved posts go to the calendar at once, personas with the next sync. "
            "A post that has a row stays in step whatever its status."
        )
        if st.form_submit_button("Save"):
            commands.choose(here.actor, every, drafts, free)
            st.rerun()


def _archive(now: SyncStatus, here: Here) -> None:
    """Published posts always have a row in Posts & Samples; the collected samples only where somebody wants that."""
    if now.archive:
        st.markdown("The sample archive is sent to Notion.")
        st.button("Send no more samples", key="notion_archive_stop", on_click=_choose, args=(now, here, False))
        return
    st.markdown("Your samples stay here: only what Timbre published is sent to Notion.")
    if not st.toggle("Show what sending the sample archive would cost", key="notion_archive_cost"):
        return
    cost = commands.archive_cost()
    if not cost["rows"]:
        st.caption("Nothing to send: Notion has every sample of your authors. The sample workspace's stay here.")
        return
    st.markdown(
        f"**{cost['rows']:,} samples** would become rows. That takes {cost['requests']:,} requests, about "
        f"{_minutes(cost['minutes'])} at {now.limit:,} a minute, and {cost['blocks']:,} blocks of the workspace "
        "(what a free plan counts), which deleting does not give back."
    )
    if now.free_plan:
        st.warning("A free workspace with several members has 1,000 blocks for its whole life.")
    label = f"Send {cost['rows']:,} samples"
    st.button(label, type="primary", key="notion_archive_send", on_click=_choose, args=(now, here, True))


def _minutes(minutes: float) -> str:
    return "a minute" if minutes <= 1 else f"{minutes:,.0f} minutes"


def _choose(now: SyncStatus, here: Here, archive: bool) -> None:
    said = "The archive goes out with the next syncs." if archive else "No more samples are sent. Rows there stay."
    attempt(lambda: commands.choose(here.actor, now.every, now.drafts, archive=archive), said)
