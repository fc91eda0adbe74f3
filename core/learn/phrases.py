"""Phrases that people cut from drafts again and again, and phrases that they put in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from analytics import text, vocabulary
from core.exemplars.rank import COMMON
from core.learn.model import LEAST, Case, often, poisson_tail, tail
from core.learn.moves import without_last

LONGEST = 4
CHANCE = 0.05
"""How likely any phrase of all that were looked at would come up by chance (Bonferroni)."""
PUT_IN = 0.2
"""A phrase is put in where at least this share of the edited drafts got it."""
AT_ONCE = 3
RULE = (
    f"Counted over all runs of 1 to {LONGEST} words that {LEAST} drafts or more hold. At the rate at which any words "
    f"of these drafts are cut, one so regular would turn up with a chance below {CHANCE:.0%}, all phrases together."
)
RULE_IN = (
    f"In {LEAST} drafts or more and {PUT_IN:.0%} of the edited ones. From how common its words are in general English "
    f"one so regular would turn up with a chance below {CHANCE:.0%}, all phrases together."
)

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase, the cases, and in how many it could have been."""

    words: Gram
    cases: list[Case]
    of: int

    @property
    def phrase(self) -> str:
        """As it is written, lower case but for I."""
        return " ".join("I" + w[1:] if w == "i" or w.startswith("i'") else w for w in self.words)


@lru_cache(maxsize=1024)
def grams(value: str) -> frozenset[Gram]:
    """Runs of 1 to 4 words of a text, lower case, straight apostrophes, none across the end of a sentence."""
    out = set()
    for sentence in text.sentences(text.HASHTAG.sub(" ", text.LINK.sub(" ", value))):
        run = [str(w).lower().replace("’", "'") for w in text.WORD.findall(sentence)]
        out |= {tuple(run[at : at + n]) for n in range(1, LONGEST + 1) for at in range(len(run) - n + 1)}
    return frozenset(out)


def _telling(gram: Gram) -> bool:
    """Whether a run of words is something that one may stop writing: not "of the"."""
    rare = [w for w in gram if w not in COMMON and not w.isdigit() and len(w) > 2]
    return bool(rare) or len(gram) == LONGEST


@lru_cache(maxsize=32)
def cut(cases: tuple[Case, ...]) -> list[Found]:
    """Phrases that stood in drafts and were cut from at least half of them, the clearest first."""
    edited = [c for c in cases if not c.asked]
    there = [grams(without_last(c)) for c in edited]
    lost = [before - grams(c.after) for c, before in zip(edited, there, strict=True)]
    seen: Counter[Gram] = Counter(chain.from_iterable(there))
    gone: Counter[Gram] = Counter(chain.from_iterable(lost))
    rates = _rates(seen, gone)
    several = [gram for gram, n in seen.items() if n >= LEAST]
    out = []
    for gram in several:
        k, n = gone[gram], seen[gram]
        if often(k, n) and _telling(gram) and tail(k, n, rates[len(gram)]) * len(several) < CHANCE:
            out.append(Found(gram, [c for c, cut in zip(edited, lost, strict=True) if gram in cut], n))
    return _apart([f for f in out if not _of_brief(f)])


def _rates(seen: Counter[Gram], gone: Counter[Gram]) -> dict[int, float]:
    """The share of all runs of so many words that were cut, by their number of words."""
    there, lost = Counter[int](), Counter[int]()
    for gram, n in seen.items():
        there[len(gram)] += n
        lost[len(gram)] += gone[gram]
    return {size: lost[size] / there[size] for size in there}


@lru_cache(maxsize=32)
def put_in(cases: tuple[Case, ...]) -> list[Found]:
    """Turns of phrase (2 to 4 words) that people put into drafts, the clearest first."""
    edited = [c for c in cases if not c.asked and c.edited]
    added = [grams(c.after) - grams(c.before) for c in edited]
    many = Counter(gram for new in added for gram in new if len(gram) > 1)
    several = [gram for gram, n in many.items() if n >= max(LEAST, PUT_IN * len(edited))]
    if not several:
        return []
    common = vocabulary.background()
    total = sum(common.values()) or 1
    places = [sum(len(g) == 1 for g in new) for new in added]
    out = []
    for gram in several:
        rate = min(common.get(w, 1) for w in gram) / total  # no phrase is commoner than its rarest word
        if _telling(gram) and poisson_tail(many[gram], rate * sum(places)) * len(several) < CHANCE:
            rows = [c for c, new in zip(edited, added, strict=True) if gram in new]
            out.append(Found(gram, rows, len(edited)))
    return _apart([f for f in out if not _of_brief(f)])


def _of_brief(found: Found) -> bool:
    """Whether it is what the briefs were about, in any of the cases: a subject is no manner of writing."""
    rare = {w for w in found.words if w not in COMMON}
    return any(rare & set(case.words) for case in found.cases)


def _apart(found: list[Found]) -> list[Found]:
    """The longest form of each phrase, the most frequent first; what shares words with one that stands is left out."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (-len(f.cases), -len(f.words), f.words)):
        mine = set(one.words)
        if not any(len(mine & set(k.words)) * 2 >= len(mine) for k in kept):
            kept.append(one)
    return kept[:AT_ONCE]
