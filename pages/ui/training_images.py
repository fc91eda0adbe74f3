"""What the Training page shows of a likeness: pictures that were made as it learnt, and what to do with its sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.images import likeness_asking
from core.store.tables_training import Adapter
from pages.ui.pieces import evidence, link, plain, status_text
from pages.ui.shell import Here

IMAGE = "image"
SHOWN = 6
OF_IMAGES = ("method", "trigger", "subject", "rank", "alpha", "rate", "steps", "batch", "accumulate", "resolution",
             "prior", "dtype", "device", "base")  # fmt: skip
"""Settings of a run that are shown."""
HOW = """
- **Who judges.** You. Of each picture that was made with the likeness you say whether it is the person.
- **Against what.** Each scene was made twice from the same seed: with the likeness, and without it.
- **What it does not say.** Whether every picture will do: others come out better or worse. Look at each before use.
"""


def pictures(run_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same scene as it came out at each look, the newest first."""
    names = list(dict.fromkeys(str(row.get("brief") or row.get("id")) for row in rows))
    many = "1 scene that stays" if len(names) == 1 else f"{len(names)} scenes that stay"
    with st.expander(f"What it makes as it learns ({many} the same)"):
        chosen = st.selectbox("Scene", names, key="training_scene", format_func=lambda name: name[:90])
        found = [row for row in rows if str(row.get("brief") or row.get("id")) == chosen]
        with st.container(horizontal=True, gap="small"):
            for row in reversed(found[-SHOWN:]):
                small = likeness_asking.sample(run_id, str(row.get("file") or ""))
                if small is not None:
                    st.image(small, caption=f"at step {int(row.get('step') or 0):,}", width=200)
        if len(found) > SHOWN:
            evidence(f"{len(found) - SHOWN:,} earlier ones are not shown.")


def waits(adapter: Adapter, here: Here) -> None:
    """That the contact sheet waits for a person, and the sheet."""
    from pages.ui.images_sheet import sheet

    if adapter.passed is None:
        st.markdown(f"{status_text('variants', 'To rate')} **{plain('Its contact sheet waits for you.')}**")
        evidence("Say of each picture whether it is the person. Nothing uses it before that.")
    sheet(adapter, here)
    link("Photos and consent", "images", part="Photos")
