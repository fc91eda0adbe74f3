"""Settings' part on models: which there are, what each costs, and pulling one into Ollama, live."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.llm import listing, pulling
from core.store.tables import Intent
from pages.ui.notice import answered
from pages.ui.pieces import evidence, plain, status_text
from pages.ui.shell import Here

NAME = "settings_pull_name"
WAYS = {
    True: "small, so your facts stand and it adds a sentence here and there",
    False: "plans, drafts and rewrites freely",
}
FIRST = 10
"""Models that are shown at once; a hosted service has dozens."""


def models(here: Here) -> None:
    """The models that can write, and the one field that gets another."""
    st.subheader("Models", anchor=False)
    shelf = pulling.shelf()
    with st.container(gap="xsmall"):
        for choice in shelf.choices[:FIRST]:
            _row(choice)
    if rest := shelf.choices[FIRST:]:
        with st.expander(f"{len(rest)} more"):
            for choice in rest:
                _row(choice)
    evidence("New runs use the model of TIMBRE_LLM. Put another of these names there, then start again.")
    for provider, problem in shelf.problems.items():
        title = "Ollama" if provider == "ollama" else "The OpenAI-compatible server"
        st.markdown(f"{status_text('off', f'{title} shows no models')} {plain(problem.message)} {plain(problem.hint)}")
    if "ollama" not in shelf.problems or pulling.live():
        _pull(here)


def _row(choice: pulling.Choice) -> None:
    used = f" {status_text('done', 'In use')}" if choice.active else ""
    st.markdown(f"**{plain(choice.id)}**{used}")
    size = f"{choice.size / 1e9:.1f} GB on the disk" if choice.size else ""
    evidence("; ".join(part for part in (choice.kind, size, WAYS[choice.small], choice.price) if part) + ".")


@answered
def _pull(here: Here) -> None:
    running = pulling.live()
    if running is not None:
        st.fragment(_watch, run_every=1)(here, running.id)
        return
    with st.form("settings_pull", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Pull a model into Ollama", key=NAME, placeholder="qwen2.5:7b", max_chars=200, help="As ollama.com names it"
        )
        if st.form_submit_button("Pull", disabled=here.actor.role == "reader"):
            pulling.ask(name, here.actor)
            st.rerun()
    if last := pulling.last():
        _ended(last)


@answered
def _watch(here: Here, intent_id: str) -> None:
    job = jobs.get(intent_id)
    if job.status not in pulling.LIVE:
        listing.forget()
        st.rerun()
    name = plain(str(job.payload["name"]))
    if job.status == "queued":
        waits = "for the pulls before it" if jobs.worker_alive() else "for the worker: start it with `make run`"
        st.progress(0.0, f"{name} waits {waits}.")
    else:
        total = job.total or 0
        far = f", {job.done / 1000:.1f} of {total / 1000:.1f} GB" if total > 1 else ""
        st.progress(min(1.0, job.done / max(total, 1)), f"{plain(job.message or f'Fetching {name}')}{far}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Stop", key="settings_pull_stop"):
            jobs.cancel(intent_id, here.actor)
            st.toast("It stops in a moment.")
        evidence("You may leave this page; it goes on. What has come is kept, also when you stop.")


def _ended(job: Intent) -> None:
    name = plain(str(job.payload["name"]))
    said = {
        "done": f"{name} is here. Set TIMBRE\\_LLM=ollama/{name} to write with it.",
        "cancelled": f"{name} was stopped. Pulled again, it goes on where it was.",
    }.get(job.status, f"{plain(job.message or '')} {plain(job.hint or '')}")
    st.markdown(f"{status_text(job.status)} {said}")
