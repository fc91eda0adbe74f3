"""The reasons against a text: one list for votes, ratings and what is learned from them."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import Invalid

TAGS = (
    "too generic",
    "not me",
    "too long",
    "too short",
    "weak opening",
    "weak ending",
    "wrong tone",
    "too salesy",
    "hard to follow",
    "off the brief",
    "not true",
)


def checked(tags: Iterable[str]) -> list[str]:
    """The tags in their order, each once. Raises Invalid for one that is not in the list."""
    said = set(tags)
    if unknown := said - set(TAGS):
        raise Invalid(f"There is no reason {sorted(unknown)[0]!r}.", f"Use one of: {', '.join(TAGS)}.")
    return [tag for tag in TAGS if tag in said]
