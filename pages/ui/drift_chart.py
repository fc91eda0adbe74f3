"""The charts of drift: the timeline with band, alarms and the change; and how much was written with Timbre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.drift import say
from core.drift.curve import Curve
from core.drift.timeline import ORIGINS
from core.drift.views import share_with_timbre, when
from core.store.tables import Alarm
from pages.ui.charts import Look, band_ink, faded, figure, safe, wrapped
from pages.ui.style_charts import HOVER, thinned

POINTS, MANY = 1500, 300
"""Points drawn at most; judged posts from which on the line is the week's figure, and points are small."""
WEEK = 7 * 86_400
SYMBOLS = ("circle", "square", "triangle-up")
MARKS = ("●", "■", "▲")
"""For each origin: its shape in the chart, and as a sign in words."""
Rows = npt.NDArray[np.int64]
AXIS = "away from the baseline, added up"


@dataclass(frozen=True)
class Drawn:
    """What a timeline shows: the curve's rows from `first` to `last`, both included."""

    curve: Curve
    first: int
    last: int

    @property
    def rows(self) -> Rows:
        """All of its rows."""
        return np.arange(self.first, self.last + 1)

    def points(self) -> Rows:
        """The judged rows that are drawn as points, alarms and the end of a long timeline among them."""
        rows = self.rows
        judged = rows[~np.isnan(self.curve.statistic[rows])]
        return judged[thinned(len(judged), POINTS, self.curve.alarm[judged])]


def timeline(
    drawn: Drawn,
    title: str,
    name: str,
    colour: str,
    inks: Look,
    lines: Mapping[str, str],
    alarm: Alarm | None,
    span: tuple[float, float] | None = None,
) -> go.Figure:
    """How far the posts lie from the baseline: points by origin, the usual band, the threshold, the change."""
    curve, rows = drawn.curve, drawn.rows
    keep = drawn.points()
    judged = int((~np.isnan(curve.statistic[rows])).sum())
    note = f"{name}: {len(rows):,} posts, {judged:,} judged"
    if len(keep) < judged:
        note += f"; {len(keep):,} drawn as points"
    if judged > MANY and curve.dated:
        note += "; line: the highest of each week"
    chart = figure(title, note, inks, 320)
    x = axis(curve)
    _baselines(chart, drawn, x, inks)
    if alarm is not None and alarm.status == "open":
        _change(chart, drawn, x, alarm, inks)
    for number in np.unique(curve.segment[rows]):
        part = rows[curve.segment[rows] == number]
        _usual(chart, curve, part[~np.isnan(curve.statistic[part])], x, colour, inks)
    _points(chart, curve, keep, x, colour, inks, lines)
    dated = curve.dated
    chart.update_xaxes(title_text="date of the post" if dated else "post (order, not time)", nticks=7)
    chart.update_xaxes(range=_ends(x, rows, dated))
    chart.update_yaxes(title_text=AXIS, range=span)
    _legend(chart, curve, rows, colour, inks)
    return chart


def axis(curve: Curve) -> npt.NDArray[np.generic]:
    """Dates (UTC) where every post has one, else the order."""
    if not curve.dated:
        return np.arange(1, curve.n + 1)
    return curve.seconds.astype("datetime64[s]")


def _ends(x: npt.NDArray[np.generic], rows: Rows, dated: bool) -> list[object]:
    first, last = x[rows[0]], x[rows[-1]]
    room = (last - first) / 40
    if dated:
        room = max(room, np.timedelta64(1, "D"))
    return [str(first - room), str(last + room)] if dated else [float(first) - 1, float(last) + 1]


def _usual(chart: go.Figure, curve: Curve, part: Rows, x: npt.NDArray[np.generic], colour: str, inks: Look) -> None:
    """The band, the threshold and the line of one segment; thinned, as a line of thousands says no more."""
    if len(part) < 2:
        return
    path = part[thinned(len(part), POINTS)]
    where = x[path]
    chart.add_scatter(x=where, y=curve.low[path], mode="lines", line={"width": 0}, hoverinfo="skip")
    chart.add_scatter(
        x=where, y=curve.high[path], mode="lines", line={"width": 0}, fill="tonexty",
        fillcolor=band_ink(colour, inks), hoverinfo="skip",
    )  # fmt: skip
    chart.add_scatter(
        x=where, y=curve.threshold[path], mode="lines", hoverinfo="skip",
        line={"color": inks.look_here, "width": 1.5, "dash": "dash"},
    )  # fmt: skip
    weeks, values = _weeks(curve, part)
    chart.add_scatter(
        x=weeks.astype("datetime64[s]") if len(weeks) else where, y=values if len(weeks) else curve.statistic[path],
        mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip",
    )  # fmt: skip


def _weeks(curve: Curve, part: Rows) -> tuple[Rows, npt.NDArray[np.float32]]:
    """(Mondays, figures) in whose place a line through every post would be a blot; empty for a short timeline."""
    if not curve.dated or len(part) <= MANY:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    there = (curve.weeks >= curve.seconds[part[0]] - WEEK) & (curve.weeks <= curve.seconds[part[-1]])
    return curve.weeks[there], curve.week_values[there]


def _points(
    chart: go.Figure,
    curve: Curve,
    keep: Rows,
    x: npt.NDArray[np.generic],
    colour: str,
    inks: Look,
    lines: Mapping[str, str],
) -> None:
    many = len(keep) > MANY
    for origin, symbol in enumerate(SYMBOLS):
        for standing in (False, True):
            some = keep[(curve.origin[keep] == origin) & (curve.alarm[keep] == standing)]
            if not len(some):
                continue
            ink = inks.look_here if standing else faded(colour, 0.3 if many else 0.75)
            size = (5 if many else 7) + (1 if standing else 0) + (1 if origin else 0)
            data = [
                [
                    str(curve.ids[row]),
                    when(curve, row),
                    ORIGINS[origin] + (", alarm" if standing else ""),
                    wrapped(lines.get(str(curve.ids[row]), ""), 58, 4),
                ]
                for row in map(int, some)
            ]
            chart.add_scatter(
                x=x[some], y=curve.statistic[some], mode="markers", hovertemplate=HOVER,
                marker={"size": size, "color": ink, "symbol": symbol, "line": {"width": 0}},
                customdata=np.array(data, dtype=object).reshape(len(data), 4),
                unselected={"marker": {"opacity": 1}},
            )  # fmt: skip


def _baselines(chart: go.Figure, drawn: Drawn, x: npt.NDArray[np.generic], inks: Look) -> None:
    """Where the posts lie that the others are compared with."""
    curve = drawn.curve
    for number in np.unique(curve.segment[drawn.rows]):
        base = np.flatnonzero(curve.baseline & (curve.segment == number))
        base = base[(base >= drawn.first) & (base <= drawn.last)]
        if len(base):
            start, end = (x[base[0]].item(), x[base[-1]].item())
            chart.add_vrect(x0=start, x1=end, fillcolor=faded(inks.muted, 0.12), line_width=0, layer="below")
            label = {
                "text": "new baseline" if number else "baseline",
                "font": {"size": 12, "color": inks.muted},
                "showarrow": False,
            }
            chart.add_annotation(x=start, y=0, yref="paper", xanchor="left", yanchor="bottom", **label)


def _change(chart: go.Figure, drawn: Drawn, x: npt.NDArray[np.generic], alarm: Alarm, inks: Look) -> None:
    """The change: a line where it most likely was, and the interval in which it may have been."""
    rows = [drawn.curve.place(id_) for id_ in (alarm.low_id, alarm.first_id, alarm.high_id)]
    low, first, high = (row if row is not None and drawn.first <= row <= drawn.last else None for row in rows)
    if first is None:
        return
    if low is not None and high is not None and low < high:
        start, end = x[low].item(), x[high].item()
        chart.add_vrect(x0=start, x1=end, fillcolor=faded(inks.look_here, 0.14), line_width=0, layer="below")
    chart.add_vline(x=x[first].item(), line={"color": inks.look_here, "width": 1.5})
    late = first > (drawn.first + drawn.last) / 2
    chart.add_annotation(
        text=safe(say.since(alarm)), x=x[first].item(), y=1, yref="paper", xanchor="right" if late else "left",
        yanchor="top", showarrow=False, font={"color": inks.look_here, "size": 12}, bgcolor=inks.paper, borderpad=3,
    )  # fmt: skip


def _legend(chart: go.Figure, curve: Curve, rows: Rows, colour: str, inks: Look) -> None:
    """What the marks are, above the plot: each mark in its own ink, its word in one that reads well as text."""
    there = np.unique(curve.origin[rows])
    words = "   ".join(f"{_mark(MARKS[o], colour)} {ORIGINS[o]}" for o in map(int, there))
    words += f"   {_mark(MARKS[0], inks.look_here)} alarm"
    words += f"<br>{_mark('▒', colour)} usual range   {_mark('╌', inks.look_here)} alarm threshold"
    chart.add_annotation(
        text=words, xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom", align="left",
        showarrow=False, font={"size": 12, "color": inks.muted},
    )  # fmt: skip
    chart.update_layout(margin_t=chart.layout.margin.t + 32, height=chart.layout.height + 32)


def _mark(sign: str, ink: str) -> str:
    return f"<span style='color:{ink}'>{sign}</span>"


def share(curve: Curve, name: str, colour: str, inks: Look) -> go.Figure:
    """How many of each ten posts in a row were written with Timbre."""
    rows, part = share_with_timbre(curve)
    there = int((curve.origin == 1).sum())
    title = f"{there:,} of {curve.n:,} posts were written with Timbre"
    if len(part):
        title += f", {10 * part[-1]:.0f} of the last 10"
    chart = figure(title, f"{name}: each 10 posts in a row; {curve.n:,} posts", inks, 150)
    path = thinned(len(rows), POINTS)
    chart.add_scatter(
        x=axis(curve)[rows[path]], y=10 * part[path], mode="lines", line={"color": colour, "width": 2},
        fill="tozeroy", fillcolor=band_ink(colour, inks), hovertemplate="%{y:.0f} of 10<extra></extra>",
    )  # fmt: skip
    chart.update_xaxes(title_text="date of the post" if curve.dated else "post (order, not time)", nticks=7)
    chart.update_yaxes(title_text="of 10 posts", range=[0, 10.4])
    return chart
