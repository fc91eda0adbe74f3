"""Training over HTTP: runs, begun, looked at and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from core.errors import Invalid
from core.store import Actor
from core.store.tables_training import TrainingRun
from core.train import commands, dataset, dial, preferences
from core.train.model import EMBEDDED, Method, Plan
from core.train.scope import Scope
from routes.shared import Id, Limit, Me, Name, Offset, Ref, Strict, author_of, paged, router

routes = router("training")
METHODS: dict[str, tuple[Method, ...]] = {"voice": ("sft",), "preference": ("dpo", "orpo", "simpo")}
Kind = Literal["voice", "preference", "genericness", "reranker", "image"]


class Whose(Strict):
    """An author (id or name) or an archetype (id); neither: the whole workspace."""

    author: str | None = Field(default=None, max_length=200)
    archetype: Ref | None = None


class TrainingIn(Whose):
    """What is to be learnt. The dial sets everything; `settings` changes single knobs of the plan."""

    kind: Literal["voice", "preference", "genericness", "reranker"] = "voice"
    method: Literal["sft", "dpo", "orpo", "simpo"] | None = Field(default=None, description="default: sft, or dpo")
    effort: Literal["quick", "standard", "thorough"] = "standard"
    preset: Literal["auto", "24GB"] = "auto"
    device: Literal["cpu", "cuda"] = "cpu"
    base: str = Field(default=EMBEDDED, max_length=300, description="embedded, or the folder of a model")
    settings: dict[str, int | float | str] = Field(
        default={}, description="rank, rate, epochs, batch...", max_length=30
    )
    start_adapter: Ref | None = Field(default=None, description="id of an adapter to begin from")


class Begun(BaseModel):
    """A run that was asked for, or the one of the same kind that runs already."""

    id: str
    status: str


@routes.get("/training")
def list_training(
    request: Request,
    response: Response,
    author: Name = None,
    archetype: Name = None,
    kind: Kind | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[dict[str, Any]]:
    """The newest runs first, live ones and past ones, whatever is learnt; without their history."""
    scope = scope_of(author, archetype)
    paged(request, response, commands.count(kind, scope), limit, offset)
    return [_run(run) for run in commands.runs(kind, scope, limit, offset)]


@routes.post("/training", status_code=202)
def start_training(body: TrainingIn, me: Me, response: Response) -> Begun:
    """Begin to learn; look at /api/training/{id} for how far it is. Asking twice gives the run that is there."""
    run_id = _learn(body, me) if body.kind in commands.LIGHT else _start(body, me)
    response.headers["Location"] = f"/api/training/{run_id}"
    return Begun(id=run_id, status=commands.run(run_id).status)


def _learn(body: TrainingIn, me: Actor) -> str:
    from core.train import learned  # only now: it brings scipy

    if idle := sorted(body.model_fields_set - {"kind"}):
        raise Invalid(
            f"{idle[0]}: {body.kind} is learnt from everybody's labels and takes no settings.", "Send the kind alone."
        )
    return learned.start(body.kind, me)


def _start(body: TrainingIn, me: Actor) -> str:
    allowed = METHODS[body.kind]
    method = allowed[0] if body.method is None else next((one for one in allowed if one == body.method), None)
    if method is None:
        raise Invalid(f"method: {body.method} does not learn a {body.kind}.", f"Use one of {', '.join(allowed)}.")
    scope = scope_of(body.author, body.archetype)
    if scope == Scope():
        raise Invalid("author: nobody was named.", "Name an author or an archetype.")
    ids = scope.author_ids()
    found = dataset.preview(ids, scope.archetype_id or None) if body.kind == "voice" else preferences.preview(ids)
    if found.problems:
        more = (
            "GET /api/samples shows what there is; POST there adds to it."
            if body.kind == "voice"
            else ("Pairs come from votes in the Lab, ratings and edited drafts; or train on the posts: kind voice.")
        )
        raise Invalid(found.problems[0], more)
    made = dial.plan(body.effort, found.train, found.tokens_about, body.base, body.device, body.preset, method)
    plan = dial.checked(_by_hand(made, body.settings))
    return commands.start(body.kind, method, scope, plan, me, start_adapter_id=body.start_adapter)


def _by_hand(plan: Plan, settings: Mapping[str, Any]) -> Plan:
    """The plan with single knobs set; the limits are the dial's. Raises Invalid for a knob that there is not."""
    knobs = {knob.name: knob for knob in dial.KNOBS}
    if unknown := sorted(set(settings) - set(knobs)):
        raise Invalid(f"settings: there is no {unknown[0]!r}.", f"Use some of {', '.join(knobs)}.")
    whole = {
        name: int(value) if knobs[name].whole and isinstance(value, float) and value.is_integer() else value
        for name, value in settings.items()
    }
    return Plan.restored({**plan.record(), **whole})


@routes.get("/training/{run_id}")
def read_training(run_id: Id) -> dict[str, Any]:
    """One run as it is now: progress, every logged step, what it wrote on the way, the data it learns from."""
    run = commands.run(run_id)
    return {**_run(run), "settings": run.settings, "data": run.dataset, "history": run.history, "samples": run.samples}


@routes.post("/training/{run_id}/cancel", status_code=202)
def cancel_training(run_id: Id, me: Me) -> Begun:
    """Ask a run to stop: it saves what it has at its next safe point."""
    commands.cancel(run_id, me)
    return Begun(id=run_id, status=commands.run(run_id).status)


def _run(run: TrainingRun) -> dict[str, Any]:
    names = ("id", "kind", "method", "title", "base", "status", "phase", "progress", "estimate", "message", "hint",
             "why", "by", "created_at", "started_at", "finished_at")  # fmt: skip
    told = {name: getattr(run, name) for name in names}
    return {**told, "author": run.author_id, "archetype": run.archetype_id, "adapter": run.adapter_id}


def scope_of(author: str | None, archetype: str | None) -> Scope:
    """Raises NotFound for an author that there is not."""
    return Scope(author_of(author).id if author else "", archetype or "")
