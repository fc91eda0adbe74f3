"""The photos of a set: adding them, what is well and what is not with each, captions, which are learnt from."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import NotFound
from core.images import assets, photo_files, photos
from core.images.photo_checks import Check
from core.images.photos import KEPT, Refused
from core.review.lifecycle import has_role
from core.store.tables_images import Photo, PhotoSet
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain
from pages.ui.shell import Here

TURN, REFUSED = "photos_turn", "photos_refused"
WIDE = 220
TIPS = """
- **10 to 20 photos** do best; 3 are the least. Better few good ones than many of one evening.
- **Near and far**: some close-ups of the face, some head and shoulders, one or two of the whole person.
- **Other places, clothes, light**: whatever is the same on all of them is learnt as a part of the person.
- **Nobody else** on them, nothing before the face, no filters, no sunglasses.
"""


def add_photos(row: PhotoSet, here: Here) -> None:
    """Where photos come in; what was not taken is said with why."""
    for refused in st.session_state.pop(REFUSED, []):
        st.markdown(f":orange[▲ {plain(f'{refused.said} {refused.do}')}]")
    if not has_role(here.actor, "editor"):
        return
    turn = st.session_state.get(TURN, 0)
    files = st.file_uploader(
        "Add photos", ["jpg", "jpeg", "png", "webp"], accept_multiple_files=True, key=f"photos_add_{row.id}_{turn}",
        max_upload_size=assets.MEGABYTES,
        help="They stay on this machine. Where and when they were taken is cut out of them.",
    )  # fmt: skip
    with st.expander("Which photos to take"):
        st.markdown(TIPS)
    if not files:
        return
    bar = st.progress(0.0, "Looking at the photos")
    refused_now: list[Refused] = []
    for done, file in enumerate(files[:KEPT]):
        bar.progress(done / len(files), f"Looking at photo {done + 1} of {len(files)}")
        (answer,) = photos.add(row.id, [(file.name, file.getvalue())], here.actor)
        refused_now += [answer] if isinstance(answer, Refused) else []
    refused_now += [Refused(file.name, f"{file.name} was not added: a set holds at most {KEPT} photos.",
                            "Take some out first.") for file in files[KEPT:]]  # fmt: skip
    st.session_state[REFUSED], st.session_state[TURN] = refused_now, turn + 1
    st.rerun()


def photo_list(row: PhotoSet, found: Sequence[Photo], here: Here) -> None:
    """All photos, each with what was found of it."""
    if found:
        st.markdown("**The photos**")
    said = photos.checks(found)
    may = has_role(here.actor, "editor")
    with st.container(horizontal=True, gap="medium", key=f"photos_{row.id}"):
        for photo in found:
            with st.container(border=True, width=WIDE + 34, gap="small"):
                _photo(photo, said[photo.id], row, here, may)


def _photo(photo: Photo, checks: Sequence[Check], row: PhotoSet, here: Here, may: bool) -> None:
    try:
        st.image(photo_files.thumb(photo), width=WIDE)
    except NotFound as error:
        evidence(error.message)
    wrong = [check for check in checks if not check.ok]
    well = plain(" ".join(check.said.rstrip(".") + "." for check in checks if check.ok))
    for number, check in enumerate(wrong):
        st.markdown(_line(check), help=None if number else well or None)
    if not wrong:
        st.markdown(":green[● Fit to learn from]", help=well)
    key = f"photo_{photo.id}"
    # Its value is the photo's, also where the choice was refused: the key changes with it.
    st.checkbox("Learn from it", photo.used, key=f"{key}_used_{photo.used}", disabled=not may, on_change=_use,
                args=(photo.id, not photo.used, here))  # fmt: skip
    st.text_area("Caption", photo.caption, key=f"{key}_caption_{photo.caption[:40]}", height=100, disabled=not may,
                 on_change=_caption, args=(photo, f"{key}_caption_{photo.caption[:40]}", here),
                 help=plain(f"{row.trigger} stands for {row.person}. Name what is not the person: place, light. "
                            "Empty it to have the proposal back."))  # fmt: skip
    if may:
        st.button("Take out", key=f"{key}_out", type="tertiary", on_click=_remove, args=(photo, here))


def _use(photo_id: str, wanted: bool, here: Here) -> None:
    attempt(lambda: photos.use(photo_id, wanted, here.actor))


def _caption(photo: Photo, key: str, here: Here) -> None:
    attempt(lambda: photos.caption(photo.id, str(st.session_state[key]), here.actor))


def _remove(photo: Photo, here: Here) -> None:
    attempt(lambda: photos.remove(photo.id, here.actor), f"{photo.name} was deleted.")


def together(found: Sequence[Photo]) -> None:
    """What the photos that are used come to together."""
    if not found:
        return
    st.markdown("**Together**")
    st.markdown("  \n".join(_line(check) for check in photos.variety(found)))


def _line(check: Check) -> str:
    if check.ok:
        return f":green[●] {plain(check.said)}"
    return f":orange[▲ {plain(check.said)}] {plain(check.do)}"
