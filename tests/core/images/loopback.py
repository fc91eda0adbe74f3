"""A server on this machine for the image services' tests: real sockets, every call kept, answers as a test says."""

from __future__ import annotations

import contextlib
import io
import json
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from core.config import settings
from tests.serving import Handler, served


@dataclass
class Asked:
    """One call as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"null")


@dataclass
class Reply:
    """An answer. `wait` is waited for first; `cut` sends only so many bytes of the body, then hangs up."""

    status: int = 200
    body: Any = b""
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None
    cut: int | None = None

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


L = TypeVar("L", bound="Loopback")


class Hangup(Exception):
    """The call was taken, and nothing is ever answered."""


class Loopback:
    """Answers by `answer`; `gone` is set once a caller has hung up while it waited."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.gone = threading.Event()
        self.over = threading.Event()
        self.lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """What is said to a call. Raises Hangup."""
        raise NotImplementedError

    def calls(self, method: str, part: str = "") -> list[Asked]:
        """Calls of that method whose path has that part."""
        return [one for one in self.asked if one.method == method and part in one.path]

    @contextlib.contextmanager
    def serving(self, tls: ssl.SSLContext | None = None) -> Iterator[None]:
        """Be there, on a free port."""
        fake = self

        class One(_Handler):
            of = fake

        with served(One, tls) as self.url:
            try:
                yield
            finally:
                self.over.set()


class _Handler(Handler):
    of: Loopback

    def _do(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(self.command, parts.path, query, {k.lower(): v for k, v in self.headers.items()}, self._body())
        with self.of.lock:
            self.of.asked.append(asked)
        try:
            reply = self.of.answer(asked)
        except Hangup:
            self._hang_up()
            return
        if reply.wait is not None:
            self._wait(reply.wait)
        content = reply.content()
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.media, "Content-Length": str(len(content)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content if reply.cut is None else content[: reply.cut])
        if reply.cut is not None:
            self._hang_up()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            raise AssertionError("a signed address takes no chunks")
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _wait(self, event: threading.Event) -> None:
        while not event.is_set() and not self.of.over.is_set():
            if select.select([self.connection], [], [], 0.05)[0]:  # a caller that has hung up
                self.of.gone.set()
                raise ConnectionResetError

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_DELETE = _do


@contextlib.contextmanager
def at_hand(fake: L, patch: pytest.MonkeyPatch, key: tuple[str, str], *urls: str) -> Iterator[L]:
    """Be there where the settings look for it: `urls` are the variables of its addresses, `key` of its key, and that."""
    with fake.serving():
        for name, value in {**dict.fromkeys(urls, fake.url), key[0]: key[1]}.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield fake
    settings.cache_clear()


def png(seed: int = 0, size: tuple[int, int] = (64, 80)) -> bytes:
    """A picture that only its seed decides."""
    out = io.BytesIO()
    Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, 120)).save(out, "PNG")
    return out.getvalue()


class Notebook:
    """Memory of a run, as the workers keep it: JSON that outlives them."""

    def __init__(self, folder: Any) -> None:
        self._folder, self._kept = folder, "{}"
        self.history: list[dict[str, Any]] = []

    def remember(self, facts: Any) -> None:
        kept = {name: value for name, value in {**self.recall(), **facts}.items() if value is not None}
        self._kept = json.dumps(kept)
        self.history.append(kept)

    def recall(self) -> dict[str, Any]:
        return dict(json.loads(self._kept))

    def folder(self) -> Any:
        return self._folder


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate for these names that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "t")]),
    )
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(signed.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"
