"""Training's parts: the first answer, what runs, what waits for a decision, what is in use, and the way to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.store.base import now
from core.store.tables_training import Adapter, Promotion, TrainingRun
from core.train import commands, registry
from pages.ui.pieces import ago, empty_state, evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_adapter import decide, scope_of
from pages.ui.training_exam import exam_table
from pages.ui.training_live import live
from pages.ui.training_run import outcome
from pages.ui.training_runs import line
from pages.ui.training_words import LIVE, adapter_name, gain_of, gain_said, run_name

NOW, RUNS, TRAIN, ARCHETYPES, RULES = "Now", "Runs", "Train", "Archetypes", "By itself"
WAITING, RECENT, QUEUED = 3, 5, 4


@dataclass(frozen=True)
class Overview:
    """The newest runs, what waits for a decision, and the part of the page that is open."""

    runs: list[TrainingRun]
    waiting: list[Adapter]
    part: str


def overview() -> Overview:
    """Say the first answer, offer the parts; what they show rests on the same reading of the store."""
    rows, waiting = commands.runs(), registry.waiting()
    if rows:
        st.markdown(f"**{plain(first_answer(rows, waiting))}**")
    else:
        empty_state(
            "Nothing has been learnt yet. An adapter is trained on an author's own posts, on this machine, and is used "
            "only once it has written closer to posts that it never saw than examples alone do."
        )
    chosen = st.segmented_control(
        "Part", [NOW, RUNS, TRAIN, ARCHETYPES, RULES], default=NOW if rows else TRAIN, required=True,
        key="training_view", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    return Overview(rows, waiting, str(chosen or NOW))


def first_answer(rows: Sequence[TrainingRun], waiting: Sequence[Adapter]) -> str:
    """What is being learnt and what passed, in a sentence or two."""
    running = [run for run in rows if run.status in LIVE]
    parts = []
    if running:
        first = next((run for run in running if run.status != "queued"), running[0])
        more = f", and {len(running) - 1:,} more wait{'s' if len(running) == 2 else ''}" if running[1:] else ""
        # Without its step: this sentence stands still while the run goes on under it.
        now_ = "waits for its turn" if first.status == "queued" else "is being learnt"
        parts.append(f"{run_name(first)} {now_}{more}.")
    if waiting:
        said = "1 adapter has" if len(waiting) == 1 else f"{len(waiting):,} adapters have"
        parts.append(f"{said} passed the exam and wait{'s' if len(waiting) == 1 else ''} for your decision.")
    if not parts and rows:
        parts.append(f"Nothing is being learnt. {_last(rows[0])}")
    return " ".join(parts)


def _last(run: TrainingRun) -> str:
    if run.status == "failed":
        return f"The last run, {run_name(run)}, failed: {run.message}"
    if run.status == "cancelled":
        return f"The last run, {run_name(run)}, was stopped."
    adapter = registry.of_run(run.id)
    return (
        f"The last run was {adapter_name(adapter)}. {outcome(adapter)}"
        if adapter
        else f"The last run was {run_name(run)}."
    )


def now_part(found: Overview, here: Here) -> None:
    """What runs, what waits for a decision, what is in use, what was learnt lately."""
    rows = found.runs
    running = [run for run in rows if run.status in LIVE]
    for run in [one for one in running if one.status != "queued"] or running[:1]:
        live(run.id, here)
    queued = [one for one in running if one.status == "queued"]
    for run in queued[:QUEUED] if len(queued) < len(running) else queued[1:QUEUED]:
        line(run, None)
    if found.waiting:
        _waiting(found.waiting, here)
    _in_use(here)
    waiting = {adapter.run_id for adapter in found.waiting}
    ended = [run for run in rows if run.status not in LIVE and run.id not in waiting]
    if ended:
        _lately(ended)


def _waiting(waiting: Sequence[Adapter], here: Here) -> None:
    """The newest of each author that passed: the first with its exam, each with the one action."""
    newest = list({scope_of(adapter).key + adapter.kind: adapter for adapter in reversed(waiting)}.values())[::-1]
    st.subheader("To decide", anchor=False)
    for adapter in newest[:WAITING]:
        with st.container(border=True, key=f"training_waiting_{adapter.id[-6:]}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"{status_text('done', 'Passed')} **{plain(adapter_name(adapter))}**", width="content")
                st.caption(plain(_gained(adapter, adapter.created_at)), width="content")
                if adapter.run_id:
                    link("Read its texts", "training", run=adapter.run_id)
            decide(adapter, here, primary=adapter is newest[0])
            if adapter is newest[0]:
                exam_table(adapter.exam or {}, adapter)
    if len(waiting) > len(newest[:WAITING]):
        evidence(f"{len(waiting) - len(newest[:WAITING]):,} more have passed; they stand among the runs.")


def _gained(adapter: Adapter, since: datetime) -> str:
    gain = f"gain {gain_said(adapter.exam or {})} · " if gain_of(adapter.exam or {}) else ""
    return gain + ago(since, now())


def _in_use(here: Here) -> None:
    """What is applied to whose texts now."""
    found: list[tuple[Promotion, Adapter]] = registry.in_use()
    st.subheader("In use", anchor=False)
    if here.author is not None:
        serving = registry.serving(here.author.id)
        said = f"{serving.title}. {serving.why}" if serving else registry.why_not(here.author.id)
        evidence(f"For {here.author.name}: {said}")
    for promotion, adapter in found:
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"training_use_{promotion.id}"
        ):
            st.markdown(status_text("ok", "In use"), width="content")
            link(plain(adapter_name(adapter)), "training", run=adapter.run_id or "")
            st.caption(plain(_since(promotion, adapter)), width="content")


def _since(promotion: Promotion, adapter: Adapter) -> str:
    at = "" if adapter.scale == 1 else f"strength {adapter.scale:.2g} · "
    by = f" by {promotion.by}" if promotion.by else ""
    return f"{at}{_gained(adapter, promotion.created_at)}{by}"


def _lately(ended: Sequence[TrainingRun]) -> None:
    st.subheader("Learnt lately", anchor=False)
    adapters = {one.run_id: one for one in registry.listed()}
    for run in ended[:RECENT]:
        line(run, adapters.get(run.id))
    if len(ended) > RECENT:
        link("All runs", "training", training_view=RUNS)
