"""What people do with knowledge: add a link, a file or a note, look at what there is, remove one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import store
from core.collect import reading, text_hash
from core.collect.addresses import LONGEST
from core.collect.fetch import fetch
from core.collect.model import Read
from core.collect.network import NET, Net
from core.errors import Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, authors, knowledge
from core.store.base import now
from core.store.tables_writing import Knowledge

FILE_MEGABYTES = 20
NOTE = 100_000
"""Characters of a note."""


def add_link(url: str, author_id: str | None, actor: Actor, net: Net = NET) -> Knowledge:
    """Fetch a page or a paper and keep its text, for one author or for everyone (None).

    At most some 30 seconds. Raises Denied, Invalid (an address or a document that cannot be used), Unavailable.
    """
    _may(actor)
    got = fetch(url, net)
    kind, read = reading.of_page(got)
    return _keep(kind, read, author_id, actor, url=got.url, fetched=True)


def add_file(name: str, content: bytes, author_id: str | None, actor: Actor) -> Knowledge:
    """Read a file (SUFFIXES) and keep its text. Raises Denied, or Invalid, which names the file."""
    _may(actor)
    if len(content) > FILE_MEGABYTES * 1_000_000:
        raise Invalid(f"{name} is larger than {FILE_MEGABYTES} MB; nothing of it was read.", "Give the part you need.")
    kind, read = reading.of_file(name, content)
    return _keep(kind, read, author_id, actor)


def add_note(title: str, text: str, author_id: str | None, actor: Actor) -> Knowledge:
    """Keep a text that somebody typed or pasted. Raises Denied, Invalid."""
    _may(actor)
    title, text = title.replace("\x00", ""), text.replace("\x00", "")  # which no PostgreSQL keeps
    if not text.strip():
        raise Invalid("The note is empty; nothing was kept.", "Type or paste what the post may draw from.")
    if len(text) > NOTE:
        raise Invalid(f"The note has {len(text):,} characters; {NOTE:,} are kept at most.", "Give the part you need.")
    return _keep("note", Read(title.strip() or text.strip().split("\n")[0][:80], text.strip()), author_id, actor)


def listed(author_id: str | None) -> list[Knowledge]:
    """What an author may draw from, the newest first and each text once: their own and everyone's. None: everyone's."""
    with store.reading() as tx:
        return list({row.text_hash: row for row in reversed(knowledge.listed(tx, author_id))}.values())[::-1]


def get(knowledge_id: str) -> Knowledge:
    """One that is in use. Raises NotFound."""
    with store.reading() as tx:
        return knowledge.get(tx, knowledge_id)


def texts(ids: Sequence[str]) -> list[Knowledge]:
    """Those of `ids` that are in use, in that order; what was removed is left out."""
    with store.reading() as tx:
        return knowledge.among(tx, ids)


def remove(knowledge_id: str, actor: Actor) -> None:
    """Offer it no longer. What was written from it keeps its record. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        knowledge.remove(tx, knowledge_id)


def _keep(
    kind: str, read: Read, author_id: str | None, actor: Actor, url: str = "", fetched: bool = False
) -> Knowledge:
    """Store it, or find the row that holds this very text: it is taken back, and becomes everyone's when asked."""
    hashed = text_hash(read.text)
    meta: dict[str, Any] = {**read.meta, "words": len(read.text.split())}
    with store.writing(actor) as tx:
        if author_id is not None:
            authors.get(tx, author_id)
        row = knowledge.same(tx, author_id, hashed)
        if row is not None:
            row.deleted_at = None
            if author_id is None:
                row.author_id = None
            return row
        return knowledge.add(
            tx,
            Knowledge(
                author_id=author_id,
                kind=kind,
                title=read.title[:300],
                url=url if len(url) <= LONGEST else "",  # with its letters escaped it may be longer than it was typed
                text=read.text,
                text_hash=hashed,
                meta=meta,
                fetched_at=now() if fetched else None,
            ),
        )


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("You may not add or remove sources: your role is reader.", "Ask an editor or an approver.")
