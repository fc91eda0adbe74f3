"""Voices that have changed, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from core import authors, drift
from core.drift import say
from core.store.tables import Alarm
from routes.shared import author_id, router

routes = router("drift")


class AlarmOut(BaseModel):
    """A change in an author's voice. It says that the writing changed, not who wrote it."""

    id: str
    author: str
    status: Literal["open", "acknowledged", "passed"]
    standing: bool = Field(description="whether the newest posts still show it")
    title: str
    since: datetime | None = Field(description="about when; null where posts have no dates")
    number: int = Field(description="the first post after it in the author's order, from 1")
    interval: list[int] = Field(description="first and last post between which the change most likely lies")
    effect: float | None = Field(description="its size in the author's own spreads")
    posts_since: int
    changed: list[str]
    note: str
    opened_at: datetime
    closed_by: str
    closed_at: datetime | None
    new_baseline: bool


@routes.get("/drift")
def list_alarms(
    author: str | None = None,
    status: Annotated[Literal["open", "all"], Query(description="open: what waits for a person")] = "open",
) -> list[AlarmOut]:
    """Voices that have changed: alarms over all authors, those that still stand first, then the newest change."""
    wanted = author_id(author)
    names = {a.id: a.name for a in authors.listed()}
    found = drift.alarms(open_only=status == "open")
    return [_alarm(a, names[a.author_id]) for a in found if a.author_id in names and wanted in (None, a.author_id)]


def _alarm(a: Alarm, name: str) -> AlarmOut:
    same = ("id", "status", "standing", "number", "note", "closed_by", "closed_at", "new_baseline")
    found = a.finding
    return AlarmOut(
        **{field: getattr(a, field) for field in same},
        author=a.author_id,
        title=say.title(a, name),
        since=a.changed_at,
        interval=[found.get("low", a.number), found.get("high", a.number)],
        effect=found.get("effect"),
        posts_since=found.get("since", 0),
        changed=say.changed(a),
        opened_at=a.created_at,
    )
