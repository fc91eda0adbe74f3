"""Archetypes on the Training page: who writes alike, what marks them, how sure that is, and what a person changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core import jobs
from core.drift.views import first_lines
from core.store import Actor
from core.store.tables import Intent
from core.store.tables_training import Archetype
from core.train import archetypes as voices
from core.voice.words import count, two_digits
from pages.ui.archetype_edit import changes
from pages.ui.archetype_plot import look_of, plot
from pages.ui.charts import look, show
from pages.ui.notice import answered, attempt, draw_again
from pages.ui.pieces import empty_state, evidence, link, plain, status_text
from pages.ui.shell import Here

LIVE = ("queued", "started")
WHAT = "Authors who write alike, whatever they write about. An archetype's adapter serves those with few posts."
EXPLAINED = """
- **What is compared**: words, sentences, who is spoken of, questions, hedging, punctuation, emoji. Not subjects, and
  not length, links, hashtags or line breaks: these belong to the place a text was written for.
- **Agreement**: the authors are grouped twice, each time from another half of everybody's posts. 1 means the same
  groups both times, 0 no more than chance (adjusted Rand index). The same is done with all posts dealt out among the
  authors at random; where that does as well, there is nothing to be seen and Timbre says so.
- **Distance**: 1 is how far two authors usually lie apart.
"""
OPEN = "archetypes_open"


def archetypes(here: Here) -> None:
    """All of it: the chart, each archetype, and the way to look again."""
    if opened := st.session_state.pop(OPEN, None):
        st.switch_page("pages/persona.py", query_params={"author": opened})
    evidence(WHAT)
    rows, last = voices.listed(), voices.last_look()
    if last is not None and last.status in LIVE:
        _looking(last.id)
    elif last is not None and last.status == "failed":
        st.warning(plain(f"{last.message} {last.hint}"))
    elif last is not None and last.result and not last.result.get("seen", True):
        st.info(plain(_nothing(last.result, bool(rows))))
    names = {author.id: author.name for author in here.authors}
    if rows:
        _shown(rows, names)
        for number, row in enumerate(rows):
            _one(number, row, rows, names, here)
    elif last is None:
        empty_state(
            "Nobody has looked for archetypes yet. From six authors with five posts each on, there may be some."
        )
    _ask(here, last, bool(rows))


def _shown(rows: Sequence[Archetype], names: Mapping[str, str]) -> None:
    said = [row for row in rows if row.clustering.get("axes")]
    if said:
        lines = first_lines([m["example"] for row in said for m in row.members if m.get("example")])
        alt = "; ".join(f"{row.name}: {', '.join(_names(row, names))}" for row in said)
        show(plot(said, names, lines, look()), "archetypes_plot", "archetypes", alt, on_select=_clicked)
        evidence(f"{_sure(said[0].clustering)} Click an author to open their persona.")
    with st.expander("How this is found"):
        st.markdown(EXPLAINED)


def _clicked() -> None:
    points = st.session_state["archetypes_plot"].selection.points
    if points and (data := points[0].get("customdata")):
        st.session_state[OPEN] = str(data[0])


def _names(row: Archetype, names: Mapping[str, str]) -> list[str]:
    return [names[m["author"]] for m in row.members if m["author"] in names]


def _sure(kept: Mapping[str, Any]) -> str:
    """How sure the grouping was when it was made."""
    if "stability" not in kept:
        return "Made by hand."
    sure, chance = (two_digits(max(0.0, kept[name])) for name in ("stability", "shuffled"))
    text = (
        f"Grouped twice from different halves of everybody's posts, the groups agree by {sure} of 1; "
        f"with the posts shuffled among the authors, by {chance} at best."
    )
    return f"{text} Changed by hand since." if kept.get("by_hand") else text


def _nothing(result: Mapping[str, Any], there: bool) -> str:
    if why := result.get("why"):
        return f"{why} {result.get('hint', '')}"
    text = (
        f"No archetypes to be seen among {count(result['authors'], 'author')}: groups made from halves of their posts "
        f"agree by {two_digits(max(0.0, result['stability']))} of 1, and posts dealt out at random come to "
        f"{two_digits(max(0.0, result['shuffled']))}."
    )
    return f"{text} {'The archetypes below were left as they are.' if there else 'More posts an author may show some.'}"


# ---- one archetype --------------------------------------------------------------------------------------------


def _one(number: int, row: Archetype, rows: Sequence[Archetype], names: Mapping[str, str], here: Here) -> None:
    colour, _, sign = look_of(number)
    with st.container(border=True, key=f"archetype_{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(f'<span style="color:{colour}" aria-hidden="true">{sign}</span>', width="content")
            st.markdown(f"**{plain(row.name)}** · {count(len(_names(row, names)), 'author')}{_pinned(row)}")
        for mark in row.marks[:4]:
            st.markdown(f"- {plain(_mark(mark))}")
        if not row.marks:
            evidence("Nothing sets them apart by much: they write as most do here.")
        evidence(_members(row, names))
        if row.examples:
            with st.expander("Posts that show it"):
                _examples(row, names)
        if here.actor.role != "reader":
            changes(row, rows, names, here.actor)


def _pinned(row: Archetype) -> str:
    return f"  {status_text('ok', 'Pinned')}" if row.pinned else ""


def _mark(mark: Mapping[str, Any]) -> str:
    said = str(mark["said"])
    value, others = (_figure(mark[name], str(mark["unit"])) for name in ("value", "others"))
    return f"{said[:1].upper()}{said[1:]} ({value}; the others {others})"


def _figure(value: float, unit: str) -> str:
    if unit.startswith("share"):
        return f"{value:.0%}"
    return f"{two_digits(value)} {unit}"


def _members(row: Archetype, names: Mapping[str, str]) -> str:
    """The members with how far they lie from the middle of it, the nearest first."""
    known = [m for m in row.members if m["author"] in names]
    known.sort(key=lambda m: (m["distance"] is None, m["distance"] or 0.0))
    said = [
        names[m["author"]]
        + (f" {two_digits(m['distance'])}" if m["distance"] is not None else " (no posts yet)")
        + (", held here" if m["pinned"] else "")
        for m in known
    ]
    return "Distance from the middle: " + "; ".join(said)


def _examples(row: Archetype, names: Mapping[str, str]) -> None:
    lines = first_lines(list(row.examples))
    by_example = {str(m.get("example")): str(m["author"]) for m in row.members}
    for sample_id in row.examples:
        author = by_example.get(sample_id, "")
        if author in names and sample_id in lines:
            st.markdown(f"> {plain(' '.join(lines[sample_id].split()))}")
            link(plain(f"Open it in {names[author]}'s style"), "style", author=author, post=sample_id)


# ---- looking again --------------------------------------------------------------------------------------------


def _ask(here: Here, last: Intent | None, there: bool) -> None:
    if here.actor.role == "reader" or (last is not None and last.status in LIVE):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.selectbox(
            "How many", [0, *range(voices.FEWEST, voices.MOST + 1)], key="archetypes_k",
            format_func=lambda n: "As many as hold" if n == 0 else f"{n}", width=200,
        )  # fmt: skip
        label = "Look again" if there else "Look for archetypes"
        st.button(label, key="archetypes_look", type="secondary" if there else "primary",
                  on_click=_look, args=(here.actor, wanted or None))  # fmt: skip
    if there:
        evidence("Pinned archetypes and held members stay; one that is found again keeps the name you gave it.")


def _look(actor: Actor, k: int | None) -> None:
    attempt(lambda: voices.look(actor, k))


@st.fragment(run_every=1.0)
@answered
def _looking(intent_id: str) -> None:
    """The job, until it has ended; then the page is drawn again."""
    intent = jobs.get(intent_id)
    if intent.status not in LIVE:
        draw_again()
    text = intent.message or "Waiting for the worker"
    st.progress(min(1.0, intent.done / intent.total) if intent.total else 0.0, text=plain(text))
