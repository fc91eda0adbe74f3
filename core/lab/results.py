"""What the votes and ratings say of models, prompt versions, adapters and openings, or of an experiment's arms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.preference import Fit, Verdict, chance, fit, verdict
from core import store
from core.lab import words
from core.lab.ballots import ballots
from core.lab.material import By, Candidate, Scope, candidate, shortened
from core.store import lab
from core.store.tables_writing import Rating, Vote


@dataclass(frozen=True, slots=True)
class Row:
    """One way of writing. Shares are the chance to be preferred over the average of the others, 0 to 1."""

    label: str
    votes: int
    won: int
    tied: int
    lost: int
    share: float | None
    """None under three votes, and where it was compared with nothing: "not yet"."""
    low: float | None
    high: float | None
    stars: float | None
    """Mean of 1 to 5; None under three ratings."""
    ratings: int
    tags: tuple[tuple[str, int], ...]
    """What was said against it, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Table:
    """The result of one comparison."""

    by: By
    rows: list[Row]
    verdict: Verdict
    votes: int
    headline: str
    because: str
    rests_on: str
    left: int
    """How often the left one was chosen, of `chosen` votes that were no ties: near half where order is fair."""
    chosen: int


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that people have said within a scope, with what it was said of."""

    votes: list[Vote]
    ratings: list[Rating]
    known: dict[str, Candidate]


def told(scope: Scope) -> Told:
    """The votes that stand, the ratings, and the variants that they are of."""
    with store.reading() as tx:
        votes, ratings = lab.votes(tx, *scope.where), lab.ratings(tx, *scope.where)
        ids = {i for v in votes for i in (v.left_id, v.right_id)} | {r.variant_id for r in ratings}
        lines = lab.lines(tx, ids)
    return Told(votes, ratings, {id_: candidate(line) for id_, line in lines.items()})


def strengths(scope: Scope, by: By, given: Told | None = None) -> Table:
    """Bradley-Terry strengths of what was compared, with intervals and a verdict (analytics.preference)."""
    said = given or told(scope)
    cast = [v for v in said.votes if v.left_id in said.known and v.right_id in said.known]
    between = [v for v in cast if said.known[v.left_id].labels[by] != said.known[v.right_id].labels[by]]
    found = fit(ballots(between, said.known, by))
    short = _names([c.labels[by] for c in said.known.values()], by)
    rows = _rows(found, between, said, by, short)
    judged = verdict(found)
    judged = Verdict(
        judged.kind, short.get(judged.best, ""), short.get(judged.second, ""), judged.difference, judged.more,
        judged.few_groups,
    )  # fmt: skip
    chosen = [v for v in cast if v.choice != "tie"]
    enough = len(between) >= words.FEWEST
    return Table(
        by,
        rows,
        judged,
        len(between),
        words.headline(judged, by, len(between)),
        words.because(judged) if enough else "",
        words.rests_on(found, len(between)),
        sum(v.choice == "left" for v in chosen),
        len(chosen),
    )


def _names(labels: Sequence[str], by: By) -> dict[str, str]:
    return shortened(labels) if by == "prompt" else {label: label for label in labels}


def _rows(found: Fit, votes: Sequence[Vote], said: Told, by: By, short: Mapping[str, str]) -> list[Row]:
    won, tied, lost, against = _counts(votes, said.known, by)
    starred: dict[str, list[int]] = {}
    for rating in said.ratings:
        one = said.known.get(rating.variant_id)
        if one is None or rating.text_hash != one.hash:
            continue  # of a text that a person had edited: it says nothing of what wrote it
        against.setdefault(one.labels[by], Counter()).update(rating.tags)
        if rating.stars:
            starred.setdefault(one.labels[by], []).append(rating.stars)
    out = []
    for label in sorted({*found.options, *starred}):
        at = found.options.index(label) if label in found.options else None
        votes_on = 0 if at is None else int(found.votes[at])
        gap = found.against_rest(at) if at is not None and votes_on >= words.FEWEST else None
        stars = starred.get(label, [])
        out.append(
            Row(
                short.get(label, label),
                votes_on,
                won[label],
                tied[label],
                lost[label],
                None if gap is None else chance(gap.value),
                None if gap is None else chance(gap.low),
                None if gap is None else chance(gap.high),
                sum(stars) / len(stars) if len(stars) >= words.FEWEST else None,
                len(stars),
                tuple(against.get(label, Counter()).most_common()),
            )
        )
    return sorted(out, key=lambda row: (-(row.share or 0), -row.votes, row.label))


def _counts(
    votes: Sequence[Vote], known: Mapping[str, Candidate], by: By
) -> tuple[Counter[str], Counter[str], Counter[str], dict[str, Counter[str]]]:
    won, tied, lost = Counter[str](), Counter[str](), Counter[str]()
    against: dict[str, Counter[str]] = {}
    for vote in votes:
        left, right = known[vote.left_id].labels[by], known[vote.right_id].labels[by]
        if vote.choice == "tie":
            tied.update((left, right))
            continue
        first, second = (left, right) if vote.choice == "left" else (right, left)
        won[first] += 1
        lost[second] += 1
        against.setdefault(second, Counter()).update(vote.tags)
    return won, tied, lost, against
