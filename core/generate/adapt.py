"""A text in another form: by code from its own sentences, by a large model part by part; code checks every part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analytics import text
from core.claims import facts
from core.generate import adapt_code, calls, constraints, free, guard
from core.generate.adapt_cut import joined as set_again
from core.generate.adapt_cut import pack, units
from core.generate.body import clean
from core.generate.brief import BriefFields
from core.generate.constraints import Broken, Constraints, banned_in
from core.generate.desk import Step
from core.generate.finish import tidy
from core.generate.material import Material
from core.platforms import FORMS, SLIDE_WORDS, TITLE_WORDS, Form

PROMPT = "adapt"
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"parts": {"type": "array", "items": {"type": "string"}}},
    "required": ["parts"],
}
_SHARE = 0.5
"""The share of a thread's words that a model must have kept, else the thread is made by code."""


def by_code(form: str, value: str, brief: BriefFields, c: Constraints, author: str = "") -> list[str]:  # noqa: ARG001
    """The parts of a text in a form, of its own sentences only. [] where the text has nothing that fits."""
    return adapt_code.MAKERS[form](FORMS[form], value, brief, author)


def by_model(step: Step, material: Material, form: str, value: str) -> list[str]:
    """The model's parts; each that breaks a limit or brings something in is mended, or made by code instead."""
    kind = FORMS[form]
    own = by_code(form, value, material.brief, material.constraints, material.author)
    if form in ("post", "quote"):  # a quote is a quote: word for word
        return own
    tokens = min(1500, 200 + len(value) // 2)
    request = calls.request(
        material, PROMPT, 900, tokens, schema=_SCHEMA, form=kind.title, what=kind.what, rules=rules(kind), post=value
    )
    rows = free.parsed(step.call(request).texts[0]).get("parts")
    said = [guard.clean(clean(row))[0] for row in rows if isinstance(row, str)] if isinstance(rows, list) else []
    return mended(form, said, own, value, material)


def mended(form: str, said: Sequence[str], own: list[str], value: str, material: Material) -> list[str]:
    """A model's parts without what is foreign, within the limits; by code where too little of them is left."""
    kind, c = FORMS[form], material.constraints
    given = known(c, value)
    kept = [part for row in said if (part := _native(row, given, kind))]
    if form == "thread":
        return _thread(kind, kept, own, value, material)
    if form == "carousel":
        slides = [part if not slide_over(part) else adapt_code.slide(units(part)[0]) for part in kept]
        good = [s for s in slides if not kind.over(s) and not slide_over(s)]
        good = [*good[: kind.parts[1] - 1], own[-1]] if own and good and own[-1] not in good else good
        return good if kind.parts[0] <= len(good) <= kind.parts[1] else own
    if not kept or check(form, [_closed(kind, kept[0], value, material)], c, value):
        return own
    return [_closed(kind, kept[0], value, material)]


def check(form: str, parts: Sequence[str], c: Constraints, value: str = "") -> list[Broken]:
    """What does not hold: limits of the form, its number of parts, facts and links that nobody gave.

    `value` is the text that it was made from: what stands there is no news here.
    """
    kind, given = FORMS[form], known(c, value)
    out: list[Broken] = []
    low, high = kind.parts
    if not parts:
        out.append(Broken("parts", f"Nothing in the text can stand as {kind.title[:1].lower() + kind.title[1:]}."))
    elif not low <= len(parts) <= high:
        range_ = f"{low}" if low == high else f"{low} to {high}"
        what = kind.part.lower() + ("" if high == 1 else "s")
        out.append(
            Broken("parts", f"It has {len(parts)} {what}; {range_} are meant. The text may be too short for it.")
        )
    for number, part in enumerate(parts, 1):
        if kind.over(part) or (form == "carousel" and slide_over(part)):
            out.append(Broken("length", f"{kind.part} {number} is too long: {kind.count(part)}."))
        if not part.strip():
            out.append(Broken("length", f"{kind.part} {number} is empty."))
        words = part.partition("\n— ")[0] if form == "quote" else part  # who says it is no claim
        if foreign := strange(words, given):
            out.append(Broken("facts", f"{kind.part} {number} says “{foreign[0]}”, which is not in the post."))
        if not kind.links and text.links(part):
            out.append(Broken("link", f"{kind.part} {number} holds an address, which cannot be clicked there."))
    tags = [tag.lower() for part in parts for tag in text.hashtags(part)]
    if len(tags) > kind.tags[1] or len(tags) != len(set(tags)):
        out.append(Broken("hashtags", f"It has {len(tags)} hashtags; at most {kind.tags[1]} different ones are meant."))
    return out


def strange(part: str, c: Constraints) -> list[str]:
    """Facts and addresses of a part that nobody gave."""
    found = [fact.text for fact in constraints.foreign(part, c)]
    return [*found, *(link for link in text.links(part) if link not in {*c.links, *found})]


def known(c: Constraints, *said: str) -> Constraints:
    """The constraints where facts and addresses may also come from these texts."""
    wider = constraints.widened(c, *said)
    bare = (fact.text for one in said for fact in facts(one) if fact.kind == "url")
    return replace(wider, links=(*c.links, *(link for one in said for link in text.links(one)), *bare))


def joined(form: str, parts: Sequence[str]) -> str:
    """The parts as one text, for reading: a blank line between them."""
    return "\n\n".join(numbered(parts) if form == "thread" and len(parts) > 1 else parts)


def numbered(parts: Sequence[str]) -> list[str]:
    """The parts of a thread with `1/5` under each; there is room for it."""
    return [f"{part}\n{at}/{len(parts)}" for at, part in enumerate(parts, 1)]


def rules(kind: Form) -> list[str]:
    """What must hold for a form, as the model is told it; code checks it all the same."""
    low, high = kind.parts
    limit = kind.limit - (adapt_code.NUMBERING if kind.name == "thread" else 0)
    return [
        f"{low} part." if high == 1 else f"{low} to {high} parts, in the order of the post.",
        f"Every part has at most {limit} characters" + (f" and {kind.words} words." if kind.words else "."),
        *(
            [f"A part is a title of at most {TITLE_WORDS} words, a line break, then at most {SLIDE_WORDS} words."]
            if kind.name == "carousel"
            else []
        ),
        "No web address and no hashtag: they are added afterwards.",
        "No number, name, date or quotation that the post does not hold.",
    ]


def slide_over(part: str) -> bool:
    """Whether a slide's title or the words under it are too many."""
    title, _, below = part.partition("\n")
    return len(title.split()) > TITLE_WORDS or len(below.split()) > SLIDE_WORDS


# ---- a model's parts -----------------------------------------------------------------------------------------


def _native(part: str, given: Constraints, kind: Form) -> str:
    """A part without sentences that hold something foreign or banned, and without hashtags and addresses."""
    found, _ = units(part)
    plain = [kept for unit in found if (kept := adapt_code.unlinked(unit)) is not None]
    good = [u for u in plain if not strange(u.text, given) and not banned_in(u.text, given.banned)]
    if kind.name == "carousel":  # the first line is the title
        rows = [set_again([u for u in good if u.text in row]) for row in tidy(part).split("\n")]
        return "\n".join(row for row in rows if row)
    return set_again(good)


def _closed(kind: Form, part: str, value: str, material: Material) -> str:
    """A single part with the hashtags and the link that belong to it, as far as there is room."""
    link, tags = material.brief.link, units(value)[1][: kind.tags[1]]
    ends = [adapt_code.IN_BIO if link and not kind.links and kind.name == "caption" else "", link if kind.links else ""]
    for end in (*ends, " ".join(tags)):
        if end and end not in part and kind.weigh(f"{part}\n\n{end}") <= kind.limit:
            part = f"{part}\n\n{end}"
    return part


def _thread(kind: Form, kept: Sequence[str], own: list[str], value: str, material: Material) -> list[str]:
    """The model's thread with every post cut to the limit; by code where it left out too much of the text."""
    limit = kind.limit - adapt_code.NUMBERING
    parts = [piece for part in kept for piece in pack(units(part)[0], lambda v: kind.weigh(v) <= limit)]
    if sum(len(p.split()) for p in parts) < _SHARE * len(value.split()) or len(parts) > kind.parts[1]:
        return own
    if material.brief.link:
        parts.append(material.brief.link)
    tags = " ".join(units(value)[1][: kind.tags[1]])
    ended = f"{parts[-1]}\n\n{tags}"
    return [*parts[:-1], ended] if tags and kind.weigh(ended) <= limit else parts
