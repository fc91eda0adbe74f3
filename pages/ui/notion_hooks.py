"""Webhooks on the Notion page: how to switch them on, how they stand, the token shown once."""

from __future__ import annotations

import streamlit as st

from core.config import settings
from core.store.base import now
from notion_sync import hooks
from notion_sync.hooks import PATH, State
from pages.ui.notice import attempt
from pages.ui.pieces import ago, evidence, status_text
from pages.ui.shell import Here

TOKEN = "notion_hook_token"  # noqa: S105 - where it lies until it is shown, not the token


def webhooks(here: Here) -> None:
    """State, three steps, the buttons. Polling goes on whatever happens here."""
    with st.expander("Webhooks: Notion wakes the sync"):
        state = hooks.state()
        st.markdown(_sentence(state))
        _steps()
        _buttons(state, here)
        if (token := st.session_state.pop(TOKEN, None)) is not None:
            st.code(token, language=None)
            evidence("Paste it into Notion's Verify form now. It is not shown again.")


def _sentence(state: State) -> str:
    last = f" The last event came {ago(state.last, now())}." if state.last else ""
    if state.stage == "waiting" and state.until is not None:
        left = max(1, round((state.until - now()).total_seconds() / 60))
        return f"{status_text('queued', 'Waiting')} Notion's verification is taken for another {left} min."
    if state.stage == "received" and not state.set_outside:
        if state.shown:
            return f"{status_text('queued', 'Ready')} The token was shown. The first event from Notion confirms it."
        return f"{status_text('warn', 'Verify')} Notion has sent its token. Show it, and paste it into Notion's form."
    if state.stage == "received":
        return f"{status_text('queued', 'Ready')} The token is set by NOTION_WEBHOOK_TOKEN. No event has come yet."
    if state.stage == "verified":
        return f"{status_text('ok', 'Verified')} Notion wakes the sync.{last}"
    return f"{status_text('off', 'Off')} Timbre looks into Notion at its usual pace. This is optional."


def _steps() -> None:
    st.markdown(
        f"1. Give the API (port {settings().api_port}) a public HTTPS address, and put its name into "
        "`TIMBRE_API_HOSTS`.\n"
        "2. Press Wait for Notion's verification. In Notion's integration settings, under Webhooks, create a "
        f"subscription to page, data source and comment events with the address `https://YOUR-NAME{PATH}`.\n"
        "3. Notion sends a token: show it here, then paste it into Notion's Verify form."
    )


def _buttons(state: State, here: Here) -> None:
    barred = here.actor.role != "approver"
    with st.container(horizontal=True):
        st.button(
            "Wait for Notion's verification", key="notion_hook_wait", on_click=_wait, args=(here,),
            disabled=barred or state.set_outside,
        )  # fmt: skip
        if state.stage in ("received", "verified") and not state.shown and not state.set_outside:
            st.button("Show the token once", key="notion_hook_show", on_click=_show, args=(here,), disabled=barred)
        if state.stage != "off" and not state.set_outside:
            st.button("Switch off", key="notion_hook_stop", on_click=_stop, args=(here,), disabled=barred)


def _wait(here: Here) -> None:
    attempt(lambda: hooks.wait(here.actor), "Notion's verification is taken for the next 15 minutes.")


def _show(here: Here) -> None:
    def keep() -> None:
        st.session_state[TOKEN] = hooks.reveal(here.actor)

    attempt(keep)


def _stop(here: Here) -> None:
    attempt(lambda: hooks.stop(here.actor), "Webhooks are off. Delete the subscription in Notion too.")
