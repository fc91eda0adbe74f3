"""`make run` and `make stop`: everything starts, what dies comes back, everything ends; clear words where it cannot."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from core import jobs
from core.config import ROOT, settings
from core.serve import running, stop
from tests.processes import environment, free_port


@pytest.fixture
def serve(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start Timbre as `make run` does, on free ports and this test's data folder."""
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.setenv("API_PORT", str(free_port()))
    settings.cache_clear()
    started: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        env = environment(data, PORT=os.environ["PORT"], API_PORT=os.environ["API_PORT"])
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "core.serve"],
                cwd=ROOT,
                env=env,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def until(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_starts_heals_and_stops(serve: Callable[[], subprocess.Popen[str]]) -> None:
    app, api = f"http://127.0.0.1:{settings().port}", f"http://127.0.0.1:{settings().api_port}"
    process = serve()
    until(lambda: answers(f"{app}/_stcore/health") and answers(f"{api}/healthz"), "app and API answer")
    until(jobs.worker_alive, "the worker is alive")

    second = serve()
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"already runs on this data folder, at http://localhost:{settings().port}" in said

    family = psutil.Process(process.pid).children()
    worker = next(p for p in family if "worker.py" in p.cmdline())
    worker.send_signal(signal.SIGKILL)
    until(
        lambda: any("worker.py" in p.cmdline() for p in psutil.Process(process.pid).children() if p.pid != worker.pid),
        "another worker has been started",
    )

    family = psutil.Process(process.pid).children()
    stop = subprocess.run(
        [sys.executable, "-m", "core.serve", "--stop"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "has stopped" in stop.stdout
    assert process.wait(timeout=20) == 0
    assert running() is None
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    said = process.stdout.read() if process.stdout else ""
    assert f"http://localhost:{settings().port}" in said
    assert "starting it again" in said


@pytest.mark.slow
def test_its_children_die_with_it(serve: Callable[[], subprocess.Popen[str]]) -> None:
    process = serve()
    until(lambda: answers(f"http://127.0.0.1:{settings().port}/_stcore/health"), "the app answers")
    family = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=20)
    assert not [p for p in family if p.is_running()]


def test_a_port_in_use_is_named_with_the_way_out(serve: Callable[[], subprocess.Popen[str]]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings().port))
        other.listen()
        process = serve()
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"Port {settings().port} is in use" in said
    assert f"make run PORT={settings().port + 1}" in said


def test_stopping_what_does_not_run_is_no_error(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core.serve", "--stop"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0
    assert "Nothing runs" in done.stdout


def test_a_leftover_pid_that_is_another_programs_now_is_left_alone(data: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (data / "timbre.pid").write_text(json.dumps({"pid": other.pid, "port": 1, "api_port": 2}))
        assert running() is None
        stop()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
