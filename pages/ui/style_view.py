"""The Style page's parts: the first answer, the odd posts, where two sides differ, the small multiples, export."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from analytics.compare import higher
from analytics.features import FEATURES
from core import style
from core.drift.say import OPEN
from core.drift.views import first_lines
from pages.ui.charts import Look, look, show
from pages.ui.drift_chart import Drawn, timeline
from pages.ui.drift_view import EXPLAINED
from pages.ui.pieces import empty_state, evidence, link, plain
from pages.ui.style_charts import habit_top, habits, small, weekly
from pages.ui.style_findings import HABITS, MEASURES, Side, finding, rows, when
from pages.ui.style_post import because, clicked, figure, open_post, turn

UNUSUAL = """
- **Unusual post**: a single post that lies further from the author's earlier ones than 19 of 20 of them do; one in 20
  does so by chance. It is a reason to read the post, not an alarm.
"""


@st.cache_resource(max_entries=96, show_spinner=False)
def _drawn(_draw: Callable[[], go.Figure], key: tuple[object, ...]) -> go.Figure:
    """A figure, kept while what it shows is the same; nobody changes one that was drawn."""
    del key
    return _draw()


def first_answer(shown: list[Side]) -> list[Side]:
    """The timelines; the sides that have posts enough to go on with."""
    ready = [side for side in shown if side.view.n >= style.ENOUGH]
    for side in shown:
        if side not in ready:
            _not_yet(side)
    for name, missing, n in dict.fromkeys((s.name, *_undated(s)) for s in ready if not s.view.dated):
        evidence(f"{name}: {missing:,} of {n:,} posts have no date, so the axis is their order, not time.")
    if not ready:
        return []
    inks, span = look(), _reach(ready)
    for column, side in zip(st.columns(len(ready), gap="large"), ready, strict=True):
        with column:
            _timeline(side, inks, span)
    with st.expander("What the timeline means"):
        st.markdown(EXPLAINED + UNUSUAL)
    if len(ready) == 1 and any(alarm.status == OPEN for alarm in ready[0].drift.alarms):
        link("See what changed, and decide, on the Drift page", "drift")
    return ready


def _timeline(side: Side, inks: Look, span: tuple[float, float]) -> None:
    """The voice over time, as on the Drift page; or why it cannot be said."""
    curve, at = side.drift.curve, rows(side)
    if curve is None or at is None or not (~np.isnan(curve.statistic[at[0] : at[1] + 1])).any():
        _too_early(side)
        return
    alarm = next((alarm for alarm in side.drift.alarms if alarm.status == OPEN), None)
    drawn = Drawn(curve, *at)
    key = ("timeline", *_key(side), side.drift.row and side.drift.row.checked_at, alarm and alarm.id, inks.dark, span)
    chart = _drawn(
        lambda: timeline(drawn, finding(side), side.short, side.colour, inks, _lines(drawn), alarm, span), key
    )
    _show(chart, side, "away from the baseline")


def _lines(drawn: Drawn) -> dict[str, str]:
    return first_lines([str(drawn.curve.ids[row]) for row in drawn.points()])


def _undated(side: Side) -> tuple[int, int]:
    whole = style.view(side.view.author_id)
    return sum(day is None for day in whole.dates), whole.n


def _too_early(side: Side) -> None:
    st.markdown(f"**{plain(side.label)}: not yet**")
    whole = side.drift.curve is None or not side.drift.curve.judged
    none = "None of these posts is judged: they are too short, or part of the baseline."
    evidence((whole and side.drift.reason) or none)


def _not_yet(side: Side) -> None:
    n = side.view.n
    has = f"{plain(side.label)} has {n} post{'' if n == 1 else 's'}"
    empty_state(f"Not yet: {has} here, and three are needed to see anything.", "Add writing", "samples")


def odd_posts(side: Side, most: int = 3) -> None:
    """The newest unusual posts, what is unusual about them, and the way to read them."""
    view = side.view
    rows = np.flatnonzero(view.odd)[::-1]
    if not len(rows):
        return
    newest = "" if len(rows) <= most else f", the newest {most}"
    st.subheader(f"{len(rows):,} unusual of {view.judged:,} judged{newest}", anchor=False)
    evidence(f"By chance alone about {round(view.judged / 20):,} would be: 1 in 20.")
    for column, row in zip(st.columns(most), map(int, rows), strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{plain(when(view, row))}**  {plain(_short(view.first_lines[row]))}")
            evidence("; ".join(because(view, row)) or "Many small differences.")
            st.button("Open the post", key=f"style_odd_{view.ids[row]}", on_click=open_post, args=(view.ids[row],))


def differences(ready: list[Side], most: int = 8) -> None:
    """Where two sides differ most, in numbers."""
    one, two = (side.view for side in ready)
    rows = []
    for at, feature in enumerate(FEATURES):
        chance = higher(one.column(feature.name), two.column(feature.name)) if feature.compared else float("nan")
        if not np.isnan(chance):
            rows.append((abs(chance - 0.5), at, chance))
    left, right = (f"{side.period or side.name} (n = {side.view.n:,})" for side in ready)
    means = [style.averages(one), style.averages(two)]
    st.subheader("Where they differ most", anchor=False)
    st.dataframe(
        [
            {
                "": f"{FEATURES[at].label} ({FEATURES[at].unit})",
                left: figure(means[0][at]),
                right: figure(means[1][at]),
                "higher in the second": f"{100 * chance:.0f} of 100 pairs",
            }
            for _, at, chance in sorted(rows, reverse=True)[:most]
        ],
        hide_index=True,
        width="stretch",
        key="style_differences",
    )
    evidence(
        "Averages. “62 of 100 pairs”: of all pairs of one post from each side, the second's is higher in 62 of 100; "
        "50 would be no difference."
    )


def multiples(ready: list[Side]) -> None:
    """The small multiples: two in a row for one side, else the two sides beside each other on the same scale."""
    inks = look()
    tops = {name: habit_top(ready, name) for name in HABITS}
    # name, the feature that says how many posts there are to draw, the drawing
    charts: list[tuple[str, str, Callable[[Side], go.Figure]]] = [
        *((m.noun, m.feature, lambda side, m=m: small(side, m, inks, _span(ready, m.feature))) for m in MEASURES),
        *((name, "commas", lambda side, name=name: habits(side, name, inks, tops[name])) for name in HABITS),
    ]
    if all(side.view.dated for side in ready):
        charts.insert(len(MEASURES), ("Posts a week", "words", lambda side: weekly(side, inks)))
    scale = tuple((side.view.author_id, side.view.revision) for side in ready)
    cells = [(*chart, side) for chart in charts for side in ready]
    for start in range(0, len(cells), 2):
        for column, (name, feature, draw, side) in zip(st.columns(2, gap="small"), cells[start:], strict=False):
            with column:
                known = int((~np.isnan(side.view.column(feature))).sum())
                if known < style.ENOUGH:
                    st.markdown(f"**{plain(side.short)}, {name.lower()}: not yet**")
                    evidence(f"{known} of {side.view.n:,} posts are long enough to say; three are needed.")
                    continue
                key = (name, *_key(side), scale, inks.dark)
                _show(_drawn(lambda draw=draw, side=side: draw(side), key), side, name)  # type: ignore[misc]


def export(ready: list[Side]) -> None:
    """The numbers as CSV; charts as PNG through the camera on each."""
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        for number, side in enumerate(ready):
            st.download_button(
                f"Download {plain(side.label)} (CSV)",
                lambda side=side: style.to_csv(side.name, side.view),  # type: ignore[misc]
                file_name=f"timbre-style-{'-'.join(side.label.split())}.csv",
                mime="text/csv",
                key=f"style_csv_{number}",
                on_click="ignore",
            )
    evidence("The CSV has every post with its numbers. The camera above each chart saves that chart as a PNG.")


def _show(chart: go.Figure, side: Side, name: str) -> None:
    key = f"style_{name}_{side.label}_{side.view.author_id}_{turn()}"
    title = str(chart.layout.title.text).split("</b>", maxsplit=1)[0].removeprefix("<b>").replace("<br>", " ")
    show(chart, key, f"{side.label} {name}", f"{title}. {side.view.n} posts.", on_select=lambda: clicked(key))


def _key(side: Side) -> tuple[object, ...]:
    return side.label, side.colour, side.view.author_id, side.view.revision


def _reach(ready: list[Side]) -> tuple[float, float]:
    """One axis of distances for all sides."""
    shown = [(side.drift.curve, rows(side)) for side in ready]
    columns = [
        np.concatenate(
            [curve.statistic[at[0] : at[1] + 1], curve.threshold[at[0] : at[1] + 1], curve.low[at[0] : at[1] + 1]]
        )
        for curve, at in shown
        if curve is not None and at is not None
    ]
    values = np.concatenate(columns) if columns else np.zeros(0)
    values = values[~np.isnan(values)]
    if not len(values):
        return 0.0, 1.0
    room = 0.08 * float(values.max() - values.min()) or 1.0
    return float(values.min()) - room, float(values.max()) + room


def _span(ready: list[Side], feature: str) -> tuple[float, float]:
    """One axis for all sides: all but the outermost hundredth of the values."""
    values = np.concatenate([side.view.column(feature) for side in ready])
    values = values[~np.isnan(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = np.percentile(values, (0.5, 99.5)) if len(values) > 100 else (values.min(), values.max())
    room = 0.06 * (high - low) or 1.0
    return float(low - room), float(high + room)


def _short(text: str, most: int = 150) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
