"""What a post or a variant claims, beside the brief it was written from; and who stands by what has no source."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from analytics.overlap import overlap
from core import store
from core.claims.allowed import Allowed
from core.claims.checking import check
from core.claims.model import Claim, Report, Source, sentence_hash
from core.claims.sentences import sentences
from core.errors import Denied, Invalid
from core.generate.brief import BriefFields
from core.store import Actor, Reading, authors, confirmations, knowledge, posts, runs, samples
from core.store.tables import Post, Variant
from core.store.tables_writing import Confirmation

ALTERED = 0.4
"""Share of two-word runs in common from which a sentence is the machine's with a change, and no new one."""
NAMED = 3
"""Sentences that a refusal names."""
NEWEST = 100
"""Samples whose names count for a variant of an earlier release, which kept none."""


@dataclass(frozen=True)
class Origin:
    """What a text was written from: its sources, the facts that they hold, and what the worker found by MiniLM."""

    sources: list[Source]
    allowed: Allowed
    kept: dict[str, Any]
    machine: tuple[str, ...] = ()
    """The sentences as the machine wrote them."""


def of_post(post: Post, tx: Reading | None = None) -> Report:
    """The claims of a post as its text is now. Without MiniLM: what the worker found with it counts before.

    A post that no variant stands behind was written by hand: its claims are shown and never keep it from review.
    """
    with nullcontext(tx) if tx is not None else store.reading() as here:
        origin = _origin(here, post.variant_id, post.scores or {})
        confirmed = confirmations.of_post(here, post.id)
    if origin is None:
        return _report(check(post.text, [], meaning=False), [], confirmed, by_hand=True)
    return _report(_claims(post.text, origin), origin.sources, confirmed, False, origin.machine)


def of_variant(variant: Variant) -> Report:
    """The claims of a variant as its text is now; nothing of it can be confirmed before it is a post."""
    with store.reading() as tx:
        origin = _of_variant(tx, variant, variant.scores or {})
    return _report(_claims(variant.text, origin), origin.sources, {}, False, origin.machine)


def scored(text: str, sources: Sequence[Source], allowed: Allowed | None = None) -> dict[str, Any]:
    """The claims of a text as a score to be kept (MiniLM takes part): what was found, by sentence."""
    claims = [c for c in check(text, sources, allowed=allowed) if c.status != "no claim"]
    good = sum(c.status == "supported" for c in claims)
    said = f"{good} of {len(claims)} claims have a sentence in the brief or its sources behind them."
    return {
        "label": "Claims with a source",
        "value": round(good / len(claims), 2) if claims else None,
        "meaning": said if claims else "It claims nothing that could be looked up.",
        "sentences": {c.hash: {"status": c.status, "source": c.source, "quote": c.quote, "score": c.score, "why": c.why}
                      for c in claims},
    }  # fmt: skip


def rescored(post: Post) -> dict[str, Any] | None:
    """`scored` of a post's text as it is now, for the worker; None for a post that was written by hand."""
    with store.reading() as tx:
        origin = _origin(tx, post.variant_id, {})
    return scored(post.text, origin.sources, origin.allowed) if origin is not None else None


def refusal(post: Post, tx: Reading) -> Invalid | None:
    """Why a post may not go into review, naming its open sentences; None where it may."""
    report = of_post(post, tx)
    if not report.blocking:
        return None
    named = "; ".join(f"“{c.sentence.rstrip('.')}”" for c in report.open[:NAMED])
    more = f" and {len(report.open) - NAMED} more" if len(report.open) > NAMED else ""
    one = len(report.open) == 1
    return Invalid(
        f"{'One sentence has' if one else f'{len(report.open)} sentences have'} no source in the brief or its "
        f"knowledge: {named}{more}. The post was not submitted and nothing was changed.",
        f"On the Review page, stand by {'it' if one else 'each of them'}, change {'it' if one else 'them'}, or take "
        f"{'it' if one else 'them'} out.",
    )


def confirm(post_id: str, sentence: str, note: str, actor: Actor) -> Report:
    """Stand by a sentence for which no source was found. Raises Denied (readers), Invalid, NotFound.

    It holds for exactly this sentence: changing a word of it asks again; the rest of the text may change.
    """
    _may(actor)
    with store.writing(actor) as tx:
        post = posts.get(tx, post_id)
        found = {c.hash: c for c in of_post(post, tx).unsupported}.get(sentence_hash(sentence))
        if found is None:
            raise Invalid(
                "That sentence is not among those without a source. Nothing was confirmed.",
                "Reload the post: its text may have changed.",
            )
        confirmations.put(tx, post_id, found.hash, found.sentence, " ".join(note.replace("\x00", "").split())[:1000])
        return of_post(post, tx)


def unconfirm(post_id: str, sentence: str, actor: Actor) -> Report:
    """No longer stand by a sentence. What is in review or approved stays there. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        post = posts.get(tx, post_id)
        confirmations.remove(tx, post_id, sentence_hash(sentence))
        return of_post(post, tx)


def sources_of(variant_id: str) -> list[Source]:
    """The sources of a variant: its brief, the brief's knowledge. Raises NotFound."""
    with store.reading() as tx:
        return _of_variant(tx, runs.variant(tx, variant_id), {}).sources


def _may(actor: Actor) -> None:
    if actor.role not in ("editor", "approver"):
        raise Denied("You may not confirm sentences: your role is reader.", "Ask an editor or an approver to do it.")


def _claims(text: str, origin: Origin) -> list[Claim]:
    """Checked by words alone; where the worker has judged this very sentence by meaning, its finding counts."""
    found = check(text, origin.sources, meaning=False, allowed=origin.allowed)
    kept = origin.kept
    return [replace(c, **kept[c.hash]) if c.kind == "claim" and not c.facts and c.hash in kept else c for c in found]


def _report(
    claims: list[Claim],
    sources: list[Source],
    confirmed: dict[str, Confirmation],
    by_hand: bool,
    machine: Sequence[str] = (),
) -> Report:
    unsupported = [c for c in claims if c.status == "unsupported"]
    stood_by = [c for c in unsupported if c.hash in confirmed]
    typed = [c for c in unsupported if c.hash not in confirmed and machine and _typed(c, machine)]
    left = [c for c in unsupported if c.hash not in confirmed and c not in typed]
    return Report(
        claims,
        unsupported,
        stood_by,
        left,
        blocking=bool(left) and not by_hand,
        by_hand=by_hand,
        typed=typed,
        sources=sources,
        by={digest: (row.by, row.note) for digest, row in confirmed.items()},
    )


def _typed(claim: Claim, machine: Sequence[str]) -> bool:
    """Whether a person wrote a sentence that holds no fact to look up: it is unlike every one of the machine's."""
    return not claim.facts and all(overlap(claim.sentence, said, 2) < ALTERED for said in machine)


def _origin(tx: Reading, variant_id: str | None, scores: dict[str, Any]) -> Origin | None:
    variant = runs.known_variant(tx, variant_id) if variant_id else None
    return _of_variant(tx, variant, scores) if variant is not None else None


def _of_variant(tx: Reading, variant: Variant, scores: dict[str, Any]) -> Origin:
    run = runs.get(tx, variant.run_id)
    brief = BriefFields.model_validate(runs.brief(tx, run.brief_id).fields)
    said = "\n".join(row for row in (brief.topic, brief.material, brief.goal, brief.audience, brief.link) if row)
    sources = [Source("brief", "brief", "", said)]
    rows = knowledge.among(tx, brief.knowledge)
    sources += [Source("knowledge", row.id, row.title, row.text) for row in rows]
    gone = [p for p in run.settings.get("passages") or [] if p.get("id") not in {row.id for row in rows}]
    sources += [Source("knowledge", str(p.get("id")), "", str(p.get("text") or "")) for p in gone]
    kept = ((variant.provenance or {}).get("constraints") or {}).get("allowed")
    allowed = Allowed.restored(kept) if kept else Allowed.of([*sources, *_own(tx, variant.author_id)])
    known = authors.get(tx, variant.author_id).name.lower()
    allowed = replace(allowed, names=allowed.names | {known, *known.split()})
    verdicts = (scores.get("claims") or {}).get("sentences") or (variant.scores or {}).get("claims", {}).get(
        "sentences"
    )
    machine = tuple(said for said, _, _ in sentences(variant.generated or variant.text))
    return Origin(sources, allowed, verdicts or {}, machine)


def _own(tx: Reading, author_id: str) -> list[Source]:
    return [Source("sample", s.id, "", s.text) for s in samples.of_author(tx, author_id)[-NEWEST:]]
