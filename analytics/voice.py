"""An author's voice: fitted on their own posts, and how near a text is to it. Style and topic are two numbers.

Style is a ridge discriminant (Fisher 1936, shrunk) between the author's posts and a shipped background of other people,
on hashed n-grams that hide subjects (`analytics.grams`) and on `analytics.features`. `bench/VOICE.md` has the figures.
"""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics import grams
from analytics.distance import scaled
from analytics.features import INDEX, NAMES, Vector, features
from analytics.features import VERSION as FEATURES_VERSION
from analytics.grams import Block

VERSION = f"voice-1/{FEATURES_VERSION}"
MIN_WORDS = 60
"""A shorter text says too little about who wrote it."""
MOST_WORDS = 400
"""The calibration saw no longer texts: what is longer counts as this long."""
MIN_REFERENCES = 5
NEWEST = 200
"""A profile is fitted on so many posts at most, the last ones given."""
WEIGHTS = {"small1": 1.0, "small2": 1.0, "small3": 0.5, "shape": 1.5, "masked": 1.0, "chars": 1.5}
RANK = 192
"""Directions in which the background's posts vary that are kept."""
SHRINK = 3e-4
FOLDS = 5
TEAM = 200
"""Posts of a team's other authors that extend the background, at most."""
DIMENSIONS = grams.SIZE + len(NAMES)
BANK = Path(__file__).with_name("voice_bank.npz")
Floats = npt.NDArray[np.float64]
Array = npt.NDArray[np.float32]
_MAGIC = b"tv1" + zlib.crc32(VERSION.encode()).to_bytes(4, "big")
SCALE = np.concatenate([np.full(n, math.sqrt(WEIGHTS[b]), np.float32) for b, n in grams.STYLE.items()])


@dataclass(frozen=True, eq=False)
class Reading:
    """Everything that is measured of one text, kept so that nothing is computed twice. It holds no text."""

    features: Vector  # (len(analytics.features.NAMES),)
    blocks: dict[str, Block] = field(default_factory=dict)  # see analytics.grams.BLOCKS

    @property
    def words(self) -> int:
        """How many words the text has."""
        return int(self.features[INDEX["words"]])


@dataclass(frozen=True)
class Contribution:
    """Something that speaks for (weight > 0) or against the author, in a writer's words, with its passages."""

    text: str
    weight: float
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Score:
    """How near a text is to an author's voice."""

    style: float  # higher is closer: 0 is a stranger, in the strangers' spreads; NaN where there is too little
    topic: float  # 0 to 1: how much of its subject words are the author's
    likeness: float | None  # probability that the author wrote it, at even odds
    evidence: str  # ok | too little
    typical: tuple[int, int] | None = None  # (own posts that are less typical than this, own posts asked)
    reason: str = ""  # why there is too little


@dataclass(frozen=True, eq=False)
class VoiceProfile:
    """What is known of an author's voice."""

    n: int  # posts it was fitted on
    weight: Array  # (DIMENSIONS,): style is `weight` times the sketch, less `strangers`, over `spread`
    strangers: float
    spread: float
    own: Floats  # the author's own posts of 20 words or more, each scored by a profile without it; sorted
    own_mean: float
    own_spread: float
    topic: Array  # (65536,) content words of the posts, length 1
    rows: npt.NDArray[np.float32]  # (n, len(NAMES)) features of the posts, for explanations


@dataclass(frozen=True, eq=False)
class Bank:
    """Statistics of other people's posts: no text, and no n-gram by name."""

    mean: Array  # (DIMENSIONS,)
    directions: Array  # (rank, DIMENSIONS): directions.T @ directions is nearly their covariance
    rest: float  # what is left of the covariance, per dimension
    centre: Array  # (len(NAMES),) of features as compared
    size: Array
    rarity: Array  # (65536,) how rare content words are among people, at most 1
    calibration: Floats  # of `likeness`
    people: int


def read(text: str, measured: Vector | None = None) -> Reading:
    """Measure a text once; about 2 ms for 200 words. `measured`: its `analytics.features`, where they are known."""
    return Reading(features(text) if measured is None else measured, grams.blocks(text))


def pack(reading: Reading) -> bytes:
    """As bytes (about 6 kB for 200 words), for the store."""
    parts = [reading.features.astype("<f4").tobytes()]
    for name in grams.BLOCKS:
        ids, counts = reading.blocks[name]
        parts += [len(ids).to_bytes(4, "little"), ids.astype("<u2").tobytes(), counts.astype("u1").tobytes()]
    return _MAGIC + zlib.compress(b"".join(parts), 3)


def unpack(kept: bytes) -> Reading:
    """What `pack` made. Raises ValueError where it was another version, or the bytes are damaged."""
    if not kept.startswith(_MAGIC):
        raise ValueError("These bytes are from another version; read the text again.")
    try:
        raw = zlib.decompress(kept[len(_MAGIC) :])
        at = 4 * len(NAMES)
        vector = np.frombuffer(raw, "<f4", len(NAMES)).astype(np.float32)
        found: dict[str, Block] = {}
        for name in grams.BLOCKS:
            n = int.from_bytes(raw[at : at + 4], "little")
            ids = np.frombuffer(raw, "<u2", n, at + 4)
            counts = np.frombuffer(raw, "u1", n, at + 4 + 2 * n)
            found[name] = (ids, counts)
            at += 4 + 3 * n
    except (zlib.error, ValueError) as problem:
        raise ValueError("These bytes are damaged; read the text again.") from problem
    return Reading(vector, found)


@functools.cache
def bank() -> Bank:
    """The shipped background; `python -m bench.voice.fit_bank` makes it."""
    return load_bank(BANK)


def load_bank(path: Path) -> Bank:
    """A background from its file."""
    with np.load(path, allow_pickle=False) as kept:
        if str(kept["version"]) != VERSION:
            raise ValueError(f"{path.name} was made for another version of the measures; make it again.")
        return Bank(
            kept["mean"].astype(np.float32),
            kept["directions"].astype(np.float32) * kept["steps"].astype(np.float32)[:, None],
            float(kept["rest"]),
            kept["centre"].astype(np.float32),
            kept["size"].astype(np.float32),
            kept["rarity"].astype(np.float32),
            kept["calibration"].astype(np.float64),
            int(kept["people"]),
        )


def rows(readings: Sequence[Reading], background: Bank) -> Array:
    """Readings as the vectors that profiles weigh: (n, DIMENSIONS)."""
    out = np.zeros((len(readings), DIMENSIONS), np.float32)
    if len(readings):
        x = scaled(np.vstack([r.features for r in readings]))
        z = np.where(np.isnan(x), 0.0, (x - background.centre) / background.size)
        out[:, grams.SIZE :] = np.clip(z, -3, 3) / math.sqrt(len(NAMES))
    for at, reading in enumerate(readings):
        out[at, : grams.SIZE] = SCALE * grams.sketch(reading.blocks)
    return out


def fit(
    samples: Sequence[str | Reading],
    others: Sequence[Sequence[Reading]] = (),
    background: Bank | None = None,
) -> VoiceProfile:
    """An author's profile from their own posts, the oldest first; the last `NEWEST` count.

    `others`: readings of other authors of the team, each an author, which extend the shipped background.
    """
    back = background or bank()
    known = [read(s) if isinstance(s, str) else s for s in samples][-NEWEST:]
    if not known:
        empty = np.zeros(0)
        blank = np.zeros((0, len(NAMES)), np.float32)
        return VoiceProfile(
            0, np.zeros(DIMENSIONS, np.float32), 0.0, 1.0, empty, 0.0, 1.0, _subjects(known, back), blank
        )
    x = rows(known, back)
    space = _Space(back, x, _team(others, back))
    coefficients = space.solve(np.ones(len(x), dtype=bool))
    weight, strangers, spread = space.weight(coefficients)
    long = np.array([r.words >= 20 for r in known])
    own = np.sort(space.left_out()[long])
    mean = float(own.mean()) if len(own) else 0.0
    wide = float(own.std(ddof=1)) if len(own) > 2 else 1.0
    return VoiceProfile(
        len(x),
        weight,
        strangers,
        spread,
        own,
        mean,
        max(wide, 0.2),
        _subjects(known, back),
        np.vstack([r.features for r in known]),
    )


class _Space:
    """The ridge in the space that background, own posts and their difference span: small, whatever the dimensions."""

    def __init__(self, back: Bank, own: Array, team: tuple[Array, Array, float] | None) -> None:
        mean, spread_rows = back.mean, back.directions
        if team is not None:
            centre, centred, share = team
            gap = (centre - mean)[None] * math.sqrt(share * (1 - share))
            mean = (1 - share) * mean + share * centre
            spread_rows = np.vstack([math.sqrt(1 - share) * spread_rows, math.sqrt(share) * centred, gap])
        self.rest = back.rest
        self.r, self.k = len(spread_rows), len(own)
        self.all = np.vstack([spread_rows, own - mean]).astype(np.float32)  # own posts relative to the strangers' mean
        self.gram = (self.all @ self.all.T).astype(np.float64)
        self.mean = mean

    def solve(self, used: npt.NDArray[np.bool_]) -> Floats:
        """Coefficients (r + k,) of the weight in the rows of `all`, fitted on the own posts that are `used`."""
        r, k = self.r, self.k
        part = used / used.sum()
        # Rows of the pooled covariance, as combinations of `all`: background, own posts around their mean, the gap.
        combos = np.zeros((r + k + 1, r + k))
        combos[:r, :r] = np.eye(r) * math.sqrt(0.5)
        combos[r : r + k, r:] = np.sqrt(0.5 * part)[:, None] * (np.eye(k) - part)
        gap = np.concatenate([np.zeros(r), part])
        combos[-1] = 0.5 * gap
        ridge = SHRINK + 0.5 * self.rest
        seen = combos @ self.gram
        small = seen @ combos.T + ridge * np.eye(r + k + 1)
        return (0.5 * gap - combos.T @ np.linalg.solve(small, seen @ (0.5 * gap))) / ridge

    def weight(self, coefficients: Floats) -> tuple[Array, float, float]:
        """(Weights of the dimensions, what a stranger's post gets on average, the spread of that)."""
        weight = (coefficients @ self.all).astype(np.float32)
        spread = float(((self.all[: self.r] @ weight) ** 2).sum() + self.rest * (weight @ weight))
        return weight, float(self.mean @ weight), math.sqrt(max(spread, 1e-12))

    def left_out(self) -> Floats:
        """Style of each own post (k,), by a weight that was fitted without it (in `FOLDS` parts)."""
        out = np.zeros(self.k)
        folds = min(FOLDS, self.k)
        part = np.arange(self.k) % folds
        for fold in range(folds if self.k > 1 else 0):
            coefficients = self.solve(part != fold)
            _, _, spread = self.weight(coefficients)
            held = np.flatnonzero(part == fold)
            out[held] = self.gram[self.r + held] @ coefficients / spread
        return out


def _team(others: Sequence[Sequence[Reading]], back: Bank) -> tuple[Array, Array, float] | None:
    """(Mean, centred rows whose squares are their covariance, weight beside the shipped people) of a team's others."""
    authors = [list(readings) for readings in others if len(readings) >= MIN_REFERENCES]
    if not authors:
        return None
    each = max(MIN_REFERENCES, TEAM // len(authors))
    kept = [rows(readings[-each:], back) for readings in authors[-TEAM // MIN_REFERENCES :]]
    share = np.concatenate([np.full(len(x), 1 / (len(x) * len(kept))) for x in kept]).astype(np.float32)
    x = np.vstack(kept)
    centre = (share @ x).astype(np.float32)
    centred = (np.sqrt(share)[:, None] * (x - centre)).astype(np.float32)
    return centre, centred, len(kept) / (len(kept) + back.people)


def _subjects(readings: Sequence[Reading], back: Bank) -> Array:
    out = np.zeros(1 << 16, np.float32)
    for reading in readings:
        ids, counts = reading.blocks["words"]
        out[ids] += np.sqrt(counts.astype(np.float32)) * back.rarity[ids]
    length = float(np.linalg.norm(out))
    return out / length if length else out


def score(profile: VoiceProfile, text: str | Reading, background: Bank | None = None) -> Score:
    """How near a text is to the author's voice."""
    reading = read(text) if isinstance(text, str) else text
    if reason := too_little(profile, reading):
        return Score(math.nan, math.nan, None, "too little", reason=reason)
    return score_many([profile], [reading], background)[0][0]


def too_little(profile: VoiceProfile, reading: Reading) -> str:
    """Why nothing can be said, for a person; "" where something can."""
    if profile.n < MIN_REFERENCES:
        return f"{profile.n} posts of theirs are too few: {MIN_REFERENCES} are needed."
    if reading.words < MIN_WORDS:
        return f"{reading.words} words are too few: {MIN_WORDS} are needed."
    return ""


def score_many(
    profiles: Sequence[VoiceProfile], readings: Sequence[Reading], background: Bank | None = None
) -> list[list[Score]]:
    """For every reading, its score by every profile; each profile is used as if the others were not there."""
    if not profiles or not readings:
        return [[] for _ in readings]
    back = background or bank()
    x = rows(readings, back)
    weight = np.stack([p.weight for p in profiles])
    style = (x @ weight.T - [p.strangers for p in profiles]) / [p.spread for p in profiles]
    topic = np.stack([_nearness(profiles, reading, back) for reading in readings])
    return [
        [_score(p, reading, float(style[i, j]), float(topic[i, j]), back) for j, p in enumerate(profiles)]
        for i, reading in enumerate(readings)
    ]


def _score(profile: VoiceProfile, reading: Reading, style: float, topic: float, back: Bank) -> Score:
    if reason := too_little(profile, reading):
        return Score(math.nan, math.nan, None, "too little", reason=reason)
    n = len(profile.own)
    typical = (int(np.searchsorted(profile.own, style)), n) if n >= MIN_REFERENCES else None
    return Score(style, topic, likeness(profile, reading, style, back), "ok", typical)


def evidence(profile: VoiceProfile, words: int, style: float) -> Floats:
    """What the calibration weighs: (5,)."""
    own = (style - profile.own_mean) / profile.own_spread
    middle = (style - profile.own_mean / 2) / math.sqrt((1 + profile.own_spread**2) / 2)
    return np.array([1.0, style, min(own, 0.0), middle, math.log(min(words, MOST_WORDS) / 120)])


def likeness(profile: VoiceProfile, reading: Reading, style: float, back: Bank) -> float:
    """The probability that the author wrote it, were it one of theirs or a stranger's on their subjects, evenly."""
    value = float(evidence(profile, reading.words, style) @ back.calibration)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _nearness(profiles: Sequence[VoiceProfile], reading: Reading, back: Bank) -> Floats:
    ids, counts = reading.blocks["words"]
    value = np.sqrt(counts.astype(np.float32)) * back.rarity[ids]
    length = float(np.linalg.norm(value)) or 1.0
    return np.array([float(p.topic[ids] @ value) / length for p in profiles])


def explain(profile: VoiceProfile, text: str) -> list[Contribution]:
    """What speaks for and against the author, in a writer's words; see `analytics.explain`."""
    from analytics.explain import explain as explained

    return explained(profile, text)
