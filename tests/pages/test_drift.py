"""The Drift page: the inbox, the timeline, what changed, decisions kept and audited, the week to take along."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core import authors, drift, samples, store, workspace
from core.config import ROOT
from core.drift import say
from core.drift.timeline import WITH_TIMBRE
from core.drift.weeks import markdown_safe
from core.generate import commands as generate
from core.people import local_actor
from core.store import Actor
from core.store.tables import Alarm, Post
from tests.conftest import write_samples
from tests.processes import App, at_rest, drawn_anew, key_of, until


@pytest.fixture
def people(data: Path, actor: Actor) -> dict[str, str]:
    """The sample workspace, checked: name -> id."""
    return loaded()


def loaded() -> dict[str, str]:
    workspace.load_sample(local_actor())
    drift.check_all()
    return {author.name: author.id for author in authors.listed()}


AMARA = "Amara Bello"


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/drift.py")
    return app.run()


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"].replace("<br>", " ") for figure in figures(app)]


def texts(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.subheader, *app.success, *app.error]
    return "\n".join(str(m.value) for m in found).replace("\\", "")


def links(app: AppTest) -> list[str]:
    return [link.label.replace("\\", "") for link in app.get("page_link")]


def test_nobody_yet_and_nobody_checked_say_the_next_step(data: Path, actor: Actor) -> None:
    app = opened()
    assert not app.exception and "watches whether their voice changes" in texts(app)
    ada = authors.add("Ada", actor).id
    app = opened(author=ada)
    assert not app.exception and "was not checked yet: the worker does it" in texts(app)
    drift.check(ada)
    assert "too little evidence yet. There are no posts yet." in texts(opened(author=ada))


def test_the_inbox_the_timeline_and_what_changed(people: dict[str, str]) -> None:
    app = opened(author=people[AMARA])
    assert not app.exception and not app.error
    (alarm,) = drift.alarms()
    said = say.title(alarm, AMARA)
    assert said in links(app) and said in titles(app)[0]
    assert "60 posts" in titles(app)[0]
    shown = texts(app)
    assert "1 open" in shown and "What changed" in shown
    assert all(line[1:] in shown for line in say.changed(alarm)) and say.changed(alarm)
    assert "ost likely between" in shown or "t post " in shown
    drawn = figures(app)[0]
    assert drawn["layout"]["xaxis"]["title"]["text"] == "date of the post" and drawn["layout"]["yaxis"]["title"]["text"]
    assert any(say.since(alarm) in note["text"] for note in drawn["layout"]["annotations"])
    assert [b.label for b in app.button if b.label.startswith("Acknowledge")]


def test_a_steady_author_is_said_to_be_and_the_inbox_is_still_everybodys(people: dict[str, str]) -> None:
    app = opened(author=people["Nora Lindqvist"])
    assert "Nora Lindqvist still writes like themselves: no alarm in" in titles(app)[0]
    assert say.title(drift.alarms()[0], AMARA) in links(app)
    assert not [b for b in app.button if b.label.startswith("Acknowledge")]


def test_acknowledging_closes_it_with_the_note_and_a_new_baseline(people: dict[str, str], actor: Actor) -> None:
    (alarm,) = drift.alarms()
    drift.keep_note(actor, alarm.id, "intended: new *role*")
    app = opened(author=people[AMARA])
    app.button(key="drift_ack_new").click().run()
    assert not app.exception and not app.error
    assert "Acknowledged." in texts(app) and "Nothing open" in texts(app)
    closed = drift.alarm(alarm.id)
    assert (closed.status, closed.note, closed.closed_by) == ("acknowledged", "intended: new *role*", actor.name)
    drift.check(people[AMARA])
    app = opened(author=people[AMARA])
    assert "intended: new *role*" in texts(app) and "a new baseline was begun" in texts(app)
    app.button(key=f"drift_reopen_{alarm.id}").click().run()
    assert not app.error and drift.alarm(alarm.id).status == "open"


def test_a_change_of_long_ago_can_be_put_behind_with_the_newest_posts_as_the_baseline(data: Path, actor: Actor) -> None:
    from tests.core.test_drift import calm, loud, somebody

    ada = somebody("Ada", [calm(n) for n in range(40)] + [loud(n) for n in range(80)])
    drift.check(ada)
    app = opened(author=ada)
    app.button(key="drift_ack_now").click().run()
    assert not app.exception and "compared with the newest ones" in texts(app)
    drift.check(ada)
    state = drift.state(ada)
    assert [a.status for a in state.alarms] == ["acknowledged"]
    assert state.baseline is not None and state.baseline[0] == 85
    app = opened(author=ada)
    assert not app.exception and "Ada still writes like themselves" in titles(app)[0]


def test_deciding_what_somebody_else_decided_is_said_and_changes_nothing(people: dict[str, str]) -> None:
    (alarm,) = drift.alarms()
    app = opened(author=people[AMARA])
    drift.acknowledge(Actor(name="Mia"), alarm.id, "mine")
    app.button(key="drift_ack_keep").click().run()
    assert not app.exception and "closed by Mia before" in texts(app)
    assert drift.alarm(alarm.id).note == "mine"


def test_a_brief_opens_generate_with_the_post_in_it(people: dict[str, str]) -> None:
    app = opened(author=people[AMARA])
    app.button(key="drift_brief").click().run()
    assert not app.exception and [t.value for t in app.title] == ["Generate"]
    brief = generate.latest_brief(people[AMARA])
    (alarm,) = drift.alarms()
    assert brief is not None and brief.fields["story"] == samples.get(alarm.finding["after"][0]).text
    app = opened(author=people[AMARA])
    app.button(key="drift_brief").click().run()
    assert "left as it is" in texts(app) and [t.value for t in app.title] == ["Drift"]


def test_posts_since_the_change_are_left_out_and_taken_back(people: dict[str, str]) -> None:
    amara, before = people[AMARA], len(samples.of_author(people[AMARA]))
    app = opened(author=amara)
    app.button(key="drift_leave_all").click().run()
    left = before - len(samples.of_author(amara))
    assert left > 5 and "Left out. You can take them back any time." in texts(app)
    drift.check(amara)
    assert not drift.alarms(), "without those posts there is nothing to decide"
    assert "closed by" in texts(app.run()), "its card stays"
    app.button(key="drift_take_back").click().run()
    assert len(samples.of_author(amara)) == before


def test_a_change_that_is_acknowledged_and_goes_on_is_not_said_to_be_over(people: dict[str, str]) -> None:
    app = opened(author=people[AMARA])
    app.button(key="drift_ack_keep").click().run()
    assert "Nothing open" in texts(app)
    for _ in range(2):
        assert "Amara Bello writes differently since about" in titles(app)[0] and "as acknowledged" in titles(app)[0]
        drift.check(people[AMARA])
        app.run()


def test_the_baseline_is_chosen_and_given_back(people: dict[str, str]) -> None:
    nora = people["Nora Lindqvist"]
    app = opened(author=nora)
    assert "chosen automatically" in texts(app)
    app.number_input(key=f"drift_baseline_{nora}_60_first").set_value(11).run()
    app.number_input(key=f"drift_baseline_{nora}_60_last").set_value(40).run()
    app.button(key="drift_baseline_set").click().run()
    assert "The baseline is set" in texts(app)
    drift.check(nora)
    app = opened(author=nora)
    assert "Posts 11 to 40" in texts(app) and "chosen by" in texts(app)
    app.button(key="drift_baseline_auto").click().run()
    drift.check(nora)
    assert "chosen automatically" in texts(opened(author=nora))


def test_posts_written_with_timbre_are_told_apart(people: dict[str, str], actor: Actor) -> None:
    nora = people["Nora Lindqvist"]
    own = [sample.text for sample in samples.of_author(nora)]
    with store.writing(actor) as tx:
        for n in range(12):
            tx.session.add(
                Post(
                    author_id=nora, variant_id="V", title="T", text=own[n][:-20] + f" And number {n} came.", hash=str(n),
                    status="Published", slot=datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=n),
                )
            )  # fmt: skip
    drift.check(nora)
    app = opened(author=nora)
    assert not app.exception and "Judged by themselves since the baseline: their own writing" in texts(app)
    assert any("12 of 72 posts were written with Timbre, 10 of the last 10" in title for title in titles(app))
    curve = drift.state(nora).curve
    assert curve is not None
    post = str(curve.ids[curve.origin == WITH_TIMBRE][0])
    app = opened(author=nora, post=post)
    assert "Open in Review" in links(app) and "written with Timbre" in texts(app)


@pytest.mark.parametrize("wanted", ["01HZZZZZZZZZZZZZZZZZZZZZZZ", "<script>", "x" * 500])
def test_an_address_of_something_gone_is_said(people: dict[str, str], wanted: str) -> None:
    app = opened(author=people[AMARA], post=wanted, alarm=wanted)
    assert not app.exception and not app.error
    assert "not on this timeline any more" in texts(app)


# ---- the week -------------------------------------------------------------------------------------------------

EVIL = '#panic("x") [a](http://x.example) <b> `c` | d *e* \\ $f$ @g =h'


def test_the_digest_names_what_was_opened_and_decided(people: dict[str, str], actor: Actor) -> None:
    (alarm,) = drift.alarms()
    today = datetime.now(UTC).date()
    found = drift.digest(today)
    assert [e.author for e in found.opened] == [AMARA] and not found.closed and found.first.weekday() == 0
    assert {line.author for line in found.lines} == set(people)
    drift.acknowledge(actor, alarm.id, EVIL)
    found = drift.digest(today)
    assert not found.opened and found.closed[0].note == EVIL and "acknowledged by" in found.closed[0].outcome
    later = drift.digest(today + timedelta(days=7))
    assert not later.opened and not later.closed and not later.still_open


def test_a_week_with_posts_has_a_figure(people: dict[str, str]) -> None:
    curve = drift.state(people[AMARA]).curve
    assert curve is not None
    newest = curve.date(curve.n - 1)
    assert newest is not None
    (line,) = [one for one in drift.digest(newest.date()).lines if one.author == AMARA]
    assert line.posts >= 1 and "an alarm stands" in line.verdict and "usual up to" in line.verdict


def test_markdown_and_pdf_hold_texts_as_data(people: dict[str, str], actor: Actor) -> None:
    (alarm,) = drift.alarms()
    drift.acknowledge(actor, alarm.id, EVIL)
    with store.writing(actor) as tx:
        row = tx.session.get_one(Alarm, alarm.id)
        row.finding = {**row.finding, "changed": [{"name": "x", "text": EVIL, "pairs": 70}]}
    found = drift.digest(datetime.now(UTC).date())
    told = drift.digest_markdown(found)
    assert f"Note: {markdown_safe(EVIL)}" in told and "[a](" not in told and "<b>" not in told
    assert told.count("\n| ") == len(people) + 1
    made = drift.digest_pdf(found)
    assert made.startswith(b"%PDF") and len(made) > 5_000


def test_the_page_offers_both(people: dict[str, str]) -> None:
    app = opened(author=people[AMARA])
    assert [b.label for b in app.get("download_button")] == ["Download as PDF", "Download as Markdown"]


@pytest.mark.browser
def test_a_note_is_kept_as_it_is_typed_and_a_point_opens_its_post(
    app: App, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    amara = loaded()[AMARA]
    (alarm,) = drift.alarms()
    page = new_page()
    page.goto(f"{app.url}/drift?author={amara}")
    page.get_by_role("textbox", name="Note").fill("Her new assistant writes for her.")
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible()
    until(lambda: drift.alarm(alarm.id).note == "Her new assistant writes for her.", "the note is kept")
    page.reload()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("Her new assistant writes for her.")
    dots = page.locator(".js-plotly-plot").first.locator(".points path")
    expect(dots.last).to_be_attached()
    chart = key_of(at_rest(page).locator(".js-plotly-plot").first)
    dots.last.click(force=True)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Up to this post")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    drawn_anew(page, chart)  # to be clicked again
    with page.expect_download() as pdf:
        page.get_by_role("button", name="Download as PDF").click()
    pdf.value.save_as(tmp_path / "week.pdf")
    assert (tmp_path / "week.pdf").read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name="Acknowledge and start a new baseline here").click()
    expect(page.get_by_text("Nothing open")).to_be_visible()
    assert drift.alarm(alarm.id).note == "Her new assistant writes for her."


@pytest.mark.browser
def test_an_alarm_of_another_author_is_opened_from_the_inbox_and_stays(app: App, new_page: Callable[..., Page]) -> None:
    people = loaded()
    (alarm,) = drift.alarms()
    page = new_page()
    page.goto(f"{app.url}/drift?author={people['Nora Lindqvist']}")
    page.get_by_role("link", name="Amara Bello writes differently").click()
    expect(page).to_have_url(f"{app.url}/drift?author={people[AMARA]}&alarm={alarm.id}")
    at_rest(page).get_by_text("Pair 2").click()
    expect(page.get_by_text("Is this meant?")).to_be_visible()
    at_rest(page)
    expect(page).to_have_url(f"{app.url}/drift?author={people[AMARA]}&alarm={alarm.id}")
    page.go_back()
    expect(page.get_by_text("Is this meant?")).to_have_count(0)


@pytest.mark.browser
def test_nothing_scrolls_sideways_on_a_phone(app: App, new_page: Callable[..., Page]) -> None:
    amara = loaded()[AMARA]
    page = new_page(width=390, dark=True)
    page.goto(f"{app.url}/drift?author={amara}")
    expect(page.get_by_text("The week over all authors")).to_be_visible()
    at_rest(page)
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 390


def test_an_alarms_record_holds_no_text_of_a_post(people: dict[str, str], actor: Actor) -> None:
    write_samples(
        people[AMARA], ["A last text that says goodbye to everybody who has read this far, and then it ends."]
    )
    drift.check(people[AMARA])
    state = drift.state(people[AMARA])
    assert all("goodbye" not in json.dumps(alarm.finding) for alarm in state.alarms)
