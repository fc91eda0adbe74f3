"""The local Notion's limiters and planned troubles (https://developers.notion.com/reference/request-limits)."""

from __future__ import annotations

import math
import re
import time
from typing import Any

from tests.notion_sync.server_forms import Json, Refusal, limited
from tests.notion_sync.server_state import Fault, State

CONNECTION, SPACE = "public_api_request_rate_limit", "public_api_space_request_rate_limit"
ENDPOINT, BLOCKED = "public_api_endpoint_rate_limit", "public_api_request_blocked"


class Limits(State):
    """Two fixed windows, the blocked list, the block budget, and faults."""

    def spend(self) -> None:
        """One request of both budgets; raises the 429 of the one that is used up."""
        with self.lock:
            self._take(CONNECTION, self.limit, self.window)
            self._take(SPACE, self.space_limit, self.space_window)

    def spend_space(self, requests: int) -> None:
        """Other connections of the workspace use its budget."""
        with self.lock:
            start, used = self._windows.get(SPACE, (time.monotonic() * self.speed, 0))
            self._windows[SPACE] = (start, used + requests)

    def _take(self, reason: str, limit: int | None, window: float) -> None:
        if limit is None:
            return
        start, used = self._windows.get(reason, (-math.inf, 0))
        instant = time.monotonic() * self.speed
        if instant - start >= window:
            start, used = instant, 0
        if used >= limit:
            self.limited[reason] += 1
            raise limited(reason, max(1, math.ceil(start + window - instant)))
        self._windows[reason] = (start, used + 1)

    def refuse_blocked(self, method: str, path: str) -> None:
        if self.blocked and re.fullmatch(self.blocked, f"{method} {path}"):
            raise limited(BLOCKED, None)

    def _grow(self, blocks: int) -> None:
        """The block budget of a free workspace (https://developers.notion.com/reference/workspace-block-limits)."""
        if self.blocks_left is None:
            return
        if self.blocks_left <= 0:
            raise Refusal(
                403, "restricted_resource",
                "This workspace has used all of its free blocks. Upgrade its plan in Notion to create more content. "
                "Learn more: https://www.notion.com/help/understanding-block-usage",
                {"block_limit": "block_creation"},
            )  # fmt: skip
        self.blocks_left -= blocks

    # ---- faults ----------------------------------------------------------------------------------------------------

    def fault(self, kind: str, method: str = ".*", path: str = ".*", times: int = 1, **more: Any) -> None:
        """Plan a trouble. Before anything is saved: 400 401 403 404 409 429 (workspace), "429 connection",
        "429 endpoint", blocked, 500 502 (HTML) 503 504 529 reset timeout say. After it was saved: "503 saved",
        "503 saved silently", "reset saved", "timeout saved", "502 saved", "say saved", truncated (short JSON), cut (short body)."""
        self.faults.append(Fault(kind, method, path, times, **more))

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.fullmatch(fault.method, method) and re.fullmatch(fault.path, path):
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    fault.times -= 1
                    return fault
        return self.chaos(method, path) if self.chaos is not None else None


def before(fault: Fault) -> Refusal | None:
    """The error answer of a fault that strikes before anything is saved."""
    wait = fault.retry_after
    extra: Json | None = {"retry_after": str(wait)} if wait is not None else None
    headers = {"Retry-After": str(wait)} if wait is not None else {}
    found = {
        "429": limited(SPACE, wait),
        "429 connection": limited(CONNECTION, wait),
        "429 endpoint": limited(ENDPOINT, wait),
        "blocked": limited(BLOCKED, None),
        "529": Refusal(529, "service_overload", "Notion is overloaded. Please try again later.", extra, headers),
        "400": Refusal(400, "validation_error", "body failed validation."),
        "401": Refusal(401, "unauthorized", "API token is invalid."),
        "403": Refusal(403, "restricted_resource", "Insufficient permissions for this endpoint."),
        "404": Refusal(404, "object_not_found", "Could not find it. Make sure it is shared with your integration."),
        "409": Refusal(409, "conflict_error", "Conflict occurred while saving. Please try again."),
        "500": Refusal(500, "internal_server_error", "Unexpected error occurred."),
        "503": Refusal(503, "service_unavailable", "Notion is unavailable. Please try again later.", extra, headers),
        "504": Refusal(504, "gateway_timeout", "Notion timed out while completing this request."),
    }
    return found.get(fault.kind)


def after(kind: str, created: str | None) -> Refusal | None:
    """The error answer of a write that was saved (request-limits, "Retry a write that returns 503")."""
    if kind == "503 saved silently":
        return Refusal(503, "service_unavailable", "Notion is unavailable. Please try again later.")
    if kind != "503 saved":
        return None
    guidance = ["Read the object again to confirm the saved change.", "Do not repeat the write."]
    extra: Json = {"elapsed_ms": "55012", "deadline_ms": "55000", "retry_guidance": guidance}
    if created:
        extra["committed_resource_id"] = created
    text = "The change was saved, but the response could not be built in time. Read the object again instead of "
    return Refusal(503, "service_unavailable", f"{text}repeating the write.", extra)
