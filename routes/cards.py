"""Cards over HTTP: a design from a post or a text, and the image of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any, Literal

from fastapi import Response
from pydantic import Field

from core.errors import Invalid, NotFound, TimbreError
from core.images import changes, design, keep, media
from core.images.model import Page
from core.store import Actor
from core.store.tables_images import Design, Image
from routes.images import author_behind, image_out
from routes.shared import Id, Me, Ref, Strict, router

routes = router("images")
FormName = Literal["quote", "hook", "carousel", "thread"]


class PageIn(Strict):
    """The words of a page; without an alt text the proposed one is used."""

    title: str = Field(default="", max_length=changes.FIELDS["title"])
    body: str = Field(default="", max_length=changes.FIELDS["body"])
    source: str = Field(default="", max_length=changes.FIELDS["source"])
    alt: str = Field(default="", max_length=changes.FIELDS["alt"])


class CardIn(Strict):
    """What a card is set from: a post, or a text and its author. Colours, fonts and logo are the brand kit's."""

    post: Ref | None = Field(default=None, description="id of a post; its text is taken")
    author: str | None = Field(default=None, max_length=200, description="id or name, where there is no post")
    text: str = Field(default="", max_length=100_000, description="where there is no post")
    form: FormName = "carousel"
    family: str = Field(default="", max_length=40, description="a template family; empty: the brand kit's")
    theme: Literal["", "light", "dark"] = ""
    size: Literal["square", "portrait", "link"] = "portrait"
    pages: list[PageIn] | None = Field(default=None, max_length=20, description="instead of what is proposed")
    finish: bool = Field(default=False, description="set it now, as PNG (and one PDF of a carousel)")
    attach: bool = Field(default=False, description="and put it on the post")


@routes.post("/images/cards", status_code=201)
def make_card(body: CardIn, me: Me, response: Response) -> dict[str, Any]:
    """A design from a post or a text, with what keeps it from being used; `finish` makes the image of it as well.

    All or nothing: what cannot be finished or attached as asked leaves no design and no image behind.
    """
    if body.attach and not (body.post and body.finish):
        raise Invalid("attach: only a finished card goes on a post, and a post must be named.", "Set finish and post.")
    if body.post and body.text:
        raise Invalid("text: a post was named, and a card of a post has its text.", "Send one of them.")
    whose = author_behind(body.post, body.author)
    given = {name: changes.value_of(name, getattr(body, name)) for name in ("family", "theme", "size")}
    row = design.start(body.post, whose, body.form, me, fresh=True, text=body.text)
    try:
        row = design.edit(row.id, row.revision, me, **given)
        if body.pages:
            row = design.put_pages(row.id, row.revision, me, [Page(**page.model_dump()) for page in body.pages])
        made = _finished(row.id, body, me) if body.finish else None
    except TimbreError:  # nobody would know of its id
        design.remove(row.id, me)
        raise
    response.headers["Location"] = f"/api/images/cards/{row.id}"
    return {**_design(row), "image": image_out(made) if made else None}


def _finished(design_id: str, body: CardIn, me: Actor) -> Image:
    made = keep.finish(design_id, me)
    try:
        if body.attach and body.post:
            media.attach(body.post, made.id, me)
    except TimbreError:
        with suppress(NotFound):
            keep.delete(made.id, me)
        raise
    return made


@routes.get("/images/cards/{design_id}")
def read_card(design_id: Id) -> dict[str, Any]:
    """A design as it is now, with what keeps it from being used."""
    return _design(design.get(design_id))


@routes.post("/images/cards/{design_id}/finish", status_code=201)
def finish_card(design_id: Id, me: Me, response: Response) -> dict[str, Any]:
    """Make the image of a design; the same design again gives the same image."""
    made = keep.finish(design_id, me)
    response.headers["Location"] = f"/api/images/{made.id}"
    return image_out(made)


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
