"""Writing a whole post with a model that has learnt the author: one prompt for training, for the exam and for use."""

from __future__ import annotations

from collections.abc import Sequence

from core.generate import prompts
from core.generate.brief import BriefFields

PROMPT = "post"
EXEMPLARS = 2
EXEMPLAR_CHARS = 280
"""Of each exemplar, cut at a word: a small model's time goes with the length of what it reads."""


def ask(
    author: str, brief: BriefFields, exemplars: Sequence[str], words: int, version: int | None = None
) -> tuple[str, str]:
    """System text and user text of the request for a post of about `words` words; of the exemplars the first two."""
    shown = "\n\n---\n\n".join(_cut(text) for text in exemplars[:EXEMPLARS])
    return prompts.get(PROMPT, version).render(author=author, brief=told(brief, words), exemplars=shown)


def told(brief: BriefFields, words: int) -> str:
    """A brief as this prompt tells it: what the post may say, and how long it should be."""
    rows = [f"Topic: {' '.join(brief.topic.split())}"]
    if brief.hook_line:
        rows.append(f"Opening: {brief.hook_line}")
    if brief.story:
        rows.append(f"Story: {' '.join(brief.story.split())}")
    if brief.points:
        rows += ["Points:", *(f"- {' '.join(point.split())}" for point in brief.points)]
    for name, value in (("View", brief.opinion), ("Example", brief.example), ("Ending", brief.call_to_action)):
        if value.strip():
            rows.append(f"{name}: {' '.join(value.split())}")
    return "\n".join([*rows, f"Length: about {max(20, round(words, -1))} words"])


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= EXEMPLAR_CHARS else text[:EXEMPLAR_CHARS].rsplit(" ", 1)[0].rstrip(",;:–—-") + " …"
