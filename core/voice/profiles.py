"""Authors' voice profiles, kept in memory while neither the samples nor the measure change. Safe in many threads."""

from __future__ import annotations

import threading
import time
import traceback
from collections import OrderedDict, defaultdict
from dataclasses import dataclass

import structlog

from analytics import genericness, voice
from analytics.genericness import Habits
from analytics.voice import Reading, VoiceProfile
from core import store
from core.collect.previews import text_hash
from core.errors import TimbreError, Unavailable
from core.store import authors, readings
from core.store.readings import Revision
from core.store.tables import Author
from core.voice import choices, phrases
from core.voice.readings import newest

log = structlog.get_logger()
NEWEST = 200
"""Posts that a profile is fitted on: the newest say how somebody writes now, and more would be waited for."""
OTHERS = 30
"""Other authors of the team that a profile is told apart from, at most; together they give `voice.TEAM` posts."""
HABITS = 100
"""Newest posts that say how often an author does something: a quarter of a second, once for each phrase list."""
KEPT = 12
RETRY = 30.0
Key = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of an author: the fitted profile, and what it rests on."""

    author_id: str
    key: Key
    profile: VoiceProfile
    texts: tuple[str, ...]
    """What it was fitted on, the oldest first."""
    posts: int
    total: int
    others: int
    hashes: frozenset[str]
    """Of the texts that it was fitted on: none of them is measured without being held out."""


_known: OrderedDict[tuple[str, bool], Known] = OrderedDict()
_apart: OrderedDict[tuple[Key, str], VoiceProfile] = OrderedDict()
_habits: OrderedDict[tuple[Key, tuple[str, ...]], Habits] = OrderedDict()
_readings: OrderedDict[str, tuple[Key, list[Reading]]] = OrderedDict()
_lock = threading.Lock()
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_read: dict[str, tuple[int, int]] = {}
_failed: dict[str, tuple[float, Exception]] = {}
_building: set[tuple[str, bool]] = set()


def profile(author_id: str, background: bool = True) -> VoiceProfile | None:
    """The author's voice profile; None where there is no sample. Fits it where something has changed (2 s at most)."""
    found = known(author_id, background)
    return found.profile if found.posts else None


def known(author_id: str, background: bool = True) -> Known:
    """All that is known of an author's voice, from memory while nothing has changed."""
    key = _now(author_id, background)
    if found := _kept(author_id, background, key):
        return found
    with _turns[author_id]:  # whoever asks meanwhile waits for this one instead of fitting too
        return _kept(author_id, background, key) or _build(author_id, background, key)


def glance(author_id: str, wait: float = 0.25) -> Known | None:
    """For a page, which must not stand still: what is known within `wait` seconds, else what was known before.

    None: nothing yet; it is being fitted in the background, and asking again in a moment will find it. Raises
    Unavailable where that failed; it is tried again after `RETRY` seconds.
    """
    key = _now(author_id, True)
    if found := _kept(author_id, True, key):
        return found
    with _lock:
        at, error = _failed.get(author_id, (0.0, None))
        if error is not None and time.monotonic() - at < RETRY:
            raise _problem(error)
        begin = (author_id, True) not in _building
        _building.add((author_id, True))
    worker = threading.Thread(target=_in_background, args=(author_id, key), name="voice profile", daemon=True)
    if begin:
        worker.start()
        worker.join(wait)
    with _lock:
        return _known.get((author_id, True))


def reading(author_id: str) -> tuple[int, int] | None:
    """How many authors have been read for this one's profile, of how many; None where nothing is being read."""
    return _read.get(author_id)


def _problem(error: Exception) -> TimbreError:
    if isinstance(error, TimbreError):
        return error
    return Unavailable(
        f"The voice cannot be measured: an error of the program ({type(error).__name__}). Nothing else is touched.",
        "Reload the page. If it comes back, the app's log has the details.",
    )


def apart(found: Known, without: str) -> VoiceProfile:
    """The profile as it would be without one of its posts, to measure that post by."""
    with _lock:
        if kept := _apart.get((found.key, without)):
            return kept
    own = [reading for row, reading in newest(found.author_id, NEWEST) if text_hash(row.text) != without]
    made = voice.fit(own, _others(found.author_id) if found.others else ())
    with _lock:
        _apart[found.key, without] = made
        while len(_apart) > KEPT:
            _apart.popitem(last=False)
    return made


def habits(found: Known, listed: tuple[str, ...]) -> Habits:
    """The author's own rates by the phrase list in force; kept, as another list makes others."""
    with _lock:
        if kept := _habits.get((found.key, listed)):
            return kept
    made = genericness.habits(found.texts[-HABITS:], listed)
    with _lock:
        _habits[found.key, listed] = made
        while len(_habits) > KEPT:
            _habits.popitem(last=False)
    return made


def forget() -> None:
    """Empty the memory (tests; a store that was exchanged)."""
    with _lock:
        _known.clear()
        _apart.clear()
        _failed.clear()
        _habits.clear()
        _readings.clear()


# ---- fitting ---------------------------------------------------------------------------------------------------


def _in_background(author_id: str, key: Key) -> None:
    try:
        with _turns[author_id]:
            if not _kept(author_id, True, key):
                _build(author_id, True, key)
    except Exception as error:
        with _lock:
            _failed[author_id] = (time.monotonic(), error)
        # Not log.exception: on a terminal it draws every local variable, thousands of readings among them.
        log.error("voice profile", author=author_id, trace=traceback.format_exc())
    finally:
        with _lock:
            _building.discard((author_id, True))


def _build(author_id: str, background: bool, key: Key) -> Known:
    own = newest(author_id, NEWEST)
    others = _others(author_id) if background and choices.use_team_authors() else []
    with store.reading() as tx:
        total = readings.revisions(tx).get(author_id, (0, "", 0))[0]
    made = Known(
        author_id=author_id,
        key=key,
        profile=voice.fit([reading for _, reading in own], others),
        texts=tuple(row.text for row, _ in own),
        posts=len(own),
        total=total,
        others=len(others),
        hashes=frozenset(text_hash(row.text) for row, _ in own),
    )
    habits(made, phrases.in_force(author_id))  # so that the first text need not wait for them
    with _lock:
        _known[author_id, background] = made
        _known.move_to_end((author_id, background))
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return made


def _others(author_id: str) -> list[list[Reading]]:
    """The newest readings of each author of the background, the authors with the most posts first."""
    with store.reading() as tx:
        revisions = readings.revisions(tx)
        chosen = _background(author_id, authors.every(tx), revisions)
    each = max(voice.MIN_REFERENCES, voice.TEAM // max(1, len(chosen)))
    out = []
    for done, other in enumerate(chosen, 1):
        _read[author_id] = (done, len(chosen) + 1)
        key: Key = (voice.VERSION, each, *revisions[other])
        with _lock:
            kept = _readings.get(other)
        if kept is None or kept[0] != key:
            kept = (key, [reading for _, reading in newest(other, each)])
            with _lock:
                _readings[other] = kept
                while len(_readings) > OTHERS:
                    _readings.popitem(last=False)
        out.append(kept[1])
    _read.pop(author_id, None)
    return out


def _background(author_id: str, everyone: list[Author], revisions: dict[str, Revision]) -> list[str]:
    """Whom the author may be told apart from: not those who refused, and invented authors only from each other."""
    mine = next((a for a in everyone if a.id == author_id), None)
    fit = [
        a.id
        for a in everyone
        if mine is not None
        and a.id != author_id
        and a.archived_at is None
        and a.training_consent is not False
        and a.is_sample == mine.is_sample
        and revisions.get(a.id, (0, "", 0))[0] >= voice.MIN_REFERENCES
    ]
    return sorted(fit, key=lambda id_: (-revisions[id_][0], id_))[:OTHERS]


def _now(author_id: str, background: bool) -> Key:
    """What the profile depends on, as it is at this moment."""
    with store.reading() as tx:
        revisions = readings.revisions(tx)
        used = background and choices.allowed(tx)
        others = _background(author_id, authors.every(tx), revisions) if used else []
    own = revisions.get(author_id, (0, "", 0))
    return (voice.VERSION, genericness.VERSION, own, tuple((other, revisions[other]) for other in others))


def _kept(author_id: str, background: bool, key: Key) -> Known | None:
    with _lock:
        found = _known.get((author_id, background))
        if found is None or found.key != key:
            return None
        _known.move_to_end((author_id, background))
        return found
