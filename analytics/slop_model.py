"""A text as counts of its grammar, without layout and subject, and the trained weights that score it. numpy only."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import regex

from analytics.text import EMOJI, FOLD, HASHTAG, LINES, LINK, MENTION
from analytics.wordclasses import MEMBERSHIP

WEIGHTS = Path(__file__).with_name("genericness.npz")
VERSION = "generic-1"
Floats = npt.NDArray[np.float32]
Grams = Counter[str]

_DOMAIN = regex.compile(
    r"(?<![\w@.])(?:[a-z0-9\-]+\.)+(?:com|org|net|io|ai|co|dev|app|edu|gov|tv|me|uk|de|eu)\b(?:/[^\s<>\"]*)?",
    regex.IGNORECASE,
)
_MARKDOWN = regex.compile(r"\*{1,3}|_{2,}|`+|^#{1,4}\s+|^>\s+|^-{3,}\s*$", regex.MULTILINE)
_BULLET = regex.compile(
    r"^[ \t]*(?:[-*•◦‣·–—▪►▶➡→✓✔✅☑🔹🔸👉]\uFE0F?|\(?\d{1,2}[.)])[ \t]+"
    r"|[•◦‣▪►▶➡→✓✔☑]\uFE0F?|(?<=\s)\(?\d{1,2}[.)](?=\s+\p{Lu})",
    regex.MULTILINE,
)
_TAG = r"(?:hashtag)?[#＃][\p{L}\p{N}_]+"
_TAGS = regex.compile(rf"(?:\s*{_TAG})+\W*\Z|(?:{_TAG}\s*){{2,}}")
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "`": "'", "´": "'", "…": "..."}
)
_TOKEN = regex.compile(
    r"[\p{L}\p{N}\p{M}]+(?:(?:['\-]|(?<=\p{N})[.,](?=\p{N}))[\p{L}\p{N}\p{M}]+)*"
    r"|\.\.\.|[.,:;!?()\"—–%$&/+]|-+"
)
_ENDINGS = ("tion", "ment", "ness", "ity", "ing", "ed", "ly", "ive", "ful", "ous", "able", "er", "est", "s")


def normalised(text: str) -> str:
    """The words and punctuation of a text on one line.

    Line breaks, spaces, bullets, markdown, emoji, links, hashtags, mentions, quote shapes and LinkedIn's fold mark say
    how a text was copied, not how it is written: they are taken out or made one.
    """
    text = LINES.sub("\n", FOLD.sub("", text))
    for pattern, put in ((LINK, " "), (_DOMAIN, " "), (_MARKDOWN, ""), (EMOJI, " "), (_BULLET, " ")):
        text = pattern.sub(put, text)
    text = _TAGS.sub(" ", text.strip())
    text = MENTION.sub("namex", HASHTAG.sub("tagx", text))  # in lower case: masked as words, not as names
    return " ".join(text.translate(_PLAIN).split())


def tokens(text: str) -> list[str]:
    """Words and punctuation marks of a normalised text, as written."""
    return list(_TOKEN.findall(text))


def masked(found: Sequence[str], keep: Collection[str]) -> list[str]:
    """Tokens with every word outside `keep` as its shape: a number, a name, or its ending (`~ing`, `~tion`, `~`)."""
    out: list[str] = []
    for word in found:
        lowered = word.lower()
        if lowered in keep or not word[0].isalnum():
            out.append(lowered)
        elif word[0].isdigit():
            out.append("0")
        elif word[0].isupper() and out and out[-1] not in ".!?":
            out.append("Xx")
        else:
            out.append(_shape(lowered))
    return out


@functools.lru_cache(maxsize=20_000)
def _shape(word: str) -> str:
    return next((f"~{end}" for end in _ENDINGS if word.endswith(end) and len(word) > len(end) + 2), "~")


def grams(found: Sequence[str], longest: int) -> Grams:
    """How often each run of 1 to `longest` tokens comes."""
    runs = (" ".join(found[at : at + n]) for n in range(1, longest + 1) for at in range(len(found) - n + 1))
    return Counter(runs)


@dataclass(frozen=True)
class Block:
    """One way to read a text: which words stay, how long the runs are."""

    keep: frozenset[str]
    longest: int

    def read(self, found: Sequence[str]) -> Grams:
        """The runs of a text's tokens."""
        return grams(masked(found, self.keep), self.longest)


@dataclass(frozen=True, eq=False)
class Weights:
    """Trained weights: for each block, gram -> row of `idf` and `coef`."""

    blocks: tuple[Block, ...]
    vocabulary: tuple[dict[str, int], ...]
    idf: tuple[Floats, ...]
    coef: tuple[Floats, ...]
    intercept: float
    slope: float
    offset: float
    line: float
    """The score over which a text counts as generic, chosen so that few people are over it, whoever they are."""

    def decision(self, found: Sequence[str]) -> float:
        """The classifier's raw value, higher is more generic."""
        parts = zip(self.blocks, self.vocabulary, self.idf, self.coef, strict=True)
        return self.intercept + sum(_dot(block.read(found), known, idf, coef) for block, known, idf, coef in parts)

    def score(self, found: Sequence[str]) -> float:
        """`decision` as a share between 0 and 1 at even odds."""
        return float(1 / (1 + np.exp(-np.clip(self.slope * self.decision(found) + self.offset, -30, 30))))


def _dot(seen: Grams, vocabulary: dict[str, int], idf: Floats, coef: Floats) -> float:
    at, values = placed(seen, vocabulary, idf)
    return float(values @ coef[at])


def placed(seen: Grams, vocabulary: dict[str, int], idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """The rows of the vocabulary that a text has, and its values there: a vector of length 1 (0 where it has none)."""
    rows = [(vocabulary[gram], n) for gram, n in seen.items() if gram in vocabulary]
    at = np.array([row for row, _ in rows], dtype=np.int64)
    values = (1 + np.log(np.array([n for _, n in rows], dtype=np.float32))) * idf[at]
    return at, np.asarray(values / max(float(np.sqrt(values @ values)), 1e-12), dtype=np.float32)


SMALL: frozenset[str] = frozenset(MEMBERSHIP)
"""The small words of English, which stay in every block."""


def save(weights: Weights, path: Path = WEIGHTS) -> None:
    """Write weights as a compressed .npz: texts as UTF-8 bytes with newlines, numbers as half floats."""
    parts: dict[str, npt.NDArray[np.generic]] = {
        "version": _bytes(VERSION),
        "numbers": np.array([weights.intercept, weights.slope, weights.offset, weights.line]),
    }
    for i, block in enumerate(weights.blocks):
        parts[f"keep{i}"] = _bytes("\n".join(sorted(block.keep)))
        parts[f"longest{i}"] = np.array(block.longest)
        parts[f"grams{i}"] = _bytes("\n".join(weights.vocabulary[i]))
        parts[f"idf{i}"], parts[f"coef{i}"] = weights.idf[i].astype(np.float16), weights.coef[i].astype(np.float16)
    np.savez_compressed(path, allow_pickle=False, **parts)


@functools.cache
def load(path: Path = WEIGHTS) -> Weights:
    """The weights that come with Timbre. Raises ValueError where the file is of another version."""
    with np.load(path) as file:
        if (found := _text(file["version"])) != VERSION:
            raise ValueError(f"{path.name} holds {found}, not {VERSION}: run python -m bench.voice.fit_genericness")
        n = sum(name.startswith("grams") for name in file.files)
        blocks = tuple(
            Block(frozenset(_text(file[f"keep{i}"]).split("\n")), int(file[f"longest{i}"])) for i in range(n)
        )
        vocabulary = tuple({g: at for at, g in enumerate(_text(file[f"grams{i}"]).split("\n"))} for i in range(n))
        idf, coef = (tuple(file[f"{name}{i}"].astype(np.float32) for i in range(n)) for name in ("idf", "coef"))
        return Weights(blocks, vocabulary, idf, coef, *(float(x) for x in file["numbers"]))


def _bytes(text: str) -> npt.NDArray[np.generic]:
    return np.frombuffer(text.encode("utf8"), dtype=np.uint8)


def _text(stored: npt.NDArray[np.generic]) -> str:
    return stored.tobytes().decode("utf8")
