"""The images that a post carries, where the post is shown: how they look, what is told of them, their order."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import review
from core.errors import NotFound
from core.images import keep, media, thumbs
from core.publish.limits import PDF
from core.store import Actor
from core.store.tables import Post
from pages.ui.editor import Field, fields
from pages.ui.images_preview import source
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, link, plain
from pages.ui.post_card import Picture

FEED, SMALL = 640, 240
"""Pixels across: in the card as LinkedIn shows it, and in the list below it."""
Entry = Mapping[str, Any]


def pictures(post: Post, most: int = 4) -> list[Picture]:
    """What LinkedIn's card shows of the first images, where their files are here."""
    out = []
    for entry in _entries(post)[:most]:
        if (data := _drawn(entry, FEED)) is not None:
            pages = f"Document, {entry['pages']} pages" if entry.get("type") == PDF and entry.get("pages") else ""
            out.append(Picture(source(data), str(entry.get("alt") or ""), pages))
    return out


def thumbnail(post: Post) -> None:
    """The first image of a post, small; nothing where it has none."""
    for entry in _entries(post)[:1]:
        if (data := _drawn(entry, SMALL)) is not None:
            st.image(data, width=120, alt=str(entry.get("alt") or ""))


def carried(post: Post, actor: Actor, may: bool) -> None:
    """Every image with its alt text; take it off, put it elsewhere, choose another; what a channel would refuse."""
    entries = _entries(post)
    for at, entry in enumerate(entries):
        with st.container(horizontal=True, gap="small", key=f"carried_{at}"):
            if (data := _drawn(entry, SMALL)) is not None:
                st.image(data, width=120)
            with st.container(gap="small", width="stretch"):
                _one(post, entry, at, len(entries), actor, may)
    for refusal in media.check(post):
        st.markdown(f":orange[▲ {plain(refusal.message)}] {plain(refusal.hint)}")
    if may:
        with st.container(horizontal=True):
            label = "Choose another image" if entries else "Choose an image"
            link(label, "images", post=post.id, author=post.author_id)
    elif not entries:
        evidence("No image goes with this post.")


def _one(post: Post, entry: Entry, at: int, count: int, actor: Actor, may: bool) -> None:
    name = str(entry.get("name") or "An image")
    made = " · made by an image model" if entry.get("ai") else ""
    st.caption(plain(f"{name}{made}"))
    if not may or "image" not in entry:
        st.caption(plain(f"Alt text: {entry.get('alt') or 'none'}"))
        return
    told = [Field("alt", "Alt text", wide=True, rows=2, more=entry.get("type") == PDF)]
    fields(f"carried_alt:{post.id}:{entry['image']}:{name}", told, {"alt": str(entry.get("alt") or "")},
           functools.partial(_describe, post.id, entry, actor))  # fmt: skip
    order = list(range(count))
    with st.container(horizontal=True, gap="small"):
        if count > 1:
            swapped = [*order[: at - 1], at, at - 1, *order[at + 1 :]] if at else order
            st.button("Earlier", key=f"carried_up:{at}", type="tertiary", disabled=at == 0, on_click=_reorder,
                      args=(post.id, swapped, actor))  # fmt: skip
        st.button("Take off", key=f"carried_off:{at}", type="tertiary", on_click=_detach,
                  args=(post.id, str(entry["image"]), name, actor))  # fmt: skip
        link("Open it", "images", part="Gallery", image=str(entry["image"]), author=post.author_id)


def _describe(post_id: str, entry: Entry, actor: Actor, changes: dict[str, str]) -> None:
    """By its name, not by its place: somebody may have put it elsewhere meanwhile."""
    now = review.get(post_id)
    same = [(one.get("image"), one.get("name")) == (entry["image"], entry.get("name")) for one in _entries(now)]
    media.describe(post_id, same.index(True) if True in same else -1, changes["alt"], actor)


def _reorder(post_id: str, order: list[int], actor: Actor) -> None:
    attempt(lambda: media.reorder(post_id, order, actor))


def _detach(post_id: str, image_id: str, name: str, actor: Actor) -> None:
    attempt(lambda: media.detach(post_id, image_id, actor, name), "It is off the post; it stays in the gallery.")


def _entries(post: Post) -> list[Entry]:
    return [entry for entry in post.media or () if isinstance(entry, dict)]


def _drawn(entry: Entry, width: int) -> bytes | None:
    """A picture that stands for it; None for what came from elsewhere, or whose file is gone."""
    if not entry.get("image"):
        return None
    try:
        return _small(str(entry["image"]), str(entry.get("name")), width)
    except (NotFound, OSError):
        return None


@st.cache_data(max_entries=200, show_spinner=False)
def _small(image_id: str, name: str, width: int) -> bytes:
    row = keep.get(image_id)
    found = [str(file["name"]) for file in row.files if str(file.get("type")) != PDF]
    return thumbs.small(keep.path(image_id, name if name in found else found[0]).read_bytes(), width)
