"""What an adapter must show in its exam before anybody may use it, rule by rule, with the figures in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

LEAST_BRIEFS = 5
LEAST_LONG = 5
"""Texts that are long enough to say how generic they are, by each of the two, under which nothing is said."""
MOST_COPIED = 0.01
"""Share of runs of eight words that may stand in a training post word for word."""
MORE_GENERIC = 0.05
"""How much more generic (0 to 1) the adapter's texts may be than the base's: below that nobody sees it."""
FEWER_HELD = 0.05
"""Share of checks that may fail beyond those that the base fails: two texts' worth among forty."""
LEAST_VOTES = 10
DOUBT = 0.05
"""Chance under which so few votes for the adapter are no accident."""
Rule = dict[str, Any]
"""{name: the question, passed, said: what was found}"""


def rules(record: Mapping[str, Any]) -> list[Rule]:
    """Every rule with its answer; `record` as core.train.exam makes it. An adapter passes when all of them do."""
    return [
        _nearer(record["judged"]),
        _copied(record["copied"]),
        _generic(record["generic"]),
        _constraints(record["constraints"]),
        _loss(record["held_loss"]),
        *([by_votes(record["votes"])] if record.get("votes") else []),
    ]


def _rule(name: str, passed: bool, said: str) -> Rule:
    return {"name": name, "passed": passed, "said": said}


def _nearer(judged: Mapping[str, Any]) -> Rule:
    name = "Nearer to the author than the same model with examples alone?"
    n = judged["n"]
    if n < LEAST_BRIEFS:
        return _rule(name, False, f"Only {_briefs(n)} could be judged; it takes {LEAST_BRIEFS} to say anything.")
    found = (
        f"{judged['gain']:+.2f} spreads of the author's own posts ({judged['low']:+.2f} to {judged['high']:+.2f}), "
        f"on {_briefs(n)}; nearer in {judged['won']}."
    )
    if judged["low"] > 0:
        return _rule(name, True, f"Yes: {found}")
    if judged["high"] < 0:
        return _rule(name, False, f"No, it is farther away: {found}")
    return _rule(name, False, f"That cannot be said: {found} The range must lie above nought.")


def _briefs(n: int) -> str:
    return f"{n} held-out {'brief' if n == 1 else 'briefs'}"


def _copied(copied: Mapping[str, Any]) -> Rule:
    used, learnt, raw = copied["adapter"], copied["memorised"]["adapter"], copied["raw"]
    said = (
        f"{used:.1%} of its runs of eight words stand in a training post, and {learnt:.1%} come from posts that it was "
        f"not shown; at most {MOST_COPIED:.0%} may. Before repeated sentences were taken out, as in use, "
        f"{raw['adapter']:.1%} ({raw['base']:.1%} without the adapter)."
    )
    return _rule("Does it write rather than repeat the training posts?", max(used, learnt) <= MOST_COPIED, said)


def _generic(generic: Mapping[str, Any]) -> Rule:
    name = "No more generic than without it?"
    if generic["n"] < LEAST_LONG:
        return _rule(name, True, "Not asked: too few of the texts are long enough to say how generic they are.")
    here, before = generic["adapter"], generic["base"]
    said = f"Genericness {here:.2f}, {before:.2f} without the adapter; at most {MORE_GENERIC:.2f} more is let pass."
    return _rule(name, here <= before + MORE_GENERIC, said)


def _constraints(constraints: Mapping[str, Any]) -> Rule:
    here, before = constraints["adapter"], constraints["base"]
    worse = [k for k, v in constraints["of"].items() if v["adapter"] < v["base"] - FEWER_HELD]
    said = f"{here:.0%} of the checks hold, {before:.0%} without the adapter; at most {FEWER_HELD:.0%} fewer may."
    if worse:
        said += f" It does worse on: {', '.join(worse)}."
    return _rule("Does it keep to the brief as well as without it?", here >= before - FEWER_HELD, said)


def _loss(loss: Mapping[str, Any]) -> Rule:
    name = "Does it foresee posts better that it never saw?"
    before, after = loss["before"], loss["after"]
    if before is None or after is None:
        return _rule(name, False, "The loss on held-out posts was not measured.")
    if loss.get("perplexity"):
        old, new = math.exp(before), math.exp(after)
        digits = 1 if f"{old:.1f}" != f"{new:.1f}" else 3  # "10.8 before, 10.8 after" would not say which way
        said = f"Perplexity of held-out posts {old:.{digits}f} before, {new:.{digits}f} after."
    else:
        said = f"Loss on held-out pairs {before:.3f} before, {after:.3f} after."
    return _rule(name, after < before, said)


def by_votes(votes: Mapping[str, int]) -> Rule:
    """Whether people agree: of {"adapter", "base"} blind votes, more against it than chance would give count."""
    name = "Do people who compare blind agree?"
    won, lost = votes["adapter"], votes["base"]
    said = f"{won} blind votes for it, {lost} against it."
    if won + lost < LEAST_VOTES:
        return _rule(name, True, f"{said} That is too few to count; it takes {LEAST_VOTES}.")
    n = won + lost
    chance = sum(math.comb(n, k) for k in range(won + 1)) / 2**n
    return _rule(name, chance >= DOUBT, said)


# ---- what to do next -----------------------------------------------------------------------------------------

_ADVICE = (
    ("Nearer to", "More of their posts help most. With the posts there are, try the next effort on the dial."),
    (
        "Does it write rather",
        "Train fewer rounds or with a lower rank, so that it learns the manner and not the sentences.",
    ),
    (
        "No more generic",
        "Leave out samples that do not read like them (on Samples), then train again.",
    ),
    ("Does it keep to", "Train fewer rounds: what the brief asks for is unlearnt by too many."),
    ("Does it foresee", "Lower the learning rate or train fewer rounds: it has learnt its posts by heart."),
    ("Do people who", "Read the pairs that people turned down; until more is known, exemplars alone serve better."),
)


def advice(exam: Mapping[str, Any]) -> list[str]:
    """What may help next time, a sentence for each rule that was missed."""
    missed = [str(rule.get("name") or "") for rule in exam.get("verdict") or [] if rule.get("passed") is False]
    return [said for begins, said in _ADVICE if any(name.startswith(begins) for name in missed)]
