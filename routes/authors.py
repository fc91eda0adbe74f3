"""Authors over HTTP."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from pydantic import BaseModel, Field

from core import authors, samples
from core.calendar import days
from core.store.tables import Author
from routes.shared import Me, Strict, author_of, router

routes = router("authors")


class AuthorIn(Strict):
    """A new author."""

    name: str = Field(min_length=1, max_length=200)
    kind: Literal["person", "company"] = "person"
    headline: str | None = Field(default=None, max_length=300)
    zone: str | None = Field(default=None, description="IANA name, for example Europe/Berlin")


class AuthorOut(BaseModel):
    """Somebody (or a company) whose voice is learnt."""

    id: str
    name: str
    kind: str
    headline: str
    zone: str
    language: str
    training_consent: bool | None
    samples: int


@routes.get("/authors")
def list_authors() -> list[AuthorOut]:
    """All authors, by name."""
    counts = samples.counts()
    return [_author(a, counts.get(a.id, 0)) for a in authors.listed()]


@routes.post("/authors", status_code=201)
def create_author(body: AuthorIn, me: Me, response: Response) -> AuthorOut:
    """A new author."""
    if body.zone is not None:
        days.zone_info(body.zone)
    made = authors.add(body.name, me, body.kind)
    if body.zone is not None or body.headline is not None:
        made = authors.describe(made.id, me, body.zone, body.headline)
    response.headers["Location"] = f"/api/authors/{made.id}"
    return _author(made, 0)


@routes.get("/authors/{author:path}")
def read_author(author: str) -> AuthorOut:
    """One author, by id or name."""
    found = author_of(author)
    return _author(found, samples.counts().get(found.id, 0))


def _author(author: Author, counted: int) -> AuthorOut:
    names = AuthorOut.model_fields.keys() - {"samples"}
    return AuthorOut(**{name: getattr(author, name) for name in names}, samples=counted)
