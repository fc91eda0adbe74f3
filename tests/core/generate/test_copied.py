"""What stands in the author's earlier posts word for word is taken out, or the variant fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.generate import body as bodies
from core.generate import constraints, copied, repair
from core.generate.constraints import Constraints

POINT = "We moved our planning to Thursday because nobody was ready on a Monday."
PAST = "The lake was as still as glass when we left the harbour that morning. Nobody spoke."
SHORT = "It rained a lot. I was late. You know that. We left."
C = Constraints(chars=(40, 600), person="free", hashtags=(0, 3), sentences=6, material=bodies.plain_words(POINT))


def held(value: str, past: list[str], c: Constraints = C) -> repair.Checked:
    return copied.without(repair.repair(value, c), past, c, 1)


def test_a_sentence_of_an_earlier_post_goes_and_the_rest_stays() -> None:
    found = held(f"{POINT} The lake was as still as glass when we left the harbour, I say.", [PAST])
    assert found.text == POINT
    assert not found.broken
    assert any("an earlier post says it so" in line for line in found.changes)


def test_a_run_over_the_end_of_sentences_is_found() -> None:
    found = held(f"{POINT} {SHORT}", [SHORT])
    assert not copied.runs(found.text) & copied.runs(SHORT)
    assert POINT in found.text


def test_what_the_brief_says_stays_although_it_was_said_before() -> None:
    assert held(POINT, [POINT]).text == POINT
    assert not held(POINT, [POINT]).broken


def test_a_text_that_is_nothing_but_the_past_fails_and_is_never_offered() -> None:
    found = held(PAST, [PAST])
    assert found.broken
    assert not copied.runs(found.text) & copied.runs(PAST)


def test_seven_words_are_nobodys() -> None:
    seven = "The lake was as still as glass, they say of it."
    assert held(f"{POINT} {seven}", [PAST]).text == f"{POINT} {seven}"


def test_an_answer_without_end_is_cut_after_a_sentence() -> None:
    cut = copied.shortened("A long line of words. " * 4000, 6000)
    assert len(cut) <= 6000
    assert cut.endswith("words.")
    assert copied.shortened("x" * 50_000, 6000) == "x" * 6000


def test_leaving_out_looks_at_each_sentence_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = repair.own

    def counted(unit: str, c: Constraints) -> bool:
        asked.append(unit)
        return real(unit, c)

    monkeypatch.setattr(repair, "own", counted)
    value = " ".join(f"Word {chr(97 + n % 26)}{chr(97 + n // 26)} stands here." for n in range(200))
    found = repair.repair(value, replace(C, sentences=300))
    assert len(found.text) <= C.chars[1]
    assert len(asked) <= 2 * 200
    assert not constraints.check(found.text, replace(C, sentences=300))
