"""What a post claims, over HTTP, and standing by a sentence."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from core import claims, review
from routes.shared import Id, Me, Strict, router

routes = router("posts")


class ConfirmIn(Strict):
    """A sentence of the post as it stands, and where it is known from."""

    sentence: str = Field(min_length=1, max_length=5_000)
    note: str = Field(default="", max_length=1_000)


class ClaimOut(BaseModel):
    """One sentence that claims something."""

    sentence: str
    status: Literal["supported", "unsupported"]
    source: str | None = Field(description="`brief`, the id of a knowledge text, or null")
    quote: str = Field(description="the nearest sentence of a source")
    why: str = Field(description="what speaks against it")
    confirmed_by: str | None
    note: str


class ClaimsOut(BaseModel):
    """What a post claims. `open`: sentences without a source that nobody stands by."""

    blocking: bool = Field(description="whether `open` keeps the post from review")
    by_hand: bool = Field(description="no variant stands behind the post: nothing blocks it")
    claims: list[ClaimOut]
    open: list[str]


@routes.get("/posts/{post_id}/claims")
def post_claims(post_id: Id) -> ClaimsOut:
    """What the text claims, and which source holds it. `open` sentences keep a generated post from review."""
    return claims_out(claims.of_post(review.get(post_id)))


@routes.post("/posts/{post_id}/confirm")
def confirm_claim(post_id: Id, body: ConfirmIn, me: Me) -> ClaimsOut:
    """Stand by one sentence for which no source was found, and say where it is known from."""
    return claims_out(claims.confirm(post_id, body.sentence, body.note, me))


def claims_out(found: claims.Report) -> ClaimsOut:
    """The report as the doors show it."""

    def one(claim: claims.Claim) -> ClaimOut:
        by, note = found.by.get(claim.hash, (None, ""))
        status: Literal["supported", "unsupported"] = "supported" if claim.status == "supported" else "unsupported"
        return ClaimOut(
            sentence=claim.sentence, status=status, source=claim.source, quote=claim.quote, why=claim.why,
            confirmed_by=by, note=note,
        )  # fmt: skip

    shown_ = [one(claim) for claim in found.claims if claim.status != "no claim"]
    return ClaimsOut(
        blocking=found.blocking, by_hand=found.by_hand, claims=shown_, open=[c.sentence for c in found.open]
    )
