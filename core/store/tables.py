"""Every table. A row class is also the record that other rooms read (detached, never written outside this room)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Base, Row, now

Json = dict[str, Any]


class Audited(Row):
    """A row whose every insert, update and delete is written to the change log by the session itself."""

    __abstract__ = True
    unlogged: ClassVar[frozenset[str]] = frozenset()
    """Columns whose changes are bookkeeping and not somebody's edit."""


class Workspace(Row):
    """A team."""

    __tablename__ = "workspace"
    name: Mapped[str] = mapped_column(String(200))


class Person(Audited):
    """Somebody who acts. On loopback there is one local person, whom nobody has verified."""

    __tablename__ = "person"
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    role: Mapped[str] = mapped_column(String(20), default="approver")  # reader | editor | approver
    verified: Mapped[bool] = mapped_column(default=False)
    notion_user_id: Mapped[str | None] = mapped_column(String(64))


class Author(Audited):
    """Somebody (or a company) whose voice is learnt."""

    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10), default="person")  # person | company
    headline: Mapped[str] = mapped_column(String(300), default="")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    language: Mapped[str] = mapped_column(String(10), default="en")
    training_consent: Mapped[bool | None] = mapped_column()  # None: not asked yet
    consent_by: Mapped[str | None] = mapped_column(String(200))
    consent_at: Mapped[datetime | None] = mapped_column()
    questionnaire: Mapped[Json] = mapped_column(default=dict)
    is_sample: Mapped[bool] = mapped_column(default=False)
    reviewers: Mapped[list[Any]] = mapped_column(default=list)  # who looks at this author's posts: {name, id} of Notion
    archived_at: Mapped[datetime | None] = mapped_column()


class ImportBatch(Audited):
    """One confirmed import: what came in, from where, read how."""

    __tablename__ = "import_batch"
    source: Mapped[str] = mapped_column(String(40))  # paste | file | sample workspace | ...
    name: Mapped[str] = mapped_column(String(400))
    mapping: Mapped[Json] = mapped_column(default=dict)
    counts: Mapped[Json] = mapped_column(default=dict)
    by: Mapped[str] = mapped_column(String(200), default="")


class Sample(Row):
    """A piece of an author's own writing. Imported in bulk: the batch, not each row, is in the change log."""

    __tablename__ = "sample"
    __table_args__ = (
        UniqueConstraint("workspace_id", "author_id", "text_hash"),
        Index("ix_sample_author_position", "author_id", "position"),
    )
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"))
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("import_batch.id"))
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(64))
    date: Mapped[datetime | None] = mapped_column()
    position: Mapped[int] = mapped_column(Integer, default=0)  # order within the author when dates are missing
    words: Mapped[int] = mapped_column(Integer, default=0)
    source: Mapped[str] = mapped_column(String(40), default="paste")
    provenance: Mapped[Json] = mapped_column(default=dict)  # file, row, url
    excluded: Mapped[bool] = mapped_column(default=False)
    features: Mapped[bytes | None] = mapped_column(LargeBinary)  # float32 vector, see analytics.features
    features_version: Mapped[str | None] = mapped_column(String(40))
    embedded_at: Mapped[datetime | None] = mapped_column()  # the vector itself is in LanceDB
    metrics: Mapped[Json] = mapped_column(default=dict)  # what was measured: see core.measured
    # analytics.voice.pack; the largest column, so it stands last and ordinary reads pass it over
    reading: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, sort_order=95)
    reading_version: Mapped[str | None] = mapped_column(String(40))


class Persona(Audited):
    """A version of an author's persona card. Never changed once written; a correction makes the next version."""

    __tablename__ = "persona"
    unlogged = frozenset({"derived"})  # large, and kept whole in the version's own row
    __table_args__ = (UniqueConstraint("author_id", "version"),)
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(Integer)
    derived: Mapped[Json] = mapped_column(default=dict)  # what the samples say, each field with its evidence
    edits: Mapped[Json] = mapped_column(default=dict)  # what a person says instead: field path -> value
    sliders: Mapped[Json] = mapped_column(default=dict)
    samples: Mapped[int] = mapped_column(Integer, default=0)
    by: Mapped[str] = mapped_column(String(200), default="")
    why: Mapped[str] = mapped_column(String(300), default="")


class Guideline(Audited):
    """A rule of the house: tone, banned or required phrases."""

    __tablename__ = "guideline"
    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(30), default="tone")  # see core.guidelines.KINDS
    text: Mapped[str] = mapped_column(Text, default="")
    phrases: Mapped[list[str]] = mapped_column(default=list)
    severity: Mapped[str] = mapped_column(String(10), default="warn")  # block | warn
    authors: Mapped[list[str]] = mapped_column(default=list)  # ids; empty: everyone
    url: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text, default="")  # the page below the row in Notion, as markdown; read only
    version: Mapped[int] = mapped_column(Integer, default=1)
    deleted_at: Mapped[datetime | None] = mapped_column()


class Brief(Audited):
    """What a post should say. Kept while it is being typed."""

    __tablename__ = "brief"
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    fields: Mapped[Json] = mapped_column(default=dict)  # see core.generate.brief
    submitted_at: Mapped[datetime | None] = mapped_column()
    post_id: Mapped[str | None] = mapped_column(String(26))  # the idea that it is written for
    campaign_id: Mapped[str | None] = mapped_column(String(26), index=True)


class Intent(Row):
    """Something a person asked for. The dispatcher starts the workflow of the same id: asking once runs once."""

    __tablename__ = "intent"
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[Json] = mapped_column(default=dict)
    key: Mapped[str | None] = mapped_column(String(120), unique=True)  # same key: same intent
    status: Mapped[str] = mapped_column(
        String(20), default="queued", index=True
    )  # queued started done failed cancelled
    by: Mapped[str] = mapped_column(String(200), default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int] = mapped_column(Integer, default=0)  # progress: done of total
    total: Mapped[int | None] = mapped_column(Integer)
    message: Mapped[str] = mapped_column(Text, default="")  # what is being done, or why it failed
    hint: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[Json] = mapped_column(default=dict)
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()


class Heartbeat(Base):
    """A worker slot that is alive."""

    __tablename__ = "heartbeat"
    slot: Mapped[str] = mapped_column(String(40), primary_key=True)
    pid: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[Json] = mapped_column(default=dict)  # model loaded, embedder loaded


class Run(Audited):
    """One generation. Its id is the id of its intent and of its workflow."""

    __tablename__ = "run"
    unlogged = frozenset({"status", "started_at", "finished_at", "message", "hint", "settings"})
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    brief_id: Mapped[str] = mapped_column(ForeignKey("brief.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(20), default="queued", index=True)  # as Intent.status
    settings: Mapped[Json] = mapped_column(default=dict)  # model, seed, constraints, persona version, exemplars...
    message: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()
    task: Mapped[str] = mapped_column(String(10), default="write")  # write|revise|adapt|article
    parent_id: Mapped[str | None] = mapped_column(String(26), index=True)  # the variant that it revises or adapts
    experiment_id: Mapped[str | None] = mapped_column(String(26), index=True)


class RunStep(Row):
    """One step of a run: what went in, what came out, with which prompt, in which time."""

    __tablename__ = "run_step"
    __table_args__ = (UniqueConstraint("run_id", "key"),)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(60))  # retrieve, plan, draft:1, critique:1, ...
    status: Mapped[str] = mapped_column(String(20), default="running")  # running done failed
    input: Mapped[Json] = mapped_column(default=dict)
    output: Mapped[Json] = mapped_column(default=dict)
    partial: Mapped[str] = mapped_column(Text, default="")  # text streamed so far
    prompt: Mapped[str | None] = mapped_column(String(120))  # name@version#hash
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None] = mapped_column()


class ModelCall(Row):
    """One finished call of a model. A step that is resumed takes these instead of calling again."""

    __tablename__ = "model_call"
    __table_args__ = (UniqueConstraint("run_id", "step", "seq"),)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(60))
    seq: Mapped[int] = mapped_column(Integer)
    request_hash: Mapped[str] = mapped_column(String(64))
    request: Mapped[Json] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(Text, default="")
    model: Mapped[str] = mapped_column(String(120))
    tokens_in: Mapped[int] = mapped_column(Integer, default=0)
    tokens_out: Mapped[int] = mapped_column(Integer, default=0)
    milliseconds: Mapped[int] = mapped_column(Integer, default=0)


class Variant(Audited):
    """One candidate text of a run."""

    __tablename__ = "variant"
    unlogged = frozenset({"scores", "rank", "rank_reason", "provenance", "critique"})
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    angle: Mapped[Json] = mapped_column(default=dict)
    draft: Mapped[str] = mapped_column(Text, default="")  # before the critique
    generated: Mapped[str] = mapped_column(Text, default="")  # after the rewrite, before any person's edit
    text: Mapped[str] = mapped_column(Text, default="")  # now
    revision: Mapped[int] = mapped_column(Integer, default=1)
    status: Mapped[str] = mapped_column(String(10), default="ok")  # ok | failed
    reasons: Mapped[list[str]] = mapped_column(default=list)  # why it failed
    critique: Mapped[list[Any]] = mapped_column(default=list)
    scores: Mapped[Json] = mapped_column(default=dict)
    rank: Mapped[int] = mapped_column(Integer, default=0)
    rank_reason: Mapped[str] = mapped_column(Text, default="")
    exemplars: Mapped[list[str]] = mapped_column(default=list)  # sample ids
    provenance: Mapped[Json] = mapped_column(default=dict)
    post_id: Mapped[str | None] = mapped_column(String(26))
    """The post it became."""
    parent_id: Mapped[str | None] = mapped_column(String(26), index=True)  # the variant that it was made from
    form: Mapped[str] = mapped_column(String(12), default="post")  # see core.platforms
    parts: Mapped[list[Any]] = mapped_column(default=list)  # of a thread, a carousel, an article


class Post(Audited):
    """One post through its life. Its id is its App ID."""

    __tablename__ = "post"
    unlogged = frozenset({"revision", "hash", "updated_at"})
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    variant_id: Mapped[str | None] = mapped_column(String(26))
    title: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20), default="Drafting", index=True)
    slot: Mapped[datetime | None] = mapped_column(index=True)
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    account: Mapped[str] = mapped_column(String(200), default="")
    media: Mapped[list[Any]] = mapped_column(default=list)
    pillar: Mapped[str] = mapped_column(String(100), default="")
    hash: Mapped[str] = mapped_column(String(64), default="")  # of text, media and account
    revision: Mapped[int] = mapped_column(Integer, default=1)
    scores: Mapped[Json] = mapped_column(default=dict)
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    approved_by: Mapped[str | None] = mapped_column(String(200))
    approved_at: Mapped[datetime | None] = mapped_column()
    slot_approved_by: Mapped[str | None] = mapped_column(String(200))
    requested: Mapped[Json] = mapped_column(default=dict)  # a status asked for in Notion: {status, by, at}
    published_at: Mapped[datetime | None] = mapped_column()
    published_url: Mapped[str] = mapped_column(String(500), default="")
    metrics: Mapped[Json] = mapped_column(default=dict)  # what was measured: see core.measured
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[datetime | None] = mapped_column()


class PostReading(Row):
    """What analytics.voice reads of a post that was approved (a sample keeps its own): derived, can be made again."""

    __tablename__ = "post_reading"
    post_id: Mapped[str] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), unique=True)
    text_hash: Mapped[str] = mapped_column(String(64))  # as Sample.text_hash: of the text that was read
    version: Mapped[str] = mapped_column(String(40))
    reading: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, sort_order=95)


class Baseline(Audited):
    """From when on an author's posts are compared with which ones. The newest of an author counts."""

    __tablename__ = "baseline"
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    first_id: Mapped[str | None] = mapped_column(String(26))  # a sample or a post; None: chosen automatically
    last_id: Mapped[str | None] = mapped_column(String(26))  # None: as many as are needed
    alarm_id: Mapped[str | None] = mapped_column(String(26))  # the alarm that it was begun for
    note: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(200), default="")


class Drift(Row):
    """The last check of an author's drift, as its page draws it. Derived: can be made again."""

    __tablename__ = "drift"
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), unique=True)
    revision: Mapped[str] = mapped_column(String(200))  # of the posts, the baseline and the versions that it rests on
    checked_at: Mapped[datetime] = mapped_column(default=now)
    n: Mapped[int] = mapped_column(Integer, default=0)
    judged: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str] = mapped_column(Text, default="")  # why nothing is judged
    summary: Mapped[Json] = mapped_column(default=dict)
    curve: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, sort_order=95)  # see core.drift.curve


class Alarm(Audited):
    """A change in an author's voice that a person should look at. One row a change, whatever becomes of it."""

    __tablename__ = "alarm"
    unlogged = frozenset({"standing", "finding", "first_id", "low_id", "high_id", "onset_id", "changed_at", "number"})
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="open", index=True)  # open | acknowledged | passed
    first_id: Mapped[str] = mapped_column(String(26))  # first post after the change: a sample or a post
    low_id: Mapped[str] = mapped_column(String(26))  # the interval of the change
    high_id: Mapped[str] = mapped_column(String(26))
    onset_id: Mapped[str] = mapped_column(String(26))  # the post at which the alarm first stood
    changed_at: Mapped[datetime | None] = mapped_column()  # None: undated
    number: Mapped[int] = mapped_column(Integer)  # of the first post after the change in the author's order, from 1
    standing: Mapped[bool] = mapped_column(default=True)  # still so at the newest posts
    finding: Mapped[Json] = mapped_column(default=dict)  # effect, interval, what changed, the posts that show it
    actions: Mapped[list[Any]] = mapped_column(default=list)  # what was done about it: {at, by, what, ...}
    note: Mapped[str] = mapped_column(Text, default="")
    closed_by: Mapped[str] = mapped_column(String(200), default="")
    closed_at: Mapped[datetime | None] = mapped_column()
    new_baseline: Mapped[bool] = mapped_column(default=False)


class ReviewNote(Audited):
    """What a reviewer said: a decision, or a remark."""

    __tablename__ = "review_note"
    unlogged = frozenset({"comment_id", "comment_state"})
    post_id: Mapped[str] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    decision: Mapped[str] = mapped_column(String(30), default="note")  # note submitted approved changes rejected ...
    text: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(200), default="")
    post_hash: Mapped[str] = mapped_column(String(64), default="")
    source: Mapped[str] = mapped_column(String(10), default="app")
    comment_id: Mapped[str | None] = mapped_column(String(64), index=True)  # the comment in Notion that says the same
    comment_state: Mapped[str] = mapped_column(String(10), default="")  # going out: sending | sent | refused


class Change(Base):
    """The change log: audit trail, and what the Notion outbox is read off. Append only."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_entity", "entity", "entity_id"),)
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    workspace_id: Mapped[str] = mapped_column(String(26), default="main")
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(String(200))
    verified: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(10), default="app")  # app | api | notion | worker
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[str] = mapped_column(String(26))
    action: Mapped[str] = mapped_column(String(10))  # insert | update | delete
    field: Mapped[str] = mapped_column(String(60), default="")
    old: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    new: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)


class Setting(Audited):
    """A choice made in the app, by key. Never a secret."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("workspace_id", "key"),)
    key: Mapped[str] = mapped_column(String(100))
    value: Mapped[Json] = mapped_column(default=dict)


class NotionBinding(Audited):
    """Which data source of Notion holds which of our tables, property by property id."""

    __tablename__ = "notion_binding"
    __table_args__ = (UniqueConstraint("workspace_id", "kind"),)
    kind: Mapped[str] = mapped_column(String(20))  # calendar | guidelines | personas | samples
    database_id: Mapped[str] = mapped_column(String(64))
    data_source_id: Mapped[str] = mapped_column(String(64))
    properties: Mapped[Json] = mapped_column(default=dict)  # our field -> {id, name, type}
    url: Mapped[str] = mapped_column(String(500), default="")


class NotionRow(Row):
    """What both sides agreed on last for one row: the base of the three-way merge."""

    __tablename__ = "notion_row"
    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "local_id"),
        Index("ix_notion_row_record", "kind", "local_id", "page_id"),
        Index("ix_notion_row_state", "state", "kind"),
    )
    kind: Mapped[str] = mapped_column(String(20))
    local_id: Mapped[str] = mapped_column(String(26))
    page_id: Mapped[str | None] = mapped_column(String(64), index=True)
    url: Mapped[str] = mapped_column(String(500), default="")
    base: Mapped[Json] = mapped_column(default=dict)
    remote_hash: Mapped[str | None] = mapped_column(String(64))
    pushed_at: Mapped[datetime | None] = mapped_column()
    pulled_at: Mapped[datetime | None] = mapped_column()
    state: Mapped[str] = mapped_column(String(20), default="ok")  # ok | unknown | conflict | trashed | paused
    conflict: Mapped[Json] = mapped_column(default=dict)
    memo: Mapped[Json] = mapped_column(default=dict)  # what else is remembered: comments read, the body, who made it
    message: Mapped[str] = mapped_column(Text, default="")


class NotionPass(Row):
    """One sync pass: when, what moved, what it cost, what went wrong."""

    __tablename__ = "notion_pass"
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None] = mapped_column()
    status: Mapped[str] = mapped_column(String(20), default="running")
    counts: Mapped[Json] = mapped_column(default=dict)
    log: Mapped[list[Any]] = mapped_column(default=list)
    message: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")


class NotionEvent(Row):
    """A webhook that Notion sent: a hint to look, kept so that a repeated one is known."""

    __tablename__ = "notion_event"
    event_id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(60))  # page.properties_updated, comment.created, ...
    page_id: Mapped[str] = mapped_column(String(64), default="")
    sent_at: Mapped[datetime | None] = mapped_column()
    seen_at: Mapped[datetime | None] = mapped_column()  # when a pass took it up
