"""What a voice is trained on: each post with the brief behind it, asked for with the prompt that generation uses."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analytics import text as texts
from core import store
from core.errors import Denied, Invalid
from core.generate import prompts, voiced
from core.generate.brief import BriefFields
from core.store import training_data
from core.train import asking, briefs, parting
from core.train.model import Plan
from core.train.parting import Parted, Post
from core.train.rows import spread, tokens_about

LEAST = 20
"""Usable posts under which nothing is trained."""
HELD_SHARE = 0.25
SAMPLES = 4
"""Held-out briefs from which something is written while it trains, the same ones each time."""
BARE = 3
"""Every third row to learn from shows no exemplars: the voice has to hold without them too."""
_LOOKED_AT = 12
"""Posts that a preview estimates the size by."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post with the request that it answers."""

    id: str
    """Of the sample."""
    author_id: str
    author: str
    system: str
    user: str
    post: str
    words: int
    fields: dict[str, Any]
    """The derived brief, see core.generate.brief."""
    date: str | None
    """ISO, or None where it is not known."""
    exemplars: list[str]
    """Ids of the samples that the request shows: of the same author, and to learn from."""


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from and rows to be judged by, with what there is to say of them."""

    train: list[Any]
    held: list[Any]
    told: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As JSON, without a text: sizes, leakage, what was left out and why, consent, hash."""
        return self.told

    def write(self, folder: Path) -> None:
        """train.jsonl, held.jsonl and samples.json ({id, system, user, brief} of a few held-out rows), each whole."""
        folder.mkdir(parents=True, exist_ok=True)
        shown = [
            {"id": r.get("id"), "system": r["system"], "user": r["user"], "brief": r.get("fields", {}).get("topic", "")}
            for r in (_record(row) for row in spread(self.held, SAMPLES))
        ]
        _put(folder / "train.jsonl", _lines(self.train))
        _put(folder / "held.jsonl", _lines(self.held))
        _put(folder / "samples.json", json.dumps(shown, ensure_ascii=False))


@dataclass(frozen=True)
class Preview:
    """What a training would learn from, before anything runs."""

    posts: dict[str, int]
    """Usable posts by author id."""
    train: int
    held: int
    tokens_about: int
    """Of the rows to learn from, prompts counted too: what one pass over them reads."""
    left_out: dict[str, int]
    leakage: dict[str, Any]
    span: dict[str, list[str]]
    split_by: str
    problems: list[str]
    """Why it cannot be trained, a sentence each; empty where it can."""
    notes: list[str]
    """What is worth knowing, a sentence each."""
    example: tuple[str, str] = ("", "")
    """A brief as the prompt tells it, and the post that it was derived from."""


def prepare(
    author_ids: Sequence[str], plan: Plan, *, held_share: float = HELD_SHARE, archetype_id: str | None = None
) -> Dataset:
    """Rows from the samples of those authors who agreed to training; only reads.

    Raises Denied where none of them did, Invalid where too few posts are left, NotFound.
    """
    found = parting.part(author_ids, held_share)
    if problem := _too_few(found):
        raise Invalid(*problem)
    shown = asking.nearest(found)
    train = _rows(found, found.train, shown, plan, BARE)
    held = _rows(found, found.held, shown, plan)
    if problem := _too_few(found):
        raise Invalid(*problem)
    return Dataset(train, held, _told(found, train, held, archetype_id))


def preview(author_ids: Sequence[str], archetype_id: str | None = None) -> Preview:
    """Sizes, leakage and what stands in the way, quickly: only a few briefs are derived. Raises NotFound."""
    with store.reading() as tx:
        now = training_data.stamp(tx, author_ids)
    return _previewed(tuple(author_ids), archetype_id, now)


@functools.lru_cache(maxsize=32)
def _previewed(author_ids: tuple[str, ...], archetype_id: str | None, _now: tuple[object, ...]) -> Preview:
    """Kept while nothing changes: a page asks again with every click."""
    try:
        found = parting.part(author_ids, HELD_SHARE)
    except (Denied, Invalid) as error:
        return Preview({}, 0, 0, 0, {}, {}, {}, "order", [str(error)], [])
    problem = _too_few(found)
    return Preview(
        found.posts(),
        len(found.train),
        len(found.held),
        _about(found.train),
        dict(found.left_out.most_common()),
        found.leakage,
        found.span(),
        found.split_by,
        [" ".join(problem)] if problem else [],
        _notes(found, archetype_id),
        _example(found.train),
    )


# ---- rows ----------------------------------------------------------------------------------------------------


def _rows(found: Parted, posts: list[Post], shown: Callable[..., list[Post]], plan: Plan, bare: int = 0) -> list[Row]:
    """A row for each post that fits; the others are counted and taken out. Every `bare`th shows no exemplars."""
    # In the order of a hash: whoever writes in turns would else have one kind of post without exemplars.
    mixed = sorted(posts, key=lambda post: hashlib.sha256(post.id.encode()).digest())
    without = {post.id for post in mixed[bare - 1 :: bare]} if bare else set()
    out: list[Row] = []
    for post in posts:
        author = found.authors[post.author_id].name
        brief = briefs.of_post(post.text, author)
        if not brief.points:
            found.left_out["says nothing that could be asked for"] += 1
        elif row := _row(
            post, author, brief, [] if post.id in without else shown(post.author_id, brief.about, post), plan
        ):
            out.append(row)
        else:
            found.left_out[f"longer than {plan.tokens} tokens with its brief"] += 1
    kept = {row.id for row in out}
    posts[:] = [post for post in posts if post.id in kept]
    return out


def _row(post: Post, author: str, brief: BriefFields, near: Sequence[Post], plan: Plan) -> Row | None:
    words = len(texts.words(post.text))
    asked = asking.fitting(author, brief, near, words, len(post.text), plan)
    if asked is None:
        return None
    date = post.date.isoformat() if post.date else None
    fields = brief.model_dump(exclude_defaults=True)
    return Row(post.id, post.author_id, author, *asked[:2], post.text, words, fields, date, asked[2])


# ---- what is said of it --------------------------------------------------------------------------------------


def _too_few(found: Parted) -> tuple[str, str] | None:
    """Message and hint where there is too little to learn from."""
    count = len(found.train) + len(found.held)
    if count >= LEAST and len(found.held) >= 3:
        return None
    names = " and ".join(sorted(author.name for author in found.authors.values()))[:120]
    reasons = "; ".join(f"{n:,} {why}" for why, n in found.left_out.most_common(3))
    said = f"{count:,} usable {'post' if count == 1 else 'posts'} by {names}: a voice is learnt from {LEAST} or more."
    said += f" Left out: {reasons}." if reasons else ""
    return said, f"Add {max(1, LEAST - count)} more on the Samples page."


def _notes(found: Parted, archetype_id: str | None) -> list[str]:
    out = []
    if found.split_by == "order":
        out.append("Dates are missing, so the order of import counts as the order of time.")
    if len(found.train) + len(found.held) < 50 and not archetype_id:
        out.append("Under 50 posts a voice is seldom learnt well enough to pass the exam.")
    return out


def _about(posts: Sequence[Post]) -> int:
    """Tokens of the rows that these posts would make, by a few of them."""
    some = spread(posts, _LOOKED_AT)
    if not some:
        return 0
    told = sum(len(voiced.ask("", briefs.of_post(p.text, ""), [], len(p.words))[1]) for p in some) / len(some)
    system = len(prompts.get(voiced.PROMPT).system)
    shown = voiced.EXEMPLARS * min(voiced.EXEMPLAR_CHARS, sum(len(p.text) for p in some) / len(some)) * (1 - 1 / BARE)
    return tokens_about(round(sum(len(p.text) for p in posts) + len(posts) * (told + system + shown)))


def _example(posts: Sequence[Post]) -> tuple[str, str]:
    """Of a post of the usual length, as a person would look at it."""
    if not posts:
        return "", ""
    post = sorted(posts, key=lambda post: (len(post.words), post.id))[len(posts) // 2]
    return voiced.told(briefs.of_post(post.text, ""), len(texts.words(post.text))), post.text


def _told(found: Parted, train: Sequence[Row], held: Sequence[Row], archetype_id: str | None) -> dict[str, Any]:
    sizes = [asking.size(row.system, row.user, len(row.post)) for row in train]
    return {
        "posts": found.posts(),
        "train": len(train),
        "held": len(held),
        "tokens_about": sum(sizes),
        "words": sum(row.words for row in train),
        "left_out": dict(found.left_out.most_common()),
        "leakage": found.leakage,
        "span": found.span(),
        "split_by": found.split_by,
        "archetype_id": archetype_id,
        "consent": consent(found),
        "prompt": prompts.get(voiced.PROMPT).id,
        "ids": {"train": [row.id for row in train], "held": [row.id for row in held]},
        "hash": digest(train, held),
    }


def consent(found: Parted) -> dict[str, dict[str, str | None]]:
    """Who said that these authors agreed, and when, by author id."""
    return {
        id_: {"by": a.consent_by or "", "at": a.consent_at.isoformat() if a.consent_at else None}
        for id_, a in found.authors.items()
    }


def digest(train: Sequence[Any], held: Sequence[Any]) -> str:
    """SHA-256 (hex) of everything that is read in training, in its order."""
    return hashlib.sha256((_lines(train) + "\x1e" + _lines(held)).encode()).hexdigest()


def _record(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else asdict(row)


def _lines(rows: Sequence[Any]) -> str:
    return "".join(json.dumps(_record(row), ensure_ascii=False, sort_keys=True) + "\n" for row in rows)


def _put(file: Path, content: str) -> None:
    """Whole or not at all: a process that is killed here is started again."""
    half = file.with_suffix(".half")
    half.write_text(content, encoding="utf8")
    half.replace(file)
