"""Other forms of a text: a thread, a caption, slides; each part with its own count, to copy and to save."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core import webhook
from core.generate import adapt, adapt_files, finish
from core.generate import commands as generate
from core.generate.brief import BriefFields
from core.generate.commands import RunView
from core.platforms import FORMS, LINKEDIN_COMMENT
from core.store import Actor
from core.store.tables import Post, Variant
from pages.ui.assets import style
from pages.ui.notice import answered, attempt, notices
from pages.ui.pieces import plain, status_text

LIVE = ("queued", "started", "running")
NAMES = tuple(name for name in FORMS if name not in ("post", "article"))
Make = Callable[[str], str]
"""Asks for a form and returns the id of its run."""


def of_variant(variant: Variant, actor: Actor) -> None:
    """What can be made of a variant, and what was made of it."""
    first = _comment(variant.run_id)
    _forms(variant.id, variant.text, lambda form: generate.adapt(variant.id, form, actor), first, actor)


def of_post(post: Post, actor: Actor) -> None:
    """The same of a post, as its text is now."""
    if not post.text.strip():
        st.caption("Write the post first; then it can be set in another form.")
        return
    run = generate.run_of(post.variant_id) if post.variant_id else None
    first = _comment(run) if run else ""
    _forms(post.variant_id or post.id, post.text, lambda form: generate.adapt_post(post.id, form, actor), first, actor)


def _comment(run_id: str) -> str:
    """What belongs into the first comment of what a run wrote."""
    return finish.comment(BriefFields.model_validate(generate.run(run_id).brief.fields))


def _forms(of: str, value: str, make: Make, comment: str, actor: Actor) -> None:
    made = {
        view.run.settings.get("form"): view for view in reversed(generate.made_from(of)) if view.run.task == "adapt"
    }
    notices()
    st.html(style("forms"))
    names = [*(["comment"] if comment else []), *NAMES]
    chosen = st.pills("Form", names, format_func=_title, key=f"forms_{of}", default=next(iter(made), None),
                      label_visibility="collapsed")  # fmt: skip
    if chosen is None:
        by = f", by file, or to {webhook.host()} by a button" if webhook.host() else " or by file"
        st.caption(plain(f"Choose a form. What is made stays here until you take it out by copy{by}."))
    elif chosen == "comment":
        _part("First comment", f"{len(comment):,} of {LINKEDIN_COMMENT:,} characters", comment, f"{of}_comment")
    else:
        st.caption(plain(FORMS[chosen].what))
        if view := made.get(chosen):
            _made(view, value, actor)
        label = "Make it again" if view else f"Make the {_inside(FORMS[chosen].title)}"
        if view is None or view.run.status not in LIVE:
            st.button(label, key=f"forms_make_{of}", on_click=_ask, args=(make, chosen),
                      type="secondary" if view else "primary")  # fmt: skip


def _inside(title: str) -> str:
    """A form's title inside a sentence: only the name of a network keeps its capital."""
    return title if title.startswith("Instagram") else title[:1].lower() + title[1:]


def _ask(make: Make, form: str) -> None:
    attempt(lambda: make(form))


def _title(name: str) -> str:
    return FORMS[name].title if name in FORMS else "First comment"


def _made(view: RunView, value: str, actor: Actor) -> None:
    if view.run.status in LIVE:
        working(view.run.id)
        return
    if view.run.status != "done" or not view.variants:
        st.warning(plain(f"{view.run.message or 'This was not made.'} {view.run.hint or 'You can make it again.'}"))
        return
    variant = view.variants[0]
    if view.run.settings.get("text") != value:
        st.markdown(":orange[▲] Made from an earlier text. Make it again to have it of the text as it is now.")
    for reason in variant.reasons:
        st.markdown(f":orange[▲] {plain(reason)}")
    _parts(variant.id, variant.form, [str(part) for part in variant.parts])
    if webhook.host() and variant.status == "ok":
        _sending(variant, actor)


def _sending(variant: Variant, actor: Actor) -> None:
    """A button that sends it once, and what came of it."""
    last = webhook.delivery(variant)
    again = last is not None and last.outcome == "unknown"
    if last is None or last.outcome in ("refused", "unsent", "unknown"):
        label = "It did not arrive: send again" if again else f"Send to {webhook.host()}"
        st.button(label, key=f"forms_send_{variant.id}", on_click=_send, args=(variant.id, actor, again))
    if last is not None:
        states = {"waiting": "queued", "sent": "done", "unknown": "warn"}
        st.markdown(f"{status_text(states.get(last.outcome, 'failed'), last.outcome.capitalize())} {plain(last.said)}")
        if last.answer:
            st.text(last.answer)
        if last.outcome == "waiting":
            _waiting(variant.id)


def _send(variant_id: str, actor: Actor, again: bool) -> None:
    attempt(lambda: webhook.send(variant_id, actor, again))


@st.fragment(run_every=1.0)
@answered
def _waiting(variant_id: str) -> None:
    found = webhook.delivery(generate.variant(variant_id))
    if found is None or found.outcome != "waiting":
        st.rerun()


@st.fragment(run_every=1.0)
@answered
def working(run_id: str) -> None:
    """A run that is waited for, until it has ended; then the page is drawn again."""
    view = generate.run(run_id)
    if view.run.status not in LIVE:
        st.rerun()
    st.markdown(
        f"{status_text(view.run.status)} {'Waiting for the worker' if view.run.status == 'queued' else 'Writing'}"
    )


def _parts(key: str, form: str, parts: Sequence[str]) -> None:
    """Each part in a card with its count, to copy; all of them as a file."""
    kind = FORMS[form]
    shown = list(parts)
    if form == "thread" and len(parts) > 1 and st.toggle("Number the posts", key=f"forms_number_{key}"):
        shown = adapt.numbered(parts)
    for number, part in enumerate(shown, 1):
        name = f"{kind.part} {number} of {len(shown)}" if len(shown) > 1 else kind.title
        over = " :orange[▲ over the limit]" if kind.over(part) else ""
        _part(name, f"{kind.count(part)}{over}", part, f"{key}_{number}")
    if shown:
        downloads(f"{form}", key, {suffix: adapt_files.saved(form, shown, suffix) for suffix in adapt_files.SUFFIXES})


def _part(name: str, count: str, value: str, key: str) -> None:
    with st.container(border=True, key=f"forms_parts_{key}"):
        st.caption(f"**{plain(name)}** · {count}")
        st.code(value, language=None, wrap_lines=True)


def downloads(name: str, key: str, files: dict[str, str]) -> None:
    """A button for each kind of file."""
    with st.container(horizontal=True):
        for suffix, content in files.items():
            st.download_button(f"Save as .{suffix}", content, f"{name}.{suffix}", adapt_files.SUFFIXES[suffix],
                               key=f"forms_{suffix}_{key}", on_click="ignore")  # fmt: skip


def article(variant: Variant) -> None:
    """An article with its headings, and as a file."""
    rows = [dict(part) for part in variant.parts]
    title, _, _ = variant.text.partition("\n")
    with st.container(border=True):
        st.subheader(plain(title), anchor=False)
        for part in rows:
            if part["heading"]:
                st.markdown(f"**{plain(part['heading'])}**")
            for paragraph in part["text"].split("\n\n"):
                st.markdown(plain(paragraph).replace("\n", "  \n"))
    st.caption(f"{len(variant.text.split()):,} words in {len(rows)} sections")
    for remark in variant.critique[:1]:  # how it was made, where no large model wrote it
        st.caption(plain(str(remark.get("text") if isinstance(remark, dict) else remark)))
    downloads("article", variant.id, {s: adapt_files.article(variant.text, rows, s) for s in adapt_files.SUFFIXES})
