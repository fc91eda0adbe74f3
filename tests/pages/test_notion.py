"""The Notion page in every state: connecting, in step, waiting, conflicts, the trash, Notion down. Never the token."""
# ruff: noqa: F811

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import review, store
from core.config import ROOT, settings
from core.people import local_actor
from core.store import Actor
from core.store import notion as kept
from core.store.base import now
from core.store.tables import NotionPass, Post
from notion_sync import commands
from notion_sync.pace import Pace
from pages.ui import notion_log
from tests.notion_sync.conftest import approved, notion, server, sync, world  # noqa: F401 - fixtures
from tests.notion_sync.server import TOKEN, World


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/notion.py")
    app.run()
    assert not app.exception
    return app


def everything(app: AppTest) -> str:
    """All text on the page."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.success, app.code, app.subheader, app.metric)
    frames = " ".join(frame.value.to_string() for frame in app.dataframe)
    html = " ".join(str(e.proto.body) for e in app.get("html"))
    text = " ".join(str(e.value) for kind in kinds for e in kind) + frames + html
    assert TOKEN not in text
    return text


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def press(app: AppTest, start: str) -> AppTest:
    next(b for b in app.button if str(b.key).startswith(start)).click().run()
    assert not app.exception
    return app


# ---- connecting, in step, failed -----------------------------------------------------------------------------


def test_not_connected_shows_three_steps(data: Path) -> None:
    app = opened()
    text = everything(app)
    assert all(word in text for word in ("Create an integration", "Share a page", "NOTION_TOKEN is not set"))
    assert not app.button


def test_from_the_token_to_the_first_row(
    world: World,
    two_authors: dict[str, str],
    approved: Callable[..., Post],
) -> None:
    app = opened()
    app.button(key="notion_test").click().run()
    assert "the integration is called Timbre" in everything(app)
    app.button(key="notion_dry").click().run()
    assert "Content Calendar" in everything(app)
    assert not world.databases
    app.button(key="notion_create").click().run()
    assert len(world.databases) == 4
    assert "Nothing has been synced yet" in everything(app)
    approved(title="Ready")
    app.run()
    assert "Goes out with the next sync" in everything(app)
    app.button(key="notion_sync").click().run()
    assert commands.status().running is not None
    text = everything(app)
    assert "The first sync is running" in text
    assert "The worker is not running" in text
    assert commands.request_sync(Actor()) == commands.status().running.id  # type: ignore[union-attr]


def test_a_page_that_is_not_shared_says_what_to_do(world: World) -> None:
    world.hidden.add(world.parent)
    app = opened()
    app.button(key="notion_dry").click().run()
    assert "Connections" in everything(app)


def test_in_step_then_notion_down(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    approved()
    sync()
    text = everything(opened())
    assert "Both sides agree" in text
    assert "1 row created in Notion." in text
    monkeypatch.setenv("NOTION_BASE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    monkeypatch.setattr("notion_sync.client.time.sleep", lambda _s: None)
    with pytest.raises(Exception, match="cannot be reached"):
        commands.sync()
    text = everything(opened())
    assert "did not finish" in text
    assert "Check the network" in text


def test_a_refused_token_says_what_to_do(notion: World, sync: Callable[..., NotionPass]) -> None:
    notion.fault("401", times=9)
    with pytest.raises(Exception, match=r"(?i)token"):
        sync()
    text = everything(opened())
    assert "Not in step" in text
    assert "Notion refused the token" in text
    assert "It ended before anything was moved" in text


def test_a_pause_that_notion_asked_for_is_shown(notion: World, data: Path) -> None:
    Pace(settings().timbre_data, 180).park(600)
    assert "10 minutes are left" in everything(opened())


# ---- conflicts -----------------------------------------------------------------------------------------------


def test_a_conflict_shows_both_texts_and_is_decided(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
    actor: Actor,
) -> None:
    post = approved("Agreed text.", title="[x](http://x.example) <b>")
    sync()
    review.edit(post.id, actor, text="Agreed *text*.")
    notion.edit(notion.rows()[0], Post_text="Agreed <b>bold</b> text.")
    sync()
    app = opened()
    text = everything(app)
    assert "Agreed <del>text.</del><ins>*text*.</ins>" in text
    assert "<ins>&lt;b&gt;bold&lt;/b&gt; </ins>" in text
    assert "<b>bold" not in text
    press(app, "notion_theirs_")
    assert review.get(post.id).text == "Agreed <b>bold</b> text."
    assert "Kept Notion" in everything(app)


def test_a_choice_is_shown_in_plain_words(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    post = approved()
    sync()
    review.reject(post.id, "No.", actor)
    notion.edit(notion.rows()[0], Status="Changes Requested")
    sync()
    app = opened()
    text = everything(app)
    assert "Rejected (before: Approved)" in text.replace("\\", "")
    assert "Merge" not in labels(app)
    press(app, "notion_ours_")
    sync()
    assert notion.cell(notion.rows()[0], "Status") == "Rejected"


def test_many_conflicts_come_ten_at_a_time_and_by_author(
    notion: World, two_authors: dict[str, str], actor: Actor
) -> None:
    with store.writing(actor) as tx:
        for n in range(30):
            author = two_authors["Ada" if n < 18 else "Bo"]
            post = Post(author_id=author, title=f"Post {n}", text="ours", status="Drafting", media=[], account="")
            tx.session.add(post)
            tx.session.flush()
            sides = {"text": {"base": "base", "ours": "ours", "theirs": "theirs"}}
            kept.save(
                tx, "calendar", post.id, page_id=f"p{n}", state="conflict", conflict=sides, base={"title": f"Post {n}"}
            )
    app = opened()
    assert labels(app).count("Keep mine") == 10
    assert "1 to 10 of 30" in everything(app)
    press(app, "notion_conflicts_skip_on")
    assert "11 to 20 of 30" in everything(app)
    app.selectbox(key="notion_conflicts_show").set_value(("calendar", two_authors["Bo"])).run()
    text = everything(app)
    assert "1 to 10 of 12" in text
    assert "Post 18" in text
    assert "Post 3 " not in text
    with store.reading() as tx:
        last = kept.rows(tx, "calendar", ("conflict",))[-1]
    assert "Post 29" in everything(opened(row=last.id)).split("Post 0")[0]


def test_a_reader_sees_everything_and_no_button(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
    actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post, gone = approved("Agreed."), approved("Gone.", title="Gone")
    sync()
    review.edit(post.id, actor, text="Mine.")
    notion.edit(notion.rows()[0], Post_text="Theirs.")
    notion.trash(notion.rows()[1])
    sync()
    monkeypatch.setattr("pages.ui.shell.local_actor", lambda: replace(local_actor(), role="reader"))
    app = opened()
    text = everything(app)
    assert "An editor or an approver decides this" in text
    assert "In Notion's trash" in text
    mine = ("Sync", "Show what", "Read every", "Keep", "Merge", "Restore", "Archive", "Save")
    assert not [label for label in labels(app) if label.startswith(mine)]
    assert gone.id


# ---- the rest ------------------------------------------------------------------------------------------------


def test_the_trash_can_be_undone_from_the_page(
    notion: World,
    approved: Callable[..., Post],
    sync: Callable[..., NotionPass],
) -> None:
    approved()
    sync()
    notion.trash(notion.rows()[0])
    sync()
    app = opened()
    assert "Nothing was deleted here" in everything(app)
    press(app, "notion_back_")
    assert len(notion.rows()) == 1
    sync()
    assert "Both sides agree" in everything(opened())


def test_what_waits_for_a_person_is_listed(notion: World, sync: Callable[..., NotionPass], actor: Actor) -> None:
    notion.type_row(Name="For nobody", Author="Who?")
    row = notion.type_row(Name="Please approve", Author="Ada", Post_text="Text.")
    sync()
    notion.edit(row, Status="Approved")
    sync()
    text = everything(opened())
    assert "For nobody" in text
    assert "set it to Approved. It is Drafting here, and its text is the one they saw." in text
    assert "Something waits for your decision" in text


def test_a_dry_run_lists_both_sides_and_says_when_it_is_old(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    post = approved("Text.", title="Old name")
    sync()
    notion.edit(notion.rows()[0], Pillar="Craft")
    review.edit(post.id, actor, title="New name")
    app = opened()
    press(app, "notion_dry_run")
    assert commands.status().looking is not None
    commands.sync(dry_run=True, keep=True)
    with store.writing(actor) as tx:  # what the worker would have done
        for intent in [commands.status().looking]:
            tx.session.get_one(type(intent), intent.id).status = "done"  # type: ignore[union-attr]
    app = opened()
    here, there = (frame.value for frame in app.dataframe[:2])
    assert (list(here["Field"]), list(here["To"])) == (["Pillar"], ["Craft"])
    assert (list(there["Field"]), list(there["From"]), list(there["To"])) == (["Name"], ["Old name"], ["New name"])
    assert review.get(post.id).pillar == ""
    assert notion.cell(notion.rows()[0], "Name") == "Old name"
    review.edit(post.id, actor, title="Newer name")
    assert "out of date" in everything(opened())


def test_nothing_to_change_says_nothing(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    approved()
    sync()
    commands.sync(dry_run=True, keep=True)
    text = everything(opened())
    assert "Would change here: nothing" in text
    assert "Would change in Notion: nothing" in text


def test_a_dry_run_that_was_cut_off_never_says_nothing(notion: World, actor: Actor) -> None:
    with store.writing(actor) as tx:
        kept.begin_pass(tx, "dry run")
    text = everything(opened())
    assert "was cut off" in text
    assert "Would change" not in text


def test_few_blocks_left_are_warned_of(notion: World, actor: Actor) -> None:
    assert "Timbre has made 4 pages" in everything(opened())
    commands.choose(actor, 5, drafts=False, free_plan=True)
    with store.writing(actor) as tx:
        for n in range(800):
            kept.save(tx, "calendar", f"{n}", page_id=f"p{n}", state="ok", memo={"made": True}, base={})
    text = everything(opened())
    assert "Few blocks are left" in text
    assert "deleting gives none back" in text


def test_the_exported_log_is_whole_and_holds_no_formula() -> None:
    lines = [{"text": " =cmd()", "row": "@x", "side": "here", "field": "Phrases", "old": ["=a"], "new": None}]
    done = NotionPass(
        id="01", status="done", started_at=now(), finished_at=now() + timedelta(seconds=2), counts={"pulled": 1},
        log=lines, message="", hint="",
    )  # fmt: skip
    line = notion_log.as_csv([done]).decode("utf-8-sig").splitlines()[1]
    assert "' =cmd()" in line
    assert "'@x" in line
    found = json.loads(notion_log.as_json([done]))
    assert found[0]["log"] == lines
    assert found[0]["counts"] == {"pulled": 1}


def test_choices_are_kept(notion: World, two_authors: dict[str, str]) -> None:
    app = opened()
    next(t for t in app.toggle if t.label.startswith("Send ideas")).set_value(True)
    next(t for t in app.toggle if "free plan" in t.label).set_value(True)
    next(b for b in app.button if b.label == "Save").click().run()
    status = commands.status()
    assert (status.drafts, status.free_plan, status.archive) == (True, True, False)
    app.toggle(key="notion_archive_cost").set_value(True).run()
    assert "80 requests, about a minute at 100,000 a minute, and 80 blocks" in everything(app)
    app.button(key="notion_archive_send").click().run()
    status = commands.status()
    assert (status.drafts, status.free_plan, status.archive) == (True, True, True)


def test_review_leads_to_the_row_and_to_what_must_be_decided(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    post = approved("Agreed.")
    sync()
    review.edit(post.id, actor, text="Mine.")
    notion.edit(notion.rows()[0], Post_text="Theirs.")
    sync()
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["post"] = post.id
    app.switch_page("pages/review.py")
    app.run()
    assert not app.exception
    links = {e.proto.label: e.proto.page for e in app.get("page_link")}
    assert "notion.so" in links["Open in Notion"]
    assert links["Changed here and in Notion: decide"] == "notion"
