"""The Lab page: blind voting in two ways, ratings, undo, results with intervals, experiments; readers only look."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core import drafts, lab, store
from core.config import ROOT, settings
from core.generate import commands as generate
from core.people import local_actor
from core.store import Actor
from core.store.base import now
from core.store.ids import new_id
from core.store.tables import Author, Brief, Run, Variant
from core.store.tables_writing import Experiment, Vote
from tests.processes import App, at_rest

MODELS = ("qwen-secret-7b", "smollm-secret-1b")
ANGLE, WHY = "The confession angle", "Closest to their own posts"


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/lab.py")
    return app.run()


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.success, app.error, app.info, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def cards(app: AppTest) -> list[str]:
    """The posts as they stand on the page."""
    return [e.proto.body for e in app.get("html") if "tb-post" in e.proto.body and "article" in e.proto.body]


def press(app: AppTest, label: str) -> AppTest:
    app = next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def fill(briefs: int = 1, texts: int = 2) -> str:
    """An author with variants of two models for each brief; returns the author's id."""
    actor = local_actor()
    with store.writing(actor) as tx:
        author = Author(name="Ada", headline="Auditor")
        tx.session.add(author)
        tx.session.flush()
        for brief in range(briefs):
            row = Brief(author_id=author.id, fields={"topic": f"Audits *{brief}*", "points": ["x"]}, submitted_at=now())
            tx.session.add(row)
            tx.session.flush()
            run = Run(id=new_id(), author_id=author.id, brief_id=row.id, status="done", finished_at=now())
            tx.session.add(run)
            tx.session.flush()
            for n in range(texts):
                text = f"Text {n} of brief {brief}.\n\n<b>It stays text.</b>"
                tx.session.add(
                    Variant(run_id=run.id, author_id=author.id, number=n + 1, rank=n + 1, rank_reason=WHY, text=text,
                            generated=text, angle={"title": ANGLE}, scores={"topic": {"value": 0.77}},
                            provenance={"model": MODELS[n % 2], "prompts": ["draft@2#ab"]})
                )  # fmt: skip
        return author.id


@pytest.fixture
def ada(data: Any) -> str:
    return fill()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Actor:
    actor = replace(local_actor(), role="reader")
    monkeypatch.setattr("pages.ui.shell.local_actor", lambda: actor)
    return actor


def test_nothing_to_compare_says_the_next_step(data: Any, actor: Actor) -> None:
    assert "without knowing where they came from" in words(opened())
    with store.writing(actor) as tx:
        tx.session.add(Author(name="Ada"))
    for part, said in (("Vote", "Write some variants"), ("Results", "Nobody has voted yet"), ("Experiments", "blind")):
        app = opened(lab_view=part)
        assert not app.exception and not app.error and said in words(app)


@pytest.mark.parametrize("mode", ["Two at a time", "Side by side"])
def test_nothing_on_the_page_says_where_a_text_came_from(ada: str, mode: str) -> None:
    app = opened(author=ada, lab_mode=mode)
    assert not app.exception and len(cards(app)) == 2
    with store.reading() as tx:
        ids = [row.id for row in tx.session.query(Variant)] + [row.id for row in tx.session.query(Run)]
    sent = "".join(str(node.proto) for node in app.main if getattr(node, "proto", None) is not None)
    assert "Text 0 of brief" in sent and "lab_card_1" in sent, "all that the browser gets"
    for secret in (*MODELS, ANGLE, WHY, "0.77", "draft", *ids):
        assert secret not in sent, secret
        assert secret not in str(app.query_params)
    assert "&lt;b&gt;It stays text" in cards(app)[0] and "The brief: Audits *0*" in words(app)


@pytest.mark.parametrize(
    ("label", "choice"), [("1 is better", "left"), ("2 is better", "right"), ("No difference", "tie")]
)
def test_a_vote_is_kept_for_the_text_that_stood_there(ada: str, actor: Actor, label: str, choice: str) -> None:
    app = opened(author=ada)
    first = "Text 0" if "Text 0" in cards(app)[0] else "Text 1"
    app.pills[0].select("too long").run()
    assert "Text" in cards(app)[0] and first in cards(app)[0], "choosing a reason moves nothing"
    app = press(app, label)
    (vote,) = lab.told(lab.Scope(author_id=ada)).votes
    assert (vote.choice, vote.tags, vote.by) == (choice, [] if choice == "tie" else ["too long"], actor.name)
    assert first in generate.variant(vote.left_id).text
    assert "compared everything" in words(app) and not cards(app)


def test_taking_back_shows_the_two_again(ada: str) -> None:
    app = opened(author=ada)
    before = cards(app)
    app = press(press(app, "1 is better"), "Take it back")
    assert cards(app) == before and not lab.told(lab.Scope(author_id=ada)).votes
    assert "was taken back" in words(app)


def test_seen_pairs_come_again_only_when_asked_for(ada: str) -> None:
    app = press(opened(author=ada), "1 is better")
    app = app.toggle(key="lab_again").set_value(True).run()
    assert len(cards(app)) == 2
    app = press(app, "2 is better")
    assert len(lab.told(lab.Scope(author_id=ada)).votes) == 2
    assert len(cards(press(app, "No difference"))) == 2, "and on, until it is switched off"


def test_side_by_side_keeps_the_best_and_ratings(data: Any, actor: Actor) -> None:
    ada = fill(texts=3)
    app = opened(author=ada, lab_mode="Side by side")
    assert len(cards(app)) == 3
    place = next(n for n, card in enumerate(cards(app), 1) if "Text 2" in card)
    app.feedback[place - 1].set_value(3).run()
    app = press(app, f"{place} is best")
    told = lab.told(lab.Scope(author_id=ada))
    won = [v.left_id if v.choice == "left" else v.right_id for v in told.votes]
    assert len(won) == 2 and len(set(won)) == 1 and "Text 2" in generate.variant(won[0]).text
    (rating,) = told.ratings
    assert (rating.variant_id, rating.stars) == (won[0], 4)


def test_a_reader_looks_and_cannot_vote(ada: str, reader: Actor) -> None:
    for mode in ("Two at a time", "Side by side"):
        app = opened(author=ada, lab_mode=mode)
        assert not app.exception and len(cards(app)) == 2 and "A reader may look" in words(app)
        assert app.button and all(b.disabled for b in app.button) and not app.feedback
    assert not opened(author=ada, lab_view="Experiments").toggle


def cast(ada: str, actor: Actor, votes: int, better: str = MODELS[0]) -> None:
    scope = lab.Scope(author_id=ada)
    for _ in range(votes):
        pair = lab.next_pair(scope, actor)
        assert pair
        best = "left" if pair.left.labels["model"] == better else "right"
        lab.vote(scope, pair.left.id, pair.right.id, best, actor, ["not me"])


def test_results_draw_intervals_and_say_not_yet(data: Any, actor: Actor) -> None:
    ada = fill(briefs=16)
    cast(ada, actor, 2)
    app = opened(author=ada, lab_view="Results", lab_by="Models")
    assert "Not yet: 2 votes" in figure(app)["title"]
    assert [note["text"] for note in figure(app)["notes"]] == ["not yet", "not yet"]
    cast(ada, actor, 14)
    app = opened(author=ada, lab_view="Results", lab_by="Models")
    drawn = figure(app)
    assert drawn["title"].startswith(f"<b>{MODELS[0]} is<br>preferred") or MODELS[0] in drawn["title"]
    assert "16 votes by 1 person" in drawn["title"].replace("<br>", " ")
    bands = [shape for shape in drawn["shapes"] if shape["type"] == "rect"]
    assert len(bands) == 2 and bands[0]["x0"] > 50 and bands[1]["x1"] < 50
    assert any("n = 16" in str(trace.get("y")) for trace in drawn["data"])
    assert "95% interval" in words(app) and "the order is chance" in words(app)
    assert len(app.get("download_button")) == 3
    assert "not me 16" in app.table[0].value.to_string()


def figure(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    spec = json.loads(chart.proto.spec)
    layout = spec["layout"]
    return {"title": layout["title"]["text"], "shapes": layout.get("shapes", []), "data": spec["data"],
            "notes": layout.get("annotations", [])}  # fmt: skip


def test_an_experiment_is_started_followed_and_closed(data: Any, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBRE_LLM", "openai/test-70b")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    settings.cache_clear()
    ada = fill(briefs=2)
    drafts.keep(f"experiment.{ada}", actor, {"title": "Draft *1* against 2"})
    app = opened(author=ada, lab_view="Experiments")
    app = app.toggle(key="lab_new").set_value(True).run()
    app.multiselect(key="lab_briefs").set_value(
        app.multiselect(key="lab_briefs").options and [b.id for b in lab.experiments.briefs_for(ada)]
    )
    app.selectbox(key="lab_prompt_A_draft").select(1)
    app.selectbox(key="lab_prompt_B_draft").select(2).run()
    assert "4 runs" in words(app)
    app = press(app, "Start")
    assert not app.error and "Started." in words(app)
    (row,) = lab.experiments.listed(ada)
    assert drafts.kept(f"experiment.{ada}", actor) == {}
    assert [a.name for a in lab.experiments.arms_of(row)] == ["A: draft 1", "B: draft 2"]
    assert lab.experiments.progress(row).live == 4 and "Draft *1* against 2" in words(app)
    app = press(app, "Close")
    assert "Closed." in words(app) and lab.experiments.get(row.id).closed_at
    app = opened(author=ada, experiment=row.id)
    assert "closed: its results stay" in words(app)


def test_an_error_of_the_form_says_what_to_change(data: Any) -> None:
    ada = fill()
    app = opened(author=ada, lab_view="Experiments")
    app = press(app.toggle(key="lab_new").set_value(True).run(), "Start")
    assert "needs a name" in words(app)
    with store.reading() as tx:
        assert not tx.session.query(Experiment).count()


def test_the_address_of_an_experiment_that_is_gone_opens_everything(ada: str) -> None:
    app = opened(author=ada, experiment="01GONE")
    assert not app.exception and not app.error and len(cards(app)) == 2


def test_a_variant_is_rated_on_the_generate_page(ada: str, actor: Actor) -> None:
    with store.reading() as tx:
        run, variant = tx.session.query(Run).one().id, tx.session.query(Variant).filter_by(number=1).one().id
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["author"], app.query_params["run"] = ada, run
    app.switch_page("pages/generate.py")
    app = app.run()
    app = app.feedback(key=f"rate_{variant}_stars").set_value(1).run()
    assert not app.exception
    rating = lab.rating(variant, actor)
    assert rating and rating.stars == 2


@pytest.mark.browser
def test_votes_by_keyboard_and_a_note_is_no_vote(app: App, new_page: Callable[..., Page]) -> None:
    ada = fill(briefs=3)
    page = new_page()
    page.goto(f"{app.url}/lab?author={ada}&lab_mode=Side+by+side")
    expect(page.locator("article.tb-post")).to_have_count(2)
    at_rest(page).get_by_role("button", name="Say why").first.click()
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").press_sequentially("1 or 2, 0 u")
    page.keyboard.press("Escape")
    at_rest(page)
    assert votes() == [], "keys in a note are the note's"
    page.get_by_text("Two at a time").click()
    at_rest(page)
    expect(page.get_by_text("3 pairs to go")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text("2 pairs to go")).to_be_visible()
    at_rest(page).keyboard.press("0")
    expect(page.get_by_text("1 pair to go")).to_be_visible()
    at_rest(page).keyboard.press("u")
    expect(page.get_by_text("2 pairs to go")).to_be_visible()
    assert votes() == ["left"]


def votes() -> list[str]:
    with store.reading() as tx:
        return [v.choice for v in tx.session.query(Vote).filter(Vote.withdrawn_at.is_(None)).order_by(Vote.id)]
