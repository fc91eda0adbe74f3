"""The Samples page: adding writing from an empty store, the preview, consent, the list, leaving out, progress."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from core import authors, collect, exemplars, jobs, measured, samples, store
from core.config import ROOT
from core.samples import gaps
from core.store import Actor
from core.store import samples as rows
from core.store.tables import Change
from pages.ui import sample_overview
from pages.ui.shell import Here
from tests.processes import App, Worker, at_rest, until

LONG = "a text that is long enough to count as a post"


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/samples.py")
    app.run()
    assert not app.exception
    return app


def text_of(app: AppTest) -> str:
    return "\n".join(e.value for kind in (app.markdown, app.caption, app.success, app.error) for e in kind)


def lines(*posts: dict[str, object]) -> tuple[str, bytes, str]:
    return ("posts.jsonl", "\n".join(json.dumps(post) for post in posts).encode(), "application/jsonl")


def wait_for_import(app: AppTest) -> AppTest:
    end = time.monotonic() + 20
    while not any("stored." in box.value for box in (*app.success, *app.error)):
        assert time.monotonic() < end, text_of(app)
        time.sleep(0.1)
        app.run()
    return app


def test_an_empty_store_teaches_the_first_step(data: Path) -> None:
    app = opened()
    assert "Timbre knows nobody yet." in text_of(app)
    assert len(app.file_uploader) == 1


def test_pasted_writing_is_stored_once_it_is_confirmed(data: Path, actor: Actor) -> None:
    authors.add("Grace Hopper", actor)
    authors.add("Ada", actor)
    app = opened()
    app.button_group[0].set_value("Paste text").run()
    app.text_area[0].set_value(f"First: {LONG}\n---\nSecond: {LONG}\n---\nshort").run()
    assert "2 new posts by Ada" in text_of(app)
    app.selectbox(key="samples_map_name").set_value("Grace Hopper").run()
    assert "2 new posts by Grace Hopper" in text_of(app)
    assert "1 too short" in text_of(app)
    assert "2 new posts by Grace Hopper, 1 of them nearly the same as another" in text_of(app)
    assert app.button_group(key="samples_filter").options[1] == "≈ Nearly the same 1"
    assert "1 post is nearly the same as another" in text_of(app)
    assert app.button(key="samples_store").label == "Store 1 post", "nobody has said yet that both are wanted"
    app.checkbox(key="samples_near").check().run()
    assert "Nothing is stored yet." in text_of(app)
    assert samples.counts() == {}
    app.radio(key="samples_train").set_value("Yes").run()
    app.button(key="samples_store").click().run()
    wait_for_import(app)
    author = authors.named("Grace Hopper")
    assert author is not None
    assert author.training_consent is True
    assert [s.text for s in samples.of_author(author.id)] == [f"First: {LONG}", f"Second: {LONG}"]
    assert "2 posts by Grace Hopper, none with a date." in text_of(app)
    assert "Under 5 posts nothing can be said about habits" in text_of(app)


def run_with_echo(app: AppTest, gone: WidgetState) -> None:
    """Run the page as with a browser that has not heard yet that this widget is gone and sends its value too."""
    states = app._tree.get_widget_states()
    states.widgets.append(gone)
    app._run(states)
    assert not app.exception


def test_what_was_stored_or_discarded_does_not_come_back_with_the_next_click(data: Path, actor: Actor) -> None:
    authors.add("Ada", actor)
    app = opened()
    for button in ("samples_discard", "samples_store"):
        app.button_group[0].set_value("Paste text").run()
        assert app.text_area[0].value == ""
        box = app.text_area[0].set_value(f"{button}: {LONG}")
        app.run()
        app.button(key=button).click().run()
        if button == "samples_store":
            wait_for_import(app)
            app.button(key="samples_add").click()
        run_with_echo(app, box._widget_state)
        assert len(app.file_uploader) == 1, "the next thing to add"
        assert not app.text_area


def test_a_closed_post_does_not_come_back_with_the_next_click(two_authors: dict[str, str]) -> None:
    ada = two_authors["Ada"]
    app = opened(author=ada, sample=samples.of_author(ada)[3].id)
    row = '{"selection": {"rows": [3], "columns": [], "cells": []}}'
    table = WidgetState(id=app.dataframe[0].proto.id, string_value=row)
    app.button(key="samples_close").click().run()
    assert "sample" not in app.query_params
    run_with_echo(app, table)
    assert "sample" not in app.query_params


def test_an_upload_shows_every_row_and_its_columns_can_be_changed(data: Path) -> None:
    app = opened()
    posts = [{"who": f"Author {n % 2}", "text": f"{n} {LONG}", "also": f"other {n} {LONG}"} for n in range(4)]
    app.file_uploader[0].set_value([lines(*posts, posts[0], {"text": "short"})]).run()
    app.selectbox(key="samples_map_author_who|text|also|(file name)_False").set_value("who").run()
    assert "4 new posts by 2 authors" in text_of(app)
    assert "1 duplicate, 1 too short, 0 not readable" in text_of(app)
    frame = app.dataframe[0].value
    assert list(frame["Row"]) == [1, 2, 3, 4, 5, 6]
    assert frame["Why"][4] == "is the same as row 1"
    app.selectbox(key="samples_map_text_who|text|also|(file name)_False").set_value("also").run()
    assert app.dataframe[0].value["Text"][0].startswith("other 0")
    app.button(key="samples_discard").click().run()
    assert "Timbre knows nobody yet." in text_of(app)
    assert authors.listed() == []


def test_an_upload_survives_a_visit_to_another_page(data: Path) -> None:
    app = opened()
    app.file_uploader[0].set_value([lines({"author": "Ada", "text": LONG})]).run()
    app.switch_page("pages/today.py").run()
    app.switch_page("pages/samples.py").run()
    assert "1 new post by Ada" in text_of(app)


def test_a_corrupt_upload_is_explained_and_nothing_is_lost(data: Path) -> None:
    app = opened()
    app.file_uploader[0].set_value([("broken.zip", b"PK\x03\x04 nonsense", "application/zip")]).run()
    assert "Nothing new here." in text_of(app)
    why = app.dataframe[0].value["Why"][0]
    assert "cannot be opened" in why
    assert "Download or pack it again" in why
    assert app.button(key="samples_store").disabled


def test_what_stands_in_a_file_is_never_markup(data: Path) -> None:
    app = opened()
    name = "*A* [x](javascript:alert(1)) :red[b]"
    app.file_uploader[0].set_value([lines({"author": name, "text": f"<script>alert(1)</script> {LONG}"})]).run()
    assert r"\[x\]\(javascript\:alert\(1\)\)" in text_of(app)


def test_the_list_searches_pages_and_opens(two_authors: dict[str, str]) -> None:
    ada = two_authors["Ada"]
    app = opened(author=ada)
    assert "40 posts by Ada, from 3 Jan 2024 to" in text_of(app)
    assert len(app.dataframe[0].value) == samples.PAGE
    assert "visit 39" in app.dataframe[0].value["Post"][0]
    app.number_input[0].set_value(2).run()
    assert "visit 19" in app.dataframe[0].value["Post"][0]
    app.text_input[0].set_value("VISIT 7").run()
    assert len(app.dataframe[0].value) == 1
    app.text_input[0].set_value("100%_nothing").run()
    assert "No sample holds these words." in text_of(app)


def test_a_sample_is_left_out_and_taken_back(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    one = samples.of_author(ada)[3]
    app = opened(author=ada, sample=one.id)
    app.button(key="samples_leave_out").click().run()
    assert "The post is left out." in text_of(app)
    assert len(samples.of_author(ada)) == 39
    assert "39 posts by Ada" in text_of(app)
    app.button(key="samples_take_back").click().run()
    assert len(samples.of_author(ada)) == 40
    with store.reading() as tx:
        changes = tx.session.scalars(select(Change).where(Change.entity == "sample").order_by(Change.seq)).all()
    assert [(c.entity_id, c.field, c.old, c.new) for c in changes] == [
        (one.id, "excluded", False, True),
        (one.id, "excluded", True, False),
    ]
    measured.record(one.id, {"impressions": 1240, "reactions": 1}, actor)
    assert "1,240 impressions, 1 reaction." in text_of(opened(author=ada, sample=one.id)).replace("\\", "")
    app.button(key="samples_close").click().run()
    assert not [b for b in app.button if b.key == "samples_close"]


def test_posts_without_an_author_are_not_called_unreadable(data: Path) -> None:
    app = opened()
    app.file_uploader[0].set_value([lines(*({"text": f"{n} {LONG}"} for n in range(3)))]).run()
    assert "3 posts name no author: say below whose writing it is" in text_of(app)
    assert "0 not readable" in text_of(app)
    assert set(app.dataframe[0].value["Becomes"]) == {"○ No author yet"}


def test_what_stands_in_the_box_is_no_decision_until_somebody_makes_one(
    two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = authors.get(two_authors["Ada"])
    key = f"samples_consent_{ada.id}"
    here = Here(Actor("Grace"), [ada], ada)
    monkeypatch.setattr(sample_overview.st, "session_state", {key: "Not decided"})
    sample_overview._decide(here, ada, key, "Not decided")
    assert authors.get(ada.id).consent_at is None, "a browser sent again what it showed"
    sample_overview.st.session_state[key] = "No"
    sample_overview._decide(here, ada, key, "Not decided")
    assert authors.get(ada.id).training_consent is False


def test_consent_is_shown_and_changed(two_authors: dict[str, str]) -> None:
    ada = two_authors["Ada"]
    app = opened(author=ada)
    box = app.selectbox(key=f"samples_consent_{ada}")
    assert box.value == "Not decided"
    box.set_value("No").run()
    assert authors.get(ada).training_consent is False
    assert r"Recorded by You \(this machine\), just now." in text_of(app)
    assert app.selectbox(key=f"samples_consent_{ada}").value == "No"


def test_embedding_is_asked_for_and_its_progress_shown(two_authors: dict[str, str]) -> None:
    app = opened(author=two_authors["Ada"])
    assert "80 samples are not embedded yet." in text_of(app)
    app.button(key="samples_embed").click().run()
    assert [job.kind for job in jobs.active()] == ["embed"]
    assert not [b for b in app.button if b.key == "samples_embed"]


def test_a_lost_index_says_what_is_safe(two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        rows.mark_embedded(tx, [s.id for s in samples.of_author(two_authors["Ada"])])
    app = opened(author=two_authors["Ada"])
    assert "The index of exemplars is not on the disk." in text_of(app)
    app.button(key="samples_rebuild").click().run()
    assert jobs.active()[0].payload == {"rebuild": True}


def test_the_export_holds_no_formula_and_comes_back_whole(data: Path, actor: Actor) -> None:
    text = '=HYPERLINK("http://x.example";"look")\nand the rest of it'
    collect.commit(collect.preview(text, collect.Mapping(author_name="@Ada")), {}, actor)
    ada = authors.listed()[0]
    content = samples.to_csv(ada.id)
    row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1]
    assert (row[0], row[2]) == ("'@Ada", "'" + text)
    again = collect.preview([collect.Upload("export.csv", content)])
    assert [(r.author, r.text, r.status) for r in again.rows] == [("@Ada", text, "duplicate")]


def test_gaps_are_long_silences() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    weekly = [start + timedelta(days=7 * n) for n in range(10)]
    assert gaps(weekly) == []
    later = [day + timedelta(days=200) for day in weekly]
    assert gaps(weekly + later) == [(weekly[-1], later[0])]
    assert gaps(weekly[:1]) == gaps([]) == []


@pytest.mark.slow
def test_ten_thousand_samples_stay_quick(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    with store.writing(actor) as tx:
        rows.add_many(
            tx,
            [
                {
                    "id": f"{n:026}",
                    "author_id": ada,
                    "text": f"{n} {LONG} " * 20,
                    "text_hash": f"{n}",
                    "position": n + 40,
                }
                for n in range(10_000)
            ],
        )
    app = opened(author=ada)
    took = []
    for word in ("post", "long", "count"):
        start = time.monotonic()
        app.text_input[0].set_value(word).run()
        took.append(time.monotonic() - start)
    assert "10,040 posts by Ada" in text_of(app)
    assert min(took) < 1, took


@pytest.mark.browser
def test_from_a_file_to_the_list_in_a_browser(app: App, worker: Worker, browser_page: Page, tmp_path: Path) -> None:
    texts = [f"Number {n}: " + " ".join(f"item{10 * n + k}" for k in range(10)) for n in range(25)]
    posts = [{"author": "Ada", "date": f"2024-01-{n + 1:02}", "text": text} for n, text in enumerate(texts)]
    file = tmp_path / "posts.jsonl"
    file.write_bytes(lines(*posts)[1])
    browser_page.goto(f"{app.url}/samples")
    at_rest(browser_page).get_by_text("Paste text").click()
    browser_page.locator("textarea").fill(f"One: {LONG}\n---\nTwo: {texts[1]}")
    browser_page.get_by_role("button", name="Look at it").click()
    expect(browser_page.get_by_text("2 posts name no author")).to_be_visible()
    whose = browser_page.get_by_role("combobox", name="Whose writing is it?")
    at_rest(browser_page)
    whose.fill("Grace Hopper")
    whose.press("Enter")
    browser_page.get_by_role("button", name="Store 2 posts").click()
    expect(browser_page.get_by_text("2 posts by Grace Hopper, none with a date.")).to_be_visible()
    expect(browser_page.get_by_role("button", name="Add writing")).to_be_visible()
    at_rest(browser_page).get_by_role("button", name="Add writing").click()
    browser_page.locator("input[type=file]").set_input_files(file)
    expect(browser_page.get_by_text("25 new posts by Ada")).to_be_visible()
    browser_page.get_by_role("button", name="Store 25 posts").click()
    expect(browser_page.get_by_text("25 posts by Ada stored.")).to_be_visible()
    expect(browser_page.get_by_text("25 posts by Ada, from 1 Jan 2024 to 25 Jan 2024")).to_be_visible()
    until(lambda: exemplars.status().complete, "the worker has embedded them")
    expect(browser_page.get_by_text("samples of all authors embedded")).to_be_hidden()


def test_an_import_is_taken_back_from_the_list_of_sources(data: Path, actor: Actor) -> None:
    author = authors.add("Ada", actor)
    preview = collect.preview(f"One: {LONG}", collect.Mapping(author="", author_name="Ada"))
    row = collect.commit(preview, None, actor)
    app = opened(author=author.id)
    app.session_state[f"samples_undo_{row.id}"] = True
    app.run()
    app.button(key=f"samples_undo_sure_{row.id}").click().run()
    assert not app.exception and samples.counts() == {}
    assert "was taken back" in app.success[0].value
