"""What people do with posts. Each command is one transaction; a stale revision overwrites and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from core import store
from core.errors import Conflict, Denied, Invalid
from core.review.lifecycle import (
    APPROVED,
    DRAFTING,
    IDEA,
    IN_REVIEW,
    SCHEDULED,
    SIGNED,
    content_hash,
    has_role,
    is_approved,
    require,
)
from core.store import Actor, Writing, authors, posts
from core.store.base import now
from core.store.tables import Change, Post, ReviewNote

MAX_TEXT = 100_000
MAX_TITLE = 300
T = TypeVar("T")


# ---- looking -------------------------------------------------------------------------------------------------


def get(post_id: str) -> Post:
    """One post. Raises NotFound."""
    with store.reading() as tx:
        return posts.get(tx, post_id)


def listed(
    status: str | Collection[str] | None = None,
    author_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    query: str | None = None,
) -> list[Post]:
    """Posts of a status (or several), the newest first. `query` looks in title and text."""
    with store.reading() as tx:
        return posts.listed(tx, _statuses(status), author_id, query, limit=limit, offset=offset)


def count(status: str | Collection[str] | None = None, author_id: str | None = None, query: str | None = None) -> int:
    """How many posts `listed` would give without a limit."""
    with store.reading() as tx:
        return posts.count(tx, _statuses(status), author_id, query)


def by_status(author_id: str | None = None) -> dict[str, int]:
    """How many posts are in each status; a status without posts is missing."""
    with store.reading() as tx:
        return posts.by_status(tx, author_id)


def notes(post_id: str) -> list[ReviewNote]:
    """All notes and decisions on a post, the oldest first."""
    with store.reading() as tx:
        return posts.notes(tx, post_id)


def history(post_id: str) -> list[Change]:
    """Every recorded change of a post, the oldest first: who, when, through which door, from what to what."""
    with store.reading() as tx:
        return posts.history(tx, post_id)


def _statuses(status: str | Collection[str] | None) -> Collection[str] | None:
    return (status,) if isinstance(status, str) else status


# ---- writing -------------------------------------------------------------------------------------------------


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
    if not has_role(actor, "editor"):
        raise Denied("You may not write posts: your role is reader.", "Ask an editor or an approver to do it.")
    if status not in (IDEA, DRAFTING):
        raise Invalid(f"A new post cannot be {status}.", "Create it as Idea or Drafting, then move it on.")
    check(title, text)
    with store.writing(actor) as tx:
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

    Raises Conflict where `revision` is not the newest: nothing is overwritten, and the losing text is kept as a note.
    """
    check(title or "", text or "")

    def work(tx: Writing, post: Post) -> None:
        require(post, "edit", actor)
        put(post, title=title, text=text, account=account, media=media)
        settle(tx, post)

    try:
        return change(post_id, actor, work, revision)
    except Conflict:
        _keep(post_id, actor, title, text)
        raise


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


def approve(post_id: str, hash: str | None, actor: Actor, note: str = "", revision: int | None = None) -> Post:
    """Approve exactly the content whose hash the approver saw (None: what is there now).

    Raises Conflict where the content has changed since. With a signed-off slot the post is Scheduled.
    """

    def work(tx: Writing, post: Post) -> None:
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


# ---- shared by the commands of this room, core.calendar and the remote door ----------------------------------


def change(post_id: str, actor: Actor, work: Callable[[Writing, Post], None], revision: int | None = None) -> Post:
    """Run `work` on the locked post in one transaction and count its revision up where anything changed."""
    with store.writing(actor) as tx:
        post = posts.locked(tx, post_id)
        if revision is not None and revision != post.revision:
            raise Conflict(
                f"Somebody changed this post first (it is at revision {post.revision}, you had {revision}). "
                "Nothing was overwritten.",
                "Reload to see their version. A text that you had written is kept in the post's notes.",
            )
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
    """Bind the approval to the content as it is. The caller has checked who asks."""
    post.status = APPROVED
    post.approved_hash, post.approved_by, post.approved_at = post.hash, tx.actor.name, now()
    _forget_request(post)
    posts.add_note(tx, post, "approved", remark)
    settle(tx, post)


def move(tx: Writing, post: Post, target: str, decision: str, remark: str = "") -> None:
    """Set a status other than Approved and what follows from it. The caller has checked who asks and the table."""
    if target == IN_REVIEW and not post.text.strip():
        raise Invalid("There is no text to review yet. Nothing was changed.", "Write the post, then submit it.")
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


def _move(post_id: str, name: str, decision: str, actor: Actor, remark: str, revision: int | None) -> Post:
    check("", remark)

    def work(tx: Writing, post: Post) -> None:
        move(tx, post, require(post, name, actor).target or post.status, decision, remark)

    return change(post_id, actor, work, revision)


def _unsign(post: Post) -> None:
    post.approved_hash = post.approved_by = post.approved_at = None


def _forget_request(post: Post) -> None:
    if post.requested:
        post.requested = {}


def _keep(post_id: str, actor: Actor, title: str | None, text: str | None) -> None:
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
