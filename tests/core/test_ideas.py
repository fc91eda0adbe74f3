"""Ideas: what counts as said already, topics that are due, what was left open, and that nothing comes twice."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import ideas, knowledge, persona, review, store
from core.errors import Conflict, Denied, NotFound
from core.ideas import topics, unsaid
from core.ideas.corpus import Corpus, corpus, stem, telling
from core.store import Actor, authors
from core.store.ideas import Text
from tests.conftest import write_samples

START = datetime(2024, 1, 1, tzinfo=UTC)
VALVES = (
    "The valve in hall {n} leaked again, and a valve that leaks is a gauge that lies. Read the gauge, mend the valve."
)
LEDGERS = (
    "A ledger on desk {n} was empty. An empty ledger tells more than a full ledger, said the auditor to the auditor."
)
FILLER = "On day {n} I walked home along the harbour and thought about lunch."


def _own(texts: Sequence[str], **fields: Any) -> Corpus:
    return corpus([Text(f"{n}", "sample", START + timedelta(days=7 * n), t, **fields) for n, t in enumerate(texts)])


def _many(template: str, count: int) -> list[str]:
    return [template.format(n=n) for n in range(count)]


# ---- words ---------------------------------------------------------------------------------------------------


def test_words_that_say_nothing_are_not_telling() -> None:
    assert list(telling("The valves of the boilers are always there", 2)) in (["boiler", "valve"], ["valve", "boiler"])
    assert stem("Valves’") == stem("valve’s") == "valve"
    assert stem("process") == "process"


def test_the_nearest_later_text_is_found() -> None:
    own = _own([VALVES.format(n=1), FILLER.format(n=2), "The gauge lies and the valve leaks, said hall 4."])
    number, share = own.nearest("The valve leaks and the gauge lies", after=0)
    assert (number, share >= 0.9) == (2, True)
    assert own.nearest("The valve leaks", after=2) == (-1, 0.0)
    assert corpus([]).nearest("anything") == (-1, 0.0)


# ---- topics --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (_many(VALVES, 5), "From 30 posts on, topics that are due show here; 5 so far."),
        (_many(FILLER, 40), "No topic comes back often enough in their 40 posts for one to be due."),
        (_many(FILLER, 20) + _many(VALVES, 20), "has not been left out of the newest 12."),
        (_many(VALVES, 20) + _many(FILLER, 20), ""),
    ],
)
def test_why_nothing_is_due_is_said_as_it_is(data: Path, actor: Actor, texts: list[str], said: str) -> None:
    with store.writing(actor) as tx:
        author = authors.add(tx, "Cy").id
    write_samples(author, texts)
    told = ideas.why_none_due(author)
    assert told.endswith(said), told
    assert bool(told) == bool(said)


def test_a_topic_under_its_usual_share_is_due() -> None:
    mixed = [t for pair in zip(_many(VALVES, 20), _many(LEDGERS, 20), strict=True) for t in pair]
    (one,) = topics.due(_own([*mixed, *_many(VALVES, 12)]))
    assert "ledger" in one.title.lower()
    assert one.why.startswith("None of the newest 12 posts is on the topic")
    assert one.why.endswith("usually 5 in 10 are (52 posts).")
    assert "ledger" in one.evidence[0].text.lower()
    assert not topics.due(_own(mixed))


def test_what_was_given_up_long_ago_is_not_due() -> None:
    assert not topics.due(_own([*_many(LEDGERS, 30), *_many(VALVES, 60)]))


def test_pillars_of_posts_take_the_place_of_topics() -> None:
    names = ["People", "Plants"] * 20 + ["Plants"] * 12
    own = corpus([Text(f"{n}", "post", START, f"Text {n}", pillar=name) for n, name in enumerate(names)])
    assert [t.label for t in topics.topics(own)] == ["Plants", "People"]
    (one,) = topics.due(own)
    assert one.why == "None of the newest 12 posts is on the pillar “People”; usually 5 in 10 are (52 posts)."


# ---- not said yet --------------------------------------------------------------------------------------------

ASKED = "The turbine in Rotterdam stood still.\n\nWho repairs a turbine when the harbour mechanics retire?"
PROMISED = "The turbine stood still. I will write about the Rotterdam mechanics in another post."


@pytest.mark.parametrize(("find", "text"), [(unsaid.open_questions, ASKED), (unsaid.promises, PROMISED)])
def test_what_was_left_open_is_proposed_until_a_later_post_comes_back(find: Any, text: str) -> None:
    (one,) = find(_own([*_many(VALVES, 3), text, *_many(LEDGERS, 3)]))
    assert one.evidence[0].id == "3"
    assert one.evidence[0].text == " ".join(text.split())
    assert "22 January 2024" in one.why
    later = "Retired harbour mechanics in Rotterdam still repair the turbine, and they teach who repairs turbines next."
    assert not list(find(_own([*_many(VALVES, 3), text, *_many(LEDGERS, 3), later])))
    assert not list(find(_own([*_many(VALVES, 3), text]))), "nothing can have come after the newest post"


def test_small_talk_at_the_end_is_no_open_question() -> None:
    small = [
        f"{FILLER.format(n=1)} {q}" for q in ("What do you think?", "Did I miss anything here?", "And then what else?")
    ]
    assert not list(unsaid.open_questions(_own([*small, *_many(LEDGERS, 3)])))


def test_a_well_received_post_is_followed_up_once_it_is_old_enough() -> None:
    own = _own(_many(FILLER, 19), metrics={"reactions": 10})
    best = Text("best", "sample", START, ASKED, metrics={"reactions": 300, "comments": 40})
    own = corpus([*own.texts[:5], best, *own.texts[5:]])
    (one,) = [p for p in unsaid.follow_ups(own, START + timedelta(days=400)) if p.evidence[0].id == "best"]
    assert "It had 340 reactions, comments and reposts" in one.why
    assert not [p for p in unsaid.follow_ups(own, START + timedelta(days=9)) if p.evidence[0].id == "best"]
    few = corpus(own.texts[:8])
    assert not list(unsaid.follow_ups(few, START + timedelta(days=400)))


def test_subjects_that_a_person_named(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    persona.derive(ada, actor)
    persona.set_questionnaire(ada, {"expertise": "audits of plants, turbine welding"}, actor)
    (one,) = [p for p in ideas.proposals(ada) if p.kind == "unsaid"]
    assert one.title == "Turbine welding: nothing said yet"
    assert "none of the 40 posts is about it" in one.why
    assert one.fields == {"topic": "turbine welding"}


# ---- from the sources ----------------------------------------------------------------------------------------

FACT = "A survey of 412 refineries found that 37% of the inspection ledgers were never opened."


def test_a_fact_that_a_post_has_used_is_not_proposed(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    kept = knowledge.add_note("Survey", f"{FACT} It was long.", ada, actor)
    (one,) = ideas.proposals(ada)
    assert one.fields == {"topic": "Survey", "points": [FACT], "knowledge": [kept.id]}
    assert one.evidence[0].text == FACT
    write_samples(ada, ["37% of the ledgers in that survey of refineries were never opened. I was one of them."])
    assert not ideas.proposals(ada)


# ---- deciding ------------------------------------------------------------------------------------------------


@pytest.fixture
def one(two_authors: dict[str, str], actor: Actor) -> tuple[str, str]:
    knowledge.add_note("Survey", FACT, two_authors["Ada"], actor)
    (found,) = ideas.proposals(two_authors["Ada"])
    return two_authors["Ada"], found.key


def test_asked_for_at_once_from_many_sides_it_is_one_idea(one: tuple[str, str], actor: Actor) -> None:
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda _: _try(*one, actor), range(6)))
    assert len({row for row in taken if row}) == 1
    assert len(review.listed("Idea")) == 1
    assert len({ideas.brief_of(review.listed("Idea")[0].id, actor) for _ in range(3)}) == 1


def _try(author: str, key: str, actor: Actor) -> str | None:
    try:
        return ideas.take(author, key, actor).post_id
    except (Conflict, NotFound):
        return None


def test_dismissed_never_comes_again_and_taken_cannot_be_dismissed(one: tuple[str, str], actor: Actor) -> None:
    row = ideas.dismiss(*one, actor)
    assert not ideas.proposals(one[0])
    with pytest.raises(NotFound):
        ideas.take(*one, actor)
    ideas.take_back(row.id, actor)
    ideas.take(*one, actor)
    with pytest.raises((Conflict, NotFound)):
        ideas.dismiss(*one, actor)
    assert [post.status for post in review.listed()] == ["Idea"]


def test_a_reader_may_look_and_no_more(one: tuple[str, str], actor: Actor) -> None:
    reader = replace(actor, role="reader")
    for act in (ideas.take, ideas.dismiss):
        with pytest.raises(Denied):
            act(*one, reader)
    assert not review.listed()


def test_an_idea_from_elsewhere_gets_a_brief_with_its_title(two_authors: dict[str, str], actor: Actor) -> None:
    post = review.create(two_authors["Bo"], "Why logs have gaps", "", actor, status="Idea")
    brief = ideas.brief_of(post.id, actor)
    ((_, kept),) = ideas.in_calendar(two_authors["Bo"])
    assert kept is not None
    assert (kept.id, kept.fields) == (brief, {"topic": "Why logs have gaps"})
