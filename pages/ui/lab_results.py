"""What the votes say: a chart with intervals, the verdict in words, the table, and the files to take along."""

from __future__ import annotations

import functools

import streamlit as st

from core import lab
from core.lab import By, Scope, Table
from core.lab.exporting import FILES
from core.lab.words import NAMES
from pages.ui.charts import look, show
from pages.ui.lab_chart import strengths_chart
from pages.ui.pieces import empty_state, evidence, link, plain
from pages.ui.shell import Here

EXPLAINED = """
- **Preferred over the others**: how often a text written this way would win a vote against an average one of the
  others, where somebody prefers one at all (Bradley-Terry with ties). 50% is no difference.
- **The band** is the 95% interval. Where the bands of two overlap widely, they cannot be told apart, whatever the
  points say.
- **Preferred** is said only beyond about three standard errors: people look after every vote and stop when one leads,
  and a single 95% interval is not made for that. Tried with nothing to find, fewer than 1 in 20 series of votes ends
  with a winner.
- **Votes on one brief are alike.** From five briefs on, the interval allows for that. It speaks of those who voted.
- Ratings count where they are of the text as it was written, not as somebody edited it.
"""


def results(scope: Scope, here: Here) -> None:
    """One comparison at a time: models, prompt versions, adapters, openings, or an experiment's arms."""
    told = lab.told(scope)
    if not told.votes and not told.ratings:
        empty_state(f"Nobody has voted yet. From three votes on there is something to show for {_whom(scope, here)}.")
        return
    options = lab.comparisons(scope)
    by = st.segmented_control(
        "Compare", options, default=options[0] if scope.experiment_id else "hook", required=True, key="lab_by",
        bind="query-params", format_func=lambda by: NAMES[by][1].capitalize(),
    )  # fmt: skip
    table = lab.strengths(scope, by or options[0], told)
    _verdict(table)
    _rows(table)
    if table.chosen:
        evidence(f"The text that stood first won {table.left:,} of {table.chosen:,} votes; the order is chance.")
    with st.expander("What the chart means"):
        st.markdown(EXPLAINED)
    _exports(scope)
    link("What votes and edits taught", "persona", persona_view="Lessons")


def _whom(scope: Scope, here: Here) -> str:
    return "this experiment" if scope.experiment_id else here.author.name if here.author else "this author"


def _verdict(table: Table) -> None:
    if len(table.rows) < 2 or not table.votes:
        st.markdown(f"**{plain(table.headline)}**")
        evidence(_nothing(table.by))
        return
    alt = f"{table.headline} {table.because}"
    show(strengths_chart(table, look()), f"lab_chart_{table.by}", f"lab {table.by}", alt)
    if table.because:
        st.markdown(plain(table.because))


def _nothing(by: By) -> str:
    if by == "hook":
        return "Votes tell of openings where the two texts open in different ways."
    several = NAMES[by][1]
    return f"All texts voted on so far share one. An experiment compares {several} over a batch of briefs."


def _rows(table: Table) -> None:
    if not table.rows:
        return
    rows = [
        {
            NAMES[table.by][0].capitalize(): plain(row.label),
            "Won, tied, lost": f"{row.won:,}, {row.tied:,}, {row.lost:,}",
            "Mean rating": "not yet" if row.stars is None else f"{row.stars:.1f} of 5 (n = {row.ratings:,})",
            "Said against it": plain(", ".join(f"{tag} {n}" for tag, n in row.tags[:4])) or "nothing",
        }
        for row in table.rows
    ]
    with st.container(key="lab_table"):
        st.table(rows)


def _exports(scope: Scope) -> None:
    with st.container(horizontal=True):
        for what in FILES:
            made = functools.partial(lab.export_csv, scope, what)
            name = f"timbre-lab-{what}.csv"
            st.download_button(
                f"Save the {what} (CSV)", made, name, "text/csv", key=f"lab_export_{what}", on_click="ignore"
            )
