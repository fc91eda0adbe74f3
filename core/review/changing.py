"""How a post changes: locked, in one transaction, with its status made true. Shared by every door to a post."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core import claims, store
from core.errors import Invalid, Stale
from core.review.lifecycle import APPROVED, IN_REVIEW, SCHEDULED, SIGNED, content_hash, is_approved
from core.store import Actor, Writing, posts
from core.store.base import now
from core.store.tables import Post

MAX_TEXT = 100_000
MAX_TITLE = 300


def change(post_id: str, actor: Actor, work: Callable[[Writing, Post], None], revision: int | None = None) -> Post:
    """Run `work` on the locked post in one transaction and count its revision up where anything changed."""
    with store.writing(actor) as tx:
        post = posts.locked(tx, post_id)
        if revision is not None and revision != post.revision:
            raise Stale(
                f"Somebody changed this post first (it is at revision {post.revision}, you had {revision}). "
                "Nothing was overwritten.",
                "Reload to see their version. A text that you had written is kept in the post's notes.",
            )
        return changed(tx, post, work)


def changed(tx: Writing, post: Post, work: Callable[[Writing, Post], None]) -> Post:
    """As `change`, on a post that a transaction which holds more than it has locked."""
    before = _content(post)
    work(tx, post)
    if _content(post) != before:
        post.revision += 1
    return post


def _content(post: Post) -> tuple[Any, ...]:
    """Everything whose change makes a new revision (JSON columns are assigned anew, never changed in place)."""
    return (
        *(post.title, post.text, post.status, post.account, post.media, post.hash, post.pillar),
        *(post.slot, post.zone, post.slot_approved_by, post.approved_hash, post.approved_by, post.requested),
    )


def put(
    post: Post,
    title: str | None = None,
    text: str | None = None,
    account: str | None = None,
    media: list[Any] | None = None,
) -> None:
    """Set what is given and differs, and compute the hash anew. The caller settles."""
    for name, value in (("title", title), ("text", text), ("account", account), ("media", media)):
        if value is not None and value != getattr(post, name):
            setattr(post, name, value)
    fresh = content_hash(post.text, post.media, post.account)
    if fresh != post.hash:
        post.hash = fresh


def settle(tx: Writing, post: Post) -> None:
    """Make the status true: no approval without its exact content, Scheduled only with a signed-off slot."""
    if post.status in SIGNED and not is_approved(post):
        post.status = IN_REVIEW
        _unsign(post)
        posts.add_note(
            tx, post, "approval lost", "The content changed after it was approved, so it is in review again."
        )
    elif post.status == APPROVED and post.slot is not None and post.slot_approved_by is not None:
        tx.session.flush()  # so that the log shows both steps
        post.status = SCHEDULED
    elif post.status == SCHEDULED and (post.slot is None or post.slot_approved_by is None):
        post.status = APPROVED


def sign(tx: Writing, post: Post, remark: str = "") -> None:
    """Bind the approval to the content as it is. The caller has checked who asks. Raises Invalid without a text."""
    if not post.text.strip():
        raise Invalid("There is no text to approve. Nothing was changed.", "Write the post first.")
    post.status = APPROVED
    post.approved_hash, post.approved_by, post.approved_at = post.hash, tx.actor.name, now()
    _forget_request(post)
    posts.add_note(tx, post, "approved", remark)
    settle(tx, post)


def move(tx: Writing, post: Post, target: str, decision: str, remark: str = "") -> None:
    """Set a status other than Approved and what follows from it. The caller has checked who asks and the table.

    Raises Invalid where a post without a text, or with sentences that have no source, is to go into review; one that
    comes back from an approval may.
    """
    if target == IN_REVIEW and not post.text.strip():
        raise Invalid("There is no text to review yet. Nothing was changed.", "Write the post, then submit it.")
    if target == IN_REVIEW and post.status not in SIGNED and (refused := claims.refusal(post, tx)) is not None:
        raise refused
    post.status = target
    if target not in SIGNED and post.approved_hash is not None:
        _unsign(post)
    _forget_request(post)
    posts.add_note(tx, post, decision, remark)


def check(title: str, text: str) -> None:
    """Refuse what no database can hold. Raises Invalid, naming the field."""
    for name, value, most in (("title", title, MAX_TITLE), ("text", text, MAX_TEXT)):
        if len(value) > most:
            raise Invalid(
                f"The {name} has {len(value):,} characters; at most {most:,} are kept.", f"Shorten the {name}."
            )
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise Invalid(f"The {name} holds characters that cannot be stored.", "Paste it again as plain text.")


def _unsign(post: Post) -> None:
    post.approved_hash = post.approved_by = post.approved_at = None


def _forget_request(post: Post) -> None:
    if post.requested:
        post.requested = {}


def keep(post_id: str, actor: Actor, title: str | None, text: str | None) -> None:
    """Keep a text that lost against a newer revision, once for each version it lost against."""
    lost = text if text is not None else title
    if not lost:
        return
    with store.writing(actor) as tx:
        post = posts.locked(tx, post_id)
        if lost in (post.text, post.title):
            return
        same = [
            n
            for n in posts.notes(tx, post_id)
            if n.decision == "kept" and (n.by, n.source, n.post_hash) == (actor.name, actor.source, post.hash)
        ]
        if same:
            same[-1].text = lost  # the change log keeps what it was
        else:
            posts.add_note(tx, post, "kept", lost)
