"""Reading and writing of persons: who acts here, with which role, and who they are in Notion."""

from __future__ import annotations

from sqlalchemy import select

from core.errors import NotFound
from core.store.engine import Reading, Writing
from core.store.tables import Person


def listed(tx: Reading) -> list[Person]:
    """Everybody, by name."""
    return list(tx.session.scalars(select(Person).order_by(Person.name, Person.id)))


def get(tx: Reading, person_id: str) -> Person:
    """One person. Raises NotFound."""
    row = tx.session.get(Person, person_id)
    if row is None:
        raise NotFound("There is no such person here (any more).", "Reload the page.")
    return row


def add(tx: Writing, name: str, role: str) -> Person:
    """A new person."""
    row = Person(name=name, role=role, workspace_id=tx.actor.workspace_id)
    tx.session.add(row)
    tx.session.flush()
    return row


def bare(user_id: str) -> str:
    """A Notion user's id as it is compared: with and without dashes it is the same one."""
    return user_id.replace("-", "").lower()


def of_notion(tx: Reading, user_id: str | None) -> Person | None:
    """The person here whom somebody connected with a Notion user."""
    if not user_id:
        return None
    connected = tx.session.scalars(select(Person).where(Person.notion_user_id.is_not(None)))
    return next((p for p in connected if bare(str(p.notion_user_id)) == bare(user_id)), None)
