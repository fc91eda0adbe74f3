"""The editor: a text that is saved as it is typed, and a form of fields kept the same way.

The browser half is in assets/: autosave.js sends 500 ms after the last key and remembers what the server has not
confirmed. This half saves each message once, in order, and answers which message is stored as which revision.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st
import structlog

from core.errors import Conflict, Invalid, TimbreError
from core.platforms import LINKEDIN
from pages.ui.assets import asset

log = structlog.get_logger()
_TURN = threading.Lock()
"""Streamlit may run the callbacks of two quick messages side by side: they are stored one after the other."""
LIMIT = LINKEDIN
"""Characters that LinkedIn takes in a post."""
FOLD = {"characters": 210, "lines": 3}
"""Where LinkedIn cuts a post on a desktop, as far as anybody outside knows."""

Message = dict[str, Any]
Slot = dict[str, Any]
Handler = Callable[[Slot, Message], int]
Save = Callable[[str, int], int]
"""Stores a text written on top of a revision and returns the new revision; raises Conflict where it is stale."""


@dataclass(frozen=True)
class Edit:
    """One message of the browser: the text, the revision it was written on, which tab sent it, and its number there."""

    text: str
    revision: int
    tab: str
    seq: int


@dataclass(frozen=True)
class Field:
    """One field of a form. `rows` is its height when empty; `wide` spans both columns; `more` is shown on demand."""

    name: str
    label: str
    placeholder: str = ""
    help: str = ""
    rows: int = 1
    wide: bool = False
    more: bool = False


@functools.cache
def _component(name: str) -> Any:
    return st.components.v2.component(
        f"timbre_{name}",
        html=asset(f"{name}.html"),
        css=asset(f"{name}.css"),
        js=f"{asset('autosave.js')}\n{asset(f'{name}.js')}",
    )


def editor(
    key: str,
    text: str,
    revision: int,
    height: int = 320,
    disabled: bool = False,
    *,
    save: Save,
    label: str = "Text",
    usual: tuple[int, int] | None = None,
    usual_note: str = "The author usually writes",
    language: str = "en",
) -> None:
    """A text area for the document `key` ("post:01H...") whose every pause is stored through `save`.

    `usual` is the author's usual length in characters. Newer text of somebody else is never overwritten: the person
    sees both and chooses.
    """
    handler = functools.partial(_save_text, save)
    result = _component("editor")(
        key=key,
        data={
            "doc": key,
            "text": text,
            "revision": revision,
            "ack": _answered(key),
            "disabled": disabled,
            "height": height,
            "label": label,
            "language": language,
            "limit": LIMIT,
            "fold": FOLD,
            "usual": list(usual) if usual else None,
            "usual_note": usual_note,
        },
        on_edit_change=functools.partial(_receive, key, handler),
    )
    _catch_up(key, handler, result)


def received(key: str, save: Save) -> None:
    """For a button's callback that works on the text: store first what the browser sent along with the click.

    Raises Invalid where it cannot be stored: what the button does would be done with other words than those on the
    screen.
    """
    _receive(key, functools.partial(_save_text, save))
    _stored(key)


def fields_received(key: str, save: Callable[[dict[str, str]], object]) -> None:
    """As `received`, for a form."""
    _receive(key, functools.partial(_save_fields, save))
    _stored(key)


def _stored(key: str) -> None:
    state, answer = st.session_state.get(key), _answered(key)
    if state is not None and state.get("edit") and answer is not None and not answer["ok"]:
        raise Invalid(f"What you typed is not saved, so nothing was done. {answer['message']}", "Then try again.")


def fields(
    key: str,
    layout: Sequence[Field],
    values: Mapping[str, str],
    save: Callable[[dict[str, str]], object],
    notes: Mapping[str, str] | None = None,
) -> None:
    """A form of `layout` for the document `key`; `save` gets only the fields that changed in this browser.

    `notes` says what is to be looked at in a field, by its name.
    """
    handler = functools.partial(_save_fields, save)
    result = _component("fields")(
        key=key,
        data={
            "doc": key,
            "fields": [asdict(field) for field in layout],
            "values": dict(values),
            "notes": dict(notes or {}),
            "ack": _answered(key),
        },
        on_edit_change=functools.partial(_receive, key, handler),
    )
    _catch_up(key, handler, result)


def _slot(key: str) -> Slot:
    """What this session has stored of the document: the tab, its newest message and the answer to it."""
    slot: dict[str, Any] = st.session_state.setdefault(
        f"{key}/stored", {"tab": "", "seq": 0, "revision": 0, "ack": None}
    )
    return slot


def _answered(key: str) -> dict[str, Any] | None:
    ack: dict[str, Any] | None = _slot(key)["ack"]
    return ack


def _receive(key: str, handler: Handler) -> None:
    """Store the newest message of the browser, unless it is a repetition, and note the answer."""
    state = st.session_state.get(key)
    message = state.get("edit") if state is not None else None
    if message:
        take(_slot(key), dict(message), handler)


def take(slot: Slot, message: Message, handler: Handler) -> None:
    """Handle one message against what is known of its document. Never raises: the answer says what went wrong."""
    with _TURN:
        _take(slot, message, handler)


def _take(slot: Slot, message: Message, handler: Handler) -> None:
    tab, seq = str(message.get("tab")), int(message.get("seq", 0))
    if tab == slot["tab"] and seq <= slot["seq"]:
        return
    answer: dict[str, Any] = {"tab": tab, "seq": seq, "ok": True, "conflict": False}
    try:
        answer["revision"] = handler(slot, message)
        slot["revision"] = answer["revision"]
    except TimbreError as error:
        answer |= {"ok": False, "conflict": isinstance(error, Conflict), "message": str(error)}
    except Exception as error:
        log.exception("edit not saved")
        why = f"an error of the program ({type(error).__name__}). Your words are kept in this browser."
        answer |= {"ok": False, "message": why}
    slot.update(tab=tab, seq=seq, ack=answer)


def _save_text(save: Save, slot: Slot, message: Message) -> int:
    edit = Edit(str(message["text"]), int(message["revision"]), str(message["tab"]), int(message["seq"]))
    mine = edit.tab == slot["tab"]  # sent before our last answer arrived: it stands on what this very tab stored
    return save(edit.text, max(edit.revision, slot["revision"]) if mine else edit.revision)


def _save_fields(save: Callable[[dict[str, str]], object], _slot: Slot, message: Message) -> int:
    save({str(name): str(value) for name, value in dict(message["changes"]).items()})
    return 0


def _catch_up(key: str, handler: Handler, result: Any) -> None:
    """After a restart of the app the browser repeats its last message, and no callback runs for it: take it here."""
    message = getattr(result, "edit", None)
    slot = _slot(key)
    if message and (message.get("tab"), message.get("seq")) != (slot["tab"], slot["seq"]):
        take(slot, dict(message), handler)
        st.rerun()
