"""A small model's sentence is kept only where nothing speaks against it: better none than a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import settings
from core.generate.constraints import Constraints
from core.generate.judge import Judged, judge

POINT = "The people who fix the valves know more than the binder."
SHOWN = "Next: That way, a missing box is found within the week."


@pytest.fixture(autouse=True)
def _without_embedder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBRE_EMBEDDER", str(data / "none"))
    settings.cache_clear()


def judged(sentence: str, fluency: float | None = -1.2, you: float = 1.0, banned: tuple[str, ...] = ()) -> Judged:
    known = frozenset(["the", "people", "who", "fix", "valves", "know", "more", "than", "binder", "audits", "workshop"])
    c = Constraints(person="free", banned=banned)
    return judge(
        [sentence], [fluency], point=POINT, about="Audits", known=known, c=c, lead="That way,", shown=SHOWN, you=you
    )[0]


def test_a_sound_sentence_on_the_point_stands() -> None:
    found = judged("That way, valves get some care before audits begin.")
    assert found.defects == () and not found.serious


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("That way, people never see the valves in the workshop.", "denies"),
        ("That way, people don't fix valves in the workshop.", "denies"),
        ("That way, we fix the valves in the workshop.", "claims something"),
        ("That way, he can fix the valves in the workshop.", "claims something"),
        ("That way, people fix seven valves in the workshop.", "claims something"),
        ("That way, everyone can fix valves in the workshop.", "claims more"),
        ("That way, people fix valves in the workshop tomorrow.", "“tomorrow” is not in the brief"),
        ("That way, people fix valves in a zorbled workshop.", "is no word"),
        ("That way, people leverage the valves in the workshop.", "empty phrase"),
        ("That way, people fix valves and people fix valves.", "repeats itself"),
        ("That way, the people who fix the valves know more.", "says again"),
        ("That way, a missing box is found within hours.", "prompt's examples"),
        ("That way, the workshop is a place for valves.", "defines"),
        ("That way, people fix valves with the", "breaks off"),
        ("That way, valves.", "too short"),
    ],
)
def test_what_speaks_against_it_is_named(sentence: str, why: str) -> None:
    found = judged(sentence)
    assert found.serious and any(why in defect for defect in found.defects), found.defects


def test_a_banned_phrase_is_serious() -> None:
    assert judged("That way, people fix valves at source in the workshop.", banned=("at source",)).serious


def test_weak_sentences_may_stand_where_the_post_would_be_too_short() -> None:
    noise = judged("That way, valves get some care before audits begin.", fluency=-2.6)
    assert noise.defects == ("it reads like noise",) and not noise.serious
    beside = judged("That way, the weather can change before the coffee comes.")
    assert "it is beside the point" in beside.defects
    spoken = judged("That way, valves get your care before audits begin.", you=0.0)
    assert "it speaks to the reader, which this author rarely does" in spoken.defects


def test_the_best_comes_first() -> None:
    known = frozenset(["people", "fix", "valves", "audits", "begin", "workshop"])
    rows = ["That way, people never fix valves.", "That way, the weather can change before coffee.",
            "That way, valves get some care before audits begin."]  # fmt: skip
    found = judge(
        rows,
        [-1.0, -1.0, -1.0],
        point=POINT,
        about="Audits",
        known=known,
        c=Constraints(person="free"),
        lead="That way,",
    )
    assert [f.text for f in found] == [rows[2], rows[1], rows[0]]
