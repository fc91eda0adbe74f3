"""What Training shows as HTML: a table that becomes labelled lines on a phone, a line of figures, phases in order."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.assets import style


@dataclass(frozen=True)
class Mark:
    """A cell that is an outcome: shape and word and colour (`good`, `bad` or `open`)."""

    kind: str
    word: str

    @property
    def shape(self) -> str:
        """Read without its colour, too."""
        return {"good": "●", "bad": "✕"}.get(self.kind, "○")


Cell = str | Mark


def grid(rows: Sequence[Mapping[str, Cell]], about: str) -> None:
    """Rows under the names of the first one; the first column names its row. `about` says it to a screen reader."""
    if not rows:
        return
    names = list(rows[0])
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
    body = "".join(f"<tr>{_cells(row, names)}</tr>" for row in rows)
    st.html(
        f'{style("training")}<table class="tb-grid" aria-label="{html.escape(about)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _cells(row: Mapping[str, Cell], names: Sequence[str]) -> str:
    first, *rest = names
    out = f'<th scope="row">{_cell(row.get(first, ""))}</th>'
    return out + "".join(f'<td data-label="{html.escape(n)}">{_cell(row.get(n, ""))}</td>' for n in rest)


def _cell(value: Cell) -> str:
    if isinstance(value, Mark):
        return f'<span class="{value.kind}">{value.shape} {html.escape(value.word)}</span>'
    return html.escape(value)


def figures(rows: Sequence[tuple[str, str, str]]) -> None:
    """(Name, value, what it means) each, in one line that wraps."""
    said = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}"
        f"{f'<small>{html.escape(note)}</small>' if note else ''}</dd></div>"
        for name, value, note in rows
    )
    st.html(f'{style("training")}<dl class="tb-figures">{said}</dl>')


def phases(rows: Sequence[tuple[str, str]]) -> None:
    """(Name, state) of each phase; state is `done`, `now`, `bad`, `off` (stopped) or empty for what is to come."""
    shapes = {"done": "●", "now": "◐", "bad": "✕", "off": "□"}
    said = "".join(
        f'<li class="{state}"{" aria-current=step" if state == "now" else ""}>{shapes.get(state, "○")} '
        f"{html.escape(name)}</li>"
        for name, state in rows
    )
    st.html(f'{style("training")}<ol class="tb-phases">{said}</ol>')
