"""Slots over HTTP: giving a post one, what is planned, and publishing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Query, Response

from core import calendar, review
from core.calendar import days
from core.errors import Invalid
from routes.posts import PostOut, answered, instant, shown
from routes.shared import Id, IfMatch, Me, Strict, author_id, problem, refusals, revision_of, router

routes = router("posts")


class SlotIn(Strict):
    """When; null removes the slot. A time without an offset is the wall clock of `zone`."""

    slot: datetime | None
    zone: str | None = None


@routes.post("/posts/{post_id}/schedule", responses=refusals(412))
def schedule_post(post_id: Id, body: SlotIn, me: Me, response: Response, if_match: IfMatch = None) -> PostOut:
    """Set or remove the slot. An approved post with a slot that an approver set is Scheduled."""
    zone = body.zone or review.get(post_id).zone
    slot = instant(body.slot, zone)
    return answered(response, calendar.schedule(post_id, slot, zone, me, revision_of(if_match)))


@routes.post("/posts/{post_id}/publish", status_code=501, responses=refusals(501))
def publish_post(post_id: Id) -> Response:
    """Not there yet: nothing is sent anywhere."""
    post = review.get(post_id)
    return problem(
        501,
        f"Timbre cannot publish yet. Nothing was sent, and the post stays {post.status}.",
        "Copy the approved text to LinkedIn yourself when its slot comes.",
    )


@routes.get("/schedule")
def schedule(
    since: Annotated[date | None, Query(alias="from", description="first local day; default today")] = None,
    until: Annotated[date | None, Query(alias="to", description="last local day; default 30 days on")] = None,
    zone: str = "UTC",
    author: str | None = None,
) -> list[PostOut]:
    """Posts whose slot falls on these local days of `zone`, both included, by slot."""
    first = since or days.local_day(datetime.now(UTC), zone)
    last = until or min(first, date(2200, 12, 1)) + timedelta(days=30)
    if not timedelta(0) <= last - first <= timedelta(days=3660) or not 1970 <= first.year <= last.year <= 2200:
        raise Invalid(
            "from, to: not a range of days.", "`to` is at most ten years after `from`, between 1970 and 2200."
        )
    return [shown(p) for p in calendar.span(first, last, zone, author_id(author))]
