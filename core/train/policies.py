"""When something is learnt again by itself: after so many days, or once enough new consented posts or votes are there.

What comes of it waits for a person: only the exam and then somebody's click put an adapter into use.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core import store
from core.errors import Denied, Invalid, TimbreError
from core.people import WORKER
from core.review.lifecycle import has_role
from core.store import Actor, training
from core.store.base import now
from core.store.tables_training import TrainingPolicy
from core.train import archetypes, commands, dial, registry
from core.train.model import Plan
from core.train.scope import Scope

KINDS = ("voice", "preference", "genericness", "reranker")
MOST_DAYS, MOST = 365, 10_000
PAUSE = timedelta(hours=12)
"""After a run of a policy has failed, the next one is not tried before."""


def listed() -> list[TrainingPolicy]:
    """All, the oldest first."""
    with store.reading() as tx:
        return training.policies(tx)


def put(
    kind: str,
    scope: Scope,
    actor: Actor,
    *,
    every_days: int | None = None,
    new_posts: int | None = None,
    new_votes: int | None = None,
    effort: str = "standard",
    enabled: bool = True,
) -> TrainingPolicy:
    """Keep when this is learnt again: one rule a kind and scope. What is there now counts as learnt from.

    Raises Denied, Invalid, NotFound.
    """
    _may(actor)
    if kind not in KINDS or effort not in dial.EFFORTS:
        raise Invalid(
            f"There is no training of the kind {kind!r} with effort {effort!r}.", f"Kinds: {', '.join(KINDS)}."
        )
    when = {"every_days": every_days, "new_posts": new_posts, "new_votes": new_votes}
    if not any(when.values()):
        raise Invalid("It was not said when to train again.", "Give days, new posts or new votes.")
    for name, most in (("every_days", MOST_DAYS), ("new_posts", MOST), ("new_votes", MOST)):
        value = when[name]
        if value is not None and not 1 <= value <= most:
            raise Invalid(f"{name.replace('_', ' ').capitalize()}: {value} cannot be used.", f"Give 1 to {most:,}.")
    scope.title()  # raises NotFound
    with store.writing(actor) as tx:
        old = training.policy(tx, kind, scope.key)
        more: dict[str, Any] = {} if old is not None and old.enabled else {"seen": _there(tx, scope), "last_at": now()}
        return training.put_policy(tx, kind, scope.key, effort=effort, enabled=enabled, **when, **more)


def switch(policy_id: str, enabled: bool, actor: Actor) -> TrainingPolicy:
    """Switch a rule on or off. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        row = training.policy_by_id(tx, policy_id)
        row.enabled = enabled
        return row


def remove(policy_id: str, actor: Actor) -> None:
    """It begins nothing any more; what it has begun is left alone. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        training.remove_policy(tx, policy_id)


def due(row: TrainingPolicy, there: dict[str, int], at: datetime) -> str:
    """Why it should be learnt again now (schedule, new posts, new votes); "" where it should not."""
    seen = row.seen or {}
    if row.new_posts and there["posts"] - int(seen.get("posts") or 0) >= row.new_posts:
        return "new posts"
    if row.new_votes and there["votes"] - int(seen.get("votes") or 0) >= row.new_votes:
        return "new votes"
    if row.every_days and at - (row.last_at or row.created_at) >= timedelta(days=row.every_days):
        return "schedule"
    return ""


def due_text(row: TrainingPolicy) -> str:
    """What it waits for, in a sentence for a page."""
    if not row.enabled:
        return "Switched off."
    with store.reading() as tx:
        there = _there(tx, Scope.of_key(row.scope))
    seen, parts = row.seen or {}, []
    for name, wanted in (("posts", row.new_posts), ("votes", row.new_votes)):
        if wanted:
            parts.append(f"{max(0, there[name] - int(seen.get(name) or 0))} of {wanted} new {name}")
    if row.every_days:
        day = (row.last_at or row.created_at) + timedelta(days=row.every_days)
        parts.append(f"{day.day} {day:%B %Y} at the latest" if parts else f"{day.day} {day:%B %Y}")
    return f"Next: {', or '.join(parts)}."


def look(at: datetime | None = None) -> list[str]:
    """Begin what is due; returns the ids of those runs. One rule that fails keeps no other waiting."""
    moment, begun = at or now(), []
    with store.reading() as tx:
        rows = training.policies(tx, enabled=True)
        running = {(row.kind, _scope_key(row.author_id, row.archetype_id)) for row in training.live(tx)}
    for row in rows:
        if (row.kind, row.scope) not in running and (run_id := _begin(row, moment)):
            begun.append(run_id)
    return begun


def _begin(row: TrainingPolicy, at: datetime) -> str | None:
    scope = Scope.of_key(row.scope)
    try:
        with store.reading() as tx:
            there = _there(tx, scope)
            held_back = _failed_lately(tx, row, at)
        why = due(row, there, at)
        if not why or held_back:
            return None
        chosen, begins = beginning(row.kind, scope, plan(row, there))
        run_id: str | None = commands.start(
            row.kind, _method(row.kind), scope, chosen, WORKER, why=why, start_adapter_id=begins
        )
    except TimbreError:  # the scope is gone, the base is missing: the next look may find it again
        return None
    with store.writing(WORKER) as tx:
        training.put_policy(tx, row.kind, row.scope, seen=there, last_run_id=run_id, last_at=at)
    return run_id


def plan(row: TrainingPolicy, there: dict[str, int]) -> Plan:
    """What the dial says for this effort and what is there."""
    if row.kind not in ("voice", "preference"):
        return Plan(method="logistic", effort=row.effort)
    rows = there["posts"] if row.kind == "voice" else there["votes"]
    effort: dial.Effort = next((one for one in dial.EFFORTS if one == row.effort), "standard")
    return dial.plan(effort, rows, 0, method="sft" if row.kind == "voice" else "dpo")


def beginning(kind: str, scope: Scope, plan: Plan) -> tuple[Plan, str | None]:
    """The adapter that a training best begins from, and the plan in the shape of that adapter; else the plan as it is.

    An author's voice begins from that of their archetype, preferences from the voice that is in use.
    """
    if kind not in ("voice", "preference"):
        return plan, None
    homes = [scope] if kind == "preference" else []
    if scope.author_id and (group := archetypes.own(scope.author_id)) is not None:
        homes.append(Scope(archetype_id=group.id))
    for home in homes:
        found = registry.live("voice", home)
        if found is not None and found.base == plan.base and not registry.problem(found, home):
            shape = {name: found.card["settings"][name] for name in ("rank", "alpha", "targets")}
            return replace(plan, **shape), found.id
    return plan, None


def _method(kind: str) -> str:
    return {"voice": "sft", "preference": "dpo"}.get(kind, "logistic")


def _failed_lately(tx: store.Reading, row: TrainingPolicy, at: datetime) -> bool:
    last = training.known(tx, row.last_run_id) if row.last_run_id else None
    return last is not None and last.status == "failed" and at - (last.finished_at or last.created_at) < PAUSE


def _there(tx: store.Reading, scope: Scope) -> dict[str, int]:
    ids = training.author_ids(tx, scope.author_id, scope.archetype_id)
    return {"posts": training.consented_posts(tx, ids), "votes": training.judgements(tx, ids)}


def _scope_key(author_id: str | None, archetype_id: str | None) -> str:
    return Scope(author_id or "", archetype_id or "").key


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not train.", "Ask an editor or an approver of your team.")
