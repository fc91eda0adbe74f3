"""The pace keeper: one budget of requests for all processes of an installation, kept in the data folder.

Notion counts a connection's requests in fixed 60-second windows whose start we cannot see, and they may be spent in a
burst (https://developers.notion.com/reference/request-limits). So nothing is smoothed, and never more than the budget
is sent in ANY 60 seconds: however the two windows lie, they cannot add up to a 429.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from core.errors import Unavailable

WINDOW = 60.0
MARGIN = 0.25
"""Seconds added to a window: two requests may be on the way for different times."""
LONGEST_PARK = 120.0
"""A job gives up (and comes back later) rather than hold its place longer than this."""
NAP = 5.0
"""Seconds between two looks of one who waits: a park may end early, a claim may be gone."""
POLL = 0.002
"""Seconds between two tries for the lock, which is held for less than that."""
Lane = Literal["interactive", "bulk"]


@dataclass
class _State:
    """What is kept; all times are of the clock that does not follow the calendar's corrections."""

    sent: list[float] = field(default_factory=list)
    since: float = 0.0
    until: float = 0.0
    """The park: when it was ordered, when it ends."""
    claims: dict[str, float] = field(default_factory=dict)
    """Interactive requests that wait for a place -> until when bulk holds back for them."""
    turn: int = 0
    """How often the state was written."""


class Pace:
    """Hands out permission to send, one request at a time, in step with every other process of the data folder.

    `limit`: requests in a window of `window` seconds. The lane "interactive" (a person waits) may use all of them;
    "bulk" leaves a 36th, at least one, and goes second while an interactive request waits.
    """

    def __init__(
        self,
        folder: Path,
        limit: int,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # time.monotonic is one clock for all processes of a machine, and nobody can set it. It begins anew with the
        # machine: times ahead of it are of an earlier start and do not count.
        self.limit, self.window, self._clock, self._sleep = max(1, limit), window, clock, sleep
        self.reserve = min(self.limit - 1, max(1, self.limit // 36))
        self._slots = [folder / f"notion-pace-{number}.txt" for number in (0, 1)]
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / ".notion-pace.lock")
        self._taken: tuple[float, float] | None = None

    def take(self, lane: Lane = "bulk") -> None:
        """Wait for a place in the budget and take it. Raises Unavailable where Notion parked us for long."""
        while (delay := self._try(lane)) > 0:
            if delay > max(LONGEST_PARK, 2 * self.window):
                raise Unavailable(
                    f"Notion asked for a pause of {delay / 60:.0f} more minutes. Nothing is lost; what waits is kept.",
                    "The sync goes on by itself after the pause. Other tools on the same workspace share its budget.",
                )
            self._sleep(min(delay, NAP))

    def done(self) -> None:
        """The last place's request was answered: Notion counted it at the latest now, and from here on so do we."""
        if self._taken is not None:
            self._taken = (self._taken[0], self._clock())

    def park(self, seconds: float) -> None:
        """Everybody waits this long: Notion said so."""
        with self._locked() as state:
            instant = self._clock()
            ends = max(state.until if state.since <= instant else 0.0, instant + seconds)
            state.since, state.until = instant, ends
            self._write(state)

    def parked(self) -> float:
        """How many seconds the park still lasts; 0 where there is none."""
        with self._locked() as state:
            return _left(state, self._clock())

    def used(self) -> int:
        """How many requests the last window holds."""
        with self._locked() as state:
            return len(self._recent(state, self._clock()))

    def room(self, lane: Lane = "bulk") -> float:
        """Seconds until this lane has a place; 0: now. Takes nothing."""
        with self._locked() as state:
            return self._delay(state, lane, self._clock())

    def _try(self, lane: Lane) -> float:
        with self._locked() as state:
            instant = self._clock()
            learnt = self._answered(state)
            delay = self._delay(state, lane, instant)
            mine = f"{os.getpid()}-{threading.get_ident()}"
            claimed = state.claims.pop(mine, None)
            if delay <= 0:
                state.sent = [*self._recent(state, instant), round(instant, 3)]
                self._taken = (state.sent[-1], state.sent[-1])
            elif lane == "interactive":
                # Longer than its next look, so that bulk cannot slip in; short, so that a killed process holds nobody.
                state.claims[mine] = instant + min(delay, NAP) + 1.0
            elif claimed is None and not learnt:
                return delay
            self._write(state)
            return delay

    def _answered(self, state: _State) -> bool:
        """A request counts from its answer on: Notion may have counted it until then. True where that moved."""
        began, ended = self._taken or (0.0, 0.0)
        self._taken = None
        if ended <= began or began not in state.sent:
            return False
        state.sent[state.sent.index(began)] = round(ended, 3)
        state.sent.sort()
        return True

    def _delay(self, state: _State, lane: Lane, instant: float) -> float:
        if (left := _left(state, instant)) > 0:
            return left
        recent = self._recent(state, instant)
        places = self.limit if lane == "interactive" else self.limit - self.reserve
        if len(recent) >= places:
            return max(0.001, recent[-places] + self.window + MARGIN - instant)
        if lane == "bulk" and any(instant < until <= instant + NAP + 2.0 for until in state.claims.values()):
            return 0.02
        return 0.0

    def _recent(self, state: _State, instant: float) -> list[float]:
        return [t for t in state.sent if instant - self.window - MARGIN < t <= instant + 1]

    @contextmanager
    def _locked(self) -> Iterator[_State]:
        with self._lock.acquire(poll_interval=POLL):
            yield self._read()

    def _read(self) -> _State:
        """The newer of the two slots; one that is torn or not ours counts as empty."""
        return max((_slot(path) for path in self._slots), key=lambda state: state.turn)

    def _write(self, state: _State) -> None:
        """Over the older slot, with a checksum: a process that is killed here leaves the newer one as it was.

        In place and never flushed: a rename or a truncation would wait for the disk, and after a restart of the machine
        nothing of it counts anyway.
        """
        instant, state.turn = self._clock(), state.turn + 1
        state.claims = {who: until for who, until in state.claims.items() if instant < until <= instant + NAP + 2.0}
        whole = json.dumps(vars(state)).encode()
        path = self._slots[state.turn % 2]
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.write(handle, b"%08x %b\n" % (zlib.crc32(whole), whole))
            finally:
                os.close(handle)
        except OSError as error:
            raise Unavailable(
                f"The pace of requests cannot be kept in {path.name} ({error.strerror}). Nothing was sent.",
                "See that Timbre's data folder can be written and has room, then sync again.",
            ) from None


def _slot(path: Path) -> _State:
    try:
        mark, _, whole = path.read_bytes().partition(b"\n")[0].partition(b" ")
        if int(mark, 16) != zlib.crc32(whole):
            return _State()
        raw = json.loads(whole)
        claims = {str(who): _number(until) for who, until in dict(raw["claims"]).items()}
        sent = sorted(_number(t) for t in raw["sent"])
        return _State(sent, _number(raw["since"]), _number(raw["until"]), claims, int(raw["turn"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _State()


def _left(state: _State, instant: float) -> float:
    return max(0.0, state.until - instant) if state.since <= instant + 1 else 0.0


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    return float(value)
