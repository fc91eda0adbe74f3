"""Reading and writing of briefs, runs, their steps and model calls, and variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.errors import Conflict, NotFound
from core.store import intents
from core.store.base import now
from core.store.engine import Reading, Writing, held
from core.store.ids import new_id
from core.store.tables import Brief, Intent, ModelCall, Post, Run, RunStep, Variant
from core.store.tables_writing import Rating

KIND = "generate"
LIVE = ("queued", "started", "running")


# ---- briefs --------------------------------------------------------------------------------------------------


def brief(tx: Reading, brief_id: str) -> Brief:
    """One brief. Raises NotFound."""
    row = tx.session.get(Brief, brief_id)
    if row is None:
        raise NotFound(f"There is no brief {brief_id}.", "Write a new one on the Generate page.")
    return row


def locked_brief(tx: Writing, brief_id: str) -> Brief:
    """One brief that nobody else can change or begin a run of until this transaction ends. Raises NotFound."""
    held(tx, Brief, brief_id)
    return brief(tx, brief_id)


def latest_brief(tx: Reading, author_id: str) -> Brief | None:
    """The author's newest brief that no run has used yet; those of an idea or a campaign are opened by their id."""
    query = select(Brief).where(Brief.author_id == author_id, Brief.submitted_at.is_(None))
    query = query.where(Brief.post_id.is_(None), Brief.campaign_id.is_(None))
    return tx.session.scalar(query.order_by(Brief.id.desc()).limit(1))


def add_brief(tx: Writing, author_id: str, fields: dict[str, Any]) -> Brief:
    """A new brief."""
    row = Brief(author_id=author_id, fields=fields, workspace_id=tx.actor.workspace_id)
    tx.session.add(row)
    tx.session.flush()
    return row


# ---- runs ----------------------------------------------------------------------------------------------------


def add(tx: Writing, brief_row: Brief, settings: dict[str, Any], **more: Any) -> Run:
    """A run and its intent, of one id, in this transaction. The brief counts as submitted.

    `more`: task, parent_id, experiment_id.
    """
    row = Run(
        id=new_id(),
        author_id=brief_row.author_id,
        brief_id=brief_row.id,
        settings=settings,
        workspace_id=tx.actor.workspace_id,
        **more,
    )
    tx.session.add(row)
    tx.session.flush()
    intents.add(tx, KIND, {"run": row.id}, intent_id=row.id)
    brief_row.submitted_at = brief_row.submitted_at or now()
    return row


def get(tx: Reading, run_id: str) -> Run:
    """One run. Raises NotFound."""
    row = tx.session.get(Run, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.", "It may belong to another data folder. Start a new one.")
    return row


def live(tx: Reading, brief_id: str) -> Run | None:
    """The run of a brief that waits or runs now; those that belong to an experiment or to a variant apart."""
    query = select(Run).join(Intent, Intent.id == Run.id)
    alone = query.where(Run.experiment_id.is_(None), Run.parent_id.is_(None))
    return tx.session.scalar(alone.where(Run.brief_id == brief_id, Intent.status.in_(intents.LIVE)))


def of_variant(tx: Reading, variant_id: str) -> list[Run]:
    """The runs that revise or adapt a variant, the newest first."""
    return list(tx.session.scalars(select(Run).where(Run.parent_id == variant_id).order_by(Run.id.desc())))


def live_same(tx: Reading, parent_id: str, task: str, given: Mapping[str, Any]) -> Run | None:
    """The run that waits or runs now and was asked for with the same words, of the same text: one click more."""
    query = select(Run).join(Intent, Intent.id == Run.id).where(Run.parent_id == parent_id, Run.task == task)
    found = tx.session.scalars(query.where(Intent.status.in_(intents.LIVE)))
    return next((run for run in found if all(run.settings.get(k) == v for k, v in given.items())), None)


def recent(tx: Reading, author_id: str | None, limit: int) -> list[Run]:
    """The newest first; those of experiments and those that only revise or adapt a variant apart."""
    query = select(Run).order_by(Run.id.desc()).limit(limit)
    query = query.where(Run.experiment_id.is_(None), Run.parent_id.is_(None))
    return list(tx.session.scalars(query.where(Run.author_id == author_id) if author_id else query))


def ended(tx: Reading, runs: Sequence[Run]) -> dict[str, Intent]:
    """Intents that have ended although their run still says that it lives, by id."""
    live = [r.id for r in runs if r.status in LIVE]
    if not live:
        return {}
    found = tx.session.scalars(select(Intent).where(Intent.id.in_(live), Intent.status.not_in(intents.LIVE)))
    return {row.id: row for row in found}


def fruitless(tx: Reading, runs: Sequence[Run]) -> set[str]:
    """The ids of those that are done and have no variant that holds its constraints."""
    done = {r.id for r in runs if r.status == "done"}
    if not done:
        return set()
    return done - set(
        tx.session.scalars(select(Variant.run_id).where(Variant.run_id.in_(done), Variant.status == "ok"))
    )


def begin(tx: Writing, run_id: str) -> Run:
    """Work on it begins, or goes on after a worker died."""
    row = get(tx, run_id)
    row.status, row.started_at = "running", row.started_at or now()
    return row


def finish(tx: Writing, run_id: str, status: str, message: str = "", hint: str = "") -> None:
    """How it ended."""
    row = get(tx, run_id)
    row.status, row.message, row.hint, row.finished_at = status, message, hint, now()


def asked_to_stop(tx: Reading, run_id: str) -> bool:
    """Whether a person asked it to stop."""
    return bool(tx.session.scalar(select(Intent.cancel_requested).where(Intent.id == run_id)))


# ---- steps and model calls -----------------------------------------------------------------------------------


def steps(tx: Reading, run_id: str) -> list[RunStep]:
    """In the order in which they are done."""
    query = select(RunStep).where(RunStep.run_id == run_id).order_by(RunStep.seq, RunStep.key)
    return list(tx.session.scalars(query))


def step(tx: Reading, run_id: str, key: str) -> RunStep | None:
    """One step of a run."""
    return tx.session.scalar(select(RunStep).where(RunStep.run_id == run_id, RunStep.key == key))


def begin_step(tx: Writing, run_id: str, seq: int, key: str, given: dict[str, Any], prompt: str | None) -> RunStep:
    """A step begins, or is taken up again: then its attempts count up."""
    row = step(tx, run_id, key)
    if row is None:
        row = RunStep(run_id=run_id, seq=seq, key=key, input=given, prompt=prompt, started_at=now())
        tx.session.add(row)
    elif row.status != "done":
        row.attempts, row.status, row.finished_at, row.input, row.prompt = (
            row.attempts + 1,
            "running",
            None,
            given,
            prompt,
        )
    tx.session.flush()
    return row


def set_partial(tx: Writing, step_id: str, text: str) -> None:
    """The text that has been streamed so far."""
    if row := tx.session.get(RunStep, step_id):
        row.partial = text


def finish_step(tx: Writing, step_id: str, output: dict[str, Any], status: str = "done") -> None:
    """A step has ended with this output."""
    row = tx.session.get_one(RunStep, step_id)
    row.status, row.output, row.finished_at, row.partial = status, output, now(), ""


def call(tx: Reading, run_id: str, step_key: str, seq: int) -> ModelCall | None:
    """A model call that has finished."""
    query = select(ModelCall).where(ModelCall.run_id == run_id, ModelCall.step == step_key, ModelCall.seq == seq)
    return tx.session.scalar(query)


def calls(tx: Reading, run_id: str) -> list[ModelCall]:
    """All finished calls of a run, in the order in which they finished."""
    return list(tx.session.scalars(select(ModelCall).where(ModelCall.run_id == run_id).order_by(ModelCall.id)))


def keep_call(tx: Writing, row: ModelCall) -> None:
    """Remember a finished call; one of the same place with another request is replaced."""
    old = call(tx, row.run_id, row.step, row.seq)
    if old is not None:
        tx.session.delete(old)
        tx.session.flush()
    tx.session.add(row)


# ---- variants ------------------------------------------------------------------------------------------------


def variants(tx: Reading, run_id: str) -> list[Variant]:
    """The good ones by rank, then the failed ones."""
    query = (
        select(Variant).where(Variant.run_id == run_id).order_by(Variant.status.desc(), Variant.rank, Variant.number)
    )
    return list(tx.session.scalars(query))


def variant(tx: Reading, variant_id: str) -> Variant:
    """One variant. Raises NotFound."""
    row = tx.session.get(Variant, variant_id)
    if row is None:
        raise NotFound(f"There is no variant {variant_id}.", "It may belong to another run. Open the run again.")
    return row


def locked_variant(tx: Writing, variant_id: str) -> Variant:
    """One variant that nobody else can change until this transaction ends. Raises NotFound."""
    held(tx, Variant, variant_id)
    return variant(tx, variant_id)


def known_variant(tx: Reading, variant_id: str) -> Variant | None:
    """One variant, or None where it is gone or never was one."""
    return tx.session.get(Variant, variant_id)


def adapted(tx: Reading, variant_id: str, form: str) -> list[str]:
    """The parts of the newest good form of that kind that was made of a variant; [] where there is none."""
    query = select(Variant).where(Variant.parent_id == variant_id, Variant.form == form, Variant.status == "ok")
    row = tx.session.scalar(query.order_by(Variant.id.desc()).limit(1))
    return [] if row is None else [str(part) for part in row.parts] or [row.text]


def turned_down(tx: Reading, author_id: str) -> str | None:
    """The newest text written for an author that somebody gave one or two stars."""
    query = select(Variant.text).join(Rating, Rating.variant_id == Variant.id)
    query = query.where(Variant.author_id == author_id, Rating.stars.between(1, 2)).order_by(Rating.id.desc())
    return tx.session.scalar(query.limit(1))


def post_of(tx: Reading, variant_id: str) -> Post | None:
    """The post that a variant became."""
    return tx.session.scalar(select(Post).where(Post.variant_id == variant_id).order_by(Post.id).limit(1))


def put_variants(tx: Writing, run_id: str, rows: Sequence[Variant]) -> None:
    """The variants of a run; nothing where they are there already, so that a resumed step writes them once."""
    if not variants(tx, run_id):
        tx.session.add_all(rows)


def edit_variant(tx: Writing, variant_id: str, text: str, revision: int) -> Variant:
    """A person's text. Raises Conflict where `revision` is not the newest; the same text again is no conflict."""
    row = variant(tx, variant_id)
    if row.text == text:
        return row
    if row.revision != revision:
        raise Conflict(
            "This variant was changed in another window after you opened it. Nothing was overwritten; your text is "
            "still in this window.",
            "Copy your text, reload the page, and put it in again.",
        )
    row.text, row.revision = text, row.revision + 1
    return row
