"""What all resources share: who may come in, what goes in and out, pages, revisions, errors."""

from __future__ import annotations

import hmac
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from core import api_token, authors
from core.errors import NotFound, Stale
from core.people import local_actor
from core.store import Actor
from core.store.tables import Author

NO_TOKEN = "This needs a valid bearer token."  # noqa: S105 - the sentence, not the token
CHALLENGE = {"WWW-Authenticate": "Bearer"}
HINTS = {
    400: "Send valid JSON.",
    401: "Send `Authorization: Bearer TOKEN`; it is TIMBRE_API_TOKEN, or is in the file api-token of the data folder.",
    404: "See /docs for what is there.",
    405: "See /docs for what may be done here.",
    413: "Send it in several requests.",
    428: 'Read the post and send its ETag back, for example `If-Match: "3"`.',
}


class Strict(BaseModel):
    """A body in which an unknown field is an error: a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid")


class ErrorOut(BaseModel):
    """What happened, and what to do next."""

    error: str
    hint: str


class Asked(BaseModel):
    """Work that was asked for, under this id."""

    id: str
    status: str


def problem(status: int, error: str, hint: str, headers: Any = None) -> JSONResponse:
    """An error as every door answers it; half a character that was sent, and is named in it, comes back as "?"."""
    told = {"error": error, "hint": hint}
    return JSONResponse({name: said.encode("utf8", "replace").decode() for name, said in told.items()}, status, headers)


# ---- who may come in -----------------------------------------------------------------------------------------

_bearer = HTTPBearer(
    auto_error=False, description="TIMBRE_API_TOKEN, or what the file api-token in the data folder says"
)


def known(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Actor:
    """The person behind the token. Raises 401 (`Door` has refused before, without reading the body)."""
    if not opens(given.credentials if given else ""):
        raise HTTPException(401, NO_TOKEN, CHALLENGE)
    return local_actor("api")


def opens(sent: str) -> bool:
    """Whether this is the token; takes as long for a near miss as for a far one."""
    return hmac.compare_digest(sent.encode("utf8", "replace"), api_token.token().encode())


# ---- of every resource ---------------------------------------------------------------------------------------

Me = Annotated[Actor, Depends(known)]
_ID = r"^[0-9A-Za-z_.\-]+$"
Id = Annotated[str, Path(max_length=64, pattern=_ID)]
Ref = Annotated[str, Field(max_length=64, pattern=_ID)]  # an id in a body
Words = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
IfMatch = Annotated[str | None, Header(description='The ETag that was read, for example "3"')]
Name = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="id or name")]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For /docs: these answers are errors."""
    return {status: {"model": ErrorOut} for status in statuses}


def router(tag: str) -> APIRouter:
    """The routes of a resource: under /api, behind the token."""
    return APIRouter(prefix="/api", tags=[tag], dependencies=[Depends(known)], responses=refusals(401, 404, 422))


def author_of(wanted: str) -> Author:
    """The author of that id or name. Raises NotFound."""
    found = next((a for a in authors.listed() if a.id == wanted), None) or authors.named(wanted)
    if found is None:
        raise NotFound(f"There is no author {wanted!r}.", "GET /api/authors lists them.")
    return found


def author_id(wanted: str | None) -> str | None:
    """The id of the author of that id or name; None where nobody is named. Raises NotFound."""
    return None if wanted is None else author_of(wanted).id


def paged(request: Request, response: Response, total: int, limit: int, offset: int) -> None:
    """Say in headers how many there are, and where the next ones are."""
    response.headers["X-Total-Count"] = str(total)
    if offset + limit < total:
        goes_on(request, response, limit=limit, offset=offset + limit)


def goes_on(request: Request, response: Response, **query: Any) -> None:
    """Say in a header where the next ones are: here, with this in the query."""
    following = request.url.include_query_params(**query)
    response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


def revision_of(if_match: str | None) -> int | None:
    """The revision that an If-Match header names; None where there is none or any will do. Raises Stale."""
    if if_match is None or if_match.strip() == "*":
        return None
    named = re.fullmatch(r'"?(\d{1,9})"?', if_match.strip())
    if not named:
        raise Stale(f"No revision of this post is {if_match[:40]!r}. Nothing was overwritten.", HINTS[428])
    return int(named[1])
