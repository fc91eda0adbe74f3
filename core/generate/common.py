"""What every task of a run shares: its desk and its material, its angles, working on several at once, its prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, TypeVar

from core import exemplars, llm, store
from core.generate import free, prompts, small, voiced, voicing
from core.generate import material as materials
from core.generate.brief import complete
from core.generate.desk import Desk, Step
from core.generate.material import Material
from core.people import WORKER
from core.samples import of_author
from core.store import runs
from core.store.tables import Run

Item = TypeVar("Item")
EXEMPLARS = 4
_BY_SMALL = {"draft": small.PROMPT, "rewrite": small.PROMPT}


def desk_of(run: Run) -> Desk:
    """The desk of a run, with the model that it is bound to."""
    model = run.settings.get("model") or {}
    return Desk(run.id, str(model.get("ref") or (run.settings.get("wanted") or {}).get("model") or ""))


def retrieve(run_id: str) -> dict[str, Any]:
    """Bind the run to what is known now (habits, card, guidelines, model), and find the author's closest posts."""
    with store.reading() as tx:
        run = runs.get(tx, run_id)
        brief = complete(runs.brief(tx, run.brief_id).fields)
    desk = desk_of(run)

    def work(_step: Step) -> dict[str, Any]:
        llm.require(desk.model)
        if "constraints" not in run.settings:
            wanted = run.settings.get("wanted") or {}
            bound = materials.settings_of(brief, run.author_id, int(run.settings["seed"]), wanted)
            with store.writing(WORKER) as tx:
                runs.get(tx, run_id).settings = {**run.settings, **bound}
        found = exemplars.retrieve(run.author_id, brief.about, k=EXEMPLARS)
        return {
            "exemplars": [
                {"sample": e.sample_id, "score": e.score, "reason": e.reason, "begins": e.text[:160]} for e in found
            ]
        }

    return desk.step("retrieve", 10, {"query": brief.about, "wanted": EXEMPLARS}, work)


def at(run_id: str) -> tuple[Desk, Material]:
    """The desk and the material of a run that has been bound."""
    with store.reading() as tx:
        run = runs.get(tx, run_id)
        fields = runs.brief(tx, run.brief_id).fields
    desk = desk_of(run)
    own = {s.id: s.text for s in of_author(run.author_id)}
    chosen = [own[e["sample"]] for e in desk.output("retrieve")["exemplars"] if e["sample"] in own]
    return desk, materials.gather(run, fields, chosen)


def writer(material: Material) -> ModuleType:
    """Who writes: an adapter that has learnt the author, code with a small model's help, or a large model."""
    if material.adapter:
        return voicing
    return small if material.model.small else free


def each(items: Sequence[Item], one: Callable[[Item], None], material: Material) -> None:
    """Do it for every item, as many at once as the model takes; the first failure is raised after all have ended."""
    width = min(len(items), llm.parallel(material.ref))
    if width <= 1:
        for item in items:
            one(item)
        return
    with ThreadPoolExecutor(width) as pool:
        waiting = [pool.submit(one, item) for item in items]
    for ended in waiting:
        ended.result()


def prompt_of(material: Material, step: str) -> str | None:
    """The prompt that a step uses, for its record; None where code does it."""
    name = _BY_SMALL.get(step) if material.model.small else step
    if step == "draft" and material.adapter:
        name = voiced.PROMPT
    return prompts.get(name, material.prompts.get(name)).id if name else None
