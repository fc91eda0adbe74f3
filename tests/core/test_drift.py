"""Drift: timelines and their origins, baselines, alarms opened once, what people decide, and that it is all audited."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from core import authors, drift, jobs, review, samples, store, workspace
from core.drift import jobs as drift_jobs
from core.drift import judging, say
from core.drift import readings as drift_readings
from core.drift.curve import Curve, empty, pack, unpack
from core.drift.timeline import OWN, TYPED, WITH_TIMBRE, Item, items, segments
from core.drift.views import headline, share_with_timbre
from core.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from core.generate import commands as generate
from core.people import local_actor
from core.store import Actor
from core.store import drift as rows
from core.store import readings as voice_rows
from core.store.base import now
from core.store.tables import Alarm, Baseline, Change, ImportBatch, Post, PostReading, Sample
from tests.conftest import write_samples

READER = Actor(name="Rea", role="reader")
START = datetime(2024, 1, 3, 9, tzinfo=UTC)


QUIET = (
    "Nobody had lied to me; they had simply stopped mentioning what everyone already knew.",
    "My notebook says it plainly: the valves were fine, and the paperwork was fiction.",
    "I learned to read the margins first, and to trust the person who fixes things over the one who reports them.",
    "What I remember of it now is the kitchen, where a clerk told me, over tea, about the year they changed the forms.",
    "Perhaps that is why I still walk around a plant before I open a single file; it takes an hour, sometimes two.",
    "The manager asked, rather kindly, whether I had found anything; I said that I had found the people who knew.",
    "It was raining on the last day, as it usually is up there, and the gate had been left open for us.",
    "There was a number in the ledger that nobody could explain, and for a week I thought about nothing else.",
)
BRIGHT = (
    "Ship it!", "Then fix it!", "Why wait? Really?", "Speed wins! Every single time!", "No excuses! No meetings!",
    "You know what? Nobody cares about your roadmap! Not one person!", "Are you shipping today? Tell me! Tell everyone!",
    "Go! Go! Go!", "You can do this! You all can!", "Done beats perfect! Always!", "Your users want it NOW, not later!",
    "Ask yourself: what can you launch before lunch?", "Big news! We did it again! Faster than last week!",
)  # fmt: skip


def calm(n: int) -> str:
    """A long quiet post; every one a little different."""
    pick = random.Random(n)
    told = [f"I spent {n % 7 + 2} weeks on the audit of site {n} before I understood it.", *pick.sample(QUIET, 4)]
    cut = pick.randint(2, 3)
    return " ".join(told[:cut]) + "\n\n" + " ".join(told[cut:])


def loud(n: int) -> str:
    """Somebody else's: short lines, exclamations, hashtags."""
    pick = random.Random(n)
    told = pick.sample(BRIGHT, pick.randint(7, 10))
    tags = " ".join(pick.sample(("#startup", "#build", "#ship", "#founders", "#growth"), pick.randint(2, 4)))
    return f"Day {n} of building in public! 🚀\n\n" + "\n\n".join(told) + f"\n\n{tags}"


def somebody(name: str, texts: Sequence[str], dated: bool = True) -> str:
    author = authors.add(name, local_actor()).id
    write_samples(author, list(texts), [START + timedelta(days=9 * n) for n in range(len(texts))] if dated else None)
    return author


@pytest.fixture
def changed(data: Path) -> str:
    """An author of 40 calm posts and then 20 loud ones, checked."""
    author = somebody("Ada", [calm(n) for n in range(40)] + [loud(n) for n in range(20)])
    drift.check(author)
    return author


def alarm_of(author: str) -> Alarm:
    return drift.state(author).alarms[0]


def log(entity: str) -> list[tuple[str, str, str, Any]]:
    with store.reading() as tx:
        found = tx.session.scalars(select(Change).where(Change.entity == entity).order_by(Change.seq))
        return [(c.actor, c.action, c.field, c.new) for c in found]


# ---- the alarm ------------------------------------------------------------------------------------------------


def test_a_change_opens_one_alarm_with_place_effect_words_and_posts(changed: str) -> None:
    state = drift.state(changed)
    (alarm,) = state.open
    assert alarm.standing and 36 <= alarm.number <= 46, "the change is at post 41"
    assert alarm.finding["low"] <= alarm.number <= alarm.finding["high"]
    assert say.title(alarm, "Ada").startswith("Ada writes differently since about the ")
    assert alarm.changed_at is not None and str(alarm.changed_at.year) in say.title(alarm, "Ada")
    told = " ".join(say.changed(alarm))
    assert "hashtags" in told or "exclamation" in told or "shorter" in told
    curve = state.curve
    assert curve is not None
    assert all((curve.place(id_) or 0) < alarm.number for id_ in alarm.finding["before"])
    assert all((curve.place(id_) or 0) >= alarm.number - 1 for id_ in alarm.finding["after"])
    texts = [samples.get(id_).text for id_ in alarm.finding["after"]]
    assert texts and all("building in public" in text for text in texts)


def test_a_steady_voice_opens_nothing(data: Path) -> None:
    author = somebody("Calm", [calm(n) for n in range(60)])
    assert not drift.check(author)
    state = drift.state(author)
    assert state.alarms == [] and state.curve is not None and state.curve.judged > 10
    assert say.headline("Calm", state.alarms, 20).startswith("Calm still writes like themselves")


def test_checking_again_opens_nothing_more_and_a_new_post_moves_the_count(changed: str) -> None:
    before = alarm_of(changed)
    assert not drift.check(changed)
    write_samples(changed, [loud(99)], [START + timedelta(days=900)])
    assert not drift.check(changed)
    state = drift.state(changed)
    assert [a.id for a in state.alarms] == [before.id]
    assert (
        alarm_of(changed).finding["since"] == before.finding["since"] + 1 or alarm_of(changed).number != before.number
    )


def test_too_little_is_an_answer(data: Path) -> None:
    author = somebody("Few", [calm(n) for n in range(4)])
    assert not drift.check(author)
    state = drift.state(author)
    assert state.reason and state.curve is not None and state.curve.judged == 0
    nobody = authors.add("Nobody", local_actor()).id
    drift.check(nobody)
    assert drift.state(nobody).reason == "There are no posts yet."
    assert drift.state(authors.add("New", local_actor()).id).curve is None
    with pytest.raises(NotFound):
        drift.check("01HZZZZZZZZZZZZZZZZZZZZZZZ")


def test_undated_posts_are_told_by_their_number(data: Path) -> None:
    author = somebody("Bo", [calm(n) for n in range(40)] + [loud(n) for n in range(20)], dated=False)
    drift.check(author)
    alarm = alarm_of(author)
    assert alarm.changed_at is None
    assert say.since(alarm) == f"since about their {say.ordinal(alarm.number)} post"
    assert "of" not in say.interval(alarm).split("posts")[0]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (121, "121st"), (1001, "1,001st")],
)
def test_ordinals(number: int, said: str) -> None:
    assert say.ordinal(number) == said


def test_what_was_over_before_it_was_ever_seen_waits_for_nobody(data: Path) -> None:
    over = [calm(n) for n in range(40)] + [loud(n) for n in range(12)] + [calm(n) for n in range(60, 85)]
    author = somebody("Ada", over)
    for _ in range(2):
        assert not drift.check(author) or drift.state(author).open[0].standing
    found = drift.state(author)
    assert found.curve is not None and found.curve.alarm.any(), "it is drawn all the same"
    assert not [alarm for alarm in found.alarms if not alarm.standing]
    if not found.alarms:
        assert headline(found, "Ada").startswith("Ada writes as before: no alarm stands, the last one did on ")
    late = [START + timedelta(days=900 + n) for n in range(25)]
    write_samples(author, [loud(n) for n in range(80, 90)] + [calm(n) for n in range(180, 195)], late)
    drift.check(author)
    assert drift.state(author).alarms, "what came and went since the last look is news"


# ---- what people decide ---------------------------------------------------------------------------------------


def test_acknowledged_with_a_new_baseline_it_never_comes_again(changed: str, actor: Actor) -> None:
    alarm = alarm_of(changed)
    drift.acknowledge(actor, alarm.id, "intended: new role")
    drift.check(changed)
    state = drift.state(changed)
    assert [(a.status, a.note, a.closed_by) for a in state.alarms] == [
        ("acknowledged", "intended: new role", actor.name)
    ]
    assert state.chosen is not None and state.chosen.first_id == alarm.first_id
    curve = state.curve
    assert curve is not None and curve.segment[-1] == 1
    assert not curve.alarm[curve.segment == 1].any(), "the new way of writing is the baseline now"
    write_samples(changed, [loud(n) for n in range(100, 106)], [START + timedelta(days=700 + n) for n in range(6)])
    drift.check(changed)
    assert [a.status for a in drift.state(changed).alarms] == ["acknowledged"]
    later = [START + timedelta(days=800 + n) for n in range(20)]
    write_samples(changed, [calm(n) for n in range(200, 220)], later)
    assert drift.check(changed), "a further change is another alarm"
    assert sorted(a.status for a in drift.state(changed).alarms) == ["acknowledged", "open"]


def test_acknowledged_without_a_new_baseline_it_stays_quiet_too(changed: str, actor: Actor) -> None:
    drift.acknowledge(actor, alarm_of(changed).id, "a campaign", new_baseline=False)
    write_samples(changed, [loud(n) for n in range(50, 56)], [START + timedelta(days=900 + n) for n in range(6)])
    drift.check(changed)
    assert [a.status for a in drift.state(changed).alarms] == ["acknowledged"]
    assert drift.state(changed).chosen is None


def test_an_acknowledgement_can_be_taken_back(changed: str, actor: Actor) -> None:
    alarm = alarm_of(changed)
    drift.acknowledge(actor, alarm.id, "too quick")
    drift.reopen(actor, alarm.id)
    drift.check(changed)
    assert [(a.id, a.status, a.note) for a in drift.state(changed).open] == [(alarm.id, "open", "too quick")]
    with pytest.raises(Conflict):
        drift.reopen(actor, alarm.id)


def test_deciding_twice_is_a_conflict_that_names_who_was_first(changed: str, actor: Actor) -> None:
    alarm = alarm_of(changed)
    drift.acknowledge(Actor(name="Mia"), alarm.id, "")
    with pytest.raises(Conflict, match="by Mia"):
        drift.acknowledge(actor, alarm.id, "me too")
    with pytest.raises(Conflict):
        drift.keep_note(actor, alarm.id, "late")


def test_readers_may_look_but_not_decide(changed: str) -> None:
    alarm = alarm_of(changed)
    for work in (
        lambda: drift.acknowledge(READER, alarm.id, ""),
        lambda: drift.keep_note(READER, alarm.id, "x"),
        lambda: drift.brief_from_alarm(READER, alarm.id),
        lambda: drift.exclude_posts(READER, alarm.id, [alarm.first_id]),
        lambda: drift.set_baseline(READER, changed, None),
        lambda: drift.reopen(READER, alarm.id),
    ):
        with pytest.raises(Denied):
            work()


def test_every_decision_is_in_the_change_log_with_its_actor(changed: str) -> None:
    alarm, mia = alarm_of(changed), Actor(name="Mia")
    drift.keep_note(mia, alarm.id, "intended")
    drift.exclude_posts(mia, alarm.id, [alarm.first_id])
    drift.acknowledge(mia, alarm.id)
    told = log("alarm")
    assert ("Timbre", "insert", "status", "open") in told
    assert ("Mia", "update", "note", "intended") in told
    assert ("Mia", "update", "status", "acknowledged") in told
    assert ("Mia", "insert", "first_id", alarm.first_id) in log("baseline")
    assert ("Mia", "update", "excluded", True) in log("sample")
    assert not [entry for entry in told if entry[2] in ("finding", "standing")], "bookkeeping is no edit"


def test_posts_left_out_leave_training_and_references_and_come_back(changed: str, actor: Actor) -> None:
    alarm, curve = alarm_of(changed), drift.state(changed).curve
    assert curve is not None
    since = [str(id_) for id_ in curve.ids[alarm.number - 1 :]]
    assert drift.exclude_posts(actor, alarm.id, since) == len(since)
    assert not {s.id for s in samples.of_author(changed)} & set(since)
    drift.check(changed)
    closed = alarm_of(changed)
    assert closed.status == "passed" and closed.closed_by == "Timbre"
    assert "cannot be seen any more" in say.outcome(closed), "it does not go silently"
    assert drift.take_back_posts(actor, alarm.id, since) == len(since)
    drift.check(changed)
    assert [a.id for a in drift.state(changed).open] == [alarm.id], "the same alarm, not another one"
    with pytest.raises(Invalid):
        drift.exclude_posts(actor, alarm.id, [])


def test_posts_of_somebody_else_are_not_left_out(changed: str, actor: Actor) -> None:
    other = somebody("Bo", [calm(n) for n in range(100, 103)])
    theirs = samples.of_author(other)[0].id
    assert drift.exclude_posts(actor, alarm_of(changed).id, [theirs]) == 0
    assert not samples.get(theirs).excluded


def test_a_brief_is_made_of_the_post_that_shows_it_and_overwrites_nothing(changed: str, actor: Actor) -> None:
    alarm = alarm_of(changed)
    generate.save_brief(changed, {"audience": "Plant managers"}, actor)
    drift.brief_from_alarm(actor, alarm.id)
    brief = generate.latest_brief(changed)
    assert brief is not None
    shown = samples.get(alarm.finding["after"][0]).text
    assert brief.fields["story"] == shown and brief.fields["topic"] and brief.fields["topic"] in " ".join(shown.split())
    assert brief.fields["audience"] == "Plant managers"
    assert alarm_of(changed).actions[-1]["what"] == "brief" and alarm_of(changed).actions[-1]["by"] == actor.name
    generate.save_brief(changed, {**brief.fields, "points": ["Mine"]}, actor, brief.id)
    with pytest.raises(Conflict, match="left as it is"):
        drift.brief_from_alarm(actor, alarm.id)
    again = generate.latest_brief(changed)
    assert again is not None and again.fields["points"] == ["Mine"]


def test_an_alarm_that_ended_stays_open_and_says_so(changed: str) -> None:
    back = [START + timedelta(days=900 + n) for n in range(30)]
    write_samples(changed, [calm(n) for n in range(300, 330)], back)
    drift.check(changed)
    alarm = alarm_of(changed)
    assert (alarm.status, alarm.standing) == ("open", False)
    assert "lately as before" in say.title(alarm, "Ada")


def test_a_baseline_of_few_posts_does_not_grow_into_what_an_alarm_is_about(data: Path) -> None:
    author = somebody("Ada", [calm(n) for n in range(18)])
    drift.check(author)
    for start in range(0, 24, 4):
        late = [START + timedelta(days=300 + start + n) for n in range(4)]
        write_samples(author, [loud(n) for n in range(start, start + 4)], late)
        drift.check(author)
    state = drift.state(author)
    assert [(a.status, a.standing) for a in state.alarms] == [("open", True)], "24 posts later it is still there"
    assert state.baseline is not None and state.baseline[1] < 19


# ---- baselines ------------------------------------------------------------------------------------------------


def test_a_chosen_baseline_counts_and_the_alarm_before_it_is_closed_with_the_reason(changed: str, actor: Actor) -> None:
    curve = drift.state(changed).curve
    assert curve is not None
    drift.set_baseline(actor, changed, str(curve.ids[45]), str(curve.ids[57]))
    drift.check(changed)
    state = drift.state(changed)
    assert state.baseline is not None and 45 <= state.baseline[0] <= state.baseline[1] <= 57
    assert [a.status for a in state.alarms] == ["passed"] and "newer baseline" in say.outcome(state.alarms[0])
    drift.set_baseline(actor, changed, None)
    drift.check(changed)
    assert [a.status for a in drift.state(changed).alarms] == ["open"], "with the old baseline it is there again"


def test_a_baseline_needs_own_posts_and_enough_of_them(changed: str, actor: Actor) -> None:
    curve = drift.state(changed).curve
    other = somebody("Bo", [calm(n) for n in range(100, 103)])
    assert curve is not None
    with pytest.raises(Invalid, match="own posts"):
        drift.set_baseline(actor, changed, samples.of_author(other)[0].id)
    with pytest.raises(Invalid, match="too little"):
        drift.set_baseline(actor, changed, str(curve.ids[5]), str(curve.ids[8]))
    with pytest.raises(Invalid, match="too little"):
        drift.set_baseline(actor, changed, str(curve.ids[30]), str(curve.ids[8]))
    with pytest.raises(Invalid):
        drift.set_baseline(actor, changed, None, str(curve.ids[8]))


def _baseline(first: str | None, last: str | None = None) -> Baseline:
    return Baseline(author_id="A", first_id=first, last_id=last)


def test_newer_baselines_take_the_place_of_those_after_them() -> None:
    line = [Item(f"p{n}", None, OWN, 80, excluded=n == 20) for n in range(60)]
    assert [(s.start, s.end) for s in segments(line, [])] == [(0, 59)]
    assert [(s.start, s.end) for s in segments(line, [_baseline("p10"), _baseline("p40")])] == [
        (0, 10),
        (10, 39),
        (39, 59),
    ]
    assert [(s.start, s.end) for s in segments(line, [_baseline("p40"), _baseline("p10")])] == [(0, 10), (10, 59)]
    assert [(s.start, s.end) for s in segments(line, [_baseline("p40"), _baseline(None)])] == [(0, 59)]
    assert [(s.start, s.baseline) for s in segments(line, [_baseline("p0", "p11")])] == [(0, (0, 12))]
    assert [s.start for s in segments(line, [_baseline("p20")])] == [0, 20], "left out: the next one stands for it"
    assert [s.start for s in segments(line, [_baseline("gone")])] == [0]


# ---- origins --------------------------------------------------------------------------------------------------


def approved(author: str, text: str, actor: Actor, at: datetime, variant: str | None = None) -> str:
    post = review.create(author, "T", text, actor, variant)
    post = review.approve(post.id, None, actor, submit=True)
    with store.writing(actor) as tx:
        row = tx.session.get_one(Post, post.id)
        row.slot = at
    return post.id


def test_approved_posts_join_the_timeline_with_their_origin(data: Path, actor: Actor) -> None:
    author = somebody("Ada", [calm(n) for n in range(3)])
    late = START + timedelta(days=400)
    typed = approved(author, calm(50), actor, late)
    review.create(author, "Draft", calm(51), actor)
    with store.writing(actor) as tx:
        tx.session.get_one(Post, typed).variant_id = None
    machine = approved(author, calm(52), actor, late + timedelta(days=1))
    with store.writing(actor) as tx:
        tx.session.get_one(Post, machine).variant_id = "V"
    with store.reading() as tx:
        found = items(tx, author)
    assert [item.origin for item in found] == [OWN, OWN, OWN, TYPED, WITH_TIMBRE]
    assert [item.id for item in found[3:]] == [typed, machine]
    drift.check(author)
    curve = drift.state(author).curve
    assert curve is not None and list(curve.origin) == [0, 0, 0, 2, 1]


def test_a_post_that_is_imported_again_counts_once_as_what_it_was(data: Path, actor: Actor) -> None:
    from core.collect import text_hash

    author = somebody("Ada", [calm(n) for n in range(3)])
    post = approved(author, calm(60), actor, START + timedelta(days=300))
    with store.writing(actor) as tx:
        tx.session.add(
            Sample(author_id=author, text=calm(60), text_hash=text_hash(calm(60)), date=START + timedelta(days=301))
        )
    with store.reading() as tx:
        assert [item.id for item in items(tx, author)][-1] == post
        assert len(items(tx, author)) == 4


def test_a_reading_of_a_post_follows_its_text(data: Path, actor: Actor) -> None:
    author = somebody("Ada", [calm(n) for n in range(3)])
    post = approved(author, calm(60), actor, START + timedelta(days=300))
    drift.check(author)
    with store.reading() as tx:
        first = dict(rows.readings(tx, author, judging.voice.VERSION))[post]
    with store.writing(actor) as tx:
        row = tx.session.get_one(Post, post)
        row.text, row.hash = loud(1), hashlib.sha256(loud(1).encode()).hexdigest()
    drift.check(author)
    with store.reading() as tx:
        found = dict(rows.readings(tx, author, judging.voice.VERSION))
    assert found[post] != first and len(found) == 4


def test_drift_is_told_apart_by_origin(data: Path, actor: Actor) -> None:
    author = somebody("Ada", [calm(n) for n in range(40)])
    late = START + timedelta(days=400)
    with store.writing(actor) as tx:
        for n in range(24):  # turn about: machine-written, and typed as ever
            post = Post(author_id=author, title="T", hash=str(n), status="Published", slot=late + timedelta(days=n))
            post.variant_id, post.text = ("V", loud(n)) if n % 2 else (None, calm(n + 100))
            tx.session.add(post)
    drift.check(author)
    found = drift.state(author).origins
    assert {one["origin"]: one["alarm"] for one in found} == {
        "their own writing": False, "written with Timbre": True, "typed in Timbre": False,
    }  # fmt: skip
    assert "written with Timbre (12 posts): an alarm" in say.apart(found)
    assert say.apart([]) == ""


def test_the_share_written_with_timbre() -> None:
    at, share = share_with_timbre(_curve(30, origin=np.array([0] * 15 + [1] * 15)))
    assert (at[0], share[0], share[-1]) == (9, 0.0, 1.0)
    assert len(share_with_timbre(empty())[0]) == 0


def _curve(n: int, **columns: Any) -> Curve:
    usual: dict[str, Any] = {
        "ids": np.array([f"{k:026d}" for k in range(n)]),
        "origin": np.zeros(n),
        "seconds": np.arange(n) * 86_400,
        "segment": np.zeros(n),
        "baseline": np.zeros(n),
        "statistic": np.ones(n),
        "threshold": np.full(n, 2.5),
        "low": np.full(n, 0.5),
        "high": np.full(n, 2.0),
        "alarm": np.zeros(n),
        "weeks": np.zeros(0),
        "week_values": np.zeros(0),
    }
    types = {name: getattr(empty(), name).dtype for name in usual}
    return Curve(**{name: np.asarray(columns.get(name, value)).astype(types[name]) for name, value in usual.items()})


def test_a_curve_comes_back_as_it_was_kept() -> None:
    curve = _curve(40, statistic=np.append(np.full(39, np.nan), 1.5))
    back = unpack(pack(curve))
    for name in ("ids", "origin", "seconds", "statistic", "alarm"):
        np.testing.assert_array_equal(getattr(back, name), getattr(curve, name))
    assert back.place(curve.ids[7]) == 7 and back.place("nobody") is None and back.judged == 1
    with pytest.raises(ValueError, match="another version"):
        unpack(b"PK\x05\x06" + b"\0" * 18)
    with pytest.raises(ValueError):
        unpack(b"nothing of the kind")


# ---- the worker -----------------------------------------------------------------------------------------------


def test_only_what_changed_is_checked(data: Path, actor: Actor) -> None:
    ada = somebody("Ada", [calm(n) for n in range(12)])
    bo = somebody("Bo", [calm(n + 50) for n in range(12)])
    assert sorted(judging.stale()) == sorted([ada, bo])
    assert drift.check_all() == 2 and judging.stale() == []
    samples.leave_out(samples.of_author(bo)[0].id, actor)
    assert judging.stale() == [bo]
    drift.check_all()
    drift.set_baseline(actor, ada, samples.of_author(ada)[1].id)
    assert judging.stale() == [ada]


def test_what_comes_in_while_texts_are_read_is_checked_next(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    author = somebody("Ada", [calm(n) for n in range(30)])
    real = drift_readings.measure_missing

    def slow(author_id: str, *more: Any) -> None:
        real(author_id, *more)
        write_samples(author_id, ["One more, that nobody has read."], [START + timedelta(days=900)])

    monkeypatch.setattr(drift_readings, "measure_missing", slow)
    drift.check(author)
    monkeypatch.undo()
    assert judging.stale() == [author]


def test_an_author_who_goes_during_a_check_is_passed_over(
    data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = somebody("Ada", [calm(n) for n in range(30)])
    real = judging.judge

    def slow(*given: Any) -> judging.Judged:
        with store.writing(actor) as tx:
            tx.session.delete(authors.get(author))
        return real(*given)

    monkeypatch.setattr(judging, "judge", slow)
    with pytest.raises(NotFound):
        drift.check(author)


def test_what_is_wrong_with_one_author_keeps_no_other_waiting(
    data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = somebody("Ada", [calm(n) for n in range(12)])
    somebody("Bob", [calm(n) for n in range(20, 32)])
    real = drift_readings.of_author

    def broken(author_id: str) -> Any:
        if author_id == one:
            raise ZeroDivisionError
        return real(author_id)

    monkeypatch.setattr(drift_readings, "of_author", broken)
    monkeypatch.setattr(jobs, "step", lambda work, *given, name="": work(*given))
    with pytest.raises(Unavailable, match="1 of 2 authors could not be checked"):
        drift_jobs.run(drift.request(actor))
    assert judging.stale() == [one]
    monkeypatch.undo()


def test_a_note_holds_what_a_database_can_keep(changed: str, actor: Actor) -> None:
    (alarm,) = drift.alarms()
    drift.keep_note(actor, alarm.id, "new \ud800role\x00 ")
    assert drift.alarm(alarm.id).note == "new ?role"


def test_two_checks_at_once_open_one_alarm(data: Path) -> None:
    author = somebody("Ada", [calm(n) for n in range(40)] + [loud(n) for n in range(15)])
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(drift.check, [author] * 4)) == 1
    assert len(drift.alarms()) == 1


def test_a_post_that_goes_while_it_is_read_keeps_nothing(data: Path, actor: Actor) -> None:
    with store.writing(actor) as tx:
        rows.keep_post_reading(tx, "gone", "hash", b"read", "v1")
    with store.reading() as tx:
        assert tx.session.query(PostReading).count() == 0


def test_a_damaged_curve_is_refused_as_such() -> None:
    kept = pack(empty())
    for bad in (b"", b"PK", kept[: len(kept) // 2], b"\x93NUMPY" + kept):
        with pytest.raises(ValueError, match="check the author again"):
            unpack(bad)


def test_other_posts_in_use_are_another_timeline(changed: str, actor: Actor) -> None:
    """Two for two, of the same newest post and the same sum of positions."""
    (alarm,) = drift.alarms()
    with store.reading() as tx:
        ids = [line.id for line in rows.sample_lines(tx, changed)]
    seen = []
    for out, back in (([1, 4], []), ([2, 3], [1, 4])):
        drift.exclude_posts(actor, alarm.id, [ids[at] for at in out])
        if back:
            drift.take_back_posts(actor, alarm.id, [ids[at] for at in back])
        with store.reading() as tx:
            seen.append((rows.revisions(tx)[changed], voice_rows.revisions(tx)[changed]))
    assert seen[0][0] != seen[1][0] and seen[0][1] != seen[1][1]


def test_an_import_that_is_still_coming_in_is_waited_for(data: Path, actor: Actor) -> None:
    author = somebody("Ada", [calm(n) for n in range(12)])
    with store.writing(actor) as tx:
        batch = ImportBatch(source="file", name="half", counts={"new": 500})
        tx.session.add(batch)
        tx.session.flush()
        for row in tx.session.scalars(select(Sample)):
            row.batch_id = batch.id
    assert judging.stale() == []
    with store.writing(actor) as tx:
        tx.session.get_one(ImportBatch, batch.id).created_at = now() - timedelta(hours=1)
    assert judging.stale() == [author], "an import that never ended does not block for ever"


def test_the_scan_asks_at_the_start_and_after_a_change_has_come_to_rest(
    data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_jobs, "_look", drift_jobs._Look())
    author = somebody("Ada", [calm(n) for n in range(12)])

    def asked() -> int:
        drift_jobs.scan()
        return sum(job.kind == "drift" for job in jobs.active())

    def done() -> None:
        drift.check_all()
        for job in jobs.active():
            jobs.cancel(job.id, actor)

    assert asked() == 1, "at the start"
    assert asked() == 1, "one at a time"
    done()
    assert asked() == 0
    samples.leave_out(samples.of_author(author)[0].id, actor)
    assert asked() == 0, "more may follow"
    assert asked() == 1
    done()
    assert asked() == 0


def test_the_sample_workspace_has_its_planted_change(data: Path, actor: Actor) -> None:
    workspace.load_sample(actor)
    drift.check_all()
    names = {author.id: author.name for author in authors.listed()}
    assert [names[alarm.author_id] for alarm in drift.alarms()] == ["Amara Bello"]
    (alarm,) = drift.alarms()
    assert alarm.finding["low"] <= 46 and alarm.finding["high"] >= 44 and 40 <= alarm.number <= 50
