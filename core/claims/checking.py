"""Which sentences of a text claim something, and which sentence of a source holds it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

from core.claims import wording
from core.claims.allowed import Allowed
from core.claims.linking import Index, Link
from core.claims.model import Claim, Fact, Source
from core.claims.sentences import kind, sentences, sure

FAR = "No sentence of a source says this."
NEAR = 0.62
"""The cosine from which a passage may support a claim (read on the development sentences of bench/claims)."""
SHARED = 0.5
"""The same without MiniLM: the share of the claim's telling words."""
ABOUT = 0.5
"""So many of its telling words in one passage, and a sentence is about what the source says."""
WHOLE = 0.9
"""A passage that has so much of the claim's words may support it whatever the cosine."""
BESIDE = 0.08
"""A passage may support a claim that the nearest one contradicts only where it is nearly as near."""
SURE, DOUBT = 0.6, 0.72
"""A sentence that says no where its passage does not is refused where it shares so much or is no nearer than this."""


def check(text: str, sources: Sequence[Source], meaning: bool = True, allowed: Allowed | None = None) -> list[Claim]:
    """Each sentence of a text with its status. Works without MiniLM (`meaning=False`, or where it is missing).

    A sentence that claims nothing (opinion, question...) is unsupported all the same where it holds a foreign fact.
    `allowed`: the facts of the sources, where they are known already.
    """
    allowed = allowed or Allowed.of(sources)
    strange = allowed.foreign(text)
    found = [
        Claim(said, start, end, "no claim", kind(said), facts=[f for f in strange if f.start < end and start < f.end])
        for said, start, end in sentences(text)
    ]
    asked = [c for c in found if c.kind == "claim" or (c.kind == "opinion" and not sure(c.sentence))]
    index = _index(tuple(sources), meaning and bool(asked))
    links = dict(zip([c.start for c in asked], index.nearest([c.sentence for c in asked]), strict=True))
    return [_judged(_taken(c, links.get(c.start, [])), links.get(c.start, []), index) for c in found]


def _taken(claim: Claim, links: Sequence[Link]) -> Claim:
    """What sounds like an opinion is taken for a claim where a source speaks of the same."""
    if claim.kind == "opinion" and links and links[0].shared >= ABOUT:
        return replace(claim, kind="claim")
    return claim


@functools.lru_cache(maxsize=8)
def _index(sources: tuple[Source, ...], meaning: bool) -> Index:
    return Index(sources, meaning)


def _judged(claim: Claim, links: Sequence[Link], index: Index) -> Claim:
    best = links[0] if links else None
    if best is not None:
        claim = replace(claim, source=best.passage.source, quote=best.passage.text, score=best.score)
    if claim.facts:
        return replace(claim, status="unsupported", why=unknown(claim.facts))
    if claim.kind != "claim":
        return claim
    reasons = []
    for link in (one for one in links if best is not None and one.score >= best.score - BESIDE):
        why = _objection(claim.sentence, link, index)
        if not why:
            p = link.passage
            return replace(claim, status="supported", source=p.source, quote=p.text, score=link.score)
        reasons.append(why)
    return replace(claim, status="unsupported", why=reasons[0] if reasons else FAR)


def unknown(facts: Sequence[Fact]) -> str:
    """Which facts no source holds, in a sentence."""
    said = ", ".join(dict.fromkeys(f"“{f.text}”" for f in facts))
    return f"No source holds {said}."


def _objection(said: str, link: Link, index: Index) -> str:
    """Why a passage does not support a sentence, in a sentence, or ''."""
    if link.near is None and link.shared < SHARED:
        return FAR
    if link.near is not None and link.near < NEAR and link.shared < WHOLE:
        return FAR
    held, added = index.evidence(said, link)
    if added:
        return f"The source does not say “{added[0].strip(' .,;')}”."
    if wording.denied(said) != wording.denied(link.passage.text) and (
        link.shared >= SURE or (link.near is not None and link.near < DOUBT)
    ):
        return "One of the two says no where the other says yes."
    if pair := wording.opposed(said, held):
        return f"It says “{pair[0]}” where the source says “{pair[1]}”."
    if word := wording.stronger(said, held):
        return f"“{word}” says more than the source."
    if wording.caused(said, held):
        return "It gives a cause that the source does not give."
    if thing := wording.recounted(said, held):
        return f"The number before “{thing}” is another one in the source."
    if wording.reversed_change(said, link.passage.text):
        return "The change in the source is another one: other ends, or another time."
    if wording.turned(said, link.passage.text):
        return "Who does what is the other way round in the source."
    if wording.another(said, link.passage.text):
        return "The source says this of somebody or something else."
    around = f"{held} {link.passage.after}"
    if moved := [f for f in Allowed.of([Source("brief", "", "", around)]).foreign(said) if f.kind == "number"]:
        return f"“{moved[0].text}” stands elsewhere in the source, of something else."
    return ""
