"""The pipeline: retrieve, plan, draft, critique, rewrite, score, rank. Each reads what the one before has recorded."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

from core import exemplars, llm, store, voice
from core.generate import free, judge, prompts, repair, scores, small
from core.generate import material as materials
from core.generate.angles import KINDS, Angle
from core.generate.brief import complete
from core.generate.constraints import Broken
from core.generate.desk import Desk, Step
from core.generate.material import Material
from core.generate.repair import Checked
from core.people import WORKER
from core.samples import of_author
from core.store import runs
from core.store.tables import Variant

EXEMPLARS = 4
ORDER = ("retrieve", "plan", "draft", "critique", "rewrite", "score", "rank")
Phase = Callable[[str], dict[str, Any]]


def retrieve(run_id: str) -> dict[str, Any]:
    """Bind the run to what is known now (habits, card, guidelines, model), and find the author's closest posts."""
    desk = Desk(run_id)
    with store.reading() as tx:
        run = runs.get(tx, run_id)
        brief = complete(runs.brief(tx, run.brief_id).fields)

    def work(_step: Step) -> dict[str, Any]:
        llm.require()
        if "constraints" not in run.settings:
            bound = materials.settings_of(brief, run.author_id, int(run.settings["seed"]))
            with store.writing(WORKER) as tx:
                runs.get(tx, run_id).settings = {**run.settings, **bound}
        found = exemplars.retrieve(run.author_id, brief.about, k=EXEMPLARS)
        return {
            "exemplars": [
                {"sample": e.sample_id, "score": e.score, "reason": e.reason, "begins": e.text[:160]} for e in found
            ]
        }

    return desk.step("retrieve", 10, {"query": brief.about, "wanted": EXEMPLARS}, work)


def plan(run_id: str) -> dict[str, Any]:
    """Angles of different kinds, one for each variant."""
    desk, material, writer = _at(run_id)

    def work(step: Step) -> dict[str, Any]:
        return {"angles": [a.record() for a in writer.angles(step, material)]}

    given = {"kinds": [k.name for k in KINDS], "variants": material.brief.variants}
    return desk.step("plan", 20, given, work, _prompt(material, "plan"))


def draft(run_id: str) -> dict[str, Any]:
    """One draft for each angle."""
    desk, material, writer = _at(run_id)
    prompt = _prompt(material, "draft")

    def one(angle: Angle) -> None:
        desk.step(
            f"draft:{angle.number}",
            30 + angle.number,
            {"angle": angle.record(), "constraints": material.constraints.summary()},
            lambda step: writer.draft(step, material, angle),
            prompt,
        )

    return _each(desk, one)


def critique(run_id: str) -> dict[str, Any]:
    """What is wrong with each draft: by code, and by the model where it is large."""
    desk, material, writer = _at(run_id)
    prompt = _prompt(material, "critique")

    def one(angle: Angle) -> None:
        drafted = desk.output(f"draft:{angle.number}")
        desk.step(
            f"critique:{angle.number}",
            50 + angle.number,
            {"draft": drafted["text"]},
            lambda step: {"defects": writer.critique(step, material, angle, drafted)},
            prompt,
        )

    return _each(desk, one)


def rewrite(run_id: str) -> dict[str, Any]:
    """Each draft with its defects put right, then repaired by code until the constraints hold or cannot."""
    desk, material, writer = _at(run_id)
    prompt = _prompt(material, "rewrite")

    def one(angle: Angle) -> None:
        drafted = desk.output(f"draft:{angle.number}")
        defects = desk.output(f"critique:{angle.number}")["defects"]

        def work(step: Step) -> dict[str, Any]:
            written = writer.rewrite(step, material, angle, drafted, defects)
            held = repair.repair(written["text"], material.constraints, material.seed + angle.number)
            return {
                "text": held.text,
                "written": written["text"],
                "done": [*written["done"], *held.changes],
                "broken": [{"name": b.name, "message": b.message} for b in held.broken],
            }

        given = {"draft": drafted["text"], "defects": [d["text"] for d in defects]}
        desk.step(f"rewrite:{angle.number}", 70 + angle.number, given, work, prompt)

    return _each(desk, one)


def score(run_id: str) -> dict[str, Any]:
    """Every variant measured."""
    desk, material, _ = _at(run_id)
    texts = {a.number: desk.output(f"rewrite:{a.number}") for a in _angles(desk)}

    def work(_step: Step) -> dict[str, Any]:
        mine = scores.own(material.author_id, material.author)
        out = {}
        near = judge.relevance([row["text"] for row in texts.values()], material.brief.about)
        for (number, row), topic in zip(texts.items(), near, strict=True):
            held = Checked(row["text"], [], [Broken(**b) for b in row["broken"]])
            others = [r["text"] for n, r in texts.items() if n != number and not r["broken"]]
            measured = voice.measure(material.author_id, row["text"])
            out[str(number)] = scores.score(row["text"], held, material, mine, others, topic, measured)
        return {"scores": out}

    given = {"variants": len(texts), "weights": scores.WEIGHTS, "measures": voice.version()}
    return desk.step("score", 90, given, work)


def rank(run_id: str) -> dict[str, Any]:
    """The good variants in their order; written to the store with all that they rest on."""
    desk, material, _ = _at(run_id)
    found = desk.output("score")["scores"]

    def work(_step: Step) -> dict[str, Any]:
        angles = _angles(desk)
        good = [a for a in angles if not desk.output(f"rewrite:{a.number}")["broken"]]
        ranked = scores.order([found[str(a.number)] for a in good])
        ranks = {good[at].number: (place, why) for place, (at, _, why) in enumerate(ranked, 1)}
        rows = [_variant(desk, material, a, found[str(a.number)], ranks.get(a.number)) for a in angles]
        with store.writing(WORKER) as tx:
            runs.put_variants(tx, run_id, rows)
        return {
            "order": [good[at].number for at, _, _ in ranked],
            "totals": {str(good[at].number): total for at, total, _ in ranked},
            "failed": [a.number for a in angles if a not in good],
        }

    return desk.step("rank", 95, {"weights": scores.WEIGHTS}, work)


PHASES: dict[str, Phase] = {
    "retrieve": retrieve,
    "plan": plan,
    "draft": draft,
    "critique": critique,
    "rewrite": rewrite,
    "score": score,
    "rank": rank,
}


# ---- shared --------------------------------------------------------------------------------------------------


def _at(run_id: str) -> tuple[Desk, Material, ModuleType]:
    desk = Desk(run_id)
    with store.reading() as tx:
        run = runs.get(tx, run_id)
        fields = runs.brief(tx, run.brief_id).fields
    own = {s.id: s.text for s in of_author(run.author_id)}
    chosen = [own[e["sample"]] for e in desk.output("retrieve")["exemplars"] if e["sample"] in own]
    material = materials.gather(run, fields, chosen)
    return desk, material, small if material.model.small else free


def _angles(desk: Desk) -> list[Angle]:
    return [Angle(**row) for row in desk.output("plan")["angles"]]


def _each(desk: Desk, one: Callable[[Angle], None]) -> dict[str, Any]:
    """Do it for every angle, as many at once as the model takes; the first failure is raised after all have ended."""
    angles = _angles(desk)
    width = min(len(angles), llm.parallel())
    if width <= 1:
        for angle in angles:
            one(angle)
        return {"angles": len(angles)}
    with ThreadPoolExecutor(width) as pool:
        for ended in [pool.submit(one, angle) for angle in angles]:
            ended.result()
    return {"angles": len(angles)}


_SMALL_PROMPTS = {"draft": small.PROMPT, "rewrite": small.PROMPT}


def _prompt(material: Material, step: str) -> str | None:
    """The prompt that a step uses, for its record; None where code does it."""
    name = _SMALL_PROMPTS.get(step) if material.model.small else step
    return prompts.get(name).id if name else None


def _variant(
    desk: Desk, material: Material, angle: Angle, scored: dict[str, Any], ranked: tuple[int, str] | None
) -> Variant:
    row = desk.output(f"rewrite:{angle.number}")
    drafted = desk.output(f"draft:{angle.number}")["text"]
    defects = desk.output(f"critique:{angle.number}")["defects"]
    with store.reading() as tx:
        run = runs.get(tx, desk.run_id)
    used = [e["sample"] for e in desk.output("retrieve")["exemplars"]]
    return Variant(
        run_id=desk.run_id,
        author_id=material.author_id,
        number=angle.number,
        angle=angle.record(),
        draft=drafted,
        generated=row["text"],
        text=row["text"],
        status="ok" if ranked else "failed",
        reasons=[b["message"] for b in row["broken"]],
        critique=[*defects, *({"text": line, "by": "code"} for line in row["done"])],
        scores=scored,
        rank=ranked[0] if ranked else 0,
        rank_reason=ranked[1] if ranked else "",
        exemplars=used,
        provenance={
            "model": run.settings["model"]["id"],
            "adapter": None,
            "prompts": sorted({p for s in ("plan", "draft", "critique", "rewrite") if (p := _prompt(material, s))}),
            "seed": material.seed,
            "persona": run.settings["persona"].get("version"),
            "guidelines": run.settings["guidelines"],
            "exemplars": used,
            "constraints": run.settings["constraints"],
            "measures": (scored.get("voice") or {}).get("version"),
        },
    )
