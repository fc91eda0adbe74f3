"""Persona cards over HTTP."""

from __future__ import annotations

from fastapi import Response

from core import persona
from core.errors import NotFound
from core.persona.export import to_json
from routes.shared import Me, author_of, router

routes = router("personas")


@routes.get("/personas/{author:path}")
def read_persona(author: str) -> Response:
    """An author's newest persona card: every line with its evidence, and what a person says instead."""
    found = author_of(author)
    card = persona.current(found.id)
    if card is None:
        raise NotFound(f"{found.name} has no persona card yet.", "POST here derives one from the samples.")
    return Response(to_json(card), media_type="application/json")


@routes.post("/personas/{author:path}", status_code=201)
def derive_persona(author: str, me: Me) -> Response:
    """Derive the card anew from the samples; what people corrected stays."""
    persona.derive(author_of(author).id, me)
    answer = read_persona(author)
    answer.status_code = 201
    return answer
