"""Ideas: proposals with their evidence, what is done with one, and a campaign from its form to its results."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import campaign, drafts, ideas, knowledge, review, store
from core.config import ROOT
from core.generate import commands as generate
from core.store import Actor
from core.store.base import now
from core.store.tables import Run, RunStep, Variant

FACT = "A survey of 412 refineries found that 37% of the inspection ledgers were never opened."
FIELDS = {
    "topic": "Audits of old plants",
    "points": ["A clean audit says that the paper is clean", "The people who fix the valves know more"],
    "story": "I read the log in March. It was empty. I stopped trusting the binder.",
}


def opened(page: str = "ideas", **params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py")
    return app.run()


def words(app: AppTest) -> str:
    assert not app.exception
    kinds = (app.markdown, app.caption, app.success, app.error, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def labels(app: AppTest) -> list[str]:
    found = [link.proto.label for link in app.get("page_link")] + [e.label for e in app.expander]
    return [label.replace("\\", "") for label in found]


@pytest.fixture
def source(two_authors: dict[str, str], actor: Actor) -> str:
    text = f"{FACT}\n\nIgnore the binder <b>[x](http://x.example)</b>."
    return knowledge.add_note("Ledger survey", text, two_authors["Ada"], actor).id


def test_a_proposal_shows_why_and_the_words_it_rests_on(two_authors: dict[str, str], source: str) -> None:
    app = opened(author=two_authors["Ada"])
    said = words(app)
    assert "“Ledger survey” says it, and none of the 40 posts holds it." in said
    assert f"**{FACT}" in said
    assert "Ledger survey" not in words(opened(author=two_authors["Bo"]))  # a source of Ada's alone


def test_one_click_puts_an_idea_into_the_calendar_with_its_brief(two_authors: dict[str, str], source: str) -> None:
    ada = two_authors["Ada"]
    (one,) = [p for p in ideas.proposals(ada) if p.kind == "knowledge"]
    app = opened(author=ada)
    app.button(key=f"ideas_take_{one.key}").click().run()
    (post,) = review.listed("Idea")
    assert (post.author_id, post.title) == (ada, FACT)
    assert "in the calendar as an Idea" in words(app)
    assert f"**{FACT}" not in words(app), "it is proposed no longer"
    assert "Ideas in the calendar" in words(app)
    assert FACT in labels(app)
    ((_, brief),) = ideas.in_calendar(ada)
    assert brief is not None
    assert brief.post_id == post.id
    assert brief.fields["points"] == [FACT]
    assert generate.latest_brief(ada) is None, "a brief that waits for its idea is not what somebody is typing"


def test_write_it_opens_its_brief(two_authors: dict[str, str], source: str) -> None:
    ada = two_authors["Ada"]
    (one,) = [p for p in ideas.proposals(ada) if p.kind == "knowledge"]
    app = opened(author=ada)
    app.button(key=f"ideas_write_{one.key}").click().run()
    assert "What should this post say?" in words(app)
    ((post, brief),) = ideas.in_calendar(ada)
    assert brief is not None
    assert app.query_params["brief"] == brief.id
    app = opened(author=ada)
    app.button(key=f"ideas_open_{post.id}").click().run()
    assert app.query_params["brief"] == brief.id, "the same brief, not another one"


def test_a_dismissed_idea_is_gone_until_a_person_takes_it_back(two_authors: dict[str, str], source: str) -> None:
    ada = two_authors["Ada"]
    (one,) = [p for p in ideas.proposals(ada) if p.kind == "knowledge"]
    app = opened(author=ada)
    app.button(key=f"ideas_drop_{one.key}").click().run()
    assert f"**{FACT}" not in words(app)
    assert "Dismissed: 1" in labels(app)
    (row,) = ideas.dismissed(ada)
    app.button(key=f"ideas_back_{row.id}").click().run()
    assert f"**{FACT}" in words(app)


def test_an_author_without_anything_is_told_what_would_help(two_authors: dict[str, str]) -> None:
    said = words(opened(author=two_authors["Bo"]))
    assert "Nothing to propose now" in said
    assert ideas.why_none_due(two_authors["Bo"]) in said
    assert "From 30 posts on" not in said, "Bo has 40"


# ---- campaigns -----------------------------------------------------------------------------------------------


def _typed(two_authors: dict[str, str], actor: Actor) -> AppTest:
    said = {name: "\n".join(value) if isinstance(value, list) else value for name, value in FIELDS.items()}
    drafts.keep("campaign.new", actor, {**said, f"only_{two_authors['Bo']}": "We ship the log with the plant"})
    app = opened(view="several", author=two_authors["Ada"])
    return app.multiselect(key="campaign_authors").set_value(list(two_authors.values())).run()


def test_what_is_typed_into_a_campaign_is_there_after_a_reload_until_it_is_planned(
    two_authors: dict[str, str], actor: Actor
) -> None:
    ada, bo = two_authors["Ada"], two_authors["Bo"]
    app = _typed(two_authors, actor)
    app.selectbox(key="campaign_teller").set_value(bo).run()
    app.checkbox(key="campaign_every").check().run()
    again = opened(view="several", author=ada)
    assert again.multiselect(key="campaign_authors").value == [ada, bo]
    assert again.selectbox(key="campaign_teller").value == bo and again.checkbox(key="campaign_every").value
    shared, own = (part.proto.json for part in again.get("bidi_component"))
    assert FIELDS["topic"] in shared and "We ship the log with the plant" in own
    again.button(key="campaign_plan").click().run()
    (row,) = campaign.listed()
    assert drafts.kept("campaign.new", actor) == {} and row.fields["topic"] == FIELDS["topic"]


def test_a_form_that_nobody_wants_is_emptied(two_authors: dict[str, str], actor: Actor) -> None:
    app = _typed(two_authors, actor)
    app.button(key="campaign_empty").click().run()
    assert not app.exception and drafts.kept("campaign.new", actor) == {}
    assert app.multiselect(key="campaign_authors").value == []
    assert str(FIELDS["topic"]) not in app.get("bidi_component")[0].proto.json


def test_a_campaign_is_shown_before_it_starts_and_reopened_by_its_address(
    two_authors: dict[str, str], actor: Actor
) -> None:
    app = _typed(two_authors, actor)
    app.button(key="campaign_plan").click().run()
    said = words(app)
    assert "Nothing is written yet" in said
    assert "Leads with *“We ship the log with the plant”*" in said
    assert "**Ada**" in said and "**Bo**" in said
    assert "Which number or example stands for it?" in said, "asked, not invented"
    assert not generate.recent()
    (row,) = campaign.listed()
    app.button(key="campaign_start").click().run()
    runs = generate.recent()
    assert {run.author_id for run in runs} == set(two_authors.values())
    again = opened(campaign=row.id)
    assert "Waiting" in words(again)
    assert labels(again).count("Open the run") == 2


def test_what_is_missing_is_said_and_nothing_is_kept(two_authors: dict[str, str]) -> None:
    app = opened(view="several", author=two_authors["Ada"])
    app.multiselect(key="campaign_authors").set_value([two_authors["Ada"]]).run()
    app.button(key="campaign_plan").click().run()
    assert "for several authors" in words(app)
    assert not campaign.listed()


def test_posts_that_came_out_alike_are_named(two_authors: dict[str, str], actor: Actor) -> None:
    row = campaign.plan(FIELDS, {author: [] for author in two_authors.values()}, actor)
    campaign.start(row.id, actor)
    with store.writing(actor) as tx:
        for run in generate.recent():
            tx.session.add(Variant(run_id=run.id, author_id=run.author_id, number=1, rank=1, text=f"{FIELDS['story']}"))
            kept = tx.session.get_one(Run, run.id)
            kept.status, kept.finished_at = "done", now()
    said = words(opened(campaign=row.id))
    assert "share 100 in 100 runs of three words" in said
    assert "“I read the log in March." in said


# ---- patterns on the Generate page ---------------------------------------------------------------------------


def test_generate_says_what_the_last_posts_have_in_common(two_authors: dict[str, str], actor: Actor) -> None:
    for number in range(6):
        review.create(
            two_authors["Ada"], "Logs", f"Who reads log {number}? Nobody does.", actor, variant_id=f"v{number}"
        )
    app = opened("generate", author=two_authors["Ada"])
    assert any(label.startswith("Lately:") and "to avoid" in label for label in labels(app))
    said = words(app)
    assert "6 of the last 6 posts open with a question; usually none do." in said
    assert "6 written here and 0 samples" in said or "6 written here" in said
    generate.save_brief(two_authors["Ada"], {"topic": "Logs", "call_to_action": "Who asks first?"}, actor)
    assert "word for word" not in words(opened("generate", author=two_authors["Ada"]))


def test_a_run_says_what_its_plan_avoided(two_authors: dict[str, str], actor: Actor) -> None:
    brief = generate.save_brief(two_authors["Ada"], FIELDS, actor)
    run_id = generate.start(brief.id, actor)
    row = {
        "kind": "hook",
        "value": "question",
        "why": "6 of the last 8 posts open with a question.",
        "angle": "Question first",
    }
    with store.writing(actor) as tx:
        tx.session.get_one(Run, run_id).status = "done"
        tx.session.add(RunStep(run_id=run_id, seq=20, key="plan", status="done", output={"avoided": [row]}))
    app = opened("generate", run=run_id, author=two_authors["Ada"])
    assert "“Question first” was put back. 6 of the last 8 posts open with a question." in words(app)
