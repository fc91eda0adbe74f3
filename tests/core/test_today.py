"""What waits for a person: the order of decisions, the days of a zone, what is unusual, and no text read for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import authors, store, today
from core.store import Actor
from core.store.base import now
from core.store.tables import Alarm, Brief, Intent, NotionRow, Post, Run, Variant
from core.store.tables_images import PictureRun
from core.store.tables_training import TrainingRun

AT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
"""23:30 in Berlin, 17:30 in New York."""


def add(actor: Actor, *rows: Any) -> None:
    with store.writing(actor) as tx:
        for row in rows:
            tx.session.add(row)
            tx.session.flush()


def post(author_id: str, title: str, status: str, slot: datetime | None = None, **more: Any) -> Post:
    return Post(author_id=author_id, title=title, text="x", status=status, slot=slot, **more)


def gather(zone: str = "UTC", at: datetime | None = None) -> today.Today:
    return today.gather(authors.listed(), zone, at or now())


def test_an_empty_store_waits_for_nothing(data: Path) -> None:
    found = gather()
    assert found.first is None and not found.decide and not found.unusual and not found.running
    assert found.steps == today.Steps(False, False, False)


def test_the_order_of_decisions(two_authors: dict[str, str], actor: Actor) -> None:
    ada, bo = two_authors["Ada"], two_authors["Bo"]
    conflict = post(bo, "Both sides", "Approved")
    add(
        actor,
        post(ada, "Draft", "Drafting"),
        post(ada, "Fix this", "Changes Requested"),
        post(bo, "Read this", "In Review", requested={"status": "Approved", "by": "Mia"}),
        post(ada, "Long gone", "Archived"),
        conflict,
    )
    add(actor, NotionRow(kind="calendar", local_id=conflict.id, state="conflict"))
    found = gather().decide
    assert [item.title for item in found] == ["Both sides", "Read this", "Fix this", "Draft"]
    assert found[0].page == "notion" and "Bo" in found[0].note
    assert found[1].note == "Bo · Mia asks for Approved in Notion"
    assert found[1].params == {"post": found[1].params["post"], "author": bo}


def test_what_is_not_listed_is_counted(two_authors: dict[str, str], actor: Actor) -> None:
    add(actor, *[post(two_authors["Ada"], f"Draft {n}", "Drafting") for n in range(9)])
    found = gather()
    assert len(found.decide) == today.SHOWN
    assert found.decide_more == 9 - today.SHOWN


@pytest.mark.parametrize("chosen", [False, True])
def test_variants_wait_until_one_becomes_a_post(two_authors: dict[str, str], actor: Actor, chosen: bool) -> None:
    ada = two_authors["Ada"]
    brief = Brief(author_id=ada, fields={"topic": "What the pump taught us\nand why"})
    add(actor, brief)
    run = Run(author_id=ada, brief_id=brief.id, status="done", finished_at=now())
    add(actor, run)
    add(
        actor, *[Variant(run_id=run.id, author_id=ada, number=n, post_id="P" if chosen and n else None) for n in (0, 1)]
    )
    found = [item for item in gather().decide if item.page == "generate"]
    assert [item.title for item in found] == ([] if chosen else ["Choose one of 2 variants: What the pump taught us"])


@pytest.mark.parametrize(("task", "states", "said"), [
    ("write", ("ok", "ok", "failed"), ["Choose one of 2 variants"]),
    ("write", ("failed", "failed"), []),
    ("adapt", ("ok",), []),
    ("revise", ("ok",), []),
])  # fmt: skip
def test_only_variants_that_can_be_chosen_wait(
    two_authors: dict[str, str], actor: Actor, task: str, states: tuple[str, ...], said: list[str]
) -> None:
    ada = two_authors["Ada"]
    brief = Brief(author_id=ada, fields={})
    add(actor, brief)
    run = Run(author_id=ada, brief_id=brief.id, status="done", task=task, finished_at=now())
    add(actor, run)
    add(actor, *[Variant(run_id=run.id, author_id=ada, number=n, status=state) for n, state in enumerate(states)])
    assert [item.title for item in gather().decide if item.page == "generate"] == said


def test_a_post_without_a_title_is_named_by_its_first_words(two_authors: dict[str, str], actor: Actor) -> None:
    said = "The valve was fine.\n\nNobody had looked at the paper that came with it for eleven years, and nobody would"
    rows = [post(two_authors["Ada"], "", "In Review"), post(two_authors["Ada"], "", "Drafting")]
    rows[0].text, rows[1].text = said * 40, " "
    add(actor, *rows)
    assert [item.title for item in gather().decide] == [
        "“The valve was fine. Nobody had looked at the paper that…”",
        "A post without a title or a text",
    ]


def test_a_job_says_what_it_is_about_and_opens_there(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    brief, wanted = Brief(author_id=ada, fields={"topic": "The pump"}), post(ada, "Valves", "Drafting")
    add(actor, brief, wanted)
    jobs = [Intent(kind=kind, status="started") for kind in ("generate", "train", "picture", "embed")]
    add(actor, *jobs)
    add(actor, Run(id=jobs[0].id, author_id=ada, brief_id=brief.id),
        TrainingRun(id=jobs[1].id, kind="voice", method="sft", author_id=ada, title="Ada's voice"),
        PictureRun(id=jobs[2].id, author_id=ada, post_id=wanted.id, provider="fake"))  # fmt: skip
    found = [item for _, item in today.under_way(authors.listed())]
    assert [(item.title, item.note, item.page) for item in found] == [
        ("Writing variants: The pump", "Ada", "generate"),
        ("Learning a voice: Ada's voice", "Ada", "training"),
        ("Making a picture: Valves", "Ada", "images"),
        ("Reading samples for search", "", "samples"),
    ]
    assert found[2].params == {"part": "Picture", "post": wanted.id, "author": ada}


def test_a_run_of_which_nothing_came_is_unusual_until_somebody_writes_again(
    two_authors: dict[str, str], actor: Actor
) -> None:
    ada = two_authors["Ada"]
    brief = Brief(author_id=ada, fields={"topic": "The pump"})
    add(actor, brief)
    run = Run(author_id=ada, brief_id=brief.id, status="done", finished_at=now())
    add(actor, run)
    add(actor, Variant(run_id=run.id, author_id=ada, number=1, status="failed"))
    (item,) = gather().unusual
    assert (item.title, item.note, item.status) == ("Written, but no variant passed: The pump", "Ada", "nothing")
    assert item.params == {"run": run.id, "author": ada}
    add(actor, Run(author_id=ada, brief_id=brief.id, status="running"))
    assert gather().unusual == []


@pytest.mark.parametrize(("zone", "titles"), [("Europe/Berlin", ["Late"]), ("America/New_York", ["Late", "Night"])])
def test_a_day_is_the_zones_day(two_authors: dict[str, str], actor: Actor, zone: str, titles: list[str]) -> None:
    add(
        actor,
        post(two_authors["Ada"], "Night", "Approved", AT + timedelta(hours=2)),
        post(two_authors["Ada"], "Late", "Approved", AT + timedelta(minutes=10)),
        post(two_authors["Ada"], "Next month", "Approved", AT + timedelta(days=20)),
        post(two_authors["Ada"], "No longer", "Rejected", AT + timedelta(minutes=5)),
    )
    going = gather(zone, AT).going
    assert [item.title for item in going.today] == titles
    assert {item.title for item in going.today + going.week} == {"Night", "Late"}


def test_a_week_over_the_end_of_summer_time_has_its_own_length() -> None:
    start, tomorrow, end = today.week_bounds("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert (tomorrow - start) == timedelta(days=1)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(days=8, hours=1)


def test_an_unapproved_slot_is_said_before_and_after_it(two_authors: dict[str, str], actor: Actor) -> None:
    add(
        actor,
        post(two_authors["Ada"], "Soon", "In Review", AT + timedelta(minutes=20)),
        post(two_authors["Ada"], "Missed", "Drafting", AT - timedelta(hours=3)),
        post(two_authors["Ada"], "Went out", "Approved", AT - timedelta(hours=3)),
    )
    found = gather("Europe/Berlin", AT)
    assert {i.title: i.note for i in found.going.today}["Soon"] == "Ada · not approved yet"
    assert [item.title for item in found.unusual] == ["Missed"]


def test_a_failure_is_shown_until_the_same_work_succeeds(data: Path, actor: Actor) -> None:
    add(actor, Intent(kind="embed", payload={"a": 1}, status="failed", message="No file.", finished_at=now()))
    add(actor, Intent(kind="notion.sync", status="failed", message="Down.", hint="Wait.", finished_at=now()))
    old = now() - timedelta(days=9)
    add(actor, Intent(kind="other", status="failed", message="Old.", finished_at=old))
    assert [(i.title, i.page, i.note) for i in gather().unusual] == [
        ("Syncing with Notion", "notion", "Down. Wait."),
        ("Reading samples for search", "samples", "No file."),
    ]
    add(actor, Intent(kind="embed", payload={"a": 1}, status="done", finished_at=now()))
    assert [i.page for i in gather().unusual] == ["notion"]


def test_an_unknown_zone_counts_as_utc(data: Path) -> None:
    assert today.week_bounds("Nowhere/None", AT)[0] == datetime(2026, 11, 24, tzinfo=UTC)


def test_voices_that_changed_come_first_among_the_unusual_over_all_authors(
    two_authors: dict[str, str], actor: Actor
) -> None:
    ada, bo = two_authors["Ada"], two_authors["Bo"]
    one = alarm(ada, changed_at=datetime(2026, 3, 14, tzinfo=UTC), finding={"since": 12})
    two = alarm(bo, number=120, standing=False)
    add(actor, one, two, alarm(ada, status="acknowledged"))
    add(actor, Intent(kind="embed", status="failed", message="No file.", finished_at=now()))
    found = gather().unusual
    assert [item.title for item in found[:2]] == [
        "Ada writes differently since about the 14th of March 2026",
        "Bo wrote differently for a while, about their 120th post on; lately as before",
    ]
    assert found[0].note == "12 posts since then" and len(found) == 3
    assert (found[0].page, found[0].params) == ("drift", {"author": ada, "alarm": one.id})
    add(actor, *[alarm(bo, number=n) for n in range(9)])
    assert [item.title for item in gather().unusual if item.page == "drift"][today.SHOWN :] == [
        "6 more voices that changed"
    ]


def alarm(author_id: str, status: str = "open", number: int = 1, **more: Any) -> Alarm:
    ids = dict.fromkeys(("first_id", "low_id", "high_id", "onset_id"), "x")
    return Alarm(author_id=author_id, status=status, number=number, **ids, **more)
