"""What has come of asking for pictures: runs while they live, variants side by side, why something did not come."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import streamlit as st

from core import jobs
from core.errors import NotFound
from core.images import keep, pictures, pictures_over, provider, thumbs
from core.images.pictures import RunView
from core.images.provider import Cost
from core.review.lifecycle import has_role
from core.store import Actor
from core.store.base import now
from core.store.tables import Author, Post
from core.store.tables_images import Image
from pages.ui.images_preview import Item, shelf
from pages.ui.images_variant import variant
from pages.ui.notice import answered, attempt, draw_again
from pages.ui.pieces import ago, evidence, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_words import length

SHOWN = 8
CHOSEN = "picture"
"""The URL's word for the variant that is looked at."""


def newest(author: Author, post: Post | None) -> list[RunView]:
    """The newest runs of the post (of the author where there is none), and that of the picture which the URL names."""
    views = pictures.runs(author.id, post.id if post else None, SHOWN)
    wanted = st.query_params.get(CHOSEN)
    if wanted and not any(image.id == wanted for view in views for image in view.images):
        with contextlib.suppress(NotFound):
            image = keep.get(wanted)
            if image.run_id and image.author_id == author.id:
                views.append(pictures.run(image.run_id))
    return views


def runs_part(here: Here, views: list[RunView], post: Post | None) -> None:
    """Runs, and the chosen variant under the run that it is of."""
    if not views:
        evidence("What comes is shown here side by side, with what it was asked for, its seed and its cost.")
        return
    chosen = _chosen(views)
    for view in views:
        _run(here, view, post, chosen)


def _chosen(views: list[RunView]) -> Image | None:
    """The variant of the URL, else the first of the newest run that has one."""
    known = {image.id: image for view in views for image in view.images}
    wanted = st.query_params.get(CHOSEN)
    return known.get(wanted or "") or next((view.images[0] for view in views if view.images), None)


def _run(here: Here, view: RunView, post: Post | None, chosen: Image | None) -> None:
    with st.container(border=True):
        about = f"Again: {view.run.feedback}" if view.run.feedback else view.run.prompt
        badge = "" if view.live else f"{status_text(view.run.status)} "  # while it lives its state is drawn anew below
        st.markdown(f"{badge}{plain(about[:110])}{'…' if len(about) > 110 else ''}")
        cost = Cost(**view.run.estimate).said if view.run.estimate else ""
        told = (_maker(view), ago(view.run.created_at, now()), cost)
        evidence(" · ".join(part for part in told if part))
        if view.live:
            st.fragment(_live, run_every=1.0)(view.run.id, here, len(view.images))
        elif view.run.message:
            _ending(view, here)
        if view.images:
            _side_by_side(view, chosen)
        if chosen is not None and chosen.run_id == view.run.id:
            variant(here, chosen, post)


def _maker(view: RunView) -> str:
    """Provider and model as they are called."""
    name, model = view.run.provider, str(view.run.settings.get("model") or "")
    if name not in provider.PROVIDERS:
        return f"{name}, {model}"
    known = {one.id: one.title or one.id for one in provider.get(name).describe().models}
    return f"{provider.get(name).TITLE}, {known.get(model, model)}"


@answered
def _live(run_id: str, here: Here, shown: int) -> None:
    view = pictures.run(run_id)
    if not view.live or len(view.images) != shown:
        draw_again()
    waits = "Waiting for the worker" if jobs.worker_alive() else "Kept until a worker runs"
    share, told = far(view)
    state = f"{status_text(view.run.status)} {plain(' · '.join([view.said or waits, *told]))}"
    if share is None:
        st.markdown(state)
    else:
        st.progress(share, text=state)
    with st.container(horizontal=True, vertical_alignment="center"):
        if has_role(here.actor, "editor"):
            st.button("Stop", key=f"pic_stop_{run_id}", on_click=_stop, args=(run_id, here))
        evidence("You may leave this page: it goes on, and what has come is kept.")


def far(view: RunView) -> tuple[float | None, list[str]]:
    """How much of a live run is done, and that in words; None where nothing that can be counted is known yet.

    A picture is its steps, as far as they are told, and one more for its end: after the last step it is still to be
    drawn, cut and kept. So the bar is full for nothing that has not come.
    """
    kept = view.run.settings
    asked = len(kept.get("numbers") or range(int(kept.get("n") or 1)))
    come = min(asked, len(view.images) + len(view.refused))
    steps, done = (view.total, view.done) if view.total > asked else (0, 0)  # else it counts pictures, as we do
    told = [f"{come} of {asked} have come"] if asked > 1 or come else []
    if steps and done:
        told.append(f"Step {done:,} of {steps:,}" if done < steps else "The steps are done, they are being finished")
    if view.run.started_at is not None:
        told.append(f"{length((now() - view.run.started_at).total_seconds())} so far")
    return ((done + come) / (steps + asked) if done or come else None), told


def _stop(run_id: str, here: Here) -> None:
    attempt(lambda: pictures.cancel(run_id, here.actor), "Asked to stop. What has come is kept.")


def _ending(view: RunView, here: Here) -> None:
    """Why not everything came, and what to do."""
    said = f"{plain(view.run.message)}\n\n{plain(view.run.hint)}"
    (st.error if view.run.status == "failed" else st.info)(said)
    if pictures_over.taken_up(view.run):
        evidence("What is missing here was asked for once more: it is another of these.")
        return
    if view.run.status == "done" or not has_role(here.actor, "editor"):
        return
    with st.container(horizontal=True):
        if pictures_over.resumable(view.run):
            _decide("Look for what was paid for", view, pictures_over.go_on, here,
                    "What was made is fetched and placed, not asked for again.")  # fmt: skip
        elif not view.refused:
            _decide("Ask anew for what is missing", view, pictures_over.repeat, here,
                    "A new request of the same words: a service charges for it anew.")  # fmt: skip
        if view.run.status == "failed":
            _decide("Leave it", view, pictures_over.close, here, "What came stays, and Today says no more of it.")


def _decide(label: str, view: RunView, act: Callable[[str, Actor], object], here: Here, about: str) -> None:
    st.button(
        label, key=f"pic_{act.__name__}_{view.run.id}", on_click=_decided, args=(act, view.run.id, here), help=about
    )


def _decided(act: Callable[[str, Actor], object], run_id: str, here: Here) -> None:
    attempt(lambda: act(run_id, here.actor))


def _side_by_side(view: RunView, chosen: Image | None) -> None:
    items = []
    for image in view.images:
        try:
            small = thumbs.thumb(image).read_bytes()
        except (NotFound, OSError):
            continue  # its files are gone; the gallery says so
        seed = image.settings.get("seed")
        alt = f"Variant {image.number}: {image.files[0].get('alt') or 'no alt text yet'}"
        items.append(Item(image.id, f"Variant {image.number}", small, alt, f"Seed {seed}" if seed is not None else ""))
    pick = functools.partial(st.query_params.__setitem__, CHOSEN)
    shelf(f"pic_shelf_{view.run.id}", items, "Variants", pick, chosen.id if chosen else "", width="8.5rem")
