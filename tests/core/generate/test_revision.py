"""Revising in words: what is asked for is done, what is not touched stays word for word, and a refusal has its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import text
from core import llm
from core.generate import constraints, repair, revision
from core.generate.brief import BriefFields
from core.generate.desk import Step
from core.generate.material import Material
from core.generate.style import Style
from core.persona.habits import Habits

POST = """I am done with trusting the binder; it is the cleanest thing in the plant.

Last March the northern plant passed its audit! I read the maintenance log the same week, and the log was empty for 3 months. We do not utilise the binder any more.

Three things I now do first:
- Coffee in the workshop 🚀
- A look at the log
- Only then the binder

A clean audit says that the paper is clean. The people who fix the valves know more than the binder. “It is not broken,” said the foreman — twice.

Who do you ask first?

https://example.org/audit

#audit #Safety #plants"""
BRIEF = BriefFields(
    topic="Safety audits in old plants",
    points=["A clean audit says that the paper is clean", "The foreman had stopped writing in January"],
    story="Last March the northern plant passed its audit. I read the maintenance log the same week.",
    example="We found 4 valves that nobody had opened since 2019.",
    opinion="The people who fix the valves know more than the binder.",
    call_to_action="Who do you ask first?",
    link="https://example.org/audit",
)
C = constraints.build(BRIEF, Habits(own=True, min_chars=300, max_chars=1200, hashtags=(3, 5), emoji=(0, 1)), Style(),
                      tags=["#audit", "#Safety", "#plants", "#Maintenance"])  # fmt: skip
M = Material("run", "author", "Ada Lind", BRIEF, Habits(), Style(), replace(C, favourite_emoji=("🌿",)),
             llm.Model("embedded", "small", True), 1)  # fmt: skip


def asked(feedback: str, value: str = POST) -> revision.Revised:
    return revision.by_code(value, feedback, M)


@pytest.mark.parametrize(
    ("feedback", "there", "gone"),
    [
        ("more casual please", ["I'm done with", "We don't utilise", "“It is not broken,”"], ["I am done"]),
        ("Could you make it a bit less formal?", ["it's the cleanest"], ["it is the cleanest"]),
        ("no hashtags", [], ["#"]),
        ("drop the hash tags", [], ["#"]),
        ("only one hashtag", ["#audit"], ["#Safety"]),
        ("too many hashtags", ["#audit"], ["#Safety"]),
        ("no emoji", ["Coffee in the workshop\n"], ["🚀"]),
        ("add an emoji", ["🌿"], []),
        ("please no bullet points", ["Coffee in the workshop", "A look at the log. Only then the binder."], ["- "]),
        ("open with the story", ["Last March the northern plant passed its audit!\n\nI am done"], []),
        (
            "open with the people who fix the valves",
            ["The people who fix the valves know more than the binder.\n\nI am"],
            [],
        ),
        ("4 hashtags please", ["#audit #Safety #plants #"], []),
        ("add hashtags", ["#plants #"], []),
        ("split the paragraphs", ["passed its audit!\n\nI read"], []),
        ('remove "for 3 months"', ["the log was empty."], ["3 months"]),
        ("say “cabin” instead of “workshop”", ["Coffee in the cabin"], ["workshop"]),
        ("replace valves with pumps", ["fix the pumps"], ["valves"]),
        ('end with "Start in the workshop"', ["Start in the workshop."], []),
        ("put the link in the first comment", [], ["https://"]),
        ("the link should go into a P.S.", ["P.S. The link: https://example.org/audit\n\n#audit"], []),
        ("no exclamation marks", ["passed its audit. I read"], ["!"]),
        ("no dashes", ["said the foreman, twice"], ["—"]),
        ("cut the last line", [], ["Who do you ask first?"]),
        ("drop the part about the log", ["passed its audit!"], ["maintenance log"]),
        ("use simpler words", ["We do not use the binder"], ["utilise"]),
        ("punchier", ["the same week. And the log was empty"], ["same week, and"]),
        ("more about the valves", ["We found 4 valves that nobody had opened since 2019."], []),
        ("less about coffee", [], ["Coffee"]),
        ("longer", ["The foreman had stopped writing in January.", "We found 4 valves"], []),
        ("no questions", [], ["?"]),
        ("without the call to action", [], ["Who do you ask first?"]),
    ],
)
def test_it_does_what_is_asked(feedback: str, there: list[str], gone: list[str]) -> None:
    found = asked(feedback)
    assert all(said in found.text for said in there), found
    assert not any(said in found.text for said in gone), found
    assert found.done and not found.not_done


@pytest.mark.parametrize(
    "feedback", ["shorter", "much shorter", "half as long", "under 320 characters", "at most 60 words"]
)
def test_shorter_keeps_opening_call_and_link(feedback: str) -> None:
    found = asked(feedback)
    assert len(found.text) < 0.9 * len(POST) and (feedback != "under 320 characters" or len(found.text) <= 320)
    assert all(
        s in found.text for s in ("I am done with trusting", "Who do you ask first?", "https://example.org/audit")
    )
    assert all(s in POST for s in text.sentences(found.text)), "what stays, stays word for word"


def test_what_is_to_be_kept_stays() -> None:
    assert "Coffee in the workshop" not in asked("much shorter").text
    assert "Coffee in the workshop" in asked("much shorter, but keep the coffee").text


def test_two_wishes_one_done_one_refused_with_its_reason() -> None:
    found = asked("more casual, add humour")
    assert "I'm done" in found.text and len(found.done) == 1
    assert "humour" in found.not_done[0] and "invent" in found.not_done[0]


@pytest.mark.parametrize("feedback", ["make it pop", "translate it into German", "tell a joke", "open with a question"])
def test_what_cannot_be_done_changes_nothing_and_says_so(feedback: str) -> None:
    found = asked(feedback)
    assert found.text == POST and found.not_done and not found.done


def test_nothing_is_invented_to_make_it_longer() -> None:
    full = asked("longer").text
    for _ in range(3):
        full = asked("longer", full).text
    assert revision.by_code(full, "longer", M).text == full
    assert set(text.words(full.lower())) <= set(text.words(f"{POST} {BRIEF.material}".lower()))


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80), st.sampled_from([POST, "", "One line.", "#a #b", "- x\n- y"]))
def test_any_feedback_is_answered(feedback: str, value: str) -> None:
    found = revision.by_code(value, feedback, M)
    assert bool(revision.wishes(feedback)) <= bool(found.done or found.not_done)
    if not found.done:
        assert found.text == value


@pytest.mark.parametrize("feedback", ["no hashtags", "no emoji, more casual", "shorter", "no bullet points", "split the paragraphs",
                                      "link in the first comment", "longer", "fewer line breaks", 'say "9 pumps" instead of "valves"'])  # fmt: skip
def test_the_constraints_let_a_wish_stand_and_nothing_else_is_touched(feedback: str) -> None:
    plain = repair.repair(POST, C).text
    found = asked(feedback, plain)
    held, _ = revision.held(found.text, revision.bound(M, plain, found.text, feedback), 1)
    assert held.broken == [] and held.text == found.text


def test_what_was_not_asked_for_stays_a_constraint() -> None:
    bad = POST.replace("Coffee", "40 coffees")
    held, done = revision.held(bad, revision.bound(M, POST, bad, "shorter"), 1)
    assert "40" not in held.text and done


def test_most_of_the_text_is_kept() -> None:
    for feedback, share in (
        ("more casual", 0.7),
        ("no hashtags", 0.9),
        ("replace valves with pumps", 0.9),
        ("shorter", 0.5),
    ):
        assert revision.kept(POST, asked(feedback).text) >= share


# ---- a large model -------------------------------------------------------------------------------------------


class Model:
    """A step whose model gives a fixed answer; what it was asked is kept."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, list[llm.Request]()

    def call(self, request: llm.Request, show: str = "") -> llm.Completion:
        self.asked.append(request)
        said = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return llm.Completion([said], [None], 1, 1, "test")


def by_model(answer: Any, feedback: str) -> tuple[revision.Revised, Model]:
    model = Model(answer)
    return revision.by_model(cast(Step, model), M, POST, feedback), model


EDIT = {
    "old": "A clean audit says that the paper is clean.",
    "new": "A clean audit says the paper is clean. The paper never fixed a valve.",
}


def test_the_model_edits_sentences_and_the_rest_stays_word_for_word() -> None:
    found, model = by_model(
        {"edits": [EDIT], "done": ["Added a dry remark."], "not_done": []}, "add humour, no hashtags"
    )
    assert found.text.replace(EDIT["new"], EDIT["old"]) == POST.removesuffix("\n\n#audit #Safety #plants")
    assert found.done == ["3 hashtags became 0.", "Added a dry remark."] and not found.not_done
    assert "add humour" in model.asked[0].prompt and "hashtags became" not in model.asked[0].prompt
    assert "<<<\nadd humour\n>>>" in model.asked[0].prompt, "a wish is fenced"


def test_what_code_does_exactly_asks_no_model() -> None:
    found, model = by_model("never read", "no hashtags, no emoji")
    assert model.asked == [] and len(found.done) == 2


def test_an_edit_that_brings_something_in_is_left_out_and_said() -> None:
    bad = {"old": EDIT["old"], "new": "97% of clean audits are lies, see https://evil.example/x."}
    found, _ = by_model({"edits": [bad], "done": [], "not_done": []}, "be bolder")
    assert found.text == POST and "97" in found.not_done[0]


@pytest.mark.parametrize(
    "answer", ["no JSON at all", {"edits": "x"}, {"edits": [], "done": [], "not_done": ["No joke was given."]}]
)
def test_without_edits_code_does_what_it_can(answer: Any) -> None:
    found, _ = by_model(answer, "more casual")
    assert "I'm done" in found.text
