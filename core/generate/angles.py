"""Angles: the ways in which one brief can become different posts, and which of them fit this brief and this author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analytics import hooks, text
from core.generate.brief import BriefFields
from core.generate.clauses import is_clause
from core.generate.diversity import Avoided, Patterns, first_words, named
from core.persona.habits import Habits


@dataclass(frozen=True)
class Kind:
    """A way to build a post. `hooks` are the openings (analytics.hooks.KINDS) that it gives."""

    name: str
    title: str
    opening: str
    build: str
    hooks: tuple[str, ...]


KINDS = (
    Kind("claim", "Claim first", "opens with the strongest point", "the claim, why, the story as proof, the rest",
         ("statement", "number", "contrarian", "announcement", "command", "address")),
    Kind("story", "Story first", "opens with what happened", "the story, what it taught, the rest", ("story",)),
    Kind("question", "Question first", "opens with a question", "the question, the answer, what stands behind it",
         ("question",)),
    Kind("list", "Points first", "opens with the topic and lists the points", "the points one by one",
         ("statement", "number")),
    Kind("lesson", "Lesson first", "opens with how the story ended", "the end, how it came to that, the points",
         ("contrarian", "statement", "story")),
)  # fmt: skip
"""Adding a kind: a row here and its order in core.generate.skeleton."""
LONGEST_TITLE = 60
"""Characters; a model that answers with a sentence instead gets the title of its kind."""
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Angle:
    """One planned post. `lead` is the number of the point that carries it."""

    number: int
    kind: str
    title: str
    opening: str
    build: str
    why: str
    lead: int = 0

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def plan(brief: BriefFields, habits: Habits, one_block: bool = False, patterns: Patterns | None = None) -> list[Angle]:
    """As many angles as variants, the most fitting first; a kind comes again only with another leading point.

    What the author's newest posts did too often (`patterns`) comes last, but for what a person asked for.
    """
    lately = patterns or Patterns()
    order = leads(brief, lately)
    fitting = ranked(brief, habits, one_block, lately)
    out: list[Angle] = []
    for round_ in range(brief.variants):
        for at, (kind, why) in enumerate(fitting):
            if len(out) == brief.variants:
                return out
            lead = order[(round_ + (at if round_ == 0 else at + 1)) % len(order)] if order else 0
            if round_ == 0 and at == 0:
                lead = order[0] if order else 0
            title = kind.title if round_ == 0 else f"{kind.title}, another point"
            out.append(Angle(len(out) + 1, kind.name, title, kind.opening, kind.build, why, lead))
    return out


def avoided(brief: BriefFields, patterns: Patterns | None = None) -> list[dict[str, Any]]:
    """What the plan put back or left to a person, as JSON: {kind, value, why, angle}; `angle` is the title of the kind
    of angle that was put back for it, "" where the plan can only say so.
    """
    lately = patterns or Patterns()
    put_back = {
        (a.kind, a.value): kind.title
        for kind in KINDS
        if _possible(kind, brief) and not _asked(kind, brief) and (a := _against(kind, brief, lately)) is not None
    }
    rows = [*lately.avoid(), *([again] if (again := lately.again(brief.call_to_action)) else [])]
    named_once = {(a.kind, a.value): a for a in rows}
    return [{**asdict(a), "angle": put_back.get(key, "")} for key, a in named_once.items()]


def from_model(
    answer: Sequence[Any],
    brief: BriefFields,
    habits: Habits,
    one_block: bool = False,
    patterns: Patterns | None = None,
) -> list[Angle]:
    """The angles that a model planned, in order; what it left out or doubled comes from `plan`.

    The kind that a person asked for comes first whatever the model says.
    """
    out: list[Angle] = []
    spare = plan(brief, habits, one_block, patterns)
    for row in sorted(answer, key=lambda r: not (isinstance(r, dict) and r.get("kind") == brief.angle)):
        kind = str(row.get("kind", "")).strip().lower() if isinstance(row, dict) else ""
        if kind not in BY_NAME or any(a.kind == kind for a in out) or len(out) == brief.variants:
            continue
        base = BY_NAME[kind]
        said = {k: " ".join(str(row.get(k) or "").split())[:200] for k in ("title", "opening", "build")}
        lead = next((a.lead for a in spare if a.kind == kind), 0)
        out.append(
            Angle(
                len(out) + 1,
                kind,
                said["title"] if 0 < len(said["title"]) <= LONGEST_TITLE else base.title,
                said["opening"] or base.opening,
                said["build"] or base.build,
                "planned by the model for this brief",
                lead,
            )
        )
    rest = [a for a in spare if not any(a.kind == o.kind for o in out)] + [
        a for a in spare if any(a.kind == o.kind for o in out)
    ]
    for angle in rest[: brief.variants - len(out)]:
        out.append(Angle(**{**angle.record(), "number": len(out) + 1}))
    return out


def ranked(brief: BriefFields, habits: Habits, one_block: bool, lately: Patterns) -> list[tuple[Kind, str]]:
    """The kinds that this brief has material for: the one asked for, what was not overused, the author's usual ones."""
    possible = [k for k in KINDS if _possible(k, brief) and not (one_block and k.name == "list" != brief.angle)]
    order = {hook: place for place, hook in enumerate(habits.hooks)}

    def place(kind: Kind) -> tuple[bool, bool, int, int]:
        return (
            kind.name != brief.angle,
            brief.hook_kind not in kind.hooks,
            0 if _asked(kind, brief) else _overused(kind, brief, lately),
            min(order.get(h, 99) for h in kind.hooks),
        )

    return [(kind, _why(kind, brief, order, lately)) for kind in sorted(possible, key=place)]


def _asked(kind: Kind, brief: BriefFields) -> bool:
    return kind.name == brief.angle or brief.hook_kind in kind.hooks


def _overused(kind: Kind, brief: BriefFields, lately: Patterns) -> int:
    """2 over its budget, 1 more often than usual, else 0."""
    if _against(kind, brief, lately) is not None:
        return 2
    return int(any(lately.often("hook", hook) for hook in _opens(kind, brief)))


def _against(kind: Kind, brief: BriefFields, lately: Patterns) -> Avoided | None:
    """What of the newest posts speaks against this kind: all the openings that it could have, or its layout."""
    if kind.name == "list" and (found := lately.avoids("layout", "list") or lately.avoids("layout", "mixed")):
        return found
    against = [lately.avoids("hook", hook) for hook in _opens(kind, brief)]
    return against[0] if against and all(against) else None


def _opens(kind: Kind, brief: BriefFields) -> list[str]:
    """The openings that this brief's words would give a kind; none where a person wrote the opening line."""
    told = text.sentences(brief.story)
    if brief.hook_line:
        return []
    lines = {
        "claim": [p for p in brief.points if is_clause(p)] or brief.points,
        "story": told[:1],
        "question": [],
        "list": [brief.topic],
        "lesson": told[-1:],
    }[kind.name]
    return list(dict.fromkeys(hooks.hook(line) for line in lines)) or [kind.hooks[0]]


def _possible(kind: Kind, brief: BriefFields) -> bool:
    told = len(text.sentences(brief.story))
    return {
        "claim": bool(brief.points or brief.hook_line),
        "story": told > 0,
        "question": True,
        "list": len(brief.points) > 1,
        "lesson": told > 1 and bool(brief.points),
    }[kind.name]


def _why(kind: Kind, brief: BriefFields, order: dict[str, int], lately: Patterns) -> str:
    if kind.name == brief.angle:
        return "the angle that was asked for"
    if brief.hook_kind in kind.hooks:
        return "the opening that you asked for"
    if against := _against(kind, brief, lately):
        return f"put back: {against.why[:1].lower()}{against.why[1:].rstrip('.')}"
    known = [h for h in kind.hooks if h in order]
    first = bool(known) and min(order[h] for h in known) == 0
    base = "how this author opens most often" if first else "an opening that this author uses too"
    base = base if known else "a different way in"
    over = [named("hook", a.value) for a in lately.avoid() if a.kind == "hook"]
    return f"{base}; the last posts opened with {' and '.join(over)} too often" if over and not first else base


def leads(brief: BriefFields, lately: Patterns) -> list[int]:
    """Points in the order in which they may lead: the kind of opening asked for first, then what the newest posts did
    not begin with, whole sentences only where there are any.
    """

    def place(at: int) -> tuple[bool, bool, int]:
        point = brief.points[at]
        used = lately.avoids("hook", hooks.hook(point)) or lately.avoids("opening", first_words(point))
        return hooks.hook(point) != brief.hook_kind, used is not None, at

    whole = [at for at in range(len(brief.points)) if is_clause(brief.points[at])]
    return sorted(whole or range(len(brief.points)), key=place)
