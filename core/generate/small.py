"""Writing with a small model: code owns the skeleton, the model adds a sentence where it finds a good one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core import llm
from core.generate import builds, constraints, judge, prompts, repair, skeleton
from core.generate.angles import Angle, plan
from core.generate.body import Body
from core.generate.desk import Step
from core.generate.frames import Build
from core.generate.judge import Judged
from core.generate.material import Material
from core.generate.skeleton import Skeleton, Slot
from core.voice import nearness

PROMPT = "sentence"
CANDIDATES = 8
GRAMMAR = r"""root ::= " " w ((","? " ") w)* "."
w ::= [a-z] [a-z'’-]*
"""
"""Words in small letters, with commas, up to a full stop: no digit, no #, no name, no I."""
MOST_SLOTS = 4
NEAREST = 3
"""Candidates for a slot between which likeness decides: the best ones."""
USUAL = 0.7
"""A post of this share of the author's usual length needs no sentence that makes it less like them."""
A_SENTENCE = 95
"""Characters that a sentence takes, about."""


@dataclass(frozen=True)
class Choice:
    """What stands in a slot."""

    sentence: str | None
    judged: list[Judged]


def angles(step: Step | None, material: Material) -> list[Angle]:  # noqa: ARG001 - a small model cannot plan
    """Planned by code: the kinds that the brief has material for, the author's usual openings first."""
    return plan(material.brief, material.habits, material.style.one_block, material.patterns)


def draft(step: Step, material: Material, angle: Angle) -> dict[str, Any]:
    """The skeleton in the build nearest to the author, with the best candidate in each slot that there is room for."""
    build = _build(material, angle)
    bones = _bones(material, angle, build)
    choices: list[Choice] = []
    used: list[str] = []
    for number, slot in enumerate(bones.slots):
        shown = _text(bones, [c.sentence for c in choices], material)
        judged = _candidates(step, material, slot, used, seed=angle.number * 100 + number, show=shown)
        best = _nearest(bones, [c.sentence for c in choices], judged, material)
        choices.append(Choice(best, judged))
        used += [best] if best else []
    return {
        "build": build.record(),
        "text": _text(bones, [c.sentence for c in choices], material),
        "sentences": [c.sentence for c in choices],
        "candidates": [[_kept(j) for j in c.judged] for c in choices],
    }


def critique(step: Step, material: Material, angle: Angle, drafted: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG001
    """Defects found by code: in each sentence that the model added, and in the whole."""
    out: list[dict[str, Any]] = []
    for number, (sentence, rows) in enumerate(zip(drafted["sentences"], drafted["candidates"], strict=True)):
        found = next((row for row in rows if row["text"] == sentence), None)
        for defect in found["defects"] if found else ():
            out.append({"slot": number, "quote": sentence, "text": f"“{sentence}”: {defect}.", "by": "code"})
    for broken in constraints.check(repair.repair(drafted["text"], material.constraints).text, material.constraints):
        out.append({"slot": None, "quote": "", "text": broken.message, "by": "code"})
    return out


def rewrite(
    step: Step, material: Material, angle: Angle, drafted: dict[str, Any], defects: list[dict[str, Any]]
) -> dict[str, Any]:
    """Another try for each sentence with a defect; what is no better goes. A post that is too short keeps the best."""
    bones = _bones(material, angle, Build(**drafted.get("build", {})))
    # A draft of an earlier release may have had more places, or fewer.
    sentences: list[str | None] = [*drafted["sentences"], *[None] * len(bones.slots)][: len(bones.slots)]
    done: list[str] = []
    for number in sorted({d["slot"] for d in defects if d["slot"] is not None and d["slot"] < len(bones.slots)}):
        slot = bones.slots[number]
        other = skeleton.LEADS[(skeleton.LEADS.index(slot.lead) + 1) % len(skeleton.LEADS)]
        used = [s for at, s in enumerate(sentences) if s and at != number]
        seed = angle.number * 100 + 50 + number
        judged = _candidates(step, material, Slot(slot.block, slot.after, other), used, seed=seed, show=drafted["text"])
        best = judged[0] if judged and not judged[0].defects else None
        old = sentences[number]
        sentences[number] = best.text if best else None
        done.append(f"Wrote another sentence in place of “{old}”." if best else f"Took out “{old}”.")
    if not bones.slots:
        done.append("No sentence was added: the brief's own words fill the length.")
    text = _text(bones, sentences, material)
    if len(text) < material.constraints.chars[0]:
        text, kept = _short(step, material, angle, bones, sentences, drafted)
        done += kept
    return {"text": text, "sentences": sentences, "done": done}


def _short(
    step: Step,
    material: Material,
    angle: Angle,
    bones: Skeleton,
    sentences: list[str | None],
    drafted: dict[str, Any],
) -> tuple[str, list[str]]:
    """A post that would be too short takes back sentences whose only fault is a weak one, or asks for more."""
    done: list[str] = []
    low = material.constraints.chars[0]
    if len(_text(bones, sentences, material)) + A_SENTENCE * sentences.count(None) < low:
        return _text(bones, sentences, material), done  # out of reach: then rather short than padded
    before = list(sentences)
    for number, slot in enumerate(bones.slots):
        spare = [row["text"] for row in drafted["candidates"][number] if not row["serious"]]
        for at, lead in enumerate(skeleton.LEADS):
            if sentences[number] or len(_text(bones, sentences, material)) >= low:
                break
            if not spare and lead != slot.lead:
                used = [s for s in sentences if s]
                seed = angle.number * 100 + 60 + 10 * number + at
                tried = _candidates(step, material, Slot(slot.block, slot.after, lead), used, seed=seed, show="")
                spare = [j.text for j in tried if not j.serious]
            if spare:
                sentences[number] = spare[0]
                done.append(f"Kept “{spare[0]}”, although it is a weak one: the post would be too short.")
    if len(_text(bones, sentences, material)) < low:
        sentences[:], done = before, []
    return _text(bones, sentences, material), done


def _build(material: Material, angle: Angle) -> Build:
    """The build of an angle that reads most like the author."""
    of = material.brief, material.style, material.constraints, material.seed, material.patterns

    def made(build: Build) -> str:
        return repair.render(skeleton.compose(angle, *of, build).body(), material.constraints)

    usual = skeleton.usual(material.style, material.seed + angle.number)
    return builds.best(made, usual, material.style, lambda texts: nearness(material.author_id, texts))


def _nearest(bones: Skeleton, standing: list[str | None], judged: list[Judged], material: Material) -> str | None:
    """The sentence with which the post is nearest to the author: one without a serious defect, or none at all."""
    sound = [j.text for j in judged if not j.serious and len(j.defects) == len(judged[0].defects)][:NEAREST]
    if not sound:
        return None
    texts = [_text(bones, [*standing, one], material) for one in (*sound, None)]
    near = nearness(material.author_id, texts)
    if near is None:
        return sound[0]
    best = max(range(len(sound)), key=lambda at: near[at])
    enough = len(texts[-1]) >= max(material.constraints.chars[0], USUAL * material.style.chars)
    return None if enough and near[-1] > near[best] + builds.WORTH else sound[best]


def _bones(material: Material, angle: Angle, build: Build) -> Skeleton:
    """The skeleton with as many slots as there is room and need for."""
    of = material.brief, material.style, material.constraints, material.seed, material.patterns
    bones = skeleton.compose(angle, *of, build)
    low, high = material.constraints.chars
    now = len(repair.render(bones.body(), material.constraints))
    room = max(0, (high - now) // A_SENTENCE)
    need = -(-(max(low, min(material.style.chars, high)) - now) // A_SENTENCE)
    bones.slots = bones.slots[: max(0, min(room, max(1, need), MOST_SLOTS))]
    return bones


def _candidates(step: Step, material: Material, slot: Slot, used: list[str], *, seed: int, show: str) -> list[Judged]:
    """Sentences for a slot, judged, the best first."""
    topic = " ".join(material.brief.topic.split())[:120]
    point = " ".join(slot.after.split())[:300]
    _, prompt = prompts.get(PROMPT, material.prompts.get(PROMPT)).render(topic=topic, point=point, lead=slot.lead)
    request = llm.Request(
        prompt,
        raw=True,
        n=CANDIDATES,
        seed=material.seed + seed,
        temperature=0.35,
        min_p=0.1,
        repeat_penalty=1.1,
        repeat_last=16,
        max_tokens=32,
        stop=("\n",),
        grammar=GRAMMAR,
        scored=True,
    )
    answer = step.call(request, show=f"{show}\n\n{slot.lead}")
    texts = [_sentence(slot.lead, raw) for raw in answer.texts]
    shown = prompt[: prompt.rfind("Topic:")]
    about = f"{material.brief.topic}. {' '.join(material.brief.points)}"
    return judge.judge(
        texts,
        answer.fluency,
        point=point,
        about=about,
        known=material.known,
        c=material.constraints,
        used=used,
        lead=slot.lead,
        shown=shown,
        you=material.style.you,
    )


def _sentence(lead: str, raw: str) -> str:
    """The lead and the model's words up to the first full stop."""
    first = raw.strip().split("\n")[0]
    stop = min((at + 1 for mark in ".!?" if (at := first.find(mark)) >= 0), default=len(first))
    return f"{lead} {first[:stop].strip()}".strip()


def _text(bones: Skeleton, sentences: list[str | None], material: Material) -> str:
    padded = [*sentences, *[None] * (len(bones.slots) - len(sentences))]
    body: Body = skeleton.filled(bones, padded)
    return repair.render(body, material.constraints)


def _kept(judged: Judged) -> dict[str, Any]:
    return {
        "text": judged.text,
        "worth": judged.worth,
        "defects": list(judged.defects),
        "serious": judged.serious,
    }
