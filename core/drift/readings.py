"""Readings of an author's samples and approved posts, kept in the store so that no text is read twice."""

from __future__ import annotations

from collections.abc import Callable

from analytics import voice
from core import store
from core.people import WORKER
from core.store import drift
from core.store import readings as samples
from core.voice import readings

BATCH = 50
"""Texts a turn: a second or two, after which a person may have asked to stop."""
Progress = Callable[[int], None]


def measure_missing(author_id: str, progress: Progress | None = None) -> None:
    """Read what this version has not read: samples (core.voice) and approved posts; says how many are left."""
    with store.reading() as tx:
        left = samples.waiting(tx, voice.VERSION, author_id)
        posts = drift.unread_posts(tx, author_id, voice.VERSION)
    while left:
        if progress is not None:
            progress(left)
        before, left = left, readings.measure_missing(BATCH, author_id)
        if left >= before:
            break  # they cannot be kept now: a later check goes on
    for id_, text, text_hash in posts:
        packed = voice.pack(voice.read(text))
        with store.writing(WORKER) as tx:
            drift.keep_post_reading(tx, id_, text_hash, packed, voice.VERSION)


def of_author(author_id: str) -> dict[str, voice.Reading]:
    """The readings of an author's samples and approved posts, by id. What cannot be unpacked is left out."""
    out = {}
    with store.reading() as tx:
        for id_, packed in drift.readings(tx, author_id, voice.VERSION):
            try:
                out[id_] = voice.unpack(packed)
            except ValueError:
                continue
    return out
