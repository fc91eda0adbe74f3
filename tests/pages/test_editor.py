"""The editor: every message is stored once and in order, and nothing typed in a real browser is ever lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from core import authors, review
from core.errors import Conflict, Invalid, StorageError
from core.store import Actor
from core.store.tables import Post
from pages.ui import editor
from pages.ui.editor import _save_fields, _save_text, take
from tests.processes import App


class Document:
    """A text with a revision that refuses stale writes, as the store does."""

    def __init__(self) -> None:
        self.text, self.revision, self.saves = "one", 1, 0

    def save(self, text: str, revision: int) -> int:
        if revision != self.revision:
            raise Conflict("Somebody changed it first.", "Look.")
        self.text, self.revision, self.saves = text, self.revision + 1, self.saves + 1
        return self.revision


def message(text: str, revision: int, seq: int, tab: str = "a") -> dict[str, Any]:
    return {"text": text, "revision": revision, "tab": tab, "seq": seq}


def test_two_messages_at_once_are_stored_one_after_the_other() -> None:
    slot: dict[str, Any] = {"tab": "", "seq": 0, "revision": 0, "ack": None}
    stored: list[str] = []

    def slow(_slot: dict[str, Any], sent: dict[str, Any]) -> int:
        time.sleep(0.3 if sent["seq"] == 1 else 0)
        stored.append(sent["text"])
        return int(sent["seq"])

    first = threading.Thread(target=take, args=(slot, message("one", 1, 1), slow))
    first.start()
    time.sleep(0.1)
    take(slot, message("one two", 1, 2), slow)
    first.join()
    assert stored == ["one", "one two"]
    assert slot["seq"] == 2


def test_a_button_does_nothing_with_older_words_than_those_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    full = StorageError("The disk is full.", "Make room.")
    stored: list[str] = []

    def save(text: str, revision: int) -> int:
        if not stored:
            raise full
        return revision + 1

    sent = {"post:1": {"edit": message("one two", 1, 1)}}
    monkeypatch.setattr(editor.st, "session_state", sent)
    with pytest.raises(Invalid, match=r"not saved, so nothing was done\. The disk is full"):
        editor.received("post:1", save)
    stored.append("room is there now")
    sent["post:1"] = {"edit": message("one two", 1, 2)}
    editor.received("post:1", save)
    sent["post:1"] = {}
    editor.received("post:1", save)  # nothing was typed: nothing stands in the way


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def send(document: Document) -> Callable[[dict[str, Any]], dict[str, Any]]:
    slot: dict[str, Any] = {"tab": "", "seq": 0, "revision": 0, "ack": None}

    def deliver(sent: dict[str, Any]) -> dict[str, Any]:
        take(slot, sent, lambda s, m: _save_text(document.save, s, m))
        return dict(slot["ack"])

    return deliver


def test_a_message_is_stored_and_answered(document: Document, send: Callable[..., dict[str, Any]]) -> None:
    answer = send(message("two", 1, 1))
    assert (answer["ok"], answer["revision"], answer["seq"], document.text) == (True, 2, 1, "two")


def test_a_repeated_or_late_message_changes_nothing(document: Document, send: Callable[..., dict[str, Any]]) -> None:
    send(message("two", 1, 1))
    send(message("three", 2, 2))
    send(message("two", 1, 1))
    send(message("three", 2, 2))
    assert (document.text, document.saves) == ("three", 2)


def test_a_message_sent_before_the_last_answer_arrived_stands_on_what_its_own_tab_stored(
    document: Document, send: Callable[..., dict[str, Any]]
) -> None:
    send(message("two", 1, 1))
    answer = send(message("two and more", 1, 2))
    assert answer["ok"]
    assert document.text == "two and more"


def test_somebody_elses_newer_text_is_never_overwritten(
    document: Document, send: Callable[..., dict[str, Any]]
) -> None:
    send(message("mine", 1, 1))
    document.save("theirs", 2)
    answer = send(message("mine and more", 1, 2))
    assert (answer["ok"], answer["conflict"], document.text) == (False, True, "theirs")
    assert send(message("mine and more", 3, 3))["ok"]  # once the person has chosen


def test_another_tab_that_has_not_seen_the_newest_text_is_refused(
    document: Document, send: Callable[..., dict[str, Any]]
) -> None:
    send(message("from a", 1, 1))
    answer = send(message("from b", 1, 1, tab="b"))
    assert (answer["conflict"], document.text) == (True, "from a")


def test_what_cannot_be_stored_is_answered_in_words() -> None:
    def full(_text: str, _revision: int) -> int:
        raise StorageError("The disk is full; nothing was half-written.", "Make room.")

    slot: dict[str, Any] = {"tab": "", "seq": 0, "revision": 0, "ack": None}
    take(slot, message("two", 1, 1), lambda s, m: _save_text(full, s, m))
    assert not slot["ack"]["ok"]
    assert slot["ack"]["message"] == "The disk is full; nothing was half-written. Make room."


def test_a_form_stores_only_the_fields_that_changed() -> None:
    stored: dict[str, str] = {}
    slot: dict[str, Any] = {"tab": "", "seq": 0, "revision": 0, "ack": None}
    take(slot, {"tab": "a", "seq": 1, "changes": {"goal": "Trust"}}, lambda s, m: _save_fields(stored.update, s, m))
    assert (stored, slot["ack"]["ok"]) == ({"goal": "Trust"}, True)


# ---- in a real browser -----------------------------------------------------------------------------------------


@pytest.fixture
def post(app: App, actor: Actor) -> Post:
    author = authors.add("Ada", actor)
    return review.create(author.id, "The valve log", "The valve log had no gaps.", actor)


def opened(page: Page, app: App, post: Post) -> Locator:
    page.goto(f"{app.url}/review?post={post.id}")
    area = page.get_by_label("Post text")
    expect(area).to_have_value(review.get(post.id).text)
    return area


def at_end(page: Page, area: Locator) -> None:
    area.click()
    page.keyboard.press("Control+End")


@pytest.mark.browser
def test_what_is_typed_survives_a_reload_and_a_rerun(app: App, browser_page: Page, post: Post) -> None:
    page = browser_page
    area = opened(page, app, post)
    at_end(page, area)
    page.keyboard.type(" Real records #have gaps, r c.", delay=15)  # r and c alone are Streamlit's shortcuts
    expect(page.locator(".editor .status")).to_have_text("Saved")
    page.reload()
    expect(area).to_have_value("The valve log had no gaps. Real records #have gaps, r c.")
    assert review.get(post.id).text == area.input_value()

    at_end(page, area)
    page.keyboard.type(" And gone at once.")
    page.reload()  # before the debounce
    expect(area).to_have_value("The valve log had no gaps. Real records #have gaps, r c. And gone at once.")
    expect(page.locator(".editor .status")).to_have_text("Saved")
    assert review.get(post.id).text == area.input_value()

    page.get_by_text("History", exact=True).click()  # a rerun of the page, and typing goes on
    at_end(page, area)
    page.keyboard.type(" Typed while the page was drawn again, in one go and for longer than a save takes.", delay=30)
    expect(page.locator(".editor .status")).to_have_text("Saved")
    assert review.get(post.id).text == area.input_value()
    assert area.input_value().endswith("for longer than a save takes.")


@pytest.mark.browser
def test_two_tabs_lose_nothing_and_the_person_chooses(app: App, new_page: Callable[..., Page], post: Post) -> None:
    one, two = new_page(), new_page()
    first, second = opened(one, app, post), opened(two, app, post)
    at_end(two, second)
    two.keyboard.type(" Theirs.")
    expect(two.locator(".editor .status")).to_have_text("Saved")
    at_end(one, first)
    one.keyboard.type(" Mine.")
    one.keyboard.press("Control+s")
    expect(one.locator(".editor .other")).to_have_text("The valve log had no gaps. Theirs.")
    expect(first).to_have_value("The valve log had no gaps. Mine.")
    assert review.get(post.id).text.endswith("Theirs.")
    one.get_by_role("button", name="Keep mine").click()
    expect(one.locator(".editor .status")).to_have_text("Saved")
    assert review.get(post.id).text.endswith("Mine.")


@pytest.mark.browser
def test_the_count_and_the_fold_follow_the_text(app: App, browser_page: Page, post: Post) -> None:
    area = opened(browser_page, app, post)
    area.fill("Wörter " * 500)
    expect(browser_page.locator(".editor .count")).to_have_text(
        "3,500 of 3,000 characters: 500 too many for LinkedIn · 500 words"
    )
    assert browser_page.locator(".editor .mirror i").count() == 1
    area.fill("Short.")
    assert browser_page.locator(".editor .mirror i").count() == 0
