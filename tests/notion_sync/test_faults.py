"""What goes wrong on the way: nothing is written twice, nothing is lost, and the token stays where it is."""

from __future__ import annotations

import contextlib
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core import review, store
from core.config import ROOT, settings
from core.errors import Denied, Invalid, NotFound, TimbreError, Unavailable
from core.store import Actor
from core.store import notion as rows
from core.store.base import now
from core.store.tables import NotionPass, Post
from notion_sync import client as wire
from notion_sync import commands, lists
from notion_sync import jobs as scanning
from notion_sync.__main__ import main
from notion_sync.client import Notion
from notion_sync.pace import Pace
from tests.notion_sync.server import TOKEN, Server, World
from tests.notion_sync.test_pace import Clock

Make = Callable[..., Post]
Run = Callable[..., NotionPass]

BEFORE = ["429", "429 connection", "529", "500", "502", "503", "504", "409", "reset", "timeout"]
AFTER = ["503 saved", "503 saved silently", "reset saved", "timeout saved", "502 saved", "truncated", "cut"]
STUBBORN = ["429", "500", "reset", "503 saved silently", "401", "403", "404"]
"""These stay for a whole pass as well."""
PLACES = {
    "write": ("POST|PATCH", "pages.*", BEFORE + AFTER),
    "list": ("POST", ".*query", ["429", "502", "reset", "timeout", "truncated", "cut"]),
    "schema": ("GET", "data_sources/.*", ["529", "500", "timeout", "truncated"]),
    "look": ("GET", "pages/.*", ["429", "504", "reset", "cut"]),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Pauses between tries are not what these tests are about: they cost no time, parks move only this clock."""
    clock = Clock()
    monkeypatch.setattr(wire, "time", SimpleNamespace(sleep=lambda _seconds: None, time=time.time))
    monkeypatch.setattr(wire, "Pace", lambda folder, limit: Pace(folder, limit, 60.0, clock, clock.sleep))
    return clock


def in_step(world: World, post: Post) -> bool:
    mine = review.get(post.id)
    found = [r for r in world.rows() if world.cell(r, "App ID") == post.id]
    assert len(found) == 1
    cells = (world.cell(found[0], "Name"), world.cell(found[0], "Post text"), world.cell(found[0], "Status"))
    return cells == (mine.title, mine.text, mine.status)


def equal(world: World, texts: set[str]) -> bool:
    """Both sides hold the same rows, one for each App ID, and every text that somebody wrote is in one of them."""
    ids = [world.cell(r, "App ID") for r in world.rows()]
    posts = review.listed()
    assert sorted(ids) == sorted(p.id for p in posts)
    assert all(in_step(world, post) for post in posts)
    return texts <= {world.cell(r, "Post text") for r in world.rows()}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_whatever_goes_wrong_nothing_is_lost_and_nothing_is_doubled(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Work on both sides, then a pass that meets a trouble, a second that heals, a third that writes nothing.

    A trouble of the writes meets a create and an update in each pass.
    """
    monkeypatch.setattr(wire, "TIMEOUT", 0.3)
    here, there = approved(title="Here"), approved(title="There")
    sync()
    method, path, kinds = PLACES[place]
    troubles = [(k, 1) for k in kinds] + [(k, 99) for k in STUBBORN if place in ("write", "list")]
    for number, (kind, times) in enumerate(troubles):
        texts = {f"{where} {number}" for where in ("new", "here", "there", "typed")}
        approved(f"new {number}", f"New {number}")
        review.edit(here.id, actor, text=f"here {number}")
        row = next(r for r in notion.rows() if notion.cell(r, "App ID") == there.id)
        notion.edit(row, Post_text=f"there {number}")
        notion.type_row(Name=f"Typed {number}", Author="Bo", Post_text=f"typed {number}")
        busy = 0 if kind in ("429 connection", "529") else None
        for verb in method.split("|"):
            notion.fault(kind, verb, path, times=times, retry_after=busy, seconds=0.6)
        with contextlib.suppress(TimbreError):
            sync()
        notion.faults.clear()
        sync()
        assert equal(notion, texts), (kind, times)
        sync()
        assert not notion.writes(), (kind, times)


@pytest.mark.slow
def test_what_was_saved_is_not_written_again(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved()
    sync()
    for kind in AFTER:
        if kind.startswith("timeout"):
            continue
        review.edit(post.id, actor, text=f"A new text, {kind}.\n")
        notion.fault(kind, "PATCH", "pages/.*")
        sync()
        assert in_step(notion, post), kind
        assert len(notion.writes()) == 1, kind


def test_whoever_edits_behind_a_lost_answer_is_not_taken_for_us(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    """The row is read instead of answered: its last editor may be a person, whose edits count as ever."""
    post, ann = approved(), notion.person("Ann")
    sync()
    row = notion.rows()[0]
    review.edit(post.id, actor, text="Ours.")
    notion.fault("reset saved", "PATCH", "pages/.*")

    def somebody(method: str, path: str) -> None:
        if method == "GET" and path.startswith("pages") and notion.cell(row, "Post text") == "Ours.":
            notion.edit(row, by=ann, Name="Ann's title")

    notion.between = somebody
    sync()
    notion.between = None
    with store.reading() as tx:
        assert ann not in (rows.choices(tx).get("bots") or [])
    sync()
    assert review.get(post.id).title == "Ann's title"
    assert equal(notion, {"Ours."})


def test_a_row_that_shows_up_late_is_adopted_not_repeated(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queries lag: the row was saved, but the first look-up does not find it."""
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", "60")
    settings.cache_clear()
    post = approved()
    notion.lag = 3600
    notion.fault("reset saved", "POST", "pages")
    sync()
    sync()
    assert len(notion.rows()) == 1
    assert "Looked up again" in commands.status().waiting[0].why
    notion.lag = 0
    sync()
    assert in_step(notion, post)


def test_a_row_that_never_arrived_is_sent_again_after_it_settled(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", "1")
    settings.cache_clear()
    post = approved()
    notion.fault("reset", "POST", "pages")
    sync()
    assert not notion.rows()
    assert not scanning.due()
    with store.writing(Actor()) as tx:
        rows.save(tx, "calendar", post.id, pushed_at=now() - timedelta(seconds=2))
    assert scanning.due()
    sync()
    assert in_step(notion, post)


def test_of_two_rows_with_one_app_id_the_older_is_kept(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", "60")
    settings.cache_clear()
    post = approved()
    notion.lag = 3600
    notion.fault("reset saved", "POST", "pages")
    sync()
    notion.type_row(Name="twin", App_ID=post.id)["created"] += timedelta(minutes=5)
    notion.lag = 0
    sync()
    assert any("copy" in r.message for r in commands.status().unmatched)
    sync()
    assert not notion.writes()


def test_429_is_respected_by_everybody(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "Pace", Pace)
    approved()
    sync()
    notion.fault("429", "GET", ".*", retry_after=600)
    with pytest.raises(Unavailable, match="pause"):
        sync()
    assert len(notion.log) == 1
    with pytest.raises(Unavailable, match="pause"):  # another process: same file, no request goes out
        Notion().me()
    assert len(notion.log) == 1
    assert commands.status().parked > 500


def test_a_block_is_not_waited_for(notion: World, sync: Run) -> None:
    notion.fault("blocked", times=50)
    with pytest.raises(Unavailable, match="blocked"):
        sync()
    assert len(notion.log) == 1


def test_a_block_of_writes_alone_costs_nothing_that_waits(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    notion.blocked = "(PATCH|POST) pages.*"
    review.edit(post.id, actor, text="An edit that waits.")
    notion.type_row(Name="Typed", Author="Bo", Post_text="typed")
    with pytest.raises(Unavailable, match="blocked"):
        sync()
    assert len(notion.writes()) == 1
    assert any(p.title == "Typed" for p in review.listed())
    notion.blocked = ""
    sync()
    assert equal(notion, {"An edit that waits.", "typed"})


def test_the_workspaces_budget_is_waited_for_within_a_pass(
    notion: World, approved: Make, sync: Run, quick: Clock
) -> None:
    """Its Retry-After may be longer than a minute: one pass waits it out, and every request after it goes through."""
    post = approved()
    notion.fault("429", "POST", "pages", retry_after=75)
    before = quick()
    sync()
    assert quick() - before >= 75
    assert in_step(notion, post)
    assert [status for _, _, status in notion.log if status == 429] == [429]


@pytest.mark.slow
def test_a_token_that_is_revoked_midway(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    """After each number of requests: the pass ends and says so; with the token back, the next one heals."""
    post = approved()
    sync()
    for number in (0, 1, 3, 5, 8, 11):
        review.edit(post.id, actor, text=f"edit {number}")
        approved(f"new {number}", f"New {number}")
        notion.type_row(Name=f"Typed {number}", Author="Bo", Post_text=f"typed {number}")
        asked: list[str] = []

        def revoke(_method: str, path: str, asked: list[str] = asked, number: int = number) -> None:
            asked.append(path)
            notion.revoked = len(asked) > number

        notion.between = revoke
        with contextlib.suppress(Denied):
            sync()
        notion.between, notion.revoked = None, False
        sync()
        assert equal(notion, {f"edit {number}", f"new {number}", f"typed {number}"})
        sync()
        assert not notion.writes()


def test_access_to_a_row_that_is_revoked_with_an_edit_pending(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post, other = approved(title="Hidden"), approved(title="Other")
    sync()
    row = next(r for r in notion.rows() if notion.cell(r, "App ID") == post.id)
    notion.hidden.add(row["id"])
    for each in (post, other):
        review.edit(each.id, actor, text=f"Edited here: {each.title}")
    sync()
    assert in_step(notion, other)
    assert review.get(post.id).text == "Edited here: Hidden"
    sync()
    assert not notion.writes()
    notion.hidden.clear()
    notion.edit(row, Name="Hidden no more")
    sync()
    sync()
    assert equal(notion, {"Edited here: Hidden", "Edited here: Other"})


def test_access_to_the_database_that_is_revoked_deletes_nothing(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    source = notion.source("Content Calendar")["id"]
    notion.hidden.add(source)
    review.edit(post.id, actor, text="Edited meanwhile.")
    with pytest.raises(NotFound, match="shared with the integration"):
        sync()
    assert review.get(post.id).text == "Edited meanwhile."
    notion.hidden.clear()
    sync()
    assert equal(notion, {"Edited meanwhile."})


def test_the_free_plans_block_limit_holds_only_what_is_new(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    old = approved(title="Old")
    sync()
    notion.blocks_left = 1
    new = [approved(f"new {n}", f"New {n}") for n in range(3)]
    review.edit(old.id, actor, text="Edits still go out.")
    sync()
    assert in_step(notion, old)
    assert len(notion.rows()) == 2
    assert [status for _, _, status in notion.log].count(403) == 1
    assert all("block limit" in w.why for w in commands.status().waiting)
    notion.blocks_left = None
    sync()
    assert equal(notion, {"Edits still go out.", *(p.text for p in new)})
    sync()
    assert not notion.writes()


def test_a_capability_that_is_missing_for_new_rows_holds_only_those(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    old = approved(title="Old")
    sync()
    approved("new", "New")
    review.edit(old.id, actor, text="Edits still go out.")
    notion.fault("403", "POST", "pages", times=9)
    sync()
    assert in_step(notion, old)
    assert any("does not let this integration" in w.why for w in commands.status().waiting)
    notion.faults.clear()
    sync()
    assert equal(notion, {"new", "Edits still go out."})


def test_a_row_that_is_too_large_for_the_gateway_stops_no_other(notion: World, approved: Make, sync: Run) -> None:
    """413 comes without Notion's envelope."""
    large = approved("large", "Large")
    notion.fault("say", "POST", "pages", status=413, body=b"<html>Request Entity Too Large</html>")
    others = [approved(f"other {n}", f"Other {n}") for n in range(2)]
    sync()
    assert all(in_step(notion, post) for post in others)
    sync()
    assert in_step(notion, large)
    sync()
    assert not notion.writes()


def crowd(notion: World, rows: int, per_minute: int) -> set[str]:
    """Rows typed by people, so many in each minute."""
    for number in range(rows):
        row = notion.type_row(Name=f"Row {number}", Author="Bo", Post_text=f"text {number}")
        row["created"] -= timedelta(days=1) - timedelta(minutes=number // per_minute)
    return {f"text {number}" for number in range(rows)}


@pytest.mark.parametrize("trouble", ["a cursor expires", "pages shift", "a capped query"])
def test_long_lists_that_break_off_bring_every_row(
    notion: World, sync: Run, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(lists, "PAGE", 20)
    texts = crowd(notion, 45, 4)
    gone = notion.rows()[5]
    if trouble == "a cursor expires":
        refusal = {"code": "validation_error", "message": "The start_cursor provided is invalid: it has expired."}
        notion.fault("say", "POST", ".*query", skip=1, status=400, body=refusal)
    elif trouble == "pages shift":
        notion.between = lambda _m, _p: notion.trash(gone) if sum("query" in p for _, p, _ in notion.log) == 1 else None
        texts.remove("text 5")
    else:
        notion.cap = 25
    sync()
    notion.between = None
    if trouble == "pages shift":  # a row that slid past a page's edge comes with the next look at the whole table
        assert len(texts - {post.text for post in review.listed()}) <= 1
        sync()
    assert texts <= {post.text for post in review.listed()}
    sync()
    ids = [notion.cell(r, "App ID") for r in notion.rows()]
    assert len(ids) == len(set(ids)) == len(texts)
    sync()
    assert not notion.writes()


def test_a_list_that_cannot_be_finished_is_never_taken_for_the_whole(notion: World, approved: Make, sync: Run) -> None:
    """More rows of one minute than a query gives: the pass says so, and what was not listed is not gone."""
    post = approved()
    sync()
    crowd(notion, 30, 100)
    notion.cap = 20
    with pytest.raises(Unavailable, match="no row counts as deleted"):
        sync(full=True)
    assert review.get(post.id).status == "Approved"
    assert not [row for row in commands.status().held if row.local_id == post.id]
    notion.cap = 10_000
    sync()
    sync()
    assert len(review.listed()) == 31


def test_one_refused_row_does_not_stop_the_others(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    too_long = review.create(approved().author_id, "Long", "x" * 90_000, actor)
    with store.writing(actor) as tx:
        rows.set_owned(tx, too_long.id, text="y" * 300_000, status="Scheduled")
    second = approved(title="Second")
    sync()
    assert in_step(notion, second)
    assert any("longer than" in w.why for w in commands.status().waiting)


def test_a_failed_pass_is_written_down_and_the_next_goes_on(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    review.edit(post.id, actor, text="Edited.")
    notion.fault("403", "PATCH", "pages/.*")
    with pytest.raises(Denied, match="block limit"):
        sync()
    last = commands.status().last
    assert last is not None
    assert (last.status, "capabilities" in last.hint) == ("failed", True)
    assert last.counts["requests"] > 0
    sync()
    assert in_step(notion, post)


@pytest.mark.parametrize(
    ("fault", "kind", "hint"),
    [("revoked", Denied, "NOTION_TOKEN"), ("hidden", NotFound, "Connections"), ("down", Unavailable, "network")],
)
def test_what_a_person_is_told(
    notion: World, server: Server, approved: Make, sync: Run, fault: str, kind: type[TimbreError], hint: str
) -> None:
    approved()
    sync()
    if fault == "revoked":
        notion.revoked = True
    elif fault == "hidden":
        notion.hidden.add(notion.parent)
    else:
        server.stop()
    with pytest.raises(kind) as caught:
        commands.sync()
    assert hint in caught.value.hint
    assert TOKEN not in str(caught.value)


def test_the_token_is_nowhere(
    notion: World, approved: Make, sync: Run, data: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """Not in errors, logs, output, the store or the pace file, even where Notion says it back."""
    caplog.set_level(logging.DEBUG)
    approved()
    for kind in ("500", "reset", "502", "truncated"):
        notion.fault(kind, times=1)
    sync()
    notion.token = "another"
    with pytest.raises(Denied) as caught:
        sync()
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    said = capfd.readouterr()
    kept = b"".join(f.read_bytes() for f in data.rglob("*") if f.is_file())
    for text in (*map(repr, chain), caplog.text, said.out, said.err, str(caught.value)):
        assert TOKEN not in text
    assert TOKEN.encode() not in kept


def test_a_message_that_repeats_the_token_is_cleaned(notion: World) -> None:
    notifier = Notion()
    with pytest.raises(TimbreError) as caught:
        notifier.page(f"{TOKEN}/x")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("token", ["with space", "new\nline", "ünicode"])
def test_a_token_that_cannot_be_one_is_refused_without_saying_it(
    world: World, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("NOTION_TOKEN", token)
    settings.cache_clear()
    with pytest.raises(Denied) as caught:
        commands.test()
    assert token not in str(caught.value)


def test_not_configured(data: Path) -> None:
    with pytest.raises(Invalid, match="not connected"):
        commands.sync()
    with pytest.raises(Invalid, match="NOTION_TOKEN"):
        commands.setup()
    assert not commands.status().connected
    scanning.scan()


# ---- the end of the program, at any moment -------------------------------------------------------------------------


class Killed(BaseException):
    """kill -9, as far as the code can tell."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, step: int, counter: list[int]) -> Iterator[None]:
    """Every transaction and every request is a step; the program ends right before or after the given one."""
    counter[0] = 0
    real_writing, real_send = store.writing, Notion._send

    def tick() -> None:
        counter[0] += 1
        if counter[0] == step:
            raise Killed

    @contextmanager
    def writing(actor: Actor) -> Iterator[Any]:
        tick()
        with real_writing(actor) as tx:
            yield tx
        tick()

    def send(self: Notion, *args: Any) -> Any:
        tick()
        answer = real_send(self, *args)
        tick()
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(store, "writing", writing)
        patched.setattr(Notion, "_send", send)
        yield


def situation(notion: World, approved: Make, actor: Actor, number: int) -> Post:
    """A new post to create, an edit of each side to carry over, and a row typed by hand."""
    post = approved(title=f"New {number}")
    for row in notion.rows():
        if notion.cell(row, "Name") == "Old":
            notion.edit(row, Post_text=f"Edited there, {number}")
    old = next(p for p in review.listed() if p.title == "Old")
    review.edit(old.id, actor, title="Old")
    review.note(old.id, f"Round {number}", actor)
    with store.writing(actor) as tx:
        rows.set_owned(tx, old.id, scores={"likeness": number / 1000})
    notion.type_row(Name=f"Typed {number}", Author="Bo", Post_text="by hand")
    return post


@pytest.mark.slow
def test_killed_between_any_two_steps_of_a_pass(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(title="Old")
    sync()
    counter, step = [0], 1
    while True:
        post = situation(notion, approved, actor, step)
        try:
            with killed_at(monkeypatch, step, counter):
                commands.sync()
        except Killed:
            sync()
        else:
            break
        assert in_step(notion, post)
        sync()
        assert not notion.writes(), f"killed at step {step}"
        ids = [notion.cell(r, "App ID") for r in notion.rows()]
        assert len(ids) == len(set(ids)) == len(review.listed()), f"killed at step {step}"
        for each in review.listed():
            assert in_step(notion, each)
        step += 3  # every third boundary: they differ in kind, not in number
    assert step > 20


@pytest.mark.slow
def test_kill_9_of_a_real_process(notion: World, server: Server, approved: Make, sync: Run, data: Path) -> None:
    posts = [approved(title=f"Post {n}") for n in range(12)]
    for seen in (3, 7):
        child = subprocess.Popen([sys.executable, "-m", "notion_sync", "sync"], cwd=ROOT, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while len(notion.rows()) < seen and time.monotonic() < until and child.poll() is None:
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        child.wait()
    sync()
    sync()
    assert all(in_step(notion, post) for post in posts)
    assert len(notion.rows()) == 12
    assert any(p.status == "interrupted" for p in commands.passes())


@pytest.mark.slow
def test_the_command_line(notion: World, approved: Make, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        code, written = main(list(arguments)), capsys.readouterr()
        assert TOKEN not in written.out + written.err
        return code, written.out + written.err

    approved()
    assert "Dry run: Content Calendar is connected" in run("setup", "--dry-run")[1]
    code, said = run("sync", "--dry-run")
    assert (code, "Dry run: New row in Notion: A post" in said) == (0, True)
    assert run("sync")[0] == 0
    assert len(notion.rows()) == 1
    assert run("status")[0] == 0
    notion.revoked = True
    assert "Token: set" in run("status")[1]
    done = subprocess.run(
        [sys.executable, "-m", "notion_sync", "sync"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, "NOTION_TOKEN" in done.stderr, TOKEN in done.stdout + done.stderr) == (2, True, False)
