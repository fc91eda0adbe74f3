"""Killed with -9 inside each step, a run goes on where it was: nothing that has finished is asked of the model again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core import jobs, store
from core.config import ROOT
from core.generate import commands, steps
from core.generate.commands import RunView
from core.store import Actor, runs
from core.store.tables import Variant
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
    # Which step's first request is held, and how many calls have finished by then: the other variant goes its own way.
    for step, finished in (("plan", 0), ("draft", 4), ("critique", 5), ("rewrite", 6)):
        before = len(of(model.asked, step))
        model.hold_at(step)
        worker = start_worker()
        wait_for(lambda: len(of(model.asked, step)) > before and len(model.finished) == finished)  # noqa: B023
        wait_for(lambda: on_record(run_id) == len(model.finished))
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        model.release()
    start_worker()
    view = ended(run_id)
    assert view.run.status == "done", (view.run.message, view.run.hint)
    assert set(Counter(model.finished).values()) == {1}, "no finished call was made twice"
    assert Counter(kind(json.loads(b)) for b in model.finished) == {"plan": 1, "draft": 2, "critique": 2, "rewrite": 2}
    assert len(model.asked) == 7 + 4, "each of the four kills costs the one call that had not finished"
    assert on_record(run_id) == 7
    assert [v.status for v in view.variants] == ["ok", "ok"], [v.reasons for v in view.variants]
    assert max(s.attempts for s in view.steps if s.key.startswith("draft")) == 2
    wait_for(lambda: jobs.get(run_id).status == "done")  # a moment after the run itself
    assert [v.text for v in view.variants] == [v.text for v in undisturbed(run_id, actor)]


def undisturbed(run_id: str, actor: Actor) -> list[Variant]:
    """The variants of the same brief and seed, from a run that nothing happened to."""
    with store.writing(actor) as tx:
        run = runs.get(tx, run_id)
        other = runs.add(tx, runs.brief(tx, run.brief_id), {"seed": run.settings["seed"]}).id
    for phase in steps.ORDER:
        steps.PHASES[phase](other)
    return commands.run(other).variants


def on_record(run_id: str) -> int:
    with store.reading() as tx:
        return len(runs.calls(tx, run_id))


def of(bodies: Iterable[dict[str, Any]], step: str) -> list[dict[str, Any]]:
    return [body for body in bodies if kind(body) == step]


def wait_for(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
