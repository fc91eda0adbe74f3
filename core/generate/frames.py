"""The few words that code adds to a brief's own, and the small differences of build between one author and another.

None of it says anything: a frame leads to what the brief says, a join makes one sentence of two, a form is don't or
do not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import regex

from analytics import text
from core.generate.clauses import lengthened, lowered, shortened

FRAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "lesson": {
        "i": ("What I took from it:", "My lesson:", "What I learned:", "What I learned is this:", "My takeaway:", ""),
        "we": ("What we took from it:", "What we learned:", "Our lesson:", "Our takeaway:", ""),
        "": ("The lesson:", "What it shows:", "The point:", "The point is this:", ""),
    },
    "first": {
        "i": ("My lesson:", "What I learned:", "What I learned is this:", "My takeaway:", "What I know now:", ""),
        "we": ("Our lesson:", "What we learned:", "Our takeaway:", "What we know now:", ""),
        "": ("The lesson:", "A lesson:", "A takeaway:", ""),
    },
    "back": {
        "i": ("Here is how it came to that.", "Let me start at the beginning.", "Let me explain.", ""),
        "we": ("Here is how we got there.", "Here is how it came to that.", "Let us explain.", ""),
        "": ("Here is how it came to that.", "It began like this.", "Some background:", ""),
    },
    "proof": {
        "i": ("How I know:", "Where I saw it:", "Let me explain.", ""),
        "we": ("How we know:", "Where we saw it:", ""),
        "": ("Here is what happened.", "This happened:", ""),
    },
    "opinion": {
        "i": ("", "I think", "I believe", "To me,", "In my opinion,", "My view:", "I think that", "I do believe that"),
        "we": ("", "We think", "We believe", "Our view:"),
        "": ("", "In short:", "After all,"),
    },
    "example": {
        "i": ("", "For example,", "For instance,", "An example:", "One example:"),
        "we": ("", "For example,", "For instance,", "An example:"),
        "": ("", "For example,", "For instance,", "An example:", "One example:"),
    },
    "more": dict.fromkeys(("i", "we", ""), ("", "And", "Also,", "Plus,", "In addition,")),
}  # fmt: skip
"""What may stand before a sentence, in the author's person; "" is nothing. `first` leads to a lesson that
opens the post, `more` to a further point."""
JOINS = ("", ", and ", "; ", " – ", " - ", " -- ")
"""What may stand between two sentences that become one."""
LONGEST_JOINED = 34
"""Words of a joined sentence, at most."""
_OPENS_ANEW = regex.compile(
    r"(?i)^(?:and|but|so|or|then|also|plus|however|instead|yet|still|because|this|that|it|which)\b"
)
_SPEAKS = regex.compile(r"(?i)(?:i|we|my|our)\b")
_LEADS = tuple(
    sorted({f for by in FRAMES.values() for rows in by.values() for f in rows if f and f[-1] != "."}, key=len)
)[::-1]


@dataclass(frozen=True)
class Build:
    """One way to build a post: places in `FRAMES` by their names and in `JOINS`; `forms` is "", short or long."""

    lesson: int = 0
    first: int = 0
    back: int = 0
    proof: int = 0
    opinion: int = 0
    example: int = 0
    more: int = 0
    forms: str = ""
    join: int = 0
    joined: str = "story"
    """Which sentences are joined: story | points | all."""
    blocks: str = ""
    """"" as composed; lines: every sentence on its own; packed: as few paragraphs as the author's usual."""
    loud: bool = False
    """The call to action ends with an exclamation mark."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def framed(unit: str, name: str, said: str) -> str:
    """A sentence after its frame; one that opens with a word of its own kind gets none."""
    if not said or said.endswith("."):
        return unit
    if name not in ("lesson", "first") and (unit.endswith("?") or _OPENS_ANEW.match(unit)):
        return unit
    if name == "opinion" and _SPEAKS.match(unit):
        return unit
    low = lowered(unit)
    # A word that may be a name keeps its capital: after a colon that is right, after “I think” it would look wrong.
    return f"{said} {low}" if said.endswith(":") or low[:1] != unit[:1] or low[:2] in ("I ", "I'") else unit


def bare(unit: str) -> str:
    """A sentence without the frame before it."""
    low = unit.lower()
    lead = next((f for f in _LEADS if low.startswith(f"{f.lower()} ")), "")
    return unit[len(lead) :].strip() if lead else unit


def in_forms(unit: str, build: Build) -> str:
    """A sentence with the short or the long forms of a build."""
    return shortened(unit) if build.forms == "short" else lengthened(unit) if build.forms == "long" else unit


_WHOLE = frozenset(f for by in FRAMES.values() for rows in by.values() for f in rows if f.endswith("."))


def join(units: list[str], build: Build) -> list[str]:
    """Sentences joined in twos, where both are plain statements and together not too long; a frame is none."""
    between = JOINS[build.join % len(JOINS)]
    out: list[str] = []
    fresh = True
    for unit in units:
        if between and out and fresh and _joinable(out[-1], unit):
            second = lowered(unit)
            out[-1] = f"{out[-1][:-1]}{between}{second}"
            fresh = False
        else:
            out.append(unit)
            fresh = True
    return out


def _joinable(first: str, second: str) -> bool:
    if first in _WHOLE or first[-1:] != "." or second[-1:] != "." or first[-3:] == "..." or _OPENS_ANEW.match(second):
        return False
    if any(mark in first + second for mark in ':;–—"“”') or " - " in first + second:
        return False
    return len(text.words(first)) + len(text.words(second)) <= LONGEST_JOINED
