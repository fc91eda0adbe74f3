"""Files brought to LinkedIn, each to its URN: pictures and documents. Nothing is published here: no post is made yet.

Images API and Documents API (learn.microsoft.com/linkedin): initializeUpload, one PUT, then wait until it is usable.
The token goes to LINKEDIN_BASE_URL and to addresses of linkedin.com, nowhere else; no redirect is followed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
import regex

from core.config import settings
from core.errors import Conflict, Denied, Invalid, TimbreError, Unavailable
from core.llm.wire import FAILURES, Broken, Line, Refused, Server, loaded
from core.publish import files, limits
from core.publish.limits import LINKEDIN, PDF

Entry = Mapping[str, Any]
"""A file as a post carries it: {path, sha, type, name, ...}; see core.images.media."""
SECONDS: Final = 30.0
UPLOAD_SECONDS: Final = 120.0
TRIES: Final = 3
"""For what may be repeated: an upload that no post uses is nobody's."""
PAUSE: Final = 1.0
WAIT: Final = 90.0
"""Seconds until LinkedIn has looked at a file; documents take longest."""
LOOK: Final = 1.0
NOTHING: Final = "Nothing was published."
_OWNER = regex.compile(r"urn:li:(?:person|organization):[A-Za-z0-9_-]{1,100}")
_URN = regex.compile(r"urn:li:(?:image|document|digitalmediaAsset):[A-Za-z0-9_-]{1,200}")
_ANSWER = 200_000


def upload(entries: Sequence[Entry], owner_urn: str, note: Callable[[str], object] = lambda _said: None) -> list[str]:
    """Bring what a post carries to LinkedIn, as `owner_urn` (urn:li:person:… or urn:li:organization:…); their URNs.

    Every file is checked against the limits and against the digest that was approved before anything is sent. `note`
    is told what is being done. Raises Invalid, Conflict (a file changed), Denied (token), Unavailable.
    """
    if not _OWNER.fullmatch(owner_urn):
        raise Invalid("That is no LinkedIn account.", "It reads urn:li:person:… or urn:li:organization:…")
    if refused := limits.refusals(LINKEDIN, entries):
        raise Invalid(f"{refused[0].message} {NOTHING}", refused[0].hint)
    server = _server()
    carried = [(str(e.get("name") or "a file"), str(e.get("type") or ""), _read(e)) for e in entries]
    urns = []
    for name, kind, raw in carried:
        note(f"Uploading {name}")
        urns.append(_tried(lambda kind=kind, raw=raw: _upload(server, owner_urn, kind, raw)))  # type: ignore[misc]
    for (name, kind, _raw), urn in zip(carried, urns, strict=True):
        note(f"LinkedIn looks at {name}")
        _wait(server, name, kind, urn)
    return urns


def _server() -> Server:
    config = settings()
    if config.linkedin_access_token is None:
        raise Denied(f"LinkedIn is not connected. {NOTHING}", "Put an access token into LINKEDIN_ACCESS_TOKEN.")
    return Server(
        config.linkedin_base_url.rstrip("/"),
        "LinkedIn",
        "Check LINKEDIN_BASE_URL.",
        config.linkedin_access_token,
        setting="LINKEDIN_ACCESS_TOKEN",
    )


def _read(entry: Entry) -> bytes:
    """A file of the images folder, exactly as it was attached."""
    try:
        raw = files.read(entry)
    except Invalid as error:
        raise Invalid(f"{error.message} {NOTHING}", error.hint) from None
    if hashlib.sha256(raw).hexdigest() != entry.get("sha"):
        said = f"{entry.get('name') or 'A file'} is not the file that was attached. {NOTHING}"
        raise Conflict(said, "Make it again and have it approved.")
    return raw


# ---- one file ------------------------------------------------------------------------------------------------


def _upload(server: Server, owner: str, kind: str, raw: bytes) -> str:
    noun = "document" if kind == PDF else "image"
    body = {"initializeUploadRequest": {"owner": owner}}
    made = _call(server, "POST", f"/rest/{noun}s?action=initializeUpload", json=body).get("value")
    found = made if isinstance(made, dict) else {}
    urn, address = str(found.get(noun) or ""), str(found.get("uploadUrl") or "")
    if not _URN.fullmatch(urn):
        raise Unavailable(f"LinkedIn answered with something else than was asked for. {NOTHING}", "Try again later.")
    there = Server(_trusted(address, server), server.who, server.start, server.key, setting=server.setting)
    with Line(there).answer("PUT", "", UPLOAD_SECONDS, (), content=raw, headers={"Content-Type": kind}) as answer:
        answer.read()
    return urn


def _trusted(address: str, server: Server) -> str:
    """The address that the token and the file may go to. Raises Unavailable for any other."""
    own, parts = urlsplit(server.url), urlsplit(address)
    host = parts.hostname or ""
    same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    theirs = parts.scheme == "https" and (host == "linkedin.com" or host.endswith(".linkedin.com"))
    if "@" in parts.netloc or not (same or theirs):
        raise Unavailable(f"LinkedIn named an upload address that is not its own. {NOTHING}", "Try again later.")
    return address


def _wait(server: Server, name: str, kind: str, urn: str) -> None:
    """Until LinkedIn can use the file."""
    noun, until = "documents" if kind == PDF else "images", time.monotonic() + WAIT
    while (status := _tried(lambda: _status(server, f"/rest/{noun}/{quote(urn, safe='')}"))) != "AVAILABLE":
        if status == "PROCESSING_FAILED":
            raise Invalid(f"LinkedIn could not read {name}. {NOTHING}", "Make the image again, then try again.")
        if time.monotonic() > until:
            raise Unavailable(f"LinkedIn is still working on {name}. {NOTHING}", "Try again in a few minutes.")
        time.sleep(LOOK)


def _status(server: Server, path: str) -> str:
    try:
        return str(_call(server, "GET", path).get("status") or "")
    except Refused as error:
        if error.status == 403:  # a token that may only post cannot look: then nobody waits
            return "AVAILABLE"
        raise


def _call(server: Server, method: str, path: str, **sent: Any) -> dict[str, Any]:
    headers = {"LinkedIn-Version": settings().linkedin_version, "X-Restli-Protocol-Version": "2.0.0"}
    with Line(server).answer(method, path, SECONDS, (), headers=headers, **sent) as answer:
        read = bytearray()
        for part in answer.iter_bytes():
            read += part
            if len(read) > _ANSWER:
                raise ValueError("the answer does not end")
        found = loaded(read)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


# ---- what goes wrong -----------------------------------------------------------------------------------------


def _tried(work: Callable[[], Any]) -> Any:
    """Done again a few times where the fault is LinkedIn's or the line's. Raises TimbreError, in words."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except TimbreError:
            raise
        except (*FAILURES, Refused, Broken) as error:
            passing = isinstance(error, httpx.HTTPError | Broken) or (
                isinstance(error, Refused) and error.status >= 500
            )
            if not passing or attempt == TRIES:
                raise _explained(error) from None
        time.sleep(PAUSE * attempt)
    raise AssertionError("the last try ends it")


def _explained(error: Exception) -> TimbreError:
    server, version = _server(), settings().linkedin_version
    if isinstance(error, Refused):
        told = f" It says: {words}." if (words := server.clean(error.said)) else ""
        return _refused(error.status, told, version)
    if isinstance(error, httpx.TimeoutException):
        return Unavailable(f"LinkedIn took too long to answer. {NOTHING}", "Try again in a while.")
    if isinstance(error, Broken | httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError):
        return Unavailable(f"LinkedIn broke off in the middle. {NOTHING}", "Try again in a moment.")
    if isinstance(error, httpx.HTTPError | OSError):
        return Unavailable(f"Nobody answers at {server.where}. {NOTHING}", server.start)
    return Unavailable(f"LinkedIn answered with something else than was asked for. {NOTHING}", "Try again later.")


def _refused(status: int, told: str, version: str) -> TimbreError:
    if status in _REFUSALS:
        kind, said, hint = _REFUSALS[status]
        return kind(f"{said.format(version=version)} ({status}). {NOTHING}{told}", hint)
    if 300 <= status < 400:
        said = f"LinkedIn sends its callers to another address ({status}), where Timbre does not follow: the token "
        return Unavailable(f"{said}stays here. {NOTHING}", "Check LINKEDIN_BASE_URL.")
    if status >= 500:
        return Unavailable(f"LinkedIn has a fault at the moment ({status}). {NOTHING}{told}", "Try again in a while.")
    return Invalid(f"LinkedIn cannot use what was sent ({status}). {NOTHING}{told}", "Make the image again.")


_REFUSALS: Final[Mapping[int, tuple[type[TimbreError], str, str]]] = {
    401: (
        Denied,
        "LinkedIn did not accept the access token: it has ended or was taken back",
        "A token lasts 60 days. Put a new one into LINKEDIN_ACCESS_TOKEN.",
    ),
    403: (
        Denied,
        "This token may not upload for that account",
        "It needs w_member_social, or for a company w_organization_social and an admin's role there.",
    ),
    413: (Invalid, "That file is too large for LinkedIn", "Save it smaller."),
    426: (
        Unavailable,
        "LinkedIn no longer speaks version {version} of its API",
        "Set LINKEDIN_VERSION to a newer one: a year and a month, of the last twelve months.",
    ),
    429: (
        Unavailable,
        "LinkedIn takes no more from this account today",
        "Its daily limits begin again at midnight UTC.",
    ),
}
"""Status -> the kind of error, what happened, what to do."""
