"""Finished images over HTTP, with their files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from fastapi.responses import FileResponse

from core import review, store
from core.errors import Invalid
from core.images import keep, thumbs
from core.store import images
from core.store.tables_images import Image
from routes.shared import Id, Me, Name, author_id, author_of, goes_on, refusals, router

routes = router("images")
Kind = Literal["card", "carousel", "thread", "picture", "sample"]
FileName = Annotated[str, Path(max_length=120, pattern=r"^[0-9A-Za-z_\-]+\.[0-9a-z]+$")]
Before = Annotated[str | None, Query(max_length=26, pattern=r"^[0-9A-Za-z]*$", description="id: only older ones")]


@routes.get("/images")
def list_images(
    request: Request,
    response: Response,
    author: Name = None,
    kind: Kind | None = None,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[dict[str, Any]]:
    """Finished images, the newest first; samples of a contact sheet only where that kind is asked for."""
    whose = author_id(author or None)
    response.headers["X-Total-Count"] = str(keep.count(whose, kind))
    found = keep.listed(whose, kind, before, limit + 1)
    if len(found) > limit:
        goes_on(request, response, limit=limit, before=found[limit - 1].id)
    return [image_out(row) for row in found[:limit]]


@routes.get("/images/{image_id}")
def read_image(image_id: Id) -> dict[str, Any]:
    """One image: its files with their alt texts, and everything that is needed to make it again."""
    row = keep.get(image_id)
    with store.reading() as tx:
        used = [post.id for post in images.posts_with(tx, row.id)]
    more = {"prompt": row.prompt, "feedback": row.feedback, "settings": row.settings, "measured": row.measured}
    return {**image_out(row), **more, "cost": row.cost, "posts": used}


@routes.get("/images/{image_id}/files/{name}", response_class=FileResponse)
def read_file(image_id: Id, name: FileName) -> FileResponse:
    """A file of an image, by the name that the image gives; `thumb.webp` is its thumbnail."""
    found, row = keep.path(image_id, name), keep.get(image_id)
    kinds = {str(f["name"]): str(f["type"]) for f in row.files} | {thumbs.NAME: "image/webp"}
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return FileResponse(found, media_type=kinds[name], headers=headers, filename=name)


@routes.delete("/images/{image_id}", status_code=204, responses=refusals(409))
def delete_image(image_id: Id, me: Me) -> None:
    """Delete an image with its files; 409 while a post carries it."""
    keep.delete(image_id, me)


def image_out(row: Image) -> dict[str, Any]:
    """A finished image as every list shows it."""
    names = ("id", "kind", "provider", "title", "number", "ai", "rating", "files", "created_at")
    told = {name: getattr(row, name) for name in names}
    ids = {"author": row.author_id, "post": row.post_id, "design": row.design_id, "run": row.run_id}
    return {**told, **ids, "parent": row.parent_id}


def author_behind(post: str | None, author: str | None) -> str:
    """The author's id. Raises NotFound, Invalid where nobody is named or the post is somebody else's."""
    if post is not None:
        whose = review.get(post).author_id
        if author and author_of(author).id != whose:
            raise Invalid("author: the post is somebody else's.", "Name the post alone: its author is known.")
        return whose
    if not author:
        raise Invalid("author: neither a post nor an author was named.", "Name one of them.")
    return author_of(author).id
