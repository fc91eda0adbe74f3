"""Today: three lists, the main action, the first steps; quick with a full store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from core import store
from core.config import ROOT
from core.store import Actor, new_id
from core.store.base import now
from core.store.tables import Intent, Post, Sample


def opened() -> AppTest:
    return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()


def texts(app: AppTest) -> str:
    return "\n".join([m.value for m in app.markdown] + [c.value for c in app.caption])


def test_an_empty_store_teaches_three_steps_and_offers_samples(data: Path) -> None:
    app = opened()
    assert [s.value for s in app.subheader] == ["Three steps to your first post"]
    assert app.button(key="sample_load").label == "Load a sample workspace"


@pytest.mark.slow
def test_the_sample_workspace_comes_and_goes(data: Path) -> None:
    app = opened()
    app.button(key="sample_load").click().run()
    assert not app.exception and not app.error
    names = app.sidebar.selectbox(key="shell_author").options
    assert len(names) == 3 and all(name.endswith("(sample)") for name in names)
    app.switch_page("pages/settings.py").run()
    app.button(key="sample_remove").click().run()
    assert not app.exception and not app.error
    assert not app.sidebar.selectbox


def test_three_lists_and_the_first_one_opens(two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        waiting = Post(author_id=two_authors["Bo"], title="Read *me*", text="x", status="In Review")
        tx.session.add(waiting)
        tx.session.add(
            Post(author_id=two_authors["Ada"], title="Going", text="x", status="Scheduled", slot=now() + timedelta(1))
        )
        tx.session.add(Intent(kind="embed", status="failed", message="No file.", hint="Run it.", finished_at=now()))
    app = opened()
    assert [s.value for s in app.subheader] == ["To decide", "Going out", "Unusual"]
    shown = texts(app)
    assert "In Review" in shown and "Scheduled" in shown and "No file\\." not in shown and "No file." in shown
    assert "Read" in app.button(key="today_open").label
    app.button(key="today_open").click().run()
    assert not app.exception
    assert app.query_params["post"] in (waiting.id, [waiting.id])
    assert [t.value for t in app.title] == ["Review"]


def test_jobs_under_way_show_how_far_they_are(two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        tx.session.add(Intent(kind="embed", status="started", done=20, total=80, message="Reading"))
    app = opened()
    assert not app.exception
    assert any("20 of 80" in str(bar.proto) for bar in app.get("progress"))


@pytest.mark.slow
def test_quick_with_ten_thousand_samples_and_two_thousand_posts(two_authors: dict[str, str], actor: Actor) -> None:
    statuses = ("Drafting", "In Review", "Approved", "Scheduled", "Published")
    with store.writing(actor) as tx:
        tx.session.execute(
            insert(Sample),
            [
                {
                    "author_id": two_authors["Ada"],
                    "text": f"{n} " * 150,
                    "text_hash": new_id(),
                    "position": n,
                    "words": 150,
                }
                for n in range(10_000)
            ],
        )
        tx.session.execute(
            insert(Post),
            [
                {
                    "author_id": two_authors["Ada"],
                    "title": f"Post {n}",
                    "text": "x" * 900,
                    "status": statuses[n % 5],
                    "slot": now() + timedelta(hours=n - 1000),
                }
                for n in range(2000)
            ],
        )
    app = opened()
    assert not app.exception and not app.error
