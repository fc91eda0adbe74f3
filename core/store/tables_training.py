"""Tables of what is learnt: archetypes of voices, training runs, adapters, which one is in use, when to train again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Float, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables import Audited, Json


class Archetype(Audited):
    """Authors who write alike, whatever they write about."""

    __tablename__ = "archetype"
    unlogged: ClassVar[frozenset[str]] = frozenset({"clustering", "marks", "examples"})  # measured, not edited
    name: Mapped[str] = mapped_column(String(200))
    proposed: Mapped[str] = mapped_column(String(200), default="")  # the name made from what marks it
    named: Mapped[bool] = mapped_column(default=False)  # a person chose the name
    pinned: Mapped[bool] = mapped_column(default=False)  # a new clustering leaves it as it is
    members: Mapped[list[Any]] = mapped_column(default=list)  # {author, distance, pinned, x, y}
    marks: Mapped[list[Any]] = mapped_column(default=list)  # what sets it apart: {name, said, value, others}
    examples: Mapped[list[Any]] = mapped_column(default=list)  # sample ids, the most typical first
    clustering: Mapped[Json] = mapped_column(default=dict)  # k, stability, shuffled, measures: of all of one look
    archived_at: Mapped[datetime | None] = mapped_column()


class TrainingRun(Audited):
    """Something that is being learnt, or was. Its id is the id of its intent and of its workflow."""

    __tablename__ = "training_run"
    unlogged: ClassVar[frozenset[str]] = frozenset(
        {"status", "phase", "progress", "history", "samples", "message", "hint", "started_at", "finished_at", "dataset"}
    )
    kind: Mapped[str] = mapped_column(String(20), index=True)  # voice | preference | genericness | reranker | image
    method: Mapped[str] = mapped_column(String(20))  # sft | dpo | orpo | simpo | logistic | dreambooth | fal
    author_id: Mapped[str | None] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    archetype_id: Mapped[str | None] = mapped_column(String(26), index=True)
    title: Mapped[str] = mapped_column(String(300), default="")
    base: Mapped[str] = mapped_column(String(300), default="")  # embedded, or the folder of a model
    settings: Mapped[Json] = mapped_column(default=dict)  # see core.train.model.Plan
    dataset: Mapped[Json] = mapped_column(default=dict)  # sizes, leakage, hash, consent: see core.train.dataset
    estimate: Mapped[Json] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20), default="queued", index=True)  # as Intent.status
    phase: Mapped[str] = mapped_column(String(20), default="")  # prepare base train export exam register
    progress: Mapped[Json] = mapped_column(default=dict)  # {step, steps, loss, held_loss, tokens_s, eta, memory, ...}
    # a row for each step that was logged; large, so ordinary reads pass it over
    history: Mapped[list[Any]] = mapped_column(default=list, deferred=True, sort_order=95)
    samples: Mapped[list[Any]] = mapped_column(default=list, deferred=True, sort_order=95)  # {step, brief, text}
    message: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()
    start_adapter_id: Mapped[str | None] = mapped_column(String(26))  # the adapter that it begins from
    adapter_id: Mapped[str | None] = mapped_column(String(26))  # the adapter that it made
    why: Mapped[str] = mapped_column(String(30), default="asked")  # asked | schedule | new posts | new votes
    by: Mapped[str] = mapped_column(String(200), default="")


class Adapter(Audited):
    """What a run has learnt: a LoRA, or the weights of a small measure. Used only where it was promoted."""

    __tablename__ = "adapter"
    unlogged: ClassVar[frozenset[str]] = frozenset({"card", "files", "exam"})  # the exam holds texts
    kind: Mapped[str] = mapped_column(String(20), index=True)  # as TrainingRun.kind, preference counts as voice
    author_id: Mapped[str | None] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    archetype_id: Mapped[str | None] = mapped_column(String(26), index=True)
    run_id: Mapped[str | None] = mapped_column(String(26), unique=True)
    number: Mapped[int] = mapped_column(Integer, default=1)  # of its scope: 1, 2, 3
    title: Mapped[str] = mapped_column(String(300), default="")
    base: Mapped[str] = mapped_column(String(300), default="")
    base_hash: Mapped[str] = mapped_column(String(64), default="")
    files: Mapped[Json] = mapped_column(default=dict)  # name -> sha256, in TIMBRE_DATA/adapters/<id>/
    data_hash: Mapped[str] = mapped_column(String(64), default="")
    exam: Mapped[Json] = mapped_column(default=dict)  # see core.train.exam
    passed: Mapped[bool | None] = mapped_column()  # None: no exam yet
    scale: Mapped[float] = mapped_column(Float, default=1.0)  # how strongly it is applied, 0 to 1
    card: Mapped[Json] = mapped_column(default=dict)  # data, base, settings, exam, consent
    deleted_at: Mapped[datetime | None] = mapped_column()


class Promotion(Audited):
    """That an adapter is in use, since when and by whom. A row is never reused: rolling back makes the next one."""

    __tablename__ = "promotion"
    __table_args__ = (UniqueConstraint("workspace_id", "live"),)
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(40), index=True)  # author:ID | archetype:ID | workspace
    live: Mapped[str | None] = mapped_column(String(64))  # kind/scope while it is in use: one at a time
    adapter_id: Mapped[str | None] = mapped_column(String(26))  # None: none is in use, on purpose
    previous_id: Mapped[str | None] = mapped_column(String(26))  # the promotion before it
    why: Mapped[str] = mapped_column(String(20), default="promote")  # promote | roll back | stop | delete | consent
    by: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None] = mapped_column()


class TrainingPolicy(Audited):
    """When something is learnt again by itself. The exam decides what comes of it."""

    __tablename__ = "training_policy"
    __table_args__ = (UniqueConstraint("workspace_id", "kind", "scope"),)
    unlogged: ClassVar[frozenset[str]] = frozenset({"seen", "last_run_id", "last_at"})
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(40))
    enabled: Mapped[bool] = mapped_column(default=True)
    every_days: Mapped[int | None] = mapped_column(Integer)
    new_posts: Mapped[int | None] = mapped_column(Integer)  # again once so many new consented posts are there
    new_votes: Mapped[int | None] = mapped_column(Integer)
    effort: Mapped[str] = mapped_column(String(20), default="standard")
    seen: Mapped[Json] = mapped_column(default=dict)  # {posts, votes} at the last run
    last_run_id: Mapped[str | None] = mapped_column(String(26))
    last_at: Mapped[datetime | None] = mapped_column()
