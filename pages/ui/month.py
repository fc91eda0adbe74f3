"""The month of the calendar: a component that shows posts on days, and what happens when one is moved or opened."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from core import authors, calendar, review
from core.calendar import days
from core.errors import Invalid, TimbreError
from core.store import Actor
from core.store.tables import Author, Post
from pages.ui.assets import asset
from pages.ui.pieces import STATUS, in_zone, when

KEY, SAID, SEQ, UNDO = "calendar_month", "calendar_said", "calendar_seq", "calendar_undo"
TRAY = 24
"""Posts without a date that are shown beside the month; the rest is in the list."""
OUT = ("Published", "Measured")
FRESH = timedelta(minutes=2)
"""How long what was done is shown, at most."""
Json = dict[str, Any]


@dataclass(frozen=True)
class View:
    """What of the calendar is looked at."""

    year: int
    month: int
    zone: str
    authors: Sequence[Author]
    only: Author | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def name(self) -> str:
        """For example `March 2027`."""
        return f"{date(self.year, self.month, 1):%B} {self.year}"


@functools.cache
def _component() -> Any:
    return st.components.v2.component(
        "timbre_month", html=asset("month.html"), css=asset("month.css"), js=asset("month.js")
    )


def month(view: View, actor: Actor) -> None:
    """Show the month and take what is done in it."""
    only = view.only.id if view.only else None
    shown = days.grid(view.year, view.month)
    planned = calendar.span(shown[0], shown[-1], view.zone, only)
    waiting = calendar.unscheduled(only, TRAY + 1)
    _component()(
        key=KEY,
        data=as_data(view, actor, planned, waiting),
        on_move_change=functools.partial(_received, "move", functools.partial(_move, view, actor)),
        on_undo_change=functools.partial(_received, "undo", functools.partial(_undo, actor)),
        on_open_change=functools.partial(_received, "open", functools.partial(_open, view)),
    )


# ---- what the browser gets -----------------------------------------------------------------------------------


def as_data(view: View, actor: Actor, planned: Sequence[Post], waiting: Sequence[Post]) -> Json:
    """Everything the component draws, as JSON. Its texts are data: the browser sets them as text."""
    there = {p.author_id for p in [*planned, *waiting[:TRAY]]}
    known = {a.id: (authors.place(a.id), a.name) for a in view.authors if a.id in there}
    flags = _flags(planned, view.now, known)
    chips = [_chip(p, view, known, actor, flags.get(p.id, [])) for p in planned]
    tray = [_chip(p, view, known, actor, []) for p in waiting[:TRAY]]
    today = days.local_day(view.now, view.zone)
    return {
        "month": f"{view.year}-{view.month:02d}",
        "today": today.isoformat(),
        "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        "days": [_day(day, view.month, today) for day in days.grid(view.year, view.month)],
        "posts": chips,
        "tray": tray,
        "authors": [{"name": name, "colour": n} for n, name in known.values()],
        "movable": any(c["movable"] for c in [*chips, *tray]),
        "earlier": "Show the days before today",
        "nothing": f"Nothing has a date in {view.name}.",
        "tray_title": "Approved, without a date",
        "tray_empty": "Nothing waits for a date.",
        "tray_more": f"More than {TRAY} wait: see the list." if len(waiting) > TRAY else "",
        "help_drag": "Drag a post to another day: it keeps its time.",
        "help_keys": "With the keyboard: M on a post, the arrow keys, Enter. Open a post to set day, time and zone.",
        "said": said(),
        "seq": st.session_state.get(SEQ, 0),
    }


def _day(day: date, month_shown: int, today: date) -> Json:
    other = day.month != month_shown
    return {
        "date": day.isoformat(),
        "short": f"{day.day} {day:%b}" if day.day == 1 or other else str(day.day),
        "long": f"{day:%A} {day.day} {day:%B}",
        "today": day == today,
        "past": day < today,
        "other": other,
    }


def _chip(
    post: Post, view: View, known: Mapping[str, tuple[int, str]], actor: Actor, flags: Sequence[tuple[str, str]]
) -> Json:
    zone, now = view.zone, view.now
    family, shape, word = STATUS.get(post.status, ("gray", "○", post.status))
    number, author = known.get(post.author_id, (len(known), "An archived author"))
    title = calendar.heading(post)
    at = when(post.slot, zone) if post.slot else "without a date"
    over = bool(post.slot and post.slot < now and post.status not in OUT)
    passed = "Its slot has passed" if over else ""
    own = f"{when(post.slot, post.zone)} in {post.zone}" if post.slot and post.zone != zone else ""
    return {
        "id": post.id,
        "day": days.local_day(post.slot, zone).isoformat() if post.slot else None,
        "time": f"{post.slot.astimezone(days.zone_info(zone)):%H:%M}" if post.slot else "",
        "title": title,
        "family": family,
        "shape": shape,
        "word": word,
        "author": author,
        "colour": number,
        "movable": "schedule" in review.actions(post, actor),
        "revision": post.revision,
        "over": over,
        "flags": [short for short, _long in flags],
        "spoken": ". ".join([title, author, word, at, *filter(None, [passed]), *(long for _short, long in flags)]),
        "tip": "\n".join(part for part in (title, author, own, passed, *(long for _short, long in flags)) if part),
    }


def _flags(
    planned: Sequence[Post], present: datetime, known: Mapping[str, tuple[int, str]]
) -> dict[str, list[tuple[str, str]]]:
    """What to look at, by post: in two words, and in a sentence."""
    out: dict[str, list[tuple[str, str]]] = {}
    for post in planned:
        if post.slot and post.slot < present:
            continue  # what is over is no warning
        if post.status == "Approved" and post.slot and post.slot_approved_by is None:
            out.setdefault(post.id, []).append(("sign off date", "Its date waits for an approver's sign-off"))
    for pair in calendar.conflicts([p for p in planned if p.slot and p.slot >= present]):
        name = known.get(pair[0].author_id, (0, "the same author"))[1]
        for post in pair:
            said = ("close to another", f"Less than an hour from another post by {name}")
            if said not in out.setdefault(post.id, []):
                out[post.id].append(said)
    return out


# ---- what the browser asks for -------------------------------------------------------------------------------


def _received(name: str, work: Any) -> None:
    """Carry out one message of the component; what it did, or why not, is shown above the month."""
    state = st.session_state.get(KEY)
    message = state.get(name) if state is not None else None
    if not isinstance(message, Mapping):
        return
    st.session_state[SEQ] = st.session_state.get(SEQ, 0) + 1
    st.session_state.pop(SAID, None)
    try:
        work(message)
    except TimbreError as error:
        say(f"{error.message} {error.hint}", ok=False)


def say(text: str, ok: bool = True, undo: bool = False) -> None:
    """Show a sentence above the month until the next thing happens."""
    st.session_state[SAID] = (datetime.now(UTC), {"text": text, "ok": ok, "undo": undo})
    st.session_state[SEQ] = st.session_state.get(SEQ, 0) + 1


def said() -> Json | None:
    """What was done last, if that is not long ago."""
    at, sentence = st.session_state.get(SAID) or (None, None)
    return sentence if at is not None and datetime.now(UTC) - at < FRESH else None


def _move(view: View, actor: Actor, message: Mapping[str, Any]) -> None:
    before = review.get(str(message.get("id")))
    revision = _number(message.get("revision"))
    if message.get("day") is None:
        after = calendar.schedule(before.id, None, before.zone, actor, revision)
    else:
        after = calendar.move(before.id, _date(message["day"]), view.zone, actor, revision)
    st.session_state[UNDO] = (before.id, before.slot, before.zone, after.revision)
    say(outcome(before, after, view.zone), undo=True)


def _undo(actor: Actor, _message: Mapping[str, Any]) -> None:
    kept = st.session_state.pop(UNDO, None)
    if kept is not None:
        post_id, slot, zone, revision = kept
        after = calendar.schedule(post_id, slot, zone, actor, revision)
        say(f"“{calendar.heading(after, 50)}” is back where it was.")


def _open(view: View, message: Mapping[str, Any]) -> None:
    st.query_params["month"] = f"{view.year}-{view.month:02d}"
    st.query_params["post"] = str(message.get("id"))[:26]


def _date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("That is not a day. Nothing was moved.", "Reload the page and try again.") from None


def _number(value: object) -> int:
    if isinstance(value, int | float):
        return int(value)
    raise Invalid("The page is not up to date. Nothing was moved.", "Reload the page and try again.")


def outcome(before: Post, after: Post, zone: str) -> str:
    """What a change of date did to a post, and to its approval, in a sentence or two."""
    title = f"“{calendar.heading(after, 50)}”"
    if after.slot is None:
        stays = " Its text stays approved." if after.status == "Approved" else ""
        return f"{title} has no date any more.{stays}"
    verb = "stays on" if before.slot == after.slot else "moved to" if before.slot else "goes out on"
    own = "" if after.zone == zone else f" {zone} ({in_zone(after.slot, after.zone):%H:%M} in {after.zone})"
    said = f"{title} {verb} {when(after.slot, zone)}{own}."
    if after.status == "Scheduled":
        kept = "Its approval stands, and the date is signed off: you are an approver."
        return f"{said} {kept if before.status == 'Scheduled' else 'It is scheduled now.'}"
    if after.status == "Approved":
        return f"{said} Its text stays approved; an approver must sign off the new date."
    return f"{said} It is {after.status}: the date holds its place until the text is approved."
