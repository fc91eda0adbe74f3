"""What a proposal is, and when a thing happened often enough to be one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LEAST, HALF, BASE = 4, 0.5, 0.2
Z95 = 1.959964
SHOWN = 20
"""Cases that are kept with a lesson."""
RULE = (
    f"Proposed from {LEAST} drafts on, where it happened in at least half of those in which it could, and where the "
    f"lower end of the 95% interval (Wilson) is above {BASE:.0%}."
)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that somebody did or said: a draft before and after, or what was asked for it."""

    variant: str
    before: str
    after: str
    by: str
    at: datetime
    words: tuple[str, ...] = ()
    """The words of its brief, lower case."""
    asked: str = ""
    """What was asked for in words; then `after` is empty."""

    @property
    def edited(self) -> bool:
        """Whether more than blanks within lines changed, or a change was asked for."""
        return bool(self.asked) or differs(self.before, self.after)

    def record(self) -> dict[str, Any]:
        """As JSON, for `Lesson.evidence`."""
        said = {"asked": self.asked} if self.asked else {"before": self.before, "after": self.after}
        return {"variant": self.variant, "by": self.by, "at": self.at.isoformat(), **said}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What feedback proposes. Nothing changes before a person accepts it."""

    key: str
    kind: str
    """card | banned | weights"""
    title: str
    cases: int
    of: int
    why: str
    """The rule by which it is proposed, with its figures."""
    change: dict[str, Any]
    """{path, do: set | append, value} on the card, or {weights, instead_of}."""
    says: str
    """What accepting it does, in words."""
    evidence: list[dict[str, Any]] = field(default_factory=list)


def differs(before: str, after: str) -> bool:
    """Whether two texts differ in their words or in where their lines break."""
    return [line.split() for line in before.strip().split("\n")] != [line.split() for line in after.strip().split("\n")]


def lower(cases: int, of: int, z: float = Z95) -> float:
    """The lower end of the 95% interval of a share (Wilson, 1927), 0 to 1."""
    if not of:
        return 0.0
    p, zz = cases / of, z * z
    return (p + zz / (2 * of) - z * math.sqrt(p * (1 - p) / of + zz / (4 * of * of))) / (1 + zz / of)


def often(cases: int, of: int, share: float = HALF) -> bool:
    """Whether it happened so often that chance does not explain it, see `RULE`."""
    return cases >= LEAST and cases >= share * of and lower(cases, of) > BASE


def tail(cases: int, of: int, p: float) -> float:
    """The chance of at least `cases` of `of`, each with chance `p` (binomial)."""
    return sum(math.comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(cases, of + 1))


def poisson_tail(cases: int, mean: float) -> float:
    """The chance of at least `cases` where `mean` are expected (Poisson)."""
    return max(0.0, 1 - sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(cases)))
