"""Claims: told from opinions and questions, linked to their source; what has none waits for a person, at every door."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api import app
from core import api_token, claims, review, store
from core.claims import Source, check
from core.errors import Denied, Invalid
from core.generate import constraints
from core.generate.brief import BriefFields
from core.generate.style import Style
from core.persona.habits import Habits
from core.store import Actor, runs
from core.store.tables import Post, Run, Variant

PLANT = [Source("brief", "b", "", "The plant passed its audit in March.\nThe auditor read every binder but opened no valve.\n"
                "Residents water the gardens; the city pays for the water.")]  # fmt: skip
LIE = "The auditor was fired by the owners of the plant."
TEXT = f"The plant got through its audit in March.\n\n{LIE}\n\nI think paper is patient.\n\nWho opens your valves?"
BRIEF = BriefFields(topic="Audits", points=["The plant passed its audit in March.", "The auditor read every binder."])


@pytest.mark.parametrize(
    ("sentence", "status", "kind"),
    [
        ("In March the plant passed its audit.", "supported", "claim"),
        ("The auditor opened every valve.", "unsupported", "claim"),
        ("Most auditors read every binder.", "unsupported", "claim"),
        ("The city waters the gardens and residents pay for the water.", "unsupported", "claim"),
        ("The plant was sold to a competitor.", "unsupported", "claim"),
        ("I think an audit is worth little.", "no claim", "opinion"),
        ("Who reads your binders?", "no claim", "question"),
        ("Ask the people at the valves.", "no claim", "call"),
        ("Thank you, everyone.", "no claim", "greeting"),
        ("I think 40% of audits are worth little.", "unsupported", "opinion"),
        ("Did you know that Siemens fails every audit?", "unsupported", "question"),
    ],
)
def test_a_sentence_and_what_stands_behind_it(sentence: str, status: str, kind: str) -> None:
    found = check(sentence, PLANT, meaning=False)[0]
    assert (found.status, found.kind) == (status, kind), found.why
    assert bool(found.why) == (status == "unsupported")


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("Missed handovers fell from 14 to 5 a month.", "supported"),
        ("Missed handovers fell from fourteen to five a month.", "supported"),
        ("Missed handovers went from 5 to 14 a month.", "unsupported"),
        ("Missed handovers fell from 14 to 5 a year.", "unsupported"),
    ],
)
def test_a_change_keeps_its_direction_and_its_time(sentence: str, status: str) -> None:
    source = Source("brief", "b", "", "Missed handovers fell from 14 to 5 a month.")
    assert [c.status for c in check(sentence, [source], meaning=False)] == [status]


def test_sentences_keep_their_places_and_link_to_their_source() -> None:
    text = f"👉 The auditor read\nevery binder. {LIE}\n\n#audit #plant"
    found = check(text, PLANT, meaning=False)
    assert [text[c.start : c.end] for c in found] == ["The auditor read\nevery binder.", LIE]
    assert (found[0].source, found[0].quote) == ("b", "The auditor read every binder but opened no valve.")
    assert claims.sentence_hash("The auditor read  every\nbinder.") == found[0].hash


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    """A post of a variant, with one sentence that its brief does not hold."""
    author = two_authors["Ada"]
    bound = constraints.build(BRIEF, Habits(hooks=[]), Style())
    with store.writing(actor) as tx:
        brief = runs.add_brief(tx, author, BRIEF.model_dump())
        run = Run(author_id=author, brief_id=brief.id, settings={}, status="done", workspace_id="main")
        tx.session.add(run)
        tx.session.flush()
        variant = Variant(run_id=run.id, author_id=author, number=1, text=TEXT, provenance={"constraints": bound.record()},
                          workspace_id="main")  # fmt: skip
        tx.session.add(variant)
        tx.session.flush()
        found = variant.id
    return review.create(author, "Audits", TEXT, actor, variant_id=found)


def test_it_waits_for_a_person_and_the_confirmation_holds_by_sentence(post: Post, actor: Actor) -> None:
    with pytest.raises(Invalid, match="fired by the owners"):
        review.submit(post.id, actor)
    with pytest.raises(Invalid, match="fired by the owners"):
        review.approve(post.id, None, actor, submit=True)
    with pytest.raises(Invalid, match="fired by the owners"):
        review.update(post.id, actor, status="In Review")
    assert (review.get(post.id).status, review.get(post.id).revision) == ("Drafting", post.revision)
    with pytest.raises(Denied):
        claims.confirm(post.id, LIE, "", replace(actor, role="reader"))
    with pytest.raises(Invalid, match="not among"):
        claims.confirm(post.id, "Another sentence.", "", actor)
    report = claims.confirm(post.id, f"  {LIE}", "The owners' letter", actor)
    assert (report.open, report.by[claims.sentence_hash(LIE)]) == ([], (actor.name, "The owners' letter"))
    review.edit(post.id, actor, text=TEXT.replace("patient", "very patient"))
    assert not claims.of_post(review.get(post.id)).blocking, "the sentence itself did not change"
    review.edit(post.id, actor, text=TEXT.replace("fired", "hanged"))
    with pytest.raises(Invalid, match="hanged"):
        review.submit(post.id, actor)
    review.edit(post.id, actor, text=TEXT)
    assert review.submit(post.id, actor).status == "In Review"
    claims.unconfirm(post.id, LIE, actor)
    assert len(claims.of_post(review.get(post.id)).open) == 1


def test_a_sentence_that_a_person_typed_is_theirs_unless_it_holds_a_fact_to_look_up(post: Post, actor: Actor) -> None:
    claims.confirm(post.id, LIE, "", actor)
    review.edit(post.id, actor, text=f"{TEXT}\n\nThe inspectors sold the workshop.")
    report = claims.of_post(review.get(post.id))
    assert [c.sentence for c in report.typed] == ["The inspectors sold the workshop."] and not report.blocking
    review.edit(post.id, actor, text=f"{TEXT}\n\nThe inspectors sold 412 workshops.")
    with pytest.raises(Invalid, match="412"):
        review.submit(post.id, actor)


def test_what_notion_asks_for_is_written_down_with_the_reason(post: Post, actor: Actor) -> None:
    notion = replace(actor, source="notion", verified=True)
    for status in ("In Review", "Approved"):
        kept = review.apply_remote(post.id, notion, status=status, seen=post.text)
        assert (kept.status, kept.requested["status"]) == ("Drafting", status)
        assert "fired by the owners" in review.notes(post.id)[-1].text
    claims.confirm(post.id, LIE, "", actor)
    assert review.apply_remote(post.id, notion, status="Approved", seen=post.text).status == "Approved"


def test_the_api_names_the_sentence(post: Post) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    client.headers["Authorization"] = f"Bearer {api_token.token()}"
    answer = client.patch(
        f"/api/posts/{post.id}", json={"status": "In Review"}, headers={"If-Match": f'"{post.revision}"'}
    )
    assert answer.status_code == 422 and "fired by the owners" in answer.text


def test_what_was_written_by_hand_never_waits(two_authors: dict[str, str], actor: Actor) -> None:
    mine = review.create(two_authors["Ada"], "By hand", TEXT, actor)
    report = claims.of_post(mine)
    assert report.by_hand and report.unsupported and not report.blocking
    assert review.submit(mine.id, actor).status == "In Review"


def test_what_the_worker_found_by_meaning_counts_before_the_words(post: Post, actor: Actor) -> None:
    kept = {"claims": {"sentences": {claims.sentence_hash(LIE): {"status": "supported", "source": "brief", "quote": "Q", "score": 0.9, "why": ""}}}}  # fmt: skip
    with store.writing(actor) as tx:
        tx.session.get_one(Post, post.id).scores = kept
    report = claims.of_post(review.get(post.id))
    assert report.open == [] and [c.quote for c in report.claims if c.sentence == LIE] == ["Q"]
