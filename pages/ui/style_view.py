"""The Style page's parts: what to compare, the finding, the odd posts, the small multiples, one opened post, export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from analytics.compare import higher
from analytics.features import FEATURES
from core import authors, samples, style
from core.errors import NotFound
from core.store.tables import Author
from core.style import StyleView
from pages.ui.charts import SERIES, author_colour, look, show
from pages.ui.pieces import empty_state, evidence, plain
from pages.ui.post_card import linkedin_card
from pages.ui.shell import Here
from pages.ui.style_charts import HABITS, MEASURES, Side, habits, small, timeline, weekly, when

MODES = {"one": "One author", "authors": "Two authors", "periods": "Two periods"}
OPEN, TURN = "post", "style_turn"
"""The URL's name for the opened post; and what gives charts fresh keys once it is closed, so that it can be clicked again."""


@st.cache_resource(max_entries=96, show_spinner=False)
def _drawn(_draw: Callable[[], go.Figure], *key: object) -> go.Figure:
    """A figure, kept while what it shows is the same; nobody changes one that was drawn."""
    return _draw()


def sides(here: Here) -> list[Side]:
    """What is shown: the author, with another one beside it, or two periods. Missing measures are taken first."""
    assert here.author is not None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control(
            "Show", list(MODES), format_func=MODES.__getitem__, default="one", key="style_mode", required=True
        )
        others = [a for a in here.authors if a.id != here.author.id]
        other = None
        if mode == "authors" and others:
            names = {a.id: a.name for a in others}
            other = st.selectbox("Beside", list(names), format_func=names.__getitem__, key="style_other", width=260)
    if mode == "authors" and not others:
        evidence("There is only one author. Add another one's writing on the Samples page to compare them.")
    mine = _side(here, here.author)
    if other:
        return [mine, _side(here, next(a for a in others if a.id == other))]
    return _periods(mine) if mode == "periods" else [mine]


def _side(here: Here, author: Author) -> Side:
    left = style.measure_missing(author.id, here.actor)
    if left:
        bar, total = st.progress(0.0, "Measuring"), left
        while left:
            left = style.measure_missing(author.id, here.actor)
            bar.progress(1 - left / total, f"Measuring posts: {left:,} to go")
        bar.empty()
    return Side(author.name, style.view(author.id), author_colour(author.id))


def _periods(whole: Side) -> list[Side]:
    view = whole.view
    if view.n < 2 * style.ENOUGH:
        evidence("Two periods need at least six posts.")
        return [whole]
    left, right = st.columns(2, gap="large")
    middle = view.n // 2
    ends: tuple[Any, Any, Any] = (1, middle, view.n)
    if view.dated:
        first, half, last = (view.dates[at] for at in (0, middle, view.n - 1))
        assert first and half and last
        ends = (first.date(), half.date(), last.date())
    if ends[0] == ends[2]:
        evidence("All posts have the same date: there are no two periods to show.")
        return [whole]
    with left:
        one = st.slider("First period", ends[0], ends[2], (ends[0], ends[1]), key=f"style_first_{view.author_id}")
    with right:
        two = st.slider("Second period", ends[0], ends[2], (ends[1], ends[2]), key=f"style_second_{view.author_id}")
    return [
        Side(_period(view, a, b), _cut(view, a, b), colour)
        for (a, b), colour in ((one, SERIES[7]), (two, whole.colour))
    ]


def _cut(view: StyleView, start: Any, end: Any) -> StyleView:
    return view.between(start, end) if isinstance(start, date) else view.span(start - 1, end - 1)


def _period(view: StyleView, start: Any, end: Any) -> str:
    return f"{start:%b %Y} to {end:%b %Y}" if isinstance(start, date) else f"Posts {start:,} to {end:,}"


def first_answer(shown: list[Side]) -> bool:
    """The timelines; False where there are too few posts to draw anything."""
    drawable = [side for side in shown if side.view.n >= style.ENOUGH]
    for side in shown:
        if side not in drawable:
            empty_state(
                f"Not yet: {side.name} has {side.view.n} post{'' if side.view.n == 1 else 's'} here, and three are needed to see anything.",
                "Add writing", "samples",
            )  # fmt: skip
    if not drawable:
        return False
    undated = [side for side in drawable if not side.view.dated]
    for side in undated:
        missing = sum(day is None for day in side.view.dates)
        evidence(
            f"{side.name}: {missing:,} of {side.view.n:,} posts have no date, so the axis is their order, not time."
        )
    inks, span = look(), _reach(drawable)
    for column, side in zip(st.columns(len(drawable), gap="large"), drawable, strict=True):
        with column:
            chart = _drawn(lambda side=side: timeline(side, inks, span), "timeline", *_key(side), inks.dark, span)
            _show(chart, f"style_timeline_{side.name}", side, "distance from own past")
    with st.expander("What the timeline means"):
        st.markdown(EXPLAINED)
    return True


EXPLAINED = """
- **Distance**: sentence and paragraph lengths, punctuation, layout, small words and readability of a post are compared with
  all *earlier* posts of the same author, each in the author's own usual spread, and averaged. About 0.6 is usual; subject hardly counts.
- **Band**: where the mean of five posts in a row lay 9 times in 10 before. **Unusual posts** lie further away than 19 of 20 earlier ones;
  one in 20 does so by chance.
- **Shaded stretch**: three or more means in a row above the band. About 1 in 7 spans of 15 quite normal posts shows one too: a reason
  to read the posts, not a verdict on who wrote them.
- Posts under 20 words, and the first five, are not judged.
"""


def odd_posts(side: Side, whole: StyleView, most: int = 3) -> None:
    """The newest unusual posts, what is unusual about them, and the way to read them."""
    rows = np.flatnonzero(side.view.odd)[::-1][:most]
    if not len(rows):
        return
    total = int(side.view.odd.sum())
    st.subheader(f"{total:,} unusual post{'' if total == 1 else 's'} in {side.view.judged:,}", anchor=False)
    for column, row in zip(st.columns(most), rows, strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{plain(when(side.view, int(row)))}**  {plain(_short(side.view.first_lines[row]))}")
            evidence("; ".join(_because(whole, int(side.view.numbers[row]) - 1)) or "Many small differences.")
            st.button("Open the post", key=f"style_odd_{side.view.ids[row]}", on_click=_open, args=(side.view.ids[row],))


def _because(whole: StyleView, row: int) -> list[str]:
    return _reasons(whole, whole.author_id, whole.revision, row)


@st.cache_data(max_entries=512, show_spinner=False)
def _reasons(_whole: StyleView, _author: str, _revision: tuple[object, ...], row: int) -> list[str]:
    del _author, _revision
    return [_said(reason) for reason in style.reasons(_whole, row)]


def _said(reason: style.Reason) -> str:
    if reason.unit == "0 or 1":
        return f"{reason.label}, which is rare" if reason.value else f"no {reason.label}, which is rare".replace("no opens", "never opens")
    if reason.unit == "share":
        return f"{reason.label}: {reason.value:.0%}, usually {reason.usual:.0%}"
    return f"{reason.label}: {_figure(reason.value)} {reason.unit}, usually {_figure(reason.usual)}"


def differences(shown: list[Side], most: int = 8) -> None:
    """Where two sides differ most, in numbers."""
    one, two = (side.view for side in shown)
    rows = []
    for feature in (f for f in FEATURES if f.compared):
        a, b = one.column(feature.name), two.column(feature.name)
        chance = higher(a, b)
        if not np.isnan(chance):
            rows.append((abs(chance - 0.5), feature, float(np.nanmedian(a)), float(np.nanmedian(b)), chance))
    rows.sort(key=lambda row: -row[0])
    st.subheader("Where they differ most", anchor=False)
    left, right = (f"{side.name} (n = {side.view.n:,})" for side in shown)
    st.dataframe(
        [
            {
                "": f"{f.label} ({f.unit})",
                left: _figure(a),
                right: _figure(b),
                "higher on the right": f"{100 * c:.0f} of 100 pairs",
            }
            for _, f, a, b, c in rows[:most]
        ],
        hide_index=True,
        width="stretch",
        key="style_differences",
    )
    evidence(
        "Medians. “62 of 100 pairs”: take one post from each side, and in 62 of 100 such pairs the right one is higher."
    )


def multiples(shown: list[Side]) -> None:
    """The small multiples: two in a row for one side, else the two sides beside each other on the same scale."""
    inks = look()
    charts: list[tuple[str, Callable[[Side], go.Figure]]] = [
        (m.noun, lambda side, m=m: small(side, m, inks, _span(shown, m.feature))) for m in MEASURES
    ]
    charts += [(name, lambda side, name=name: habits(side, name, inks, _habit_colours())) for name in HABITS]
    if all(side.view.dated for side in shown):
        charts.insert(3, ("Posts a week", lambda side: weekly(side, inks)))
    cells = [(name, draw, side) for name, draw in charts for side in shown]
    for start in range(0, len(cells), 2):
        for column, (name, draw, side) in zip(st.columns(2, gap="large"), cells[start : start + 2], strict=False):
            with column:
                scale = tuple(other.view.revision for other in shown)
                chart = _drawn(lambda draw=draw, side=side: draw(side), name, *_key(side), scale, inks.dark)
                _show(chart, f"style_{name}_{side.name}", side, name)


def _habit_colours() -> tuple[str, ...]:
    return SERIES[0], SERIES[1], SERIES[2], SERIES[3]


def opened(here: Here) -> None:
    """The post that the URL names, in a dialog: exact text, and its numbers beside the author's usual ones."""
    wanted = st.query_params.get(OPEN)
    if not wanted:
        return
    try:
        sample = samples.get(wanted)
        author = authors.get(sample.author_id)
    except NotFound:
        evidence("The post that this address names is not here any more.")
        return
    view = style.view(author.id)
    if wanted in view.ids:
        _dialog(view, author, view.ids.index(wanted), sample.text)


@st.dialog("A post and its numbers", width="large", on_dismiss=lambda: _close())
def _dialog(view: StyleView, author: Author, row: int, text: str) -> None:
    evidence(f"{author.name}, {when(view, row)}; number {row + 1:,} of {view.n:,}.")
    linkedin_card(author.name, author.headline, text, fold=False)
    away = view.distance[row]
    if np.isnan(away):
        st.markdown("Too short, or too early, to compare with the posts before it.")
    else:
        before = view.distance[:row]
        before = before[~np.isnan(before)]
        more = (
            f"{int((before < away).sum()):,} of {len(before):,} earlier posts are more typical than this one"
            if len(before)
            else "the first that could be judged"
        )
        st.markdown(f"**Distance {away:.2g}**: {more}.")
        for reason in _because(view, row):
            st.markdown(f"- {plain(reason)}")
    usual = np.nanmedian(view.values, axis=0) if view.n else view.values[row]
    with st.expander("All its numbers"):
        st.dataframe(
            [
                {
                    "": f.label,
                    "this post": _figure(float(view.values[row, at])),
                    "usually": _figure(float(usual[at])),
                    "unit": f.unit,
                }
                for at, f in enumerate(FEATURES)
            ],
            hide_index=True,
            width="stretch",
        )


def export(shown: list[Side]) -> None:
    """The numbers as CSV; charts as PNG through the camera on each."""
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        for side in shown:
            st.download_button(
                f"Download the numbers of {plain(side.name)} (CSV)",
                lambda side=side: style.to_csv(side.name, side.view),
                file_name=f"timbre-style-{'-'.join(side.name.split())}.csv",
                mime="text/csv",
                key=f"style_csv_{side.name}",
                on_click="ignore",
            )
    evidence("Each chart is saved as a PNG, at twice its size, by the camera at its top right corner.")


def _show(chart: go.Figure, key: str, side: Side, name: str) -> None:
    full = f"{key}_{side.view.author_id}_{st.session_state.get(TURN, 0)}"
    title = str(chart.layout.title.text).split("</b>", maxsplit=1)[0].removeprefix("<b>").replace("<br>", " ")
    show(chart, full, f"{side.name} {name}", f"{title}. {side.view.n} posts.", on_select=lambda: _clicked(full))


def _clicked(key: str) -> None:
    points = st.session_state[key].selection.points
    if points and (data := points[0].get("customdata")):
        _open(str(data[0]))


def _open(sample_id: str) -> None:
    st.query_params[OPEN] = sample_id


def _close() -> None:
    st.query_params.pop(OPEN, None)
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def _key(side: Side) -> tuple[object, ...]:
    return side.name, side.colour, side.view.author_id, side.view.revision


def _reach(shown: list[Side]) -> tuple[float, float]:
    """One axis of distances for all sides."""
    values = np.concatenate([side.view.distance for side in shown])
    values = values[~np.isnan(values)]
    return (float(values.min() * 0.9), float(values.max() * 1.08)) if len(values) else (0.0, 1.0)


def _span(shown: list[Side], feature: str) -> tuple[float, float]:
    """One axis for all sides: all but the outermost hundredth of the values."""
    values = np.concatenate([side.view.column(feature) for side in shown])
    values = values[~np.isnan(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = np.percentile(values, (0.5, 99.5))
    room = 0.06 * (high - low) or 1.0
    return float(low - room), float(high + room)


def _short(text: str, most: int = 150) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _figure(value: float) -> str:
    """A number with the digits that matter."""
    if np.isnan(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"
