"""The parts of a skeleton before they are blocks: what may be left out, and how a build sets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.generate import repair
from core.generate.body import Block, Body
from core.generate.constraints import Constraints
from core.generate.frames import Build, in_forms, join


@dataclass
class Part:
    """Sentences, or items, that stand together."""

    units: list[str]
    must: bool = False
    listed: bool = False
    slot: bool = False
    """A sentence may follow."""
    call: bool = False
    spare: bool = False
    """Left out where the post is long enough without it, so that variants differ in more than their order."""
    told: bool = False
    """The story: it stands whole or not at all, and its end is never cut off."""


def shorter(parts: list[Part]) -> bool:
    """Take something away: the story as a whole where it may go, the last point, items, at last a story's middle."""
    loose = [p for p in parts if p.units and not p.must]
    points = [p for p in loose if not p.told]
    listed = [p for p in parts if p.listed and len(p.units) > 2]
    told = [p for p in parts if p.told and len(p.units) > 2]
    if len(loose) > len(points):
        next(p for p in loose if p.told).units.clear()
    elif points:
        points[-1].units.pop()
    elif listed:
        listed[0].units.pop()
    elif told:
        told[0].units.pop(len(told[0].units) // 2)
    else:
        return False
    return True


def rendered(parts: Sequence[Part], c: Constraints) -> str:
    """The parts as a text with its hashtags and link."""
    return repair.render(Body([Block(list(p.units), p.listed) for p in parts if p.units]), c)


def as_built(parts: list[Part], build: Build, framed: Callable[[str, str], str], most: int) -> list[Part]:
    """The parts as the build wants them: forms, joins, a word before the last point, paragraphs of `most` sentences."""
    out = [replace(p, units=[in_forms(u, build) for u in p.units]) for p in parts]
    loose = [p for p in out if not (p.must or p.told or p.listed or p.call)]
    if len(loose) > 1 and len(loose[-1].units) == 1:
        loose[-1].units[0] = framed("more", loose[-1].units[0])
    for part in out:
        if not part.listed and (build.joined == "all" or part.told == (build.joined == "story")):
            part.units = join(part.units, build)
    if build.loud:
        for part in out:
            part.units = [f"{u[:-1]}!" if part.call and u[-1:] == "." else u for u in part.units]
    if build.blocks == "lines":
        return [q for p in out for q in ([p] if p.listed else _lines(p))]
    return _packed(out, most) if build.blocks == "packed" else out


def _lines(part: Part) -> list[Part]:
    """Each sentence a paragraph; one that the model adds may follow the last."""
    last = len(part.units) - 1
    return [replace(part, units=[unit], slot=part.slot and at == last) for at, unit in enumerate(part.units)]


def _packed(parts: list[Part], most: int) -> list[Part]:
    """Paragraphs of as many sentences as the author's have; the opening and the call to action stand alone."""
    out: list[Part] = []
    for number, part in enumerate(parts):
        last = out[-1] if out else None
        loose = last is not None and number > 1 and not (part.listed or last.listed or part.call)
        if last is not None and loose and len(last.units) + len(part.units) <= most:
            out[-1] = replace(part, units=[*last.units, *part.units])
        else:
            out.append(part)
    return out
