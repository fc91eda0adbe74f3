"""The durable engine. A person's wish is an intent row; the worker's dispatcher starts the workflow of the same id.

A module with background work writes `@workflow("kind")` on a function that takes an intent id, and `@step()` on
what it does; worker.py imports the module. Only the worker loads DBOS: pages and the API write intents and read
their progress.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from filelock import Timeout

from core import store
from core.config import settings
from core.errors import Cancelled, Conflict, NotFound, StorageError, TimbreError, Unavailable
from core.people import WORKER
from core.store import Actor, intents
from core.store.base import now
from core.store.tables import Heartbeat, Intent

log = structlog.get_logger()
Work = Callable[[str], Any]
F = TypeVar("F", bound=Callable[..., Any])
APPLICATION_VERSION = "1"
"""Pinned: the default is a hash of the source, and work started before an update would never be picked up."""
LOOKS = {"default": 0.25, "generate": 0.25, "notion": 0.5}
"""Seconds between two looks into a queue where somebody waits before the page; a second elsewhere.

A look costs 2 to 4 ms of a core, and an idle worker does little else.
"""

_workflows: dict[str, tuple[Work, str]] = {}
_periodic: dict[str, tuple[float, Callable[[], None]]] = {}


# ---- asking (pages, API, worker) -----------------------------------------------------------------------------


def request(kind: str, payload: dict[str, Any], actor: Actor, key: str | None = None) -> str:
    """Ask for work; returns the intent's id. With a `key`, asking again while it waits or runs returns the same id."""
    with store.writing(actor) as tx:
        return intents.add(tx, kind, payload, key)


def get(intent_id: str) -> Intent:
    """One intent, with its progress. Raises NotFound."""
    with store.reading() as tx:
        intent = tx.session.get(Intent, intent_id)
    if intent is None:
        raise NotFound(f"There is no job {intent_id}.", "It may belong to another data folder.")
    return intent


def recent(kind: str | None = None, limit: int = 20) -> list[Intent]:
    """The newest intents first."""
    with store.reading() as tx:
        return intents.recent(tx, kind, limit)


def active() -> list[Intent]:
    """What waits or runs now."""
    with store.reading() as tx:
        return intents.active(tx)


def cancel(intent_id: str, actor: Actor) -> None:
    """Ask a job to stop. One that waits never starts; one that runs stops at its next safe point."""
    with store.writing(actor) as tx:
        intents.cancel(tx, intent_id)


def worker_alive(within: float = 15.0) -> bool:
    """Whether a worker has shown a sign of life in the last `within` seconds."""
    with store.reading() as tx:
        return any(now() - beat.at < timedelta(seconds=within) for beat in intents.beats(tx))


# ---- inside the work (worker) --------------------------------------------------------------------------------


def progress(intent_id: str, done: int, total: int | None = None, message: str | None = None) -> None:
    """Say how far a job is. Raises Cancelled where a person asked it to stop: call it often."""
    with store.writing(WORKER) as tx:
        if intents.progress(tx, intent_id, done, total, message):
            raise Cancelled("Stopped, as you asked.", "")


def workflow(kind: str, queue: str = "default") -> Callable[[F], F]:
    """Register `work(intent_id)` for intents of this kind. Outside steps its body must be deterministic."""

    def register(work: F) -> F:
        if kind in _workflows and _workflows[kind][0].__module__ != work.__module__:
            raise ValueError(f"two modules register the workflow {kind}")
        _workflows[kind] = (work, queue)
        return work

    return register


def periodic(seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a short look-around that the worker's dispatcher takes every so many seconds: it may ask for work."""

    def register(look: Callable[[], None]) -> Callable[[], None]:
        _periodic[f"{look.__module__}.{look.__qualname__}"] = (seconds, look)
        return look

    return register


def step(work: Callable[..., Any], *args: Any, name: str | None = None) -> Any:
    """Run `work(*args)` as a durable step of the running workflow: its JSON result is recorded, never recomputed.

    Raises Unavailable where an earlier version of Timbre has recorded another step in its place.
    """
    from dbos import DBOS
    from dbos import error as dbos_error

    try:
        return DBOS.run_step({"name": name or work.__qualname__}, work, *args)
    except dbos_error.DBOSUnexpectedStepError:
        raise Unavailable(
            "This was begun by an earlier version of Timbre, which did it in other steps, so it cannot go on here.",
            "Start it again. Nothing that you typed is lost.",
        ) from None


class Engine:
    """The worker's side: one slot, its lock, DBOS, the dispatcher and the heartbeat."""

    def __init__(self, slot: str = "worker-1", poll_seconds: float = 0.3) -> None:
        self.slot, self.poll_seconds = slot, poll_seconds
        self._stop = threading.Event()
        self._slot = contextlib.ExitStack()
        self._started: dict[str, Any] = {}
        self._looked: dict[str, float] = {}
        self._dispatcher = threading.Thread(target=self._dispatch_forever, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Take the slot, recover what a dead worker of this slot left, and begin to dispatch. Raises Conflict."""
        try:
            self._slot.enter_context(store.locked(f".{self.slot}.lock", 0))
        except Timeout:
            raise Conflict(
                f"Another worker already runs as {self.slot} on this data folder.", "Stop it first, or use it."
            ) from None
        store.migrate()
        self._launch()
        self._dispatcher.start()

    def _launch(self) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        DBOS(
            config={
                "name": "timbre",
                "system_database_url": _jobs_database(),
                "db_engine_kwargs": {} if settings().database_url else {"connect_args": {"factory": _Connection}},
                "executor_id": self.slot,
                "application_version": APPLICATION_VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        for kind, (work, _queue) in _workflows.items():
            self._started[kind] = DBOS.workflow(name=kind, max_recovery_attempts=50)(_guarded(work))
        DBOS.launch()
        for queue in {queue for _, queue in _workflows.values()}:
            often = LOOKS.get(queue, 1.0)
            DBOS.register_queue(queue, worker_concurrency=1, polling_interval_sec=often, on_conflict="always_update")

    def stop(self) -> None:
        """Stop dispatching and let go of the slot. Running work is resumed by the next worker of this slot."""
        from dbos import DBOS

        self._stop.set()
        self._dispatcher.join(timeout=5)
        DBOS.destroy()
        self._slot.close()

    def _dispatch_forever(self) -> None:
        beat = 0.0
        while not self._stop.is_set():
            try:
                if time.monotonic() - beat > 3:
                    self._beat()
                    beat = time.monotonic()
                self._look_around()
                self._dispatch()
            except TimbreError as error:
                log.warning("dispatcher", problem=str(error))
            except Exception:
                log.exception("dispatcher")
            self._stop.wait(self.poll_seconds)

    def _beat(self) -> None:
        with store.writing(WORKER) as tx:
            tx.session.merge(Heartbeat(slot=self.slot, pid=os.getpid(), at=now(), state={}))

    def _look_around(self) -> None:
        for name, (seconds, look) in _periodic.items():
            if time.monotonic() - self._looked.get(name, -seconds) < seconds:
                continue
            self._looked[name] = time.monotonic()
            try:
                look()
            except TimbreError as error:
                log.warning("periodic", name=name, problem=str(error))
            except Exception:
                log.exception("periodic", name=name)

    def _dispatch(self) -> None:
        from dbos import DBOS, SetWorkflowID

        with store.reading() as tx:
            waiting = intents.waiting(tx, list(self._started))
        for intent in waiting:
            with SetWorkflowID(intent.id):
                DBOS.enqueue_workflow(_workflows[intent.kind][1], self._started[intent.kind], intent.id)
            with store.writing(WORKER) as tx:
                intents.dispatched(tx, intent.id)


class _Connection(sqlite3.Connection):
    """From Python 3.12 on DBOS takes SQLite 3.42 for granted (Debian 12 has 3.40, where 'subsec' gives NULL)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if sqlite3.sqlite_version_info < (3, 42):
            self.create_function("unixepoch", 1, lambda _: int(time.time()))  # whole seconds, as under Python 3.11


def _jobs_database() -> str:
    if settings().database_url:
        return settings().database
    path = settings().timbre_data / "jobs.db"
    try:
        with sqlite3.connect(path) as connection:  # before DBOS opens it: WAL doubles its speed
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise StorageError(
            f"The file {path} cannot be opened ({error}). Your posts and samples are not in it.",
            "Free some space on the disk; if it is damaged, move it away: the next start makes a new one.",
        ) from error
    return f"sqlite:///{path}"


def _guarded(work: Work) -> Work:
    """Run the work and write its end into the intent; a TimbreError is an answer, anything else is logged."""

    def run(intent_id: str) -> Any:
        with store.writing(WORKER) as tx:
            if intents.begun(tx, intent_id):
                return None  # cancelled before it began
        try:
            result = work(intent_id)
        except Cancelled as error:
            _finish(intent_id, "cancelled", error.message)
        except TimbreError as error:
            _finish(intent_id, "failed", error.message, error.hint)
        except Exception as error:
            log.exception("job failed", intent=intent_id)
            _finish(
                intent_id,
                "failed",
                f"This job stopped on an error of the program ({type(error).__name__}).",
                f"The worker's log has the details under {intent_id}. Nothing else was touched; you may try again.",
            )
        else:
            _finish(intent_id, "done", result=result if isinstance(result, dict) else {})
        return None

    run.__qualname__ = run.__name__ = f"guarded_{work.__name__}"
    return run


def _finish(
    intent_id: str, status: str, message: str = "", hint: str = "", result: dict[str, Any] | None = None
) -> None:
    with store.writing(WORKER) as tx:
        intents.finish(tx, intent_id, status, message, hint=hint, result=result)
