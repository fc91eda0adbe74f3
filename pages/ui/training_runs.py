"""Past runs and live ones in one list, whatever is learnt; and two to four of them beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.store.base import now
from core.store.tables_training import Adapter, TrainingRun
from core.train import commands, registry
from pages.ui.charts import SERIES, look, show
from pages.ui.pager import skipped, turn
from pages.ui.pieces import ago, evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_chart import Beside, compare_gains, compare_losses, gains_finding
from pages.ui.training_exam import verdict_mark
from pages.ui.training_table import Cell, grid
from pages.ui.training_words import (
    KINDS,
    LIVE,
    about,
    adapter_name,
    day,
    gain_of,
    gain_said,
    held_readings,
    length,
    run_name,
    signed,
    size,
    times_only,
    took,
)

PAGE = 12
MOST = 500
"""Runs that are listed; older ones are found by their address."""
COMPARE = "compare"
PAGER, CHOSEN = "training_runs_page", "training_compare"
SETTINGS = (
    "method",
    "rank",
    "alpha",
    "rate",
    "epochs",
    "steps",
    "batch",
    "tokens",
    "dtype",
    "device",
    "quantize",
    "base",
)


def run_list(here: Here) -> None:
    """All runs, the newest first, filtered by kind and author; then the comparison."""
    rows = commands.runs(limit=MOST)
    if not rows:
        evidence("No run yet. The part Train begins one.")
        return
    adapters = {one.run_id: one for one in registry.listed() if one.run_id}
    shown = _filtered(rows, here)
    comparison(rows, adapters)
    if not shown:
        evidence("No run like that.")
    at = skipped(PAGER, len(shown), PAGE)
    for run in shown[at : at + PAGE]:
        line(run, adapters.get(run.id))
    turn(PAGER, len(shown), PAGE)


def _filtered(rows: Sequence[TrainingRun], here: Here) -> list[TrainingRun]:
    kinds = [kind for kind in KINDS if any(run.kind == kind for run in rows)]
    author = here.author
    mine = [run for run in rows if author and run.author_id == author.id]
    if len(kinds) < 2 and len(mine) in (0, len(rows)):
        return list(rows)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = None
        if len(kinds) > 1:
            kind = st.selectbox("Kind", kinds, index=None, format_func=KINDS.__getitem__, key="training_kind",
                                placeholder="All kinds", width=220)  # fmt: skip
        only = author is not None and 0 < len(mine) < len(rows)
        only = only and st.toggle(f"Only {plain(author.name if author else '')}", key="training_only")
    return [run for run in (mine if only else rows) if kind in (None, run.kind)]


def line(run: TrainingRun, adapter: Adapter | None) -> None:
    """A run on a line: how it stands, what it was, what became of it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"training_line_{run.id}"):
        st.markdown(status_text(*_state(run, adapter)), width="content")
        link(plain(name_of(run, adapter)), "training", run=run.id)
        st.caption(plain(" · ".join(part for part in _facts(run, adapter) if part)), width="content")


def _state(run: TrainingRun, adapter: Adapter | None) -> tuple[str, str]:
    """An ended run is what its exam says; the rest is how far it came."""
    if run.status == "done" and adapter is not None and adapter.passed is not None:
        return ("done", "Passed") if adapter.passed else ("failed", "Not passed")
    if run.status == "done" and run.kind == "image" and adapter is not None:
        return "variants", "To rate"
    return run.status, ""


def _facts(run: TrainingRun, adapter: Adapter | None) -> list[str]:
    told = run.progress or {}
    before, after = told.get("held_loss_before"), told.get("held_loss")
    what = "loss at the same noise" if run.kind == "image" else "loss on unseen posts"
    fell = f"{what} {before:.2f} to {after:.2f}" if before and after and not times_only(run) else ""
    gain = gain_of(adapter.exam or {}) if adapter else None
    gone = "its adapter was deleted" if run.adapter_id and adapter is None else ""
    return [
        about(run),
        f"gain {signed(gain[0])}" if gain else "",
        "" if gain else fell,
        gone,
        ago(run.created_at, now()),
    ]


def name_of(run: TrainingRun, adapter: Adapter | None) -> str:
    """What a run is called: its adapter's name once it has one."""
    return adapter_name(adapter) if adapter else run_name(run)


# ---- beside each other ---------------------------------------------------------------------------------------


def comparison(rows: Sequence[TrainingRun], adapters: Mapping[str, Adapter]) -> None:
    """A choice of two to four ended runs, what they cost and what they came to."""
    ended = {run.id: run for run in rows if run.status not in LIVE}
    if len(ended) < 2:
        return
    st.session_state[CHOSEN] = [id_ for id_ in st.query_params.get(COMPARE, "").split(",") if id_ in ended][:4]
    chosen = st.multiselect(
        "Compare", list(ended), key=CHOSEN, max_selections=4, placeholder="Choose two to four runs", on_change=_picked,
        format_func=_labels(ended, adapters).__getitem__,
    )  # fmt: skip
    if len(chosen) < 2:
        return
    shown = [_beside(commands.run(id_), adapters.get(id_), colour) for id_, colour in zip(chosen, SERIES, strict=False)]
    inks = look()
    left, right = st.columns(2, gap="large")
    with left:
        alt = "; ".join(f"{one.name} ends at {one.held[-1][1]:.0f}% of its start" for one in shown if one.held)
        show(compare_losses(shown, inks), "training_compare_losses", "training compared", alt)
    with right:
        passed = [one for one in shown if (gain := gain_of(one.exam)) and gain[1] > 0]
        show(compare_gains(shown, inks), "training_compare_gains", "exams compared", gains_finding(shown, passed))
    grid([_column(one) for one in shown], "The runs compared")
    same, differ = _settings(shown)
    if differ:
        grid(differ, "Settings in which they differ")
    evidence(f"The same in all of them: {same}." if same else "They share no setting.")


def _labels(ended: Mapping[str, TrainingRun], adapters: Mapping[str, Adapter]) -> dict[str, str]:
    """A name for each run that no other one has: the widget knows its options by their names."""
    out: dict[str, str] = {}
    for id_, run in ended.items():
        said = f"{name_of(run, adapters.get(id_))}, {day(run.created_at)}"
        same = sum(label.split(" (")[0] == said for label in out.values())
        out[id_] = f"{said} ({same + 1})" if same else said
    return out


def _picked() -> None:
    """The URL says which ones, so that a comparison can be linked."""
    if chosen := st.session_state[CHOSEN]:
        st.query_params[COMPARE] = ",".join(chosen)
    else:
        st.query_params.pop(COMPARE, None)


def _beside(run: TrainingRun, adapter: Adapter | None, colour: str) -> Beside:
    name = name_of(run, adapter)
    return Beside(name, run, run.history, (adapter.exam if adapter else {}) or {}, colour)


def _column(one: Beside) -> dict[str, Cell]:
    held, told, sizes = held_readings(one.run, one.history), one.run.progress or {}, one.run.dataset or {}
    return {
        "Run": one.name,
        "Trained on": f"{int(sizes.get('train') or 0):,} posts",
        "Loss on unseen posts": f"{held[0][1]:.2f} to {held[-1][1]:.2f}" if held else "not read",
        "Gain": gain_said(one.exam),
        "Took": length(took(one.run)),
        "Memory": size(told.get("memory")),
        "Exam": verdict_mark(one.exam.get("passed")),
    }


def _settings(shown: Sequence[Beside]) -> tuple[str, list[dict[str, Cell]]]:
    """What all runs share, in a sentence; and a row a setting that is not the same in all."""

    def of(one: Beside, name: str) -> Any:
        return (one.run.settings or {}).get(name, "")

    same = [
        f"{name} {of(shown[0], name)}"
        for name in SETTINGS
        if of(shown[0], name) != "" and len({str(of(one, name)) for one in shown}) == 1
    ]
    differ: list[dict[str, Cell]] = [
        {"Setting": name, **{f"{n}. {one.name}": str(of(one, name)) for n, one in enumerate(shown, 1)}}
        for name in SETTINGS
        if len({str(of(one, name)) for one in shown}) > 1
    ]
    return ", ".join(same), differ
