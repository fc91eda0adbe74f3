"""Proposals for an author, and what people do with them: into the calendar, dismiss, take back."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any

from core import persona, store
from core.errors import Conflict, Denied, NotFound
from core.ideas import sources, topics, unsaid
from core.ideas.corpus import Corpus, corpus
from core.ideas.model import Proposal
from core.persona.questionnaire import QUESTIONS
from core.review import commands as review
from core.review.lifecycle import IDEA, has_role
from core.store import Actor, ideas, knowledge, posts, runs
from core.store.base import now
from core.store.tables import Brief, Post
from core.store.tables_writing import Idea

SHOWN = {"knowledge": 6, "pillar": 3, "unsaid": 6, "follow-up": 4}
"""How many of a kind are proposed at a time."""
_TURN = threading.Lock()
"""Two pages that open at once read an author's texts once."""


def proposals(author_id: str) -> list[Proposal]:
    """What the author could write about next, a mix of all kinds; nothing that was taken or dismissed.

    Reads all texts where something has changed since the last time: about a second with 10,000 samples.
    """
    with store.reading() as tx:
        revision = ideas.revision(tx, author_id)
        held = ideas.knowledge_ids(tx, author_id)
        passed = frozenset(ideas.decided(tx, author_id))
    card = persona.current(author_id)
    named = tuple(unsaid.named_subjects(card, QUESTIONS).items())
    with _TURN:
        found = _found(author_id, revision, held, named, passed, now().date())
    return list(found)


@functools.lru_cache(maxsize=32)
def _found(
    author_id: str,
    revision: ideas.Revision,
    held: tuple[str, ...],
    named: tuple[tuple[str, str], ...],
    passed: frozenset[str],
    _day: date,
) -> tuple[Proposal, ...]:
    """As `proposals`; all that it rests on is in the key."""
    own = _corpus(author_id, revision)
    with store.reading() as tx:
        rows = knowledge.among(tx, held)
    by_kind: list[Sequence[Proposal]] = [
        _open(sources.unused(own, rows, passed), passed, SHOWN["knowledge"]),
        _open(_due(author_id, revision), passed, SHOWN["pillar"]),
        _open(_unsaid(own, dict(named), passed), passed, SHOWN["unsaid"]),
        _open(unsaid.follow_ups(own, now()), passed, SHOWN["follow-up"]),
    ]
    most = max(map(len, by_kind))
    return tuple(rows[at] for at in range(most) for rows in by_kind if at < len(rows))


@functools.lru_cache(maxsize=8)
def _corpus(author_id: str, _revision: ideas.Revision) -> Corpus:
    """All that the author has written or has under way, the oldest first."""
    with store.reading() as tx:
        samples = ideas.newest(tx, author_id, 40_000)
        made = ideas.under_way(tx, author_id)
    dated = [t for t in samples if t.at is not None]
    undated = [t for t in samples if t.at is None]
    later = sorted([*dated, *made], key=lambda t: t.at or now())
    return corpus([*reversed(undated), *later])


@functools.lru_cache(maxsize=32)
def _due(author_id: str, revision: ideas.Revision) -> tuple[Proposal, ...]:
    return tuple(topics.due(_corpus(author_id, revision)))


def why_none_due(author_id: str) -> str:
    """One sentence: why no topic of this author is proposed as due, or "" where one is."""
    with store.reading() as tx:
        revision = ideas.revision(tx, author_id)
        passed = frozenset(ideas.decided(tx, author_id))
    due, own = _due(author_id, revision), _corpus(author_id, revision)
    if any(one.key not in passed for one in due):
        return ""
    if due:
        return "What is due is in the calendar or dismissed already."
    if own.n < topics.LEAST:
        return f"From {topics.LEAST} posts on, topics that are due show here; {own.n} so far."
    found = len(topics.topics(own))
    if not found:
        return f"No topic comes back often enough in their {own.n:,} posts for one to be due."
    named = "the one topic that comes" if found == 1 else f"none of the {found} topics that come"
    left = "has not been left out" if found == 1 else "has been left out"
    return f"No topic is due now: {named} back in their {own.n:,} posts {left} of the newest {topics.NEWEST}."


def _unsaid(own: Corpus, named: dict[str, str], passed: frozenset[str]) -> list[Proposal]:
    """Subjects first, then promises and questions by turns, the newest first."""
    asked = _open(unsaid.open_questions(own), passed, unsaid.EACH)
    announced = _open(unsaid.promises(own), passed, unsaid.EACH)
    mixed = [rows[at] for at in range(unsaid.EACH) for rows in (announced, asked) if at < len(rows)]
    return [*unsaid.subjects(own, named), *mixed]


def _open(rows: Iterable[Proposal], passed: frozenset[str], most: int) -> list[Proposal]:
    return list(islice((row for row in rows if row.key not in passed), most))


# ---- deciding ------------------------------------------------------------------------------------------------


def take(author_id: str, key: str, actor: Actor) -> Idea:
    """Make a proposal an Idea in the calendar, with its brief: one transaction. Taking it again gives the same one.

    Raises NotFound where it is proposed no longer, Denied for readers.
    """
    _may(actor)
    with store.reading() as tx:
        known = ideas.by_key(tx, author_id, key)
    if known is not None and known.status == "taken":
        return known
    one = _proposal(author_id, key)
    with store.writing(actor) as tx:
        again = ideas.locked(tx, author_id, key)
        if again is not None and again.status == "taken":
            return again
        post = review.put_new(tx, author_id, one.title, "", status=IDEA)
        brief = runs.add_brief(tx, author_id, dict(one.fields))
        brief.post_id = post.id
        return _decided(tx, author_id, one, again, "taken", post.id)


def dismiss(author_id: str, key: str, actor: Actor) -> Idea:
    """Never propose it again. Raises NotFound, Denied, and Conflict for one that is in the calendar."""
    _may(actor)
    with store.reading() as tx:
        known = ideas.by_key(tx, author_id, key)
    if known is not None and known.status == "dismissed":
        return known
    one = _proposal(author_id, key)
    with store.writing(actor) as tx:
        again = ideas.locked(tx, author_id, key)
        if again is not None and again.status == "taken":
            raise Conflict("Somebody put this idea into the calendar; it was not dismissed.", "Look in the calendar.")
        return _decided(tx, author_id, one, again, "dismissed", None)


def take_back(idea_id: str, actor: Actor) -> None:
    """Propose a dismissed one again, as long as what it rests on still holds."""
    _may(actor)
    with store.writing(actor) as tx:
        row = ideas.get(tx, idea_id)
        if row.status == "dismissed":
            row.status = "open"


def dismissed(author_id: str) -> list[Idea]:
    """What was dismissed, the newest first."""
    with store.reading() as tx:
        return ideas.listed(tx, author_id, "dismissed")


def in_calendar(author_id: str, limit: int = 20) -> list[tuple[Post, Brief | None]]:
    """The author's posts that are still ideas, the newest first, each with the brief that waits for it."""
    with store.reading() as tx:
        return ideas.waiting(tx, author_id, limit)


def brief_of(post_id: str, actor: Actor) -> str:
    """The id of the brief that an idea is written from; one with its title as the topic is made where there is none."""
    _may(actor)
    with store.writing(actor) as tx:
        posts.locked(tx, post_id)  # of two clicks at once the second finds the brief of the first
        post, brief = ideas.with_brief(tx, post_id)
        if brief is None:
            brief = runs.add_brief(tx, post.author_id, {"topic": post.title} if post.title else {})
            brief.post_id = post.id
        return brief.id


def _proposal(author_id: str, key: str) -> Proposal:
    found = next((p for p in proposals(author_id) if p.key == key), None)
    if found is None:
        raise NotFound("This idea is proposed no longer.", "What it rests on has changed. Reload the page.")
    return found


def _decided(
    tx: store.Writing, author_id: str, one: Proposal, row: Idea | None, status: str, post_id: str | None
) -> Idea:
    said: dict[str, Any] = {
        "title": one.title[:300],
        "why": one.why,
        "fields": one.fields,
        "evidence": [{"kind": e.kind, "id": e.id, "text": e.text} for e in one.evidence],
        "status": status,
        "post_id": post_id,
    }
    if row is None:
        return ideas.add(tx, Idea(author_id=author_id, key=one.key, kind=one.kind, **said))
    for name, value in said.items():
        setattr(row, name, value)
    return row


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not plan posts.", "Ask an editor or an approver of your team.")
