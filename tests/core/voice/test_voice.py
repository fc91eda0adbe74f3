"""Voice in the store: profiles are kept while nothing changes, readings are kept, nobody is used against their will."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from analytics import voice as measure
from analytics.features import VERSION as FEATURES
from core import samples, store, style, voice
from core.collect import text_hash
from core.errors import Unavailable
from core.people import WORKER
from core.store import Actor, authors, readings
from core.store.tables import Author, Sample
from core.voice import choices, phrases, profiles, words
from core.voice.measuring import Measured
from tests.conftest import write_samples

TEXT = (
    "I walked the southern plant with the man who fixes its pumps, and he showed me three valves that no report names. "
    "Nobody had hidden them; the form had no line for them.\n\nI wrote them down by hand. My notebook is full of things "
    "that a form has no line for, and I have learned to begin every visit there, with the person who holds the wrench."
)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    voice.forget()


def count(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """Every call of a function of analytics.voice from now on."""
    calls: list[Any] = []
    real = getattr(measure, name)

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(measure, name, counted)
    return calls


# ---- profiles --------------------------------------------------------------------------------------------------


def test_an_author_without_samples_has_no_profile(data: Any, actor: Actor) -> None:
    with store.writing(actor) as tx:
        author = authors.add(tx, "Nora").id
    assert voice.profile(author) is None
    found = voice.measure(author, TEXT)
    assert (found.evidence, found.likeness, found.style) == ("too little", None, None) and found.reason


def test_a_profile_is_fitted_once_and_anew_when_the_samples_change(
    two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = count(monkeypatch, "fit")
    ada = two_authors["Ada"]
    first = voice.known(ada)
    assert voice.known(ada) is first and len(fits) == 1
    samples.leave_out(samples.of_author(ada)[0].id, WORKER)
    second = voice.known(ada)
    assert (second.posts, second.total, len(fits)) == (39, 39, 2)
    assert second.hashes < first.hashes
    monkeypatch.setattr(measure, "VERSION", "another measure")
    assert voice.known(ada) is not second, "another version measures anew"


def test_many_threads_fit_once(two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    fits = count(monkeypatch, "fit")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: voice.known(two_authors["Ada"]), range(8)))
    assert len(fits) == 1 and all(one is found[0] for one in found)


def test_only_so_many_profiles_are_kept(two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "KEPT", 1)
    for name in ("Ada", "Bo", "Ada"):
        voice.known(two_authors[name])
    assert len(profiles._known) == 1


def test_the_newest_posts_are_fitted(two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "NEWEST", 7)
    ada = two_authors["Ada"]
    found = voice.known(ada)
    assert found.hashes == {text_hash(s.text) for s in samples.of_author(ada)[-7:]} and (found.posts, found.total) == (
        7,
        40,
    )


def test_readings_are_kept_and_never_made_twice(two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    read = count(monkeypatch, "read")
    voice.known(two_authors["Ada"])
    of_samples = len(read)
    assert of_samples == 80, "Ada's, and Bo's for the background"
    voice.forget()
    voice.known(two_authors["Ada"])
    assert len(read) == of_samples, "the second time they come from the store"


def test_a_reading_of_another_version_is_made_anew(two_authors: dict[str, str]) -> None:
    ada = two_authors["Ada"]
    with store.writing(WORKER) as tx:
        readings.keep(tx, {s.id: b"not a reading" for s in samples.of_author(ada)[:3]}, measure.VERSION)
    assert voice.known(ada).posts == 40


def test_the_worker_reads_what_is_missing_in_short_batches(two_authors: dict[str, str]) -> None:
    assert voice.measure_missing(30) == 50
    assert voice.measure_missing(30, two_authors["Bo"]) <= 40
    while voice.measure_missing(30):
        pass
    with store.reading() as tx:
        kept = [
            row.reading
            for name in two_authors.values()
            for row in readings.newest(tx, name, measure.VERSION, FEATURES, 100)
        ]
        assert len(kept) == 80 and all(kept)
        assert readings.waiting(tx, "another version") == 80


def test_profiles_readings_and_lists_work_on_every_database(any_database: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        ids = [authors.add(tx, name).id for name in ("Ada", "Bo")]
    for author in ids:
        write_samples(author, [f"{TEXT} That was visit {n} of {author}." for n in range(6)])
    assert voice.measure_missing(3) == 9 and voice.known(ids[0]).others == 1
    found = voice.measure(ids[0], TEXT)
    assert (found.evidence, found.posts) == ("ok", 6)
    phrases.add(["circle back"], actor, ids[0])
    assert "circle back" in phrases.in_force(ids[0])
    choices.set_use_team_authors(False, actor)
    assert voice.known(ids[0]).others == 0


# ---- the team's other authors ----------------------------------------------------------------------------------


def chosen(author_id: str) -> int:
    return voice.known(author_id).others


def test_other_authors_count_where_the_team_allows_it(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    assert choices.use_team_authors() and chosen(ada) == 1
    choices.set_use_team_authors(False, actor)
    assert chosen(ada) == 0
    choices.set_use_team_authors(True, actor)
    assert chosen(ada) == 1 and voice.known(ada, background=False).others == 0


@pytest.mark.parametrize(
    "change", [{"training_consent": False}, {"is_sample": True}, {"archived_at": datetime(2026, 1, 1, tzinfo=UTC)}]
)
def test_an_author_who_refused_or_is_invented_or_gone_is_not_used(
    two_authors: dict[str, str], actor: Actor, change: dict[str, Any]
) -> None:
    assert chosen(two_authors["Ada"]) == 1
    with store.writing(actor) as tx:
        row = tx.session.get(Author, two_authors["Bo"])
        for name, value in change.items():
            setattr(row, name, value)
    assert chosen(two_authors["Ada"]) == 0, "at once, also where a profile was in memory"


def test_only_those_who_may_change_the_switch(data: Any) -> None:
    with pytest.raises(Exception, match="reader"):
        choices.set_use_team_authors(False, Actor(role="reader"))
    assert choices.use_team_authors()


# ---- measuring -------------------------------------------------------------------------------------------------


def test_a_text_is_measured_once(two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ada = two_authors["Ada"]
    voice.known(ada)
    read = count(monkeypatch, "read")
    first = voice.measure(ada, TEXT)
    assert voice.measure(ada, TEXT) is first and len(read) == 1
    assert first.evidence == "ok" and first.posts == 40 and first.typical is not None and first.likeness is not None
    assert voice.measure(ada, TEXT + " And one more.") is not first


def test_what_was_measured_survives_as_json(two_authors: dict[str, str]) -> None:
    found = voice.measure(two_authors["Ada"], TEXT + " At the end of the day — a game changer.")
    with store.writing(WORKER) as tx:  # through a JSON column and back
        row = tx.session.query(Sample).first()
        row.provenance = {"voice": found.record()}
    with store.reading() as tx:
        kept = tx.session.query(Sample).filter(Sample.id == row.id).one().provenance
    assert voice.restored(kept["voice"]) == found
    assert voice.restored({}) is None and voice.restored({**found.record(), "typical": 3}) is None
    assert voice.restored({**found.record(), "what a later release added": 1}) is None


def test_one_of_the_authors_own_posts_is_held_out_of_what_it_is_measured_by(
    two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = two_authors["Ada"]
    own = samples.of_author(ada)[-1].text
    voice.known(ada)
    fits = count(monkeypatch, "fit")
    found = voice.measure(ada, own.replace(" ", "  "))  # blanks do not make another text of it
    assert found.held_out and found.posts == 39 and len(fits) == 1 and len(fits[0][0]) == 39
    assert not voice.measure(ada, TEXT).held_out


def test_too_short_is_an_answer(two_authors: dict[str, str]) -> None:
    found = voice.measure(two_authors["Ada"], "Ship it.")
    assert found.evidence == "too little" and found.likeness is None and "60" in found.reason


@pytest.mark.parametrize(
    "text", ["", " ", "\x00" * 80, "\ud800 " * 80, "🚀" * 500, "שלום עולם " * 80, "<b>x</b> " * 100, "w " * 60_000]
)
def test_any_text_is_measured(two_authors: dict[str, str], text: str) -> None:
    found = voice.measure(two_authors["Ada"], text)
    assert found.evidence in ("ok", "too little")
    assert all(0 <= a < b <= len(text) for said in found.contributions for a, b in said.spans)


# ---- for pages -------------------------------------------------------------------------------------------------


def test_a_page_never_waits_for_a_profile(two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ada, gate, real = two_authors["Ada"], threading.Event(), measure.fit

    def slow(*args: Any) -> Any:
        gate.wait(20)
        return real(*args)

    monkeypatch.setattr(measure, "fit", slow)
    assert voice.glance(ada, TEXT, wait=0.01) is None
    assert voice.glance(ada, TEXT, wait=0.01) is None, "asked again while it is being fitted"
    gate.set()
    found = voice.measure(ada, TEXT)
    assert voice.glance(ada, TEXT) == found

    gate.clear()
    samples.leave_out(samples.of_author(ada)[0].id, WORKER)
    stale = voice.glance(ada, TEXT, wait=0.01)
    assert stale is not None and stale.posts == 40, "what was known before, until the new profile is there"
    gate.set()
    voice.known(ada)
    fresh = voice.glance(ada, TEXT)
    assert fresh is not None and fresh.posts == 39


def test_a_fit_that_fails_is_said_and_tried_again_later(
    two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, real = two_authors["Ada"], measure.fit
    broken = count(monkeypatch, "fit")
    monkeypatch.setattr(measure, "fit", lambda *a: broken.append(a) or 1 / 0)
    assert voice.glance(ada, TEXT, wait=20) is None
    with pytest.raises(Unavailable, match="ZeroDivisionError"):
        voice.glance(ada, TEXT)
    with pytest.raises(Unavailable):
        voice.glance(ada, TEXT)
    assert len(broken) == 1, "not again and again while a page waits"
    monkeypatch.setattr(measure, "fit", real)
    monkeypatch.setattr(profiles, "RETRY", 0.0)
    found = voice.glance(ada, TEXT, wait=20)
    assert found is not None and found.evidence == "ok"


# ---- words -----------------------------------------------------------------------------------------------------


def measured(**more: Any) -> Measured:
    return Measured(version="1", of="x", **{"evidence": "ok", "likeness": 0.714, "typical": (28, 40), **more})


@pytest.mark.parametrize(
    ("typical", "said"),
    [
        ((28, 40), "7 of 10 of Ada's real posts are less typical than this."),
        ((0, 40), "Every one of Ada's 40 real posts is more typical than this."),
        ((40, 40), "All 40 of Ada's real posts are less typical than this."),
        ((1, 40), "Fewer than 1 in 10 of Ada's real posts are less typical than this."),
        ((39, 40), "More than 9 in 10 of Ada's real posts are less typical than this."),
        ((3, 6), "3 of 6 of Ada's real posts are less typical than this."),
        ((1, 10), "1 of 10 of Ada's real posts is less typical than this."),
    ],
)
def test_typical_is_said_as_people_say_it(typical: tuple[int, int], said: str) -> None:
    assert words.typical(measured(typical=typical), "Ada") == said


@pytest.mark.parametrize(
    ("likeness", "said"),
    [
        (0.714, "Rather likely in Ada's voice: 0.71 at even odds."),
        (0.9999, "Very likely in Ada's voice: over 0.99 at even odds."),
        (0.5, "As likely as not in Ada's voice: 0.50 at even odds."),
        (0.0001, "Very unlikely in Ada's voice: under 0.01 at even odds."),
    ],
)
def test_a_likeness_has_words_and_two_digits_and_is_never_certain(likeness: float, said: str) -> None:
    assert words.likely(measured(likeness=likeness), "Ada") == said
    assert "100 would be by Ada" not in words.at_even_odds(measured(likeness=likeness), "Ada")


def test_too_little_gives_its_reason_and_no_figure() -> None:
    little = measured(evidence="too little", reason="12 words are too few; 60 are needed.", likeness=None, typical=None)
    assert words.typical(little, "Ada") == "Too little evidence. 12 words are too few; 60 are needed."
    kept = words.scores(little, "Ada")
    assert kept["likeness"]["value"] is None and "Too little evidence" in kept["likeness"]["meaning"]
    assert words.likely(little, "Ada") == words.at_even_odds(little, "Ada") == ""


def test_what_was_measured_when_a_sample_came_in_is_not_measured_again(
    two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The features are kept with the sample; only the n-grams are new."""
    for author in two_authors.values():
        style.measure_missing(author, WORKER)
    monkeypatch.setattr(measure, "features", lambda text: pytest.fail("measured twice"))
    assert voice.measure_missing(10) == 70
