"""A/B: two or more models or prompt versions over a batch of briefs, each brief written once by each arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core import jobs, llm, store
from core.config import settings
from core.errors import Conflict, Denied, Invalid, TimbreError
from core.generate import commands as generate
from core.generate import prompts as versioned
from core.generate import small
from core.generate.brief import complete
from core.review.lifecycle import has_role
from core.store import Actor, lab, runs
from core.store.base import now
from core.store.tables import Brief, Run
from core.store.tables_writing import Experiment

MOST_ARMS, MOST_BRIEFS, MOST_RUNS = 4, 30, 80
LIVE = ("queued", "started", "running")
STEPS = ("plan", "draft", "critique", "rewrite")
"""The prompts that write a post with a large model; a small one is asked for single sentences."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of writing: a model as TIMBRE_LLM names it ("": that of the setting), prompt versions by name, and the
    author's adapter ("": the one in use, where there is one; "none").
    """

    name: str
    model: str = ""
    prompts: dict[str, int] = field(default_factory=dict)
    adapter: str = ""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "model": self.model, "prompts": self.prompts, "adapter": self.adapter}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the writing is: runs by what became of them, and the runs that were never asked for."""

    done: int
    live: int
    failed: int
    missing: int
    said: str
    """What the newest run that failed says."""

    @property
    def total(self) -> int:
        """All runs that there are to be."""
        return self.done + self.live + self.failed + self.missing


def arms_of(row: Experiment) -> list[Arm]:
    """The arms of an experiment."""
    return [Arm(a["name"], a.get("model", ""), a.get("prompts") or {}, a.get("adapter", "")) for a in row.arms]


def prompts_of(model: str = "") -> list[str]:
    """The prompts that write a post with this model. Raises Invalid where it names no provider."""
    return [small.PROMPT] if llm.active(model).small else [n for n in STEPS if n in versioned.names()]


def passed(row: Experiment) -> dict[str, tuple[int, int]]:
    """By arm: how many of its variants held their constraints, of how many. Only these are voted on."""
    with store.reading() as tx:
        counts = lab.passed(tx, row.id)
    return {arm.name: counts.get(arm.name, (0, 0)) for arm in arms_of(row)}


def named(arms: Sequence[Arm]) -> list[Arm]:
    """The arms, called by what is different between them: `A: draft 2`, `B: draft 3`."""
    several = len({arm.model for arm in arms}) > 1
    adapted = len({arm.adapter for arm in arms}) > 1
    given = {name for arm in arms for name in arm.prompts}
    differ = sorted(name for name in given if len({arm.prompts.get(name) for arm in arms}) > 1)
    out = []
    for letter, arm in zip("ABCDEFGH", arms, strict=False):
        newest = versioned.newest()
        said = [arm.model or "as set"] if several else []
        said += [f"{name} {arm.prompts.get(name) or newest[name]}" for name in differ]
        said += ["no adapter" if arm.adapter else "adapter in use"] if adapted else []
        out.append(replace(arm, name=f"{letter}: {', '.join(said)}" if said else letter))
    return out


def start(title: str, arms: Sequence[Arm], briefs: Sequence[str], actor: Actor) -> Experiment:
    """Write every brief once with every arm; returns the experiment. What could not be asked for can be, by `resume`.

    Raises Invalid (which says what), Denied, NotFound.
    """
    _may(actor)
    name = " ".join(title.split())[:300]
    wanted = list(dict.fromkeys(briefs))
    _check(name, arms, wanted)
    with store.writing(actor) as tx:
        for brief_id in wanted:
            complete(runs.brief(tx, brief_id).fields)
        row = lab.add_experiment(tx, name, [arm.record() for arm in arms], wanted)
    resume(row.id, actor)
    return row


def resume(experiment_id: str, actor: Actor) -> int:
    """Ask for the runs that are missing, or that failed or were stopped; how many were asked for. Raises Conflict."""
    _may(actor)
    with store.reading() as tx:
        row = lab.experiment(tx, experiment_id)
        there = _newest(lab.experiment_runs(tx, experiment_id))
        known = lab.briefs(tx, row.briefs)
    if row.closed_at:
        raise Conflict("This experiment was closed; nothing was started.", "Start a new one.")
    asked = 0
    for brief_id in row.briefs:
        for arm in arms_of(row):
            run = there.get((brief_id, arm.name))
            if brief_id in known and (run is None or run.status in ("failed", "cancelled")):
                generate.start(brief_id, actor, arm.model, arm.prompts, experiment_id, arm.name, arm.adapter)
                asked += 1
    return asked


def close(experiment_id: str, actor: Actor) -> None:
    """No more votes, and no more runs: those under way are stopped. The results stay."""
    _may(actor)
    with store.writing(actor) as tx:
        row = lab.experiment(tx, experiment_id)
        row.closed_at = row.closed_at or now()
        live = [run.id for run in lab.experiment_runs(tx, experiment_id) if run.status in LIVE]
    for run_id in live:
        jobs.cancel(run_id, actor)


def listed(author_id: str | None = None) -> list[Experiment]:
    """The experiments, the newest first; with `author_id` those that have a brief of this author."""
    with store.reading() as tx:
        rows = lab.experiments(tx)
        if author_id is None:
            return rows
        known = lab.briefs(tx, {brief for row in rows for brief in row.briefs})
    return [row for row in rows if any(b in known and known[b].author_id == author_id for b in row.briefs)]


def get(experiment_id: str) -> Experiment:
    """One experiment. Raises NotFound."""
    with store.reading() as tx:
        return lab.experiment(tx, experiment_id)


def progress(row: Experiment) -> Progress:
    """How far its runs are."""
    with store.reading() as tx:
        there = _newest(lab.experiment_runs(tx, row.id))
        ended = runs.ended(tx, list(there.values()))
    states = {key: ended[run.id].status if run.id in ended else run.status for key, run in there.items()}
    failed = [run for key, run in there.items() if states[key] in ("failed", "cancelled")]
    said = next((ended[r.id].message if r.id in ended else r.message for r in reversed(failed)), "")
    done = sum(s == "done" for s in states.values())
    total = len(row.briefs) * len(row.arms)
    return Progress(done, len(states) - done - len(failed), len(failed), max(0, total - len(states)), said)


def briefs_for(author_id: str | None = None) -> list[Brief]:
    """The newest briefs that posts were written from, for choosing a batch."""
    with store.reading() as tx:
        return lab.used_briefs(tx, author_id, 3 * MOST_BRIEFS)


def _newest(rows: Sequence[Run]) -> dict[tuple[str, str], Run]:
    """By brief and arm its newest run."""
    return {(run.brief_id, (run.settings.get("wanted") or {}).get("arm") or ""): run for run in rows}


def _check(title: str, arms: Sequence[Arm], briefs: Sequence[str]) -> None:
    if not title:
        raise Invalid("An experiment needs a name.", "Say in a few words what is compared.")
    _known(arms)
    if not 2 <= len(arms) <= MOST_ARMS or len({arm.name for arm in arms}) < len(arms) or not all(a.name for a in arms):
        raise Invalid(f"An experiment compares 2 to {MOST_ARMS} arms, each with its own name.", "Change the arms.")
    if len({_way(arm) for arm in arms}) < len(arms):
        raise Invalid(
            "Two arms write in the same way, so there would be nothing to find.",
            "Change a model, the adapter, or a prompt that the model uses: a small one uses only the sentence prompt.",
        )
    if not 1 <= len(briefs) <= MOST_BRIEFS or len(briefs) * len(arms) > MOST_RUNS:
        raise Invalid(
            f"Choose 1 to {MOST_BRIEFS} briefs, and at most {MOST_RUNS} runs in all "
            f"({len(briefs)} briefs by {len(arms)} arms are {len(briefs) * len(arms)}).",
            "Five briefs or more can settle something.",
        )


def _known(arms: Sequence[Arm]) -> None:
    for arm in arms:
        try:
            llm.active(arm.model)
            for name, version in arm.prompts.items():
                versioned.get(name, version)
        except TimbreError as error:
            raise Invalid(f"{arm.name}: {error.message}", error.hint) from error


def _way(arm: Arm) -> tuple[object, ...]:
    """What an arm writes with: two that have the same are one."""
    chosen = versioned.newest() | arm.prompts
    return arm.model or settings().timbre_llm, arm.adapter, *((name, chosen[name]) for name in prompts_of(arm.model))


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look at experiments, but not start or close them.", "Ask an editor of your team.")
