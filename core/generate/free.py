"""Writing with a large model: it plans, drafts, criticises and rewrites; code checks every answer."""

from __future__ import annotations

import json
from typing import Any

import regex

from core import llm
from core.generate import angles as planning
from core.generate import body, constraints, prompts
from core.generate.angles import Angle
from core.generate.desk import Step
from core.generate.material import Material

CHECKLIST = (
    "The first line would make this author's readers stop.",
    "One specific story, detail or example from the brief is in it.",
    "Every key point of the brief is said once.",
    "There is a point of view, and no empty phrase.",
    "Nothing is claimed that the brief does not say.",
    "It ends with the call to action, where the brief has one.",
    "Sentence lengths and line breaks are the author's.",
)
_JSON = regex.compile(r"\{(?:[^{}]|(?R))*\}", regex.DOTALL)
MOST_DEFECTS = 6


def angles(step: Step, material: Material) -> list[Angle]:
    """The model's plan; kinds that it left out or doubled are filled in by code."""
    names = ", ".join(f"{k.name} ({k.opening})" for k in planning.KINDS)
    request = _request(material, "plan", 1, 700, json=True, kinds=names, count=material.brief.variants)
    answer = parsed(step.call(request).texts[0])
    rows = answer.get("angles")
    return planning.from_model(
        rows if isinstance(rows, list) else [], material.brief, material.habits, material.style.one_block
    )


def draft(step: Step, material: Material, angle: Angle) -> dict[str, Any]:
    """The model's draft, without its talk about itself."""
    request = _request(
        material,
        "draft",
        angle.number * 100,
        _room(material),
        angle=f"{angle.title}: {angle.opening}. {angle.build}.",
        rules=rules(material),
    )
    return {"text": body.clean(step.call(request).texts[0])}


def critique(step: Step, material: Material, angle: Angle, drafted: dict[str, Any]) -> list[dict[str, Any]]:
    """Defects that code finds, then those that the model finds in words which really stand in the draft."""
    text = drafted["text"]
    out = [
        {"quote": "", "text": b.message, "fix": "", "by": "code"} for b in constraints.check(text, material.constraints)
    ]
    request = _request(
        material,
        "critique",
        angle.number * 100 + 1,
        700,
        json=True,
        draft=text,
        rules=rules(material),
        checklist=CHECKLIST,
    )
    rows = parsed(step.call(request).texts[0]).get("defects")
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or not str(row.get("problem") or "").strip():
            continue
        said = {k: " ".join(str(row.get(k) or "").split())[:400] for k in ("quote", "problem", "fix")}
        if said["quote"] and body.plain_words(said["quote"]) not in body.plain_words(text):
            continue  # it criticises what is not there
        out.append({"quote": said["quote"], "text": said["problem"], "fix": said["fix"], "by": "model"})
    return out[: MOST_DEFECTS + 2]


def rewrite(
    step: Step, material: Material, angle: Angle, drafted: dict[str, Any], defects: list[dict[str, Any]]
) -> dict[str, Any]:
    """The draft with its defects put right by the model; unchanged where there are none."""
    if not defects:
        return {"text": drafted["text"], "done": []}
    said = [f"{d['quote'] or 'The whole'}: {d['text']} {d.get('fix', '')}".strip() for d in defects]
    request = _request(
        material,
        "rewrite",
        angle.number * 100 + 2,
        _room(material),
        draft=drafted["text"],
        defects=[_inline(line) for line in said],
        rules=rules(material),
    )
    text = body.clean(step.call(request, show="").texts[0])
    if len(text) < 0.4 * len(drafted["text"]):
        return {"text": drafted["text"], "done": ["The rewrite lost most of the text, so the draft was kept."]}
    return {"text": text, "done": [f"Put right: {d['text']}" for d in defects]}


def rules(material: Material) -> list[str]:
    """What must hold, as the model is told it; code checks it all the same."""
    c = material.constraints
    out = [f"{line}." for line in c.summary()]
    if c.link:
        out.append("Leave the link out: it is added afterwards.")
    if c.banned:
        out.append("Never say: " + _inline("; ".join(c.banned[:40])) + ".")
    if c.required:
        out.append("Say word for word: " + _inline("; ".join(c.required[:10])) + ".")
    return out


def _inline(text: str) -> str:
    """Words from outside within a line, marked as data."""
    return " ".join(prompts.fence(text).split("\n"))


def parsed(answer: str) -> dict[str, Any]:
    """The first JSON object of an answer; {} where there is none."""
    found = _JSON.search(answer)
    try:
        value = json.loads(found.group()) if found else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _room(material: Material) -> int:
    return min(1500, max(200, material.constraints.chars[1] // 2))


def _request(material: Material, name: str, seed: int, tokens: int, json: bool = False, **inputs: Any) -> llm.Request:
    prompt = prompts.get(name)
    shared = {
        "author": material.author,
        "brief": _brief(material),
        "persona": _persona(material),
        "house": material.house,
        "exemplars": "\n\n---\n\n".join(text[:1500] for text in material.exemplars) or "none yet",
    }
    needed = {k: v for k, v in shared.items() if k in prompt.inputs}
    system, user = prompt.render(**needed, **inputs)
    calm = name in ("plan", "critique")
    return llm.Request(
        user,
        system=system,
        seed=material.seed + seed,
        temperature=0.3 if calm else 0.8,
        min_p=0.05,
        repeat_penalty=1.05,
        max_tokens=tokens,
        json=json,
    )


def _brief(material: Material) -> str:
    said = material.brief.model_dump(exclude={"variants", "length", "link", "hook"})
    rows = [f"{name.replace('_', ' ')}: {'; '.join(v) if isinstance(v, list) else v}" for name, v in said.items() if v]
    if material.brief.hook_line:
        rows.append(f"opening line, word for word: {material.brief.hook_line}")
    return "\n".join(rows)


def _persona(material: Material) -> str:
    card = material.persona
    rows = [f"{title}: {' '.join(lines)}" for title, lines in (card.get("voice") or {}).items()]
    rows += [
        str(line) for line in (*(card.get("corrections") or []), *(card.get("push") or []), card.get("sensitive") or "")
    ]
    if card.get("phrases"):
        rows.append("Phrases they like: " + "; ".join(map(str, card["phrases"][:15])))
    return "\n".join(row for row in rows if row) or "Nothing is known yet."
