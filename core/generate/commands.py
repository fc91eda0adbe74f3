"""What people do with briefs, runs and variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analytics.overlap import overlap
from core import jobs, llm, review, store
from core.errors import Conflict, Denied, Invalid
from core.generate.brief import complete, draft
from core.generate.material import new_seed
from core.review.lifecycle import has_role
from core.store import Actor, authors, runs
from core.store.tables import Brief, Post, Run, RunStep, Variant

MAX_TEXT = 100_000


@dataclass(frozen=True)
class RunView:
    """A run as a page shows it."""

    run: Run
    brief: Brief
    steps: list[RunStep]
    variants: list[Variant]


# ---- briefs --------------------------------------------------------------------------------------------------


def save_brief(author_id: str, fields: dict[str, Any], actor: Actor, brief_id: str | None = None) -> Brief:
    """Keep what is typed so far, complete or not. A brief that a run has used is left as it is: a new one is made."""
    _may(actor)
    kept = draft(fields)
    with store.writing(actor) as tx:
        authors.get(tx, author_id)
        row = runs.brief(tx, brief_id) if brief_id else None
        if row is None or row.submitted_at is not None:
            return runs.add_brief(tx, author_id, kept)
        if row.author_id != author_id:
            raise Conflict("This brief belongs to another author.", "Open the brief again from its author's page.")
        row.fields = kept
        return row


def brief(brief_id: str) -> Brief:
    """One brief. Raises NotFound."""
    with store.reading() as tx:
        return runs.brief(tx, brief_id)


def latest_brief(author_id: str) -> Brief | None:
    """The author's newest brief that no run has used yet, or None."""
    with store.reading() as tx:
        return runs.latest_brief(tx, author_id)


# ---- runs ----------------------------------------------------------------------------------------------------


def start(brief_id: str, actor: Actor) -> str:
    """Ask for a run of a brief; returns its id. Asking again while it waits or runs returns the same one.

    Raises Invalid, which names the field that is missing, and NotFound.
    """
    _may(actor)
    llm.active()  # a setting that names no provider is said at once
    with store.writing(actor) as tx:
        row = runs.brief(tx, brief_id)
        complete(row.fields)
        live = runs.live(tx, brief_id)
        return live.id if live is not None else runs.add(tx, row, {"seed": new_seed()}).id


def cancel(run_id: str, actor: Actor) -> None:
    """Ask a run to stop: at once where it waits, within a second where the model is writing."""
    _may(actor)
    with store.reading() as tx:
        runs.get(tx, run_id)
    jobs.cancel(run_id, actor)


def run(run_id: str) -> RunView:
    """A run with its brief, its steps and its variants, as they are now. Raises NotFound."""
    with store.reading() as tx:
        row = runs.get(tx, run_id)
        found = RunView(row, runs.brief(tx, row.brief_id), runs.steps(tx, run_id), runs.variants(tx, run_id))
        ended = runs.ended(tx, [row])
    return RunView(_with_end(row, ended), found.brief, found.steps, found.variants)


def recent(author_id: str | None = None, limit: int = 10) -> list[Run]:
    """The newest runs first, of one author or of all."""
    with store.reading() as tx:
        rows = runs.recent(tx, author_id, limit)
        ended = runs.ended(tx, rows)
    return [_with_end(row, ended) for row in rows]


def _with_end(row: Run, ended: dict[str, Any]) -> Run:
    """A run whose job ended before it could say so (cancelled while it waited, a program error) shows that end."""
    if intent := ended.get(row.id):
        row.status, row.message, row.hint = intent.status, intent.message, intent.hint
        row.finished_at = intent.finished_at
    return row


# ---- variants ------------------------------------------------------------------------------------------------


def variant(variant_id: str) -> Variant:
    """One variant. Raises NotFound."""
    with store.reading() as tx:
        return runs.variant(tx, variant_id)


def edit_variant(variant_id: str, text: str, revision: int, actor: Actor) -> Variant:
    """Save a person's text. Raises Conflict where somebody saved first (nothing is lost), or it is a post already."""
    _may(actor)
    if len(text) > MAX_TEXT:
        raise Invalid(f"The text has {len(text):,} characters; {MAX_TEXT:,} are kept at most.", "Shorten it.")
    with store.writing(actor) as tx:
        if runs.variant(tx, variant_id).post_id:
            raise Conflict(
                "This variant is a post already; nothing was overwritten.", "Edit the post on the Review page instead."
            )
        return runs.edit_variant(tx, variant_id, text, revision)


def choose(variant_id: str, actor: Actor) -> Post:
    """Make a post of a variant; choosing it again gives the same post. Raises Invalid for a variant that failed."""
    _may(actor)
    row = variant(variant_id)
    if row.post_id:
        return review.get(row.post_id)
    if row.status != "ok":
        raise Invalid(
            "This variant did not pass: " + " ".join(row.reasons), "Choose another, or change the brief and run again."
        )
    with store.reading() as tx:
        made = runs.post_of(tx, variant_id)
    if made is not None:  # made before this variant could be told
        return made
    title = str(brief(run(row.run_id).brief.id).fields.get("topic") or "").split("\n")[0][:300]
    known = {name: value for name, value in row.scores.items() if not name.startswith("_")}
    post = review.create(row.author_id, title, row.text, actor, variant_id=row.id, scores=known)
    with store.writing(actor) as tx:
        runs.variant(tx, variant_id).post_id = post.id
    return post


def overlaps(variants: Sequence[Variant]) -> list[list[float]]:
    """Share of three-word runs that each two variants have in common, 0 to 1; the diagonal is 1."""
    return [[1.0 if a is b else overlap(a.text, b.text) for b in variants] for a in variants]


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not write.", "Ask an editor or an approver of your team.")
