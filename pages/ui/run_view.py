"""A run: its steps live, what each took and gave, how it ended, and the runs before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core import jobs
from core.errors import NotFound
from core.generate import commands as generate
from core.store import Actor
from core.store.base import now
from core.store.tables import Author, Brief, Run, RunStep
from pages.ui.notice import answered, attempt, draw_again, notices
from pages.ui.patterns import put_back
from pages.ui.pieces import ago, link, plain, status_text
from pages.ui.run_steps import listed, opened, run_state, spell, step_name, took
from pages.ui.shell import show_error
from pages.ui.variants import compare

LIVE = ("queued", "started", "running")


def asked_run() -> Run | None:
    """The run that the URL names, or None; one that is gone is said to be."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    try:
        return generate.run(run_id).run
    except NotFound as error:
        show_error(error)
        return None


def run_page(run_id: str, everyone: Sequence[Author], actor: Actor) -> None:
    """One run from start to end; the same on every machine, whenever it is opened."""
    notices()
    view = generate.run(run_id)
    author = next((a for a in everyone if a.id == view.run.author_id), None)
    _way_back(view.run)
    st.subheader(plain(str(view.brief.fields.get("topic") or "Untitled brief")[:200]), anchor=False)
    if view.run.status in LIVE:
        _live(run_id, actor)
        return
    _ending(view.run, view.brief, actor)
    _written(view.run)
    put_back(view.steps)
    if view.variants:
        compare(view.variants, author, actor)
    with st.expander("The brief"):
        _brief(view.brief, actor)
    with st.expander(f"The {len(view.steps)} steps"):
        listed(view.steps)
        opened(view.run.id, view.steps, "done")


def _way_back(run: Run) -> None:
    """To the variants that this run was made from, or to a new brief."""
    parent = generate.run_of(run.parent_id) if run.parent_id else None
    if parent:
        link("Back to the variants", "generate", run=parent)
    else:
        link("New brief", "generate")


@st.fragment(run_every=1.0)
@answered
def _live(run_id: str, actor: Actor) -> None:
    view = generate.run(run_id)
    if view.run.status not in LIVE:
        draw_again()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{status_text(view.run.status)} {_doing(view.run, view.steps)}", width="content")
        st.button("Stop", key="run_stop", on_click=_stop, args=(run_id, actor))
    _progress(run_id)
    listed(view.steps)
    running = [s for s in view.steps if s.status == "running" and s.partial]
    for step in running:
        st.caption(f"{step_name(step.key)}, as it is written")
        with st.container(border=True):
            st.text(step.partial)
    opened(run_id, view.steps, "live")
    st.caption("You can leave this page: the run goes on, and its address shows the same everywhere.")


def _doing(run: Run, steps: Sequence[RunStep]) -> str:
    if run.status == "queued":
        return "Waiting for the worker to take it" if jobs.worker_alive() else "Kept until a worker runs"
    return f"{spell(took(run))} so far, {sum(s.status == 'done' for s in steps)} steps done"


def _progress(run_id: str) -> None:
    intent = jobs.get(run_id)
    if intent.total:
        st.progress(min(1.0, intent.done / intent.total), text=plain(intent.message) or None)


def _stop(run_id: str, actor: Actor) -> None:
    attempt(lambda: generate.cancel(run_id, actor), "Asked to stop. It ends at the next safe point.")


# ---- the end -------------------------------------------------------------------------------------------------


def _ending(run: Run, brief: Brief, actor: Actor) -> None:
    state = run_state(run)
    if state == "done":
        return
    if state == "nothing":
        st.warning(f"**{plain(run.message)}**\n\n{plain(run.hint)}")
        if not run.parent_id:
            with st.container(horizontal=True):
                st.button("Change the brief", type="primary", key="run_change", on_click=_rework, args=(brief, actor))
                _again(run, "secondary", actor)
        return
    what = run.message or ("This run was stopped." if run.status == "cancelled" else "This run failed.")
    hint = run.hint or "The brief is kept. You can run it again as it is, or change it first."
    (st.info if run.status == "cancelled" else st.error)(f"**{plain(what)}**\n\n{plain(hint)}")
    if not run.parent_id:
        _again(run, "primary", actor)


def _again(run: Run, kind: Literal["primary", "secondary"], actor: Actor) -> None:
    if st.button("Run again", type=kind, key="run_again"):
        st.query_params["run"] = generate.start(run.brief_id, actor)
        st.rerun()


def _written(run: Run) -> None:
    """With which model, when, and how long it took."""
    model = (run.settings or {}).get("model") or {}
    by = f"Written by {model['name']}" if model.get("name") else "No model was called"
    if title := ((run.settings or {}).get("adapter") or {}).get("title"):
        by += f" with the adapter {title}"
    when = f"{ago(run.finished_at or run.created_at, now())}, in {spell(took(run))}"
    st.caption(plain(f"{by}, {when}. {generate.spent(run.id)}".strip()))


def _brief(brief: Brief, actor: Actor) -> None:
    for name, value in brief.fields.items():
        text = "\n".join(value) if isinstance(value, list) else str(value)
        if text.strip():
            st.caption(plain(name.replace("_", " ").capitalize()))
            st.text(text)
    st.button("Change this brief and write again", key="run_rework", on_click=_rework, args=(brief, actor))


def _rework(brief: Brief, actor: Actor) -> None:
    """A new draft with the same fields. One that was being typed is kept, and comes back when this one is used."""

    def work() -> None:
        st.query_params["brief"] = generate.copy_brief(brief.id, actor).id
        st.query_params.pop("run", None)

    attempt(work, "This is a copy of the brief; the run keeps its own.")


def recent_runs(author: Author) -> None:
    """The author's last runs, each at its own address."""
    runs = generate.recent(author.id, limit=8)
    if not runs:
        return
    st.markdown("**Recent runs**")
    for run in runs:
        topic = str(generate.brief(run.brief_id).fields.get("topic") or "Untitled brief").split("\n")[0][:90]
        label = f"{status_text(run_state(run))} {plain(topic)} :gray[{ago(run.created_at, now())}]"
        link(label, "generate", run=run.id)
