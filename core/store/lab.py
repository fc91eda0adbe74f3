"""Reading and writing of the lab: what can be compared, votes, ratings, experiments."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import load_only

from core.errors import NotFound
from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.samples import CHUNK
from core.store.tables import Brief, Run, Variant
from core.store.tables_writing import Experiment, Rating, Vote

_READ = (Variant.id, Variant.author_id, Variant.number, Variant.generated, Variant.text, Variant.rank,
         Variant.provenance, Variant.form, Variant.status)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A variant with the brief that it was written for, and the experiment that it belongs to."""

    variant: Variant
    brief_id: str
    experiment_id: str | None
    arm: str


def comparable(tx: Reading, author_id: str | None, experiment_id: str | None, briefs: int) -> list[Line]:
    """The good variants of finished runs that wrote posts, of the newest `briefs` briefs of this author or experiment.

    What a person asked to be changed, and other forms than a post, are not among them.
    """
    newest = _within(select(Run.brief_id), author_id, experiment_id).group_by(Run.brief_id)
    ids = list(tx.session.scalars(newest.order_by(Run.brief_id.desc()).limit(briefs)))
    query = _within(_lines(), author_id, experiment_id).where(Variant.status == "ok", Variant.form == "post")
    return _read(tx, query.where(Run.brief_id.in_(ids)).order_by(Variant.id))


def _within(query: Any, author_id: str | None, experiment_id: str | None) -> Any:
    query = query.where(Run.task == "write", Run.status == "done")
    query = query.where(Run.author_id == author_id) if author_id else query
    return query.where(Run.experiment_id == experiment_id) if experiment_id else query


def _lines() -> Any:
    columns = (Variant, Run.brief_id, Run.experiment_id, Run.settings)
    return select(*columns).join(Run, Run.id == Variant.run_id).options(load_only(*_READ))


def _read(tx: Reading, query: Any) -> list[Line]:
    def arm(given: dict[str, Any]) -> str:
        return (given.get("wanted") or {}).get("arm") or ""

    return [Line(row, brief, of, arm(given)) for row, brief, of, given in tx.session.execute(query)]


def lines(tx: Reading, variant_ids: Collection[str]) -> dict[str, Line]:
    """These variants, by id; those that are gone are not among them."""
    found: dict[str, Line] = {}
    for some in _chunks(variant_ids):
        found |= {line.variant.id: line for line in _read(tx, _lines().where(Variant.id.in_(some)))}
    return found


def _chunks(ids: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


# ---- votes ----------------------------------------------------------------------------------------------------


def votes(
    tx: Reading, author_id: str | None = None, experiment_id: str | None = None, newest: int | None = None
) -> list[Vote]:
    """The votes that stand, the oldest first, of an author, of an experiment, or all; with `newest` only so many."""
    query = _standing(author_id, experiment_id).order_by(Vote.id.desc())
    return list(tx.session.scalars(query.limit(newest) if newest else query))[::-1]


def adapters_of(tx: Reading, variants: Collection[str]) -> dict[str, frozenset[str]]:
    """By variant the adapters that it was written with; those that are gone are left out."""
    out: dict[str, frozenset[str]] = {}
    wanted = sorted(variants)
    for at in range(0, len(wanted), CHUNK):
        rows = tx.session.execute(select(Variant.id, Variant.provenance).where(Variant.id.in_(wanted[at : at + CHUNK])))
        out |= {id_: frozenset(kept.get("adapters") or ()) for id_, kept in rows}
    return out


def _standing(author_id: str | None, experiment_id: str | None) -> Any:
    query = select(Vote).where(Vote.withdrawn_at.is_(None))
    query = query.where(Vote.author_id == author_id) if author_id else query
    return query.where(Vote.experiment_id == experiment_id) if experiment_id else query


def seen(tx: Reading, by: str, ids: Collection[str] = ()) -> list[Vote]:
    """What somebody has voted on and not taken back, wherever, the oldest first; with `ids` only votes on these two."""
    query = select(Vote).where(Vote.by == by, Vote.withdrawn_at.is_(None)).order_by(Vote.id)
    if ids:
        query = query.where(Vote.left_id.in_(list(ids)), Vote.right_id.in_(list(ids)))
    return list(tx.session.scalars(query))


def turns(tx: Reading, by: str) -> int:
    """How often somebody has voted or taken a vote back: it changes with each."""
    cast = tx.session.execute(select(func.count(), func.count(Vote.withdrawn_at)).where(Vote.by == by)).one()
    return int(cast[0] + cast[1])


def newest_vote(tx: Reading, by: str) -> Vote | None:
    """Somebody's newest vote, whether it stands or was taken back."""
    return tx.session.scalar(select(Vote).where(Vote.by == by).order_by(Vote.id.desc()).limit(1))


def add_vote(tx: Writing, row: Vote) -> Vote:
    """Keep a vote."""
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def last_votes(tx: Reading, by: str, author_id: str | None, experiment_id: str | None) -> list[Vote]:
    """What somebody's newest vote that stands was: one row, or one for each text that a best of several beat."""
    mine = _standing(author_id, experiment_id).where(Vote.by == by)
    last = tx.session.scalar(mine.order_by(Vote.id.desc()).limit(1))
    return list(tx.session.scalars(mine.where(Vote.created_at == last.created_at))) if last else []


def withdraw(tx: Writing, rows: Collection[Vote], at: datetime | None = None) -> None:
    """They are kept and count no more."""
    for row in rows:
        row.withdrawn_at = at or now()
    tx.session.flush()


# ---- ratings --------------------------------------------------------------------------------------------------


def rating(tx: Reading, variant_id: str, by: str) -> Rating | None:
    """What somebody said of a variant."""
    return tx.session.scalar(select(Rating).where(Rating.variant_id == variant_id, Rating.by == by))


def ratings(tx: Reading, author_id: str | None = None, experiment_id: str | None = None) -> list[Rating]:
    """All ratings of an author, of an experiment, or of everybody, the oldest first."""
    query = select(Rating).order_by(Rating.id)
    query = query.where(Rating.author_id == author_id) if author_id else query
    if experiment_id:
        query = query.join(Variant, Variant.id == Rating.variant_id).join(Run, Run.id == Variant.run_id)
        query = query.where(Run.experiment_id == experiment_id)
    return list(tx.session.scalars(query))


def put_rating(tx: Writing, variant_id: str, author_id: str, **said: Any) -> Rating | None:
    """Keep what the actor says of a variant; one a person, the newest. Nothing said takes it away (None)."""
    row = rating(tx, variant_id, tx.actor.name)
    if not any(said[name] for name in ("stars", "tags", "note")):
        if row is not None:
            tx.session.delete(row)
        return None
    if row is None:
        row = Rating(variant_id=variant_id, author_id=author_id, by=tx.actor.name, workspace_id=tx.actor.workspace_id)
        tx.session.add(row)
    for name, value in said.items():
        setattr(row, name, value)
    tx.session.flush()
    return row


# ---- experiments ----------------------------------------------------------------------------------------------


def experiment(tx: Reading, experiment_id: str) -> Experiment:
    """One experiment. Raises NotFound."""
    row = tx.session.get(Experiment, experiment_id)
    if row is None:
        raise NotFound("There is no such experiment.", "Choose one from the list on the Lab page.")
    return row


def experiments(tx: Reading) -> list[Experiment]:
    """All of them, the newest first."""
    return list(tx.session.scalars(select(Experiment).order_by(Experiment.id.desc())))


def add_experiment(tx: Writing, title: str, arms: list[Any], briefs: list[str]) -> Experiment:
    """A new one."""
    row = Experiment(title=title, arms=arms, briefs=briefs, by=tx.actor.name, workspace_id=tx.actor.workspace_id)
    tx.session.add(row)
    tx.session.flush()
    return row


def experiment_runs(tx: Reading, experiment_id: str) -> list[Run]:
    """The runs of an experiment, the oldest first."""
    return list(tx.session.scalars(select(Run).where(Run.experiment_id == experiment_id).order_by(Run.id)))


def passed(tx: Reading, experiment_id: str) -> dict[str, tuple[int, int]]:
    """By arm: how many variants of its finished runs are good, and how many there are."""
    query = select(Run.settings, Variant.status).join(Variant, Variant.run_id == Run.id)
    out: dict[str, tuple[int, int]] = {}
    for given, status in tx.session.execute(query.where(Run.experiment_id == experiment_id, Run.status == "done")):
        arm = (given.get("wanted") or {}).get("arm") or ""
        good, there = out.get(arm, (0, 0))
        out[arm] = good + (status == "ok"), there + 1
    return out


def briefs(tx: Reading, ids: Collection[str]) -> dict[str, Brief]:
    """These briefs, by id; those that are gone are not among them."""
    found: dict[str, Brief] = {}
    for some in _chunks(ids):
        found |= {row.id: row for row in tx.session.scalars(select(Brief).where(Brief.id.in_(some)))}
    return found


def used_briefs(tx: Reading, author_id: str | None, limit: int) -> list[Brief]:
    """The newest briefs that runs were made of, of an author or of all."""
    query = select(Brief).where(Brief.submitted_at.is_not(None)).order_by(Brief.submitted_at.desc()).limit(limit)
    return list(tx.session.scalars(query.where(Brief.author_id == author_id) if author_id else query))
