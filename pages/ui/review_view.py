"""One post under review: its exact text, what may be done with it, what changed, what was said, who did what."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

from core import authors, calendar, review
from core.errors import NotFound
from core.store import Actor
from core.store.base import now
from core.store.tables import Author, Post
from pages.ui import forms, revise
from pages.ui.author_habits import usual_length
from pages.ui.checks import checks
from pages.ui.claims import claims_of, open_claims
from pages.ui.diff import diff
from pages.ui.editor import Field, editor, fields
from pages.ui.images_carried import carried, pictures
from pages.ui.notice import answered, attempt, notices
from pages.ui.notion_row import row_in_notion
from pages.ui.outcome import came_of_it
from pages.ui.pieces import ago, link, plain, status_text, when
from pages.ui.post_card import linkedin_card
from pages.ui.review_log import baselines, history, notes
from pages.ui.scores import OF_VOICE, scores, voice_headline, voice_panel
from pages.ui.shell import show_error

SIGNED = ("Approved", "Scheduled")
NEEDS_A_NOTE = {"request_changes"}
WORDS = {
    # action: the button, what is said when it is done
    "submit": ("Submit for review", "Submitted. It now waits for a decision."),
    "approve": ("Approve", "Approved: exactly this text. Any change to it asks for a new approval."),
    "request_changes": ("Request changes", "Changes requested. Your note is with the post."),
    "withdraw": ("Take back to drafting", "Back in drafting."),
    "approve_slot": ("Sign off the date", "The date is signed off."),
    "publish": ("Mark as published", "Published. What it did can be typed into its row in Notion."),
    "reject": ("Reject", "Rejected. It can be restored."),
    "restore": ("Restore", "Back in drafting. It needs a new approval."),
    "archive": ("Archive", "Archived. Nothing was deleted; it can be restored."),
}


def asked_post() -> Post | None:
    """The post that the URL names, or None; one that is gone is said to be."""
    post_id = st.query_params.get("post")
    if not post_id:
        return None
    try:
        return review.get(post_id)
    except NotFound as error:
        show_error(error)
        return None


@st.fragment
@answered
def review_post(post_id: str, actor: Actor) -> None:
    """The opened post. Saving what is typed redraws this part of the page only."""
    post = review.get(post_id)
    author = authors.get(post.author_id)
    allowed = review.actions(post, actor)
    _way_back(post)
    notices()
    _head(post, author, actor, allowed)
    _buttons(post, actor, allowed)
    open_claims(post, actor, allowed)
    text, card = st.columns([1, 1], gap="large")
    with text:
        _editor(post, author, actor, allowed)
    with card:
        st.markdown("**As LinkedIn shows it**")
        linkedin_card(author.name, author.headline, post.text, pictures=pictures(post))
        st.caption("Where LinkedIn folds a post is an estimate: it does not say.")
        checks(post)
        st.markdown("**Images**")
        carried(post, actor, "edit" in allowed)
        claims_of(post, actor)
        if post.text.strip():
            st.markdown("**Voice**")
            voice_headline(author, post.text)
    _more(post, author, actor)


def _way_back(post: Post) -> None:
    """Back to the list, and on to the next post of the same status."""
    same = [p.id for p in review.listed(post.status, limit=200)]
    later = same[same.index(post.id) + 1 :] if post.id in same else same
    with st.container(horizontal=True, vertical_alignment="center"):
        link("All posts", "review", status=post.status)
        if later:
            link(f"Next {post.status}", "review", post=later[0])


def _head(post: Post, author: Author, actor: Actor, allowed: Sequence[str]) -> None:
    if "edit" in allowed:
        title = Field("title", "Title", placeholder="What the team calls this post; readers never see it", wide=True)
        fields(f"post:{post.id}:title", [title], {"title": post.title}, functools.partial(_rename, post.id, actor))
    else:
        st.subheader(post.title or "Untitled", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{status_text(post.status)} {plain(author.name)}", width="content")
        if post.slot:
            signed = f"signed off by {post.slot_approved_by}" if post.slot_approved_by else "date not signed off yet"
            st.markdown(plain(f"{when(post.slot, post.zone)} ({post.zone}), {signed}"), width="content")
            link("Open in Calendar", "calendar", post=post.id)
        elif post.status in SIGNED:
            link("Give it a date", "calendar", post=post.id)
        row_in_notion(post.id)
    if said := authors.reviewers(author):
        st.caption(plain(said))
    came_of_it(post)
    if post.requested:
        asked, who = post.requested.get("status"), post.requested.get("by", "Somebody")
        same = post.requested.get("hash") == post.hash
        text = "The text is still the one they saw." if same else "The text here is not the one they saw."
        st.warning(plain(f"{who} asked for {asked} in Notion. {text} Nothing happens before somebody decides here."))
    asked_for = [note for note in review.notes(post.id) if note.decision == "changes requested" and note.text]
    if post.status == "Changes Requested" and asked_for:
        st.warning(plain(f"{asked_for[-1].by} asks: {asked_for[-1].text}"))
    if review.is_approved(post):
        at = f", {ago(post.approved_at, now())}" if post.approved_at else ""
        st.caption(plain(f"Exactly this text ({post.hash[:8]}) was approved by {post.approved_by}{at}."))


def _rename(post_id: str, actor: Actor, changes: dict[str, str]) -> None:
    review.edit(post_id, actor, title=" ".join(changes.get("title", "").split()))


def _buttons(post: Post, actor: Actor, allowed: Sequence[str]) -> None:
    """What may be done now: the way forward first, what needs a reason behind a small form."""
    offered = [name for name in WORDS if name in allowed]
    if not offered:
        st.caption("Nothing is left to decide here: what is published stays as the record of what went out.")
        return
    run = functools.partial(_act, post.id, post.hash, actor)
    with st.container(horizontal=True):
        for place, name in enumerate(offered):
            kind: Literal["primary", "secondary"] = (
                "primary" if place == 0 and name in ("submit", "approve") else "secondary"
            )
            label = WORDS[name][0]
            if name in ("request_changes", "reject"):
                with st.popover(label):
                    _reasoned(name, label, run)
            elif name == "publish":
                with st.popover(label):
                    _out(label, run)
            else:
                st.button(label, type=kind, key=f"review_{name}", on_click=run, args=(name,))
    if "approve" in allowed:
        what = "text and images" if post.media else "text"
        st.caption(f"Approving binds exactly the {what} shown here ({post.hash[:8]}).")


def _reasoned(name: str, label: str, run: Callable[[str, str], None]) -> None:
    key = f"review_why_{name}"
    needed = name in NEEDS_A_NOTE
    st.text_area("What should change?" if needed else "Why? (optional)", key=key, height=100)
    st.button(label, key=f"review_{name}", on_click=run, args=(name, key), type="primary")


def _out(label: str, run: Callable[[str, str], None]) -> None:
    st.caption("For a post that you published on LinkedIn yourself. Timbre sends nothing. This cannot be taken back.")
    st.text_input("Link to the post (optional)", key="review_link", placeholder="https://www.linkedin.com/posts/…")
    st.button(label, key="review_publish", on_click=run, args=("publish", "review_link"), type="primary")


def _act(post_id: str, shown: str, actor: Actor, name: str, note_key: str = "") -> None:
    remark = str(st.session_state.get(note_key, "")) if note_key else ""
    work: dict[str, Callable[[], Post]] = {
        "approve": lambda: review.approve(post_id, shown, actor),
        "request_changes": lambda: review.request_changes(post_id, remark, actor),
        "reject": lambda: review.reject(post_id, remark, actor),
        "submit": lambda: review.submit(post_id, actor),
        "withdraw": lambda: review.withdraw(post_id, actor),
        "restore": lambda: review.restore(post_id, actor),
        "archive": lambda: review.archive(post_id, actor),
        "approve_slot": lambda: calendar.sign_off(post_id, actor),
        "publish": lambda: review.published(post_id, actor, url=remark),
    }
    attempt(work[name], WORDS[name][1], *([note_key] if note_key else []))


def _editor(post: Post, author: Author, actor: Actor, allowed: Sequence[str]) -> None:
    if post.status in SIGNED and "edit" in allowed:
        st.warning("This text is approved. If you change it, the approval falls and the post goes back to In Review.")
    elif "edit" not in allowed:
        st.caption(plain(f"The text cannot be changed while the post is {post.status}."))
    length, note = usual_length(author)
    editor(
        f"post:{post.id}",
        post.text,
        post.revision,
        disabled="edit" not in allowed,
        save=functools.partial(_save, post.id, actor),
        label="Post text",
        usual=length,
        usual_note=note,
        language=author.language,
    )


def _save(post_id: str, actor: Actor, text: str, revision: int) -> int:
    return review.edit(post_id, actor, revision=revision, text=text).revision


def _more(post: Post, author: Author, actor: Actor) -> None:
    """The rest, one part at a time: what changed, what the voice rests on, notes, history, scores of the run."""
    parts = ["What changed", "Voice", "Notes", "History", *(["Scores"] if _of_the_run(post) else [])]
    parts += ["Change in words", "Other forms"]
    part = st.segmented_control("More", parts, default=parts[0], key="review_part", label_visibility="collapsed")
    if part == "Notes":
        notes(post, actor)
    elif part == "History":
        history(post)
    elif part == "Voice":
        _voice(post, author)
    elif part == "Scores":
        st.caption("From the run that wrote the first text; edits since are not in them.")
        scores(_of_the_run(post))
    elif part == "Change in words":
        revise.of_post(post, actor)
    elif part == "Other forms":
        forms.of_post(post, actor)
    elif part == "What changed":
        _changed(post)


def _of_the_run(post: Post) -> dict[str, Any]:
    return {name: value for name, value in (post.scores or {}).items() if name not in OF_VOICE}


def _voice(post: Post, author: Author) -> None:
    if post.text.strip():
        voice_panel(author, post.text, f"review_{post.id}", first=False)
        st.caption("Of the text as it stands now, after every pause in typing.")
    else:
        st.caption("There is no text to measure yet.")


def _changed(post: Post) -> None:
    seen = baselines(post)
    if not seen:
        st.caption("This is the first version of the text: there is nothing to compare it with yet.")
        return
    labels = list(seen)
    chosen = st.selectbox("Compare with", labels, key="review_baseline", width=480)
    diff(seen[chosen if chosen in seen else labels[0]], post.text)
