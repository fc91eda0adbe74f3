"""Looking for archetypes: the durable job, and what becomes of the ones that are there already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics import archetypes as voices
from analytics import marks
from analytics.archetypes import Clustering
from analytics.facets import MIN_WORDS
from analytics.facets import VERSION as FACETS_VERSION
from analytics.features import NAMES, VERSION, Matrix
from core import jobs, store, style
from core.errors import Invalid
from core.people import WORKER
from core.store import Reading, Writing, archetypes
from core.store.base import now
from core.store.tables_training import Archetype

KIND = "archetypes"
MEASURES = f"{VERSION}/{FACETS_VERSION}"
"""Points of other measures lie in another space."""
ALIKE = 1 / 3
"""A group that has most of an archetype's members, and shares so many of all, is that archetype found again."""
EXAMPLES = 6


@dataclass(frozen=True, eq=False)
class Material:
    """What authors are grouped by: for each the features of the newest posts, the oldest first, and their ids."""

    values: dict[str, Matrix]
    ids: dict[str, list[str]]


def material(tx: Reading, author_ids: Sequence[str] | None = None) -> Material:
    """Of everybody who may be grouped, or of these: measured posts only.

    Who refused training is left out, and invented authors are grouped only where there are too few real ones.
    """
    willing = archetypes.willing(tx)
    wanted = list(willing) if author_ids is None else [a for a in author_ids if a in willing]
    rows: defaultdict[str, list[bytes]] = defaultdict(list)
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for author, sample, packed in archetypes.measured(tx, VERSION, wanted, voices.NEWEST):
        if len(packed) == 4 * len(NAMES):
            rows[author].append(packed)
            ids[author].append(sample)
    values = {a: np.frombuffer(b"".join(some), np.float32).reshape(-1, len(NAMES)) for a, some in rows.items()}
    values = {a: v for a, v in values.items() if len(voices.usable(v))}
    if author_ids is None:
        real = {a: v for a, v in values.items() if not willing[a]}
        enough = sum(len(voices.usable(v)) >= voices.MIN_POSTS for v in real.values()) >= voices.MIN_AUTHORS
        values = real if enough else values
    return Material(values, dict(ids))


# ---- the job --------------------------------------------------------------------------------------------------


@jobs.workflow(KIND, queue="train-light")
def run(intent_id: str) -> dict[str, Any]:
    """Measure what is not measured yet, then group; both may be done again without harm."""
    jobs.step(_measure, intent_id, name="measure")
    found: dict[str, Any] = jobs.step(_group, intent_id, name="group")
    return found


def _measure(intent_id: str) -> None:
    with store.reading() as tx:
        waiting = list(archetypes.willing(tx))
    for done, author_id in enumerate(waiting):
        jobs.progress(intent_id, done, len(waiting) + 1, "Measuring posts")
        while style.measure_missing(author_id, WORKER):
            jobs.progress(intent_id, done, len(waiting) + 1, "Measuring posts")


def _group(intent_id: str) -> dict[str, Any]:
    k = jobs.get(intent_id).payload.get("k")
    jobs.progress(intent_id, 1, 2, "Grouping the authors, again and again from half of their posts")
    try:
        return regroup(k)
    except Invalid as few:  # an answer, not a failure of the job
        return {"seen": False, "why": str(few.message), "hint": few.hint}


def regroup(k: int | None = None) -> dict[str, Any]:
    """Group all authors who are in no pinned archetype and keep what was found; where nothing is to be seen, nothing
    changes. Returns {seen, k, stability, shuffled, authors, left_out}. Raises Invalid for too few authors.
    """
    with store.reading() as tx:
        known = material(tx)
        kept = {m["author"] for row in archetypes.listed(tx) if row.pinned for m in row.members}
    free = {author: values for author, values in known.values.items() if author not in kept}
    try:
        found = voices.cluster(free, k)
    except ValueError as problem:
        raise Invalid(_too_few(free, k), "Import more writing, or add authors.") from problem
    record = {
        "seen": found.outcome.seen,
        "k": found.k,
        "stability": round(found.outcome.stability, 3),
        "shuffled": round(found.outcome.shuffled, 3),
        "authors": len(found.authors),
        "left_out": len(found.left_out),
        "tried": {str(n): [round(a, 3), round(b, 3)] for n, (a, b) in found.outcome.tried.items()},
    }
    if found.outcome.seen:
        groups = [
            {a for a, label in zip(found.authors, found.labels, strict=True) if label == at} for at in range(found.k)
        ]
        with store.writing(WORKER) as tx:
            archetypes.hold(tx)
            _keep(tx, known, groups, {**record, "at": now().isoformat()})
    return record


def _too_few(free: Mapping[str, Matrix], k: int | None) -> str:
    n = sum(len(voices.usable(v)) >= voices.MIN_POSTS for v in free.values())
    if n >= voices.MIN_AUTHORS:
        return f"{n} authors cannot be put into {k} archetypes. Nothing was changed."
    return (
        f"Archetypes need {voices.MIN_AUTHORS} authors with {voices.MIN_POSTS} posts of {MIN_WORDS} words or "
        f"more; there are {n}. Nothing was changed."
    )


def _keep(tx: Writing, known: Material, groups: list[set[str]], look: dict[str, Any]) -> None:
    """Put groups in the place of the archetypes that are not pinned; one that is found again keeps its name."""
    rows = [row for row in archetypes.listed(tx) if not row.pinned]
    stay = {m["author"]: row.id for row in rows for m in row.members if m.get("pinned")}
    placed: dict[str, set[str]] = {}
    free = [group - stay.keys() for group in groups]
    again = _again(rows, free)
    for at, group in enumerate(free):
        if group:
            placed[again.get(at) or archetypes.add(tx, "").id] = group
    for author, row_id in stay.items():
        placed.setdefault(row_id, set()).add(author)
    for row in archetypes.listed(tx):
        if not row.pinned:
            assign(row, placed.get(row.id, ()))
    describe(tx, known, look)


def _again(rows: Sequence[Archetype], groups: Sequence[set[str]]) -> dict[int, str]:
    """Which groups are archetypes found again (place -> id), by the authors that they share; held members aside."""
    pairs = []
    for row in rows:
        own = {m["author"] for m in row.members if not m.get("pinned")}
        for at, group in enumerate(groups):
            shared = len(own & group)
            if 2 * shared > len(own) and shared >= ALIKE * len(own | group):
                pairs.append((shared / len(own | group), at, row.id))
    out: dict[int, str] = {}
    for _, at, row_id in sorted(pairs, reverse=True):
        if at not in out and row_id not in out.values():
            out[at] = row_id
    return out


# ---- what is said of archetypes -------------------------------------------------------------------------------


def assign(row: Archetype, author_ids: Iterable[str], pinned: Collection[str] = ()) -> None:
    """Make these the members; who was one already keeps what was said of them, `pinned` ones are held from now on."""
    there = {m["author"]: m for m in row.members}
    row.members = [
        {**there.get(a, {"author": a, "pinned": False}), **({"pinned": True} if a in pinned else {})}
        for a in sorted(author_ids)
    ]


def describe(tx: Writing, known: Material, look: Mapping[str, Any] | None = None) -> None:
    """Say anew of every archetype what marks it, where its members lie, and what it is called unless a person said.

    One that nobody is left in is archived. `look`: what the grouping said of itself; None: it was changed by hand.
    """
    for row in archetypes.listed(tx):
        if not row.members:
            row.archived_at = now()
    rows = [r for r in archetypes.listed(tx) if any(m["author"] in known.values for m in r.members)]
    groups = {m["author"]: at for at, row in enumerate(rows) for m in row.members if m["author"] in known.values}
    if not rows:
        return
    found = voices.grouped(known.values, groups)
    said = marks.names(found.marks, [row.name for row in rows if row.named or row.pinned])
    for at, row in enumerate(rows):
        row.proposed = said[at]
        if not row.named and not (row.pinned and row.name):
            row.name = said[at]
        row.marks = [asdict(mark) for mark in found.marks[at]]
        shown = _examples(known, found, at)
        row.members = [_member(member, found, at, shown) for member in row.members]
        row.examples = list(shown.values())[:EXAMPLES]
        before = dict(row.clustering) if look is None else dict(look)
        row.clustering = {**before, "by_hand": look is None, **_space(found, at)}


def _member(member: Mapping[str, Any], found: Clustering, at: int, shown: Mapping[str, str]) -> dict[str, Any]:
    """A member with where they lie; without posts that say it, only that they are one."""
    kept = {"author": member["author"], "pinned": bool(member.get("pinned"))}
    if member["author"] not in found.authors:
        return {**kept, "distance": None, "x": None, "y": None, "example": None}
    place = found.authors.index(member["author"])
    x, y = (_short(value) for value in found.xy[place])
    away = _short(found.distances[place, at])
    return {**kept, "distance": away, "x": x, "y": y, "example": shown[member["author"]]}


def _examples(known: Material, found: Clustering, at: int) -> dict[str, str]:
    """The post of each member that shows the marks most plainly: author -> sample, the most typical author first."""
    near = [found.authors[n] for n in np.argsort(found.distances[:, at]) if found.labels[n] == at]
    scores = {author: marks.telling(known.values[author], found.marks[at]) for author in near}
    return {author: known.ids[author][int(np.argmax(score))] for author, score in scores.items()}


def _space(found: Clustering, at: int) -> dict[str, Any]:
    """All that it takes to say later how far somebody else lies from this archetype."""
    own = {a: _row(found.points[n]) for n, a in enumerate(found.authors) if found.labels[n] == at}
    return {
        "measures": MEASURES,
        "centre": _row(found.centres[at]),
        "middle": _row(found.space.middle),
        "within": _row(found.space.within),
        "between": _row(found.space.between),
        "usual": _short(found.space.usual),
        "shown": _short(found.shown),
        "axes": list(found.axes),
        "points": own,
    }


def _row(values: Iterable[float]) -> list[float]:
    return [_short(value) for value in values]


def _short(value: float) -> float:
    return float(f"{value:.5g}")
