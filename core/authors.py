"""Commands on authors: people and companies whose voice is learnt."""

from __future__ import annotations

from core import store
from core.people import may_collect
from core.store import Actor, authors
from core.store.tables import Author


def listed() -> list[Author]:
    """All authors, by name."""
    with store.reading() as tx:
        return authors.listed(tx)


def get(author_id: str) -> Author:
    """One author. Raises NotFound."""
    with store.reading() as tx:
        return authors.get(tx, author_id)


def named(name: str) -> Author | None:
    """The author of that name, whatever its case, or None."""
    with store.reading() as tx:
        return authors.named(tx, name)


def add(name: str, actor: Actor, kind: str = "person") -> Author:
    """A new author. Raises Denied for readers, Invalid where the name is empty or taken."""
    may_collect(actor)
    with store.writing(actor) as tx:
        return authors.add(tx, name, kind)


def consent(author_id: str, allowed: bool | None, actor: Actor) -> None:
    """Record whether this author's texts may train a model (None: not decided).

    Unless they may, what was learnt from them goes out of use at once; what becomes of it: core.train.withdrawal.
    Raises Denied for readers.
    """
    may_collect(actor)
    with store.writing(actor) as tx:
        authors.consent(tx, author_id, allowed)
    if allowed is not True:
        from core.train import registry  # it knows authors in its turn

        registry.settle()


def describe(
    author_id: str,
    actor: Actor,
    zone: str | None = None,
    headline: str | None = None,
    reviewers: list[dict[str, str]] | None = None,
) -> Author:
    """Change the time zone (IANA name) that new posts start with, the headline, or who looks at their posts.

    `reviewers`: {name, id} of people in Notion. Raises Invalid, NotFound.
    """
    with store.writing(actor) as tx:
        return authors.describe(tx, author_id, zone, headline, reviewers)


def reviewers(author: Author) -> str:
    """Who looks at this author's posts, in words; empty where Notion names nobody."""
    found = [str(person.get("name") or "somebody whose name Notion does not give") for person in author.reviewers]
    return f"Reviewers in Notion: {', '.join(found)}." if found else ""


def place(author_id: str) -> int:
    """How many authors were added before this one: what a stable colour goes by."""
    with store.reading() as tx:
        return authors.place(tx, author_id)
