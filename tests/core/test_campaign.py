"""Campaigns: kinds and leading points go round, each author's own words stay theirs, starting twice starts once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core import campaign, store
from core.errors import Conflict, Denied, Invalid
from core.generate import commands as generate
from core.store import Actor, authors, runs

FIELDS: dict[str, Any] = {
    "topic": "Audits of old plants",
    "points": ["A clean audit says that the paper is clean", "The people who fix the valves know more"],
    "story": "I read the log in March. It was empty. I stopped trusting the binder.",
}


def test_nobody_gets_what_another_has_where_it_goes_round() -> None:
    wanted = {"ada": ["story", "claim"], "bo": ["story", "question", "claim"], "cy": ["story"]}
    assert campaign.given_out(wanted) == {"ada": "claim", "bo": "question", "cy": "story"}


def test_what_does_not_go_round_is_shared_as_evenly_as_can_be() -> None:
    found = campaign.given_out({name: ["story", "claim"] for name in "abcd"})
    assert sorted(found.values()) == ["claim", "claim", "story", "story"]
    assert campaign.given_out({"a": []}) == {}


@pytest.fixture
def three(two_authors: dict[str, str], actor: Actor) -> dict[str, str]:
    with store.writing(actor) as tx:
        return {**two_authors, "Cy": authors.add(tx, "Cy").id}


def test_each_author_has_an_angle_and_a_point_of_their_own(three: dict[str, str], actor: Actor) -> None:
    words = {three["Ada"]: [], three["Bo"]: [], three["Cy"]: ["We ship the log with the plant"]}
    row = campaign.plan(FIELDS, words, actor, every=True)
    members = {m.member.author: m.member for m in campaign.get(row.id).members}
    assert len({m.kind for m in members.values()}) == 3
    assert len({m.lead for m in members.values()}) == 3
    assert members[three["Cy"]].lead == "We ship the log with the plant"
    assert all(m.why for m in members.values())
    assert not generate.recent()

    assert campaign.start(row.id, actor) == 3
    view = campaign.get(row.id)
    assert view.started and not view.missing
    for one in view.members:
        assert one.run is not None
        fields = generate.brief(one.run.brief_id).fields
        assert fields["angle"] == one.member.kind
        assert fields["points"][0] == one.member.lead
        own = "We ship the log with the plant" in fields["points"]
        assert own == (one.member.author == three["Cy"])
        assert set(FIELDS["points"]) <= set(fields["points"])
    assert generate.latest_brief(three["Ada"]) is None


def test_starting_again_begins_only_what_is_missing(two_authors: dict[str, str], actor: Actor) -> None:
    row = campaign.plan(FIELDS, dict.fromkeys(two_authors.values(), ()), actor)
    assert campaign.start(row.id, actor) == 2
    assert campaign.start(row.id, actor) == 0
    assert len(generate.recent()) == 2
    with pytest.raises(Conflict):
        campaign.plan(FIELDS, dict.fromkeys(two_authors.values(), ()), actor, row.id)


def test_a_start_that_was_cut_off_goes_on(
    two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = campaign.plan(FIELDS, dict.fromkeys(two_authors.values(), ()), actor)
    began = generate.start

    def once(brief_id: str, who: Actor) -> str:
        if generate.recent():
            raise KeyboardInterrupt
        return began(brief_id, who)

    monkeypatch.setattr(generate, "start", once)
    with pytest.raises(KeyboardInterrupt):
        campaign.start(row.id, actor)
    assert campaign.get(row.id).missing == 1
    monkeypatch.setattr(generate, "start", began)
    assert campaign.start(row.id, actor) == 1
    with store.reading() as tx:
        assert len(runs.recent(tx, None, 10)) == 2


def test_a_plan_can_be_changed_until_it_starts(two_authors: dict[str, str], actor: Actor) -> None:
    words = dict.fromkeys(two_authors.values(), ())
    row = campaign.plan(FIELDS, words, actor)
    again = campaign.plan({**FIELDS, "topic": "Logs"}, words, actor, row.id)
    assert (again.id, again.title) == (row.id, "Logs")
    assert [r.title for r in campaign.listed()] == ["Logs"]


def test_what_is_missing_is_named(two_authors: dict[str, str], actor: Actor) -> None:
    both = dict.fromkeys(two_authors.values(), ())
    with pytest.raises(Invalid, match="several authors"):
        campaign.plan(FIELDS, {two_authors["Ada"]: ()}, actor)
    with pytest.raises(Invalid, match="Topic"):
        campaign.plan({**FIELDS, "topic": ""}, both, actor)
    with pytest.raises(Invalid, match="Bo: Key points"):
        campaign.plan({**FIELDS, "points": []}, both, actor, teller=two_authors["Ada"])
    with pytest.raises(Denied):
        campaign.plan(FIELDS, both, replace(actor, role="reader"))
    assert not campaign.listed()


def test_a_story_is_told_by_the_one_to_whom_it_happened(two_authors: dict[str, str]) -> None:
    both = dict.fromkeys(two_authors.values(), ())
    told = {m.author: m for m in campaign.assign(FIELDS, both, teller=two_authors["Bo"])}
    assert (told[two_authors["Ada"]].story, told[two_authors["Bo"]].story) == (False, True)
    assert told[two_authors["Ada"]].kind not in ("story", "lesson")
    assert all(m.story for m in campaign.assign(FIELDS, both))


def test_shared_points_are_spread_unless_all_are_to_be_made(two_authors: dict[str, str], actor: Actor) -> None:
    points = [f"Valve {n} tells more than the binder" for n in range(5)]
    both = dict.fromkeys(two_authors.values(), ())
    spread = campaign.assign({**FIELDS, "points": points}, both)
    assert [len(m.points) for m in spread] == [3, 3]
    assert spread[0].lead != spread[1].lead
    assert set(spread[0].points) != set(spread[1].points)
    whole = campaign.assign({**FIELDS, "points": points}, both, every=True)
    assert [set(m.points) for m in whole] == [set(points)] * 2
    row = campaign.plan({**FIELDS, "points": points}, both, actor, teller=two_authors["Ada"])
    campaign.start(row.id, actor)
    for one in campaign.get(row.id).members:
        assert one.run is not None
        fields = generate.brief(one.run.brief_id).fields
        assert fields["points"] == list(one.member.points)
        assert bool(fields["story"]) == (one.member.author == two_authors["Ada"])


def test_a_copy_of_a_members_brief_hides_no_run(two_authors: dict[str, str], actor: Actor) -> None:
    row = campaign.plan(FIELDS, dict.fromkeys(two_authors.values(), ()), actor)
    campaign.start(row.id, actor)
    before = [m.run.id for m in campaign.get(row.id).members if m.run]
    first = generate.run(before[0]).run.brief_id
    copy = generate.copy_brief(first, actor)
    typed = generate.save_brief(copy.author_id, {**copy.fields, "goal": "Read the log"}, actor, first)
    assert typed.id != first and typed.campaign_id == row.id, "what is typed into a used brief goes on in a copy"
    assert [m.run.id for m in campaign.get(row.id).members if m.run] == before
    assert campaign.start(row.id, actor) == 0
    again = generate.start(copy.id, actor)
    assert again in [m.run.id for m in campaign.get(row.id).members if m.run]
