"""What people do with briefs, runs and variants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analytics.overlap import overlap
from core import jobs, llm, review, store
from core.errors import Conflict, Denied, Invalid, NotFound
from core.generate import nothing
from core.generate import prompts as versioned
from core.generate.brief import complete, draft
from core.generate.material import new_seed
from core.platforms import FORMS
from core.review.lifecycle import has_role
from core.store import Actor, Writing, authors, posts, runs
from core.store.tables import Brief, ModelCall, Post, Run, RunStep, Variant

MAX_TEXT = 100_000
MAX_FEEDBACK = 600
"""Characters of what somebody says should be different."""


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
        row = runs.locked_brief(tx, brief_id) if brief_id else None
        if row is not None and row.author_id != author_id:
            raise Conflict("This brief belongs to another author.", "Open the brief again from its author's page.")
        if row is None or row.submitted_at is not None:
            return _like(tx, row, author_id, kept)
        row.fields = kept
        return row


def copy_brief(brief_id: str, actor: Actor) -> Brief:
    """A new brief with the same fields, for the same idea; the run of the old one keeps its own."""
    _may(actor)
    with store.writing(actor) as tx:
        old = runs.brief(tx, brief_id)
        return _like(tx, old, old.author_id, dict(old.fields))


def _like(tx: Writing, old: Brief | None, author_id: str, fields: dict[str, Any]) -> Brief:
    """A new brief, for the idea or the campaign that another one was written for."""
    row = runs.add_brief(tx, author_id, fields)
    if old is not None:
        row.post_id, row.campaign_id = old.post_id, old.campaign_id
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


def start(
    brief_id: str,
    actor: Actor,
    model: str = "",
    prompts: dict[str, int] | None = None,
    experiment_id: str | None = None,
    arm: str = "",
    adapter: str = "",
) -> str:
    """Ask for a run of a brief; returns its id. Asking again while it waits or runs returns the same one.

    `model` as TIMBRE_LLM names one, `prompts` name -> version: those of the setting and the newest where not given.
    `adapter`: "" for the one in use for the author, "none", or the id of one.
    A run of an experiment is always a new one. Raises Invalid, which names the field that is missing, and NotFound.
    """
    _may(actor)
    llm.active(model)  # a setting that names no provider is said at once
    for name, version in (prompts or {}).items():
        versioned.get(name, version)
    with store.writing(actor) as tx:
        row = runs.locked_brief(tx, brief_id)  # of two clicks at once the second finds the run of the first
        task = "article" if complete(row.fields).form == "article" else "write"
        live = None if experiment_id else runs.live(tx, brief_id)
        if live is not None:
            return live.id
        wanted = {"model": model, "prompts": prompts or {}, "arm": arm, "adapter": adapter}
        given = {"seed": new_seed(), **({"wanted": wanted} if any(wanted.values()) else {})}
        return runs.add(tx, row, given, task=task, experiment_id=experiment_id).id


def revise(variant_id: str, feedback: str, actor: Actor) -> str:
    """Ask for a variant to be changed as `feedback` says, in words; returns the id of that run.

    Raises Invalid where nothing is asked for, and NotFound.
    """
    said = " ".join(feedback.split())
    if not said:
        raise Invalid("Nothing was asked for.", "Say in a few words what should be different.")
    if len(said) > MAX_FEEDBACK:
        raise Invalid(
            f"This has {len(said):,} characters; {MAX_FEEDBACK:,} are read.", "Say it shorter, or in two steps."
        )
    return _derived(variant_id, actor, "revise", {"feedback": said})


def adapt(variant_id: str, form: str, actor: Actor) -> str:
    """Ask for a variant in another form (core.platforms.FORMS); returns that run's id. Raises Invalid, NotFound."""
    known_form(form)
    return _derived(variant_id, actor, "adapt", {"form": form})


def adapt_post(post_id: str, form: str, actor: Actor) -> str:
    """Ask for a post, as its text is now, in another form; also for one that was written by hand."""
    known_form(form)
    _may(actor)
    post = review.get(post_id)
    if not post.text.strip():
        raise Invalid("There is no text yet to make another form of.", "Write the post first.")
    wanted = {"form": form, "text": post.text}
    with store.writing(actor) as tx:
        posts.locked(tx, post_id)
        if (same := runs.live_same(tx, post.variant_id or post.id, "adapt", wanted)) is not None:
            return same.id
        if post.variant_id and (parent := runs.known_variant(tx, post.variant_id)) is not None:
            row = runs.brief(tx, runs.get(tx, parent.run_id).brief_id)
        else:
            row = runs.add_brief(tx, post.author_id, {"topic": post.title or "A post", "story": post.text[:10_000]})
        given = {"seed": new_seed(), **wanted}
        return runs.add(tx, row, given, task="adapt", parent_id=post.variant_id or post.id).id


def known_form(form: str) -> None:
    """Raises Invalid where a text cannot be made into this form."""
    if form not in FORMS or form in ("post", "article"):
        known = ", ".join(name for name in FORMS if name not in ("post", "article"))
        raise Invalid(f"There is no form {form}.", f"There are: {known}.")


def _derived(variant_id: str, actor: Actor, task: str, more: dict[str, Any]) -> str:
    _may(actor)
    llm.active()
    with store.writing(actor) as tx:
        parent = runs.locked_variant(tx, variant_id)
        if parent.form != "post" and (task == "revise" or parent.form != "article"):
            raise Invalid(
                f"This is another form ({FORMS[parent.form].title}), not a post, so it is not changed from here.",
                "Change the post that it was made from, then make it again.",
            )
        if (same := runs.live_same(tx, variant_id, task, {"text": parent.text, **more})) is not None:
            return same.id
        of = runs.get(tx, parent.run_id)
        wanted = {"model": (of.settings.get("model") or {}).get("ref") or ""}
        given = {"seed": new_seed(), "text": parent.text, **more, **({"wanted": wanted} if of.experiment_id else {})}
        return runs.add(tx, runs.brief(tx, of.brief_id), given, task=task, parent_id=variant_id).id


def made_from(variant_id: str) -> list[RunView]:
    """The runs that revise or adapt a variant (or a post that was written by hand), the newest first."""
    with store.reading() as tx:
        ids = [row.id for row in runs.of_variant(tx, variant_id)]
    return [run(one) for one in ids]


def cancel(run_id: str, actor: Actor) -> None:
    """Ask a run to stop: at once where it waits, within a second where the model is writing."""
    _may(actor)
    with store.reading() as tx:
        runs.get(tx, run_id)
    jobs.cancel(run_id, actor)


def run(run_id: str) -> RunView:
    """A run with its brief, its steps and its variants, as they are now. Raises NotFound.

    One that is done has a message only where nothing came of it.
    """
    with store.reading() as tx:
        row = runs.get(tx, run_id)
        found = RunView(row, runs.brief(tx, row.brief_id), runs.steps(tx, run_id), runs.variants(tx, run_id))
        ended = runs.ended(tx, [row])
    if row.status == "done" and not any(v.status == "ok" for v in found.variants):
        row.message, row.hint = nothing.came_of(found.variants, found.steps, row.task)
    return RunView(_with_end(row, ended), found.brief, found.steps, found.variants)


def calls(run_id: str, step: str | None = None) -> list[ModelCall]:
    """The finished calls of the model, of a run or of one of its steps, in order."""
    with store.reading() as tx:
        return [row for row in runs.calls(tx, run_id) if step is None or row.step == step]


def answers(call: ModelCall) -> list[str]:
    """What the model answered: a text for each candidate."""
    return [str(text) for text in json.loads(call.text).get("texts", [])]


def run_of(variant_id: str) -> str | None:
    """The id of the run that a variant came from; None where it is none."""
    with store.reading() as tx:
        found = runs.known_variant(tx, variant_id)
    return found.run_id if found else None


def spent(run_id: str) -> str:
    """What a run took of its model, in a sentence; "" where none was called."""
    made = calls(run_id)
    return llm.spent(made).said if made else ""


def recent(author_id: str | None = None, limit: int = 10) -> list[Run]:
    """The newest runs first, of one author or of all."""
    with store.reading() as tx:
        rows = runs.recent(tx, author_id, limit)
        ended, fruitless = runs.ended(tx, rows), runs.fruitless(tx, rows)
    for row in rows:
        row.message = nothing.SAID if row.id in fruitless else row.message
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
        if runs.locked_variant(tx, variant_id).post_id:
            raise Conflict(
                "This variant is a post already; nothing was overwritten.", "Edit the post on the Review page instead."
            )
        return runs.edit_variant(tx, variant_id, text, revision)


def choose(variant_id: str, actor: Actor) -> Post:
    """Make a post of a variant, in one transaction; choosing it again gives the same post. Raises Invalid for a variant
    that failed.

    A brief that was written for an idea fills that idea; a revised variant of a post changes that post's text.
    """
    _may(actor)
    with store.writing(actor) as tx:
        row = runs.locked_variant(tx, variant_id)
        if row.post_id:
            return posts.get(tx, row.post_id)
        if row.status != "ok":
            raise Invalid(
                "This variant did not pass: " + " ".join(row.reasons),
                "Choose another, or change the brief and run again.",
            )
        if row.form not in ("post", "article"):
            raise Invalid("This is another form of a post, not a post.", "Copy it, or save it as a file.")
        post = runs.post_of(tx, variant_id) or _filled(tx, row) or _fresh(tx, row)
        row.post_id = post.id
        return post


def _fresh(tx: Writing, row: Variant) -> Post:
    return review.put_new(tx, row.author_id, _title(tx, row), row.text, variant_id=row.id, scores=_known(row))


def _filled(tx: Writing, row: Variant) -> Post | None:
    """The post that this text belongs into: the one of the variant that it revises, or the idea it was written for.

    None where it has a text by now that stands nowhere else: what a person typed is not overwritten.
    """
    parent = runs.known_variant(tx, row.parent_id) if row.parent_id else None
    revised = parent.post_id if parent else None
    wanted = revised or runs.brief(tx, runs.get(tx, row.run_id).brief_id).post_id
    try:
        post = posts.locked(tx, wanted) if wanted else None
    except NotFound:
        return None
    if post is None or post.status not in ("Idea", "Drafting", "Changes Requested"):
        return None
    shown = runs.known_variant(tx, post.variant_id) if revised and post.variant_id else None
    if post.text.strip() and (shown is None or shown.text != post.text):
        return None
    title = "" if post.title else _title(tx, row)
    return review.written(tx, post, row.text, row.id, _known(row), title)


def _title(tx: Writing, row: Variant) -> str:
    fields = runs.brief(tx, runs.get(tx, row.run_id).brief_id).fields
    return str(fields.get("topic") or "").split("\n")[0][:300]


def _known(row: Variant) -> dict[str, Any]:
    return {name: value for name, value in row.scores.items() if not name.startswith("_")}


def overlaps(variants: Sequence[Variant]) -> list[list[float]]:
    """Share of three-word runs that each two variants have in common, 0 to 1; the diagonal is 1."""
    return [[1.0 if a is b else overlap(a.text, b.text) for b in variants] for a in variants]


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not write.", "Ask an editor or an approver of your team.")
