"""What lessons are learned from, read in few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics import text
from core.learn.model import Case
from core.learn.reasons import Said
from core.store import Reading, lab, lessons
from core.store.lessons import Taken
from core.store.tables_writing import Rating, Vote

NEWEST = 120
"""Drafts and revisions that are looked at: what people do now counts, not what they did years ago."""
TOLD = ("topic", "goal", "audience", "points", "story", "call_to_action", "opinion", "example", "sources", "hook")
"""The fields of a brief that a text takes its words from."""
LIKED = 4
"""Stars from which a text counts as liked."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Everything at once."""

    cases: list[Case]
    said: list[Said]
    liked: list[str]
    """Texts that won a vote or got four stars, with no reason against them."""


def gather(tx: Reading, author_id: str) -> Feedback:
    """Read the feedback on an author's drafts."""
    drafts = lessons.taken(tx, author_id, NEWEST)
    who = lessons.editors(tx, {id_ for d in drafts for id_ in (d.variant_id, d.post_id) if id_})
    asked = {row.variant_id + row.feedback: row for row in lessons.asked(tx, author_id, NEWEST)}
    cases = [_case(d, who) for d in drafts]
    cases += [Case(a.variant_id, "", "", a.by, a.at, asked=a.feedback) for a in asked.values() if a.feedback]
    votes, ratings = lab.votes(tx, author_id, newest=10 * NEWEST), lab.ratings(tx, author_id)
    said, liked = _reasons(votes, ratings)
    known = lessons.texts(tx, {s.variant for s in said} | liked)
    spoken = [Said(s.variant, known[s.variant][0], s.tags, s.by, s.at) for s in said if s.variant in known]
    return Feedback(cases, spoken, [known[id_][0] for id_ in sorted(liked) if id_ in known])


def _case(draft: Taken, who: Mapping[str, tuple[str, datetime]]) -> Case:
    by, at = who.get(draft.post_id or "") or who.get(draft.variant_id) or ("", draft.at)
    return Case(draft.variant_id, draft.before, draft.after, by, at, words_of(draft.brief))


def words_of(fields: dict[str, object]) -> tuple[str, ...]:
    """The words of a brief, lower case, each once."""
    told = [fields.get(name) for name in TOLD]
    rows = [str(v) for value in told for v in (value if isinstance(value, list) else [value]) if v]
    return tuple(dict.fromkeys(w.lower().replace("’", "'") for row in rows for w in text.words(row)))


def _reasons(votes: Sequence[Vote], ratings: Sequence[Rating]) -> tuple[list[Said], set[str]]:
    """Reasons with the variant that they are against (its text is read later), and the variants that were liked."""
    out: dict[tuple[str, str], Said] = {}
    won: set[str] = set()
    against: set[str] = set()
    for vote in votes:
        if vote.choice == "tie":
            continue
        first, second = (vote.left_id, vote.right_id)
        winner, loser = (first, second) if vote.choice == "left" else (second, first)
        won.add(winner)
        if vote.tags:
            against.add(loser)
            key = (vote.by, vote.created_at.isoformat())  # a best of several is several rows of one moment
            out.setdefault(key, Said(loser, "", tuple(vote.tags), vote.by, vote.created_at))
    for rating in ratings:
        if rating.stars >= LIKED:
            won.add(rating.variant_id)
        if rating.tags:
            against.add(rating.variant_id)
            said = Said(rating.variant_id, "", tuple(rating.tags), rating.by, rating.created_at)
            out[(rating.by, rating.id)] = said
    return list(out.values()), won - against
