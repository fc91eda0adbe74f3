"""What people do with posts. Each command is one transaction; a stale revision overwrites and loses nothing."""

from __future__ import annotations

from typing import Any

from core import store
from core.errors import Conflict, Denied, Invalid, Stale
from core.review.changing import change, changed, check, keep, move, put, settle, sign
from core.review.lifecycle import ACTIONS, DRAFTING, IDEA, IN_REVIEW, content_hash, has_role, require
from core.store import Actor, Writing, authors, posts
from core.store.tables import Post, ReviewNote


def create(
    author_id: str,
    title: str,
    text: str,
    actor: Actor,
    variant_id: str | None = None,
    scores: dict[str, Any] | None = None,
    status: str = DRAFTING,
) -> Post:
    """A new post, as an idea or a draft. Raises Invalid, Denied (readers) or NotFound (author)."""
    with store.writing(actor) as tx:
        return put_new(tx, author_id, title, text, variant_id, scores, status)


def put_new(
    tx: Writing,
    author_id: str,
    title: str,
    text: str,
    variant_id: str | None = None,
    scores: dict[str, Any] | None = None,
    status: str = DRAFTING,
) -> Post:
    """As `create`, within a transaction that holds more than the post."""
    if not has_role(tx.actor, "editor"):
        raise Denied("You may not write posts: your role is reader.", "Ask an editor or an approver to do it.")
    if status not in (IDEA, DRAFTING):
        raise Invalid(f"A new post cannot be {status}.", "Create it as Idea or Drafting, then move it on.")
    check(title, text)
    author = authors.get(tx, author_id)
    return posts.add(
        tx,
        Post(
            author_id=author.id,
            title=title,
            text=text,
            status=status,
            zone=author.zone,
            media=[],
            account="",
            variant_id=variant_id,
            scores=scores or {},
            hash=content_hash(text, [], ""),
        ),
    )


def edit(
    post_id: str,
    actor: Actor,
    revision: int | None = None,
    text: str | None = None,
    title: str | None = None,
    account: str | None = None,
    media: list[Any] | None = None,
) -> Post:
    """Change what is given; approved content that changes falls back to In Review.

    Raises Stale where `revision` is not the newest: nothing is overwritten, and the losing text is kept as a note.
    """
    check(title or "", text or "")

    def work(tx: Writing, post: Post) -> None:
        require(post, "edit", actor)
        put(post, title=title, text=text, account=account, media=media)
        settle(tx, post)

    try:
        return change(post_id, actor, work, revision)
    except Stale:
        keep(post_id, actor, title, text)
        raise


def written(tx: Writing, post: Post, text: str, variant_id: str, scores: dict[str, Any], title: str = "") -> Post:
    """Put a chosen variant's text into a locked post that waited for one, or that it revises; an idea becomes a draft.

    A title is set only where one is given. What stood there before is in the change log. Raises Denied, Invalid.
    """
    check(title, text)

    def work(tx: Writing, post: Post) -> None:
        require(post, "edit", tx.actor)
        put(post, title=title or None, text=text)
        post.variant_id, post.scores = variant_id, scores
        if post.status == IDEA:
            move(tx, post, DRAFTING, "written")
        settle(tx, post)

    return changed(tx, post, work)


def submit(post_id: str, actor: Actor, note: str = "", revision: int | None = None) -> Post:
    """Ask for a decision. Raises Invalid where there is no text to decide on."""
    return _move(post_id, "submit", "submitted", actor, note, revision)


def withdraw(post_id: str, actor: Actor, note: str = "", revision: int | None = None) -> Post:
    """Take a post back from review to drafting."""
    return _move(post_id, "withdraw", "withdrawn", actor, note, revision)


def request_changes(post_id: str, note: str, actor: Actor, revision: int | None = None) -> Post:
    """Say what must change. An approval that stood is gone. Raises Invalid where the note is empty."""
    if not note.strip():
        raise Invalid("Requested changes need a note: the writer must know what to change.", "Say what should change.")
    return _move(post_id, "request_changes", "changes requested", actor, note, revision)


def reject(post_id: str, note: str, actor: Actor, revision: int | None = None) -> Post:
    """Turn the post down. It can be restored to drafting."""
    return _move(post_id, "reject", "rejected", actor, note, revision)


def archive(post_id: str, actor: Actor, note: str = "", revision: int | None = None) -> Post:
    """Put the post away. Nothing is deleted."""
    return _move(post_id, "archive", "archived", actor, note, revision)


def restore(post_id: str, actor: Actor, note: str = "", revision: int | None = None) -> Post:
    """Bring a rejected or archived post back to drafting; it needs a new approval."""
    return _move(post_id, "restore", "restored", actor, note, revision)


def approve(
    post_id: str,
    hash: str | None,
    actor: Actor,
    note: str = "",
    revision: int | None = None,
    submit: bool = False,
) -> Post:
    """Approve exactly the content whose hash the approver saw (None: what is there now).

    `submit`: a draft is submitted by the same person first. Raises Conflict where the content has changed since.
    With a signed-off slot the post is then Scheduled.
    """
    check("", note)

    def work(tx: Writing, post: Post) -> None:
        if submit and post.status in ACTIONS["submit"].origins and has_role(actor, "approver"):
            move(tx, post, IN_REVIEW, "submitted")
            tx.session.flush()  # so that the log shows both steps
        require(post, "approve", actor)
        if hash is not None and hash != post.hash:
            raise Conflict(
                "The text changed after you looked at it, so it was not approved. Nothing was changed.",
                "Reload, read the new text, then approve.",
            )
        sign(tx, post, note)

    return change(post_id, actor, work, revision)


def note(post_id: str, text: str, actor: Actor) -> ReviewNote:
    """A remark on the post as it is now. Raises Invalid where it is empty."""
    check("", text)
    if not text.strip():
        raise Invalid("An empty note was not saved.", "Write what you want to say.")
    with store.writing(actor) as tx:
        post = posts.get(tx, post_id)
        require(post, "note", actor)
        return posts.add_note(tx, post, "note", text)


def _move(post_id: str, name: str, decision: str, actor: Actor, remark: str, revision: int | None) -> Post:
    check("", remark)

    def work(tx: Writing, post: Post) -> None:
        move(tx, post, require(post, name, actor).target or post.status, decision, remark)

    return change(post_id, actor, work, revision)
