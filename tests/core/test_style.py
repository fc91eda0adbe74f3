"""The style of an author as arrays: order, caching, missing measures, reasons, export."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from analytics.features import INDEX, NAMES, VERSION, features
from core import samples, store, style
from core.store import Actor, authors
from core.store import samples as rows
from core.store.tables import Sample
from tests.conftest import write_samples


def measured(author_id: str, actor: Actor) -> style.StyleView:
    while style.measure_missing(author_id, actor):
        pass
    return style.view(author_id)


def test_missing_measures_are_taken_in_short_batches(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    assert (style.view(ada).n, style.view(ada).missing) == (0, 40)
    assert style.measure_missing(ada, actor, limit=15) == 25
    assert (style.view(ada).n, style.view(ada).missing) == (15, 25)
    view = measured(ada, actor)
    assert (view.n, view.missing) == (40, 0)
    first = samples.of_author(ada)[0]
    np.testing.assert_array_equal(view.values[0], features(first.text))
    assert view.first_lines[0] == first.text[: rows.FIRST_LINES]
    assert first.features_version == VERSION


def test_an_older_measure_is_taken_again(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    measured(ada, actor)
    with store.writing(actor) as tx:
        tx.session.query(Sample).filter(Sample.author_id == ada).update({"features_version": "older", "features": b"x"})
    assert style.view(ada).missing == 40
    assert measured(ada, actor).missing == 0


def test_the_view_is_kept_until_something_changes(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    view = measured(ada, actor)
    assert style.view(ada) is view
    samples.leave_out(view.ids[3], actor)
    left = style.view(ada)
    assert left is not view and left.n == 39 and view.ids[3] not in left.ids
    samples.take_back(view.ids[3], actor)
    assert style.view(ada).ids == view.ids
    write_samples(ada, ["Another text that was not there before."])
    assert measured(ada, actor).n == 41


def test_memory_is_bounded(data: object, actor: Actor) -> None:
    for number in range(style.KEPT + 5):
        with store.writing(actor) as tx:
            author = authors.add(tx, f"Author {number}").id
        style.view(author)
    assert len(style._views) <= style.KEPT


def test_order_is_by_date_and_undated_authors_have_none(two_authors: dict[str, str], actor: Actor) -> None:
    ada, bo = (measured(two_authors[name], actor) for name in ("Ada", "Bo"))
    assert ada.dated and not bo.dated
    assert ada.dates == sorted(ada.dates)  # type: ignore[type-var]
    assert list(bo.numbers) == list(range(1, 41))
    assert sum(n for _, n in ada.weeks()) == 40 and bo.weeks() == []


def test_a_period_keeps_the_judgement_of_the_whole(two_authors: dict[str, str], actor: Actor) -> None:
    ada = measured(two_authors["Ada"], actor)
    part = ada.between(date(2024, 6, 1), date(2024, 9, 1))
    assert 0 < part.n < 40
    start = ada.ids.index(part.ids[0])
    np.testing.assert_array_equal(part.distance, ada.distance[start : start + part.n])
    assert part.numbers[0] == start + 1
    assert ada.between(date(1990, 1, 1), date(1991, 1, 1)).n == 0
    assert part.revision != ada.revision


def test_a_stranger_in_the_row_is_odd_and_the_reasons_say_why(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    strange = (
        "Ship it! 🚀\n\n" + "\n\n".join(f"Then ship again, number {n}! 🚀" for n in range(8)) + "\n\n#ship #now #go"
    )
    write_samples(ada, [strange], [datetime(2025, 3, 1, tzinfo=UTC)])
    view = measured(ada, actor)
    assert view.odd[-1] and view.distance[-1] > 2 * np.nanmedian(view.distance)
    reasons = style.reasons(view, view.n - 1)
    assert {reason.name for reason in reasons} & {"emoji", "hashtags", "paragraphs"}
    assert all(abs(reason.z) >= 1 for reason in reasons)
    assert style.reasons(view, 2) == []


def test_the_export_has_every_post_and_no_formula(two_authors: dict[str, str], actor: Actor) -> None:
    ada = two_authors["Ada"]
    write_samples(ada, ["=HYPERLINK(1) is how this post of mine begins, oddly enough, and then it goes on."])
    view = measured(ada, actor)
    body = style.to_csv("@Ada", view)
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(read) == 42 and read[0][6:] == list(NAMES)
    assert all(row[0] == "'@Ada" for row in read[1:])
    lines = [row[3] for row in read[1:]]
    assert any(line.startswith("'=HYPERLINK") for line in lines)
    assert not any(line.startswith(("=", "+", "-", "@", "\t")) for line in lines)
    assert float(read[1][6 + INDEX["words"]]) == view.values[0, INDEX["words"]]


def test_an_author_without_samples_has_an_empty_view(data: object, actor: Actor) -> None:
    with store.writing(actor) as tx:
        nobody = authors.add(tx, "Nobody").id
    view = style.view(nobody)
    assert view.n == view.judged == view.missing == 0 and not view.dated
    assert np.isnan(style.medians(view)).all()
    assert style.to_csv("Nobody", view).count(b"\r\n") == 1


@pytest.mark.slow
def test_ten_thousand_posts_are_read_once_and_kept(two_authors: dict[str, str], actor: Actor) -> None:

    ada = two_authors["Ada"]
    vector = features("The valves were fine, and the paperwork was fiction. Nobody had lied to me about any of it.")
    start = datetime(2015, 1, 1, tzinfo=UTC)
    with store.writing(actor) as tx:
        many = [
            {
                "author_id": ada, "text": f"Post {n}. " + "a word " * 120, "text_hash": f"{n:064d}",
                "date": start + timedelta(hours=n), "position": n, "words": 240, "source": "paste", "provenance": {},
                "features": vector.tobytes(), "features_version": VERSION,
            }
            for n in range(10_000)
        ]  # fmt: skip
        rows.add_many(tx, many[:5000])
        rows.add_many(tx, many[5000:])
    first = style.view(ada)
    assert first.n == 10_000
    assert style.view(ada) is first  # kept until the samples change
