"""Other forms and changing in words: asked for by a button, shown with counts and the difference, used or put aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import review, store
from core.config import ROOT
from core.generate import adapt_files
from core.generate import commands as generate
from core.generate.commands import RunView
from core.store import Actor
from core.store.base import now
from core.store.tables import Run, Variant
from tests.pages.test_generate import FIELDS, TEXTS, html, labels, opened, words
from tests.pages.test_generate import run as run  # noqa: PLC0414 - the fixture

PARTS = ["The valve log had no gaps.", "I should have known:\nreal logs have holidays in them."]


def reviewed(post_id: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["post"] = post_id
    app.switch_page("pages/review.py")
    return app.run()


def ended(run_id: str, actor: Actor, **variant: Any) -> RunView:
    """A run that revises or adapts, as the worker would leave it."""
    with store.writing(actor) as tx:
        row = tx.session.get(Run, run_id)
        assert row is not None
        row.status, row.finished_at = "done", now()
        given = {"number": 1, "rank": 1, "parent_id": row.parent_id, **variant}
        tx.session.add(Variant(run_id=run_id, author_id=row.author_id, **given))
    return generate.run(run_id)


def test_a_form_is_asked_for_and_waited_for(run: Callable[..., str]) -> None:
    run_id = run("done", variants=1)
    variant = generate.run(run_id).variants[0]
    app = opened(run=run_id)
    app.button_group(key=f"forms_{variant.id}").set_value("thread").run()
    app.button(key=f"forms_make_{variant.id}").click().run()
    (made,) = generate.made_from(variant.id)
    assert (made.run.task, made.run.settings["form"], made.run.settings["text"]) == ("adapt", "thread", variant.text)
    assert "Waiting for the worker" in words(app)
    assert not [b for b in app.button if b.key == f"forms_make_{variant.id}"], "it is not asked for twice"


def test_every_part_has_its_count_and_all_can_be_saved(run: Callable[..., str], actor: Actor) -> None:
    run_id = run("done", variants=1)
    variant = generate.run(run_id).variants[0]
    ended(generate.adapt(variant.id, "thread", actor), actor, form="thread", parts=PARTS, text="x")
    app = opened(run=run_id)
    assert [code.value for code in app.code] == PARTS
    assert "Post 1 of 2** · 26 of 280 weighted characters" in words(app)
    app.toggle(key=f"forms_number_{generate.made_from(variant.id)[0].variants[0].id}").set_value(True).run()
    assert app.code[1].value == f"{PARTS[1]}\n2/2"
    assert {"Save as .txt", "Save as .md", "Save as .csv"} <= {b.proto.label for b in app.get("download_button")}


def test_a_form_of_an_earlier_text_says_so(run: Callable[..., str], actor: Actor) -> None:
    run_id = run("done", variants=1)
    variant = generate.run(run_id).variants[0]
    ended(generate.adapt(variant.id, "hook", actor), actor, form="hook", parts=["Hi."], text="Hi.", status="failed",
          reasons=["Text 1 is too long."])  # fmt: skip
    generate.edit_variant(variant.id, "Another text altogether.", variant.revision, actor)
    said = words(opened(run=run_id))
    assert "Made from an earlier text" in said and "Text 1 is too long." in said


def test_a_wish_becomes_a_run_and_the_answer_shows_the_difference(run: Callable[..., str], actor: Actor) -> None:
    run_id = run("done", variants=1)
    variant = generate.run(run_id).variants[0]
    app = opened(run=run_id)
    app.text_area(key=f"revise_{variant.id}_words").set_value("add humour")
    app.button_group(key=f"revise_{variant.id}_chips").set_value(["Shorter"])
    next(b for b in app.button if b.label == "Change it").click().run()
    (made,) = generate.made_from(variant.id)
    assert made.run.settings["feedback"] == "Shorter, add humour"
    critique = [{"text": "1 sentence taken out."}, {"text": "Not done: “add humour”: nothing was invented."}]
    ended(made.run.id, actor, text="The valve log had no gaps.", critique=critique)
    app = opened(run=run_id)
    said = words(app)
    assert ":orange[▲] Not done: “add humour”" in said and ":green[●] 1 sentence taken out." in said
    assert "50% of the sentences stayed word for word." in said and "<del>" in html(app)
    app.button(key=f"revise_keep_{generate.made_from(variant.id)[0].variants[0].id}").click().run()
    assert "<del>\n" not in html(app) and "50% of the sentences" not in words(app)
    assert any("add humour" in label for label in labels(app)), "it can still be found"


def test_the_revised_text_is_used_in_the_post_that_was_chosen(run: Callable[..., str], actor: Actor) -> None:
    variant = generate.run(run("done", variants=1)).variants[0]
    post = generate.choose(variant.id, actor)
    new = ended(generate.revise(variant.id, "shorter", actor), actor, text="The valve log had no gaps.").variants[0]
    app = reviewed(post.id)
    app.button_group(key="review_part").set_value("Change in words").run()
    app.button(key=f"revise_use_{new.id}").click().run()
    assert review.get(post.id).text == "The valve log had no gaps."


def test_a_post_written_by_hand_has_other_forms_too(two_authors: dict[str, str], actor: Actor) -> None:
    post = review.create(two_authors["Ada"], "By hand", TEXTS[0], actor)
    app = reviewed(post.id)
    app.button_group(key="review_part").set_value("Other forms").run()
    app.button_group(key=f"forms_{post.id}").set_value("quote").run()
    app.button(key=f"forms_make_{post.id}").click().run()
    assert generate.made_from(post.id)[0].run.settings["form"] == "quote"


def test_the_first_comment_stands_beside_the_forms(two_authors: dict[str, str], actor: Actor) -> None:
    fields = FIELDS | {"link": "https://example.org/a", "link_place": "comment"}
    brief = generate.save_brief(two_authors["Ada"], fields, actor)
    run_id = generate.start(brief.id, actor)
    variant = ended(run_id, actor, text=TEXTS[0], generated=TEXTS[0]).variants[0]
    app = opened(run=run_id)
    app.button_group(key=f"forms_{variant.id}").set_value("comment").run()
    assert app.code[0].value == "The link: https://example.org/a" and "31 of 1,250 characters" in words(app)


@pytest.mark.parametrize("suffix", list(adapt_files.SUFFIXES))
def test_files_hold_every_part(suffix: str) -> None:
    parts = ["=SUM(A1) and #one", "Second, “quoted”\nline"]
    out = adapt_files.saved("thread", parts, suffix)
    assert "Second, “quoted”" in out and out.endswith("\n")
    if suffix == "csv":
        assert "\r\n1,17,280,'=SUM(A1) and #one\r\n" in out, "no cell is a formula"
    if suffix == "md":
        assert "## Post 1\n\n=SUM(A1) and \\#one" in out


def test_an_article_is_shown_and_saved_with_its_headings(run: Callable[..., str], actor: Actor) -> None:
    run_id = run("done", variants=0)
    parts = [
        {"heading": "", "text": "It began in March."},
        {"heading": "The *log*", "text": "It was empty.\n\nAll of it."},
    ]
    value = "Audits\n\nIt began in March.\n\nThe *log*\n\nIt was empty.\n\nAll of it."
    ended(run_id, actor, form="article", parts=parts, text=value, generated=value)
    app = opened(run=run_id)
    assert "**The *log***" in words(app).replace("\u2060", "") and "13 words in 2 sections" in words(app)
    assert (
        adapt_files.article(value, parts, "md")
        == "# Audits\n\nIt began in March.\n\n## The \\*log\\*\n\nIt was empty.\n\nAll of it.\n"
    )
