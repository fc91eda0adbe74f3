"""Phrase lists: the shipped one, the team's, an author's; nothing leaves them, and they count at once."""

from __future__ import annotations

from typing import Any

import pytest

from analytics import genericness
from core import store, voice
from core.errors import Denied, Invalid, NotFound
from core.store import Actor
from core.store.tables import Change
from core.voice import phrases

HOSTILE = [
    "<script>alert(1)</script>",
    "**bold** [link](https://x.example)",
    "مرحبا بكم في",
    "🚀 to the moon 🚀",
    "'; DROP TABLE x",
]


def test_the_shipped_list_is_in_force(data: Any) -> None:
    shipped = list(genericness.shipped())
    assert shipped and set(phrases.listed().in_force) == set(phrases.listed().above) <= set(shipped)


def test_a_teams_phrase_is_added_taken_out_and_put_back(data: Any, actor: Actor) -> None:
    shipped = phrases.listed().in_force[0]
    phrases.add(["circle back", "  Circle   BACK "], actor)
    assert phrases.listed().added == ("circle back",)
    phrases.take_out(["Circle back", shipped], actor)
    found = phrases.listed()
    assert "circle back" not in found.in_force and shipped not in found.in_force
    assert set(found.out) == {"circle back", shipped}, "nothing is lost"
    phrases.put_back([shipped], actor)
    assert shipped in phrases.listed().in_force and phrases.listed().out == ("circle back",)
    phrases.add(["circle back"], actor)
    assert "circle back" in phrases.listed().in_force and phrases.listed().out == (), "adding it again puts it back"


def test_an_authors_list_stands_on_the_teams(two_authors: dict[str, str], actor: Actor) -> None:
    ada, bo = two_authors["Ada"], two_authors["Bo"]
    phrases.add(["circle back"], actor)
    phrases.add(["in the margins"], actor, ada)
    phrases.take_out(["circle back"], actor, ada)
    assert "in the margins" in phrases.in_force(ada) and "circle back" not in phrases.in_force(ada)
    assert "in the margins" not in phrases.in_force(bo) and "circle back" in phrases.in_force(bo)
    assert "circle back" in phrases.listed().in_force
    phrases.put_back(["circle back"], actor, ada)
    phrases.take_out(["circle back"], actor)
    assert "circle back" not in phrases.in_force(ada), "what the team takes out is out for everyone"
    phrases.add(["circle back"], actor, ada)
    assert "circle back" in phrases.in_force(ada), "unless an author's own list wants it"


def test_every_change_is_in_the_change_log_with_what_was_before(data: Any, actor: Actor) -> None:
    phrases.add(["circle back"], actor)
    phrases.take_out(["circle back"], actor)
    with store.reading() as tx:
        log = tx.session.query(Change).filter_by(entity="setting", field="value").order_by(Change.seq).all()
    assert [row.actor for row in log] == [actor.name] * 2
    assert log[-1].old == {"added": ["circle back"], "out": []}
    assert log[-1].new == {"added": ["circle back"], "out": ["circle back"]}


def test_a_list_counts_at_once(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    text = (
        "We will circle back to the valves, and then we will see what the people at the plant have to say of them. " * 4
    )
    assert not [p for p in voice.measure(ada, text).passages if "circle back" in p.words.lower()]
    phrases.add(["circle back"], actor, ada)
    found = [p for p in voice.measure(ada, text).passages if "circle back" in p.words.lower()]
    assert found and text[found[0].start : found[0].end].lower() == "circle back"
    phrases.take_out(["circle back"], actor, ada)
    assert not [p for p in voice.measure(ada, text).passages if "circle back" in p.words.lower()]


def test_hostile_phrases_are_kept_as_they_are_and_change_nothing_else(
    two_authors: dict[str, str], actor: Actor
) -> None:
    phrases.add(HOSTILE, actor)
    assert set(HOSTILE) <= set(phrases.listed().in_force)
    found = voice.measure(two_authors["Ada"], " and ".join(HOSTILE * 4))
    assert found.generic_evidence in ("ok", "too little")
    phrases.take_out(HOSTILE, actor)
    assert set(phrases.listed().out) == set(HOSTILE)


@pytest.mark.parametrize(
    ("given", "kept"), [("a\u202eb c\x00d", "a b c d"), ("tab\tand  blank", "tab and blank"), ("\ufeffx y", "x y")]
)
def test_what_cannot_be_seen_is_not_kept(data: Any, actor: Actor, given: str, kept: str) -> None:
    assert phrases.add([given], actor).added == (kept,)


@pytest.mark.parametrize("given", [[], [" "], ["x" * 121], ["!!!"], ["\u200b"], ["a * b * c * d"]])
def test_what_is_no_phrase_is_refused_and_nothing_is_added(data: Any, actor: Actor, given: list[str]) -> None:
    with pytest.raises(Invalid):
        phrases.add([*given, "circle back"] if given and given[0].strip() else given, actor)
    assert phrases.listed().added == ()


def test_a_list_does_not_grow_without_end(data: Any, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "MOST", 3)
    phrases.add(["a b", "c d", "e f"], actor)
    with pytest.raises(Invalid, match="3 are kept"):
        phrases.add(["g h"], actor)


def test_readers_look_only_and_a_list_needs_its_author(data: Any, actor: Actor) -> None:
    reader = Actor(role="reader")
    for work in (phrases.add, phrases.take_out, phrases.put_back):
        with pytest.raises(Denied):
            work(["circle back"], reader)
    with pytest.raises(NotFound):
        phrases.add(["circle back"], actor, "01NOSUCHAUTHOR000000000000")
