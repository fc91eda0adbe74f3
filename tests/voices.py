"""Invented voices for tests of archetypes: several authors write in each, every author about another subject."""

from __future__ import annotations

import random

SUBJECTS = ("bridges", "beehives", "payroll", "violins", "glaciers", "tramlines", "orchards", "lighthouses", "kilns")
_PARTS = {
    "dense": (
        "Comprehensive {s} modernisation delivers substantial organisational efficiencies across participating regions.",
        "International stakeholders announced significant infrastructure investments supporting sustainable {s} programmes.",
        "Preliminary documentation regarding {s} procurement demonstrates considerable operational improvement.",
        "Regulatory consolidation accelerates responsible {s} development throughout neighbouring municipalities.",
        "Independent verification confirmed {s} certification requirements following extensive consultation.",
    ),
    "chatty": (
        "I love {s}! 🎉",
        "Do you ever ask yourself why we don't talk about {s}?",
        "You won't believe what I saw today! 😀",
        "I can't get enough of it.",
        "What would you do? Tell me!",
        "It's so good, and I'm so glad you're here! 🚀",
    ),
    "argued": (
        "The plan for {s} might work, but it is not clear that it would (and nobody has shown that it could).",
        "If the {s} are not kept up, then the rest fails; so it is perhaps better, though slower, to begin with them.",
        "However, this is rarely said – and because it is not said, it is not done.",
        "They may be right, but they have not looked at {s} for years, so the claim seems rather weak.",
        "It is usually the small things – the ones that nobody counts – that decide, although not always.",
    ),
}
VOICES = tuple(_PARTS)


def texts(voice: str, subject: str, n: int, seed: int = 1) -> list[str]:
    """So many different posts in a voice, about a subject."""
    rng = random.Random(f"{voice} {subject} {seed}")
    said = [part.format(s=subject) for part in _PARTS[voice]]
    return [" ".join([*rng.sample(said, 4), f"Note {number} on {subject}."]) for number in range(n)]


def mixed(subject: str, n: int) -> list[str]:
    """Posts of somebody who writes in every voice, by turns: nobody in particular."""
    rng = random.Random(f"mixed {subject}")
    every = [text for voice in VOICES for text in texts(voice, subject, n)]
    return rng.sample(every, n)


def team(n: int = 12, each: int = 3) -> dict[str, list[str]]:
    """Author -> posts: so many authors a voice, named by it."""
    subjects = iter(SUBJECTS * 3)
    return {f"{voice}-{at}": texts(voice, next(subjects), n) for voice in VOICES for at in range(1, each + 1)}
