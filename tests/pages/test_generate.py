"""Generate: the brief is kept, a run shows the same wherever it is opened, variants are compared and one is chosen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core import authors, guidelines, review, store
from core.config import ROOT
from core.generate import commands as generate
from core.generate.asks import NAMES
from core.store import Actor
from core.store.base import now
from core.store.tables import Intent, Run, RunStep, Sample, Variant
from pages.ui.brief_form import _save
from tests.processes import App, at_rest

FIELDS = {"topic": "What an audit taught me", "points": ["Real logs have gaps"], "length": "author", "variants": 2}
TEXTS = (
    "The valve log had no gaps.\n\nI should have known: real logs have holidays in them.",
    "I trust the person who fixes things.\n\nThe report said fine, and the wrench was dusty.",
    "Everyone says 37% of audits fail.",
)


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/generate.py")
    return app.run()


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.success, app.error, app.info, app.text, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def labels(app: AppTest) -> list[str]:
    found = [link.proto.label for link in app.get("page_link")] + [e.label for e in app.expander]
    return [label.replace("\\", "") for label in found]


@pytest.fixture
def run(two_authors: dict[str, str], actor: Actor) -> Callable[..., str]:
    """Puts a run into the store as the worker would leave it."""

    def put(status: str, message: str = "", hint: str = "", variants: int = 0, first: int = 0) -> str:
        brief = generate.save_brief(two_authors["Ada"], FIELDS, actor)
        with store.writing(actor) as tx:
            intent = Intent(kind="generate", status=status)
            tx.session.add(intent)
            tx.session.flush()
            row = Run(
                id=intent.id, author_id=two_authors["Ada"], brief_id=brief.id, status=status, message=message, hint=hint
            )
            row.started_at = now() - timedelta(seconds=9)
            row.finished_at = None if status in ("queued", "started") else now()
            tx.session.add(row)
            tx.session.flush()
            sample = tx.session.query(Sample).filter_by(author_id=two_authors["Ada"]).first()
            for number in range(first, variants):
                tx.session.add(_variant(row, number, sample.id))
            for number, key in enumerate(("retrieve", "plan", "draft:1")):
                tx.session.add(_step(row, number, key, status))
        return intent.id

    return put


def _variant(run: Run, number: int, sample_id: str) -> Variant:
    good = number < 2
    return Variant(
        run_id=run.id,
        author_id=run.author_id,
        number=number + 1,
        angle={"title": f"Angle {number + 1}"},
        draft=TEXTS[number].replace("dusty", "very dusty"),
        generated=TEXTS[number],
        text=TEXTS[number],
        status="ok" if good else "failed",
        reasons=[] if good else ["It holds a number that is not in the brief: 37%."],
        rank=number + 1 if good else 0,
        rank_reason="Closest to their own posts." if number == 0 else "",
        exemplars=[sample_id],
    )


def _step(run: Run, number: int, key: str, status: str) -> RunStep:
    running = status == "started" and key == "draft:1"
    return RunStep(
        run_id=run.id,
        seq=number,
        key=key,
        status="running" if running else "done",
        input={"prompt": "Write as Ada would."},
        output={} if running else {"text": "A draft."},
        partial="The valve log had" if running else "",
        prompt="draft@1#abc",
        started_at=now() - timedelta(seconds=5),
        finished_at=None if running else now(),
    )


def test_without_an_author_it_says_what_comes_first(data: Any) -> None:
    assert "Add an author's posts first." in words(opened())


def test_the_brief_comes_back_and_what_will_hold_is_said(two_authors: dict[str, str], actor: Actor) -> None:
    generate.save_brief(two_authors["Ada"], FIELDS, actor)
    app = opened(author=two_authors["Ada"])
    assert "What an audit taught me" in app.get("bidi_component")[0].proto.json
    assert "that is not in the brief or its sources" in words(app)
    assert "SmolLM2" in words(app)


def test_a_choice_is_kept_at_once(two_authors: dict[str, str]) -> None:
    app = opened(author=two_authors["Ada"])
    app.number_input[0].set_value(2).run()
    app.button_group(key=f"brief_{two_authors['Ada']}_length").set_value("short").run()
    kept = generate.latest_brief(two_authors["Ada"])
    assert kept is not None
    assert (kept.fields["variants"], kept.fields["length"]) == (2, "short")


def test_an_empty_brief_is_not_started(two_authors: dict[str, str]) -> None:
    app = opened(author=two_authors["Ada"])
    app.button(key="generate_start").click().run()
    assert "topic" in app.error[0].value.lower()
    assert generate.recent() == []


def test_a_started_run_gets_an_address_of_its_own(two_authors: dict[str, str], actor: Actor) -> None:
    generate.save_brief(two_authors["Ada"], FIELDS | {"without": list(NAMES)}, actor)
    app = opened(author=two_authors["Ada"])
    app.button(key="generate_start").click().run()
    (started,) = generate.recent(two_authors["Ada"])
    assert app.query_params["run"] == started.id
    assert "Kept until a worker runs" in words(app)


def test_a_running_run_shows_its_steps_and_the_text_so_far(run: Callable[..., str]) -> None:
    app = opened(run=run("started"))
    said = words(app)
    assert "2 steps done" in said
    assert "The valve log had" in said
    app.selectbox(key="run_step_live").select("Plan the angles").run()
    assert "Prompt `draft@1#abc`" in words(app)
    app.button(key="run_stop").click().run()
    assert "Asked to stop." in words(app) or "Stopped" in words(app)


def test_a_run_of_which_no_variant_passed_says_why_and_what_to_do(run: Callable[..., str]) -> None:
    app = opened(run=run("done", variants=3, first=2))
    said = app.warning[0].value.replace("\\", "")
    assert "Nothing came of this run. Its one variant did not pass." in said
    assert "The reason: It holds a number that is not in the brief: 37%." in said
    assert "The brief is kept." in said and app.button(key="run_again")
    app.button(key="run_change").click().run()
    assert not app.exception and app.query_params["brief"]
    listed = [label for label in labels(opened()) if "What an audit taught me" in label]
    assert "Nothing came of it" in listed[0] and "Done" not in listed[0]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_that_ended_badly_explains_and_can_be_repeated(run: Callable[..., str], status: str) -> None:
    run_id = run(status, "The model gave no text.", "Try a larger model.")
    app = opened(run=run_id)
    assert "Try a larger model." in words(app)
    app.button(key="run_again").click().run()
    assert app.query_params["run"] != run_id
    again = generate.run(app.query_params["run"])
    assert again.brief.fields["topic"] == FIELDS["topic"]


def test_a_run_that_is_not_there_is_said_and_the_brief_is_shown(two_authors: dict[str, str]) -> None:
    app = opened(run="01NOSUCHRUN000000000000000")
    assert "no run" in app.error[0].value
    assert app.button(key="generate_start") is not None


def test_variants_are_compared_and_failed_ones_stand_apart(run: Callable[..., str]) -> None:
    app = opened(run=run("done", variants=3))
    assert "1. Angle 1" in words(app)
    assert "Closest to their own posts." in words(app)
    cards = html(app)
    assert "The valve log had no gaps." in cards
    assert "37%" not in cards  # the failed one is not shown as a post
    assert any("not in the brief: 37%" in label for label in labels(app))
    assert len([b for b in app.button if b.label == "Choose"]) == 2
    assert "<del>very </del>" in cards


def test_a_rule_that_a_variant_breaks_is_named_with_its_link(run: Callable[..., str], actor: Actor) -> None:
    row = "https://www.notion.so/1"
    guidelines.add("No valves", actor, kind="banned", phrases=["valve"], url=row)
    guidelines.add("Plain words", actor, url="https://www.notion.so/2")
    app = opened(run=run("done", variants=2))
    said = "\n".join(str(m.value) for m in app.markdown)
    assert "“valve” is banned by the guideline “No valves”" in said.replace("\\", "")
    assert f"[Open the guideline]({row})" in said
    captions = [str(c.value) for c in app.caption]
    assert any("[Plain words](https://www.notion.so/2)" in c for c in captions)


def test_the_chosen_variant_becomes_a_post_once(run: Callable[..., str]) -> None:
    run_id = run("done", variants=2)
    first = generate.run(run_id).variants[0]
    app = opened(run=run_id)
    app.button(key=f"variant_choose_{first.id}").click().run()
    (post,) = review.listed()
    assert post.text == first.text
    app = opened(run=run_id)
    assert any("open the post in Review" in label for label in labels(app))


# ---- in a real browser -----------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_brief_and_an_edited_variant_survive_a_reload(app: App, browser_page: Page, actor: Actor) -> None:
    page, author = browser_page, authors.add("Ada", actor)
    page.goto(f"{app.url}/generate?author={author.id}")
    page.get_by_label("Topic").fill("The valve log")
    page.get_by_label("Key points").press_sequentially("Real logs have gaps\nA trailing line\n")
    page.get_by_label("Goal").fill("Trust the technician")
    page.reload()
    expect(page.get_by_label("Goal")).to_have_value("Trust the technician")
    expect(page.get_by_label("Key points")).to_have_value("Real logs have gaps\nA trailing line\n")
    expect(page.locator(".fields .status")).to_have_text("Saved")
    kept = generate.latest_brief(author.id)
    assert kept is not None
    assert kept.fields["topic"] == "The valve log"

    at_rest(page).get_by_role("button", name="Write variants").click()
    page.get_by_role("textbox", name="Which number or example").fill("3 of 4 logs")
    at_rest(page).get_by_role("button", name="Write without the rest").click()
    expect(page.get_by_text("Kept until a worker runs")).to_be_visible()
    run_id = generate.recent(author.id)[0].id
    with store.writing(actor) as tx:
        row = tx.session.get(Run, run_id)
        assert row is not None
        row.status = "done"
        tx.session.add(
            Variant(run_id=run_id, author_id=author.id, number=1, rank=1, text="A post.", generated="A post.")
        )
    expect(page.get_by_role("article").get_by_text("A post.")).to_be_visible()  # without a reload
    page.get_by_text("Edit", exact=True).click()
    area = page.get_by_label("Text", exact=True)
    area.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And more.")
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value("A post. And more.")
    expect(page.locator(".editor .status")).to_have_text("Saved")
    assert generate.run(run_id).variants[0].text == "A post. And more."


def test_saves_that_overlap_keep_every_field_in_one_brief(two_authors: dict[str, str], actor: Actor) -> None:
    names = ("topic", "goal", "audience", "story", "call_to_action", "link")
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: _save(two_authors["Ada"], actor, {name: "https://example.org"}), names))
    kept = generate.latest_brief(two_authors["Ada"])
    assert kept is not None
    assert set(names) <= kept.fields.keys()
