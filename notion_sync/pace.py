"""The pace keeper: one budget of requests for all processes of an installation, kept in a file of the data folder.

Notion counts requests of a connection in 60-second windows whose start we cannot see
(https://developers.notion.com/reference/request-limits). We therefore never send more than the budget in ANY 60
seconds: a burst may be spent at once, and no alignment of the two windows can add up to a 429.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from core.errors import Unavailable

WINDOW = 60.0
MARGIN = 0.25
"""Seconds added to a window: two requests may be on the way for different times."""
LONGEST_PARK = 120.0
"""A job gives up (and comes back later) rather than hold its place longer than this."""


class Pace:
    """Hands out permission to send, one request at a time, in step with every other process of the data folder."""

    def __init__(
        self,
        folder: Path,
        limit: int,
        window: float = WINDOW,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limit, self.window, self._clock, self._sleep = limit, window, clock, sleep
        self._path = folder / "notion-pace.json"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / ".notion-pace.lock")

    def take(self) -> None:
        """Wait for a place in the budget and take it. Raises Unavailable where Notion parked us for long."""
        while (delay := self._try()) > 0:
            if delay > max(LONGEST_PARK, 2 * self.window):
                raise Unavailable(
                    f"Notion asked for a pause of {delay / 60:.0f} more minutes. Nothing is lost; what waits is kept.",
                    "The sync goes on by itself after the pause. Other tools on the same workspace share its budget.",
                )
            self._sleep(min(delay, 5.0))

    def park(self, seconds: float) -> None:
        """Everybody waits this long: Notion said so."""
        with self._lock:
            sent, (_since, until) = self._read()
            instant = self._clock()
            self._write(sent, (instant, max(until, instant + seconds)))

    def parked(self) -> float:
        """How many seconds the park still lasts; 0 where there is none."""
        with self._lock:
            return self._left(self._read()[1], self._clock())

    def used(self) -> int:
        """How many requests the last window holds."""
        with self._lock:
            return len(self._recent(self._read()[0], self._clock()))

    def _try(self) -> float:
        with self._lock:
            sent, park = self._read()
            instant = self._clock()
            if (left := self._left(park, instant)) > 0:
                return left
            recent = self._recent(sent, instant)
            if len(recent) >= self.limit:
                return recent[-self.limit] + self.window + MARGIN - instant
            self._write([*recent, instant], park)
            return 0.0

    def _left(self, park: tuple[float, float], instant: float) -> float:
        since, until = park
        return max(0.0, until - instant) if since <= instant + 1 else 0.0

    def _recent(self, sent: list[float], instant: float) -> list[float]:
        # Times ahead of the clock are left from before somebody set it back: they would block for ever.
        return [t for t in sent if instant - self.window - MARGIN < t <= instant + 1]

    def _read(self) -> tuple[list[float], tuple[float, float]]:
        try:
            state = json.loads(self._path.read_text(encoding="utf8"))
            return list(state["sent"]), (float(state["since"]), float(state["until"]))
        except (OSError, ValueError, KeyError, TypeError):
            return [], (0.0, 0.0)

    def _write(self, sent: list[float], park: tuple[float, float]) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"sent": sent, "since": park[0], "until": park[1]}), encoding="utf8")
        fresh.replace(self._path)
