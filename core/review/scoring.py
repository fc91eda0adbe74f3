"""A post's scores: of its text as it is now. What is kept with the post is brought up to date by the worker."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, Final

import structlog

from core import authors, claims, jobs, store, voice
from core.people import WORKER
from core.review.lifecycle import EDITABLE
from core.store import posts
from core.store.base import now as present
from core.store.tables import Post
from core.voice import Measured, words

log = structlog.get_logger()
OF_VOICE: Final = ("likeness", "style", "topic", "generic")
RESTED = timedelta(seconds=60)
"""A text that nobody has changed for so long is measured by the worker: not every pause in somebody's typing."""
BATCH = 20
_running = threading.Lock()


def now(post: Post) -> dict[str, Any]:
    """The scores of the text as it is, measured now, as the API gives them."""
    name = authors.get(post.author_id).name
    measured = voice.measure(post.author_id, post.text)
    return _flat({**(post.scores or {}), **words.scores(measured, name)}, measured)


def kept(post: Post) -> dict[str, Any]:
    """The scores that are kept, as the API gives them; what is of another text or version is not given."""
    scores = post.scores or {}
    found = _of_this_text(post)
    if found is not None:
        return _flat(scores, found)
    reason = "Not measured since the text or the measure changed; read the post itself to have it measured."
    rest = {name: value for name, value in scores.items() if name not in (*OF_VOICE, "voice")}
    return {
        **rest, **dict.fromkeys(OF_VOICE), "evidence": "not measured", "reason": reason, "version": voice.version()
    }  # fmt: skip


def bring_up_to_date(limit: int = BATCH) -> int:
    """Measure posts whose kept scores are of another text or version, and keep what was found; how many (worker)."""
    with store.reading() as tx:
        open_ones = posts.listed(tx, EDITABLE)
    before = present() - RESTED
    waiting = [p for p in open_ones if p.text.strip() and p.updated_at < before and _of_this_text(p) is None][:limit]
    for post in waiting:
        name = authors.get(post.author_id).name
        scores = words.scores(voice.measure(post.author_id, post.text), name)
        claimed = claims.rescored(post)
        scores |= {"claims": claimed} if claimed is not None else {}
        with store.writing(WORKER) as tx:
            row = posts.locked(tx, post.id)
            if row.text == post.text:  # else somebody has changed it meanwhile: another time
                row.scores = {**(row.scores or {}), **scores}
    return len(waiting)


@jobs.periodic(30)
def look() -> None:
    """In a thread of its own: a profile that must be fitted first would keep the dispatcher waiting."""
    if not _running.locked():
        threading.Thread(target=_look, name="scores", daemon=True).start()


def _look() -> None:
    with _running:
        try:
            bring_up_to_date()
        except Exception:
            log.exception("scores of posts")


def _of_this_text(post: Post) -> Measured | None:
    found = voice.restored((post.scores or {}).get("voice") or {})
    if found is None or found.of != voice.digest(post.text) or found.version != voice.version():
        return None
    return found


def _flat(scores: dict[str, Any], measured: Measured) -> dict[str, Any]:
    """The figures by name, their meaning in words, and the run's other scores as they are."""
    rest = {name: value for name, value in scores.items() if name not in (*OF_VOICE, "voice")}
    return {
        **rest,
        "style": measured.style,
        "topic": measured.topic,
        "likeness": measured.likeness,
        "typical": list(measured.typical) if measured.typical else None,
        "evidence": measured.evidence,
        "reason": measured.reason,
        "generic": measured.generic,
        "version": measured.version,
        "meaning": {name: scores[name]["meaning"] for name in OF_VOICE if name in scores},
    }
