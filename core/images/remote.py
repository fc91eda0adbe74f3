"""What the image services share: calls that a person can stop at once, failures in words.

A key goes to its own service and nowhere else; for files at other addresses see core.images.elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpcore
import httpx

from core.errors import Cancelled, Denied, Invalid, TimbreError, Unavailable
from core.images.provider import Stop
from core.llm import wire
from core.llm.wire import FAILURES, LATER, Broken, Line, Refused, Server

POLL = 0.2
"""Seconds between two looks at the wish to stop."""
MOST = 40_000_000
"""Bytes of an answer, or of one picture."""
SECONDS = 60.0
EXPECTED = (*FAILURES, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, Refused, Broken)
"""What a call can raise that is no TimbreError: `explained` turns it into one."""
UNSEEN = (Broken, httpx.ReadError, httpx.ReadTimeout, httpx.WriteError, httpx.WriteTimeout, httpx.RemoteProtocolError)
"""The request went out and no answer came: nobody here knows whether it was carried out."""
_TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> dict[str, Any]:
        """Its JSON object. Raises ValueError."""
        found = wire.loaded(self.body)
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found


def call(
    server: Server,
    method: str,
    path: str,
    stop: Stop,
    *,
    seconds: float = SECONDS,
    later: tuple[int, ...] = LATER,
    **sent: Any,
) -> Answer:
    """One call, tried again only while nothing was sent or the service says one of `later`. Raises EXPECTED."""
    line = Line(server)

    def work() -> Answer:
        with line.answer(method, path, seconds, later, **sent) as answer:
            body = b"".join(limited(answer.iter_bytes(), MOST, time.monotonic() + seconds))
            return Answer(answer.status_code, answer.headers, body)

    return watched(work, stop, line.cut)


def watched(work: Callable[[], T], stop: Stop, cut: Callable[[], None]) -> T:
    """What `work` returns or raises, from a thread of its own. Raises Cancelled when `stop()` says so, after `cut`."""
    found: list[T] = []
    failed: list[BaseException] = []
    over = threading.Event()

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)
        finally:
            over.set()

    threading.Thread(target=run, name="timbre-image-service", daemon=True).start()
    try:
        while not over.wait(POLL):
            if stop():
                raise Cancelled("Stopped, as you asked.")
    finally:
        if not over.is_set():
            cut()
    if failed:
        raise failed[0]
    return found[0]


def pause(seconds: float, stop: Stop) -> None:
    """Wait. Raises Cancelled when `stop()` says so."""
    until = time.monotonic() + seconds
    while True:
        if stop():
            raise Cancelled("Stopped, as you asked.")
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, POLL))


def kind(data: bytes) -> str:
    """png, jpeg or webp by its first bytes; "" for what is no picture."""
    found = next((name for head, name in _TYPES.items() if data.startswith(head)), "")
    return "" if found == "webp" and data[8:12] != b"WEBP" else found


def limited(pieces: Iterable[bytes], most: int, until: float = float("inf")) -> Iterator[bytes]:
    """Pieces as they come. Raises ValueError where they are more than `most` bytes, or last longer than `until`."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most or time.monotonic() > until:
            raise ValueError("the answer does not end")
        yield piece


# ---- what went wrong -----------------------------------------------------------------------------------------


def said(body: bytes) -> tuple[str, str]:
    """What an error says, and its kind as a machine says it: Stability's form, fal's two, and the usual ones."""
    try:
        found = wire.loaded(body)
    except ValueError:
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    told = found.get("errors") or found.get("detail") or found.get("error") or found.get("message") or ""
    rows = told if isinstance(told, list) else [told]
    named = next((str(row["type"]) for row in rows if isinstance(row, dict) and row.get("type")), "")
    words = [str(row.get("msg") or row.get("message") or "") if isinstance(row, dict) else str(row) for row in rows]
    return " ".join(words), named or str(found.get("error_type") or found.get("name") or "")


def explained(error: Exception, server: Server, what: str = "Nothing was made.") -> TimbreError:
    """A failure as people are told it. `what` says what became of their wish."""
    if isinstance(error, TimbreError):
        return error
    if isinstance(error, Refused):
        return _refused(error, server, what)
    if isinstance(error, httpx.TimeoutException | httpcore.TimeoutException | TimeoutError):
        return Unavailable(f"{server.who} took too long to answer. {what}", "Try again in a while.")
    if isinstance(error, ValueError | LookupError | TypeError | AttributeError):
        return Unavailable(f"{server.who} answered with something else than was asked for. {what}", server.start)
    if isinstance(error, Broken | httpx.ReadError | httpcore.NetworkError | httpcore.ProtocolError):
        return Unavailable(f"{server.who} broke off in the middle. {what}", "Try again in a moment.")
    return Unavailable(f"Nobody answers at {server.where}. {what}", server.start)


def _refused(error: Refused, server: Server, what: str) -> TimbreError:
    words = server.clean(said(error.body)[0])
    told = f" It says: {words}." if words else ""
    status, who = error.status, server.who
    if 300 <= status < 400:
        return wire.explain(error, server)
    if status == 402 or (status == 403 and "balance" in words.lower()):
        return Unavailable(f"The account at {who} has not enough credit ({status}). {what}{told}", "Top it up there.")
    if status in (401, 403):
        return Denied(f"{who} refused the key ({status}). {what}{told}", f"Check {server.setting}.")
    if status in (404, 410):
        return Unavailable(f"{who} does not know this model, request or file ({status}). {what}{told}", server.start)
    if status in (400, 409, 422):
        return Invalid(f"{who} cannot use what was asked for ({status}). {what}{told}", "Change it, then ask again.")
    if status == 413:
        return Invalid(f"That is too large for {who} ({status}). {what}{told}", "Use a smaller picture or fewer words.")
    if status == 429:
        return Unavailable(
            f"{who} has too many requests at the moment ({status}). {what}{told}", "Wait, then ask again."
        )
    return Unavailable(f"{who} has a fault at the moment ({status}). {what}{told}", "Try again in a while.")
