"""Experiments: two or more models or prompt versions over a batch of briefs; how far they are, and starting one."""

from __future__ import annotations

import functools

import streamlit as st

from core import drafts, lab, llm
from core.generate import prompts
from core.lab.experiments import MOST_ARMS, MOST_BRIEFS, Arm, Progress
from core.review.lifecycle import has_role
from core.store.base import now
from core.store.tables import Author, Brief
from core.store.tables_writing import Experiment
from core.train.serving import NONE, serving
from pages.ui.editor import Field, fields, fields_received
from pages.ui.lab_scope import RESULTS, VOTE, open_experiment
from pages.ui.notice import answered, attempt
from pages.ui.pieces import ago, empty_state, evidence, plain, status_text
from pages.ui.shell import Here

SHOWN = 10
NEW = "lab_new"
NEWEST = "the newest"
TITLE = (Field("title", "What is compared", "Prompt 3 against 2", wide=True),)


def experiments(here: Here, author: Author) -> None:
    """Those of this author, the newest first, and a new one."""
    rows = lab.experiments.listed(author.id)
    may = has_role(here.actor, "editor")
    if may:
        st.toggle("New experiment", key=NEW)
        if st.session_state[NEW]:
            _form(here, author)
    if not rows:
        empty_state(
            "An experiment writes each of your briefs once with every model or prompt version that you name, and shows "
            "you the results blind."
        )
    live = any(lab.experiments.progress(row).live for row in rows[:SHOWN])
    st.fragment(_listed, run_every=3 if live else None)(author.id, here, may)


@answered
def _listed(author_id: str, here: Here, may: bool) -> None:
    rows = lab.experiments.listed(author_id)
    for row in rows[:SHOWN]:
        _card(row, here, may)
    if len(rows) > SHOWN:
        evidence(f"{len(rows) - SHOWN:,} older ones are in the list above the votes and the results.")


def _card(row: Experiment, here: Here, may: bool) -> None:
    far = lab.experiments.progress(row)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(row.title)}**", width="content")
            st.markdown(_state(row, far), width="content")
        evidence(
            f"{len(row.briefs):,} briefs by {len(row.arms)} arms, started {ago(row.created_at, now())} by {row.by}."
        )
        held = lab.experiments.passed(row)
        arms = [(arm, *held[arm.name]) for arm in lab.experiments.arms_of(row)]
        st.markdown("\n".join(f"- **{plain(arm.name)}**, {plain(_arm(arm, *kept))}" for arm, *kept in arms))
        if not far.live and far.done and not all(good for _, good, _ in arms):
            st.markdown(":orange[▲ An arm has no variant that held its constraints, so there is nothing to compare.]")
        if far.live:
            st.progress(far.done / max(1, far.total), text=plain(f"{far.done:,} of {far.total:,} runs are done"))
        if far.failed and not row.closed_at:
            st.markdown(plain(f"{far.failed:,} did not finish. {far.said}"))
        with st.container(horizontal=True):
            st.button("Results", key=f"lab_see_{row.id}", on_click=open_experiment, args=(row.id, RESULTS))
            if may and not row.closed_at:
                st.button("Vote", key=f"lab_go_{row.id}", on_click=open_experiment, args=(row.id, VOTE))
                if far.failed or far.missing:
                    st.button(
                        "Write what is missing", key=f"lab_resume_{row.id}", on_click=_resume, args=(row.id, here)
                    )
                st.button("Close", key=f"lab_close_{row.id}", on_click=_close, args=(row.id, here), type="tertiary",
                          help="No more runs and votes; the results stay.")  # fmt: skip


def _resume(experiment_id: str, here: Here) -> None:
    attempt(lambda: lab.experiments.resume(experiment_id, here.actor), "Asked for what was missing.")


def _close(experiment_id: str, here: Here) -> None:
    attempt(lambda: lab.experiments.close(experiment_id, here.actor), "Closed. Its results stay.")


def _state(row: Experiment, far: Progress) -> str:
    if row.closed_at:
        return status_text("passed")
    if far.live:
        return status_text("started", "Writing")
    return status_text("warn", "Incomplete") if far.failed or far.missing else status_text("done", "Written")


def _arm(arm: Arm, good: int, there: int) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(arm.prompts.items()))
    held = f". {good:,} of {there:,} variants held their constraints." if there else ""
    without = ", without the adapter" if arm.adapter else ""
    return f"by {arm.model or 'the model of the settings'}{without}, with {versions or 'the newest prompts'}{held}"


# ---- a new one -----------------------------------------------------------------------------------------------


def _form(here: Here, author: Author) -> None:
    known = lab.experiments.briefs_for(author.id)
    if not known:
        empty_state("An experiment needs briefs that were written from before.", "Write one", "generate")
        return
    models = llm.known()
    with st.container(border=True, key="lab_form"):
        doc = f"experiment.{author.id}"
        title = str(drafts.kept(doc, here.actor).get("title") or "")
        fields(doc, TITLE, {"title": title}, functools.partial(drafts.keep, doc, here.actor))
        count = int(st.number_input("Arms", 2, MOST_ARMS, 2, key="lab_arms", width=160))
        adapted = serving(author.id) is not None
        arms = [_arm_form(number, models, adapted) for number in range(count)]
        by_id = {row.id: row for row in known}
        if (
            not adapted
            and len(models) < 2
            and not any(len(prompts.versions(name)) > 1 for name in lab.experiments.prompts_of())
        ):
            st.markdown(
                ":orange[▲ There is one model here, a small one, and it uses one prompt: there is nothing to compare "
                "until another model can be chosen. Settings says how.]"
            )
        briefs = st.multiselect(
            "Briefs", list(by_id), format_func=lambda id_: _topic(by_id[id_]), key="lab_briefs",
            max_selections=MOST_BRIEFS, placeholder="Choose some of the newest",
        )  # fmt: skip
        runs = len(briefs) * count
        evidence(f"{runs:,} runs: each arm writes each brief once. With fewer than five briefs nothing can be settled.")
        start = functools.partial(_start, doc, arms, briefs, here)
        st.button("Start", type="primary", key="lab_start", on_click=start)


def _arm_form(number: int, models: list[str], adapted: bool) -> Arm:
    letter = "ABCD"[number]
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"lab_arm_{letter}"):
        model = st.selectbox(f"{letter}: model", models, key=f"lab_model_{letter}", width=280)
        chosen: dict[str, int] = {}
        for name in lab.experiments.prompts_of(model or ""):
            versions = prompts.versions(name)
            if len(versions) < 2:
                continue
            options = [0, *reversed(versions)]
            picked = st.selectbox(
                f"{letter}: {name}", options, key=f"lab_prompt_{letter}_{name}", width=150,
                format_func=lambda version: f"version {version}" if version else NEWEST,
            )  # fmt: skip
            if picked:
                chosen[name] = int(picked)
        adapter = ""
        if adapted:
            said = {"": "in use", NONE: "none"}
            adapter = st.selectbox(
                f"{letter}: adapter", list(said), key=f"lab_adapter_{letter}", width=150, format_func=said.__getitem__
            )
    return Arm(letter, model or "", chosen, adapter)


def _topic(brief: Brief) -> str:
    said = " ".join(str(brief.fields.get("topic") or "Untitled").split())
    return said if len(said) < 80 else f"{said[:78]}…"


def _start(doc: str, arms: list[Arm], briefs: list[str], here: Here) -> None:
    def work() -> None:
        fields_received(doc, functools.partial(drafts.keep, doc, here.actor))
        title = str(drafts.kept(doc, here.actor).get("title") or "")
        lab.experiments.start(title, lab.experiments.named(arms), briefs, here.actor)
        drafts.drop(doc, here.actor)

    if attempt(work, "Started. You can leave this page; vote as soon as two arms have written the same brief."):
        st.session_state[NEW] = False
