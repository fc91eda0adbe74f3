"""The count after a soak: what was typed and is nowhere, rows that are there twice, sides that differ."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bench.notion_bed import Bed
from core import store
from core.store.tables import Change, NotionRow, Post, ReviewNote, Variant

MARK = re.compile(r"w\d{7}x")
SHOWN = 5
"""Histories that are printed."""


def token(number: int) -> str:
    """What makes a typed value known again."""
    return f"w{number:07}x"


def tokens(text: str) -> set[str]:
    """All marks in a text."""
    return set(MARK.findall(text))


@dataclass
class Verdict:
    """What happened, and what came of it."""

    written: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """mark -> (side, row or post, field)"""
    replaced: set[str] = field(default_factory=set)
    """Typed in Notion and typed over there before an answer showed it, or before a pass that was given up took it in:
    nobody but a person replaced it, and Notion's own history has it."""
    histories: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    faults: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    passes: int = 0
    second: int = 0
    refused: int = 0
    lost: set[str] = field(default_factory=set)
    unseeable: set[str] = field(default_factory=set)
    duplicates: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    unread: int = 0
    done: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    seed: int = 0

    def typed(self, number: int, side: str, where: str, what: str, by: str) -> None:
        """Somebody typed a value that carries the mark of this number."""
        self.written[token(number)] = (side, where, what)
        self.say(where, f"{number}: {side} typed {what} {token(number)} {by[-4:]}")

    def say(self, where: str, text: str) -> None:
        """A line in the history of a row or post."""
        self.histories[where].append(text)

    # ---- judging -----------------------------------------------------------------------------------------------------

    def judge(self, one: Bed, done: Counter[str], seed: int, seconds: float) -> None:
        """Look everywhere, compare both sides, print what is wrong with its history."""
        self.done, self.seed, self.seconds = done, seed, seconds
        there = one.world.rows() + one.world.rows(in_trash=True)
        with store.reading() as tx:
            posts = {p.id: p for p in tx.session.scalars(select(Post))}
            known = list(tx.session.scalars(select(NotionRow).where(NotionRow.kind == "calendar")))
            noted = list(tx.session.scalars(select(ReviewNote)))
            kept: list[Any] = [(p.title, p.text, p.pillar) for p in posts.values()]
            kept += [v.text for v in tx.session.scalars(select(Variant))] + [n.text for n in noted]
            kept += [(c.old, c.new) for c in tx.session.scalars(select(Change))]
            kept += [(r.base, r.conflict, r.message) for r in known]
        spoken = [c["rich_text"] for cs in one.world.comments.values() for c in cs]
        found = tokens(json.dumps([kept, [r["values"] for r in there], spoken], ensure_ascii=False, default=str))
        gone = set(self.written) - found
        self.unseeable = {t for o in one.world.overwritten if not o["asked"] for t in tokens(str(o["lost"]))} & gone
        self.lost = gone - self.unseeable - self.replaced
        self.unread = len(
            {m for m, (side, _, what) in self.written.items() if (side, what) == ("there", "comment")}
            - tokens(json.dumps([n.text for n in noted]))
        )
        self._twice(one, known, posts)
        self._compare(one, known, posts)
        self._print(one, known)

    def _twice(self, one: Bed, known: list[NotionRow], posts: dict[str, Post]) -> None:
        ids = Counter(str(one.world.cell(row, "App ID")) for row in one.world.rows() if one.world.cell(row, "App ID"))
        self.duplicates = [f"{n} rows carry {app_id}" for app_id, n in ids.items() if n > 1]
        bound = Counter(r.page_id for r in known if r.page_id)
        self.duplicates += [f"page {page} is bound {n} times" for page, n in bound.items() if n > 1]
        made = Counter(mark for p in posts.values() for mark in tokens(p.title))
        self.duplicates += [f"{n} posts have the name {mark}" for mark, n in made.items() if n > 1]

    def _compare(self, one: Bed, known: list[NotionRow], posts: dict[str, Post]) -> None:
        pages = {row["id"]: row for row in one.world.rows()}
        self.states = Counter(row.state for row in known)
        for row in known:
            post, page = posts.get(row.local_id), pages.get(row.page_id or "")
            if row.state not in ("ok", "conflict", "pending"):
                continue
            if post is None or page is None:
                self.differ.append(f"{row.local_id} ({row.state}): {'no page' if post else 'no post'}")
                continue
            if post.id != one.world.cell(page, "App ID"):
                self.differ.append(f"{row.local_id}: its row carries the App ID {one.world.cell(page, 'App ID')}")
            mine = {"Name": post.title, "Post text": post.text, "Status": post.status, "Slot": _instant(post.slot)}
            mine["Pillar"] = post.pillar or None
            for name, value in mine.items():
                other = one.world.cell(page, name)
                other = _instant(other) if name == "Slot" else other
                if other not in (value, "Zombie"):  # a status that is not ours: both sides keep their own
                    state = f"{row.local_id} ({row.state} {row.message[:60]})"
                    self.differ.append(f"{state} {name}: {value!r:.60} / {other!r:.60}")
        bound = {row.local_id for row in known if row.page_id}
        for post_id, post in posts.items():
            if post_id not in bound and post.status not in ("Rejected", "Archived"):
                self.differ.append(f"{post_id}: no row for a post that is {post.status}")

    def _print(self, one: Bed, known: list[NotionRow]) -> None:
        local = {row.page_id: row.local_id for row in known}
        for mark in sorted(self.lost)[:SHOWN]:
            side, where, what = self.written[mark]
            print(f"\nLOST {mark}: typed {side} into {what} (seed {self.seed})")
            post_id = local.get(where, where)
            other = next((page for page, mine in local.items() if mine == post_id and page), "")
            lines = self.histories[post_id] + self.histories[other or ""]
            for said in sorted(set(lines), key=lambda text: int(text.split(":")[0])):
                print("   ", said)
            for one_ in one.world.overwritten:
                if mark in str(one_["lost"]):
                    print("    overwritten by a PATCH:", {k: str(v)[:60] for k, v in one_.items()})
        for title, found in (("TWICE", self.duplicates), ("DIFFERS", self.differ), ("CRASH", self.crashes)):
            for text in found[:SHOWN]:
                print(f"\n{title} (seed {self.seed}) {text}")

    # ---- telling -----------------------------------------------------------------------------------------------------

    def goals(self) -> list[tuple[str, int, float]]:
        """What was counted, and the most that it may be."""
        edits = sum(self.done.values())
        return [
            (f"soak of {edits:,} edits: lost", len(self.lost), 0),
            ("soak: rows that are there twice", len(self.duplicates), 0),
            ("soak: avoidable 429s", self.refused, 0),
            ("soak: fields that differ once quiet", len(self.differ), 0),
            ("soak: writes of a second pass", self.second, 0),
            ("soak: passes that crashed", len(self.crashes), 0),
        ]

    def figures(self) -> dict[str, Any]:
        """Everything countable, for the JSON."""
        return {
            "seed": self.seed, "edits": sum(self.done.values()), "by kind": dict(sorted(self.done.items())),
            "seconds": round(self.seconds), "passes": self.passes, "passes that failed": sum(self.failed.values()),
            "faults": dict(self.faults), "unseeable": len(self.unseeable), "states": dict(self.states),
            "typed over by people before it was taken in": len(self.replaced), "comments not read in": self.unread,
        }  # fmt: skip

    def notes(self) -> list[str]:
        """The same for people."""
        faults, failed = sum(self.faults.values()), sum(self.failed.values())
        return [
            f"soak: seed {self.seed}, {self.passes} passes ({failed} given up for a fault), {faults} faults in "
            f"{self.seconds:.0f} s; rows at the end {dict(self.states)}; {self.unread} comments not read in yet.",
            f"soak: {len(self.unseeable)} unseeable: typed in Notion after the last answer that showed the row and the "
            "last query of its table, and before our PATCH of the same field. No client can see these: Notion has no "
            f"If-Match. {len(self.replaced)} were typed over by people in Notion before we "
            "had taken them in.",
        ]


def _instant(value: Any) -> str | None:
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
