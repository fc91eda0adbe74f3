"""Which sentences of a text claim something, and which sentence of a source holds it."""

from __future__ import annotations

from collections.abc import Sequence

from core.claims.allowed import Allowed
from core.claims.model import Claim, Source


def check(text: str, sources: Sequence[Source]) -> list[Claim]:
    """Each sentence of a text with its status."""
    raise NotImplementedError
