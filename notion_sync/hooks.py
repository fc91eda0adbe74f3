"""Webhooks from Notion: wake-up hints only. Nothing of an event is ever written into a record.

Notion proves who it is by an HMAC of the raw body, keyed with the token that it sent once at the beginning
(https://developers.notion.com/reference/webhooks). That first call is only taken while a person waits for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from core import store
from core.config import settings
from core.errors import Conflict, Denied, Invalid, StorageError
from core.people import WORKER
from core.store import Actor, choices, hooks
from core.store.base import now
from core.store.people import bare
from core.store.tables import NotionEvent
from notion_sync import people

Json = dict[str, Any]
KEY = "notion.webhook"
NAME = "notion-webhook-token"
PATH: Final = "/api/notion/webhook"
BODY_BYTES: Final = 256_000
"""An event names ids only; a larger body is not one."""
WAIT = timedelta(minutes=15)
SETTLED = timedelta(seconds=2)
"""Events come in bursts: a pass waits until the first of them is this old."""
Stage = Literal["off", "waiting", "received", "verified"]


class Unsigned(Denied):
    """The signature is missing or wrong."""

    status = 401


@dataclass(frozen=True)
class State:
    """How webhooks stand; nothing in it is secret."""

    stage: Stage
    """off, waiting for Notion's first call, its token is here, or events have come."""
    until: datetime | None
    shown: bool
    """Whether the token was shown already."""
    last: datetime | None
    """When the last event came."""
    set_outside: bool
    """Whether the token is NOTION_WEBHOOK_TOKEN."""


def state() -> State:
    """How it stands."""
    outside = settings().notion_webhook_token is not None
    with store.reading() as tx:
        kept, last = choices.get(tx, KEY), hooks.newest(tx)
    until = _time(kept.get("until"))
    waiting = until is not None and until > now()
    stage: Stage = "off"
    if _token():
        stage = "verified" if kept.get("verified") else "received"
    return State("waiting" if waiting else stage, until, bool(kept.get("shown")), last, outside)


# ---- switching on --------------------------------------------------------------------------------------------


def wait(actor: Actor) -> None:
    """Take Notion's first call within the next 15 minutes. Raises Denied, Conflict."""
    _may(actor)
    if settings().notion_webhook_token is not None:
        raise Conflict(
            "The token is set by NOTION_WEBHOOK_TOKEN, so none is waited for.",
            "Remove it from .env and restart Timbre to let Notion send one.",
        )
    _put(actor, until=(now() + WAIT).isoformat())


def reveal(actor: Actor) -> str:
    """The token that Notion sent, once, to be pasted into Notion's form. Raises Denied, Conflict."""
    _may(actor)
    token = _kept()
    with store.writing(actor) as tx:
        kept = choices.get(tx, KEY)
        if not token or kept.get("shown"):
            raise Conflict(
                "The token was shown already, or none has come.",
                "Wait for the verification again, and choose Resend token in Notion.",
            )
        choices.put(tx, KEY, {**kept, "shown": now().isoformat()})
    return token


def stop(actor: Actor) -> None:
    """Switch webhooks off: the token is forgotten, and what Notion sends is refused. Raises Denied."""
    _may(actor)
    with contextlib.suppress(FileNotFoundError):
        path().unlink()
    with store.writing(actor) as tx:
        choices.put(tx, KEY, {})


def path() -> Path:
    """Where the token is kept: a file that only its owner can read."""
    return settings().timbre_data / NAME


def _may(actor: Actor) -> None:
    if actor.role != "approver":
        raise Denied(f"You may not switch webhooks: your role is {actor.role}.", "Ask an approver to do it.")


def _put(actor: Actor, **values: Any) -> None:
    with store.writing(actor) as tx:
        choices.put(tx, KEY, {**choices.get(tx, KEY), **values})


def _token() -> str:
    outside = settings().notion_webhook_token
    return outside.get_secret_value() if outside is not None else _kept()


def _kept() -> str:
    try:
        return path().read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise StorageError(f"The file {path()} cannot be read ({error.strerror}).", "See who owns it.") from error


def _keep(token: str) -> None:
    draft = path().with_name(f".{NAME}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(token + "\n")
        draft.replace(path())
    except OSError as error:
        raise StorageError(f"The file {path()} cannot be written ({error.strerror}).", "See who owns it.") from error


# ---- receiving -----------------------------------------------------------------------------------------------


def receive(raw: bytes, signature: str) -> str:
    """What Notion sent: 'verification', 'event', 'known' (sent again) or 'ignored' (says nothing).

    `raw`: the body as it came, at most BODY_BYTES. Raises Unsigned, Denied (nobody waits for a verification), Invalid.
    """
    body = _read(raw)
    offered = body.get("verification_token")
    if isinstance(offered, str) and "type" not in body:
        return _verification(offered)
    if not _signed(raw, signature):
        raise Unsigned("The signature is missing or wrong. Nothing was taken.", "Only Notion can sign its events.")
    return _event(body) if body.get("type") else "ignored"


def _read(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _signed(raw: bytes, signature: str) -> bool:
    """Whether the body carries the HMAC-SHA256 of our token; takes as long for a near miss as for a far one."""
    token = _token()
    due = "sha256=" + hmac.new(token.encode(), raw, hashlib.sha256).hexdigest()
    return bool(token) and hmac.compare_digest(signature.strip().encode("utf8", "replace"), due.encode())


def _verification(token: str) -> str:
    if not (8 <= len(token) <= 200 and token.isascii() and token.isprintable() and " " not in token):
        raise Invalid("This is no verification token.", "Notion sends one when a subscription is created.")
    if hmac.compare_digest(token.encode(), _token().encode()):
        return "verification"  # sent again
    with store.writing(WORKER) as tx:
        until = _time(choices.get(tx, KEY).get("until"))
        if until is None or until <= now() or settings().notion_webhook_token is not None:
            raise Denied(
                "Nobody waits for a verification. Nothing was taken.",
                "Press Wait for Notion's verification on the Notion page, then choose Resend token in Notion.",
            )
        _keep(token)
        choices.put(tx, KEY, {"received": now().isoformat()})
    return "verification"


def _event(body: Json) -> str:
    """Keep an event as a hint. What it says is checked nowhere and believed nowhere: the next pass looks itself."""
    event_id = _id(body.get("id")) or hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    try:
        with store.writing(WORKER) as tx:
            if hooks.known(tx, event_id):
                return "known"
            if not choices.get(tx, KEY).get("verified"):
                choices.put(tx, KEY, {**choices.get(tx, KEY), "until": None, "verified": now().isoformat()})
            ids = _ids(body)
            page = hooks.row_of(tx, ids)
            hint = not _own(tx, body) and (page is not None or _new(tx, body, ids))
            kind = str(body["type"])[:60]
            event = NotionEvent(event_id=event_id, kind=kind, page_id=page or "", sent_at=_time(body.get("timestamp")))
            event.seen_at = None if hint else now()
            hooks.add(tx, event)
    except Conflict:
        return "known"  # the same event came twice at once
    return "event"


def _ids(body: Json) -> list[str]:
    """Every id that an event names: its entity, the page of a comment, the parents."""
    entity, data = _dict(body.get("entity")), _dict(body.get("data"))
    parent = _dict(data.get("parent"))
    named = (entity.get("id"), data.get("page_id"), parent.get("id"), parent.get("data_source_id"))
    return [found for one in named if (found := _id(one))]


def _new(tx: store.Reading, body: Json, ids: list[str]) -> bool:
    """Whether an event about no row of ours may concern us: it happened in a bound database, or does not say where."""
    says_where = bool(_dict(_dict(body.get("data")).get("parent")).get("id"))
    return not says_where or hooks.holds(tx, ids)


def _own(tx: store.Reading, body: Json) -> bool:
    """Whether only our own integration did it: what we wrote needs no look."""
    authors = body.get("authors")
    ids = {bare(str(_dict(one).get("id"))) for one in authors} if isinstance(authors, list) else set()
    return bool(ids) and ids <= people.own_bots(tx)


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _id(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 64 and value.isascii() and value.isprintable() else ""


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None


# ---- waking the sync -----------------------------------------------------------------------------------------


def waiting(tx: store.Reading) -> bool:
    """Whether an event waits that no pass has taken up; a moment after it came, because more may follow."""
    oldest = hooks.oldest_unseen(tx)
    return oldest is not None and now() - oldest >= SETTLED


def named(tx: store.Reading, limit: int = 20) -> set[str]:
    """Pages of ours that Notion told us about: worth a look where a list does not show them (yet, or in the trash)."""
    return hooks.unseen_pages(tx, limit)


def taken(tx: store.Writing, before: datetime) -> None:
    """A pass that began at this instant has looked: what came before needs no other one."""
    hooks.seen(tx, before)
