"""`python -m bench.claims`: 200 labelled sentences (half of them held out), two peers, facts in real posts."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from analytics import embedding
from bench.report import RESULTS
from core.claims import Allowed, Source, check, facts
from core.claims.sentences import kind
from core.claims.wording import content

HERE = Path(__file__).parent
POSTS = HERE.parents[2] / "shared/data/posts.jsonl"
SAMPLE = 800
Row = dict[str, Any]
Answer = tuple[str, str]
"""What was found: the status, and the source's sentence ('' for none)."""


def rows(name: str) -> list[Row]:
    """Labelled sentences, each with the sentences of its source."""
    sources = {row["id"]: row["sentences"] for row in _read("sources")}
    return [{**row, "source": sources[row["source"]]} for row in _read(name)]


def ours(row: Row, meaning: bool = True) -> Answer:
    """Timbre's answer."""
    found = check(row["sentence"], [Source("knowledge", "s", "", " ".join(row["source"]))], meaning)
    for status in ("unsupported", "supported"):
        if hits := [c for c in found if c.status == status]:
            return status, hits[0].quote
    return "no claim", ""


def overlap(said: str, source: str) -> float:
    """Share of a sentence's telling words that a source's sentence has."""
    mine = set(content(said))
    return len(mine & set(content(source))) / len(mine) if mine else 0.0


def cosine(said: str, source: str) -> float:
    """Cosine by MiniLM."""
    one, two = embedding.embed([said, source])
    return float(one @ two)


def peer(row: Row, measure: Callable[[str, str], float], bar: float) -> Answer:
    """Supported where the nearest sentence reaches the bar. Our rules tell it what is no claim."""
    if kind(row["sentence"]) != "claim":
        return "no claim", ""
    near = max((measure(row["sentence"], s), s) for s in row["source"])
    return ("supported" if near[0] >= bar else "unsupported"), near[1]


def best_bar(dev: Sequence[Row], measure: Callable[[str, str], float]) -> float:
    """The bar with the best F1 for unsupported sentences on the development half."""
    bars = [n / 50 for n in range(5, 50)]
    near = {id(row): max(measure(row["sentence"], s) for s in row["source"]) for row in dev}

    def f1(bar: float) -> float:
        said = [("supported" if near[id(r)] >= bar else "unsupported") for r in dev]
        found = figures(
            dev, [(a if kind(r["sentence"]) == "claim" else "no claim", "") for a, r in zip(said, dev, strict=True)]
        )
        return float(2 * found["precision"] * found["recall"] / max(1e-9, found["precision"] + found["recall"]))

    return max(bars, key=f1)


def figures(labelled: Sequence[Row], answers: Sequence[Answer]) -> dict[str, Any]:
    """Precision and recall for unsupported sentences, all three labels right, and the right source sentence."""
    pairs = [(row["label"], status) for row, (status, _) in zip(labelled, answers, strict=True)]
    both = sum(a == b == "unsupported" for a, b in pairs)
    said, there = sum(b == "unsupported" for _, b in pairs), sum(a == "unsupported" for a, _ in pairs)
    hard = [a == b for (a, b), row in zip(pairs, labelled, strict=True) if row["hard"]]
    linked = [quote == row["source"][row["evidence"] - 1] for row, (_, quote) in zip(labelled, answers, strict=True)
              if row["label"] == "supported"]  # fmt: skip
    return {
        "n": len(pairs),
        "precision": round(both / said, 3) if said else 0.0,
        "recall": round(both / there, 3) if there else 0.0,
        "right": round(sum(a == b for a, b in pairs) / len(pairs), 3),
        "right_hard": round(sum(hard) / len(hard), 3),
        "linked": round(sum(linked) / len(linked), 3),
    }


def real_posts() -> dict[str, Any] | None:
    """Facts of real posts: none is foreign to the post itself, most are foreign to another post."""
    if not POSTS.exists():
        return None
    texts = [json.loads(line)["text"] for line in POSTS.read_text(encoding="utf8").splitlines()]
    texts = random.Random(5).sample(texts, SAMPLE)
    allowed = [Allowed.of([Source("brief", "b", "", text)]) for text in texts]
    count = sum(len(facts(text)) for text in texts)
    own = sum(len(a.foreign(text)) for a, text in zip(allowed, texts, strict=True))
    others = [allowed[at - 1].foreign(text) for at, text in enumerate(texts)]
    with_facts = sum(bool(facts(text)) for text in texts)
    return {
        "posts": len(texts),
        "facts": count,
        "foreign_to_itself": own,
        "foreign_to_another": sum(map(len, others)),
        "posts_caught": round(sum(map(bool, others)) / max(1, with_facts), 3),
    }


def main() -> None:
    dev, held = rows("dev"), rows("heldout")
    bars = {"word overlap": best_bar(dev, overlap), "MiniLM cosine": best_bar(dev, cosine)}
    out: dict[str, Any] = {"bars": bars, "sets": {}}
    for name, labelled in (("dev", dev), ("held out", held)):
        out["sets"][name] = {
            "Timbre": figures(labelled, [ours(r) for r in labelled]),
            "Timbre without MiniLM": figures(labelled, [ours(r, meaning=False) for r in labelled]),
            "word overlap": figures(labelled, [peer(r, overlap, bars["word overlap"]) for r in labelled]),
            "MiniLM cosine": figures(labelled, [peer(r, cosine, bars["MiniLM cosine"]) for r in labelled]),
        }
        print(f"\n{name} ({len(labelled)} sentences)")
        print(f"{'':24}{'precision':>10}{'recall':>8}{'right':>8}{'hard':>8}{'linked':>8}")
        for who, found in out["sets"][name].items():
            print(f"{who:24}" + "".join(f"{found[k]:>{w}.2f}" for k, w in
                  (("precision", 10), ("recall", 8), ("right", 8), ("right_hard", 8), ("linked", 8))))  # fmt: skip
    out["seconds_a_post"] = _pace(dev)
    out["real_posts"] = real_posts()
    print(f"\nA post of ten sentences, warm: {out['seconds_a_post']}\nFacts in real posts: {out['real_posts']}")
    (RESULTS / "claims.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf8")


def _pace(labelled: Sequence[Row]) -> dict[str, float]:
    """Median seconds for ten sentences against sixty of sources: with MiniLM, and as the pages do it."""
    sources = [Source("knowledge", str(at), "", " ".join(row["source"])) for at, row in enumerate(labelled[::10])]
    text = " ".join(row["sentence"] for row in labelled[3:60:6])
    out = {}
    for name, meaning in (("with MiniLM", True), ("without", False)):
        check("Warm it up in a sentence of its own.", sources, meaning)
        took = []
        for turn in range(5):
            started = time.perf_counter()
            check(f"{text} Turn {turn} of it.", sources, meaning)
            took.append(time.perf_counter() - started)
        out[name] = round(sorted(took)[2], 3)
    return out


def _read(name: str) -> list[Row]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf8").splitlines()]


if __name__ == "__main__":
    main()
