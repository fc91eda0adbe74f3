"""Writing with a large model: it plans, drafts, criticises and rewrites; code checks every answer."""

from __future__ import annotations

import json
from typing import Any

import regex

from core import llm
from core.generate import angles as planning
from core.generate import body, checklist, edits, prompts, repair, specifics
from core.generate.angles import Angle
from core.generate.desk import Step
from core.generate.material import Material

_JSON = regex.compile(r"\{(?:[^{}]|(?R))*\}", regex.DOTALL)
_BROKEN_OFF = regex.compile(r'\s*\{\s*"(\w+)"\s*:\s*\[')
MOST_DEFECTS = 6
EDIT_TOKENS = 120
"""Tokens that one edit takes: a sentence as it stands, and one in its place."""


def _rows(name: str, *fields: str) -> dict[str, Any]:
    """The JSON schema of an answer that is a list of rows of texts."""
    row = {"type": "object", "properties": {f: {"type": "string"} for f in fields}, "required": list(fields)}
    return {"type": "object", "properties": {name: {"type": "array", "items": row}}, "required": [name]}


_ANSWERS = {
    "plan": _rows("angles", "kind", "title", "opening", "build"),
    "critique": _rows("defects", "quote", "problem", "fix"),
    "rewrite": _rows("edits", "old", "new"),
}
"""What a step's answer looks like; None where it is plain text."""
_UNTOLD = {"variants", "length", "link", "hook", "knowledge", "angle", "form", "link_place", "without"}


def angles(step: Step, material: Material) -> list[Angle]:
    """The model's plan; kinds that it left out or doubled are filled in by code."""
    names = ", ".join(f"{k.name} ({k.opening})" for k in planning.KINDS)
    request = _request(
        material,
        "plan",
        1,
        700,
        json=True,
        kinds=names,
        count=material.brief.variants,
        avoid="\n".join(material.avoid),
    )
    answer = parsed(step.call(request).texts[0])
    rows = answer.get("angles")
    return planning.from_model(
        rows if isinstance(rows, list) else [],
        material.brief,
        material.habits,
        material.style.one_block,
        material.patterns,
    )


def draft(step: Step, material: Material, angle: Angle) -> dict[str, Any]:
    """The model's draft, without its talk about itself."""
    request = _request(
        material,
        "draft",
        angle.number * 100,
        _room(material),
        angle=f"{angle.title}: {angle.opening}. {angle.build}.",
        anti=material.anti,
        specifics="\n".join(one.text for one in specifics.wanted(material.brief)),
        checklist=checklist.CHECKLIST,
        rules=rules(material),
    )
    return {"text": body.clean(step.call(request).texts[0])}


def critique(step: Step, material: Material, angle: Angle, drafted: dict[str, Any]) -> list[dict[str, Any]]:
    """Defects that code finds, then those that the model finds in words which really stand in the draft."""
    text = drafted["text"]
    out = [found.record() for found in checklist.read(text, material)][:MOST_DEFECTS]
    request = _request(
        material,
        "critique",
        angle.number * 100 + 1,
        700,
        json=True,
        draft=text,
        rules=rules(material),
        checklist=checklist.CHECKLIST,
    )
    rows = parsed(step.call(request).texts[0]).get("defects")
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or not str(row.get("problem") or "").strip():
            continue
        said = {k: " ".join(str(row.get(k) or "").split())[:400] for k in ("quote", "problem", "fix")}
        if said["quote"] and body.plain_words(said["quote"]) not in body.plain_words(text):
            continue  # it criticises what is not there
        out.append({"quote": said["quote"], "text": said["problem"], "fix": said["fix"], "by": "model"})
    return out[: 2 * MOST_DEFECTS]


def rewrite(
    step: Step, material: Material, angle: Angle, drafted: dict[str, Any], defects: list[dict[str, Any]]
) -> dict[str, Any]:
    """The draft with its defects put right by the model, sentence by sentence; unchanged where there are none."""
    draft = drafted["text"]
    if not defects:
        return {"text": draft, "done": []}
    said = [f"{d['quote'] or 'Missing'}: {d['text']} {d.get('fix', '')}".strip() for d in defects]
    own = edits.own_words(draft, material.persona)
    request = _request(
        material,
        "rewrite",
        angle.number * 100 + 2,
        _room(material) + EDIT_TOKENS * len(defects),
        json=True,
        draft=draft,
        defects=[inline(line) for line in said],
        rules=rules(material),
        keep="\n".join(own),
    )
    answer = step.call(request, show="").texts[0]
    asked = parsed(answer).get("edits")
    text, done = body.clean(answer), [f"Put right: {d['text']}" for d in defects]
    if isinstance(asked, list):
        made = edits.apply(draft, asked, own, most=len(defects) + 2)
        text, done = made.text, made.said
    elif len(text) < 0.4 * len(draft) or "{" in text[:2]:
        text, done = draft, ["The rewrite could not be used, so the draft was kept."]
    text, gone = _sourced(text, defects, material)
    return {"text": text, "done": [*done, *gone], "kept": edits.share_kept(draft, text)}


def _sourced(text: str, defects: list[dict[str, Any]], material: Material) -> tuple[str, list[str]]:
    """The text without sentences that were found to have no source and still stand, where it holds without them."""
    gone = []
    for defect in defects:
        quote = defect["quote"] if defect.get("name") == "claim" else ""
        if not quote or quote not in text:
            continue
        without = edits.apply(text, [{"old": quote, "new": ""}]).text
        if not repair.repair(without, material.constraints).broken:
            text = without
            gone.append(f"Took out “{quote[:80]}”: it has no source.")
    return text, gone


def rules(material: Material) -> list[str]:
    """What must hold, as the model is told it; code checks it all the same."""
    c = material.constraints
    out = [f"{line}." for line in c.summary()]
    if c.link:
        out.append("Leave the link out: it is added afterwards.")
    if c.banned:
        out.append("Never say: " + inline("; ".join(c.banned[:40])) + ".")
    if c.required:
        out.append("Say word for word: " + inline("; ".join(c.required[:10])) + ".")
    return out


def inline(text: str) -> str:
    """Words from outside within a line, marked as data."""
    return " ".join(prompts.fence(text).split("\n"))


def parsed(answer: str) -> dict[str, Any]:
    """The first JSON object of an answer; of one that broke off, its list with the rows that are whole. {}: none."""
    value = _loaded(next(iter(_JSON.findall(answer)), ""))
    broken_off = _BROKEN_OFF.match(answer)
    if broken_off and not any(isinstance(rows, list) for rows in value.values()):
        rows = [row for found in _JSON.findall(answer) if (row := _loaded(found))]
        return {broken_off[1]: rows} if rows else {}
    return value


def _loaded(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _room(material: Material) -> int:
    return min(1500, max(200, material.constraints.chars[1] // 2))


def _request(material: Material, name: str, seed: int, tokens: int, json: bool = False, **inputs: Any) -> llm.Request:
    prompt = prompts.get(name, material.prompts.get(name))
    shared = {
        "author": material.author,
        "brief": told(material),
        "persona": manner(material),
        "house": material.house,
        "knowledge": material.told,
        "exemplars": "\n\n---\n\n".join(text[:1500] for text in material.exemplars) or "none yet",
    }
    system, user = prompt.render(**{k: v for k, v in (shared | inputs).items() if k in prompt.inputs})
    asked = json and "JSON" in f"{system}{user}"  # an older version of a prompt may ask for text
    calm = name in ("plan", "critique", "rewrite")
    return llm.Request(
        user,
        system=system,
        seed=material.seed + seed,
        temperature=0.3 if calm else 0.8,
        min_p=0.05,
        repeat_penalty=1.05,
        max_tokens=tokens,
        json=asked,
        schema=_ANSWERS.get(name) if asked else None,
    )


def told(material: Material) -> str:
    """The brief, as a prompt is told it."""
    said = material.brief.model_dump(exclude=_UNTOLD)
    rows = [f"{name.replace('_', ' ')}: {'; '.join(v) if isinstance(v, list) else v}" for name, v in said.items() if v]
    if material.brief.hook_line:
        rows.append(f"opening line, word for word: {material.brief.hook_line}")
    return "\n".join(rows)


def manner(material: Material) -> str:
    """How the author writes, as a prompt is told it."""
    card = material.persona
    rows = [f"{title}: {' '.join(lines)}" for title, lines in (card.get("voice") or {}).items()]
    rows += [
        str(line) for line in (*(card.get("corrections") or []), *(card.get("push") or []), card.get("sensitive") or "")
    ]
    if card.get("phrases"):
        rows.append("Phrases they like: " + "; ".join(map(str, card["phrases"][:15])))
    return "\n".join(row for row in rows if row) or "Nothing is known yet."
