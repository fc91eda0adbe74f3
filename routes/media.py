"""What a post carries, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import Response
from pydantic import Field

from core import review
from core.images import media
from core.store.tables import Post
from routes.shared import Id, IfMatch, Me, Ref, Strict, refusals, revision_of, router

routes = router("images")
STALE = refusals(409, 412)


class AttachIn(Strict):
    """Which image goes on the post; `alt` where its files have no alt text yet, one for each."""

    image: Ref
    replace: bool = Field(default=False, description="instead of everything that is there")
    alt: list[str] | None = Field(default=None, max_length=20)


class OrderIn(Strict):
    """The places of what the post carries, from 0, in their new order."""

    order: list[int] = Field(max_length=50)


@routes.get("/posts/{post_id}/images")
def read_media(post_id: Id, response: Response) -> dict[str, Any]:
    """What a post carries, and what LinkedIn or Notion would refuse of it."""
    return _carried(review.get(post_id), response)


@routes.post("/posts/{post_id}/images", responses=STALE)
def attach_image(post_id: Id, body: AttachIn, me: Me, response: Response, if_match: IfMatch = None) -> dict[str, Any]:
    """Put an image on a post; an approved post is in review again then."""
    return _carried(media.attach(post_id, body.image, me, body.replace, body.alt, revision_of(if_match)), response)


@routes.put("/posts/{post_id}/images/order", responses=STALE)
def order_images(post_id: Id, body: OrderIn, me: Me, response: Response, if_match: IfMatch = None) -> dict[str, Any]:
    """Another order of what a post carries."""
    return _carried(media.reorder(post_id, body.order, me, revision_of(if_match)), response)


@routes.delete("/posts/{post_id}/images/{image_id}", responses=STALE)
def detach_image(post_id: Id, image_id: Id, me: Me, response: Response, if_match: IfMatch = None) -> dict[str, Any]:
    """Take an image off a post; the image stays."""
    return _carried(media.detach(post_id, image_id, me, revision=revision_of(if_match)), response)


def _carried(post: Post, response: Response) -> dict[str, Any]:
    response.headers["ETag"] = f'"{post.revision}"'
    told = {"post": post.id, "status": post.status, "hash": post.hash, "revision": post.revision}
    return {**told, "images": post.media, "refused": [asdict(one) for one in media.check(post)]}
