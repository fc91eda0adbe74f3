"""Killed with -9 inside each step, a run goes on where it was: nothing that has finished is asked of the model again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import jobs, store
from core.config import ROOT
from core.generate import commands
from core.generate.commands import RunView
from core.store import Actor, runs
from tests.core.generate.conftest import BRIEF, ModelServer, kind

pytestmark = pytest.mark.slow


@pytest.fixture
def start_worker(model: ModelServer, data: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        with (data.parent / "worker.log").open("ab") as out:
            process = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, env=env, stdout=out, stderr=out)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def ended(run_id: str, seconds: float = 90) -> RunView:
    deadline = time.monotonic() + seconds
    while (view := commands.run(run_id)).run.status in runs.LIVE:
        assert time.monotonic() < deadline, [(s.key, s.status) for s in view.steps]
        time.sleep(0.1)
    return view


def test_a_worker_killed_inside_each_step_loses_and_repeats_nothing(
    model: ModelServer, two_authors: dict[str, str], actor: Actor, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """Two variants: 1 plan, 2 drafts, 2 critiques, 2 rewrites. One request of each step is held while the worker dies."""
    brief = commands.save_brief(two_authors["Ada"], BRIEF, actor)
    run_id = commands.start(brief.id, actor)
    worker = start_worker()
    killed = []
    for step, waits_for in (("plan", 1), ("draft", 2), ("critique", 2), ("rewrite", 2)):
        if not killed:
            model.hold(1)  # set before the worker is up, which takes seconds
        done = len(model.finished)
        deadline = time.monotonic() + 60
        while not (held := [b for b in model.asked[done:] if kind(b) == step]) or len(model.finished) < done + waits_for - 1:
            assert time.monotonic() < deadline, f"{step} was never asked: {Counter(map(kind, model.asked))}"
            time.sleep(0.02)
        time.sleep(0.3)  # what has finished is on record
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        killed.append(step)
        assert held
        model.release()
        next_step = {"plan": 3, "draft": 3, "critique": 3, "rewrite": 99}[step]
        model.hold(next_step if step != "plan" else 3)
        if step == "rewrite":
            model.release()
        worker = start_worker()
    view = ended(run_id)
    assert view.run.status == "done", (view.run.message, view.run.hint)
    assert killed == ["plan", "draft", "critique", "rewrite"]
    again = {body: n for body, n in Counter(model.finished).items() if n > 1}
    assert not again, "a finished call was made twice"
    assert Counter(kind_of(b) for b in model.finished) == {"plan": 1, "draft": 2, "critique": 2, "rewrite": 2}
    assert len(model.asked) == 7 + 4, "each of the four kills costs the one call that had not finished"
    with store.reading() as tx:
        assert len(runs.calls(tx, run_id)) == 7
    assert [v.status for v in view.variants] == ["ok", "ok"], [v.reasons for v in view.variants]
    assert max(s.attempts for s in view.steps if s.key.startswith("draft")) == 2
    assert jobs.get(run_id).status == "done"


def kind_of(body: str) -> str:
    return kind(json.loads(body))
