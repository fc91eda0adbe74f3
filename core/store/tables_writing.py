"""Tables of what surrounds the writing: knowledge, campaigns, ideas, the lab's votes, lessons, confirmed claims."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Row
from core.store.tables import Audited, Json


class Knowledge(Audited):
    """A text that posts may draw facts from: a transcript, a page behind a link, a paper, a note. Never a voice."""

    __tablename__ = "knowledge"
    __table_args__ = (UniqueConstraint("workspace_id", "author_id", "text_hash"),)
    unlogged: ClassVar[frozenset[str]] = frozenset({"text", "meta"})  # it never changes; the log keeps its hash
    author_id: Mapped[str | None] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)  # None: all
    kind: Mapped[str] = mapped_column(String(20))  # note | link | paper | transcript | file
    title: Mapped[str] = mapped_column(String(300), default="")
    url: Mapped[str] = mapped_column(String(2000), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    text_hash: Mapped[str] = mapped_column(String(64))
    meta: Mapped[Json] = mapped_column(default=dict)  # file name, speakers, pages, when it was published
    by: Mapped[str] = mapped_column(String(200), default="")
    fetched_at: Mapped[datetime | None] = mapped_column()
    deleted_at: Mapped[datetime | None] = mapped_column()


class Campaign(Audited):
    """One idea for several authors, each with an angle of their own."""

    __tablename__ = "campaign"
    title: Mapped[str] = mapped_column(String(300))
    fields: Mapped[Json] = mapped_column(default=dict)  # the shared brief, see core.generate.brief
    members: Mapped[list[Any]] = mapped_column(default=list)  # {author, kind, why, brief, run}
    by: Mapped[str] = mapped_column(String(200), default="")


class Idea(Audited):
    """A proposal for a post. One row a proposal, whatever becomes of it, so that none is proposed twice."""

    __tablename__ = "idea"
    __table_args__ = (UniqueConstraint("workspace_id", "author_id", "key"),)
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))  # knowledge | pillar | unsaid | follow-up
    title: Mapped[str] = mapped_column(String(300))
    why: Mapped[str] = mapped_column(Text, default="")
    fields: Mapped[Json] = mapped_column(default=dict)  # a brief to begin with
    evidence: Mapped[list[Any]] = mapped_column(default=list)  # {kind, id, text}
    status: Mapped[str] = mapped_column(String(12), default="open", index=True)  # open | taken | dismissed
    post_id: Mapped[str | None] = mapped_column(String(26))


class Experiment(Audited):
    """Two or more ways of writing compared over a batch of briefs."""

    __tablename__ = "experiment"
    title: Mapped[str] = mapped_column(String(300))
    arms: Mapped[list[Any]] = mapped_column(default=list)  # {name, model, prompts: {name: version}}
    briefs: Mapped[list[str]] = mapped_column(default=list)  # ids
    by: Mapped[str] = mapped_column(String(200), default="")
    closed_at: Mapped[datetime | None] = mapped_column()


class Vote(Row):
    """One comparison: which of two variants somebody preferred, not knowing where they came from."""

    __tablename__ = "vote"
    __table_args__ = (Index("ix_vote_author", "author_id", "created_at"),)
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"))
    experiment_id: Mapped[str | None] = mapped_column(String(26), index=True)
    left_id: Mapped[str] = mapped_column(String(26))  # variants, as they stood on the screen
    right_id: Mapped[str] = mapped_column(String(26))
    left_hash: Mapped[str] = mapped_column(String(64), default="")  # of the texts that were compared
    right_hash: Mapped[str] = mapped_column(String(64), default="")
    choice: Mapped[str] = mapped_column(String(6))  # left | right | tie
    tags: Mapped[list[str]] = mapped_column(default=list)
    """Reasons against the one that lost."""
    blind: Mapped[bool] = mapped_column(default=True)
    by: Mapped[str] = mapped_column(String(200), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column()


class Rating(Audited):
    """What one person thinks of one variant."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("variant_id", "by"),)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"))
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    stars: Mapped[int] = mapped_column(Integer, default=0)  # 1 to 5; 0: tags only
    tags: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    text_hash: Mapped[str] = mapped_column(String(64), default="")  # of the text that was rated
    by: Mapped[str] = mapped_column(String(200), default="")


class Lesson(Audited):
    """What feedback proposes to change. Nothing changes before a person accepts it, and it can be undone."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("workspace_id", "author_id", "key"),)
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(20))  # card | banned | weights
    title: Mapped[str] = mapped_column(Text)
    change: Mapped[Json] = mapped_column(default=dict)  # what accepting it does
    evidence: Mapped[list[Any]] = mapped_column(default=list)  # {variant, before, after, by, at}
    status: Mapped[str] = mapped_column(String(12), default="proposed", index=True)  # accepted | dismissed | undone
    undo: Mapped[Json] = mapped_column(default=dict)  # what was there before
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column()


class Confirmation(Audited):
    """A person stands by a sentence of a post for which no source was found."""

    __tablename__ = "confirmation"
    __table_args__ = (UniqueConstraint("post_id", "sentence_hash"),)
    post_id: Mapped[str] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    sentence_hash: Mapped[str] = mapped_column(String(64))
    sentence: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")  # where it is known from
    by: Mapped[str] = mapped_column(String(200), default="")
