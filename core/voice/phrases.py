"""Stock phrases to look at: the shipped list, the team's and each author's own, less what was taken out.

A list holds what was added and what was taken out; nothing leaves it, so that all of it can be put back. Every change
is in the change log. What is in force counts from the next look on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics import genericness
from core import store
from core.errors import Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, Reading, authors, choices

KEY = "phrases"
LONGEST = 120
STARS = 2
"""A star stands for one to three words; many of them in one phrase could be matched in too many ways."""
MOST = 1000
"""Phrases that a list may hold beside the shipped ones."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class PhraseList:
    """One list as a page shows it. `author_id` None: the team's."""

    author_id: str | None
    above: tuple[str, ...]
    """What the lists above have in force: the shipped one, and for an author the team's."""
    added: tuple[str, ...]
    out: tuple[str, ...]
    """Taken out here, from what was added here or stands in a list above."""

    @property
    def in_force(self) -> tuple[str, ...]:
        """What is looked for, in alphabetical order; those of openings and closings last."""
        gone = {same(p) for p in self.out}
        found = {same(p): p for p in (*self.above, *self.added) if same(p) not in gone}
        return tuple(
            sorted(found.values(), key=lambda p: (p.lower().startswith(("opening:", "closing:")), p.casefold()))
        )


def same(phrase: str) -> str:
    """What two phrases share that count as one: case, apostrophes and blanks do not matter."""
    plain = unicodedata.normalize("NFKC", phrase).replace("’", "'").casefold()
    return " ".join(plain.split())


def listed(author_id: str | None = None) -> PhraseList:
    """The team's list, or an author's."""
    with store.reading() as tx:
        return _listed(tx, author_id)


def in_force(author_id: str) -> tuple[str, ...]:
    """Every phrase that is looked for in a text of this author."""
    return listed(author_id).in_force


def add(phrases: Sequence[str], actor: Actor, author_id: str | None = None) -> PhraseList:
    """Look for these as well; one that was taken out is put back. Raises Invalid, which names the phrase, or Denied."""
    wanted = [_checked(p) for p in phrases if p.strip()]
    if not wanted:
        raise Invalid("There is no phrase to add.", "Write one phrase a line.")

    def work(now: PhraseList) -> tuple[list[str], list[str]]:
        asked = {same(p): p for p in reversed(wanted)}
        there = {same(p) for p in (*now.above, *now.added)}
        new = [p for folded, p in reversed(asked.items()) if folded not in there]
        return [*now.added, *new], [p for p in now.out if same(p) not in asked]

    return _change(author_id, actor, work)


def take_out(phrases: Sequence[str], actor: Actor, author_id: str | None = None) -> PhraseList:
    """No longer look for these. They stay in the list of what was taken out. Raises Denied."""

    def work(now: PhraseList) -> tuple[list[str], list[str]]:
        asked = {same(p) for p in phrases}
        return list(now.added), [*now.out, *(p for p in now.in_force if same(p) in asked)]

    return _change(author_id, actor, work)


def put_back(phrases: Sequence[str], actor: Actor, author_id: str | None = None) -> PhraseList:
    """Look for these again. Raises Denied."""

    def work(now: PhraseList) -> tuple[list[str], list[str]]:
        asked = {same(p) for p in phrases}
        return list(now.added), [p for p in now.out if same(p) not in asked]

    return _change(author_id, actor, work)


# ---- shared ----------------------------------------------------------------------------------------------------


def _listed(tx: Reading, author_id: str | None) -> PhraseList:
    shipped = genericness.shipped()
    team = _own(tx, None, shipped)
    return team if author_id is None else _own(tx, author_id, team.in_force)


def _own(tx: Reading, author_id: str | None, above: tuple[str, ...]) -> PhraseList:
    kept = choices.get(tx, _key(author_id))
    return PhraseList(author_id, above, tuple(kept.get("added", ())), tuple(kept.get("out", ())))


def _key(author_id: str | None) -> str:
    return KEY if author_id is None else f"{KEY}:{author_id}"


def _change(
    author_id: str | None, actor: Actor, work: Callable[[PhraseList], tuple[list[str], list[str]]]
) -> PhraseList:
    if not has_role(actor, "editor"):
        raise Denied("You may not change phrase lists: your role is reader.", "Ask an editor or an approver to do it.")
    with store.writing(actor) as tx:
        if author_id is not None:
            authors.get(tx, author_id)
        choices.locked(tx, _key(author_id))
        added, out = work(_listed(tx, author_id))
        if len(added) > MOST:
            raise Invalid(f"The list would hold {len(added):,} phrases; {MOST:,} are kept at most.", "Add fewer.")
        choices.put(tx, _key(author_id), {"added": added, "out": out})
        return _listed(tx, author_id)


def _checked(phrase: str) -> str:
    """The phrase as it is kept. Raises Invalid."""
    clean = " ".join(_UNSEEN.sub(" ", unicodedata.normalize("NFC", phrase)).split())
    if len(clean) > LONGEST:
        raise Invalid(
            f"“{clean[:40]}…” has {len(clean):,} characters; a phrase has {LONGEST} at most. Nothing was added.",
            "Keep the words that make it a stock phrase.",
        )
    if clean.split().count("*") > STARS:
        raise Invalid(f"“{clean[:60]}” has more than {STARS} stars. Nothing was added.", "Write more of the words out.")
    if not any(c.isalnum() for c in clean):
        raise Invalid(f"“{clean}” has no letter, so nothing was added.", "Write the phrase as it stands in posts.")
    return clean
