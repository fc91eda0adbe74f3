"""The soak: thousands of edits on both sides, before and during passes, with faults; then quiet, and the count.

The plan (who does what to which row, which request fails how) comes from the seed and the number of the request.
"""

from __future__ import annotations

import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.notion_bed import AUTHORS, Bed, bed, limited, local_notion, texts
from bench.notion_verdict import Verdict, token, tokens
from core import people, review, store
from core.errors import TimbreError
from core.store import Actor
from core.store import notion as rows
from notion_sync import commands

SPEED = 15.0
"""The limiter, every Retry-After and every pause of ours run this many times as fast."""
FAULTS = 0.05
STATUSES = ("Idea", "Drafting", "In Review", "Changes Requested", "Approved", "Rejected", "Archived", "Zombie")
KINDS = {
    "429": 3, "429 connection": 1, "429 endpoint": 1, "529": 2, "500": 2, "502": 2, "503": 2, "504": 2, "409": 2,
    "reset": 2, "timeout": 0.4, "503 saved": 3, "503 saved silently": 3, "502 saved": 2, "reset saved": 3,
    "timeout saved": 0.6, "truncated": 2, "cut": 2, "blocked": 0.2,
}  # fmt: skip
LOCAL = {
    "text": 40, "title": 12, "submit": 8, "approve": 9, "request_changes": 4, "withdraw": 3, "note": 7, "slot": 6,
    "archive": 2, "restore": 3, "reject": 2, "create": 4, "decide": 4,
}  # fmt: skip
REMOTE = {
    "text": 40, "title": 12, "status": 10, "slot": 6, "pillar": 5, "author": 3, "trash": 2, "untrash": 3, "new": 4,
    "comment": 7,
}  # fmt: skip


@dataclass
class Soak:
    """Both sides' people, and what they have typed."""

    one: Bed
    seed: int
    edits: int
    done: Counter[str] = field(default_factory=Counter)
    seen: Verdict = field(default_factory=Verdict)
    requests: int = 0
    number: int = 0
    near: str = ""
    over: list[tuple[int, int, set[str]]] = field(default_factory=list)
    """What people typed over in Notion: when the old value was typed, when an answer had shown the row last."""
    cut: list[tuple[int, int]] = field(default_factory=list)
    """From when to when the passes lasted that were given up."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.world = self.one.world
        self.stock = texts(200, self.seed)
        una, ola, rey = (self.world.person(name, f"{name.lower()}@example.com") for name in ("Una", "Ola", "Rey"))
        people.add("Una", "approver", self.one.actor, una)
        people.add("Rey", "reader", self.one.actor, rey)
        self.typists = [una, ola, ola, una, ola, rey]
        self.actors = [self.one.actor, Actor("Eve", role="editor", verified=True)]
        self.posts: list[str] = []

    @property
    def left(self) -> int:
        """Edits that are still to be made."""
        return self.edits - sum(self.done.values())

    # ---- edits -----------------------------------------------------------------------------------------------------

    def act(self, dice: random.Random, near: str = "") -> None:
        """One edit on either side; one that the rules refuse counts as none. `near`: the page being asked for."""
        self.near = near
        side, weights = ("local", LOCAL) if dice.random() < 0.5 else ("remote", REMOTE)
        what = dice.choices(list(weights), list(weights.values()))[0]
        self.number += 1
        try:
            done = getattr(self, f"_{side}")(what, dice)
        except TimbreError:
            done = False
        if done:
            self.done[f"{side} {what}"] += 1

    def _words(self, dice: random.Random, short: bool = False) -> str:
        mark = token(self.number)
        if short:
            return f"{mark} {dice.choice(self.stock)[:40].split(chr(10))[0]}"
        ends = dice.choice(("", " ", "\n", "  \n\n", " \U0001f469\u200d\U0001f467", "\u202e abc", "e\u0301"))
        return f"{mark} {dice.choice(self.stock)[: dice.choice((80, 900, 2_500))]}{ends}"

    def _local(self, what: str, dice: random.Random) -> bool:
        actor = dice.choice(self.actors)
        if what == "create" or not self.posts:
            text = self._words(dice)
            author = self.one.authors[dice.choice(AUTHORS)]
            post = review.create(author, f"Post {token(self.number)}", text, actor)
            self.posts.append(post.id)
            self.seen.typed(self.number, "here", post.id, "text", "")
            return True
        post_id = dice.choice(self.posts)
        if what == "decide":
            return self._decide(dice)
        calls: dict[str, Callable[[], Any]] = {
            "text": lambda: review.edit(post_id, actor, text=self._words(dice)),
            "title": lambda: review.edit(post_id, actor, title=self._words(dice, short=True)),
            "note": lambda: review.note(post_id, self._words(dice, short=True), actor),
            "slot": lambda: review.update(post_id, actor, slot=_day(dice)),
            "request_changes": lambda: review.request_changes(post_id, self._words(dice, short=True), actor),
            "reject": lambda: review.reject(post_id, "No.", actor),
            "approve": lambda: review.approve(post_id, None, actor, submit=True),
        }
        calls.get(what, lambda: getattr(review, what)(post_id, actor))()
        self.seen.say(post_id, f"{self.number}: here {what} by {actor.name}")
        if what in ("text", "title", "note", "request_changes"):
            self.seen.typed(self.number, "here", post_id, what, "")
        return True

    def _decide(self, dice: random.Random) -> bool:
        with store.reading() as tx:
            found = rows.rows(tx, states=("conflict",))
        if not found:
            return False
        row = dice.choice(found)
        key = dice.choice(sorted(row.conflict)) if row.conflict else ""
        if not key:
            return False
        whose = dice.choice(("ours", "theirs", "merge") if key in ("text", "title") else ("ours", "theirs"))
        value = self._words(dice, short=True) if whose == "merge" else None
        commands.keep(row.id, key, whose, self.one.actor, value=value)
        self.seen.say(row.local_id, f"{self.number}: here decided {key}: {whose}")
        if whose == "merge":
            self.seen.typed(self.number, "here", row.local_id, key, "")
        return True

    def _remote(self, what: str, dice: random.Random) -> bool:
        by, world = dice.choice(self.typists), self.world
        with world.lock:
            live, gone = world.rows(), world.rows(in_trash=True)
            if what == "new" or not live:
                author = dice.choice((*AUTHORS, AUTHORS[0], "Nobody", None))
                row = world.type_row(by=by, Name=f"Typed {token(self.number)}", Post_text=self._words(dice))
                world.edit(row, by=by, Author=author, Status=dice.choice((None, "Idea", "Drafting", "In Review")))
                self.seen.typed(self.number, "there", row["id"], "Post text", by)
                return True
            if what == "untrash":
                if gone:
                    world.trash(dice.choice(gone), in_trash=False, by=by)
                return bool(gone)
            row = next((r for r in live if r["id"] == self.near), None) or dice.choice(live)
            self.seen.say(row["id"], f"{self.number}: there {what} by {world.users[by]['name']}")
            if what == "trash":
                world.trash(row, by=by)
            elif what == "comment":
                world.comment(row, self._words(dice, short=True), by)
                self.seen.typed(self.number, "there", row["id"], "comment", by)
            else:
                self._retype(what, row, by, dice)
            return True

    def _retype(self, what: str, row: Any, by: str, dice: random.Random) -> None:
        name, value = {
            "text": ("Post text", self._words(dice)), "title": ("Name", self._words(dice, short=True)),
            "status": ("Status", dice.choice(STATUSES)), "slot": ("Slot", _slot(dice)),
            "pillar": ("Pillar", f"P {token(self.number)}" if dice.random() < 0.02 else dice.choice("ABCDE")),
            "author": ("Author", dice.choice((*AUTHORS, "Nobody"))),
        }[what]  # fmt: skip
        prop = self.world._named(self.world.sources[row["parent"]["data_source_id"]], name)
        before = row["typed"].get(prop["id"])
        if before is not None:
            self.over.append((before[0], row["served"], tokens(str(before[1]))))
        self.world.edit(row, by=by, **{name: value})
        if token(self.number) in str(value):
            self.seen.typed(self.number, "there", row["id"], name, by)

    # ---- the run -----------------------------------------------------------------------------------------------------

    def chaos(self, _method: str, _path: str) -> Any:
        """One request in twenty goes wrong, in any way that there is."""
        self.requests += 1
        dice = random.Random(f"{self.seed} fault {self.requests}")
        if dice.random() >= FAULTS:
            return None
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        wait = dice.choice((None, 0, 1, 3, 20)) if kind.startswith("4") or kind in ("529", "503") else None
        self.seen.faults[kind] += 1
        return local_notion().Fault(kind, retry_after=wait, seconds=1.2)

    def between(self, _method: str, path: str) -> None:
        """While a pass is at work, people go on; now and then with the very row that is being asked for."""
        dice = random.Random(f"{self.seed} edit {self.requests}")
        while self.left > 0 and dice.random() < 0.25:
            self.act(dice, near=path.rsplit("/", 1)[-1] if dice.random() < 0.4 else "")

    def sync(self, full: bool = False) -> bool:
        """A pass; whether it came to its end."""
        self.seen.passes += 1
        began = next(self.world.tick)
        try:
            commands.sync(full=full)
            return True
        except TimbreError as error:
            self.seen.failed[type(error).__name__ + ": " + error.message[:80]] += 1
        except Exception:
            self.seen.crashes.append(traceback.format_exc())
        self.cut.append((began, next(self.world.tick)))
        return False

    def run(self) -> None:
        """Edits and passes by turns until all edits are made, then quiet."""
        for _ in range(min(30, self.edits // 6)):
            self.number += 2
            self._local("create", self.dice)
            self.number += 1
            self._remote("new", self.dice)
        while self.left > 0:
            for _ in range(self.dice.randint(10, 60)):
                if self.left > 0:
                    self.act(self.dice)
            self.world.chaos, self.world.between = self.chaos, self.between
            self.sync(full=self.dice.random() < 0.05)
            self.world.chaos = self.world.between = None
            if self.seen.passes % 25 == 0:
                print(f"  {self.edits - self.left:,} of {self.edits:,} edits, {self.requests:,} requests", flush=True)
            with store.reading() as tx:
                self.posts = sorted({*self.posts, *(r.local_id for r in rows.rows(tx, "calendar") if r.state == "ok")})
        self._quiet()

    def _quiet(self) -> None:
        """Nobody types any more: conflicts are decided, unknown outcomes settled, until a pass writes nothing."""
        for _ in range(40):
            self.world.log.clear()
            ended = self.sync(full=True)
            with store.reading() as tx:
                open_ = [(row, key) for row in rows.rows(tx, states=("conflict",)) for key in row.conflict]
                waiting = rows.rows(tx, states=("unknown",))
            for row, key in open_:
                try:
                    commands.keep(row.id, key, self.dice.choice(("ours", "theirs")), self.one.actor)
                except TimbreError as error:
                    self.seen.failed[f"decide: {error.message[:80]}"] += 1
            if ended and not open_ and not waiting and not self.world.writes():
                break
            time.sleep(0.3 if waiting else 0.0)
        self.world.log.clear()
        self.sync()
        self.seen.second = len(self.world.writes())
        for typed, shown, marks in self.over:
            if typed > shown or any(start < shown < end for start, end in self.cut):
                self.seen.replaced |= marks


def _day(dice: random.Random) -> datetime | None:
    return None if dice.random() < 0.2 else datetime(2030, 1, 1, 9, tzinfo=UTC) + timedelta(hours=dice.randrange(9_000))


def _slot(dice: random.Random) -> str | None:
    found = _day(dice)
    return None if found is None else found.isoformat(timespec="minutes")


def soak(seed: int, edits: int) -> Verdict:
    """Run it and count. Prints the history of what was lost."""
    began = time.perf_counter()
    with bed(settle=1) as one:
        commands.choose(one.actor, every=5, drafts=True)
        work = Soak(one, seed, edits)
        with limited(one, speed=SPEED, timeout=1.0):
            work.run()
            work.seen.refused = one.world.limited["public_api_request_rate_limit"]
        work.seen.judge(one, work.done, seed, time.perf_counter() - began)
    return work.seen
