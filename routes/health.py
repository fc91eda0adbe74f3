"""Doors for machines: health, figures for Prometheus, what Notion sends. Only the figures need the token."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.concurrency import run_in_threadpool

from core import drift, jobs, review
from core.errors import TimbreError
from notion_sync import hooks
from routes.shared import known

log = structlog.get_logger()
routes = APIRouter()
REGISTRY = CollectorRegistry()
REQUESTS = Counter("timbre_requests", "HTTP requests", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram("timbre_request_seconds", "Time of a request", ["route"], registry=REGISTRY)
POSTS = Gauge("timbre_posts", "Posts by status", ["status"], registry=REGISTRY)
JOBS = Gauge("timbre_jobs", "Jobs that wait or run, by kind", ["kind", "status"], registry=REGISTRY)
ALARMS = Gauge("timbre_drift_alarms", "Open drift alarms", registry=REGISTRY)
WORKER = Gauge("timbre_worker_alive", "1 where a worker has shown a sign of life", registry=REGISTRY)


@routes.post(hooks.PATH, include_in_schema=False)  # only Notion calls it
async def notion_webhook(request: Request) -> dict[str, str]:
    """What Notion sends by itself: a hint to look, signed by Notion. Needs no bearer token."""
    signature = request.headers.get("x-notion-signature", "")
    return {"status": await run_in_threadpool(hooks.receive, await request.body(), signature)}


@routes.get("/healthz", tags=["system"])
def healthz() -> JSONResponse:
    """Whether the store can be reached (503 where not) and whether a worker is alive. Needs no token."""
    try:
        worker = jobs.worker_alive()
    except TimbreError as error:
        log.warning("health", problem=error.message)
        return JSONResponse({"status": "down", "store": False, "worker": False}, 503)
    return JSONResponse({"status": "ok" if worker else "degraded", "store": True, "worker": worker})


@routes.get("/metrics", tags=["system"], dependencies=[Depends(known)])
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
