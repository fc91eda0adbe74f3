"""The HTTP API: the same commands as the screens, for other programs. `python api.py` serves it on loopback."""

from __future__ import annotations

import hmac
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import api_images
import api_training
from core import (
    api_token,
    authors,
    calendar,
    checks,
    claims,
    collect,
    drift,
    jobs,
    knowledge,
    persona,
    review,
    samples,
    store,
)
from core.calendar import days
from core.config import settings
from core.drift import say
from core.errors import Conflict, Invalid, NotFound, Stale, TimbreError
from core.generate import commands as generation
from core.generate.asks import asks as open_questions
from core.generate.brief import BriefFields
from core.people import local_actor
from core.persona.export import to_json
from core.review import scoring
from core.store import Actor
from core.store import samples as stored_samples
from core.store.tables import Alarm, Author, Post, Run, RunStep, Sample, Variant
from notion_sync import commands as notion
from notion_sync import hooks

log = structlog.get_logger()
BODY_BYTES = 20_000_000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
IN_PROGRESS = ("queued", "started")


# ---- what goes in and out ------------------------------------------------------------------------------------


class Strict(BaseModel):
    """A body in which an unknown field is an error: a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid")


class ErrorOut(BaseModel):
    """What happened, and what to do next."""

    error: str
    hint: str


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
    variant: str | None = None


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


class SlotIn(Strict):
    """When; null removes the slot. A time without an offset is the wall clock of `zone`."""

    slot: datetime | None
    zone: str | None = None


class GenerateIn(BriefFields):
    """A brief, and whose voice it is for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    author: str = Field(description="id or name")


class ConfirmIn(Strict):
    """A sentence of the post as it stands, and where it is known from."""

    sentence: str = Field(min_length=1, max_length=5_000)
    note: str = Field(default="", max_length=1_000)


class ClaimOut(BaseModel):
    """One sentence that claims something."""

    sentence: str
    status: Literal["supported", "unsupported"]
    source: str | None = Field(description="`brief`, the id of a knowledge text, or null")
    quote: str = Field(description="the nearest sentence of a source")
    why: str = Field(description="what speaks against it")
    confirmed_by: str | None
    note: str


class ClaimsOut(BaseModel):
    """What a post claims. `open`: sentences without a source that nobody stands by."""

    blocking: bool = Field(description="whether `open` keeps the post from review")
    by_hand: bool = Field(description="no variant stands behind the post: nothing blocks it")
    claims: list[ClaimOut]
    open: list[str]


class ReviseIn(Strict):
    """What should be different, in words."""

    feedback: str = Field(max_length=generation.MAX_FEEDBACK)


class AdaptIn(Strict):
    """Which form to make: a name of core.platforms.FORMS."""

    form: str = Field(max_length=20)


class AlarmOut(BaseModel):
    """A change in an author's voice. It says that the writing changed, not who wrote it."""

    id: str
    author: str
    status: Literal["open", "acknowledged", "passed"]
    standing: bool = Field(description="whether the newest posts still show it")
    title: str
    since: datetime | None = Field(description="about when; null where posts have no dates")
    number: int = Field(description="the first post after it in the author's order, from 1")
    interval: list[int] = Field(description="first and last post between which the change most likely lies")
    effect: float | None = Field(description="its size in the author's own spreads")
    posts_since: int
    changed: list[str]
    note: str
    opened_at: datetime
    closed_by: str
    closed_at: datetime | None
    new_baseline: bool


class Asked(BaseModel):
    """Work that was asked for, under this id."""

    id: str
    status: str


class AskOut(BaseModel):
    """Something that only the author can say and the brief does not hold. Nothing is invented in its place."""

    name: Literal["detail", "metric", "opinion"]
    question: str
    field: str = Field(description="the field of the brief that its answer belongs to")


class AskedRun(Asked):
    """A run that was asked for, and what would make its text more the author's own."""

    asks: list[AskOut] = []


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


class Door:
    """Before anything else: only our own host names, no endless body; and every request is counted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, size = time.perf_counter(), 500, 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > _most(scope["path"]):
                raise HTTPException(413, TOO_LARGE)
            return message

        refused = await run_in_threadpool(_refusal, scope["path"], Headers(scope=scope))
        await (refused or self.app)(scope, limited, watched)
        route = getattr(scope.get("route"), "path", "none")
        REQUESTS.labels(scope["method"], route, status).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)


GUARDED = ("/api", "/metrics")
NO_TOKEN = "This needs a valid bearer token."  # noqa: S105 - the sentence, not the token
CHALLENGE = {"WWW-Authenticate": "Bearer"}
TOO_LARGE = "The body is larger than what is taken here; nothing was read."


def _most(path: str) -> int:
    """How many bytes a body may have."""
    return hooks.BODY_BYTES if path == hooks.PATH else BODY_BYTES


def _refusal(path: str, headers: Headers) -> JSONResponse | None:
    host = re.sub(r":\d+$", "", headers.get("host", "").lower()).strip("[]")
    if host not in LOOPBACK | {name.strip().lower() for name in settings().timbre_api_hosts.split(",") if name.strip()}:
        return problem(
            403, "This API answers only under the names of this machine.", "Add the name to TIMBRE_API_HOSTS."
        )
    kind, _, sent = headers.get("authorization", "").partition(" ")
    if path.startswith(GUARDED) and path != hooks.PATH and not (kind.lower() == "bearer" and opens(sent.strip())):
        return problem(401, NO_TOKEN, HINTS[401], CHALLENGE)
    length = headers.get("content-length", "0")
    return problem(413, TOO_LARGE, HINTS[413]) if length.isdigit() and int(length) > _most(path) else None


# ---- errors --------------------------------------------------------------------------------------------------

HINTS = {
    400: "Send valid JSON.",
    401: "Send `Authorization: Bearer TOKEN`; it is TIMBRE_API_TOKEN, or is in the file api-token of the data folder.",
    404: "See /docs for what is there.",
    405: "See /docs for what may be done here.",
    413: "Send it in several requests.",
    428: 'Read the post and send its ETag back, for example `If-Match: "3"`.',
}


def problem(status: int, error: str, hint: str, headers: Any = None) -> JSONResponse:
    """An error as every door answers it."""
    return JSONResponse({"error": error, "hint": hint}, status, headers)


async def _timbre(_request: Request, error: Exception) -> Response:
    status = 412 if isinstance(error, Stale) else getattr(error, "status", 500)
    return problem(status, getattr(error, "message", ""), getattr(error, "hint", ""))


async def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, str(error.detail), HINTS.get(error.status_code, ""), error.headers)


async def _malformed(_request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    said = [f"{'.'.join(str(p) for p in e['loc'][1:]) or e['loc'][0]}: {e['msg']}" for e in found[:5]]
    return problem(
        422, "; ".join(said) or "The request cannot be read.", "Correct the field named; /docs has the form."
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, problem=type(error).__name__)
    return problem(
        500,
        f"This request stopped on an error of the program ({type(error).__name__}). What was saved before is safe.",
        "Try again. If it comes back, the API's log has the details.",
    )


# ---- shared by the doors -------------------------------------------------------------------------------------

Me = Annotated[Actor, Depends(known)]
Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z_.\-]+$")]
Words = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
IfMatch = Annotated[str | None, Header(description='The ETag that was read, for example "3"')]

REFUSALS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorOut} for status in (401, 404, 422)}
api = APIRouter(
    prefix="/api",
    dependencies=[Depends(known)],
    responses=REFUSALS,
)
open_doors = APIRouter()


def author_of(wanted: str) -> Author:
    """The author of that id or name. Raises NotFound."""
    found = next((a for a in authors.listed() if a.id == wanted), None) or authors.named(wanted)
    if found is None:
        raise NotFound(f"There is no author {wanted!r}.", "GET /api/authors lists them.")
    return found


def _author_id(wanted: str | None) -> str | None:
    return None if wanted is None else author_of(wanted).id


def paged(request: Request, response: Response, total: int, limit: int, offset: int) -> None:
    """Say in headers how many there are, and where the next ones are."""
    response.headers["X-Total-Count"] = str(total)
    if offset + limit < total:
        following = request.url.include_query_params(limit=limit, offset=offset + limit)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


def revision_of(if_match: str | None) -> int | None:
    """The revision that an If-Match header names; None where there is none or any will do. Raises Stale."""
    if if_match is None or if_match.strip() == "*":
        return None
    named = re.fullmatch(r'"?(\d{1,9})"?', if_match.strip())
    if not named:
        raise Stale(f"No revision of this post is {if_match[:40]!r}. Nothing was overwritten.", HINTS[428])
    return int(named[1])


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


# ---- authors, samples, personas ------------------------------------------------------------------------------


def _author(author: Author, counted: int) -> AuthorOut:
    names = AuthorOut.model_fields.keys() - {"samples"}
    return AuthorOut(**{name: getattr(author, name) for name in names}, samples=counted)


@api.get("/authors", tags=["authors"])
def list_authors() -> list[AuthorOut]:
    """All authors, by name."""
    counts = samples.counts()
    return [_author(a, counts.get(a.id, 0)) for a in authors.listed()]


@api.post("/authors", tags=["authors"], status_code=201)
def create_author(body: AuthorIn, me: Me, response: Response) -> AuthorOut:
    """A new author."""
    if body.zone is not None:
        days.zone_info(body.zone)
    made = authors.add(body.name, me, body.kind)
    if body.zone is not None or body.headline is not None:
        made = authors.describe(made.id, me, body.zone, body.headline)
    response.headers["Location"] = f"/api/authors/{made.id}"
    return _author(made, 0)


@api.get("/authors/{author:path}", tags=["authors"])
def read_author(author: str) -> AuthorOut:
    """One author, by id or name."""
    found = author_of(author)
    return _author(found, samples.counts().get(found.id, 0))


@api.get("/samples", tags=["samples"])
def list_samples(
    request: Request, response: Response, author: str, limit: Limit = 50, offset: Offset = 0, q: Words = None
) -> list[SampleOut]:
    """An author's samples, the newest first."""
    chosen = author_of(author).id
    with store.reading() as tx:
        found, total = stored_samples.page(tx, chosen, q or "", None, offset, limit)
    paged(request, response, total, limit, offset)
    return [_sample(s) for s in found]


def _sample(s: Sample) -> SampleOut:
    return SampleOut(id=s.id, author=s.author_id, text=s.text, date=s.date, words=s.words, excluded=s.excluded)


@api.post("/samples", tags=["samples"], status_code=201)
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


@api.get("/personas/{author:path}", tags=["personas"])
def read_persona(author: str) -> Response:
    """An author's newest persona card: every line with its evidence, and what a person says instead."""
    found = author_of(author)
    card = persona.current(found.id)
    if card is None:
        raise NotFound(f"{found.name} has no persona card yet.", "POST here derives one from the samples.")
    return Response(to_json(card), media_type="application/json")


@api.post("/personas/{author:path}", tags=["personas"], status_code=201)
def derive_persona(author: str, me: Me) -> Response:
    """Derive the card anew from the samples; what people corrected stays."""
    persona.derive(author_of(author).id, me)
    answer = read_persona(author)
    answer.status_code = 201
    return answer


# ---- posts ---------------------------------------------------------------------------------------------------


@api.get("/posts", tags=["posts"])
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
    chosen = _author_id(author)
    paged(request, response, review.count(status, chosen, q), limit, offset)
    return [shown(p) for p in review.listed(status, chosen, limit, offset, q)]


@api.post("/posts", tags=["posts"], status_code=201)
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


@api.get("/posts/{post_id}", tags=["posts"])
def read_post(post_id: Id, response: Response) -> PostOut:
    """One post; its ETag is its revision."""
    return answered(response, review.get(post_id))


EDITED: dict[int | str, dict[str, Any]] = {412: {"model": ErrorOut}, 428: {"model": ErrorOut}}


def _edited(post_id: str, body: PostPatch | PostPut, me: Actor, if_match: str | None, response: Response) -> PostOut:
    if if_match is None:
        raise HTTPException(428, "An edit must say which revision it is made on. Nothing was changed.")
    whole, note = isinstance(body, PostPut), getattr(body, "note", "")
    slot = instant(body.slot, body.zone) if whole or "slot" in body.model_fields_set else review.KEEP
    done = review.update(
        post_id, me, revision_of(if_match), body.title, body.text, slot, body.zone, body.status, note
    )  # fmt: skip
    return answered(response, done)


@api.patch("/posts/{post_id}", tags=["posts"], responses=EDITED)
def edit_post(post_id: Id, body: PostPatch, me: Me, response: Response, if_match: IfMatch = None) -> PostOut:
    """Change some fields, all or none. Approved text that changes is in review again; a stale If-Match is 412."""
    return _edited(post_id, body, me, if_match, response)


@api.put("/posts/{post_id}", tags=["posts"], responses=EDITED)
def replace_post(post_id: Id, body: PostPut, me: Me, response: Response, if_match: IfMatch = None) -> PostOut:
    """Replace what may be edited: a post without a slot has none from now on."""
    return _edited(post_id, body, me, if_match, response)


@api.post("/posts/{post_id}/approve", tags=["posts"], responses={409: {"model": ErrorOut}})
def approve_post(
    post_id: Id, me: Me, response: Response, body: Approval | None = None, if_match: IfMatch = None
) -> PostOut:
    """Approve exactly the content of this hash (409 where it is another by now); a draft is submitted with it."""
    asked = body or Approval()
    return answered(response, review.approve(post_id, asked.hash, me, asked.note, revision_of(if_match), submit=True))


@api.post("/posts/{post_id}/reject", tags=["posts"])
def reject_post(
    post_id: Id, me: Me, response: Response, body: Remark | None = None, if_match: IfMatch = None
) -> PostOut:
    """Turn the post down. It can be restored: edit its status to Drafting."""
    return answered(response, review.reject(post_id, (body or Remark()).note, me, revision_of(if_match)))


@api.get("/posts/{post_id}/claims", tags=["posts"])
def post_claims(post_id: Id) -> ClaimsOut:
    """What the text claims, and which source holds it. `open` sentences keep a generated post from review."""
    return claims_out(claims.of_post(review.get(post_id)))


@api.post("/posts/{post_id}/confirm", tags=["posts"])
def confirm_claim(post_id: Id, body: ConfirmIn, me: Me) -> ClaimsOut:
    """Stand by one sentence for which no source was found, and say where it is known from."""
    return claims_out(claims.confirm(post_id, body.sentence, body.note, me))


@api.post("/posts/{post_id}/schedule", tags=["posts"])
def schedule_post(post_id: Id, body: SlotIn, me: Me, response: Response, if_match: IfMatch = None) -> PostOut:
    """Set or remove the slot. An approved post with a slot that an approver set is Scheduled."""
    zone = body.zone or review.get(post_id).zone
    slot = instant(body.slot, zone)
    return answered(response, calendar.schedule(post_id, slot, zone, me, revision_of(if_match)))


@api.post("/posts/{post_id}/publish", tags=["posts"], status_code=501, responses={501: {"model": ErrorOut}})
def publish_post(post_id: Id) -> Response:
    """Not there yet: nothing is sent anywhere."""
    post = review.get(post_id)
    return problem(
        501,
        f"Timbre cannot publish yet. Nothing was sent, and the post stays {post.status}.",
        "Copy the approved text to LinkedIn yourself when its slot comes.",
    )


@api.get("/schedule", tags=["posts"])
def schedule(
    since: Annotated[date | None, Query(alias="from", description="first local day; default today")] = None,
    until: Annotated[date | None, Query(alias="to", description="last local day; default 30 days on")] = None,
    zone: str = "UTC",
    author: str | None = None,
) -> list[PostOut]:
    """Posts whose slot falls on these local days of `zone`, both included, by slot."""
    first = since or days.local_day(datetime.now(UTC), zone)
    last = until or min(first, date(2200, 12, 1)) + timedelta(days=30)
    if not timedelta(0) <= last - first <= timedelta(days=3660) or not 1970 <= first.year <= last.year <= 2200:
        raise Invalid(
            "from, to: not a range of days.", "`to` is at most ten years after `from`, between 1970 and 2200."
        )
    return [shown(p) for p in calendar.span(first, last, zone, _author_id(author))]


# ---- generation ----------------------------------------------------------------------------------------------


@api.post("/generate", tags=["generate"], status_code=202)
def generate(body: GenerateIn, me: Me, response: Response) -> AskedRun:
    """Start a run on a brief; look at /api/runs/{id} for what becomes of it. A brief that leaves something open is
    written from as it is: `asks` says what was missing.
    """
    author = author_of(body.author)
    brief = generation.save_brief(author.id, body.model_dump(exclude={"author"}), me)
    run_id = generation.start(brief.id, me)
    response.headers["Location"] = f"/api/runs/{run_id}"
    texts = "\n\n".join(one.text for one in knowledge.texts(body.knowledge))
    asks = [
        AskOut(name=a.name, question=a.question, field=a.field)
        for a in open_questions(BriefFields(**brief.fields), texts)
    ]
    return AskedRun(id=run_id, status="queued", asks=asks)


@api.get("/runs", tags=["generate"])
def list_runs(author: str | None = None, limit: Limit = 20) -> list[dict[str, Any]]:
    """The newest runs, without steps and variants."""
    return [_run(run) for run in generation.recent(_author_id(author), limit)]


@api.get("/runs/{run_id}", tags=["generate"])
def read_run(run_id: Id) -> dict[str, Any]:
    """A run: where it is, its brief, its steps and its variants."""
    view = generation.run(run_id)
    return {
        **_run(view.run),
        "brief": view.brief.fields,
        "steps": [_step(step) for step in view.steps],
        "variants": [_variant(variant) for variant in view.variants],
    }


@api.post("/runs/{run_id}/cancel", tags=["generate"], status_code=202)
def cancel_run(run_id: Id, me: Me) -> Asked:
    """Ask a run to stop; it does at its next safe point, and keeps what it has."""
    generation.cancel(run_id, me)
    return Asked(id=run_id, status=generation.run(run_id).run.status)


@api.post("/variants/{variant_id}/revise", tags=["generate"], status_code=202)
def revise_variant(variant_id: Id, body: ReviseIn, me: Me, response: Response) -> Asked:
    """Change a variant as asked for in words; what nobody asked for stays. The run ends with one variant."""
    return _begun(generation.revise(variant_id, body.feedback, me), response)


@api.post("/variants/{variant_id}/adapt", tags=["generate"], status_code=202)
def adapt_variant(variant_id: Id, body: AdaptIn, me: Me, response: Response) -> Asked:
    """Make another form of a variant (a thread, a caption, slides): its parts stand in the run's one variant."""
    return _begun(generation.adapt(variant_id, body.form, me), response)


def claims_out(found: claims.Report) -> ClaimsOut:
    """The report as the doors show it."""

    def one(claim: claims.Claim) -> ClaimOut:
        by, note = found.by.get(claim.hash, (None, ""))
        status: Literal["supported", "unsupported"] = "supported" if claim.status == "supported" else "unsupported"
        return ClaimOut(
            sentence=claim.sentence, status=status, source=claim.source, quote=claim.quote, why=claim.why,
            confirmed_by=by, note=note,
        )  # fmt: skip

    shown_ = [one(claim) for claim in found.claims if claim.status != "no claim"]
    return ClaimsOut(
        blocking=found.blocking, by_hand=found.by_hand, claims=shown_, open=[c.sentence for c in found.open]
    )


def _begun(run_id: str, response: Response) -> Asked:
    response.headers["Location"] = f"/api/runs/{run_id}"
    return Asked(id=run_id, status="queued")


def _run(run: Run) -> dict[str, Any]:
    names = ("id", "status", "task", "message", "hint", "created_at", "started_at", "finished_at")
    return {"author": run.author_id, **{name: getattr(run, name) for name in names}}


def _step(step: RunStep) -> dict[str, Any]:
    names = ("key", "status", "attempts", "prompt", "started_at", "finished_at")
    return {name: getattr(step, name) for name in names}


def _variant(variant: Variant) -> dict[str, Any]:
    names = ("id", "number", "angle", "form", "text", "parts", "revision", "status", "reasons", "scores", "rank",
             "rank_reason")  # fmt: skip
    return {**{name: getattr(variant, name) for name in names}, "post": variant.post_id}


# ---- drift ---------------------------------------------------------------------------------------------------


@api.get("/drift", tags=["drift"])
def list_alarms(
    author: str | None = None,
    status: Annotated[Literal["open", "all"], Query(description="open: what waits for a person")] = "open",
) -> list[AlarmOut]:
    """Voices that have changed: alarms over all authors, those that still stand first, then the newest change."""
    wanted = _author_id(author)
    names = {a.id: a.name for a in authors.listed()}
    found = drift.alarms(open_only=status == "open")
    return [_alarm(a, names[a.author_id]) for a in found if a.author_id in names and wanted in (None, a.author_id)]


def _alarm(a: Alarm, name: str) -> AlarmOut:
    same = ("id", "status", "standing", "number", "note", "closed_by", "closed_at", "new_baseline")
    found = a.finding
    return AlarmOut(
        **{field: getattr(a, field) for field in same},
        author=a.author_id,
        title=say.title(a, name),
        since=a.changed_at,
        interval=[found.get("low", a.number), found.get("high", a.number)],
        effect=found.get("effect"),
        posts_since=found.get("since", 0),
        changed=say.changed(a),
        opened_at=a.created_at,
    )


# ---- settings, sync, health ----------------------------------------------------------------------------------


@api.get("/settings", tags=["system"])
def read_settings() -> dict[str, dict[str, Any]]:
    """What is configured, by environment variable. A secret is only ever `set` or `not set`."""
    return {c.name: {k: v for k, v in asdict(c).items() if k != "name"} for c in checks.configured()}


@api.get("/sync", tags=["system"])
def read_sync() -> dict[str, Any]:
    """How the calendar stands with Notion."""
    status = notion.status()
    last = status.last
    return {
        "connected": status.connected,
        "running": status.running.id if status.running else None,
        "waiting": status.waiting_total,
        "conflicts": status.counts.get("conflict", 0),
        "trashed": status.counts.get("trashed", 0),
        "unmatched": status.counts.get("unmatched", 0),
        "asked": status.counts.get("asked", 0),
        "paused": status.paused,
        "requests_last_minute": status.used,
        "requests_per_minute": status.limit,
        "parked_seconds": round(status.parked),
        "blocks": status.blocks,
        "last": last
        and {n: getattr(last, n) for n in ("status", "started_at", "finished_at", "counts", "message", "hint")},
    }


@api.post("/sync", tags=["system"], status_code=202, responses={409: {"model": ErrorOut}})
def ask_sync(me: Me) -> Asked:
    """Ask the worker for a sync pass; asking while one waits gives the same one."""
    if not notion.status().connected:
        raise Conflict(
            "Notion is not connected yet, so there is nothing to sync.", "Run `python -m notion_sync setup`."
        )
    intent = jobs.get(notion.request_sync(me))
    return Asked(id=intent.id, status=intent.status)


@open_doors.post(hooks.PATH, include_in_schema=False)  # only Notion calls it
async def notion_webhook(request: Request) -> dict[str, str]:
    """What Notion sends by itself: a hint to look, signed by Notion. Needs no bearer token."""
    signature = request.headers.get("x-notion-signature", "")
    return {"status": await run_in_threadpool(hooks.receive, await request.body(), signature)}


@open_doors.get("/healthz", tags=["system"])
def healthz() -> JSONResponse:
    """Whether the store can be reached (503 where not) and whether a worker is alive. Needs no token."""
    try:
        worker = jobs.worker_alive()
    except TimbreError as error:
        log.warning("health", problem=error.message)
        return JSONResponse({"status": "down", "store": False, "worker": False}, 503)
    return JSONResponse({"status": "ok" if worker else "degraded", "store": True, "worker": worker})


REGISTRY = CollectorRegistry()
REQUESTS = Counter("timbre_requests", "HTTP requests", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram("timbre_request_seconds", "Time of a request", ["route"], registry=REGISTRY)
POSTS = Gauge("timbre_posts", "Posts by status", ["status"], registry=REGISTRY)
JOBS = Gauge("timbre_jobs", "Jobs that wait or run, by kind", ["kind", "status"], registry=REGISTRY)
ALARMS = Gauge("timbre_drift_alarms", "Open drift alarms", registry=REGISTRY)
WORKER = Gauge("timbre_worker_alive", "1 where a worker has shown a sign of life", registry=REGISTRY)


@open_doors.get("/metrics", tags=["system"], dependencies=[Depends(known)])
def metrics() -> Response:
    """Figures for Prometheus."""
    counts = review.by_status()
    for status in review.STATUSES:
        POSTS.labels(status).set(counts.get(status, 0))
    JOBS.clear()
    for intent in jobs.active():
        JOBS.labels(intent.kind, intent.status).inc()
    ALARMS.set(len(drift.alarms()))
    WORKER.set(jobs.worker_alive())
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


# ---- the program ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def _life(_app: FastAPI) -> AsyncIterator[None]:
    store.migrate()
    api_token.token()
    yield
    store.dispose()


def make() -> FastAPI:
    """The application. Its documentation comes from this machine and calls nobody."""
    made = FastAPIOffline(
        title="Timbre",
        version=checks.version(),
        description=__doc__ or "",
        redoc_url=None,
        favicon_url="data:,",
        swagger_ui_parameters={"validatorUrl": None, "persistAuthorization": False},
        lifespan=_life,
    )
    made.include_router(api)
    for part in (api_training, api_images):
        made.include_router(part.routes, dependencies=[Depends(known)], responses=REFUSALS)
    made.include_router(open_doors)
    made.add_middleware(Door)
    made.add_exception_handler(TimbreError, _timbre)
    made.add_exception_handler(HTTPException, _http)
    made.add_exception_handler(RequestValidationError, _malformed)
    made.add_exception_handler(Exception, _unexpected)
    return made


app = make()


def main() -> int:
    """Serve until told to stop."""
    try:
        store.migrate()
        api_token.token()
    except TimbreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    where = settings()
    try:
        socket.create_server((where.timbre_api_bind, where.api_port)).close()
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "it is no address"
        sys.stderr.write(
            f"The API cannot listen on {where.timbre_api_bind}, port {where.api_port} ({said}). "
            "Set API_PORT to a free port and TIMBRE_API_BIND to an address of this machine.\n"
        )
        return 1
    uvicorn.run(app, host=where.timbre_api_bind, port=where.api_port, access_log=False, server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
