"""Leaving posts since a change out of training and references, and taking them back."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import drift
from core.drift.timeline import OWN
from core.drift.views import first_lines, left_out, when
from core.store import Actor
from core.store.tables import Alarm
from pages.ui.drift_view import Shown
from pages.ui.notice import attempt
from pages.ui.pieces import evidence

LISTED = 200
"""Posts that can be ticked at once."""


def leave_out(shown: Shown, alarm: Alarm, actor: Actor) -> None:
    """Leaving posts since the change out of training and references, and taking them back."""
    with st.expander("Leave posts out of training and references"):
        ids = _since(shown, alarm)
        if ids:
            evidence("Ticked posts stay here and are used for nothing until you take them back.")
            chosen = _table(shown, ids, f"drift_posts_{alarm.id}_{len(ids)}")
            with st.container(horizontal=True):
                st.button(
                    f"Leave out the {len(chosen):,} ticked" if chosen else "Leave out the ticked posts",
                    key="drift_leave_out",
                    disabled=not chosen,
                    on_click=_switch,
                    args=(actor, alarm.id, chosen, True),
                )
                st.button(
                    f"Leave out all {len(ids):,}",
                    key="drift_leave_all",
                    on_click=_switch,
                    args=(actor, alarm.id, ids, True),
                )
        else:
            evidence("No imported post is left here since the change; what is written in Timbre is in neither.")
        take_back(alarm, actor)


def take_back(alarm: Alarm, actor: Actor) -> None:
    """The way back for posts that were left out because of this alarm, open or closed; nothing where none is."""
    if out := _out(alarm):
        st.button(
            f"Take back the {len(out):,} left out",
            key="drift_take_back",
            on_click=_switch,
            args=(actor, alarm.id, out, False),
        )


def _since(shown: Shown, alarm: Alarm) -> list[str]:
    """Imported posts since the change, the oldest first."""
    curve = shown.curve
    first = curve.place(alarm.first_id) if curve is not None else None
    if curve is None or first is None:
        return []
    return [str(curve.ids[row]) for row in range(first, curve.n) if curve.origin[row] == OWN][:LISTED]


def _out(alarm: Alarm) -> list[str]:
    """Posts that were left out because of this alarm and still are."""
    said = [id_ for action in alarm.actions if action.get("what") == "left out" for id_ in action.get("posts", ())]
    return sorted(left_out(said)) if said else []


def _table(shown: Shown, ids: Sequence[str], key: str) -> list[str]:
    lines, curve = first_lines(list(ids)), shown.curve
    rows = [curve.place(id_) for id_ in ids] if curve is not None else []
    frame = pd.DataFrame(
        {
            "Date": [when(curve, row) if curve is not None and row is not None else "" for row in rows],
            "Post": [" ".join(lines.get(id_, "").split()) for id_ in ids],
        }
    )
    picked = st.dataframe(
        frame,
        hide_index=True,
        height=min(320, 36 * (len(ids) + 1) + 2),
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "Date": st.column_config.TextColumn(width=105),
            "Post": st.column_config.TextColumn(width="large"),
        },
        key=key,
    )
    return [ids[row] for row in picked.selection.rows if row < len(ids)]


def _switch(actor: Actor, alarm_id: str, ids: list[str], out: bool) -> None:
    st.query_params["alarm"] = alarm_id  # without these posts it may close: its card stays, with the way back
    if out:
        attempt(lambda: drift.exclude_posts(actor, alarm_id, ids), "Left out. You can take them back any time.")
    else:
        attempt(lambda: drift.take_back_posts(actor, alarm_id, ids), "The posts are in use again.")
