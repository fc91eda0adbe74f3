"""Pictures of image models over HTTP: asking for them, looking at a run, another try."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from fastapi import Response
from pydantic import Field

from core import authors, review
from core.errors import Invalid
from routes.images import author_behind, image_out
from routes.shared import Id, Me, Ref, Strict, refusals, router

routes = router("images")


class PictureIn(Strict):
    """A picture of an image model. Without a prompt one is made from the post by code."""

    post: Ref | None = None
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


@routes.post("/images/pictures", status_code=202, responses=refusals(503))
def ask_picture(body: PictureIn, me: Me, response: Response) -> dict[str, Any]:
    """Ask an image model for pictures; look at /api/images/pictures/{id} for how far it is. 503: not set up."""
    from core.images import brand, pictures, prompting
    from core.images.provider import PROVIDERS
    from core.images.wishes import Wish

    whose = author_behind(body.post, body.author)
    if body.provider not in PROVIDERS:
        raise Invalid(f"provider: there is no {body.provider!r}.", f"Use one of {', '.join(PROVIDERS)}.")
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
    return {**told, **progress, "images": [image_out(row) for row in found.images]}


@routes.post("/images/pictures/{run_id}/cancel", status_code=202)
def cancel_picture(run_id: Id, me: Me) -> dict[str, Any]:
    """Ask a run to stop; what has come is kept."""
    from core.images import pictures

    pictures.cancel(run_id, me)
    return read_picture(run_id)


@routes.post("/images/{image_id}/again", status_code=202, responses=refusals(503))
def picture_again(image_id: Id, me: Me, response: Response, body: AgainIn | None = None) -> dict[str, Any]:
    """Another try at a picture, with what should be different in words."""
    from core.images import pictures

    run_id = pictures.again(image_id, (body or AgainIn()).feedback, me)
    response.headers["Location"] = f"/api/images/pictures/{run_id}"
    return read_picture(run_id)
