"""Webhooks through the API's own door, on a real socket: who may send what, and that an event is a hint only."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

import api
from core import jobs, review, store
from core.config import settings
from core.errors import Conflict, Denied
from core.people import local_actor
from core.store import Actor, choices
from core.store import notion as rows
from core.store.base import now
from core.store.tables import Change, Intent, NotionEvent, NotionPass, Post
from notion_sync import commands, comments, hooks
from notion_sync import jobs as work
from tests.notion_sync.server import BOT, World, signed
from tests.processes import free_port

Make = Callable[..., Post]
Run = Callable[..., NotionPass]
TOKEN = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
"""The example of Notion's documentation."""


@pytest.fixture(scope="module")
def door() -> Iterator[str]:
    """The API on a real socket, in a thread; its store is whichever the test's settings name."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(api.app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}{hooks.PATH}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def verified(notion: World, door: str, actor: Actor) -> World:
    """A connected workspace whose webhooks are verified."""
    hooks.wait(actor)
    assert notion.send_event(door, TOKEN, {"verification_token": TOKEN}) == 200
    return notion


def events() -> list[NotionEvent]:
    with store.reading() as tx:
        return list(tx.session.query(NotionEvent).order_by(NotionEvent.created_at))


def wakes() -> bool:
    with store.reading() as tx:
        return hooks.waiting(tx)


def age(seconds: float) -> None:
    """Let every event and every pass be older than it is."""
    with store.writing(local_actor()) as tx:
        for event in tx.session.query(NotionEvent):
            event.created_at -= timedelta(seconds=seconds)
        for one in tx.session.query(NotionPass):
            one.started_at -= timedelta(seconds=seconds)


# ---- the handshake -------------------------------------------------------------------------------------------


def test_a_token_is_taken_only_while_somebody_waits(notion: World, door: str, actor: Actor, data: Path) -> None:
    assert hooks.state().stage == "off"
    assert notion.send_event(door, TOKEN, {"verification_token": TOKEN}) == 403
    assert not hooks.path().exists()
    hooks.wait(actor)
    assert hooks.state().stage == "waiting"
    assert notion.send_event(door, TOKEN, {"verification_token": TOKEN}) == 200
    assert hooks.state().stage == "received"
    assert hooks.path().parent == data
    assert stat.S_IMODE(hooks.path().stat().st_mode) == 0o600
    assert notion.send_event(door, "another", {"verification_token": "another-token"}, "") == 403
    assert notion.send_event(door, TOKEN, {"verification_token": TOKEN}, "") == 200  # sent again
    assert hooks.reveal(actor) == TOKEN
    with pytest.raises(Conflict):
        hooks.reveal(actor)
    with store.reading() as tx:
        assert TOKEN not in str(choices.get(tx, hooks.KEY)) + str([(c.old, c.new) for c in tx.session.query(Change)])


def test_the_door_closes_after_fifteen_minutes(notion: World, door: str, actor: Actor) -> None:
    hooks.wait(actor)
    with store.writing(actor) as tx:
        choices.put(tx, hooks.KEY, {"until": (now() - timedelta(seconds=1)).isoformat()})
    assert hooks.state().stage == "off"
    assert notion.send_event(door, TOKEN, {"verification_token": TOKEN}) == 403


@pytest.mark.parametrize("token", ["", "short", "x" * 300, "with a space in it", "línea-nueva-token", "tab\ttab-token"])
def test_what_is_no_token_is_refused(notion: World, door: str, actor: Actor, token: str) -> None:
    hooks.wait(actor)
    assert notion.send_event(door, "k", {"verification_token": token}) == 422
    assert not hooks.path().exists()


def test_only_an_approver_switches(notion: World, actor: Actor) -> None:
    for act in (hooks.wait, hooks.reveal, hooks.stop):
        with pytest.raises(Denied):
            act(Actor(name="Eve", role="editor"))


def test_switched_off_nothing_is_taken_any_more(verified: World, door: str, actor: Actor) -> None:
    hooks.stop(actor)
    assert hooks.state().stage == "off"
    assert verified.send_event(door, TOKEN, verified.event("page.created", "x")) == 401
    assert verified.send_event(door, "", verified.event("page.created", "x")) == 401


def test_a_token_of_the_environment_needs_no_handshake(
    notion: World, door: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTION_WEBHOOK_TOKEN", TOKEN)
    settings.cache_clear()
    assert (hooks.state().stage, hooks.state().set_outside) == ("received", True)
    with pytest.raises(Conflict):
        hooks.wait(actor)
    assert notion.send_event(door, "", {"verification_token": "another-token"}) == 403
    assert notion.send_event(door, TOKEN, notion.event("page.created", "x")) == 200
    assert hooks.state().stage == "verified"


# ---- events --------------------------------------------------------------------------------------------------


def test_only_the_right_signature_over_these_very_bytes_is_taken(verified: World, door: str) -> None:
    event = verified.event("page.properties_updated", "x")
    raw = json.dumps(event).encode()  # not minified: the bytes count, not what they say
    for wrong in ("", "sha256=", "sha256=" + "0" * 64, signed(TOKEN + "x", raw), signed(TOKEN, raw + b" "),
                  signed(TOKEN, raw).removeprefix("sha256="), "é", signed("", raw)):  # fmt: skip
        answer = httpx.post(door, content=raw, headers={b"X-Notion-Signature": wrong.encode()}, trust_env=False)
        assert answer.status_code == 401, wrong
        assert set(answer.json()) == {"error", "hint"}
    assert httpx.post(door, content=raw, trust_env=False).status_code == 401
    assert events() == []
    sent = httpx.post(door, content=raw, headers={"x-notion-signature": signed(TOKEN, raw)}, trust_env=False)
    assert sent.status_code == 200
    assert [e.kind for e in events()] == ["page.properties_updated"]
    assert hooks.state().stage == "verified"
    assert hooks.state().last is not None


def test_a_bearer_token_is_neither_needed_nor_enough(verified: World, door: str) -> None:
    from core import api_token

    headers = {"Authorization": f"Bearer {api_token.token()}"}
    assert httpx.post(door, content=b"{}", headers=headers, trust_env=False).status_code == 401
    for other in ("/", "/x", "s"):
        assert httpx.post(door + other, content=b"{}", trust_env=False).status_code in (307, 401)
    assert httpx.get(door, trust_env=False).status_code in (401, 405)


def test_a_body_that_is_no_event_does_no_harm(verified: World, door: str) -> None:
    deep, large = b"[" * 100_000, b'{"type":"' + b"x" * hooks.BODY_BYTES + b'"}'
    wrong: list[Any] = [[], "x", 3, {}, {"type": 3}, {"type": "x" * 900, "id": ["a"], "timestamp": "yesterday"},
                        {"type": "page.created", "entity": [1], "data": {"parent": "x"}, "authors": [3, {}]}]  # fmt: skip
    for body in wrong:
        assert verified.send_event(door, TOKEN, body) == 200
    for raw, status in ((b"", 200), (b"\xff\xfe", 200), (deep, 200), (large, 413)):
        answer = httpx.post(door, content=raw, headers={"X-Notion-Signature": signed(TOKEN, raw)}, trust_env=False)
        assert answer.status_code == status
    chunked = httpx.post(door, content=iter([large[:9], large[9:]]), trust_env=False)
    assert chunked.status_code == 413
    assert review.listed() == []


def test_a_replayed_event_is_known_and_an_old_one_still_a_hint(verified: World, door: str) -> None:
    event = verified.event("page.properties_updated", "x", timestamp="2020-01-01T00:00:00.000Z")
    for attempt in range(1, 4):
        assert verified.send_event(door, TOKEN, {**event, "attempt_number": attempt}) == 200
    later = verified.event("page.deleted", "x", timestamp="2099-01-01T00:00:00Z")
    assert verified.send_event(door, TOKEN, later) == 200
    assert verified.send_event(door, TOKEN, verified.event("page.something_new", "x")) == 200
    assert len(events()) == 3
    assert not any(event.seen_at for event in events())
    age(8 * 86_400)
    assert verified.send_event(door, TOKEN, verified.event("page.created", "y")) == 200
    assert [e.kind for e in events()] == ["page.created"]


def test_events_of_a_burst_wake_the_sync_once(
    verified: World, approved: Make, sync: Run, door: str, actor: Actor
) -> None:
    approved()
    sync()
    sync()
    (row,) = verified.rows()
    age(60)
    for _ in range(5):
        verified.send_event(door, TOKEN, verified.event("page.properties_updated", row["id"]))
    assert not work.due()  # more may follow
    age(3)
    assert work.due()
    sync()
    verified.send_event(door, TOKEN, verified.event("page.properties_updated", row["id"]))
    age(3)
    assert not work.due()  # the last pass began a moment ago
    age(10)
    assert work.due()
    for _ in range(3):
        work.scan()
    assert [intent.kind for intent in jobs.active()] == [commands.KEY]
    with store.writing(actor) as tx:
        for intent in tx.session.query(Intent):
            intent.status = "cancelled"
    sync()
    assert all(event.seen_at for event in events())
    age(60)
    assert not work.due()


def test_what_we_wrote_ourselves_and_what_is_elsewhere_wakes_nobody(
    verified: World, approved: Make, sync: Run, door: str
) -> None:
    approved()
    sync()
    (row,) = verified.rows()
    with store.reading() as tx:
        bound = rows.bindings(tx)["calendar"]
    ours = [{"id": BOT.replace("-", ""), "type": "bot"}]
    elsewhere = {"parent": {"id": "7f3b8a3e-0000-4000-8000-000000000000", "type": "database"}}
    for event in (
        verified.event("page.properties_updated", row["id"], authors=ours),
        verified.event("page.created", "0f3b8a3e-0000-4000-8000-000000000000", data=elsewhere),
    ):
        assert verified.send_event(door, TOKEN, event) == 200
    age(60)
    assert not wakes()
    here = {"parent": {"id": bound.database_id.replace("-", ""), "type": "database"}}
    verified.send_event(door, TOKEN, verified.event("page.created", "1f3b8a3e-0000-4000-8000-000000000000", data=here))
    age(60)
    assert wakes()


def test_a_comment_event_makes_its_row_the_next_one(
    verified: World, approved: Make, sync: Run, door: str, actor: Actor
) -> None:
    for number in range(3):
        approved(f"Post {number}")
    sync()
    for _ in range(4):
        sync()
    row, other = (r for r in verified.rows() if verified.cell(r, "Post text") in ("Post 0", "Post 1"))
    comment = verified.comment(row, "Look here.")
    bare = row["id"].replace("-", "")  # ids are the same with and without dashes
    data = {"page_id": bare, "parent": {"id": bare, "type": "page"}}
    event = verified.event("comment.created", comment["id"], data=data)
    assert verified.send_event(door, TOKEN, event) == 200
    with store.reading() as tx:
        assert comments.told(tx) == 1
        (first,) = comments.due(tx, 1)
    assert first.page_id == row["id"]
    verified.comment(other, "And here.")
    event = verified.event("comment.updated", "x", data={"page_id": other["id"], "parent": {"id": other["id"]}})
    assert verified.send_event(door, TOKEN, event) == 200
    sync()
    said = [n.text for post in review.listed() for n in review.notes(post.id) if n.source == "notion"]
    assert sorted(said) == ["And here.", "Look here."]
    with store.reading() as tx:
        assert comments.told(tx) == 0


def test_what_no_list_shows_is_seen_because_an_event_named_it(
    verified: World, approved: Make, sync: Run, door: str, actor: Actor
) -> None:
    """The trash, which no query lists, and an edit that queries show only later, in a table of several pages."""

    def pass_over() -> None:
        with store.writing(actor) as tx:
            rows.choose(tx, sweep={"calendar": "2099-01-01T00:00:00.000Z"})  # the turn is at rows that are not these
        sync()

    thrown, edited = approved("Thrown away."), approved("Edited.")
    sync()
    for number in range(110):
        verified.type_row(Name=f"Other {number}")
    sync()
    named = {verified.cell(row, "Post text"): row for row in verified.rows()}
    verified.lists_trash, verified.lag = False, 600.0
    verified.trash(named["Thrown away."])
    verified.edit(named["Edited."], Post_text="Edited once more.")
    pass_over()
    assert review.get(edited.id).text == "Edited."
    for kind, text in (("page.deleted", "Thrown away."), ("page.properties_updated", "Edited.")):
        verified.send_event(door, TOKEN, verified.event(kind, named[text]["id"]))
    pass_over()
    assert review.get(edited.id).text == "Edited once more."
    assert [row.local_id for row in commands.status().trashed] == [thrown.id]
    pass_over()
    assert not [r for r in verified.log if r[1].startswith("pages/")]


def test_nothing_of_an_event_is_believed(verified: World, approved: Make, sync: Run, door: str) -> None:
    """An event that claims an approval, signed and all, changes nothing: the pass looks for itself."""
    post = approved()
    sync()
    (row,) = verified.rows()
    claims = {"data": {"parent": {}, "status": "Rejected", "text": "Forged."}, "properties": {"Status": "Rejected"}}
    verified.send_event(door, TOKEN, verified.event("page.properties_updated", row["id"], **claims))
    sync()
    fresh = review.get(post.id)
    assert (fresh.text, fresh.status) == (post.text, "Approved")
    assert not verified.writes()
