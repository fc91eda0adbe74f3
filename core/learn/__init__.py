"""Learning from feedback: proposals that a person accepts, turns down or undoes, and pairs for training."""

from core.learn.commands import accept, dismiss, listed, undo, weights
from core.learn.model import Proposal
from core.learn.pairing import export_jsonl, pairs, refused
from core.learn.proposing import proposals, waiting

__all__ = [
    "Proposal",
    "accept",
    "dismiss",
    "export_jsonl",
    "listed",
    "pairs",
    "proposals",
    "refused",
    "undo",
    "waiting",
    "weights",
]
