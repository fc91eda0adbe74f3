"""Preference pairs for training: what was preferred over what, from votes, edits and ratings; only with consent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

from core import store
from core.learn.gathering import LIKED, TOLD
from core.learn.model import differs
from core.store import Reading, authors, lab, lessons
from core.store.tables import Author
from core.store.tables_writing import Rating

MOST = 100_000
DISLIKED = 2


def refused(author_id: str) -> str:
    """Why there are no pairs of this author; "" where there may be. Raises NotFound."""
    with store.reading() as tx:
        return _refused(authors.get(tx, author_id))


def _refused(author: Author) -> str:
    if author.training_consent is True:
        return ""
    state = "has not agreed to training" if author.training_consent is False else "was not asked about training yet"
    return f"{author.name} {state}, so nothing is given out for it. Keep the consent with the author's samples first."


def pairs(author_id: str) -> Iterator[dict[str, Any]]:
    """{prompt, chosen, rejected, why: vote | edit | rating, by, at, variants}; none without consent. Raises NotFound.

    What a vote compares is what the machine wrote. Two ratings make a pair where one person gave one text of a brief
    four stars or more and another one two or fewer.
    """
    for row in with_briefs(author_id):
        yield {"prompt": prompt(row["fields"])} | {name: value for name, value in row.items() if name != "fields"}


def with_briefs(author_id: str) -> Iterator[dict[str, Any]]:
    """The same with `fields`, the brief (see core.generate.brief), in place of the prompt. Raises NotFound."""
    with store.reading() as tx:
        if _refused(authors.get(tx, author_id)):
            return
        rows = [*_votes(tx, author_id), *_edits(tx, author_id), *_ratings(tx, author_id)]
    yield from (row for row in rows if differs(row["rejected"], row["chosen"]))


def export_jsonl(author_id: str) -> bytes:
    """The pairs, one JSON object a line, UTF-8; empty without consent."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in pairs(author_id)).encode()


def prompt(fields: dict[str, Any]) -> str:
    """A brief in words."""
    rows = [(name, fields.get(name)) for name in TOLD]
    said = [(name, "; ".join(map(str, v)) if isinstance(v, list) else str(v)) for name, v in rows if v]
    return "\n".join(["Write a post.", *(f"{n.replace('_', ' ').capitalize()}: {v}" for n, v in said)])


def _votes(tx: Reading, author_id: str) -> Iterator[dict[str, Any]]:
    votes = [v for v in lab.votes(tx, author_id) if v.choice != "tie"]
    known = lessons.texts(tx, {id_ for v in votes for id_ in (v.left_id, v.right_id)})
    for vote in votes:
        sides = (vote.left_id, vote.right_id) if vote.choice == "left" else (vote.right_id, vote.left_id)
        if all(id_ in known for id_ in sides):
            won, lost = (known[id_] for id_ in sides)
            yield _pair(won[2], won[0], lost[0], "vote", vote.by, vote.created_at.isoformat(), sides)


def _edits(tx: Reading, author_id: str) -> Iterator[dict[str, Any]]:
    drafts = lessons.taken(tx, author_id, MOST)
    who = lessons.editors(tx, {id_ for d in drafts for id_ in (d.variant_id, d.post_id) if id_})
    for draft in drafts:
        by, at = who.get(draft.post_id or "") or who.get(draft.variant_id) or ("", draft.at)
        yield _pair(draft.brief, draft.after, draft.before, "edit", by, at.isoformat(), (draft.variant_id,))


def _ratings(tx: Reading, author_id: str) -> Iterator[dict[str, Any]]:
    rows = [r for r in lab.ratings(tx, author_id) if r.stars]
    known = lessons.texts(tx, {r.variant_id for r in rows})
    of: dict[tuple[str, str], list[Rating]] = {}
    for row in rows:
        if row.variant_id in known:
            of.setdefault((row.by, json.dumps(known[row.variant_id][2], sort_keys=True)), []).append(row)
    for (by, _), mine in of.items():
        good, bad = ([r for r in mine if r.stars >= LIKED], [r for r in mine if r.stars <= DISLIKED])
        for a, b in product(good, bad):
            sides, at = (a.variant_id, b.variant_id), max(a.created_at, b.created_at).isoformat()
            yield _pair(known[a.variant_id][2], _rated(a, known), _rated(b, known), "rating", by, at, sides)


def _rated(row: Rating, known: dict[str, tuple[str, str, dict[str, Any]]]) -> str:
    """The text that was rated: as it is now where that is what was read, else as the machine wrote it."""
    from core.lab.material import text_hash  # core.lab imports the runs, which ask here for the weights

    made, now, _ = known[row.variant_id]
    return now if row.text_hash == text_hash(now) else made


def _pair(
    fields: dict[str, Any], chosen: str, rejected: str, why: str, by: str, at: str, variants: tuple[str, ...]
) -> dict[str, Any]:
    said = {"fields": fields, "chosen": chosen, "rejected": rejected, "why": why}
    return {**said, "by": by, "at": at, "variants": list(variants)}
