"""The wire: the only importer of notion_client, under one pacing and one retry layer of our own.

The library sends; its own retries are off. What may be repeated is decided in failures.py, once. No error and no log
holds the token.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx
import notion_client
from notion_client.errors import HTTPResponseError, NotionClientErrorBase, RequestTimeoutError

from core.config import settings
from core.errors import Denied, Invalid, TimbreError
from notion_sync.endpoints import Endpoints
from notion_sync.failures import (
    LOOKED,
    BlockLimit,
    Failure,
    Moved,
    Nature,
    NotAllowed,
    NothingNew,
    UnknownOutcome,
    explain,
    read,
)
from notion_sync.lists import PAGE, Shape, safe
from notion_sync.pace import Lane, Pace

__all__ = ["PAGE", "BlockLimit", "Moved", "NotAllowed", "NothingNew", "Notion", "UnknownOutcome"]

VERSION = "2026-03-11"
"""https://developers.notion.com/guides/get-started/upgrade-guide-2026-03-11"""
ATTEMPTS = 6
TIMEOUT = 70.0
"""Notion gives up after 60 seconds by itself (https://developers.notion.com/reference/status-codes, 503)."""
CONNECT = 15.0
"""Seconds until an address where nobody answers counts as not reached."""
STALE = 5.0
"""Seconds of waiting after which a row is looked at again before it is written: somebody may have edited it."""
Json = dict[str, Any]

_silent = logging.getLogger("timbre.notion")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class Notion(Endpoints):
    """Notion, as much of it as the sync needs. `requests` counts what was sent.

    `lane`: "interactive" where a person waits, "bulk" for everything else (pace.py).
    """

    def __init__(
        self,
        timeout: float | None = None,
        attempts: int = ATTEMPTS,
        pace: Pace | None = None,
        lane: Lane = "bulk",
    ) -> None:
        config = settings()
        self.url, self.lane = config.notion_base_url.rstrip("/"), lane
        self._token, self.attempts = _token(), attempts
        self.pace = pace or Pace(config.timbre_data, config.notion_requests_per_minute)
        self.requests = 0
        self.server_time: float | None = None
        """Notion's clock at its first answer, in seconds since 1970."""
        self._http = httpx.Client(verify=_trusted(), event_hooks={"response": [self._clock]})
        try:
            self._api = notion_client.Client(
                client=self._http,
                auth=self._token,
                base_url=self.url,
                notion_version=VERSION,
                timeout_ms=int((timeout or TIMEOUT) * 1000),
                retry=False,
                logger=_silent,
                log_level=logging.CRITICAL,
            )
            self._http.timeout = httpx.Timeout(timeout or TIMEOUT, connect=min(CONNECT, timeout or TIMEOUT))
        except httpx.InvalidURL:
            raise Invalid(
                "NOTION_BASE_URL is not an address.", "Remove it from .env, or write it like https://api.notion.com."
            ) from None

    def __repr__(self) -> str:
        return f"Notion({self.url}, {self.lane})"

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _call(
        self,
        method: str,
        path: str,
        what: str,
        needs: Shape,
        body: Json | None = None,
        query: Json | None = None,
        form: Json | None = None,
        nature: Nature = "read",
        adopt: str = "",
        check: Callable[[], Json | None] | None = None,
    ) -> Json:
        """One request, repeated as `Failure.then` says, until it is answered, refused or out of tries."""
        failure, saved = Failure(0, "", "", sent=False), False
        for attempt in range(self.attempts):
            if not saved:
                outcome = self._once(method, path, needs, body, query, form)
                if isinstance(outcome, dict):
                    return outcome
                failure = outcome
            step = failure.then(nature)
            if step == "stop":
                break
            if step == "unknown":
                return self._adopt(failure, adopt, what, needs)
            rested = self._rest(failure, attempt)
            if check is not None and (step == "look" or rested > STALE):
                # Notion said that it was saved: from here on it is only looked for, never written again.
                saved = saved or failure.saved
                if (page := check()) is not None:
                    return {**page, LOOKED: True}
        raise explain(failure, what, self.url, creating=nature == "create")

    def _once(
        self, method: str, path: str, needs: Shape, body: Json | None, query: Json | None, form: Json | None
    ) -> Json | Failure:
        self.pace.take(self.lane)
        try:
            outcome = self._send(method, path, body, query, form)
        finally:
            self.pace.done()
        if isinstance(outcome, dict) and any(not isinstance(outcome.get(key), kind) for key, kind in needs.items()):
            # A page that may not be read answers with its id alone: whoever made it can still know it by that.
            made = {"committed_resource_id": outcome["id"]} if isinstance(outcome.get("id"), str) else {}
            return Failure(200, "incomplete", "The answer lacks what it should hold.", made)
        return outcome

    def _adopt(self, failure: Failure, adopt: str, what: str, needs: Shape) -> Json:
        """A create that was saved although its answer was an error is read by the id that Notion gave."""
        if failure.committed:
            try:
                return {**self._call("GET", f"{adopt}/{safe(failure.committed)}", what, needs), LOOKED: True}
            except TimbreError:
                pass  # Saved, but not to be seen yet: it is looked for later.
        raise UnknownOutcome(failure.committed)

    def _rest(self, failure: Failure, attempt: int) -> float:
        """Wait: all processes together where Notion names a time or is busy, else only this one. Returns how long."""
        pause = failure.pause(attempt)
        if failure.busy or failure.wait:
            self.pace.park(pause)
        elif attempt + 1 < self.attempts:
            time.sleep(pause)
        return pause

    def _send(
        self, method: str, path: str, body: Json | None, query: Json | None, form: Json | None = None
    ) -> Json | Failure:
        """One request. Failures are returned, not raised: no exception of the library, with the headers that it holds,
        becomes part of an error's chain.
        """
        self.requests += 1
        try:
            answer = self._api.request(path=path, method=method, query=query, body=body, form_data=form)
        except HTTPResponseError as error:
            return self._read(error)
        except RequestTimeoutError as error:
            sent = not isinstance(error.__context__, httpx.ConnectTimeout | httpx.PoolTimeout)
            return Failure(0, "timeout" if sent else "connect", "Notion did not answer in time.", sent=sent)
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            return Failure(0, "connect", type(error).__name__, sent=False)
        except httpx.HTTPError as error:
            return Failure(0, "reset", type(error).__name__)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            return Failure(200, "not_json", "The answer was cut off or is not JSON.")
        except (NotionClientErrorBase, httpx.InvalidURL, ValueError, TypeError) as error:
            return Failure(400, "refused", self._clean(str(error)), sent=False)
        return answer if isinstance(answer, dict) else Failure(200, "not_json", "The answer is not an object.")

    def _read(self, error: HTTPResponseError) -> Failure:
        found = read(error.status, self._clean(error.body), error.headers.get("retry-after"))
        return replace(found, message=self._clean(found.message)[:600])

    def _clock(self, response: httpx.Response) -> None:
        if self.server_time is None and (stamp := response.headers.get("date")):
            try:
                self.server_time = parsedate_to_datetime(stamp).timestamp()
                self.clock_ahead = self.server_time - time.time()
            except (ValueError, TypeError, OverflowError):
                return

    def _clean(self, text: str) -> str:
        return text.replace(self._token, "(the token)")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that this process trusts; reading them takes longer than a request."""
    return httpx.create_ssl_context()


def _token() -> str:
    """The token of the environment, checked; it is in no frame of an error that is raised here."""
    secret = settings().notion_token
    if secret is None or not secret.get_secret_value():
        raise Invalid("No Notion token is set.", "Put NOTION_TOKEN in .env, then stop and start Timbre.")
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise Denied(
            "NOTION_TOKEN holds characters that no token has.", "Copy it again, without spaces or quotation marks."
        )
    return secret.get_secret_value()
