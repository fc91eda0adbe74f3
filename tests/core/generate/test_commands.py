"""Briefs, runs and variants as people handle them."""

from __future__ import annotations

import pytest

from core import jobs, review, store
from core.config import settings
from core.errors import Conflict, Denied, Invalid, NotFound
from core.generate import commands
from core.store import Actor, runs
from core.store.tables import Change, Variant
from tests.core.generate.conftest import BRIEF


@pytest.fixture
def variant(two_authors: dict[str, str], actor: Actor) -> Variant:
    brief = commands.save_brief(two_authors["Ada"], BRIEF, actor)
    run_id = commands.start(brief.id, actor)
    row = Variant(run_id=run_id, author_id=two_authors["Ada"], number=1, generated="The text.", text="The text.",
                  scores={"topic": {"value": 0.9}, "_rank": {}}, rank=1)  # fmt: skip
    with store.writing(actor) as tx:
        runs.put_variants(tx, run_id, [row])
    return row


def test_a_brief_is_kept_while_it_is_typed(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    assert commands.latest_brief(ada) is None
    brief = commands.save_brief(ada, {"topic": "Au"}, actor)
    same = commands.save_brief(ada, {"topic": "Audits"}, actor, brief.id)
    assert same.id == brief.id
    assert (latest := commands.latest_brief(ada)) is not None and latest.fields == {"topic": "Audits"}
    assert commands.latest_brief(two_authors["Bo"]) is None


def test_a_used_brief_is_left_as_it_is(two_authors: dict[str, str], actor: Actor) -> None:
    brief = commands.save_brief(two_authors["Ada"], BRIEF, actor)
    commands.start(brief.id, actor)
    assert commands.latest_brief(two_authors["Ada"]) is None
    other = commands.save_brief(two_authors["Ada"], {**BRIEF, "topic": "New"}, actor, brief.id)
    assert other.id != brief.id and commands.brief(brief.id).fields["topic"] == BRIEF["topic"]


def test_run_intent_and_workflow_share_one_id_and_asking_twice_runs_once(
    two_authors: dict[str, str], actor: Actor
) -> None:
    brief = commands.save_brief(two_authors["Ada"], BRIEF, actor)
    run_id = commands.start(brief.id, actor)
    assert jobs.get(run_id).kind == "generate" and jobs.get(run_id).status == "queued"
    assert commands.start(brief.id, actor) == run_id
    assert [r.id for r in commands.recent(two_authors["Ada"])] == [run_id]
    view = commands.run(run_id)
    assert (view.run.status, view.brief.id, view.steps, view.variants) == ("queued", brief.id, [], [])


def test_an_incomplete_brief_starts_nothing(two_authors: dict[str, str], actor: Actor) -> None:
    brief = commands.save_brief(two_authors["Ada"], {"topic": "Audits"}, actor)
    with pytest.raises(Invalid, match="Key points"):
        commands.start(brief.id, actor)
    assert jobs.active() == [] and commands.recent() == [] and commands.latest_brief(two_authors["Ada"]) is not None


def test_a_setting_that_names_no_provider_is_said_before_anything_starts(
    two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMBRE_LLM", "clippy")
    settings.cache_clear()
    with pytest.raises(Invalid) as raised:
        commands.start(commands.save_brief(two_authors["Ada"], BRIEF, actor).id, actor)
    assert "embedded, ollama/MODEL or openai/MODEL" in raised.value.hint


def test_a_run_cancelled_while_it_waits_shows_so(two_authors: dict[str, str], actor: Actor) -> None:
    run_id = commands.start(commands.save_brief(two_authors["Ada"], BRIEF, actor).id, actor)
    commands.cancel(run_id, actor)
    assert commands.run(run_id).run.status == commands.recent()[0].status == "cancelled"


def test_an_edit_is_kept_and_a_stale_one_overwrites_nothing(variant: Variant, actor: Actor) -> None:
    edited = commands.edit_variant(variant.id, "Mine.", 1, actor)
    assert (edited.text, edited.revision, edited.generated) == ("Mine.", 2, "The text.")
    with pytest.raises(Conflict) as raised:
        commands.edit_variant(variant.id, "Theirs.", 1, actor)
    assert "Nothing was overwritten" in raised.value.message and raised.value.hint
    assert commands.edit_variant(variant.id, "Mine.", 1, actor).revision == 2, "the same text again is no conflict"
    with store.reading() as tx:
        logged = [c for c in tx.session.query(Change).filter_by(entity="variant", action="update") if c.field == "text"]
    assert [(c.old, c.new, c.actor) for c in logged] == [("The text.", "Mine.", actor.name)]


def test_choosing_makes_one_post_however_often(variant: Variant, actor: Actor) -> None:
    commands.edit_variant(variant.id, "Mine.", 1, actor)
    post = commands.choose(variant.id, actor)
    assert (post.text, post.title, post.variant_id, post.status) == ("Mine.", BRIEF["topic"], variant.id, "Drafting")
    assert post.scores == {"topic": {"value": 0.9}}
    assert commands.choose(variant.id, actor).id == post.id and len(review.listed()) == 1
    with pytest.raises(Conflict) as raised:
        commands.edit_variant(variant.id, "Again.", 2, actor)
    assert "Review page" in raised.value.hint


def test_a_post_that_was_made_before_the_variant_knew_is_found_again(variant: Variant, actor: Actor) -> None:
    made = review.create(variant.author_id, "x", variant.text, actor, variant_id=variant.id)
    assert commands.choose(variant.id, actor).id == made.id


def test_a_failed_variant_cannot_be_chosen(variant: Variant, actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = runs.variant(tx, variant.id)
        row.status, row.reasons = "failed", ["It says I, which this author never does."]
    with pytest.raises(Invalid, match="never does"):
        commands.choose(variant.id, actor)


def test_readers_may_look_and_not_write(variant: Variant, two_authors: dict[str, str]) -> None:
    reader = Actor(name="R", role="reader")
    for work in (
        lambda: commands.save_brief(two_authors["Ada"], BRIEF, reader),
        lambda: commands.edit_variant(variant.id, "x", 1, reader),
        lambda: commands.choose(variant.id, reader),
        lambda: commands.cancel(variant.run_id, reader),
    ):
        with pytest.raises(Denied):
            work()


def test_overlap_is_a_symmetric_matrix(variant: Variant) -> None:
    other = Variant(text="Something else entirely, with other words in it.")
    found = commands.overlaps([variant, other])
    assert found[0][0] == found[1][1] == 1.0 and found[0][1] == found[1][0] == 0.0


def test_what_is_not_there_is_said(data: object) -> None:
    for work in (commands.run, commands.variant, commands.brief):
        with pytest.raises(NotFound):
            work("01NOTHING")
