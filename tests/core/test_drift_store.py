"""The tables of voice and drift: upgraded from the first schema with rows in it, on both databases; nothing heavy read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text

from core import authors, store
from core.drift import acknowledge, check, check_all, exclude_posts, keep_note, state
from core.store import Actor, drift
from core.store import samples as sample_rows
from core.store.base import Base, now
from core.store.engine import MIGRATIONS, engine
from core.store.tables import Alarm, Baseline, Drift, Post, PostReading, Sample
from tests.conftest import write_samples
from tests.core.test_drift import calm, loud, somebody


def migrated(revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine().connect() as connection:
        config.attributes["connection"] = connection.execution_options(timbre_write=True)
        command.upgrade(config, revision)


def test_a_database_of_the_first_schema_is_upgraded_with_its_rows(any_database: str) -> None:
    with engine().execution_options(timbre_write=True).begin() as connection:
        Base.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    migrated("0001")
    assert "alarm" not in inspect(engine()).get_table_names()
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    with engine().execution_options(timbre_write=True).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO author (id, workspace_id, name, kind, headline, zone, language, questionnaire, is_sample, "
                "created_at) VALUES ('A', 'main', 'Ada', 'person', '', 'UTC', 'en', '{}', :no, :at)"
            ),
            {"no": False, "at": moment},
        )
        connection.execute(
            text(
                "INSERT INTO sample (id, workspace_id, author_id, text, text_hash, position, words, source, provenance, "
                "excluded, created_at) VALUES ('S', 'main', 'A', 'Kept.', 'h', 0, 1, 'paste', '{}', :no, :at)"
            ),
            {"no": False, "at": moment},
        )
    store.dispose()
    store.migrate()
    with store.reading() as tx:
        (row,) = sample_rows.of_author(tx, "A")
        assert (row.text, row.reading_version, drift.revisions(tx)["A"].split(".")[0]) == ("Kept.", None, "1")
    with engine().connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda n, k, _: k != "table" or n in Base.metadata.tables}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_tables_work_and_go_with_their_author(any_database: str, actor: Actor) -> None:
    ada = authors.add("Ada", actor).id
    write_samples(ada, ["One text.", "Another text."])
    with store.writing(actor) as tx:
        post = Post(author_id=ada, text="x", status="Approved", approved_at=now(), hash="h")
        tx.session.add(post)
        tx.session.flush()
        drift.keep_post_reading(tx, post.id, "h", b"read", "v1")
        drift.keep_post_reading(tx, post.id, "h", b"read again", "v1")
        drift.keep_state(tx, ada, revision="r", n=2, judged=0, reason="", summary={}, curve=b"curve")
        drift.keep_state(tx, ada, revision="r2", n=3, judged=1, reason="", summary={"a": 1}, curve=b"curve 2")
        drift.add_baseline(tx, Baseline(author_id=ada, first_id=None))
        ids = dict.fromkeys(("first_id", "low_id", "high_id", "onset_id"), "x")
        drift.add_alarm(tx, Alarm(author_id=ada, status="open", number=3, **ids))
    with store.reading() as tx:
        assert list(drift.readings(tx, ada, "v1")) == [(post.id, b"read again")]
        assert drift.unread_posts(tx, ada, "v1") == [] and len(drift.unread_posts(tx, ada, "v2")) == 1
        state = drift.state(tx, ada, curve=True)
        assert state is not None and (state.revision, state.n, state.curve) == ("r2", 3, b"curve 2")
        assert [a.number for a in drift.alarms(tx, ["open"])] == [3]
    with store.writing(actor) as tx:
        edited = tx.session.get(Post, post.id)
        assert edited is not None
        edited.hash = "of another text"
    with store.reading() as tx:
        assert list(drift.readings(tx, ada, "v1")) == []  # what was read is not of the text as it stands
    with store.writing(actor) as tx:
        some = sample_rows.of_author(tx, ada)[0].id
        assert drift.leave_out(tx, ada, [some], True) == [some] and drift.leave_out(tx, ada, [some], True) == []
    with store.writing(actor) as tx:
        tx.session.delete(authors.get(ada))
    with store.reading() as tx:
        for table in (Alarm, Baseline, Drift, PostReading, Sample):
            assert tx.session.query(table).count() == 0


@pytest.mark.parametrize("archived", [False, True])
def test_alarms_of_archived_authors_wait_for_nobody(data: object, actor: Actor, archived: bool) -> None:
    ada = authors.add("Ada", actor).id
    ids = dict.fromkeys(("first_id", "low_id", "high_id", "onset_id"), "x")
    with store.writing(actor) as tx:
        drift.add_alarm(tx, Alarm(author_id=ada, status="open", number=3, **ids))
        row = tx.session.get(type(authors.get(ada)), ada)
        assert row is not None
        row.archived_at = now() if archived else None
    with store.reading() as tx:
        assert len(drift.alarms(tx, ["open"])) == (0 if archived else 1)


def test_ordinary_reads_pass_the_large_columns_over(data: object, actor: Actor) -> None:
    ada = authors.add("Ada", actor).id
    write_samples(ada, ["One text."])
    seen: list[str] = []
    event.listen(engine(), "before_cursor_execute", lambda _c, _cur, statement, *_: seen.append(statement))
    with store.reading() as tx:
        sample_rows.of_author(tx, ada)
        drift.state(tx, ada)
        drift.states(tx)
    columns = " ".join(seen).replace("reading_version", "")
    assert seen and "sample.reading" not in columns and "drift.curve" not in columns


def test_the_whole_way_on_either_database(any_database: str, actor: Actor) -> None:
    ada = somebody("Ada", [calm(n) for n in range(40)] + [loud(n) for n in range(12)])
    assert check_all() == 1
    (alarm,) = state(ada).open
    keep_note(actor, alarm.id, "intended")
    exclude_posts(actor, alarm.id, [alarm.first_id])
    acknowledge(actor, alarm.id)
    check(ada)
    found = state(ada)
    assert [(a.status, a.note) for a in found.alarms] == [("acknowledged", "intended")]
    assert found.curve is not None and found.curve.n == 51 and found.curve.segment[-1] == 1
    with store.reading() as tx:
        assert drift.last_change(tx, 0) > 0 and drift.being_imported(tx, now()) == set()
