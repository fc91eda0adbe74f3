"""The chart of archetypes: each author a point, near those who write alike; archetypes by colour and shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.store.tables_training import Archetype
from core.voice.words import count
from pages.ui.charts import SERIES, Look, figure, safe, wrapped

SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "star", "hexagon")
SIGNS = ("●", "■", "◆", "▲", "✚", "▼", "★", "⬢")
"""For each shape: the same as a sign in words."""
ROOM = (0.16, 0.055)
"""Shares of the plot's width and height that a name takes: where two would cover each other, one is left out."""
HOVER = "<b>%{customdata[1]}</b>  %{customdata[2]}<br>%{customdata[3]}<extra></extra>"


def look_of(number: int) -> tuple[str, str, str]:
    """(Colour, shape, sign) of an archetype by its place in the list; no two of the first 56 share both."""
    return SERIES[number % len(SERIES)], *_shape(number)


def _shape(number: int) -> tuple[str, str]:
    at = (number + number // len(SERIES)) % len(SHAPES)
    return SHAPES[at], SIGNS[at]


def plot(rows: Sequence[Archetype], names: Mapping[str, str], lines: Mapping[str, str], inks: Look) -> go.Figure:
    """`names`: author id -> name; `lines`: sample id -> its first lines."""
    placed = [[m for m in row.members if m.get("x") is not None and m["author"] in names] for row in rows]
    total = sum(map(len, placed))
    space = rows[0].clustering
    title = f"{count(total, 'author')} in {count(len(rows), 'archetype')}: who lies close together writes alike"
    note = f"n = {total:,}; the two directions in which they differ most, {space['shown']:.0%} of all differences"
    chart = figure(title, note, inks, 420)
    named = _named([m for members in placed for m in members])
    for number, (row, members) in enumerate(zip(rows, placed, strict=True)):
        colour, shape, _ = look_of(number)
        data = [[m["author"], *_said(m, row, names, lines)] for m in members]
        chart.add_scatter(
            x=[m["x"] for m in members], y=[m["y"] for m in members], customdata=data, hovertemplate=HOVER,
            mode="markers+text",
            text=[safe(names[m["author"]]) if m["author"] in named else "" for m in members], textposition="top center",
            textfont={"size": 11, "color": inks.muted},
            marker={"color": colour, "symbol": shape, "size": 11, "line": {"width": 1, "color": inks.paper}},
            unselected={"marker": {"opacity": 1}}, cliponaxis=False,
        )  # fmt: skip
    _legend(chart, rows, inks)
    for axis, said in zip((chart.update_xaxes, chart.update_yaxes), space["axes"], strict=True):
        axis(title_text=f"→ {said}", showticklabels=False, showgrid=True, zeroline=True, zerolinecolor=inks.grid)
    return chart


def _named(members: Sequence[Mapping[str, Any]]) -> set[str]:
    """The authors whose names are drawn, those who stand most alone first; all others have theirs on hover."""
    if not members:
        return set()
    xy = np.array([[m["x"], m["y"]] for m in members])
    place = (xy - xy.min(axis=0)) / np.maximum(np.ptp(xy, axis=0), 1e-9) / ROOM
    apart = np.abs(place[:, None] - place[None]).max(axis=2)
    np.fill_diagonal(apart, np.inf)
    out: list[int] = []
    for at in np.argsort(-apart.min(axis=1)):
        if all(apart[at, other] >= 1 for other in out):
            out.append(int(at))
    return {members[at]["author"] for at in out}


def _said(
    member: Mapping[str, Any], row: Archetype, names: Mapping[str, str], lines: Mapping[str, str]
) -> tuple[str, str, str]:
    begins = lines.get(str(member.get("example") or ""), "")
    return safe(names[member["author"]]), safe(row.name), wrapped(begins, 58, 4)


def _legend(chart: go.Figure, rows: Sequence[Archetype], inks: Look) -> None:
    """The archetypes above the plot, each with its mark in its own ink."""
    words = []
    for number, row in enumerate(rows):
        colour, _, sign = look_of(number)
        words.append(f"<span style='color:{colour}'>{sign}</span> {wrapped(row.name, 46, 1)}")
    chart.add_annotation(
        text="<br>".join(words), xref="paper", yref="paper", x=0, y=1.02, xanchor="left", yanchor="bottom",
        align="left", showarrow=False, font={"size": 12, "color": inks.muted},
    )  # fmt: skip
    room = 18 * len(rows) + 10
    chart.update_layout(margin_t=chart.layout.margin.t + room, height=chart.layout.height + room)
