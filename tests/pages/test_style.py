"""The Style page: one author, two, two periods, few or undated posts; hover, click, CSV and PNG in a browser."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core import authors as core_authors
from core import drift, store, style, voice, workspace
from core.config import ROOT
from core.drift import say
from core.people import local_actor
from core.store import Actor, authors
from pages.ui import charts, drift_chart, style_charts
from tests.conftest import write_samples
from tests.processes import App, at_rest, drawn_anew, key_of


def checked(*author_ids: str) -> None:
    """As the worker does after an import."""
    for author_id in author_ids:
        drift.check(author_id)


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/style.py")
    return app.run()


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"].replace("<br>", " ") for figure in figures(app)]


def texts(app: AppTest) -> str:
    return "\n".join(str(m.value) for m in [*app.markdown, *app.caption, *app.subheader])


def somebody(name: str, written: list[str]) -> str:
    with store.writing(local_actor()) as tx:
        author = authors.add(tx, name).id
    write_samples(author, written)
    return author


LONG = (
    "Nobody had lied to me about the valves of number {n}; they had stopped mentioning them, and I had stopped asking."
)


def test_a_dated_author_is_drawn_over_time_with_n_and_units(two_authors: dict[str, str]) -> None:
    checked(two_authors["Ada"])
    app = opened(author=two_authors["Ada"])
    assert not app.exception and not app.error
    drawn = figures(app)
    assert len(drawn) == 9
    assert titles(app)[0].startswith("<b>Ada still writes like themselves: no alarm in ")
    assert drawn[0]["layout"]["yaxis"]["title"]["text"] == drift_chart.AXIS
    assert any("Posts a week" in title for title in titles(app))
    for figure, title in zip(drawn, titles(app), strict=True):
        assert "Ada: 40 posts" in title
        assert figure["layout"]["yaxis"]["title"]["text"]
        assert figure["layout"]["xaxis"]["title"]["text"] == "date of the post"


def test_undated_posts_stand_in_their_order_and_the_page_says_so(two_authors: dict[str, str]) -> None:
    checked(two_authors["Bo"])
    app = opened(author=two_authors["Bo"])
    assert "40 of 40 posts have no date, so the axis is their order" in texts(app)
    assert "vocabulary: not yet" in texts(app)  # posts of 17 words
    assert len(figures(app)) >= 6 and not any("Posts a week" in title for title in titles(app))
    assert {figure["layout"]["xaxis"]["title"]["text"] for figure in figures(app)} == {"post (order, not time)"}


def test_two_authors_stand_side_by_side_on_the_same_scale_in_their_own_colours(two_authors: dict[str, str]) -> None:
    cy = somebody("Cy", [" ".join(LONG.format(n=n + m) for m in range(4)) for n in range(60)])
    checked(cy, two_authors["Ada"])
    app = opened(author=two_authors["Ada"])
    app.segmented_control(key="style_show").set_value("Two authors").run()
    app.selectbox(key="style_beside").set_value(cy).run()
    assert not app.exception and not app.error
    drawn = figures(app)
    assert len(drawn) == 16
    for left, right in zip(drawn[::2], drawn[1::2], strict=True):
        assert left["layout"]["yaxis"].get("range") == right["layout"]["yaxis"].get("range") is not None
        assert left["layout"]["yaxis"]["title"] == right["layout"]["yaxis"]["title"]
    assert len({charts.author_colour(author) for author in (*two_authors.values(), cy)}) == 3
    assert any("Where they differ most" in str(s.value) for s in app.subheader)


@pytest.mark.parametrize("name", ["Ada", "Bo"])
def test_two_periods_of_an_author(two_authors: dict[str, str], name: str) -> None:
    app = opened(author=two_authors[name])
    app.segmented_control(key="style_show").set_value("Two periods").run()
    assert not app.exception and not app.error
    assert "20 posts" in titles(app)[0] and "20 posts" in titles(app)[1]
    assert titles(app)[0] != titles(app)[1]
    one = app.slider(key=f"style_first_{two_authors[name]}")
    first = date(2024, 1, 3) if name == "Ada" else 1
    one.set_value((first, first)).run()  # one post, or one day
    assert "Not yet" in texts(app) and not app.exception


def test_few_posts_are_points_and_fewer_are_not_yet(data: Path, actor: Actor) -> None:
    two, six = (
        somebody("Two", [LONG.format(n=n) for n in range(2)]),
        somebody("Six", [LONG.format(n=n) for n in range(6)]),
    )
    app = opened(author=two)
    assert "Not yet: Two has 2 posts here, and three are needed" in texts(app).replace("\\", "")
    assert not figures(app)
    app = opened(author=six)
    assert "Six: not yet" in texts(app)
    modes = {trace.get("mode") for figure in figures(app) for trace in figure["data"]}
    assert modes == {"markers"}


def test_no_samples_and_no_author_teach_the_next_step(data: Path, actor: Actor) -> None:
    assert "Add somebody's writing" in texts(opened()).replace("\\", "")
    app = opened(author=somebody("Empty", []))
    assert "Empty has 0 posts" in texts(app).replace("\\", "") and not app.error


def test_texts_and_names_from_outside_stay_text(data: Path, actor: Actor) -> None:
    sly = "<b>Sly</b> <a href='https://evil.example'>x</a>"
    author = somebody(sly, [f"<img src=x onerror=alert({n})> [a](b) $x$ %{{y}} " + LONG.format(n=n) for n in range(14)])
    app = opened(author=author)
    assert not app.exception and not app.error
    for spec in (json.dumps(figure) for figure in figures(app)):
        assert "<img" not in spec and "<a href" not in spec and "<b>Sly" not in spec
    assert "&lt;b&gt;Sly" in titles(app)[0]


def test_the_post_that_the_url_names_is_opened_with_its_numbers(two_authors: dict[str, str], actor: Actor) -> None:
    while style.measure_missing(two_authors["Ada"], actor):
        pass
    post = style.view(two_authors["Ada"]).ids[30]
    assert voice.glance(two_authors["Ada"], "", wait=60) is not None, "read once, in the background"
    app = opened(author=two_authors["Ada"], post=post)
    assert not app.exception and not app.error
    assert "earlier posts are more typical than this one" in texts(app)
    assert "number 31 of 40" in texts(app)
    assert "Generic or not" in texts(app) or "stand in any feed" in texts(app), "how it reads beside the others"
    assert "not here any more" in texts(opened(author=two_authors["Ada"], post="01ARZ3NDEKTSV4RRFFQ69G5FAV"))


def test_a_big_timeline_is_thinned_and_says_so(
    two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_chart, "POINTS", 350)
    ada = two_authors["Ada"]
    start = datetime(2010, 1, 1, tzinfo=UTC)
    many = [f"{LONG.format(n=n)} And then number {n} came." for n in range(500)]
    write_samples(ada, many, [start + timedelta(days=2 * n) for n in range(500)])
    while style.measure_missing(ada, actor, limit=500):
        pass
    checked(ada)
    app = opened(author=ada)
    assert "drawn as points; line: the highest of each week" in titles(app)[0]
    assert sum(len(t["customdata"]) for t in figures(app)[0]["data"] if t.get("customdata")) <= drift_chart.POINTS


@given(st.integers(0, 5000), st.integers(10, 2000), st.floats(0, 1))
def test_thinning_keeps_the_ends_the_order_and_the_odd_ones(n: int, most: int, share: float) -> None:
    odd = np.random.default_rng(1).random(n) < share * 0.2 * most / max(n, 1)
    kept = style_charts.thinned(n, most, odd)
    assert len(kept) <= max(most, 0) and (np.diff(kept) > 0).all()
    if n:
        assert kept[0] == 0 and kept[-1] == n - 1
        if odd.sum() <= most // style_charts.ODD_SHARE:
            assert set(np.flatnonzero(odd)) <= set(kept)


@given(st.integers(1, 3000))
def test_the_posts_around_are_always_there(n: int) -> None:
    centres, rows = style_charts.around(n)
    assert rows.min() >= 0 and rows.max() <= n - 1
    assert len(centres) == len(rows) <= 200


def _contrast(one: str, two: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((light(one), light(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("inks", [charts.LIGHT, charts.DARK], ids=["light", "dark"])
def test_inks_can_be_read_in_both_themes(inks: charts.Look) -> None:
    assert min(_contrast(ink, inks.paper) for ink in (inks.ink, inks.muted, inks.look_here)) >= 4.5
    assert min(_contrast(colour, inks.paper) for colour in charts.SERIES) >= 3


@pytest.mark.browser
def test_hover_click_csv_and_png(app: App, new_page: Callable[..., Page], tmp_path: Path) -> None:
    ada = somebody("Ada", [" ".join(LONG.format(n=n + m) for m in range(n % 3 + 1)) for n in range(40)])
    page = new_page()
    page.goto(f"{app.url}/style?author={ada}")
    dots = page.locator(".js-plotly-plot").first.locator(".points path")
    expect(dots.nth(20)).to_be_attached()
    chart = key_of(at_rest(page).locator(".js-plotly-plot").first)
    dots.nth(20).hover(force=True)
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible()
    dots.nth(20).click(force=True)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("earlier posts are more typical than this one")
    assert "post=" in page.url
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    drawn_anew(page, chart)  # to be clicked again
    camera = page.locator("[aria-label='Download plot as a PNG']:visible").first
    expect(camera).to_be_visible()  # the charts are drawn anew, to be clicked again
    with page.expect_download() as png:
        camera.click()
    png.value.save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as table:
        page.get_by_role("button", name="(CSV)").first.click()
    table.value.save_as(tmp_path / "style.csv")
    assert len(list(csv.reader((tmp_path / "style.csv").open(encoding="utf-8-sig", newline="")))) > 3


def test_an_alarm_is_said_as_on_the_drift_page_with_the_way_there(data: Path, actor: Actor) -> None:
    workspace.load_sample(actor)
    ids = {author.name: author.id for author in core_authors.listed()}
    checked(*ids.values())
    app = opened(author=ids["Amara Bello"])
    (alarm,) = drift.alarms()
    assert say.title(alarm, "Amara Bello") in titles(app)[0]
    assert [at.label for at in app.get("page_link") if "Drift page" in at.label]
    for steady in ("Nora Lindqvist", "Tomás Rey"):
        assert "still writes like themselves" in titles(opened(author=ids[steady]))[0]


def test_before_the_first_check_the_page_says_who_does_it(two_authors: dict[str, str]) -> None:
    app = opened(author=two_authors["Ada"])
    assert not app.exception and "was not checked yet: the worker does it" in texts(app).replace("\\", "")
