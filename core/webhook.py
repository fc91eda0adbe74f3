"""A finished form sent to an address of the team's own, where a person asks for it: once, signed, its answer kept.

The other side offers no look-up, so an outcome that nobody saw stays unknown until a person says what happened.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from core import jobs, store
from core.config import settings
from core.errors import Conflict, Denied, Invalid
from core.people import WORKER
from core.review.lifecycle import has_role
from core.store import Actor, authors, intents, runs
from core.store.tables import Intent, Variant

KIND = "webhook"
SECONDS = 20.0
ANSWER = 500
"""Characters of the answer that are kept."""
LOOKED_AT = 1000
"""The newest deliveries among which an earlier one of the same text is looked for."""
SIGNATURE, DELIVERY = "X-Timbre-Signature", "X-Timbre-Delivery"


@dataclass(frozen=True)
class Delivery:
    """What came of it. outcome: waiting | sent | refused | unsent | unknown."""

    outcome: str
    said: str
    """In a sentence, for people; the other side's words are in `answer`."""
    answer: str = ""


def host() -> str:
    """Where forms can be sent, by its host alone (the address may hold a secret); "" where nothing is set."""
    url = settings().timbre_webhook_url
    return (urlsplit(url.get_secret_value()).hostname or "") if url else ""


def send(variant_id: str, actor: Actor, again: bool = False) -> str:
    """Ask for a delivery; returns the intent's id. The same text is sent once: asked again, it is the same intent.

    `again`: a person says that an unknown one did not arrive. Raises Denied, Invalid, Conflict, NotFound.
    """
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not send.", "Ask an editor or an approver of your team.")
    if not host():
        raise Invalid("There is nowhere to send it.", "Set TIMBRE_WEBHOOK_URL, then start Timbre again.")
    with store.writing(actor) as tx:
        variant = runs.locked_variant(tx, variant_id)
        if variant.status != "ok":
            raise Invalid("This did not pass, so it is not sent: " + " ".join(variant.reasons), "Make it again.")
        digest = _digest(variant)
        last = next((i for i in intents.recent(tx, KIND, LOOKED_AT) if i.payload.get("digest") == digest), None)
        outcome = _read(last).outcome if last else ""
        if outcome == "sent" or (outcome == "unknown" and not again):
            raise Conflict(
                "Exactly this was sent already." if outcome == "sent" else "It is not known whether this arrived.",
                "It is not sent twice." if outcome == "sent" else "Look on the other side, then say so here.",
            )
        return intents.add(tx, KIND, {"variant": variant_id, "digest": digest, "host": host()}, f"{KIND}:{digest}")


def delivery(variant: Variant) -> Delivery | None:
    """What came of sending this variant as it is now; None where nobody asked for it."""
    digest = _digest(variant)
    last = next((i for i in jobs.recent(KIND, LOOKED_AT) if i.payload.get("digest") == digest), None)
    return _read(last) if last else None


@jobs.workflow(KIND)
def deliver(intent_id: str) -> dict[str, Any]:
    """Send it. Taken up again after a crash in the middle, it sends nothing: nobody knows whether it went out."""
    return dict(jobs.step(_deliver, intent_id, name="deliver"))


# ---- inside --------------------------------------------------------------------------------------------------


def _deliver(intent_id: str) -> dict[str, Any]:
    intent, url = jobs.get(intent_id), settings().timbre_webhook_url
    if intent.done:
        return {"outcome": "unknown", "said": "Timbre stopped while it was being sent."}
    if url is None:
        return {"outcome": "unsent", "said": "TIMBRE_WEBHOOK_URL is not set any more. Nothing was sent."}
    body = _body(intent_id, str(intent.payload["variant"]))
    headers = {"Content-Type": "application/json", DELIVERY: intent_id, **_signed(body, settings().timbre_secret_key)}
    with store.writing(WORKER) as tx:
        intents.progress(tx, intent_id, 1, 1, "Sending")  # before the call: from here on an end unseen is unknown
    try:
        answer = httpx.post(url.get_secret_value(), content=body, headers=headers, timeout=SECONDS)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL):
        return {"outcome": "unsent", "said": "Nobody answers there. Nothing was sent."}
    except httpx.HTTPError as error:
        return {"outcome": "unknown", "said": f"It was sent, but no answer came ({type(error).__name__})."}
    sent = answer.is_success
    said = f"The answer was {answer.status_code}" + ("." if sent else ": it was not taken.")
    return {"outcome": "sent" if sent else "refused", "said": said, "answer": answer.text[:ANSWER]}


def _body(intent_id: str, variant_id: str) -> bytes:
    with store.reading() as tx:
        variant = runs.variant(tx, variant_id)
        author = authors.get(tx, variant.author_id)
    told = {"id": intent_id, "form": variant.form, "author": author.name, "text": variant.text, "parts": variant.parts}
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def _signed(body: bytes, key: SecretStr | None) -> dict[str, str]:
    """HMAC-SHA256 of the body with TIMBRE_SECRET_KEY, where there is one."""
    if key is None:
        return {}
    return {SIGNATURE: "sha256=" + hmac.new(key.get_secret_value().encode(), body, hashlib.sha256).hexdigest()}


def _digest(variant: Variant) -> str:
    said = json.dumps([variant.id, variant.form, variant.text, variant.parts], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _read(intent: Intent) -> Delivery:
    if intent.status in intents.LIVE:
        return Delivery("waiting", "Waiting for the worker.")
    result = intent.result or {}
    if not result.get("outcome"):  # cancelled before it began, or stopped by an error of the program
        return Delivery("unknown" if intent.done else "unsent", intent.message or "Nothing was sent.")
    return Delivery(str(result["outcome"]), str(result["said"]), str(result.get("answer") or ""))
