"""Votes, ratings and results as CSV, for those who want to count themselves; no cell can run as a formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from core.errors import Invalid
from core.export import csv_bytes
from core.lab.material import BY, By, Candidate, Scope
from core.lab.results import Told, strengths, told

What = Literal["votes", "ratings", "results"]
FILES: tuple[What, ...] = get_args(What)
SIDES = ("text", "arm", "model", "prompts", "adapter", "opening")
VOTES = ("at", "by", "brief", "choice", "reasons against the loser",
         *(f"{side} {name}" for side in ("left", "right") for name in SIDES))  # fmt: skip
RATINGS = ("at", "by", "variant", "stars", "reasons", "note", "of the text as written", *SIDES)
RESULTS = ("compared", "which", "votes", "won", "tied", "lost", "preferred over the others", "from", "to",
           "stars", "ratings", "reasons against", "verdict")  # fmt: skip


def export_csv(scope: Scope, what: What) -> bytes:
    """One of the three tables as a CSV file (UTF-8). Raises Invalid for another."""
    said = told(scope)
    match what:
        case "votes":
            return csv_bytes(VOTES, _votes(said))
        case "ratings":
            return csv_bytes(RATINGS, _ratings(said))
        case "results":
            return csv_bytes(RESULTS, _results(scope, said))
    raise Invalid(f"There is no table {what!r}.", "There are votes, ratings and results.")


def _votes(said: Told) -> Iterator[Sequence[object]]:
    for vote in said.votes:
        left, right = said.known.get(vote.left_id), said.known.get(vote.right_id)
        brief = next((c.brief_id for c in (left, right) if c), "")
        about = (vote.created_at.isoformat(), vote.by, brief, vote.choice, "; ".join(vote.tags))
        yield (*about, *_side(left), *_side(right))


def _side(one: Candidate | None) -> tuple[str, ...]:
    return ("",) * len(SIDES) if one is None else (one.text, *(one.labels[by] for by in BY))


def _ratings(said: Told) -> Iterator[Sequence[object]]:
    for row in said.ratings:
        one = said.known.get(row.variant_id)
        same = "" if one is None else "yes" if row.text_hash == one.hash else "no"
        about = (row.created_at.isoformat(), row.by, row.variant_id, row.stars or "", "; ".join(row.tags), row.note)
        yield (*about, same, *_side(one))


def _results(scope: Scope, said: Told) -> Iterator[Sequence[object]]:
    for by in comparisons(scope):
        table = strengths(scope, by, said)
        for row in table.rows:
            shares = tuple("" if x is None else round(x, 3) for x in (row.share, row.low, row.high))
            stars = "" if row.stars is None else round(row.stars, 2)
            tags = "; ".join(f"{tag} {n}" for tag, n in row.tags)
            yield (
                by,
                row.label,
                row.votes,
                row.won,
                row.tied,
                row.lost,
                *shares,
                stars,
                row.ratings,
                tags,
                table.headline,
            )


def comparisons(scope: Scope) -> tuple[By, ...]:
    """What can be compared here: arms within an experiment, where a text came from everywhere."""
    return BY if scope.experiment_id else tuple(by for by in BY if by != "arm")
