"""Guidelines: what the house wants in every post, and what it never wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from core import store
from core.errors import Conflict, Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, guidelines
from core.store.tables import Guideline

BRAND: Final = "brand"
"""How images look: read by core.images.brand, never told to a writing model nor looked for in a text."""
KINDS: Final = ("tone", "banned", "required", "topic", "example", BRAND)
SEVERITIES: Final = ("block", "warn")
WORDS: Final = {
    "tone": "how it should sound",
    "banned": "never to be said",
    "required": "to be said",
    "topic": "what it may be about",
    "example": "an example of the manner",
    BRAND: "how its images look",
}
RULES, RULE, BODY, PHRASES = 12, 1_200, 900, 20
"""Rules that a prompt is told; characters of one, and of the page below it; phrases of one."""
FIELDS: Final = frozenset({"title", "kind", "text", "phrases", "severity", "authors", "url"})


def listed(author_id: str | None = None) -> list[Guideline]:
    """All guidelines in force, the oldest first; with an author, only those that bind this author."""
    with store.reading() as tx:
        return guidelines.listed(tx, author_id)


def for_writing(author_id: str) -> list[Guideline]:
    """The guidelines that bind this author's texts: all but those on how images look."""
    return [rule for rule in listed(author_id) if rule.kind != BRAND]


def get(guideline_id: str) -> Guideline:
    """One guideline in force. Raises NotFound."""
    with store.reading() as tx:
        return guidelines.get(tx, guideline_id)


def add(title: str, actor: Actor, **fields: Any) -> Guideline:
    """A new guideline. Fields: kind, text, phrases, severity (block or warn), authors (ids; none: everyone), url.

    Raises Invalid, which names the field, or Denied for readers.
    """
    _allowed(actor)
    values = _checked({"kind": "tone", "severity": "warn", **fields, "title": title})
    with store.writing(actor) as tx:
        return guidelines.add(tx, Guideline(**values, version=1))


def edit(guideline_id: str, actor: Actor, version: int | None = None, **fields: Any) -> Guideline:
    """Change the given fields; the version counts up. Raises Conflict where `version` is not the newest."""
    _allowed(actor)
    with store.writing(actor) as tx:
        row = guidelines.locked(tx, guideline_id)
        if version is not None and version != row.version:
            raise Conflict("Somebody changed this guideline first; nothing was overwritten.", "Reload and look.")
        merged = {name: getattr(row, name) for name in FIELDS} | fields
        edits = {name: value for name, value in _checked(merged).items() if value != getattr(row, name)}
        for name, value in edits.items():
            setattr(row, name, value)
        if edits:
            row.version += 1
        return row


def remove(guideline_id: str, actor: Actor) -> None:
    """No longer in force. What was judged by it keeps its record."""
    _allowed(actor)
    with store.writing(actor) as tx:
        guidelines.remove(tx, guideline_id)


def told(rules: Iterable[Guideline]) -> list[dict[str, str]]:
    """What a writing model is told of these rules: {kind, title, text}, what blocks first; few, and short ones.

    The page below a rule's row is part of its text. It is data: a prompt must fence it.
    """
    out = []
    for rule in sorted(rules, key=lambda r: r.severity != "block"):
        text = "\n".join(x for x in (rule.text.strip(), *rule.phrases[:PHRASES], cut(rule.body.strip(), BODY)) if x)
        out.append({"kind": rule.kind, "title": rule.title, "text": cut(text, RULE)})
    return out[:RULES]


def for_prompt(rules: Iterable[Mapping[str, str]]) -> str:
    """Told rules as the lines of a prompt."""
    return "\n".join(
        f"{rule['title']} ({WORDS.get(rule['kind'], rule['kind'])}): {rule['text']}".rstrip(": ") for rule in rules
    )


def cut(text: str, most: int) -> str:
    """The text, shortened at a word where it is longer."""
    return text if len(text) <= most else f"{text[:most].rsplit(maxsplit=1)[0]} …"


def _allowed(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("You may not change guidelines: your role is reader.", "Ask an editor or an approver to do it.")


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises Invalid, which names the field."""
    if unknown := set(values) - FIELDS:
        raise Invalid(f"A guideline has no {', '.join(sorted(unknown))}.", f"Its fields: {', '.join(sorted(FIELDS))}.")
    out = dict(values)
    out["title"] = str(values["title"]).strip()
    if not 1 <= len(out["title"]) <= 300:
        raise Invalid("A guideline needs a title of 1 to 300 characters.", "Name the rule in a few words.")
    if values["kind"] not in KINDS:
        raise Invalid(f"A guideline's kind cannot be {values['kind']!r}.", f"Choose one of {', '.join(KINDS)}.")
    if values["severity"] not in SEVERITIES:
        raise Invalid(f"A guideline's severity cannot be {values['severity']!r}.", "Choose block or warn.")
    phrases = [p.strip() for p in values.get("phrases") or []]
    out["phrases"] = list(dict.fromkeys(p for p in phrases if p))
    if values["kind"] in ("banned", "required") and not out["phrases"]:
        raise Invalid(f"A guideline of the kind {values['kind']} needs phrases.", "Add at least one phrase.")
    out["authors"] = list(values.get("authors") or [])
    return out
