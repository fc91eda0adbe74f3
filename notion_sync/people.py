"""The people of the Notion workspace: what they are called, who they are here, and who acted on a page.

Notion has authenticated whoever edits a page there: a person of ours who is connected with a Notion user acts as
verified, with the role that an approver here has given them. Everybody else may write, and ask; nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import people as persons
from core import store
from core.errors import Denied, Invalid, NotFound, Unavailable
from core.people import WORKER
from core.store import Actor, choices, notion, people
from core.store.base import now
from core.store.people import bare
from core.store.tables import Person
from notion_sync.client import NotAllowed, Notion

Json = dict[str, Any]
KEY = "notion.people"
NOBODY = "Somebody in Notion"
NAME = 200


@dataclass(frozen=True)
class Known:
    """Somebody in Notion. `there`: still in the workspace when we looked last (guests are never listed)."""

    id: str
    name: str
    there: bool
    person: Person | None


def known() -> list[Known]:
    """Everybody of Notion whose name we know, by name, with who they are here. Asks nobody."""
    with store.reading() as tx:
        found = _kept(tx)["people"]
        here = {bare(p.notion_user_id): p for p in people.listed(tx) if p.notion_user_id}
    everybody = [
        Known(user_id, entry["name"], bool(entry.get("there")), here.get(bare(user_id)))
        for user_id, entry in found.items()
        if entry["name"] and not entry.get("bot")
    ]
    return sorted(everybody, key=lambda one: (one.name.casefold(), one.id))


def looked_at() -> datetime | None:
    """When the list was read last."""
    with store.reading() as tx:
        at = _kept(tx)["at"]
    return datetime.fromisoformat(at) if at else None


def refresh(actor: Actor) -> int:
    """Read the members of the workspace; returns how many people there are. Only names are kept, no addresses.

    Guests are not in the list (https://developers.notion.com/reference/get-users) and people leave: a name that was
    known stays known. Raises TimbreError with what to do.
    """
    client = Notion(timeout=20.0, attempts=3)
    try:
        found = {str(user["id"]): _entry(user, there=True) for user in client.users() if user.get("id")}
        me = client.me()
    except NotAllowed:
        raise Denied(
            "Notion does not let Timbre read who is in the workspace.",
            "In the integration's settings in Notion, under Capabilities, choose user information without e-mail "
            "addresses, then try again. A personal access token cannot list people.",
        ) from None
    finally:
        client.close()
    with store.writing(actor) as tx:
        kept = _kept(tx)
        gone = {i: {**entry, "there": False} for i, entry in kept["people"].items() if i not in found}
        choices.put(tx, KEY, {"people": {**gone, **found}, "at": now().isoformat()})
        notion.choose(tx, bots=sorted({*_bots(tx), str(me["id"])}))
    return sum(not entry.get("bot") for entry in found.values())


def connect(user_id: str, actor: Actor, person_id: str | None = None, role: str | None = None) -> None:
    """Say who somebody in Notion is here: a person, somebody new with a `role`, or (neither) nobody.

    Raises Denied where the actor may not, Invalid for a bot or somebody we have not heard of.
    """
    with store.reading() as tx:
        entry = _kept(tx)["people"].get(user_id, {})
        before = people.of_notion(tx, user_id)
    if not entry.get("name") or entry.get("bot"):
        raise Invalid("This is nobody in Notion who could act here.", "Read the list of people again.")
    if before is not None and before.id != person_id:
        persons.connect(before.id, None, actor)
    if person_id is not None:
        persons.connect(person_id, user_id, actor)
    elif role is not None:
        persons.add(str(entry["name"]), role, actor, user_id)


# ---- who it was ----------------------------------------------------------------------------------------------


def actor(client: Notion, page: Json) -> Actor:
    """Who edited a page last. Our own integration and other programs are nobody: they ask, and never approve.

    Notion says only who edited the page last (https://developers.notion.com/reference/page, last_edited_by).
    """
    return acting(client, page.get("last_edited_by") or {})


def acting(client: Notion, user: Json, name: str = "") -> Actor:
    """Who a user of Notion is here: a person of ours, with their role; else their name there, as an editor."""
    user_id = str(user.get("id") or "")
    if not user_id or user.get("type") in ("bot", "agent") or is_own(client, user_id):
        return Actor(name=name or NOBODY, role="editor", verified=False, source="notion")
    with store.reading() as tx:
        person = people.of_notion(tx, user_id)
    if person is not None:
        return Actor(person.name, person.id, person.role, verified=True, source="notion")
    said = name or name_of(client, user) or NOBODY
    return Actor(name=said, role="editor", verified=False, source="notion")


def is_own(client: Notion, user_id: str) -> bool:
    """Whether this user of Notion is our own integration, now or earlier."""
    with store.reading() as tx:
        bots = _bots(tx)
    if not bots:
        bots = [str(client.me()["id"])]
        with store.writing(WORKER) as tx:
            notion.choose(tx, bots=bots)
    return bare(user_id) in map(bare, bots)


def name_of(client: Notion, user: Json) -> str:
    """What a user is called in Notion: as kept, else asked for once (guests too); '' where Notion does not say.

    https://developers.notion.com/reference/get-user
    """
    user_id = str(user["id"])
    with store.reading() as tx:
        entry = _kept(tx)["people"].get(user_id)
    if entry is not None and (entry["name"] or not user.get("name")):
        return str(entry["name"])
    if not user.get("name"):
        try:
            user = client.user(user_id)
        except (NotAllowed, NotFound, Invalid):
            user = {}
        except Unavailable:
            return ""  # asked again when they turn up next
    found = _entry(user, there=True)
    with store.writing(WORKER) as tx:
        kept = _kept(tx)
        choices.put(tx, KEY, {**kept, "people": {**kept["people"], user_id: found}})
    return str(found["name"])


def called(tx: store.Reading, user_id: str) -> str:
    """What a user of Notion is called, as far as it is known here; '' for our own integration and for nobody."""
    if not user_id or bare(user_id) in own_bots(tx):
        return ""
    person = people.of_notion(tx, user_id)
    return person.name if person is not None else str(_kept(tx)["people"].get(user_id, {}).get("name") or NOBODY)


def own_bots(tx: store.Reading) -> set[str]:
    """The ids, without dashes, under which our own integration has acted."""
    return set(map(bare, _bots(tx)))


def _entry(user: Json, there: bool) -> Json:
    name = "".join(c if c.isprintable() else " " for c in str(user.get("name") or ""))
    entry: Json = {"name": " ".join(name.split())[:NAME], "there": there}
    return {**entry, "bot": True} if user.get("type") in ("bot", "agent") else entry


def _kept(tx: store.Reading) -> Json:
    return {"people": {}, "at": None, **choices.get(tx, KEY)}


def _bots(tx: store.Reading) -> list[str]:
    return [str(bot) for bot in notion.choices(tx).get("bots") or []]
