"""An author's voice: profiles from the samples, what is measured of a text, phrase lists, what the team allows."""

from core.voice.measuring import (
    Habit,
    Measured,
    Passage,
    Said,
    digest,
    glance,
    measure,
    restored,
    version,
    with_generic,
)
from core.voice.nearness import nearness
from core.voice.profiles import forget, known, profile, reading
from core.voice.readings import measure_missing

__all__ = [
    "Habit",
    "Measured",
    "Passage",
    "Said",
    "digest",
    "forget",
    "glance",
    "known",
    "measure",
    "measure_missing",
    "nearness",
    "profile",
    "reading",
    "restored",
    "version",
    "with_generic",
]
