"""The parts of Today: three short lists, what is running, the first steps of a new workspace."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.config import ROOT
from core.store.tables import Author, Intent
from core.today import Today, under_way
from core.today_lines import Item
from pages.ui.pieces import ago, evidence, link, plain, status_text, when
from pages.ui.sample_workspace import sample_workspace
from pages.ui.shell import Here, errors_shown

STEPS = (
    (
        "samples",
        "Add writing",
        "Paste or upload what an author has published. Nothing is stored before you say so.",
    ),
    ("persona", "Read the persona card", "See what Timbre makes of that writing, and correct what is wrong."),
    ("generate", "Write a first post", "Say what the post should say, compare variants, choose one."),
)


def open_first(now: Today) -> None:
    """The one main action: open what comes first."""
    item = now.first
    if item is None:
        return
    title = item.title if len(item.title) <= 60 else f"{item.title[:59].rstrip()}…"
    if st.button(f"Open the first: {plain(title)}", type="primary", key="today_open"):
        st.switch_page(ROOT / f"pages/{item.page}.py", query_params=item.params)


def decide(now: Today) -> None:
    """What needs a decision."""
    with st.container(key="today_decide", gap="small"):
        st.subheader("To decide", anchor=False)
        if not now.decide:
            evidence("Nothing waits for a decision. A post that is submitted for review shows up here.")
        _lines(now.decide)
        if now.decide_more:
            link(f"{now.decide_more} more in Review", "review")


def going(now: Today) -> None:
    """What goes out today and in the seven days after it."""
    with st.container(key="today_going", gap="small"):
        st.subheader("Going out", anchor=False)
        if not (now.going.today or now.going.week):
            evidence("No post has a slot today or in the next seven days.")
            link("Give a post a slot in the calendar", "calendar")
        for label, items in (("Today", now.going.today), ("Next seven days", now.going.week)):
            if items:
                st.markdown(f"**{label}**")
                _lines(items[:8], slots=True)
                if len(items) > 8:
                    link(f"{len(items) - 8} more in the calendar", "calendar")


def unusual(now: Today) -> None:
    """What is out of the ordinary, over all authors: voices that changed, slots missed, jobs failed."""
    with st.container(key="today_unusual", gap="small"):
        st.subheader("Unusual", anchor=False)
        if not now.unusual:
            evidence("Nothing: no changed voice waits, and no job failed and no slot was missed in seven days.")
        _lines(now.unusual)


def sync_state(now: Today) -> None:
    """One line on Notion, where it is in use."""
    last = now.last_pass
    if last is None:
        return
    state = {"ok": "done", "done": "done", "failed": "failed", "running": "running"}.get(last.status, "warn")
    with st.container(horizontal=True, vertical_alignment="center", key="today_sync"):
        st.markdown(f"**Notion** {status_text(state, _SYNC.get(last.status, last.status))}", width="content")
        text = f"last pass {ago(last.finished_at or last.started_at, now.at)}"
        st.caption(plain(f"{text}. {last.message}" if last.message else text), width="content")
        link("Open Notion", "notion")


_SYNC = {"ok": "In step", "done": "In step", "failed": "Failed", "running": "Syncing", "partial": "Partly in step"}


def running(now: Today, authors: Sequence[Author]) -> None:
    """Jobs that wait or run, live; nothing where there is none."""
    if now.running:
        with st.container(border=True, key="today_running"):
            _live(authors)


@st.fragment(run_every=2)
def _live(authors: Sequence[Author]) -> None:
    with errors_shown():
        active = under_way(authors)
        if not active:
            st.rerun()
        for job, item in active[:6]:
            _progress(job, item)
        if len(active) > 6:
            evidence(f"{len(active) - 6} more wait.")


def _progress(job: Intent, item: Item) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        link(plain(item.title), item.page, **item.params)
        st.markdown(status_text(job.status), width="content")
        if item.note:
            st.caption(plain(item.note), width="content")
    if job.total:
        st.progress(min(1.0, max(0.0, job.done / job.total)), text=f"{job.done:,} of {job.total:,}")


def first_steps(now: Today, here: Here) -> None:
    """The way to a first post, with what is done; and the sample workspace for those who only look."""
    with st.container(border=True, key="today_steps"):
        st.subheader("Three steps to your first post", anchor=False)
        done_so_far = (now.steps.writing, now.steps.persona, now.steps.post)
        for number, ((page, label, why), done) in enumerate(zip(STEPS, done_so_far, strict=True), 1):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(status_text("done", "Done") if done else f"**{number}**", width="content")
                link(label, page)
                st.caption(why, width="content")
        if all(author.is_sample for author in here.authors):
            sample_workspace(here)


def _lines(items: Sequence[Item], slots: bool = False) -> None:
    for item in items:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if slots and item.slot:
                st.markdown(f"**{when(item.slot, item.zone)}** {plain(item.zone)}", width="content")
            link(plain(item.title), item.page, **item.params)
            st.markdown(status_text(item.status), width="content")
            if item.note:
                st.caption(plain(item.note), width="content")
