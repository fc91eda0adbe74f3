"""Reading and writing of lessons, and of what they are learned from: drafts taken up, revisions, votes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from core.errors import NotFound
from core.store.engine import Reading, Writing, engine, held
from core.store.samples import CHUNK
from core.store.tables import Brief, Change, Intent, Post, Run, Sample, Variant
from core.store.tables_writing import Lesson, Rating, Vote


@dataclass(frozen=True, slots=True)
class Taken:
    """A draft that somebody edited, or made into a post: as the machine wrote it, and as it is now."""

    variant_id: str
    post_id: str | None
    before: str
    after: str
    brief: dict[str, Any]
    at: datetime
    """When it was written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked to be changed in a variant."""

    variant_id: str
    feedback: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """A vote that had a winner, with what the order of the variants is made from."""

    brief_id: str
    won: dict[str, Any]
    lost: dict[str, Any]


def stamp(tx: Reading) -> tuple[str, int, str, int]:
    """Changes with everything that lessons are made from (votes are the one thing the change log does not hold)."""
    votes = tx.session.execute(select(func.max(Vote.id), func.count(Vote.withdrawn_at))).one()
    last = tx.session.scalar(select(func.max(Change.seq))) or 0
    return str(engine().url), int(last), str(votes[0] or ""), int(votes[1])


def taken(tx: Reading, author_id: str, most: int) -> list[Taken]:
    """The newest drafts of posts that were edited or became a post, the newest first."""
    now = func.coalesce(Post.text, Variant.text)
    query = select(Variant.id, Post.id, Variant.generated, now, Brief.fields, Variant.created_at)
    query = query.join(Run, Run.id == Variant.run_id).join(Brief, Brief.id == Run.brief_id)
    query = query.outerjoin(Post, (Post.id == Variant.post_id) & Post.deleted_at.is_(None))
    query = query.where(Variant.author_id == author_id, Variant.form == "post", Variant.generated != "")
    query = query.where(or_(Variant.text != Variant.generated, Post.id.is_not(None)))
    return [Taken(*row) for row in tx.session.execute(query.order_by(Variant.id.desc()).limit(most))]


def editors(tx: Reading, ids: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """Who changed the text of these variants and posts last, and when."""
    out: dict[str, tuple[str, datetime]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        query = select(Change.entity_id, Change.actor, Change.at).order_by(Change.seq)
        query = query.where(Change.entity.in_(("variant", "post")), Change.entity_id.in_(wanted[start : start + CHUNK]))
        rows = tx.session.execute(query.where(Change.action == "update", Change.field == "text"))
        out |= {entity: (actor, at) for entity, actor, at in rows}
    return out


def asked(tx: Reading, author_id: str, most: int) -> list[Asked]:
    """The newest revisions that were asked for in words, the newest first."""
    query = select(Run.parent_id, Run.settings["feedback"].as_string(), Intent.by, Run.created_at)
    query = query.outerjoin(Intent, Intent.id == Run.id)
    query = query.where(Run.author_id == author_id, Run.task == "revise", Run.parent_id.is_not(None))
    rows = tx.session.execute(query.order_by(Run.id.desc()).limit(most))
    return [Asked(variant, feedback or "", by or "", at) for variant, feedback, by, at in rows]


def compared(tx: Reading, author_id: str) -> list[Compared]:
    """The blind votes that had a winner and stand, the oldest first; of variants that were scored."""
    query = select(Vote.left_id, Vote.right_id, Vote.choice).order_by(Vote.id)
    query = query.where(Vote.author_id == author_id, Vote.withdrawn_at.is_(None), Vote.choice != "tie", Vote.blind)
    cast = [tuple(row) for row in tx.session.execute(query)]
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    wanted = sorted({id_ for left, right, _ in cast for id_ in (left, right)})
    for start in range(0, len(wanted), CHUNK):
        known = select(Variant.id, Run.brief_id, Variant.scores["_rank"]).join(Run, Run.id == Variant.run_id)
        rows = tx.session.execute(known.where(Variant.id.in_(wanted[start : start + CHUNK])))
        found |= {id_: (brief, parts) for id_, brief, parts in rows if isinstance(parts, dict)}
    out = []
    for left, right, choice in cast:
        if left in found and right in found:
            won, lost = (left, right) if choice == "left" else (right, left)
            out.append(Compared(found[won][0], found[won][1], found[lost][1]))
    return out


def texts(tx: Reading, ids: Collection[str]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Of these variants: as the machine wrote it, as it is now, and the brief. Those that are gone are left out."""
    out: dict[str, tuple[str, str, dict[str, Any]]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        query = select(Variant.id, Variant.generated, Variant.text, Brief.fields).join(Run, Run.id == Variant.run_id)
        query = query.join(Brief, Brief.id == Run.brief_id).where(Variant.id.in_(wanted[start : start + CHUNK]))
        out |= {id_: (made, now, fields) for id_, made, now, fields in tx.session.execute(query)}
    return out


def said_by(tx: Reading, author_id: str, phrase: str) -> int:
    """How many of the author's samples hold these words (lower case, straight apostrophes)."""
    there = or_(*(func.lower(Sample.text).contains(p, autoescape=True) for p in {phrase, phrase.replace("'", "’")}))
    query = select(func.count()).where(Sample.author_id == author_id, Sample.excluded.is_(False), there)
    return tx.session.scalar(query) or 0


def fed(tx: Reading) -> set[str]:
    """The authors about whom anybody has said anything: edited, rated, voted, asked for a change."""
    edited = select(Variant.author_id).where(or_(Variant.text != Variant.generated, Variant.post_id.is_not(None)))
    rest = (select(Vote.author_id), select(Rating.author_id), select(Run.author_id).where(Run.task == "revise"))
    return {author for query in (edited, *rest) for author in tx.session.scalars(query.distinct())}


# ---- lessons --------------------------------------------------------------------------------------------------


def listed(tx: Reading, author_id: str) -> list[Lesson]:
    """What was decided on an author's lessons, the newest decision first."""
    query = select(Lesson).where(Lesson.author_id == author_id)
    return list(tx.session.scalars(query.order_by(Lesson.decided_at.desc(), Lesson.id.desc())))


def get(tx: Reading, lesson_id: str) -> Lesson:
    """One lesson. Raises NotFound."""
    row = tx.session.get(Lesson, lesson_id)
    if row is None:
        raise NotFound("There is no such lesson.", "Reload the page and choose one from the list.")
    return row


def by_key(tx: Reading, author_id: str, key: str) -> Lesson | None:
    """The decision on a proposal, by its key."""
    return tx.session.scalar(select(Lesson).where(Lesson.author_id == author_id, Lesson.key == key))


def locked(tx: Writing, lesson_id: str) -> Lesson:
    """One lesson that nobody else decides on until this transaction ends. Raises NotFound."""
    held(tx, Lesson, lesson_id)
    return get(tx, lesson_id)


def put(tx: Writing, author_id: str, key: str, **said: Any) -> Lesson:
    """Keep a decision: one row a key, the newest decision."""
    row = by_key(tx, author_id, key)
    if row is None:
        row = Lesson(author_id=author_id, key=key, workspace_id=tx.actor.workspace_id)
        tx.session.add(row)
    for name, value in said.items():
        setattr(row, name, value)
    tx.session.flush()
    return row


def weights(tx: Reading, author_id: str) -> Lesson | None:
    """The newest accepted lesson on the order of the variants."""
    query = select(Lesson).where(Lesson.author_id == author_id, Lesson.kind == "weights", Lesson.status == "accepted")
    return tx.session.scalar(query.order_by(Lesson.decided_at.desc(), Lesson.id.desc()).limit(1))
