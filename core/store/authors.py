"""Reading and writing of authors."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select

from core.errors import Invalid, NotFound
from core.store.base import now
from core.store.engine import Reading, Writing
from core.store.tables import Author

HEADLINE = 300
"""Characters of the line under a name."""


def listed(tx: Reading) -> list[Author]:
    """All that are not archived, by name."""
    return list(tx.session.scalars(select(Author).where(Author.archived_at.is_(None)).order_by(Author.name)))


def every(tx: Reading) -> list[Author]:
    """All, archived ones too."""
    return list(tx.session.scalars(select(Author)))


def get(tx: Reading, author_id: str) -> Author:
    """One author by id. Raises NotFound."""
    row = tx.session.get(Author, author_id)
    if row is None:
        raise NotFound(f"There is no author {author_id}.", "Pick one from the list.")
    return row


def named(tx: Reading, name: str) -> Author | None:
    """One author by name, whatever its case."""
    wanted = name.strip().casefold()
    return next((a for a in tx.session.scalars(select(Author)) if a.name.casefold() == wanted), None)


def add(tx: Writing, name: str, kind: str = "person", is_sample: bool = False) -> Author:
    """A new author. Raises Invalid where the name is empty or taken."""
    name = name.strip()
    if not name or len(name) > 200 or any(ord(c) < 32 for c in name):
        raise Invalid("An author needs a name of 1 to 200 characters on one line.", "Type the name as readers know it.")
    if named(tx, name):
        raise Invalid(f"There is an author named {name} already.", "Choose that author, or use another name.")
    row = Author(name=name, kind=kind, is_sample=is_sample, workspace_id=tx.actor.workspace_id)
    tx.session.add(row)
    tx.session.flush()
    return row


def consent(tx: Writing, author_id: str, allowed: bool | None) -> None:
    """Record whether this author's texts may train a model, who said so, and when."""
    row = get(tx, author_id)
    row.training_consent, row.consent_by, row.consent_at = allowed, tx.actor.name, now()


def describe(
    tx: Writing,
    author_id: str,
    zone: str | None = None,
    headline: str | None = None,
    reviewers: list[dict[str, str]] | None = None,
) -> Author:
    """Change what is given. Raises Invalid, with nothing changed, for an unknown zone or too long a headline."""
    row = get(tx, author_id)
    said = " ".join((headline or "").split())
    if len(said) > HEADLINE:
        raise Invalid(f"A headline has at most {HEADLINE} characters; this one has {len(said):,}.", "Shorten it.")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Invalid(f"There is no time zone {zone}.", "Use a name such as Europe/Berlin.") from error
        row.zone = zone
    if headline is not None:
        row.headline = said
    if reviewers is not None and reviewers != row.reviewers:
        row.reviewers = reviewers
    return row


def place(tx: Reading, author_id: str) -> int:
    """How many authors were added before this one, archived ones too."""
    return tx.session.scalar(select(func.count()).select_from(Author).where(Author.id < author_id)) or 0
