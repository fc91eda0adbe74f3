"""The lab's chart: how often each way of writing is preferred over the others, with its interval as a band."""

from __future__ import annotations

import plotly.graph_objects as go

from core.lab import Table
from core.lab.words import FEWEST
from pages.ui.charts import SERIES, Look, band_ink, figure, safe, wrapped

ROW = 46


def strengths_chart(table: Table, inks: Look) -> go.Figure:
    """A band a row for the 95% interval, a point for the estimate; "not yet" under three votes."""
    chart = figure(table.headline, table.rests_on, inks, 70 + ROW * len(table.rows))
    names = [_name(row.label, row.votes) for row in table.rows]
    for at, (name, row) in enumerate(zip(names, table.rows, strict=True)):
        colour = SERIES[0] if row.label == table.verdict.best and table.verdict.kind == "settled" else SERIES[5]
        if row.share is None or row.low is None or row.high is None:
            why = "not yet" if row.votes < FEWEST else "compared with nothing else"
            chart.add_annotation(text=why, x=50, y=name, showarrow=False, font={"size": 12, "color": inks.muted},
                                 bgcolor=inks.paper)  # fmt: skip
            chart.add_scatter(x=[None], y=[name], mode="markers", hoverinfo="skip")
            continue
        chart.add_shape(
            type="rect", x0=100 * row.low, x1=100 * row.high, y0=at - 0.2, y1=at + 0.2, line_width=0,
            fillcolor=band_ink(colour, inks), layer="below",
        )  # fmt: skip
        chart.add_scatter(
            x=[100 * row.share], y=[name], mode="markers", marker={"size": 10, "color": colour},
            hovertemplate=f"{safe(row.label)}: %{{x:.0f}}% (95%: {100 * row.low:.0f}% to {100 * row.high:.0f}%)"
            f"<br>{row.won} won, {row.tied} tied, {row.lost} lost<extra></extra>",
        )  # fmt: skip
    chart.add_vline(x=50, line={"color": inks.muted, "width": 1, "dash": "dot"})
    chart.update_xaxes(title_text="preferred over the others, % of votes without ties", range=[0, 100], dtick=25)
    chart.update_yaxes(categoryorder="array", categoryarray=names, range=[len(names) - 0.4, -0.6], showgrid=False)
    return chart


def _name(label: str, votes: int) -> str:
    return f"{wrapped(label, 22, 2)}<br>n = {votes:,}"
