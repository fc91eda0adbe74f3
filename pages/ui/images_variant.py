"""One picture that has come: large, with the brand's colours and without, cut anew, tried again, used."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.images import brand, choosing, keep, media, pictures, prompting
from core.images.wishes import prompt_of
from core.review.lifecycle import has_role
from core.store.tables import Post
from core.store.tables_images import Image
from pages.ui.editor import Field, fields, fields_received
from pages.ui.images_form import Form
from pages.ui.images_preview import large, source
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, link, plain
from pages.ui.shell import Here

CHIPS = ("Warmer light", "Simpler", "More empty ground", "Another angle", "No people", "Fewer objects")
ALT = Field("alt", "Alt text", wide=True, rows=2, help="What somebody is told who cannot see it.")
WISH = Field("wish", "What should be different?", "For example: seen from above, no lamp", wide=True)
NEAR = 10.0
"""Mean CIEDE2000 under which a picture reads as being of the brand's colours: a house rule, not a standard."""
SOFT = 2.0
"""Times that a picture may be enlarged before it is plainly not sharp."""


def variant(here: Here, image: Image, post: Post | None) -> None:
    """Everything about one variant, and what can be done with it."""
    key = f"pic_{image.id}"
    file = image.files[0]
    size = (int(file["width"]), int(file["height"]))
    large(f"{key}_large_{file['sha256'][:6]}", keep.path(image.id, str(file["name"])).read_bytes(), _alt(image), size)
    evidence(_facts(image))
    if not has_role(here.actor, "editor"):
        return
    _use(here, image, post, key)
    if here.author is not None:
        _again(Form(here.author, post, here.actor), image, key)
    with st.expander("Cut and colours"):
        _colours(here, image, key)
        _cut(here, image, key)
    with st.expander("What it was asked for"):
        st.text(image.prompt)
        st.caption(plain(_settings(image)))


def _alt(image: Image) -> str:
    return str(image.files[0].get("alt") or "") or "A picture without an alt text yet"


def _facts(image: Image) -> str:
    """What it cost, how near it is to the brand, whether it had to be enlarged."""
    told = [f"Variant {image.number}, made by a model; its file says so"]
    if (amount := image.cost.get("amount")) is not None:
        told.append(f"{amount:.2g} {image.cost.get('currency') or ''}".strip() if amount else "no cost")
    if (near := image.measured.get("brand")) is not None:
        before = image.measured.get("brand_before", near)
        was = f", {before:.0f} before the grade" if image.settings.get("graded") and image.settings.get("grade") else ""
        word = "near the brand's colours" if near <= NEAR else "away from the brand's colours"
        told.append(f"{word} (colour distance {near:.0f}{was})")
    if (times := image.measured.get("enlarged", 1)) > 1.05:
        told.append(f"enlarged {times:.1f} times, so {'a little soft' if times < SOFT else 'not sharp'}")
    return " · ".join(told)


def _settings(image: Image) -> str:
    """All that it takes to make it again, in a line."""
    kept = image.settings
    names = {"model": "model", "seed": "seed", "steps": "steps", "aspect": "aspect", "negative": "not to be seen",
             "scale": "likeness at", "version": "prompt by"}  # fmt: skip
    return "; ".join(f"{said} {kept[name]}" for name, said in names.items() if kept.get(name) not in (None, ""))


# ---- using it ------------------------------------------------------------------------------------------------


def _use(here: Here, image: Image, post: Post | None, key: str) -> None:
    read = alt_text(here, image, key)
    there = post is not None and any(isinstance(e, dict) and e.get("image") == image.id for e in post.media)
    with st.container(horizontal=True, vertical_alignment="center"):
        if post is not None:
            st.button("Use with the post", type="primary", key=f"{key}_use", disabled=there or not read,
                      on_click=_used, args=(here, image, post, key))  # fmt: skip
        if there and post is not None:
            link("It goes with the post: open it in Review", "review", post=post.id,
                 help="The post keeps the alt text that it has: change it there.")  # fmt: skip
        with st.popover("Delete", type="tertiary"):
            st.caption("Its files are deleted for good. Not while a post carries it.")
            st.button("Delete this picture", key=f"{key}_delete", on_click=_delete, args=(here, image))
    if post is not None and not there:
        if media.approval_falls(post):
            st.markdown(":orange[▲ This post is approved.] With another image the approval falls and it goes back to "
                        "In Review.")  # fmt: skip
        elif post.media:
            evidence("What the post carries now gives way to it, and stays in the gallery.")


def alt_text(here: Here, image: Image, key: str) -> bool:
    """The alt text of a picture, kept as it is typed; returns whether a person has read what stands there, or wrote it.

    A proposal is one until then: only afterwards is it to be used.
    """
    kept = str(image.files[0].get("alt") or "")
    note = "Proposed from what was asked for, not from the picture: read it, and say what is really seen."
    values, notes = {"alt": kept or choosing.alt_proposed(image)}, {} if kept else {"alt": note}
    fields(f"{key}_alt", [ALT], values, functools.partial(_describe, here, image), notes)
    if not kept:
        st.button("The alt text is right", key=f"{key}_read", on_click=_read, args=(here, image, key))
    return bool(kept)


def _describe(here: Here, image: Image, changes: dict[str, str]) -> None:
    keep.set_alt(image.id, str(image.files[0]["name"]), " ".join(changes["alt"].split()), here.actor)


def _read(here: Here, image: Image, key: str) -> None:
    """A person has read the proposal: from now on it is theirs."""

    def work() -> None:
        fields_received(f"{key}_alt", functools.partial(_describe, here, image))
        if not keep.get(image.id).files[0].get("alt"):
            _describe(here, image, {"alt": choosing.alt_proposed(image)})

    attempt(work)


def _used(here: Here, image: Image, post: Post, key: str) -> None:
    def work() -> None:
        fields_received(f"{key}_alt", functools.partial(_describe, here, image))
        said = str(keep.get(image.id).files[0].get("alt") or "")
        choosing.use(image.id, post.id, said, here.actor)

    attempt(work, "It goes with the post now.")


def _delete(here: Here, image: Image) -> None:
    attempt(lambda: keep.delete(image.id, here.actor), "The picture is deleted.")


# ---- trying again --------------------------------------------------------------------------------------------


def _again(form: Form, image: Image, key: str) -> None:
    """What should be different, the prompt that comes of it, and asking for it."""
    mine = form.kept if form.kept.get("wish_of") == image.id else {}
    st.session_state[f"{key}_chips"] = [chip for chip in mine.get("chips") or [] if chip in CHIPS]
    words = str(mine.get("wish") or "")
    with st.expander("Try again", expanded=bool(mine)):
        st.pills("Wishes", CHIPS, selection_mode="multi", key=f"{key}_chips", label_visibility="collapsed",
                 on_change=_chipped, args=(form, image, key))  # fmt: skip
        fields(f"{key}_wish", [WISH], {"wish": words}, functools.partial(_wished, form, image))
        said = _said(mine)
        before, after = prompt_of(image), pictures.wished(image, said[: prompting.FEEDBACK])
        if said:
            added = after.text.removeprefix(before.text).strip()
            left_out = after.negative.removeprefix(before.negative).strip(" ,")
            told = [
                f"Added to the prompt: {added}" if added else "",
                f"Not to be seen: {left_out}." if left_out else "",
            ]
            evidence(f"{' '.join(filter(None, told))} The seed stays, so that the rest stays alike.")
        else:
            evidence("Without a wish it is made again with another seed.")
        st.button("Make it again", key=f"{key}_again", on_click=_ask, args=(form, image, key))


def _said(kept: Mapping[str, Any]) -> str:
    words = str(kept.get("wish") or "").strip()
    return ", ".join([*(kept.get("chips") or []), *([words] if words else [])])


def _chipped(form: Form, image: Image, key: str) -> None:
    attempt(lambda: _wished(form, image, {"chips": list(st.session_state[f"{key}_chips"])}))


def _wished(form: Form, image: Image, changes: Mapping[str, Any]) -> None:
    """Kept with the picture that it is about; a wish for another one gives way to it."""
    other = {} if form.kept.get("wish_of") == image.id else {"wish": None, "chips": None}
    form.put({**other, **changes, "wish_of": image.id})


def _ask(form: Form, image: Image, key: str) -> None:
    def work() -> None:
        fields_received(f"{key}_wish", functools.partial(_wished, form, image))
        mine = form.kept if form.kept.get("wish_of") == image.id else {}
        pictures.again(image.id, _said(mine), form.actor)
        form.put({"wish": None, "chips": None, "wish_of": None})

    attempt(work)


# ---- cut and colours -----------------------------------------------------------------------------------------


def _colours(here: Here, image: Image, key: str) -> None:
    if not brand.grade(image.author_id):
        evidence("The brand kit has no grade: set one under Brand to lay its colours over pictures.")
        return
    plainly, graded = _both(image.id, str(image.files[0]["sha256"]))
    left, right = st.columns(2)
    left.image(source(plainly), caption="As it came")
    right.image(source(graded), caption="With the brand's colours")
    on = bool(image.settings.get("graded"))
    st.button("Take the brand's colours off" if on else "Lay the brand's colours over it", key=f"{key}_grade",
              on_click=_adjust, args=(here, image.id, None, not on))  # fmt: skip


@st.cache_data(max_entries=30, show_spinner=False)
def _both(image_id: str, _sha: str) -> tuple[bytes, bytes]:
    return choosing.before_after(image_id)


def _cut(here: Here, image: Image, key: str) -> None:
    """The point that stays in sight. Only the direction in which something is cut off makes a difference."""
    x, y = image.settings.get("focus") or (0.5, 0.5)
    across = st.slider("Stays in sight, from left to right", 0, 100, round(100 * x), 5, key=f"{key}_x", format="%d%%")
    down = st.slider("Stays in sight, from top to bottom", 0, 100, round(100 * y), 5, key=f"{key}_y", format="%d%%")
    focus = (across / 100, down / 100)
    st.button("Cut it anew", key=f"{key}_cut", disabled=focus == (round(x, 2), round(y, 2)), on_click=_adjust,
              args=(here, image.id, focus, None))  # fmt: skip


def _adjust(here: Here, image_id: str, focus: tuple[float, float] | None, graded: bool | None) -> None:
    attempt(lambda: choosing.adjust(image_id, here.actor, focus, graded))
