"""Training over HTTP: runs, adapters, promoting and rolling back. api.py includes these routes behind its token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from core import authors
from core.errors import Invalid, NotFound
from core.people import local_actor
from core.store import Actor
from core.store.tables_training import Adapter, Promotion, TrainingRun
from core.train import commands, dataset, dial, preferences, registry
from core.train.model import EMBEDDED, Method, Plan
from core.train.scope import Scope

routes = APIRouter(prefix="/api", tags=["training"])
LIGHT = ("genericness", "reranker")
METHODS: dict[str, tuple[Method, ...]] = {"voice": ("sft",), "preference": ("dpo", "orpo", "simpo")}


def _me() -> Actor:
    return local_actor("api")


Me = Annotated[Actor, Depends(_me)]
Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z_.\-]+$")]
Name = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="id or name")]
Kind = Literal["voice", "preference", "genericness", "reranker", "image"]


class Body(BaseModel):
    """A body in which an unknown field is an error: a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid")


class Whose(Body):
    """An author (id or name) or an archetype (id); neither: the whole workspace."""

    author: str | None = Field(default=None, max_length=200)
    archetype: str | None = Field(default=None, max_length=26)


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
    start_adapter: str | None = Field(default=None, max_length=26, description="id of an adapter to begin from")


class RollBack(Whose):
    """Of what kind, and for whom, the adapter before is to be used again."""

    kind: Kind = "voice"


class Begun(BaseModel):
    """A run that was asked for, or the one of the same kind that runs already."""

    id: str
    status: str


class InUse(BaseModel):
    """What is in use from now on; `adapter` null: none, on purpose."""

    kind: str
    scope: str
    adapter: str | None
    why: str
    by: str


def _scope(author: str | None, archetype: str | None) -> Scope:
    """Raises NotFound for an author that there is not."""
    if not author:
        return Scope(archetype_id=archetype or "")
    found = next((a for a in authors.listed() if a.id == author), None) or authors.named(author)
    if found is None:
        raise NotFound(f"There is no author {author!r}.", "GET /api/authors lists them.")
    return Scope(found.id, archetype or "")


# ---- runs ----------------------------------------------------------------------------------------------------


@routes.get("/training")
def list_training(
    author: Name = None,
    archetype: Name = None,
    kind: Kind | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[dict[str, Any]]:
    """The newest runs first, live ones and past ones, whatever is learnt; without their history."""
    return [_run(run) for run in commands.runs(kind, _scope(author, archetype), limit)]


@routes.post("/training", status_code=202)
def start_training(body: TrainingIn, me: Me, response: Response) -> Begun:
    """Begin to learn; look at /api/training/{id} for how far it is. Asking twice gives the run that is there."""
    run_id = _learn(body.kind, me) if body.kind in LIGHT else _start(body, me)
    response.headers["Location"] = f"/api/training/{run_id}"
    return Begun(id=run_id, status=commands.run(run_id).status)


def _learn(kind: str, me: Actor) -> str:
    from core.train import learned  # only now: it brings scipy

    return learned.start(kind, me)


def _start(body: TrainingIn, me: Actor) -> str:
    allowed = METHODS[body.kind]
    method = allowed[0] if body.method is None else next((one for one in allowed if one == body.method), None)
    if method is None:
        raise Invalid(f"method: {body.method} does not learn a {body.kind}.", f"Use one of {', '.join(allowed)}.")
    scope = _scope(body.author, body.archetype)
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


# ---- adapters ------------------------------------------------------------------------------------------------


@routes.get("/adapters")
def list_adapters(author: Name = None, archetype: Name = None, kind: Kind | None = None) -> list[dict[str, Any]]:
    """Those that are kept, the newest first; `in_use` names the scopes in which each is applied."""
    used = _used()
    return [_adapter(row, used) for row in registry.listed(_scope(author, archetype), kind)]


@routes.get("/adapters/{adapter_id}")
def read_adapter(adapter_id: Id) -> dict[str, Any]:
    """One adapter with its exam and its card; one that was deleted says when."""
    row = registry.adapter(adapter_id)
    more = {"deleted_at": row.deleted_at, "exam": row.exam, "card": row.card, "files": row.files}
    return {**_adapter(row, _used()), **more}


@routes.post("/adapters/roll-back")
def roll_back(body: RollBack, me: Me) -> InUse:
    """Use again what was in use before. Done again it goes one further back."""
    return _in_use(registry.roll_back(body.kind, _scope(body.author, body.archetype), me))


@routes.post("/adapters/{adapter_id}/promote")
def promote(adapter_id: Id, me: Me, body: Whose | None = None) -> InUse:
    """Put an adapter that passed its exam into use; without a body for whom it was made. 422 says why it cannot be."""
    row = registry.adapter(adapter_id)
    named = body is not None and (body.author or body.archetype)
    scope = _scope(body.author, body.archetype) if body and named else _home(row)
    return _in_use(registry.promote(adapter_id, scope, me))


def _home(row: Adapter) -> Scope:
    return Scope(row.author_id or "", row.archetype_id or "")


def _used() -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for promotion, row in registry.in_use():
        out.setdefault(row.id, []).append(promotion.scope)
    return out


def _adapter(row: Adapter, used: Mapping[str, list[str]]) -> dict[str, Any]:
    names = ("id", "kind", "title", "number", "base", "base_hash", "data_hash", "passed", "scale", "created_at")
    told = {name: getattr(row, name) for name in names}
    judged = (row.exam or {}).get("judged") or {}
    gain = {name: judged.get(name) for name in ("gain", "low", "high", "n")} if judged else None
    whose = {"author": row.author_id, "archetype": row.archetype_id, "run": row.run_id}
    return {**told, **whose, "gain": gain, "in_use": used.get(row.id, [])}


def _in_use(row: Promotion) -> InUse:
    return InUse(kind=row.kind, scope=row.scope, adapter=row.adapter_id, why=row.why, by=row.by)
