"""The week over all authors, on the page and to take along."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from core import drift
from core.drift import digest, digest_markdown, digest_pdf
from core.drift.weeks import FOOT, SECTIONS, Digest
from pages.ui.pieces import evidence, plain


def week() -> None:
    """The digest of a week: what was opened and decided, and a line on every author."""
    st.subheader("The week over all authors", anchor=False)
    today = datetime.now(UTC).date()
    day = st.date_input("Week of", today, max_value=today, key="drift_week", format="YYYY-MM-DD", width=200)
    chosen = day if isinstance(day, date) else today
    found = _digest(chosen, _seen())
    for key, heading, nothing in SECTIONS:
        entries = getattr(found, key)
        if entries or nothing:
            st.markdown(f"**{heading}**" + ("" if entries else f"  \n{nothing}"))
        if entries:
            rows = [f"- {plain(e.title)}" + (f" ({plain(e.outcome)})" if e.outcome else "") for e in entries]
            st.markdown("\n".join(rows))
    st.dataframe(
        [
            {"author": li.author, "posts": li.posts, "with Timbre": li.with_timbre, "voice": li.verdict}
            for li in found.lines
        ],
        hide_index=True,
        width="stretch",
        key="drift_week_table",
    )
    name = f"timbre-voices-{found.first.isoformat()}"
    with st.container(horizontal=True):
        st.download_button(
            "Download as PDF", lambda: digest_pdf(found), f"{name}.pdf", "application/pdf", key="drift_pdf",
            on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Download as Markdown", lambda: digest_markdown(found).encode(), f"{name}.md", "text/markdown",
            key="drift_md", on_click="ignore",
        )  # fmt: skip
    evidence(f"{found.title}, by UTC. {FOOT}")


def _seen() -> tuple[object, ...]:
    """What changes whenever a digest does."""
    checks = tuple(sorted((author, row.checked_at) for author, row in drift.states().items()))
    return checks, tuple((a.id, a.status, a.note, a.standing) for a in drift.alarms(open_only=False))


@st.cache_data(max_entries=32, show_spinner=False)
def _digest(day: date, seen: tuple[object, ...]) -> Digest:
    del seen  # what the cache goes by
    return digest(day)
