"""Tables of images: brand kits, designs, what was made of them, pictures that are being made, photos of a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables import Audited, Json


class BrandKit(Audited):
    """How the images of an author, or of the whole house, look."""

    __tablename__ = "brand_kit"
    __table_args__ = (UniqueConstraint("workspace_id", "scope"),)
    scope: Mapped[str] = mapped_column(String(40))  # workspace | author:ID
    family: Mapped[str] = mapped_column(String(40), default="")  # a template family; empty: the first
    theme: Mapped[str] = mapped_column(String(10), default="light")  # light | dark
    colours: Mapped[Json] = mapped_column(default=dict)  # role -> #RRGGBB: see core.images.model.Kit
    fonts: Mapped[Json] = mapped_column(default=dict)  # heading, body -> the name of a shipped family
    footer: Mapped[str] = mapped_column(String(200), default="")
    logo: Mapped[Json] = mapped_column(default=dict)  # {path, sha256, width, height}
    photo: Mapped[Json] = mapped_column(default=dict)  # {path, sha256, width, height, focus: [x, y]}
    grade: Mapped[Json] = mapped_column(default=dict)  # what is done to pictures: see core.images.grade
    sources: Mapped[Json] = mapped_column(default=dict)  # field -> the guideline that it was taken from
    version: Mapped[int] = mapped_column(Integer, default=1)


class Design(Audited):
    """A card, a carousel or images of a thread while somebody works on it. Kept while it is being typed."""

    __tablename__ = "design"
    unlogged: ClassVar[frozenset[str]] = frozenset({"undo", "redo", "revision", "card"})
    """The card is logged field by field, by the commands: a whole one at each save would fill the log."""
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[str | None] = mapped_column(String(26), index=True)
    title: Mapped[str] = mapped_column(String(300), default="")
    card: Mapped[Json] = mapped_column(default=dict)  # see core.images.model.Card
    undo: Mapped[list[Any]] = mapped_column(default=list, deferred=True, sort_order=95)  # earlier cards, newest last
    redo: Mapped[list[Any]] = mapped_column(default=list, deferred=True, sort_order=95)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    deleted_at: Mapped[datetime | None] = mapped_column()


class Image(Audited):
    """A finished image, or several that belong together (a carousel): files below TIMBRE_DATA/images/<id>/."""

    __tablename__ = "image"
    __table_args__ = (Index("ix_image_listed", "workspace_id", "deleted_at", "id"),)
    unlogged: ClassVar[frozenset[str]] = frozenset({"settings", "measured"})
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[str | None] = mapped_column(String(26), index=True)  # the post that it was made for
    design_id: Mapped[str | None] = mapped_column(String(26), index=True)
    run_id: Mapped[str | None] = mapped_column(String(26), index=True)  # the picture run, or the training run
    parent_id: Mapped[str | None] = mapped_column(String(26), index=True)  # what it is another try of
    kind: Mapped[str] = mapped_column(String(20))  # card | carousel | thread | picture | sample
    provider: Mapped[str] = mapped_column(String(40), default="")  # card | diffusers | stability | fal
    number: Mapped[int] = mapped_column(Integer, default=1)  # among the variants of its run
    title: Mapped[str] = mapped_column(String(300), default="")
    files: Mapped[list[Any]] = mapped_column(default=list)  # {name, sha256, width, height, bytes, type, alt}
    prompt: Mapped[str] = mapped_column(Text, default="")
    feedback: Mapped[str] = mapped_column(Text, default="")  # what was asked to be different from its parent
    settings: Mapped[Json] = mapped_column(default=dict)  # all that is needed to make it again
    measured: Mapped[Json] = mapped_column(default=dict)  # colour distance to the brand, likeness
    cost: Mapped[Json] = mapped_column(default=dict)  # {amount, currency, how}
    ai: Mapped[bool] = mapped_column(default=False)  # made by an image model: shown as such, written into the file
    rating: Mapped[int | None] = mapped_column(Integer)  # of a sample: 1 not me, 2 nearly, 3 me
    deleted_at: Mapped[datetime | None] = mapped_column()


class PictureRun(Audited):
    """Pictures that somebody asked for. Its id is the id of its intent and of its workflow."""

    __tablename__ = "picture_run"
    unlogged: ClassVar[frozenset[str]] = frozenset({"status", "message", "hint", "remote", "started_at", "finished_at"})
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[str | None] = mapped_column(String(26), index=True)
    parent_id: Mapped[str | None] = mapped_column(String(26))  # the image that it tries anew
    provider: Mapped[str] = mapped_column(String(40))
    prompt: Mapped[str] = mapped_column(Text, default="")
    feedback: Mapped[str] = mapped_column(Text, default="")
    settings: Mapped[Json] = mapped_column(default=dict)  # model, seed, aspect, n, adapter, kit, prompt version, ...
    estimate: Mapped[Json] = mapped_column(default=dict)  # the cost that was shown before: {amount, currency, how}
    remote: Mapped[Json] = mapped_column(default=dict)  # what a service calls it, so that a restart pays nothing twice
    status: Mapped[str] = mapped_column(String(20), default="queued", index=True)  # as Intent.status
    message: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()


class PhotoSet(Audited):
    """Photos of one person, from which a model may learn what they look like, for as long as they consent."""

    __tablename__ = "photo_set"
    unlogged: ClassVar[frozenset[str]] = frozenset({"remote"})
    author_id: Mapped[str] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    person: Mapped[str] = mapped_column(String(200), default="")  # whom the photos show
    trigger: Mapped[str] = mapped_column(String(40), default="")  # the made-up word that stands for the person
    subject: Mapped[str] = mapped_column(String(40), default="person")  # woman, man, person: the ordinary word
    consent_by: Mapped[str | None] = mapped_column(String(200))
    consent_at: Mapped[datetime | None] = mapped_column()
    consent_text: Mapped[str] = mapped_column(Text, default="")  # the words that were agreed to
    expires_at: Mapped[datetime | None] = mapped_column()
    withdrawn_at: Mapped[datetime | None] = mapped_column()
    remote: Mapped[list[Any]] = mapped_column(default=list)  # copies with a service: {service, what, at, expires, gone}
    deleted_at: Mapped[datetime | None] = mapped_column()


class Photo(Audited):
    """One photo of a set, turned upright and without what the camera wrote into it."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("set_id", "sha256"),)
    unlogged: ClassVar[frozenset[str]] = frozenset({"checks", "looks", "name", "caption", "file", "sha256"})
    """What may tell of the person is in the row alone, so that it is gone with it."""
    set_id: Mapped[str] = mapped_column(ForeignKey("photo_set.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(300), default="")  # as it was called where it came from
    file: Mapped[str] = mapped_column(String(300))  # below TIMBRE_DATA/photos/<set id>/
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)
    looks: Mapped[str] = mapped_column(String(64), default="")  # a perceptual hash, hex
    checks: Mapped[Json] = mapped_column(default=dict)  # see core.images.photo_checks
    caption: Mapped[str] = mapped_column(Text, default="")
    captioned: Mapped[bool] = mapped_column(default=False)  # a person wrote it
    used: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
