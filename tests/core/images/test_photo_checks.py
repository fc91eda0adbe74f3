"""Photos are judged by what is on them, and a set by what it shows together."""

from __future__ import annotations

import functools
import json

import pytest
from PIL import Image, ImageEnhance

from core.images import faces, photo_checks
from core.images.photo_checks import Check, Measures
from tests.core.images import portraits

needs_faces = pytest.mark.skipif(not faces.available(), reason="faces cannot be looked for on this machine")


def failed(checks: list[Check]) -> set[str]:
    return {check.name for check in checks if not check.ok}


@functools.cache
def measured_whole() -> Measures:
    return photo_checks.measure(portraits.whole())


# ---- faces ---------------------------------------------------------------------------------------------------


@needs_faces
def test_a_face_is_found_where_it_is() -> None:
    (face,) = faces.found(portraits.whole(512))
    assert face.sure > 85
    assert 0.3 < face.left < 0.4 < face.left + face.width < 0.6  # measured by hand: eyes at 41% and 48%
    assert face.top < 0.19 < face.top + face.height < 0.4


@needs_faces
@pytest.mark.parametrize("turned", [-40, -20, 20, 40])
def test_a_tilted_head_is_found(turned: int) -> None:
    assert len(faces.found(portraits.whole(640).rotate(turned))) == 1


@needs_faces
def test_no_face_is_seen_in_things_and_in_noise() -> None:
    assert faces.found(portraits.nobody()) == []
    assert faces.found(Image.effect_noise((700, 500), 90)) == []
    assert faces.found(Image.new("RGB", (20, 2000))) == []


@needs_faces
def test_every_face_is_counted() -> None:
    checks = photo_checks.of(portraits.two())
    (said,) = [check for check in checks if check.name == "face"]
    assert not said.ok
    assert said.grave
    assert said.said.startswith("2 faces")


# ---- one photo -----------------------------------------------------------------------------------------------


@needs_faces
@pytest.mark.parametrize("number", range(5))
def test_a_good_photo_passes_every_check(number: int) -> None:
    assert failed(photo_checks.of(portraits.set_of(5)[number])) == set()


@needs_faces
@pytest.mark.parametrize(
    ("photo", "wrong"),
    [
        (portraits.whole(400), {"size", "face"}),
        (portraits.blurred(), {"sharp"}),
        (portraits.nobody(), {"face"}),
        (ImageEnhance.Brightness(portraits.whole()).enhance(0.25), {"light"}),
        (ImageEnhance.Brightness(portraits.whole()).enhance(2.5), {"light"}),
        (portraits.before((90, 90, 90), 0.12), {"face", "sharp"}),
    ],
    ids=["small", "blurred", "nobody", "dark", "burnt out", "far away"],
)
def test_what_is_wrong_with_a_photo_is_said_with_what_to_do(photo: Image.Image, wrong: set[str]) -> None:
    checks = photo_checks.of(photo)
    assert wrong & failed(checks), checks
    assert failed(checks) <= wrong
    assert all(check.do for check in checks if not check.ok)


def test_sharpness_does_not_depend_on_the_size_of_the_photo() -> None:
    sharp, soft = portraits.whole(1024), portraits.blurred(10)
    for side in (700, 1000):
        assert photo_checks.measure(sharp.resize((side, side))).sharp > photo_checks.SHARP
        assert photo_checks.measure(soft.resize((side, side))).sharp < photo_checks.SHARP


@needs_faces
@pytest.mark.parametrize("again", ["smaller", "brighter", "cut", "saved"])
def test_the_same_moment_is_known_again(again: str) -> None:
    photo = portraits.whole(800)
    made = {
        "smaller": photo.resize((600, 600)),
        "brighter": ImageEnhance.Brightness(photo).enhance(1.2),
        "cut": photo.crop((16, 16, 784, 784)),
        "saved": photo.quantize(64).convert("RGB"),
    }[again]
    assert "new" in failed(photo_checks.of(made, [measured_whole()]))


@needs_faces
def test_other_photos_of_the_same_person_are_no_duplicates() -> None:
    measured = [photo_checks.measure(photo) for photo in (*portraits.set_of(2), portraits.nobody())]
    for number, one in enumerate(measured):
        assert "new" not in failed(photo_checks.judge(one, measured[:number] + measured[number + 1 :]))


def test_what_was_measured_survives_being_kept() -> None:
    measured = photo_checks.measure(portraits.whole(700))
    assert Measures.restored(json.loads(json.dumps(measured.record() | {"of a later version": 1}))) == measured


def test_where_faces_cannot_be_looked_for_it_is_said_and_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "available", lambda: False)
    checks = photo_checks.of(portraits.nobody())
    assert photo_checks.fit(checks)
    assert any("cannot be looked for" in check.said for check in checks)


# ---- a set ---------------------------------------------------------------------------------------------------


@needs_faces
def test_a_varied_set_is_fit() -> None:
    checks = photo_checks.variety([photo_checks.measure(photo) for photo in portraits.set_of(5)])
    assert failed(checks) == set()


@needs_faces
def test_a_set_before_one_wall_is_said_to_be_one() -> None:
    wall = [portraits.before((180, 180, 190), size, light=1 + size / 50) for size in (0.7, 0.74, 0.78, 0.8)]
    checks = photo_checks.variety([photo_checks.measure(photo) for photo in wall])
    assert failed(checks) == {"distances", "backgrounds", "light"}
    assert all(check.do for check in checks if not check.ok)


@pytest.mark.parametrize(("n", "ok"), [(0, False), (2, False), (3, True), (20, True), (21, False)])
def test_three_to_twenty_photos_make_a_set(n: int, ok: bool) -> None:
    one = photo_checks.measure(portraits.nobody().resize((520, 520)))
    (number, *_) = photo_checks.variety([one] * n)
    assert (number.ok, number.grave) == (ok, not ok)
