"""A long form: outline, sections, article. Each section is told the outline and its own passages, and nothing else.

A large model plans and writes it. Without one, code sets the brief's sentences and those of its sources under headings,
word for word with their attribution, and says that this is what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics import text
from core.generate import adapt, calls, constraints, free, guard
from core.generate.adapt_code import unlinked
from core.generate.adapt_cut import Unit, joined, shortened, units
from core.generate.body import clean, plain_words
from core.generate.clauses import capital
from core.generate.constraints import Broken, Constraints
from core.generate.desk import Step
from core.generate.finish import line, tidy
from core.generate.judge import content
from core.generate.material import Material
from core.generate.repair import ended
from core.platforms import ARTICLE, ARTICLE_TITLE, TITLE_WORDS

OUTLINE, SECTION = "outline", "section"
MOST = 8
SENTENCES = 3
"""Sentences of the sources that code sets into one section."""
NEAR = 2
"""Telling words that a sentence of a source must share with a point to stand under it."""
SHORTEST = 60
"""Characters under which a model's section says nothing, and code sets it instead."""
NOTE = (
    "No large model wrote this: the sentences of your brief and of its sources stand under your key points, word for "
    "word. It is material in order, not an article yet."
)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "sections": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "heading": {"type": "string"},
                    "says": {"type": "string"},
                    "passages": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["heading", "says", "passages"],
            },
        },
    },
    "required": ["title", "sections"],
}
Json = dict[str, Any]


def outline(step: Step, material: Material) -> Json:
    """`{title, sections: [{heading, says, draws_on, sentences}], note}`; draws_on are places in material.passages."""
    if material.model.small:
        return by_code(material)
    passages = "\n\n".join(f"[{n}] {_source(p)}: {p['text'][:1200]}" for n, p in enumerate(material.passages, 1))
    request = calls.request(
        material, OUTLINE, 800, 900, temperature=0.3, schema=_SCHEMA, passages=passages, most=MOST
    )  # fmt: skip
    return from_model(free.parsed(step.call(request).texts[0]), material)


def from_model(answer: Json, material: Material) -> Json:
    """A model's plan, with headings that name nothing foreign and passages that exist; else the plan by code."""
    given = _given(material)
    found: list[Json] = []
    rows = answer.get("sections")
    for row in rows[:MOST] if isinstance(rows, list) else []:
        said = " ".join(str(row.get("says") or "").split())[:400] if isinstance(row, dict) else ""
        heading = _heading(str(row.get("heading") or ""), given) if isinstance(row, dict) else ""
        if not (said or heading):
            continue
        numbers = row.get("passages")
        drawn = [n - 1 for n in numbers if isinstance(n, int)] if isinstance(numbers, list) else []
        draws_on = sorted({n for n in drawn if 0 <= n < len(material.passages)})
        found.append({"heading": heading, "says": said, "draws_on": draws_on, "sentences": []})
    if not found:
        return by_code(material)
    return {"title": _title(str(answer.get("title") or ""), material, given), "sections": found, "note": ""}


def by_code(material: Material) -> Json:
    """A section for each key point, led in by story and point of view; every sentence of a source stands once."""
    brief = material.brief
    lead = " ".join(ended(s) for part in (brief.story, brief.opinion) for s in text.sentences(part))
    found: list[Json] = [{"heading": "", "says": lead, "draws_on": [], "sentences": []}] if lead else []
    left, bare = _telling(material), []
    for point in brief.points[:MOST]:
        near = sorted(left, key=lambda row: -len(content(point) & content(row["text"])))
        near = [row for row in near if len(content(point) & content(row["text"])) >= NEAR][:SENTENCES]
        left = [row for row in left if row not in near]
        said, heading = capital(ended(point)), shortened(capital(point.rstrip(".")), TITLE_WORDS)
        if not near:
            bare.append(said)
            continue
        drawn = sorted({row["passage"] for row in near})
        whole_in = not heading.endswith("…") and plain_words(heading) == plain_words(said)
        row = {"heading": heading.removesuffix(" …"), "says": "" if whole_in else said, "draws_on": drawn}
        found.append({**row, "sentences": near})
    if bare:
        found.append({"heading": "The points", "says": "\n\n".join(bare), "draws_on": [], "sentences": []})
    rest = left[:SENTENCES] if not any(section["sentences"] for section in found) else []
    if rest:
        drawn = sorted({row["passage"] for row in rest})
        found.append({"heading": "What the sources say", "says": "", "draws_on": drawn, "sentences": rest})
    if brief.example:
        said = " ".join(ended(s) for s in text.sentences(brief.example))
        found.append({"heading": "", "says": said, "draws_on": [], "sentences": []})
    return {"title": _title("", material, _given(material)), "sections": found, "note": NOTE}


def section(step: Step, material: Material, planned: Json, number: int) -> Json:
    """`{heading, text, done}` of section `number` (from 0)."""
    row = planned["sections"][number]
    if material.model.small or planned.get("note"):
        return {"heading": row["heading"], "text": _set(row, material), "done": []}
    # What a model's outline says is its own words: only sentences of the sources stand in for its section.
    own = {"heading": row["heading"], "text": _set({**row, "says": ""}, material), "done": []}
    passages = [material.passages[n] for n in row["draws_on"]]
    plan = "\n".join(f"{n}. {s['heading']}: {s['says']}" for n, s in enumerate(planned["sections"], 1))
    request = calls.request(
        material, SECTION, 810 + number, 700, temperature=0.7, outline=plan, heading=row["heading"] or "(none)",
        says=row["says"], passages="\n\n".join(f"{_source(p)}: {p['text'][:1500]}" for p in passages),
        rules=_rules(material, last=number == len(planned["sections"]) - 1),
    )  # fmt: skip
    written, done = checked(step.call(request).texts[0], row["heading"], _given(material))
    return {"heading": row["heading"], "text": written, "done": done} if len(written) >= SHORTEST else own


def checked(raw: str, heading: str, given: Constraints) -> tuple[str, list[str]]:
    """A model's section without its heading, its links, and every sentence that holds something nobody gave."""
    safe, done = guard.clean(clean(raw))
    rows = safe.split("\n")
    if rows and heading and plain_words(rows[0]) == plain_words(heading):
        rows = rows[1:]
    good: list[Unit] = []
    for unit in units("\n".join(rows))[0]:
        bare = unlinked(unit)
        why = "it only led to an address" if bare is None else constraints.forbidden(bare.text, given)
        if bare is not None and not why:
            good.append(bare)
        else:
            done.append(f"Took out “{unit.text[:80]}”: {why}.")
    return joined(good), done


def finish(material: Material, planned: Json, sections: Sequence[Json]) -> tuple[str, list[Json], list[Broken]]:
    """The article as text, its parts, and what does not hold. No sentence stands in it twice; the call ends it."""
    seen: set[str] = set()
    parts: list[Json] = []
    for row in sections:
        said = _once(str(row["text"]), seen)
        if said:
            parts.append({"heading": row["heading"], "text": said})
    for end in (material.brief.call_to_action, line(material.brief.link, material.brief.link_place)):
        said = plain_words(end)
        if parts and end and end not in parts[-1]["text"] and not (said and said in plain_words(parts[-1]["text"])):
            parts[-1] = {**parts[-1], "text": f"{parts[-1]['text']}\n\n{end}"}
    value = whole(str(planned["title"]), parts)
    return value, parts, _broken(value, parts, material)


def whole(title: str, parts: Sequence[Json]) -> str:
    """Title, headings and sections with blank lines between them."""
    rows = [row for part in parts for row in (part["heading"], part["text"])]
    return tidy("\n\n".join(row for row in (title, *rows) if row))


# ---- inside --------------------------------------------------------------------------------------------------


def _broken(value: str, parts: Sequence[Json], material: Material) -> list[Broken]:
    given = _given(material)
    out = [
        Broken("facts", f"It says “{fact}”, which neither the brief nor its sources hold.")
        for fact in adapt.strange(value, given)[:3]
    ]
    if not parts:
        out.append(Broken("length", "Nothing was left to show. Give the brief key points, a story or a source."))
    if len(value) > ARTICLE:
        out.append(Broken("length", f"It has {len(value):,} characters; at most {ARTICLE:,} are meant."))
    out += [
        Broken("banned", f"It says “{phrase}”, which is banned.")
        for phrase in constraints.banned_in(value, given.banned)[:1]
    ]
    return out


def _given(material: Material) -> Constraints:
    """The run's constraints, where facts may also come from the passages; addresses from where these stand alone."""
    rows = material.passages
    wider = constraints.widened(material.constraints, *(p["text"] for p in rows))
    said = [part for p in rows for part in (p["title"], p.get("url") or "") if part]
    return adapt.known(wider, *said, material.brief.topic, material.brief.link)


def _set(row: Json, material: Material) -> str:
    """A section by code: what it says, then sentences of its sources, each as a quotation with where it is from."""
    said = [str(row["says"])] if row["says"] else []
    rows = row["sentences"] or [
        {"text": s, "passage": n} for n in row["draws_on"] for s in _alone(material.passages[n]["text"])[:1]
    ]
    quoted = [f"“{one['text']}” ({_source(material.passages[one['passage']])})" for one in rows]
    return "\n\n".join([*said, *quoted])


def _telling(material: Material) -> list[Json]:
    """The sentences of the passages that can stand alone, once each, with the passage that they are from."""
    found = {
        plain_words(s): {"text": s, "passage": n} for n, p in enumerate(material.passages) for s in _alone(p["text"])
    }
    told = plain_words(material.brief.material)
    return [row for said, row in found.items() if said not in told]


def _alone(value: str) -> list[str]:
    fit = [
        s
        for s in text.sentences(value)
        if 6 <= len(s.split()) <= 40 and s[-1:] in ".!" and "“" not in s and '"' not in s
    ]
    return [s for s in fit if not Unit(s).leans and s[:1].isupper() and not text.links(s)]


def _source(passage: dict[str, str]) -> str:
    return passage["title"] or passage.get("url") or "a source without a title"


def _title(said: str, material: Material, given: Constraints) -> str:
    told = _heading(said, given)
    topic = text.sentences(material.brief.topic)
    return (told or shortened((topic or [""])[0].rstrip("."), TITLE_WORDS).removesuffix(" …"))[:ARTICLE_TITLE]


def _heading(said: str, given: Constraints) -> str:
    """A model's heading in one line; '' where it names something foreign or banned."""
    out = shortened(clean(" ".join(said.split())).rstrip(".:"), TITLE_WORDS).removesuffix(" …")
    return "" if constraints.forbidden(out, given) or text.links(out) or guard.leaks(out) else out


def _once(value: str, seen: set[str]) -> str:
    """The text without sentences that an earlier section has."""
    kept: list[Unit] = []
    for unit in units(value)[0]:
        said = plain_words(unit.text)
        if said and said in seen:
            continue
        seen.add(said)
        kept.append(unit)
    return joined(kept)


def _rules(material: Material, last: bool) -> list[str]:
    c = material.constraints
    said = {"yes": "Says I where it tells what the author did.", "no": "Never says I."}
    return [
        "80 to 250 words in paragraphs of at most four sentences.",
        *([said[c.person]] if c.person in said else []),
        *(["Never say: " + free.inline("; ".join(c.banned[:40])) + "."] if c.banned else []),
        "No web address and no hashtag.",
        *(["End with the call to action of the brief."] if last and material.brief.call_to_action else []),
    ]
