"""What is done with a card: used with its post, kept, downloaded; and whether the post carries it as it stands."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import streamlit as st

from core.errors import Invalid
from core.images import cards, faithful, keep, media
from core.images.model import Card, Kit
from core.publish.limits import PDF
from core.store.tables import Post
from core.store.tables_images import Image
from pages.ui.images_pages import Desk, store_typed, unsaved
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain, status_text

USED = "images_used"
"""Set when the whole page must be drawn: the post has changed, which stands above the card too; another card opens."""


def finish(desk: Desk, post: Post | None, found: Sequence[cards.Problem]) -> None:
    """Use it with the post, or keep it; download it. What stands in the way is said beside it."""
    lacking = [n + 1 for n, page in enumerate(desk.card.pages) if not page.alt.strip()]
    open_ = bool(found or lacking) or not desk.may
    ways = _ways(desk, post)
    with st.container(horizontal=True, vertical_alignment="center"):
        for n, (label, replace) in enumerate(ways):
            st.button(label, type="secondary" if n else "primary", key=f"images_use{n or ''}", disabled=open_,
                      on_click=_use, args=(desk, post, replace))  # fmt: skip
        _downloads(desk, disabled=bool(found))
    if post is not None and not found and media.approval_falls(post):
        st.markdown(":orange[▲ This post is approved.] With an image the approval falls and it goes back to In Review.")
    if found:
        _in_the_way(found)
    elif lacking:
        evidence(f"Write the alt text of page {', '.join(map(str, lacking))} first: it is what is read out instead.")
    elif post is not None:
        _said_of_use(desk, post)


def document_said(card: Card, text: str) -> None:
    """Of a carousel, that LinkedIn reads out no alt text of it, and what to do: beside the alt text."""
    note = media.document_note(card, text)
    if note is None:
        return
    if faithful.unsaid(card, text):
        st.markdown(f":orange[▲ {plain(note.message)}] {plain(note.hint)}")
    else:
        evidence(f"{note.message} {note.hint}")


def _in_the_way(found: Sequence[cards.Problem]) -> None:
    """What keeps the card from being used: of the whole card and of the first page in words, the others by number."""
    first = next((one for one in found if one.page >= 0), None)
    for one in found:
        if one.page < 0 or one is first:
            st.markdown(f":orange[▲ {plain(one.message)}] {plain(one.hint)}")
    if first and (pages := sorted({one.page + 1 for one in found if one.page >= 0} - {first.page + 1})):
        listed = ", ".join(map(str, pages))
        evidence(f"Then look at page {listed}: what to do stands beside the words there.")


def _ways(desk: Desk, post: Post | None) -> list[tuple[str, bool]]:
    """How it can be used: the buttons, and whether what the post carries makes room for it."""
    if post is None:
        return [("Keep in the gallery", False)]
    made = _made(desk)
    others = [entry for entry in post.media if isinstance(entry, dict) and entry.get("image") not in made]
    if not others:
        return [("Use with this post", False)]
    alone = desk.card.form == "carousel" or any(entry.get("type") == PDF for entry in others)
    return [("Use instead of what it has", True), *([] if alone else [("Add to what it has", False)])]


def _made(desk: Desk) -> dict[str, Image]:
    """What was made of this design, the newest first."""
    return {image.id: image for image in keep.of_design(desk.row.id)}


def _said_of_use(desk: Desk, post: Post) -> None:
    """Whether the post carries this card, and as it stands here."""
    made = _made(desk)
    used = next((made[e["image"]] for e in post.media if isinstance(e, dict) and e.get("image") in made), None)
    if used is None:
        return
    if _as_drawn(used, desk):
        st.markdown(status_text("ok", "In use") + " The post carries this card.")
    else:
        st.markdown(":orange[▲ The post carries an earlier version of it.] Use it again to put this one in its place.")


def _as_drawn(image: Image, desk: Desk) -> bool:
    """Whether the image shows the card as it stands, in the brand kit as it is by now."""
    card, kept = Card.restored(image.settings.get("card") or {}), image.settings.get("kit") or {}
    if card != desk.card:
        return False
    kit = Kit(**{**kept, "focus": tuple(kept.get("focus") or Kit().focus)})
    return kit == desk.kit or cards.cache_key(card, kit, 0) == cards.cache_key(card, desk.kit, 0)


def _use(desk: Desk, post: Post | None, replace: bool) -> None:
    def work() -> None:
        store_typed(desk)
        if over := unsaved(desk):
            raise Invalid(f"{over[0].message} It was not used.", over[0].hint)
        image = keep.finish(desk.row.id, desk.actor)
        if post is not None:
            media.attach(post.id, image.id, desk.actor, replace)

    attempt(work, "It goes with the post now." if post is not None else "It is kept in the gallery.")
    st.session_state[USED] = True


def _downloads(desk: Desk, disabled: bool) -> None:
    """Files are made when they are asked for: full size takes longer than a preview."""
    name = f"{desk.card.form}-{desk.row.id[-6:].lower()}"
    n = desk.page
    st.download_button("Download PNG", functools.partial(_png, desk, n), f"{name}-{n + 1}.png", "image/png",
                       key="images_png", on_click="ignore", disabled=disabled)  # fmt: skip
    if len(desk.card.pages) > 1:
        st.download_button("Download PDF", functools.partial(_pdf, desk), f"{name}.pdf", PDF,
                           key="images_pdf", on_click="ignore", disabled=disabled)  # fmt: skip


def _png(desk: Desk, page: int) -> bytes:
    return cards.render(desk.card, desk.kit).pages[page]


def _pdf(desk: Desk) -> bytes:
    return cards.render(desk.card, desk.kit).pdf()
