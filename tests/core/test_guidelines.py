"""Guidelines: the rules of the house, who they bind, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import guidelines
from core.errors import Conflict, Denied, Invalid, NotFound
from core.review import findings
from core.store import Actor


def test_added_edited_and_removed(two_authors: dict[str, str], actor: Actor) -> None:
    rule = guidelines.add(
        "No hype", actor, kind="banned", phrases=[" game changer ", "game changer", ""], severity="block"
    )
    assert (rule.phrases, rule.version) == (["game changer"], 1)
    edited = guidelines.edit(rule.id, actor, 1, phrases=["game changer", "10x"])
    assert (edited.version, edited.severity) == (2, "block")
    assert guidelines.edit(rule.id, actor, title="No hype").version == 2, "nothing changed"
    guidelines.remove(rule.id, actor)
    assert guidelines.listed() == []
    with pytest.raises(NotFound):
        guidelines.get(rule.id)


def test_a_guideline_binds_everyone_or_those_it_names(two_authors: dict[str, str], actor: Actor) -> None:
    guidelines.add("Plain words", actor)
    guidelines.add("Bo only", actor, authors=[two_authors["Bo"]])
    assert [g.title for g in guidelines.listed(two_authors["Ada"])] == ["Plain words"]
    assert [g.title for g in guidelines.listed(two_authors["Bo"])] == ["Plain words", "Bo only"]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"title": " "}, "title"),
        ({"title": "x", "kind": "mood"}, "kind"),
        ({"title": "x", "severity": "fatal"}, "severity"),
        ({"title": "x", "kind": "banned", "phrases": [" "]}, "phrases"),
        ({"title": "x", "colour": "red"}, "colour"),
    ],
)
def test_what_is_refused_names_its_field(data: object, actor: Actor, fields: dict[str, str], names: str) -> None:
    with pytest.raises(Invalid, match=names) as refused:
        guidelines.add(actor=actor, **fields)
    assert refused.value.hint
    assert guidelines.listed() == []


def test_a_stale_edit_and_a_reader_change_nothing(data: object, actor: Actor) -> None:
    rule = guidelines.add("Plain words", actor)
    guidelines.edit(rule.id, actor, 1, text="Short ones.")
    with pytest.raises(Conflict):
        guidelines.edit(rule.id, actor, 1, text="Long ones.")
    with pytest.raises(Denied):
        guidelines.remove(rule.id, replace(actor, role="reader"))
    assert guidelines.get(rule.id).text == "Short ones."


def test_what_a_model_is_told_is_short_and_what_blocks_comes_first(data: object, actor: Actor) -> None:
    guidelines.add("Plain words", actor, text="word " * 1_000)
    guidelines.add("No politics", actor, kind="topic", severity="block", phrases=["election"])
    told = guidelines.told(guidelines.listed())
    assert [rule["title"] for rule in told] == ["No politics", "Plain words"]
    assert len(told[1]["text"]) <= guidelines.RULE + 2 and told[1]["text"].endswith(" …")
    lines = guidelines.for_prompt(told).split("\n")
    assert lines[0] == "No politics (what it may be about): election"
    for n in range(30):
        guidelines.add(f"Rule {n}", actor)
    assert len(guidelines.told(guidelines.listed())) == guidelines.RULES


def test_the_page_below_a_rule_is_part_of_what_is_told(data: object, actor: Actor) -> None:
    rule = guidelines.add("Plain words", actor, text="Short ones.")
    rule.body = "# Why\n\n" + "Readers tire. " * 200
    (told,) = guidelines.told([rule])
    assert told["text"].startswith("Short ones.\n# Why")
    assert len(told["text"]) < guidelines.BODY + 100


def test_how_images_look_is_told_to_no_writing_model(two_authors: dict[str, str], actor: Actor) -> None:
    guidelines.add("Plain words", actor)
    look = guidelines.add("Our look", actor, kind="brand", text="Accent #0F6B66", phrases=["#0F6B66"])
    assert look.id in [rule.id for rule in guidelines.listed(two_authors["Ada"])]
    rules = guidelines.for_writing(two_authors["Ada"])
    assert [rule.title for rule in rules] == ["Plain words"]
    assert findings.against("A text without that colour.", guidelines.listed(two_authors["Ada"])) == []
    assert look.id not in [rule.id for rule in findings.unchecked(two_authors["Ada"])]
