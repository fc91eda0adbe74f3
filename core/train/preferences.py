"""Preference rows: what the team preferred over what, asked for with the prompt that generation uses."""

from __future__ import annotations

import functools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from analytics import text as texts
from core import store
from core.errors import Denied, Invalid
from core.generate import prompts, voiced
from core.generate.brief import BriefFields
from core.learn import pairing
from core.store import lessons, training_data
from core.train import asking, dataset, parting
from core.train.cleaning import plain
from core.train.dataset import Dataset, Preview
from core.train.model import Plan
from core.train.parting import Parted
from core.train.rows import tokens_about

LEAST = 20
"""Pairs under which nothing is trained."""
HELD_SHARE = 0.25
_SAID = {"vote": "votes", "edit": "edits", "rating": "ratings"}


def prepare(author_ids: Sequence[str], plan: Plan) -> Dataset:
    """{id, system, user, chosen, rejected, why, ...} from votes, ratings and edits, the newest kept back.

    No brief is in both parts. Only reads. Raises Denied where nobody agreed to training, Invalid where there are too
    few pairs, NotFound.
    """
    found, made = _gathered(author_ids, plan)
    if problem := _too_few(found, made):
        raise Invalid(*problem)
    return made


def preview(author_ids: Sequence[str], plan: Plan | None = None) -> Preview:
    """What a training on preferences would learn from; as `dataset.preview`, with pairs for posts. Raises NotFound."""
    with store.reading() as tx:
        now = (lessons.stamp(tx), training_data.stamp(tx, author_ids))
    return _previewed(tuple(author_ids), plan or Plan(), now)


@functools.lru_cache(maxsize=32)
def _previewed(author_ids: tuple[str, ...], plan: Plan, _now: tuple[object, ...]) -> Preview:
    """Kept while nothing changes: a page asks again with every click."""
    try:
        found, made = _gathered(author_ids, plan)
    except (Denied, Invalid) as error:
        return Preview({}, 0, 0, 0, {}, {}, {}, "date", [str(error)], [])
    told, problem = made.told, _too_few(found, made)
    reasons = ", ".join(f"{count:,} from {_SAID.get(why, why)}" for why, count in sorted(told["why"].items()))
    return Preview(
        told["posts"],
        told["train"],
        told["held"],
        told["tokens_about"],
        told["left_out"],
        told["leakage"],
        told["span"],
        "date",
        [" ".join(problem)] if problem else [],
        [f"Of these pairs {reasons}."] if reasons else [],
    )


def _gathered(author_ids: Sequence[str], plan: Plan) -> tuple[Parted, Dataset]:
    found = parting.part(author_ids, dataset.HELD_SHARE)
    left_out: Counter[str] = Counter()
    pairs = sorted(_agreed(found, left_out), key=lambda row: (row["at"], row["id"]))
    rows = _asked(found, pairs, plan, left_out)
    held = rows[len(rows) - round(HELD_SHARE * len(rows)) :]
    briefs, seen = {row["brief"] for row in held}, {id_ for row in held for id_ in row["variants"]}
    older = rows[: len(rows) - len(held)]
    train = [row for row in older if row["brief"] not in briefs and seen.isdisjoint(row["variants"])]
    if gone := len(older) - len(train):
        left_out["of a brief that is kept back"] = gone
    return found, Dataset(train, held, _told(found, train, held, left_out, gone))


def _agreed(found: Parted, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    """Each pair of texts once, the way round that most people had it; none where they are even."""
    for author_id in found.authors:
        same: dict[frozenset[str], list[dict[str, Any]]] = defaultdict(list)
        for row in pairing.with_briefs(author_id):
            same[frozenset((row["chosen"], row["rejected"]))].append(row)
        for rows in same.values():
            ways = Counter(row["chosen"] for row in rows).most_common()
            if len(ways) > 1 and ways[0][1] == ways[1][1]:
                left_out["people disagree"] += len(rows)
                continue
            row = [row for row in rows if row["chosen"] == ways[0][0]][-1]
            left_out["said more than once"] += len(rows) - 1
            yield {**row, "author_id": author_id, "id": f"{row['why']}:{'/'.join(row['variants'])}"}


def _asked(found: Parted, pairs: Sequence[dict[str, Any]], plan: Plan, left_out: Counter[str]) -> list[dict[str, Any]]:
    """The pairs with the request for them; the length that is asked for favours neither text."""
    shown = asking.nearest(found)
    out = []
    for pair in pairs:
        author = found.authors[pair["author_id"]].name
        brief = BriefFields.model_validate(pair["fields"])
        both = (pair["chosen"], pair["rejected"])
        if not all(map(plain, both)) or not brief.topic:
            left_out["without a text or a topic"] += 1
            continue
        words = sum(len(texts.words(text)) for text in both) // 2
        near = shown(pair["author_id"], brief.about)
        if asked := asking.fitting(author, brief, near, words, max(map(len, both)), plan):
            kept = {name: pair[name] for name in ("id", "author_id", "chosen", "rejected", "why", "at", "variants")}
            told = {"author": author, "words": words, "fields": brief.model_dump(exclude_defaults=True)}
            key = json.dumps(told["fields"], sort_keys=True)
            out.append({**kept, **told, "system": asked[0], "user": asked[1], "exemplars": asked[2], "brief": key})
        else:
            left_out[f"longer than {plan.tokens} tokens with its brief"] += 1
    return out


def _too_few(found: Parted, made: Dataset) -> tuple[str, str] | None:
    """Message and hint where there is too little to learn from."""
    count = len(made.train) + len(made.held)
    if count >= LEAST:
        return None
    names = " and ".join(sorted(author.name for author in found.authors.values()))[:120]
    reasons = "; ".join(f"{n:,} {why}" for why, n in list(made.told["left_out"].items())[:3])
    said = f"{count:,} usable {'pair' if count == 1 else 'pairs'} for {names}: {LEAST} or more are needed."
    said += f" Left out: {reasons}." if reasons else ""
    return said, f"{LEAST - count} more will do: vote in the Lab, rate drafts, or edit them."


def _told(
    found: Parted,
    train: Sequence[dict[str, Any]],
    held: Sequence[dict[str, Any]],
    left_out: Counter[str],
    shared: int,
) -> dict[str, Any]:
    of = Counter(row["author_id"] for row in (*train, *held))
    return {
        "posts": {id_: of[id_] for id_ in found.authors},
        "why": dict(Counter(row["why"] for row in (*train, *held))),
        "train": len(train),
        "held": len(held),
        "tokens_about": sum(_tokens(row) for row in train),
        "left_out": dict((+left_out).most_common()),
        "leakage": {"pairs_found": shared, "removed": shared, "worst": 1.0 if shared else 0.0},
        "span": {name: [rows[0]["at"][:10], rows[-1]["at"][:10]] if rows else [] for name, rows in
                 (("train", train), ("held", held))},
        "split_by": "date",
        "consent": dataset.consent(found),
        "prompt": prompts.get(voiced.PROMPT).id,
        "ids": {"train": [row["id"] for row in train], "held": [row["id"] for row in held]},
        "hash": dataset.digest(train, held),
    }  # fmt: skip


def _tokens(row: dict[str, Any]) -> int:
    """Both answers are read, each after the prompt."""
    asked = 2 * (len(row["system"]) + len(row["user"]))
    return tokens_about(asked + len(row["chosen"]) + len(row["rejected"]))
