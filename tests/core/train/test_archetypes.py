"""Archetypes in the store: found, found again, held, changed by people with an audit trail, and near to strangers."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import select

from analytics.features import VERSION, features
from core import jobs, store
from core.errors import Conflict, Denied, Invalid, NotFound
from core.store import Actor, authors
from core.store import archetypes as rows
from core.store.tables import Change, Sample
from core.store.tables_training import Archetype
from core.train import archetypes, grouping
from tests.voices import mixed, team, texts

READER = Actor(name="Ro", role="reader")


def write(name: str, posts: list[str], actor: Actor, sample: bool = False, measured: bool = True) -> str:
    with store.writing(actor) as tx:
        author_id = authors.add(tx, name, is_sample=sample).id
        for number, text in enumerate(posts):
            row = Sample(author_id=author_id, text=text, text_hash=hashlib.sha256(text.encode()).hexdigest())
            row.position, row.words = number, len(text.split())
            if measured:
                row.features, row.features_version = features(text).tobytes(), VERSION
            tx.session.add(row)
    return author_id


@pytest.fixture
def people(data: object, actor: Actor) -> dict[str, str]:
    """Nine authors in three voices: name -> id."""
    return {name: write(name, posts, actor) for name, posts in team(8).items()}


@pytest.fixture
def found(people: dict[str, str]) -> dict[str, Archetype]:
    """The three archetypes, by the voice of their members."""
    assert grouping.regroup()["seen"]
    return by_voice(people)


def by_voice(people: dict[str, str]) -> dict[str, Archetype]:
    names = {author_id: name for name, author_id in people.items()}
    return {names[row.members[0]["author"]].split("-")[0]: row for row in archetypes.listed()}


def members(row: Archetype) -> set[str]:
    return {m["author"] for m in archetypes.get(row.id).members}


def voice(people: dict[str, str], name: str) -> set[str]:
    return {people[f"{name}-{n}"] for n in (1, 2, 3)}


def test_a_look_measures_groups_and_says_how_sure_it_is(any_database: str, actor: Actor) -> None:
    people = {name: write(name, posts, actor, measured=False) for name, posts in team(8).items()}
    asked = archetypes.look(actor)
    assert archetypes.look(actor) == asked  # asking twice is asking once
    grouping._measure(asked)
    result = grouping._group(asked)
    assert result["seen"] and result["k"] == 3 and result["stability"] > result["shuffled"]
    found = by_voice(people)
    assert {name: members(row) for name, row in found.items()} == {v: voice(people, v) for v in found}
    row = found["chatty"]
    assert row.name == row.proposed and not row.named and len(row.examples) == 3 and row.marks[0]["said"]
    assert {m["example"] for m in row.members} == set(row.examples)
    assert row.clustering["stability"] == result["stability"]


def test_those_who_refused_and_invented_authors_have_no_part(people: dict[str, str], actor: Actor) -> None:
    invented = write("Invented", texts("dense", "kilns", 8), actor, sample=True)
    with store.writing(actor) as tx:
        authors.consent(tx, people["dense-1"], False)
    grouping.regroup()
    assert {m["author"] for row in archetypes.listed() for m in row.members} == {*people.values()} - {people["dense-1"]}
    assert archetypes.own(invented) is None and archetypes.of_author(people["dense-1"]) == []


def test_nothing_changes_where_nothing_is_to_be_seen(data: object, actor: Actor) -> None:
    for subject in ("kilns", "tramlines", "payroll", "violins", "glaciers", "orchards"):
        write(subject, mixed(subject, 12), actor)
    result = grouping.regroup()
    assert not result["seen"] and archetypes.listed() == []


def test_too_few_authors_are_told_so(data: object, actor: Actor) -> None:
    write("Ada", texts("dense", "kilns", 8), actor)
    with pytest.raises(Invalid, match="need 6 authors with 5 posts of 20 words or more; there are 1"):
        grouping.regroup()
    with pytest.raises(Invalid, match="21 archetypes cannot be made"):
        archetypes.look(actor, 21)


def test_too_few_authors_are_an_answer_of_the_job_and_no_failure(data: object, actor: Actor) -> None:
    write("Ada", texts("dense", "kilns", 8), actor)
    found = grouping._group(archetypes.look(actor))
    assert not found["seen"] and "there are 1" in found["why"] and found["hint"]


def test_what_is_found_again_keeps_its_name_and_id(found: dict[str, Archetype], actor: Actor) -> None:
    archetypes.rename(found["dense"].id, "The annual report", actor)
    write("Newcomer", texts("dense", "kilns", 8), actor)
    grouping.regroup()
    assert {row.id for row in archetypes.listed()} == {row.id for row in found.values()}
    again = archetypes.get(found["dense"].id)
    assert again.name == "The annual report" and len(again.members) == 4


def test_pinned_archetypes_and_held_members_stay(
    people: dict[str, str], found: dict[str, Archetype], actor: Actor
) -> None:
    archetypes.pin_member(people["dense-1"], found["argued"].id, actor)
    for subject in ("canals", "canoes", "cobalt"):
        write(f"More {subject}", texts("argued", subject, 8), actor)
        write(f"Much {subject}", texts("chatty", subject, 8), actor)
    archetypes.pin(found["chatty"].id, True, actor)
    assert grouping.regroup()["authors"] == 12  # those of the pinned one had no part
    assert members(found["chatty"]) == voice(people, "chatty")
    assert people["dense-1"] in members(found["argued"]) and len(members(found["argued"])) == 7
    archetypes.pin_member(people["dense-1"], None, actor)
    grouping.regroup()
    assert people["dense-1"] not in members(found["argued"])


def test_one_becomes_two_and_two_become_one(people: dict[str, str], found: dict[str, Archetype], actor: Actor) -> None:
    dense, argued = found["dense"], found["argued"]
    into = archetypes.merge([dense.id, argued.id], actor)
    assert members(into) == voice(people, "dense") | voice(people, "argued")
    assert len(archetypes.listed()) == 2
    with pytest.raises(NotFound):
        archetypes.get(argued.id)
    made = archetypes.split(into.id, actor)
    assert {frozenset(members(into)), frozenset(members(made))} == {
        frozenset(voice(people, "dense")), frozenset(voice(people, "argued"))
    }  # fmt: skip
    one = archetypes.split(made.id, actor, [next(iter(members(made)))], "On their own")
    assert one.name == "On their own" and one.named and len(members(one)) == 1
    assert len({row.name for row in archetypes.listed()}) == 4
    for wrong in (sorted(members(made)), [people["chatty-1"]]):
        with pytest.raises(Invalid, match="cannot be split"):
            archetypes.split(made.id, actor, wrong)
    with pytest.raises(Invalid, match="Two archetypes"):
        archetypes.merge([made.id, made.id], actor)


def test_names_are_checked_and_edits_are_audited(found: dict[str, Archetype], actor: Actor) -> None:
    dense, chatty = found["dense"], found["chatty"]
    archetypes.rename(dense.id, "  The annual   report ", actor)
    with pytest.raises(Conflict, match="Another archetype is called the annual report"):
        archetypes.rename(chatty.id, "the annual report", actor)
    with pytest.raises(Invalid, match="at most 80"):
        archetypes.rename(chatty.id, "x" * 81, actor)
    assert archetypes.rename(dense.id, "", actor).name == dense.proposed
    with store.reading() as tx:
        query = select(Change).where(Change.entity_id == dense.id, Change.field == "name", Change.actor == actor.name)
        changes = list(tx.session.scalars(query.order_by(Change.seq)))
        fields = set(tx.session.scalars(select(Change.field).where(Change.entity == "archetype")))
    assert [change.new for change in changes] == ["The annual report", dense.proposed]
    assert not fields & {"clustering", "marks", "examples"}


def test_two_people_who_move_members_at_once_undo_nothing_of_each_other(any_database: str, actor: Actor) -> None:
    ada, bo, cy = (write(name, [], actor) for name in ("Ada", "Bo", "Cy"))
    with store.writing(actor) as tx:
        one, two = (rows.add(tx, name) for name in ("One", "Two"))
        grouping.assign(one, [ada, bo, cy])
    with ThreadPoolExecutor(1) as other:
        with store.writing(actor) as tx:
            rows.hold(tx)
            here = {row.id: row for row in rows.listed(tx)}
            moved = other.submit(archetypes.pin_member, bo, two.id, actor)
            wait([moved], 0.5)  # it waits for this transaction
            grouping.assign(here[one.id], [bo, cy])
            grouping.assign(here[two.id], [ada])
        moved.result(30)
    assert members(one) == {cy} and members(two) == {ada, bo}


def test_a_reader_may_look_but_change_nothing(found: dict[str, Archetype]) -> None:
    one, two = (row.id for row in list(found.values())[:2])
    for change in (
        lambda: archetypes.look(READER),
        lambda: archetypes.rename(one, "Mine", READER),
        lambda: archetypes.pin(one, True, READER),
        lambda: archetypes.pin_member(found["dense"].members[0]["author"], two, READER),
        lambda: archetypes.split(one, READER),
        lambda: archetypes.merge([one, two], READER),
    ):
        with pytest.raises(Denied):
            change()
    assert not jobs.recent(grouping.KIND) and len(archetypes.listed()) == 3


def test_somebody_new_is_near_those_who_write_alike(
    people: dict[str, str], found: dict[str, Archetype], actor: Actor
) -> None:
    newcomer = write("Newcomer", texts("argued", "kilns", 8), actor)
    near = archetypes.of_author(newcomer)
    assert [row.id for row, _ in near][0] == found["argued"].id and len(near) == 3
    assert near[0][1] < 0.5 < near[1][1] and archetypes.own(newcomer) is None
    own = archetypes.of_author(people["dense-1"])
    assert own[0][0].id == found["dense"].id == getattr(archetypes.own(people["dense-1"]), "id", "")
    assert archetypes.of_author(write("Silent", [f"Word {n}." for n in range(6)], actor)) == []
