"""Any interleaving of edits on both sides, faults, crashes and passing time, driven by Hypothesis over a real socket.

TIMBRE_MACHINE=2000 python -m pytest tests/notion_sync/test_machine.py runs so many examples, each time others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from hypothesis import HealthCheck, note
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import event

from core import calendar, guidelines, review, store
from core.config import settings
from core.errors import TimbreError
from core.people import local_actor
from core.store import Actor, authors, notion
from core.store.engine import engine
from core.store.tables import Person, Post
from notion_sync import commands
from notion_sync import pace as pacing
from tests.notion_sync.quiet import Memory, check, kept_here, settle
from tests.notion_sync.server import TOKEN, Server, World

Json = dict[str, Any]
EXAMPLES = int(os.environ.get("TIMBRE_MACHINE", "0"))
START = datetime(2026, 10, 24, 21, 0, tzinfo=UTC)
BEFORE = ("429", "529", "500", "502", "503", "504", "409", "reset")
AFTER = ("503 saved", "503 saved silently", "reset saved", "truncated")
PLACES = (("POST", "pages"), ("PATCH", "pages/.*"), ("GET", "pages/.*"), ("POST", ".*query"), (".*", ".*"))
APPROVER, EDITOR = local_actor(), Actor("Ed", role="editor")
TAILS = st.sampled_from(["", " 🚀", "\r\n\nend  ", "\n" + "long " * 500, "👩\u200d💻\u202e"])
WHEN = st.sampled_from(
    [
        None,
        datetime(2026, 10, 25, 0, 30, 31, tzinfo=UTC),  # 2:30 in Berlin, the first time
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # and the second
        datetime(2027, 3, 28, 1, 0, tzinfo=UTC),  # 3:00, a second after 1:59:59
        datetime(2026, 12, 1, 8, 0, tzinfo=UTC),
    ]
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
TYPED_DATES = st.sampled_from([None, "2026-12-24", "2026-10-25T02:30:00.000+01:00", "2027-01-05T17:15:00.000+00:00"])
WORDS = st.sampled_from([*review.STATUSES, "Blocked by legal", None])
MOVES = ("submit", "withdraw", "request_changes", "reject", "archive", "restore")
NUMBER = st.integers(0, 5)


class Crash(BaseException):
    """The process is killed here."""


class Machine(RuleBasedStateMachine):
    """A Timbre, a Notion, and everything that may happen between them."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.memory, self.count, self.crash = Memory(), 0, (0, "")
        self.patch = pytest.MonkeyPatch()
        self.clock = time_machine.travel(START, tick=True)
        self.traveller = self.clock.start()
        self.server = Server().start()
        self.world: World = self.server.world
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent)) / "data"
        shutil.copytree(self.template, self.folder)
        self._environment()
        with store.writing(APPROVER) as tx:
            self.vera = self.world.person("Vera")
            tx.session.add(Person(name="Vera", role="approver", verified=True, notion_user_id=self.vera))
            self.authors = [authors.add(tx, name).id for name in ("Ada", "Bo, the second")]

    def _environment(self) -> None:
        for name, value in {
            "TIMBRE_DATA": str(self.folder), "NOTION_BASE_URL": self.server.url, "NOTION_TOKEN": TOKEN,
            "NOTION_PARENT_PAGE": self.world.parent, "NOTION_REQUESTS_PER_MINUTE": "100000",
            "NOTION_SETTLE_SECONDS": "120", "DATABASE_URL": "", "TIMBRE_LLM": "embedded",
        }.items():  # fmt: skip
            self.patch.setenv(name, value)
        settings.cache_clear()
        event.listen(engine(), "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF"))
        self.patch.setattr(time, "sleep", self.traveller.shift)
        defaults = tuple(time.sleep if d is SLEEP else d for d in pacing.Pace.__init__.__defaults__ or ())
        self.patch.setattr(pacing.Pace.__init__, "__defaults__", defaults)
        self.patch.setattr("httpx._transports.default.create_ssl_context", lambda **_: CONTEXT)
        send, writing = httpx.Client.send, store.writing

        def sending(client: httpx.Client, *args: Any, **more: Any) -> httpx.Response:
            self._step("before a request")
            answer = send(client, *args, **more)
            self._step("after a request")
            return answer

        @contextmanager
        def written(actor: Actor) -> Iterator[store.Writing]:
            self._step("before a write")
            with writing(actor) as tx:
                yield tx
            self._step("after a write")

        self.patch.setattr(httpx.Client, "send", sending)
        self.patch.setattr(store, "writing", written)

    def teardown(self) -> None:
        try:
            self.quiet()
        finally:
            self.server.stop()
            store.dispose()
            self.clock.stop()
            self.patch.undo()
            settings.cache_clear()
            shutil.rmtree(self.folder.parent)

    @initialize(minutes=st.sampled_from([-10, 0, 0, 10]), drafts=st.booleans())
    def begin(self, minutes: int, drafts: bool) -> None:
        """Notion's clock may differ from ours."""
        self.world.ahead = timedelta(minutes=minutes)
        commands.setup()
        commands.choose(APPROVER, every=5, drafts=drafts)

    # ---- helpers -------------------------------------------------------------------------------------------------

    def word(self) -> str:
        """A word that is typed only once in the world."""
        self.count += 1
        self.memory.typed.add(f"w{self.count:03}w")
        return f"w{self.count:03}w"

    def post(self, number: int) -> Post | None:
        with store.reading() as tx:
            found = notion.posts(tx)
        return found[number % len(found)] if found else None

    def page(self, number: int, title: str = "Content Calendar", in_trash: bool = False) -> Json | None:
        found = self.world.rows(title, in_trash)
        return found[number % len(found)] if found else None

    def edit(self, page: Json, by: str | None = None, **cells: Any) -> None:
        """Somebody edits a row. What they type over before anybody could see it is theirs to lose.

        Vera may approve: a row that says Approved once she has edited it is approved as it is then.
        """
        here = kept_here()
        for name in cells:
            old = str(self.world.cell(page, name.replace("_", " ")) or "")
            self.memory.typed -= {word for word in self.memory.typed if word in old and word not in here}
        self.world.edit(page, by=by, **cells)
        if by == self.vera and self.world.cell(page, "Status") == "Approved":
            self.memory.approved.add((page["id"], self.world.cell(page, "Post text")))

    def _approve(self, post_id: str) -> None:
        post = review.approve(post_id, None, APPROVER, submit=True)
        self.memory.approved.add((post.id, post.text))

    def _step(self, where: str) -> None:
        left, place = self.crash
        if where == place:
            self.crash = (left - 1, place) if left > 1 else (0, "")
            if left == 1:
                note(f"killed {where}")
                raise Crash

    # ---- here ----------------------------------------------------------------------------------------------------

    @rule(who=NUMBER, tail=TAILS, approve=st.booleans())
    def new_post(self, who: int, tail: str, approve: bool) -> None:
        post = review.create(self.authors[who % 2], self.word(), self.word() + tail, APPROVER)
        if approve:
            self._approve(post.id)

    @rule(n=NUMBER, what=st.sampled_from(["text", "title", "approve", *MOVES]), tail=TAILS)
    def work_here(self, n: int, what: str, tail: str) -> None:
        if (post := self.post(n)) is None:
            return
        with suppress(TimbreError):  # what the lifecycle does not allow
            if what == "approve":
                self._approve(post.id)
            elif what in MOVES:
                more = ("Why not.",) if what in ("request_changes", "reject") else ()
                getattr(review, what)(post.id, *more, APPROVER)
            else:
                new = f"w{self.count + 1:03}w" + (tail if what == "text" else "")
                review.edit(post.id, EDITOR, **_named(what, new))
                self.word()

    @rule(n=NUMBER, when=WHEN, zone=ZONES, who=st.sampled_from([APPROVER, EDITOR]))
    def set_slot(self, n: int, when: datetime | None, zone: str, who: Actor) -> None:
        if post := self.post(n):
            with suppress(TimbreError):
                calendar.schedule(post.id, when, zone, who)

    @rule(n=NUMBER, what=st.sampled_from(["add", "banned", "text", "title", "severity", "authors", "remove"]))
    def guidelines_here(self, n: int, what: str) -> None:
        found = guidelines.listed()
        if what in ("add", "banned") or not found:
            more = {"kind": "banned", "phrases": [self.word()]} if what == "banned" else {}
            guidelines.add(self.word(), APPROVER, text=self.word(), **more)
        elif what == "remove":
            guidelines.remove(found[n % len(found)].id, APPROVER)
        else:
            one = found[n % len(found)]
            other = {
                "authors": [] if one.authors else self.authors,
                "severity": "warn" if one.severity == "block" else "block",
            }
            guidelines.edit(
                one.id, APPROVER, **_named(what, other.get(what) or ([] if what == "authors" else self.word()))
            )

    # ---- in Notion -----------------------------------------------------------------------------------------------

    @rule(
        n=NUMBER,
        cell=st.sampled_from(["Name", "Post_text", "Pillar", "Scores", "Model"]),
        tail=TAILS,
        empty=st.sampled_from([False, False, True]),
    )
    def type_there(self, n: int, cell: str, tail: str, empty: bool) -> None:
        if page := self.page(n):
            self.edit(page, **{cell: None if empty else self.word() + (tail if cell == "Post_text" else "")})

    @rule(
        n=NUMBER,
        vera=st.booleans(),
        what=st.one_of(
            st.tuples(st.just("Status"), WORDS),
            st.tuples(st.just("Slot"), TYPED_DATES),
            st.tuples(st.just("Author"), st.sampled_from(["Ada", "Bo the second", "Nobody", None])),
            st.tuples(
                st.just("App_ID"),
                st.sampled_from([None, "", "01JZZZZZZZZZZZZZZZZZZZZZZZ", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"]),
            ),
            st.tuples(st.just("Sync_state"), st.sampled_from([None, "", "In step"])),
        ),
    )
    def choose_there(self, n: int, what: tuple[str, str | None], vera: bool) -> None:
        if page := self.page(n):
            self.edit(page, self.vera if vera else None, **{what[0]: what[1] or None})

    @rule(n=NUMBER, cell=st.sampled_from(["Name", "Post_text"]), same=st.booleans())
    def type_on_both_sides(self, n: int, cell: str, same: bool) -> None:
        page = self.page(n)
        post = next((p for p in self._posts() if page and self.world.cell(page, "App ID") == p.id), None)
        if page and post:
            new = f"both {self.count}"
            with suppress(TimbreError):
                review.edit(post.id, EDITOR, **_named("title" if cell == "Name" else "text", new))
            self.edit(page, **{cell: new if same else self.word()})

    @rule(author=st.sampled_from(["Ada", "Bo the second", "Ada", "Nobody", None]), status=WORDS, slot=TYPED_DATES)
    def new_row(self, author: str | None, status: str | None, slot: str | None) -> None:
        text = self.word() if status != "Idea" else ""
        cells: Json = {"Name": self.word(), "Author": author, "Status": status, "Post_text": text, "Slot": slot}
        self.world.type_row(**cells)

    @rule(
        n=NUMBER,
        what=st.sampled_from(["copy", "copy without its App ID", "trash", "restore", "trash a rule", "restore a rule"]),
    )
    def move_row(self, n: int, what: str) -> None:
        title = "Brand Guidelines" if what.endswith("rule") else "Content Calendar"
        page = self.page(n, title, in_trash=what.startswith("restore"))
        if page and what.startswith("copy"):
            copy = self.world.type_row(Name="Copy")
            copy["values"].update(page["values"])
            if what != "copy":
                self.world.edit(copy, App_ID="")
        elif page:
            self.world.trash(page, what.startswith("trash"))

    @rule(
        n=NUMBER,
        cell=st.sampled_from(["new", "Name", "Rule", "Phrases", "Kind", "Severity"]),
        kind=st.sampled_from(["banned", "tone", "House style", None]),
    )
    def guidelines_there(self, n: int, cell: str, kind: str | None) -> None:
        page = self.page(n, "Brand Guidelines")
        if cell == "new" or not page:
            self.world.type_row("Brand Guidelines", Name=self.word(), Kind=kind, Rule=self.word(), Phrases=self.word())
        else:
            self.edit(page, **{cell: kind if cell == "Kind" else "block" if cell == "Severity" else self.word()})

    @rule(n=NUMBER, there=st.booleans())
    def talk(self, n: int, there: bool) -> None:
        page, post = self.page(n), self.post(n)
        if there and page:
            self.world.comment(page, self.word())
        elif post and not there:
            review.note(post.id, self.word(), EDITOR)

    # ---- what goes wrong -----------------------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from(BEFORE + AFTER),
        place=st.sampled_from(PLACES),
        skip=st.integers(0, 8),
        times=st.sampled_from([1, 1, 2, 7]),
    )
    def fault(self, kind: str, place: tuple[str, str], skip: int, times: int) -> None:
        self.world.fault(kind, *place, times=times, skip=skip, retry_after=0 if kind in ("429", "529") else None)

    @rule(
        step=st.integers(1, 20),
        where=st.sampled_from(["before a request", "after a request", "before a write", "after a write"]),
    )
    def kill_the_next(self, step: int, where: str) -> None:
        self._plan = (step, where)

    @rule(step=st.integers(1, 12), n=NUMBER, cell=st.sampled_from(["Name", "Post_text", "Pillar"]))
    def edit_in_the_next_pass(self, step: int, n: int, cell: str) -> None:
        """Somebody edits a row in the middle of a pass: a field that this pass has no reason to write."""
        self._midway = (step, n, cell)

    @rule(seconds=st.sampled_from([20, 90, 600, 90_000, 3 * 86_400]), lag=st.sampled_from([0, 0, 45, 90]))
    def time_passes(self, seconds: int, lag: int) -> None:
        self.traveller.shift(timedelta(seconds=seconds))
        self.world.lag = lag

    # ---- passes and decisions --------------------------------------------------------------------------------------

    _plan, _midway = (0, ""), (0, 0, "")

    def _between(self, _method: str, _path: str) -> None:
        step, n, cell = self._midway
        self._midway = (step - 1, n, cell)
        page = self.page(n) if step == 1 else None
        if page and self._settled(page, cell):
            self.edit(page, **{cell: self.word()})

    def _settled(self, page: Json, cell: str) -> bool:
        """Whether both sides agree on this cell, so that nobody is about to write it."""
        key = {"Name": "title", "Post_text": "text", "Pillar": "pillar"}[cell]
        with store.reading() as tx:
            row = notion.of_page(tx, page["id"])
            post = notion.posts(tx, [row.local_id])[0] if row is not None and row.state == "ok" else None
        return post is not None and getattr(post, key) == (self.world.cell(page, cell.replace("_", " ")) or "")

    @rule(full=st.sampled_from([False, False, False, True]))
    def sync(self, full: bool) -> None:
        planned = any(f.times > 0 for f in self.world.faults) or self._plan[0]
        self.crash, self._plan = self._plan, (0, "")
        self.world.between = self._between
        try:
            done = commands.sync(full=full)
            note("\n".join(f"  {line['text']} [{line.get('row', '')}]" for line in done.log))
        except TimbreError as error:
            assert planned, f"a pass failed without a fault: {error}"
            note(f"  failed: {error}")
        except Crash:
            pass
        finally:
            self.crash, self._midway, self.world.between = (0, ""), (0, 0, ""), None

    sync_2 = sync_3 = sync_4 = sync_5 = sync  # as often as all of the rest together, nearly

    @rule()
    def dry_run(self) -> None:
        if any(f.times > 0 for f in self.world.faults):
            return
        here, there = kept_here(settings=False), len(self.world.writes())
        commands.sync(dry_run=True)
        assert len(self.world.writes()) == there
        assert kept_here(settings=False) == here

    @rule(n=NUMBER, whose=st.sampled_from(["ours", "theirs"]))
    def decide(self, n: int, whose: str) -> None:
        with store.reading() as tx:
            found = notion.rows(tx, states=("conflict",))
        if found:
            row = found[n % len(found)]
            key = sorted(row.conflict)[n % len(row.conflict)]
            with suppress(TimbreError):
                commands.keep(row.id, key, whose, APPROVER)

    @rule(n=NUMBER, back=st.booleans())
    def tombstone(self, n: int, back: bool) -> None:
        with store.reading() as tx:
            found = notion.rows(tx, states=("trashed",))
        if found and not any(f.times > 0 for f in self.world.faults):
            row = found[n % len(found)]
            with suppress(TimbreError):
                if back:
                    commands.bring_back(row.id, APPROVER)
                elif row.kind == "calendar":
                    commands.archive_here(row.id, APPROVER)

    def _posts(self) -> list[Post]:
        with store.reading() as tx:
            return notion.posts(tx)

    def quiet(self) -> None:
        """Faults end, time passes, passes run: then everything that must hold does."""
        self.world.faults.clear()
        self.world.lag, self._plan = 0, (0, "")
        self.traveller.shift(timedelta(seconds=130))
        settle()
        check(self.world, self.memory)


def _named(name: str, value: Any) -> Json:
    return {name: value}


SLEEP, CONTEXT = time.sleep, httpx.create_ssl_context()


@pytest.mark.slow
def test_any_interleaving_ends_with_both_sides_equal(data: Path, tmp_path: Path) -> None:
    template = tmp_path / "template"
    store.dispose()
    shutil.copytree(data, template)
    Machine.template = template
    run_state_machine_as_test(
        Machine,
        settings=how(
            max_examples=EXAMPLES or 15, stateful_step_count=25, deadline=None, derandomize=not EXAMPLES,
            suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip
