"""One finished image: its pages, what is told of it to who cannot see it, its files, where it may go."""

from __future__ import annotations

import functools

import streamlit as st

from core import review
from core.calendar import heading
from core.errors import NotFound
from core.images import design, keep, media, thumbs
from core.images.model import Card
from core.publish.limits import PDF
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.base import now
from core.store.tables import Post
from core.store.tables_images import Image
from pages.ui.editor import Field, fields
from pages.ui.images_post import NONE
from pages.ui.images_preview import Item, large, shelf
from pages.ui.images_use import document_said
from pages.ui.images_variant import alt_text
from pages.ui.notice import attempt
from pages.ui.pieces import ago, evidence, link, plain
from pages.ui.shell import Here

CHOICES = 60
"""Posts that an image can be put on from here."""


def opened_image(row: Image, here: Here) -> None:
    """Everything about one image, and what can be done with it."""
    st.button("All images", key="images_all", type="tertiary", on_click=_close)
    st.subheader(plain(row.title or "Untitled"), anchor=False)
    evidence(_facts(row))
    pictures = [file for file in row.files if file.get("type") != PDF]
    left, right = st.columns([1, 1], gap="large")
    with left:
        if pictures:
            _pictures(row, pictures)
        else:
            st.markdown(":orange[▲ Its files are gone.]")
    with right:
        may, alone = has_role(here.actor, "editor"), row.kind == "picture" and bool(pictures)
        read = alt_text(here, row, f"images_one_{row.id}") if may and alone else True
        if may:
            _use(row, here, read)
        if not (may and alone):
            _alts(row, here.actor)
        if row.kind == "carousel" and (card := row.settings.get("card")):
            document_said(Card.restored(card), _text(row))
        _files(row)
        if row.prompt:
            with st.expander("What the model was asked"):
                st.text(row.prompt)
                if row.feedback:
                    st.caption(plain(f"And then: {row.feedback}"))
        _away(row, here.actor)


def _text(row: Image) -> str:
    """What the post says that it was made for, "" where there is none."""
    try:
        return review.get(row.post_id).text if row.post_id else ""
    except NotFound:
        return ""


def _close() -> None:
    st.query_params.pop("image", None)


def _facts(row: Image) -> str:
    sizes = {f"{f.get('width')} x {f.get('height')}" for f in row.files if f.get("width")}
    weight = sum(int(f.get("bytes", 0)) for f in row.files) / 1e6
    model = f"Made by an image model ({row.provider}), which its file says too"
    by = model if row.ai else "Set from the words of the post"
    return f"{by} · {', '.join(sorted(sizes))} · {weight:.2g} MB · {ago(row.created_at, now())}"


def _pictures(row: Image, pictures: list[dict[str, object]]) -> None:
    """One of its pages as wide as a phone shows it, the others below it."""
    key = f"images_shown:{row.id}"
    n = min(int(st.session_state.get(key, 0)), len(pictures) - 1)
    first = pictures[n]
    data = keep.path(row.id, str(first["name"])).read_bytes()
    size = (int(str(first["width"])), int(str(first["height"])))
    large(f"images_one:{row.id}", data, str(first.get("alt", "")), size)
    if len(pictures) > 1:
        items = [
            Item(str(at), str(at + 1), _small(row.id, str(one["name"]), str(one["sha256"])), str(one.get("alt", "")))
            for at, one in enumerate(pictures)
        ]
        shelf(f"images_of:{row.id}", items, "Pages", functools.partial(_show, key), str(n), width="4.6rem")


@st.cache_data(max_entries=200, show_spinner=False)
def _small(image_id: str, name: str, _sha: str) -> bytes:
    return thumbs.small(keep.path(image_id, name).read_bytes())


def _show(key: str, at: str) -> None:
    st.session_state[key] = int(at)


def _use(row: Image, here: Here, read: bool) -> None:
    """Put it on a post: the one it was made for first. Not before somebody has `read` its alt text."""
    if row.kind == "sample":
        return
    posts = {post.id: post for post in _posts(row)}
    if not posts:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Use with", list(posts), key=f"images_use_with:{row.id}", width=360,
                              format_func=lambda one: heading(posts[one])[:80])  # fmt: skip
        post = posts[chosen]
        there = any(isinstance(entry, dict) and entry.get("image") == row.id for entry in post.media)
        st.button("Use with this post", type="primary", key="images_one_use", disabled=there or not read,
                  on_click=_attach, args=(row, post.id, here.actor))  # fmt: skip
    if there:
        link("It goes with this post: open it in Review", "review", post=post.id)
    elif post.media:
        evidence("What the post carries now gives way to it, and stays in the gallery.")
    if media.approval_falls(post) and not there:
        st.markdown(":orange[▲ This post is approved.] With another image the approval falls and it goes back to "
                    "In Review.")  # fmt: skip


def _posts(row: Image) -> list[Post]:
    offered = design.waiting(row.author_id, CHOICES)
    if not row.post_id or any(post.id == row.post_id for post in offered):
        return sorted(offered, key=lambda post: post.id != row.post_id)
    try:
        return [review.get(row.post_id), *offered]
    except NotFound:
        return offered


def _attach(row: Image, post_id: str, actor: Actor) -> None:
    attempt(lambda: media.attach(post_id, row.id, actor, replace=True), "It goes with the post now.")


def _alts(row: Image, actor: Actor) -> None:
    """The alt text of what is published: of a carousel its document, else every picture."""
    document = [file for file in row.files if file.get("type") == PDF]
    told = document or list(row.files)
    if not has_role(actor, "editor"):
        for file in told:
            st.caption(plain(f"Alt text: {file.get('alt') or 'none yet'}"))
        return
    layout = [
        Field(f"alt{n}", f"Alt text {n + 1}" if len(told) > 1 else "Alt text", wide=True, rows=2,
              help="" if n else "What somebody is told who cannot see it. A post that has it already keeps its own.")
        for n in range(len(told))
    ]  # fmt: skip
    values = {f"alt{n}": str(file.get("alt") or "") for n, file in enumerate(told)}
    names = [str(file["name"]) for file in told]
    fields(f"images_alt:{row.id}", layout, values, functools.partial(_describe, row.id, names, actor))


def _describe(image_id: str, names: list[str], actor: Actor, changes: dict[str, str]) -> None:
    for name, value in changes.items():
        keep.set_alt(image_id, names[int(name.removeprefix("alt"))], value, actor)


def _files(row: Image) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        document = [file for file in row.files if file.get("type") == PDF]
        for file in document or row.files[:4]:
            name = str(file["name"])
            label = f"Download {name.rsplit('.', 1)[-1].upper()}"
            st.download_button(label, functools.partial(_bytes, row.id, name), name, str(file.get("type")),
                               key=f"images_file:{row.id}:{name}", on_click="ignore")  # fmt: skip
        if row.kind == "picture":
            link("Try it again, or cut it anew", "images", part="Picture", picture=row.id, post=row.post_id or NONE)
        if row.design_id:
            link("Change its words", "images", part="Card", design=row.design_id, post=row.post_id or NONE)


def _bytes(image_id: str, name: str) -> bytes:
    return keep.path(image_id, name).read_bytes()


def _away(row: Image, actor: Actor) -> None:
    if not has_role(actor, "editor"):
        return
    with st.popover("Delete", type="tertiary"):
        st.caption("Its files are deleted for good. Not while a post carries it.")
        st.button("Delete this image", key="images_delete", on_click=_delete, args=(row.id, actor))


def _delete(image_id: str, actor: Actor) -> None:
    if attempt(lambda: keep.delete(image_id, actor), "The image is deleted."):
        _close()
