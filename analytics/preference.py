"""Who wins blind comparisons, how sure that is, and how many more votes would tell: Bradley-Terry with ties."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEFT, TIE, RIGHT = 0, 1, 2
SPREAD = 1.5
"""Strengths are drawn towards each other as if they were N(0, 1.5²): few votes do not explode, many hardly feel it."""
TIES, TIES_SPREAD = math.log(0.5), 1.5
"""The same for ties: about one comparison in five of equals, before anybody has voted."""
FEWEST_GROUPS = 5
"""Votes on fewer briefs (or by fewer people) do not say how much briefs (people) differ."""
Z95 = 1.959964
RHO, ALPHA = 1.1, 0.05
"""The boundary that a winner must pass, see `settled`; RHO makes it tightest at about fifty votes."""
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Ballot:
    """One blind comparison of two options: `choice` is LEFT, TIE or RIGHT. `group` is the brief, `rater` the person."""

    left: str
    right: str
    choice: int
    group: Hashable = ""
    rater: Hashable = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of strengths in log odds, with its standard error and its 95% interval."""

    value: float
    error: float
    root: float | None = None
    """How far it is from nought in standard errors, by the likelihood ratio; None: by `value / error`."""
    information: float | None = None
    """What the votes would tell of a difference that is none (1 / squared error); None: 1 / error²."""

    @property
    def low(self) -> float:
        """The lower end of the 95% interval."""
        return self.value - Z95 * self.error

    @property
    def high(self) -> float:
        """The upper end of the 95% interval."""
        return self.value + Z95 * self.error

    @property
    def distance(self) -> float:
        """Standard errors from nought, by the likelihood: an interval sees less where all votes go one way."""
        return abs(self.value / self.error if self.root is None else self.root)

    @property
    def known(self) -> float:
        """The information that goes with `distance`."""
        return self.error**-2 if self.information is None else self.information


def chance(strength: float) -> float:
    """Log odds as the chance to be preferred where one is, 0 to 1."""
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, strength))))


@dataclass(frozen=True)
class Fit:
    """Strengths of the options (log, mean about nought) and what their differences rest on."""

    options: tuple[str, ...]
    strength: Floats
    """One an option, then that of a tie."""
    covariance: Floats
    """As the model has it, votes independent given the strengths."""
    clustered: tuple[tuple[Floats, int], ...]
    """Covariances with votes of one brief (one person, both) dependent, each with its degrees of freedom."""
    votes: Ints
    """By option: how many comparisons it stood in."""
    pairs: Ints
    """By two options: how often they stood side by side."""
    groups: int
    raters: int
    designs: Floats
    """By pair and outcome: the parameters that it adds up (see `_cells`), and how often it came."""
    counts: Floats

    @cached_property
    def component(self) -> list[int]:
        """By option: which ones are linked by comparisons, directly or through others."""
        out = list(range(len(self.options)))
        for a, b in zip(*np.nonzero(self.pairs), strict=True):
            old, new = out[int(b)], out[int(a)]
            out = [new if c == old else c for c in out]
        return out

    def apart(self, a: int, b: int) -> Difference | None:
        """How much stronger option `a` is than `b`, and its interval; None where no chain of comparisons links them."""
        if self.component[a] != self.component[b]:
            return None
        weights = np.zeros(len(self.strength))
        weights[a], weights[b] = 1, -1
        return self._contrast(weights)

    def between(self, a: int, b: int) -> Difference | None:
        """The same with the likelihood ratio, which a verdict needs and which costs another fit."""
        gap = self.apart(a, b)
        if gap is None or gap.error <= 0:
            return gap
        weights = np.zeros(len(self.strength))
        weights[a], weights[b] = 1, -1
        as_one = np.delete(np.eye(len(self.strength)), b, axis=1)
        as_one[b] = as_one[a]  # the two have one strength
        null = as_one @ _newton(self.designs, self.counts, as_one)
        gain = _likelihood(self.strength, self.designs, self.counts) - _likelihood(null, self.designs, self.counts)
        told = _information(null, self.designs, self.counts.sum(1)).sum(0) + _penalty(len(null))
        wider = _root(weights @ self.covariance @ weights) / gap.error  # by as much as clusters widen the interval
        root = math.copysign(math.sqrt(max(0.0, 2 * gain)), gap.value) * wider
        return replace(gap, root=root, information=wider**2 / float(weights @ np.linalg.solve(told, weights)))

    def against_rest(self, a: int) -> Difference | None:
        """How much stronger option `a` is than the average of those it can be compared with; None where none is."""
        others = [b for b in range(len(self.options)) if b != a and self.component[b] == self.component[a]]
        if not others:
            return None
        weights = np.zeros(len(self.strength))
        weights[a] = 1
        weights[others] = -1 / len(others)
        return self._contrast(weights)

    def _contrast(self, weights: Floats) -> Difference:
        """The widest of what the covariances say; few clusters widen it as Student's t does."""
        errors = [_root(weights @ self.covariance @ weights)]
        for covariance, freedom in self.clustered:
            errors.append(_root(weights @ covariance @ weights) * _student(freedom) / Z95)
        return Difference(float(weights @ self.strength), max(errors))


def fit(ballots: Sequence[Ballot]) -> Fit:
    """Fit Bradley-Terry with ties to blind comparisons; those of an option with itself are left out.

    The model is Davidson's (JASA 65, 1970): the odds of left : right : tie are p : q : v·sqrt(p·q). It is fitted by
    Newton's method on the log likelihood less the penalties of SPREAD and TIES_SPREAD, which is concave.

    Intervals: votes of one person on one brief are not independent. From five briefs on, the covariance is a jackknife
    over briefs (one Newton step without each; the CR3 of Bell and McCaffrey, 2002) with Student's t; from five people
    on, one over people and briefs, two-way (Cameron, Gelbach and Miller, 2011). The widest holds, and never less than
    observed information gives. With fewer people the intervals speak of those people, and of no others.
    """
    used = [b for b in ballots if b.left != b.right]
    options = tuple(sorted({name for b in used for name in (b.left, b.right)}))
    place = {name: at for at, name in enumerate(options)}
    left = np.array([place[b.left] for b in used], dtype=np.int64)
    right = np.array([place[b.right] for b in used], dtype=np.int64)
    choice = np.array([b.choice for b in used], dtype=np.int64)
    designs, which, counts = _cells(left, right, choice, len(options))
    strength = _newton(designs, counts, np.eye(len(options) + 1))
    by_group, by_rater = _numbered([b.group for b in used]), _numbered([b.rater for b in used])
    groups, raters = len(np.unique(by_group)), len(np.unique(by_rater))
    covariance = np.linalg.inv(_information(strength, designs, counts.sum(1)).sum(0) + _penalty(len(strength)))
    clustered: list[tuple[Floats, int]] = []
    vote_by = _Votes(strength, designs, which, choice, covariance)
    if groups >= FEWEST_GROUPS:
        clustered.append((vote_by.jackknife(by_group), groups - 1))
    if raters >= FEWEST_GROUPS:
        people = vote_by.jackknife(by_rater)
        clustered.append((people, raters - 1))
        if groups >= FEWEST_GROUPS:
            both = vote_by.jackknife(_numbered(list(zip(by_group.tolist(), by_rater.tolist(), strict=True))))
            clustered.append((clustered[0][0] + people - both, min(groups, raters) - 1))
    pairs = np.zeros((len(options), len(options)), dtype=np.int64)
    np.add.at(pairs, (left, right), 1)
    pairs += pairs.T
    return Fit(options, strength, covariance, tuple(clustered), pairs.sum(1), pairs, groups, raters, designs, counts)


@dataclass(frozen=True)
class _Votes:
    """Each vote's part in the fit, for covariances over clusters of votes."""

    strength: Floats
    designs: Floats
    which: Ints
    choice: Ints
    covariance: Floats

    def jackknife(self, cluster: Ints) -> Floats:
        """The spread of the strengths when one cluster at a time is left out, by one Newton step."""
        number = int(cluster.max()) + 1
        shares, means = _shares(self.strength, self.designs)
        scores = self.designs[self.which, self.choice] - means[self.which]
        score = np.zeros((number, len(self.strength)))
        np.add.at(score, cluster, scores)
        cells = np.zeros((number, len(self.designs)))
        np.add.at(cells, (cluster, self.which), 1)
        each = _spread_of(shares, means, self.designs)
        size = len(self.strength)
        lost = (cells @ each.reshape(len(each), -1)).reshape(number, size, size)
        moved = np.linalg.solve(np.linalg.inv(self.covariance)[None] - lost, score[:, :, None])[:, :, 0]
        moved -= moved.mean(0)
        return np.asarray((number - 1) / number * (moved.T @ moved), dtype=np.float64)


def _cells(left: Ints, right: Ints, choice: Ints, options: int) -> tuple[Floats, Ints, Floats]:
    """The ordered pairs compared: designs (pair, outcome, parameter), each vote's pair, counts of outcomes."""
    keys, which = np.unique(left * max(options, 1) + right, return_inverse=True)
    a, b = np.divmod(keys, max(options, 1))
    rows = np.arange(len(keys))
    designs = np.zeros((len(keys), 3, options + 1))
    designs[rows, LEFT, a] = 1
    designs[rows, RIGHT, b] = 1
    designs[rows, TIE, a] = designs[rows, TIE, b] = 0.5
    designs[rows, TIE, options] = 1
    counts = np.zeros((len(keys), 3))
    np.add.at(counts, (which, choice), 1)
    return designs, which.astype(np.int64), counts


def _shares(strength: Floats, designs: Floats) -> tuple[Floats, Floats]:
    """By pair: the chance of each outcome, and the design's mean under it."""
    odds = designs @ strength
    weights = np.exp(odds - odds.max(1, keepdims=True))
    shares = weights / weights.sum(1, keepdims=True)
    return shares, np.einsum("po,pok->pk", shares, designs)


def _spread_of(shares: Floats, means: Floats, designs: Floats) -> Floats:
    """By pair: what one vote tells (Fisher information)."""
    return np.asarray(np.einsum("po,pok,pol->pkl", shares, designs, designs) - np.einsum("pk,pl->pkl", means, means))


def _information(strength: Floats, designs: Floats, votes: Floats) -> Floats:
    shares, means = _shares(strength, designs)
    return np.asarray(votes[:, None, None] * _spread_of(shares, means, designs), dtype=np.float64)


def _penalty(size: int) -> Floats:
    return np.diag([SPREAD**-2] * (size - 1) + [TIES_SPREAD**-2])


def _prior(size: int) -> Floats:
    out = np.zeros(size)
    out[-1] = TIES
    return out


def _likelihood(strength: Floats, designs: Floats, counts: Floats) -> float:
    """The log likelihood less the penalties."""
    shares, _ = _shares(strength, designs)
    off = strength - _prior(len(strength))
    return float((counts * np.log(shares)).sum() - off @ _penalty(len(strength)) @ off / 2)


def _newton(designs: Floats, counts: Floats, basis: Floats) -> Floats:
    """The parameters at which the penalised likelihood is highest, where strengths are `basis @ parameters`."""
    penalty = basis.T @ _penalty(len(basis)) @ basis
    designs = designs @ basis
    prior = _prior(basis.shape[1])
    at, votes = prior.copy(), counts.sum(1)
    for _ in range(60):
        _, means = _shares(at, designs)
        slope = np.einsum("po,pok->k", counts, designs) - votes @ means - penalty @ (at - prior)
        step = np.linalg.solve(_information(at, designs, votes).sum(0) + penalty, slope)
        # a full step may go too far where every vote went one way: never more than two units at a time
        at = at + step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return at


def _numbered(keys: Sequence[Hashable]) -> Ints:
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def _root(variance: Floats | np.float64) -> float:
    return math.sqrt(max(float(variance), 0.0))


def _student(freedom: int) -> float:
    """The 97.5% point of Student's t, for 4 degrees of freedom or more (Abramowitz and Stegun 26.7.5)."""
    z, v = Z95, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


# ---- verdict -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the votes say of the option that stands first.

    `kind`: none (nobody voted, or there is one option) | open (the intervals overlap) | leads (the 95% interval is
    clear of nought, but whoever looks after each vote sees that by chance too) | settled (it is not by chance).
    """

    kind: str
    best: str = ""
    second: str = ""
    """The one that it is hardest to tell from."""
    difference: Difference | None = None
    more: int | None = 0
    """Votes that would settle it if the difference stays as it is; None: over `MOST`."""
    few_groups: bool = False
    """The votes are on too few briefs to settle anything."""


def verdict(found: Fit) -> Verdict:
    """Who wins, never inside the error bars: a winner is settled against every other option that it was linked with."""
    linked = max((found.component.count(c) for c in found.component), default=0)
    if linked < 2:
        return Verdict("none")
    main = next(c for c in found.component if found.component.count(c) == linked)
    within = [a for a, c in enumerate(found.component) if c == main]
    best = max(within, key=lambda a: found.strength[a])
    rivals = [(b, found.between(best, b)) for b in within if b != best]
    known = [(b, d) for b, d in rivals if d is not None]
    hardest, gap = min(known, key=lambda row: row[1].distance)
    names = (found.options[best], found.options[hardest])
    few = found.groups < FEWEST_GROUPS
    beyond = all(settled(d) for _, d in known)
    if beyond and not few:
        return Verdict("settled", *names, gap, 0)
    kind = "leads" if all(d.low > 0 for _, d in known) else "open"
    votes = int(found.votes[[best, hardest]].min())
    return Verdict(kind, *names, gap, 0 if beyond else more_votes(gap, votes), few)


def settled(gap: Difference) -> bool:
    """Whether a difference is beyond chance however often one looks while the votes come in.

    A 95% interval may be looked at once. People look after every vote and stop when one leads: with nothing to find,
    that alone gives a leader far more often than 1 time in 20. So a winner must pass the boundary of a normal mixture
    (Robbins, 1970; Howard et al., Annals of Statistics 49, 2021), which chance passes at most 1 time in 20 *ever*.
    It asks for a difference of about three standard errors.
    """
    return gap.error > 0 and gap.distance > boundary(gap.known)


def boundary(information: float) -> float:
    """The boundary in standard errors, where the votes so far hold this much information (1 / squared error)."""
    return math.sqrt((1 + RHO / information) * math.log((information + RHO) / (RHO * ALPHA**2)))


def more_votes(gap: Difference, votes: int) -> int | None:
    """How many more votes would settle a difference that stays as it is; None: over `MOST`, in practice alike."""
    if votes < 1 or gap.error <= 0:
        return None
    for total in range(votes + 1, votes + MOST + 1):
        grown = total / votes
        if gap.distance * math.sqrt(grown) > boundary(gap.known * grown):
            return total - votes
    return None
