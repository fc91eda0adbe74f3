"""Corrections, sliders, questionnaire and versions: nothing a person said is ever lost, nothing is written for nothing."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from core import persona, store
from core.errors import Denied, Invalid, NotFound
from core.persona.export import to_json, to_markdown
from core.persona.sliders import instructions
from core.store import Actor, authors
from core.store.tables import Change, Sample
from tests.conftest import write_samples


@pytest.fixture
def ada(two_authors: dict[str, str], actor: Actor) -> str:
    persona.derive(two_authors["Ada"], actor)
    return two_authors["Ada"]


def test_the_fixture_authors_differ_in_every_section(two_authors: dict[str, str], actor: Actor) -> None:
    for author_id in two_authors.values():
        persona.derive(author_id, actor)
    ada, bo = (persona.current(i) for i in two_authors.values())
    assert ada is not None and bo is not None
    for section in ("identity", "tone", "cadence", "lexicon", "structure"):
        assert [one.text for one in ada.section(section)] != [one.text for one in bo.section(section)], section


def test_no_card_before_it_is_derived(two_authors: dict[str, str], actor: Actor) -> None:
    assert persona.current(two_authors["Ada"]) is None
    assert persona.versions(two_authors["Ada"]) == []


def test_deriving_again_with_nothing_new_makes_no_version(ada: str, actor: Actor) -> None:
    assert persona.derive(ada, actor).version == 1
    assert len(persona.versions(ada)) == 1


def test_a_correction_survives_every_derivation_and_both_are_kept(ada: str, actor: Actor) -> None:
    before = persona.current(ada)
    assert before is not None
    persona.edit(ada, "tone.warmth", "Warm, but never gushing.", actor)
    write_samples(
        ada, ["Thank you, dear friends, for a wonderful year, I love this team. " * 3 + str(n) for n in range(60)]
    )
    made = persona.derive(ada, actor)
    card = persona.current(ada)
    assert card is not None and made.version == card.version == 3
    line = card.line("tone.warmth")
    assert line.text == line.value == "Warm, but never gushing."
    assert line.edit is not None and line.edit.by == actor.name
    assert line.edit.instead_of == before.line("tone.warmth").derived_text
    assert line.derived_text != before.line("tone.warmth").derived_text, "what the samples say moved on"
    assert "Warm, but never gushing." in persona.for_prompt(ada)["corrections"]

    persona.clear_edit(ada, "tone.warmth", actor)
    cleared = persona.current(ada)
    assert cleared is not None and cleared.line("tone.warmth").text == line.derived_text


def test_versions_are_never_changed_and_their_difference_is_told_field_by_field(ada: str, actor: Actor) -> None:
    first = persona.versions(ada)[0]
    kept = (json.dumps(first.derived, sort_keys=True), dict(first.edits))
    persona.edit(ada, "cadence.hashtags", [1, 3], actor)
    persona.set_sliders(ada, {"warmth": 2}, actor)
    persona.set_questionnaire(ada, {"role": "Auditor"}, actor)
    rows = persona.versions(ada)
    assert [r.version for r in rows] == [4, 3, 2, 1]
    assert (json.dumps(rows[-1].derived, sort_keys=True), dict(rows[-1].edits)) == kept
    found = {d.label: (d.before, d.after) for d in persona.diff(rows[-1].id, rows[0].id)}
    assert found.keys() == {"Cadence: Hashtags", "Slider: warmth", "What is their role?"}
    assert "1 to 3 hashtags." in found["Cadence: Hashtags"][1] and actor.name in found["Cadence: Hashtags"][1]
    assert found["Slider: warmth"] == ("as they are", "clearly warmer")
    assert persona.diff(rows[0].id, rows[0].id) == []


def test_saying_the_same_again_makes_no_version(ada: str, actor: Actor) -> None:
    for _ in range(2):
        persona.edit(ada, "tone.warmth", "Warm.", actor)
        persona.set_sliders(ada, {"length": -1, "warmth": 0}, actor)
        persona.set_questionnaire(ada, {"audience": " Plant managers "}, actor)
    assert persona.versions(ada)[0].version == 4


def test_a_corrected_range_or_choice_becomes_a_constraint(ada: str, actor: Actor) -> None:
    assert persona.constraints(ada).hashtags == (0, 0)
    persona.edit(ada, "cadence.hashtags", [2, 4], actor)
    persona.edit(ada, "identity.person", "no", actor)
    persona.edit(ada, "cadence.length", [100, 400], actor)
    persona.edit(ada, "structure.links", "yes", actor)
    held = persona.constraints(ada)
    assert (held.hashtags, held.first_person, held.min_chars, held.max_chars) == ((2, 4), "no", 100, 400)
    assert held.links is True and held.own and held.samples == 40


def test_a_list_is_corrected_line_by_line(ada: str, actor: Actor) -> None:
    persona.edit(ada, "lexicon.taboo", "synergy\nleverage, synergy\n", actor)
    assert persona.for_prompt(ada)["taboo"] == ["synergy", "leverage"]
    persona.edit(ada, "lexicon.taboo", [], actor)
    assert persona.for_prompt(ada)["taboo"] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("cadence.hashtags", [5, 2]),
        ("cadence.hashtags", ["many", 2]),
        ("identity.person", "perhaps"),
        ("tone.warmth", "  "),
        ("tone.warmth", "x" * 501),
    ],
)
def test_a_correction_that_cannot_be_used_is_refused_by_name(ada: str, actor: Actor, path: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        persona.edit(ada, path, value, actor)
    assert refused.value.hint
    assert len(persona.versions(ada)) == 1


def test_what_is_not_there_is_said(ada: str, actor: Actor) -> None:
    with pytest.raises(NotFound):
        persona.edit(ada, "tone.humour", "Dry.", actor)
    with pytest.raises(NotFound):
        persona.set_sliders(ada, {"volume": 1}, actor)
    with pytest.raises(Invalid):
        persona.set_sliders(ada, {"warmth": 3}, actor)
    with pytest.raises(Invalid):
        persona.set_questionnaire(ada, {"sensitive": "perhaps"}, actor)
    with pytest.raises(NotFound):
        persona.derive("nobody", actor)


def test_readers_may_look_and_not_change(ada: str) -> None:
    reader = Actor(name="Rita", role="reader")
    for change in (
        lambda: persona.derive(ada, reader),
        lambda: persona.edit(ada, "tone.warmth", "Warm.", reader),
        lambda: persona.clear_edit(ada, "tone.warmth", reader),
        lambda: persona.set_sliders(ada, {}, reader),
        lambda: persona.set_questionnaire(ada, {}, reader),
    ):
        with pytest.raises(Denied):
            change()
    assert persona.current(ada) is not None


def test_sliders_reach_the_prompt_as_plain_instructions_with_their_strength(ada: str, actor: Actor) -> None:
    persona.set_sliders(ada, {"length": -1, "contrarian": 2}, actor)
    push = persona.for_prompt(ada)["push"]
    assert push == instructions({"length": -1, "contrarian": 2})
    assert "a little shorter" in push[0] and "clearly more contrarian" in push[1]


def test_a_card_can_be_written_by_hand_before_there_are_samples(data: object, actor: Actor) -> None:
    with store.writing(actor) as tx:
        nora = authors.add(tx, "Nora").id
    persona.set_questionnaire(nora, {"role": "Founder", "sensitive": "no", "sensitive_topics": "politics"}, actor)
    persona.edit(nora, "tone.warmth", "Dry.", actor)
    told = persona.for_prompt(nora)
    assert told["who"] == {"role": "Founder"} and told["voice"] == {"Tone": ["Dry."]} and told["samples"] == 0
    assert told["sensitive"] == "Keep away from sensitive topics, above all politics."
    write_samples(
        nora, ["I write to you about the sea, and about what it costs to be there."] + [f"Note {n}." for n in range(9)]
    )
    behind = persona.current(nora)
    assert behind is not None and behind.added == 10
    persona.derive(nora, actor)
    card = persona.current(nora)
    assert card is not None and card.line("tone.warmth").text == "Dry." and card.samples == 10
    assert card.questionnaire["role"] == "Founder"


def test_for_prompt_without_a_card_is_still_usable(two_authors: dict[str, str]) -> None:
    told = persona.for_prompt(two_authors["Bo"])
    assert told["version"] == 0 and told["passages"] == [] and told["voice"] == {}


def test_a_card_says_how_far_it_is_behind_its_samples(ada: str, actor: Actor) -> None:
    write_samples(ada, [f"A new note, number {n}." for n in range(12)])
    with store.writing(actor) as tx:
        old = tx.session.scalars(select(Sample).where(Sample.author_id == ada, Sample.position == 3)).first()
        assert old is not None
        old.excluded = True
    card = persona.current(ada)
    assert card is not None and (card.added, card.removed) == (12, 1)
    persona.derive(ada, actor)
    fresh = persona.current(ada)
    assert fresh is not None and (fresh.added, fresh.removed) == (0, 0)


def test_a_passage_whose_sample_was_taken_out_is_gone(ada: str, actor: Actor) -> None:
    card = persona.current(ada)
    assert card is not None
    with store.writing(actor) as tx:
        tx.session.get_one(Sample, card.passages[0].sample_id).excluded = True
    after = persona.current(ada)
    assert after is not None and card.passages[0].text not in [p.text for p in after.passages]


def test_every_version_is_in_the_change_log_with_who_and_why(ada: str, actor: Actor) -> None:
    persona.edit(ada, "tone.warmth", "Warm.", actor)
    with store.reading() as tx:
        rows = list(tx.session.scalars(select(Change).where(Change.entity == "persona", Change.field == "why")))
    assert [(r.actor, r.new) for r in rows] == [
        (actor.name, "Derived from 40 samples"),
        (actor.name, "Warmth corrected"),
    ]


def test_the_exports_hold_the_card_and_escape_what_came_from_outside(ada: str, actor: Actor) -> None:
    persona.edit(ada, "tone.warmth", "Warm <script>alert(1)</script> *and* dry.", actor)
    card = persona.current(ada)
    assert card is not None
    markdown = to_markdown(card)
    assert "# How Ada writes" in markdown and "\\<script\\>" in markdown and "the samples say:" in markdown
    whole = json.loads(to_json(card))
    assert whole["lines"]["tone.warmth"]["text"].startswith("Warm <script>")
    assert whole["lines"]["tone.warmth"]["derived"]["text"] == card.line("tone.warmth").derived_text
    assert whole["lines"]["cadence.length"]["evidence"]["n"] == 40
