"""The contact sheet of a likeness: each scene with it and without it, and how much each picture is the person."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import streamlit as st

from core.errors import NotFound
from core.images import acceptance, likeness, thumbs
from core.review.lifecycle import has_role
from core.store.tables_images import Image
from core.store.tables_training import Adapter
from core.train import registry
from pages.ui.assets import style
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain
from pages.ui.shell import Here


def sheet(adapter: Adapter | str, here: Here) -> None:
    """The sheet of an adapter (or of a run, by its id), with a rating under each picture that was made with it."""
    row = registry.of_run(adapter) if isinstance(adapter, str) else adapter
    run_id = adapter if isinstance(adapter, str) else adapter.run_id or ""
    images = acceptance.sheet(run_id)
    if not images:
        evidence("There is no contact sheet: the training has not come so far, or its pictures were deleted.")
        return
    worn = [image for image in images if acceptance.with_it(image)]
    exam = (row.exam if row else {}) or {}
    evidence(_standing(worn, int(exam.get("repeats") or 0)))
    if not exam.get("likeness") and (why := likeness.why_not()):
        evidence(why)
    person = str(((row.card if row else {}) or {}).get("settings", {}).get("person") or "the person")
    evidence(f"Beside each, small: the same scene and seed by the model before it had learnt {person}.")
    st.html(style("sheet"))
    with st.container(key=f"sheet_all_{run_id}"):
        for scene, pair in groupby(sorted(images, key=_scene), key=_scene):
            _pair(scene, list(pair), person, here, row is not None and row.deleted_at is None)


def _scene(image: Image) -> int:
    return int((image.settings or {}).get("pair") or 0)


def _standing(worn: list[Image], repeats: int) -> str:
    """What the ratings come to so far."""
    rules = acceptance.rules([image.rating for image in worn], repeats)
    failed = [rule for rule in rules if rule["passed"] is False]
    if rules[0]["passed"] is None:
        return str(rules[0]["said"])
    said = " ".join(str(rule["said"]) for rule in (failed or rules[:2]))
    return f"{'Turned down' if failed else 'Accepted'}: {said}"


def _pair(scene: int, pair: Iterable[Image], person: str, here: Here, open_: bool) -> None:
    found = sorted(pair, key=lambda image: not acceptance.with_it(image))
    with st.container(border=True):
        st.caption(plain(f"Scene {scene + 1}: {found[0].prompt}"))
        with st.container(key=f"sheet_scene_{found[0].id}"):
            for image in found:
                with st.container(gap="small"):
                    _picture(image, person)
                    if acceptance.with_it(image):
                        _rating(image, here, open_)


def _picture(image: Image, person: str) -> None:
    worn = acceptance.with_it(image)
    try:
        st.image(str(thumbs.thumb(image)), width="stretch", alt=_alt(image, person))
    except NotFound:
        evidence("The file of this picture is missing.")
    evidence("With the likeness" if worn else "Without it")


def _alt(image: Image, person: str) -> str:
    return f"Scene {_scene(image) + 1} {'with' if acceptance.with_it(image) else 'without'} the likeness of {person}"


def _rating(image: Image, here: Here, open_: bool) -> None:
    key = f"sheet_rating_{image.id}"
    st.segmented_control(
        f"Scene {_scene(image) + 1}: is it the person?", list(acceptance.RATINGS),
        format_func=acceptance.RATINGS.__getitem__, default=image.rating, key=key, on_change=_rate,
        args=(image.id, key, here), label_visibility="collapsed",
        width="stretch", disabled=not (open_ and has_role(here.actor, "editor")),
    )  # fmt: skip


def _rate(image_id: str, key: str, here: Here) -> None:
    chosen = st.session_state.get(key)
    attempt(lambda: acceptance.rate(image_id, int(chosen) if chosen else None, here.actor))
