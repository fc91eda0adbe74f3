"""Training's parts: the first answer, what runs, what waits for a decision, what is in use, and the way to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.review.lifecycle import has_role
from core.store.base import now
from core.store.tables import Author
from core.store.tables_training import Adapter, Promotion, TrainingRun
from core.train import commands, registry, withdrawal
from core.train.scope import Scope
from pages.ui.notice import attempt
from pages.ui.pieces import ago, empty_state, evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_adapter import consent_ended, decide, delete, scope_of
from pages.ui.training_exam import exam_table
from pages.ui.training_live import live
from pages.ui.training_run import outcome
from pages.ui.training_runs import line
from pages.ui.training_words import LIVE, adapter_name, gain_of, gain_said, run_name, strength_said, times_only

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
        if times_only(first):
            parts.append(f"The first steps for {run_name(first)} are being measured{more}.")
        else:
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
    if times_only(run):
        return f"The last run measured the first steps for {run_name(run)}."
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
    _withdrawn(here)
    _in_use(here)
    waiting = {adapter.run_id for adapter in found.waiting}
    ended = [run for run in rows if run.status not in LIVE and run.id not in waiting and not times_only(run)]
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


def _withdrawn(here: Here) -> None:
    """What has learnt from somebody who agrees no longer: nothing uses it, and what is to be done about it."""
    found = withdrawal.listed()
    if not found:
        return
    st.subheader("Consent has ended", anchor=False)
    for one in found[:WAITING]:
        with st.container(border=True, key=f"training_ended_{one.adapter.id[-6:]}", gap="xsmall"):
            link(plain(adapter_name(one.adapter)), "training", run=one.adapter.run_id or "")
            consent_ended(one)
            delete(one.adapter, here)
    if len(found) > WAITING:
        evidence(f"{len(found) - WAITING:,} more have learnt from them; they stand among the runs.")


def _in_use(here: Here) -> None:
    """What is applied to whose texts now."""
    found: list[tuple[Promotion, Adapter]] = registry.in_use()
    st.subheader("In use", anchor=False)
    if here.author is not None:
        _for_author(here.author, here)
    for promotion, adapter in found:
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"training_use_{promotion.id}"
        ):
            st.markdown(status_text("ok", "In use"), width="content")
            link(plain(adapter_name(adapter)), "training", run=adapter.run_id or "")
            st.caption(plain(_since(promotion, adapter)), width="content")


def _for_author(author: Author, here: Here) -> None:
    """What writes for one author and why; that none does is a decision, and can be taken back."""
    serving = registry.serving(author.id)
    said = f"{serving.title}. {serving.why}" if serving else registry.why_not(author.id)
    evidence(f"For {author.name}: {said}")
    if not has_role(here.actor, "editor"):
        return
    if off := registry.switched_off(author.id):
        st.button("Let adapters be used again", key="training_lift", on_click=_lift, args=(off, author, here),
                  help="What would be used had nobody decided: that of the archetype, or of those near.")  # fmt: skip
    elif serving:
        st.button(f"Use none for {plain(author.name)}", key="training_none", type="tertiary", on_click=_none,
                  args=(author, here),
                  help="Not their archetype's either, until somebody promotes one or takes this back.")  # fmt: skip


def _lift(scope: str, author: Author, here: Here) -> None:
    def work() -> None:
        registry.lift("voice", Scope.of_key(scope), here.actor)

    attempt(work, f"Taken back. What is used for {author.name} now stands under In use.")


def _none(author: Author, here: Here) -> None:
    attempt(
        lambda: registry.stop("voice", Scope(author_id=author.id), here.actor),
        f"No adapter is used for {author.name} any more, nor their archetype's.",
    )


def _since(promotion: Promotion, adapter: Adapter) -> str:
    strength = strength_said(adapter)
    at = f"{strength} · " if strength else ""
    by = f" by {promotion.by}" if promotion.by else ""
    return f"{at}{_gained(adapter, promotion.created_at)}{by}"


def _lately(ended: Sequence[TrainingRun]) -> None:
    st.subheader("Learnt lately", anchor=False)
    adapters = registry.made([run.id for run in ended[:RECENT]])
    for run in ended[:RECENT]:
        line(run, adapters.get(run.id))
    if len(ended) > RECENT:
        link("All runs", "training", training_view=RUNS)
