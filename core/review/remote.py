"""What the team did to a post in Notion. Never raises for a status it may not set: the request is recorded instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from core import claims
from core.errors import Denied, Invalid, Stale
from core.review.changing import change, check, move, put, settle, sign
from core.review.lifecycle import APPROVED, EDITABLE, IN_REVIEW, MOVES, SHARED, SIGNED, has_role, may_sign
from core.review.slots import set_slot
from core.store import Actor, Writing, posts
from core.store.base import now
from core.store.tables import Post


class Keep(Enum):
    """Says that a value is to stay as it is, where None means to empty it."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


def apply_remote(
    post_id: str,
    actor: Actor,
    *,
    title: str | None = None,
    text: str | None = None,
    status: str | None = None,
    slot: datetime | Keep | None = KEEP,
    zone: str | None = None,
    seen: str | None = None,
    over: Mapping[str, Any] | None = None,
) -> Post:
    """Apply what the other side changed, in one transaction, and give the post as it is then.

    `over`: the title, text, status and slot that the caller compared with; raises Stale where one of them has moved.
    None (slot: KEEP) leaves a field alone. `seen` is the text as it was pulled; where it is not given, `text` is it.
    `Approved` takes effect from a verified approver on exactly our text; else it is recorded in `post.requested`.
    Statuses that are the app's, moves that the lifecycle has not, and review for a post with sentences that have no
    source are recorded likewise: compare the result.
    Text of a post that is out or put away is not changed; it is kept as a note. What a reader did is refused: a status
    is noted as refused (the post keeps its own), anything else raises Denied.
    """
    check(title or "", text or "")
    if not has_role(actor, "editor"):
        return _refuse(post_id, actor, status, only=title is None and text is None and isinstance(slot, Keep))

    def work(tx: Writing, post: Post) -> None:
        if any(getattr(post, name) != value for name, value in (over or {}).items()):
            raise Stale("The post was changed here at the same moment. Nothing was overwritten.", "Sync again.")
        pulled = seen if seen is not None else text
        exact = pulled is not None and pulled == post.text
        if post.status in EDITABLE:
            put(post, title=title, text=text)
        else:
            put(post, title=title)
            _set_aside(tx, post, text)
        if not isinstance(slot, Keep) and post.status in EDITABLE:
            set_slot(tx, post, slot, zone or post.zone)
        settle(tx, post)
        if status is not None and status != post.status:
            _status(tx, post, status, exact, saw=post.hash if pulled == post.text else "")

    return change(post_id, actor, work)


def _status(tx: Writing, post: Post, status: str, exact: bool, saw: str) -> None:
    """Set or ask for a status. `saw`: the hash of our content, or '' where they had another text before them."""
    if status == APPROVED and post.status in SIGNED:
        return  # Scheduled is approved: there is nothing to ask for
    refused = _refusal(tx, post, status)
    if refused is not None:
        _request(tx, post, status, saw, f" {refused}")
    elif status == APPROVED and exact and may_sign(tx.actor) and post.status in EDITABLE and post.text.strip():
        if post.status != IN_REVIEW:
            move(tx, post, IN_REVIEW, "submitted", "Set to Approved in Notion.")
            tx.session.flush()
        sign(tx, post, "Approved in Notion.")
    elif status in SHARED and status in MOVES[post.status] and (status != IN_REVIEW or post.text.strip()):
        move(tx, post, status, "moved", f"Set to {status} in Notion.")
    else:
        _request(tx, post, status, saw)


def _refusal(tx: Writing, post: Post, status: str) -> Invalid | None:
    """Why a post that is not in review yet may not go there: sentences without a source."""
    if status not in (IN_REVIEW, APPROVED) or post.status == IN_REVIEW or post.status in SIGNED:
        return None
    return claims.refusal(post, tx) if post.status in EDITABLE and post.text.strip() else None


def _request(tx: Writing, post: Post, status: str, saw: str, why: str = "") -> None:
    """Write down what was asked for and not done; once."""
    asked = {"status": status, "by": tx.actor.name, "hash": saw}
    if asked != {key: (post.requested or {}).get(key) for key in asked}:
        post.requested = {**asked, "at": now().isoformat()}
        posts.add_note(tx, post, "requested", f"Asked for {status} in Notion.{why}")


def _refuse(post_id: str, actor: Actor, status: str | None, only: bool) -> Post:
    """Note a status that the role does not allow, then say no to the rest."""

    def work(tx: Writing, post: Post) -> None:
        if status is not None and status != post.status:
            remark = f"Set to {status} in Notion. The role {actor.role} does not allow it, so it was put back."
            posts.add_note(tx, post, "refused", remark)

    post = change(post_id, actor, work)
    if not only:
        raise Denied(
            f"{actor.name} may not change posts from Notion: their role is {actor.role}. Nothing was changed.",
            "Take it over yourself, or give them another role.",
        )
    return post


def _set_aside(tx: Writing, post: Post, text: str | None) -> None:
    """Keep a text that may not replace what is out; once."""
    if text is None or text == post.text:
        return
    if not any(n.decision == "kept" and n.text == text for n in posts.notes(tx, post.id)):
        posts.add_note(tx, post, "kept", text)
