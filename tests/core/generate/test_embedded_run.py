"""The whole path with the real embedded model and a real worker: asked for, done, in the author's way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.config import ROOT, settings
from core.generate import commands, constraints
from core.generate.constraints import Constraints
from core.store import Actor, runs
from tests.core.generate.conftest import BRIEF


@pytest.mark.slow
def test_a_worker_with_the_embedded_model_writes_variants_that_hold(
    two_authors: dict[str, str], actor: Actor, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMBRE_EMBEDDER", str(data / "no-embedder"))
    settings.cache_clear()
    brief = commands.save_brief(two_authors["Ada"], {**BRIEF, "variants": 3, "length": "short"}, actor)
    run_id = commands.start(brief.id, actor)
    with (data.parent / "worker.log").open("wb") as out:
        worker = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, env=dict(os.environ), stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 120
        while (view := commands.run(run_id)).run.status in runs.LIVE:
            assert time.monotonic() < deadline, [(s.key, s.status) for s in view.steps]
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(20)
    assert view.run.status == "done", (view.run.message, view.run.hint)
    bound = Constraints.restored(view.run.settings["constraints"])
    assert [v.rank for v in view.variants] == [1, 2, 3], [v.reasons for v in view.variants]
    assert len({v.text.split(".")[0] for v in view.variants}) == 3
    for variant in view.variants:
        assert constraints.check(variant.text, bound) == []
        assert variant.provenance["model"] == "embedded/SmolLM2 135M"
        assert "the people who fix the valves know more than the binder" in variant.text.lower()
