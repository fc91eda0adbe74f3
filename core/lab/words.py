"""What the votes say, in words: never a winner inside the error bars, and always what it rests on."""

from __future__ import annotations

from analytics.preference import FEWEST_GROUPS, MOST, Fit, Verdict, chance
from core.lab.material import By

FEWEST = 3
"""Under so many votes nothing is said of an option: "not yet"."""
NAMES: dict[By, tuple[str, str]] = {
    "arm": ("arm", "arms"),
    "model": ("model", "models"),
    "prompt": ("prompt version", "prompt versions"),
    "adapter": ("voice adapter", "voice adapters"),
    "hook": ("opening", "openings"),
}
"""What is compared, one and several."""


def share(part: float) -> str:
    """A share as a whole per cent; never all or nothing, which no votes can show."""
    return f"{min(99, max(1, round(100 * part)))}%"


def counted(number: int, one: str, several: str = "") -> str:
    """`1 vote`, `12 votes`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def headline(found: Verdict, by: By, votes: int) -> str:
    """The finding in a sentence."""
    if found.kind == "none" or votes < FEWEST:
        several = NAMES[by][1]
        return f"Not yet: {counted(votes, 'vote')} between {several}. From {FEWEST} on there is something to show."
    if found.kind == "settled":
        said = f"{found.best} is preferred: that is not chance."
    elif found.kind == "leads":
        said = f"{found.best} leads, but it is not settled."
    else:
        said = f"{found.best} and {found.second} cannot be told apart yet."
    return said[0].upper() + said[1:] if by == "hook" else said


def because(found: Verdict) -> str:
    """What the headline rests on, and how many more votes would tell."""
    gap = found.difference
    if gap is None:
        return ""
    said = (
        f"Where one was preferred, {found.best} won over {found.second} an estimated {share(chance(gap.value))} of the "
        f"time (95% interval {share(chance(gap.low))} to {share(chance(gap.high))}; 50% is no difference)."
    )
    if found.kind == "settled":
        return said
    if found.few_groups:
        said += f" Fewer than {FEWEST_GROUPS} briefs cannot speak of others: vote on more of them."
        if found.more == 0:
            return said
    if found.more is None:
        return f"{said} A difference this small would take over {MOST:,} more votes to tell."
    more = f"{said} If it stays so, about {round_up(found.more):,} more votes between them would tell."
    if found.kind == "leads":
        more += " Until then a lead like this can be chance: whoever looks after each vote sees one sooner or later."
    return more


def round_up(number: int) -> int:
    """To the precision that an estimate has: 7, 20, 150."""
    step = 1 if number < 10 else 5 if number < 50 else 10 if number < 200 else 50
    return -(-number // step) * step


def rests_on(found: Fit, votes: int) -> str:
    """How many votes, by how many people, on how many briefs, and what the interval can speak of."""
    if not votes:
        return ""
    said = (
        f"{counted(votes, 'vote')} by {counted(found.raters, 'person', 'people')} on {counted(found.groups, 'brief')}."
    )
    if found.groups < FEWEST_GROUPS:
        return f"{said} Intervals take these votes as independent: they speak of these briefs only."
    if found.raters < FEWEST_GROUPS:
        return f"{said} Intervals allow for briefs that differ; they speak of {_these(found.raters)}, not of others."
    return f"{said} Intervals allow for briefs and people that differ."


def _these(people: int) -> str:
    return "this person's taste" if people == 1 else f"the taste of these {people}"
