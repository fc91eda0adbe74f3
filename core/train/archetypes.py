"""Archetypes of voices: asking for a look, and what people do with what was found. Every edit is audited."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics import archetypes as voices
from analytics.facets import facets
from core import jobs, store
from core.errors import Conflict, Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, Writing, archetypes, authors
from core.store.base import now
from core.store.tables import Intent
from core.store.tables_training import Archetype
from core.train.grouping import KIND, MEASURES, assign, describe, material

LONGEST = 80
FEWEST, MOST = 2, 20


def look(actor: Actor, k: int | None = None) -> str:
    """Ask for a new grouping of all authors (`k`: into so many); the id of the job. Raises Denied, Invalid."""
    _may(actor)
    if k is not None and not FEWEST <= k <= MOST:
        raise Invalid(f"{k} archetypes cannot be made.", f"Choose from {FEWEST} to {MOST}, or let Timbre choose.")
    return jobs.request(KIND, {"k": k}, actor, KIND)


def last_look() -> Intent | None:
    """The newest look: its state, and its result as `grouping.regroup` gives it."""
    found = jobs.recent(KIND, 1)
    return found[0] if found else None


def listed() -> list[Archetype]:
    """Those in force, the oldest first."""
    with store.reading() as tx:
        return archetypes.listed(tx)


def get(archetype_id: str) -> Archetype:
    """One in force. Raises NotFound."""
    with store.reading() as tx:
        return archetypes.get(tx, archetype_id)


def own(author_id: str) -> Archetype | None:
    """The archetype that an author belongs to."""
    return next((row for row in listed() if _member(row, author_id)), None)


def of_author(author_id: str) -> list[tuple[Archetype, float]]:
    """How far an author lies from each archetype, the nearest first; 1 is how far two authors usually lie apart.

    Empty where nothing can be said: no archetypes, or no measured post of theirs. A few milliseconds.
    """
    rows = [row for row in listed() if row.clustering.get("measures") == MEASURES]
    if not rows:
        return []
    points = {a: point for row in rows for a, point in row.clustering["points"].items()}
    point = points.get(author_id) or _placed(author_id, rows[0])
    if point is None:
        return []
    found = [(row, _apart(point, row)) for row in rows]
    return sorted(found, key=lambda pair: pair[1])


def _apart(point: Sequence[float], row: Archetype) -> float:
    kept = row.clustering
    return float(np.linalg.norm(np.array(point) - np.array(kept["centre"])) / kept["usual"])


def _placed(author_id: str, row: Archetype) -> Sequence[float] | None:
    """Where somebody lies who had no part in the look."""
    with store.reading() as tx:
        values = material(tx, [author_id]).values.get(author_id)
    if values is None or len(values := voices.usable(values)) < voices.MIN_POSTS:
        return None
    kept = row.clustering
    space = voices.Space(np.array(kept["middle"]), np.array(kept["within"]), np.array(kept["between"]), kept["usual"])
    return list(space.point(facets(values)))


# ---- what people do -------------------------------------------------------------------------------------------


def rename(archetype_id: str, name: str, actor: Actor) -> Archetype:
    """Call it something else; an empty name puts the proposed one back. Raises Denied, NotFound, Invalid, Conflict."""
    _may(actor)
    said = " ".join(name.split())
    if len(said) > LONGEST or not said.isprintable():
        raise Invalid(f"A name has at most {LONGEST} characters.", "Use a few words that the team will recognise.")
    with store.writing(actor) as tx:
        archetypes.hold(tx)
        row = archetypes.get(tx, archetype_id)
        wanted = said or row.proposed
        if any(o.id != row.id and o.name.casefold() == wanted.casefold() for o in archetypes.listed(tx)):
            raise Conflict(f"Another archetype is called {wanted} already. Nothing was changed.", "Use another name.")
        row.name, row.named = wanted, bool(said)
        return row


def pin(archetype_id: str, pinned: bool, actor: Actor) -> Archetype:
    """Hold an archetype as it is, or let the next look change it again. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        archetypes.hold(tx)
        row = archetypes.get(tx, archetype_id)
        row.pinned = pinned
        return row


def pin_member(author_id: str, archetype_id: str | None, actor: Actor) -> None:
    """Put an author into an archetype and hold them there; None: let the next look place them again.

    Raises Denied, NotFound.
    """
    _may(actor)
    with store.writing(actor) as tx:
        archetypes.hold(tx)
        authors.get(tx, author_id)
        rows = archetypes.listed(tx)
        if archetype_id is None:
            for row in rows:
                row.members = [{**m, "pinned": m["pinned"] and m["author"] != author_id} for m in row.members]
            return
        _move(tx, archetypes.get(tx, archetype_id), [author_id], pinned=True)
        _describe(tx)


def split(archetype_id: str, actor: Actor, author_ids: Sequence[str] = (), name: str = "") -> Archetype:
    """Make two of one: these members leave it together, or (without any) the smaller part, by voice.

    Returns the new one. Raises Denied, NotFound, Invalid.
    """
    _may(actor)
    with store.writing(actor) as tx:
        archetypes.hold(tx)
        row = archetypes.get(tx, archetype_id)
        leaving = list(author_ids) or _smaller_half(tx, row)
        if not 0 < len(leaving) < len(row.members) or not all(_member(row, a) for a in leaving):
            raise Invalid(
                f"{row.name} cannot be split like that: both parts need a member. Nothing was changed.",
                "Choose some of its members, not all of them.",
            )
        made = archetypes.add(tx, "")
        _move(tx, made, leaving)
        _describe(tx)
    return rename(made.id, name, actor) if name.strip() else made


def merge(archetype_ids: Sequence[str], actor: Actor) -> Archetype:
    """Make one of several: the first keeps its name where a person gave it; the others are archived.

    Raises Denied, NotFound, Invalid.
    """
    _may(actor)
    if len(set(archetype_ids)) < 2:
        raise Invalid("Two archetypes are needed to make one of them. Nothing was changed.", "Choose another one too.")
    with store.writing(actor) as tx:
        archetypes.hold(tx)
        into, *rest = [archetypes.get(tx, one) for one in dict.fromkeys(archetype_ids)]
        for row in rest:
            _move(tx, into, [m["author"] for m in row.members])
            row.archived_at = now()
        _describe(tx)
        return into


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look at archetypes, but not change them.", "Ask an editor or an approver.")


def _member(row: Archetype, author_id: str) -> bool:
    return any(m["author"] == author_id for m in row.members)


def _move(tx: Writing, into: Archetype, leaving: Sequence[str], pinned: bool = False) -> None:
    for row in archetypes.listed(tx):
        if row.id != into.id and any(_member(row, a) for a in leaving):
            assign(row, [m["author"] for m in row.members if m["author"] not in leaving])
    assign(into, {*(m["author"] for m in into.members), *leaving}, leaving if pinned else ())


def _describe(tx: Writing) -> None:
    describe(tx, material(tx))


def _smaller_half(tx: Writing, row: Archetype) -> list[str]:
    try:
        return voices.split(material(tx).values, [m["author"] for m in row.members])[1]
    except ValueError:
        return []
