"""The Samples page's first answer: how many, since when, from where, with which gaps, how far embedding is."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core import authors, exemplars, jobs, samples
from core.collect import undoing
from core.review.lifecycle import has_role
from core.samples import Source
from core.store.base import now
from core.store.tables import Author
from pages.ui.import_run import running
from pages.ui.notice import attempt, draw_again
from pages.ui.pieces import ago, evidence, plain, stat
from pages.ui.shell import Here

FEW = 5
CONSENT: dict[str, bool | None] = {"Not decided": None, "Yes": True, "No": False}


def day(instant: datetime) -> str:
    """A date as people say it."""
    return f"{instant.day} {instant:%b %Y}"


def first_answer(here: Here) -> bool:
    """The sentence and the figures; False where there is nothing to tell yet."""
    if here.author is None:
        st.markdown(
            "**Timbre knows nobody yet.** Add what an author has written, and it learns how they write: "
            "from 5 posts a little, from 30 a good deal."
        )
        return False
    overview = samples.overview(here.author.id)
    figures = overview.figures
    name = plain(here.author.name)
    if not figures.count + figures.excluded:
        st.markdown(f"**Timbre knows nothing of {name} yet.** Add at least 5 of their own posts.")
        return False
    span = _span(figures.first, figures.last)
    st.markdown(f"**{figures.count:,} {'post' if figures.count == 1 else 'posts'} by {name}{span}.**")
    undated = figures.count - figures.dated
    shown = (
        ("Posts", f"{figures.count:,}", f"{figures.excluded:,} left out" if figures.excluded else "all in use"),
        ("Words", f"{figures.words:,}", f"{figures.words / max(figures.count, 1):,.0f} a post"),
        ("With a date", f"{figures.dated:,}", f"{undated:,} in file order" if undated else "all of them"),
        ("Longest silence", *_silence(overview)),
    )
    with st.container(horizontal=True):
        for figure in shown:
            with st.container(width=155):
                stat(*figure)
    if figures.count < FEW:
        evidence(f"Under {FEW} posts nothing can be said about habits; Timbre then uses general ones.")
    return True


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return ", none with a date"
    return f", of {day(first)}" if first.date() == last.date() else f", from {day(first)} to {day(last)}"


def _silence(overview: samples.Overview) -> tuple[str, str]:
    if not overview.gaps:
        return ("none", "no pause stands out") if overview.figures.dated > 1 else ("not known", "it needs dates")
    start, end = max(overview.gaps, key=lambda gap: gap[1] - gap[0])
    return _length(start, end), f"from {day(start)} to {day(end)}"


def embedding(here: Here) -> None:
    """How far embedding is, over all authors: live while it runs, nothing at all once everything is done."""
    status = exemplars.status()
    if (status.complete and not status.job) or running(here.actor):
        return
    st.fragment(_progress, run_every=2 if status.job else None)(here)


def _progress(here: Here) -> None:
    status = exemplars.status()
    if status.complete and not status.job:
        draw_again()
    share = status.done / max(status.total, 1)
    if status.job:
        doing = "reading them for meaning" if jobs.worker_alive() else "waiting for the worker"
        st.progress(share, f"{status.done:,} of {status.total:,} samples of all authors embedded; {doing}.")
        evidence("You need not wait: everything else works meanwhile, and you may leave this page.")
        return
    if status.last and status.last.status == "failed":
        st.markdown(f":red[✕ **{plain(status.last.message)}**] {plain(status.last.hint)}")
    if status.missing:
        st.markdown(
            ":orange[▲ **The index of exemplars is not on the disk.**] Your samples are safe; until it is made again, "
            "exemplars are chosen by words alone."
        )
        st.button("Rebuild the index", on_click=_ask, args=(here, True), key="samples_rebuild")
    elif status.done < status.total:
        st.markdown(f"{status.total - status.done:,} samples are not embedded yet.")
        st.button("Embed now", on_click=_ask, args=(here, False), key="samples_embed")


def _ask(here: Here, rebuild: bool) -> None:
    attempt(lambda: (exemplars.rebuild if rebuild else exemplars.request)(here.actor))


def consent(here: Here) -> None:
    """Whether this author's texts may train a model: shown with who said so, and changeable."""
    if here.author is None:
        return
    author = here.author
    key = f"samples_consent_{author.id}"
    said = next(word for word, allowed in CONSENT.items() if allowed is author.training_consent)
    st.session_state[key] = said
    st.selectbox(
        "May a model be trained on these texts?",
        list(CONSENT),
        key=key,
        on_change=_decide,
        args=(here, author, key, said),
        help="The author decides. Persona card, exemplars and the Style page do not depend on it.",
    )
    if author.consent_at:
        evidence(f"Recorded by {author.consent_by}, {ago(author.consent_at, now())}.")
    if author.training_consent is not True:
        _learnt_before(author, here)


def _learnt_before(author: Author, here: Here) -> None:
    """What was learnt while they agreed: out of use, when it is deleted, and deleting it now."""
    from core.train import withdrawal  # only here: the page of samples needs nothing else of training

    if not (found := withdrawal.listed(author.id)):
        return
    what = "1 adapter has learnt" if len(found) == 1 else f"{len(found):,} adapters have learnt"
    st.markdown(f":orange[▲ **{what} from these texts.**] {plain(found[0].said)}")
    for one in found:
        if one.others:
            evidence(f"{one.adapter.title}: {one.do}")
    if has_role(here.actor, "editor"):
        with st.popover("Delete it now" if len(found) == 1 else "Delete them now"):
            evidence("Weights, copies for other programs, checkpoints, the texts of exams and what was written in "
                     "training go for good.")  # fmt: skip
            st.button("Delete for good", key="samples_forget", type="primary", on_click=_forget, args=(here, author))


def _forget(here: Here, author: Author) -> None:
    from core.train import withdrawal

    attempt(lambda: withdrawal.delete(author.id, here.actor), "Deleted. That it was learnt stays in the list of runs.")


def _decide(here: Here, author: Author, key: str, said: str) -> None:
    if st.session_state[key] == said:
        return  # a browser may send what stands there anew with the next click: nobody has decided anything
    attempt(lambda: authors.consent(author.id, CONSENT[st.session_state[key]], here.actor))


def gaps_and_sources(author: Author, here: Here) -> None:
    """Where nothing is known, and where the rest came from."""
    overview = samples.overview(author.id)
    st.markdown("**Gaps**")
    for start, end in reversed(overview.gaps):
        evidence(f"Nothing from {day(start)} to {day(end)} ({_length(start, end)}).")
    if not overview.gaps:
        evidence("No long silence." if overview.figures.dated > 1 else "Without dates no gap can be seen.")
    st.markdown("**Sources**")
    for source in overview.sources:
        at = f", {ago(source.at, now())}" if source.at else ""
        evidence(f"{source.count:,} from {source.name}{at}.")
        if source.batch and has_role(here.actor, "editor"):
            _undo(source, here)
        if source.unfinished:
            st.markdown(":orange[▲ This import stopped before its end. Import the same file again: the rest is added.]")
    _export(author)


def _undo(source: Source, here: Here) -> None:
    """Taking an import back, behind a question."""
    with st.popover(
        "Undo this import", type="tertiary", key=f"samples_undo_{source.batch}", on_change="rerun"
    ) as asked:
        if not asked.open:
            return
        if said := undoing.why_not(source.batch):
            evidence(f"It cannot be undone. {said} {undoing.INSTEAD}")
            return
        evidence("All posts that came with it are deleted, of every author. Persona cards stay as they are until they "
                 "are derived again, and so does what is recorded of consent.")  # fmt: skip
        st.button("Undo it", key=f"samples_undo_sure_{source.batch}", type="primary", on_click=_take_back,
                  args=(source, here))  # fmt: skip


def _take_back(source: Source, here: Here) -> None:
    attempt(lambda: undoing.undo(source.batch, here.actor), f"The import of {source.name} was taken back.")


def _length(start: datetime, end: datetime) -> str:
    months = round((end - start).days / 30.4)
    return f"{months} months" if months < 24 else f"{months / 12:.1f} years"


@st.fragment
def _export(author: Author) -> None:
    if st.session_state.get("samples_export") != author.id:
        st.button("Prepare a CSV of all samples", on_click=_prepare, args=(author,), key="samples_export_ask")
        return
    name = "".join(c if c.isalnum() or c in "-_ " else "_" for c in author.name)
    st.download_button("Save the CSV", samples.to_csv(author.id), f"{name} samples.csv", "text/csv", key="samples_csv")


def _prepare(author: Author) -> None:
    st.session_state["samples_export"] = author.id
