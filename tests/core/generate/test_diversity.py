"""The diversity budget: what counts as too often, what never does, and what a plan makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core import review, store
from core.generate import angles, diversity, skeleton
from core.generate.brief import BriefFields
from core.generate.constraints import Constraints
from core.generate.diversity import Patterns
from core.generate.frames import FRAMES
from core.generate.style import Style
from core.persona.habits import Habits
from core.store import Actor, ideas, posts, samples
from core.store.base import now

QUESTION = "Who reads the log{n}? Nobody does.\n\nThe valves were fine on visit {n}, and the paper was not."
STORY = "I read log {n} last week. The margins said more.\n\nThe report on visit {n} said that all was well."


def _patterns(newest: list[str], older: list[str]) -> Patterns:
    rows = [[diversity.mark(f"{n}", "sample", "", t) for n, t in enumerate(texts)] for texts in (newest, older)]
    return diversity.of_texts(rows[0], rows[1])


def _many(template: str, count: int) -> list[str]:
    return [template.format(n=n) for n in range(count)]


def _brief(**fields: object) -> BriefFields:
    told = "I opened the binder in March. The log was empty. I stopped trusting the binder."
    base = {"topic": "Audits", "points": ["The paper was clean", "The log is read by nobody"], "story": told}
    return BriefFields.model_validate({**base, **fields})


HABITS = Habits(hooks=["question", "story"], own=True, samples=20)
OFTEN = _patterns([*_many(QUESTION, 6), *_many(STORY, 2)], [*_many(STORY, 16), *_many(QUESTION, 4)])


def test_what_is_over_its_budget_is_named_with_its_figures() -> None:
    (one,) = [a for a in OFTEN.avoid() if a.kind == "hook"]
    assert one.value == "question"
    assert one.why == "6 of the last 8 posts open with a question; usually 2 in 10 do."
    assert "Do not open with a question" in OFTEN.told()


def test_a_habit_of_three_posts_in_four_is_never_held_against_its_author() -> None:
    always = _patterns(_many(QUESTION, 8), [*_many(QUESTION, 15), *_many(STORY, 5)])
    assert not [a for a in always.avoid() if a.kind == "hook"]
    less = _patterns(_many(QUESTION, 8), [*_many(QUESTION, 14), *_many(STORY, 6)])
    assert [a.value for a in less.avoid() if a.kind == "hook"] == ["question"]


def test_a_streak_is_no_pattern_where_the_habit_is_not_known() -> None:
    assert not _patterns(_many(QUESTION, 3), _many(STORY, 20)).avoid()
    assert not [a for a in _patterns(_many(QUESTION, 8), _many(STORY, 5)).avoid() if a.kind == "hook"]


def test_the_same_first_words_and_the_same_call_are_found() -> None:
    ends = "What would you ask first?"
    newest = [f"Here is what visit {n} taught. It was long.\n\n{ends}" for n in range(3)] + _many(STORY, 5)
    found = {a.kind: a for a in _patterns(newest, _many(STORY, 20)).avoid()}
    assert found["opening"].value == "here is what"
    assert found["words"].why.startswith("3 of the last 8 posts end with the same words:")
    again = _patterns(newest, []).again("What would you ask first?")
    assert again is not None
    assert "3 of the last 8 posts" in again.why
    assert _patterns(newest, []).again("Whom do you trust?") is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It works. What would you do?\n\n#audit #valves", "question"),
        ("It works. Follow me for more.", "request"),
        ("It works. Let me know in the comments.\n#audit", "request"),
        ("It works.\n\nhttps://example.org/paper", "link"),
        ("Does it work? It does. The log says so. It always has.", "none"),
    ],
)
def test_calls_to_action(text: str, kind: str) -> None:
    assert diversity.call_of(text)[0] == kind


def test_asking_nothing_is_never_wrong() -> None:
    older = [f"{t}\n\nWho asks?" for t in _many(STORY, 20)]
    assert not [a for a in _patterns(_many(STORY, 8), older).avoid() if a.kind == "call"]


def test_frames_that_were_used_lately_are_passed_over() -> None:
    lately = _patterns(["It was long.\n\nWhat I took from it: read the margins.", *_many(STORY, 4)], [])
    wordings = ("What I took from it:", "My lesson:")
    assert lately.fresh(wordings) == ["My lesson:"]
    assert lately.fresh(wordings[:1]) == ["What I took from it:"]  # one has to stand


def test_a_skeleton_takes_a_frame_that_was_not_used_lately() -> None:
    angle = next(a for a in angles.plan(_brief(variants=5), HABITS) if a.kind == "story")
    constraints = Constraints(chars=(10, 3000))

    def units(lately: Patterns | None) -> str:
        return " ".join(skeleton.compose(angle, _brief(), Style(), constraints, 1, lately).body().units())

    wordings = [frame for rows in FRAMES["lesson"].values() for frame in rows if len(frame.split()) > 1]
    used = next(frame for frame in wordings if frame in units(None))
    after = _patterns([f"It was long.\n\n{used} read the margins.", *_many(STORY, 4)], [])
    assert used not in units(after)
    assert "The paper was clean".lower() in units(after).lower()


def test_a_record_comes_back_the_same() -> None:
    assert Patterns.restored(json.loads(json.dumps(OFTEN.record()))) == OFTEN
    assert Patterns.restored({}) == Patterns()


# ---- the plan ------------------------------------------------------------------------------------------------


def test_the_plan_puts_back_what_was_used_too_often() -> None:
    usual = angles.plan(_brief(), HABITS)
    assert usual[0].kind == "question"
    turned = angles.plan(_brief(), HABITS, patterns=OFTEN)
    assert turned[0].kind == "story"
    assert turned[0].why == "an opening that this author uses too; the last posts opened with a question too often"
    assert turned[-1].kind == "question" or "question" not in [a.kind for a in turned]
    (row,) = [r for r in angles.avoided(_brief(), OFTEN) if r["kind"] == "hook"]
    assert row["angle"] == "Question first"
    assert row["why"] == "6 of the last 8 posts open with a question; usually 2 in 10 do."


def test_what_a_person_asks_for_is_never_put_back() -> None:
    assert angles.plan(_brief(hook="question"), HABITS, patterns=OFTEN)[0].kind == "question"
    first = angles.plan(_brief(angle="question", hook="story"), HABITS, patterns=OFTEN)[0]
    assert (first.kind, first.why) == ("question", "the angle that was asked for")
    assert not [r for r in angles.avoided(_brief(angle="question"), OFTEN) if r["angle"]]
    rows = [{"kind": "story"}, {"kind": "question"}]
    assert angles.from_model(rows, _brief(angle="question"), HABITS, patterns=OFTEN)[0].kind == "question"


def test_a_point_that_begins_like_the_last_posts_does_not_lead() -> None:
    newest = [f"The paper was clean again on visit {n}. I was not.\n\nSo I left." for n in range(3)]
    lately = _patterns([*newest, *_many(STORY, 5)], _many(STORY, 20))
    brief = _brief(angle="claim")
    assert angles.plan(brief, HABITS)[0].lead == 0
    assert angles.plan(brief, HABITS, patterns=lately)[0].lead == 1


def test_a_call_that_repeats_is_said_and_left_as_it_is() -> None:
    lately = _patterns([f"{t}\n\nWho asks first?" for t in _many(STORY, 6)], [])
    rows = angles.avoided(_brief(call_to_action="Who asks first?"), lately)
    assert [r["kind"] for r in rows if r["value"] == "who asks first"] == ["words"]


# ---- the store -----------------------------------------------------------------------------------------------


def test_posts_of_timbre_come_first_and_samples_fill_up(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    before = diversity.recent(ada)
    assert [m.source for m in before.marks] == ["sample"] * diversity.FEW
    assert before.basis == 40 - diversity.FEW
    chosen = review.create(ada, "Logs", "Who reads the log? Nobody.", actor, variant_id="v1")
    review.create(ada, "A note", "Only typed, and approved by nobody yet.", actor)
    after = diversity.recent(ada)
    assert after.marks[0].id == chosen.id
    assert [m.source for m in after.marks] == ["post"] + ["sample"] * (diversity.FEW - 1)
    with store.writing(actor) as tx:
        posts.get(tx, chosen.id).created_at = now() - timedelta(weeks=diversity.WEEKS, days=1)
        posts.get(tx, chosen.id).title = "Older"
    assert chosen.id not in [m.id for m in diversity.recent(ada).marks]


def test_a_published_post_that_was_imported_again_counts_once(two_authors: dict[str, str], actor: Actor) -> None:
    bo, body = two_authors["Bo"], "Who reads the log? Nobody does."
    review.create(bo, "Logs", body, actor, variant_id="v1")
    with store.writing(actor) as tx:
        samples.get(tx, ideas.newest(tx, bo, 1)[0].id).text = body
    found = diversity.recent(bo)
    assert [m.hook for m in found.marks].count("question") == 1


def test_the_newest_samples_within_the_weeks_all_count(two_authors: dict[str, str]) -> None:
    found = diversity.recent(two_authors["Ada"], weeks=52 * 20)
    assert len(found.marks) == diversity.MOST
    assert found.marks[0].at > found.marks[-1].at
    assert replace(found, marks=()).avoid() == []
