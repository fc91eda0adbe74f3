"""What a text repeats word for word from the author's own past: such sentences go, or the variant fails."""

from __future__ import annotations

from collections.abc import Sequence

from core.generate import body as bodies
from core.generate import repair
from core.generate.constraints import Broken, Constraints
from core.generate.repair import Checked

RUN = 8
"""Words in a row that count as copied."""
ROUNDS = 12
"""Times that sentences are taken out: more, and nearly all of it was copied."""


def without(held: Checked, past: Sequence[str], c: Constraints, seed: int) -> Checked:
    """A repaired text without the sentences that stand in `past`; those that the brief itself says stay.

    Where too little is left, or a run goes over sentences of the brief, the text is broken and says so.
    """
    known = _known(held.text, past, c)
    if not known:
        return held
    changes = list(held.changes)
    value = held.text
    for _ in range(ROUNDS):
        body = bodies.parse(value)
        gone = _copied(body, known, c)
        if not gone:
            break
        changes += [f"Took out “{body.blocks[n].units[at][:80]}”: an earlier post says it so." for n, at in gone]
        again = repair.repair(repair.render(body.without(gone), c), c, seed)
        changes += again.changes
        value, held = again.text, again
    broken = list(held.broken)
    if left := runs(value) & known:
        said = " ".join(sorted(left)[0])
        broken.append(Broken("copied", f"It repeats an earlier post word for word: “{said}”."))
    return Checked(value, changes, broken)


def runs(value: str, size: int = RUN) -> set[tuple[str, ...]]:
    """All runs of `size` words of a text, in lower case."""
    words = bodies.plain_words(value).split()
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def _known(value: str, past: Sequence[str], c: Constraints) -> set[tuple[str, ...]]:
    """The runs of a text that earlier posts hold, and neither the brief nor its sources."""
    mine = runs(value)
    for said in (c.material, *(c.allowed.words.split("\n") if c.allowed else ())):
        mine -= runs(said)
    return set().union(*(mine & runs(one) for one in past)) if mine else set()


def _copied(body: bodies.Body, known: set[tuple[str, ...]], c: Constraints) -> list[tuple[int, int]]:
    """The sentences that hold a known run; else the first one of those over whose end a run goes."""
    places = [(n, at) for n, block in enumerate(body.blocks) for at in range(len(block.units))]
    said = {place: body.blocks[place[0]].units[place[1]] for place in places}
    if inside := [place for place in places if runs(said[place]) & known]:
        return inside
    words = [(word, place) for place in places for word in bodies.plain_words(said[place]).split()]
    for at in range(len(words) - RUN + 1):
        if tuple(word for word, _ in words[at : at + RUN]) in known:
            over = dict.fromkeys(place for _, place in words[at : at + RUN])
            return [place for place in over if not repair.own(said[place], c)][:1]
    return []


def shortened(value: str, most: int) -> str:
    """A text of at most `most` characters, cut after a whole sentence: what goes on without end is no post."""
    if len(value) <= most:
        return value
    head = value[:most]
    end = max(head.rfind(mark) for mark in ".!?\n")
    return head[: end + 1].rstrip() if end > 0 else head
