"""What the Style page shows: one author, two of them, or two periods of one. The choice is kept in the URL."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from core import drift, style
from core.store.tables import Author
from core.style import StyleView
from pages.ui.charts import SERIES, author_colour
from pages.ui.pieces import evidence
from pages.ui.shell import Here
from pages.ui.style_findings import Side

ONE, AUTHORS, PERIODS = "One author", "Two authors", "Two periods"


def sides(here: Here, author: Author) -> list[Side]:
    """What is shown: the author, with another one beside it, or two periods. Missing measures are taken first."""
    others = {a.id: a for a in here.authors if a.id != author.id}
    other = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control(
            "Show", [ONE, AUTHORS, PERIODS], default=ONE, required=True, key="style_show", bind="query-params"
        )
        if mode == AUTHORS and others:
            other = st.selectbox(
                "Beside", list(others), format_func=lambda i: others[i].name, width=260, key="style_beside",
                bind="query-params",
            )  # fmt: skip
    if mode == AUTHORS and not others:
        evidence("There is only one author. Add another one's writing on the Samples page to compare them.")
    mine = _side(here, author)
    if other:
        return [mine, _side(here, others[other])]
    return _periods(mine) if mode == PERIODS else [mine]


def _side(here: Here, author: Author) -> Side:
    view = style.view(author.id)
    if view.missing:
        bar, left = st.progress(0.0, "Measuring posts"), view.missing
        while left:
            left = style.measure_missing(author.id, here.actor)
            bar.progress(max(0.0, 1 - left / view.missing), f"Measuring posts: {left:,} to go")
        bar.empty()
        view = style.view(author.id)
    return Side(author.name, view, author_colour(author.id), drift.state(author.id))


def _periods(whole: Side) -> list[Side]:
    if whole.view.n < 2 * style.ENOUGH:
        evidence("Two periods need at least six posts.")
        return [whole]
    cuts = _by_date(whole.view) if whole.view.dated else _by_order(whole.view)
    if not cuts:
        evidence("All posts have the same date: there are no two periods to show.")
        return [whole]
    later = SERIES[(SERIES.index(whole.colour) + 2) % len(SERIES)]
    return [
        Side(whole.name, view, colour, whole.drift, period)
        for (period, view), colour in zip(cuts, (whole.colour, later), strict=True)
    ]


def _by_date(view: StyleView) -> list[tuple[str, StyleView]]:
    days = [instant.date() for instant in view.dates if instant]
    first, middle, last = days[0], days[len(days) // 2], days[-1]
    if first == last:
        return []
    usual = ((first, max(first, middle - timedelta(days=1))), (middle, last))
    out = []
    for column, name, value in zip(st.columns(2, gap="large"), ("First", "Second"), usual, strict=True):
        with column:
            start, end = st.slider(f"{name} period", first, last, value, key=f"style_{name.lower()}_{view.author_id}")
        out.append((f"{_month(start)} to {_month(end)}", view.between(start, end)))
    return out


def _by_order(view: StyleView) -> list[tuple[str, StyleView]]:
    half = view.n // 2
    out = []
    for column, name, value in zip(
        st.columns(2, gap="large"), ("First", "Second"), ((1, half), (half + 1, view.n)), strict=True
    ):
        with column:
            start, end = st.slider(f"{name} period", 1, view.n, value, key=f"style_{name.lower()}_{view.author_id}")
        out.append((f"posts {start:,} to {end:,}", view.span(start - 1, end - 1)))
    return out


def _month(day: date) -> str:
    return f"{day:%b %Y}"
