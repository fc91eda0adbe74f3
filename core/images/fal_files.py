"""Files with fal: put one there for a while, hide it, delete what fal lets be deleted.

https://docs.fal.ai/documentation/model-apis (fal-cdn, file-access-controls, payloads). Models cannot read a file that
is shut, so each is sent open to whoever knows its address, with an expiry, and hidden as soon as it has been read.
fal lets nobody delete what was sent to it: it goes when it expires.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from core.errors import TimbreError, Unavailable
from core.images import elsewhere, remote
from core.images.fal_queue import GOODBYE, api, never, own, rest
from core.images.provider import Memory, Stop
from core.llm.wire import Refused, loaded
from core.store.base import now

LARGE, PART = 90 * 1024 * 1024, 10 * 1024 * 1024
"""Bytes above which a file goes there in parts, and of a part: what fal's own client takes."""
Noted = Callable[[dict[str, Any]], None]
"""Told of a copy before its first byte goes out, and again when it is hidden or gone: the same `what`."""


@dataclass
class Copy:
    """Something that lies with fal. An address in `what` opens to whoever knows it: never shown, never logged."""

    kind: str = ""
    """photos | weights | settings: `what` is the address of a file; request: its id."""
    what: str = ""
    at: str = ""
    expires: str = ""
    """When fal deletes it by itself."""
    hidden: str = ""
    """Since when nobody can open it."""
    gone: str = ""
    """Since when it is deleted."""
    service: str = "fal"

    @classmethod
    def made(cls, kind: str, what: str, seconds: int) -> Copy:
        """One that lies there from now on, for so long."""
        return cls(kind, what, stamp(), stamp(seconds))

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Copy:
        """From JSON; names that are none of its own are passed over."""
        return cls(**{name: str(value or "") for name, value in kept.items() if name in cls.__dataclass_fields__})

    @property
    def over(self) -> bool:
        """Whether it is deleted, or must be by now."""
        return bool(self.gone) or bool(self.expires and datetime.fromisoformat(self.expires) <= now())


def stamp(later: int = 0) -> str:
    """Now, or so many seconds later, as it is kept."""
    return (now() + timedelta(seconds=later)).isoformat()


def send(file: Path, media: str, kind: str, seconds: int, stop: Stop, announced: Callable[[Copy], None]) -> Copy:
    """Put a file where fal's models can read it. `announced` is told of the copy before the first byte goes out.

    Raises Denied, Unavailable, Invalid or Cancelled.
    """
    here = rest()
    keep = json.dumps({"expiration_duration_seconds": seconds})
    headers = {"X-Fal-Object-Lifecycle": keep, "X-Fal-Object-Lifecycle-Preference": keep}
    body = {"file_name": f"{kind}{file.suffix}", "content_type": media}  # never the name that a person gave it
    way = "initiate-multipart" if file.stat().st_size > LARGE else "initiate"
    try:
        path = f"/storage/upload/{way}?storage_type=fal-cdn-v3"
        told = remote.call(here, "POST", path, stop, json=body, headers=headers).json()
        made = Copy.made(kind, str(told["file_url"]), seconds)
        announced(made)
        (_in_parts if way != "initiate" else _whole)(str(told["upload_url"]), file, media, stop)
    except remote.EXPECTED as error:
        raise remote.explained(error, here, "The file was not sent.") from None
    return made


def _whole(url: str, file: Path, media: str, stop: Stop) -> None:
    elsewhere.put_file(url, own(), file, media, stop)


def _in_parts(url: str, file: Path, media: str, stop: Stop) -> None:
    """As fal's own clients send a large file: its parts below the address that was given, then that it is complete."""
    at, parts = urlsplit(url), []
    for number, start in enumerate(range(0, file.stat().st_size, PART), start=1):
        there = at._replace(path=f"{at.path}/{number}").geturl()
        told = loaded(elsewhere.put_file(there, own(), file, media, stop, part=slice(start, start + PART)))
        parts.append({"partNumber": told["partNumber"], "etag": told["etag"]})
    done = json.dumps({"parts": parts}).encode()
    elsewhere.post(at._replace(path=f"{at.path}/complete").geturl(), own(), done, stop)


def hide(one: Copy) -> bool:
    """Shut a file off from everybody; True where it is shut off or gone."""
    try:
        remote.call(
            api(),
            "PUT",
            "/storage/files/acl",
            never,
            seconds=GOODBYE * 2,
            params={"url": _bare(one.what)},
            json={"default": "hide", "rules": []},
        )
    except Refused as error:
        if error.status not in (404, 410):
            return False
        one.gone = one.gone or stamp()
    except (TimbreError, *remote.EXPECTED):
        return False
    one.hidden = one.hidden or stamp()
    return True


def _bare(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()


def delete_request(id_: str) -> bool:
    """Delete a request's words and what it made; True where they are gone. Only keys of the kind Admin may do that."""
    try:
        remote.call(api(), "DELETE", f"/models/requests/{quote(id_, safe='')}/payloads", never, seconds=GOODBYE * 2)
    except Refused as error:
        return error.status in (404, 410)
    except (TimbreError, *remote.EXPECTED):
        return False
    return True


# ---- all that lies there of a run -----------------------------------------------------------------------------


class Copies:
    """What lies with fal of this run. Remembered and told at every change."""

    def __init__(self, memory: Memory, noted: Noted) -> None:
        self._memory, self._noted = memory, noted
        self.all = {kept["what"]: Copy.restored(kept) for kept in memory.recall().get("copies") or []}

    def add(self, one: Copy) -> None:
        """There is this one too, or it has changed."""
        self.all[one.what] = one
        self._memory.remember({"copies": [asdict(one) for one in self.all.values()]})
        self._noted(asdict(one))

    def shut(self, *kinds: str) -> None:
        """Delete requests with what they made, where the key may; hide files. All of them, or those of these kinds."""
        wanted = [one for one in self.all.values() if not one.gone and (not kinds or one.kind in kinds)]
        for one in sorted(wanted, key=lambda one: one.kind != "request"):
            if one.kind != "request":
                hide(one)
            elif delete_request(one.what):
                one.gone = stamp()
            self.add(one)


def purge(kept: Mapping[str, Any]) -> None:
    """Delete a copy that lies with fal. Returns where it is gone; else raises Unavailable that says what is so."""
    one = Copy.restored(kept)
    if one.over:
        return
    until = f" fal deletes it by itself by {one.expires[:16].replace('T', ' ')} UTC." if one.expires else ""
    if one.kind == "request":
        if delete_request(one.what):
            return
        raise Unavailable(
            f"fal did not delete the request.{until}", "Only keys of the kind Admin may: see fal.ai/dashboard/keys."
        )
    if not hide(one):
        raise Unavailable(
            f"{_NAMES.get(one.kind, 'A file')} could not be shut off at fal.{until}", "Try again in a while."
        )
    if not one.gone:
        raise Unavailable(
            f"{_NAMES.get(one.kind, 'A file')} can be opened by nobody any more, but fal still keeps it.{until}",
            "There is nothing to do: fal offers no way to delete it sooner.",
        )


_NAMES = {"photos": "The file with the photos", "weights": "The file with the weights"}
