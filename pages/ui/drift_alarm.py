"""One alarm: what changed, before and after side by side, and what to do about it."""

from __future__ import annotations

import functools

import streamlit as st

from core import drift
from core.config import ROOT
from core.drift import say
from core.drift.say import ACKNOWLEDGED, OPEN
from core.drift.views import texts, when
from core.errors import TimbreError
from core.store import Actor
from core.store.tables import Alarm
from pages.ui.drift_leave_out import leave_out, take_back
from pages.ui.drift_view import Shown
from pages.ui.editor import Field, fields
from pages.ui.notice import KEPT, attempt
from pages.ui.pieces import evidence, link, plain, status_text
from pages.ui.post_card import linkedin_card

LONG, TALL = 900, 440
"""Characters from which on a post scrolls in a frame of so many pixels: both sides stay in sight."""
NEWEST = 35
"""Posts of a baseline that begins today."""
NOTE = Field("note", "Note", "For example: intended, new role", "Kept as you type, and with the decision.", 2, True)


def alarm_card(shown: Shown, actor: Actor) -> None:
    """The alarm of the page, and what can be done while it is open."""
    alarm = shown.alarm
    if alarm is None:
        return
    with st.container(border=True, key="drift_alarm"):
        title = say.since(alarm) if alarm.status == OPEN else say.title(alarm, shown.author.name)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(title[:1].upper() + title[1:])}**", width="content")
            badge = ("alarm" if alarm.standing else "eased") if alarm.status == OPEN else alarm.status
            st.markdown(status_text(badge), width="content")
        size = f"the posts moved away by {say.effect(alarm)}" if say.effect(alarm) else ""
        parts = [part for part in (say.interval(alarm), size, say.posts_since(alarm)) if part]
        evidence("; ".join(parts)[:1].upper() + "; ".join(parts)[1:] + ".")
        _changed(alarm)
        _sides(shown, alarm)
        if alarm.status == OPEN:
            _decide(shown, alarm, actor)
            leave_out(shown, alarm, actor)
        else:
            evidence(f"This alarm was {say.outcome(alarm)}. " + (f"Note: {alarm.note}" if alarm.note else ""))
            take_back(alarm, actor)


def _changed(alarm: Alarm) -> None:
    st.markdown("**What changed**")
    found = say.changed(alarm)
    before, after = alarm.finding.get("compared", (0, 0))
    if found:
        st.markdown("\n".join(f"- {plain(line[:1].upper() + line[1:])}" for line in found))
        evidence(f"The {after:,} posts since the change against the {before:,} before it; only what is beyond chance.")
    else:
        evidence(
            f"Many small differences, none clear by itself ({before:,} posts before against {after:,} after). "
            "Read the posts below."
        )
    old, new = alarm.finding.get("origins", ({}, {}))
    if set(old) | set(new) != {"their own writing"}:
        evidence(f"Origin before: {_counts(old)}. Since: {_counts(new)}.")


def _counts(origins: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in origins.items()) or "none"


def _sides(shown: Shown, alarm: Alarm) -> None:
    """The posts that show it best, one of before beside one of after."""
    pairs = list(zip(alarm.finding.get("before", ()), alarm.finding.get("after", ()), strict=False))
    if not pairs:
        return
    number = 0
    if len(pairs) > 1:
        options = list(range(len(pairs)))
        key = f"drift_pair_{alarm.id}"
        picked = st.segmented_control(
            "Posts that show it", options, default=0, format_func=lambda n: f"Pair {n + 1}", key=key, required=True
        )
        number = picked or 0
    known = texts(list(pairs[number]))
    for column, label, id_ in zip(st.columns(2, gap="medium"), ("Before", "Since"), pairs[number], strict=True):
        with column:
            row = shown.curve.place(id_) if shown.curve else None
            place = when(shown.curve, row) if shown.curve and row is not None else "left out since"
            st.markdown(f"**{label}**, {plain(place)}")
            text = known.get(id_, "")
            with st.container(height=TALL if len(text) > LONG else "content", border=False):
                linkedin_card(shown.author.name, shown.author.headline, text, opened=True)


def _decide(shown: Shown, alarm: Alarm, actor: Actor) -> None:
    st.markdown("**Is this meant?**")
    keep = functools.partial(_keep, actor, alarm.id)
    fields(f"alarm:{alarm.id}:note", [NOTE], {"note": alarm.note}, keep)
    with st.container(horizontal=True):
        st.button(
            "Acknowledge and start a new baseline here",
            type="primary",
            key="drift_ack_new",
            on_click=_acknowledge,
            args=(actor, alarm.id, True),
            help=f"Posts {say.since(alarm)} are how {plain(shown.author.name)} writes now.",
        )
        if newest := _newest(shown, alarm):
            st.button(
                "Acknowledge and watch from now on",
                key="drift_ack_now",
                on_click=_acknowledge,
                args=(actor, alarm.id, True, newest),
                help=f"The change is long ago: the newest {NEWEST} posts become the baseline.",
            )
        st.button(
            "Acknowledge, keep the baseline",
            key="drift_ack_keep",
            on_click=_acknowledge,
            args=(actor, alarm.id, False),
            help="For a passing change. The same change is not reported again.",
        )
        if st.button(
            "Make a brief", key="drift_brief", help="Say the post that shows it best again, in the usual voice."
        ):
            _brief(shown, alarm, actor)


def _keep(actor: Actor, alarm_id: str, changes: dict[str, str]) -> None:
    if "note" in changes:
        drift.keep_note(actor, alarm_id, changes["note"])


def _newest(shown: Shown, alarm: Alarm) -> str | None:
    """The first of the newest posts, where so many came since the change that it is history."""
    curve = shown.curve
    first = curve.place(alarm.first_id) if curve is not None else None
    if curve is None or first is None or curve.n - first < 2 * NEWEST:
        return None
    return str(curve.ids[curve.n - NEWEST])


def _acknowledge(actor: Actor, alarm_id: str, new_baseline: bool, first_id: str | None = None) -> None:
    since = "the newest ones" if first_id else "those from the change on"
    said = f"Acknowledged. Later posts are compared with {since}." if new_baseline else "Acknowledged."
    attempt(lambda: drift.acknowledge(actor, alarm_id, None, new_baseline, first_id), said)


def _brief(shown: Shown, alarm: Alarm, actor: Actor) -> None:
    try:
        drift.brief_from_alarm(actor, alarm.id)
    except TimbreError as error:
        st.session_state[KEPT] = error
        st.rerun()
    st.switch_page(ROOT / "pages/generate.py", query_params={"author": shown.author.id})


def closed(shown: Shown, actor: Actor) -> None:
    """What was decided before, each with its note, and the way back."""
    past = [alarm for alarm in shown.state.alarms if alarm.status != OPEN]
    if not past:
        return
    with st.expander(f"Decided before ({len(past)})"):
        for alarm in past:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                link(plain(say.title(alarm, shown.author.name)), "drift", author=alarm.author_id, alarm=alarm.id)
                st.markdown(status_text(alarm.status), width="content")
                if alarm.status == ACKNOWLEDGED:
                    st.button(
                        "Open again", key=f"drift_reopen_{alarm.id}", on_click=_reopen, args=(actor, alarm.id),
                        type="tertiary",
                    )  # fmt: skip
            evidence(say.outcome(alarm) + "." + (f" Note: {alarm.note}" if alarm.note else ""))


def _reopen(actor: Actor, alarm_id: str) -> None:
    attempt(lambda: drift.reopen(actor, alarm_id), "The alarm is open again.")
