"""The workflow "embed": every sample that has no vector yet gets one, a batch at a time."""

from __future__ import annotations

from typing import Any

from core import jobs, store
from core.errors import Unavailable
from core.exemplars import index, vectors
from core.people import WORKER
from core.store import samples

BATCH = 64


@jobs.workflow("embed", queue="embed")
def embed(intent_id: str) -> dict[str, Any]:
    """Bring the index in step with the store, then embed what is missing. Resumes at the batch it was in."""
    jobs.step(_reconcile, intent_id, name="reconcile")
    done = 0
    while number := jobs.step(_batch, intent_id, done, name="batch"):
        done += number
    jobs.step(_tidy, intent_id, name="tidy")
    return {"embedded": done}


def _reconcile(intent_id: str) -> None:
    """The store is right: what it lacks goes from the index, what the index lacks is embedded again."""
    if jobs.get(intent_id).payload.get("rebuild"):
        with store.reading() as tx:
            everything = samples.embedded(tx)
        with store.writing(WORKER) as tx:
            samples.mark_embedded(tx, everything, done=False)
        index.drop()
        return
    there = index.ids()
    with store.reading() as tx:
        said, known = samples.embedded(tx), samples.known(tx, there)
    if lost := said - there:
        with store.writing(WORKER) as tx:
            samples.mark_embedded(tx, lost, done=False)
    index.remove(there - known)


def _batch(intent_id: str, done: int) -> int:
    """Embed one batch; returns its size. The note in the store comes last: killed before it, it is done again."""
    with store.reading() as tx:
        rows = samples.waiting(tx, BATCH)
        ready, everything = samples.embedding(tx)
    total = done + everything - ready
    if not rows:
        return 0
    jobs.progress(intent_id, done, total, "Loading the embedder" if not vectors.loaded() else "Embedding samples")
    try:
        found = vectors.embed([row.text for row in rows])
    except RuntimeError as error:
        raise Unavailable(
            f"The samples cannot be embedded: {error}. Nothing is lost; exemplars are chosen by words until then.",
            "Run `make setup`, start Timbre again, then press 'Embed now' on the Samples page.",
        ) from error
    index.put([r.id for r in rows], [r.author_id for r in rows], [r.text for r in rows], found)
    with store.writing(WORKER) as tx:
        samples.mark_embedded(tx, [row.id for row in rows])
    jobs.progress(intent_id, done + len(rows), total, "Embedding samples")
    return len(rows)


def _tidy(_intent_id: str) -> None:
    index.tidy()
