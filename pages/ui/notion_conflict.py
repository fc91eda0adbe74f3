"""The inbox of conflicts: both values side by side with what each side did to them, and keep mine, theirs or merge."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from core.store import Actor
from core.store.base import now as instant
from notion_sync import commands
from notion_sync.combine import undecided
from notion_sync.commands import Dispute, SyncStatus
from notion_sync.disputes import PAGE, Draft, as_text
from notion_sync.schema import KINDS
from notion_sync.values import moment
from pages.ui.diff import against, markup
from pages.ui.editor import Field, editor, fields, received
from pages.ui.notice import answered, attempt
from pages.ui.pager import skipped, turn
from pages.ui.pieces import ago, link, outside, plain, when
from pages.ui.shell import Here

SKIP, SHOW, DECIDED = "notion_conflicts_skip", "notion_conflicts_show", "notion_conflicts_decided"
LONG = 20_000
"""Characters from which on two texts are shown without their differences."""
SAID = {
    "ours": "Kept your version. Notion's stays in the history.",
    "theirs": "Kept Notion's version. Yours stays in the history.",
    "merge": "The merged text is kept. Both earlier ones stay in the history.",
}


def conflicts(now: SyncStatus, here: Here) -> None:
    """What both sides changed, a page at a time. What you let go of stays in the audit trail."""
    if total := now.counts.get("conflict", 0):
        rows = "1 row" if total == 1 else f"{total:,} rows"
        st.subheader(f"Changed on both sides: {rows}", anchor=False)
        st.caption(
            "Nothing is lost and nothing is overwritten: choose which text stays. The rest of the row is synced."
        )
        _inbox(here.actor)


def _inbox(actor: Actor) -> None:
    st.session_state.pop(DECIDED, None)
    kind, author, total = _filter(commands.groups())
    skip = skipped(SKIP, total, PAGE)
    wanted = str(st.query_params.get("row", "")) if not skip else ""
    for one in commands.disputes(skip, PAGE, kind, author, wanted):
        with st.container(border=True, key=f"notion_conflict_{one.row_id}_{one.key}"):
            _conflict(one, actor)
    turn(SKIP, total, PAGE)


def _filter(groups: list[tuple[str, str | None, str, int]]) -> tuple[str | None, str | None, int]:
    """What is shown of them: (kind, author id, how many)."""
    total = sum(n for *_, n in groups)
    if total <= PAGE or len(groups) < 2:
        return None, None, total
    labels = {("", ""): f"All ({total:,})"}
    for kind, author, name, n in sorted(groups, key=lambda g: -g[3]):
        labels[kind, author or ""] = f"{name or KINDS[kind].title} ({n:,})"
    chosen = st.selectbox(
        "Show", list(labels), format_func=lambda k: labels.get(k, ""), key=SHOW, width=360, on_change=_first
    )
    kind, author = chosen or ("", "")
    picked = [g for g in groups if (not kind or g[0] == kind) and (not author or g[1] == author)]
    return kind or None, author or None, sum(n for *_, n in picked)


def _first() -> None:
    st.session_state[SKIP] = 0


def _conflict(one: Dispute, actor: Actor) -> None:
    st.markdown(f"**{plain(one.title)}** · {plain(one.name)}" + (f" · {plain(one.author)}" if one.author else ""))
    if one.reason:
        st.caption(plain(one.reason))
    mine, theirs = _shown(one)
    for column, label, who, html in zip(
        st.columns(2), ("Here", "In Notion"), (_who(one.ours_by, one.ours_at), _who(one.theirs_by, one.theirs_at)),
        (mine, theirs), strict=True,
    ):  # fmt: skip
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{label}**" + (f" :gray[{plain(who)}]" if who else ""))
            html()
    if isinstance(one.ours, str) and isinstance(one.theirs, str) and one.mergeable and one.base:
        st.caption("Underlined: added since both sides agreed. Struck through: taken out.")
    if not commands.may_change(actor):
        st.caption("An editor or an approver decides this.")
    elif one.draft is None:
        _buttons(one, actor)
    else:
        _merge(one, one.draft, actor)
    _ways(one)


def _ways(one: Dispute) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if one.kind == "calendar":
            link("Open the post", "review", post=one.local_id)
        outside("Open in Notion", one.url)


def _who(name: str, at: datetime | None) -> str:
    return ", ".join(part for part in (name, ago(at, instant()) if at else "") if part)


# ---- both values -------------------------------------------------------------------------------------------------


def _shown(one: Dispute) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """How each side is drawn: texts with what each did to the common one, anything else in plain words."""
    if not one.mergeable:
        return tuple(functools.partial(st.markdown, plain(words(v, one))) for v in (one.ours, one.theirs))  # type: ignore[return-value]
    mine, theirs, base = as_text(one.ours), as_text(one.theirs), one.base
    if max(len(mine), len(theirs)) > LONG:
        return functools.partial(st.text, mine), functools.partial(st.text, theirs)
    if base is None:
        sides = against(theirs, mine), against(mine, theirs)
    else:
        sides = markup(as_text(base), mine), markup(as_text(base), theirs)
    empty = tuple("" if text else "(empty)" for text in (mine, theirs))
    left, right = (functools.partial(_html, html, note) for html, note in zip(sides, empty, strict=True))
    return left, right


def _html(html: str, note: str) -> None:
    st.html(html)
    if note:
        st.caption(note)


def words(value: Any, one: Dispute) -> str:
    """A choice, a list or a slot as people say it, with what it was before."""
    before = "" if one.base is None or one.base == value else f" (before: {_word(one.base, one)})"
    return f"{_word(value, one)}{before}"


def _word(value: Any, one: Dispute) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    if one.key == "slot" and value:
        at = moment(value, one.zone)
        return f"{when(at, one.zone)} ({one.zone})" if at else str(value)
    return str(value) if value not in (None, "") else "(empty)"


# ---- decisions -----------------------------------------------------------------------------------------------


def _buttons(one: Dispute, actor: Actor) -> None:
    notions = KINDS[one.kind].field(one.key).owner == "notion"
    both = (("theirs", "Keep theirs"),) if notions else (("ours", "Keep mine"), ("theirs", "Keep theirs"))
    with st.container(horizontal=True):
        for whose, label in both:
            key = f"notion_{whose}_{one.row_id}_{one.key}"
            st.button(label, key=key, on_click=_keep, args=(one, whose, actor))
        if one.mergeable and not notions:
            key = f"notion_merge_{one.row_id}_{one.key}"
            st.button("Merge", key=key, on_click=_begin, args=(one, actor, False))
    if notions:
        st.caption("This is kept in Notion: take it over, or change it there.")
    if one.key == "status" and one.theirs == "Approved":
        st.caption("Approved in Notion is a request: keeping it asks an approver here, it does not approve.")


def _keep(one: Dispute, whose: str, actor: Actor, value: str | None = None) -> None:
    said: list[str] = []

    def work() -> None:
        said.append(commands.keep(one.row_id, one.key, whose, actor, value, one.stamp))
        commands.request_sync(actor)

    if attempt(work):
        attempt(lambda: None, said[0] or SAID[whose])


def _begin(one: Dispute, actor: Actor, anew: bool) -> None:
    attempt(lambda: commands.begin_merge(one.row_id, one.key, actor, anew))


# ---- the merged text ---------------------------------------------------------------------------------------------


def _merge(one: Dispute, draft: Draft, actor: Actor) -> None:
    """The merged text, saved as it is typed; it is there again after a reload."""
    st.markdown("**Merged text** :gray[begun from both sides' changes, kept as you type]")
    if draft.stamp != one.stamp:
        st.warning("One side has changed since this text was begun; what you see above is the newest.")
    doc, save = f"merge:{one.row_id}:{one.key}:{draft.stamp}", functools.partial(_save, one.row_id, one.key, actor)
    _written(one.row_id, one.key, one.name, doc, save)
    with st.container(horizontal=True):
        key = f"{one.row_id}_{one.key}"
        st.button("Save the merged text", type="primary", key=f"notion_merged_{key}", on_click=_merged,
                  args=(one, doc, save, actor))  # fmt: skip
        if draft.stamp != one.stamp:
            st.button("Start again from the newest", key=f"notion_anew_{key}", on_click=_begin, args=(one, actor, True))
        st.button("Give up merging", key=f"notion_drop_{key}", on_click=_drop, args=(one, actor))


@st.fragment
@answered
def _written(row_id: str, key: str, name: str, doc: str, save: Callable[..., int]) -> None:
    """The editor. Saving what is typed redraws this part of the page only."""
    draft = commands.drafted(row_id, key)
    if draft is None or st.session_state.get(DECIDED):
        st.rerun()  # the browser sent the last words and the click as one: what came of it is said on top of the page
    if key == "text":
        editor(doc, draft.text, draft.revision, save=save, label="Merged text")
    else:
        layout = [Field("text", name, rows=max(1, draft.text.count("\n") + 1), wide=True)]
        fields(doc, layout, {"text": draft.text}, lambda changes: save(changes["text"], None))
    if undecided(draft.text):
        st.caption("Both sides changed the same place: keep one of the two marked variants and take out the marks.")


def _save(row_id: str, key: str, actor: Actor, text: str, revision: int | None) -> int:
    return commands.save_draft(row_id, key, actor, text, revision)


def _merged(one: Dispute, doc: str, save: Callable[[str, int], int], actor: Actor) -> None:
    if one.key == "text" and not attempt(lambda: received(doc, save)):
        return
    draft = commands.drafted(one.row_id, one.key)
    _keep(one, "merge", actor, draft.text if draft else None)
    st.session_state[DECIDED] = True


def _drop(one: Dispute, actor: Actor) -> None:
    attempt(lambda: commands.drop_merge(one.row_id, one.key, actor), "Given up. What you typed stays in the history.")
    st.session_state[DECIDED] = True
