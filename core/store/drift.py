"""Reading and writing of drift: timelines, readings of texts, baselines, the last check of an author, alarms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import undefer

from core.errors import NotFound
from core.store.base import now
from core.store.changes import record
from core.store.engine import Reading, Writing, held
from core.store.readings import which
from core.store.samples import CHUNK, FIRST_LINES
from core.store.tables import Alarm, Author, Baseline, Change, Drift, ImportBatch, Post, PostReading, Sample
from core.store.today import OUT

# ---- timelines ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A sample without its text."""

    id: str
    date: datetime | None
    position: int
    words: int
    excluded: bool
    text_hash: str


@dataclass(frozen=True, slots=True)
class PostLine:
    """An approved post without its text."""

    id: str
    date: datetime
    variant_id: str | None
    approved_hash: str | None


def sample_lines(tx: Reading, author_id: str) -> list[SampleLine]:
    """An author's samples, those left out too, the oldest first; the undated ones last, in their order."""
    columns = (Sample.id, Sample.date, Sample.position, Sample.words, Sample.excluded, Sample.text_hash)
    query = select(*columns).where(Sample.author_id == author_id)
    order = query.order_by(Sample.date.is_(None), Sample.date, Sample.position, Sample.id)
    return [SampleLine(*row) for row in tx.session.execute(order)]


def post_lines(tx: Reading, author_id: str) -> list[PostLine]:
    """An author's posts that were approved, by their slot (else by when they were approved)."""
    date = func.coalesce(Post.slot, Post.approved_at, Post.created_at)
    query = select(Post.id, date, Post.variant_id, Post.approved_hash).where(*_out(author_id))
    rows = tx.session.execute(query.order_by(date, Post.id))
    return [PostLine(*row) for row in rows]


def _out(author_id: str) -> tuple[Any, ...]:
    return Post.author_id == author_id, Post.status.in_(OUT), Post.deleted_at.is_(None)


def revisions(tx: Reading) -> dict[str, str]:
    """For every author what changes whenever their timeline, or the baseline they are judged by, does."""
    used = Sample.excluded.is_(False)
    counted = select(Sample.author_id, func.count(), func.max(Sample.id), which()).where(used)
    found = {row[0]: f"{row[1]}.{row[2]}.{row[3]}" for row in tx.session.execute(counted.group_by(Sample.author_id))}
    posts = select(Post.author_id, func.count(), func.max(Post.updated_at)).where(
        Post.status.in_(OUT), Post.deleted_at.is_(None)
    )
    for author, count, latest in tx.session.execute(posts.group_by(Post.author_id)):
        found[author] = f"{found.get(author, '')}|{count}.{latest}"
    begun = select(Baseline.author_id, func.max(Baseline.id)).group_by(Baseline.author_id)
    for author, newest in tx.session.execute(begun):
        found[author] = f"{found.get(author, '')}/{newest}"
    everyone = tx.session.scalars(select(Author.id).where(Author.archived_at.is_(None)))
    return {author: found.get(author, "") for author in everyone}


def being_imported(tx: Reading, since: datetime) -> set[str]:
    """Authors of an import that began after `since` and has not ended: half a timeline says nothing."""
    query = select(ImportBatch.id, ImportBatch.counts).where(ImportBatch.created_at > since)
    unfinished = [id_ for id_, counts in tx.session.execute(query) if "stored" not in (counts or {})]
    if not unfinished:
        return set()
    return set(tx.session.scalars(select(Sample.author_id).where(Sample.batch_id.in_(unfinished)).distinct()))


def last_change(tx: Reading, after: int) -> int:
    """The newest entry of the change log that may change a timeline, or `after` where there is none since."""
    moves = ("status", "slot", "deleted_at", "")
    touching = or_(
        Change.entity.in_(("import_batch", "sample", "baseline", "author")),
        (Change.entity == "post") & Change.field.in_(moves),
    )
    return tx.session.scalar(select(func.max(Change.seq)).where(Change.seq > after, touching)) or after


# ---- what texts say -------------------------------------------------------------------------------------------


def texts(tx: Reading, ids: Collection[str]) -> dict[str, str]:
    """The texts of samples and posts, by id."""
    return _by_id(tx, ids, Sample.text, Post.text)


def first_lines(tx: Reading, ids: Collection[str]) -> dict[str, str]:
    """How the texts of samples and posts begin, by id."""
    return _by_id(tx, ids, func.substr(Sample.text, 1, FIRST_LINES), func.substr(Post.text, 1, FIRST_LINES))


def _by_id(tx: Reading, ids: Collection[str], of_sample: Any, of_post: Any) -> dict[str, str]:
    listed, out = sorted(set(ids)), {}
    for start in range(0, len(listed), CHUNK):
        some = listed[start : start + CHUNK]
        for table, column in ((Sample, of_sample), (Post, of_post)):
            query = select(table.id, column).where(table.id.in_(some))
            out.update({row[0]: row[1] for row in tx.session.execute(query)})
    return out


def features(tx: Reading, ids: Collection[str], version: str) -> dict[str, bytes]:
    """The feature vectors of samples that have one of that version, by id."""
    listed, out = sorted(set(ids)), {}
    for start in range(0, len(listed), CHUNK):
        query = select(Sample.id, Sample.features).where(
            Sample.id.in_(listed[start : start + CHUNK]), Sample.features_version == version
        )
        out.update({id_: vector for id_, vector in tx.session.execute(query) if vector is not None})
    return out


# ---- readings -------------------------------------------------------------------------------------------------


def unread_posts(tx: Reading, author_id: str, version: str) -> list[tuple[str, str, str]]:
    """(id, text, content hash) of approved posts that were not read by this version as they stand now."""
    query = (
        select(Post.id, Post.text, Post.hash)
        .outerjoin(PostReading, PostReading.post_id == Post.id)
        .where(*_out(author_id))
        .where(
            or_(
                PostReading.id.is_(None),
                PostReading.version != version,
                PostReading.text_hash != Post.hash,
            )
        )
    )
    return [(row[0], row[1], row[2]) for row in tx.session.execute(query)]


def keep_post_reading(tx: Writing, post_id: str, text_hash: str, packed: bytes, version: str) -> None:
    """Keep what was read of a post; nothing where it was removed meanwhile."""
    if tx.session.get(Post, post_id) is None:
        return
    row = tx.session.scalar(select(PostReading).where(PostReading.post_id == post_id))
    if row is None:
        row = PostReading(post_id=post_id, workspace_id=tx.actor.workspace_id)
        tx.session.add(row)
    row.text_hash, row.reading, row.version = text_hash, packed, version


def readings(tx: Reading, author_id: str, version: str) -> Iterator[tuple[str, bytes]]:
    """(id, what was read) of an author's samples and approved posts of that version, in no order, a few at a time."""
    own = select(Sample.id, Sample.reading).where(Sample.author_id == author_id, Sample.reading_version == version)
    out = (
        select(PostReading.post_id, PostReading.reading)
        .join(Post, Post.id == PostReading.post_id)
        .where(*_out(author_id), PostReading.version == version, PostReading.text_hash == Post.hash)
    )
    for query in (own, out):
        for id_, packed in tx.session.execute(query.execution_options(yield_per=200)):
            if packed is not None:
                yield id_, packed


# ---- baselines ------------------------------------------------------------------------------------------------


def baselines(tx: Reading, author_id: str) -> list[Baseline]:
    """Every baseline that was ever begun for an author, the oldest first."""
    return list(tx.session.scalars(select(Baseline).where(Baseline.author_id == author_id).order_by(Baseline.id)))


def add_baseline(tx: Writing, row: Baseline) -> Baseline:
    """From now on this one counts."""
    row.by, row.workspace_id = tx.actor.name, tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def owned(tx: Reading, author_id: str, ids: Collection[str]) -> set[str]:
    """Those of the ids that are samples or approved posts of this author."""
    own = select(Sample.id).where(Sample.author_id == author_id, Sample.id.in_(ids))
    out = select(Post.id).where(*_out(author_id), Post.id.in_(ids))
    return {*tx.session.scalars(own), *tx.session.scalars(out)}


# ---- the last check -------------------------------------------------------------------------------------------


def state(tx: Reading, author_id: str, curve: bool = False) -> Drift | None:
    """The last check of an author, with its curve where asked."""
    query = select(Drift).where(Drift.author_id == author_id)
    return tx.session.scalar(query.options(undefer(Drift.curve)) if curve else query)


def states(tx: Reading) -> dict[str, Drift]:
    """The last check of every author, without the curves, by author id."""
    return {row.author_id: row for row in tx.session.scalars(select(Drift))}


def keep_state(tx: Writing, author_id: str, **values: Any) -> None:
    """Put a check in the place of the last one."""
    row = tx.session.scalar(select(Drift).where(Drift.author_id == author_id))
    if row is None:
        row = Drift(author_id=author_id, workspace_id=tx.actor.workspace_id)
        tx.session.add(row)
    row.checked_at = now()
    for name, value in values.items():
        setattr(row, name, value)


# ---- alarms ---------------------------------------------------------------------------------------------------


def alarm(tx: Reading, alarm_id: str) -> Alarm:
    """One alarm. Raises NotFound."""
    row = tx.session.get(Alarm, alarm_id)
    if row is None:
        raise NotFound("This alarm is not here any more.", "Its author may have been removed. Look at the list.")
    return row


def locked_alarm(tx: Writing, alarm_id: str) -> Alarm:
    """One alarm that nobody else, the check included, can change until this transaction ends. Raises NotFound."""
    held(tx, Alarm, alarm_id)
    return alarm(tx, alarm_id)


def locked_alarms(tx: Writing, author_id: str) -> list[Alarm]:
    """The alarms of an author, as `alarms`, which nobody else can change until this transaction ends."""
    tx.session.scalars(select(Alarm.id).where(Alarm.author_id == author_id).order_by(Alarm.id).with_for_update()).all()
    return alarms(tx, author_id=author_id)


def alarms(tx: Reading, statuses: Sequence[str] | None = None, author_id: str | None = None) -> list[Alarm]:
    """Alarms of authors who are not archived, the newest change first; undated ones by when they were opened."""
    query = select(Alarm).join(Author, Author.id == Alarm.author_id).where(Author.archived_at.is_(None))
    if statuses is not None:
        query = query.where(Alarm.status.in_(list(statuses)))
    if author_id is not None:
        query = query.where(Alarm.author_id == author_id)
    recent = func.coalesce(Alarm.changed_at, Alarm.created_at).desc()
    return list(tx.session.scalars(query.order_by(Alarm.standing.desc(), recent, Alarm.id.desc())))


def add_alarm(tx: Writing, row: Alarm) -> Alarm:
    """A new alarm."""
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def leave_out(tx: Writing, author_id: str, ids: Collection[str], excluded: bool) -> list[str]:
    """Leave an author's samples out of everything, or take them back; those that changed, each in the change log."""
    changed = []
    listed = sorted(set(ids))
    for start in range(0, len(listed), CHUNK):
        some = Sample.id.in_(listed[start : start + CHUNK])
        query = select(Sample).where(some, Sample.author_id == author_id, Sample.excluded.is_not(excluded))
        for row in tx.session.scalars(query):
            record(tx.session, "sample", row.id, "update", excluded=(row.excluded, excluded))
            row.excluded = excluded
            changed.append(row.id)
    return changed


def left_out(tx: Reading, ids: Collection[str]) -> set[str]:
    """Those of the ids that are samples which were left out."""
    return set(tx.session.scalars(select(Sample.id).where(Sample.id.in_(list(ids)[:CHUNK]), Sample.excluded)))
