"""The gallery: everything that was made, small and a page of it at a time; a pick opens one."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from core.images import keep, thumbs
from core.store.base import now
from core.store.tables_images import Image
from pages.ui.images_one import opened_image
from pages.ui.images_post import shortened
from pages.ui.images_preview import Item, shelf
from pages.ui.pieces import ago, empty_state, evidence
from pages.ui.shell import Here, show_error

SHOWN = 24
ALL = "All"
KINDS = {"Cards": "card", "Carousels": "carousel", "Threads": "thread", "Pictures": "picture"}
NAMES = {"card": "Card", "carousel": "Carousel", "thread": "Thread", "picture": "Picture", "sample": "Sample"}
TRAIL = "images_trail"
"""The last image of each page that was turned: where the next one begins."""


def gallery(here: Here) -> None:
    """What this author's posts were given, the newest first; the one that the URL names, opened."""
    if here.author is None:
        return
    if asked := st.query_params.get("image"):
        try:
            opened_image(keep.get(asked), here)
            return
        except NotFound as error:
            show_error(error)
            close()
    kind = _kind()
    total = keep.count(here.author.id, kind)
    if not total:
        empty_state(
            "Nothing yet. An image is kept here when you use a card or a picture." if kind is None
            else "Nothing of this kind yet.", "Make a card", "images", part="Card",
        )  # fmt: skip
        return
    trail = _trail(f"{here.author.id}/{kind}")
    items = a_page(here.author.id, kind, trail[-1] if trail else None)
    shelf("images_gallery", items, "Images", open_image, width="8.5rem")
    _turn(trail, items, total)


def a_page(author_id: str, kind: str | None, before: str | None) -> list[Item]:
    """One page of the gallery: what is older than `before` (None: the newest), with thumbnails."""
    return [item(row) for row in keep.listed(author_id, kind, before, SHOWN)]


def item(row: Image) -> Item:
    """An image as one among others."""
    name = NAMES.get(row.kind, row.kind)
    said = str(row.files[0].get("alt", "")) if row.files else ""
    made = f"{name} by a model" if row.ai else name
    try:
        data = thumbs.thumb(row).read_bytes()
    except (NotFound, OSError):
        return Item(row.id, row.title or name, b"", "Its file is gone", "Its file is gone", True)
    return Item(
        row.id, shortened(row.title, 48) or name, data, said or row.title, f"{made}, {ago(row.created_at, now())}"
    )


def open_image(image_id: str) -> None:
    """Show one: the URL names it from now on."""
    st.query_params["image"] = image_id


def close() -> None:
    """Back to all of them."""
    st.query_params.pop("image", None)


def _kind() -> str | None:
    chosen = st.segmented_control(
        "Kind", [ALL, *KINDS], default=ALL, required=True, key="images_kind", label_visibility="collapsed"
    )
    return KINDS.get(str(chosen))


def _trail(of: str) -> list[str]:
    """Where the page that is open begins: of this author and kind only."""
    kept: dict[str, list[str]] = st.session_state.setdefault(TRAIL, {})
    if of not in kept:
        kept.clear()
    return kept.setdefault(of, [])


def _turn(trail: list[str], items: list[Item], total: int) -> None:
    if total <= SHOWN:
        return
    before = len(trail) * SHOWN
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Newer", key="images_newer", disabled=not trail, on_click=_back, args=(trail,))
        st.button("Older", key="images_older", disabled=before + len(items) >= total, on_click=trail.append,
                  args=(items[-1].id if items else "",))  # fmt: skip
        evidence(f"{before + 1:,} to {before + len(items):,} of {total:,}")


def _back(trail: list[str]) -> None:
    trail.pop()
