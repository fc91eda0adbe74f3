"""Review: the list finds and pages, an opened post offers what may be done, approval binds exactly what was shown."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from core import authors, calendar, guidelines, measured, review, store
from core.config import ROOT
from core.generate.constraints import Constraints
from core.store import Actor
from core.store.base import now
from core.store.tables import Brief, Change, Post, Run, Variant
from pages.ui import review_log

TEXT = "The valve log had no gaps.\n\nThat was the problem."


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/review.py")
    return app.run()


def words(app: AppTest) -> str:
    """Everything the page says in Markdown, captions and boxes."""
    kinds = (app.markdown, app.caption, app.warning, app.success, app.error, app.info, app.text, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "The valve log", TEXT, actor)


def test_an_empty_list_says_where_posts_come_from(two_authors: dict[str, str]) -> None:
    assert "Write a brief" in words(opened())


def test_the_list_opens_on_what_waits_and_counts_every_status(post: Post, actor: Actor) -> None:
    review.create(post.author_id, "A draft", TEXT, actor)
    review.submit(post.id, actor)
    app = opened()
    assert [link for link in links(app) if "valve" in link] == ["The valve log"]
    assert not any("A draft" in link for link in links(app))
    app = opened(status="Drafting")
    assert any("A draft" in link for link in links(app))


def test_search_finds_title_and_text_and_says_when_nothing_fits(post: Post, actor: Actor) -> None:
    app = opened(status="All")
    app.text_input(key="review_query").input("gaps").run()
    assert any("valve" in link for link in links(app))
    app.text_input(key="review_query").input("no such words").run()
    assert "No post fits." in words(app)


def test_a_post_that_is_gone_is_said_to_be_and_the_list_is_shown(post: Post) -> None:
    app = opened(post="01NOSUCHPOST00000000000000", status="All")
    assert "There is no post" in words(app)
    assert any("valve" in link for link in links(app))


def test_a_post_is_submitted_approved_and_shows_who_approved_which_text(post: Post) -> None:
    app = opened(post=post.id)
    assert "The valve log had no gaps." in html(app)
    press(app, "Submit for review")
    assert "It now waits for a decision." in words(app)
    press(app, "Approve")
    now = review.get(post.id)
    assert (now.status, now.approved_hash) == ("Approved", now.hash)
    assert f"({now.hash[:8]}) was approved by You" in words(app)
    assert "If you change it, the approval falls" in words(app)


def test_a_text_that_changed_after_it_was_shown_is_not_approved(post: Post, actor: Actor) -> None:
    review.submit(post.id, actor)
    app = opened(post=post.id)
    review.edit(post.id, actor, text=TEXT + " And more.")
    press(app, "Approve")
    assert review.get(post.id).status == "In Review"
    assert "changed after you looked at it" in words(app)
    press(app, "Approve")  # the new text is on screen now
    assert review.get(post.id).status == "Approved"


def test_requesting_changes_needs_a_note(post: Post, actor: Actor) -> None:
    review.submit(post.id, actor)
    app = opened(post=post.id)
    press(app, "Request changes")
    assert "Requested changes need a note" in words(app)
    app.text_area(key="review_why_request_changes").input("Say it once.")
    press(app, "Request changes")
    assert review.get(post.id).status == "Changes Requested"
    assert review.notes(post.id)[-1].text == "Say it once."


def test_what_changed_since_the_approval_is_shown(post: Post, actor: Actor) -> None:
    review.submit(post.id, actor)
    review.approve(post.id, None, actor)
    review.edit(post.id, actor, text=TEXT.replace("gaps", "holes"))
    app = opened(post=post.id)
    assert "<del>gaps.</del><ins>holes.</ins>" in html(app)
    assert any("approved it" in label for label in app.selectbox(key="review_baseline").options)


def test_notes_are_added_and_shown_as_text(post: Post, actor: Actor) -> None:
    review.note(post.id, "# <b>not</b> a heading", actor)
    app = opened(post=post.id)
    app.button_group(key="review_part").set_value("Notes").run()
    assert [text.value for text in app.text] == ["# <b>not</b> a heading"]
    app.text_area(key="review_note").input("Better now.").run()
    press(app, "Add note")
    assert review.notes(post.id)[-1].text == "Better now."


def test_a_guideline_that_the_text_breaks_is_named(post: Post, actor: Actor) -> None:
    guidelines.add("No gaps talk", actor, kind="banned", phrases=["no gaps"], severity="block")
    assert "“no gaps” is banned by the guideline “No gaps talk”" in words(opened(post=post.id))


def test_the_rule_that_is_broken_can_be_opened_and_a_hostile_address_cannot(post: Post, actor: Actor) -> None:
    row = "https://www.notion.so/no-hype-1?v=(2)"
    guidelines.add("No [hype](x)", actor, kind="banned", phrases=["valve"], url=row)
    guidelines.add("Plain words", actor, url="javascript:alert(1)")
    said = "\n".join(str(m.value) for m in opened(post=post.id).markdown)
    assert "[Open the guideline](https://www.notion.so/no-hype-1?v=%282%29)" in said
    assert "](x)" not in said.replace("\\]\\(x\\)", "")
    captions = "\n".join(str(c.value) for c in opened(post=post.id).caption)
    assert "Only you can check tone, topics and examples: Plain words." in captions
    assert "javascript" not in said + captions


def test_a_post_published_by_hand_is_marked_with_its_link_and_shows_what_it_did(post: Post, actor: Actor) -> None:
    review.submit(post.id, actor)
    review.approve(post.id, None, actor)
    authors.describe(post.author_id, actor, reviewers=[{"name": "Jo *Bold*", "id": "1"}])
    app = opened(post=post.id)
    assert "Reviewers in Notion: Jo *Bold*." in words(app)
    app.text_input(key="review_link").set_value("not a link")
    app = press(app, "Mark as published")
    assert review.get(post.id).status == "Approved" and "not the address" in words(app)
    app.text_input(key="review_link").set_value("https://www.linkedin.com/posts/1")
    app = press(app, "Mark as published")
    assert review.get(post.id).published_url == "https://www.linkedin.com/posts/1"
    assert "can be typed into its row" in words(app)
    measured.record(post.id, {"impressions": 1240, "reactions": 31}, actor)
    said = words(opened(post=post.id))
    assert "1,240 impressions, 31 reactions." in said
    assert "[See it there](https://www.linkedin.com/posts/1)" in said


def test_what_notion_asked_for_is_shown_and_does_nothing_by_itself(post: Post, actor: Actor) -> None:
    review.submit(post.id, actor)
    maria = Actor(name="Maria", role="editor", source="notion")
    review.apply_remote(post.id, maria, status="Approved", seen=review.get(post.id).text)
    app = opened(post=post.id)
    assert "Maria asked for Approved in Notion. The text is still the one they saw." in words(app)
    assert review.get(post.id).status == "In Review"
    review.edit(post.id, actor, text="Another text.")
    assert "The text here is not the one they saw." in words(opened(post=post.id))


def test_a_published_post_is_read_only(post: Post, actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = tx.session.get(Post, post.id)
        assert row is not None
        row.status = "Published"
    app = opened(post=post.id)
    assert "cannot be changed while the post is Published" in words(app)
    assert not any(b.label in ("Approve", "Submit for review") for b in app.button)


def test_a_slot_is_shown_in_its_own_zone_and_signed_off(post: Post, actor: Actor) -> None:
    writer = Actor(name="Wes", role="editor")
    calendar.schedule(post.id, datetime(2026, 11, 24, 8, 30, tzinfo=UTC), "Europe/Berlin", writer)
    app = opened(post=post.id)
    assert "Tue 24 Nov, 09:30 (Europe/Berlin), date not signed off yet" in words(app)
    press(app, "Sign off the date")
    assert review.get(post.id).slot_approved_by == actor.name


# ---- the audit trail -------------------------------------------------------------------------------------------


def change(seq: int, field: str = "text", minutes: int = 0, **more: object) -> Change:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    fields = {"actor": "You", "verified": False, "source": "app", "entity": "post", "entity_id": "p", **more}
    return Change(seq=seq, at=at, action="update", field=field, old=f"v{seq - 1}", new=f"v{seq}", **fields)


def test_one_sitting_of_writing_is_one_line() -> None:
    lines = review_log.merged(
        [
            change(1),
            change(2, minutes=1),
            change(3, minutes=2, actor="Maria"),
            change(4, "status", 3),
            change(5, minutes=60),
        ]
    )
    assert [(c.actor, c.field, c.old, c.new) for c in lines] == [
        ("You", "text", "v0", "v2"),
        ("Maria", "text", "v2", "v3"),
        ("You", "status", "v3", "v4"),
        ("You", "text", "v4", "v5"),
    ]


def test_the_export_has_every_change_and_no_formula(post: Post, actor: Actor) -> None:
    review.edit(post.id, actor, text="=1+1")
    changes = review.history(post.id)
    rows = list(csv.DictReader(io.StringIO(review_log.as_csv(changes).decode("utf-8-sig"))))
    assert len(rows) == len(changes) == len(json.loads(review_log.as_json(changes)))
    assert rows[-1]["new"] == "'=1+1"
    assert json.loads(review_log.as_json(changes))[-1]["new"] == "=1+1"


@pytest.mark.slow
def test_two_thousand_posts_are_paged(two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = {"author_id": two_authors["Ada"], "text": TEXT, "status": "In Review"}
        tx.session.execute(insert(Post), [{**row, "title": f"Post {n}"} for n in range(2000)])
    app = opened()
    assert len([link for link in links(app) if link.startswith("Post")]) == 20
    assert "1 to 20 of 2,000" in words(app)
    press(app, "Older")
    assert "21 to 40 of 2,000" in words(app)


def test_a_post_that_vanishes_while_it_is_open_is_said_to_be(post: Post, actor: Actor) -> None:
    app = opened(post=post.id)
    with store.writing(actor) as tx:
        row = tx.session.get(Post, post.id)
        assert row is not None
        row.deleted_at = now()
    press(app, "Submit for review")
    assert "There is no post" in words(app)
    assert not app.exception


def test_a_text_that_breaks_what_its_run_was_bound_to_is_named(post: Post, actor: Actor) -> None:
    bound = Constraints(chars=(10, 500), person="free", hashtags=(0, 0), emoji=(0, 0))
    with store.writing(actor) as tx:
        brief = Brief(author_id=post.author_id)
        tx.session.add(brief)
        tx.session.flush()
        run = Run(author_id=post.author_id, brief_id=brief.id, status="done")
        tx.session.add(run)
        tx.session.flush()
        variant = Variant(run_id=run.id, author_id=post.author_id, number=1, generated=TEXT, text=TEXT)
        variant.provenance = {"constraints": bound.record()}
        tx.session.add(variant)
        tx.session.flush()
        variant_id = variant.id
    chosen = review.create(post.author_id, "Chosen", f"{TEXT} #audit", actor, variant_id=variant_id)
    app = opened(post=chosen.id)
    assert "It has 1 hashtags; 0 to 0 are meant." in words(app)
    assert "as it was generated" in app.selectbox(key="review_baseline").options


def test_what_was_said_is_said_again_when_the_page_is_drawn_anew_by_itself(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The author is read in the background; the page is drawn again once that is done, in whatever moment it is."""
    from core import voice

    review.submit(post.id, actor)
    app = opened(post=post.id)
    real, looks = voice.glance, []

    def late(author_id: str, text: str, **kwargs: float) -> object:
        looks.append(text)
        if "wait" in kwargs:
            return "read by now"
        return None if len(looks) == 1 else real(author_id, text)

    monkeypatch.setattr(voice, "glance", late)
    press(app, "Request changes")
    assert len(looks) > 1
    assert "Requested changes need a note" in words(app)
    assert "Requested changes need a note" not in words(app.run()), "and then it has been said"
