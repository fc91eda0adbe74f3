"""An experiment from the brief to the vote: two prompt versions, each really written by the pipeline."""

from __future__ import annotations

from typing import Any

from core import lab, store
from core.generate import steps
from core.generate.commands import save_brief
from core.lab.experiments import Arm
from core.store import Actor, runs
from core.store.tables import Run
from tests.core.generate.conftest import BRIEF, DRAFT, ModelServer, kind, writer


def test_two_prompt_versions_write_the_same_brief_and_are_compared(
    model: ModelServer, two_authors: dict[str, str], actor: Actor
) -> None:
    drafts = iter(range(9))

    def answer(body: dict[str, Any]) -> str:
        if kind(body) == "draft":
            return DRAFT.replace("the third visit", ("the first visit", "that very day")[next(drafts) % 2])
        return writer(body)

    model.answer = answer
    brief = save_brief(two_authors["Ada"], BRIEF | {"variants": 1}, actor)
    arms = lab.experiments.named([Arm("A", "", {"draft": 2}), Arm("B", "", {"draft": 3})])
    row = lab.experiments.start("Drafts", arms, [brief.id], actor)
    with store.reading() as tx:
        ids = [run.id for run in tx.session.query(Run).filter_by(experiment_id=row.id).order_by(Run.id)]
    for run_id in ids:
        for phase in steps.ORDER:
            steps.PHASES[phase](run_id)
        with store.writing(actor) as tx:
            runs.finish(tx, run_id, "done")
    assert lab.experiments.passed(row) == {"A: draft 2": (1, 1), "B: draft 3": (1, 1)}
    scope = lab.Scope(experiment_id=row.id)
    pair = lab.next_pair(scope, actor)
    assert pair and {pair.left.labels["arm"], pair.right.labels["arm"]} == {"A: draft 2", "B: draft 3"}
    lab.vote(scope, pair.left.id, pair.right.id, "left", actor)
    assert {row.label for row in lab.strengths(scope, "prompt").rows} == {"draft 2", "draft 3"}
    assert lab.strengths(scope, "model").votes == 0 and lab.strengths(scope, "arm").votes == 1
