"""Vocabulary: how varied the words are, which ones stand out against general English, and what general English is."""

from __future__ import annotations

import functools
import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from analytics.text import FOLD, sentences, words

BACKGROUND = Path(__file__).with_name("background.tsv.gz")
MIN_AUTHORS = 3
"""A word stands in the background only where this many writers use it: nobody's own words are shipped."""


def tokens(text: str) -> list[str]:
    """Words in lower case with straight apostrophes, as the background counts them."""
    return [word.lower().replace("’", "'") for word in words(text)]


def type_token_ratio(text: str) -> float:
    """Different words / words, 0 to 1; falls with length, so compare equal lengths only. NaN without words."""
    found = tokens(text)
    return len(set(found)) / len(found) if found else math.nan


def mattr(found: Sequence[str], window: int = 50) -> float:
    """Moving-average type-token ratio of a list of words, 0 to 1; higher is more varied, and length hardly matters.

    The mean share of different words in every run of `window` words (Covington and McFall 2010); NaN for fewer words.
    """
    if len(found) < window:
        return math.nan
    inside = Counter(found[:window])
    total, kinds = len(inside), len(inside)
    for old, new in zip(found, found[window:], strict=False):
        inside[new] += 1
        kinds += inside[new] == 1
        inside[old] -= 1
        kinds -= inside[old] == 0
        total += kinds
    return total / (window * (len(found) - window + 1))


def lexical_diversity(text: str) -> float:
    """`mattr` of a text over 50 words; NaN where it has fewer."""
    return mattr(tokens(text))


def hapax_share(text: str) -> float:
    """Share of the words that come once, 0 to 1; NaN without words."""
    found = tokens(text)
    return sum(n == 1 for n in Counter(found).values()) / len(found) if found else math.nan


def word_letters(text: str) -> float:
    """Mean letters a word; higher is more Latinate. NaN without words."""
    found = words(text)
    return sum(map(len, found)) / len(found) if found else math.nan


def keyness(
    texts: Iterable[str], background_counts: Mapping[str, float], size: int = 1, least: int = 3
) -> list[tuple[str, float, int]]:
    """Words (or runs of `size` words inside a sentence) used more than in the background: (phrase, score, count).

    Score: log-likelihood G² (Dunning 1993); over 15.13 is p < .0001 for one word. The highest first; only what comes
    at least `least` times and relatively more often than in `background_counts` (phrase -> occurrences).
    """
    mine = Counter(gram for text in texts for gram in grams(text, size))
    total, other = sum(mine.values()), sum(background_counts.values())
    out = []
    for phrase, count in mine.items():
        usual = background_counts.get(phrase, 0.0)
        if count >= least and count * other >= usual * total:
            out.append((phrase, log_likelihood(count, total, usual, other), count))
    return sorted(out, key=lambda item: (-item[1], item[0]))


def log_likelihood(count: float, total: float, other_count: float, other_total: float) -> float:
    """G² of a word that comes `count` times in `total` here and `other_count` in `other_total` there (Dunning 1993)."""
    both, whole = count + other_count, total + other_total
    if not both or not total or not other_total:
        return 0.0
    expected, other_expected = total * both / whole, other_total * both / whole
    here = count * (math.log(count) - math.log(expected)) if count and expected else 0.0
    there = other_count * (math.log(other_count) - math.log(other_expected)) if other_count and other_expected else 0.0
    return max(0.0, 2 * (here + there))


def grams(text: str, size: int) -> Iterable[str]:
    """Runs of `size` words, none across the end of a sentence."""
    if size == 1:
        yield from tokens(text)
        return
    for sentence in sentences(text):
        run = tokens(sentence)
        yield from (" ".join(run[at : at + size]) for at in range(len(run) - size + 1))


@functools.cache
def background() -> Mapping[str, int]:
    """General English of posts and blogs: word -> occurrences in ten million words, lower case, straight apostrophes.

    Counted over 2,613 posts of 31 people and companies, each weighing the same; only words that 3 or more of them use.
    """
    rows = gzip.decompress(BACKGROUND.read_bytes()).decode("utf8").splitlines()
    return {word: int(count) for word, _, count in (row.partition("\t") for row in rows)}


def count_background(posts: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Background counts of (author, text) pairs: the mean of the authors' rates, in ten million words."""
    by_author: dict[str, Counter[str]] = defaultdict(Counter)
    for author, text in posts:
        by_author[author].update(tokens(FOLD.sub("", text)))
    rates: dict[str, list[float]] = defaultdict(list)
    for seen in by_author.values():
        total = sum(seen.values())
        for word, count in seen.items():
            rates[word].append(count / total)
    return {w: max(1, round(1e7 * sum(r) / len(by_author))) for w, r in rates.items() if len(r) >= MIN_AUTHORS}


def main(source: str) -> None:
    """Count the posts of a .jsonl file (`author`, `text`) and write the background that is shipped."""
    posts = [json.loads(line) for line in Path(source).read_text(encoding="utf8").splitlines()]
    counted = count_background((post["author"], post["text"]) for post in posts)
    rows = "".join(f"{word}\t{count}\n" for word, count in sorted(counted.items(), key=lambda i: (-i[1], i[0])))
    BACKGROUND.write_bytes(gzip.compress(rows.encode("utf8"), 9, mtime=0))
    sys.stdout.write(f"{len(counted)} words in {BACKGROUND.name}\n")


if __name__ == "__main__":
    main(sys.argv[1])
