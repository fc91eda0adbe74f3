"""Reading and writing of designs and of finished images."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import String, case, cast, func, select
from sqlalchemy.orm import undefer

from core.errors import NotFound
from core.store.base import now
from core.store.changes import record
from core.store.engine import Reading, Writing
from core.store.tables import Change, Post
from core.store.tables_images import Design, Image

WAITING = ("Approved", "Scheduled", "In Review", "Changes Requested", "Drafting", "Idea")
"""Where a post may still get an image, those that need it soonest first."""

# ---- designs -------------------------------------------------------------------------------------------------


def design(tx: Reading, design_id: str) -> Design:
    """One design with its steps back and forward. Raises NotFound."""
    query = select(Design).where(Design.id == design_id, Design.deleted_at.is_(None))
    return _there(tx.session.scalar(query.options(undefer(Design.undo), undefer(Design.redo))), design_id)


def locked_design(tx: Writing, design_id: str) -> Design:
    """As `design`; nobody else can change it until this transaction ends. Raises NotFound."""
    query = select(Design).where(Design.id == design_id, Design.deleted_at.is_(None)).with_for_update()
    return _there(tx.session.scalar(query.options(undefer(Design.undo), undefer(Design.redo))), design_id)


def add_design(tx: Writing, row: Design) -> Design:
    """A new one."""
    row.workspace_id = tx.actor.workspace_id
    row.undo, row.redo, row.revision = [], [], 1
    tx.session.add(row)
    tx.session.flush()
    return row


def log(tx: Writing, design_id: str, edits: Mapping[str, tuple[Any, Any]]) -> None:
    """Write what changed in a design's card to the change log: field -> what it was and what it is."""
    if edits:
        record(tx.session, Design.__tablename__, design_id, "update", **edits)


def designs(tx: Reading, author_id: str | None = None, post_id: str | None = None, limit: int = 50) -> list[Design]:
    """Those of an author or for a post, the newest first; without their steps."""
    query = select(Design).where(Design.deleted_at.is_(None))
    if author_id is not None:
        query = query.where(Design.author_id == author_id)
    if post_id is not None:
        query = query.where(Design.post_id == post_id)
    return list(tx.session.scalars(query.order_by(Design.id.desc()).limit(limit)))


def remove_design(tx: Writing, design_id: str) -> None:
    """No longer offered; what was made of it stays. Raises NotFound."""
    locked_design(tx, design_id).deleted_at = now()


def removed_designs(tx: Reading, author_id: str, post_id: str | None, limit: int) -> list[Design]:
    """Those that were put away, of a post (None: of none), the newest first; without their steps."""
    query = select(Design).where(Design.author_id == author_id, Design.deleted_at.is_not(None))
    query = query.where(Design.post_id == post_id if post_id else Design.post_id.is_(None))
    return list(tx.session.scalars(query.order_by(Design.deleted_at.desc(), Design.id.desc()).limit(limit)))


def restore_design(tx: Writing, design_id: str) -> None:
    """Offered again. Raises NotFound."""
    query = select(Design).where(Design.id == design_id).with_for_update()
    _there(tx.session.scalar(query), design_id).deleted_at = None


def _there(row: Design | None, design_id: str) -> Design:
    if row is None:
        raise NotFound(f"There is no design {design_id}.", "It may have been removed. Begin again from the post.")
    return row


# ---- finished images -----------------------------------------------------------------------------------------


def image(tx: Reading, image_id: str) -> Image:
    """One image. Raises NotFound."""
    row = tx.session.get(Image, image_id)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"There is no image {image_id}.", "It may have been deleted. Choose another.")
    return row


def locked_image(tx: Writing, image_id: str) -> Image:
    """One image that nobody else can change until this transaction ends. Raises NotFound."""
    tx.session.scalar(select(Image.id).where(Image.id == image_id).with_for_update())
    return image(tx, image_id)


def add_image(tx: Writing, row: Image) -> Image:
    """A new one, whose files lie in its folder already."""
    row.workspace_id = tx.actor.workspace_id
    tx.session.add(row)
    tx.session.flush()
    return row


def images(
    tx: Reading,
    author_id: str | None = None,
    kinds: Collection[str] | None = None,
    before: str | None = None,
    limit: int = 50,
    post_id: str | None = None,
    run_id: str | None = None,
) -> list[Image]:
    """The newest first; `before`: only those that are older than this one. `kinds` None: all but samples of runs."""
    query = select(Image).where(Image.deleted_at.is_(None))
    query = query.where(Image.kind != "sample" if kinds is None else Image.kind.in_(list(kinds)))
    for column, wanted in ((Image.author_id, author_id), (Image.post_id, post_id), (Image.run_id, run_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(Image.id < before)
    return list(tx.session.scalars(query.order_by(Image.id.desc()).limit(limit)))


def count(tx: Reading, author_id: str | None = None, kinds: Collection[str] | None = None) -> int:
    """How many images there are; `kinds` as in `images`."""
    query = select(func.count(Image.id)).where(Image.deleted_at.is_(None))
    query = query.where(Image.kind != "sample" if kinds is None else Image.kind.in_(list(kinds)))
    if author_id is not None:
        query = query.where(Image.author_id == author_id)
    return tx.session.scalar(query) or 0


def among(tx: Reading, ids: Collection[str]) -> dict[str, Image]:
    """Those of `ids` that are there, by id."""
    rows = tx.session.scalars(select(Image).where(Image.id.in_(list(ids)), Image.deleted_at.is_(None)))
    return {row.id: row for row in rows}


def of_design(tx: Reading, design_id: str) -> list[Image]:
    """What was made of a design, the newest first."""
    query = select(Image).where(Image.design_id == design_id, Image.deleted_at.is_(None))
    return list(tx.session.scalars(query.order_by(Image.id.desc())))


def of_run(tx: Reading, run_id: str, number: int) -> Image | None:
    """The variant of a run that has this number, deleted or not: a run that is resumed makes none twice."""
    query = select(Image).where(Image.run_id == run_id, Image.number == number)
    return tx.session.scalar(query.order_by(Image.id).limit(1))


def posts_with(tx: Reading, image_id: str) -> list[Post]:
    """The posts that carry an image."""
    query = select(Post).where(Post.deleted_at.is_(None), cast(Post.media, String).contains(image_id, autoescape=True))
    return [row for row in tx.session.scalars(query) if image_id in carried(row)]


def posts_for(tx: Reading, author_id: str | None, limit: int) -> list[Post]:
    """Posts that an image may go with, those without one first; then by status, the newest first."""
    query = select(Post).where(Post.deleted_at.is_(None), Post.status.in_(WAITING))
    if author_id is not None:
        query = query.where(Post.author_id == author_id)
    bare = case((cast(Post.media, String).in_(("[]", "null")), 0), else_=1)
    order = case({status: at for at, status in enumerate(WAITING)}, value=Post.status)
    return list(tx.session.scalars(query.order_by(bare, order, Post.id.desc()).limit(limit)))


def carried(post: Post) -> list[str]:
    """The ids of the images that a post carries, in its order, each once."""
    found = (str(entry.get("image") or "") for entry in post.media if isinstance(entry, dict))
    return list(dict.fromkeys(one for one in found if one))


def forgotten(tx: Reading, ids: Collection[str]) -> set[str]:
    """Those of these images that once were in this very store; with `folders`, those that are gone."""
    query = select(Change.entity_id).where(Change.entity == Image.__tablename__, Change.entity_id.in_(list(ids)))
    return set(tx.session.scalars(query.distinct()))


def folders(tx: Reading) -> set[str]:
    """The names of all folders that belong to an image that is there."""
    return set(tx.session.scalars(select(Image.id).where(Image.deleted_at.is_(None))))
