"""The small charts of the Style page: one series or habit over time. The timeline is drift's, see drift_chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from analytics.compare import direction, trend
from core.style import StyleView
from pages.ui.charts import SERIES, Look, band_ink, faded, figure, safe, wrapped
from pages.ui.style_findings import BARE, HABITS, Measure, Side, moved, moved_habits, when

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
SMALL_POINTS, MANY_WEEKS, ODD_SHARE = 300, 160, 8
HOVER = "<b>%{customdata[1]}</b>  %{customdata[2]}<br>%{customdata[3]}<extra></extra>"


def small(side: Side, measure: Measure, inks: Look, span: tuple[float, float] | None) -> go.Figure:
    """One measure: points, the median of the posts around, and the middle half of them."""
    view, y = side.view, side.view.column(measure.feature)
    known = np.flatnonzero(~np.isnan(y))
    keep = known[thinned(len(known), SMALL_POINTS)]
    note = f"{side.short}: {len(known):,} posts" + (
        f", {len(keep):,} drawn as points" if len(keep) < len(known) else ""
    )
    note += "; line: running median; band: middle half" if len(known) >= BARE else ""
    note += f"; {measure.note}" if measure.note else ""
    chart = figure(moved(measure, trend(y), len(known)), note, inks, 190)
    if len(known) >= BARE:
        centres, rows = around(len(known))
        low, middle, high = np.percentile(y[known][rows], (25, 50, 75), axis=1)
        x = axis(view)[known[centres]]
        _band(chart, x, low, high, band_ink(side.colour, inks))
        chart.add_scatter(x=x, y=middle, mode="lines", hoverinfo="skip", line={"color": side.colour, "width": 2})
    size, alpha = (8, 0.9) if len(known) < BARE else (4, 0.4)
    _points(chart, view, keep, y, {"size": size, "color": faded(side.colour, alpha), "line": {"width": 0}})
    _axes(chart, view, measure.axis, span)
    return chart


def habits(side: Side, name: str, inks: Look, top: float) -> go.Figure:
    """Several rates as lines with their names at the end: the mean of the posts around, and its uncertainty."""
    view = side.view
    unit, members = HABITS[name]
    known, where, rates = habit_rates(view, name)
    note = f"{side.short}: {len(known):,} posts" + (
        "; line: running mean; band: 90% sure of it" if len(known) >= BARE else ""
    )
    changes = [(label, direction(view.column(feature))) for feature, label in members.items()]
    chart = figure(moved_habits(name, changes, len(known)), note, inks, 190)
    x = axis(view)[where]
    ends: list[tuple[float, str, str]] = []
    for (feature, label), colour, (mean, wide) in zip(members.items(), SERIES, rates, strict=False):
        if len(known) < BARE:
            _points(chart, view, known, view.column(feature), {"size": 8, "color": colour})
        else:
            _band(chart, x, np.maximum(mean - wide, 0), mean + wide, band_ink(colour, inks))
            hover = f"{label}: %{{y:.1f}} {unit}<extra></extra>"
            chart.add_scatter(x=x, y=mean, mode="lines", line={"color": colour, "width": 2}, hovertemplate=hover)
        if len(mean):
            ends.append((float(mean[-1]), label, colour))
    _end_labels(chart, ends, top)
    _axes(chart, view, unit, (0, 1.08 * top))
    return chart


def habit_rates(view: StyleView, name: str) -> tuple[Rows, Rows, list[tuple[Floats, Floats]]]:
    """(Rows with words, rows at which rates are drawn, and for each habit (running mean, 90% half-width) there)."""
    members = HABITS[name][1]
    known = np.flatnonzero(~np.isnan(view.column(next(iter(members)))))
    centres, rows = around(len(known))
    out = []
    for feature in members:
        near = view.column(feature)[known][rows] if len(known) else np.zeros((0, 1))
        if len(known) < BARE:
            near = view.column(feature)[known][:, None]
        out.append((near.mean(axis=1), 1.645 * near.std(axis=1) / np.sqrt(near.shape[1])))
    return known, known[centres] if len(known) else known, out


def habit_top(shown: Sequence[Side], name: str) -> float:
    """One upper end of a habit's axis for all sides."""
    ends = [float((mean + wide).max(initial=0.0)) for side in shown for mean, wide in habit_rates(side.view, name)[2]]
    return max([1.0, *ends])


def weekly(side: Side, inks: Look) -> go.Figure:
    """Posts a week, from the first to the last date; over many years the mean of each 13 weeks."""
    weeks = side.view.weeks()
    counts = [n for _, n in weeks]
    silent = sum(n == 0 for n in counts)
    title = f"Posts a week: {sum(counts) / len(counts):.2g} on average; "
    title += f"{silent:,} of {len(weeks):,} weeks without one" if silent else "no week without one"
    step = 13 if len(weeks) > MANY_WEEKS else 1
    bars = [(weeks[at][0], counts[at : at + step]) for at in range(0, len(weeks), step)]
    note = f"{side.short}: {sum(counts):,} posts in {len(weeks):,} weeks" + ("; mean of each 13" if step > 1 else "")
    chart = figure(title, note, inks, 190)
    chart.add_bar(
        x=[day for day, _ in bars], y=[sum(some) / len(some) for _, some in bars],
        marker={"color": side.colour, "line": {"width": 0}},
        hovertemplate="from %{x|%-d %b %Y}: %{y:.2~f} a week<extra></extra>",
    )  # fmt: skip
    chart.update_layout(bargap=0.15)
    _axes(chart, side.view, "posts a week", None)
    chart.update_yaxes(rangemode="tozero")
    return chart


def around(n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For at most 200 places among n posts: (the places, the indices of the posts around each: (places, window))."""
    window = int(min(max(7, n // 10), 60, max(n, 1)))
    centres = np.unique(np.linspace(0, max(n - 1, 0), min(n, 200)).astype(np.int64))
    start = np.clip(centres - window // 2, 0, max(n - window, 0))
    return centres, start[:, None] + np.arange(window)


def thinned(n: int, most: int, always: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
    """At most about `most` of n rows: evenly, the first and the last, and (up to an eighth) the `always` ones."""
    if n <= most:
        return np.arange(n)
    musts = np.flatnonzero(always) if always is not None else np.zeros(0, np.int64)
    musts = (
        musts[np.linspace(0, len(musts) - 1, min(len(musts), most // ODD_SHARE)).astype(np.int64)]
        if len(musts)
        else musts
    )
    even = np.linspace(0, n - 1, most - len(musts)).astype(np.int64)
    return np.unique(np.concatenate([even, musts]))


def axis(view: StyleView) -> npt.NDArray[np.datetime64] | Rows:
    """Dates (UTC) where every post has one, else the order. Arrays, as Plotly copies and writes lists slowly."""
    if not view.dated:
        return view.numbers
    return np.array([day.replace(tzinfo=None) for day in view.dates if day], dtype="datetime64[s]")


def _points(
    chart: go.Figure, view: StyleView, rows: npt.NDArray[np.int64], y: Floats, marker: dict[str, object]
) -> None:
    x = axis(view)
    data = [
        [
            view.ids[at],
            when(view, at),
            f"post {view.numbers[at]:,}" if view.dated else "",
            wrapped(view.first_lines[at], 58, 4),
        ]
        for at in rows
    ]
    chart.add_scatter(x=x[rows], y=y[rows], mode="markers", marker=marker,
                      customdata=np.array(data, dtype=object).reshape(len(data), 4), hovertemplate=HOVER,
                      unselected={"marker": {"opacity": 1}})  # fmt: skip


def _band(chart: go.Figure, x: npt.NDArray[np.generic], low: Floats, high: Floats, colour: str) -> None:
    known = np.flatnonzero(~np.isnan(low))
    if len(known) < 2:
        return
    line = {"width": 0}
    where = x[known]
    chart.add_scatter(x=where, y=low[known], mode="lines", line=line, hoverinfo="skip")
    chart.add_scatter(
        x=where, y=high[known], mode="lines", line=line, fill="tonexty", fillcolor=colour, hoverinfo="skip"
    )


def _axes(chart: go.Figure, view: StyleView, unit: str, span: tuple[float, float] | None) -> None:
    chart.update_xaxes(title_text="date of the post" if view.dated else "post (order, not time)", nticks=7)
    chart.update_yaxes(title_text=unit)
    if span is not None:
        chart.update_yaxes(range=list(span))


def _end_labels(chart: go.Figure, ends: list[tuple[float, str, str]], top: float) -> None:
    """Names at the ends of lines on an axis from 0 to `top`, moved apart where they would cover each other."""
    place = -top
    for value, label, colour in sorted(ends):
        place = max(value, place + 0.12 * top)
        chart.add_annotation(
            text=safe(label), x=1.01, xref="paper", y=place, yref="y", xanchor="left", showarrow=False,
            font={"color": colour, "size": 12},
        )  # fmt: skip
    chart.update_layout(margin_r=84)
