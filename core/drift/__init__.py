"""Drift: whether an author's voice has changed, since when, how, and what was decided about it.

Pages only read what the worker found: what measures is imported where it is called.
"""

from __future__ import annotations

from core.drift.commands import (
    acknowledge,
    brief_from_alarm,
    exclude_posts,
    keep_note,
    reopen,
    request,
    set_baseline,
    take_back_posts,
)
from core.drift.views import alarm, alarms, state, states
from core.drift.weeks import digest, digest_markdown, digest_pdf

__all__ = [
    "acknowledge",
    "alarm",
    "alarms",
    "brief_from_alarm",
    "check",
    "check_all",
    "digest",
    "digest_markdown",
    "digest_pdf",
    "exclude_posts",
    "keep_note",
    "reopen",
    "request",
    "set_baseline",
    "state",
    "states",
    "take_back_posts",
]


def check(author_id: str) -> bool:
    """Judge an author anew; True where an alarm was opened (core.drift.judging). Raises NotFound."""
    from core.drift import judging

    return judging.check(author_id)


def check_all() -> int:
    """Judge every author of whom something changed; how many there were."""
    from core.drift import judging

    return judging.check_all()
