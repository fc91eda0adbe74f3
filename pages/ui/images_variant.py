"""One picture that has come: large, with the brand's colours and without, cut anew, tried again, used."""

from __future__ import annotations

import streamlit as st

from core.images import brand, choosing, keep, media, pictures, prompting
from core.images.wishes import prompt_of
from core.review.lifecycle import has_role
from core.store.tables import Post
from core.store.tables_images import Image
from pages.ui.images_preview import large, source
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, link, plain
from pages.ui.shell import Here

CHIPS = ("Warmer light", "Simpler", "More empty ground", "Another angle", "No people", "Fewer objects")
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
    _again(here, image, key)
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
    st.session_state.setdefault(f"{key}_alt", str(image.files[0].get("alt") or "") or choosing.alt_proposed(image))
    st.text_area("Alt text", key=f"{key}_alt", max_chars=1_000, height=80,
                 help="What somebody is told who cannot see it. Say what is really seen.")  # fmt: skip
    there = post is not None and any(isinstance(e, dict) and e.get("image") == image.id for e in post.media)
    with st.container(horizontal=True, vertical_alignment="center"):
        if post is not None:
            st.button("Use with the post", type="primary", key=f"{key}_use", disabled=there,
                      on_click=_used, args=(here, image, post, key))  # fmt: skip
        if there and post is not None:
            link("It goes with the post: open it in Review", "review", post=post.id)
        with st.popover("Delete", type="tertiary"):
            st.caption("Its files are deleted for good. Not while a post carries it.")
            st.button("Delete this picture", key=f"{key}_delete", on_click=_delete, args=(here, image))
    if post is not None and not there:
        if media.approval_falls(post):
            st.warning("This post is approved. With another image the approval falls and it goes back to In Review.")
        elif post.media:
            evidence("What the post carries now gives way to it, and stays in the gallery.")


def _used(here: Here, image: Image, post: Post, key: str) -> None:
    said = str(st.session_state.get(f"{key}_alt") or "")
    attempt(lambda: choosing.use(image.id, post.id, said, here.actor), "It goes with the post now.")


def _delete(here: Here, image: Image) -> None:
    attempt(lambda: keep.delete(image.id, here.actor), "The picture is deleted.")


# ---- trying again --------------------------------------------------------------------------------------------


def _again(here: Here, image: Image, key: str) -> None:
    """What should be different, the prompt that comes of it, and asking for it."""
    with st.expander("Try again"):
        chips = st.pills("Wishes", CHIPS, selection_mode="multi", key=f"{key}_chips", label_visibility="collapsed")
        words = st.text_input("What should be different?", key=f"{key}_words", max_chars=prompting.FEEDBACK // 2,
                              placeholder="For example: seen from above, no lamp")  # fmt: skip
        said = ", ".join([*chips, *([words] if words.strip() else [])])
        before, after = prompt_of(image), pictures.wished(image, said)
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
        st.button("Make it again", key=f"{key}_again", on_click=_ask, args=(here, image, said, key))


def _ask(here: Here, image: Image, said: str, key: str) -> None:
    if attempt(lambda: pictures.again(image.id, said, here.actor), "", f"{key}_words"):
        st.session_state[f"{key}_chips"] = []


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
