"""Fetching: only public addresses, checked again at every step, within limits. Every answer comes over a real socket."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpcore
import pytest

from core.collect import fetch as fetching
from core.collect.addresses import public, target
from core.collect.fetch import fetch
from core.collect.network import NET, Net
from core.errors import Invalid, TimbreError, Unavailable

PUBLIC = "93.184.215.14"
PAGE = b"<!DOCTYPE html><html><body><p>Hello</p></body></html>"
Send = Callable[[socket.socket, str], None]


def reply(body: bytes = PAGE, status: str = "200 OK", **headers: str) -> Send:
    lines = {"Content_Type": "text/html; charset=utf-8", "Content_Length": str(len(body)), **headers}
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in lines.items() if v)
    return lambda peer, _: peer.sendall(head.encode() + b"\r\n" + body)


def moved(to: str) -> Send:
    return reply(b"", "302 Found", Location=to)


class Site:
    """A server on this machine that answers by path, and the way to it that only this test knows."""

    def __init__(self, pages: dict[str, Send], tls: ssl.SSLContext | None = None) -> None:
        self.pages, self.asked, self.dialled = pages, list[str](), list[str]()
        self.names: dict[str, list[list[str]]] = {}
        self._tls = tls
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        try:
            with peer if self._tls is None else self._tls.wrap_socket(peer, server_side=True) as talk:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += talk.recv(4096) or b"\r\n\r\n"
                self.asked.append(asked.decode("latin-1"))
                path = self.asked[-1].split(" ")[1] if " " in self.asked[-1] else ""
                self.pages.get(path, reply(b"", "404 Not Found"))(talk, self.asked[-1])
        except OSError:
            pass

    def resolve(self, host: str, port: int) -> list[str]:
        """Each look-up of a name takes its next answer; the last one stays."""
        answers = self.names.get(host, [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def dial(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        self.dialled.append(address)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self._door.getsockname()[1], timeout=seconds)

    @property
    def net(self) -> Net:
        return replace(NET, resolve=self.resolve, dial=self.dial, seconds=3.0)

    def close(self) -> None:
        self._door.close()


@pytest.fixture
def site() -> Iterator[Callable[..., Site]]:
    open_: list[Site] = []

    def start(pages: dict[str, Send] | None = None, tls: ssl.SSLContext | None = None) -> Site:
        open_.append(Site(pages or {"/": reply()}, tls))
        return open_[-1]

    yield start
    for one in open_:
        one.close()


def test_a_page_comes_as_it_is_and_nothing_of_this_machine_goes_along(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    here = site({"/a?b=1": reply(Set_Cookie="s=1"), "/": moved("/a?b=1")})
    got = fetch("http://Example.com./#part", here.net)
    assert (got.url, got.kind, got.content, got.charset) == ("http://example.com/a?b=1", "html", PAGE, "utf-8")
    assert here.dialled == [PUBLIC, PUBLIC]
    for asked in here.asked:
        assert "\r\nHost: example.com\r\n" in asked
        assert not any(f"\r\n{name}:" in asked.lower() for name in ("cookie", "authorization", "referer"))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "//example.com/", "example.com", "",
        "http://user:secret@example.com/", "http://secret@example.com/", "http://example.com@127.0.0.1/",
        "http://example.com:22/", "https://example.com:80/", "http://example.com:8080/", "http://exa mple.com/",
        "http://example.com/\r\nHost: inside", "http://127.0.0.1/", "http://127.1/", "http://2130706433/",
        "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://0/",
        "http://127.0.0.1./", "http://１２７.0.0.1/", "http://localhost/", "http://LOCALHOST./", "http://a.localhost/",
        "http://router/", "http://printer.local/", "http://metadata.google.internal/", "http://[::1]/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/", "http://[fd00:ec2::254]/", "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/", "http://168.63.129.16/", "http://example..com/", "http:///x",
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_opened_is_refused_before_any_look_up(url: str, site: Callable[..., Site]) -> None:
    here = site()
    with pytest.raises(Invalid) as refused:
        fetch(url, replace(here.net, resolve=lambda *_: pytest.fail("it was looked up")))
    assert refused.value.hint
    assert "secret" not in str(refused.value)
    assert here.dialled == []


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::808:808", True), ("10.0.0.1", False),
        ("172.31.255.1", False), ("192.168.1.1", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("192.0.0.8", False), ("192.88.99.1", False), ("198.19.0.1", False), ("203.0.113.9", False),
        ("224.0.0.1", False), ("240.0.0.1", False), ("255.255.255.255", False), ("::ffff:8.8.8.8", False),
        ("::8.8.8.8", False), ("64:ff9b::a00:1", False), ("64:ff9b:1::808:808", False), ("2002:808:808::", False),
        ("2001:0:4137:9e76::1", False), ("2001:db8::1", False), ("fc00::1", False), ("fe80::1", False),
        ("fec0::1", False), ("ff02::1", False), ("100::1", False), ("3fff::1", False), ("fe80::1%eth0", False),
        ("not an address", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, is_public: bool) -> None:
    assert public(address) is is_public


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd12::1"])
def test_a_name_with_one_address_inside_is_refused_and_nobody_is_dialled(
    site: Callable[..., Site], inside: str
) -> None:
    here = site()
    here.names["example.com"] = [[PUBLIC, inside]]
    with pytest.raises(Invalid, match="private network"):
        fetch("http://example.com/", here.net)
    assert here.dialled == []


def test_a_name_that_answers_otherwise_the_next_moment_changes_nothing(site: Callable[..., Site]) -> None:
    here = site()
    here.names["example.com"] = [[PUBLIC], ["127.0.0.1"]]
    fetch("http://example.com/", here.net)
    assert here.dialled == [PUBLIC]
    with pytest.raises(Invalid, match="private network"):  # asked again, it is checked again
        fetch("http://example.com/", here.net)
    assert here.dialled == [PUBLIC]


def test_the_next_address_is_tried_where_one_does_not_answer(site: Callable[..., Site]) -> None:
    here = site()
    here.names["example.com"] = [["93.184.215.15", PUBLIC]]

    def dial(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        if address != PUBLIC:
            raise httpcore.ConnectError("no")
        return here.dial(address, port, seconds)

    assert fetch("http://example.com/", replace(here.net, dial=dial)).content == PAGE


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "file:///etc/passwd", "//localhost/",
        "http://0x7f000001/", "http://u:p@example.com/", "http://example.com:6379/", "http://inside.example/",
        "javascript:alert(1)", "http://[::ffff:127.0.0.1]/", "http://[",
    ],
)  # fmt: skip
def test_a_redirect_is_checked_like_the_first_address(site: Callable[..., Site], to: str) -> None:
    here = site({"/": moved(to)})
    here.names["inside.example"] = [["10.1.2.3"]]
    with pytest.raises(Invalid):
        fetch("http://example.com/", here.net)
    assert here.dialled == [PUBLIC]


def test_redirects_end(site: Callable[..., Site]) -> None:
    here = site({"/": moved("/1"), **{f"/{n}": moved(f"/{n + 1}") for n in range(1, 9)}, "/5": reply()})
    assert fetch("http://example.com/", here.net).url.endswith("/5")
    here.pages["/5"] = moved("/6")
    with pytest.raises(Invalid, match="without end"):
        fetch("http://example.com/", here.net)
    assert len(here.asked) == 12


def test_too_much_is_refused_however_it_comes(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MEGABYTES", 1)

    def endless(peer: socket.socket, _: str) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65_536)

    def trailing(peer: socket.socket, _: str) -> None:
        peer.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)
        )
        while True:
            peer.sendall(b"\0" * 65_536)

    bomb = gzip.compress(b"\0" * 60_000_000)
    assert len(bomb) < 100_000
    at = target("http://example.com/")
    assert max(map(len, fetching._unpacked(at, iter([bomb]), "gzip"))) <= 1_000_000  # never unfolded in memory
    here = site(
        {
            "/endless": endless,
            "/trailing": trailing,
            "/said": reply(Content_Length="2000000"),
            "/bomb": reply(bomb, Content_Encoding="gzip"),
        }
    )
    for path in here.pages:
        with pytest.raises(Invalid, match="larger than 1 MB"):
            fetch(f"http://example.com{path}", here.net)


def test_packed_pages_are_unpacked_once_and_only_as_asked(site: Callable[..., Site]) -> None:
    here = site(
        {
            "/gzip": reply(gzip.compress(PAGE), Content_Encoding="gzip"),
            "/twice": reply(gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip, gzip"),
            "/deflate": reply(zlib.compress(PAGE), Content_Encoding="deflate"),
            "/cut": reply(gzip.compress(PAGE)[:-9], Content_Encoding="gzip"),
            "/broken": reply(b"no gzip", Content_Encoding="gzip"),
        }
    )
    assert fetch("http://example.com/gzip", here.net).content == PAGE
    for path, kind in (("/twice", Invalid), ("/deflate", Invalid), ("/cut", Unavailable), ("/broken", Invalid)):
        with pytest.raises(kind):
            fetch(f"http://example.com{path}", here.net)


@pytest.mark.parametrize("where", ["look-up", "head", "body"])
def test_the_time_for_everything_ends(site: Callable[..., Site], where: str) -> None:
    stop = threading.Event()

    def drip(peer: socket.socket, _: str) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        peer.sendall(head if where == "head" else head + b"\r\n")
        while not stop.wait(0.05):
            peer.sendall(b"x")  # always something, never the end

    def slow(host: str, port: int) -> list[str]:
        stop.wait(5)
        return [PUBLIC]

    here = site({"/": drip})
    net = replace(here.net, seconds=0.4, **({"resolve": slow} if where == "look-up" else {}))
    with pytest.raises(Unavailable, match="took too long"):
        fetch("http://example.com/", net)
    stop.set()


def test_only_pages_and_papers_are_read(site: Callable[..., Site]) -> None:
    here = site(
        {
            "/film": reply(b"....", Content_Type="video/mp4"),
            "/paper": reply(b"%PDF-1.7 ...", Content_Type="application/pdf"),
            "/unsaid": reply(b"%PDF-1.7 ...", Content_Type=""),
            "/program": reply(b"\x7fELF\0\0", Content_Type="application/octet-stream"),
            "/text": reply(b"WEBVTT", Content_Type="text/vtt"),
        }
    )
    kinds = [fetch(f"http://example.com{path}", here.net).kind for path in ("/paper", "/unsaid", "/text")]
    assert kinds == ["pdf", "pdf", "text"]
    for path in ("/film", "/program"):
        with pytest.raises(Invalid, match="no page and no paper"):
            fetch(f"http://example.com{path}", here.net)


@pytest.mark.parametrize("status", ["401 x", "403 x", "404 x", "410 x", "429 x", "500 x", "204 x", "300 x"])
def test_a_refusal_is_said_with_what_to_do(site: Callable[..., Site], status: str) -> None:
    with pytest.raises(TimbreError, match=status[:3]) as refused:
        fetch("http://example.com/", site({"/": reply(b"", status)}).net)
    assert refused.value.hint


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"])
def test_a_server_that_does_not_speak_properly_is_said_plainly(site: Callable[..., Site], said: bytes) -> None:
    with pytest.raises(Unavailable, match="cannot be reached, or broke off"):
        fetch("http://example.com/", site({"/": lambda peer, _: peer.sendall(said)}).net)


def test_a_name_that_is_not_there(site: Callable[..., Site]) -> None:
    def none(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unavailable, match="no host nowhere"):
        fetch("http://nowhere.example/", replace(site().net, resolve=none))


def test_https_proves_the_name_that_was_asked_for(site: Callable[..., Site], certificate: tuple[Path, Path]) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    asked: list[str] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    here = site(tls=server)
    trusting = replace(here.net, secure=lambda: ssl.create_default_context(cafile=str(certificate[0])))
    assert fetch("https://bücher.example/", trusting).url == "https://xn--bcher-kva.example/"
    assert asked == ["xn--bcher-kva.example"]
    with pytest.raises(Unavailable, match="did not prove"):
        fetch("https://other.example/", trusting)
    with pytest.raises(Unavailable, match="did not prove"):
        fetch("https://bücher.example/", here.net)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("xn--bcher-kva.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_what_is_checked_is_what_is_asked_for() -> None:
    found = target("https://Example.COM:443/a b".replace(" ", "%20") + "?q=1#frag")
    assert (found.scheme, found.host, found.port, found.path) == ("https", "example.com", 443, b"/a%20b?q=1")
