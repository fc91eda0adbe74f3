"""Other forms: no part over its limit, nothing lost from a thread, nothing foreign in any of them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import text
from core import llm
from core.generate import adapt, adapt_code, adapt_files, figures
from core.generate.adapt_cut import shortened, units
from core.generate.body import plain_words
from core.generate.brief import BriefFields
from core.generate.constraints import Constraints
from core.generate.desk import Step
from core.generate.finish import tidy
from core.generate.material import Material
from core.generate.style import Style
from core.persona.habits import Habits
from core.platforms import FORMS

POST = """I stopped trusting the binder on the third visit.

Last March the northern plant passed its audit. I read the maintenance log the same week, and the log was empty for 3 months.

Three things I now do first:
- Coffee in the workshop
- A look at the log
- Only then the binder, which is the cleanest thing in the whole plant

A clean audit says that the paper is clean. The people who fix the valves know more than the binder.

Read it here: https://example.org/audit

Who do you ask first?

#audit #Safety #plants"""
BRIEF = BriefFields(
    topic="Safety audits in old plants",
    points=["A clean audit says that the paper is clean"],
    opinion="The people who fix the valves know more than the binder.",
    call_to_action="Who do you ask first?",
    link="https://example.org/audit",
)
C = Constraints(chars=(0, 3000), numbers=figures.allowed(POST), links=("https://example.org/audit",), link=BRIEF.link)
MADE = [name for name in FORMS if name not in ("article",)]
pieces = st.sampled_from(
    ["I", "the", "valve", "3", "000", "12%", "a,", "plants.", "Why?", "Yes;", "\n", "\n\n", "- item", "🚀", "日本語の文章です。", "日本",
     "https://example.org/audit", "#audit", "#Win", "“clean”", "x" * 60, "e.g.", "\u00a0", "1.", "It", "fails."]
)  # fmt: skip
texts = st.lists(pieces, max_size=160).map(" ".join)


def said(parts: list[str]) -> str:
    return plain_words("\n".join(parts))


@settings(max_examples=120, deadline=None)
@given(texts, st.sampled_from(MADE), st.sampled_from(["", "https://example.org/audit"]))
def test_no_part_is_over_its_limit_and_nothing_foreign_comes_in(value: str, form: str, link: str) -> None:
    brief, c = replace_link(link)
    parts = adapt.by_code(form, value, brief, c, "Ada Lind")
    kind = FORMS[form]
    assert not any(kind.over(part) for part in parts) or form == "post"
    if form == "thread":
        assert not any(kind.over(part) for part in adapt.numbered(parts))
    if not kind.links:
        assert not any(text.links(part) for part in parts)
    frame = f"{value} {link} {brief.call_to_action} Ada Lind {adapt_code.IN_BIO if link else ''}"
    known = set(plain_words(frame).split()) | set(plain_words(tidy(frame)).split())
    assert set(said(parts).split()) <= known
    broken = [b for b in adapt.check(form, parts, c, f"{value} {link}") if b.name != "parts"]
    assert not broken or form == "post"


def replace_link(link: str) -> tuple[BriefFields, Constraints]:
    return BRIEF.model_copy(update={"link": link}), replace(C, link=link)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_a_thread_loses_nothing_and_cuts_no_word(value: str) -> None:
    parts = adapt.by_code("thread", value, BriefFields(topic="x"), C)
    whole = [word for unit in units(value)[0] for word in unit.text.split()]
    out = [word for unit_part in parts for word in unit_part.split()]
    kept = out[: len(out) - len(text.hashtags(parts[-1]))] if parts else []
    assert "".join(kept) == "".join(whole)
    assert all(word in whole or any(sign > "\u3000" for sign in word) for word in kept), "only signs are ever parted"
    if all(sign < "\u3000" for sign in value):
        assert kept == whole


def test_a_thread_keeps_paragraphs_together_and_leaves_room_for_numbers() -> None:
    parts = adapt.by_code("thread", POST, BRIEF, C)
    assert 2 <= len(parts) <= 5
    assert parts[0].startswith("I stopped trusting the binder")
    assert "Last March the northern plant passed its audit. I read the maintenance log the same week" in "\n".join(
        parts
    )
    assert parts[-1].endswith("#audit #Safety") and "".join(parts).count("https://example.org/audit") == 1
    assert adapt.numbered(parts)[1].endswith(f"\n2/{len(parts)}")
    assert not adapt.check("thread", parts, C, POST)


def test_a_link_that_stands_in_the_first_comment_ends_the_thread() -> None:
    without = POST.replace("Read it here: https://example.org/audit\n\n", "")
    parts = adapt.by_code("thread", without, BRIEF, C)
    assert "https://example.org/audit" in parts[-1]


def test_a_sentence_over_the_limit_is_parted_at_a_comma_never_inside_a_number() -> None:
    long = "When the plant had passed, " + "and nobody had asked the people who fix the valves " * 5 + "3 000 went out."
    parts = adapt.by_code("thread", long, BriefFields(topic="x"), C)
    assert len(parts) == 2 and not any(p.endswith("3") for p in parts)


def test_no_cut_parts_a_number_and_every_numbered_post_fits_wherever_the_limit_falls() -> None:
    for pad in range(12):
        value = "a" * (pad + 1) + " word" * 52 + " 3 000 people went out" + " word" * 60 + "."
        parts = adapt.by_code("thread", value, BriefFields(topic="x"), C)
        assert not any(part.endswith(" 3") for part in parts) and "3 000" in "\n".join(parts)
        assert not any(FORMS["thread"].over(part) for part in adapt.numbered(parts))


def test_single_tells_the_opening_and_the_link() -> None:
    (one,) = adapt.by_code("single", POST, BRIEF, C)
    assert one.startswith("I stopped trusting the binder") and "https://example.org/audit" in one
    assert text.hashtags(one) in ([], ["#audit"])


def test_a_caption_has_its_hook_alone_and_no_address() -> None:
    (one,) = adapt.by_code("caption", POST, BRIEF, C)
    assert one.split("\n\n")[0] == "I stopped trusting the binder on the third visit."
    assert "example.org" not in one and "Read it here" not in one
    assert one.endswith("Link in bio.\n\n#audit #Safety #plants")
    (bare,) = adapt.by_code("caption", POST, *replace_link(""))
    assert "Link in bio" not in bare


def test_a_long_caption_drops_the_weakest_and_keeps_hook_and_points() -> None:
    filler = "\n\n".join(
        f"It went on like this for a while in the corridor number {'abcdefgh'[n % 8]}." for n in range(60)
    )
    (one,) = adapt.by_code("caption", f"{POST}\n\n{filler}", BRIEF, C)
    assert 1800 < len(one) <= 2200 and "A clean audit says that the paper is clean." in one


def test_a_quote_is_the_authors_opinion_word_for_word() -> None:
    (one,) = adapt.by_code("quote", POST, BRIEF, C, "Ada Lind")
    assert one == "“The people who fix the valves know more than the binder.”\n— Ada Lind"


def test_nobody_is_quoted_with_what_another_said() -> None:
    assert adapt.by_code("quote", "The foreman said the log was empty. “Never open it.”", BRIEF, C, "Ada") == []
    assert adapt.check("quote", [], C)[0].name == "parts"


def test_slides_begin_with_a_title_and_end_with_the_call() -> None:
    slides = adapt.by_code("carousel", POST, BRIEF, C)
    assert 5 <= len(slides) <= 10 and slides[-1] == "Who do you ask first?"
    assert all(not adapt.slide_over(s) for s in slides) and not adapt.check("carousel", slides, C, POST)
    assert slides[0].split("\n")[0] == "I stopped trusting the binder on the third visit."


def test_a_sentence_longer_than_a_slide_begins_in_the_title_and_is_marked_where_it_is_cut() -> None:
    long = " ".join(f"word{chr(97 + n % 26)}" for n in range(70)) + "."
    slides = adapt.by_code("carousel", f"{POST}\n\n{long}", BRIEF, C)
    assert not adapt.check("carousel", slides, C, f"{POST} {long}")
    cut = next(s for s in slides if "worda" in s)
    assert cut.split("\n")[0].endswith("wordk …") and cut.endswith(" …")


def test_too_short_a_text_is_no_carousel_and_says_so() -> None:
    slides = adapt.by_code("carousel", "One sentence only.", BriefFields(topic="x"), C)
    assert "too short" in adapt.check("carousel", slides, C)[0].message


def test_a_hook_is_the_opening_or_its_first_clause() -> None:
    assert adapt.by_code("hook", POST, BRIEF, C) == ["I stopped trusting the binder on the third visit."]
    assert (
        shortened("When the plant passed, nobody asked the people who fix the old valves there", 11)
        == "When the plant passed"
    )
    assert shortened("one two three four five six seven eight nine ten the twelve thirteen", 11).endswith("ten …")


@pytest.mark.parametrize("form", MADE)
def test_an_empty_text_gives_no_part_rather_than_an_error(form: str) -> None:
    parts = adapt.by_code(form, "", BriefFields(topic="x"), C)
    assert parts in ([], [""]) and adapt.check(form, parts, C)


def test_what_nobody_said_is_found() -> None:
    found = adapt.check("single", ["It failed 97 times, see https://evil.example/x"], C, POST)
    assert {b.name for b in found} == {"facts"}
    assert adapt.check("caption", ["See https://example.org/audit"], C, POST)[0].name == "link"
    assert adapt.check("hook", ["word " * 13], C, "word")[0].name == "length"


# ---- a large model -------------------------------------------------------------------------------------------

M = Material("run", "author", "Ada Lind", BRIEF, Habits(), Style(), C, llm.Model("openai", "big-70b", False), 1)


def by_model(form: str, answer: object) -> list[str]:
    class Model:
        def call(self, request: llm.Request, show: str = "") -> llm.Completion:
            assert f"<<<\n{POST}\n>>>" in request.prompt, "the post is fenced"
            return llm.Completion([answer if isinstance(answer, str) else json.dumps(answer)], [None], 1, 1, "test")

    return adapt.by_model(cast(Step, Model()), M, form, POST)


def test_a_models_thread_is_cut_to_the_limit_and_ends_with_link_and_hashtags() -> None:
    long = POST.removesuffix("\n\n#audit #Safety #plants").replace("Read it here: https://example.org/audit\n\n", "")
    parts = by_model("thread", {"parts": [long]})
    assert len(parts) > 1 and not any(FORMS["thread"].over(p) for p in adapt.numbered(parts))
    assert parts[-1].endswith("https://example.org/audit\n\n#audit #Safety")
    assert not adapt.check("thread", parts, C, POST)


@pytest.mark.parametrize(
    "answer", ["no JSON", {"parts": []}, {"parts": "x"}, {"parts": [7]}, {"parts": ["It failed 97 times."]}]
)
@pytest.mark.parametrize("form", [name for name in FORMS if name not in ("article", "post", "quote")])
def test_what_a_model_answers_wrongly_is_made_by_code(form: str, answer: object) -> None:
    assert by_model(form, answer) == adapt.by_code(form, POST, BRIEF, C, "Ada Lind")


def test_a_models_sentence_with_something_foreign_is_left_out_of_the_part() -> None:
    (one,) = by_model("single", {"parts": ["The binder is clean. 97% agree. See https://evil.example/x now please."]})
    assert "97" not in one and "evil" not in one and one.startswith("The binder is clean.")
    assert one.endswith("https://example.org/audit\n\n#audit")


def test_a_models_slides_keep_titles_and_end_with_the_call() -> None:
    rows = [f"The binder, {w}\nThe people who fix the valves know more." for w in ("again", "anew", "still", "only")]
    slides = by_model("carousel", {"parts": rows})
    assert slides[:4] == rows and slides[-1] == "Who do you ask first?"


def test_a_quote_is_never_the_models() -> None:
    assert by_model("quote", {"parts": ["“Never said.”"]}) == adapt.by_code("quote", POST, BRIEF, C, "Ada Lind")


def test_a_file_holds_every_part_and_no_cell_of_it_runs() -> None:
    parts = ["=1+1 is what I said", " @you: *stars*\nsecond line", "plain, with a comma"]
    rows = list(csv.reader(adapt_files.saved("thread", parts, "csv").splitlines(keepends=True)))
    assert [row[-1] for row in rows] == ["text", "'=1+1 is what I said", "' @you: *stars*\nsecond line", parts[2]]
    assert all(part in adapt_files.saved("thread", parts, "txt") for part in parts)
    marked = adapt_files.saved("thread", parts, "md")
    assert "\\*stars\\*  \nsecond line" in marked and marked.count("## ") == 3


def test_what_timbre_told_the_model_is_in_no_part() -> None:
    told = "You keep their words wherever you can, and their order."
    (one,) = by_model("single", {"parts": [f"The binder is clean. {told}"]})
    assert one.startswith("The binder is clean.") and "wherever you can" not in one


def test_hashtags_in_a_row_are_no_words_and_a_comma_begins_no_sentence() -> None:
    for row in ("We won. #a1 #b #c https://example.org/x", "We won. #a1 # #b #c 🎉", "We won. #a1 #b #c Nordwerk"):
        found, tags = units(row)
        assert tags == ["#a1", "#b", "#c"] and not any("b" in one.text.split() for one in found)
    assert units("Two of #them are mine #always")[0][0].text == "Two of them are mine always"
    assert len(units("We like Alphabet Inc. , Nordwerk and others.")[0]) == 1
