"""One run at its own address: what came of it, its exam, its losses, its adapter, what it learnt from, its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import NotFound
from core.review.lifecycle import has_role
from core.store.base import now
from core.store.tables_training import Adapter, TrainingRun
from core.train import commands, registry, verdict, withdrawal
from pages.ui.charts import SERIES, look, show
from pages.ui.notice import attempt
from pages.ui.pieces import ago, evidence, link, plain, status_text
from pages.ui.shell import Here, show_error
from pages.ui.training_adapter import card, consent_ended, decide, delete, elsewhere, strength
from pages.ui.training_chart import Beside, compare_gains, gains_finding
from pages.ui.training_exam import exam_table, how_it_was_judged, pairs
from pages.ui.training_images import IMAGE, OF_IMAGES, pictures, waits
from pages.ui.training_live import draw_losses, live, log, samples
from pages.ui.training_runs import SETTINGS, name_of
from pages.ui.training_table import Cell, grid, phases
from pages.ui.training_words import LIVE, about, gain_of, length, phase_states, size, times_only, took


def asked_run() -> TrainingRun | None:
    """The run that the URL names, or None; one that is gone is said to be."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    try:
        return commands.run(run_id)
    except NotFound as error:
        show_error(error)
        return None


def run_page(run: TrainingRun, here: Here) -> None:
    """One run from start to end; the same on every machine, whenever it is opened."""
    link("All runs", "training", training_view="Runs")
    adapter = registry.of_run(run.id)
    st.subheader(plain(name_of(run, adapter)), anchor=False)
    if run.status in LIVE:
        live(run.id, here, whole=True)
        _learnt_from(run)
        return
    gone = withdrawal.of_run(run.id) if adapter is None else ""
    if adapter is not None and adapter.exam:
        _outcome(run, adapter, here)
    else:
        _ending(run, adapter, here, gone)
    _worth_knowing(run)
    if run.history:
        draw_losses(run, run.history)
    agreed = not gone and (adapter is None or withdrawal.ended(adapter.id) is None)
    if agreed:
        (pictures(run.id, run.samples) if run.kind == IMAGE and run.samples else samples(run.samples))
    _learnt_from(run)
    if adapter is not None and not adapter.deleted_at:
        card(adapter)
        if adapter.kind == "voice" and adapter.passed and agreed:
            elsewhere(adapter, here)
    _settings(run)
    log(run.id)
    with st.container(horizontal=True):
        if adapter is not None and not adapter.deleted_at:
            delete(adapter, here)
        elif adapter is None and has_role(here.actor, "editor"):
            st.button(
                "Remove from the list", key="training_forget", on_click=_forget, args=(run, here), type="tertiary"
            )


def _worth_knowing(run: TrainingRun) -> None:
    """What came otherwise than was asked for."""
    told = run.progress or {}
    start = str((told.get("extra") or {}).get("start") or "")
    aside = [f"{start[0].upper()}{start[1:]}."] if start.startswith("begun afresh") else []
    for said in [*(told.get("warnings") or []), *aside]:
        st.markdown(f":orange[▲ {plain(str(said))}]")


def _outcome(run: TrainingRun, adapter: Adapter, here: Here) -> None:
    """What the exam said, the decision, and the texts that it rests on."""
    exam: Mapping[str, Any] = adapter.exam or {}
    if adapter.passed is not None:
        st.markdown(f"{status_text('done', 'Passed') if adapter.passed else status_text('failed', 'Not passed')} "
                    f"**{plain(outcome(adapter))}**")  # fmt: skip
    evidence(_when(run))
    ended = withdrawal.ended(adapter.id)
    if adapter.deleted_at:
        evidence(f"Its files were deleted {ago(adapter.deleted_at, now())}. What its exam said stays.")
    elif ended:
        consent_ended(ended)
    elif adapter.passed:
        decide(adapter, here)
    if adapter.kind == IMAGE and not adapter.deleted_at:
        waits(adapter, here)
    exam_table(exam, adapter)
    if adapter.kind == "voice" and (helps := verdict.advice(exam)):
        st.markdown("\n".join(["**What may help**", "", *(f"- {said}" for said in helps)]))
    how_it_was_judged(exam, adapter.kind)
    if gain_of(exam) and adapter.kind == "voice":
        one = Beside(name_of(run, adapter), run, run.history, exam, SERIES[0])
        passed = [one] if adapter.passed else []
        show(compare_gains([one], look()), "training_gain", f"exam {one.name}", gains_finding([one], passed))
    if ended:
        return
    pairs(exam, _writer(adapter, here), f"pair_{adapter.id[-6:]}")
    if not adapter.deleted_at and adapter.kind in ("voice", IMAGE) and adapter.passed:
        strength(adapter, here)


def outcome(adapter: Adapter) -> str:
    """What an exam came to, in a sentence: the first rule that was not passed says why."""
    if adapter.passed is None:
        what = "Its contact sheet waits to be rated" if adapter.kind == IMAGE else "It has not sat its exam"
        return f"{what}, so it is not used."
    rules = (adapter.exam or {}).get("verdict") or []
    missed = [str(rule.get("name") or "").rstrip("?") for rule in rules if rule.get("passed") is False]
    if adapter.passed:
        return "It passed every part of its exam."
    return f"It missed {len(missed)} of {len(rules)} parts of its exam, so it is kept and not used."


def _writer(adapter: Adapter, here: Here) -> str:
    return next((a.name for a in here.authors if a.id == adapter.author_id), adapter.title)


def _ending(run: TrainingRun, adapter: Adapter | None, here: Here, gone: str) -> None:
    """How a run ended that has no exam, and what to do next."""
    stopped = run.status == "cancelled"
    evidence(f"{about(run)}. {_when(run)}")
    if run.status != "done":
        phases(phase_states(run))
        what = run.message or ("This run was stopped." if stopped else "This run failed.")
        measured = times_only(run)
        hint = run.hint or ("Measure again whenever you like." if measured else "What it had saved is kept.")
        hint = gone or hint
        (st.info if stopped else st.error)(f"**{plain(what)}**\n\n{plain(hint)}")
        if has_role(here.actor, "editor") and not measured and not gone:
            kept = run.kind == IMAGE or commands.saved(run.id)
            ask = "Go on from its last save" if kept else "Begin it again"
            st.button(ask, type="primary", key="training_go_on", on_click=_go_on, args=(run, here, kept))
    elif adapter is not None:
        decide(adapter, here)


def _go_on(run: TrainingRun, here: Here, kept: bool) -> None:
    def work() -> None:
        st.query_params["run"] = commands.go_on(run.id, here.actor)

    attempt(work, "Asked for. It goes on from the newest save that is whole." if kept else "Asked for.")


def _forget(run: TrainingRun, here: Here) -> None:
    if attempt(lambda: commands.forget(run.id, here.actor), "Removed. The posts stay where they are."):
        st.query_params.pop("run", None)


def _when(run: TrainingRun) -> str:
    said = f"Begun {ago(run.created_at, now())}" + (f" by {run.by}" if run.by else "")
    if run.started_at and run.finished_at:
        told = (run.progress or {}).get("memory")
        said += f"; it took {length(took(run))}" + (f" and {size(told)} of memory" if told else "")
        expected = (run.estimate or {}).get("seconds")
        said += f" ({length(expected)} were expected)" if expected else ""
    return f"{said}."


def _learnt_from(run: TrainingRun) -> None:
    """The data of a run: how much, from when to when, what was left out, whose consent."""
    told = run.dataset or {}
    if not told:
        return
    with st.expander("What it learnt from"):
        grid([{"What": name, "Found": value} for name, value in data_rows(told)], "The data of this run")


def data_rows(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A dataset's record in plain words."""
    span = told.get("span") or {}
    leak = told.get("leakage") or {}
    if told.get("split_by") == "brief":
        return _label_rows(told)
    if "captioned" in told:
        return _photo_rows(told)
    rows = [
        ("Trained on", f"{int(told.get('train') or 0):,}{_span(span.get('train'))}"),
        ("Kept back for the exam", f"{int(told.get('held') or 0):,}{_span(span.get('held'))}"),
        ("Split", "by date: the newest are kept back" if told.get("split_by") == "date" else "by order, as dates miss"),
    ]
    if leak:
        found = int(leak.get("pairs_found") or 0)
        said = f"{found:,} posts were near one that is kept back; {int(leak.get('removed') or 0):,} were taken out"
        rows.append(("Leakage", said if found else "no post is near one that is kept back"))
    left = told.get("left_out") or {}
    if left:
        rows.append(("Left out", ", ".join(f"{count:,} ({why})" for why, count in left.items())))
    if told.get("hash"):
        rows.append(("Hash", str(told["hash"])[:16]))
    return rows


def _label_rows(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same of a small measure, which is learnt from what people said of texts."""
    kinds = f" ({told['generic']:,} called generic, {told['liked']:,} liked)" if "generic" in told else ""
    rows = [
        ("Learnt from", f"{int(told.get('train') or 0):,} {'texts' if kinds else 'blind votes'}{kinds}"),
        ("Split", f"by brief, {told.get('briefs', 0):,} of them: each was judged by weights learnt without it"),
    ]
    if told.get("held"):
        rows.append(("Your own people's posts", f"{told['held']:,}, to keep the line where it is"))
    if left := told.get("left_out"):
        rows.append(("Left out", ", ".join(f"{count:,} ({why})" for why, count in left.items())))
    return [*rows, ("Hash", str(told.get("hash") or "")[:16])]


def _photo_rows(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same of a likeness, which is learnt from photos."""
    agreed = [f"{who.get('by')}, {str(who.get('at') or '')[:10]}" for who in (told.get("consent") or {}).values()]
    return [
        ("Photos", f"{int(told.get('train') or 0):,}, {int(told['captioned']):,} with a caption that a person wrote"),
        ("Consent", "; ".join(agreed)),
        ("Hash", str(told.get("hash") or "")[:16]),
    ]


def _span(span: Any) -> str:
    return f", {str(span[0])[:10]} to {str(span[1])[:10]}" if isinstance(span, list) and len(span) == 2 else ""


def _settings(run: TrainingRun) -> None:
    with st.expander("Settings"):
        told, names = run.settings or {}, OF_IMAGES if run.kind == IMAGE else SETTINGS
        rows: list[dict[str, Cell]] = [
            {"Setting": name, "Value": str(told[name])} for name in names if told.get(name) not in (None, "")
        ]
        grid(rows, "Settings of this run")
        if run.start_adapter_id:
            evidence(f"It began from adapter {run.start_adapter_id}.")
