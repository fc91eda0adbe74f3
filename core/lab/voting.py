"""Votes and ratings: what people say of texts, kept with who said it and of which text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from core import store
from core.errors import Conflict, Denied, Invalid
from core.lab import tags as reasons
from core.lab.ballots import CHOICES
from core.lab.material import Candidate, Scope, candidate, comparable, text_hash
from core.review.lifecycle import has_role
from core.store import Actor, Writing, lab, runs
from core.store.base import now
from core.store.tables_writing import Rating, Vote

MAX_NOTE = 2_000
LOOKS = "A reader may look, but not vote."


def vote(
    scope: Scope,
    left_id: str,
    right_id: str,
    choice: str,
    actor: Actor,
    tags: Iterable[str] = (),
    again: bool = False,
) -> Vote:
    """Keep which of two a person preferred: left, right or tie; `tags` say what was against the one that lost.

    The same vote sent twice is one; another one on the same pair is a Conflict unless `again`. Raises Invalid, Denied.
    """
    _may(actor)
    if choice not in CHOICES:
        raise Invalid(f"A vote is left, right or tie, not {choice!r}.", "Vote again.")
    against = reasons.checked(tags)
    if choice == "tie" and against:
        raise Invalid("A tie has no loser, so there is nothing to say against it.", "Take the reasons out, or choose.")
    with store.writing(actor) as tx:
        left, right = _two(tx, scope, (left_id, right_id))
        kept = lab.seen(tx, actor.name, {left_id, right_id})
        if kept and not again:
            if (kept[-1].left_id, kept[-1].choice) == (left_id, choice):
                return kept[-1]
            raise Conflict(
                "You have voted on these two before; that vote stands.",
                "Take it back first, or go on to the next pair.",
            )
        return lab.add_vote(tx, _row(tx, left, right, choice, against))


def vote_best(
    scope: Scope, shown: Sequence[str], best: str | None, actor: Actor, tags: Iterable[str] = (), again: bool = False
) -> list[Vote]:
    """Keep which of several texts was the best: one vote against each other one, in their order on the screen.

    `best` None: no difference between any two of them.

    Picking the best of several says of each two what a vote on them alone would say (Luce, 1959); that these votes
    hang together is what the intervals by brief are for. `tags` are against all the others. Raises Invalid, Denied.
    """
    _may(actor)
    against = reasons.checked(tags)
    if len(set(shown)) < 2 or (best is not None and best not in shown):
        raise Invalid("The best has to be one of at least two texts that were shown.", "Choose again.")
    at, out = now(), []
    with store.writing(actor) as tx:
        for sides in combinations(shown, 2):
            if best not in (None, *sides) or (not again and lab.seen(tx, actor.name, sides)):
                continue  # says nothing of these two, or the same click again
            left, right = _two(tx, scope, sides)
            choice = "tie" if best is None else "left" if left.id == best else "right"
            row = _row(tx, left, right, choice, [] if best is None else against)
            row.created_at = at
            out.append(lab.add_vote(tx, row))
    return out


def withdraw(scope: Scope, actor: Actor) -> int:
    """Take this person's last vote here back; how many rows that were (a best of several is one vote in several rows).

    Raises Invalid where there is none.
    """
    _may(actor)
    with store.writing(actor) as tx:
        rows = lab.last_votes(tx, actor.name, *scope.where)
        if not rows:
            raise Invalid("You have no vote here to take back.", "Nothing was changed.")
        lab.withdraw(tx, rows)
    return len(rows)


def last(scope: Scope, actor: Actor) -> Vote | None:
    """This person's newest vote here that stands."""
    with store.reading() as tx:
        return next(iter(lab.last_votes(tx, actor.name, *scope.where)), None)


def rate(
    variant_id: str, stars: int, tags: Iterable[str], note: str, actor: Actor, of_text: str | None = None
) -> Rating | None:
    """Keep what a person thinks of a variant: 1 to 5 stars (0: none), reasons, a note. One a person, the newest.

    `of_text`: what was read, where it is not the variant's text now. Nothing said takes the rating away (None).
    Raises Invalid, Denied, NotFound.
    """
    _may(actor)
    if stars not in range(6):
        raise Invalid(f"A rating is 1 to 5, not {stars}.", "Choose again.")
    said = note.replace("\x00", "").strip()
    if len(said) > MAX_NOTE:
        raise Invalid(f"The note has {len(said):,} characters; at most {MAX_NOTE:,} are kept.", "Shorten it.")
    against = reasons.checked(tags)
    with store.writing(actor) as tx:
        row = runs.variant(tx, variant_id)
        of = text_hash(row.text if of_text is None else of_text)
        return lab.put_rating(tx, variant_id, row.author_id, stars=stars, tags=against, note=said, text_hash=of)


def rating(variant_id: str, actor: Actor) -> Rating | None:
    """What this person said of a variant, or None."""
    with store.reading() as tx:
        return lab.rating(tx, variant_id, actor.name)


def _two(tx: Writing, scope: Scope, ids: tuple[str, str]) -> tuple[Candidate, Candidate]:
    lines = lab.lines(tx, ids)
    if len(lines) < 2:
        raise Invalid("One of these texts is not here any more, so the vote was not kept.", "Reload the page.")
    left, right = (candidate(lines[one]) for one in ids)
    if not comparable(left, right, scope) or (scope.author_id and left.author_id != scope.author_id):
        raise Invalid("These two cannot be compared: they were not written for one brief.", "Reload the page.")
    if scope.experiment_id:
        if {left.experiment_id, right.experiment_id} != {scope.experiment_id}:
            raise Invalid("These two are not of this experiment.", "Reload the page.")
        if lab.experiment(tx, scope.experiment_id).closed_at:
            raise Conflict("This experiment was closed, so the vote was not kept.", "Look at its results.")
    return left, right


def _row(tx: Writing, left: Candidate, right: Candidate, choice: str, against: list[str]) -> Vote:
    return Vote(
        author_id=left.author_id,
        experiment_id=_between_arms(tx, left, right),
        left_id=left.id,
        right_id=right.id,
        left_hash=left.hash,
        right_hash=right.hash,
        choice=choice,
        tags=against,
        by=tx.actor.name,
    )


def _between_arms(tx: Writing, left: Candidate, right: Candidate) -> str | None:
    """The open experiment that this vote tells something of, wherever on the page it was given."""
    one = left.experiment_id
    if one is None or one != right.experiment_id or left.labels["arm"] == right.labels["arm"]:
        return None
    return one if lab.experiment(tx, one).closed_at is None else None


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied(LOOKS, "Ask an editor or an approver of your team.")
