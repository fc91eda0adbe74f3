"""Several changes of a post in one transaction, as other programs send them: fields, slot and status together."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.errors import Invalid, Stale
from core.review.changing import change, check, keep, move, put, settle
from core.review.lifecycle import APPROVED, ARCHIVED, CHANGES, DRAFTING, IDEA, IN_REVIEW, MOVES, REJECTED, require
from core.review.remote import KEEP, Keep
from core.review.slots import set_slot
from core.store import Actor, Writing
from core.store.tables import Post

SETTABLE: Final = {
    # status: the action it stands for, and the decision that is noted
    IN_REVIEW: ("submit", "submitted"),
    CHANGES: ("request_changes", "changes requested"),
    REJECTED: ("reject", "rejected"),
    ARCHIVED: ("archive", "archived"),
    DRAFTING: ("withdraw", "moved"),
    IDEA: ("withdraw", "moved"),
}


def update(
    post_id: str,
    actor: Actor,
    revision: int | None = None,
    title: str | None = None,
    text: str | None = None,
    slot: datetime | Keep | None = KEEP,
    zone: str | None = None,
    status: str | None = None,
    note: str = "",
) -> Post:
    """Change what is given, all of it or nothing. Approved, Scheduled and what follows have commands of their own.

    Raises Stale where `revision` is not the newest (a losing text is kept as a note), Invalid or Denied.
    """
    check(title or "", text or "")
    check("", note)

    def work(tx: Writing, post: Post) -> None:
        if title is not None or text is not None:
            require(post, "edit", actor)
            put(post, title=title, text=text)
        if not isinstance(slot, Keep) or zone is not None:
            require(post, "schedule", actor)
            set_slot(tx, post, post.slot if isinstance(slot, Keep) else slot, zone or post.zone)
        settle(tx, post)
        if status is not None and status != post.status:
            _to(tx, post, status, note, actor)

    try:
        return change(post_id, actor, work, revision)
    except Stale:
        keep(post_id, actor, title, text)
        raise


def _to(tx: Writing, post: Post, status: str, note: str, actor: Actor) -> None:
    if status not in SETTABLE:
        ways = "Approve it by its hash." if status == APPROVED else "It follows from approval, date and publishing."
        raise Invalid(f"The status cannot be set to {status} by an edit. Nothing was changed.", ways)
    name, decision = SETTABLE[status]
    if status in (DRAFTING, IDEA):
        _back(post, status, actor)
    else:
        require(post, name, actor)
    if status == CHANGES and not note.strip():
        raise Invalid("Requested changes need a note: the writer must know what to change.", "Say what should change.")
    tx.session.flush()
    move(tx, post, status, decision, note)


def _back(post: Post, status: str, actor: Actor) -> None:
    """Back to the desk is open from everywhere the table says, to anyone who may write."""
    if status not in MOVES[post.status]:
        raise Invalid(
            f"A post that is {post.status} cannot become {status}. Nothing was changed.",
            "What is published stays as the record of what went out.",
        )
    require(post, "note", actor)  # the role of somebody who writes
