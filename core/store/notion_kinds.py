"""Reading and writing of the records behind Notion's rows, one by one: posts, guidelines, cards, samples."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from core.store.engine import Reading, Writing
from core.store.tables import Author, Guideline, NotionRow, Persona, Post, Sample


def post(tx: Reading, post_id: str) -> Post | None:
    """A post that was not removed."""
    found = tx.session.get(Post, post_id)
    return found if found is not None and found.deleted_at is None else None


def guideline(tx: Reading, guideline_id: str) -> Guideline | None:
    """A guideline, in force or not."""
    return tx.session.get(Guideline, guideline_id)


def sample(tx: Reading, sample_id: str) -> Sample | None:
    """A sample, left out or not."""
    return tx.session.get(Sample, sample_id)


def author_with_card(tx: Reading, author_id: str) -> tuple[Author | None, Persona | None]:
    """An author who is not archived, with the newest card."""
    author = tx.session.get(Author, author_id)
    if author is None or author.archived_at is not None:
        return None, None
    query = select(Persona).where(Persona.author_id == author_id).order_by(Persona.version.desc()).limit(1)
    return author, tx.session.scalars(query).first()


def author_names(tx: Reading) -> dict[str, str]:
    """Author id -> name, archived ones too."""
    return {row.id: row.name for row in tx.session.execute(select(Author.id, Author.name))}


def persona_pages(tx: Reading) -> dict[str, str]:
    """Page in Notion -> author id, for every persona that has a row."""
    query = select(NotionRow.page_id, NotionRow.local_id)
    found = query.where(NotionRow.kind == "personas", NotionRow.page_id.is_not(None), NotionRow.state != "unmatched")
    return {str(row[0]): str(row[1]) for row in tx.session.execute(found)}


def post_ids(tx: Reading, statuses: Collection[str]) -> list[str]:
    """Posts in these statuses, the oldest first."""
    query = select(Post.id).where(Post.status.in_(list(statuses)), Post.deleted_at.is_(None))
    return list(tx.session.scalars(query.order_by(Post.id)))


def sample_ids(tx: Reading) -> list[str]:
    """Samples in use of all authors; the sample workspace's invented people stay here."""
    real = select(Author.id).where(Author.is_sample.is_(False), Author.archived_at.is_(None))
    query = select(Sample.id).where(Sample.excluded.is_(False), Sample.author_id.in_(real))
    return list(tx.session.scalars(query.order_by(Sample.id)))


def count_rows(tx: Reading, kind: str) -> int:
    """Rows of a kind that are in Notion and known to be ours."""
    query = select(func.count()).select_from(NotionRow).where(NotionRow.kind == kind)
    return tx.session.scalar(query.where(NotionRow.page_id.is_not(None), NotionRow.state != "unmatched")) or 0


def set_link(tx: Writing, guideline_id: str, url: str) -> None:
    """Where a guideline's row is."""
    found = tx.session.get(Guideline, guideline_id)
    if found is not None and url and found.url != url:
        found.url = url


def set_body(tx: Writing, guideline_id: str, body: str) -> bool:
    """What the page below a guideline's row says; another text is another version. Returns whether it changed."""
    found = tx.session.get(Guideline, guideline_id)
    if found is None or found.body == body:
        return False
    found.body = body
    found.version += 1
    return True
