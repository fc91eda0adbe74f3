"""A form sent to an address: over a real socket, signed, once, and an end that nobody saw stays unknown."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core import jobs, store, webhook
from core.config import settings
from core.errors import Conflict, Denied, Invalid
from core.generate import commands as generate
from core.people import WORKER
from core.store import Actor, intents
from core.store.tables import Run, Variant

FIELDS = {"topic": "Audits", "points": ["Logs have gaps"]}


class Receiver(ThreadingHTTPServer):
    status = 200
    silent = False

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        if self.server.silent:
            self.connection.close()
            return
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b"<b>thanks</b>")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch, data: object) -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("TIMBRE_WEBHOOK_URL", f"http://127.0.0.1:{server.server_address[1]}/in?token=hush")
    monkeypatch.setenv("TIMBRE_SECRET_KEY", "key of the team")
    settings.cache_clear()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def variant(two_authors: dict[str, str], actor: Actor) -> Callable[[], Variant]:
    brief = generate.save_brief(two_authors["Ada"], FIELDS, actor)
    with store.writing(actor) as tx:
        run = Run(author_id=two_authors["Ada"], brief_id=brief.id, status="done")
        tx.session.add(run)
        tx.session.flush()
        row = Variant(
            run_id=run.id, author_id=run.author_id, number=1, form="thread", parts=["One é", "Two"], text="One é\n\nTwo"
        )
        tx.session.add(row)
        tx.session.flush()
        kept = row.id
    return lambda: generate.variant(kept)


def worked(intent_id: str) -> webhook.Delivery:
    """The worker's part."""
    result = webhook._deliver(intent_id)
    with store.writing(WORKER) as tx:
        intents.finish(tx, intent_id, "done", "", result=result)
    found = webhook.delivery(generate.variant(str(jobs.get(intent_id).payload["variant"])))
    assert found is not None
    return found


def test_it_is_sent_once_signed_with_the_answer_kept(
    receiver: Receiver, variant: Callable[[], Variant], actor: Actor
) -> None:
    asked = webhook.send(variant().id, actor)
    assert webhook.send(variant().id, actor) == asked, "asking twice asks once"
    assert webhook.delivery(variant()) == webhook.Delivery("waiting", "Waiting for the worker.")
    assert worked(asked) == webhook.Delivery("sent", "The answer was 200.", "<b>thanks</b>")
    ((headers, body),) = receiver.got
    assert json.loads(body) == {
        "id": asked,
        "form": "thread",
        "author": "Ada",
        "text": "One é\n\nTwo",
        "parts": ["One é", "Two"],
    }
    good = hmac.new(b"key of the team", body, hashlib.sha256).hexdigest()
    assert headers[webhook.SIGNATURE] == f"sha256={good}" and headers[webhook.DELIVERY] == asked
    with pytest.raises(Conflict, match="sent already"):
        webhook.send(variant().id, actor)
    assert "hush" not in json.dumps(jobs.get(asked).payload) + webhook.host()


def test_an_end_that_nobody_saw_is_unknown_until_a_person_says_so(
    receiver: Receiver, variant: Callable[[], Variant], actor: Actor
) -> None:
    receiver.silent = True
    assert worked(webhook.send(variant().id, actor)).outcome == "unknown"
    with pytest.raises(Conflict, match="not known"):
        webhook.send(variant().id, actor)
    receiver.silent = False
    assert worked(webhook.send(variant().id, actor, again=True)).outcome == "sent"


def test_taken_up_again_after_a_crash_it_sends_nothing(
    receiver: Receiver, variant: Callable[[], Variant], actor: Actor
) -> None:
    asked = webhook.send(variant().id, actor)
    webhook._deliver(asked)  # and the worker dies before the result is kept
    assert worked(asked).outcome == "unknown" and len(receiver.got) == 1


def test_what_was_refused_or_never_left_may_be_sent_again(
    receiver: Receiver, variant: Callable[[], Variant], actor: Actor
) -> None:
    receiver.status = 500
    found = worked(webhook.send(variant().id, actor))
    assert (found.outcome, found.said) == ("refused", "The answer was 500: it was not taken.")
    receiver.shutdown()
    receiver.server_close()
    assert worked(webhook.send(variant().id, actor)).outcome == "unsent"


def test_nothing_is_sent_without_an_address_a_role_or_a_good_text(
    variant: Callable[[], Variant], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="nowhere"):
        webhook.send(variant().id, actor)
    monkeypatch.setenv("TIMBRE_WEBHOOK_URL", "https://example.org/x")
    settings.cache_clear()
    with pytest.raises(Denied):
        webhook.send(variant().id, Actor("Rita", role="reader"))
    with store.writing(actor) as tx:
        tx.session.get(Variant, variant().id).status = "failed"  # type: ignore[union-attr]
    with pytest.raises(Invalid, match="did not pass"):
        webhook.send(variant().id, actor)
