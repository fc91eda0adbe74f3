"""Articles: outline, sections, article; by a model each section from its own passages, by code word for word."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from analytics import text
from core import llm
from core.generate import article, constraints
from core.generate.brief import BriefFields
from core.generate.desk import Step
from core.generate.material import Material
from core.generate.style import Style
from core.persona.habits import Habits

BRIEF = BriefFields(
    topic="Safety audits in old plants.",
    points=["A clean audit says that the paper is clean", "The workshop knows which valves stick"],
    story="Last March the northern plant passed its audit. The log was empty.",
    opinion="I trust the people who fix the valves.",
    call_to_action="Who do you ask first?",
    link="https://example.org/audit",
)
PASSAGES = [
    {"id": "k1", "title": "Audit report 2019", "url": "https://example.org/report",
     "text": "The audit found the paper of 14 plants to be clean. It was a long day. Nobody opened a valve during the audit of the paper."},
    {"id": "k2", "title": "Talk with the workshop", "url": "",
     "text": "In the workshop everybody knows the valves that stick. And they said so. Three valves had not moved since spring 2017."},
]  # fmt: skip
C = constraints.build(
    BRIEF, Habits(own=True), Style(), banned=["game changer"], knowledge=[p["text"] for p in PASSAGES]
)
SMALL = Material("run", "author", "Ada Lind", BRIEF, Habits(), Style(), C, llm.Model("embedded", "s", True), 1,
                 passages=PASSAGES)  # fmt: skip
LARGE = replace(SMALL, model=llm.Model("openai", "big-70b", False))
PLAN = {
    "title": "What a clean audit hides",
    "sections": [
        {"heading": "The empty log", "says": "The audit was passed, the log empty.", "passages": []},
        {"heading": "What 97 auditors say", "says": "Paper is checked.", "passages": [1, 7]},
        {"heading": "Ask the workshop", "says": "They know.", "passages": [2]},
    ],
}


class Model:
    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[llm.Request]()

    def call(self, request: llm.Request, show: str = "") -> llm.Completion:
        self.asked.append(request)
        said = self.answers.pop(0)
        return llm.Completion([said if isinstance(said, str) else json.dumps(said)], [None], 1, 1, "test")


def made(material: Material, model: Model) -> tuple[str, list[dict[str, Any]], list[Any], dict[str, Any]]:
    planned = article.outline(cast(Step, model), material)
    written = [article.section(cast(Step, model), material, planned, n) for n in range(len(planned["sections"]))]
    return *article.finish(material, planned, written), planned


def test_by_code_every_sentence_is_the_briefs_or_a_named_sources_and_it_says_so() -> None:
    value, parts, broken, planned = made(SMALL, Model())
    assert broken == [] and "not an article yet" in planned["note"]
    assert [p["heading"] for p in parts] == ["", *BRIEF.points]
    assert "“The audit found the paper of 14 plants to be clean.” (Audit report 2019)" in parts[1]["text"]
    assert "“In the workshop everybody knows the valves that stick.” (Talk with the workshop)" in parts[2]["text"]
    assert value.startswith("Safety audits in old plants\n\nLast March") and value.endswith(
        "Who do you ask first?\n\nhttps://example.org/audit"
    )
    known = f"{BRIEF.material} {BRIEF.topic} {BRIEF.link} " + " ".join(p["title"] + " " + p["text"] for p in PASSAGES)
    assert set(text.words(value.lower())) <= set(text.words(known.lower()))
    assert "And they said so" not in value, "a sentence that leans on another is not torn out"


def test_no_sentence_stands_in_it_twice() -> None:
    rows = [
        {"heading": "A", "text": "The log was empty. I read it."},
        {"heading": "B", "text": "The log was empty. It stayed so."},
    ]
    value, parts, _ = article.finish(SMALL, {"title": "x", "sections": rows, "note": ""}, rows)
    assert value.count("The log was empty.") == 1 and parts[1]["text"].startswith("It stayed so.")


def test_without_knowledge_and_points_it_still_has_the_story() -> None:
    brief = BriefFields(topic="Audits", story="The log was empty. I read it twice.")
    c = constraints.build(brief, Habits(), Style())
    bare = replace(SMALL, passages=[], brief=brief, constraints=c)
    value, parts, broken, _ = made(bare, Model())
    assert len(parts) == 1 and not broken and "I read it twice." in value


def test_by_model_each_section_sees_the_outline_and_only_its_passages() -> None:
    answers = ["The log was empty, and the northern plant had passed its audit last March. " * 2,
               "Paper was checked in 14 plants. Some 97 auditors agree. Nobody opened a valve, the report says, and the paper was clean.",
               "Ask the workshop\n\nEverybody there knows the valves that stick, and three had not moved since spring 2017, they told me."]  # fmt: skip
    model = Model(PLAN, *answers)
    value, parts, broken, planned = made(LARGE, model)
    assert broken == [] and planned["note"] == "" and value.startswith("What a clean audit hides\n\nThe empty log\n\n")
    assert "14 plants" in model.asked[2].prompt and "spring 2017" not in model.asked[2].prompt
    assert "spring 2017" in model.asked[3].prompt and "14 plants" not in model.asked[3].prompt
    assert "1. The empty log" in model.asked[3].prompt, "the outline is told"
    assert planned["sections"][1]["heading"] == "" and planned["sections"][1]["draws_on"] == [0]
    assert "97" not in value, "what nobody said is taken out"
    assert not parts[2]["text"].startswith("Ask the workshop\n"), "the heading is not said twice"


@pytest.mark.parametrize("answer", ["nothing", {"sections": []}, {"sections": ["x", {"heading": "", "says": ""}]}])
def test_a_plan_that_is_none_is_made_by_code(answer: Any) -> None:
    planned = article.outline(cast(Step, Model(answer)), LARGE)
    assert [s["heading"] for s in planned["sections"]][1:] == BRIEF.points and planned["note"]


def test_a_section_that_says_nothing_is_set_by_code() -> None:
    planned = article.from_model(PLAN, LARGE)
    found = article.section(cast(Step, Model("It is a game changer. Call +49 170 1234567.")), LARGE, planned, 2)
    assert found["text"].startswith("“In the workshop everybody knows") and "They know." not in found["text"]


def test_an_article_of_nothing_is_broken_and_says_why() -> None:
    _, parts, broken = article.finish(LARGE, {"title": "x", "sections": [], "note": ""}, [])
    assert parts == [] and "Nothing was left" in broken[0].message
