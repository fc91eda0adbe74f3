"""The persona page: the card with its evidence, corrections shown beside what they replace, and every way to begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import persona, store
from core.config import ROOT
from core.store import Actor, authors
from tests.conftest import write_samples


def opened(**params: str) -> AppTest:
    """The page as a deep link opens it."""
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/persona.py")
    app.run()
    assert not app.exception and not app.error, [e.value for e in app.error]
    return app


def said(app: AppTest) -> str:
    return "\n".join(str(m.value) for m in app.markdown)


def add(actor: Actor, name: str, texts: list[str]) -> str:
    with store.writing(actor) as tx:
        author_id = authors.add(tx, name).id
    write_samples(author_id, texts)
    return author_id


def test_an_empty_store_teaches_the_next_step(data: Path) -> None:
    assert "Add their posts first" in said(opened())


@pytest.mark.parametrize(("count", "words"), [(0, "no samples"), (1, "1 sample so far"), (4, "4 samples so far")])
def test_too_few_samples_say_so_and_offer_both_ways_on(data: Path, actor: Actor, count: int, words: str) -> None:
    author = add(actor, "Nora", [f"A note about the sea, number {n}." for n in range(count)])
    app = opened(author=author)
    assert words in said(app) and persona.current(author) is None, "no card is made of too little"
    app.button(key="persona_by_hand").click().run()
    assert not app.exception and not app.error
    assert "Too little to say" in said(app) and app.button(key="persona_correct_tone.warmth")


def test_the_first_card_is_derived_once_and_never_on_a_rerun(two_authors: dict[str, str]) -> None:
    app = opened(author=two_authors["Ada"])
    app.run()
    app.run()
    assert [v.version for v in persona.versions(two_authors["Ada"])] == [1]
    text = said(app)
    assert "Who speaks" in [s.value for s in app.subheader]
    assert "40 samples" in text and "No hashtags" in text and "in 0 of 40 posts" in text


def test_a_correction_is_saved_and_the_original_stays_beside_it(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    app = opened(author=ada)
    app.button(key="persona_correct_tone.warmth").click().run()
    assert "The samples say" in said(app)
    app.text_area(key="persona_value_tone.warmth").set_value("Warm, *never* gushing.")
    next(b for b in app.button if b.label == "Save").click()
    app.run()
    assert not app.exception and not app.error
    card = persona.current(ada)
    assert card is not None and card.version == 2 and card.line("tone.warmth").text == "Warm, *never* gushing."
    text = said(app.run())
    assert "Warm, \\*never\\* gushing." in text, "a person's text is shown as text"
    assert f"corrected by {actor.name.split()[0]}" in text and "~~" in text


def test_a_refused_correction_says_why_and_changes_nothing(two_authors: dict[str, str]) -> None:
    bo = two_authors["Bo"]
    app = opened(author=bo)
    app.button(key="persona_correct_cadence.hashtags").click().run()
    app.number_input(key="persona_value_cadence.hashtags_low").set_value(9)
    app.number_input(key="persona_value_cadence.hashtags_high").set_value(2)
    next(b for b in app.button if b.label == "Save").click()
    app.run()
    assert "the least is above the most" in app.error[0].value
    assert len(persona.versions(bo)) == 1


def test_a_card_behind_its_samples_says_so_and_is_derived_again(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    opened(author=ada)
    write_samples(ada, [f"Thank you, friends, for year {n}." for n in range(12)])
    app = opened(author=ada)
    assert "12 samples came in since: derive again." in said(app)
    app.button(key="persona_derive").click().run()
    assert "Version 2 is written." in [s.value for s in app.success]
    assert "came in since" not in said(app)
    app.button(key="persona_derive").click().run()
    assert "version 2 still holds" in app.success[0].value


def test_sliders_and_answers_are_saved_as_versions(two_authors: dict[str, str]) -> None:
    ada = two_authors["Ada"]
    opened(author=ada)
    app = opened(author=ada, persona_view="Push and answers")
    app.select_slider(key=f"persona_slider_{ada}_warmth").set_value(2)
    next(b for b in app.button if b.label == "Save the sliders").click().run()
    app.text_input(key=f"persona_answer_{ada}_role").set_value("Auditor")
    next(b for b in app.button if b.label == "Save the answers").click().run()
    card = persona.current(ada)
    assert card is not None and card.sliders == {"warmth": 2} and card.questionnaire == {"role": "Auditor"}
    assert not app.exception and not app.error


def test_versions_show_what_changed(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    opened(author=ada)
    assert "first version" in said(opened(author=ada, persona_view="Versions"))
    persona.edit(ada, "cadence.hashtags", [1, 3], actor)
    text = said(opened(author=ada, persona_view="Versions"))
    assert "Cadence\\: Hashtags" in text and "Hashtags corrected" in text


def test_notes_and_reviewers_of_notion_are_shown(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    assert "No notes." in said(opened(author=ada)) and "Reviewers" not in said(opened(author=ada))
    persona.edit(ada, "identity.notes", "She hates commas.", actor)
    with store.writing(actor) as tx:
        authors.describe(tx, ada, reviewers=[{"name": "Jo", "id": "1"}, {"name": "", "id": "2"}])
    text = said(opened(author=ada)).replace("\\", "")
    assert "She hates commas." in text and "samples say: ~~No notes" not in text
    assert "Reviewers in Notion: Jo, somebody whose name Notion does not give." in text


def test_hostile_text_is_shown_as_text(data: Path, actor: Actor) -> None:
    bad = "I <script>alert(1)</script> [click](https://evil.example) :red[x] $a$ `b` # c"
    author = add(actor, "**Eve** <b>", [f"{bad} number {n}. Spam spam is my spam." for n in range(8)])
    persona.derive(author, actor)
    persona.edit(author, "lexicon.phrases", [bad[:70]], actor)
    persona.set_questionnaire(author, {"role": bad}, actor)
    text = said(opened(author=author))
    assert "[click](https" not in text and "\\<script\\>" in text
