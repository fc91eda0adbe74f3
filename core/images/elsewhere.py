"""Files that lie elsewhere: fetched from, or put to, an address that a service named. No redirect is followed.

That is the service's own address, as the settings have it, or an https address of the open internet: checked, then
connected to (see core.collect.network). No key, cookie or proxy of this machine goes along.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import httpcore
import httpx

from core.collect.addresses import target
from core.collect.network import NET, Clock, Net, Pinned, checked
from core.errors import Invalid, StorageError
from core.images.provider import Stop
from core.images.remote import MOST, SECONDS, limited, watched
from core.llm import wire
from core.llm.wire import Line, Refused, Server

FILE_SECONDS = 1800.0
"""For the whole of one file, there or back."""
ROOM = 200_000_000
"""Bytes that stay free on the disk."""
PIECE = 256 * 1024


def get(url: str, own: Sequence[Server], stop: Stop, net: Net = NET) -> bytes:
    """A picture. Raises Invalid (an address that is not opened), remote.EXPECTED or Cancelled."""
    with _Elsewhere(url, own, net) as there:
        return watched(lambda: b"".join(limited(there.read(), MOST)), stop, there.line.cut)


def get_file(url: str, own: Sequence[Server], into: Path, most: int, stop: Stop, net: Net = NET) -> int:
    """A file, written whole to `into` or not at all; its bytes. Raises as `get` does, and StorageError."""
    part = into.with_name(f"{into.name}.part")

    def work() -> int:
        with part.open("wb") as file:
            part.chmod(0o600)
            for piece in limited(there.read(into.parent), most):
                file.write(piece)
            size = file.tell()
        part.replace(into)
        return size

    with _Elsewhere(url, own, net) as there, full_disk():
        try:
            return watched(work, stop, there.line.cut)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def put_file(
    url: str, own: Sequence[Server], file: Path, media: str, stop: Stop, net: Net = NET, part: slice | None = None
) -> bytes:
    """Send a file, or the bytes `part` of it, to an address that a service made for it; the answer. Raises as `get`."""
    size = file.stat().st_size
    start, end, _ = (part or slice(None)).indices(size)
    with _Elsewhere(url, own, net) as there, file.open("rb") as opened:
        opened.seek(start)
        return watched(
            lambda: there.write("PUT", _pieces(opened, end - start), end - start, media), stop, there.line.cut
        )


def post(url: str, own: Sequence[Server], body: bytes, stop: Stop, net: Net = NET) -> bytes:
    """Send JSON to an address that a service named; the answer. Raises as `get`."""
    with _Elsewhere(url, own, net) as there:
        return watched(lambda: there.write("POST", iter((body,)), len(body), "application/json"), stop, there.line.cut)


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


class _Elsewhere:
    """A connection to an address that a service named. No key, cookie or proxy of this machine goes along."""

    def __init__(self, url: str, own: Sequence[Server], net: Net) -> None:
        parts = httpx.URL(url)
        self.line = Line(Server(url, parts.host, ""))
        self._url, clock = parts, Clock(FILE_SECONDS)
        backend: httpcore.NetworkBackend | None = None
        if not any(_origin(parts) == _origin(httpx.URL(server.url)) for server in own):
            at = target(url)
            if at.scheme != "https":
                raise Invalid(f"The service named an open address ({at.host}); nothing was sent there or fetched.")
            backend = Pinned(checked(at, net, Clock(net.seconds)), net.dial, clock)
        secure = net.secure() if parts.scheme == "https" else None
        self._pool = httpcore.ConnectionPool(ssl_context=secure, network_backend=backend, max_connections=1)

    def __enter__(self) -> _Elsewhere:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def read(self, room_in: Path | None = None) -> Iterator[bytes]:
        """What lies there, a piece at a time."""
        with self._sent("GET") as answer:
            length = {name.lower(): value for name, value in answer.headers}.get(b"content-length", b"")
            if room_in is not None and length.isdigit():
                enough_room(room_in, int(length))
            yield from answer.iter_stream()

    def write(self, method: str, content: Iterator[bytes], length: int, media: str) -> bytes:
        """Send so many bytes there; the answer."""
        headers = [(b"Content-Type", media.encode()), (b"Content-Length", str(length).encode())]
        with self._sent(method, headers, content) as answer:
            return b"".join(limited(answer.iter_stream(), wire.MOST))

    @contextlib.contextmanager
    def _sent(
        self, method: str, headers: Iterable[tuple[bytes, bytes]] = (), content: Iterator[bytes] | None = None
    ) -> Iterator[httpcore.Response]:
        to = httpcore.URL(
            scheme=self._url.raw_scheme, host=self._url.raw_host, port=self._url.port, target=self._url.raw_path
        )
        waits = {"connect": wire.CONNECT, "read": SECONDS, "write": SECONDS, "pool": wire.CONNECT}
        with self._pool.stream(
            method,
            to,
            headers=[(b"Host", self._url.netloc), *headers],
            content=content,
            extensions={"trace": self.line.trace, "timeout": waits},
        ) as answer:
            if not 200 <= answer.status < 300:
                raise Refused(answer.status)
            yield answer


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def enough_room(folder: Path, size: int) -> None:
    """Raises StorageError where the disk has not that many bytes to spare."""
    free = shutil.disk_usage(folder).free
    if free < size + ROOM:
        raise StorageError(
            f"The disk has {free / 1e6:,.0f} MB free, too little for a file of {size / 1e6:,.0f} MB; nothing was kept.",
            "Make room, then let it go on.",
        )


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """Turns the disk's own refusals into StorageError."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        raise StorageError(
            f"The file could not be written ({error.strerror}); nothing was kept.", "Make room, then let it go on."
        ) from None
