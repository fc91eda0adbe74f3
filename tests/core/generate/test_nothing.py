"""A run of which nothing came: the reason that most variants share, and what to do about it."""

from __future__ import annotations

import pytest

from core.generate import nothing
from core.store.tables import RunStep, Variant

SHORT = "It has {} characters; at least 800 are meant. Give the brief another point or more of the story."


def step(*names: str) -> RunStep:
    return RunStep(output={"broken": [{"name": name, "message": "x"} for name in names]})


def test_the_reason_that_most_share_is_said_once_whatever_its_numbers() -> None:
    failed = [
        Variant(reasons=["It says “synergy”, which is banned."]),
        *[Variant(reasons=[SHORT.format(n)]) for n in (512, 498)],
    ]
    said, hint = nothing.came_of(failed, [step("banned"), step("length"), step("length")])
    assert said == (
        "Nothing came of this run. None of its 3 variants passed. The reason for 2 of 3: It has 512 characters; at "
        "least 800 are meant."
    )
    assert "another point" in hint


@pytest.mark.parametrize(
    ("name", "advice"),
    [("numbers", "put it into the brief"), ("emoji", "Persona page"), ("banned", "guideline"), ("copied", "no earlier"),
     ("parts", "Add a point")],
)  # fmt: skip
def test_what_to_do_fits_what_broke(name: str, advice: str) -> None:
    assert advice in nothing.came_of([Variant(reasons=["Why."])], [step(name)])[1]


def test_a_change_that_failed_says_that_the_text_stands() -> None:
    assert "Your text is as it was." in nothing.came_of([Variant(reasons=["Why."])], [step("length")], "revise")[1]


def test_a_run_without_any_variant_says_so() -> None:
    assert "wrote no variant" in nothing.came_of([], [])[0]
