"""The judge of exams: how near a text is to an author by grammar and by surface. Training and reranking never see it.

Grammar: likelihood of the masked text under the author's own runs of tokens against other people's, after LambdaG
(arXiv 2403.08462). Surface: Cosine Delta (Würzburg) of frequent words and marks, and characters by TF-IDF. Nothing is
shared with `voice.py`: other features, other fitting, fewer people behind it (`python -m bench.voice.fit_exam`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics.exam_reading import BUCKETS, Run, bare, characters, frequent, runs, sentences

VERSION = "1"
BANK = Path(__file__).with_name("exam_bank.npz")
DISCOUNT = 0.75
"""What is taken from each count for what was not seen."""
UNSEEN = 5e-5
"""Probability of a token that nobody said."""
MOST = 3.0
"""What one token can say at most, in nats: a single odd word decides nothing."""
STRANGERS = 6
"""Grammars of other people that an author's is compared with, each drawn from the bank to be as large as theirs."""
LEAST_WORDS = 25
"""Shorter posts say too little to set the scale by."""
LEAST_POSTS = 4
"""Posts of the author under which there is no scale."""
Array = npt.NDArray[np.float64]


# ---- other people --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Bank:
    """What three or more other people have in common, by hash: no text, no word, no number of one person."""

    runs: npt.NDArray[np.uint64]  # (n,) keys of runs that three people or more use
    before: npt.NDArray[np.uint64]  # (n,) the key of what stands before each
    counts: npt.NDArray[np.int64]  # (n,)
    contexts: npt.NDArray[np.uint64]  # (m,) what stands before a token, of three people or more
    others: npt.NDArray[np.int64]  # (m,) how often something else follows it
    tokens: int
    words: npt.NDArray[np.uint64]  # (300,) keys of the most frequent words and marks
    mean: Array  # (300,) of their rates among posts
    spread: Array
    rarity: Array  # (BUCKETS,) idf of runs of characters
    strange: Array  # (BUCKETS,) their mean vector
    usual: Array  # (2,) how much the posts of one author differ in grammar and surface: standard deviations
    people: int


def load(path: Path = BANK) -> Bank:
    """A bank from its file. Raises ValueError where it was made for another version."""
    with np.load(path, allow_pickle=False) as kept:
        if str(kept["version"]) != VERSION:
            raise ValueError(f"{path.name} was made for another version of the judge; make it again.")
        wide = {name: kept[name].astype(np.int64) for name in ("counts", "others")}
        real = {name: kept[name].astype(np.float64) for name in ("mean", "spread", "rarity", "strange", "usual")}
        keys = {name: kept[name] for name in ("runs", "before", "contexts", "words")}
        return Bank(**wide, **real, **keys, tokens=int(kept["tokens"]), people=int(kept["people"]))


# ---- grammar -------------------------------------------------------------------------------------------------


class Grammar:
    """How likely tokens are after what stands before them (interpolated absolute discounting; Ney et al. 1994)."""

    def __init__(self, counts: dict[int, int], totals: dict[int, tuple[int, float]]) -> None:
        self._counts, self._totals = counts, totals
        """Run -> how often; context -> how often, and the share of it that is left for what was not seen after it."""

    @classmethod
    def of(cls, posts: Iterable[list[list[Run]]]) -> Grammar:
        """Counted from posts that are read as `runs`."""
        counts: Counter[Run] = Counter()
        for post in posts:
            for found in post:
                counts.update(found)
        return cls._made([(before, run, n) for (before, run), n in counts.items()], ())

    @classmethod
    def drawn(cls, bank: Bank, tokens: int, rng: np.random.Generator) -> Grammar:
        """Other people's, as large as `tokens` of their text would make it."""
        share = min(1.0, tokens / bank.tokens)
        some = rng.binomial(bank.counts, share)
        rest = rng.binomial(bank.others, share)
        kept, left = some > 0, rest > 0
        rows = zip(bank.before[kept].tolist(), bank.runs[kept].tolist(), some[kept].tolist(), strict=True)
        return cls._made(list(rows), zip(bank.contexts[left].tolist(), rest[left].tolist(), strict=True))

    @classmethod
    def _made(cls, rows: Sequence[tuple[int, int, int]], unseen: Iterable[tuple[int, int]]) -> Grammar:
        total: Counter[int] = Counter()
        kinds: Counter[int] = Counter()
        for before, _, n in rows:
            total[before] += n
            kinds[before] += 1
        for before, n in unseen:  # what one or two people say: each time another
            total[before] += n
            kinds[before] += n
        return cls({run: n for _, run, n in rows}, {b: (n, DISCOUNT * kinds[b] / n) for b, n in total.items()})

    def says(self, post: Sequence[Sequence[Run]]) -> Array:
        """Log-probability of each token: (tokens,), in nats."""
        out = np.empty(len(post))
        for at, found in enumerate(post):
            chance = UNSEEN
            for before, run in found:
                if before not in self._totals:
                    break  # longer ones were not seen either
                total, left = self._totals[before]
                chance = max(self._counts.get(run, 0) - DISCOUNT, 0.0) / total + left * chance
            out[at] = chance
        return np.asarray(np.log(out))


# ---- judging -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Read:
    """A text as the judge sees it."""

    grammar: list[list[Run]]
    delta: Array
    chars: Array


class Judge:
    """Tells how near texts are to an author. The same every time: what is drawn is drawn by a seed."""

    def __init__(self, bank: Bank | None = None, seed: int = 5) -> None:
        self.bank = bank or load()
        self._seed = seed

    def read(self, text: str) -> Read:
        """Read once, judged often."""
        counts = frequent(text)
        rates = np.array([counts.get(word, 0) for word in self.bank.words.tolist()]) / max(1, sum(counts.values()))
        delta = np.clip((rates - self.bank.mean) / self.bank.spread, -4, 4)
        chars = np.zeros(BUCKETS)
        if found := characters(text):
            chars[np.fromiter(found, dtype=np.intp)] = 1 + np.log(np.fromiter(found.values(), dtype=np.float64))
            chars *= self.bank.rarity
            chars /= np.linalg.norm(chars) or 1.0
        return Read(list(runs(sentences(text))), delta, chars)

    def strangers(self, references: Sequence[Read]) -> list[Grammar]:
        """Grammars of other people, as large as one of these posts would be."""
        rng = np.random.default_rng(self._seed)
        tokens = sum(len(post.grammar) for post in references)
        return [Grammar.drawn(self.bank, tokens, rng) for _ in range(STRANGERS)]

    def known(self, references: Sequence[Read], strangers: Sequence[Grammar] | None = None) -> Known:
        """An author by posts of theirs."""
        return Known(self.bank, references, self.strangers(references) if strangers is None else strangers)

    def panel(self, posts: Sequence[str]) -> Panel:
        """An author by their held-out posts. Raises ValueError for fewer than `LEAST_POSTS` that say anything."""
        return Panel(self, posts)


class Known:
    """An author as the judge knows them."""

    def __init__(self, bank: Bank, references: Sequence[Read], strangers: Sequence[Grammar]) -> None:
        self._usual = bank.usual
        self._own, self._others = Grammar.of(post.grammar for post in references), strangers
        self._delta = np.mean([post.delta for post in references], axis=0)
        self._chars = np.mean([post.chars for post in references], axis=0) - bank.strange

    def parts(self, text: Read) -> tuple[float, float]:
        """(grammar, surface), higher is nearer: nats a token more likely than by strangers; mean of two cosines."""
        grammar = 0.0
        if text.grammar:
            others = np.mean([model.says(text.grammar) for model in self._others], axis=0)
            grammar = float(np.clip(self._own.says(text.grammar) - others, -MOST, MOST).mean())
        chars = float(text.chars @ self._chars) / (float(np.linalg.norm(self._chars)) + 1e-9)
        return grammar, (_cosine(text.delta, self._delta) + 4 * chars) / 2

    def score(self, text: Read) -> float:
        """Both parts, each in what one author's posts usually differ by; 0 for a text with nothing to judge."""
        grammar, surface = self.parts(text) if text.grammar else (0.0, 0.0)
        return float(grammar / self._usual[0] + surface / self._usual[1])


class Panel:
    """Judges texts that were written to the briefs of an author's held-out posts: each by the *other* posts.

    The unit is the spread of the author's own posts, each judged by the others; 0 is where these lie.
    """

    def __init__(self, judge: Judge, posts: Sequence[str]) -> None:
        self._judge = judge
        self._posts = [judge.read(post) for post in posts]
        self._strangers = judge.strangers(self._posts)
        self._known: dict[int, Known] = {}
        said = [i for i, post in enumerate(posts) if len(bare(post).split()) >= LEAST_WORDS]
        if len(said) < LEAST_POSTS:
            raise ValueError(f"{len(said)} held-out posts say too little of an author; it takes {LEAST_POSTS}.")
        own = np.array([self._score(i, self._posts[i]) for i in said])
        self.own = float(own.mean())
        self.spread = max(float(own.std(ddof=1)), 0.5)
        """At least half of what is usual: a few posts that happen to lie together make no finer scale."""

    def judged(self, number: int, text: str) -> float:
        """A text that was written to the brief of post `number`; 0 is as near as the author's own posts on average."""
        return (self._score(number, self._judge.read(text)) - self.own) / self.spread

    def _score(self, number: int, text: Read) -> float:
        if number not in self._known:
            beside = [post for at, post in enumerate(self._posts) if at != number]
            self._known[number] = self._judge.known(beside, self._strangers)
        return self._known[number].score(text)


def _cosine(a: Array, b: Array) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))
