"""Lessons: what comes back in edits and votes is proposed with its cases; accepted, turned down, undone, audited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import authors as people
from core import lab, learn, persona, review, store, today
from core.errors import Conflict, Denied, Invalid
from core.generate import commands as generate
from core.generate.brief import BriefFields
from core.generate.material import settings_of
from core.store import Actor
from core.store.tables import Change
from core.store.tables_writing import Lesson, Vote
from tests.core.learn.conftest import MIDDLE, Drafted, body, line

LAST = ("Write to me if you want the list.", "That is all there is to it.", "Have a good week on site.",
        "More of this on Monday.", "Thank you for reading so far.")  # fmt: skip


def keys(author: str) -> list[str]:
    return [one.key for one in learn.proposals(author)]


def cut_last_lines(ada: str, drafted: Drafted, cut: int = 7, kept: int = 2) -> None:
    for n in range(cut + kept):
        to = body(n) if n < cut else body(n) + "\n\n" + LAST[n % 5] + " "
        drafted(ada, f"{body(n)}\n\n{LAST[n % 5]}", to)


def test_what_people_do_again_and_again_is_proposed_with_its_cases(ada: str, drafted: Drafted, actor: Actor) -> None:
    cut_last_lines(ada, drafted)
    (one,) = learn.proposals(ada)
    assert (one.key, one.cases, one.of) == ("edit:last-line-out", 7, 9), "two were taken up with their last line"
    assert one.title == "The last line was cut in 7 of 9 drafts." and "Notes" in one.says and "Wilson" in one.why
    assert len(one.evidence) == 7 and all(was_cut(e) for e in one.evidence)
    assert {e["by"] for e in one.evidence} == {actor.name}
    assert line(ada, "identity.notes").edit is None, "nothing changes by itself"


def was_cut(case: dict[str, str]) -> bool:
    return any(line in case["before"] and line not in case["after"] for line in LAST)


def test_few_or_mixed_edits_propose_nothing(ada: str, drafted: Drafted) -> None:
    cut_last_lines(ada, drafted, cut=3, kept=0)
    assert keys(ada) == []
    for n in range(3, 9):
        drafted(ada, f"{body(n)}\n\n{LAST[n % 5]}", f"{body(n)}\n\n{LAST[n % 5]} ")
    drafted(ada, f"{body(9)}\n\n{LAST[4]}", body(9))
    assert keys(ada) == [], "4 of 10 is less than half"


def test_a_post_counts_by_its_text_now(ada: str, drafted: Drafted, actor: Actor) -> None:
    for n in range(5):
        post = generate.choose(drafted(ada, f"{body(n)}\n\n{LAST[n]}"), actor)
        if n < 4:
            assert keys(ada) == []
            review.update(post.id, actor, post.revision, text=body(n))
    (one,) = learn.proposals(ada)
    assert (one.cases, one.of) == (4, 5)


def test_accept_says_it_on_the_card_and_undo_puts_back_what_was_there(ada: str, drafted: Drafted, actor: Actor) -> None:
    persona.edit(ada, "identity.notes", "Writes on Sundays.", actor)
    cut_last_lines(ada, drafted)
    row = learn.accept(ada, "edit:last-line-out", replace(actor, name="Bea"))
    notes = line(ada, "identity.notes").text
    assert notes.startswith("Writes on Sundays.") and "no closing line" in notes
    assert persona.versions(ada)[0].by == "Bea" and row.decided_by == "Bea" and keys(ada) == []
    assert any("no closing line" in line for line in persona.for_prompt(ada)["corrections"]), "drafts are told"
    learn.undo(row.id, actor)
    assert line(ada, "identity.notes").text == "Writes on Sundays."
    assert learn.listed(ada)[0].status == "undone" and keys(ada) == [], "what was undone does not come straight back"
    with store.reading() as tx:
        log = {
            (c.actor, c.new) for c in tx.session.query(Change).where(Change.field == "status") if c.entity == "lesson"
        }
    assert {("Bea", "accepted"), (actor.name, "undone")} <= log


def test_undo_leaves_a_line_alone_that_somebody_changed_since(ada: str, drafted: Drafted, actor: Actor) -> None:
    cut_last_lines(ada, drafted)
    row = learn.accept(ada, "edit:last-line-out", actor)
    said = line(ada, "identity.notes").text
    persona.edit(ada, "identity.notes", "Entirely new.", actor)
    with pytest.raises(Conflict, match="changed since"):
        learn.undo(row.id, actor)
    assert line(ada, "identity.notes").text == "Entirely new."
    persona.edit(ada, "identity.notes", f"{said}\nAlso this.", actor)
    learn.undo(row.id, actor)
    assert line(ada, "identity.notes").text == "Also this.", "what others added stays"


def test_what_was_turned_down_comes_back_only_with_twice_as_much(ada: str, drafted: Drafted, actor: Actor) -> None:
    cut_last_lines(ada, drafted, cut=4, kept=0)
    learn.dismiss(ada, "edit:last-line-out", actor)
    cut_last_lines(ada, drafted, cut=3, kept=0)
    assert keys(ada) == [] and line(ada, "identity.notes").edit is None
    with pytest.raises(Conflict):
        learn.accept(ada, "edit:last-line-out", actor)
    cut_last_lines(ada, drafted, cut=1, kept=0)
    assert keys(ada) == ["edit:last-line-out"]


def test_a_reader_may_look_and_nobody_accepts_without_a_card(
    two_authors: dict[str, str], drafted: Drafted, actor: Actor
) -> None:
    bo = two_authors["Bo"]
    cut_last_lines(bo, drafted)
    (one,) = learn.proposals(bo)
    for do in (learn.accept, learn.dismiss):
        with pytest.raises(Denied):
            do(bo, one.key, replace(actor, role="reader"))
    with pytest.raises(Invalid, match="no persona card"):
        learn.accept(bo, one.key, actor)
    assert learn.listed(bo) == [] and persona.versions(bo) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "path", "value"),
    [
        ("hashtags-in", "{0}", "{0}\n\n#audit #plant", "cadence.hashtags", [2, 2]),
        ("emoji-in", "{0}", "{0} 🚀", "cadence.emoji", [1, 1]),
        ("question-out", "{0}\n\nWould you have asked?", "{0}\n\nI would have asked.", "identity.notes", None),
        ("list-out", "{0}\n\n- one pump\n- two valves", "{0} One pump, two valves.", "cadence.bullets", "no"),
        ("longer", "{0}", "{0}\n\nIn the end the crane came at three and took what was left of it away.",
         "cadence.length", None),
        ("split", "{1}", "{0}", "cadence.paragraphs", None),
    ],
)  # fmt: skip
def test_moves(
    ada: str, drafted: Drafted, actor: Actor, name: str, before: str, after: str, path: str, value: object
) -> None:
    persona.edit(ada, "cadence.length", [20, 60], actor)
    persona.edit(ada, "cadence.paragraphs", [3, 9], actor)
    persona.edit(ada, "cadence.bullets", "yes", actor)
    for n in range(5):
        texts = body(n), body(n).replace("\n\n", " ")
        drafted(ada, before.format(*texts), after.format(*texts))
    found = {p.key: p for p in learn.proposals(ada)}
    one = found[f"edit:{name}"]
    assert one.change["path"] == path and (value is None or one.change["value"] == value)
    learn.accept(ada, one.key, actor)
    assert f"edit:{name}" not in keys(ada)
    if one.change["do"] == "set":
        assert line(ada, path).value == one.change["value"]


def test_phrases_cut_and_put_in_but_not_what_the_brief_is_about(ada: str, drafted: Drafted, actor: Actor) -> None:
    for n in range(6):
        before = f"{body(n)} It was a real game changer. The turbine stood."
        after = f"{body(n)} Plainly put, {MIDDLE[n % 5].lower()} The engine stood."
        drafted(ada, before, after, topic="The turbine")
    found = {p.key: p for p in learn.proposals(ada)}
    cut = [k for k in found if k.startswith("cut:")]
    assert len(cut) == 1 and "game changer" in cut[0] and found[cut[0]].kind == "banned"
    assert any("plainly put" in k for k in found if k.startswith("put:"))
    assert not any("turbine" in k for k in found), "its subject is no manner of writing"
    phrase = found[cut[0]].change["value"]
    row = learn.accept(ada, cut[0], actor)
    assert phrase in persona.for_prompt(ada)["taboo"]
    learn.undo(row.id, actor)
    assert phrase not in persona.for_prompt(ada)["taboo"]
    assert line(ada, "lexicon.taboo").edit is None, "as the samples say, again"


def test_a_phrase_goes_unnoticed_where_everything_is_rewritten(ada: str, drafted: Drafted) -> None:
    for n in range(6):
        drafted(ada, f"{body(n)} It was a game changer.", f"Other words altogether, number {n}. A crane. A ship {n}.")
    assert not [k for k in keys(ada) if k.startswith("cut:")], "chance explains it: nearly every word was cut"


def test_reasons_of_votes_and_ratings(ada: str, drafted: Drafted, actor: Actor) -> None:
    scope = lab.Scope(author_id=ada)
    for n in range(5):
        one = drafted(ada, f"{body(n)} Long and windy, on and on and on it goes for ever and a day.")
        other = drafted(ada, body(n), brief=brief_of(one))
        lab.vote(scope, one, other, "right", actor, ["too generic", "too long"] if n < 4 else ["not me"])
    (generic,) = [p for p in learn.proposals(ada) if p.key == "tag:too generic"]
    assert (generic.cases, generic.of) == (4, 5) and generic.evidence[0]["tags"] == ["too generic", "too long"]
    (length,) = [p for p in learn.proposals(ada) if p.key == "tag:too long"]
    low, high = length.change["value"]
    assert low <= len(body(0)) <= high, "as long as what was preferred"


def brief_of(variant_id: str) -> str:
    return generate.run(generate.variant(variant_id).run_id).brief.id


def test_wishes_in_words_count_too(ada: str, drafted: Drafted) -> None:
    for n in range(4):
        parent = drafted(ada, body(n))
        drafted(ada, body(n), parent_id=parent, task="revise", settings={"feedback": "More casual, please"})
    (one,) = learn.proposals(ada)
    assert one.key == "edit:casual" and one.evidence[0]["asked"] == "More casual, please"
    assert "4 of them you asked for it" in one.title


def vote_for(ada: str, drafted: Drafted, actor: Actor, briefs: int, each: int, part: str) -> None:
    """Votes that go by one part of the scores, against all others."""
    rows = []
    for n in range(briefs):
        high, low = ({"likeness": v, "points": 1 - v, "brief": 0.5, "originality": 1.0} for v in (0.9, 0.2))
        a = drafted(ada, f"{body(n)} A.", scores={"_rank": high})
        b = drafted(ada, f"{body(n)} B.", brief=brief_of(a), scores={"_rank": low})
        rows += [Vote(author_id=ada, left_id=a, right_id=b, choice="left" if part == "likeness" else "right",
                      by=actor.name)] * 1  # fmt: skip
        rows += [Vote(author_id=ada, left_id=b, right_id=a, choice="right" if part == "likeness" else "left",
                      by=f"{actor.name} {k}") for k in range(each - 1)]  # fmt: skip
    with store.writing(actor) as tx:
        tx.session.add_all(rows)


def test_votes_move_the_weights_of_the_order_and_back(ada: str, drafted: Drafted, actor: Actor) -> None:
    vote_for(ada, drafted, actor, briefs=9, each=3, part="points")
    (one,) = learn.proposals(ada)
    assert one.kind == "weights" and "27 of 27" in one.title and learn.weights(ada) is None
    row = learn.accept(ada, one.key, actor)
    new = learn.weights(ada)
    assert new and new["points"] > 0.5 > new["likeness"] and sum(new.values()) == pytest.approx(1)
    assert settings_of(BriefFields(topic="Audits", points=["x"]), ada, 1)["weights"] == new, "a run is bound to them"
    assert keys(ada) == [], "with the new weights the votes are told as well as can be"
    learn.undo(row.id, actor)
    assert learn.weights(ada) is None and keys(ada) == []


def test_pairs_need_consent_and_say_what_was_preferred(ada: str, drafted: Drafted, actor: Actor) -> None:
    one = drafted(ada, f"{body(1)} A.")
    other = drafted(ada, f"{body(1)} B.", to=f"{body(1)} C.", brief=brief_of(one))
    lab.vote(lab.Scope(author_id=ada), one, other, "left", actor)
    lab.rate(one, 5, [], "", actor)
    lab.rate(other, 1, [], "", actor)
    assert list(learn.pairs(ada)) == [] and "not asked" in learn.refused(ada) and learn.export_jsonl(ada) == b""
    people.consent(ada, True, actor)
    rows = {row["why"]: row for row in learn.pairs(ada)}
    assert learn.refused(ada) == "" and set(rows) == {"vote", "edit", "rating"}
    assert rows["vote"]["chosen"].endswith("A.") and rows["vote"]["rejected"].endswith("B.")
    assert rows["edit"]["chosen"].endswith("C.") and rows["edit"]["rejected"].endswith("B.")
    assert rows["rating"]["rejected"].endswith("C."), "as it was when it was rated"
    assert "Topic: Audits" in rows["vote"]["prompt"] and rows["vote"]["by"] == actor.name
    people.consent(ada, False, actor)
    assert list(learn.pairs(ada)) == [] and "has not agreed" in learn.refused(ada)


def test_today_says_that_something_waits(ada: str, drafted: Drafted) -> None:
    cut_last_lines(ada, drafted)
    found = [i for i in today.gather(people.listed()).decide if i.page == "persona"]
    assert [i.title for i in found] == ["Timbre noticed 1 thing in your edits"] and found[0].note == "Ada"


def test_two_people_deciding_at_once(ada: str, drafted: Drafted, actor: Actor) -> None:
    cut_last_lines(ada, drafted)
    learn.accept(ada, "edit:last-line-out", actor)
    with pytest.raises(Conflict):
        learn.accept(ada, "edit:last-line-out", replace(actor, name="Bea"))
    with store.reading() as tx:
        assert tx.session.query(Lesson).count() == 1


def test_the_same_on_both_databases(any_database: str, ada: str, drafted: Drafted, actor: Actor) -> None:
    cut_last_lines(ada, drafted)
    vote_for(ada, drafted, actor, briefs=9, each=3, part="points")
    parent = drafted(ada, body(1))
    drafted(ada, body(1), parent_id=parent, task="revise", settings={"feedback": "No closing line, please"})
    found = {p.key: p for p in learn.proposals(ada)}
    assert found["edit:last-line-out"].cases == 8 and "weights:27" in found
    for key in found:
        learn.undo(learn.accept(ada, key, actor).id, actor)
    assert {row.status for row in learn.listed(ada)} == {"undone"} and learn.weights(ada) is None


def test_two_people_who_accept_at_once_change_the_card_once(
    ada: str, drafted: Drafted, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_last_lines(ada, drafted)
    (one,) = learn.proposals(ada)
    monkeypatch.setattr("core.learn.commands.proposals", lambda _author: [one])  # what both saw before either pressed
    row = learn.accept(ada, one.key, actor)
    says = line(ada, "identity.notes").value
    for again in (learn.accept, learn.dismiss):
        with pytest.raises(Conflict, match="not proposed any more"):
            again(ada, one.key, actor)
    assert line(ada, "identity.notes").value == says and learn.listed(ada)[0].status == "accepted"
    learn.undo(row.id, actor)
    assert line(ada, "identity.notes").edit is None
