"""The posts of a training, parted by time: what is learnt from, what is kept back to judge by, nothing in both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
from rapidfuzz.fuzz import ratio
from scipy.sparse import csr_matrix

from core import store
from core.errors import Denied, Invalid
from core.store import Reading, authors, training_data
from core.store.tables import Author
from core.store.training_data import Kept
from core.train import cleaning
from core.train.cleaning import RUN

ALIKE, SAME = 0.6, 0.8
"""Share of words in the same order (indel similarity of two word lists, 0 to 1) from which a post gives another away,
and from which the two are one post said twice."""
MOST_OF_ONE = 200
"""Posts to learn from of one author among several, the newest ones: nobody drowns the others."""
DATED = 0.8
"""Share of an author's posts that need a date for time to go by dates."""
AGAIN, LEAKED = "said again in a newer post", "stands in a held-out post"


@dataclass(frozen=True, slots=True)
class Post:
    """A cleaned post."""

    id: str
    author_id: str
    text: str
    date: datetime | None
    words: tuple[str, ...]
    """Lower case, straight apostrophes: what is compared."""


@dataclass
class Parted:
    """Posts to learn from and posts to judge by, the oldest first, and what became of the rest."""

    authors: dict[str, Author]
    train: list[Post] = field(default_factory=list)
    held: list[Post] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Reason -> posts."""
    split_by: Literal["date", "order"] = "date"
    leakage: dict[str, Any] = field(default_factory=dict)
    """{pairs_found, removed, worst}: posts to learn from that shared a run of words with a held-out one, or were
    nearly the same; how many went for it; how alike the two most alike ones were, 0 to 1."""

    def posts(self) -> dict[str, int]:
        """Author id -> posts that are used."""
        seen = Counter(post.author_id for post in (*self.train, *self.held))
        return {id_: seen[id_] for id_ in self.authors}

    def span(self) -> dict[str, list[str]]:
        """First and last day of each part, ISO; an empty list where dates are not known."""
        out = {}
        for name, part in (("train", self.train), ("held", self.held)):
            days = sorted(post.date.date().isoformat() for post in part if post.date)
            out[name] = [days[0], days[-1]] if days and self.split_by == "date" else []
        return out


def part(author_ids: Sequence[str], held_share: float) -> Parted:
    """The usable posts of these authors, parted. Raises Denied where nobody agreed to training, Invalid, NotFound."""
    with store.reading() as tx:
        known, refused = _consented(tx, author_ids)
        rows = training_data.posts(tx, list(known))
        out = Parted(known)
        for name, id_ in refused.items():
            out.left_out[f"{name} has not agreed to training"] = training_data.count(tx, id_)
        if dropped := training_data.left_out(tx, list(known)):
            out.left_out["left out by a person"] = dropped
    for author_id in known:
        mine = [row for row in rows if row.author_id == author_id]
        _divide(out, mine, held_share)
    _no_leak(out)
    if len(known) > 1:
        _level(out)
    return out


def _consented(tx: Reading, author_ids: Sequence[str]) -> tuple[dict[str, Author], dict[str, str]]:
    """Those who agreed, by id, and those who did not, name -> id. Raises Denied where nobody did."""
    if not author_ids:
        raise Invalid("Nobody was named to learn from.", "Choose an author or an archetype with members.")
    rows = [authors.get(tx, author_id) for author_id in dict.fromkeys(author_ids)]
    known = {row.id: row for row in rows if row.training_consent is True}
    if not known:
        names = ", ".join(row.name for row in rows[:5])
        raise Denied(
            f"Nothing was prepared: {names} {'has' if len(rows) == 1 else 'have'} not agreed to training.",
            "Record the consent on the Samples page, then start again.",
        )
    return known, {row.name: row.id for row in rows if row.id not in known}


def _divide(out: Parted, rows: list[Kept], held_share: float) -> None:
    """Clean one author's posts and keep back the newest of them."""
    lines = cleaning.furniture([row.text for row in rows])
    posts: list[Post] = []
    dated = sum(row.date is not None for row in rows) >= DATED * max(1, len(rows))
    for row in rows if dated else sorted(rows, key=lambda row: row.position):
        text = cleaning.without(cleaning.cleaned(row.text), lines)
        if why := cleaning.refused(text):
            out.left_out[why] += 1
        else:
            posts.append(Post(row.id, row.author_id, text, row.date, tuple(cleaning.plain(text).split())))
    if not dated:
        out.split_by = "order"
    placed = [post for post in posts if post.date] if dated else posts
    newest = {post.id for post in placed[len(placed) - round(held_share * len(posts)) :]}
    held = _once(out, [post for post in posts if post.id in newest])
    out.held += held
    out.train += [post for post in posts if post.id not in newest]


def _once(out: Parted, posts: list[Post]) -> list[Post]:
    """The posts without those that a newer one says again."""
    again = {min(a, b) for a, b, score in alike(posts, posts) if score >= SAME}
    out.left_out[AGAIN] += len(again)
    return [post for at, post in enumerate(posts) if at not in again]


def _no_leak(out: Parted) -> None:
    """Take from the posts to learn from whatever stands in a held-out one, then what they say twice."""
    found = {(a, b): score for a, b, score in alike(out.train, out.held)}
    for a, b in _runs(out.train, out.held):
        found.setdefault((a, b), ratio(out.train[a].words, out.held[b].words) / 100)
    gone = {a for a, _ in found}
    worst = round(max(found.values(), default=0.0), 3)
    out.leakage = {"pairs_found": len(found), "removed": len(gone), "worst": worst}
    out.left_out[LEAKED] += len(gone)
    out.train = _once(out, [post for at, post in enumerate(out.train) if at not in gone])
    out.left_out = +out.left_out


def alike(some: Sequence[Post], others: Sequence[Post]) -> Iterator[tuple[int, int, float]]:
    """Pairs that are nearly the same text, as places in the two lists, with how alike they are."""
    if not some or not others:
        return
    # Two texts cannot have more words in the same order than they have in common: few pairs are left to compare.
    place: dict[str, int] = {}
    one, other = (_bags(posts, place) for posts in (some, others))
    width = len(place)
    shared = (_matrix(one, width) @ _matrix(other, width).T).toarray()
    sizes = np.array([len(bag) for bag in one])[:, None] + np.array([len(bag) for bag in other])[None, :]
    for a, b in zip(*np.nonzero(2 * shared >= (ALIKE - 0.15) * sizes), strict=True):
        score = ratio(some[a].words, others[b].words) / 100 if some[a].id != others[b].id else 0.0
        if score >= ALIKE:
            yield int(a), int(b), score


def _bags(posts: Sequence[Post], place: dict[str, int]) -> list[list[int]]:
    return [[place.setdefault(word, len(place)) for word in set(post.words)] for post in posts]


def _matrix(bags: Sequence[Sequence[int]], width: int) -> csr_matrix:
    ends = np.cumsum([0, *map(len, bags)])
    columns = [column for bag in bags for column in bag]
    return csr_matrix((np.ones(len(columns), np.int32), columns, ends), shape=(len(bags), width))


def _runs(some: Iterable[Post], others: Iterable[Post]) -> set[tuple[int, int]]:
    """Pairs that share a run of eight words."""
    index: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for b, post in enumerate(others):
        for run in _shingles(post):
            index[run].add(b)
    return {(a, b) for a, post in enumerate(some) for run in _shingles(post) for b in index.get(run, ())}


def share_run(one: Post, other: Post) -> bool:
    """Whether two posts have eight words in a row in common."""
    return not _shingles(one).isdisjoint(_shingles(other))


def _shingles(post: Post) -> set[tuple[str, ...]]:
    return {post.words[at : at + RUN] for at in range(len(post.words) - RUN + 1)}


def _level(out: Parted) -> None:
    """No more than so many posts of one author among several."""
    left: Counter[str] = Counter()
    kept: list[Post] = []
    for post in reversed(out.train):
        left[post.author_id] += 1
        if left[post.author_id] <= MOST_OF_ONE:
            kept.append(post)
    if len(kept) < len(out.train):
        out.left_out[f"more than {MOST_OF_ONE} of one author"] = len(out.train) - len(kept)
    out.train = kept[::-1]
