"""Reading and writing of personas: one row a version, never changed once written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from core.errors import NotFound
from core.store.engine import Reading, Writing
from core.store.tables import Json, Persona, Sample


def latest(tx: Reading, author_id: str) -> Persona | None:
    """The newest version of an author's persona, or None."""
    query = select(Persona).where(Persona.author_id == author_id).order_by(Persona.version.desc()).limit(1)
    return tx.session.scalars(query).first()


def listed(tx: Reading, author_id: str) -> list[Persona]:
    """Every version, the newest first."""
    query = select(Persona).where(Persona.author_id == author_id).order_by(Persona.version.desc())
    return list(tx.session.scalars(query))


def get(tx: Reading, persona_id: str) -> Persona:
    """One version by id. Raises NotFound."""
    row = tx.session.get(Persona, persona_id)
    if row is None:
        raise NotFound(f"There is no persona version {persona_id}.", "Pick one from the list of versions.")
    return row


def add(tx: Writing, author_id: str, derived: Json, edits: Json, sliders: Json, samples: int, why: str) -> Persona:
    """The next version."""
    before = latest(tx, author_id)
    row = Persona(
        workspace_id=tx.actor.workspace_id,
        author_id=author_id,
        version=before.version + 1 if before else 1,
        derived=derived,
        edits=edits,
        sliders=sliders,
        samples=samples,
        by=tx.actor.name,
        why=why,
    )
    tx.session.add(row)
    tx.session.flush()
    return row


def samples_now(tx: Reading, row: Persona) -> tuple[int, int]:
    """How many of the author's samples came in since this card was derived, and how many are in use now."""
    query = select(func.count()).where(Sample.author_id == row.author_id, Sample.excluded.is_(False))
    in_use = tx.session.scalar(query) or 0
    newest = row.derived.get("basis", {}).get("newest")
    if newest is None:
        return in_use, in_use
    added = tx.session.scalar(query.where(Sample.created_at > datetime.fromisoformat(newest))) or 0
    return added, in_use


def sample_ids(tx: Reading, author_id: str) -> tuple[list[str], datetime | None]:
    """The ids of an author's samples in use, in the order of `samples.of_author`, and when the newest came in."""
    query = select(Sample.id, Sample.created_at).where(Sample.author_id == author_id, Sample.excluded.is_(False))
    rows = tx.session.execute(query.order_by(Sample.date.is_(None), Sample.date, Sample.position, Sample.id)).all()
    return [row.id for row in rows], max((row.created_at for row in rows), default=None)


def pick_samples(tx: Reading, ids: list[str]) -> list[Sample]:
    """These samples, in this order; those that are gone or left out since are missing from the answer."""
    rows = {s.id: s for s in tx.session.scalars(select(Sample).where(Sample.id.in_(ids), Sample.excluded.is_(False)))}
    return [rows[i] for i in ids if i in rows]
