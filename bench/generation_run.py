"""A whole generation beside a bare replay of the same prompts. `python -m bench.generation_run`.

The run is what the worker does: durable engine, records, judging, scoring. The replay is its model calls alone, in the
same order and with the same parallelism; equal seeds give equal tokens (checked). They take turns on one warm runtime;
the replay comes second, when the runtime still holds what the prompts share: the comparison is not kind to us.
Needs no network; takes about three minutes on two cores.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.store.tables import ModelCall, Run

ROUNDS = int(os.environ.get("ROUNDS", "6"))
GOAL = 1.15
BRIEF: dict[str, Any] = {
    "topic": "Safety audits in old plants",
    "goal": "Readers talk to the workshop first",
    "audience": "Plant managers",
    "points": [
        "A clean audit says that the paper is clean",
        "The people who fix the valves know more than the binder",
        "We begin every visit in the workshop",
    ],
    "story": "Last March the northern plant passed its audit. The same week the maintenance log was empty.",
    "call_to_action": "Who do you ask first?",
    "variants": 4,
}

PARAGRAPHS = (
    "We spent {weeks} weeks in plant {n} before we understood what we were looking at. Nobody had lied; they had "
    "stopped mentioning what everyone already knew.\n\n"
    "The notebook says it plainly: the valves were fine, and the paperwork was fiction. We learned to read the margins "
    "first.\n\n"
    "A good question costs an hour and saves a month, and number {n} was a good one. The workshop knew the answer, the "
    "office had the form, and the two had never met over a coffee.\n\n"
    "Where do your answers live?"
)


def _author() -> str:
    """An author with 60 samples of about 550 characters, as an import leaves them."""
    from analytics.features import VERSION, features
    from core import store
    from core.people import local_actor
    from core.store import authors
    from core.store.tables import Sample

    with store.writing(local_actor()) as tx:
        author = authors.add(tx, "Bench")
        for n in range(60):
            text = PARAGRAPHS.format(n=n, weeks=n + 2)
            vector = features(text).tobytes()
            tx.session.add(
                Sample(author_id=author.id, text=text, text_hash=str(n), position=n, words=len(text.split()),
                       features=vector, features_version=VERSION)
            )  # fmt: skip
    return author.id


def _run(author_id: str) -> tuple[Run, list[ModelCall]]:
    from core import store
    from core.generate import commands
    from core.people import local_actor
    from core.store import runs

    actor = local_actor()
    run_id = commands.start(commands.save_brief(author_id, BRIEF, actor).id, actor)
    while (view := commands.run(run_id)).run.status in runs.LIVE:
        time.sleep(0.05)
    assert view.run.status == "done", view.run.message
    with store.reading() as tx:
        return view.run, runs.calls(tx, run_id)


def _replay(calls: list[ModelCall]) -> float:
    import json

    from core import llm

    began = time.monotonic()
    answers = [llm.complete(llm.Request(**{**c.request, "stop": tuple(c.request["stop"])})) for c in calls]
    took = time.monotonic() - began
    same = sum(a.texts == json.loads(c.text)["texts"] for a, c in zip(answers, calls, strict=True))
    tokens = sum(a.tokens_out for a in answers)
    print(f"  replay {took:.2f} s, {same} of {len(calls)} answers word for word the same, {tokens} tokens", flush=True)
    return took


def _seconds(run: Run) -> float:
    assert run.started_at and run.finished_at
    return (run.finished_at - run.started_at).total_seconds()


def main() -> None:
    """Take turns, print the table, write bench/results/generation_run.json."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TIMBRE_DATA": str(Path(folder) / "data"), "TIMBRE_LLM": "embedded", "HF_HUB_OFFLINE": "1"}
        from bench.report import Line, report
        from core import llm, store
        from core.generate import judge
        from core.jobs import Engine

        importlib.import_module("core.generate.workflow")  # registers the kind of work

        store.migrate()
        author_id = _author()
        engine = Engine("bench")
        engine.start()
        llm.warm()
        judge.relevance(["warm"], "warm")
        _run(author_id)
        ours, bare, counts = [], [], []
        for _ in range(ROUNDS):
            run, calls = _run(author_id)
            ours.append(_seconds(run))
            counts.append(sum(c.tokens_out for c in calls))
            print(f"run {ours[-1]:.2f} s, {len(calls)} calls", flush=True)
            bare.append(_replay(calls))
        engine.stop()
        report(
            "generation_run",
            [
                Line(
                    "a run of 4 variants, end to end",
                    "s",
                    ours,
                    bare,
                    "its model calls alone, same runtime",
                    f"<= {GOAL}",
                )
            ],
            [f"tokens written a run: {min(counts)} to {max(counts)}; model {llm.active().name}"],
            rounds=ROUNDS,
        )
    sys.stdout.flush()
    os._exit(0)  # the runtime's threads need not be waited for


if __name__ == "__main__":
    main()
