"""That a person agrees to a model learning what they look like: by whom, in which words, until when; taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from core import store
from core.errors import Denied, Invalid
from core.images import photo_checks
from core.review.lifecycle import has_role
from core.store import Actor, consent, photos
from core.store.base import now
from core.store.tables_images import PhotoSet
from core.train import registry

DAYS: Final = 365
MOST_DAYS: Final = 5 * 365
GRACE: Final = timedelta(days=7)
"""After consent has ended, the time in which it may be given again; then everything is deleted."""
SOON: Final = timedelta(days=30)
LEAST_WORDS, MOST_WORDS = 20, 4000
WORDS: Final = (
    "I am {person}, and I agree that Timbre keeps these photos of me and that an image model learns from them what I "
    "look like, to make pictures for the posts of {author}. Photos leave this machine only if a training with fal is "
    "started, and are deleted there afterwards as far as fal allows. I may take this back at any time: what was learnt "
    "is then no longer used, and photos, models and unused pictures of me are deleted after {days} days at the latest."
)


@dataclass(frozen=True)
class State:
    """Where consent stands, in a word and in a sentence."""

    kind: Literal["none", "given", "soon", "expired", "withdrawn"]
    said: str

    @property
    def stands(self) -> bool:
        """Whether photos may be learnt from, and what was learnt be used."""
        return self.kind in ("given", "soon")


def words(person: str, author: str) -> str:
    """What is asked of a person, to be read before they agree; the words can be changed."""
    return WORDS.format(person=person, author=author, days=GRACE.days)


def state(row: PhotoSet) -> State:
    """Where the consent to a set stands now."""
    person = row.person or "The person"
    if row.consent_at is None:
        return State("none", f"{person} has not agreed yet.")
    gone = deleted_on(row)
    then = f" Everything is deleted on {_day(gone)} unless consent is given again." if gone else ""
    if row.withdrawn_at is not None:
        return State("withdrawn", f"{person} took the consent back on {_day(row.withdrawn_at)}.{then}")
    if not consent.stands(row):
        return State("expired", f"The consent of {person} ended on {_day(row.expires_at or now())}.{then}")
    until = f" until {_day(row.expires_at)}" if row.expires_at else ""
    soon = row.expires_at is not None and row.expires_at - now() < SOON
    by = "" if row.consent_by in (None, row.person) else f" (recorded by {row.consent_by})"
    said = f"{person} agreed on {_day(row.consent_at)}{by}{until}."
    return State("soon" if soon else "given", said)


def deleted_on(row: PhotoSet) -> datetime | None:
    """When a set whose consent has ended is deleted; None while it stands, or was never given."""
    ended = [at for at in (row.withdrawn_at, row.expires_at) if at is not None and at <= now()]
    return min(ended) + GRACE if ended else None


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def demand(set_id: str) -> PhotoSet:
    """The set, where consent stands. Raises Denied where it does not, NotFound."""
    with store.reading() as tx:
        return agreed(photos.get(tx, set_id))


def agreed(row: PhotoSet) -> PhotoSet:
    """The set again, where its consent stands. Raises Denied."""
    found = state(row)
    if row.deleted_at is not None or not found.stands:
        said = "These photos were deleted." if row.deleted_at is not None else found.said
        raise Denied(f"{said} Nothing was done.", "Record the consent on the Images page, under Photos.")
    return row


def give(set_id: str, by: str, text: str, actor: Actor, days: int = DAYS) -> PhotoSet:
    """Record that the person agrees, from now on and for so many days. `by`: who said so, best the person themselves.

    Given again, it goes on from now; what was taken back before is in the change log. Raises Denied, Invalid, NotFound.
    """
    may(actor)
    who, said = " ".join(by.split()), text.strip()
    if not who or len(who) > 200 or not who.isprintable():
        raise Invalid("It is not said who agreed.", "Write the name of the person, or of who holds their consent.")
    if not LEAST_WORDS <= len(said) <= MOST_WORDS:
        raise Invalid("The words that were agreed to are missing.", "Keep the ones proposed, or write your own.")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"Consent cannot be for {days} days.", f"Give 1 to {MOST_DAYS} days.")
    with store.writing(actor) as tx:
        row = photos.locked(tx, set_id)
        row.consent_by, row.consent_at, row.consent_text = who, now(), said
        row.expires_at, row.withdrawn_at = now() + timedelta(days=days), None
        return row


def withdraw(set_id: str, actor: Actor) -> PhotoSet:
    """The person takes it back: nothing learns from the photos and nothing that was learnt is used from now on.

    After `GRACE` everything is deleted. Raises Denied, NotFound.
    """
    may(actor)
    with store.writing(actor) as tx:
        row = photos.locked(tx, set_id)
        row.withdrawn_at = row.withdrawn_at or now()
        photos.stop(tx, set_id)
    registry.settle()
    return row


def why_not_trained(set_id: str) -> str:
    """Why no training can begin from a set, in a sentence; empty where one can."""
    with store.reading() as tx:
        row = photos.get(tx, set_id)
        found = photos.photos(tx, set_id, used=True)
    if not (here := state(row)).stands:
        return here.said
    checks = photo_checks.variety([photo_checks.Measures.restored(photo.checks) for photo in found])
    return " ".join(f"{check.said} {check.do}" for check in checks if check.grave and not check.ok)


def may(actor: Actor) -> None:
    """Raises Denied where this person may only look."""
    if not has_role(actor, "editor"):
        raise Denied(
            f"You may not change photos: your role is {actor.role}. Nothing was changed.",
            "Ask an editor or an approver of your team.",
        )
