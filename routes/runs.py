"""Writing over HTTP: starting a run on a brief, looking at it, changing a variant."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from core import knowledge
from core.generate import commands as generation
from core.generate.asks import asks as open_questions
from core.generate.brief import BriefFields
from core.store.tables import Run, RunStep, Variant
from routes.shared import Asked, Id, Limit, Me, Strict, author_id, author_of, router

routes = router("generate")


class GenerateIn(BriefFields):
    """A brief, and whose voice it is for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    author: str = Field(description="id or name")


class ReviseIn(Strict):
    """What should be different, in words."""

    feedback: str = Field(max_length=generation.MAX_FEEDBACK)


class AdaptIn(Strict):
    """Which form to make: a name of core.platforms.FORMS."""

    form: str = Field(max_length=20)


class AskOut(BaseModel):
    """Something that only the author can say and the brief does not hold. Nothing is invented in its place."""

    name: Literal["detail", "metric", "opinion"]
    question: str
    field: str = Field(description="the field of the brief that its answer belongs to")


class AskedRun(Asked):
    """A run that was asked for, and what would make its text more the author's own."""

    asks: list[AskOut] = Field(default=[])


@routes.post("/generate", status_code=202)
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


@routes.get("/runs")
def list_runs(author: str | None = None, limit: Limit = 20) -> list[dict[str, Any]]:
    """The newest runs, without steps and variants."""
    return [_run(run) for run in generation.recent(author_id(author), limit)]


@routes.get("/runs/{run_id}")
def read_run(run_id: Id) -> dict[str, Any]:
    """A run: where it is, its brief, its steps and its variants."""
    view = generation.run(run_id)
    return {
        **_run(view.run),
        "brief": view.brief.fields,
        "steps": [_step(step) for step in view.steps],
        "variants": [_variant(variant) for variant in view.variants],
    }


@routes.post("/runs/{run_id}/cancel", status_code=202)
def cancel_run(run_id: Id, me: Me) -> Asked:
    """Ask a run to stop; it does at its next safe point, and keeps what it has."""
    generation.cancel(run_id, me)
    return Asked(id=run_id, status=generation.run(run_id).run.status)


@routes.post("/variants/{variant_id}/revise", status_code=202)
def revise_variant(variant_id: Id, body: ReviseIn, me: Me, response: Response) -> Asked:
    """Change a variant as asked for in words; what nobody asked for stays. The run ends with one variant."""
    return _begun(generation.revise(variant_id, body.feedback, me), response)


@routes.post("/variants/{variant_id}/adapt", status_code=202)
def adapt_variant(variant_id: Id, body: AdaptIn, me: Me, response: Response) -> Asked:
    """Make another form of a variant (a thread, a caption, slides): its parts stand in the run's one variant."""
    return _begun(generation.adapt(variant_id, body.form, me), response)


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
