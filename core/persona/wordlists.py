"""The word lists that figures of tone rest on (words.txt), and the count of a post's words by list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analytics.wordclasses import MEMBERSHIP

_HEAD = re.compile(r"^\[(\w+)\].*$", re.MULTILINE)


def _load() -> dict[str, tuple[str, ...]]:
    """List name -> its words, in the order of the file."""
    text = Path(__file__).with_name("words.txt").read_text(encoding="utf8")
    parts = _HEAD.split(text)[1:]
    out = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        words = body.replace("\n", "; ").split(";") if name == "style" else body.split()
        out[name] = tuple(dict.fromkeys(w.strip() for w in words if w.strip()))
    return out


LISTS = _load()
FORMAL = ("article", "preposition")
"""Closed classes that grow with formality (Heylighen and Dewaele 1999)."""
INFORMAL = ("pronoun", "auxiliary", "adverb", "interjection")
"""Closed classes that shrink with formality."""
POSITIVE, NEGATIVE = frozenset(LISTS["positive"]), frozenset(LISTS["negative"])
NEGATIONS = frozenset(LISTS["negation"])
STYLE = LISTS["style"]
"""Words and phrases of style rather than subject: the ones whose absence says something."""
PERSONS = {"first_singular": "i", "first_plural": "we", "second_person": "you"}
"""The classes of analytics.wordclasses that say who speaks, and their names here."""
_COUNTED = (*FORMAL, *INFORMAL, "warm", "certain", "hedge")
COMMON = frozenset(w for name in (*FORMAL, *INFORMAL, "certain", "hedge", "common") for w in LISTS[name]) | frozenset(
    w for w, classes in MEMBERSHIP.items() if "function" in classes
)
"""Words too common to be anybody's subject."""


def _index() -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for name in _COUNTED:
        for word in LISTS[name]:
            out.setdefault(word, []).append(name)
    for word, classes in MEMBERSHIP.items():
        out.setdefault(word, []).extend(PERSONS[c] for c in sorted(classes & PERSONS.keys()))
    return {word: tuple(names) for word, names in out.items() if names}


_CLASSES = _index()


def tally(words: Sequence[str]) -> Counter[str]:
    """How many words of each list; positive and negative ones within three words of a negation change sides."""
    out: Counter[str] = Counter()
    for at, word in enumerate(words):
        for name in _CLASSES.get(word, ()):
            out[name] += 1
        glad, sad = word in POSITIVE, word in NEGATIVE
        if glad or sad:
            turned = any(w in NEGATIONS for w in words[max(0, at - 3) : at])
            out["negative" if glad == turned else "positive"] += 1
    return out
