"""Storing what a person confirmed: short transactions, each complete in itself, so that a crash loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from analytics import features, text
from core import jobs, store
from core.collect.model import Preview, Row
from core.errors import Invalid
from core.people import may_collect
from core.store import Actor, authors, new_id, samples
from core.store.tables import ImportBatch

BATCH = 100
"""Posts a transaction: about a quarter of a second of measuring, then a write of milliseconds."""
Progress = Callable[[int, int], None]


def commit(
    preview: Preview,
    consent: Mapping[str, bool | None] | None,
    actor: Actor,
    on_progress: Progress | None = None,
) -> ImportBatch:
    """Store the new rows of a preview; returns the import, with its counts.

    `consent` says by author's name whether the texts may train a model; None or absent leaves what is recorded.
    What has come into the store since the preview is not stored again. Raises Invalid where nothing is new.
    Stopped in the middle, what was stored stays, and the same import later adds the rest. Raises Denied for readers.
    """
    may_collect(actor)
    rows = preview.new
    if not rows:
        raise Invalid("There is nothing new in this import; nothing was stored.", "Choose other files or texts.")
    ids, batch = _begin(preview, consent or {}, actor)
    stored = 0
    say = on_progress or _silent
    say(0, len(rows))
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        measured = [measure(row.text) for row in part]
        stored += _store(part, measured, ids, batch, preview.source, actor)
        say(min(start + BATCH, len(rows)), len(rows))
    with store.writing(actor) as tx:
        found = tx.session.get_one(ImportBatch, batch.id)
        found.counts = {**found.counts, "stored": stored}
    jobs.request("embed", {}, actor, key=f"embed:{actor.workspace_id}")
    return found


def _silent(_done: int, _total: int) -> None:
    return


def measure(post: str) -> dict[str, Any]:
    """The columns of a sample that follow from its text."""
    return {
        "words": len(text.words(post)),
        "features": features.features(post).tobytes(),
        "features_version": features.VERSION,
    }


def _begin(preview: Preview, consent: Mapping[str, bool | None], actor: Actor) -> tuple[dict[str, str], ImportBatch]:
    """Make the authors and the import in one transaction, and record the consent."""
    ids: dict[str, str] = {}
    with store.writing(actor) as tx:
        for name in preview.authors:
            author = authors.named(tx, name) or authors.add(tx, name)
            ids[name] = author.id
            allowed = consent.get(name)
            if allowed is not None and allowed != author.training_consent:
                authors.consent(tx, author.id, allowed)
        batch = ImportBatch(
            source=preview.source,
            name=preview.name[:400],
            mapping=asdict(preview.used),
            counts={**preview.counts, "authors": len(ids)},
            by=actor.name,
            workspace_id=actor.workspace_id,
        )
        tx.session.add(batch)
    return ids, batch


def _store(
    rows: Sequence[Row],
    measured: Sequence[dict[str, Any]],
    ids: dict[str, str],
    batch: ImportBatch,
    source: str,
    actor: Actor,
) -> int:
    with store.writing(actor) as tx:
        position = samples.next_positions(tx, {ids[row.author] for row in rows})
        values = []
        for row, numbers in zip(rows, measured, strict=True):
            author = ids[row.author]
            values.append(
                {
                    "id": new_id(),
                    "workspace_id": actor.workspace_id,
                    "author_id": author,
                    "batch_id": batch.id,
                    "text": row.text,
                    "text_hash": row.text_hash,
                    "date": row.date,
                    "position": position[author],
                    "source": source,
                    "provenance": {"file": row.file, "row": row.row},
                    **numbers,
                }
            )
            position[author] += 1
        return samples.add_many(tx, values)
