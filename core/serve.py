"""Runs Timbre on one machine: the app, the worker and the API as children, restarted when they die, ended together.

`python -m core.serve` (what `make run` calls) and `python -m core.serve --stop` (what `make stop` calls).
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from core.config import ROOT, settings
from core.errors import Conflict, TimbreError, Unavailable

STOP_SECONDS = 12
FIRST_PAGE_SECONDS = 2.5
"""How long the app has the machine to itself once it answers, so that the first page is drawn quickly."""
LOG_BYTES = 5_000_000


@dataclass
class Child:
    """One process that must be there."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    log: IO[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it with its output in logs/, outside our terminal's process group; on Linux it dies when we die."""
        folder = settings().timbre_data / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        self.log = self.log or path.open("ab")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (no threads here)
        )

    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


def _die_with_parent() -> None:
    ctypes.CDLL("libc.so.6", use_errno=True).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def children() -> list[Child]:
    """The app first: it is what a person waits for."""
    python = sys.executable
    port = str(settings().port)
    return [
        Child("app", [python, "pages/ui/launch.py", "--server.port", port]),
        Child("worker", [python, "worker.py"]),
        Child("api", [python, "api.py"]),
    ]


def pid_file() -> Path:
    """Where the running Timbre of this data folder says who it is."""
    return settings().timbre_data / "timbre.pid"


def running() -> dict[str, int] | None:
    """What runs on this data folder: pid, port, api_port; None where nothing does.

    The lock says so, not the pid: after a power cut that number may be another program's.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found: dict[str, int] = json.loads(pid_file().read_text())
        os.kill(found["pid"], 0)
        with contextlib.suppress(Timeout), FileLock(_lock_file()).acquire(timeout=0):
            return None
        return found
    return None


def _lock_file() -> Path:
    return settings().timbre_data / ".serve.lock"


def _already() -> Conflict:
    other = running()
    return Conflict(
        "Timbre already runs on this data folder" + (f", at http://localhost:{other['port']}." if other else "."),
        "Open that address, or `make stop` first.",
    )


def _free(port: int, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Conflict(
                f"Port {port} is in use by another program.", f"Choose another: `make run {name}={port + 1}`."
            ) from None


@contextlib.contextmanager
def _claimed() -> Iterator[None]:
    """This data folder is ours until the end of the block. Raises Conflict, Unavailable."""
    lock = FileLock(_lock_file())
    try:
        pid_file().parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=1)  # `running` holds it for a moment
    except Timeout:
        raise _already() from None
    except OSError as error:
        raise _unwritable(error) from None
    try:
        _free(settings().port, "PORT")
        _free(settings().api_port, "API_PORT")
        _sign()
        yield
    finally:
        pid_file().unlink(missing_ok=True)
        lock.release()


def _sign() -> None:
    try:
        mine = {"pid": os.getpid(), "port": settings().port, "api_port": settings().api_port}
        pid_file().write_text(json.dumps(mine))
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> Unavailable:
    return Unavailable(
        f"The data folder {settings().timbre_data} cannot be written ({error.strerror}).",
        "Set TIMBRE_DATA to a folder that you may write to, on a disk with free space.",
    )


def _until_healthy(app: Child, stopping: threading.Event, seconds: float = 90) -> bool:
    url = f"http://127.0.0.1:{settings().port}/_stcore/health"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stopping.is_set() and app.alive():
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return True
        stopping.wait(0.1)
    return False


def _announce() -> None:
    sys.stdout.write(
        f"\n  Timbre      http://localhost:{settings().port}\n"
        f"  HTTP API    http://localhost:{settings().api_port}/docs\n"
        f"  your data   {settings().timbre_data}\n\n"
        "  Ctrl-C or `make stop` ends it.\n\n"
    )
    sys.stdout.flush()


def _watch(family: list[Child], stopping: threading.Event) -> None:
    """Restart what dies, more slowly each time it dies young."""
    while not stopping.wait(0.5):
        for child in family:
            if child.alive():
                child.failures = 0 if time.monotonic() - child.started > 60 else child.failures
                continue
            if time.monotonic() - child.started < min(30, 2**child.failures - 1):
                continue
            child.failures += 1
            if child.process is not None:
                sys.stderr.write(f"  the {child.name} ended ({child.process.returncode}); starting it again\n")
            child.start()


def _end(family: list[Child]) -> None:
    for child in reversed(family):
        if child.alive() and child.process:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in family:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait(5)
        if child.log:
            child.log.close()


def serve() -> None:
    """Run until Ctrl-C or SIGTERM. Raises TimbreError where it cannot start."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with _claimed():
        _serve(stopping)


def _serve(stopping: threading.Event) -> None:
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
    family = children()
    try:
        family[0].start()
        from core import store  # alembic takes a moment: while the app is starting anyway

        store.migrate()
        if not _until_healthy(family[0], stopping) and not stopping.is_set():
            log = settings().timbre_data / "logs/app.log"
            raise Unavailable("The app did not start.", f"The end of {log} says why.")
        if not stopping.is_set():
            _announce()
            stopping.wait(FIRST_PAGE_SECONDS)
        for child in family[1:] if not stopping.is_set() else []:
            child.start()
        _watch(family, stopping)
    finally:
        _end(family)


def stop() -> None:
    """End the running Timbre of this data folder and wait for it."""
    found = running()
    if not found:
        sys.stdout.write("Nothing runs on this data folder.\n")
        return
    os.kill(found["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS + 8
    while running() and time.monotonic() < deadline:
        time.sleep(0.1)
    sys.stdout.write("Timbre has stopped.\n" if not running() else "Timbre is still ending; look again in a moment.\n")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop", action="store_true", help="end what runs")
    try:
        stop() if parser.parse_args().stop else serve()
    except TimbreError as error:
        sys.stderr.write(f"\n{error.message}\n{error.hint}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
