"""What was said and done about a post: the notes, the earlier texts, the audit trail and its export."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core import review
from core.errors import NotFound
from core.export import csv_bytes
from core.generate import commands as generate
from core.store import Actor
from core.store.base import now
from core.store.tables import Change, Post, ReviewNote
from pages.ui.diff import summary
from pages.ui.notice import attempt
from pages.ui.pieces import ago, empty_state, plain, when

DECISIONS = {
    "note": "wrote a note",
    "submitted": "submitted it for review",
    "withdrawn": "took it back to drafting",
    "approved": "approved it",
    "published": "published it by hand",
    "measured": "entered what came of it",
    "approval lost": "changed an approved text",
    "changes requested": "requested changes",
    "rejected": "rejected it",
    "restored": "restored it",
    "archived": "archived it",
    "slot approved": "signed off the date",
    "requested": "asked for a status",
    "refused": "asked for a status that their role does not allow",
    "moved": "moved it",
    "kept": "wrote a text that lost against a newer one; it is kept here",
}
DOORS = {"app": "this app", "api": "the API", "notion": "Notion", "worker": "Timbre itself"}
PAUSE = timedelta(minutes=10)
"""Edits of one person that lie closer together than this are shown as one sitting."""
SHOWN = 60


# ---- notes ---------------------------------------------------------------------------------------------------


def notes(post: Post, actor: Actor) -> None:
    """The thread, the newest last, and a place to add to it."""
    for note in review.notes(post.id):
        _note(note, post)
    if "note" in review.actions(post, actor):
        key = "review_note"
        st.text_area("Note", key=key, height=90, placeholder="What should the others know?")
        st.button("Add note", key="review_add_note", on_click=_add, args=(post.id, actor, key))


def _note(note: ReviewNote, post: Post) -> None:
    on = "" if note.post_hash == post.hash else ", on an earlier text"
    door = " through Notion" if note.source == "notion" else ""
    head = f"{note.by} {DECISIONS.get(note.decision, note.decision)}{door}, {ago(note.created_at, now())}{on}"
    with st.container(border=True, gap="small"):
        st.caption(plain(head))
        if note.text:
            st.text(note.text)


def _add(post_id: str, actor: Actor, key: str) -> None:
    attempt(lambda: review.note(post_id, str(st.session_state.get(key, "")), actor), "Note added.", key)


# ---- earlier texts -------------------------------------------------------------------------------------------


def baselines(post: Post) -> dict[str, str]:
    """Earlier texts worth comparing with, by what they were: at the last decision, at the approval, as generated."""
    texts = _texts(review.history(post.id))
    by_hash = {review.content_hash(text, post.media, post.account): text for _at, text in texts}
    out: dict[str, str] = {}
    for note in reversed(review.notes(post.id)):
        earlier = by_hash.get(note.post_hash)
        if earlier is not None and earlier != post.text and note.decision in DECISIONS and earlier not in out.values():
            out[f"when {note.by} {DECISIONS[note.decision]}, {ago(note.created_at, now())}"] = earlier
    generated = _generated(post)
    if generated is not None and generated != post.text and generated not in out.values():
        out["as it was generated"] = generated
    if texts and texts[0][1] != post.text and texts[0][1] not in out.values():
        out["the first version"] = texts[0][1]
    return out


def _texts(changes: Sequence[Change]) -> list[tuple[datetime, str]]:
    return [(c.at, str(c.new or "")) for c in changes if c.field == "text"]


def _generated(post: Post) -> str | None:
    if post.variant_id is None:
        return None
    try:
        return generate.variant(post.variant_id).generated
    except NotFound:
        return None


# ---- audit ---------------------------------------------------------------------------------------------------


def history(post: Post) -> None:
    """Who did what, when, through which door; one sitting of writing as one line. The export has every row."""
    changes = review.history(post.id)
    rows = [
        {
            f"When ({post.zone})": when(c.at, post.zone),
            "Who": c.actor if c.verified else f"{c.actor}, unverified",
            "Through": DOORS.get(c.source, c.source),
            "What": "created" if c.action == "insert" else c.field.replace("_", " "),
            **_from_to(c),
        }
        for c in reversed(merged(changes))
    ]
    if not rows:
        empty_state("Nothing is recorded yet.")
        return
    st.table(rows[:SHOWN])
    if len(rows) > SHOWN:
        st.caption(f"The newest {SHOWN} of {len(rows):,} lines; the export has all of them.")
    with st.container(horizontal=True):
        for kind, write in (("CSV", as_csv), ("JSON", as_json)):
            st.download_button(
                f"Export {kind}",
                functools.partial(write, changes),
                file_name=f"history-{post.id}.{kind.lower()}",
                mime="text/csv" if kind == "CSV" else "application/json",
                on_click="ignore",
                key=f"review_export_{kind}",
            )


def merged(changes: Sequence[Change]) -> list[Change]:
    """Consecutive text edits of one person in one sitting as one change, and the creation as one with its text."""
    out: list[Change] = []
    for change in changes:
        if change.action == "insert" and change.field != "text":
            continue
        last = out[-1] if out else None
        if last is not None and _same_sitting(last, change):
            out[-1] = Change(
                **{name: getattr(change, name) for name in ("seq", "at", "new")},
                **{name: getattr(last, name) for name in ("actor", "verified", "source", "action", "field", "old")},
            )
        else:
            out.append(change)
    return out


def _same_sitting(earlier: Change, later: Change) -> bool:
    return (
        (earlier.field, earlier.action) == (later.field, later.action) == ("text", "update")
        and (earlier.actor, earlier.source) == (later.actor, later.source)
        and later.at - earlier.at < PAUSE
    )


def _from_to(change: Change) -> dict[str, str]:
    """Two texts begin alike more often than not: how much changed says more than their first words."""
    if change.field == "text" and change.action == "update":
        return {"From": "", "To": summary(str(change.old or ""), str(change.new or ""))}
    if change.field.endswith("hash"):
        return {"From": str(change.old or "")[:8], "To": str(change.new or "")[:8]}
    if change.field == "scores":
        return {"From": shortened(_likeness(change.old)), "To": shortened(_likeness(change.new))}
    return {"From": shortened(change.old), "To": shortened(change.new)}


def _likeness(scores: Any) -> str:
    """What scores say first; all of them are in the export."""
    found = scores.get("likeness") if isinstance(scores, dict) else None
    return str(found.get("meaning") or "") if isinstance(found, dict) else ""


def shortened(value: Any) -> str:
    """A value for a narrow column; of a request from Notion, what was asked."""
    if isinstance(value, dict) and "status" in value:
        value = value["status"]
    text = value if isinstance(value, str) else json.dumps(value) if value not in (None, {}, []) else ""
    return text if len(text) <= 60 else f"{text[:57]}..."


COLUMNS = ("seq", "at", "actor", "verified", "source", "entity", "entity_id", "action", "field", "old", "new")


def _row(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in COLUMNS} | {"at": change.at.isoformat()}


def as_json(changes: Sequence[Change]) -> str:
    """Every recorded change, with full values."""
    return json.dumps([_row(c) for c in changes], ensure_ascii=False, indent=1)


def as_csv(changes: Sequence[Change]) -> bytes:
    """The same as a table for spreadsheets."""
    return csv_bytes(COLUMNS, ([_cell(v) for v in _row(c).values()] for c in changes))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else "" if value is None else value
