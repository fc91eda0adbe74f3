"""What is usual among other authors: a small table of figures, rates and shares, counted over 31 public authors.

The table holds no text of theirs, only numbers and common runs of words. `python -m core.persona.reference POSTS.jsonl`
makes it again (one JSON object a line: author, text).
"""

from __future__ import annotations

import bisect
import functools
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from core.persona.figures import figures
from core.persona.wordlists import STYLE

TABLE = Path(__file__).with_name("reference.json")
_FLOOR = 0.002
"""The share taken for a phrase that the table does not know: the table holds what at least 3 authors use."""


@functools.cache
def table() -> dict[str, Any]:
    """`authors`, `figures` (name -> values, one an author), `style` (per 1,000 words), `phrases` (share of posts)."""
    read: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf8"))
    return read


def band(name: str, value: float) -> int:
    """In which fifth of the authors a figure lies: 0 (lowest) to 4."""
    return min(4, int(5 * _rank(name, value)))


def place(name: str, value: float) -> str:
    """The same in words."""
    values = table()["figures"][name]
    return f"higher than {bisect.bisect_left(values, value)} of {len(values)} other authors"


def _rank(name: str, value: float) -> float:
    values = table()["figures"][name]
    return (bisect.bisect_left(values, value) + bisect.bisect_right(values, value)) / 2 / max(1, len(values))


def style_rates() -> dict[str, float]:
    """Style words that at least a quarter of the authors use -> uses per 1,000 words."""
    rates: dict[str, float] = table()["style"]
    return rates


def phrase_share(phrase: str) -> float:
    """The share of other authors' posts that hold these words, 0 to 1; never 0."""
    return float(max(_FLOOR, table()["phrases"].get(phrase, 0.0)))


def build(posts: dict[str, list[str]]) -> dict[str, Any]:
    """The table from author -> texts."""
    from core.persona import tone
    from core.persona.corpus import Corpus

    read = {a: Corpus(tuple(f for f in map(figures, texts) if f.words)) for a, texts in posts.items()}
    sums = {name: sorted(round(rule(c), 2) for c in read.values()) for name, rule in tone.FIGURES.items()}
    return {"authors": len(read), "figures": sums, "style": _style(read), "phrases": _phrases(read)}


def _style(read: dict[str, Any]) -> dict[str, float]:
    """The mean of authors without the two who use the words most: absence must not be overstated."""
    counts: dict[str, list[int]] = defaultdict(list)
    words = [corpus.words for corpus in read.values()]
    for corpus in read.values():
        seen: Counter[tuple[str, ...]] = Counter(g for p in corpus.posts for n in (1, 2, 3) for g in p.grams(n))
        for phrase in STYLE:
            counts[phrase].append(seen[tuple(phrase.split())])
    out = {}
    for phrase, of_each in sorted(counts.items()):
        if sum(c > 0 for c in of_each) >= len(of_each) / 4:
            rates = sorted(c / w for c, w in zip(of_each, words, strict=True))[:-2]
            out[phrase] = round(1000 * sum(rates) / len(rates), 3)
    return out


def _phrases(read: dict[str, Any]) -> dict[str, float]:
    shares: Counter[str] = Counter()
    authors: Counter[str] = Counter()
    for corpus in read.values():
        seen = Counter(" ".join(g) for p in corpus.posts for n in (2, 3, 4, 5) for g in set(p.grams(n)))
        authors.update(seen.keys())
        shares.update({g: count / corpus.n for g, count in seen.items()})
    usual = {g: shares[g] / len(read) for g, count in authors.items() if count >= 3}
    return {g: round(s, 4) for g, s in sorted(usual.items()) if s >= 2 * _FLOOR}


def main() -> None:
    """Write the table from the posts named on the command line."""
    posts: dict[str, list[str]] = defaultdict(list)
    for line in Path(sys.argv[1]).read_text(encoding="utf8").splitlines():
        post = json.loads(line)
        posts[post["author"]].append(post["text"])
    TABLE.write_text(json.dumps(build(posts), indent=0, sort_keys=True) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
