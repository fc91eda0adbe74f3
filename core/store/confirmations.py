"""Reading and writing of confirmations: sentences that a person stands by."""

from __future__ import annotations

from sqlalchemy import select

from core.store.engine import Reading, Writing
from core.store.tables_writing import Confirmation


def of_post(tx: Reading, post_id: str) -> dict[str, Confirmation]:
    """What is confirmed on a post, by sentence hash; also sentences that the text no longer holds."""
    query = select(Confirmation).where(Confirmation.post_id == post_id).order_by(Confirmation.id)
    return {row.sentence_hash: row for row in tx.session.scalars(query)}


def put(tx: Writing, post_id: str, digest: str, sentence: str, note: str) -> Confirmation:
    """Confirm a sentence; a second time changes the note and who stands by it."""
    row = of_post(tx, post_id).get(digest)
    if row is None:
        row = Confirmation(post_id=post_id, sentence_hash=digest, workspace_id=tx.actor.workspace_id)
        tx.session.add(row)
    row.sentence, row.note, row.by = sentence, note, tx.actor.name
    tx.session.flush()
    return row


def remove(tx: Writing, post_id: str, digest: str) -> bool:
    """Take a confirmation back; False where there was none. The change log keeps it."""
    row = of_post(tx, post_id).get(digest)
    if row is None:
        return False
    tx.session.delete(row)
    tx.session.flush()
    return True
