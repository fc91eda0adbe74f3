"""Fetching one page or paper that a person named: public addresses only, checked at every step, within limits.

Names are looked up once, all answers are checked, and the connection goes to a checked answer: what a name answers
the next moment changes nothing (DNS rebinding). No proxy, cookie, or password of this machine goes along.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpcore
import httpx
import structlog

from core.collect.addresses import OWN_COPY, Target, target
from core.collect.network import NET, Clock, Net, Pinned, checked
from core.errors import Invalid, TimbreError, Unavailable

log = structlog.get_logger()
MEGABYTES = 15
REDIRECTS = 5
TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "text/plain": "text", "text/markdown": "text",
    "text/vtt": "text", "application/x-subrip": "text", "application/pdf": "pdf", "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip
_HEADERS = (
    (b"User-Agent", b"Timbre (a person asked for this page)"),
    (b"Accept", b"text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.1"),
    (b"Accept-Encoding", b"gzip"),
    (b"Accept-Language", b"en;q=0.9, *;q=0.5"),
    (b"Connection", b"close"),
)


@dataclass(frozen=True)
class Fetched:
    """A document as it came: bytes out of their compression. `kind` is html, text, pdf or docx."""

    url: str
    kind: str
    content: bytes
    charset: str = ""


def fetch(url: str, net: Net = NET) -> Fetched:
    """Get one document. Raises Invalid (the address or what is there cannot be used) or Unavailable (try later)."""
    clock = Clock(net.seconds)
    at = target(url)
    for _ in range(REDIRECTS + 1):
        try:
            answer = _ask(at, net, clock)
        except TimbreError:
            raise
        except (httpcore.TimeoutException, TimeoutError):
            raise _slow(at) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ssl.SSLError) as error:
            log.info("fetch failed", host=at.host, error=type(error).__name__)
            raise _unreached(at, error) from None
        if isinstance(answer, Fetched):
            return answer
        at = answer
    raise Invalid(f"{at.host} sends on from page to page without end; nothing was fetched.", OWN_COPY)


def _ask(at: Target, net: Net, clock: Clock) -> Fetched | Target:
    """One request: the document, or where it has moved."""
    pool = httpcore.ConnectionPool(
        ssl_context=net.secure() if at.scheme == "https" else None,
        network_backend=Pinned(checked(at, net, clock), net.dial, clock),
        max_connections=1,
    )
    with pool, pool.stream("GET", _to(at), headers=[(b"Host", at.shown.encode()), *_HEADERS]) as response:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        if response.status in (301, 302, 303, 307, 308) and headers.get("location"):
            return _moved(at, headers["location"])
        if response.status != 200:
            raise _refused(at, response.status)
        kind = _kind(at, headers)
        raw = _limited(at, (chunk for chunk in response.iter_stream() if chunk))
        body = b"".join(_limited(at, _unpacked(at, raw, headers.get("content-encoding", ""))))
    return Fetched(at.url, kind or _sniffed(at, body), body, _charset(headers.get("content-type", "")))


def _to(at: Target) -> httpcore.URL:
    return httpcore.URL(scheme=at.scheme.encode(), host=at.host.encode(), port=at.port, target=at.path)


def _moved(at: Target, location: str) -> Target:
    try:
        return target(str(httpx.URL(at.url).join(location)))
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise Invalid(f"{at.host} sends on to an address that cannot be read; nothing was fetched.", OWN_COPY) from None
    except Invalid as error:
        raise Invalid(f"{at.host} sends on to another address. {error.message}", error.hint) from None


# ---- reading -------------------------------------------------------------------------------------------------


def _unpacked(at: Target, chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """The body out of its compression, in pieces of at most a megabyte: a small bomb never unfolds in memory."""
    if coding.strip().lower() in ("", "identity"):
        yield from chunks
        return
    if coding.strip().lower() not in ("gzip", "x-gzip"):
        raise Invalid(f"{at.host} packs its page in a way that was not asked for; nothing was kept.", OWN_COPY)
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            piece = unpack.decompress(chunk, 1_000_000)
            while piece:
                yield piece
                piece = unpack.decompress(unpack.unconsumed_tail, 1_000_000)
    except zlib.error:
        raise Invalid(f"What {at.host} sent is damaged; nothing was kept.", "Try again, or add it as a file.") from None
    if not unpack.eof:
        raise Unavailable(f"{at.host} broke off in the middle; nothing was kept.", "Try again in a moment.")


def _limited(at: Target, pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MEGABYTES * 1_000_000:
            raise _large(at)
        yield piece


def _kind(at: Target, headers: dict[str, str]) -> str:
    """What the answer says it is; "" where it has to be looked at. Refused before anything of it is read."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > MEGABYTES * 1_000_000:
        raise _large(at)
    named = headers.get("content-type", "").split(";")[0].strip().lower()
    if named in ("", "application/octet-stream", "binary/octet-stream"):
        return ""
    if named not in TYPES:
        raise Invalid(f"{at.host} sent {named[:60]}, which is no page and no paper; nothing was kept.", OWN_COPY)
    return TYPES[named]


def _sniffed(at: Target, body: bytes) -> str:
    head = body[:1024].lstrip().lower()
    if head.startswith(b"%pdf-"):
        return "pdf"
    if head.startswith(b"pk\x03\x04"):
        return "docx"
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return "html"
    if b"\0" in head or not head:
        raise Invalid(f"What {at.host} sent is no page and no paper; nothing was kept.", OWN_COPY)
    return "text"


def _charset(content_type: str) -> str:
    _, _, rest = content_type.lower().partition("charset=")
    return rest.split(";")[0].strip(" \"'")[:40]


# ---- what went wrong -----------------------------------------------------------------------------------------


def _slow(at: Target) -> Unavailable:
    return Unavailable(f"{at.host} took too long; nothing was kept.", f"Try again later. {OWN_COPY}")


def _large(at: Target) -> Invalid:
    return Invalid(f"What {at.host} sent is larger than {MEGABYTES} MB; nothing was kept.", OWN_COPY)


def _unreached(at: Target, error: Exception) -> Unavailable:
    if isinstance(error, ssl.SSLError) or "ssl" in str(error).lower() or "certificate" in str(error).lower():
        return Unavailable(f"{at.host} did not prove that it is {at.host}; nothing was sent to it.", OWN_COPY)
    return Unavailable(f"{at.host} cannot be reached, or broke off; nothing was kept.", "Check that you are online.")


def _refused(at: Target, status: int) -> TimbreError:
    if status in (401, 402, 403, 429, 451):
        return Unavailable(f"{at.host} does not show this page to programs (it answered {status}).", OWN_COPY)
    if status in (404, 410):
        return Invalid(f"{at.host} has no such page (it answered {status}).", "Check the address in your browser.")
    return Unavailable(f"{at.host} did not give the page (it answered {status}).", f"Try again later. {OWN_COPY}")
