"""Claims on the pages: what has no source is marked in place and waits for somebody to stand by it; markup stays text."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from analytics import embedding
from core import claims, review, store
from core.config import ROOT
from core.generate import constraints
from core.generate.brief import BriefFields
from core.generate.style import Style
from core.persona.habits import Habits
from core.store import Actor, runs
from core.store.tables import Post, Run, Variant
from pages.ui.claims import marked
from tests.pages.test_review import html, opened, press, words

LIE = "The auditor <b>Bob</b> was paid 40 dollars by the owners."
TEXT = f"The plant passed its audit in March.\n\n{LIE}"
BRIEF = BriefFields(topic="Audits", points=["The plant got through its audit in March."])


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    bound = constraints.build(BRIEF, Habits(hooks=[]), Style())
    with store.writing(actor) as tx:
        brief = runs.add_brief(tx, two_authors["Ada"], BRIEF.model_dump())
        run = Run(author_id=two_authors["Ada"], brief_id=brief.id, settings={}, status="done", workspace_id="main")
        tx.session.add(run)
        tx.session.flush()
        row = Variant(run_id=run.id, author_id=two_authors["Ada"], number=1, text=TEXT, generated=TEXT, rank=1,
                      provenance={"constraints": bound.record()}, workspace_id="main")  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        variant_id = row.id
    return review.create(two_authors["Ada"], "Audits", TEXT, actor, variant_id=variant_id)


def test_a_sentence_without_a_source_waits_until_somebody_stands_by_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "embed", lambda *_a, **_k: pytest.fail("a page embeds nothing"))
    app = opened(post=post.id)
    assert "One sentence has no source" in words(app) and "No source holds “Bob”, “40 dollars”." in words(app)
    assert "has no source in the brief" in words(press(app, "Submit for review"))
    app.text_input(key=f"claims_note_{claims.sentence_hash(LIE)[:16]}").set_value("His own invoice")
    app = press(app, "I stand by this")
    assert not app.exception and "His own invoice" in words(app)
    assert "Submitted" in words(press(app, "Submit for review"))
    assert review.get(post.id).status == "In Review"


def test_the_marks_stand_in_the_text_and_markup_stays_text(post: Post) -> None:
    report = claims.of_post(post)
    shown = marked(post.text, report)
    assert '<mark class="supported"' in shown and '<mark class="open"' in shown
    assert "&lt;b&gt;" in shown and "<b>Bob</b>" in shown, "its own tags are escaped, the foreign name is bold"
    assert "The plant got through its audit" in shown, "the source's sentence can be read at the mark"
    assert "tb-claims" in html(opened(post=post.id))


def test_a_variant_shows_its_claims(post: Post) -> None:
    with store.reading() as tx:
        run_id = runs.variant(tx, post.variant_id or "").run_id
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["run"] = run_id
    app.switch_page("pages/generate.py").run()
    assert not app.exception and "One sentence has no source" in words(app) and "tb-claims" in html(app)
