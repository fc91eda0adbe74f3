"""Learning a likeness from photos: beginning a training, the ones that run, what came of them and its contact sheet."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from core.errors import TimbreError
from core.images import consent, likeness_runs, photos
from core.images.likeness_plan import Method
from core.review.lifecycle import has_role
from core.store.tables_images import PhotoSet
from core.store.tables_training import Adapter, TrainingRun
from core.train import registry
from pages.ui.images_sheet import sheet
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_adapter import decide, scope_of, strength
from pages.ui.training_words import LIVE, adapter_name, length

METHODS: Final[dict[Method, str]] = {"dreambooth": "On this machine", "fal": "With fal"}


def train(row: PhotoSet, here: Here) -> None:
    """Begin a training, or why none can begin; the one that runs has a link."""
    live = [run for run in photos.runs(row.id) if run.status in LIVE]
    st.markdown("**Learn what they look like**")
    if live:
        _live(live[0])
        return
    if why := consent.why_not_trained(row.id):
        evidence(why)
        return
    if not has_role(here.actor, "editor"):
        return
    key = f"photos_train_{row.id}"
    problems = {one: likeness_runs.why_not(one) for one in METHODS}
    ready: Method = next((one for one in METHODS if not problems[one]), "dreambooth")
    method: Method = st.segmented_control("Where", list(METHODS), default=ready, required=True, key=f"{key}_how",
                                          format_func=METHODS.__getitem__) or ready  # fmt: skip
    if problem := problems[method]:
        evidence(problem)
        return
    effort = st.select_slider("Effort", list(likeness_runs.EFFORTS), "standard", key=f"{key}_effort", width=420)
    evidence(likeness_runs.EFFORTS[effort])
    by_hand = _advanced(row.id, method, effort, key)
    if method == "fal":
        st.markdown(":orange[▲ The photos leave this machine for the training: they are sent to fal.ai.]")
    st.button("Begin the training", key=key, type="primary", on_click=_start, args=(row.id, method, by_hand, here))


def _advanced(set_id: str, method: Method, effort: str, key: str) -> dict[str, Any]:
    """The settings, with those that a person changes, and what it will take."""
    plan, about = likeness_runs.proposed(set_id, method, {"effort": effort})
    out: dict[str, Any] = {"effort": effort}
    with st.expander("Advanced"):
        steps = st.number_input("Steps", 50, 10_000, plan.steps, 50, key=f"{key}_steps_{effort}_{method}", width=200)
        rate = st.number_input("Learning rate", 1e-6, 1e-2, plan.rate, format="%.6f", width=200,
                               key=f"{key}_rate_{effort}_{method}")  # fmt: skip
        out |= {"steps": int(steps)} if steps != plan.steps else {}
        out |= {"rate": float(rate)} if rate != plan.rate else {}
        if method == "dreambooth":
            side = st.number_input("Resolution", 8, 2048, about.resolution, 8, key=f"{key}_side_{effort}", width=200)
            out |= {"resolution": int(side)} if side != about.resolution else {}
    try:
        _takes(likeness_runs.expected(*likeness_runs.proposed(set_id, method, out)))
    except TimbreError as error:
        st.markdown(f":orange[▲ {plain(str(error))}]")
    return out


def _takes(expected: dict[str, Any]) -> None:
    seconds, cost = expected.get("seconds"), expected.get("cost")
    said = [f"{expected['steps']:,} steps"]
    said.append(f"about {length(seconds)}" if seconds else "how long is not known before the first one")
    if "cost" in expected:
        said.append(f"about {cost:.2f} {expected.get('currency') or ''}".strip() if cost is not None
                    else "its price is not known here")  # fmt: skip
    evidence(f"{', '.join(said)}.")


def _start(set_id: str, method: Method, by_hand: dict[str, Any], here: Here) -> None:
    attempt(
        lambda: likeness_runs.start(set_id, method, by_hand, here.actor),
        "The training is asked for. You can leave this page: it goes on, and is listed under Training.",
    )


def _live(run: TrainingRun) -> None:
    step, steps = run.progress.get("step"), run.progress.get("steps")
    far = f": step {step:,} of {steps:,}" if step and steps else ""
    st.markdown(status_text("running", f"A training is running{far}"), width="content")
    link("See how it goes", "training", run=run.id)


# ---- what came of it -----------------------------------------------------------------------------------------


def learnt(row: PhotoSet, here: Here) -> None:
    """The likenesses that were learnt from these photos: sheet, use, strength. The newest is open."""
    for number, adapter in enumerate(photos.likenesses(row.id)):
        with st.expander(_title(adapter), expanded=number == 0):
            _one(adapter, here)


def _title(adapter: Adapter) -> str:
    live = registry.live(adapter.kind, scope_of(adapter))
    if live is not None and live.id == adapter.id:
        said = "in use"
    else:
        said = {None: "to be rated", True: "accepted", False: "turned down"}[adapter.passed]
    return plain(f"{adapter_name(adapter)}: {said}")


def _one(adapter: Adapter, here: Here) -> None:
    decide(adapter, here)
    sheet(adapter, here)
    for rule in (adapter.exam or {}).get("verdict") or []:
        if rule.get("decides") is False:
            evidence(str(rule["said"]))
    if adapter.passed:
        strength(adapter, here)
    link("Its training", "training", run=adapter.run_id or "")
