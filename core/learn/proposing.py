"""The proposals: what feedback says, what the card says already, and what was decided before, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from core import persona, store
from core.learn import moves, phrases, reasons, weighing
from core.learn.gathering import Feedback, gather
from core.learn.model import RULE, SHOWN, Case, Proposal, often
from core.learn.moves import MOVES
from core.persona import Card
from core.persona.fields import named, said
from core.store import lessons
from core.store.tables_writing import Lesson
from core.train import inuse

NAMES = {
    "likeness": "likeness to the author",
    "points": "what it says of the brief",
    "brief": "closeness to the topic",
    "originality": "originality",
}
"""The parts of the order, as people read them."""
DECIDED = ("dismissed", "undone")


def proposals(author_id: str) -> list[Proposal]:
    """What feedback proposes now and nobody has decided; derived again only where anything changed. Raises NotFound."""
    with store.reading() as tx:
        known = lessons.stamp(tx)
    return list(_derived(author_id, known))


@lru_cache(maxsize=256)
def _derived(author_id: str, _known: tuple[str, int, str, int]) -> tuple[Proposal, ...]:
    with store.reading() as tx:
        told = gather(tx, author_id)
        voted = lessons.compared(tx, author_id)
        decided = {row.key: row for row in lessons.listed(tx, author_id)}
    card = persona.current(author_id)
    found = [*_moves(told, card), *_phrases(tuple(told.cases), author_id, card), *_tags(told, card)]
    found += _weights(voted, decided.values())
    return tuple(one for one in found if _open(one, decided.get(one.key)))


def _open(one: Proposal, row: Lesson | None) -> bool:
    """Whether it waits: what was turned down comes back only when there is twice as much behind it."""
    if row is None:
        return True
    return row.status in DECIDED and one.cases >= 2 * int(row.change.get("cases") or 1)


# ---- edits ----------------------------------------------------------------------------------------------------


def _moves(told: Feedback, card: Card | None) -> Iterator[Proposal]:
    edited = [c for c in told.cases if c.edited]
    for move in MOVES:
        cases, of = moves.found(move, told.cases)
        if not often(len(cases), of):
            continue
        value = move.value(cases, edited)
        if value is not None and _says_more(move.path, value, card, move.name):
            asked = sum(bool(c.asked) for c in cases)
            title = f"{move.said} in {len(cases)} of {of} drafts."
            title += f" In {asked} of them you asked for it in words." if asked else ""
            yield _on_card(f"edit:{move.name}", title, move.path, value, cases, of, RULE)


def _says_more(path: str, value: Any, card: Card | None, way: str = "") -> bool:
    """Whether the card does not say so already; a range must move the way that the edits went."""
    if card is None:
        return True
    now = card.line(path).value
    match named(path).kind:
        case "text":
            return str(value) not in str(now or "")
        case "list":
            return str(value).lower() not in [str(v).lower() for v in now or []]
        case "range" if now:
            less = way.endswith("out") or way in ("shorter", "split", "too long")
            return bool(value[1] < now[1] if less else value[0] > now[0] or value[1] > now[1])
        case _:
            return bool(value != now)


def _on_card(
    key: str, title: str, path: str, value: Any, cases: Sequence[Case | reasons.Said], of: int, why: str
) -> Proposal:
    line = named(path)
    if line.kind in ("text", "list"):
        does = "append"
        says = f"“{value}” is added to the line {line.label} of the persona card."
    else:
        does = "set"
        says = f"The line {line.label} of the persona card says: {said(line, value)}"
    kind = "banned" if path == "lexicon.taboo" else "card"
    change = {"path": path, "do": does, "value": value}
    newest = sorted(cases, key=lambda c: c.at, reverse=True)[:SHOWN]
    return Proposal(key, kind, title, len(cases), of, why, change, says, [_record(c) for c in newest])


def _record(case: Case | reasons.Said) -> dict[str, Any]:
    if isinstance(case, Case):
        return case.record()
    said_by = {"variant": case.variant, "by": case.by, "at": case.at.isoformat()}
    return {**said_by, "text": case.text, "tags": list(case.tags)}


def _phrases(cases: tuple[Case, ...], author_id: str, card: Card | None) -> Iterator[Proposal]:
    for one in phrases.cut(cases):
        if not _says_more("lexicon.taboo", one.phrase, card) or _own(author_id, one):
            continue
        title = f"“{one.phrase}” was cut from {len(one.cases)} of {one.of} drafts that held it."
        yield _on_card(f"cut:{one.phrase}", title, "lexicon.taboo", one.phrase, one.cases, one.of, phrases.RULE)
    for one in phrases.put_in(cases):
        if _says_more("lexicon.phrases", one.phrase, card):
            title = f"“{one.phrase}” was put into {len(one.cases)} of {one.of} edited drafts."
            rule = phrases.RULE_IN
            yield _on_card(f"put:{one.phrase}", title, "lexicon.phrases", one.phrase, one.cases, one.of, rule)


def _own(author_id: str, one: phrases.Found) -> bool:
    """Whether the author writes so: then cutting it here and there is no ban."""
    with store.reading() as tx:
        return lessons.said_by(tx, author_id, " ".join(one.words)) >= 3


# ---- reasons --------------------------------------------------------------------------------------------------


def _tags(told: Feedback, card: Card | None) -> Iterator[Proposal]:
    of = len({s.variant for s in told.said})
    for tag in (*reasons.LENGTH, *reasons.NOTES):
        cases = reasons.named(told.said, tag)
        path = "cadence.length" if tag in reasons.LENGTH else "identity.notes"
        value: Any = moves.spread([len(t.strip()) for t in told.liked], 10) if tag in reasons.LENGTH else None
        value = value or reasons.NOTES.get(tag)
        if cases and value and _says_more(path, value, card, tag):
            title = f"“{tag.capitalize()}” was said of {len(cases)} of {of} texts that had a reason against them."
            yield _on_card(f"tag:{tag}", title, path, value, cases, of, reasons.RULE)


# ---- the order of variants ------------------------------------------------------------------------------------


def _weights(voted: Sequence[lessons.Compared], decided: Iterable[Lesson]) -> Iterator[Proposal]:
    from core.generate.scores import WEIGHTS  # it imports what is written from, which asks here for the weights

    names = list(WEIGHTS)
    rows = [row for row in decided if row.kind == "weights"]
    if len(voted) < 2 * max((int(r.change.get("cases") or 0) for r in rows if r.status in DECIDED), default=0):
        return
    in_force = max((r for r in rows if r.status == "accepted"), key=lambda r: str(r.decided_at), default=None)
    now = dict(in_force.change["weights"]) if in_force else inuse.order() or dict(WEIGHTS)
    choices = [weighing.Choice(tuple(weighing.difference(v.won, v.lost, names).tolist()), v.brief_id) for v in voted]
    now_in_order = tuple(float(now.get(n, 0.0)) for n in names)
    found = weighing.learn(tuple(choices), tuple(WEIGHTS.values()), now_in_order)
    if found is None:
        return
    weights = dict(zip(names, found.weights, strict=True))
    title = (
        f"Votes are told better with other weights: {found.right} of {found.votes} held-out votes right, "
        f"{found.right_now} with the present ones."
    )
    why = (
        f"From {found.votes} blind votes on {found.briefs} briefs. Each vote was told by weights learned from other "
        f"briefs; the gain in log likelihood is {found.gain:.3f} a vote, and at least {found.low:.3f} with 99% "
        "(bootstrap over briefs). Weights are drawn to those that Timbre begins with."
    )
    says = f"Variants are put in order by {_listed(weights)}; now it is {_listed(now)}."
    change = {"weights": weights, "instead_of": now}
    yield Proposal(f"weights:{found.votes}", "weights", title, found.votes, found.votes, why, change, says)


def _listed(weights: dict[str, float]) -> str:
    return ", ".join(f"{NAMES.get(name, name)} {weight:.0%}" for name, weight in weights.items())


def waiting(author_ids: Iterable[str], most: int) -> dict[str, int]:
    """How many proposals wait, by author id; those without any are left out."""
    with store.reading() as tx:
        fed = lessons.fed(tx)
    found = {author: len(proposals(author)) for author in author_ids if author in fed}
    return dict([(author, n) for author, n in found.items() if n][:most])
