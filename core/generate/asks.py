"""What a brief leaves open: a detail, a number or example, a point of view. Asked for, never invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

from analytics.text import HASHTAG, LINK, words
from core.generate import figures
from core.generate.brief import BriefFields

NAMES: Final = ("detail", "metric", "opinion")
STORY = 8
"""Words from which on a seed story tells something."""


@dataclass(frozen=True)
class Ask:
    """One question to the person who writes the brief. `field` is where its answer goes."""

    name: str
    question: str
    why: str
    field: str


ASKS: Final = {
    "detail": Ask(
        "detail",
        "What is one thing that really happened: a moment, a person, a place?",
        "Without a detail of yours the post could be anybody's.",
        "story",
    ),
    "metric": Ask(
        "metric",
        "Which number or example stands for it?",
        "A claim without one is an opinion, and Timbre makes up none.",
        "example",
    ),
    "opinion": Ask(
        "opinion",
        "What do you think about it that others may not?",
        "A source can lend facts; the point of view has to be the author's own.",
        "opinion",
    ),
}
_EXAMPLE = regex.compile(r"(?i)\b(?:for (?:example|instance)|e\.g\.|such as|take the case of|one example)")
_SCENE = regex.compile(
    r"(?i)\b(?:yesterday|last (?:week|month|year|spring|summer|autumn|fall|winter|night|\w+day)|this morning|"
    r"(?:on|one|every) (?:mon|tues|wednes|thurs|fri|satur|sun)day|in (?:january|february|march|april|may|june|july|"
    r"august|september|october|november|december)|when (?:i|we) (?:was|were|had|first)|"
    r"(?:i|we) (?:met|saw|heard|asked|told|watched|opened|closed|broke|built|lost|found|called|visited|tried|spent|"
    r"cut|stopped|started|missed|moved|hired|fired|shipped|sold|ran|made|gave|wrote|went|came|took|held|launched|"
    r"changed|dropped|counted|noticed|learn(?:ed|t)))\b"
)
_NAME = regex.compile(r"(?<=[\p{Ll},;:] )\p{Lu}[\p{L}'’-]+")
"""A word in capitals inside a sentence: a person, a place, a product."""
_SAID = regex.compile(r"[“\"«][^”\"»]{6,}[”\"»]")
_VIEW = regex.compile(
    r"(?i)\b(?:i (?:think|believe|doubt|disagree|prefer|bet|suspect|would rather|no longer|used to think)"
    r"|i (?:changed my mind|(?:do not|don['’]t) (?:think|believe))|in my (?:view|opinion|experience)"
    r"|should(?:n['’]t)?|ought to|must not|mustn['’]t|never|overrated|underrated|myth|mistaken?|wrong"
    r"|better than|worse than|rather than|instead of|matters? (?:more|less)|the (?:real )?(?:problem|trouble|point) is"
    r"|why (?:i|we) (?:stopped|quit|left|gave up|said no)|nobody needs|too (?:much|many|few|little)"
    r"|(?:is not|isn['’]t) (?:about|enough|worth)|stop \w+ing)\b"
)


def asks(fields: BriefFields, knowledge_text: str = "") -> list[Ask]:
    """The questions that neither the brief nor its knowledge answers and nobody waived (`fields.without`).

    The point of view is looked for in the brief alone: what a source thinks is its writer's view. Read by rules.
    """
    own = "\n".join([fields.hook_line, fields.story, *fields.points, fields.example, *fields.sources])
    told = _bare(f"{own}\n{knowledge_text}")
    there = {
        "detail": len(words(fields.story)) >= STORY or _specific(told),
        "metric": bool(fields.example or figures.numbers(told) or _EXAMPLE.search(told)),
        "opinion": bool(fields.opinion or _VIEW.search(f"{fields.topic}\n{fields.hook_line}\n{_bare(own)}")),
    }
    return [ASKS[name] for name in NAMES if not there[name] and name not in fields.without]


def _bare(text: str) -> str:
    """The text without addresses and hashtags: they hold numbers and capitals that say nothing."""
    return str(HASHTAG.sub(" ", LINK.sub(" ", text)))


def _specific(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_SCENE, _NAME, _SAID))
