"""The task of writing: retrieve, plan, then for each angle draft, critique and rewrite, then score and rank.

Each step reads what the ones before have recorded. Angles go their ways apart: no draft waits for another's critique.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics import hooks
from core import claims, store, voice
from core.generate import body, checklist, copied, guard, judge, scores
from core.generate.angles import KINDS, Angle, avoided
from core.generate.common import at, each, prompt_of, retrieve, writer
from core.generate.constraints import Broken
from core.generate.desk import Desk, Step
from core.generate.keeping import LONGEST, kept_to
from core.generate.material import Material
from core.generate.repair import Checked
from core.people import WORKER
from core.store import runs
from core.store.tables import Variant

Phase = Callable[[str], dict[str, Any]]


def plan(run_id: str) -> dict[str, Any]:
    """Angles of different kinds, one for each variant, and what was passed over because it was used often of late."""
    desk, material = at(run_id)

    def work(step: Step) -> dict[str, Any]:
        planned = writer(material).angles(step, material)
        return {"angles": [a.record() for a in planned], "avoided": _avoided(material)}

    given = {"kinds": [k.name for k in KINDS], "variants": material.brief.variants, "avoid": material.avoid}
    return desk.step("plan", 20, given, work, prompt_of(material, "plan"))


def _avoided(material: Material) -> list[dict[str, Any]]:
    return avoided(material.brief, material.patterns) if material.patterns else []


def write(run_id: str) -> dict[str, Any]:
    """A text for each angle: drafted, criticised, rewritten and measured."""
    desk, material = at(run_id)
    mine = scores.own(material.author_id, material.author)
    angles = angles_of(desk)

    def one(angle: Angle) -> None:
        _draft(desk, material, angle)
        _critique(desk, material, angle)
        _rewrite(desk, material, angle)
        _measure(desk, material, angle, mine)

    each(angles, one, material)
    return {"angles": len(angles)}


def _draft(desk: Desk, material: Material, angle: Angle) -> None:
    desk.step(
        f"draft:{angle.number}",
        30 + angle.number,
        {"angle": angle.record(), "constraints": material.constraints.summary()},
        lambda step: _safe(writer(material).draft(step, material, angle)),
        prompt_of(material, "draft"),
    )


def _safe(drafted: dict[str, Any]) -> dict[str, Any]:
    """A draft without what it gave away: the steps after it and the records never see that."""
    text, taken = guard.clean(copied.shortened(drafted["text"], LONGEST))
    return {**drafted, "text": text, "taken": taken} if text != drafted["text"] else drafted


def _critique(desk: Desk, material: Material, angle: Angle) -> None:
    """What is wrong with a draft: by code, and by the model where it is large."""
    drafted = desk.output(f"draft:{angle.number}")
    desk.step(
        f"critique:{angle.number}",
        50 + angle.number,
        {"draft": drafted["text"]},
        lambda step: {"defects": writer(material).critique(step, material, angle, drafted)},
        prompt_of(material, "critique"),
    )


def _rewrite(desk: Desk, material: Material, angle: Angle) -> None:
    """A draft with its defects put right, then repaired by code until the constraints hold or cannot."""
    drafted = desk.output(f"draft:{angle.number}")
    defects = desk.output(f"critique:{angle.number}")["defects"]

    def work(step: Step) -> dict[str, Any]:
        written = writer(material).rewrite(step, material, angle, drafted, defects)
        held, done = kept_to(written["text"], material, angle.number)
        return {
            "text": held.text,
            "written": written["text"],
            "done": [*written["done"], *done],
            "broken": [{"name": b.name, "message": b.message} for b in held.broken],
        }

    given = {"draft": drafted["text"], "defects": [d["text"] for d in defects]}
    desk.step(f"rewrite:{angle.number}", 70 + angle.number, given, work, prompt_of(material, "rewrite"))


def _measure(desk: Desk, material: Material, angle: Angle, mine: scores.Own) -> None:
    row = desk.output(f"rewrite:{angle.number}")
    desk.step(
        f"measure:{angle.number}",
        80 + angle.number,
        {"measures": voice.version()},
        lambda _step: {
            "scores": measured(Checked(row["text"], [], [Broken(**b) for b in row["broken"]]), material, mine)
        },
    )


def measured(held: Checked, material: Material, mine: scores.Own) -> dict[str, Any]:
    """Everything that can be said of one text without the others."""
    near = judge.relevance([held.text], material.brief.about)[0]
    found = scores.score(held.text, held, material, mine, [], near, voice.measure(material.author_id, held.text))
    claimed = claims.scored(held.text, checklist.sources(material), material.constraints.allowed)
    return {**found, "claims": claimed}


def score(run_id: str) -> dict[str, Any]:
    """Every variant's scores, with how unlike the others it is."""
    desk, _ = at(run_id)
    rows = {a.number: desk.output(f"rewrite:{a.number}") for a in angles_of(desk)}

    def work(_step: Step) -> dict[str, Any]:
        out = {}
        for number, row in rows.items():
            others = [r["text"] for n, r in rows.items() if n != number and not r["broken"]]
            own = desk.output(f"measure:{number}")["scores"]
            out[str(number)] = {**own, "overlap": scores.overlap_with(row["text"], others)}
        return {"scores": out}

    return desk.step("score", 90, {"variants": len(rows), "measures": voice.version()}, work)


def rank(run_id: str) -> dict[str, Any]:
    """The good variants in their order; written to the store with all that they rest on."""
    desk, material = at(run_id)
    found = desk.output("score")["scores"]
    weights = material.weights or scores.WEIGHTS

    def work(_step: Step) -> dict[str, Any]:
        angles = angles_of(desk)
        good = _unlike(desk, angles)
        ranked = scores.order([found[str(a.number)] for a in good], weights)
        ranks = {good[at].number: (place, why) for place, (at, _, why) in enumerate(ranked, 1)}
        rows = [_variant(desk, material, a, found[str(a.number)], ranks.get(a.number)) for a in angles]
        for row in rows:
            if row.status != "ok" and not row.reasons:
                row.reasons = ["It says word for word what another variant of this run says."]
        with store.writing(WORKER) as tx:
            runs.put_variants(tx, run_id, rows)
        return {
            "order": [good[at].number for at, _, _ in ranked],
            "totals": {str(good[at].number): total for at, total, _ in ranked},
            "failed": [a.number for a in angles if a not in good],
        }

    return desk.step("rank", 95, {"weights": weights}, work)


def _unlike(desk: Desk, angles: list[Angle]) -> list[Angle]:
    """The angles whose texts hold; of several that came out the same, the first."""
    seen: set[str] = set()
    out = []
    for angle in angles:
        row = desk.output(f"rewrite:{angle.number}")
        words = body.plain_words(row["text"])
        if not row["broken"] and words not in seen:
            out.append(angle)
        seen |= set() if row["broken"] else {words}
    return out


PHASES: dict[str, Phase] = {"retrieve": retrieve, "plan": plan, "write": write, "score": score, "rank": rank}
ORDER = tuple(PHASES)
WRITERS = ("plan", "draft", "critique", "rewrite")


def angles_of(desk: Desk) -> list[Angle]:
    """The angles that were planned."""
    return [Angle(**row) for row in desk.output("plan")["angles"]]


def _variant(
    desk: Desk, material: Material, angle: Angle, scored: dict[str, Any], ranked: tuple[int, str] | None
) -> Variant:
    row = desk.output(f"rewrite:{angle.number}")
    defects = desk.output(f"critique:{angle.number}")["defects"]
    return Variant(
        run_id=desk.run_id,
        author_id=material.author_id,
        number=angle.number,
        angle=angle.record(),
        draft=desk.output(f"draft:{angle.number}")["text"],
        generated=row["text"],
        text=row["text"],
        status="ok" if ranked else "failed",
        reasons=[b["message"] for b in row["broken"]],
        critique=[*defects, *({"text": line, "by": "code"} for line in row["done"])],
        scores=scored,
        rank=ranked[0] if ranked else 0,
        rank_reason=ranked[1] if ranked else "",
        exemplars=[e["sample"] for e in desk.output("retrieve")["exemplars"]],
        provenance=provenance(desk, material, WRITERS, row["text"], scored, angle.number),
    )


def provenance(
    desk: Desk, material: Material, prompts: tuple[str, ...], text: str, scored: dict[str, Any], number: int = 0
) -> dict[str, Any]:
    """What a variant rests on, for the record and for comparing ways of writing. `number`: of its angle, if any."""
    with store.reading() as tx:
        settings = runs.get(tx, desk.run_id).settings
    return {
        "model": settings["model"]["id"],
        "adapter": material.adapter.get("title") or None,
        "adapters": dict(material.adapter.get("ids") or {}),
        "way": desk.output(f"draft:{number}").get("way", "") if number else "",
        "prompts": sorted({p for s in prompts if (p := prompt_of(material, s))}),
        "seed": material.seed,
        "persona": settings["persona"].get("version"),
        "guidelines": settings["guidelines"],
        "exemplars": [e["sample"] for e in desk.output("retrieve")["exemplars"]],
        "knowledge": [p["id"] for p in material.passages],
        "constraints": material.constraints.record(),
        "measures": (scored.get("voice") or {}).get("version"),
        "hook": hooks.hook(text),
        "arm": (settings.get("wanted") or {}).get("arm"),
    }
