"""A card being made: the live card at true proportions, how it looks, its pages, and what is done with it."""

from __future__ import annotations

import functools

import streamlit as st

from core import review
from core.errors import NotFound
from core.images import brand, cards, compose, design, faithful
from core.images.model import PAGES, SIZES, Form, Kit
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.tables import Author, Post
from core.store.tables_images import Design
from pages.ui.editor import Field, fields
from pages.ui.images_away import put_away, way_back
from pages.ui.images_drawn import SMALL, page_png
from pages.ui.images_pages import Desk, page_bar, page_fields, page_now, step, step_bar, strip, unsaved
from pages.ui.images_post import NONE
from pages.ui.images_preview import Item, large, said_of, shelf
from pages.ui.images_use import USED, document_said, finish
from pages.ui.images_view import CARD, PART
from pages.ui.notice import answered, attempt, notices
from pages.ui.pieces import empty_state, evidence, link, plain
from pages.ui.shell import Here, show_error

FORMS: dict[str, tuple[str, str]] = {
    # form: its name, what it is
    "hook": ("Hook", "the words that make a reader stop"),
    "quote": ("Quote", "one sentence and who says it"),
    "carousel": ("Carousel", "a document of 3 to 10 pages"),
    "thread": ("Thread", "the whole text over several images"),
}
SIZE_NAMES = {"portrait": "Portrait 4:5", "square": "Square", "link": "Link card"}
THEMES = {"light": "Light", "dark": "Dark"}


def card_part(here: Here, post: Post | None) -> None:
    """The design that the URL names, or the newest for the post; where there is none, the forms to begin with."""
    row = _opened(here, post)
    if row is not None:
        _desk(row.id, here.actor)
        way_back(row.author_id, post, here.actor)
        return
    notices()
    if here.author is None:
        return
    _begin(here, here.author, post)
    way_back(here.author.id, post, here.actor)


def _begin(here: Here, author: Author, post: Post | None) -> None:
    if post is None:
        _begin_blank(author, here.actor)
    elif not post.text.strip():
        empty_state("This post has no text yet. Write it first; its words are what a card is set from.",
                    "Write it", "review", post=post.id)  # fmt: skip
    else:
        begin(post, author, here.actor)


def _opened(here: Here, post: Post | None) -> Design | None:
    asked = st.query_params.get("design")
    if asked:
        try:
            row = design.get(asked)
            if (row.post_id or None) == (post.id if post else None):
                return row
        except NotFound as error:
            away = design.put_away(here.author.id, post.id if post else None) if here.author else []
            if any(row.id == asked for row in away):
                st.info("This card was put away. Under “Put away” below you can bring it back.")
            else:
                show_error(error)
        st.query_params.pop("design", None)
    found = design.listed(post_id=post.id, limit=1) if post else []
    return found[0] if found else None


# ---- beginning -----------------------------------------------------------------------------------------------


def begin(post: Post, author: Author, actor: Actor, width: str = "11rem") -> None:
    """The four forms, each shown as this very post would look in it, so wide."""
    may = has_role(actor, "editor")
    kit = brand.kit(author.id)
    st.markdown("**How should it be shown?** A card is set from the words of the post; it needs no model and no key.")
    shelf(
        f"images_begin:{post.id}",
        [_proposal(post, author, form, kit) for form in FORMS],
        "Forms",
        functools.partial(_start, post.id, author.id, actor),
        width=width,
        disabled=not may,
    )
    if not may:
        evidence("A reader may look, but not make images. Ask an editor or an approver of your team.")


def _proposal(post: Post, author: Author, form: str, kit: Kit) -> Item:
    card = compose.propose(post.text, author, form)  # type: ignore[arg-type]
    title, what = FORMS[form]
    few = len(card.pages) < PAGES[form][0]
    blank = not (card.pages[0].title or card.pages[0].body)
    count = f"{len(card.pages)} of at least {PAGES[form][0]} pages: the text is short" if few else what
    if not few and len(card.pages) > 1:
        number = len(card.pages)
        count = f"the whole text over {number} images" if form == "thread" else f"{number} pages"
    if blank:
        count = "no sentence of the post stands alone: write the words yourself"
    return Item(form, title, page_png(card, kit, 0, 2 * SMALL), said_of(card.pages[0]), count, few or blank)


def _begin_blank(author: Author, actor: Actor) -> None:
    """Words that belong to no post: begin one, or go on with one."""
    if has_role(actor, "editor"):
        st.markdown("**Begin with empty pages:**")
        with st.container(horizontal=True):
            for form, (title, what) in FORMS.items():
                st.button(title, key=f"images_blank_{form}", help=f"{what[0].upper()}{what[1:]}.",
                          on_click=_start, args=(None, author.id, actor, form))  # fmt: skip
    loose = [row for row in design.listed(author.id, limit=200) if not row.post_id]
    if not loose:
        evidence("Usually an image belongs to a post: choose one above.")
        return
    st.markdown("**Or go on with one that you began:**")
    for row in loose[:12]:
        link(plain(row.title or f"An untitled {row.card.get('form', 'card')}"), "images", post=NONE, design=row.id)


def _start(post_id: str | None, author_id: str, actor: Actor, form: Form) -> None:
    def begin() -> None:
        row = design.start(post_id, author_id, form, actor)
        st.query_params.update({"design": row.id, "post": post_id or NONE})
        st.session_state[PART] = CARD  # begun from another part: see images_pictures

    attempt(begin)


# ---- the desk ------------------------------------------------------------------------------------------------


@st.fragment
@answered
def _desk(design_id: str, actor: Actor) -> None:
    """Everything of one design. Saving what is typed draws this part of the page only, the card first."""
    if st.session_state.pop(USED, False):
        st.rerun()  # the whole page: what the list of posts says of this one, or the design itself, is another
    row = design.get(design_id)
    post = review.get(row.post_id) if row.post_id else None
    card = design.restored(row)
    desk = Desk(row, card, brand.kit(row.author_id), actor, page_now(row.id, len(card.pages)))
    notices()
    _form_and_size(desk, post)
    left, right = st.columns([1, 1], gap="large")
    with left:
        n = desk.page
        large(f"images_large:{row.id}", page_png(card, desk.kit, n), said_of(card.pages[n]), SIZES[card.size])
        below = st.container()
    with right:
        found = [*unsaved(desk), *cards.problems(card, desk.kit)]
        page_bar(desk)
        strange = faithful.remarks(card, post.text) if post is not None else []
        page_fields(desk, [*found, *strange])
        document_said(card, post.text if post is not None else "")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _everywhere(desk)
            put_away(desk)
        finish(desk, post, found)
    with below:
        strip(desk, [*found, *strange])
    _looks(desk)


def _form_and_size(desk: Desk, post: Post | None) -> None:
    card, row = desk.card, desk.row
    keys = {name: f"images_{name}:{row.id}" for name in ("form", "size", "theme")}
    st.session_state[keys["form"]] = card.form
    st.session_state[keys["size"]] = card.size
    st.session_state[keys["theme"]] = card.theme or desk.kit.theme
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if post is not None:
            st.segmented_control("Form", list(FORMS), key=keys["form"], required=True, on_change=_other_form,
                                 args=(keys["form"], row, desk.actor), format_func=lambda f: FORMS[f][0],
                                 disabled=not desk.may)  # fmt: skip
        for name, label, options in (("size", "Size", SIZE_NAMES), ("theme", "Background", THEMES)):
            st.segmented_control(label, list(options), key=keys[name], required=True, disabled=not desk.may,
                                 on_change=_choose, args=(desk, name, keys[name]),
                                 format_func=options.__getitem__)  # fmt: skip
        step_bar(desk)


def _other_form(key: str, row: Design, actor: Actor) -> None:
    _start(row.post_id, row.author_id, actor, st.session_state[key])
    st.session_state[USED] = True  # this part of the page alone would go on with the design that it was drawn for


def _choose(desk: Desk, name: str, key: str) -> None:
    desk.do(lambda: design.edit(desk.row.id, None, desk.actor, **{name: st.session_state[key]}))


def _looks(desk: Desk) -> None:
    """The first page in every family: drawn last, when everything that somebody waits for is on screen."""
    chosen = desk.card.family or desk.kit.family or next(iter(cards.FAMILIES))
    st.markdown("**The same words in another design**")
    shelf(
        f"images_looks:{desk.row.id}",
        [
            Item(name, family.title, page_png(desk.looking(name), desk.kit, 0, SMALL), family.said)
            for name, family in cards.FAMILIES.items()
        ],
        "Designs",
        lambda name: desk.do(lambda: design.edit(desk.row.id, None, desk.actor, family=name)),
        chosen,
        width="5.8rem",
        disabled=not desk.may,
    )
    evidence(cards.FAMILIES[chosen].said)


def _everywhere(desk: Desk) -> None:
    """What stands on every page: name, line and photo."""
    with st.popover("Name, photo and more"):
        layout = [Field("name", "Name", wide=True), Field("headline", "Line below the name", wide=True)]
        values = {"name": desk.card.name, "headline": desk.card.headline}
        fields(f"images_who:{desk.row.id}", layout, values, functools.partial(_save_card, desk))
        key = f"images_photo:{desk.row.id}"
        st.session_state[key] = desk.card.photo
        st.toggle("Show the photo of the brand kit", key=key, disabled=not desk.may or not desk.kit.photo,
                  on_change=_choose, args=(desk, "photo", key))  # fmt: skip
        if not desk.kit.photo:
            evidence("There is no photo in the brand kit yet: see Brand.")
        if desk.row.post_id:
            st.button("Take the words from the post again", key="images_again", on_click=step, disabled=not desk.may,
                      args=(desk, design.again), help="Undo brings back what you typed.")  # fmt: skip


def _save_card(desk: Desk, changes: dict[str, str]) -> None:
    design.edit(desk.row.id, None, desk.actor, **changes)
