"""Posts over HTTP: list, write, edit, approve, reject."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from core import calendar, review
from core.calendar import days
from core.errors import Invalid
from core.generate import commands as generation
from core.review import scoring
from core.store import Actor
from core.store.tables import Post
from routes.shared import (
    Id,
    IfMatch,
    Limit,
    Me,
    Offset,
    Ref,
    Strict,
    Words,
    author_id,
    author_of,
    paged,
    refusals,
    revision_of,
    router,
)

routes = router("posts")
EDITED = refusals(412, 428)


class PostOut(BaseModel):
    """A post. `hash` is what an approval is bound to; the ETag is the revision.

    `scores` of the text as it is: `style`, `topic` (higher is closer), `likeness` (probability at even odds),
    `evidence` (`ok`, `too little`; in a list also `not measured`: read the post itself), `generic`, `version`, and
    `meaning` in words; scores of the run that wrote the first text stand beside them.
    """

    id: str
    app_id: str
    author: str
    title: str
    text: str
    status: str
    slot: datetime | None
    zone: str
    hash: str
    revision: int
    variant: str | None
    scores: dict[str, Any]


class PostIn(Strict):
    """A new post; with `variant` alone, the one that choosing this variant makes."""

    author: str | None = Field(default=None, description="id or name")
    title: str = ""
    text: str = ""
    status: Literal["Idea", "Drafting"] = "Drafting"
    slot: datetime | None = None
    zone: str | None = None
    variant: Ref | None = None


class PostPatch(Strict):
    """What is to change; what is not named stays."""

    title: str | None = None
    text: str | None = None
    slot: datetime | None = None
    zone: str | None = None
    status: str | None = None
    note: str = ""


class PostPut(BaseModel):
    """The whole of what may be edited. The other fields of a post that was read may stand beside it; they are not."""

    title: str
    text: str
    slot: datetime | None = None
    zone: str | None = None
    status: str | None = None


class Approval(Strict):
    """The hash that was seen; without it, what is there now is approved."""

    hash: str | None = None
    note: str = ""


class Remark(Strict):
    """Why."""

    note: str = ""


@routes.get("/posts")
def list_posts(
    request: Request,
    response: Response,
    status: Annotated[list[str] | None, Query()] = None,
    author: str | None = None,
    q: Words = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[PostOut]:
    """Posts, the newest first. `status` may be given several times; `q` looks in title and text."""
    if unknown := set(status or ()) - set(review.STATUSES):
        raise Invalid(f"status: there is no {sorted(unknown)[0]!r}.", f"Use one of {', '.join(review.STATUSES)}.")
    chosen = author_id(author)
    paged(request, response, review.count(status, chosen, q), limit, offset)
    return [shown(p) for p in review.listed(status, chosen, limit, offset, q)]


@routes.post("/posts", status_code=201)
def create_post(body: PostIn, me: Me, response: Response) -> PostOut:
    """A new post, as an idea or a draft."""
    if body.zone is not None:
        days.zone_info(body.zone)
    slot = instant(body.slot, body.zone)
    if body.variant is not None and body.author is None and not body.text:
        made = generation.choose(body.variant, me)
    elif body.author is None:
        raise Invalid("author: a post needs one.", "Send the author's id or name, or a variant to choose.")
    else:
        author = author_of(body.author)
        made = review.create(author.id, body.title, body.text, me, body.variant, status=body.status)
    if slot is not None or body.zone is not None:
        made = calendar.schedule(made.id, slot, body.zone or made.zone, me)
    response.headers["Location"] = f"/api/posts/{made.id}"
    return answered(response, made)


@routes.get("/posts/{post_id}")
def read_post(post_id: Id, response: Response) -> PostOut:
    """One post; its ETag is its revision."""
    return answered(response, review.get(post_id))


@routes.patch("/posts/{post_id}", responses=EDITED)
def edit_post(post_id: Id, body: PostPatch, me: Me, response: Response, if_match: IfMatch = None) -> PostOut:
    """Change some fields, all or none. Approved text that changes is in review again; a stale If-Match is 412."""
    return _edited(post_id, body, me, if_match, response)


@routes.put("/posts/{post_id}", responses=EDITED)
def replace_post(post_id: Id, body: PostPut, me: Me, response: Response, if_match: IfMatch = None) -> PostOut:
    """Replace what may be edited: a post without a slot has none from now on."""
    return _edited(post_id, body, me, if_match, response)


def _edited(post_id: str, body: PostPatch | PostPut, me: Actor, if_match: str | None, response: Response) -> PostOut:
    if if_match is None:
        raise HTTPException(428, "An edit must say which revision it is made on. Nothing was changed.")
    whole, note = isinstance(body, PostPut), getattr(body, "note", "")
    slot = instant(body.slot, body.zone) if whole or "slot" in body.model_fields_set else review.KEEP
    done = review.update(
        post_id, me, revision_of(if_match), body.title, body.text, slot, body.zone, body.status, note
    )  # fmt: skip
    return answered(response, done)


@routes.post("/posts/{post_id}/approve", responses=refusals(409, 412))
def approve_post(
    post_id: Id, me: Me, response: Response, body: Approval | None = None, if_match: IfMatch = None
) -> PostOut:
    """Approve exactly the content of this hash (409 where it is another by now); a draft is submitted with it."""
    asked = body or Approval()
    return answered(response, review.approve(post_id, asked.hash, me, asked.note, revision_of(if_match), submit=True))


@routes.post("/posts/{post_id}/reject", responses=refusals(412))
def reject_post(
    post_id: Id, me: Me, response: Response, body: Remark | None = None, if_match: IfMatch = None
) -> PostOut:
    """Turn the post down. It can be restored: edit its status to Drafting."""
    return answered(response, review.reject(post_id, (body or Remark()).note, me, revision_of(if_match)))


def instant(slot: datetime | None, zone: str | None) -> datetime | None:
    """An aware slot; a naive one is the wall clock of the zone. Raises Invalid."""
    if slot is None or slot.tzinfo is not None:
        return slot
    if zone is None:
        raise Invalid("slot: the time has no offset and there is no zone.", "Add an offset, or name the zone.")
    return days.at(slot.date(), slot.time(), zone)


def answered(response: Response, post: Post) -> PostOut:
    """A post as every door shows it, with its ETag; its text is measured as it is now."""
    response.headers["ETag"] = f'"{post.revision}"'
    return shown(post, scoring.now(post))


def shown(post: Post, scores: dict[str, Any] | None = None) -> PostOut:
    """A post as every door shows it; the slot on the clock of its zone. A list has the scores that are kept."""
    return PostOut(
        id=post.id,
        app_id=post.id,
        author=post.author_id,
        title=post.title,
        text=post.text,
        status=post.status,
        slot=post.slot.astimezone(UTC if post.zone == "UTC" else days.zone_info(post.zone)) if post.slot else None,
        zone=post.zone,
        hash=post.hash,
        revision=post.revision,
        variant=post.variant_id,
        scores=scoring.kept(post) if scores is None else scores,
    )
