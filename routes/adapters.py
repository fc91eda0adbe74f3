"""Adapters over HTTP: what there is, promoting and rolling back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from core.store.tables_training import Adapter, Promotion
from core.train import registry
from core.train.scope import Scope
from routes.shared import Id, Limit, Me, Name, Offset, paged, router
from routes.training import Kind, Whose, scope_of

routes = router("training")


class RollBack(Whose):
    """Of what kind, and for whom, the adapter before is to be used again."""

    kind: Kind = "voice"


class InUse(BaseModel):
    """What is in use from now on; `adapter` null: none, on purpose."""

    kind: str
    scope: str
    adapter: str | None
    why: str
    by: str


@routes.get("/adapters")
def list_adapters(
    request: Request,
    response: Response,
    author: Name = None,
    archetype: Name = None,
    kind: Kind | None = None,
    limit: Limit = 500,
    offset: Offset = 0,
) -> list[dict[str, Any]]:
    """Those that are kept, the newest first; `in_use` names the scopes in which each is applied."""
    used, found = _used(), registry.listed(scope_of(author, archetype), kind)
    paged(request, response, len(found), limit, offset)
    return [_adapter(row, used) for row in found[offset : offset + limit]]


@routes.get("/adapters/{adapter_id}")
def read_adapter(adapter_id: Id) -> dict[str, Any]:
    """One adapter with its exam and its card; one that was deleted says when."""
    row = registry.adapter(adapter_id)
    more = {"deleted_at": row.deleted_at, "exam": row.exam, "card": row.card, "files": row.files}
    return {**_adapter(row, _used()), **more}


@routes.post("/adapters/roll-back")
def roll_back(body: RollBack, me: Me) -> InUse:
    """Use again what was in use before. Done again it goes one further back."""
    return _in_use(registry.roll_back(body.kind, scope_of(body.author, body.archetype), me))


@routes.post("/adapters/{adapter_id}/promote")
def promote(adapter_id: Id, me: Me, body: Whose | None = None) -> InUse:
    """Put an adapter that passed its exam into use; without a body for whom it was made. 422 says why it cannot be."""
    row = registry.adapter(adapter_id)
    named = body is not None and (body.author or body.archetype)
    scope = scope_of(body.author, body.archetype) if body and named else _home(row)
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
