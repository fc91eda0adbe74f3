"""What came back instead of an answer, and the one rule of what follows: repeat, look first, adopt, or give up.

Sources: https://developers.notion.com/reference/status-codes and https://developers.notion.com/reference/request-limits.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from core.errors import Conflict, Denied, Invalid, NotFound, TimbreError, Unavailable

Json = dict[str, Any]
Nature = Literal["read", "update", "create"]
"""read: may be repeated at any time. update: sets values, so its outcome can be read. create: makes something new."""
Next = Literal["again", "look", "unknown", "stop"]
LOOKED = "timbre_looked"
"""Marks the page of a write whose answer was lost: it was read afterwards, so its last editor need not be us."""
REPEAT_NOT = re.compile(r"do[ _-]not[ _-]re(peat|try|send)|instead of re(peat|try|send)ing")
"""How Notion says that a write was saved (request-limits#retry-a-write-that-returns-503)."""
FULL = re.compile(r"(?=.*(block|plan))(?=.*(limit|upgrade|usage|used))", re.DOTALL)
"""How a 403 says that the workspace is full; its exact words are not documented."""
LONGEST_PAUSE = 3600.0
"""Seconds. A longer pause is tried again after an hour: one question, no harm, and an absurd header blocks nobody."""


class UnknownOutcome(Unavailable):
    """A create was sent and nobody knows whether it was saved. `committed` is its id where Notion told us."""

    def __init__(self, committed: str | None = None) -> None:
        super().__init__(
            "Notion did not say whether it saved this row.",
            "Timbre looks for it by its App ID before it tries again, so nothing is written twice.",
        )
        self.committed = committed


class Moved(Conflict):
    """A write of unclear outcome whose row meanwhile shows neither the old nor our values: `page` is what it shows."""

    def __init__(self, page: Json) -> None:
        super().__init__("Somebody edited this row in Notion while it was being written.", "Both texts are compared.")
        self.page = page


class NotAllowed(Denied):
    """403: the token is good, but not for this. `code` and `extra` are Notion's own words for programs."""

    def __init__(self, message: str, hint: str, code: str, extra: Json) -> None:
        super().__init__(message, hint)
        self.code, self.extra = code, extra


class NothingNew(NotAllowed):
    """403 of a create: nothing new can be made here; reading and editing may well go on."""


class BlockLimit(NothingNew):
    """The free plan's blocks are used up: reading, editing and trashing go on (reference/workspace-block-limits)."""


@dataclass(frozen=True)
class Failure:
    """An answer that is none. `status` is 0 where no answer came, 200 where it cannot be used."""

    status: int
    code: str
    message: str
    extra: Json = field(default_factory=dict)
    wait: float | None = None
    """Seconds that Notion asked us to wait."""
    sent: bool = True
    """False: the request certainly never left."""

    @property
    def blocked(self) -> bool:
        """A limit that no waiting helps (request-limits: `public_api_request_blocked`)."""
        return "blocked" in f"{self.code} {self.extra.get('rate_limit_reason', '')}".lower()

    @property
    def busy(self) -> bool:
        """Nothing was done, and everybody is to wait (request-limits: 429 and 529)."""
        return self.status in (429, 529) and not self.blocked

    @property
    def refused(self) -> bool:
        """Notion certainly did nothing: a clear refusal, or the request never left. 408 may have been worked on."""
        return not self.sent or self.status == 529 or (300 <= self.status < 500 and self.status != 408)

    @property
    def passing(self) -> bool:
        """The same request may succeed a little later (status-codes: 409, 429 and what begins with 5)."""
        return not self.blocked and (self.status in (0, 200, 408, 409, 429) or self.status >= 500)

    @property
    def committed(self) -> str | None:
        """The id of what was saved although the answer was an error (request-limits#retry-a-write-that-returns-503)."""
        found = self.extra.get("committed_resource_id")
        return str(found) if found else None

    @property
    def saved(self) -> bool:
        """Notion says that the write was saved: by an id, by its guidance, or in its message."""
        words = f"{self.extra.get('retry_guidance', '')} {self.message}".lower()
        return self.committed is not None or REPEAT_NOT.search(words) is not None

    def then(self, nature: Nature) -> Next:
        """THE retry rule. Reads and refusals that pass are repeated; an update of unclear outcome is looked at first; a
        create of unclear outcome is never repeated here, whoever knows its App ID looks for it.
        """
        if not self.passing:
            return "stop"
        if self.refused or nature == "read":
            return "again"
        return "look" if nature == "update" else "unknown"

    def pause(self, attempt: int) -> float:
        """Seconds until the next try: as Notion says; where it says nothing, longer each time. After 429 or 529 without
        a word the pauses add up to more than a window of 60 s within six tries.
        """
        spread = 1 + random.random() / 4
        if self.wait is not None:
            # "0" is believed once: a server that keeps saying it is not to be hammered.
            return min(LONGEST_PAUSE, max(self.wait, 0.5 * (2.0**attempt - 1) * spread))
        return (2.0 if self.busy else 0.25) * 2.0**attempt * spread


def read(status: int, body: str, retry_after: str | None) -> Failure:
    """An error answer, read from its body: libraries know fewer codes than Notion sends, and gateways send HTML."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = {}
    parsed = parsed if isinstance(parsed, dict) else {}
    extra = parsed.get("additional_data")
    extra = extra if isinstance(extra, dict) else {}
    wait = seconds(retry_after)
    if wait is None and status in (429, 529):
        wait = seconds(str(extra.get("retry_after", "")))
    message = str(parsed.get("message") or f"HTTP {status}")
    return Failure(status, str(parsed.get("code") or ""), message, extra, wait)


def seconds(value: str | None) -> float | None:
    """A Retry-After: a number of seconds, or an HTTP date (RFC 9110, 10.2.3). None where it says nothing usable."""
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        try:
            number = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, number) if math.isfinite(number) else None


def explain(failure: Failure, what: str, url: str, creating: bool) -> TimbreError:
    """What happened, what is safe and what to do, for a person."""
    if failure.status == 401:
        return Denied(
            "Notion refused the token.",
            "Open notion.so/profile/integrations, copy the integration's secret again into NOTION_TOKEN in .env, "
            "then stop and start Timbre.",
        )
    if failure.blocked:
        return Unavailable(
            f"Notion has blocked these requests: {failure.message}",
            "Waiting does not help here. Ask the owner of the workspace, or Notion's support.",
        )
    if failure.status == 403:
        return _not_allowed(failure, creating)
    if failure.status == 404:
        return NotFound(
            f"Notion cannot find {what}, or it is not shared with the integration.",
            "Open the page in Notion, choose ••• then Connections, and add your integration. "
            "Then check NOTION_PARENT_PAGE in .env.",
        )
    if failure.busy:
        return Unavailable(
            "Notion is busy and asked for a pause. Nothing is lost; what waits is kept.",
            "The next pass goes on by itself. Other tools on the same workspace share its budget.",
        )
    if failure.status == 409:
        return Conflict("Somebody else changed this in Notion at the same moment.", "Sync again.")
    if failure.status == 413:
        # https://developers.notion.com/reference/request-limits#size-limits; the gateway answers without an envelope.
        return Invalid("It is larger than Notion takes at once (500 KB).", "Shorten it, then sync again.")
    if 400 <= failure.status < 500 and failure.status != 408:
        return Invalid(f"Notion did not accept it: {failure.message}", "The pass's log names the row and field.")
    if failure.code == "connect" or 300 <= failure.status < 400:
        return Unavailable(
            f"Notion cannot be reached at {url}. Nothing is lost; what waits is kept.",
            "Check the network (and NOTION_BASE_URL in .env, if you set it), then try again.",
        )
    return Unavailable(
        f"Notion answers with errors ({failure.code or failure.status}). Nothing is lost; what waits is kept.",
        "Try again in a few minutes. status.notion.so says whether Notion has trouble.",
    )


def _not_allowed(failure: Failure, creating: bool) -> NotAllowed:
    """A missing capability, or the block limit, which refuses only what makes blocks
    (https://developers.notion.com/reference/workspace-block-limits).
    """
    words = f"{failure.code} {failure.message} {json.dumps(failure.extra)}".lower()
    if creating and FULL.match(words):
        return BlockLimit(
            "The free plan's block limit of this Notion workspace is reached: nothing new can be made there. "
            "Nothing is lost; what waits is kept.",
            "Upgrade the workspace, or use one with a single member. Rows that exist already are still kept in step.",
            failure.code,
            failure.extra,
        )
    return (NothingNew if creating else NotAllowed)(
        f"Notion does not let this integration do that: {failure.message}",
        "Give the integration the capabilities to read, insert and update content. On a free workspace with "
        "several members, see whether its block limit is reached.",
        failure.code,
        failure.extra,
    )
