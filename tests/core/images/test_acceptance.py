"""A likeness is used once the person has said of its contact sheet that it is them; and goes out of use again."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import authors, store
from core.errors import Denied, Invalid, NotFound
from core.images import acceptance, photos
from core.people import WORKER
from core.store import Actor
from core.store.tables_images import Image, PhotoSet
from core.store.tables_training import Adapter
from core.train import registry
from core.train.scope import Scope
from tests.core.images import photo_sets, portraits


@pytest.fixture
def of(data: Path, actor: Actor) -> PhotoSet:
    return photo_sets.agreed(authors.add("Ada", actor).id, actor)


def worn(adapter: Adapter) -> list[Image]:
    return [image for image in acceptance.sheet(adapter.run_id or "") if acceptance.with_it(image)]


@pytest.mark.parametrize(
    ("ratings", "passed"),
    [
        ([3, 3, 3, 2, 2, 2], True),
        ([3, 3, 3, 2, 2, 1], True),
        ([3, 3, 2, 2, 2, 2], False),
        ([3, 3, 3, 3, 1, 1], False),
        ([3, 3, 3, 3, 3, None], None),
        ([None] * 6, None),
        ([3, 3, 3, 3], True),
        ([3, 3], None),
        ([], None),
        ([3] * 12 + [1] * 4, True),
    ],
)
def test_half_has_to_be_the_person_and_hardly_any_somebody_else(ratings: list[int | None], passed: bool | None) -> None:
    found = acceptance.rules(ratings)
    assert acceptance.verdict_of(found) is passed
    assert all(rule["said"] for rule in found)


def test_a_sheet_that_repeats_photos_does_not_pass() -> None:
    assert acceptance.verdict_of(acceptance.rules([3] * 6, repeats=1)) is False


def test_ratings_decide_and_a_promotion_needs_them(of: PhotoSet, actor: Actor) -> None:
    adapter, scope = photo_sets.likeness(of), Scope(author_id=of.author_id)
    acceptance.decide(adapter.id, WORKER)
    with pytest.raises(Invalid, match="has not been rated"):
        registry.promote(adapter.id, scope, actor)
    for image, rating in zip(worn(adapter), [3, 3, 3, 2, 2, 1], strict=True):
        acceptance.rate(image.id, rating, actor)
    found = registry.adapter(adapter.id)
    assert found.passed is True
    assert (found.exam["rated"], found.exam["of"], found.exam["by"]) == (6, 6, actor.name)
    registry.promote(adapter.id, scope, actor)

    second = photo_sets.likeness(of)
    for image in worn(second):
        acceptance.rate(image.id, 1, actor)
    assert registry.adapter(second.id).passed is False
    with pytest.raises(Invalid, match="turned down"):
        registry.promote(second.id, scope, actor)
    acceptance.rate(worn(second)[0].id, None, actor)
    assert registry.adapter(second.id).passed is None
    for image in worn(second):
        acceptance.rate(image.id, 3, actor)
    registry.promote(second.id, scope, actor)
    registry.roll_back("image", scope, actor)
    live = registry.live("image", scope)
    assert live is not None
    assert live.id == adapter.id


def test_pictures_without_the_likeness_do_not_count(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of, pictures=3)
    bare = next(image for image in acceptance.sheet(adapter.run_id or "") if not acceptance.with_it(image))
    acceptance.rate(bare.id, 1, actor)
    for image in worn(adapter):
        acceptance.rate(image.id, 3, actor)
    assert registry.adapter(adapter.id).passed is True


def test_a_picture_that_is_a_photo_again_is_found(of: PhotoSet, actor: Actor) -> None:
    photo = portraits.whole(700)
    photos.add(of.id, [("me.jpg", portraits.jpeg(photo))], actor)
    adapter = photo_sets.likeness(of, pictures=3)
    with store.reading() as tx:
        run = tx.session.get_one(photo_sets.TrainingRun, adapter.run_id)
    photo_sets.picture(run, 20, worn=True, image=photo.resize((512, 512)))
    assert acceptance.decide(adapter.id, WORKER).exam["repeats"] == 1
    for image in worn(adapter):
        acceptance.rate(image.id, 3, actor)
    found = registry.adapter(adapter.id)
    assert found.passed is False
    assert "1 of 4" in found.exam["verdict"][-1]["said"]


def test_what_was_measured_is_shown_and_decides_nothing(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of, pictures=3)
    told = {"with": {"said": "1 of 3 are near.", "near": 1, "n": 3}, "without": {"said": "x", "near": 0, "n": 3}}
    with store.writing(actor) as tx:
        row = tx.session.get_one(Adapter, adapter.id)
        row.exam = {**row.exam, "likeness": told}
    for image in worn(adapter):
        acceptance.rate(image.id, 3, actor)
    found = registry.adapter(adapter.id)
    assert found.passed is True
    assert found.exam["verdict"][-1]["said"] == "1 of 3 are near. Without the likeness: 0 of 3."


def test_only_who_may_edit_rates_and_only_sheets(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of, pictures=3)
    one = worn(adapter)[0]
    with pytest.raises(Denied):
        acceptance.rate(one.id, 3, Actor(role="reader"))
    with pytest.raises(Invalid):
        acceptance.rate(one.id, 4, actor)
    with pytest.raises(NotFound):
        acceptance.rate("0" * 26, 3, actor)
    with store.writing(actor) as tx:
        tx.session.get_one(Image, one.id).kind = "picture"
    with pytest.raises(Invalid, match="contact sheet"):
        acceptance.rate(one.id, 3, actor)
