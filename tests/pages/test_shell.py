"""The shell: the author in the URL and in the picker, the worker's state, errors, the model in use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import authors, review, store
from core.config import ROOT
from core.store import Actor
from core.store.base import now
from core.store.tables import Author, Heartbeat
from pages.ui.pieces import STATUS, ago, plain, status_text, when


def home(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    return app.run()


def test_the_url_says_which_author(two_authors: dict[str, str]) -> None:
    app = home(author=two_authors["Bo"])
    assert app.sidebar.selectbox(key="shell_author").value == two_authors["Bo"]


def test_the_picker_writes_the_url(two_authors: dict[str, str]) -> None:
    app = home()
    assert app.query_params["author"] == two_authors["Ada"], "the first by name, said in the URL"
    app.sidebar.selectbox(key="shell_author").select(two_authors["Bo"]).run()
    assert app.query_params["author"] == two_authors["Bo"]
    app.query_params["author"] = two_authors["Ada"]
    assert app.run().sidebar.selectbox(key="shell_author").value == two_authors["Ada"], "and back again"


def test_a_page_without_an_author_in_its_url_keeps_the_last_one(two_authors: dict[str, str]) -> None:
    app = home(author=two_authors["Bo"])
    del app.query_params["author"]
    app.switch_page("pages/settings.py").run()
    assert app.query_params["author"] == two_authors["Bo"]


def test_an_author_that_is_gone_falls_back(two_authors: dict[str, str]) -> None:
    app = home(author="01AAAAAAAAAAAAAAAAAAAAAAAA")
    assert app.sidebar.selectbox(key="shell_author").value == two_authors["Ada"]


def test_sample_authors_are_marked(data: Path, actor: Actor) -> None:
    with store.writing(actor) as tx:
        tx.session.add(Author(name="Nora", is_sample=True))
    assert home().sidebar.selectbox(key="shell_author").options == ["Nora (sample)"]


def test_the_worker_is_missed_only_while_it_is_missing(data: Path, actor: Actor) -> None:
    assert any("worker is not running" in m.value for m in home().markdown)
    with store.writing(actor) as tx:
        tx.session.add(Heartbeat(slot="worker-1", pid=1, at=now()))
    assert not any("worker is not running" in m.value for m in home().markdown)


@pytest.mark.parametrize("name", ["today", "persona"])
def test_a_page_stands_alone(two_authors: dict[str, str], name: str) -> None:
    app = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=60).run()
    assert not app.exception and not app.error
    assert app.title


def test_text_from_outside_stays_text() -> None:
    text = "![x](http://x.example/p.png) <b>*a*</b> :red[b] $x$ `code` #1"
    shown = plain(text)
    assert "`code`" in shown and shown.replace("\\", "").replace("\u2060", "") == text
    for mark in ("![", "](", "<b", "*a", ":red", "$x"):
        assert mark not in shown.replace("\\" + mark[0], "")


@pytest.mark.parametrize(
    "text", ["http://x.example/p", "HTTPS://x.example", "www.x.example", "ada@x.example", "see:http://x.example"]
)
def test_an_address_from_outside_is_no_link(text: str) -> None:
    shown = plain(text)
    assert not re.search(r"https?:\\?/|www\.|@x", shown.replace("\\", ""), re.IGNORECASE)
    assert shown.replace("\\", "").replace("\u2060", "") == text


@pytest.mark.parametrize("name", ["review", "calendar"])
def test_an_author_s_name_is_text_on_a_switch_too(data: Path, actor: Actor, name: str) -> None:
    for other in ("Ada", "![i](http://x.example/p.png)"):
        author = authors.add(other, actor)
        review.create(author.id, "Title", "Text.", actor)
    app = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=60)
    app.query_params["author"] = author.id
    app.run()
    assert not app.exception and not app.error
    labels = [toggle.label for toggle in app.toggle if toggle.label.startswith("Only ")]
    assert labels == [f"Only {plain(author.name)}"]


def test_a_status_is_colour_and_shape_and_word() -> None:
    for status, (colour, shape, word) in STATUS.items():
        assert status_text(status) == f":{colour}-badge[{shape} {word}]"
    shapes = {
        STATUS[s][1] for s in ("Drafting", "In Review", "Changes Requested", "Approved", "Scheduled", "Published")
    }
    assert len(shapes) == 6, "told apart without colour"
    assert {s for s, (colour, _, _) in STATUS.items() if colour == "red"} == {"Rejected", "failed"}


def test_times_read_as_people_say_them() -> None:
    from datetime import UTC, datetime, timedelta

    at = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
    assert when(at, "Europe/Berlin") == "Tue 24 Nov, 09:05"
    assert when(at, "Nowhere/None") == "Tue 24 Nov, 08:05"
    assert ago(at - timedelta(minutes=61), at) == "1 hour ago"
    assert ago(at - timedelta(days=3), at) == "3 days ago"
