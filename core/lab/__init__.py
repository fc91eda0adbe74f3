"""The lab: texts compared blind, votes and ratings kept, and what they say of how the texts were written."""

from __future__ import annotations

from core.lab import experiments
from core.lab.exporting import comparisons, export_csv
from core.lab.material import BY, By, Candidate, Scope
from core.lab.pairing import LineUp, Pair, line_up, next_pair
from core.lab.results import Row, Table, Told, strengths, told
from core.lab.tags import TAGS
from core.lab.voting import last, rate, rating, vote, vote_best, withdraw

__all__ = [
    "BY",
    "TAGS",
    "By",
    "Candidate",
    "LineUp",
    "Pair",
    "Row",
    "Scope",
    "Table",
    "Told",
    "comparisons",
    "experiments",
    "export_csv",
    "last",
    "line_up",
    "next_pair",
    "rate",
    "rating",
    "strengths",
    "told",
    "vote",
    "vote_best",
    "withdraw",
]
