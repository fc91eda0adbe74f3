"""The steps of a run: what each took, what went in and came out, and what the model was asked, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core.generate import commands as generate
from core.store.base import now
from core.store.tables import ModelCall, Run, RunStep
from pages.ui.pieces import plain, status_text

NAMES = {
    "retrieve": "Find the author's closest posts",
    "plan": "Plan the angles",
    "draft": "Draft",
    "critique": "Check against the list",
    "rewrite": "Rewrite",
    "measure": "Measure",
    "score": "Compare the scores",
    "rank": "Put in order",
    "outline": "Make an outline",
    "section": "Write section",
    "revise": "Change what was asked for",
    "adapt": "Make the other form",
    "keep": "Check and keep",
}


def step_name(key: str) -> str:
    """A step's key in plain words: `draft:2` is `Draft 2`."""
    kind, _, rest = key.partition(":")
    return f"{NAMES.get(kind, kind.replace('_', ' ').capitalize())} {rest.replace(':', ', ')}".strip()


def spell(length: timedelta) -> str:
    """A duration to the precision that matters."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 100 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _between(start: datetime | None, end: datetime | None) -> timedelta:
    return (end or now()) - start if start else timedelta()


def took(run: Run) -> timedelta:
    """How long a run has taken, up to now while it lives."""
    return _between(run.started_at, run.finished_at)


def run_state(run: Run) -> str:
    """How a run stands, as `status_text` names it: one that is done and has a message came to nothing."""
    return "nothing" if run.status == "done" and run.message else run.status


def listed(steps: Sequence[RunStep]) -> None:
    """Every step on a line, with its state and time."""
    lines = []
    for step in steps:
        again = f", attempt {step.attempts}" if step.attempts > 1 else ""
        time = spell(_between(step.started_at, step.finished_at))
        lines.append(f"{status_text(step.status)} {plain(step_name(step.key))} :gray[{time}{again}]")
    st.markdown("  \n".join(lines) or "No step has begun yet.")


def opened(run_id: str, steps: Sequence[RunStep], where: str) -> None:
    """One step from inside: what went in, what came out, with which prompt."""
    keys = [s.key for s in steps]
    chosen = st.selectbox("Open a step", keys, index=None, format_func=step_name, key=f"run_step_{where}",
                          placeholder="Open a step", label_visibility="collapsed", width=420)  # fmt: skip
    step = next((s for s in steps if s.key == chosen), None)
    if step is None:
        return
    prompt = f"Prompt `{step.prompt}`" if step.prompt else "No prompt: this step is done by code"
    st.caption(plain(f"{prompt}. Begun {step.started_at:%H:%M:%S} UTC, attempt {step.attempts}."))
    for title, value in (("What went in", step.input), ("What came out", step.output)):
        st.markdown(f"**{title}**")
        _value(value)
    for call in generate.calls(run_id, step.key):
        _call(call)


def _call(call: ModelCall) -> None:
    """One call of the model: the prompt as it was sent, and the answer as it came."""
    took = f"{call.tokens_in:,} tokens read, {call.tokens_out:,} written, {call.milliseconds / 1000:.1f} s"
    with st.expander(plain(f"Call {call.seq} of {call.model}: {took}")):
        request = call.request or {}
        for title, said in (("Told as its role", request.get("system")), ("Asked", request.get("prompt"))):
            if said:
                st.caption(title)
                with st.container(border=True, height=260 if len(str(said)) > 600 else "content"):
                    st.text(str(said))
        for number, answer in enumerate(generate.answers(call), 1):
            st.caption(f"Answer {number}")
            st.text(answer)


def _value(value: dict[str, Any]) -> None:
    """A step's data: text as text, the rest as it is."""
    texts = {k: v for k, v in value.items() if isinstance(v, str) and (len(v) > 60 or "\n" in v)}
    for name, text in texts.items():
        st.caption(plain(name.replace("_", " ")))
        with st.container(border=True, height=260 if len(text) > 600 else "content"):
            st.text(text)
    rest = {k: v for k, v in value.items() if k not in texts}
    if rest or not value:
        st.json(rest, expanded=2)
