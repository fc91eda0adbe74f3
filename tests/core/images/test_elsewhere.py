"""Files that lie elsewhere: which addresses are opened, what goes along, what is kept. Over real sockets, with TLS."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpcore
import pytest

from core.collect.network import NET, Net
from core.errors import Cancelled, Invalid, StorageError, Unavailable
from core.images import elsewhere, remote
from core.llm.wire import Refused, Server
from tests.core.images.loopback import Asked, Loopback, Reply, certificate, png

PUBLIC = "93.184.215.14"
HOST = "files.example.com"


class Cdn(Loopback):
    """Files at public names: `net` is the only way there."""

    def __init__(self) -> None:
        super().__init__()
        self.reply: Callable[[Asked], Reply] = lambda asked: Reply(200, png(1), "image/png")
        self.names: dict[str, list[str]] = {HOST: [PUBLIC]}
        self.dialled: list[str] = []
        self.trust: ssl.SSLContext = ssl.create_default_context()

    def answer(self, asked: Asked) -> Reply:
        return self.reply(asked)

    def dial(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        self.dialled.append(address)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", urlsplit(self.url).port or 0, timeout=seconds)

    @property
    def net(self) -> Net:
        return replace(NET, resolve=lambda host, port: self.names[host], dial=self.dial, secure=lambda: self.trust)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def cdn(signed: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cdn]:
    monkeypatch.setattr(remote, "POLL", 0.02)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    fake, server = Cdn(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*signed)
    fake.trust = ssl.create_default_context(cafile=str(signed[0]))
    with fake.serving(server):
        yield fake


def never() -> bool:
    return False


def test_a_picture_comes_from_the_address_that_was_checked_and_nothing_goes_along(cdn: Cdn) -> None:
    assert elsewhere.get(f"https://{HOST}/a/b.png?signature=1", (), never, cdn.net) == png(1)
    (asked,) = cdn.asked
    assert (asked.path, asked.query, asked.headers["host"]) == ("/a/b.png", {"signature": "1"}, HOST)
    assert cdn.dialled == [PUBLIC]
    assert not {"authorization", "cookie", "referer"} & set(asked.headers)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://{HOST}/a.png", "open address"),
        ("https://127.0.0.1/a.png", "private network"),
        ("https://[::1]/a.png", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://localhost/a.png", "private network"),
        ("https://rebound.example/a.png", "private network"),
        (f"https://{HOST}:8443/a.png", "names port 8443"),
        (f"https://key:secret@{HOST}/a.png", "password"),
        ("file:///etc/passwd", "Only http and https"),
    ],
)
def test_an_address_that_is_none_of_the_open_internet_is_not_opened(cdn: Cdn, url: str, words: str) -> None:
    cdn.names["rebound.example"] = [PUBLIC, "10.0.0.1"]
    with pytest.raises(Invalid, match=words):
        elsewhere.get(url, (), never, cdn.net)
    assert not cdn.asked


def test_the_service_own_address_is_opened_as_the_settings_have_it() -> None:
    fake = Cdn()
    with fake.serving():
        own = Server(fake.url, "fal", "")
        assert elsewhere.get(f"{fake.url}/a.png", (own,), never) == png(1)
        with pytest.raises(Invalid):
            elsewhere.get(f"{fake.url}/a.png", (Server("http://127.0.0.1:9", "fal", ""),), never)


def test_a_file_goes_there_whole_with_its_length(cdn: Cdn, tmp_path: Path) -> None:
    file = tmp_path / "photos.zip"
    file.write_bytes(bytes(range(256)) * 4000)
    cdn.reply = lambda asked: Reply(200, {"etag": "x"})
    answer = elsewhere.put_file(f"https://{HOST}/put?signature=1", (), file, "application/zip", never, cdn.net)
    (asked,) = cdn.asked
    assert answer == b'{"etag": "x"}'
    assert (asked.method, asked.body, asked.headers["content-type"]) == ("PUT", file.read_bytes(), "application/zip")
    with pytest.raises(Invalid, match="open address"):
        elsewhere.put_file(f"http://{HOST}/put", (), file, "application/zip", never, cdn.net)


@pytest.mark.parametrize("status", [301, 302, 307, 403, 404, 500])
def test_nothing_is_followed_and_nothing_is_kept_of_a_refusal(cdn: Cdn, tmp_path: Path, status: int) -> None:
    cdn.reply = lambda asked: Reply(status, b"x", headers={"Location": f"https://{HOST}/other"})
    with pytest.raises(Refused) as caught:
        elsewhere.get_file(f"https://{HOST}/a", (), tmp_path / "a", 1000, never, cdn.net)
    assert caught.value.status == status and len(cdn.asked) == 1 and not list(tmp_path.iterdir())


def test_what_is_too_large_or_breaks_off_is_not_kept(cdn: Cdn, tmp_path: Path) -> None:
    cdn.reply = lambda asked: Reply(200, bytes(5000))
    with pytest.raises(ValueError, match="does not end"):
        elsewhere.get_file(f"https://{HOST}/a", (), tmp_path / "a", 4999, never, cdn.net)
    cdn.reply = lambda asked: Reply(200, bytes(5000), cut=2500)
    with pytest.raises(remote.EXPECTED):
        elsewhere.get_file(f"https://{HOST}/a", (), tmp_path / "a", 9999, never, cdn.net)
    assert not list(tmp_path.iterdir())
    cdn.reply = lambda asked: Reply(200, bytes(5000))
    assert elsewhere.get_file(f"https://{HOST}/a", (), tmp_path / "a", 5000, never, cdn.net) == 5000


def test_stopping_cuts_a_download_at_once(cdn: Cdn, tmp_path: Path) -> None:
    cdn.reply = lambda asked: Reply(200, bytes(10), wait=threading.Event())
    with pytest.raises(Cancelled):
        elsewhere.get_file(f"https://{HOST}/a", (), tmp_path / "a", 100, lambda: bool(cdn.asked), cdn.net)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_takes_nothing_is_said(cdn: Cdn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "ROOM", 10**16)
    with pytest.raises(StorageError, match="too little"):
        elsewhere.get_file(f"https://{HOST}/a", (), tmp_path / "a", 10**6, never, cdn.net)


def test_another_certificate_is_no_proof(cdn: Cdn) -> None:
    cdn.names["other.example"] = [PUBLIC]
    with pytest.raises(remote.EXPECTED) as caught:
        elsewhere.get("https://other.example/a.png", (), never, cdn.net)
    assert isinstance(remote.explained(caught.value, Server("https://x", "fal", "")), Unavailable)
    assert not cdn.asked
