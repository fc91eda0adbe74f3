"""What makes a post somebody's own: a detail, a number or an example, a point of view. All of it from the brief."""

from __future__ import annotations

from dataclasses import dataclass

from analytics import text
from core.generate import figures, judge
from core.generate.body import plain_words
from core.generate.brief import BriefFields
from core.generate.repair import ended

POINT, STORY = 0.6, 0.3
"""Share of the telling words of a point, and of a story, that must stand in a text that says it."""
_TELLING = 400
"""Characters of a part that are looked for."""


@dataclass(frozen=True)
class Specific:
    """Something that the brief holds and a post must say. `name` is detail, metric or opinion."""

    name: str
    text: str


def wanted(brief: BriefFields) -> list[Specific]:
    """What this brief holds of the three; where it holds none of one, a person was asked and chose so."""
    said = [brief.example, *brief.points, *brief.sources, brief.story]
    number = max(said, key=lambda line: len(figures.numbers(line)))
    number = number if figures.numbers(number) else ""
    rows = (
        ("detail", brief.story or brief.example),
        ("metric", brief.example or number),
        ("opinion", brief.opinion),
    )
    return [Specific(name, " ".join(value.split())) for name, value in rows if value.strip()]


def holds(value: str, part: str, share: float = POINT) -> bool:
    """Whether a text says a part of the brief: its words, or enough of its telling words."""
    words = plain_words(part[:_TELLING])
    if words and f" {words} " in f" {plain_words(value)} ":
        return True
    telling = judge.content(part[:_TELLING])
    return len(telling & judge.content(value)) >= share * len(telling) if telling else True


def missing(value: str, brief: BriefFields) -> list[Specific]:
    """Which of the three a text leaves out."""
    return [one for one in wanted(brief) if not _says(value, one)]


def unsaid(value: str, brief: BriefFields) -> list[str]:
    """The key points that a text leaves out."""
    return [point for point in brief.points if not holds(value, point)]


def off_brief(value: str, brief: BriefFields) -> bool:
    """Whether a text says nothing at all of what the brief holds: then it is about something else."""
    parts = [*brief.points, *(one.text for one in wanted(brief)), *text.sentences(brief.story)[:4]]
    return bool(parts) and not any(holds(value, part, STORY) for part in parts)


def put_in(value: str, brief: BriefFields) -> tuple[str, list[str]]:
    """The text with what it left out of the three added in the brief's own words; what was added, a line each."""
    done: list[str] = []
    blocks = text.paragraphs(value)
    for one in missing(value, brief):
        own = " ".join(ended(s) for s in text.sentences(one.text)[:2])
        if own and plain_words(own) not in plain_words("\n".join(blocks)):
            blocks.insert(_before_call(blocks, brief), own)
            done.append(f"Added “{own[:80]}”: the draft had left out what only this author can say.")
    return ("\n\n".join(blocks), done) if done else (value, [])


def _says(value: str, one: Specific) -> bool:
    values = {figures.value(n) for n in figures.numbers(one.text)}
    if one.name == "metric" and values:
        return bool(values & {figures.value(n) for n in figures.numbers(value)})
    return holds(value, one.text, STORY if one.name == "detail" else 0.5)


def _before_call(blocks: list[str], brief: BriefFields) -> int:
    call = plain_words(brief.call_to_action)
    last = len(blocks)
    while last > 1 and (
        plain_words(blocks[last - 1]) in call or text.hashtags(blocks[last - 1]) or text.links(blocks[last - 1])
    ):
        last -= 1
    return last
