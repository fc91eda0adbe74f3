"""The slot of a post: when it goes out. A sign-off of its own beside that of the text."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.errors import Invalid
from core.review.lifecycle import may_sign
from core.store import Writing
from core.store.tables import Post

YEARS = range(1970, 2201)
"""What the calendar shows; in the years 1 and 9999 another zone's clock has no such time."""


def zone_info(zone: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises Invalid."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f"There is no time zone named {zone[:64]!r}.", "Use an IANA name such as Europe/Berlin or UTC."
        ) from None


def set_slot(tx: Writing, post: Post, slot: datetime | None, zone: str) -> None:
    """Set or clear the slot and say whose sign-off stands: an approver's own move keeps one, anyone else's asks again.

    An approver who sets the slot that is there already signs it off. The caller settles.
    Raises Invalid for a slot without a time zone, or an unknown zone.
    """
    zone_info(zone)
    if slot is not None and slot.tzinfo is None:
        raise Invalid("A slot needs a time zone: nothing was changed.", "Give the date, the time and the zone.")
    if slot is not None and slot.year not in YEARS:
        raise Invalid(
            f"A slot in the year {slot.year} cannot be kept: nothing was changed.",
            f"Choose one from {YEARS.start} to {YEARS.stop - 1}.",
        )
    slot = None if slot is None else slot.astimezone(UTC).replace(microsecond=0)
    signed = tx.actor.name if slot is not None and may_sign(tx.actor) else None
    if slot != post.slot:
        post.slot = slot
        if signed != post.slot_approved_by:
            post.slot_approved_by = signed
    elif signed and post.slot_approved_by is None and tx.actor.source != "notion":
        post.slot_approved_by = signed
    if zone != post.zone:
        post.zone = zone
