"""What a team's votes and ratings say, as labels to learn from: what sounds generic, and what was preferred."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from analytics.genericness import score_of
from core import store
from core.lab.material import text_hash
from core.learn import weighing
from core.learn.gathering import LIKED
from core.store import Reading, authors, lab, lessons
from core.store import samples as sample_store
from core.store.lab import Line
from core.store.tables import Author

GENERIC = "too generic"
"""The reason that people give against a text (core.lab.tags)."""
NEWEST = 400
"""Labels that are learnt from: beyond that more of them tell little, and take their square in time."""
OWN = 400
"""Posts of the authors themselves by which new weights are centred and held to the line."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text that somebody called generic, or liked."""

    id: str
    """Of the variant."""
    author_id: str
    text: str
    generic: bool
    group: str
    """The brief: texts on one brief are alike."""


@dataclass(frozen=True)
class Said:
    """Labels, the authors' own posts beside them, and what was left out and why."""

    labels: list[Label]
    own: list[dict[str, str]]
    """{id, author_id, text} of samples, the authors in turn."""
    authors: dict[str, Author]
    """Those who agreed to training, by id."""
    left_out: Counter[str] = field(default_factory=Counter)

    def record(self) -> dict[str, Any]:
        """As `core.train.dataset.Dataset.record`, without a text."""
        posts = Counter(label.author_id for label in self.labels)
        return {
            "posts": dict(posts),
            "train": len(self.labels),
            "held": len(self.own),
            "generic": sum(label.generic for label in self.labels),
            "liked": sum(not label.generic for label in self.labels),
            "briefs": len({label.group for label in self.labels}),
            "left_out": dict(self.left_out.most_common()),
            "split_by": "brief",
            "consent": {
                id_: {"by": a.consent_by or "", "at": a.consent_at.isoformat() if a.consent_at else None}
                for id_, a in self.authors.items()
                if id_ in posts or any(row["author_id"] == id_ for row in self.own)
            },
            "hash": _digest([[label.id, text_hash(label.text), label.generic] for label in self.labels]),
        }


def genericness() -> Said:
    """Texts that were called too generic and texts that were liked (four stars, or a vote won) with nobody calling
    them so, of authors who agreed to training; and these authors' own posts.
    """
    with store.reading() as tx:
        agreed = {a.id: a for a in authors.listed(tx) if a.training_consent is True}
        told: dict[tuple[str, str], set[bool]] = {}
        known: dict[str, Line] = {}
        for line, text, generic in _told(tx):
            known[line.variant.id] = line
            told.setdefault((line.variant.id, text), set()).add(generic)
        own = {id_: sample_store.of_author(tx, id_) for id_ in agreed}
    left: Counter[str] = Counter()
    labels = []
    for (id_, text), said in told.items():
        line = known[id_]
        if reason := _unusable(line.variant.author_id in agreed, text, len(said)):
            left[reason] += 1
        else:
            labels.append(Label(id_, line.variant.author_id, text, said == {True}, line.brief_id))
    labels.sort(key=lambda label: label.id)
    rows = [[{"id": s.id, "author_id": id_, "text": s.text} for s in found if _long(s.text)]
            for id_, found in own.items()]  # fmt: skip
    return Said(labels[-NEWEST:], _in_turn(rows), agreed, left)


def _unusable(agreed: bool, text: str, sides: int) -> str:
    if not agreed:
        return "the author has not agreed to training"
    if sides > 1:
        return "people disagree"
    return "" if _long(text) else "too short for a score"


def _long(text: str) -> bool:
    return score_of(text, scorer=lambda _: 0.0)[0] is not None


def _in_turn(of: list[list[dict[str, str]]]) -> list[dict[str, str]]:
    """The newest of each author in turn, so that no author fills the list."""
    out: list[dict[str, str]] = []
    for back in range(1, max(map(len, of), default=0) + 1):
        out += [rows[-back] for rows in of if back <= len(rows)]
    return out[:OWN]


def _told(tx: Reading) -> Iterator[tuple[Line, str, bool]]:
    """(variant, the text that was judged, whether it was called generic) of each vote and rating."""
    votes = [v for v in lab.votes(tx) if v.choice != "tie"]
    ratings = [r for r in lab.ratings(tx) if GENERIC in r.tags or r.stars >= LIKED]
    lines = lab.lines(tx, {id_ for v in votes for id_ in (v.left_id, v.right_id)} | {r.variant_id for r in ratings})
    for vote in votes:
        won, lost = (vote.left_id, vote.right_id) if vote.choice == "left" else (vote.right_id, vote.left_id)
        if won in lines:
            yield lines[won], _made(lines[won]), False
        if lost in lines and GENERIC in vote.tags:
            yield lines[lost], _made(lines[lost]), True
    for row in ratings:
        if line := lines.get(row.variant_id):
            as_it_is = row.text_hash == text_hash(line.variant.text)
            yield line, line.variant.text if as_it_is else _made(line), GENERIC in row.tags


def _made(line: Line) -> str:
    """What a vote compares is what the machine wrote."""
    return line.variant.generated or line.variant.text


@dataclass(frozen=True)
class Votes:
    """Blind votes that had a winner, as differences of the parts of the order, and whose text each was on."""

    choices: tuple[weighing.Choice, ...]
    authors: tuple[str, ...]
    names: dict[str, str]
    """Name by author id."""

    def record(self) -> dict[str, Any]:
        """As `core.train.dataset.Dataset.record`. Figures alone are learnt from, so nobody's consent is asked."""
        rows = [[choice.difference, str(choice.group)] for choice in self.choices]
        return {
            "posts": dict(Counter(self.authors)),
            "train": len(self.choices),
            "held": 0,
            "briefs": len({choice.group for choice in self.choices}),
            "split_by": "brief",
            "consent": {},
            "hash": _digest(rows),
        }


def votes(parts: list[str]) -> Votes:
    """The votes of the whole team on everybody's texts; `parts`: the names of the parts of the order."""
    choices, of = [], []
    with store.reading() as tx:
        everybody = authors.listed(tx)
        for author in everybody:
            for one in lessons.compared(tx, author.id):
                difference = weighing.difference(one.won, one.lost, parts)
                choices.append(weighing.Choice(tuple(difference.tolist()), one.brief_id))
                of.append(author.id)
    return Votes(tuple(choices), tuple(of), {a.id: a.name for a in everybody})


def _digest(rows: list[Any]) -> str:
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
