"""HTTP to a model's server: a line at a time, cut at once when nobody wants more, tried again only where that is safe.

A key goes to the address in the settings and nowhere else: redirects are not followed, and no error holds it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from core.errors import Cancelled, Unavailable

CONNECT = 5.0
CONNECTS = 3
"""Tries to reach a server: nothing has been sent yet."""
PATIENCE = 60.0
"""Seconds spent on a server that says 'later' (429, 503) instead of beginning its answer."""
LATER = (429, 503)
MOST = 5_000_000
"""Bytes of one line, or of a short answer."""
_KEYLIKE = re.compile(r"\b(?:sk|gsk|pk|key|hf)[-_][\w*-]{4,}")
FAILURES = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What a server that is gone, or is none, can raise on this side."""


@dataclass(frozen=True)
class Server:
    """A server's address, its key, and what people are told about it."""

    url: str
    who: str
    start: str
    """What to do where it does not answer."""
    key: SecretStr | None = None
    scheme: str = "Bearer"
    setting: str = "OPENAI_API_KEY"
    """The name of the key's setting."""

    @property
    def where(self) -> str:
        """The address as it may be shown: without user, password and query."""
        address = self.url.partition("?")[0]
        scheme, mark, rest = address.rpartition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}".rstrip("/")

    @property
    def host(self) -> str:
        """Its name alone."""
        return urlsplit(self.url).hostname or self.url

    def client(self, seconds: float, connect: float = CONNECT) -> httpx.Client:
        """An HTTP client for this server alone; proxies of the environment hold for others than this machine."""
        local = self.host in ("localhost", "::1") or self.host.startswith("127.")
        timeout = httpx.Timeout(seconds, connect=min(connect, seconds))
        return httpx.Client(
            timeout=timeout, headers=self._headers(), verify=_trust(), trust_env=not local, follow_redirects=False
        )

    def _headers(self) -> dict[str, str]:
        if self.key is None:
            return {}
        value = self.key.get_secret_value().strip()
        if not re.fullmatch(r"[!-~]+", value):
            raise Unavailable("The key holds a character that no key has.", f"Check {self.setting}: paste it again.")
        return {"Authorization": f"{self.scheme} {value}"}

    def clean(self, text: str) -> str:
        """What a server said, in one line and without anything like a key."""
        if self.key is not None:
            text = text.replace(self.key.get_secret_value().strip(), "[key]")
        return " ".join(_KEYLIKE.sub("[key]", text).split())[:200].rstrip(". ")


@functools.cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the certificates takes longer than a short call


class Refused(Exception):
    """The server answered, and it is no answer: its status, what it said, and all of that as it came."""

    def __init__(self, status: int, said: str = "", body: bytes = b"") -> None:
        super().__init__(str(status))
        self.status, self.said, self.body = status, said, body


class Broken(Exception):
    """The answer ended in the middle."""


def fetch(server: Server, path: str, seconds: float = CONNECT) -> Any:
    """The JSON of a short answer, within so many seconds. Raises Refused, ValueError or httpx.HTTPError."""
    until = time.monotonic() + seconds
    with server.client(seconds) as client, client.stream("GET", f"{server.url}{path}") as answer:
        read = _whole(answer, until)
        if not answer.is_success:
            raise Refused(answer.status_code, _said(read))
        return loaded(read)


def loaded(read: bytes | bytearray | str) -> Any:
    """JSON from outside. Raises ValueError, also for lists within lists without end."""
    try:
        return json.loads(read)
    except RecursionError:
        raise ValueError("lists within lists without end") from None


def _whole(answer: httpx.Response, until: float) -> bytes:
    read = bytearray()
    for part in answer.iter_bytes():
        read += part
        if len(read) > MOST or time.monotonic() > until:
            raise ValueError("the answer does not end")
    return bytes(read)


def _said(body: bytes) -> str:
    """The message of an error, in the forms that Ollama and OpenAI's API have for it."""
    try:
        found = loaded(body)
        error = found.get("error", found) if isinstance(found, dict) else found
        return str(error.get("message", "") if isinstance(error, dict) else error)
    except ValueError:
        return ""


class Line:
    """One streamed call. `cut` ends it from another thread, at once, whether it connects, waits or reads."""

    def __init__(self, server: Server, alive: Callable[[], object] = lambda: None) -> None:
        self.server, self.alive = server, alive
        self._over = threading.Event()
        self._socket: socket.socket | None = None

    def cut(self) -> None:
        """Nobody wants more. The server sees that its caller has gone, and can stop."""
        self._over.set()
        if self._socket is not None:
            with contextlib.suppress(OSError, ValueError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def rows(self, path: str, body: dict[str, Any], seconds: float) -> Iterator[bytes]:
        """The lines of the answer. Raises Refused, Broken, Cancelled, ValueError or httpx.HTTPError."""
        with self.answer("POST", path, seconds + CONNECT, json=body) as answer:  # silence is the pump's to notice
            yield from _split(answer)

    @contextlib.contextmanager
    def answer(
        self, method: str, path: str, seconds: float, later: tuple[int, ...] = LATER, **sent: Any
    ) -> Iterator[httpx.Response]:
        """An answer that is still being read; what is sent stands as httpx has it (json, data, files, headers, params).

        Asked again while the server says one of `later`. Raises as `rows` does.
        """
        with self.server.client(seconds) as client:
            request = client.build_request(method, f"{self.server.url}{path}", extensions={"trace": self.trace}, **sent)
            request.extensions["timeout"] = client.timeout.as_dict()
            answer = self._sent(client, request, later)
            try:
                if not answer.is_success:
                    read = _whole(answer, time.monotonic() + CONNECT)
                    raise Refused(answer.status_code, _said(read), read)
                yield answer
            except httpx.RemoteProtocolError as error:
                raise Broken from error
            finally:
                answer.close()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """For httpcore's extension of that name: remembers the connection, so that it can be cut."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._over.is_set():
                raise Cancelled("Stopped, as you asked.")

    def _sent(self, client: httpx.Client, request: httpx.Request, later: tuple[int, ...]) -> httpx.Response:
        until = time.monotonic() + PATIENCE
        for attempt in range(1, 100):
            try:
                answer = client.send(request, stream=True)
            except httpx.ConnectTimeout:
                raise
            except httpx.ConnectError:
                if attempt >= CONNECTS:
                    raise
                wait = 0.2 * attempt
            else:
                wait = pause(answer.headers.get("retry-after"), attempt)
                if answer.status_code not in later or time.monotonic() + wait > until:
                    return answer
                answer.close()
            self._wait(wait)
        raise AssertionError("patience ends before")

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.alive()  # waiting as one was told to is no silence
            if self._over.wait(min(left, 0.2)):
                raise Cancelled("Stopped, as you asked.")


def pause(asked: str | None, attempt: int) -> float:
    """Seconds to wait before the next try: what the server asks for (seconds or a date), else longer each time."""
    try:
        return max(0.1, float(asked or ""))
    except ValueError:
        pass
    try:
        return max(0.1, (parsedate_to_datetime(asked or "") - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return min(10.0, 0.125 * float(1 << min(attempt, 10)))


def _split(answer: httpx.Response) -> Iterator[bytes]:
    """Lines as the protocols mean them: by the line feed alone. Text may hold other separators (U+2028, U+0085)."""
    rest = b""
    for part in answer.iter_bytes():
        rest += part
        if len(rest) > MOST:
            raise ValueError("a line does not end")
        *whole, rest = rest.split(b"\n")
        yield from whole
    if rest.strip():
        yield rest


def explain(error: Exception, server: Server) -> Unavailable:
    """A failure as people are told it."""
    who, where = server.who, server.where
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, Refused):
        if 300 <= error.status < 400:
            return Unavailable(
                f"{where} sends its callers to another address ({error.status}), where Timbre does not follow: the "
                "key stays here.",
                "Set the address to the one that it means.",
            )
        said = server.clean(error.said)
        later = error.status in LATER or error.status >= 500
        hint = "Wait a moment and run again: finished calls are kept." if later else f"See the log of {who}."
        return Unavailable(f"{where} answered with an error ({error.status}){f': {said}' if said else ''}.", hint)
    if isinstance(error, Broken | httpx.ReadError):
        return Unavailable(
            f"{where} broke off in the middle of its answer; nothing of that call was kept.",
            f"See whether {who} still runs, then run again: finished calls are kept.",
        )
    if isinstance(error, httpx.HTTPError | OSError):
        return Unavailable(f"No model answers at {where}.", server.start)
    return Unavailable(f"{where} answered with something that is no stream of text.", f"See the log of {who}.")
