"""The lab's verdicts on votes whose truth is known: how often intervals hold, and chance is called a winner.

The peer is what most tools show: the win rate of decided votes with a 95% binomial (Wilson) interval, every vote taken
as independent, a winner as soon as the interval is clear of 50%.
`python -m bench.lab` (about five minutes on one free core; `--quick`: a tenth of it, written nowhere).
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.preference import LEFT, TIE, Ballot, fit, verdict
from bench.report import Line, report

BRIEFS, TIE_WEIGHT, Z = 12, 0.5, 1.959964
SEED = 20261121
PEER = "win rate of decided votes, 95% Wilson interval, votes taken as independent"


@dataclass(frozen=True)
class World:
    """A truth: A is `difference` better (log odds), briefs and people differ about that by these spreads."""

    difference: float
    briefs_differ: float = 0.0
    people: int = 1
    people_differ: float = 0.3

    def __str__(self) -> str:
        return f"difference {self.difference:g}, briefs ±{self.briefs_differ:g}, {self.people} people"


def ballots(world: World, votes: int, rng: np.random.Generator) -> list[Ballot]:
    """Votes as such a world gives them: each brief in turn, sides by a coin."""
    of_brief = rng.normal(0, world.briefs_differ, BRIEFS)
    of_person = rng.normal(0, world.people_differ if world.people > 1 else 0, world.people)
    out = []
    for n in range(votes):
        brief, person = n % BRIEFS, n % world.people
        gap = world.difference + of_brief[brief] + of_person[person]
        odds = np.array([math.exp(gap / 2), TIE_WEIGHT, math.exp(-gap / 2)])
        choice = int(rng.choice(3, p=odds / odds.sum()))
        a_left = rng.random() < 0.5
        out.append(
            Ballot("A" if a_left else "B", "B" if a_left else "A", choice if a_left else 2 - choice, brief, person)
        )
    return out


def wilson(cast: Sequence[Ballot]) -> tuple[float, float]:
    """The peer's interval of A's share of decided votes."""
    decided = [b for b in cast if b.choice != TIE]
    n = len(decided)
    if not n:
        return 0.0, 1.0
    share = sum((b.left == "A") == (b.choice == LEFT) for b in decided) / n
    middle, half = share + Z * Z / (2 * n), Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)


def coverage(world: World, votes: int, times: int, rng: np.random.Generator) -> tuple[float, float]:
    """How often the interval holds the truth: ours, the peer's."""
    ours = peers = 0
    truth = 1 / (1 + math.exp(-world.difference))
    for _ in range(times):
        cast = ballots(world, votes, rng)
        gap = fit(cast).between(0, 1)
        ours += gap is not None and gap.low <= world.difference <= gap.high
        low, high = wilson(cast)
        peers += low <= truth <= high
    return ours / times, peers / times


def winners(
    world: World, votes: int, times: int, rng: np.random.Generator
) -> tuple[float, float, list[int], list[int]]:
    """Looking after every vote from the fifth on, stopping at the first winner.

    The share of series that end with a wrong winner (any where there is no difference), ours and the peer's; after how
    many votes each had a right one.
    """
    wrong, wrong_peer = 0, 0
    told: list[int] = []
    told_peer: list[int] = []
    for _ in range(times):
        cast = ballots(world, votes, rng)
        ours = peer = ""
        for n in range(5, votes + 1):
            if not ours and (found := verdict(fit(cast[:n]))).kind == "settled":
                ours = found.best
                told += [n] if ours == "A" and world.difference else []
            low, high = wilson(cast[:n])
            if not peer and (low > 0.5 or high < 0.5):
                peer = "A" if low > 0.5 else "B"
                told_peer += [n] if peer == "A" and world.difference else []
            if ours and peer:
                break
        wrong += bool(ours) and (ours == "B" or not world.difference)
        wrong_peer += bool(peer) and (peer == "B" or not world.difference)
    return wrong / times, wrong_peer / times, told, told_peer


def foretold(world: World, votes: int, times: int, rng: np.random.Generator) -> float:
    """Of the series that are not settled after `votes`: the share that is, within as many more as was foretold."""
    told = []
    for _ in range(times):
        cast = ballots(world, votes, rng)
        found = verdict(fit(cast))
        if found.more is None or found.kind == "settled" or found.best != "A":
            continue
        cast = [*cast, *ballots(world, found.more, rng)]
        told.append(any(verdict(fit(cast[:n])).kind == "settled" for n in range(votes + 1, len(cast) + 1)))
    return sum(told) / max(1, len(told))


def main() -> None:
    """Measure and report."""
    quick = "--quick" in sys.argv
    times = 100 if quick else 1000
    rng = np.random.default_rng(SEED)
    lines: list[Line] = []
    began = time.monotonic()
    worlds = [World(0), World(1), World(0, 0.6), World(1, 0.6), World(2, 0.6), World(0.5, 0.6, 6)]
    for world in worlds:
        for votes in (12, 48, 120):
            ours, peer = coverage(world, votes, times, rng)
            lines.append(Line(f"held, {votes} votes, {world}", "share", [ours], [peer], PEER, "about .95"))
    for world in (World(0), World(0, 0.4), World(0, 0.4, 6)):
        ours, peer, _, _ = winners(world, 120, times // 5, rng)
        lines.append(Line(f"false winner, 120 looks, {world}", "share", [ours], [peer], PEER, "at most .05"))
    for world in (World(1, 0.4), World(2, 0.4)):
        ours, peer, told, told_peer = winners(world, 240, times // 10, rng)
        lines.append(Line(f"wrong winner, {world}", "share", [ours], [peer], PEER, "at most .05"))
        lines.append(Line(f"votes until told, {world}", "votes", told, told_peer, PEER))
    for gap in (0.7, 1.0):
        share = foretold(World(gap), 30, times // 5, rng)
        lines.append(
            Line(f"told within the votes foretold after 30, difference {gap:g}", "share", [share], [], "", "> .5")
        )
    if quick:
        for line in lines:
            print(line.what, np.round(np.median(line.ours), 3), np.round(np.median(line.peer), 3) if line.peer else "")
        return
    notes = [
        f"{times} series a coverage, {times // 5} and {times // 10} a stopping rule; seed {SEED}; "
        f"{time.monotonic() - began:.0f} s.",
        "Truth: Davidson's model with ties, briefs and people differing by a normal spread. The truth is the middle of "
        "the spread, which a pooled fit sees a little nearer to nought.",
        "A winner costs more votes here than by the peer: the peer's are bought with false ones.",
    ]
    report("lab", lines, notes, seed=SEED)


if __name__ == "__main__":
    main()
