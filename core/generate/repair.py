"""Repair: what breaks a constraint is taken away or set right; what cannot be stays broken, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from analytics import text
from core.generate import body as bodies
from core.generate import constraints, finish
from core.generate.body import Block, Body
from core.generate.clauses import JOINED, same_forms
from core.generate.constraints import Broken, Constraints
from core.generate.frames import bare

TELLING = 4
"""Words from which on the same sentence twice is a slip and not a refrain."""
I_LINES = (
    "That is what I take from it.",
    "I keep coming back to this.",
    "That is how I see it.",
    "This one stays with me.",
)


@dataclass(frozen=True)
class Checked:
    """A text after repair: what was changed, and what is still broken (nothing: the variant is good)."""

    text: str
    changes: list[str] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)


def repair(raw: str, c: Constraints, seed: int = 0) -> Checked:
    """Take away what may not stand and set the rest in the author's way; nothing is invented but a frame."""
    changes: list[str] = []
    body = bodies.parse(bodies.clean(finish.unplaced(raw), talk=False))
    body = _drop_forbidden(body, c, changes)
    body = _drop_repeated(body, changes)
    body = _fewer_emoji(body, c, changes)
    body = _speak_of_i(body, c, changes, seed)
    body = _split(body, c)
    value = _fit(body, c, changes)
    return Checked(value, changes, constraints.check(value, c))


def own(unit: str, c: Constraints) -> bool:
    """Whether a sentence is the brief's own: it stands there, as a whole, after a label, or joined of two that do."""
    material = f" {same_forms(c.material)} "

    def stands(part: str) -> bool:
        words = same_forms(bodies.plain_words(part))
        return len(words.split()) > 1 and f" {words} " in material

    if stands(unit) or stands(unit.partition(":")[2]) or stands(bare(unit)):
        return True
    joined = JOINED.split(bare(unit))
    return len(joined) > 1 and all(stands(part) for part in joined)


def _drop_forbidden(body: Body, c: Constraints, changes: list[str]) -> Body:
    """Without sentences that may not stand. Facts are looked for in whole paragraphs: a quote may hold several."""
    gone = []
    for number, block in enumerate(body.blocks):
        strange = _strange(block, c)
        for at, unit in enumerate(block.units):
            why = strange.get(at) or ("" if own(unit, c) else constraints.forbidden(unit, c))
            if why:
                gone.append((number, at))
                changes.append(f"Took out “{unit[:80]}”: {why}.")
    return body.without(gone)


def _drop_repeated(body: Body, changes: list[str]) -> Body:
    """Without sentences that stand there already, word for word."""
    seen: set[str] = set()
    gone = []
    for number, block in enumerate(body.blocks):
        for at, unit in enumerate(block.units):
            words = bodies.plain_words(unit)
            if len(words.split()) >= TELLING and words in seen:
                gone.append((number, at))
                changes.append(f"Took out “{unit[:80]}”: it stands there already.")
            seen.add(words)
    return body.without(gone)


def _strange(block: Block, c: Constraints) -> dict[int, str]:
    """The units of a block in which a foreign fact stands, wholly or in part, and why."""
    out: dict[int, str] = {}
    if c.allowed is None:
        return out
    for fact in constraints.foreign("\n".join(block.units), c):
        begin = 0
        for at, unit in enumerate(block.units):
            if fact.start < begin + len(unit) and begin < fact.end:
                out.setdefault(at, constraints.unknown(fact))
            begin += len(unit) + 1
    return out


def _fewer_emoji(body: Body, c: Constraints, changes: list[str]) -> Body:
    left = c.emoji[1]
    for block in body.blocks:
        for at, unit in enumerate(block.units):
            found = text.emoji(unit)
            block.units[at] = _without_last(unit, found[left:])
            changes += [f"Took out an emoji: at most {c.emoji[1]} are meant."] * len(found[left:])
            left = max(0, left - len(found))
    missing = c.emoji[0] - (c.emoji[1] - left)
    if missing > 0 and c.favourite_emoji and body.blocks and body.blocks[0].units:
        added = " ".join((c.favourite_emoji * missing)[:missing])
        body.blocks[0].units[0] += f" {added}"
        changes.append(f"Added {added}: this author's posts have at least {c.emoji[0]}.")
    return body.without((n, at) for n, b in enumerate(body.blocks) for at, u in enumerate(b.units) if not u)


def _without_last(unit: str, extra: Sequence[str]) -> str:
    """A sentence without these emoji, which are its last ones."""
    for emoji in reversed(extra):
        head, _, tail = unit.rpartition(emoji)
        unit = f"{head.rstrip(' ')} {tail.lstrip(' ')}".strip()
    return str(regex.sub(r" +([.,;:!?])", r"\1", unit))


def _speak_of_i(body: Body, c: Constraints, changes: list[str], seed: int) -> Body:
    if c.person != "yes" or not body.blocks or constraints.first_person(" ".join(body.units())):
        return body
    line = I_LINES[seed % len(I_LINES)]
    last = body.blocks[-1]
    said = len(last.units)
    while said and c.call and bodies.plain_words(last.units[said - 1]) in c.call:
        said -= 1
    call = Block(last.units[said:], last.listed)
    body.blocks[-1:] = [b for b in (Block(last.units[:said], last.listed), Block([line]), call) if b.units]
    changes.append(f"Added “{line}”: this author says I.")
    return body


def _split(body: Body, c: Constraints) -> Body:
    """Lists where the author uses them, and no paragraph with too many sentences."""
    out: list[Block] = []
    for block in body.blocks:
        if block.listed and c.bullets:
            out.append(block)
        elif block.listed:
            out += [Block([ended(unit)]) for unit in block.units]
        else:
            out += [Block(block.units[n : n + c.sentences]) for n in range(0, len(block.units), c.sentences)]
    body.blocks = out
    return body


def ended(unit: str) -> str:
    """A line with a full stop, where nothing else ends it."""
    return unit if not unit or unit[-1] in '.!?…:"”’)' or text.emoji(unit[-2:]) else f"{unit}."


def render(body: Body, c: Constraints, one_block: bool | None = None) -> str:
    """The text of a body with the run's hashtags and link."""
    single = c.one_block if one_block is None else one_block
    return bodies.render(
        _packed(body, c) if single else body,
        gap=c.gap,
        one_block=single and c.link_place != "postscript",
        bullet=c.bullet,
        tags=_tags(body, c),
        link=finish.line(c.link, c.link_place),
        tags_apart=c.tags_apart and bool(body.blocks),
    )


def _packed(body: Body, c: Constraints) -> Body:
    """For an author of single blocks: as few paragraphs as the sentences allow."""
    if any(block.listed for block in body.blocks):
        return body
    out: list[Block] = []
    for block in body.blocks:
        if out and len(out[-1].units) + len(block.units) <= c.sentences:
            out[-1].units += block.units
        else:
            out.append(Block(list(block.units)))
    return Body(out, body.tags, body.links)


def _tags(body: Body, c: Constraints) -> list[str]:
    """The text's own hashtags first, without digits that the brief does not hold; filled up from the run's."""
    low, high = c.hashtags
    known = {t.lower() for t in c.tags}
    mine = [t for t in body.tags if t.lower() in known] + [t for t in body.tags if t.lower() not in known]
    wanted = low if not mine else max(low, min(high, len(mine)))
    seen: dict[str, str] = {}
    for tag in (*mine[:high], *c.tags):
        if not constraints.foreign(tag, c) and not _banned_tag(tag, c):
            seen.setdefault(tag.lower(), tag)
    return list(seen.values())[: min(high, wanted)]


def _banned_tag(tag: str, c: Constraints) -> bool:
    word = tag.lstrip("#＃").lower()
    return any(bodies.plain_words(b).replace(" ", "") == word for b in c.banned)


def _fit(body: Body, c: Constraints, changes: list[str]) -> str:
    """The text, without the sentences for which there is no room: the model's first, then what comes late."""
    value = render(body, c)
    known: dict[str, tuple[bool, bool]] = {}
    while len(value) > c.chars[1]:
        place = _spare(body, c, known)
        if place is None:
            break
        unit = body.blocks[place[0]].units[place[1]]
        changes.append(f"Left out “{unit[:80]}”: at most {c.chars[1]:,} characters are meant.")
        body = body.without([place])
        value = render(body, c)
    return value


def _spare(body: Body, c: Constraints, known: dict[str, tuple[bool, bool]]) -> tuple[int, int] | None:
    """The unit that is missed least: never the opening, the call to action last. `known`: what was found before."""
    units = [(n, at, unit) for n, block in enumerate(body.blocks) for at, unit in enumerate(block.units)][1:]
    if not units:
        return None
    for _, _, unit in units:
        if unit not in known:
            words = bodies.plain_words(unit)
            calls = bool(c.call and words and words in c.call)
            known[unit] = calls or bool(c.person == "yes" and constraints.first_person(unit)), own(unit, c)
    costs = [(*known[unit], -place) for place, (_, _, unit) in enumerate(units)]
    n, at, _ = units[costs.index(min(costs))]
    return n, at
