"""Durable work with real processes: asked once runs once, resumes after kill -9 at its step, says how it ended."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import jobs
from core.config import ROOT, settings
from core.errors import NotFound, StorageError, Unavailable
from core.store import Actor

pytestmark = pytest.mark.slow
WORKER = str(Path(__file__).parent / "job_worker.py")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def start(data: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the test worker on the store of this test."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(slot: str = "worker-1") -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, WORKER, slot], cwd=ROOT, env=environment(), stderr=subprocess.PIPE)
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(condition: Callable[[], bool], what: str, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.05)


def steps() -> list[str]:
    path = settings().timbre_data / "steps.txt"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def ended(intent_id: str) -> bool:
    return jobs.get(intent_id).status in ("done", "failed", "cancelled")


def test_killed_inside_a_step_it_resumes_at_that_step(
    any_database: str, data: Path, actor: Actor, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    first = start()
    intent = jobs.request("count", {}, actor)
    until(lambda: "second begins" in steps(), "the second step has begun")
    first.send_signal(signal.SIGKILL)
    first.wait()
    (data / "go").touch()
    assert jobs.get(intent).status == "started"
    start()
    until(lambda: ended(intent), "the job has ended")
    assert jobs.get(intent).status == "done", jobs.get(intent).message
    assert jobs.get(intent).result == {"done": ["first", "second", "third"]}
    assert steps() == ["first", "second begins", "second begins", "second", "third"]


def test_how_jobs_end(data: Path, actor: Actor, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    before = jobs.request("wait", {}, actor)
    jobs.cancel(before, actor)
    once = jobs.request("wait", {}, actor, key="one at a time")
    assert jobs.request("wait", {}, actor, key="one at a time") == once
    refused, broken = jobs.request("refuse", {}, actor), jobs.request("break", {}, actor)
    process = start()
    until(lambda: jobs.get(once).done > 0, "it makes progress")
    assert jobs.worker_alive()
    assert jobs.active()[0].id == once

    second = subprocess.run(
        [sys.executable, WORKER], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert "Another worker already runs as worker-1" in second.stderr

    jobs.cancel(once, actor)
    until(lambda: ended(broken), "the last of them has ended")
    states = {i: (jobs.get(i).status, jobs.get(i).message, jobs.get(i).hint) for i in (before, once, refused, broken)}
    assert states[before][:2] == ("cancelled", "Stopped before it began, as you asked.")
    assert states[once][:2] == ("cancelled", "Stopped, as you asked.")
    assert states[refused] == ("failed", "The file is empty.", "Choose another.")
    assert states[broken][0] == "failed"
    assert "ZeroDivisionError" in states[broken][1]
    assert "secret" not in " ".join(states[broken])
    assert jobs.request("wait", {}, actor, key="one at a time") != once
    process.terminate()
    assert process.wait(timeout=20) == 0


def test_work_of_an_earlier_version_says_that_it_cannot_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import dbos

    def other(*_: object) -> None:
        raise dbos.error.DBOSUnexpectedStepError("run", 3, "write", "draft")

    monkeypatch.setattr(dbos.DBOS, "run_step", other)
    with pytest.raises(Unavailable, match="earlier version") as told:
        jobs.step(print, name="write")
    assert "Start it again" in told.value.hint


def test_an_unknown_job_says_so(data: Path) -> None:
    with pytest.raises(NotFound, match="no job nothing"):
        jobs.get("nothing")


def test_a_damaged_jobs_file_is_explained(data: Path) -> None:
    (data / "jobs.db").write_bytes(b"no database, not even nearly" * 100)
    with pytest.raises(StorageError, match=r"jobs\.db cannot be opened") as told:
        jobs._jobs_database()
    assert "move it away" in told.value.hint


def test_the_queue_has_its_clock_where_sqlite_is_older_than_dbos_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    before = int(time.time())
    connection = sqlite3.connect(":memory:", factory=jobs._Connection)
    connection.execute("CREATE TABLE t (a, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
    connection.execute("INSERT INTO t (a) VALUES (1)")
    at = connection.execute("SELECT at FROM t").fetchone()[0]
    assert isinstance(at, int)
    assert before * 1000 <= at <= time.time() * 1000
