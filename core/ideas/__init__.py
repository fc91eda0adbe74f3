"""Ideas: what an author could write about next, from sources, the mix of topics, and what was not said yet."""

from core.ideas.commands import brief_of, dismiss, dismissed, in_calendar, proposals, take, take_back, why_none_due
from core.ideas.model import KINDS, Evidence, Proposal

__all__ = [
    "KINDS",
    "Evidence",
    "Proposal",
    "brief_of",
    "dismiss",
    "dismissed",
    "in_calendar",
    "proposals",
    "take",
    "take_back",
    "why_none_due",
]
