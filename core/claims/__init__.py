"""Facts and claims: what a text says that can be looked up, whether a source holds it, and who stands by the rest."""

from core.claims.allowed import Allowed
from core.claims.checking import check
from core.claims.facts import address, facts
from core.claims.model import Claim, Fact, Report, Source, sentence_hash
from core.claims.reports import confirm, of_post, of_variant, refusal, rescored, scored, sources_of, unconfirm

__all__ = [
    "Allowed",
    "Claim",
    "Fact",
    "Report",
    "Source",
    "address",
    "check",
    "confirm",
    "facts",
    "of_post",
    "of_variant",
    "refusal",
    "rescored",
    "scored",
    "sentence_hash",
    "sources_of",
    "unconfirm",
]
