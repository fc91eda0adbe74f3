"""The inbox of drift: every open alarm over all authors, who could not be judged, and whether a check is under way."""

from __future__ import annotations

import streamlit as st

from core import drift, jobs
from core.drift import say
from core.drift.commands import KEY
from core.drift.views import names
from core.store.tables import Alarm
from pages.ui.notice import draw_again
from pages.ui.pieces import evidence, link, plain, status_text
from pages.ui.shell import Here, errors_shown

SHOWN = 6


def inbox(here: Here) -> None:
    """What waits for a decision, over all authors."""
    found = drift.alarms()
    known = names(found, here.authors)
    with st.container(key="drift_inbox", gap="small"):
        st.subheader(f"{len(found)} open" if found else "Nothing open", anchor=False)
        if not found:
            evidence(_quiet(here))
        for alarm in found[:SHOWN]:
            _line(alarm, known[alarm.author_id])
        if len(found) > SHOWN:
            with st.expander(f"{len(found) - SHOWN} more"):
                for alarm in found[SHOWN:]:
                    _line(alarm, known[alarm.author_id])


def _line(alarm: Alarm, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        link(plain(say.title(alarm, name)), "drift", author=alarm.author_id, alarm=alarm.id)
        st.markdown(status_text("alarm" if alarm.standing else "eased"), width="content")
        st.caption(plain(say.posts_since(alarm)), width="content")


def _quiet(here: Here) -> str:
    """Nothing open: of how many authors that can be said at all."""
    checked = drift.states()
    judged = sum(bool(row.summary.get("judged")) for row in checked.values())
    total = len(here.authors)
    said = (
        f"{judged:,} of {total:,} author{'' if total == 1 else 's'} can be judged: no change among them waits for you."
    )
    return said if judged == total else f"{said} The others have too few posts yet."


def checking() -> None:
    """A line while the worker checks; the page comes back by itself when it has ended."""
    if any(job.kind == KEY for job in jobs.active()):
        _live()


@st.fragment(run_every=2)
def _live() -> None:
    with errors_shown():
        job = next((job for job in jobs.active() if job.kind == KEY), None)
        if job is None:
            draw_again()
            return
        said = job.message or "Checking voices"
        if job.total:
            st.progress(min(1.0, job.done / job.total), text=plain(f"{said} ({job.done + 1:,} of {job.total:,})"))
        else:
            evidence(f"{said}: the newest posts are being read.")
