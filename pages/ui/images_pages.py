"""The pages of a card: which one is open, its words and its alt text, its place, and what is wrong with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.errors import Invalid, Stale
from core.images import cards, changes, design, faithful
from core.images.model import PAGES, Card, Kit
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.tables_images import Design
from pages.ui.editor import Field, fields, fields_received
from pages.ui.images_drawn import pages_png
from pages.ui.images_preview import Item, said_of, shelf
from pages.ui.notice import KEPT, attempt
from pages.ui.pieces import plain

TITLE, BODY, SOURCE, ALT = (
    Field("title", "Title", wide=True, rows=2),
    Field("body", "Text", wide=True, rows=4),
    Field("source", "Who says it", wide=True),
    Field("alt", "Alt text", wide=True, rows=2, help="What somebody is told who cannot see the image. Proposed from "
          "its words; emptied, it is proposed anew."),
)  # fmt: skip
LAYOUT: dict[str, list[Field]] = {
    "hook": [replace(TITLE, label="Headline"), replace(BODY, label="Line below (optional)", rows=2), ALT],
    "point": [TITLE, BODY, ALT],
    "quote": [replace(BODY, label="Quote"), SOURCE, ALT],
    "call": [TITLE, BODY, ALT],
    "text": [BODY, ALT],
}
NAMED = {"title": "heading", "body": "text", "source": "name of who says it", "alt": "alt text"}
Said = cards.Problem | faithful.Remark
"""What is to be looked at on a page: a problem keeps the card from being used, a remark does not."""


@dataclass(frozen=True)
class Desk:
    """A design as it was read for this drawing of the page, who is at it, and the page that is open (from 0)."""

    row: Design
    card: Card
    kit: Kit
    actor: Actor
    page: int

    @property
    def may(self) -> bool:
        """Whether this person may change it."""
        return has_role(self.actor, "editor")

    def looking(self, family: str) -> Card:
        """The first page in another family: all that a small picture of a design needs."""
        return replace(self.card, family=family, pages=self.card.pages[:1])

    def do(self, work: Callable[[], object]) -> bool:
        """Carry out a command; what went wrong is said above."""
        return attempt(work)


def page_now(design_id: str, count: int) -> int:
    """Which page is open, from 0."""
    return min(int(st.session_state.get(_key(design_id), 0)), count - 1)


def _key(design_id: str) -> str:
    return f"images_page:{design_id}"


def _open(design_id: str, page: int) -> None:
    st.session_state[_key(design_id)] = page


# ---- all pages -----------------------------------------------------------------------------------------------


def strip(desk: Desk, found: Sequence[Said]) -> None:
    """All pages, small: picked to be opened, dragged to another place."""
    if len(desk.card.pages) < 2:
        return
    wrong = {one.page for one in found}
    small = pages_png(desk.card, desk.kit)
    shelf(
        f"images_strip:{desk.row.id}",
        [
            Item(str(n), f"{n + 1}", small[n], said_of(page),
                 "Look here" if n in wrong else "", n in wrong)
            for n, page in enumerate(desk.card.pages)
        ],
        "Pages",
        lambda n: _open(desk.row.id, int(n)),
        str(desk.page),
        (lambda n, to: _move(desk, int(n), to)) if desk.may else None,
        width="4.6rem",
    )  # fmt: skip


def _move(desk: Desk, n: int, to: int) -> None:
    if desk.do(lambda: design.move(desk.row.id, n, to, None, desk.actor)):
        _open(desk.row.id, to)


# ---- one page ------------------------------------------------------------------------------------------------


def page_bar(desk: Desk) -> None:
    """Which page this is, and what can be done with it."""
    card, n = desk.card, desk.page
    if PAGES[card.form][1] == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Page {n + 1} of {len(card.pages)}**", width="content")
        _button("Earlier", "earlier", _move, (desk, n, n - 1), not desk.may or n == 0, "Move it one place earlier")
        last, full = n == len(card.pages) - 1, len(card.pages) >= PAGES[card.form][1]
        _button("Later", "later", _move, (desk, n, n + 1), not desk.may or last, "Move it one place later")
        _button("Add a page", "add", _add, (desk,), not desk.may or full)
        _button("Remove", "remove", _remove, (desk,), not desk.may or len(card.pages) < 2)


def step_bar(desk: Desk) -> None:
    """Steps back and forward."""
    steps = design.steps_of(desk.row)
    _button("Undo", "undo", step, (desk, design.undo), not desk.may or not steps.back)
    _button("Redo", "redo", step, (desk, design.redo), not desk.may or not steps.forward)


def _button(
    label: str, name: str, work: Callable[..., None], args: tuple[object, ...], off: bool, help: str = ""
) -> None:
    st.button(label, key=f"images_{name}", on_click=work, args=args, disabled=off, help=help or None, type="tertiary",
              wrap=False)  # fmt: skip


def _add(desk: Desk) -> None:
    if desk.do(lambda: design.add_page(desk.row.id, desk.page, None, desk.actor)):
        _open(desk.row.id, desk.page + 1)


def _remove(desk: Desk) -> None:
    if desk.do(lambda: design.remove_page(desk.row.id, desk.page, None, desk.actor)):
        _open(desk.row.id, max(0, desk.page - 1))


def step(desk: Desk, work: Callable[[str, int | None, Actor], Design]) -> None:
    """A step, and the page that it changed: nobody wonders what became of it."""

    def work_and_open() -> None:
        pages = design.restored(work(desk.row.id, None, desk.actor)).pages
        changed = [n for n, page in enumerate(pages) if page not in desk.card.pages[n : n + 1]]
        if changed:
            _open(desk.row.id, changed[0])

    desk.do(work_and_open)


def page_fields(desk: Desk, found: Sequence[Said]) -> None:
    """The words of the open page, saved as they are typed; what is wrong with one stands under it."""
    page = desk.card.pages[desk.page]
    mine = [one for one in found if one.page == desk.page]
    layout = list(LAYOUT[page.role])
    named = {field.name for field in layout}
    extra = [field for field in (TITLE, BODY, SOURCE) if getattr(page, field.name) and field.name not in named]
    layout[-1:-1] = extra  # words of a role that has no such field are never out of sight
    values = {name: str(getattr(page, name)) for name in ("title", "body", "source", "alt")}
    notes: dict[str, str] = {}
    for one in mine:
        notes[one.field] = f"{notes.get(one.field, '')} {one.message} {one.hint}".strip()
    known = {field.name for field in layout}
    name = _form(desk, page.key)
    st.session_state[f"{name}/seen"] = values
    shown = {field: words for field, words in notes.items() if field in known}
    fields(name, layout, values, functools.partial(_save, desk, page.key, name), shown)
    for one in mine:
        if one.field not in known:
            st.caption(f":orange[▲ {plain(one.message)}] {plain(one.hint)}")


def _save(desk: Desk, page: str, name: str, typed: dict[str, str]) -> None:
    """Store what was typed. Where somebody else changed the very same words, theirs stay, and that is said."""
    seen: dict[str, str] = st.session_state[f"{name}/seen"]  # by this session: drawn, or stored by it since
    over: dict[str, str] = st.session_state.setdefault(f"{name}/over", {})
    for field, value in typed.items():
        try:
            design.edit_page(desk.row.id, page, field, value, desk.row.revision, desk.actor, seen[field])
            seen[field] = value
            over.pop(field, None)
        except Stale as error:
            st.session_state[KEPT] = error
        except Invalid:
            over[field] = value
            raise


def unsaved(desk: Desk) -> list[cards.Problem]:
    """What was typed here and is too long to be kept: the card has its earlier words, so it is not to be used."""
    found = []
    for at, page in enumerate(desk.card.pages):
        over: dict[str, str] = st.session_state.get(f"{_form(desk, page.key)}/over") or {}
        for field, value in over.items():
            most = changes.FIELDS[field]
            words = max(1, len(value[most:].split()))
            over_by = "a word" if words == 1 else f"{words:,} words"
            what = (
                f"The {NAMED.get(field, field)} is not saved: it is about {over_by} too long ({len(value):,} "
                f"characters; {most:,} are kept). The card shows what stood there before."
            )
            found.append(cards.Problem(at, field, what, "Shorten it.", "overflow"))
    return found


def _form(desk: Desk, page: str) -> str:
    return f"images:{desk.row.id}:{page}"


def store_typed(desk: Desk) -> None:
    """For a button's callback that works on the card: store first what the browser sent along with the click."""
    page = desk.card.pages[desk.page]
    name = _form(desk, page.key)
    fields_received(name, functools.partial(_save, desk, page.key, name))
