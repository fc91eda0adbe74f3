"""What goes out when: setting slots, and looking at a span of them in a zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from core import store
from core.calendar import days
from core.review.changing import change, settle
from core.review.lifecycle import APPROVED, ARCHIVED, EDITABLE, REJECTED, STATUSES, require
from core.review.slots import set_slot
from core.store import Actor, Writing, posts
from core.store.tables import Post

USUAL_TIME = time(9, 0)
"""Where a post without a slot lands when it is dropped on a day."""
TOO_CLOSE = timedelta(hours=1)
SHOWN = frozenset(STATUSES) - {REJECTED, ARCHIVED}


def schedule(post_id: str, slot: datetime | None, zone: str, actor: Actor, revision: int | None = None) -> Post:
    """Set the slot (aware; None: remove it) and its zone (IANA name).

    An approver's move is signed off with it: an approved post is then Scheduled. Anyone else's asks an approver again.
    Raises Invalid, Denied, NotFound or, where `revision` is stale, Conflict.
    """

    def work(tx: Writing, post: Post) -> None:
        require(post, "schedule", actor)
        set_slot(tx, post, slot, zone)
        settle(tx, post)

    return change(post_id, actor, work, revision)


def move(post_id: str, day: date, zone: str, actor: Actor, revision: int | None = None) -> Post:
    """Move a post to another day as seen in `zone`, keeping its time in its own zone; without a slot, to 9:00 there."""
    with store.reading() as tx:
        post = posts.get(tx, post_id)
    if post.slot is None:
        return schedule(post_id, days.at(day, USUAL_TIME, zone), zone, actor, revision or post.revision)
    slot = days.moved(post.slot, post.zone, zone, day)
    return schedule(post_id, slot, post.zone, actor, revision or post.revision)


def sign_off(post_id: str, actor: Actor, revision: int | None = None) -> Post:
    """An approver agrees with the slot that somebody else set. Raises Invalid where there is none."""

    def work(tx: Writing, post: Post) -> None:
        require(post, "approve_slot", actor)
        if post.slot is not None and post.slot_approved_by is None:
            post.slot_approved_by = actor.name
            posts.add_note(tx, post, "slot approved")
        settle(tx, post)

    return change(post_id, actor, work, revision)


def span(first: date, last: date, zone: str, author_id: str | None = None) -> list[Post]:
    """Posts whose slot falls on a local day from `first` to `last`, both included, by slot."""
    limits = (days.day_start(first, zone), days.day_start(last + timedelta(days=1), zone))
    with store.reading() as tx:
        return posts.listed(tx, SHOWN, author_id, between=limits, order="slot")


def month(year: int, month: int, zone: str, author_id: str | None = None) -> list[Post]:
    """Posts with a slot in this month as seen in `zone`, by slot; not those rejected or archived."""
    days.valid_month(year, month)
    following = date(year + month // 12, month % 12 + 1, 1)
    return span(date(year, month, 1), following - timedelta(days=1), zone, author_id)


def upcoming(days_ahead: int, zone: str, author_id: str | None = None) -> list[Post]:
    """What is planned from now to the end of the local day `days_ahead` days from today (0: today), by slot."""
    start = datetime.now(UTC)
    end = days.day_start(days.local_day(start, zone) + timedelta(days=days_ahead + 1), zone)
    with store.reading() as tx:
        return posts.listed(tx, EDITABLE, author_id, between=(start, end), order="slot")


def between(start: datetime | None, end: datetime | None, author_id: str | None = None) -> list[Post]:
    """Posts whose slot lies in the half-open range of instants, by slot."""
    with store.reading() as tx:
        return posts.listed(tx, SHOWN, author_id, between=(start, end), order="slot")


def listed(status: str, author_id: str | None = None, limit: int | None = None, offset: int = 0) -> list[Post]:
    """Posts of one status: those with a slot first, by slot."""
    with store.reading() as tx:
        return posts.listed(tx, (status,), author_id, order="slot", limit=limit, offset=offset)


def unscheduled(author_id: str | None = None, limit: int | None = None) -> list[Post]:
    """Approved posts that wait for a slot, the newest first."""
    with store.reading() as tx:
        return posts.listed(tx, (APPROVED,), author_id, slotted=False, limit=limit)


def conflicts(planned: Sequence[Post]) -> list[tuple[Post, Post]]:
    """Neighbours of the same author less than an hour apart. A warning, never an error."""
    out: list[tuple[Post, Post]] = []
    latest: dict[str, Post] = {}
    for post in sorted((p for p in planned if p.slot is not None), key=lambda p: (p.slot or datetime.max, p.id)):
        before = latest.get(post.author_id)
        if before and before.slot and post.slot and post.slot - before.slot < TOO_CLOSE:
            out.append((before, post))
        latest[post.author_id] = post
    return out
