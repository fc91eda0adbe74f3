"""An author's texts over HTTP: what is stored, and storing more as an import does."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from core import authors, collect, store
from core.store import samples as stored_samples
from core.store.tables import Sample
from routes.shared import Limit, Me, Offset, Strict, Words, author_of, paged, router

routes = router("samples")


class SampleIn(Strict):
    """One text by an author."""

    author: str = Field(description="id or name; a name that is new makes an author", min_length=1, max_length=200)
    text: str
    date: datetime | None = None


class SampleOut(BaseModel):
    """One stored text."""

    id: str
    author: str
    text: str
    date: datetime | None
    words: int
    excluded: bool


class Imported(BaseModel):
    """What became of the samples sent; `rows` names those that were not stored, counted from 1."""

    stored: int
    duplicate: int
    short: int
    unreadable: int
    rows: list[dict[str, Any]]


@routes.get("/samples")
def list_samples(
    request: Request, response: Response, author: str, limit: Limit = 50, offset: Offset = 0, q: Words = None
) -> list[SampleOut]:
    """An author's samples, the newest first."""
    chosen = author_of(author).id
    with store.reading() as tx:
        found, total = stored_samples.page(tx, chosen, q or "", None, offset, limit)
    paged(request, response, total, limit, offset)
    return [_sample(s) for s in found]


@routes.post("/samples", status_code=201)
def create_samples(
    body: SampleIn | Annotated[list[SampleIn], Field(min_length=1, max_length=5000)],
    me: Me,
    response: Response,
    may_train: Annotated[bool | None, Query(description="whether these texts may train a model")] = None,
) -> Imported:
    """Store one text or many, as an import does: duplicates, short and unreadable ones are named, not stored."""
    sent = body if isinstance(body, list) else [body]
    names = {a.id: a.name for a in authors.listed()}
    rows = [
        {"author": names.get(s.author, s.author), "text": s.text, "date": s.date.isoformat() if s.date else ""}
        for s in sent
    ]
    content = "\n".join(json.dumps(row) for row in rows).encode()
    seen = collect.preview([collect.Upload("api.jsonl", content)], collect.Mapping("text", "author", "date"))
    stored = 0
    if seen.new:
        stored = collect.commit(seen, dict.fromkeys(seen.authors, may_train), me).counts["stored"]
    else:
        response.status_code = 200
    counts = seen.counts
    left = [{"row": r.row, "status": r.status, "reason": r.reason} for r in seen.rows if r.status != "new"]
    return Imported(
        stored=stored,
        duplicate=counts["duplicate"] + counts["new"] - stored,
        short=counts["short"],
        unreadable=counts["unreadable"],
        rows=left,
    )


def _sample(s: Sample) -> SampleOut:
    return SampleOut(id=s.id, author=s.author_id, text=s.text, date=s.date, words=s.words, excluded=s.excluded)
