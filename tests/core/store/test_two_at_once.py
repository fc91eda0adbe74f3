"""Two people at once, on two real connections: the second sees what the first has done, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from core import campaign, guidelines, jobs, store
from core.drift.curve import empty
from core.drift.say import OPEN
from core.drift.settling import settle
from core.errors import Conflict
from core.generate import commands as generate
from core.store import Actor, Writing, authors, intents, runs
from core.store import drift as alarms
from core.store import guidelines as rules
from core.store.tables import Alarm, Run, Variant

pytestmark = pytest.mark.parametrize(
    "any_database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)  # on SQLite a write is alone
BEFORE_THE_FIRST_IS_DONE = 0.25
"""Seconds in which the second would have done its harm."""


@pytest.fixture
def ada(any_database: str, actor: Actor) -> str:
    with store.writing(actor) as tx:
        return authors.add(tx, "Ada").id


def meanwhile(actor: Actor, first: Callable[[Writing], Any], second: Callable[[], Any]) -> Any:
    """What `second` gives that was begun after `first` and before its transaction ended."""
    with ThreadPoolExecutor(1) as pool:
        with store.writing(actor) as tx:
            first(tx)
            later: Future[Any] = pool.submit(second)
            with pytest.raises(TimeoutError):
                later.result(BEFORE_THE_FIRST_IS_DONE)
        return later.result(20)


def brief(author_id: str, actor: Actor) -> str:
    return generate.save_brief(author_id, {"topic": "Pumps", "points": ["They leak"]}, actor).id


def test_two_clicks_begin_one_run(ada: str, actor: Actor) -> None:
    wanted = brief(ada, actor)

    def first(tx: Writing) -> None:
        runs.add(tx, runs.locked_brief(tx, wanted), {})

    begun = meanwhile(actor, first, lambda: generate.start(wanted, actor))
    with store.reading() as tx:
        assert [run.id for run in tx.session.query(Run)] == [begun]


def test_a_campaign_is_started_once(ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        bo = authors.add(tx, "Bo").id
    fields = {"topic": "Pumps", "points": ["They leak", "They rust"]}
    row = campaign.plan(fields, {ada: [], bo: []}, actor)

    def first(tx: Writing) -> None:
        campaign.rows.locked(tx, row.id)
        for author in (ada, bo):
            runs.add_brief(tx, author, fields).campaign_id = row.id

    assert meanwhile(actor, first, lambda: campaign.start(row.id, actor)) == 2
    with store.reading() as tx:
        assert tx.session.query(Run).count() == 2


def test_of_two_edits_on_one_revision_the_second_is_refused(ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        run = Run(author_id=ada, brief_id=runs.add_brief(tx, ada, {}).id)
        tx.session.add(run)
        tx.session.flush()
        one = Variant(run_id=run.id, author_id=ada, number=1, text="as written", revision=1)
        tx.session.add(one)
        tx.session.flush()

    def first(tx: Writing) -> None:
        runs.locked_variant(tx, one.id)
        runs.edit_variant(tx, one.id, "Ada's", 1)

    with pytest.raises(Conflict):
        meanwhile(actor, first, lambda: generate.edit_variant(one.id, "Bo's", 1, actor))
    assert generate.variant(one.id).text == "Ada's"


def test_a_guideline_changed_by_two_keeps_the_first(ada: str, actor: Actor) -> None:
    row = guidelines.add("No jargon", actor)

    def first(tx: Writing) -> None:
        held = rules.locked(tx, row.id)
        held.title, held.version = "No jargon at all", 2

    with pytest.raises(Conflict):
        meanwhile(actor, first, lambda: guidelines.edit(row.id, actor, 1, title="Some jargon"))


def test_what_a_person_said_of_an_alarm_is_not_overwritten_by_the_check(ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = alarms.add_alarm(
            tx, Alarm(author_id=ada, number=1, status=OPEN, first_id="s", low_id="s", high_id="s", onset_id="s")
        )

    def first(tx: Writing) -> None:
        held = alarms.locked_alarm(tx, row.id)
        held.status, held.closed_by, held.actions = "acknowledged", "Mia", [{"what": "acknowledged"}]

    def check() -> None:
        with store.writing(actor) as tx:
            settle(tx, ada, [], empty(), None, {})

    meanwhile(actor, first, check)
    with store.reading() as tx:
        kept = alarms.alarm(tx, row.id)
    assert (kept.status, kept.closed_by, len(kept.actions)) == ("acknowledged", "Mia", 1)


def test_a_job_of_one_key_is_asked_for_once_and_stopped_before_it_begins(ada: str, actor: Actor) -> None:
    asked: list[str] = []
    again = meanwhile(
        actor, lambda tx: asked.append(intents.add(tx, "drift", {}, "drift:main")),
        lambda: jobs.request("drift", {}, actor, "drift:main"),
    )  # fmt: skip
    assert [again] == asked

    def take() -> bool:
        with store.writing(actor) as tx:
            return intents.begun(tx, again)

    assert meanwhile(actor, lambda tx: intents.cancel(tx, again), take) is True
    assert jobs.get(again).status == "cancelled"
