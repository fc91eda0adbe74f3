"""The benchmark of generation: its judge knows an author by small words, its figures count what they say they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bench.generation.figures import invented
from bench.generation.judge import Judge, bare, sentences
from bench.generation.runs import waits
from bench.generation.table import paired
from core.store.tables import RunStep


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We sold 12 boxes in 3 weeks.", []),
        ("We sold twelve boxes.", []),
        ("We sold 1,200 boxes in 2019.", ["1200", "2019"]),
        ("Dozens of us, twice a week, for $45.50.", ["2", "45.50"]),
        ("It was the first and the only one. https://a.example/2021/5", []),
    ],
)
def test_a_number_is_invented_where_the_brief_does_not_hold_its_value(text: str, found: list[str]) -> None:
    assert invented(text, "Twelve boxes in three weeks") == found


def test_the_judge_sees_no_subject_and_no_setting_and_knows_an_author_by_their_small_words() -> None:
    assert sentences("The boxes arrived, 12 of them. #new 🎉 https://a.example") == [
        ("the", "S", "ED", ",", "N", "of", "them", ".")
    ]
    assert bare("Look 🎉 @you #tag").split() == ["Look"]
    things = ("boxes", "letters", "trains", "gardens", "bridges", "kitchens", "tables", "rivers")
    short = [f"So we paint {a}. And then, we wait. But not for {b}!" for a in things for b in things if a != b]
    long = [
        f"Although the {a} which were painted by them had been dry for some time, it was nevertheless the {b} that they kept"
        f" looking at; because of this, nothing was done."
        for a in things
        for b in things
        if a != b
    ]
    mixed = [f"They have {a} and we like {b}, or do not like them. It is what it is." for a in things for b in things]
    judge = Judge({"one": mixed[:30], "two": mixed[30:], "three": long[:10]})
    known = judge.author(short[:20], [t * 3 for t in short[20:30]], long[30:40])
    said = known.judged("So we paint doors. And then, we wait. But not for snow!" * 2)
    other = known.judged("Although the doors which were painted by them had been dry, it was nevertheless the snow.")
    assert all(said[part] > 0.5 > other[part] for part in ("grammar", "surface", "both")), (said, other)
    assert known.auc == {"grammar": 1.0, "surface": 1.0}


def test_a_step_waited_without_need_where_nothing_was_at_work() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)

    def step(key: str, start: float, end: float) -> RunStep:
        return RunStep(key=key, started_at=began + timedelta(seconds=start), finished_at=began + timedelta(seconds=end))

    chain = [step("retrieve", 0, 1), step("plan", 1, 2), step("draft:1", 2, 5), step("critique:1", 5, 6)]
    busy = step("draft:2", 6, 8)
    assert waits([*chain, busy], width=1) == [], "one at a time: the second draft had to wait"
    assert waits([*chain, busy], width=2) == ["draft:2: 4.00 s"], "two at a time: it need not"
    assert waits([*chain, step("rewrite:1", 7, 8)], width=1) == ["rewrite:1: 1.00 s"]


def test_paired_gains_have_an_interval_and_a_tie_is_no_win() -> None:
    found = paired([0.2, 0.3, 0.0, 0.1])
    assert found["mean"] == 0.15 and 0 < found["low"] < 0.15 < found["high"] and found["won"] == 0.75
