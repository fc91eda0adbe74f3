"""Angles: the ways in which one brief can become different posts, and which of them fit this brief and this author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analytics import hooks, text
from core.generate.brief import BriefFields
from core.generate.clauses import is_clause
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


def plan(brief: BriefFields, habits: Habits, one_block: bool = False) -> list[Angle]:
    """As many angles as variants, the most fitting first; a kind comes again only with another leading point."""
    ranked = _ranked(brief, habits, one_block)
    leads = _leads(brief)
    out: list[Angle] = []
    for round_ in range(brief.variants):
        for at, (kind, why) in enumerate(ranked):
            if len(out) == brief.variants:
                return out
            lead = leads[(round_ + (at if round_ == 0 else at + 1)) % len(leads)] if leads else 0
            if round_ == 0 and at == 0:
                lead = leads[0] if leads else 0
            title = kind.title if round_ == 0 else f"{kind.title}, another point"
            out.append(Angle(len(out) + 1, kind.name, title, kind.opening, kind.build, why, lead))
    return out


def from_model(answer: Sequence[Any], brief: BriefFields, habits: Habits, one_block: bool = False) -> list[Angle]:
    """The angles that a model planned, in order; what it left out or doubled comes from `plan`."""
    out: list[Angle] = []
    spare = plan(brief, habits, one_block)
    for row in answer:
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
                said["title"] or base.title,
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


def _ranked(brief: BriefFields, habits: Habits, one_block: bool) -> list[tuple[Kind, str]]:
    """The kinds that this brief has material for: the opening asked for, then the author's usual ones."""
    possible = [k for k in KINDS if _possible(k, brief) and not (one_block and k.name == "list")]
    order = {hook: place for place, hook in enumerate(habits.hooks)}

    def place(kind: Kind) -> tuple[bool, int]:
        return brief.hook_kind not in kind.hooks, min(order.get(h, 99) for h in kind.hooks)

    return [(kind, _why(kind, brief, order)) for kind in sorted(possible, key=place)]


def _possible(kind: Kind, brief: BriefFields) -> bool:
    told = len(text.sentences(brief.story))
    return {
        "claim": bool(brief.points or brief.hook_line),
        "story": told > 0,
        "question": True,
        "list": len(brief.points) > 1,
        "lesson": told > 1 and bool(brief.points),
    }[kind.name]


def _why(kind: Kind, brief: BriefFields, order: dict[str, int]) -> str:
    if brief.hook_kind in kind.hooks:
        return "the opening that you asked for"
    known = [h for h in kind.hooks if h in order]
    if known and min(order[h] for h in known) == 0:
        return "how this author opens most often"
    return "an opening that this author uses too" if known else "a different way in"


def _leads(brief: BriefFields) -> list[int]:
    """Points in the order in which they may lead: the kind of opening asked for first, then whole sentences."""

    def place(at: int) -> tuple[bool, int]:
        point = brief.points[at]
        return hooks.hook(point) != brief.hook_kind, at

    whole = [at for at in range(len(brief.points)) if is_clause(brief.points[at])]
    return sorted(whole or range(len(brief.points)), key=place)
