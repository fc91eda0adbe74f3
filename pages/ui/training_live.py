"""A run under way: its phases, figures, losses and what it writes, drawn again every two seconds; and stopping it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core import jobs
from core.review.lifecycle import has_role
from core.store.tables_training import TrainingRun
from core.train import commands
from pages.ui.charts import look, show
from pages.ui.notice import SAID, answered, attempt, draw_again
from pages.ui.pieces import evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_chart import loss_chart
from pages.ui.training_images import IMAGE, pictures
from pages.ui.training_table import figures, phases
from pages.ui.training_words import (
    LIVE,
    about,
    doing,
    held_readings,
    length,
    loss,
    loss_finding,
    phase_states,
    run_name,
    size,
    took,
)

EVERY = 2.0
LOG_LINES = 80


def live(run_id: str, here: Here, whole: bool = False) -> None:
    """The run as it goes on; with `whole` its log and samples too. Once it has ended, the page is drawn again."""
    st.fragment(_live, run_every=EVERY)(run_id, here, whole)


@answered
def _live(run_id: str, here: Here, whole: bool) -> None:
    run = commands.run(run_id)
    if run.status not in LIVE:
        st.session_state.pop(SAID, None)  # "Asked to stop" is over: the page says how it ended
        draw_again()
    with st.container(border=not whole, key=f"training_live_{run.id[-6:]}"):
        _head(run, here, whole)
        phases(phase_states(run))
        _how_far(run)
        if run.history or (run.progress or {}).get("loss") is not None:
            figures(_figures(run))
            draw_losses(run, run.history)
        if whole:
            (pictures(run.id, run.samples) if run.kind == IMAGE and run.samples else samples(run.samples))
            log(run.id)
        else:
            evidence("You can leave this page: the run goes on, and its own page shows what it writes.")


def _head(run: TrainingRun, here: Here, whole: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(status_text(run.status) + ("" if whole else f" **{plain(run_name(run))}**"), width="content")
        st.caption(plain(about(run)), width="content")
        if not whole:
            link("Open the run", "training", run=run.id)
        if commands.stopping(run.id):
            st.caption("Stopping: it saves what it has at the next safe point.", width="content")
        elif has_role(here.actor, "editor"):
            st.button("Stop", key=f"training_stop_{run.id[-6:]}", on_click=_stop, args=(run.id, here),
                      help="It saves what it has at the next safe point.")  # fmt: skip


def _how_far(run: TrainingRun) -> None:
    told = run.progress or {}
    said = doing(run, jobs.worker_alive())
    said = f"{said[0].upper()}{said[1:]}."
    if told.get("steps") and run.status != "queued":
        st.progress(min(1.0, max(0.0, (told.get("step") or 0) / told["steps"])), text=plain(said))
    else:
        st.markdown(plain(said))
    if told.get("message"):
        evidence(str(told["message"]))


def _figures(run: TrainingRun) -> list[tuple[str, str, str]]:
    told = run.progress or {}
    held = held_readings(run, run.history)
    before = f"{held[0][1]:.2f} before it began" if held else "read at the first measurement"
    image, speed = run.kind == IMAGE, told.get("tokens_s")
    pace = ("Speed", "not yet" if speed is None else f"{speed:,.0f} tokens/s", "trained on, not written")
    if image:
        step = told.get("seconds_a_step")
        pace = ("Speed", "not yet" if step is None else f"{step:.2g} s a step", "without looks and saving")
    return [
        ("Loss, same noise" if image else "Loss, unseen posts", loss(told.get("held_loss")), before),
        ("Loss, training", loss(told.get("loss")), "of the newest step"),
        pace,
        ("Memory", size(told.get("memory")), "at most so far"),
        ("Time left", length(told.get("eta")), f"{length(took(run))} so far"),
    ]


def draw_losses(run: TrainingRun, history: Sequence[Mapping[str, Any]]) -> None:
    """The chart of a run's losses."""
    alt = f"{loss_finding(held_readings(run, history), run.kind)}."
    show(loss_chart(run, history, look()), f"training_loss_{run.id[-6:]}", f"training {run_name(run)}", alt)


def samples(rows: Sequence[Mapping[str, Any]]) -> None:
    """What it wrote while it was training, from the same briefs each time: the newest, and how that came about."""
    if not rows:
        return
    names = list(dict.fromkeys(_brief(row) for row in rows))
    with st.expander(f"What it writes as it learns ({len(names)} briefs that stay the same)"):
        chosen = st.selectbox("Brief", names, key="training_sample", format_func=lambda name: name[:90])
        found = [row for row in rows if _brief(row) == chosen]
        for row in reversed(found[-6:]):
            st.caption(f"at step {int(row.get('step') or 0):,}")
            with st.container(border=True):
                st.text(str(row.get("text") or ""))
        if len(found) > 6:
            evidence(f"{len(found) - 6:,} earlier ones are not shown.")


def _brief(row: Mapping[str, Any]) -> str:
    return " ".join(str(row.get("brief") or row.get("topic") or row.get("id") or "the first brief").split())


def log(run_id: str) -> None:
    """The last lines of the training process."""
    with st.expander("Log"):
        lines = commands.log(run_id, LOG_LINES)
        if lines:
            st.code("\n".join(lines), language=None, height=260)
        else:
            evidence("The training process has written nothing, or it ran on another machine.")


def _stop(run_id: str, here: Here) -> None:
    attempt(lambda: commands.cancel(run_id, here.actor), "Asked to stop. It saves what it has at the next safe point.")
