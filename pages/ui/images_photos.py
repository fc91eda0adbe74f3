"""Photos of a person: who agreed and until when, the photos, what is learnt from them, and deleting it all."""

from __future__ import annotations

import streamlit as st

from core.images import consent, photo_checks, photo_deletion, photos
from core.review.lifecycle import has_role
from core.store.tables import Author
from core.store.tables_images import PhotoSet
from pages.ui.images_consent import ask, begin, standing
from pages.ui.images_likeness import learnt, train
from pages.ui.images_photo_list import add_photos, photo_list, together
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain, status_text
from pages.ui.shell import Here


def photos_panel(here: Here) -> None:
    """The part Photos of the Images page."""
    author = here.author
    if author is None:
        return
    sets = photos.listed(author.id)
    there = [row for row in sets if row.deleted_at is None]
    for row in sets:
        _elsewhere(row)
    if not there:
        begin(author, here)
        return
    row = _chosen(there)
    _first(row)
    if consent.state(row).stands:
        add_photos(row, here)
    found = photos.photos(row.id)
    together(found)
    train(row, here)
    learnt(row, here)
    photo_list(row, found, here)
    _ends(row, author, here)


def _chosen(there: list[PhotoSet]) -> PhotoSet:
    """The set of the URL, else the newest."""
    if len(there) == 1:
        return there[0]
    named = {row.id: f"{row.person}, from {row.created_at:%d %B %Y}" for row in there}
    chosen = st.selectbox("Photos", list(named), format_func=named.__getitem__, key="photos_set", bind="query-params")
    return next((row for row in there if row.id == chosen), there[0])


def _first(row: PhotoSet) -> None:
    """The first answer: whether something can be learnt from these photos, and whether the person agrees."""
    used = len(photos.used(row.id))
    why_not = consent.why_not_trained(row.id)
    if not consent.state(row).stands:
        word, status = "No consent", "warn"
    else:
        word, status = ("Not enough yet", "warn") if why_not else ("Ready", "ok")
    st.subheader(plain(f"{used} of up to {photo_checks.MOST} photos of {row.person}"), anchor=False)
    st.markdown(status_text(status, word), width="content")
    standing(row)


# ---- the end -------------------------------------------------------------------------------------------------


def _ends(row: PhotoSet, author: Author, here: Here) -> None:
    """Consent anew, taken back; deletion; another person."""
    if not has_role(here.actor, "editor"):
        return
    st.divider()
    with st.container(horizontal=True, gap="small"):
        ask(row, author, here)
        _delete(row, here)
        with st.popover("Photos of somebody else"):
            begin(author, here, title=False)


def _delete(row: PhotoSet, here: Here) -> None:
    with st.popover("Delete the photos"):
        key = f"photos_delete_{row.id}"
        st.markdown(f"**Delete all photos of {plain(row.person)}?**")
        evidence("They go from this machine, from trainings, and from services as far as those let us.")
        learnt_too = st.checkbox("And everything that was learnt from them", True, key=f"{key}_learnt",
                                 help="Also pictures made with it. Those that a post carries stay.")  # fmt: skip
        st.button("Delete for good", key=key, type="primary", on_click=_deleted, args=(row, learnt_too, here))


def _deleted(row: PhotoSet, learnt_too: bool, here: Here) -> None:
    done: list[photo_deletion.Deleted] = []
    if attempt(lambda: done.append(photo_deletion.delete(row.id, here.actor, learnt_too))):
        n, m = done[0].photos, done[0].adapters
        said = f"{n} {'photo was' if n == 1 else 'photos were'} deleted"
        said += f", and {m} {'likeness' if m == 1 else 'likenesses'}." if m else "."
        attempt(lambda: None, " ".join([said, *done[0].remaining]))


def _elsewhere(row: PhotoSet) -> None:
    """Copies that a service still has of photos, said until they are gone."""
    said = photos.elsewhere(row)
    if not said:
        return
    whose = f"Of {row.person}, deleted here on {row.deleted_at:%d %B %Y}" if row.deleted_at else f"Of {row.person}"
    st.markdown(f":orange[▲ {plain(f'{whose}: ' + ' '.join(said))}]")
    evidence("Timbre asks again every hour, and says so here until it is gone.")
