"""The one Plotly look: a template for light and dark, an author's colour, titles that say the finding, a camera."""

from __future__ import annotations

import functools
import html
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pandas  # noqa: F401  plotly takes pandas as it stands in sys.modules: half imported by another thread, it fails
import plotly.graph_objects as go
import streamlit as st

from core import authors

SERIES = ("#1F8A7E", "#C2761B", "#6B6FC4", "#A4508B", "#5E8C31", "#3F83B5", "#B4524A", "#7D7263")
"""The theme's chartCategoricalColors, in order: both themes read them at 3:1 or better."""
FONT = "Plex Sans, system-ui, sans-serif"
TITLE_COLUMNS = 46
"""Characters a line of a title: what a phone has room for."""


@dataclass(frozen=True)
class Look:
    """The inks of a theme."""

    dark: bool
    ink: str
    muted: str
    grid: str
    paper: str
    raised: str
    look_here: str


LIGHT = Look(False, "#0F1715", "#4C5854", "#E2E8E5", "#FDFDFB", "#FFFFFF", "#A85706")
DARK = Look(True, "#E3E9E6", "#AAB7B2", "#26312F", "#12191A", "#1C2627", "#EDB86E")


def look() -> Look:
    """The inks of the theme that this person's browser shows."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def author_colour(author_id: str) -> str:
    """The same colour for an author on every page: the series' colours, in the order in which authors were added."""
    return SERIES[authors.place(author_id) % len(SERIES)]


def band_ink(colour: str, inks: Look) -> str:
    """A colour as the ground of a band: it has to show on dark paper too."""
    return faded(colour, 0.28 if inks.dark else 0.17)


def faded(colour: str, alpha: float) -> str:
    """A `#rrggbb` colour as rgba."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def safe(text: str) -> str:
    """Text from outside for a title, label or hover: Plotly reads some HTML, so none is left; nor surrogates."""
    return html.escape(re.sub(r"\s+", " ", text), quote=False).encode("utf8", "replace").decode("utf8")


@functools.lru_cache(maxsize=8192)
def wrapped(text: str, columns: int, most: int = 9) -> str:
    """Safe text in lines of at most `columns` characters, with Plotly's line breaks; an ellipsis where it is cut."""
    rows = textwrap.wrap(re.sub(r"\s+", " ", text).strip(), columns, max_lines=most, placeholder=" …")
    return "<br>".join(safe(row) for row in rows)


def figure(title: str, note: str, inks: Look, height: int = 300) -> go.Figure:
    """An empty chart in our look: `title` says the finding, `note` what is drawn and how many posts it rests on."""
    head, under = wrapped(title, TITLE_COLUMNS, 3), wrapped(note, TITLE_COLUMNS + 8, 3)
    rows = head.count("<br>") + 1
    notes = under.count("<br>") + 1 if under else 0
    top = 16 + 20 * rows + 16 * notes
    chart = go.Figure(layout={"template": template(inks), "height": height + top})
    chart.update_layout(
        title={
            "text": f"<b>{head}</b>"
            + (f"<br><span style='font-size:12px;color:{inks.muted}'>{under}</span>" if under else "")
        },
        margin={"t": top, "r": 16, "b": 52, "l": 58},
    )
    return chart


def template(inks: Look) -> go.layout.Template:
    """Type, grid, margins and hover, for charts on the page's own paper."""
    axis: dict[str, Any] = {
        "gridcolor": inks.grid,
        "zeroline": False,
        "linecolor": inks.grid,
        "ticks": "",
        "tickfont": {"size": 12, "color": inks.muted},
        "title": {"font": {"size": 12, "color": inks.muted}, "standoff": 10},
        "automargin": True,
        "fixedrange": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": inks.ink},
            "title": {"font": {"size": 15, "color": inks.ink}, "x": 0, "xanchor": "left", "xref": "container",
                      "y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 16, "l": 2}},
            "paper_bgcolor": inks.paper,
            "plot_bgcolor": inks.paper,
            "colorway": list(SERIES),
            "showlegend": False,
            "hovermode": "closest",
            "hoverlabel": {"bgcolor": inks.raised, "bordercolor": inks.muted, "align": "left",
                           "font": {"family": FONT, "size": 12, "color": inks.ink}},
            "xaxis": {**axis, "showgrid": False, "showline": True},
            "yaxis": {**axis, "showline": False},
            "dragmode": False,
            "modebar": {"orientation": "h", "bgcolor": "rgba(0,0,0,0)", "color": inks.muted, "activecolor": inks.ink},
        }
    )  # fmt: skip


def config(name: str) -> dict[str, Any]:
    """The toolbar: only the camera, always there, which saves the chart as NAME.png in the browser itself."""
    stem = re.sub(r"[^\w-]+", "-", name).strip("-").lower() or "chart"
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": f"timbre-{stem}", "scale": 2},
    }


def show(
    chart: go.Figure, key: str, name: str, alt: str, on_select: Callable[[], None] | Literal["ignore"] = "ignore"
) -> None:
    """Draw a chart; `alt` says it to those who cannot see it. `on_select` is called when a point is clicked."""
    st.plotly_chart(
        chart, theme=None, key=key, config=config(name), alt=alt, on_select=on_select, selection_mode="points"
    )
