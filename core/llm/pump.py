"""Reading a blocking stream so that a person's wish to stop, or silence, is noticed at once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from core.errors import Cancelled, Unavailable
from core.llm.model import Piece, Stop

POLL = 0.1
"""Seconds between two looks at the wish to stop."""
T = TypeVar("T")
Put = Callable[[Piece], bool]


def pump(
    work: Callable[[Callable[[T], bool]], None],
    stop: Stop,
    timeout: float,
    who: str,
    cut: Callable[[], None] = lambda: None,
) -> Iterator[T]:
    """Yield what `work` puts, from a thread of its own; `put` answers True once nobody wants more, and `cut` is called.

    Raises what `work` raised, Cancelled when `stop()` says so, Unavailable after `timeout` seconds of silence.
    """
    box: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()
    over = threading.Event()

    def put(piece: T) -> bool:
        box.put((piece, None))
        return over.is_set()

    def run() -> None:
        try:
            work(put)
        except BaseException as error:
            box.put((None, error))
        else:
            box.put((None, None))

    threading.Thread(target=run, name=f"llm {who}", daemon=True).start()
    try:
        yield from _drain(box, stop, timeout, who)
    finally:
        over.set()
        cut()


def _drain(
    box: queue.Queue[tuple[T | None, BaseException | None]], stop: Stop, timeout: float, who: str
) -> Iterator[T]:
    last = time.monotonic()
    while True:
        if stop():
            raise Cancelled("Stopped, as you asked.")
        try:
            piece, error = box.get(timeout=POLL)
        except queue.Empty:
            if time.monotonic() - last > timeout:
                raise Unavailable(
                    f"{who} said nothing for {timeout:.0f} seconds, so the call was given up.",
                    "See whether it is busy or out of memory, then run again: finished calls are kept.",
                ) from None
            continue
        last = time.monotonic()
        if error is not None:
            raise error
        if piece is None:
            return
        yield piece
