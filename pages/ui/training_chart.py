"""The charts of Training: losses of a run as they fall, several runs beside each other, gains with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.store.tables_training import TrainingRun
from pages.ui.charts import SERIES, Look, band_ink, faded, figure, safe, wrapped
from pages.ui.style_charts import around
from pages.ui.training_words import FEWEST, SMALL, gain_of, gain_said, held_readings, loss_finding, readings

BARE = 10
"""Steps under which the single ones are drawn, without a median through them."""
HELD, TRAINED = SERIES[0], SERIES[7]
ROW = 46


def loss_chart(run: TrainingRun, history: Sequence[Mapping[str, Any]], inks: Look) -> go.Figure:
    """Loss on posts that are not trained on, and while training: points, and median and middle half of those around."""
    held, trained = held_readings(run, history), readings(history, "loss")
    sizes = run.dataset or {}
    image = run.kind == "image"
    note = f"n = {sizes.get('held', 0):,} unseen posts, {sizes.get('train', 0):,} trained on"
    note = f"n = {sizes.get('train', 0):,} photos" if image else note
    note += "; band: middle half" if len(trained) >= BARE else ""
    chart = figure(loss_finding(held, run.kind), note, inks, 220)
    if len(held) + len(trained) < FEWEST:
        return _not_yet(chart, inks)
    ends: list[tuple[float, str, str]] = []
    if trained:
        ends.append((_trained(chart, trained, inks), "training", TRAINED))
    if held:
        name = "same noise" if image else "unseen posts"
        _line(chart, held, HELD, name)
        ends.append((held[-1][1], name, HELD))
        if held[0][0] == 0:
            chart.add_hline(y=held[0][1], line={"color": inks.muted, "width": 1, "dash": "dot"})
    values = [value for _, value in (*held, *trained)]
    _labels(chart, ends, max(values) - min(values))
    return _axes(chart, "squared error of the noise" if image else "loss a token, nats (lower is better)")


def _trained(chart: go.Figure, trained: Sequence[tuple[int, float]], inks: Look) -> float:
    """Draw the training loss; where its line ends."""
    x, y = np.array([s for s, _ in trained]), np.array([v for _, v in trained])
    bare = len(x) < BARE
    marker = {"size": 7 if bare else 4, "color": TRAINED if bare else faded(TRAINED, 0.45)}
    hover = "step %{x}: %{y:.2f} while training<extra></extra>"
    chart.add_scatter(x=x, y=y, mode="markers", marker=marker, hovertemplate=hover)
    if bare:
        return float(y[-1])
    centres, rows = around(len(x))
    low, middle, high = np.percentile(y[rows], (25, 50, 75), axis=1)
    for edge, fill in ((low, None), (high, "tonexty")):
        chart.add_scatter(x=x[centres], y=edge, mode="lines", line={"width": 0}, hoverinfo="skip", fill=fill,
                          fillcolor=band_ink(TRAINED, inks))  # fmt: skip
    chart.add_scatter(x=x[centres], y=middle, mode="lines", line={"color": TRAINED, "width": 2}, hoverinfo="skip")
    return float(middle[-1])


def _line(chart: go.Figure, rows: Sequence[tuple[int, float]], colour: str, name: str, unit: str = "") -> None:
    chart.add_scatter(
        x=[s for s, _ in rows], y=[v for _, v in rows], mode="lines+markers",
        line={"color": colour, "width": 2}, marker={"size": 8, "color": colour},
        hovertemplate=f"step %{{x}}: %{{y:.2f}}{unit}, {safe(name)}<extra></extra>",
    )  # fmt: skip


def _axes(chart: go.Figure, unit: str) -> go.Figure:
    chart.update_xaxes(title_text="step", rangemode="tozero", nticks=7)
    steps = max((max(trace.x) for trace in chart.data if trace.x is not None and len(trace.x)), default=0)
    if steps < 7:  # no step is half a one
        chart.update_xaxes(dtick=1)
    chart.update_yaxes(title_text=unit, nticks=6)
    return chart


def _not_yet(chart: go.Figure, inks: Look) -> go.Figure:
    chart.add_annotation(text="not yet", showarrow=False, font={"size": 13, "color": inks.muted})
    chart.update_xaxes(title_text="step", range=[0, 10], showticklabels=False)
    chart.update_yaxes(title_text="loss a token, nats", range=[0, 1], showticklabels=False)
    return chart


def _labels(chart: go.Figure, ends: Sequence[tuple[float, str, str]], spread: float, width: int = 92) -> None:
    """Names at the ends of lines, moved apart where they would cover each other."""
    place = -np.inf
    for value, name, colour in sorted(ends):
        shown = wrapped(name, 14, 2)
        place = max(value, place + (0.18 if "<br>" in shown else 0.1) * max(spread, 1e-9))
        chart.add_annotation(
            text=shown, x=1.01, xref="paper", y=place, xanchor="left", showarrow=False, align="left",
            font={"color": colour, "size": 12},
        )  # fmt: skip
    chart.update_layout(margin_r=width)


# ---- several runs --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """A run that is compared with others."""

    name: str
    run: TrainingRun
    history: Sequence[Mapping[str, Any]]
    exam: Mapping[str, Any]
    colour: str

    @property
    def held(self) -> list[tuple[int, float]]:
        """Its losses on unseen posts, in percent of the first of them: of other posts they could not be compared."""
        rows = held_readings(self.run, self.history)
        return [(step, 100 * value / rows[0][1]) for step, value in rows] if rows and rows[0][1] else []


def compare_losses(shown: Sequence[Beside], inks: Look) -> go.Figure:
    """How far the loss on unseen posts fell in each run, in percent of where that run began."""
    drawn = [one for one in shown if len(one.held) >= 2]
    chart = figure(_fell_most(drawn), f"n = {len(drawn)} runs; 100% is the loss before the first step", inks, 220)
    if not drawn:
        return _not_yet(chart, inks)
    for one in drawn:
        _line(chart, one.held, one.colour, one.name, "%")
    values = [value for one in drawn for _, value in one.held]
    _labels(chart, [(one.held[-1][1], one.name, one.colour) for one in drawn], max(values) - min(values), 110)
    chart.add_hline(y=100, line={"color": inks.muted, "width": 1, "dash": "dot"})
    return _axes(chart, "loss on unseen posts, % of the start")


def _fell_most(drawn: Sequence[Beside]) -> str:
    if not drawn:
        return "Not yet: no two readings of a loss on unseen posts"
    best = min(drawn, key=lambda one: one.held[-1][1])
    fell = 100 - best.held[-1][1]
    if fell < 1:
        return "In none of them did the loss on unseen posts fall"
    return f"The loss on unseen posts fell most in {best.name}: by {fell:.2g}%"


def compare_gains(shown: Sequence[Beside], inks: Look) -> go.Figure:
    """What each exam found: a band for the 95% interval, a point for the gain."""
    passed = [one for one in shown if (gain := gain_of(one.exam)) and gain[1] > 0]
    briefs = sum(int((one.exam.get("judged") or {}).get("n") or 0) for one in shown)
    what = "held-out briefs" if all(one.run.kind not in SMALL for one in shown) else "held-out briefs or labels"
    note = f"n = {briefs:,} {what}{' in all' if len(shown) > 1 else ''}; band: 95% interval"
    chart = figure(gains_finding(shown, passed), note, inks, 86 + ROW * len(shown))
    for at, one in enumerate(shown):
        _gain(chart, at, one, inks)
    chart.add_vline(x=0, line={"color": inks.muted, "width": 1, "dash": "dot"})
    chart.update_xaxes(title_text=_unit(shown), range=_span(shown))
    names = [_row_name(one) for one in shown]
    chart.update_yaxes(categoryorder="array", categoryarray=names, range=[len(shown) - 0.4, -0.6], showgrid=False)
    return chart


def _unit(shown: Sequence[Beside]) -> str:
    """What a gain is measured in, in two lines: a phone has no room for one."""
    units = {str((one.exam.get("judged") or {}).get("unit") or "") for one in shown} - {""}
    over = "exemplars alone" if all(one.run.kind not in SMALL for one in shown) else "what is in use"
    return f"gain over {over}" + (f"<br>in {safe(units.pop())}" if len(units) == 1 else "")


def _span(shown: Sequence[Beside]) -> list[float]:
    """An axis with room beside every band and the zero."""
    ends = [0.0, *(end for one in shown if (gain := gain_of(one.exam)) for end in gain)]
    room = 0.08 * (max(ends) - min(ends)) or 1.0
    return [min(ends) - room, max(ends) + room]


def gains_finding(shown: Sequence[Beside], passed: Sequence[Beside]) -> str:
    """What the gains of these runs come to."""
    if not any(gain_of(one.exam) for one in shown):
        return "Not yet: none of them has sat its exam"
    voices = all(one.run.kind not in SMALL for one in shown)
    better = "closer to the author" if voices else "better than what is in use"
    if len(shown) == 1:
        sure = "Closer to the author than exemplars alone" if voices else better.capitalize()
        return sure if passed else f"Not {better} for certain"
    if not passed:
        return f"None of them is {better} for certain"
    return f"{len(passed)} of {len(shown)} are {better} for certain: {', '.join(o.name for o in passed)}"


def _gain(chart: go.Figure, at: int, one: Beside, inks: Look) -> None:
    gain, name = gain_of(one.exam), _row_name(one)
    if gain is None:
        chart.add_annotation(text="not judged", x=0, y=name, showarrow=False, bgcolor=inks.paper,
                             font={"size": 12, "color": inks.muted})  # fmt: skip
        chart.add_scatter(x=[None], y=[name], mode="markers", hoverinfo="skip")
        return
    middle, low, high = gain
    chart.add_shape(type="rect", x0=low, x1=high, y0=at - 0.2, y1=at + 0.2, line_width=0, layer="below",
                    fillcolor=band_ink(one.colour, inks))  # fmt: skip
    chart.add_scatter(
        x=[middle], y=[name], mode="markers", marker={"size": 10, "color": one.colour},
        hovertemplate=f"{safe(one.name)}: {gain_said(one.exam)}<extra></extra>",
    )  # fmt: skip


def _row_name(one: Beside) -> str:
    judged = one.exam.get("judged") or {}
    return f"{wrapped(one.name, 22, 2)}<br>n = {int(judged.get('n') or 0):,}"
