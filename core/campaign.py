"""A campaign: one idea for several authors, each with an angle and a leading point of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from analytics.overlap import overlap
from core import store
from core.errors import Conflict, Denied, Invalid
from core.generate import angles, diversity, promise
from core.generate import commands as generate
from core.generate.asks import Ask, asks
from core.generate.brief import BriefFields, complete, draft
from core.review.lifecycle import has_role
from core.store import Actor, authors, runs
from core.store import campaigns as rows
from core.store.tables import Run, Variant
from core.store.tables_writing import Campaign

MOST = 20
"""Authors of one campaign."""
MOST_POINTS = 30
"""As many as a brief holds."""
AGAIN = 100
"""What a kind or a leading point costs when it is given a second time: more than any order of preference."""
_NEVER = 10_000
ALIKE = 0.25
"""Share of three-word runs in common from which two posts read alike."""


@dataclass(frozen=True)
class Member:
    """What one author writes: these points, the first of them leading. `words` are points that only they make; `story`:
    whether the seed story is theirs to tell.
    """

    author: str
    kind: str
    title: str
    why: str
    points: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    story: bool = True

    @property
    def lead(self) -> str:
        """The point that carries it; "" where there is none."""
        return self.points[0] if self.points else ""


@dataclass(frozen=True)
class Standing:
    """A member of a campaign now. `variant` is the one of the planned angle where it came out well, else the best."""

    member: Member
    name: str
    run: Run | None
    variant: Variant | None


@dataclass(frozen=True)
class View:
    """A campaign as a page shows it. `alike`: pairs of names with the share of three-word runs in common."""

    campaign: Campaign
    members: list[Standing]
    alike: list[tuple[str, str, float]]

    @property
    def started(self) -> bool:
        """Whether any author's run was asked for."""
        return any(m.run is not None for m in self.members)

    @property
    def missing(self) -> int:
        """Members without a run."""
        return sum(m.run is None for m in self.members)


# ---- assigning -----------------------------------------------------------------------------------------------


def assign(
    fields: Mapping[str, Any], words: Mapping[str, Sequence[str]], teller: str = "", every: bool = False
) -> list[Member]:
    """Who takes which angle, for author ids with the points that only they make. Raises Invalid, NotFound.

    Kinds of angle and leading points are each given out once as far as they go round, and so that together the authors
    get what fits their habits best (Hungarian method). Besides their own, each makes about half of the shared points,
    or with `every` all of them. The story is told by `teller` alone; by all where "".
    """
    with store.reading() as tx:
        names = {author: authors.get(tx, author).name for author in words}
    briefs = {author: _complete(names[author], _own(fields, words[author], author, teller)) for author in words}
    lately = {author: diversity.recent(author) for author in briefs}
    fitting = {
        author: dict(angles.ranked(brief, promise.usual(author), promise.one_block(author), lately[author]))
        for author, brief in briefs.items()
    }
    orders = {author: [kind.name for kind in found] for author, found in fitting.items()}
    kinds = given_out(orders)
    leads = given_out({a: _leads(brief, words[a], lately[a]) for a, brief in briefs.items()})
    holders = {kind: names[author] for author, kind in reversed(kinds.items())}
    out = []
    for turn, (author, name) in enumerate(kinds.items()):
        kind = angles.BY_NAME[name]
        why = _why(fitting[author][kind], orders[author][0], name, holders)
        points = _points(briefs[author].points, words[author], leads.get(author, ""), turn, every)
        told = bool(briefs[author].story)
        out.append(Member(author, name, kind.title, why, points, tuple(words[author]), told))
    return out


def _complete(name: str, fields: dict[str, Any]) -> BriefFields:
    """The brief of an author. Raises Invalid, which says whose it is."""
    try:
        return complete(fields)
    except Invalid as error:
        raise Invalid(f"{name}: {error.message}", error.hint) from None


def _points(points: Sequence[str], own: Sequence[str], lead: str, turn: int, every: bool) -> tuple[str, ...]:
    """An author's points, the leading one first: their own, and half of the shared ones, other ones in turn."""
    first = [lead] if lead else []
    mine = [p for p in points if p in own and p != lead]
    shared = [p for p in points if p not in own and p != lead]
    if not every and len(shared) > 1:
        start = turn % len(shared)
        shared = [*shared[start:], *shared[:start]][: (len(shared) + 1) // 2]
    return (*first, *mine, *shared)


def given_out(wanted: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """One thing for each taker, from lists in the order of preference: none twice where that can be avoided."""
    takers = [taker for taker, things in wanted.items() if things]
    things = list(dict.fromkeys(thing for taker in takers for thing in wanted[taker]))
    if not takers:
        return {}
    cost = np.full((len(takers), len(things) * len(takers)), _NEVER)
    for row, taker in enumerate(takers):
        for place, thing in enumerate(wanted[taker]):
            for copy in range(len(takers)):
                cost[row, things.index(thing) + copy * len(things)] = place + AGAIN * copy
    found = linear_sum_assignment(cost)
    return {takers[row]: things[column % len(things)] for row, column in zip(*found, strict=True)}


def _leads(brief: BriefFields, own: Sequence[str], lately: diversity.Patterns) -> list[str]:
    """The points that may lead, the author's own words first."""
    order = [brief.points[at] for at in angles.leads(brief, lately)]
    return sorted(order, key=lambda point: point not in own)


def _why(fits: str, first: str, kind: str, holders: Mapping[str, str]) -> str:
    fits = fits.replace("put back: ", "given all the same, although ")  # a plan of one author would put it back
    said = fits[:1].upper() + fits[1:]
    if kind == first or first not in holders:
        return f"{said}."
    return f"{said}. “{angles.BY_NAME[first].title}” goes to {holders[first]}."


def _own(fields: Mapping[str, Any], extra: Sequence[str], author: str, teller: str) -> dict[str, Any]:
    """The shared brief as this author may write from it: their own points first, the story only where it is theirs."""
    shared = BriefFields.model_validate(draft(dict(fields))).points
    points = [*extra, *(p for p in shared if p not in extra)][:MOST_POINTS]
    return {**fields, "points": points, **({"story": ""} if teller not in ("", author) else {})}


def questions(fields: Mapping[str, Any], member: Member) -> list[Ask]:
    """What only this author could say and their brief does not hold; nothing is invented in its place."""
    return asks(BriefFields.model_validate(draft(_brief(fields, member))))


def _brief(fields: Mapping[str, Any], member: Member) -> dict[str, Any]:
    """What this author writes from: their point leads, their angle is asked for."""
    return {
        **fields,
        "points": list(member.points),
        "angle": member.kind,
        **({} if member.story else {"story": ""}),
    }


# ---- commands ------------------------------------------------------------------------------------------------


def plan(
    fields: Mapping[str, Any],
    words: Mapping[str, Sequence[str]],
    actor: Actor,
    campaign_id: str | None = None,
    teller: str = "",
    every: bool = False,
) -> Campaign:
    """Keep a campaign with its preview (see `assign`); nothing is written yet. `campaign_id`: in the place of that one.

    Raises Invalid, which names what is missing, Conflict for one that was started, Denied for readers.
    """
    _may(actor)
    if not 2 <= len(words) <= MOST:
        raise Invalid("A campaign is for several authors.", f"Choose 2 to {MOST} of them.")
    members = [asdict(member) for member in assign(fields, words, teller, every)]
    kept, title = draft(dict(fields)), str(fields.get("topic") or "").strip().split("\n")[0][:300]
    with store.writing(actor) as tx:
        if campaign_id is None:
            return rows.add(tx, title, kept, members)
        row = rows.locked(tx, campaign_id)
        if rows.briefs(tx, campaign_id):
            raise Conflict("This campaign was started; it was not changed.", "Begin a new one.")
        row.title, row.fields, row.members = title, kept, members
        return row


def start(campaign_id: str, actor: Actor) -> int:
    """A brief and a run for every member that has none yet; returns how many were begun. Asking again begins the rest.

    Raises NotFound, Denied, Invalid, and Unavailable where no model is set.
    """
    _may(actor)
    with store.writing(actor) as tx:
        row = rows.locked(tx, campaign_id)
        made = rows.briefs(tx, campaign_id)
        for one in map(_member, row.members):
            if one.author not in made:
                brief = runs.add_brief(tx, one.author, _brief(row.fields, one))
                brief.campaign_id = campaign_id
                made[one.author] = brief
        running = rows.runs(tx, [brief.id for brief in made.values()])
    waiting = [brief for brief in made.values() if brief.id not in running]
    for brief in waiting:
        generate.start(brief.id, actor)
    return len(waiting)


def get(campaign_id: str) -> View:
    """A campaign with the state of every run, and how alike the results are. Raises NotFound."""
    with store.reading() as tx:
        row = rows.get(tx, campaign_id)
        briefs = rows.briefs(tx, campaign_id)
        running = rows.runs(tx, [brief.id for brief in briefs.values()])
        names = {author.id: author.name for author in authors.every(tx)}
    members = []
    for one in map(_member, row.members):
        run = running.get(briefs[one.author].id) if one.author in briefs else None
        seen = generate.run(run.id) if run else None
        variant = _shown(seen.variants, one.kind) if seen else None
        members.append(Standing(one, names.get(one.author, "An author"), seen.run if seen else None, variant))
    return View(row, members, _alike(members))


def listed(limit: int = 10) -> list[Campaign]:
    """The newest campaigns first."""
    with store.reading() as tx:
        return rows.listed(tx, limit)


def _member(record: Mapping[str, Any]) -> Member:
    lists = {name: tuple(record.get(name) or ()) for name in ("points", "words")}
    return Member(**{**record, **lists})


def _shown(variants: Sequence[Variant], kind: str) -> Variant | None:
    good = [v for v in variants if v.status == "ok"]
    return next((v for v in good if v.angle.get("kind") == kind), good[0] if good else None)


def _alike(members: Sequence[Standing]) -> list[tuple[str, str, float]]:
    there = [(m.name, m.variant.text) for m in members if m.variant is not None]
    pairs = [
        (one, other, overlap(text, against))
        for at, (one, text) in enumerate(there)
        for other, against in there[at + 1 :]
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not begin a campaign.", "Ask an editor or an approver of your team.")
