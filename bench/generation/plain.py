"""The peer: an ordinary prompt with the brief and three posts of the author, as the same model answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import llm

EXAMPLES = 3
ROOM = 1200
"""Characters of each example: a small model's context holds no more."""
SYSTEM = "You write LinkedIn posts in the voice of the person whose posts you are shown."


def prompt(fields: dict[str, Any], examples: Sequence[str]) -> str:
    """The brief and the examples."""
    rows = [f"Topic: {fields['topic']}"]
    for name, title in (
        ("goal", "Goal"),
        ("audience", "Audience"),
        ("points", "Key points"),
        ("story", "Story"),
        ("opinion", "Point of view"),
        ("example", "Example"),
        ("call_to_action", "Call to action"),
    ):
        if value := fields.get(name):
            rows.append(f"{title}: " + ("; ".join(value) if isinstance(value, list) else value))
    shown = "\n\n".join(f"Example {n}:\n{text[:ROOM]}" for n, text in enumerate(examples[:EXAMPLES], 1))
    return (
        f"{shown}\n\nWrite a LinkedIn post in the voice of these examples, about this brief. Say what the brief "
        f"says, in a new text of about {{words}} words. Answer with the post alone.\n\n" + "\n".join(rows)
    )


def answer(fields: dict[str, Any], examples: Sequence[str], words: int, seed: int, model: str = "") -> llm.Completion:
    """The model's answer."""
    asked = llm.Request(
        prompt(fields, examples).replace("{words}", str(words)),
        system=SYSTEM,
        seed=seed,
        temperature=0.7,
        min_p=0.05,
        repeat_penalty=1.1,
        max_tokens=min(600, max(120, 2 * words)),
    )
    return llm.complete(asked, model=model)
