"""Who is acting, and who may do what. On loopback there is one local person, whom nobody has verified."""

from __future__ import annotations

from typing import Final

from core import store
from core.errors import Conflict, Denied, Invalid
from core.store import Actor, people
from core.store.tables import Person

ROLES: Final = ("reader", "editor", "approver")
"""Each may do what the one before may."""
LOCAL = "You (this machine)"


def local_actor(source: str = "app") -> Actor:
    """The person at this machine. `source` is the door: app, api, notion or worker."""
    return Actor(name=LOCAL, role="approver", verified=False, source=source)


WORKER = Actor(name="Timbre", role="editor", source="worker")
"""The program itself, for what nobody typed."""


def may_collect(actor: Actor) -> None:
    """Whether somebody may change authors and what was collected of them. Raises Denied for readers."""
    if actor.role == "reader":
        raise Denied(
            "You may not change authors or their writing: your role is reader. Nothing was changed.",
            "Ask an editor or an approver of your team to do it.",
        )


def listed() -> list[Person]:
    """Everybody who has a role here, by name."""
    with store.reading() as tx:
        return people.listed(tx)


def add(name: str, role: str, actor: Actor, notion_user_id: str | None = None) -> Person:
    """A new person with a role, connected with a Notion user where one is named. Raises Denied, Invalid, Conflict."""
    _may_give(actor)
    with store.writing(actor) as tx:
        row = people.add(tx, _name(name), _role(role))
        _connect(tx, row, notion_user_id)
        return row


def edit(person_id: str, actor: Actor, name: str | None = None, role: str | None = None) -> Person:
    """Change a person's name or role. Raises Denied, Invalid or NotFound."""
    _may_give(actor)
    with store.writing(actor) as tx:
        row = people.get(tx, person_id)
        if name is not None:
            row.name = _name(name)
        if role is not None:
            row.role = _role(role)
        return row


def connect(person_id: str, notion_user_id: str | None, actor: Actor) -> Person:
    """Say who a person is in Notion (None: nobody): what they do there is done by them. Raises Denied, Conflict."""
    _may_give(actor)
    with store.writing(actor) as tx:
        row = people.get(tx, person_id)
        _connect(tx, row, notion_user_id)
        return row


def _may_give(actor: Actor) -> None:
    """Names and connections count as roles: who is called Ada, or acts as Ada through Notion, has what Ada may do."""
    if actor.role != "approver":
        raise Denied(
            f"You may not say who may do what: your role is {actor.role}. Nothing was changed.",
            "Ask an approver to do it.",
        )


def _connect(tx: store.Writing, row: Person, notion_user_id: str | None) -> None:
    taken = people.of_notion(tx, notion_user_id)
    if taken is not None and taken.id != row.id:
        raise Conflict(
            f"{taken.name} is connected with this person of Notion already. Nothing was changed.",
            "Take that connection away first.",
        )
    row.notion_user_id = notion_user_id or None


def _name(name: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > 200 or not found.isprintable():
        raise Invalid("A person needs a name of 1 to 200 characters.", "Type the name as the team knows it.")
    return found


def _role(role: str) -> str:
    if role not in ROLES:
        raise Invalid(f"There is no role {role!r}.", f"Use one of {', '.join(ROLES)}.")
    return role
