"""What only a person can say of an author: role, audience, expertise, goals, sensitive topics allowed or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Invalid, NotFound

QUESTIONS = {
    "role": "What is their role?",
    "audience": "Who do they write for?",
    "expertise": "What do they know best?",
    "goals": "What should the posts achieve?",
    "sensitive": "May they write on sensitive topics?",
    "sensitive_topics": "Which ones, or which to keep away from?",
}
SENSITIVE = {"ask": "Not decided", "no": "Keep away from them", "yes": "Allowed"}
"""Politics, religion, health of named people, conflicts: what a reviewer would stop at."""
_LONGEST = 600


def checked(answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers that were given, trimmed. Raises NotFound (unknown question) or Invalid (too long)."""
    out = {}
    for name, answer in answers.items():
        if name not in QUESTIONS:
            raise NotFound(f"The questionnaire has no question {name}.", f"It has {', '.join(QUESTIONS)}.")
        text = str(answer or "").strip()
        if len(text) > _LONGEST:
            raise Invalid(f"The answer to “{QUESTIONS[name]}” is longer than {_LONGEST} characters.", "Shorten it.")
        if name == "sensitive" and text not in ("", *SENSITIVE):
            raise Invalid(f"{text} is no answer to “{QUESTIONS[name]}”.", f"Choose {', '.join(SENSITIVE)}.")
        if text and text != "ask":
            out[name] = text
    return out


def sensitive_rule(answers: Mapping[str, str]) -> str:
    """What a draft must keep to, in one sentence; empty where nobody decided."""
    topics = answers.get("sensitive_topics", "")
    match answers.get("sensitive"):
        case "no":
            return f"Keep away from sensitive topics{f', above all {topics}' if topics else ''}."
        case "yes":
            return f"Sensitive topics are allowed{f': {topics}' if topics else ''}."
    return f"Sensitive topics: {topics}." if topics else ""
