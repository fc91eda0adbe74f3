"""Who the people of Notion are here: what they do there counts as done by them, with their role."""

from __future__ import annotations

import streamlit as st

from core import people as persons
from core.people import ROLES
from core.store.base import now
from core.store.tables import Person
from notion_sync import comments, people
from notion_sync.people import Known
from pages.ui.notice import attempt
from pages.ui.pieces import ago, evidence, plain
from pages.ui.shell import Here

NOBODY, NEW = "", "new:"
SHOWN = 20


def people_of_notion(here: Here) -> None:
    """A list of Notion's people, each with who they are here; read from Notion by a button."""
    with st.expander("People in Notion"):
        evidence(
            "A status that somebody sets in Notion counts as theirs here. Approved takes effect only from an approver, "
            "on exactly the text that stands in Notion; from anybody else it is a request. Only names are kept."
        )
        st.button("Read the people from Notion", key="notion_people_read", on_click=_read, args=(here,))
        found, looked = people.known(), people.looked_at()
        if not found:
            evidence("Nobody has been read yet." if looked is None else "Notion names nobody.")
            return
        if looked is not None:
            evidence(f"Read {ago(looked, now())}. Guests turn up here once they have edited a row or commented on one.")
        everyone = {person.id: person for person in persons.listed()}
        for one in _chosen(found):
            _row(one, everyone, here)


def _chosen(found: list[Known]) -> list[Known]:
    """Few at a time: a workspace may have thousands."""
    if len(found) <= SHOWN:
        return found
    wanted = st.text_input("Find somebody", key="notion_people_find").strip().casefold()
    fitting = [one for one in found if wanted in one.name.casefold()]
    fitting.sort(key=lambda one: one.person is None)
    if len(fitting) > SHOWN:
        evidence(f"{SHOWN} of {len(fitting)} are shown, connected people first.")
    return fitting[:SHOWN]


def _row(one: Known, everyone: dict[str, Person], here: Here) -> None:
    disabled = here.actor.role != "approver"
    current = one.person.id if one.person is not None else NOBODY
    named = {NOBODY: "Nobody here", **{i: f"{p.name} ({p.role})" for i, p in everyone.items()}}
    named |= {f"{NEW}{role}": f"New: {one.name} as {role}" for role in ROLES}
    columns = st.columns([2, 3, 2], vertical_alignment="center")
    gone = "" if one.there else "  \nnot listed in the workspace now"
    columns[0].markdown(f"**{plain(one.name)}**{gone}")
    key = f"notion_person_{one.id}"
    st.session_state[key] = current
    columns[1].selectbox(
        f"Who {one.name} is here", list(named), format_func=named.__getitem__, key=key,
        label_visibility="collapsed", disabled=disabled, on_change=_connect, args=(one.id, here),
    )  # fmt: skip
    if one.person is not None:
        role = f"notion_role_{one.id}"
        st.session_state[role] = one.person.role
        columns[2].selectbox(
            f"Role of {one.person.name}", ROLES, key=role, label_visibility="collapsed",
            disabled=disabled, on_change=_role, args=(one.person.id, role, here),
        )  # fmt: skip


def _read(here: Here) -> None:
    attempt(lambda: people.refresh(here.actor), "Read from Notion.")


def _connect(user_id: str, here: Here) -> None:
    chosen = str(st.session_state[f"notion_person_{user_id}"])
    role = chosen.removeprefix(NEW) if chosen.startswith(NEW) else None
    person_id = chosen if chosen and role is None else None
    attempt(lambda: people.connect(user_id, here.actor, person_id, role))


def _role(person_id: str, key: str, here: Here) -> None:
    attempt(lambda: persons.edit(person_id, here.actor, role=str(st.session_state[key])))


def comments_state(here: Here) -> None:
    """What Notion does not let us do with comments, and a way to try again; nothing where all is well."""
    for number, text in enumerate(comments.missing()):
        st.warning(plain(text))
        if number == 0:
            st.button("I have ticked it", key="notion_comments_retry", on_click=_retry, args=(here,))


def _retry(here: Here) -> None:
    attempt(lambda: comments.retry(here.actor), "Comments are tried again with the next sync.")
