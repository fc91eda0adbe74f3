"""One author's drift: the answer, the timeline, how much was written with Timbre, and the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from core import authors, drift
from core.drift import say
from core.drift.curve import Curve
from core.drift.say import OPEN
from core.drift.timeline import ORIGINS, WITH_TIMBRE
from core.drift.views import State, first_lines, headline, texts, when
from core.errors import NotFound
from core.store import Actor
from core.store.tables import Alarm, Author
from pages.ui.charts import author_colour, look, show
from pages.ui.drift_chart import Drawn, share, timeline
from pages.ui.notice import attempt
from pages.ui.pieces import empty_state, evidence, link, plain
from pages.ui.post_card import linkedin_card
from pages.ui.style_post import OPENED, clicked, close, figure, turn

EXPLAINED = """
- **Away from the baseline**: each post is compared with the *baseline*, posts of the same author from before. What is
  further away than people move by themselves is added up, post by post; what is like the baseline takes it back. It
  rests on how somebody writes (small words, punctuation, layout, rhythm), hardly on the subject. A week's figure is the
  highest of its posts.
- **Usual range**: where the sum stays 95 times in 100 when nothing has changed.
- **Alarm**: the sum is beyond a threshold that 35 posts like the baseline reach about 1 time in 20. Only then is a
  change point named, and it has an interval: the true place may be some posts earlier or later.
- It says that the writing changed. It does not say who wrote it, nor that it is worse. People change: acknowledge it,
  and later posts are compared with the new way of writing.
- Very short posts say too little and are not judged; nor are the posts of the baseline itself.
"""


@dataclass(frozen=True)
class Shown:
    """What the page is about."""

    author: Author
    state: State
    alarm: Alarm | None

    @property
    def curve(self) -> Curve | None:
        """The curve, where there is one to draw."""
        curve = self.state.curve
        return curve if curve is not None and curve.n else None


def asked(author: Author) -> Shown:
    """The author with the alarm that the URL names, else their open one."""
    state = drift.state(author.id)
    wanted = st.query_params.get("alarm")
    found = next((alarm for alarm in state.alarms if alarm.id == wanted), None)
    return Shown(author, state, found or next(iter(state.open), None))


def first_answer(shown: Shown) -> None:
    """The answer in a sentence, the timeline under it, the post that the URL names."""
    name, curve = shown.author.name, shown.curve
    if curve is None or not curve.judged:
        _not_yet(shown)
        return
    _opened(shown, curve)
    title = headline(shown.state, name)
    alarm = shown.alarm if shown.alarm and shown.alarm.status == OPEN else None
    draw(curve, title, name, author_colour(shown.author.id), alarm, f"drift_timeline_{shown.author.id}")
    if shown.state.reason:
        evidence(shown.state.reason)
    if line := say.apart(shown.state.origins):
        evidence(line)
    with st.expander("What the timeline means"):
        st.markdown(EXPLAINED)


def draw(
    curve: Curve, title: str, name: str, colour: str, alarm: Alarm | None, key: str, rows: tuple[int, int] | None = None
) -> None:
    """A timeline that opens a post on a click; `rows` (first, last) where only a part of it is shown."""
    first, last = rows or (0, curve.n - 1)
    drawn = Drawn(curve, first, last)
    lines = first_lines([str(curve.ids[row]) for row in drawn.points()])
    chart = timeline(drawn, title, name, colour, look(), lines, alarm)
    at = f"{key}_{turn()}"
    show(chart, at, f"{name} drift", f"{title}. {last - first + 1} posts.", on_select=lambda: clicked(at))


def _not_yet(shown: Shown) -> None:
    reason = shown.state.reason or "None of the posts is long enough to judge."
    empty_state(f"{shown.author.name}: too little evidence yet. {reason}", "Add writing", "samples")


def _opened(shown: Shown, curve: Curve) -> None:
    """The post that the URL names, in a dialog."""
    wanted = st.query_params.get(OPENED)
    if not wanted:
        return
    row = curve.place(wanted)
    text = texts([wanted]).get(wanted) if row is not None else None
    if row is None or text is None:
        evidence("The post that this address names is not on this timeline any more.")
        return
    try:
        _dialog(authors.get(shown.author.id), curve, row, text)
    except NotFound:
        evidence("The author of this post is not here any more.")


@st.dialog("A post on the timeline", width="large", on_dismiss=close)
def _dialog(author: Author, curve: Curve, row: int, text: str) -> None:
    post, said = st.columns([3, 2], gap="large")
    with post:
        linkedin_card(author.name, author.headline, text, fold=False)
    with said:
        st.markdown(plain(_judgement(curve, row)))
        evidence(f"{when(curve, row)}; number {row + 1:,} of {curve.n:,}; {ORIGINS[int(curve.origin[row])]}.")
        if curve.origin[row]:
            link("Open in Review", "review", post=str(curve.ids[row]))
        else:
            link("Its numbers on the Style page", "style", post=str(curve.ids[row]))


def _judgement(curve: Curve, row: int) -> str:
    value, high = float(curve.statistic[row]), float(curve.high[row])
    if curve.baseline[row]:
        return "Part of the baseline: other posts are compared with it."
    if math.isnan(value):
        return "Not judged: too short, or before the baseline."
    where = "beyond" if value > high else "within"
    alarm = " An alarm stands here." if curve.alarm[row] else ""
    return f"Up to this post: {figure(value)} away from the baseline, {where} the usual range ({figure(high)}).{alarm}"


def with_timbre(shown: Shown) -> None:
    """How much was written with Timbre over time; nothing where nothing was."""
    curve = shown.curve
    if curve is None or not (curve.origin == WITH_TIMBRE).any():
        return
    if curve.n < 10:
        return
    chart = share(curve, shown.author.name, author_colour(shown.author.id), look())
    show(
        chart, f"drift_share_{shown.author.id}", f"{shown.author.name} share", f"{curve.n} posts, written with Timbre."
    )


def baseline(shown: Shown, actor: Actor) -> None:
    """Which posts the others are compared with, and choosing others."""
    curve, now = shown.curve, shown.state.baseline
    if curve is None:
        return
    with st.expander("Baseline: what later posts are compared with"):
        if now is not None:
            first, last = now
            how = "chosen by " + shown.state.chosen.by if shown.state.chosen else "chosen automatically"
            st.markdown(
                plain(f"Posts {first + 1:,} to {last + 1:,} ({when(curve, first)} to {when(curve, last)}), {how}.")
            )
        one, two = st.columns(2)
        low, high = now or (0, min(34, curve.n - 1))
        key = f"drift_baseline_{shown.author.id}_{curve.n}"
        start = int(one.number_input("First post", 1, curve.n, low + 1, key=f"{key}_first"))
        end = int(two.number_input("Last post", 1, curve.n, high + 1, key=f"{key}_last"))
        evidence(f"{when(curve, start - 1)} to {when(curve, end - 1)}: {max(0, end - start + 1):,} posts; 35 are best.")
        with st.container(horizontal=True):
            st.button(
                "Use these posts as the baseline",
                key="drift_baseline_set",
                on_click=_set,
                args=(actor, shown.author.id, str(curve.ids[start - 1]), str(curve.ids[end - 1])),
            )
            if shown.state.chosen:
                st.button(
                    "Choose automatically again",
                    key="drift_baseline_auto",
                    on_click=_set,
                    args=(actor, shown.author.id),
                )


def _set(actor: Actor, author_id: str, first_id: str | None = None, last_id: str | None = None) -> None:
    attempt(
        lambda: drift.set_baseline(actor, author_id, first_id, last_id),
        "The baseline is set. The worker judges the posts anew.",
    )
