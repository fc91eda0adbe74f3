"""The brief page: sources are added, looked into and left out; what is open is asked before a run; ?brief= opens one."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import drafts, knowledge
from core.collect.network import NET
from core.generate import commands as generate
from core.store import Actor
from tests.pages.test_generate import opened, words

FIELDS = {"topic": "Hiring at small firms", "points": ["Ask for a work sample"], "variants": 2}
PAGE = (
    "The ward prints 40 lines at 18:45 every evening. Handovers took 22 minutes on average before the list came. " * 3
)


def kept(author_id: str) -> dict[str, Any]:
    found = generate.latest_brief(author_id)
    return dict(found.fields) if found else {}


def add(app: AppTest, author_id: str, way: str, turn: int = 0) -> AppTest:
    return app.button_group(key=f"source_way_{author_id}_{turn}").set_value(way).run()


def test_what_is_open_is_asked_before_a_run_and_an_answer_is_kept(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    generate.save_brief(ada, FIELDS, actor)
    app = opened(author=ada)
    app.button(key="generate_start").click().run()
    assert generate.recent() == []
    asked = [f"ask_{ada}_{name}" for name in ("detail", "metric", "opinion")]
    assert [area.key for area in app.text_area] == asked
    app.text_area(key=f"ask_{ada}_metric").set_value("7 of 9 hires").run()
    app.text_area(key=f"ask_{ada}_metric").set_value("7 of 9 hires stayed two years").run()
    assert kept(ada)["example"] == "7 of 9 hires stayed two years"
    assert [area.key for area in app.text_area] == asked  # nothing moves while somebody answers
    assert app.button(key="generate_without").label == "Write without the rest"
    app.button(key="generate_without").click().run()
    (started,) = generate.recent(ada)
    assert app.query_params["run"] == started.id
    assert generate.run(started.id).brief.fields["without"] == ["detail", "opinion"]


def test_a_note_becomes_a_source_that_can_be_looked_into_and_left_out(
    two_authors: dict[str, str], actor: Actor
) -> None:
    ada = two_authors["Ada"]
    generate.save_brief(ada, FIELDS, actor)
    drafts.keep(f"note.{ada}", actor, {"title": "**Ward** <b>list</b>", "text": PAGE})
    app = add(opened(author=ada), ada, "Note")
    assert "<b>list</b>" in app.get("bidi_component")[1].proto.json  # typed before, and there again
    app.button(key=f"source_read_{ada}_0").click().run()
    (row,) = knowledge.listed(ada)
    assert kept(ada)["knowledge"] == [row.id] and drafts.kept(f"note.{ada}", actor) == {}
    assert any("<b>list</b>" in e.label.replace("\\", "") and "57 words" in e.label for e in app.expander)
    assert PAGE[:80] in words(app)
    app.button(key=f"source_out_{row.id}").click().run()
    assert kept(ada)["knowledge"] == []
    app = add(app, ada, "Known here", 1)
    app.multiselect[0].set_value([row.id]).run()
    app.button(key=f"source_read_{ada}_1").click().run()
    assert kept(ada)["knowledge"] == [row.id]
    app.button(key=f"source_remove_{row.id}").click().run()
    assert knowledge.listed(ada) == []
    assert "1 source that was removed" in words(app)


def test_a_link_that_must_not_be_opened_is_said_and_addresses_in_the_brief_stay_text(
    two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = two_authors["Ada"]
    for name in ("resolve", "dial"):
        monkeypatch.setitem(NET.__dict__, name, functools.partial(pytest.fail, "something was looked up"))
    generate.save_brief(
        ada, FIELDS | {"sources": ["https://example.com/feed.rss"], "link": "https://example.com"}, actor
    )
    app = add(opened(author=ada), ada, "Link")
    app.text_input(key=f"source_link_{ada}_0").set_value("http://169.254.169.254/latest/meta-data/").run()
    app.button(key=f"source_read_{ada}_0").click().run()
    assert "private network" in words(app)
    assert app.text_input(key=f"source_link_{ada}_0").value.startswith("http://169")  # to be corrected, not typed again
    assert knowledge.listed(ada) == []
    app.button_group(key=f"brief_{ada}_link_place").set_value("comment").run()
    assert kept(ada)["link_place"] == "comment"


def test_a_brief_that_the_address_names_is_opened_and_the_draft_beside_it_stays(
    two_authors: dict[str, str], actor: Actor
) -> None:
    ada = two_authors["Ada"]
    idea = generate.save_brief(ada, FIELDS | {"without": ["detail", "metric", "opinion"]}, actor)
    generate.save_brief(ada, {"topic": "Something else"}, actor)
    app = opened(author=ada, brief=idea.id)
    app.number_input[0].set_value(3).run()
    assert generate.brief(idea.id).fields["variants"] == 3
    assert kept(ada) == {"topic": "Something else"}
    assert "Written without a detail" in words(app)
    app.button(key="generate_start").click().run()
    assert [run.brief_id for run in generate.recent(ada)] == [idea.id]
    again = opened(author=ada, brief=idea.id)
    assert "written from already" in words(again)
    again.button(key="generate_again").click().run()
    assert again.query_params["brief"] != idea.id
    assert kept(ada)["topic"] == FIELDS["topic"]
    elsewhere = opened(author=two_authors["Bo"], brief=idea.id)
    assert "Hiring at small firms" not in elsewhere.get("bidi_component")[0].proto.json
