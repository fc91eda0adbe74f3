"""fal's queue: submit a request, follow it, fetch its result, cancel it.

States and addresses: https://docs.fal.ai/model-apis/model-endpoints/queue.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from core.config import settings
from core.errors import Cancelled, Denied, Invalid, TimbreError, Unavailable
from core.images import remote
from core.images.provider import Health, Stop
from core.llm.wire import Refused, Server

TITLE = "fal"
SETTING = "FAL_KEY"
PATIENCE = 300.0
"""Seconds without an answer about a request that is known to be there, before it is given up."""
GOODBYE = 5.0
"""For a call that only tidies up."""
HINT = "Check FAL_BASE_URL, FAL_REST_URL and FAL_API_URL, and that you are online."


def probe() -> Health:
    """Whether there is a key."""
    if settings().fal_key is None:
        return Health(False, "There is no key for fal.", "Set FAL_KEY, then start Timbre again.")
    return Health(True, f"Pictures are made by {queue().host}.")


def require() -> None:
    """Raises Denied without a key."""
    if not probe().ready:
        raise Denied(probe().why, probe().hint)


def queue() -> Server:
    """Where requests go."""
    return _server(settings().fal_base_url)


def rest() -> Server:
    """Where files are announced."""
    return _server(settings().fal_rest_url)


def api() -> Server:
    """Where files are hidden and deleted."""
    return _server(settings().fal_api_url)


def own() -> tuple[Server, ...]:
    """Addresses that are fal's because the settings say so."""
    return queue(), rest(), api()


def _server(url: str) -> Server:
    return Server(url.rstrip("/"), TITLE, HINT, settings().fal_key, scheme="Key", setting=SETTING)


# ---- requests ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ticket:
    """A request in the queue: all that is needed to find it again."""

    id: str
    path: str
    """Of its result; its status and its cancelling lie below."""

    def record(self) -> dict[str, str]:
        """As JSON."""
        return {"id": self.id, "path": self.path}

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Ticket:
        """From JSON."""
        return cls(str(kept["id"]), str(kept["path"]))


def submit(model: str, body: Mapping[str, Any], expires: int, stop: Stop) -> Ticket:
    """Put a request into the queue; what it makes is deleted by fal after so many seconds.

    Raises Unavailable that says so where it is not known whether fal took it: it is never sent twice by itself.
    """
    here = queue()
    headers = {"X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": expires})}
    try:
        told = remote.call(here, "POST", f"/{model}", stop, later=(429,), json=dict(body), headers=headers).json()
        return _ticket(here, model, told)
    except (*remote.UNSEEN, ValueError, KeyError):
        raise unseen() from None
    except Refused as error:
        if error.status >= 500:
            raise unseen() from None
        raise remote.explained(error, here) from None
    except remote.EXPECTED as error:
        raise remote.explained(error, here) from None


def _ticket(here: Server, model: str, told: Mapping[str, Any]) -> Ticket:
    """Where fal says that the request stands; else where its clients look, below owner and name of the model."""
    id_, there = str(told["request_id"]), str(told.get("response_url") or "")
    if there.startswith(f"{here.url}/"):  # the key goes to no other address
        return Ticket(id_, there.removeprefix(here.url))
    return Ticket(id_, f"/{'/'.join(model.split('/')[:2])}/requests/{quote(id_, safe='')}")


def unseen() -> Unavailable:
    """It is not known whether fal took a request."""
    error = Unavailable(
        "It is not known whether fal took the request, so it was not sent again by itself: it would be paid twice.",
        "Look at fal.ai/dashboard/requests. If it is not there, ask again.",
    )
    error.add_note(UNKNOWN)
    return error


UNKNOWN = "Whether there is a request is not known."
OVER, OPEN = "The request is over.", "The request can be taken up again."
"""Notes on an error (PEP 678): its kind alone does not say how the request stands."""


def lost(message: str, hint: str) -> Unavailable:
    """What was asked for failed with fal: there is nothing to go on with."""
    error = Unavailable(message, hint)
    error.add_note(OVER)
    return error


def failed(error: Refused) -> TimbreError:
    """What fal says against a request, or against looking at it."""
    told = remote.explained(error, queue(), "Nothing came of it.")
    if isinstance(told, Denied):
        told.add_note(OPEN)  # the key was refused: with another one it can go on
        return told
    if isinstance(told, Invalid) or (error.status >= 500 and not remote.said(error.body)[1]):
        return told
    return lost(told.message, "Start it again.")


def final(error: TimbreError) -> bool:
    """Whether a request is over with this; else it is still there, and can be taken up again."""
    notes = getattr(error, "__notes__", ())
    return OVER in notes or (isinstance(error, Cancelled | Denied | Invalid) and OPEN not in notes)


@dataclass(frozen=True)
class State:
    """How a request stands. `ahead`: requests before it in the queue. `lines`: what the model wrote so far."""

    status: str
    ahead: int | None = None
    lines: tuple[str, ...] = ()
    problem: bytes = b""
    """What fal says against a request that it could not carry out, as an error has it."""


def waiting(state: State) -> str:
    """That a request waits, for people; "" for one that does not."""
    if state.status != "IN_QUEUE":
        return ""
    return "Waiting in fal's queue" + (f": {state.ahead} before it" if state.ahead else "")


def follow(ticket: Ticket, stop: Stop, every: tuple[float, float]) -> Iterator[State]:
    """How it stands, from the shortest to the longest of the pauses `every`, until it is completed.

    A fault on the way is waited out: the request goes on by itself. Raises Unavailable, Cancelled, and Refused
    where fal does not know the request, the key, or could not carry it out.
    """
    wait, silent = every[0], 0.0
    while True:
        try:
            state = _state(remote.call(queue(), "GET", f"{ticket.path}/status", stop, params={"logs": "1"}).json())
        except remote.EXPECTED as error:
            if isinstance(error, Refused) and error.status < 500 and error.status != 429:
                raise
            if silent > PATIENCE:
                raise remote.explained(error, queue(), "The request itself may still be carried out there.") from None
            silent += wait
        else:
            silent = 0.0
            yield state
            if state.problem:
                raise Refused(422 if _policy(remote.said(state.problem)[1]) else 500, "", state.problem)
            if state.status == "COMPLETED":
                return
        remote.pause(wait, stop)
        wait = min(every[1], wait * 1.5)


def _state(told: Mapping[str, Any]) -> State:
    status = str(told["status"])
    if status not in ("IN_QUEUE", "IN_PROGRESS", "COMPLETED"):
        raise ValueError("no state of a queue")
    problem = b""
    if told.get("error"):
        problem = json.dumps({"detail": told["error"], "error_type": told.get("error_type") or ""}).encode()
    clean, rows = queue().clean, told.get("logs") or []
    lines = tuple(clean(str(row.get("message") or "")) for row in rows if isinstance(row, dict))
    ahead = told.get("queue_position")
    return State(status, ahead if isinstance(ahead, int) else None, lines, problem)


def result(ticket: Ticket, stop: Stop) -> dict[str, Any]:
    """What a completed request made. Raises Refused with what the model says against it, and EXPECTED."""
    return remote.call(queue(), "GET", ticket.path, stop).json()


def withheld(error: Refused) -> bool:
    """Whether a refusal is fal's content check's."""
    return _policy(remote.said(error.body)[1])


def _policy(named: str) -> bool:
    return "content_policy" in named or "nsfw" in named


def cancel(ticket: Ticket) -> None:
    """Ask fal to stop it. Whether it did is not known: a request that is being carried out may still be charged."""
    with contextlib.suppress(TimbreError, *remote.EXPECTED):
        remote.call(queue(), "PUT", f"{ticket.path}/cancel", never, seconds=GOODBYE)


def never() -> bool:
    """For calls that only tidy up: nobody stops them."""
    return False
