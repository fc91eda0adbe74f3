"""What came of a post: numbers that people read off LinkedIn and type in. Whole numbers, kept with post or sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core import store
from core.errors import Denied, NotFound
from core.review.changing import change
from core.review.lifecycle import MEASURED, MOVES, PUBLISHED, has_role
from core.store import Actor, Writing, posts, samples
from core.store.tables import Post

METRICS: Final = ("impressions", "reactions", "comments", "reposts", "clicks")
MOST: Final = 10**12
"""Beyond that it is a slip of the finger."""


def checked(values: Mapping[str, Any]) -> tuple[dict[str, int | None], list[str]]:
    """(the numbers that can be kept, None where one was taken out; a sentence for each that cannot)."""
    good: dict[str, int | None] = {}
    wrong: list[str] = []
    for name, value in values.items():
        if name not in METRICS:
            wrong.append(f"There is no measure {name}.")
        elif value is None or value == "":
            good[name] = None
        elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
            good[name] = value
        else:
            wrong.append(f"{name.capitalize()} {value} is not a whole number of 0 or more, so it was not taken over.")
    return good, wrong


def record(record_id: str, values: Mapping[str, Any], actor: Actor) -> list[str]:
    """Keep what was measured of a post or a sample, by its id; what is not given stays. Who and when is in the log.

    A Published post with numbers becomes Measured. Returns a sentence for each value that could not be kept. Raises
    Denied for readers, NotFound.
    """
    if not has_role(actor, "editor"):
        raise Denied("You may not enter results: your role is reader.", "Ask an editor or an approver to do it.")
    good, wrong = checked(values)
    if not good:
        return wrong
    try:
        change(record_id, actor, lambda tx, post: _of_post(tx, post, good))
    except NotFound:
        with store.writing(actor) as tx:
            row = samples.get(tx, record_id)
            samples.measure(tx, row, _joined(row.metrics, good))
    return wrong


def line(metrics: Mapping[str, Any]) -> str:
    """`1,240 impressions, 31 reactions, 1 comment`; empty where nothing was measured."""
    found = [(name, metrics.get(name)) for name in METRICS]
    return ", ".join(f"{n:,} {name.removesuffix('s') if n == 1 else name}" for name, n in found if isinstance(n, int))


def _of_post(tx: Writing, post: Post, good: Mapping[str, int | None]) -> None:
    fresh = _joined(post.metrics, good)
    if fresh == post.metrics:
        return
    post.metrics = fresh
    if post.status == PUBLISHED and line(fresh) and MEASURED in MOVES[post.status]:
        post.status = MEASURED
        posts.add_note(tx, post, "measured", line(fresh))


def _joined(before: Mapping[str, Any], good: Mapping[str, int | None]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **good}.items() if value is not None}
