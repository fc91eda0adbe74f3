"""The preview of a training's data: what would be learnt from, and what stands in the way."""

from __future__ import annotations

import re
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from core.train.dataset import Preview

FULL = Preview(
    posts={"a": 52},
    train=39,
    held=13,
    tokens_about=22_135,
    left_out={"stands in a held-out post": 2, "shorter than 20 words": 1},
    leakage={"pairs_found": 3, "removed": 2, "worst": 0.907},
    span={"train": ["2020-01-01", "2023-09-10"], "held": ["2023-09-23", "2023-09-29"]},
    split_by="date",
    problems=[],
    notes=["Under 50 posts a voice is seldom learnt well enough."],
    example=("Topic: <b>pumps</b>\nPoints:\n- 41 of them", "41 pumps. See [x](https://example.org)."),
)


def page(found: object, pairs: bool) -> None:
    from pages.ui.training_data import data

    data(found, pairs)  # type: ignore[arg-type]  # it runs alone, where no name of this file is known


def drawn(found: Preview, pairs: bool = False) -> tuple[AppTest, str]:
    app = AppTest.from_function(page, args=(found, pairs), default_timeout=30).run()
    assert not app.exception, app.exception
    figures = [element.proto.body for element in app.get("html")]
    return app, "\n".join([*(str(m.value) for m in (*app.markdown, *app.caption)), *figures]).replace("\\", "")


def test_sizes_leakage_and_what_is_left_out_are_said_before_anything_runs(data: object) -> None:
    app, said = drawn(FULL)
    assert "39 posts to learn from, 13 newer ones kept back to judge by" in said
    assert re.findall(r"<dd>([^<]*)", said) == ["39", "13", "22,000 tokens", "3"]
    assert "Jan 2020 to Sep 2023" in said and "Sep 2023" in said and "mostly: stands in a held-out post" in said
    assert "2 posts were taken out" in said and "91%" in said and "Under 50 posts" in said
    assert app.dataframe[0].value["Posts"].tolist() == [2, 1]


def test_texts_are_shown_as_text(data: object) -> None:
    app, _ = drawn(FULL)
    shown = [str(m.value) for m in app.markdown]
    assert any(r"\<b\>pumps" in text for text in shown) and not any("](https://" in text for text in shown)


def test_what_stands_in_the_way_comes_instead_of_figures(data: object) -> None:
    _, said = drawn(Preview({}, 0, 0, 0, {}, {}, {}, "order", ["Ada has not agreed to training. Ask Ada."], []))
    assert "▲" in said and "Ada has not agreed to training. Ask Ada." in said and "<dd>" not in said


def test_too_few_posts_shows_both(data: object) -> None:
    _, said = drawn(replace(FULL, problems=["8 usable posts by Ada. Add 12 more."], leakage={}, span={}))
    assert "Add 12 more" in said and "no post to learn from says eight words in a row" in said
    assert "in the order of import" in said


def test_pairs_are_called_pairs(data: object) -> None:
    _, said = drawn(replace(FULL, leakage={"removed": 2}, example=("", "")), pairs=True)
    assert "39 pairs to learn from" in said and "2 older ones of such briefs were taken out" in said
