"""Which two texts to show next: blind, in a fair order, and where one more vote teaches most."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from analytics.preference import SPREAD, Fit, fit
from core import store
from core.lab.ballots import ballots
from core.lab.material import BY, By, Candidate, Scope, by_brief, candidate, comparable
from core.store import Actor, lab
from core.store.tables_writing import Vote

RECENT = 1_000
"""The newest votes are enough to see where one more teaches most."""
AN_UNKNOWN = 2 * SPREAD**2
"""The variance of a difference before anybody has voted."""
A_VOTE = 0.2
"""What one vote between about equals tells, where one in five is a tie (Fisher information of the difference)."""
LEAN = 0.75
"""Chance that the text, or way of writing, that stood on the right more often stands on the left now."""
ABREAST = 4
"""Texts that stand side by side at most."""

Seen = set[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts as they stand on the screen. Nothing of where they came from is meant to be shown."""

    left: Candidate
    right: Candidate
    remaining: int
    """Pairs that this person has not voted on, this one included."""
    turn: int
    """Counts this person's votes: names the widgets, and says nothing of the texts."""


@dataclass(frozen=True, slots=True)
class LineUp:
    """Several texts for one brief as they stand side by side."""

    texts: tuple[Candidate, ...]
    turn: int


def next_pair(scope: Scope, actor: Actor, again: bool = False, keep: Pair | None = None) -> Pair | None:
    """Two texts for one brief; None where this person has seen all there are.

    Never two texts that read the same; never a pair that this person has voted on unless `again`. `keep`: what they
    have before their eyes, which stays until they vote, whatever others do meanwhile.
    """
    known = _Known.of(scope, actor)
    pairs = list(known.pairs(again))
    if not pairs:
        return None
    if keep and keep.turn == known.turn and (there := known.still((keep.left, keep.right), again)):
        return Pair(there[0], there[1], len(pairs), known.turn)
    if back := known.taken_back(pairs):
        return Pair(*back, len(pairs), known.turn)
    a, b = max(pairs, key=lambda pair: known.teaches(*pair) * known.chance.uniform(1, 1.05))
    left, right = known.ordered(a, b)
    return Pair(left, right, len(pairs), known.turn)


def line_up(scope: Scope, actor: Actor, again: bool = False, keep: LineUp | None = None) -> LineUp | None:
    """Up to `ABREAST` texts for one brief, no two of which this person has compared; None where there are none left.

    `keep` as in `next_pair`.
    """
    known = _Known.of(scope, actor)
    if keep and keep.turn == known.turn and (there := known.still(keep.texts, again)):
        return LineUp(there, known.turn)
    rows = [row for briefs in known.briefs.values() if len(row := known.unseen(briefs, again)) > 1]
    if not rows:
        return None
    best = max(rows, key=lambda row: sum(known.teaches(a, b) for a, b in combinations(row, 2)))
    known.chance.shuffle(best)
    return LineUp(tuple(best), known.turn)


@dataclass(frozen=True)
class _Known:
    """What the votes so far say of what to ask next."""

    scope: Scope
    briefs: Mapping[str, list[Candidate]]
    seen: Seen
    fits: Mapping[By, Fit]
    within: Mapping[str, Fit]
    undone: Vote | None
    """This person's newest vote, where they took it back: these two come again, as they stood."""
    votes_on: Counter[str]
    leftward: Counter[str]
    turn: int
    chance: random.Random

    @classmethod
    def of(cls, scope: Scope, actor: Actor) -> _Known:
        with store.reading() as tx:
            closed = scope.experiment_id and lab.experiment(tx, scope.experiment_id).closed_at
            briefs = {} if closed else by_brief(tx, scope)
            votes = lab.votes(tx, *scope.where, newest=RECENT)
            mine = lab.seen(tx, actor.name)
            lines = lab.lines(tx, {i for v in votes for i in (v.left_id, v.right_id)})
            turn, undone = lab.turns(tx, actor.name), lab.newest_vote(tx, actor.name)
        known = {id_: candidate(line) for id_, line in lines.items()}
        told = [v for v in votes if v.left_id in known and v.right_id in known]
        names: tuple[By, ...] = ("arm",) if scope.experiment_id else tuple(b for b in BY if b != "arm")
        of_brief: dict[str, list[Vote]] = {}
        for vote in told:
            of_brief.setdefault(known[vote.left_id].brief_id, []).append(vote)
        return cls(
            scope,
            briefs,
            {frozenset((v.left_id, v.right_id)) for v in mine},
            {by: fit(ballots(told, known, by)) for by in names},
            {brief: fit(ballots(rows, known, None)) for brief, rows in of_brief.items() if brief in briefs},
            undone if undone and undone.withdrawn_at else None,
            Counter({brief: len(rows) for brief, rows in of_brief.items()}),
            _leftward(told, known),
            turn,
            random.Random(hashlib.sha256(f"{actor.name}|{scope}|{turn}".encode()).digest()),
        )

    def pairs(self, again: bool) -> Iterator[tuple[Candidate, Candidate]]:
        """All that may be shown."""
        for rows in self.briefs.values():
            for a, b in combinations(rows, 2):
                if self._may(a, b, again):
                    yield a, b

    def _may(self, a: Candidate, b: Candidate, again: bool) -> bool:
        return comparable(a, b, self.scope) and (again or frozenset((a.id, b.id)) not in self.seen)

    def still(self, shown: Sequence[Candidate], again: bool) -> tuple[Candidate, ...]:
        """What is shown, where it may still be; else nothing."""
        there = {one.id for one in self.briefs.get(shown[0].brief_id, ())}
        fits = all(self._may(a, b, again) for a, b in combinations(shown, 2))
        return tuple(shown) if fits and there >= {one.id for one in shown} else ()

    def taken_back(self, pairs: Sequence[tuple[Candidate, Candidate]]) -> tuple[Candidate, Candidate] | None:
        """The two whose vote was taken back just now, as they stood."""
        if self.undone is None:
            return None
        left, right = self.undone.left_id, self.undone.right_id
        found = {one.id: one for pair in pairs if {one.id for one in pair} == {left, right} for one in pair}
        return (found[left], found[right]) if found else None

    def unseen(self, rows: Sequence[Candidate], again: bool) -> list[Candidate]:
        """Texts that may all stand beside each other; in an experiment one of each arm, of one place."""
        best: list[Candidate] = []
        for first in rows:
            row = [first]
            for other in rows:
                if len(row) < ABREAST and all(self._may(a, other, again) for a in row):
                    row.append(other)
            best = max(best, row, key=len)
        return best

    def teaches(self, a: Candidate, b: Candidate) -> float:
        """By how much a vote would narrow what is not known of these two and of the ways they were written.

        For each comparison (the texts, their models, prompts, ...) the variance v of a difference falls by
        v²i / (1 + vi) where the vote tells i (Bayesian linear design). Votes on one brief are like each other,
        so that each one more there counts less.
        """
        gained = _falls(_variance(self.within.get(a.brief_id), a.id, b.id))
        for by, found in self.fits.items():
            if a.labels[by] != b.labels[by]:
                gained += _falls(_variance(found, a.labels[by], b.labels[by]))
        return gained / (1 + self.votes_on[a.brief_id])

    def ordered(self, a: Candidate, b: Candidate) -> tuple[Candidate, Candidate]:
        """A coin decides; a biased one (Efron, 1971) where one has stood on the left more often."""
        lean = self.leftward[a.id] - self.leftward[b.id]
        if not lean:
            by: By = "arm" if self.scope.experiment_id else "model"
            lean = self.leftward[f"{by}:{a.labels[by]}"] - self.leftward[f"{by}:{b.labels[by]}"]
        first = self.chance.random() < (0.5 if not lean else 1 - LEAN if lean > 0 else LEAN)
        return (a, b) if first else (b, a)


def _leftward(votes: Sequence[Vote], known: Mapping[str, Candidate]) -> Counter[str]:
    """How much more often than on the right each text, and each way of writing, stood on the left."""
    out: Counter[str] = Counter()
    for vote in votes:
        for one, step in ((known[vote.left_id], 1), (known[vote.right_id], -1)):
            out[one.id] += step
            for by in ("arm", "model"):
                out[f"{by}:{one.labels[by]}"] += step
    return out


def _variance(found: Fit | None, a: str, b: str) -> float:
    if found is None or a not in found.options or b not in found.options:
        return AN_UNKNOWN
    gap = found.apart(found.options.index(a), found.options.index(b))
    return AN_UNKNOWN if gap is None else min(AN_UNKNOWN, gap.error**2)


def _falls(variance: float) -> float:
    return variance**2 * A_VOTE / (1 + variance * A_VOTE)
