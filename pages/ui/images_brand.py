"""The brand kit of an author or of the house: a card drawn in it, its colours, typefaces, files, and what rules say."""

from __future__ import annotations

import streamlit as st

from core import review
from core.images import brand, compose
from core.images.brand_fields import FOOTER
from core.images.brand_words import WORDS, Proposal
from core.images.families import FAMILIES
from core.images.fonts import FAMILIES as FACES
from core.images.model import SIZES, Card, Page
from core.review.lifecycle import has_role
from core.store.tables import Author
from pages.ui.images_brand_files import asset_fields
from pages.ui.images_brand_grade import grade_fields
from pages.ui.images_brand_words import Desk, forget, keep
from pages.ui.images_drawn import page_png
from pages.ui.images_preview import Item, shelf
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain
from pages.ui.shell import Here

THEMES = {"light": "Light", "dark": "Dark"}
HOUSE, AUTHOR = "The whole house", "Only this author"
SAMPLE = "The first line decides whether the rest is read"
CHARACTERS = 90


def brand_panel(here: Here) -> None:
    """The part Brand of the Images page."""
    desk = _desk(here)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _preview(desk, here.author)
        _proposals(desk)
    with right:
        _unreadable(desk)
        st.subheader("Look", anchor=False)
        _look(desk)
        st.subheader("Colours", anchor=False)
        _colours(desk)
        st.subheader("Logo and photo" if desk.author_id else "Logo", anchor=False)
        asset_fields(desk)
        st.subheader("Pictures", anchor=False)
        grade_fields(desk)


def _desk(here: Here) -> Desk:
    """Whose kit is open: the URL says so."""
    chosen = st.segmented_control(
        "Whose brand", [HOUSE, AUTHOR] if here.author else [HOUSE], default=HOUSE, required=True, key="brand_of",
        bind="query-params", help="What an author's own kit leaves open is taken from the house's.",
    )  # fmt: skip
    author_id = here.author.id if here.author and chosen == AUTHOR else None
    of = brand.scope(author_id)
    return Desk(of, author_id, brand.row(of), brand.kit(author_id), here.actor, has_role(here.actor, "editor"))


# ---- the card ------------------------------------------------------------------------------------------------


def _preview(desk: Desk, author: Author | None) -> None:
    """A real line of the author in the kit, in both themes; choosing one makes it the kit's."""
    page = Page("hook", title=_line(author))
    cards = {
        theme: Card("hook", theme=theme, size="portrait", pages=(page,), name=author.name if author else "",
                    headline=author.headline if author else "", language=author.language if author else "en")
        for theme in ("light", "dark")
    }  # fmt: skip
    kit = desk.kit
    shelf(
        f"brand_themes:{desk.of}",
        [Item(theme, THEMES[theme], page_png(card, kit, 0, 480), f"A card in the {theme} theme: {page.title}")
         for theme, card in cards.items()],
        "Theme of new cards",
        lambda theme: keep(desk, theme=theme),
        chosen=kit.theme,
        width="9.5rem",
        disabled=not desk.may,
    )  # fmt: skip
    width, height = SIZES["portrait"]
    evidence(f"Drawn now, at {width} by {height}. The marked one is the theme that new cards begin with.")


def _line(author: Author | None) -> str:
    """The opening of the newest post, where there is one short enough to be set large."""
    for post in review.listed(author_id=author.id, limit=10) if author else []:
        if author and post.text.strip():
            card = compose.propose(post.text, author, "hook")
            title = card.pages[0].title if card.pages else ""
            if 12 <= len(title) <= CHARACTERS:
                return title
    return SAMPLE


def _unreadable(desk: Desk) -> None:
    """Colours that cannot be read, each with the one that would do."""
    for found in brand.unreadable(desk.kit):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":orange[▲] {plain(found.said)}")
            st.button(
                f"Use {found.would}", key=desk.key(f"would_{found.theme}_{found.role}"), disabled=not desk.may,
                on_click=_recolour, args=(desk, found.theme, found.role, found.would),
            )  # fmt: skip


# ---- fields --------------------------------------------------------------------------------------------------


def _look(desk: Desk) -> None:
    own = desk.row
    family, fonts = (own.family, own.fonts) if own else ("", {})
    base = FAMILIES.get(desk.kit.family) or next(iter(FAMILIES.values()))
    templates = {name: f"{one.title}: {one.said}" for name, one in FAMILIES.items()}
    faces = {name: f"{name}: {face.said}" for name, face in FACES.items()}
    left, right = st.columns(2)
    with left:
        _choice(desk, "family", "Template", family, templates, base.title)
    with right:
        _footer(desk, own.footer if own else "")
    left, right = st.columns(2)  # anew, so that one above the other they stand in this order
    with left:
        _choice(desk, "heading", "Headings", fonts.get("heading", ""), faces, base.fonts["heading"])
    with right:
        _choice(desk, "body", "Text", fonts.get("body", ""), faces, base.fonts["body"])


def _footer(desk: Desk, now: str) -> None:
    key = desk.key("footer")
    st.text_input(
        "Footer", now, FOOTER, key=key, disabled=not desk.may, help="Small, below every card.",
        placeholder=desk.kit.footer or "A web address, or a few words",
        on_change=lambda: keep(desk, footer=str(st.session_state[key])),
    )  # fmt: skip


def _choice(desk: Desk, field: str, label: str, now: str, options: dict[str, str], else_: str) -> None:
    """One of the options, or none: then the house's counts, and last the template's own."""
    key = desk.key(field)
    kept = str(getattr(desk.kit, field)) if desk.author_id and not now else ""
    unset = f"{options[kept].split(':')[0]} (the house's)" if kept in options else f"{else_} (not chosen)"
    st.selectbox(
        label, ["", *options], ["", *options].index(now) if now in options else 0, key=key, disabled=not desk.may,
        format_func=lambda one: options[one].split(":")[0] if one else unset,
        help="\n".join(f"- **{plain(o.split(':')[0])}**: {plain(o.split(': ', 1)[1])}" for o in options.values()),
        on_change=lambda: keep(desk, **{field: st.session_state[key]}),
    )  # fmt: skip


def _colours(desk: Desk) -> None:
    shown = brand.colours(desk.kit)
    own = desk.row.colours if desk.row else {}
    for theme, title in THEMES.items():
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.markdown(f"**{title}**", width=56)
            for role, word in WORDS.items():
                key = desk.key(f"{theme}_{role}_{shown[theme][role]}")  # what a template changes is shown
                st.color_picker(
                    word, shown[theme][role], key=key, disabled=not desk.may,
                    on_change=lambda t=theme, r=role, k=key: keep(desk, colours={t: {r: str(st.session_state[k])}}),
                )  # fmt: skip
            if own.get(theme):
                st.button("Give back", key=desk.key(f"back_{theme}"), disabled=not desk.may, on_click=_give_back,
                          args=(desk, theme), help="Take the house's colours again, or the template's.")  # fmt: skip


def _recolour(desk: Desk, theme: str, role: str, value: str) -> None:
    keep(desk, colours={theme: {role: value}})
    forget()


def _give_back(desk: Desk, theme: str) -> None:
    keep(desk, colours={theme: dict.fromkeys(WORDS, "")})
    forget()


# ---- guidelines ----------------------------------------------------------------------------------------------


def _proposals(desk: Desk) -> None:
    """What the guidelines of the kind "brand" say and the kit does not have."""
    st.subheader("From your guidelines", anchor=False)
    found = brand.from_guidelines(desk.author_id)
    if not found:
        evidence(
            "Nothing is waiting. In Notion, a row of Brand Guidelines of the kind “brand” may name colours, typefaces "
            "and a footer, like “Accent: #0F6B66” or “Headings in Lora”. They are offered here."
        )
        return
    for one in found:
        swatch = f" `{one.value}`" if one.value else ""
        st.markdown(f"{plain(one.said)}{swatch}  \n:small[:gray[{plain(one.title)}]]")
    if any(one.value for one in found):
        st.button("Take these over", key=desk.key("take"), disabled=not desk.may, on_click=_take,
                  args=(desk, found))  # fmt: skip


def _take(desk: Desk, found: list[Proposal]) -> None:
    attempt(lambda: brand.take(desk.of, found, desk.actor), "Taken over from your guidelines.")
    forget()
