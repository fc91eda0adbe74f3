"""Writing with an adapter: whole posts in the prompt of its training, with the facts of the brief put in by code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import Unavailable
from core.generate import small, voiced, voicing
from core.generate.anchor import said
from core.generate.brief import BriefFields
from core.store import Actor
from core.train import registry, serving
from tests.core.generate.conftest import BRIEF, DRAFT, ModelServer, kind
from tests.core.generate.test_pipeline import begun, done

OWN = "Honestly.\n\nI like this."


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter in use for everybody, whose file the server under test has in it already."""
    found = serving.Serving({"a1": 1.0}, "Ada 1", "The author's own adapter.")
    monkeypatch.setattr(registry, "wanted", lambda author, ref, asked="": None if asked == "none" else found)
    monkeypatch.setattr(registry, "loras", lambda ids: ())


def whole(model: ModelServer) -> list[dict[str, Any]]:
    return [b for b in model.asked if kind(b) == "draft"]


@pytest.mark.usefixtures("adapter")
def test_a_large_model_drafts_in_the_prompt_of_training_and_is_criticised_as_ever(
    model: ModelServer, two_authors: dict[str, str], actor: Actor
) -> None:
    view = done(begun(two_authors["Ada"], actor))
    first = view.variants[0]
    asked = json.dumps(whole(model)[0])
    assert "You write LinkedIn posts as Ada would." in asked and "Length: about" in asked
    assert [kind(b) for b in model.asked].count("critique") == 2
    assert (first.provenance["adapter"], first.provenance["adapters"]) == ("Ada 1", {"a1": 1.0})
    assert any(p.startswith("post@") for p in first.provenance["prompts"])
    assert {s.key.split(":")[0]: (s.prompt or "").split("@")[0] for s in view.steps}["draft"] == "post"


@pytest.mark.usefixtures("adapter")
def test_a_small_models_post_holds_the_brief_in_its_own_words(
    model: ModelServer, two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voicing, "WORTH", -9.0)  # whatever the measure says
    monkeypatch.setenv("TIMBRE_LLM", "openai/tiny-135m")
    from core.config import settings

    settings.cache_clear()
    model.answer = lambda body: "that is it." if kind(body) == "sentence" else OWN
    view = done(begun(two_authors["Ada"], actor))
    good = [v for v in view.variants if v.status == "ok"]
    written = [v for v in good if v.provenance["way"] == "adapter"]
    assert written, [(v.reasons, v.provenance.get("way")) for v in view.variants]
    for variant in written:
        assert "I like this" in variant.text, "the model's own voice"
        for part in said(BriefFields.model_validate(BRIEF)):
            assert part.rstrip(".")[:40] in variant.text
    assert len(whole(model)) == voicing.CANDIDATES * len(view.variants)


@pytest.mark.usefixtures("adapter")
def test_the_skeleton_stands_where_the_adapters_post_is_no_nearer(
    model: ModelServer, two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voicing, "WORTH", 9.0)
    monkeypatch.setenv("TIMBRE_LLM", "openai/tiny-135m")
    from core.config import settings

    settings.cache_clear()
    model.answer = lambda body: "that is it." if kind(body) == "sentence" else OWN
    view = done(begun(two_authors["Ada"], actor))
    assert {v.provenance["way"] for v in view.variants} == {"skeleton"}
    assert all("I like this" not in v.text for v in view.variants)


@pytest.mark.usefixtures("adapter")
def test_it_can_be_left_out_for_one_run(model: ModelServer, two_authors: dict[str, str], actor: Actor) -> None:
    from core.generate import commands

    brief = commands.save_brief(two_authors["Ada"], BRIEF, actor)
    view = done(commands.start(brief.id, actor, adapter="none"))
    assert view.variants[0].provenance["adapter"] is None
    assert view.variants[0].draft == DRAFT.strip() or view.variants[0].draft
    assert not any("Length: about" in json.dumps(b) for b in model.asked)


def test_an_adapter_that_goes_away_in_the_middle_is_said(
    model: ModelServer, two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = serving.Serving({"gone": 1.0}, "Ada 1", "")
    monkeypatch.setattr(registry, "wanted", lambda author, ref, asked="": found)
    with pytest.raises(Unavailable, match="deleted"):
        done(begun(two_authors["Ada"], actor))


def test_the_prompt_tells_the_brief_and_cuts_long_examples() -> None:
    system, user = voiced.ask("Ada", BriefFields(topic="x", points=["A", "B"]), ["word " * 300, "two", "three"], 94)
    assert "- A\n- B\nLength: about 90 words" in user and "three" not in user
    assert "…" in user and len(user) < 600
    assert small.PROMPT not in system


def test_what_is_beside_the_point_or_broke_off_goes() -> None:
    brief = BriefFields(topic="reviews in pairs", points=["Two people read every change"])
    value = (
        "I like this.\n\nReading each other's changes makes code reviews calmer for everybody.\n\n"
        "My grandmother used to bake apple cake for the whole village every Sunday.\n\nAnd then we all"
    )
    made = voicing.to_the_point(value, brief)
    assert made == "I like this.\n\nReading each other's changes makes code reviews calmer for everybody."
    assert voicing.to_the_point("Short", brief) == "Short", "what has one sentence keeps it"


@pytest.mark.usefixtures("adapter")
def test_a_post_that_is_mostly_the_models_own_is_not_taken(
    model: ModelServer, two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voicing, "WORTH", -9.0)
    monkeypatch.setattr(voicing, "MOST_OWN", 0.01)
    monkeypatch.setenv("TIMBRE_LLM", "openai/tiny-135m")
    from core.config import settings

    settings.cache_clear()
    model.answer = lambda body: "that is it." if kind(body) == "sentence" else OWN
    view = done(begun(two_authors["Ada"], actor))
    assert {v.provenance["way"] for v in view.variants} == {"skeleton"}
