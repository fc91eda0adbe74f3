"""The exam of an adapter: what it writes to held-out briefs beside its base with the same examples, and what it shows.

Judged by analytics.exam, which training and reranking never see. Can be broken off anywhere and gone on with.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics import exam as judging
from analytics import genericness
from analytics.text import sentences, words
from core.claims import Allowed, Source
from core.errors import Invalid
from core.generate.brief import BriefFields
from core.generate.constraints import banned_in
from core.generate.copied import RUN, runs
from core.train import verdict
from core.train.exam_texts import ARMS, Row, Write, asks, written

LONG = 5
"""Words from which a sentence that stands in a text twice is no accident."""
LENGTH = (0.5, 1.7)
"""How much shorter or longer than asked for is within reason."""
UNIT = "spreads of the author's own posts"
DRAWS = 5000
NAMES_FROM = 200
"""Training posts that names may come from: the newest."""
_KINDS = {"number": "numbers", "date": "numbers", "quote": "quotes", "name": "names", "url": "links"}
CHECKS = ("length", "numbers", "quotes", "names", "links", "banned phrases", "repeats itself")


@dataclass(frozen=True)
class Size:
    """How much is written: each brief `texts / briefs` times by each arm, at least once."""

    briefs: int = 24
    """At most; spread evenly over the held-out posts of each author."""
    texts: int = 32
    most: int = 3
    """Texts for one brief at most."""

    def each(self, briefs: int) -> int:
        """Texts for one brief by each arm."""
        return max(1, min(self.most, -(-self.texts // max(1, briefs))))


def sit(
    folder: Path,
    write: Write,
    *,
    held_loss: tuple[float | None, float | None],
    held: Sequence[Row] | None = None,
    train_posts: Sequence[str] | None = None,
    banned: Sequence[str] = (),
    votes: Mapping[str, int] | None = None,
    scale: float = 1.0,
    size: Size | None = None,
    progress: Callable[[int, int], None] | None = None,
    perplexity: bool = True,
) -> dict[str, Any]:
    """The record of an exam, with its verdict.

    `held`: the held-out rows (`core.train.dataset.Row` as JSON), those of held.jsonl in `folder` where None, and
    `train_posts` those of train.jsonl. `held_loss`: before and after, in nats a token (`perplexity`), else of pairs.
    `votes`: {"adapter", "base"} of blind comparisons. Texts are kept in `folder` as they are written, so a second call
    goes on where the first was broken off. Raises Invalid where there is nothing to write to, and what `write` raises.
    """
    began = time.monotonic()
    rows = [*(held if held is not None else read(folder / "held.jsonl"))]
    posts = [*(train_posts if train_posts is not None else [r["post"] for r in read(folder / "train.jsonl")])]
    size = size or Size()
    chosen = briefs(rows, size.briefs)
    if not chosen:
        raise Invalid("There is no held-out post to examine the adapter on.", "Collect more posts, then train again.")
    each = size.each(len(chosen))
    texts = written(folder, asks(chosen, each, seed=_seed(chosen), scale=scale), write, progress)
    raw = {arm: [[texts[f"{r['id']}/{arm}/{d}"] for d in range(each)] for r in chosen] for arm in ARMS}
    arms = as_used(chosen, raw, posts)
    record: dict[str, Any] = {
        "judged": judged(rows, chosen, arms),
        "copied": copied(chosen, raw, arms, posts),
        "generic": generic(arms),
        "constraints": constraints(chosen, arms, posts, banned),
        "held_loss": {"before": held_loss[0], "after": held_loss[1], "perplexity": perplexity},
        "votes": dict(votes) if votes else None,
    }
    found = verdict.rules(record)
    return {
        **record,
        "verdict": found,
        "passed": all(rule["passed"] for rule in found),
        "judge": judging.VERSION,
        "scale": scale,
        "briefs": len(chosen),
        "each": each,
        "seconds": round(time.monotonic() - began, 1),
        "texts": [
            {"id": row["id"], "brief": _topic(row), **{arm: arms[arm][at][0] for arm in ARMS}}
            for at, row in enumerate(chosen)
        ],
    }  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a file, a line each. Raises Invalid where the file is gone."""
    if not path.is_file():
        raise Invalid(f"{path.name} of this run is missing, so it cannot be examined.", "Start the training again.")
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines() if line.strip()]


def briefs(rows: Sequence[Row], most: int) -> list[Row]:
    """At most so many rows, the authors taking turns, each author's spread evenly over their held-out posts."""
    by: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by[row["author_id"]].append(row)
    share = -(-most // max(1, len(by)))
    spread = [own if len(own) <= share else [own[i * len(own) // share] for i in range(share)] for own in by.values()]
    turns = [own[at] for at in range(share) for own in spread if at < len(own)]
    return turns[:most]


def _topic(row: Row) -> str:
    return BriefFields.model_validate(row["fields"]).topic


def _seed(rows: Sequence[Row]) -> int:
    """The same briefs, the same seeds; other briefs, other seeds."""
    return int.from_bytes(hashlib.sha256("".join(str(r["id"]) for r in rows).encode()).digest()[:3], "little")


# ---- what is found ---------------------------------------------------------------------------------------------

Arms = Mapping[str, Sequence[Sequence[str]]]
Words = tuple[str, ...]
"""base and adapter -> for each brief its texts."""


def judged(rows: Sequence[Row], chosen: Sequence[Row], arms: Arms) -> dict[str, Any]:
    """Likeness to the author's other held-out posts; 0 is as near as these are to each other. Paired, by briefs."""
    judge = judging.Judge()
    by: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by[row["author_id"]].append(row)
    panels: dict[str, judging.Panel] = {}
    for author, own in by.items():
        try:
            panels[author] = judge.panel([r["post"] for r in own])
        except ValueError:
            continue  # too few or too short posts: counted as left out
    pairs: list[tuple[float, float]] = []
    for at, row in enumerate(chosen):
        if panel := panels.get(row["author_id"]):
            number = next(i for i, r in enumerate(by[row["author_id"]]) if r["id"] == row["id"])
            base, adapter = (float(np.mean([panel.judged(number, t) for t in arms[arm][at]])) for arm in ARMS)
            pairs.append((base, adapter))
    out: dict[str, Any] = {"n": len(pairs), "left_out": len(chosen) - len(pairs), "unit": UNIT, "own": 0.0}
    if not pairs:
        return {**out, "gain": None, "low": None, "high": None, "base": None, "adapter": None, "won": 0}
    base_s, adapter_s = np.array(pairs).T
    gain, low, high = interval(adapter_s - base_s)
    return {
        **out,
        "gain": gain,
        "low": low,
        "high": high,
        "base": float(base_s.mean()),
        "adapter": float(adapter_s.mean()),
        "won": int((adapter_s > base_s).sum()),
    }


def interval(values: Any, seed: int = 0) -> tuple[float, float, float]:
    """Mean, and 95% of the means of as many drawn with replacement (percentile bootstrap)."""
    values = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    drawn = values[rng.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def as_used(chosen: Sequence[Row], raw: Arms, posts: Sequence[str]) -> Arms:
    """The texts as they would stand in a draft: without sentences that an earlier post holds word for word.

    Both arms alike: a small model repeats the examples that it is shown, and an author's own sentence is near to the
    author in any text. What the brief says may stand (core.generate.copied does the same in use).
    """
    past = set().union(*(runs(post) for post in posts)) if posts else set()
    return {
        arm: [
            [_without(text, past - runs(_material(row))) for text in several]
            for row, several in zip(chosen, raw[arm], strict=True)
        ]
        for arm in ARMS
    }


def _without(text: str, past: set[Words]) -> str:
    if not runs(text) & past:
        return text
    lines, before = [], ""
    for line in text.split("\n"):
        kept = []
        for sentence in sentences(line):
            if not runs(f"{before} {sentence}") & past:
                kept.append(sentence)
                before = " ".join(f"{before} {sentence}".split()[1 - RUN :])
        if kept or not line.strip():
            lines.append(" ".join(kept))
    return "\n".join(lines).strip()


def _material(row: Row) -> str:
    return BriefFields.model_validate(row["fields"]).material


def copied(chosen: Sequence[Row], raw: Arms, arms: Arms, posts: Sequence[str]) -> dict[str, Any]:
    """Share of all runs of `RUN` words that stand in a training post: of the texts as used, and `raw`.

    `memorised`: of the raw ones, those from posts (or parts of them) that the request did not show.
    """
    past = set().union(*(runs(post) for post in posts)) if posts else set()

    def share(texts: Mapping[str, Sequence[Sequence[str]]], arm: str, shown: bool) -> float:
        found = [
            (runs(text), past if shown else past - runs(row["user"]))
            for row, several in zip(chosen, texts[arm], strict=True)
            for text in several
        ]
        windows = sum(len(own) for own, _ in found)
        return sum(len(own & known) for own, known in found) / windows if windows else 0.0

    return {
        **{arm: share(arms, arm, True) for arm in ARMS},
        "raw": {arm: share(raw, arm, True) for arm in ARMS},
        "memorised": {arm: share(raw, arm, False) for arm in ARMS},
        "windows": sum(len(runs(text)) for several in raw["adapter"] for text in several),
    }


def generic(arms: Arms) -> dict[str, Any]:
    """Mean genericness of the texts that are long enough to say; n: those of the smaller arm."""
    scores = {
        arm: [s for several in arms[arm] for text in several if (s := genericness.score_of(text)[0]) is not None]
        for arm in ARMS
    }
    n = min(len(found) for found in scores.values())
    return {"n": n, **{arm: float(np.mean(found)) if n else None for arm, found in scores.items()}}


def constraints(chosen: Sequence[Row], arms: Arms, posts: Sequence[str], banned: Sequence[str] = ()) -> dict[str, Any]:
    """Share of `CHECKS` that hold, over all texts; `of` each of them; `whole`: texts in which all of them hold."""
    own = Allowed.of([Source("sample", str(at), "", post) for at, post in enumerate(posts[-NAMES_FROM:])])
    found: dict[str, list[list[bool]]] = {}
    for arm in ARMS:
        found[arm] = []
        for row, several in zip(chosen, arms[arm], strict=True):
            brief = BriefFields.model_validate(row["fields"])
            said = Source("brief", "brief", brief.topic, "\n".join([brief.material, brief.goal, row["author"]]))
            allowed = own.plus([said])
            found[arm] += [_held(text, row["words"], allowed, banned) for text in several]
    return {
        **{arm: float(np.mean(found[arm])) for arm in ARMS},
        "of": {c: {arm: float(np.mean([h[at] for h in found[arm]])) for arm in ARMS} for at, c in enumerate(CHECKS)},
        "whole": {arm: float(np.mean([all(h) for h in found[arm]])) for arm in ARMS},
    }


def _held(text: str, asked: int, allowed: Allowed, banned: Sequence[str]) -> list[bool]:
    """Whether each of `CHECKS` holds."""
    foreign = {_KINDS[fact.kind] for fact in allowed.foreign(text)}
    low, high = LENGTH
    said = [s.lower() for s in sentences(text) if len(words(s)) >= LONG]
    return [
        low * asked <= len(words(text)) <= high * asked + 10,
        *(kind not in foreign for kind in CHECKS[1:5]),
        not banned_in(text, banned),
        len(said) == len(set(said)),
    ]
