"""The other tasks of a run: revising in words, another form, an article; each durable, checked, and kept as a variant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core import knowledge, review, store
from core.config import settings
from core.errors import Invalid
from core.generate import commands, tasks
from core.generate.commands import RunView
from core.review.findings import findings
from core.store import Actor, runs
from core.store.tables import Variant
from tests.core.generate.conftest import BRIEF, ModelServer, writer


def done(run_id: str) -> RunView:
    for phase in tasks.TASKS[commands.run(run_id).run.task].values():
        phase(run_id)
    return commands.run(run_id)


@pytest.fixture
def first(model: ModelServer, two_authors: dict[str, str], actor: Actor) -> Variant:
    """The best variant of a run by a large model."""
    return done(commands.start(commands.save_brief(two_authors["Ada"], BRIEF, actor).id, actor)).variants[0]


@pytest.fixture
def small(model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    monkeypatch.setenv("TIMBRE_LLM", "openai/tiny-135m")
    settings.cache_clear()
    return model


def system_of(body: dict[str, Any]) -> str:
    return str(body["messages"][0]["content"])


def test_a_revision_changes_what_was_asked_for_and_keeps_the_rest(
    first: Variant, model: ModelServer, actor: Actor
) -> None:
    old = "The people who fix the valves know more than the binder."
    new = "The people who fix the valves know far more than any binder."

    def revises(body: dict[str, Any]) -> str:
        if system_of(body).startswith("You revise"):
            return json.dumps(
                {"edits": [{"old": old, "new": new}], "done": ["warmer"], "not_done": ["no joke at hand"]}
            )
        return writer(body)

    model.answer = revises
    view = done(commands.revise(first.id, "warmer, and with a joke", actor))
    (made,) = view.variants
    assert made.status == "ok", made.reasons
    assert made.parent_id == first.id and made.draft == first.text
    assert new in made.text and made.text.replace(new, old) == first.text
    assert any("no joke" in remark["text"] for remark in made.critique)
    assert [v.run.task for v in commands.made_from(first.id)] == ["revise"]
    assert commands.recent(first.author_id)[0].id == first.run_id, "a revision is no run of its own in the list"


def test_a_revision_of_a_chosen_variant_changes_that_post(first: Variant, small: ModelServer, actor: Actor) -> None:
    post = commands.choose(first.id, actor)
    made = done(commands.revise(first.id, "without the question at the end", actor)).variants[0]
    assert made.status == "ok" and made.text != first.text, (made.reasons, made.critique)
    assert commands.choose(made.id, actor).id == post.id
    assert review.get(post.id).text == made.text and review.get(post.id).variant_id == made.id


def test_a_revision_never_overwrites_what_somebody_typed_into_the_post(
    first: Variant, small: ModelServer, actor: Actor
) -> None:
    post = commands.choose(first.id, actor)
    made = done(commands.revise(first.id, "without the question at the end", actor)).variants[0]
    review.edit(post.id, actor, text=f"{first.text}\n\nMy own last line.", revision=post.revision)
    assert commands.choose(made.id, actor).id != post.id
    assert review.get(post.id).text.endswith("My own last line.") and review.get(post.id).variant_id == first.id


def test_asking_twice_for_the_same_change_or_form_is_one_run(first: Variant, actor: Actor) -> None:
    assert commands.revise(first.id, "shorter", actor) == commands.revise(first.id, " shorter ", actor)
    assert commands.revise(first.id, "more casual", actor) != commands.revise(first.id, "shorter", actor)
    assert commands.adapt(first.id, "thread", actor) == commands.adapt(first.id, "thread", actor)
    assert commands.adapt(first.id, "quote", actor) != commands.adapt(first.id, "thread", actor)


def test_another_form_is_not_revised_as_if_it_were_a_post(first: Variant, small: ModelServer, actor: Actor) -> None:
    made = done(commands.adapt(first.id, "thread", actor)).variants[0]
    with pytest.raises(Invalid, match="not a post"):
        commands.revise(made.id, "shorter", actor)
    with pytest.raises(Invalid, match="not a post"):
        commands.adapt(made.id, "quote", actor)


def test_nothing_asked_for_is_refused(first: Variant, actor: Actor) -> None:
    with pytest.raises(Invalid, match="Nothing was asked for"):
        commands.revise(first.id, "  \n ", actor)
    with pytest.raises(Invalid, match="no form haiku"):
        commands.adapt(first.id, "haiku", actor)


@pytest.mark.parametrize("form", ["thread", "caption", "carousel", "quote"])
def test_another_form_holds_its_limits_and_is_no_post(
    first: Variant, small: ModelServer, actor: Actor, form: str
) -> None:
    (made,) = done(commands.adapt(first.id, form, actor)).variants
    assert made.status == "ok", made.reasons
    assert (made.form, made.parent_id) == (form, first.id) and made.parts
    with pytest.raises(Invalid, match="another form"):
        commands.choose(made.id, actor)


def test_a_post_written_by_hand_has_other_forms_too(
    two_authors: dict[str, str], small: ModelServer, actor: Actor
) -> None:
    text = "The log was empty.\n\nI had read it twice. Nobody had written a line since spring.\n\nWho reads yours?"
    post = review.create(two_authors["Ada"], "Logs", text, actor)
    (made,) = done(commands.adapt_post(post.id, "thread", actor)).variants
    assert made.status == "ok" and "Nobody had written a line since spring." in "\n".join(made.parts), made.reasons
    assert commands.recent(two_authors["Ada"]) == []


@pytest.mark.parametrize("size", ["small", "large"])
def test_an_article_has_sections_from_the_brief_and_its_sources(
    two_authors: dict[str, str], model: ModelServer, actor: Actor, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    if size == "small":
        monkeypatch.setenv("TIMBRE_LLM", "openai/tiny-135m")
        settings.cache_clear()
    talk = "The inspection of the southern plant took eleven hours. The crew found four valves that no list had named."
    note = knowledge.add_note("Notes of a talk", talk, two_authors["Ada"], actor)

    def writes(body: dict[str, Any]) -> str:
        if "messages" not in body:
            return " it shows what the list leaves out."
        if system_of(body).startswith("You plan an article"):
            rows = [{"heading": f"The {w}", "says": "the log", "passages": [1]} for w in ("morning", "list")]
            return json.dumps({"title": "What the log leaves out", "sections": rows})
        _, wanted = str(body["messages"][1]["content"]).rsplit("Write the section", maxsplit=1)
        said = BRIEF["story"] if "The morning" in wanted else f"The log said nothing. {talk.split('. ')[1]}"
        return f"{said} Ninety engineers agreed."

    model.answer = writes
    fields = {**BRIEF, "form": "article", "knowledge": [note.id]}
    view = done(commands.start(commands.save_brief(two_authors["Ada"], fields, actor).id, actor))
    (made,) = view.variants
    assert made.status == "ok", made.reasons
    assert made.form == "article" and len(made.parts) >= 2 and all(part["heading"] for part in made.parts[1:])
    assert "northern plant" in made.text and "Ninety" not in made.text
    assert [s.key for s in view.steps][:2] == ["retrieve", "outline"]


def test_an_idea_is_filled_and_not_doubled(two_authors: dict[str, str], model: ModelServer, actor: Actor) -> None:
    idea = review.create(two_authors["Ada"], "Audits", "", actor, status="Idea")
    brief = commands.save_brief(two_authors["Ada"], BRIEF, actor)
    with store.writing(actor) as tx:
        runs.brief(tx, brief.id).post_id = idea.id
    variants = done(commands.start(brief.id, actor)).variants
    post = commands.choose(variants[0].id, actor)
    assert post.id == idea.id and post.status == "Drafting" and post.text == variants[0].text
    assert post.title == "Audits", "its own title stays"
    assert commands.choose(variants[1].id, actor).id != idea.id, "a second choice does not overwrite the first"


def test_an_article_in_review_is_told_where_it_goes_and_not_that_it_is_too_long(
    two_authors: dict[str, str], small: ModelServer, actor: Actor
) -> None:
    fields = {**BRIEF, "form": "article"}
    made = done(commands.start(commands.save_brief(two_authors["Ada"], fields, actor).id, actor)).variants[0]
    post = commands.choose(made.id, actor)
    post = review.edit(post.id, actor, text=f"{post.text}\n\n{'The log was empty. ' * 200}")
    said = [f for f in findings(post) if "characters" in f.text]
    assert len(said) == 1 and not said[0].block and "article editor" in said[0].text
