"""A text changed as somebody asked in words: what the wish does not touch stays word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import regex

from analytics import layout, text
from core.generate import adapt, calls, constraints, edits, free, guard, repair
from core.generate.body import parse
from core.generate.desk import Step
from core.generate.finish import finish, tidy
from core.generate.material import Material
from core.generate.repair import Checked
from core.generate.revision_draft import Draft
from core.generate.revision_rules import RULES, Rule
from core.platforms import LINKEDIN

PROMPT = "revise"
_QUOTED = regex.compile(r"“([^”]*)”|\"([^\"]*)\"|‘([^’]*)’|(?<![\p{L}])'([^']*)'(?!\p{L})|«([^»]*)»")
_PARTED = regex.compile(
    r"[;\n]+|[.!?](?=\s|$)|,(?!\d)|\s+(?:and|but|also|plus|then|while)\s+(?!paragraphs?\b|sentences?\b)|\s*&\s*",
    regex.I,
)
_POLITE = regex.compile(
    r"^(?:please|could you|can you|i(?:'d| would) (?:like|want)|also|maybe|perhaps|and|but)\b[,\s]*", regex.I
)
_KEEP = regex.compile(
    r"^(?:keep|leave|don['’]t (?:touch|change|lose|drop|cut|remove)|do not (?:touch|change|lose|drop|cut|remove))\b",
    regex.I,
)
_LINES = 8
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"old": {"type": "string"}, "new": {"type": "string"}},
                "required": ["old", "new"],
            },
        },
        "done": {"type": "array", "items": {"type": "string"}},
        "not_done": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["edits", "done", "not_done"],
}


class Revised(NamedTuple):
    """The new text, what was done, and what was not, each with its reason, in plain words."""

    text: str
    done: list[str]
    not_done: list[str]


class Wish(NamedTuple):
    """One thing that is asked for, with the words between quotation marks apart (`{0}` stands for the first)."""

    text: str
    quoted: list[str]

    def said(self) -> str:
        """As it was typed, but for the kind of quotation marks."""
        return str(regex.sub(r"\{(\d+)\}", lambda m: f"“{self.quoted[int(m[1])]}”", self.text))


def wishes(feedback: str) -> list[Wish]:
    """The single wishes of a request: parted at commas, full stops, "and", "but"; never inside quotation marks."""
    quoted: list[str] = []

    def hide(found: regex.Match[str]) -> str:
        quoted.append(next(group for group in found.groups() if group is not None).strip())
        return f"{{{len(quoted) - 1}}}"

    hidden = _QUOTED.sub(hide, feedback.replace("{", "(").replace("}", ")"))
    rows = [_POLITE.sub("", part.strip()).strip(" .,") for part in _PARTED.split(hidden)]
    return [Wish(row, quoted) for row in rows if row]


def by_code(value: str, feedback: str, material: Material) -> Revised:
    """What code can do of a request, exactly; what it cannot, with the reason."""
    return _follow(value, wishes(feedback), material, exact=False)[0]


def by_model(step: Step, material: Material, value: str, feedback: str) -> Revised:
    """Code does what it can do exactly; the rest is asked of the model as edits of single sentences, each checked."""
    first, left = _follow(value, wishes(feedback), material, exact=True)
    if not left:
        return first
    asked = "; ".join(wish.said() for wish in left)
    request = calls.request(
        material, PROMPT, 700, min(1500, 400 + len(value) // 2), schema=_SCHEMA,
        draft=first.text, feedback=asked, rules=free.rules(material),
    )  # fmt: skip
    answer = free.parsed(step.call(request).texts[0])
    rows = answer.get("edits")
    if not isinstance(rows, list) or not rows:
        second = _follow(first.text, left, material, exact=False)[0]
        said = _told(answer.get("not_done"))
        return Revised(second.text, [*first.done, *second.done], [*first.not_done, *(said or second.not_done)])
    good, refused = _checked(rows, material, f"{value}\n{feedback}")
    changed = edits.apply(first.text, good, most=30)
    return Revised(
        changed.text,
        [*first.done, *(_told(answer.get("done")) or changed.said)],
        [*first.not_done, *_told(answer.get("not_done")), *refused],
    )


def bound(material: Material, before: str, after: str, feedback: str, most: int = LINKEDIN) -> Material:
    """The material with constraints that let a wish stand: what somebody asked for wins over a habit.

    Facts that a person typed, in the text or in the wish, are theirs; a review asks for them to be confirmed. `most`:
    characters that it may have.
    """
    c = material.constraints
    tags, pictures = len(text.hashtags(after)), len(text.emoji(after))
    blocks = parse(after).blocks
    longest = max((len(block.units) for block in blocks if not block.listed), default=1)
    several = len(text.paragraphs(after)) > 1
    loosened = replace(
        adapt.known(c, before, feedback),
        chars=(min(c.chars[0], len(after)), min(most, max(c.chars[1], len(after)))),
        hashtags=(min(c.hashtags[0], tags), max(tags, c.hashtags[1])),
        emoji=(min(c.emoji[0], pictures), max(pictures, c.emoji[1])),
        sentences=max(c.sentences, longest),
        one_block=c.one_block and not several,
        gap="\n\n" if layout.has_blank_lines(after) else ("\n" if several else c.gap),
        bullets=c.bullets or bool(layout.bullets(after)),
        link_place=_place(after, c.link, c.link_place),
    )
    return replace(material, constraints=loosened)


def held(value: str, material: Material, seed: int) -> tuple[Checked, list[str]]:
    """The text as it is where everything holds, so that nothing is touched without need; else repaired."""
    c = material.constraints
    brief = material.brief.model_copy(update={"link_place": c.link_place})
    safe, taken = guard.clean(finish(value, brief, c).text)
    if not constraints.check(safe, c):
        return Checked(safe), taken
    repaired = repair.repair(safe, c, seed)
    return repaired, [*taken, *repaired.changes]


def kept(before: str, after: str) -> float:
    """The share of the old text's sentences that stand in the new one word for word, 0 to 1."""
    return edits.share_kept(before, after)


# ---- following -----------------------------------------------------------------------------------------------


def _follow(value: str, asked: list[Wish], material: Material, exact: bool) -> tuple[Revised, list[Wish]]:
    """Every wish in its turn; with `exact` only what code does without a loss, the rest is handed back."""
    draft = Draft.of(tidy(value), material)
    draft.protect([wish.text for wish in asked if _KEEP.match(wish.text)], asked[0].quoted if asked else [])
    done: list[str] = []
    not_done: list[str] = []
    left: list[Wish] = []
    for wish in asked:
        if _KEEP.match(wish.text):
            done.append(f"Kept, as you asked: {wish.said()}.")
            continue
        rule, found = _rule(wish)
        if exact and not (rule and rule.exact):
            left.append(wish)
        elif rule is None or found is None:
            not_done.append(
                f"“{wish.said()}”: this is not understood without a larger model. Say it with other words, for example "
                "“shorter” or “no hashtags”, or edit the text yourself."
            )
        else:
            said = rule.work(draft, found, wish.quoted)
            (done if said.done else not_done).append(said.text)
    text_now = draft.text()
    return Revised(value if not draft.touched else text_now, done, not_done), left


def _rule(wish: Wish) -> tuple[Rule | None, regex.Match[str] | None]:
    for rule in RULES:
        if found := rule.pattern.search(wish.text):
            return rule, found
    return None, None


def _checked(rows: list[Any], material: Material, known: str) -> tuple[list[Any], list[str]]:
    """The edits that bring in nothing foreign, and a line for each of the others."""
    given = adapt.known(material.constraints, known)
    good: list[Any] = []
    refused: list[str] = []
    for row in rows:
        new = str(row.get("new") or "") if isinstance(row, dict) else ""
        if foreign := adapt.strange(new, given):
            refused.append(f"“{new[:80]}” was left out: “{foreign[0]}” is neither in the post nor in the brief.")
        else:
            good.append(row)
    return good, refused


def _told(rows: Any) -> list[str]:
    """Lines of a model's answer, as plain text."""
    return (
        [" ".join(str(row).split())[:300] for row in rows if str(row).strip()][:_LINES]
        if isinstance(rows, list)
        else []
    )


def _place(after: str, link: str, place: str) -> str:
    if not link:
        return place
    if link not in after:
        return "comment"
    return "postscript" if regex.search(rf"P\.S\. The link: {regex.escape(link)}", after) else "post"
