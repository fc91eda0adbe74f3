"""An exam: what was asked, what was found, and the texts it was found on, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import samples
from core.errors import NotFound
from core.store.tables_training import Adapter
from core.train import ballots
from pages.ui.pieces import evidence, plain
from pages.ui.post_card import linkedin_card
from pages.ui.training_images import HOW, IMAGE
from pages.ui.training_table import Cell, Mark, grid
from pages.ui.training_words import length

WHAT_IT_IS = """
- **Who judges.** A measure that no training and no choice of variants has ever used, made from other writers' grammar
  and word habits. It compares each text with the author's own posts that were kept back, all newer than those
  trained on.
- **Against what.** The same base with the same brief and the same exemplars, only without the adapter.
- **The gain.** 0 would be as near as without the adapter; the unit is how far the author's own posts usually lie from
  each other.
- **The interval.** Briefs are drawn again and again; the gain lies in it 95 times in 100. All of it has to be above 0.
- **What it does not say.** Whether a post is good. Read the pairs below. Once it is in use, an experiment in
  the Lab with and without it lets people compare blind; what they say then stands among the rows.
"""
OF_LABELS = """
- **What is asked.** What your team said of texts: each label is told by weights that were learnt without its brief, and
  by the ones in use now.
- **How sure.** Briefs are drawn again and again; with 99 in 100 the gain has to be above 0. Labels are looked at again
  with every training, so this is stricter than for a voice.
- **What it does not say.** Whether your team is right. With other labels it learns something else.
"""


def verdict_mark(passed: bool | None) -> Mark:
    """Whether an exam was passed, as a cell."""
    if passed is None:
        return Mark("open", "No exam")
    return Mark("good", "Passed") if passed else Mark("bad", "Not passed")


def exam_table(exam: Mapping[str, Any], adapter: Adapter | None = None) -> None:
    """A row a rule: what was asked, what was found, whether it was passed; below them the votes that there are now."""
    voted = ballots.rule(adapter) if adapter else None
    rows: list[Mapping[str, Cell]] = [
        {
            "What was asked": str(rule.get("name") or ""),
            "What was found": str(rule.get("said") or ""),
            "Result": _mark(rule),
        }
        for rule in [*(exam.get("verdict") or []), *([voted] if voted else [])]
    ]
    grid(rows, "The exam, a row a rule")


def _mark(rule: Mapping[str, Any]) -> Mark:
    """Of one rule: a person may still have to say, and some only tell."""
    if rule.get("passed") is None:
        return Mark("open", "Not yet" if rule.get("decides", True) else "Decides nothing")
    return verdict_mark(rule["passed"])


def how_it_was_judged(exam: Mapping[str, Any], kind: str = "voice") -> None:
    """What the exam is, and by which version of the judge."""
    with st.expander("How it is judged"):
        st.markdown(HOW if kind == IMAGE else OF_LABELS if kind in ("genericness", "reranker") else WHAT_IT_IS)
        seconds = exam.get("seconds")
        by = exam.get("judge") or exam.get("judge_version")
        said = [f"Judge: {by}." if by else "", f"It took {length(seconds)}." if seconds else ""]
        if any(said):
            evidence(" ".join(part for part in said if part))


def pairs(exam: Mapping[str, Any], author: str, key: str) -> None:
    """What both wrote for one held-out brief, a brief at a time."""
    texts = [one for one in exam.get("texts") or [] if one.get("base") and one.get("adapter")]
    if not texts:
        return
    at = int(st.session_state.get(key, 0)) % len(texts)
    one = texts[at]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Brief {at + 1} of {len(texts)}: {plain(_brief(one.get('brief')))}**", width="content")
        if len(texts) > 1:
            st.button("Earlier", key=f"{key}_back", on_click=_to, args=(key, at - 1), type="tertiary")
            st.button("Next", key=f"{key}_on", on_click=_to, args=(key, at + 1), type="tertiary")
    sides = {"Exemplars alone": str(one["base"]), "With the adapter": str(one["adapter"])}
    if own := _own(str(one.get("id") or "")):
        sides["The post itself"] = own
    with st.container(horizontal=True, gap="medium", key=f"training_pair_{key}"):
        for number, (title, text) in enumerate(sides.items()):
            with st.container(key=f"{key}_{number}"):
                st.caption(title)
                linkedin_card(author, "", text, fold=False)


def _own(sample_id: str) -> str:
    """The post behind the brief, where it is still there."""
    try:
        return samples.get(sample_id).text if sample_id else ""
    except NotFound:
        return ""


def _brief(brief: object) -> str:
    said = brief.get("topic") if isinstance(brief, Mapping) else brief
    said = " ".join(str(said or "no topic").split())
    return said if len(said) < 100 else f"{said[:98]}…"


def _to(key: str, at: int) -> None:
    st.session_state[key] = at
