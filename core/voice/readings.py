"""What analytics.voice reads of the samples, kept with them, so that no text is read twice by one version."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np

from analytics import voice
from analytics.features import NAMES, Vector
from analytics.features import VERSION as MEASURED
from analytics.voice import Reading
from core import store
from core.errors import TimbreError
from core.people import WORKER
from core.store import readings
from core.store.readings import Own

BATCH = 50
"""Texts read between two writes: each write is a matter of milliseconds."""


def newest(author_id: str, limit: int) -> list[tuple[Own, Reading]]:
    """The newest samples of an author with their readings, the oldest first; what is missing is read and kept."""
    with store.reading() as tx:
        rows = readings.newest(tx, author_id, voice.VERSION, MEASURED, limit)
    known = {row.id: found for row in rows if (found := _unpacked(row.reading)) is not None}
    missing = [(row.id, row.text, row.features) for row in rows if row.id not in known]
    for start in range(0, len(missing), BATCH):
        known |= _read(missing[start : start + BATCH])
    return [(row, known[row.id]) for row in rows]


def measure_missing(limit: int = 4 * BATCH, author_id: str | None = None) -> int:
    """Read up to `limit` samples that this version has not read, in short batches; how many are left (worker)."""
    with store.reading() as tx:
        missing = readings.unread(tx, voice.VERSION, MEASURED, limit, author_id)
    for start in range(0, len(missing), BATCH):
        _read(missing[start : start + BATCH])
    with store.reading() as tx:
        return readings.waiting(tx, voice.VERSION, author_id)


def _read(texts: Sequence[tuple[str, str, bytes | None]]) -> dict[str, Reading]:
    found = {id_: voice.read(text, _vector(kept)) for id_, text, kept in texts}
    # A store that cannot be written (a full disk) does not keep anybody from looking.
    with contextlib.suppress(TimbreError), store.writing(WORKER) as tx:
        readings.keep(tx, {id_: voice.pack(reading) for id_, reading in found.items()}, voice.VERSION)
    return found


def _vector(kept: bytes | None) -> Vector | None:
    """The features measured when the sample came in, where they are whole."""
    return np.frombuffer(kept, dtype=np.float32) if kept and len(kept) == 4 * len(NAMES) else None


def _unpacked(kept: bytes | None) -> Reading | None:
    if kept is None:
        return None
    try:
        return voice.unpack(kept)
    except ValueError:  # of another version after all
        return None
