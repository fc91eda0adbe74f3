"""The connection of a fetch: names looked up once, every answer checked, and the clock that all of it runs against."""

# ruff: noqa: ARG002, D102 (httpcore says what its backends have, and which arguments these take)

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpcore
import httpx

from core.collect.addresses import OWN_COPY, Target, public
from core.errors import Invalid, Unavailable

SECONDS = 15.0
"""For everything: looking up, connecting, redirects, reading."""
TRIED = 3
"""Addresses of one host that are tried."""
Stream = httpcore.NetworkStream
Resolve = Callable[[str, int], list[str]]
Dial = Callable[[str, int, float], Stream]


def _resolve(host: str, port: int) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _dial(address: str, port: int, seconds: float) -> Stream:
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


@dataclass(frozen=True)
class Net:
    """How names are looked up and addresses (checked ones) are connected to. A test puts its own here."""

    resolve: Resolve = _resolve
    dial: Dial = _dial
    secure: Callable[[], ssl.SSLContext] = field(default=httpx.create_ssl_context)
    seconds: float = SECONDS


NET = Net()


class Clock:
    """What is left of the time for everything."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than nothing. Raises TimeoutError at the end."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def checked(at: Target, net: Net, clock: Clock) -> list[str]:
    """The host's addresses, all of them public. Looked up beside this thread: a name server may take its time."""
    found: list[str] = []
    wrong: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            found.extend(net.resolve(at.host, at.port))
        except (OSError, UnicodeError) as error:
            wrong.append(error)

    thread = threading.Thread(target=look_up, daemon=True, name="timbre-look-up")
    thread.start()
    thread.join(clock.left())
    if thread.is_alive():
        raise TimeoutError
    if wrong or not found:
        raise Unavailable(f"There is no host {at.host} to be found.", "Check the address, and that you are online.")
    if not all(public(address) for address in found):
        raise Invalid(f"{at.host} leads into a private network; Timbre fetches public pages only.", OWN_COPY)
    return list(dict.fromkeys(found))[:TRIED]


class Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever name it is given."""

    def __init__(self, addresses: list[str], dial: Dial, clock: Clock) -> None:
        self._addresses, self._dial, self._clock = addresses, dial, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        failed: Exception = OSError("no address")
        for left, address in zip(range(len(self._addresses), 0, -1), self._addresses, strict=True):
            try:
                return _Timed(self._dial(address, port, self._clock.left() / left), self._clock)
            except (OSError, httpcore.NetworkError, httpcore.TimeoutException) as error:
                failed = error
        raise failed


class _Timed(httpcore.NetworkStream):
    """A connection whose every read and write has only what is left of the whole time."""

    def __init__(self, inner: Stream, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, self._clock.left()), self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
