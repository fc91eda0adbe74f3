"""A variant changed in words: what should be different, what came of it, and the difference."""

from __future__ import annotations

import streamlit as st

from core.generate import commands as generate
from core.generate import revision
from core.generate.commands import RunView
from core.store import Actor
from core.store.tables import Post, Variant
from pages.ui.diff import diff
from pages.ui.forms import LIVE, working
from pages.ui.notice import attempt, notices
from pages.ui.pieces import link, plain

CHIPS = ("Shorter", "More casual", "More formal", "Another opening", "Question at the end", "No hashtags", "No emoji",
         "No list", "Shorter paragraphs", "Plainer words")  # fmt: skip


def revise(variant: Variant, actor: Actor) -> None:
    """The wish, then the newest answer to one: used, or put aside."""
    made = [view for view in generate.made_from(variant.id) if view.run.task == "revise"]
    notices()
    waiting = any(view.run.status in LIVE for view in made)
    key = f"revise_{variant.id}"
    with st.form(f"{key}_form", clear_on_submit=False, border=False):
        st.pills("Wishes", CHIPS, selection_mode="multi", key=f"{key}_chips", label_visibility="collapsed")
        st.text_area("What should be different?", key=f"{key}_words", height=80, max_chars=generate.MAX_FEEDBACK,
                     placeholder="For example: more casual, keep the story, say “crew” instead of “staff”")  # fmt: skip
        st.form_submit_button("Change it", on_click=_ask, args=(variant.id, key, actor), disabled=waiting)
    for at, view in enumerate(made):
        if view.run.status in LIVE:
            working(view.run.id)
        elif at == 0 and not st.session_state.get(f"revise_aside_{view.run.id}"):
            _answer(view, actor)
    if earlier := [view for view in made if view.run.status == "done" and view.variants][:10]:
        st.caption("Asked for so far:")
        for view in earlier:
            link(plain(f"“{str(view.run.settings.get('feedback', ''))[:80]}”"), "generate", run=view.run.id)


def of_post(post: Post, actor: Actor) -> None:
    """The same for a post whose text is still the one of its variant."""
    if not post.variant_id:
        st.caption("This post was written by hand: there is no variant to change. Edit the text itself.")
    elif post.status not in ("Idea", "Drafting", "Changes Requested"):
        st.caption(f"The post is {post.status}: take it back to drafting first.")
    elif (variant := generate.variant(post.variant_id)).text != post.text:
        st.caption("The text was edited since it was chosen, and is not overwritten from here. Edit it by hand.")
    else:
        revise(variant, actor)


def _ask(variant_id: str, key: str, actor: Actor) -> None:
    chips = st.session_state.get(f"{key}_chips") or []
    words = str(st.session_state.get(f"{key}_words") or "")
    feedback = ", ".join([*chips, *([words] if words.strip() else [])])
    if not feedback and any(view.run.status in LIVE for view in generate.made_from(variant_id)):
        return  # the second click of two: the first has emptied the field and is being done
    if attempt(lambda: generate.revise(variant_id, feedback, actor), "", f"{key}_words"):
        st.session_state[f"{key}_chips"] = []


def _answer(view: RunView, actor: Actor) -> None:
    """What was asked, what was done of it, the difference, and what is to become of it."""
    if view.run.status != "done" or not view.variants:
        st.warning(plain(f"{view.run.message or 'This was not done.'} {view.run.hint or 'Your text is as it was.'}"))
        return
    new = view.variants[0]
    with st.container(border=True):
        st.markdown(f"**You asked:** {plain(str(view.run.settings.get('feedback', '')))}")
        for row in new.critique:
            said = str(row.get("text") if isinstance(row, dict) else row)
            left = said.startswith("Not done: ")
            st.markdown(f":orange[▲] {plain(said)}" if left else f":green[●] {plain(said)}")
        for reason in new.reasons:
            st.markdown(f":red[✕] {plain(reason)}")
        if new.text == view.run.settings.get("text"):
            st.caption("The text is as it was.")
            return
        share = revision.kept(str(view.run.settings.get("text", "")), new.text)
        st.caption(f"{share:.0%} of the sentences stayed word for word.")
        diff(str(view.run.settings.get("text", "")), new.text)
        with st.container(horizontal=True, vertical_alignment="center"):
            if new.status == "ok" and st.button("Use this", type="primary", key=f"revise_use_{new.id}"):
                post = generate.choose(new.id, actor)
                st.switch_page("pages/review.py", query_params={"post": post.id, "author": post.author_id})
            st.button("Keep the old one", key=f"revise_keep_{new.id}", on_click=_aside, args=(view.run.id,))
            link("Go on from this one", "generate", run=view.run.id)


def _aside(run_id: str) -> None:
    st.session_state[f"revise_aside_{run_id}"] = True
