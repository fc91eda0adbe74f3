"""The client over a socket: which failure is repeated, which is looked at first, which outcome stays unknown."""

from __future__ import annotations

import json
import logging
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.config import settings
from core.errors import Conflict, Denied, Invalid, NotFound, TimbreError, Unavailable
from notion_sync import endpoints
from notion_sync.client import ATTEMPTS, BlockLimit, Moved, NotAllowed, NothingNew, Notion, UnknownOutcome
from notion_sync.failures import Failure, seconds
from notion_sync.pace import Pace
from tests.notion_sync.server import TOKEN, Server, World
from tests.notion_sync.test_pace import Clock

Json = dict[str, Any]
Connect = Callable[..., Notion]

WAITED = ["429", "529", "409"]
"""Notion did nothing: everything may be repeated."""
UNCLEAR = ["500", "502", "503", "504", "reset", "timeout", "408", "html", "list"]
"""Nothing was saved, but the answer does not say so."""
SAVED = [
    "503 saved silently", "reset saved", "timeout saved", "502 saved", "truncated", "cut", "html saved", "empty saved",
    "lacking saved",
]  # fmt: skip
"""It was saved, and the answer does not say so."""
SAYINGS: dict[str, Json] = {
    "408": {"status": 408, "body": {"object": "error", "code": "request_timeout", "message": "Slow."}},
    "html": {"status": 200, "body": b"<html>All is well</html>"},
    "list": {"status": 200, "body": [1, 2]},
    "html saved": {"status": 200, "body": b"<html>All is well</html>"},
    "empty saved": {"status": 200, "body": b""},
    "lacking saved": {"status": 200, "body": {"object": "page"}},
}
SOURCE = "Content Calendar"


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    running = Server().start()
    yield running
    running.stop()


@pytest.fixture
def world(listening: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty Notion for each test, behind one socket for all; the client needs no store, only a data folder."""
    listening.world = listening.handler.world = World()
    listening.world.url = listening.url
    for name, value in {"BASE_URL": listening.url, "TOKEN": TOKEN, "REQUESTS_PER_MINUTE": "100000"}.items():
        monkeypatch.setenv(f"NOTION_{name}", value)
    monkeypatch.setenv("TIMBRE_DATA", str(tmp_path))
    settings.cache_clear()
    yield listening.world
    settings.cache_clear()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have slept between two tries."""
    found: list[float] = []
    monkeypatch.setattr("notion_sync.client.time", SimpleNamespace(sleep=found.append, time=time.time))
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(world: World, naps: list[float], clock: Clock) -> Connect:
    """A client whose pauses cost no time; `clock` shows how long it was parked. Impatient where a timeout is planned."""

    def make(**more: Any) -> Notion:
        keeper = Pace(settings().timbre_data, 100_000, 60.0, clock, clock.sleep)
        patience = 0.4 if any(fault.kind.startswith("timeout") for fault in world.faults) else 30.0
        return Notion(**{"timeout": patience, "pace": keeper, **more})

    return make


@pytest.fixture
def source(world: World, connect: Connect) -> str:
    """An empty data source with a name and a text."""
    connect().create_database(world.parent, SOURCE, {"Name": {"title": {}}, "Text": {"rich_text": {}}})
    world.log.clear()
    return str(world.source(SOURCE)["id"])


def plan(world: World, kind: str, method: str, path: str, **more: Any) -> None:
    name = ("say saved" if kind.endswith("saved") else "say") if kind in SAYINGS else kind
    world.fault(name, method, path, **{"seconds": 0.7, **SAYINGS.get(kind, {}), **more})


def named(name: str) -> Json:
    return {"Name": {"title": [{"type": "text", "text": {"content": name}}]}}


def sent(world: World, method: str) -> int:
    return sum(m == method and not p.endswith("/query") for m, p, _ in world.log)


def shows(name: str) -> Callable[[Json], bool]:
    return lambda page: "".join(t["plain_text"] for t in page["properties"]["Name"]["title"]) == name


# ---- the retry rule ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WAITED + UNCLEAR)
def test_reads_are_repeated(world: World, connect: Connect, kind: str) -> None:
    plan(world, kind, "GET", "pages/.*", times=2)
    assert connect().page(world.parent)["id"] == world.parent
    assert len(world.log) == 3


@pytest.mark.parametrize("kind", [*WAITED, *UNCLEAR, *SAVED])
def test_an_update_arrives_once(world: World, connect: Connect, source: str, kind: str) -> None:
    """After an unclear answer the row is read first; what was saved is not written again."""
    row = world.type_row(Name="before")
    plan(world, kind, "PATCH", "pages/.*")
    page = connect().update_row(row["id"], named("after"), shows("after"), shows("before"))
    assert shows("after")(page)
    assert world.cell(row, "Name") == "after"
    assert sent(world, "PATCH") == (1 if kind in SAVED else 2)
    assert sent(world, "GET") == (0 if kind in WAITED else 1)


@pytest.mark.parametrize("kind", [*WAITED, *UNCLEAR, *SAVED])
def test_a_create_of_unknown_outcome_is_never_repeated(world: World, connect: Connect, source: str, kind: str) -> None:
    plan(world, kind, "POST", "pages")
    if kind in WAITED:
        assert shows("new")(connect().create_row(source, named("new")))
    else:
        with pytest.raises(UnknownOutcome) as caught:
            connect().create_row(source, named("new"))
        assert caught.value.committed is None
    assert sent(world, "POST") == (2 if kind in WAITED else 1)
    assert len(world.rows()) == (1 if kind in WAITED + SAVED else 0)


@pytest.mark.parametrize("kind", [*WAITED, *UNCLEAR, *SAVED])
def test_a_comment_of_unknown_outcome_is_never_repeated(world: World, connect: Connect, source: str, kind: str) -> None:
    row = world.type_row(Name="row")
    text = [{"type": "text", "text": {"content": "Well done."}}]
    plan(world, kind, "POST", "comments")
    if kind in WAITED:
        assert connect().add_comment(row["id"], text)["object"] == "comment"
    else:
        with pytest.raises(UnknownOutcome):
            connect().add_comment(row["id"], text)
    assert sent(world, "POST") == (2 if kind in WAITED else 1)
    assert len(world.comments.get(row["id"], [])) == (1 if kind in WAITED + SAVED else 0)


@pytest.mark.parametrize("kind", UNCLEAR)
def test_a_database_is_not_made_twice(world: World, connect: Connect, kind: str) -> None:
    plan(world, kind, "POST", "databases")
    with pytest.raises(UnknownOutcome):
        connect().create_database(world.parent, SOURCE, {"Name": {"title": {}}})
    assert sent(world, "POST") == 1


def test_what_was_saved_is_adopted_by_the_id_that_notion_gives(world: World, connect: Connect, source: str) -> None:
    for _ in range(4):
        world.fault("503 saved", "POST")
    client = connect()
    page = client.create_row(source, named("new"))
    assert page["id"] == world.rows()[0]["id"]
    assert client.add_comment(page["id"], [{"type": "text", "text": {"content": "Hi"}}])["rich_text"]
    assert client.create_database(world.parent, "Another", {"Name": {"title": {}}})["data_sources"]
    assert sent(world, "POST") == 3


def test_a_saved_row_that_cannot_be_read_yet_keeps_its_id(world: World, connect: Connect, source: str) -> None:
    world.fault("503 saved", "POST", "pages")
    world.fault("404", "GET", "pages/.*", times=ATTEMPTS)
    with pytest.raises(UnknownOutcome) as caught:
        connect().create_row(source, named("new"))
    assert caught.value.committed == world.rows()[0]["id"]


def test_an_update_that_was_saved_is_only_looked_for(world: World, connect: Connect, source: str) -> None:
    """Notion says that it was saved: even where it is not to be seen, it is not written again over somebody's edit."""
    row = world.type_row(Name="before")
    world.fault("503 saved", "PATCH", "pages/.*")

    def somebody(method: str, _path: str) -> None:
        if method == "GET":
            world.edit(row, Name="typed meanwhile")

    world.between = somebody
    with pytest.raises(Unavailable, match="Nothing is lost"):
        connect().update_row(row["id"], named("after"), shows("after"))
    assert sent(world, "PATCH") == 1
    assert world.cell(row, "Name") == "typed meanwhile"


@pytest.mark.parametrize("kind", ["reset", "503", "503 saved", "reset saved"])
def test_an_update_is_not_repeated_over_what_somebody_typed(
    world: World, connect: Connect, source: str, kind: str
) -> None:
    row = world.type_row(Name="before")
    plan(world, kind, "PATCH", "pages/.*")
    world.between = lambda method, _path: world.edit(row, Name="typed meanwhile") if method == "GET" else None
    with pytest.raises(Moved) as caught:
        connect().update_row(row["id"], named("after"), shows("after"), shows("before"))
    assert shows("typed meanwhile")(caught.value.page)
    assert sent(world, "PATCH") == 1


def test_a_long_pause_is_followed_by_a_look(world: World, connect: Connect, source: str) -> None:
    """A minute after the last look somebody may have typed: what is not as it was is not written over."""
    row = world.type_row(Name="before")
    world.fault("429", "PATCH", "pages/.*", times=2, retry_after=30)
    world.between = lambda method, _path: world.edit(row, Name="typed meanwhile") if len(world.log) > 2 else None
    with pytest.raises(Moved):
        connect().update_row(row["id"], named("after"), shows("after"), shows("before"))
    assert world.cell(row, "Name") == "typed meanwhile"
    assert sent(world, "PATCH") == 2


def test_an_answer_with_nothing_but_an_id_is_read_by_it(world: World, connect: Connect, source: str) -> None:
    """An integration that may not read gets such pages (retrieve-a-page, partial page)."""
    row = world.type_row(Name="made")
    world.fault("say", "POST", "pages", body={"object": "page", "id": row["id"]})
    assert shows("made")(connect().create_row(source, named("made")))
    world.fault("say", "GET", "pages/.*", times=99, body={"object": "page", "id": row["id"]})
    world.fault("say", "POST", "pages", body={"object": "page", "id": row["id"]})
    with pytest.raises(UnknownOutcome) as caught:
        connect().create_row(source, named("made"))
    assert caught.value.committed == row["id"]


@pytest.mark.parametrize(
    ("extra", "message", "saved"),
    [
        ({"retry_guidance": ["Read the object again.", "Do not repeat the write."]}, "", True),
        ({"retry_guidance": "do_not_retry"}, "", True),
        ({"committed_resource_id": "x"}, "", True),
        ({}, "The change was saved. Read the object again instead of repeating the write.", True),
        ({"retry_guidance": "retry"}, "Notion is unavailable. Please try again later.", False),
        ({"reason": "cannot_read"}, "Cannot read. Retry.", False),
    ],
)
def test_how_notion_says_that_it_saved(extra: Json, message: str, saved: bool) -> None:
    assert Failure(503, "service_unavailable", message, extra).saved is saved


def test_the_trash_is_reached_once(world: World, connect: Connect, source: str) -> None:
    row = world.type_row(Name="row")
    for kind in ("reset saved", "503"):
        world.fault(kind, "PATCH", "pages/.*")
        assert connect().trash(row["id"], in_trash=kind == "503")["in_trash"] is (kind == "503")


def test_what_cannot_be_sent_has_no_unknown_outcome(world: World, connect: Connect, source: str) -> None:
    """Half an emoji cannot be written as UTF-8: refused here, nothing left."""
    with pytest.raises(Invalid, match="did not accept"):
        connect().create_row(source, named("half \ud83d"))
    with pytest.raises(Invalid):
        connect().page("../users/me")
    assert world.log == []


def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the address is one where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("NOTION_BASE_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    settings.cache_clear()


def test_nothing_that_listens(connect: Connect, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is certainly no write: it is repeated, then said."""
    nobody(monkeypatch)
    client = connect()
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        client.create_row("x", named("new"))
    assert not isinstance(caught.value, UnknownOutcome)
    assert len(naps) == ATTEMPTS - 1


def test_tries_end(world: World, connect: Connect, naps: list[float]) -> None:
    world.fault("500", times=50)
    with pytest.raises(Unavailable, match="internal_server_error"):
        connect().me()
    assert len(world.log) == ATTEMPTS
    assert naps == sorted(naps)
    assert sum(naps) < 20


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (400, {"code": "validation_error", "message": "Name is expected to be title."}, Invalid, "expected to be title"),
        (400, {"code": "a_code_of_next_year", "message": "No."}, Invalid, "No."),
        (418, {"code": "teapot", "message": "I am a teapot."}, Invalid, "teapot"),
        (422, b"", Invalid, "HTTP 422"),
        (413, b"<html>Request Entity Too Large</html>", Invalid, "500 KB"),
        (401, {"code": "unauthorized", "message": "API token is invalid."}, Denied, "NOTION_TOKEN"),
        (403, {"code": "restricted_resource", "message": "Insufficient permissions."}, NotAllowed, "capabilities"),
        (403, b"Forbidden", NotAllowed, "capabilities"),
        (404, {"code": "object_not_found", "message": "Could not find page."}, NotFound, "Connections"),
        (302, b"", Unavailable, "NOTION_BASE_URL"),
        (429, {"code": "rate_limited", "additional_data": {"rate_limit_reason": "public_api_request_blocked"}},
         Unavailable, "blocked"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("call", ["read", "create", "update"])
def test_what_is_refused_is_asked_once(
    world: World, connect: Connect, source: str, status: int, body: Any, kind: type[TimbreError], says: str, call: str
) -> None:
    row = world.type_row(Name="row")
    world.fault("say", times=50, status=status, body=body)
    calls: dict[str, Callable[[], Any]] = {
        "read": lambda: connect().page(row["id"]),
        "create": lambda: connect().create_row(source, named("new")),
        "update": lambda: connect().update_row(row["id"], named("new"), shows("new")),
    }
    with pytest.raises(kind, match=says):
        calls[call]()
    assert len(world.log) == 1


@pytest.mark.parametrize("status", [500, 501, 503, 520, 599])
def test_unknown_troubles_of_the_server_are_waited_for(world: World, connect: Connect, status: int) -> None:
    world.fault("say", status=status, body={"code": "a_code_of_next_year", "message": "?"})
    assert connect().me()["type"] == "bot"


def test_conflicts_that_stay_are_said(world: World, connect: Connect, source: str) -> None:
    row = world.type_row(Name="row")
    world.fault("409", "PATCH", times=50)
    with pytest.raises(Conflict, match="same moment"):
        connect().update_row(row["id"], named("new"), shows("new"))
    assert sent(world, "PATCH") == ATTEMPTS


def test_the_block_limit_refuses_only_what_is_new(world: World, connect: Connect, source: str) -> None:
    row, client = world.type_row(Name="row"), connect()
    world.blocks_left = 0
    with pytest.raises(BlockLimit, match="block limit") as caught:
        client.create_row(source, named("new"))
    assert caught.value.code == "restricted_resource"
    client.update_row(row["id"], named("edited"), shows("edited"))
    assert client.trash(row["id"], in_trash=True)["in_trash"]
    assert sent(world, "POST") == 1


@pytest.mark.parametrize(
    ("message", "extra", "full"),
    [
        ("This workspace has used all of its free blocks. Upgrade its plan.", {}, True),
        ("No.", {"block_limit": "block_creation"}, True),
        ("The limit of this plan is reached.", {}, True),
        ("Insufficient permissions for this endpoint.", {}, False),
        ("Cannot create a block in this page.", {}, False),
    ],
)
def test_a_403_of_a_create_holds_creates_whatever_it_says(
    world: World, connect: Connect, source: str, message: str, extra: Json, full: bool
) -> None:
    said = {"code": "restricted_resource", "message": message, "additional_data": extra}
    world.fault("say", times=9, status=403, body=said)
    with pytest.raises(NothingNew) as caught:
        connect().create_row(source, named("new"))
    assert isinstance(caught.value, BlockLimit) is full
    with pytest.raises(NotAllowed) as refused:
        connect().data_source(source)
    assert not isinstance(refused.value, NothingNew)


# ---- pauses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["429", "429 connection", "429 endpoint", "529", "503"])
def test_everybody_waits_as_notion_says(world: World, connect: Connect, clock: Clock, kind: str) -> None:
    """The workspace's budget may ask for more than a minute."""
    world.fault(kind, retry_after=75)
    began, other = clock(), connect(lane="interactive")
    connect(lane="bulk").me()
    assert 75 <= clock() - began < 76
    other.me()
    assert clock() - began < 76
    assert len(world.log) == 3


def test_without_a_word_the_pauses_outlast_a_window(world: World, connect: Connect, clock: Clock) -> None:
    world.fault("429", times=ATTEMPTS - 1)
    began = clock()
    connect().me()
    assert 60 < clock() - began < 120


@pytest.mark.parametrize("header", ["0", "", "soon", "nan", "inf", "-5"])
def test_a_pause_that_says_nothing_is_not_hammered(world: World, connect: Connect, clock: Clock, header: str) -> None:
    world.fault("say", times=4, status=429, body={"code": "rate_limited"}, headers={"Retry-After": header})
    began = clock()
    connect().me()
    assert 3 < clock() - began < 60
    assert len(world.log) == 5


def test_the_pause_in_the_body_counts_where_the_header_is_missing(world: World, connect: Connect, clock: Clock) -> None:
    extra = {"rate_limit_reason": "public_api_space_request_rate_limit", "retry_after": "33"}
    world.fault("say", status=429, body={"code": "rate_limited", "message": "Slow.", "additional_data": extra})
    began = clock()
    connect().me()
    assert 33 <= clock() - began < 34


def test_a_date_as_a_pause(world: World, connect: Connect, clock: Clock) -> None:
    headers = {"Retry-After": formatdate(time.time() + 40, usegmt=True)}
    world.fault("say", status=529, body={"code": "service_overload"}, headers=headers)
    began = clock()
    connect().me()
    assert 37 < clock() - began <= 41


@pytest.mark.parametrize("header", ["600", "1000000000000", formatdate(4_000_000_000)])
def test_a_long_pause_ends_the_pass_and_holds_everybody_for_an_hour_at_most(
    world: World, connect: Connect, clock: Clock, header: str
) -> None:
    world.fault("say", status=429, body={"code": "rate_limited"}, headers={"Retry-After": header})
    client = connect()
    with pytest.raises(Unavailable, match=r"(10|60) more minutes\. Nothing is lost"):
        client.me()
    with pytest.raises(Unavailable, match="pause"):
        connect(lane="interactive").me()
    assert len(world.log) == 1
    assert 599 < client.pace.parked() <= 3600
    clock.at += 3601
    client.me()


def test_unknown_limits_are_waited_for_and_blocked_ones_are_not(world: World, connect: Connect, clock: Clock) -> None:
    body = {"code": "rate_limited", "additional_data": {"rate_limit_reason": "a_reason_of_next_year"}}
    world.fault("say", status=429, body=body, headers={"Retry-After": "7"})
    connect().me()
    world.blocked = "GET users/me"
    world.log.clear()
    with pytest.raises(Unavailable, match="blocked") as caught:
        connect().me()
    assert "Waiting does not help" in caught.value.hint
    assert len(world.log) == 1
    assert connect().pace.parked() == 0


def test_retry_after_forms() -> None:
    assert [seconds(v) for v in ("7", "0.5", "-1", None, "", "soon", "nan")] == [7.0, 0.5, 0.0, None, None, None, None]
    assert seconds(formatdate(0)) == 0.0
    assert Failure(429, "", "", wait=1e12).pause(0) == 3600.0


def test_lanes_queue_apart(world: World, naps: list[float], clock: Clock) -> None:
    """Bulk has used what it may use: a person's request goes at once, the next bulk one waits for the window."""
    keepers = [Pace(settings().timbre_data, 36, 60.0, clock, clock.sleep) for _ in range(2)]
    bulk, person = Notion(pace=keepers[0]), Notion(pace=keepers[1], lane="interactive")
    began = clock()
    for _ in range(35):
        bulk.me()
    person.me()
    assert clock() == began
    bulk.me()
    assert clock() - began > 60


# ---- lists ---------------------------------------------------------------------------------------------------------


def fill(world: World, rows: int, per_minute: int = 1) -> list[str]:
    made = [world.type_row(Name=f"Row {n}") for n in range(rows)]
    for number, row in enumerate(made):
        row["created"] -= timedelta(days=2) - timedelta(minutes=number // per_minute)
    return [row["id"] for row in made]


@pytest.mark.parametrize("rows", [0, 1, 100, 101, 250])
def test_rows_cost_a_request_a_hundred(world: World, connect: Connect, source: str, rows: int) -> None:
    ids = fill(world, rows)
    assert [row["id"] for row in connect().rows(source)] == ids
    pages = max(1, -(-rows // 100))
    assert len(world.log) == pages + (pages > 1)


@pytest.mark.parametrize("per_minute", [1, 40, 1000])
def test_a_cursor_that_is_refused_loses_no_row(world: World, connect: Connect, source: str, per_minute: int) -> None:
    """The list goes on from the last creation time; rows may come twice."""
    ids = fill(world, 350, per_minute)
    refusal = {"code": "validation_error", "message": "The start_cursor provided is invalid: x"}
    world.fault("say", "POST", ".*query", skip=2, status=400, body=refusal)
    found = [row["id"] for row in connect().rows(source)]
    assert set(found) == set(ids)
    assert len(found) < 350 + (250 if per_minute == 1000 else 101)


def test_cursors_that_never_live_long_enough(world: World, connect: Connect, source: str) -> None:
    """Sparse rows: every page begins anew and all come. Crowded ones: it says that it cannot go on."""
    ids = fill(world, 350)
    world.cursor_life = -1.0
    assert {row["id"] for row in connect().rows(source)} == set(ids)
    for row in world.rows():
        row["created"] = world.rows()[0]["created"]
    with pytest.raises(Unavailable, match="no row counts as deleted"):
        list(connect().rows(source))


@pytest.mark.parametrize("per_minute", [1, 1000])
def test_rows_that_leave_while_they_are_listed_shift_nobody_out(
    world: World, connect: Connect, source: str, per_minute: int
) -> None:
    ids = fill(world, 350, per_minute)
    asked = []

    def somebody(_method: str, path: str) -> None:
        asked.append(path)
        if len(asked) in (2, 3):  # between the first pages: rows that were listed go to the trash
            for number in range(3):
                world.trash(world.pages[ids[number + 10 * len(asked)]])

    world.between = somebody
    found = {row["id"] for row in connect().rows(source)}
    assert {i for i in ids if not world.pages[i]["in_trash"]} <= found


def test_a_notion_that_does_not_list_the_trash_is_asked_once(world: World, connect: Connect, source: str) -> None:
    ids, client = fill(world, 150), connect()
    world.lists_trash = False
    for _ in range(2):
        assert [row["id"] for row in client.rows(source)] == ids
    assert len(world.log) == 5


def test_more_rows_than_one_query_gives(world: World, connect: Connect, source: str) -> None:
    ids = fill(world, 730, per_minute=7)
    world.cap = 200
    assert {row["id"] for row in connect().rows(source)} == set(ids)


def test_an_early_word_of_being_incomplete_counts(world: World, connect: Connect, source: str) -> None:
    """The guide: any page that says so means that the whole query was cut off, not only the last one."""
    fill(world, 2)
    row = connect().page(world.rows()[0]["id"])
    incomplete = {"type": "incomplete", "incomplete_reason": "a_reason_of_next_year"}
    first = {"results": [row], "has_more": True, "next_cursor": "next", "request_status": incomplete}
    world.fault("say", "POST", ".*query", body=first)
    world.fault("say", "POST", ".*query", body={"results": [], "has_more": False, "next_cursor": None})
    assert {r["id"] for r in connect().rows(source)} == {r["id"] for r in world.rows()}


def test_more_rows_in_a_minute_than_a_query_gives_is_said_not_swallowed(
    world: World, connect: Connect, source: str
) -> None:
    fill(world, 250, per_minute=1000)
    world.cap = 200
    with pytest.raises(Unavailable, match="cannot be listed") as caught:
        list(connect().rows(source))
    assert "no row counts as deleted" in str(caught.value)


@pytest.mark.parametrize(
    "answer", [{"has_more": True}, {"has_more": True, "next_cursor": None}, {"has_more": True, "next_cursor": "same"}]
)
def test_a_list_without_an_end_is_said(world: World, connect: Connect, source: str, answer: Json) -> None:
    world.fault("say", "POST", ".*query", times=100, body={"results": [], **answer})
    world.fault("say", "GET", "users", times=100, body={"results": [], **answer})
    for found in (connect().rows(source), connect().users()):
        with pytest.raises(Unavailable, match="Nothing is lost"):
            list(found)
    assert len(world.log) < 40


def test_a_schema_without_its_properties_is_no_schema(world: World, connect: Connect, source: str) -> None:
    """Read as an answer it would say that every property was deleted."""
    world.fault("say", "GET", "data_sources/.*", body={"object": "data_source", "id": source})
    assert "Name" in connect().data_source(source)["properties"]
    world.fault("say", "GET", "data_sources/.*", times=50, body={"object": "data_source", "id": source})
    with pytest.raises(Unavailable, match="incomplete"):
        connect().data_source(source)


def test_unknown_fields_are_no_matter(world: World, connect: Connect, source: str) -> None:
    world.type_row(Name="row")
    page = next(connect().rows(source))
    page["properties"]["Mood"] = {"id": "m", "type": "mood_of_next_year", "mood_of_next_year": {"level": 3}}
    answer = {"results": [page, {"object": "agent", "id": "y"}], "has_more": False, "next_cursor": None, "trace": [1]}
    world.fault("say", "POST", ".*query", body=answer)
    assert [row["id"] for row in connect().rows(source)] == [page["id"]]


def test_users_to_the_end_and_without_the_capability(world: World, connect: Connect) -> None:
    for number in range(230):
        world.person(f"Person {number}", f"p{number}@example.com")
    refusal = {"code": "validation_error", "message": "The start_cursor provided is invalid: x"}
    world.fault("say", "GET", "users", skip=2, status=400, body=refusal)
    found = [user["id"] for user in connect().users()]
    assert len(found) == len(set(found)) == len(world.users)
    assert connect().user(found[5])["id"] == found[5]
    world.user_info = False
    with pytest.raises(NotAllowed, match="user information"):
        list(connect().users())


def test_comments_come_oldest_first(world: World, connect: Connect, source: str) -> None:
    row = world.type_row(Name="row")
    for number in range(130):
        world.comment(row, f"Comment {number}")
    found = connect().comments(row["id"])
    assert [c["rich_text"][0]["plain_text"] for c in found] == [f"Comment {n}" for n in range(130)]
    world.comment_access = False
    with pytest.raises(NotAllowed, match="comments"):
        connect().comments(row["id"])


def test_more_than_25_relations(world: World, connect: Connect, source: str) -> None:
    """A page shows 25 and says that there are more; the property's own address has them all."""
    config = {"Related": {"relation": {"data_source_id": source, "type": "single_property", "single_property": {}}}}
    connect().add_properties(source, config)
    others = [world.type_row(Name=f"Other {n}")["id"] for n in range(130)]
    row = world.type_row(Name="row", Related=others)
    page = connect().page(row["id"])
    cell = page["properties"]["Related"]
    assert (len(cell["relation"]), cell["has_more"]) == (25, True)
    items = connect().property_items(row["id"], cell["id"])
    assert [item["relation"]["id"] for item in items] == others
    refusal = {"code": "validation_error", "message": "The start_cursor provided is invalid: x"}
    world.fault("say", "GET", ".*/properties/.*", skip=1, status=400, body=refusal)
    again = connect().property_items(row["id"], cell["id"])
    assert [item["relation"]["id"] for item in again] == others
    (title,) = connect().property_items(row["id"], "title")
    assert title["title"]["plain_text"] == "row"


# ---- bodies and files ----------------------------------------------------------------------------------------------


def body(text: str, *unknown: str, truncated: bool | None = None) -> Json:
    return {
        "object": "page_markdown", "id": "x", "markdown": text, "unknown_block_ids": list(unknown),
        "truncated": bool(unknown) if truncated is None else truncated,
    }  # fmt: skip


def test_a_body(world: World, connect: Connect, source: str) -> None:
    row = world.type_row(Name="row")
    world.write_body(row, "# Tone\n\nPlain words.\n")
    assert connect().markdown(row["id"]) == "# Tone\n\nPlain words.\n"
    assert len(world.log) == 1


def test_the_parts_that_a_long_body_leaves_out_are_fetched(world: World, connect: Connect) -> None:
    """Where the text names the block, the part takes its place; parts may lack parts; what is not shared stays."""
    one, two, three = (f"{n}" * 8 + "-0000-4000-8000-" + f"{n}" * 12 for n in "123")
    tag = f'<unknown url="https://app.notion.com/p/x#{one.replace("-", "")}" alt="toggle"/>'
    hidden = f'<unknown url="https://app.notion.com/p/{three.replace("-", "")}" alt="page"/>'
    world.fault("say", "GET", "pages/top/markdown", body=body(f"A\n{tag}\nZ\n{hidden}", one, three))
    world.fault("say", "GET", f"pages/{one}/markdown", body=body("B \\1", two))
    world.fault("say", "GET", f"pages/{two}/markdown", body=body("C"))
    world.fault("404", "GET", f"pages/{three}/markdown")
    text = connect().markdown("top")
    assert text == f"A\nB \\1\nZ\n{hidden}\n\nC"
    assert len(world.log) == 4


def test_a_body_that_cannot_be_had_whole_says_so(world: World, connect: Connect) -> None:
    world.fault("say", "GET", "pages/top/markdown", body=body("A", truncated=True))
    assert connect().markdown("top") == f"A\n\n{endpoints.REST_MISSING}"
    for number in range(60):
        world.fault(
            "say", "GET", ".*/markdown", body=body(f"P{number}", f"block-{2 * number}", f"block-{2 * number + 1}")
        )
    world.log.clear()
    assert connect().markdown("top").endswith(endpoints.REST_MISSING)
    assert len(world.log) == 1 + endpoints.SUBTREES


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    "kind", ["", "429", "500", "reset", "timeout", "html", "reset saved", "truncated", "502 saved"]
)
@pytest.mark.parametrize("step", ["file_uploads", "file_uploads/.*/send"])
def test_an_upload_arrives(world: World, connect: Connect, kind: str, step: str) -> None:
    if kind:
        plan(world, kind, "POST", step)
    upload = connect().upload("card.png", "image/png", PICTURE)
    found = world.uploads[upload]
    assert (found["status"], found["raw"], found["filename"]) == ("uploaded", PICTURE, "card.png")


def test_an_upload_that_expired_is_sent_anew(world: World, connect: Connect, source: str) -> None:
    client, row = connect(), world.type_row(Name="row")
    client.add_properties(source, {"Image": {"files": {}}})

    def attach(upload: str) -> Json:
        one = {"type": "file_upload", "file_upload": {"id": upload}, "name": "card.png"}
        return client.update_row(row["id"], {"Image": {"files": [one]}}, lambda _page: False)

    late = client.upload("card.png", "image/png", PICTURE)
    world.uploads[late]["made"] -= 2 * world.upload_life
    with pytest.raises(Invalid, match="expired"):
        attach(late)
    page = attach(client.upload("card.png", "image/png", PICTURE))
    assert page["properties"]["Image"]["files"][0]["name"] == "card.png"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(world: World, connect: Connect) -> None:
    with pytest.raises(Invalid, match="20 MB"):
        connect().upload("film.mov", "video/quicktime", bytes(endpoints.UPLOAD + 1))
    assert world.log == []


# ---- the token -----------------------------------------------------------------------------------------------------


def everything(error: BaseException) -> str:
    """All that an error can show: itself, its chain, and its frames (not this file's) with their variables."""
    out: list[str] = []
    chain: list[BaseException] = [error]
    while chain:
        one = chain.pop()
        chain += [e for e in (one.__cause__, one.__context__) if e is not None]
        shown = traceback.StackSummary.extract(traceback.walk_tb(one.__traceback__), capture_locals=True)
        out += [repr(one), str(one), repr(vars(one))]
        out += [f"{frame} {frame.locals}" for frame in shown if frame.filename != __file__]
    return "\n".join(out)


ECHOES: list[Json] = [
    {"status": 400, "body": {"code": "validation_error", "message": f"Bearer {TOKEN} is odd"}},
    {"status": 401, "body": {"code": "unauthorized", "message": TOKEN, "additional_data": {"token": TOKEN}}},
    {"status": 403, "body": {"code": TOKEN, "message": f"no {TOKEN}", "additional_data": {"was": [TOKEN]}}},
    {"status": 403, "body": json.dumps({"message": f"x {TOKEN}"}).replace("ntn", "\\u006etn").encode()},
    {"status": 404, "body": {"code": "object_not_found", "message": TOKEN}},
    {"status": 429, "body": {"message": TOKEN, "additional_data": {"rate_limit_reason": f"blocked {TOKEN}"}}},
    {"status": 500, "body": {"code": TOKEN, "message": TOKEN}},
    {"status": 502, "body": f"<html>{TOKEN}</html>".encode()},
    {"status": 200, "body": f"<html>{TOKEN}</html>".encode()},
]


@pytest.mark.parametrize("number", range(len(ECHOES)))
@pytest.mark.parametrize("call", ["read", "create"])
def test_a_server_that_says_the_token_back_is_not_repeated(
    world: World, connect: Connect, caplog: pytest.LogCaptureFixture, capfd: Any, number: int, call: str
) -> None:
    caplog.set_level(logging.DEBUG)
    world.fault("say", times=50, **ECHOES[number])
    client = connect()
    with pytest.raises(TimbreError) as caught:
        _ = client.me() if call == "read" else client.create_row("x", named("new"))
    said = capfd.readouterr()
    text = everything(caught.value) + caplog.text + said.out + said.err + repr(client) + str(client)
    assert TOKEN not in text


@pytest.mark.parametrize("kind", ["reset", "timeout", "cut", "down", "surrogate", "no address"])
def test_no_error_of_the_network_holds_the_token(
    world: World, connect: Connect, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's errors hold the request with its headers: none of them is part of ours, not even as context."""
    title = "new"
    if kind == "down":
        nobody(monkeypatch)
    elif kind == "surrogate":
        title = "\ud83d"
    elif kind == "no address":
        monkeypatch.setenv("NOTION_BASE_URL", "http://[not an address")
        settings.cache_clear()
    else:
        plan(world, kind, "POST", ".*")
    with pytest.raises(TimbreError) as caught:
        connect(attempts=1).create_row("x", named(title))
    assert TOKEN not in everything(caught.value)
    assert caught.value.__context__ is None


def test_a_bad_token_is_in_no_frame(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_TOKEN", f"{TOKEN} with a space")
    settings.cache_clear()
    with pytest.raises(Denied) as caught:
        Notion()
    assert TOKEN not in everything(caught.value)


def test_a_server_that_hangs_up_between_two_requests_costs_no_row(world: World, connect: Connect, source: str) -> None:
    """A kept connection that the other side closed meanwhile: the next create goes out on a fresh one."""
    client = connect()
    client.me()
    world.fault("say", "GET", "users/me", body={"id": "x"}, headers={"Connection": "close"})
    client.me()
    assert client.create_row(source, named("new"))["object"] == "page"


def test_the_clock_of_notion_is_known(world: World, connect: Connect) -> None:
    world.ahead = timedelta(hours=3)
    client = connect()
    assert client.clock_ahead is None
    client.me()
    assert client.clock_ahead == pytest.approx(3 * 3600, abs=3)


def test_an_address_where_nobody_answers_in_time(world: World, connect: Connect) -> None:
    """A socket that takes connections and says nothing: a create's outcome is unknown, and no second one is sent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(timeout=0.4)
        client._http.base_url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/"
        began = time.monotonic()
        with pytest.raises(UnknownOutcome):
            client.create_row("x", named("new"))
        assert time.monotonic() - began < 5
        assert client.requests == 1
