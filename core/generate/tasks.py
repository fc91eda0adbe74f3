"""What a run may be for: writing from a brief, an article, revising a variant in words, another form of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import store
from core.generate import adapt, article, revision, scores, steps
from core.generate.common import at, each, prompt_of, retrieve
from core.generate.desk import Desk, Step
from core.generate.material import Material
from core.generate.repair import Checked
from core.generate.steps import Phase, measured, provenance
from core.people import WORKER
from core.platforms import ARTICLE, FORMS
from core.store import runs
from core.store.tables import Run, Variant

# ---- revising ------------------------------------------------------------------------------------------------


def revise(run_id: str) -> dict[str, Any]:
    """The chosen variant with what was asked for in words; what nobody asked for stays."""
    desk, material = at(run_id)
    run = _run(run_id)
    before, feedback = str(run.settings["text"]), str(run.settings["feedback"])

    def work(step: Step) -> dict[str, Any]:
        if material.model.small:
            text, done, not_done = revision.by_code(before, feedback, material)
        else:
            text, done, not_done = revision.by_model(step, material, before, feedback)
        return {"text": text, "done": done, "not_done": not_done}

    return desk.step("revise", 30, {"text": before, "feedback": feedback}, work, prompt_of_large(material, "revise"))


def keep_revised(run_id: str) -> dict[str, Any]:
    """The revised text, held to the constraints and measured, as a variant of its own."""
    desk, material = at(run_id)
    found = desk.output("revise")

    def work(_step: Step) -> dict[str, Any]:
        settings = _run(run_id).settings
        before, feedback = str(settings["text"]), str(settings["feedback"])
        free = revision.bound(material, before, found["text"], feedback)
        held, done = revision.held(found["text"], free, 1)
        broken = [{"name": b.name, "message": b.message} for b in held.broken]
        scored = measured(held, free, scores.own(material.author_id, material.author))
        remarks = [*found["done"], *done, *(f"Not done: {line}" for line in found["not_done"])]
        return _keep(desk, free, held.text, broken, scored, remarks, before, "revise")

    return desk.step("keep", 90, {"text": found["text"]}, work)


# ---- other forms ---------------------------------------------------------------------------------------------


def adapt_text(run_id: str) -> dict[str, Any]:
    """A text in another form: a thread, a caption, slides."""
    desk, material = at(run_id)
    settings = _run(run_id).settings
    form, value = str(settings["form"]), str(settings["text"])

    def work(step: Step) -> dict[str, Any]:
        if material.model.small:
            own = adapt.by_code(form, value, material.brief, material.constraints, material.author)
            return {"parts": own}
        return {"parts": adapt.by_model(step, material, form, value)}

    return desk.step("adapt", 30, {"form": form, "text": value}, work, prompt_of_large(material, "adapt"))


def keep_adapted(run_id: str) -> dict[str, Any]:
    """The parts, checked against the form's limits and the facts, as a variant of its own."""
    desk, material = at(run_id)
    settings = _run(run_id).settings
    form, value, parts = str(settings["form"]), str(settings["text"]), list(desk.output("adapt")["parts"])

    def work(_step: Step) -> dict[str, Any]:
        broken = [{"name": b.name, "message": b.message} for b in adapt.check(form, parts, material.constraints, value)]
        text = adapt.joined(form, parts)
        return _keep(desk, material, text, broken, {}, [], value, "adapt", form=form, parts=parts)

    return desk.step("keep", 90, {"form": form, "parts": len(parts)}, work)


# ---- articles ------------------------------------------------------------------------------------------------


def outline(run_id: str) -> dict[str, Any]:
    """The headings of an article, each with what it draws on."""
    desk, material = at(run_id)
    given = {"knowledge": [p["title"] for p in material.passages]}
    return desk.step(
        "outline", 20, given, lambda step: article.outline(step, material), prompt_of_large(material, "outline")
    )


def sections(run_id: str) -> dict[str, Any]:
    """Every section by itself, several at once where the model takes them."""
    desk, material = at(run_id)
    planned = desk.output("outline")
    prompt = prompt_of_large(material, "section")

    def one(number: int) -> None:
        desk.step(
            f"section:{number + 1}",
            31 + number,
            planned["sections"][number],
            lambda step: article.section(step, material, planned, number),
            prompt,
        )

    each(range(len(planned["sections"])), one, material)
    return {"sections": len(planned["sections"])}


def keep_article(run_id: str) -> dict[str, Any]:
    """The article as one variant, with its sections as parts."""
    desk, material = at(run_id)
    planned = desk.output("outline")
    written = [desk.output(f"section:{n + 1}") for n in range(len(planned["sections"]))]

    def work(_step: Step) -> dict[str, Any]:
        text, parts, broken = article.finish(material, planned, written)
        said = [{"name": b.name, "message": b.message} for b in broken]
        free = revision.bound(material, text, text, "", ARTICLE)  # a post's length and layout are not an article's
        scored = measured(Checked(text, [], broken), free, scores.own(material.author_id, material.author))
        remarks = [line for line in (planned["note"], *(d for row in written for d in row["done"])) if line]
        return _keep(desk, free, text, said, scored, remarks, "", "section", form="article", parts=parts)

    return desk.step("keep", 90, {"sections": len(written)}, work)


TASKS: Mapping[str, Mapping[str, Phase]] = {
    "write": steps.PHASES,
    "revise": {"retrieve": retrieve, "revise": revise, "keep": keep_revised},
    "adapt": {"retrieve": retrieve, "adapt": adapt_text, "keep": keep_adapted},
    "article": {"retrieve": retrieve, "outline": outline, "sections": sections, "keep": keep_article},
}
"""Run.task -> its phases in their order. Adding a task: its phases here, and a line for each in the workflow."""


def prompt_of_large(material: Material, name: str) -> str | None:
    """The prompt that a large model is asked with; None where code does it."""
    return None if material.model.small else prompt_of(material, name)


def _run(run_id: str) -> Run:
    with store.reading() as tx:
        return runs.get(tx, run_id)


def _keep(
    desk: Desk,
    material: Material,
    text: str,
    broken: list[dict[str, str]],
    scored: dict[str, Any],
    remarks: list[str],
    draft: str,
    prompt: str,
    form: str = "post",
    parts: list[Any] | None = None,
) -> dict[str, Any]:
    """Write the one variant of such a run; again, where the step is taken up a second time, writes nothing."""
    prompts = () if material.model.small else (prompt,)
    row = Variant(
        run_id=desk.run_id,
        author_id=material.author_id,
        number=1,
        angle={"title": FORMS[form].title if form != "post" else "Revised"},
        draft=draft,
        generated=text,
        text=text,
        status="failed" if broken else "ok",
        reasons=[b["message"] for b in broken],
        critique=[{"text": line, "by": "code"} for line in remarks],
        scores=scored,
        rank=0 if broken else 1,
        exemplars=[e["sample"] for e in desk.output("retrieve")["exemplars"]],
        provenance=provenance(desk, material, prompts, text, scored),
        parent_id=_run(desk.run_id).parent_id,
        form=form,
        parts=parts or [],
    )
    with store.writing(WORKER) as tx:
        runs.put_variants(tx, desk.run_id, [row])
    return {"ok": not broken, "broken": [b["message"] for b in broken]}
