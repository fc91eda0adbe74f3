"""Preference rows: one pair once, the way most people had it, asked as generation asks, no brief in both parts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core import authors as people
from core import learn, store
from core.errors import Denied, Invalid
from core.generate import voiced
from core.generate.brief import BriefFields
from core.store import Actor
from core.store.ids import new_id
from core.store.tables import Brief, Run, Variant
from core.store.tables_writing import Vote
from core.train import preferences
from core.train.model import Plan
from tests.core.train import posts

PLAN = Plan(method="dpo")


def draft(tx: store.Writing, author: str, brief: str, text: str) -> str:
    run = Run(id=new_id(), author_id=author, brief_id=brief, status="done", settings={})
    tx.session.add(run)
    tx.session.flush()
    variant = Variant(run_id=run.id, author_id=author, number=1, text=text, generated=text)
    tx.session.add(variant)
    tx.session.flush()
    return variant.id


def vote(actor: Actor, author: str, briefs: int, each: int = 1, turned: int = 0, start: int = 0) -> None:
    """`briefs` briefs with `each` pairs, the good text before the bad one; `turned` people saw each the other way."""
    with store.writing(actor) as tx:
        for n in range(start, start + briefs):
            fields = {"topic": f"Pumps {n}", "points": [f"{n + 3} pumps stood still"], "goal": "sell"}
            brief = Brief(author_id=author, fields=fields)
            tx.session.add(brief)
            tx.session.flush()
            for k in range(each):
                good = draft(tx, author, brief.id, f"Good {n} {k}: pumps stood still and we said so.")
                bad = draft(tx, author, brief.id, f"Bad {n} {k}: excited to announce pumps that stood still.")
                at = posts.START + timedelta(days=n, minutes=k)
                said = [("left", actor.name), *(("right", f"{actor.name} {p}") for p in range(turned))]
                tx.session.add_all(
                    Vote(author_id=author, left_id=good, right_id=bad, choice=choice, by=by, created_at=at)
                    for choice, by in said
                )


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    return posts.author(actor, "Ada", count=8)


def test_rows_ask_as_generation_asks_and_favour_no_length(ada: str, actor: Actor) -> None:
    vote(actor, ada, briefs=24)
    made = preferences.prepare([ada], PLAN)
    assert (len(made.train), len(made.held)) == (18, 6)
    for row in (*made.train, *made.held):
        assert row["chosen"].startswith("Good") and row["rejected"].startswith("Bad") and row["why"] == "vote"
        assert abs(2 * row["words"] - len(row["chosen"].split()) - len(row["rejected"].split())) <= 3
        brief = BriefFields(**row["fields"])
        assert voiced.told(brief, row["words"]) in row["user"] and row["user"].startswith("Posts by Ada:")
    assert max(row["at"] for row in made.train) < min(row["at"] for row in made.held)
    record = made.record()
    assert record["why"] == {"vote": 24} and record["posts"] == {ada: 24} and set(record["consent"]) == {ada}
    assert actor.name not in json.dumps(made.train), "who voted is nothing to learn"


def test_no_brief_is_in_both_parts(ada: str, actor: Actor) -> None:
    vote(actor, ada, briefs=6, each=5)
    made = preferences.prepare([ada], PLAN)
    topics = [{row["fields"]["topic"] for row in part} for part in (made.train, made.held)]
    assert not topics[0] & topics[1]
    assert made.record()["leakage"]["removed"] == 2 == made.record()["left_out"]["of a brief that is kept back"]
    assert len(made.train) == 20 and len(made.held) == 8


def test_a_pair_counts_once_and_not_where_people_disagree(ada: str, actor: Actor) -> None:
    vote(actor, ada, briefs=20)
    vote(actor, ada, briefs=3, turned=1, start=40)
    vote(actor, ada, briefs=2, turned=2, start=50)
    made = preferences.prepare([ada], PLAN)
    record = made.record()
    assert record["left_out"] == {"people disagree": 6, "said more than once": 4}
    assert sum(row["chosen"].startswith("Bad") for row in (*made.train, *made.held)) == 2, "two to one for the other"
    assert record["train"] + record["held"] == 22


def test_too_few_says_what_is_missing(ada: str, actor: Actor) -> None:
    vote(actor, ada, briefs=17)
    with pytest.raises(Invalid, match="17 usable pairs for Ada") as error:
        preferences.prepare([ada], PLAN)
    assert error.value.hint.startswith("3 more will do")
    seen = preferences.preview([ada])
    assert seen.train + seen.held == 17 and seen.problems == [str(error.value)] and "17 from votes" in seen.notes[0]


def test_a_preview_is_made_once_and_again_with_every_change(
    ada: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = [], preferences._gathered
    monkeypatch.setattr(preferences, "_gathered", lambda *asked: made.append(1) or real(*asked))
    vote(actor, ada, briefs=20)
    first = preferences.preview([ada])
    assert preferences.preview([ada]) == first and len(made) == 1
    vote(actor, ada, briefs=4, start=30)
    more = preferences.preview([ada])
    assert (more.train + more.held, len(made)) == (24, 2)
    with store.writing(actor) as tx:
        taken_back = tx.session.query(Vote).first()
        assert taken_back is not None
        taken_back.withdrawn_at = posts.START
    fewer = preferences.preview([ada])
    assert (fewer.train + fewer.held, len(made)) == (23, 3)
    people.consent(ada, False, actor)
    assert preferences.preview([ada]).problems and preferences.preview([ada], PLAN).problems


def test_without_consent_nothing_is_read(ada: str, actor: Actor) -> None:
    vote(actor, ada, briefs=24)
    people.consent(ada, False, actor)
    with pytest.raises(Denied, match="Ada has not agreed"):
        preferences.prepare([ada], PLAN)
    assert "Ada has not agreed" in preferences.preview([ada]).problems[0]


def test_the_export_for_people_still_tells_the_brief_in_words(ada: str, actor: Actor) -> None:
    vote(actor, ada, briefs=1)
    (row,) = learn.pairs(ada)
    assert row["prompt"].startswith("Write a post.\nTopic: Pumps 0") and "fields" not in row
