"""Images over HTTP: cards, pictures, brand kits, what a post carries. api.py includes these routes behind its token."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from core import authors, review, store
from core.errors import Invalid, NotFound
from core.images import changes, design, keep, media, thumbs
from core.images.model import Page
from core.people import local_actor
from core.store import Actor, images
from core.store.tables import Author, Post
from core.store.tables_images import Design, Image

routes = APIRouter(prefix="/api", tags=["images"])
FormName = Literal["quote", "hook", "carousel", "thread"]
Kind = Literal["card", "carousel", "thread", "picture", "sample"]


def _me() -> Actor:
    return local_actor("api")


Me = Annotated[Actor, Depends(_me)]
Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z_.\-]+$")]
FileName = Annotated[str, Path(max_length=120, pattern=r"^[0-9A-Za-z_\-]+\.[0-9a-z]+$")]
Name = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="id or name")]


class Strict(BaseModel):
    """A body in which an unknown field is an error: a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid")


class PageIn(Strict):
    """The words of a page; without an alt text the proposed one is used."""

    title: str = Field(default="", max_length=changes.FIELDS["title"])
    body: str = Field(default="", max_length=changes.FIELDS["body"])
    source: str = Field(default="", max_length=changes.FIELDS["source"])
    alt: str = Field(default="", max_length=changes.FIELDS["alt"])


class CardIn(Strict):
    """What a card is set from: a post, or a text and its author. Colours, fonts and logo are the brand kit's."""

    post: str | None = Field(default=None, max_length=64, description="id of a post; its text is taken")
    author: str | None = Field(default=None, max_length=200, description="id or name, where there is no post")
    text: str = Field(default="", max_length=100_000)
    form: FormName = "carousel"
    family: str = Field(default="", max_length=40, description="a template family; empty: the brand kit's")
    theme: Literal["", "light", "dark"] = ""
    size: Literal["square", "portrait", "link"] = "portrait"
    pages: list[PageIn] | None = Field(default=None, max_length=20, description="instead of what is proposed")
    finish: bool = Field(default=False, description="set it now, as PNG (and one PDF of a carousel)")
    attach: bool = Field(default=False, description="and put it on the post")


class PictureIn(Strict):
    """A picture of an image model. Without a prompt one is made from the post by code."""

    post: str | None = Field(default=None, max_length=64)
    author: str | None = Field(default=None, max_length=200, description="id or name, where there is no post")
    provider: str = Field(max_length=40)
    model: str = Field(default="", max_length=200)
    prompt: str = Field(default="", max_length=10_000)
    negative: str | None = Field(default=None, max_length=5_000)
    size: Literal["square", "portrait", "link"] = "portrait"
    n: int = Field(default=2, ge=1, le=8)
    seed: int | None = Field(default=None, ge=0)
    steps: int | None = Field(default=None, ge=1, le=200)
    likeness: bool = Field(default=False, description="show the author, by the likeness that is in use")
    graded: bool = Field(default=True, description="lay the brand's grade over it")


class AgainIn(Strict):
    """What should be different; nothing: only another seed."""

    feedback: str = Field(default="", max_length=2_000)


class AttachIn(Strict):
    """Which image goes on the post; `alt` where its files have no alt text yet, one for each."""

    image: str = Field(max_length=64)
    replace: bool = Field(default=False, description="instead of everything that is there")
    alt: list[str] | None = Field(default=None, max_length=20)


class OrderIn(Strict):
    """The places of what the post carries, from 0, in their new order."""

    order: list[int] = Field(max_length=50)


class KitIn(Strict):
    """What of a brand kit changes; what is not named stays. Without an author: the house's."""

    author: str | None = Field(default=None, max_length=200)
    fields: dict[str, Any] = Field(description="family, theme, colours, heading, body, footer, focus, grade")
    version: int | None = Field(default=None, description="that was read; an older one is refused")


def _author(wanted: str) -> Author:
    """Raises NotFound."""
    found = next((a for a in authors.listed() if a.id == wanted), None) or authors.named(wanted)
    if found is None:
        raise NotFound(f"There is no author {wanted!r}.", "GET /api/authors lists them.")
    return found


def _whose(post: str | None, author: str | None) -> str:
    """The author's id. Raises NotFound, Invalid where nobody is named."""
    if post is not None:
        return review.get(post).author_id
    if not author:
        raise Invalid("author: neither a post nor an author was named.", "Name one of them.")
    return _author(author).id


# ---- what there is -------------------------------------------------------------------------------------------


@routes.get("/images")
def list_images(
    response: Response,
    author: Name = None,
    kind: Kind | None = None,
    before: Annotated[str | None, Query(max_length=26, description="id: only older ones")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[dict[str, Any]]:
    """Finished images, the newest first; samples of a contact sheet only where that kind is asked for."""
    whose = _author(author).id if author else None
    response.headers["X-Total-Count"] = str(keep.count(whose, kind))
    return [_image(row) for row in keep.listed(whose, kind, before, limit)]


@routes.get("/images/{image_id}")
def read_image(image_id: Id) -> dict[str, Any]:
    """One image: its files with their alt texts, and everything that is needed to make it again."""
    row = keep.get(image_id)
    with store.reading() as tx:
        used = [post.id for post in images.posts_with(tx, row.id)]
    more = {"prompt": row.prompt, "feedback": row.feedback, "settings": row.settings, "measured": row.measured}
    return {**_image(row), **more, "cost": row.cost, "posts": used}


@routes.get("/images/{image_id}/files/{name}", response_class=FileResponse)
def read_file(image_id: Id, name: FileName) -> FileResponse:
    """A file of an image, by the name that the image gives; `thumb.webp` is its thumbnail."""
    found, row = keep.path(image_id, name), keep.get(image_id)
    kinds = {str(f["name"]): str(f["type"]) for f in row.files} | {thumbs.NAME: "image/webp"}
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return FileResponse(found, media_type=kinds[name], headers=headers, filename=name)


@routes.delete("/images/{image_id}", status_code=204)
def delete_image(image_id: Id, me: Me) -> None:
    """Delete an image with its files; 409 while a post carries it."""
    keep.delete(image_id, me)


def _image(row: Image) -> dict[str, Any]:
    names = ("id", "kind", "provider", "title", "number", "ai", "rating", "files", "created_at")
    told = {name: getattr(row, name) for name in names}
    ids = {"author": row.author_id, "post": row.post_id, "design": row.design_id, "run": row.run_id}
    return {**told, **ids, "parent": row.parent_id}


# ---- cards ---------------------------------------------------------------------------------------------------


@routes.post("/images/cards", status_code=201)
def make_card(body: CardIn, me: Me) -> dict[str, Any]:
    """A design from a post or a text, with what keeps it from being used; `finish` makes the image of it as well."""
    if body.attach and not (body.post and body.finish):
        raise Invalid("attach: only a finished card goes on a post, and a post must be named.", "Set finish and post.")
    whose = _whose(body.post, body.author)
    given = {name: changes.value_of(name, getattr(body, name)) for name in ("family", "theme", "size")}
    row = design.start(body.post, whose, body.form, me, fresh=True, text=body.text)
    row = design.edit(row.id, row.revision, me, **given)
    if body.pages:
        row = design.put_pages(row.id, row.revision, me, [Page(**page.model_dump()) for page in body.pages])
    made = keep.finish(row.id, me) if body.finish else None
    if made is not None and body.attach and body.post:
        media.attach(body.post, made.id, me)
    return {**_design(row), "image": _image(made) if made else None}


@routes.get("/images/cards/{design_id}")
def read_card(design_id: Id) -> dict[str, Any]:
    """A design as it is now, with what keeps it from being used."""
    return _design(design.get(design_id))


@routes.post("/images/cards/{design_id}/finish", status_code=201)
def finish_card(design_id: Id, me: Me) -> dict[str, Any]:
    """Make the image of a design; the same design again gives the same image."""
    return _image(keep.finish(design_id, me))


@routes.delete("/images/cards/{design_id}", status_code=204)
def delete_card(design_id: Id, me: Me) -> None:
    """Put a design away; images that were made of it stay."""
    design.remove(design_id, me)


def _design(row: Design) -> dict[str, Any]:
    from core.images import brand, cards  # only now: they bring the typesetter

    card = design.restored(row)
    found = [asdict(problem) for problem in cards.problems(card, brand.kit(row.author_id))]
    told = {"id": row.id, "author": row.author_id, "post": row.post_id, "title": row.title, "revision": row.revision}
    return {**told, "card": card.record(), "problems": found}


# ---- pictures ------------------------------------------------------------------------------------------------


@routes.post("/images/pictures", status_code=202)
def ask_picture(body: PictureIn, me: Me, response: Response) -> dict[str, Any]:
    """Ask an image model for pictures; look at /api/images/pictures/{id} for how far it is. 503: not set up."""
    from core.images import brand, pictures, prompting
    from core.images.wishes import Wish

    whose = _whose(body.post, body.author)
    if body.provider not in [offer.name for offer in pictures.offers()]:
        raise Invalid(f"provider: there is no {body.provider!r}.", "Use one that the Images page offers.")
    chosen = body.model_dump(include={"provider", "model", "size", "n", "seed", "steps", "likeness", "graded"})
    person = pictures.person(whose, body.provider) if body.likeness else ""
    said, name = review.get(body.post).text if body.post else "", authors.get(whose).name
    proposed = prompting.propose(said, brand.kit(whose), name, person=person)
    prompt = prompting.Prompt(body.prompt) if body.prompt else proposed
    prompt = prompt if body.negative is None else replace(prompt, negative=body.negative)
    run_id = pictures.ask(whose, body.post, Wish(**chosen), prompt, me)
    response.headers["Location"] = f"/api/images/pictures/{run_id}"
    return read_picture(run_id)


@routes.get("/images/pictures/{run_id}")
def read_picture(run_id: Id) -> dict[str, Any]:
    """A run of pictures as it is now, with what has come of it."""
    from core.images import pictures

    found = pictures.run(run_id)
    names = ("id", "provider", "prompt", "settings", "estimate", "status", "message", "hint", "created_at")
    told = {name: getattr(found.run, name) for name in names}
    progress = {"done": found.done, "total": found.total, "said": found.said, "refused": found.refused}
    return {**told, **progress, "images": [_image(row) for row in found.images]}


@routes.post("/images/pictures/{run_id}/cancel", status_code=202)
def cancel_picture(run_id: Id, me: Me) -> dict[str, Any]:
    """Ask a run to stop; what has come is kept."""
    from core.images import pictures

    pictures.cancel(run_id, me)
    return read_picture(run_id)


@routes.post("/images/{image_id}/again", status_code=202)
def picture_again(image_id: Id, body: AgainIn, me: Me) -> dict[str, Any]:
    """Another try at a picture, with what should be different in words."""
    from core.images import pictures

    return read_picture(pictures.again(image_id, body.feedback, me))


# ---- on a post -----------------------------------------------------------------------------------------------


@routes.get("/posts/{post_id}/images")
def read_media(post_id: Id, response: Response) -> dict[str, Any]:
    """What a post carries, and what LinkedIn or Notion would refuse of it."""
    return _carried(review.get(post_id), response)


@routes.post("/posts/{post_id}/images")
def attach_image(post_id: Id, body: AttachIn, me: Me, response: Response) -> dict[str, Any]:
    """Put an image on a post; an approved post is in review again then."""
    return _carried(media.attach(post_id, body.image, me, body.replace, body.alt), response)


@routes.put("/posts/{post_id}/images/order")
def order_images(post_id: Id, body: OrderIn, me: Me, response: Response) -> dict[str, Any]:
    """Another order of what a post carries."""
    return _carried(media.reorder(post_id, body.order, me), response)


@routes.delete("/posts/{post_id}/images/{image_id}")
def detach_image(post_id: Id, image_id: Id, me: Me, response: Response) -> dict[str, Any]:
    """Take an image off a post; the image stays."""
    return _carried(media.detach(post_id, image_id, me), response)


def _carried(post: Post, response: Response) -> dict[str, Any]:
    response.headers["ETag"] = f'"{post.revision}"'
    told = {"post": post.id, "status": post.status, "hash": post.hash, "revision": post.revision}
    return {**told, "images": post.media, "refused": [asdict(one) for one in media.check(post)]}


# ---- brand kits ----------------------------------------------------------------------------------------------


@routes.get("/brand")
def read_kit(author: Name = None) -> dict[str, Any]:
    """The brand kit in use for an author (with the house's where the author has none), and what it says of itself."""
    from core.images import brand

    whose = _author(author).id if author else None
    own = brand.row(brand.scope(whose))
    kit = brand.kit(whose)
    faint = [one.said for one in brand.unreadable(kit)]
    return {"author": whose, "version": own.version if own else None, "kit": asdict(kit), "unreadable": faint}


@routes.post("/brand")
def change_kit(body: KitIn, me: Me) -> dict[str, Any]:
    """Change fields of a brand kit, which is made where there was none."""
    from core.images import brand

    whose = _author(body.author).id if body.author else None
    brand.save(brand.scope(whose), me, body.version, **body.fields)
    return read_kit(whose)


@routes.put("/brand/{what}")
def put_asset(
    what: Literal["logo", "photo"],
    me: Me,
    raw: Annotated[bytes, Body(media_type="application/octet-stream")],
    author: Name = None,
) -> dict[str, Any]:
    """Put a logo or a photo (PNG, JPEG, WebP as the body) into a brand kit; it is checked and written anew."""
    from core.images import brand

    whose = _author(author).id if author else None
    (brand.set_logo if what == "logo" else brand.set_photo)(brand.scope(whose), raw, what, me)
    return read_kit(whose)
