"""The HTTP API: the same commands as the screens, for other programs. `python api.py` serves it on loopback."""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import api_token, checks, store
from core.config import settings
from core.errors import Stale, TimbreError
from notion_sync import hooks
from routes import (
    adapters,
    archetypes,
    authors,
    brand,
    calendar,
    cards,
    claims,
    drift,
    health,
    images,
    media,
    personas,
    pictures,
    posts,
    runs,
    samples,
    system,
    training,
)  # fmt: skip
from routes.shared import CHALLENGE, HINTS, NO_TOKEN, opens, problem

log = structlog.get_logger()
BODY_BYTES = 20_000_000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
GUARDED = ("/api", "/metrics")
TOO_LARGE = "The body is larger than what is taken here; nothing was read."
PARTS = (
    authors, samples, personas, posts, claims, calendar, runs, drift, system, training, adapters, archetypes,
    images, cards, pictures, media, brand, health,
)  # fmt: skip  # in the order of /docs


# ---- before anything else ------------------------------------------------------------------------------------


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
        health.REQUESTS.labels(scope["method"], route, status).inc()
        health.SECONDS.labels(route).observe(time.perf_counter() - began)


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
    for part in PARTS:
        made.include_router(part.routes)
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
